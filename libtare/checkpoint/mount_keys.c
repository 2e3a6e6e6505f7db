/* SPDX-License-Identifier: Apache-2.0 */
#include "checkpoint/mount_keys.h"

#include <errno.h>

#include "base/fd.h"
#include "checkpoint/protobuf.h"

#define IMAGE_LIMIT ((size_t)1 << 24)

#define MAGIC_IMAGE  0x54564319u /* of all images */
#define MAGIC_MOUNTS 0x55563928u

#define FIELD_KEY 18 /* of a mnt_entry */

static bool read_number(const uint8_t **at, const uint8_t *end, uint32_t *ret)
{
    const uint8_t *p = *at;
    if (end - p < 4)
        return false;
    *ret = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
    *at += 4;
    return true;
}

static int add_key(struct mount_keys *keys, const struct protobuf_field *field)
{
    const char *key = arena_strndup(keys->arena, (const char *)field->bytes, field->n);
    const char **items =
        key ? arena_grow(keys->arena, keys->items, keys->n, &keys->capacity, sizeof(*keys->items))
            : NULL;
    if (!items)
        return -ENOMEM;
    keys->items = items;
    keys->items[keys->n++] = key;
    return 0;
}

static int read_mount(struct mount_keys *keys, const uint8_t *bytes, size_t n)
{
    struct protobuf_reader reader = {bytes, bytes + n};
    struct protobuf_field field;
    int r;
    while ((r = protobuf_next(&reader, &field)) > 0)
        if (field.number == FIELD_KEY && field.bytes && (r = add_key(keys, &field)) < 0)
            break;
    return r == -EBADMSG ? 0 : r;
}

int mount_keys_parse(struct mount_keys *keys, const uint8_t *bytes, size_t n)
{
    const uint8_t *const end = bytes + n;
    uint32_t magic, size;
    if (!read_number(&bytes, end, &magic) || magic != MAGIC_IMAGE ||
        !read_number(&bytes, end, &magic) || magic != MAGIC_MOUNTS)
        return 0;
    while (read_number(&bytes, end, &size) && size <= (size_t)(end - bytes)) {
        int r = read_mount(keys, bytes, size);
        if (r < 0)
            return r;
        bytes += size;
    }
    return 0;
}

struct reading {
    const struct images *images;
    struct mount_keys *keys;
};

static int read_image(const char *name, void *data)
{
    const struct reading *reading = data;
    _cleanup_(close_fd) int fd =
        openat(reading->images->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    _cleanup_(free_ptr) char *bytes = NULL;
    size_t size;
    if (fd < 0 || fd_read_all(fd, IMAGE_LIMIT, &bytes, &size) < 0)
        return 0;
    return mount_keys_parse(reading->keys, (const uint8_t *)bytes, size);
}

int mount_keys_read(struct mount_keys *keys, const struct images *images, struct error *err)
{
    struct reading reading = {images, keys};
    int r = images_visit(images, "mountpoints-", read_image, &reading);
    return r < 0 ? error_sys(err, -r, "read the mounts of %s", images->path) : 0;
}
