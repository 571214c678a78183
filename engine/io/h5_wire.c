#define _POSIX_C_SOURCE 200809L
#include "engine/io/h5_wire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "engine/io/utf8.h"

size_t h5_wire_size(enum h5_type type)
{
    switch (type) {
    case H5_UINT8:
        return 1;
    case H5_INT32:
    case H5_FLOAT32:
        return 4;
    case H5_INT64:
    case H5_FLOAT64:
        return 8;
    default:
        return 0;
    }
}

int h5_wire_reply(int socket, const struct h5_reply *reply, const void *payload)
{
    /* one call for both, or the other end would be woken twice */
    struct iovec part[2] = {{(void *)reply, sizeof *reply}, {(void *)payload, reply->bytes}};
    struct msghdr message = {.msg_iov = part, .msg_iovlen = 2};
    while (part[0].iov_len + part[1].iov_len > 0) {
        ssize_t sent = sendmsg(socket, &message, MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR)
            return -1;
        for (size_t i = 0, left = sent > 0 ? (size_t)sent : 0; i < 2 && left > 0; i++) {
            if (part[i].iov_len == 0)
                continue; /* no payload: NULL + 0 is undefined */
            size_t of_this = left < part[i].iov_len ? left : part[i].iov_len;
            part[i].iov_base = (char *)part[i].iov_base + of_this;
            part[i].iov_len -= of_this;
            left -= of_this;
        }
    }
    return 0;
}

int h5_wire_pack(const char *const *text, size_t n, struct arena *a, char **block, size_t *bytes, struct err *e)
{
    size_t total = 0;
    if (n > H5_WIRE_STRINGS)
        return err_set(e, ERR_INPUT, "more than %zu strings", H5_WIRE_STRINGS);
    for (size_t i = 0; i < n && total <= H5_WIRE_TEXT; i++)
        total += strlen(text[i]) + 1;
    if (total > H5_WIRE_TEXT)
        return err_set(e, ERR_INPUT, "more than %zu bytes of text", H5_WIRE_TEXT);
    char *at = arena_alloc(a, total);
    if (at == NULL)
        return err_set(e, ERR_RUN, "out of memory");
    *block = at;
    *bytes = total;
    for (size_t i = 0; i < n; i++) {
        size_t length = strlen(text[i]) + 1;
        memcpy(at, text[i], length);
        at += length;
    }
    return 0;
}

int h5_wire_unpack(const char *block, size_t bytes, size_t n, const char **out)
{
    const char *end = block + bytes;
    for (size_t i = 0; i < n; i++) {
        const char *stop = block < end ? memchr(block, '\0', (size_t)(end - block)) : NULL;
        if (stop == NULL)
            return -1;
        out[i] = block;
        block = stop + 1;
    }
    return block == end ? 0 : -1;
}

void h5_wire_clean(char *text)
{
    int utf8 = utf8_valid(text, strlen(text));
    for (unsigned char *c = (unsigned char *)text; *c != '\0'; c++)
        if (*c < ' ' || *c == 0x7f || (*c > 0x7f && !utf8))
            *c = '?';
}

int h5_wire_info_valid(const struct h5_info *info)
{
    size_t size = 1;
    int zero = 0;
    if ((unsigned)info->type > H5_OTHER || info->rank > H5_MAX_RANK)
        return 0;
    for (size_t i = 0; i < info->rank; i++) {
        zero |= info->dim[i] == 0;
        if (info->dim[i] != 0 && size > (SIZE_MAX >> 8) / info->dim[i])
            return 0;
        size *= info->dim[i] != 0 ? info->dim[i] : 1;
    }
    if (info->rank == 0) /* no values: a null extent */
        return info->size <= 1;
    return info->size == (zero ? 0 : size);
}
