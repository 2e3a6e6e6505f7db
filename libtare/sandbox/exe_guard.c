/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/exe_guard.h"

#include <errno.h>
#include <link.h>
#include <linux/magic.h>
#include <linux/prctl.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#include "base/fd.h"
#include "base/parse.h"
#include "sys/mount_api.h"

#define SELF_EXE "/proc/self/exe"

/* The program headers of the running program, which is not always the object that holds this code.
 */
struct image {
    const ElfW(Phdr) * headers;
    size_t n;
    uintptr_t base; /* added to every address in the headers */
    uintptr_t page;
};

static uintptr_t page_down(const struct image *image, uintptr_t address)
{
    return address & ~(image->page - 1);
}

static uintptr_t page_up(const struct image *image, uintptr_t address)
{
    return page_down(image, address + image->page - 1);
}

/* From the auxiliary vector and not from dl_iterate_phdr: that takes a lock, which another thread
 * of our maker may have held at the clone. */
static int image_find(struct image *image)
{
    image->headers = (const ElfW(Phdr) *)getauxval(AT_PHDR);
    image->n = getauxval(AT_PHNUM);
    image->page = getauxval(AT_PAGESZ);
    image->base = 0;
    if (!image->headers || getauxval(AT_PHENT) != sizeof(*image->headers) || image->page == 0)
        return -ENOEXEC;
    for (size_t i = 0; i < image->n; i++) {
        if (image->headers[i].p_type == PT_PHDR)
            image->base = (uintptr_t)image->headers - image->headers[i].p_vaddr;
    }
    /* Without a PT_PHDR the program must be at its own addresses: its headers have to be where they
     * say. */
    uintptr_t at = (uintptr_t)image->headers;
    for (size_t i = 0; i < image->n; i++) {
        const ElfW(Phdr) *load = &image->headers[i];
        if (load->p_type == PT_LOAD && at >= image->base + load->p_vaddr &&
            at < image->base + load->p_vaddr + load->p_filesz)
            return 0;
    }
    return -ENOEXEC;
}

static int protection(const ElfW(Phdr) * load)
{
    return (load->p_flags & PF_R ? PROT_READ : 0) | (load->p_flags & PF_W ? PROT_WRITE : 0) |
           (load->p_flags & PF_X ? PROT_EXEC : 0);
}

/* Code and constants: the same bytes of the same inode, through the other mount. The page under the
 * running instruction is exchanged with the others; the kernel does that in one step. */
static int remap_constant(const struct image *image, const ElfW(Phdr) * load, int fd)
{
    uintptr_t start = page_down(image, image->base + load->p_vaddr);
    uintptr_t end = page_up(image, image->base + load->p_vaddr + load->p_filesz);
    void *mapped = mmap((void *)start, end - start, protection(load), MAP_PRIVATE | MAP_FIXED, fd,
                        (off_t)page_down(image, load->p_offset));
    return mapped == MAP_FAILED ? -errno : 0;
}

/* Variables hold what the program has done so far: their pages move to anonymous memory. Between
 * the copy and the mremap nothing may be written to them, so there is nothing between. */
static int remap_variable(const struct image *image, const ElfW(Phdr) * load)
{
    uintptr_t start = page_down(image, image->base + load->p_vaddr);
    uintptr_t end = page_up(image, image->base + load->p_vaddr + load->p_filesz);
    void *copy =
        mmap(NULL, end - start, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (copy == MAP_FAILED)
        return -errno;
    memcpy(copy, (const void *)start, end - start);
    long r =
        syscall(SYS_mremap, copy, end - start, end - start, MREMAP_MAYMOVE | MREMAP_FIXED, start);
    return r == -1 ? -errno : 0;
}

/* What the dynamic linker had made read-only after relocation is so again. */
static int protect_relro(const struct image *image)
{
    for (size_t i = 0; i < image->n; i++) {
        const ElfW(Phdr) *relro = &image->headers[i];
        if (relro->p_type != PT_GNU_RELRO)
            continue;
        uintptr_t start = page_down(image, image->base + relro->p_vaddr);
        uintptr_t end = page_down(image, image->base + relro->p_vaddr + relro->p_memsz);
        if (end > start && mprotect((void *)start, end - start, PROT_READ) < 0)
            return -errno;
    }
    return 0;
}

static int image_remap(const struct image *image, int fd)
{
    for (size_t i = 0; i < image->n; i++) {
        const ElfW(Phdr) *load = &image->headers[i];
        if (load->p_type != PT_LOAD || load->p_filesz == 0)
            continue;
        int r =
            load->p_flags & PF_W ? remap_variable(image, load) : remap_constant(image, load, fd);
        if (r < 0)
            return r;
    }
    return protect_relro(image);
}

/* Field `wanted` of a line of /proc/PID/stat (proc_pid_stat(5) counts from 1), cursor at `field`.
 */
static int stat_field(char **cursor, int *field, int wanted, uint64_t *ret)
{
    char *p = *cursor;
    while (p && *field < wanted) {
        p = strchr(p, ' ');
        p = p ? p + 1 : NULL;
        (*field)++;
    }
    if (!p)
        return -EIO;
    size_t length = strcspn(p, " \n");
    char kept = p[length];
    p[length] = '\0';
    int r = parse_u64(p, ret);
    p[length] = kept;
    *cursor = p;
    return r;
}

/* The description of our memory as the kernel has it: it is replaced as a whole, and only the file
 * is to change. */
static int memory_describe(struct prctl_mm_map *map)
{
    char line[1024];
    _cleanup_(close_fd) int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    ssize_t n = read(fd, line, sizeof(line) - 1);
    if (n <= 0)
        return n < 0 ? -errno : -EIO;
    line[n] = '\0';
    char *cursor = strrchr(line, ')');
    if (!cursor)
        return -EIO;
    cursor += 2;

    uint64_t start_code, end_code, start_stack, start_data, end_data, start_brk;
    uint64_t arg_start, arg_end, env_start, env_end;
    struct {
        int number;
        uint64_t *value;
    } wanted[] = {
        {26, &start_code}, {27, &end_code},  {28, &start_stack}, {45, &start_data}, {46, &end_data},
        {47, &start_brk},  {48, &arg_start}, {49, &arg_end},     {50, &env_start},  {51, &env_end},
    };
    int field = 3;
    for (size_t i = 0; i < ELEMENTSOF(wanted); i++) {
        int r = stat_field(&cursor, &field, wanted[i].number, wanted[i].value);
        if (r < 0)
            return r;
    }
    *map = (struct prctl_mm_map){
        .start_code = start_code,
        .end_code = end_code,
        .start_data = start_data,
        .end_data = end_data,
        .start_brk = start_brk,
        /* The system call and not sbrk(0), which only repeats what the C library remembers. */
        .brk = (uint64_t)syscall(SYS_brk, 0),
        .start_stack = start_stack,
        .arg_start = arg_start,
        .arg_end = arg_end,
        .env_start = env_start,
        .env_end = env_end,
        .exe_fd = (uint32_t)-1,
    };
    return 0;
}

int exe_is_sealed(void)
{
    struct statfs fs;
    if (statfs(SELF_EXE, &fs) < 0)
        return -errno;
    if (fs.f_flags & ST_RDONLY)
        return 1;
    if (fs.f_type != TMPFS_MAGIC)
        return 0;
    _cleanup_(close_fd) int fd = open(SELF_EXE, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    const int wanted = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    int seals = fcntl(fd, F_GET_SEALS);
    return seals >= 0 && (seals & wanted) == wanted;
}

/* Our own executable, opened through a read-only mount of its own that is attached nowhere.
 *
 * The mount that /proc/self/exe leads to is of the mount namespace in which we were executed, and
 * only mounts of the present one can be cloned: the file is found by its path, and must be the same
 * inode. */
static int open_readonly(int *ret, struct error *err)
{
    char path[4096];
    ssize_t n = readlink(SELF_EXE, path, sizeof(path) - 1);
    if (n < 0)
        return error_sys(err, errno, "read the link " SELF_EXE);
    path[n] = '\0';

    _cleanup_(close_fd) int tree =
        sys_open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | AT_SYMLINK_NOFOLLOW);
    if (tree < 0)
        return error_sys(err, -tree, "clone the mount of %s", path);
    struct mount_attr readonly = {.attr_set = MOUNT_ATTR_RDONLY};
    int r = sys_mount_setattr(tree, "", AT_EMPTY_PATH, &readonly);
    if (r < 0)
        return error_sys(err, -r, "make a private mount of %s read-only", path);

    char link[32];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", tree);
    _cleanup_(close_fd) int fd = open(link, O_RDONLY | O_CLOEXEC);
    struct stat ours, opened;
    if (fd < 0 || fstat(fd, &opened) < 0 || stat(SELF_EXE, &ours) < 0)
        return error_sys(err, errno, "open %s through a read-only mount", path);
    if (ours.st_dev != opened.st_dev || ours.st_ino != opened.st_ino)
        return error_set(err, ESTALE, "%s is not the running program any more", path);
    *ret = TAKE_FD(fd);
    return 0;
}

static int guard(struct error *err)
{
    struct image image;
    int r = image_find(&image);
    if (r < 0)
        return error_sys(err, -r, "find the program's own segments");
    struct prctl_mm_map map;
    r = memory_describe(&map);
    if (r < 0)
        return error_sys(err, -r, "read /proc/self/stat");

    _cleanup_(close_fd) int fd = -1;
    r = open_readonly(&fd, err);
    if (r < 0)
        return r;
    r = image_remap(&image, fd);
    if (r < 0)
        return error_sys(err, -r, "map the program from a read-only mount");
    map.exe_fd = (uint32_t)fd;
    if (prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0) < 0)
        return error_sys(err, errno, "prctl PR_SET_MM_MAP");
    return 0;
}

int exe_guard(struct error *err)
{
    int r = exe_is_sealed();
    if (r > 0)
        return 0;
    if (r < 0)
        return error_sys(err, -r, "statfs " SELF_EXE);
    r = guard(err);
    if (r < 0) {
        error_set_kind(err, ERROR_UNSUPPORTED);
        return error_wrap(err, "protect the runtime's binary");
    }
    return 0;
}
