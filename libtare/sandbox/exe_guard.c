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

/* Not memcpy(3): AddressSanitizer would see it read the red zones between the variables. */
__attribute__((no_sanitize("address"))) static void copy_words(uint64_t *to, const uint64_t *from,
                                                               size_t n)
{
    for (size_t i = 0; i < n; i++) {
        to[i] = from[i];
        /* Keeps the compiler from making a memcpy(3) of the loop. */
        __asm__ volatile("" ::: "memory");
    }
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
    copy_words(copy, (const uint64_t *)start, (end - start) / sizeof(uint64_t));
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

/* The kernel's description of our memory is replaced as a whole, though only the file is to change.
 * The rest of it is for the eyes of ps(1); it is put together from what we know, because reading it
 * back from /proc/self/stat costs more than all the rest. */
static void memory_describe(const struct image *image, struct prctl_mm_map *map)
{
    /* On a new stack the strings are in this order: arguments, environment, file name. A program
     * that has moved its own gets empty ones. */
    uintptr_t file_name = getauxval(AT_EXECFN);
    uintptr_t arguments = (uintptr_t)program_invocation_name;
    uintptr_t environment = environ && environ[0] ? (uintptr_t)environ[0] : file_name;
    if (arguments > environment || environment > file_name)
        arguments = environment = file_name;
    /* The system call and not sbrk(0), which only repeats what the C library remembers. */
    uintptr_t brk = (uintptr_t)syscall(SYS_brk, 0);
    *map = (struct prctl_mm_map){
        .start_brk = brk,
        .brk = brk,
        .start_stack = file_name,
        .arg_start = arguments,
        .arg_end = environment,
        .env_start = environment,
        .env_end = file_name,
        .exe_fd = (uint32_t)-1,
    };
    for (size_t i = 0; i < image->n; i++) {
        const ElfW(Phdr) *load = &image->headers[i];
        uintptr_t start = image->base + load->p_vaddr, end = start + load->p_filesz;
        if (load->p_type != PT_LOAD)
            continue;
        if (load->p_flags & PF_X) {
            map->start_code = start;
            map->end_code = end;
        }
        if (load->p_flags & PF_W) {
            map->start_data = start;
            map->end_data = end;
        }
    }
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

/* Opened through a read-only mount of its own that is attached nowhere, and when `tree` is closed,
 * nothing any more: then it is in no namespace in which it could be changed. */
static int open_on_own_mount(const char *path)
{
    _cleanup_(close_fd) int tree =
        sys_open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | AT_SYMLINK_NOFOLLOW);
    if (tree < 0)
        return tree;
    struct mount_attr readonly = {.attr_set = MOUNT_ATTR_RDONLY};
    int r = sys_mount_setattr(tree, "", AT_EMPTY_PATH, &readonly);
    if (r < 0)
        return r;
    char link[32];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", tree);
    int fd = open(link, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

static int open_on_old_root(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    return fd < 0 ? -errno : fd;
}

int exe_guard_path(struct arena *arena, const char **ret, struct error *err)
{
    char path[4096];
    ssize_t n = readlink(SELF_EXE, path, sizeof(path));
    if (n < 0)
        return error_sys(err, errno, "read the link " SELF_EXE);
    *ret = arena_strndup(arena, path, (size_t)n);
    return *ret ? 0 : error_sys(err, ENOMEM, "read the link " SELF_EXE);
}

/* The mount that /proc/self/exe leads to is of the mount namespace in which we were executed, and no good in
 * the present one: the file is found by its path, and must be the same inode. */
static int open_self(const char *path, enum exe_guard_mount mount, struct error *err)
{
    _cleanup_(close_fd) int fd =
        mount == EXE_GUARD_OLD_ROOT ? open_on_old_root(path) : open_on_own_mount(path);
    if (fd < 0)
        return error_sys(err, -fd, "open %s", path);
    struct stat ours, opened;
    if (fstat(fd, &opened) < 0 || stat(SELF_EXE, &ours) < 0)
        return error_sys(err, errno, "fstat %s", path);
    if (ours.st_dev != opened.st_dev || ours.st_ino != opened.st_ino)
        return error_set(err, ESTALE, "%s is not the running program any more", path);
    return TAKE_FD(fd);
}

static int guard(const char *path, enum exe_guard_mount mount, struct error *err)
{
    struct image image;
    int r = image_find(&image);
    if (r < 0)
        return error_sys(err, -r, "find the program's own segments");
    _cleanup_(close_fd) int fd = open_self(path, mount, err);
    if (fd < 0)
        return fd;
    r = image_remap(&image, fd);
    if (r < 0)
        return error_sys(err, -r, "map the program anew");
    struct prctl_mm_map map;
    memory_describe(&image, &map);
    map.exe_fd = (uint32_t)fd;
    if (prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0) < 0)
        return error_sys(err, errno, "prctl PR_SET_MM_MAP");
    return 0;
}

int exe_guard(const char *path, enum exe_guard_mount mount, struct error *err)
{
    int r = exe_is_sealed();
    if (r > 0)
        return 0;
    if (r < 0)
        return error_sys(err, -r, "statfs " SELF_EXE);
    r = guard(path, mount, err);
    if (r < 0) {
        error_set_kind(err, ERROR_UNPROTECTED);
        return error_wrap(err, "protect the runtime's binary");
    }
    return 0;
}
