/* SPDX-License-Identifier: Apache-2.0 */
#include "checkpoint/images.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "spec/json.h"

#define STDIO_FILE       "descriptors.json"
#define STDIO_SIZE_LIMIT ((size_t)64 * 1024)

/* How much of the end of a log is looked at, and how many of its errors are told. */
#define LOG_TAIL   ((off_t)256 * 1024)
#define LOG_ERRORS 4

/* ---- directories ---- */

/* As `mkdir -p`; the last one is for us alone, because it will hold the memory of processes. */
static int make_directories(const char *path)
{
    _cleanup_(free_ptr) char *copy = strdup(path);
    if (!copy)
        return -ENOMEM;
    for (char *p = copy + strspn(copy, "/"); *p;) {
        char *end = p + strcspn(p, "/");
        char kept = *end;
        *end = '\0';
        if (mkdir(copy, 0700) < 0 && errno != EEXIST)
            return -errno;
        *end = kept;
        p = end + strspn(end, "/");
    }
    return 0;
}

static int open_directory(const char *path, bool make, const char *what, int *ret,
                          struct error *err)
{
    int r = make ? make_directories(path) : 0;
    if (r == 0) {
        *ret = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        r = *ret < 0 ? -errno : 0;
    }
    return r < 0 ? error_sys(err, -r, "open the directory %s of the %s", path, what) : 0;
}

static int remove_former(int directory, const char *name, struct error *err)
{
    if (unlinkat(directory, name, 0) == 0 || errno == ENOENT)
        return 0;
    return error_sys(err, errno, "remove the former %s", name);
}

int images_open(struct images *images, const char *path, const char *work_path, bool dump,
                struct error *err)
{
    images->path = path;
    images->work_path = work_path ? work_path : path;
    images->log_file = dump ? "dump.log" : "restore.log";
    int r = open_directory(path, dump, "images", &images->fd, err);
    if (r == 0 && !dump && !images_have(images, "inventory")) {
        r = error_set(err, ENOENT, "%s holds no checkpoint: there is no inventory.img in it", path);
        error_add_hint(err, "--image-path names the directory that `tare checkpoint` has written");
    }
    if (r == 0)
        r = open_directory(images->work_path, work_path, "work", &images->work_fd, err);
    if (r == 0)
        r = remove_former(images->work_fd, images->log_file, err);
    return r < 0 ? r : remove_former(images->work_fd, dump ? "stats-dump" : "stats-restore", err);
}

static int move_directory(int *fd, pid_t pid, struct error *err)
{
    char link[32], path[PATH_MAX + 32];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", *fd);
    int length = snprintf(path, sizeof(path), "/proc/%d/root", (int)pid);
    ssize_t n = readlink(link, path + length, PATH_MAX);
    if (n <= 0 || n == PATH_MAX)
        return error_sys(err, n < 0 ? errno : ENAMETOOLONG, "name a directory for criu");
    path[length + n] = '\0';
    int moved = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (moved < 0)
        return error_sys(err, errno, "open %s for criu", path + length);
    close_fd(fd);
    *fd = moved;
    return 0;
}

int images_move(struct images *images, pid_t pid, struct error *err)
{
    int r = move_directory(&images->fd, pid, err);
    return r < 0 ? r : move_directory(&images->work_fd, pid, err);
}

void images_release(struct images *images)
{
    close_fd(&images->fd);
    close_fd(&images->work_fd);
}

static void close_directory(DIR **directory)
{
    if (*directory)
        closedir(*directory);
}

int images_visit(const struct images *images, const char *beginning,
                 int (*visit)(const char *name, void *data), void *data)
{
    int fd = openat(images->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory _cleanup_(close_directory) = fd < 0 ? NULL : fdopendir(fd);
    if (!directory) {
        int r = -errno;
        close_fd(&fd);
        return r;
    }
    const struct dirent *entry;
    int r = 0;
    while (r == 0 && (entry = readdir(directory))) {
        size_t n = strlen(entry->d_name);
        if (n > 4 && strncmp(entry->d_name, beginning, strlen(beginning)) == 0 &&
            strcmp(entry->d_name + n - 4, ".img") == 0)
            r = visit(entry->d_name, data);
    }
    return r;
}

static int stop(const char *name, void *data)
{
    (void)name;
    (void)data;
    return 1;
}

bool images_have(const struct images *images, const char *beginning)
{
    return images_visit(images, beginning, stop, NULL) > 0;
}

/* ---- descriptors.json: an array, while our tables describe objects ---- */

struct stdio_object {
    struct strings names;
};

static const struct json_field stdio_object_fields[] = {
    JSON_FIELD(struct stdio_object, names, "descriptors", JSON_STRINGS),
};

JSON_TYPE(struct stdio_object, stdio_object);

#define OBJECT_BEGIN "{\"descriptors\":"
#define OBJECT_END   "}"

int images_write_stdio(const struct images *images, struct arena *arena,
                       const struct images_stdio *stdio, struct error *err)
{
    const char *names[IMAGES_STDIO];
    for (size_t i = 0; i < IMAGES_STDIO; i++)
        names[i] = stdio->names[i] ? stdio->names[i] : "";
    const struct stdio_object object = {{.set = true, .n = IMAGES_STDIO, .items = names}};
    const char *json;
    int r = json_write(arena, &stdio_object_type, &object, "", &json, err);
    if (r < 0)
        return r;
    const char *array = json + strlen(OBJECT_BEGIN);
    size_t n = strcspn(array, "]") + 1;
    /* Names have brackets, too: the last one ends the array. */
    const char *last = strrchr(array, ']');
    n = last ? (size_t)(last - array) + 1 : n;
    r = file_replace(images->fd, STDIO_FILE, 0600, array, n);
    return r < 0 ? error_sys(err, -r, "write " STDIO_FILE " in %s", images->path) : 0;
}

int images_read_stdio(const struct images *images, struct arena *arena, struct images_stdio *ret,
                      struct error *err)
{
    *ret = (struct images_stdio){0};
    _cleanup_(close_fd) int fd =
        openat(images->fd, STDIO_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0
                               : error_sys(err, errno, "open " STDIO_FILE " in %s", images->path);
    _cleanup_(free_ptr) char *array = NULL;
    size_t size;
    int r = fd_read_all(fd, STDIO_SIZE_LIMIT, &array, &size);
    if (r < 0)
        return error_sys(err, -r, "read " STDIO_FILE " in %s", images->path);
    const char *json = arena_printf(arena, OBJECT_BEGIN "%s" OBJECT_END, array);
    if (!json)
        return error_sys(err, ENOMEM, "read " STDIO_FILE " in %s", images->path);
    void *object = NULL;
    r = json_parse(arena, &stdio_object_type, json, strlen(json), &object, NULL, err);
    if (r < 0)
        return error_wrap(err, STDIO_FILE " in %s", images->path);
    const struct strings *names = &((const struct stdio_object *)object)->names;
    for (size_t i = 0; i < names->n && i < IMAGES_STDIO; i++)
        ret->names[i] = names->items[i];
    return 0;
}

/* ---- the log ---- */

/* The end of the log, NUL-terminated. */
static char *log_tail(const struct images *images)
{
    _cleanup_(close_fd) int fd =
        openat(images->work_fd, images->log_file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return NULL;
    off_t from = st.st_size > LOG_TAIL ? st.st_size - LOG_TAIL : 0;
    _cleanup_(free_ptr) char *text = malloc((size_t)LOG_TAIL + 1);
    ssize_t n = text ? pread(fd, text, (size_t)LOG_TAIL, from) : -1;
    if (n < 0)
        return NULL;
    text[n] = '\0';
    return TAKE_PTR(text);
}

/* Without CAP_SYS_RESOURCE CRIU says this first, and goes on. */
#define NO_ERROR "rlimit: Can't setup RLIMIT_NOFILE"

/* "(00.012345) Error (criu/mount.c:1234): mnt: what" is "mnt: what"; other lines are none. What only says that
 * everything has failed is left out. */
static char *error_of_line(char *line)
{
    char *error = strstr(line, "Error (");
    char *text = error ? strstr(error, "): ") : NULL;
    return text && !strstr(text, "FAILED") && !strstr(text, NO_ERROR) ? text + 3 : NULL;
}

/* The first error, which is mostly the reason of the others, and the last ones. */
struct log_errors {
    char *items[LOG_ERRORS];
    size_t n;
};

static void find_errors(char *log, struct log_errors *ret)
{
    char *line;
    while ((line = strsep(&log, "\n"))) {
        char *error = error_of_line(line);
        if (!error)
            continue;
        if (ret->n == LOG_ERRORS)
            memmove(ret->items + 1, ret->items + 2, (--ret->n - 1) * sizeof(ret->items[0]));
        ret->items[ret->n++] = error;
    }
}

int images_blame(const struct images *images, const char *operation, const struct criu_reply *reply,
                 struct error *err)
{
    _cleanup_(free_ptr) char *log = log_tail(images);
    struct log_errors errors = {.n = 0};
    if (log)
        find_errors(log, &errors);
    const char *reason = errors.n > 0        ? errors.items[0]
                         : reply->message[0] ? reply->message
                         : reply->code > 0   ? strerrordesc_np(reply->code)
                                             : NULL;
    int r = error_set(err, EIO, "criu failed to %s: %s", operation,
                      reason ? reason : "it does not say why");
    for (size_t i = 1; i < errors.n; i++)
        error_add_problem(err, errors.items[i]);
    error_add_hint(err, "see %s/%s", images->work_path, images->log_file);
    return r;
}
