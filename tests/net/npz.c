#include "tests/net/npz.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static size_t le(const unsigned char *p, size_t bytes)
{
    size_t v = 0;
    for (size_t i = bytes; i-- > 0;)
        v = v << 8 | p[i];
    return v;
}

int npz_open(struct npz *z, const char *path)
{
    FILE *f = fopen(path, "rb");
    memset(z, 0, sizeof *z);
    if (!f)
        return 1;
    fseek(f, 0, SEEK_END);
    z->n = (size_t)ftell(f);
    rewind(f);
    z->data = malloc(z->n + 1);
    size_t got = fread(z->data, 1, z->n, f);
    fclose(f);
    return got != z->n || z->n < 22 || memcmp(z->data, "PK", 2) != 0;
}

void npz_close(struct npz *z)
{
    free(z->data);
}

/* The member's bytes, inflated. */
static unsigned char *member(const struct npz *z, const unsigned char *entry, size_t *n)
{
    size_t packed = le(entry + 20, 4), header = le(entry + 42, 4);
    const unsigned char *local = z->data + header, *body = local + 30 + le(local + 26, 2) + le(local + 28, 2);
    *n = le(entry + 24, 4);
    unsigned char *out = malloc(*n + 1);
    if (le(entry + 10, 2) == 0) {
        memcpy(out, body, *n);
        return out;
    }
    z_stream s = {.next_in = (unsigned char *)(uintptr_t)body,
                  .avail_in = (unsigned)packed,
                  .next_out = out,
                  .avail_out = (unsigned)*n};
    inflateInit2(&s, -15);
    inflate(&s, Z_FINISH);
    inflateEnd(&s);
    return out;
}

static double value(const unsigned char *p, const char *type)
{
    float f;
    double d;
    int64_t i;
    if (strcmp(type, "<f4") == 0) {
        memcpy(&f, p, sizeof f);
        return (double)f;
    }
    if (strcmp(type, "<f8") == 0) {
        memcpy(&d, p, sizeof d);
        return d;
    }
    memcpy(&i, p, sizeof i);
    return (double)i;
}

static double *decode(const unsigned char *npy, size_t bytes, size_t *n)
{
    char type[4] = {0};
    size_t start = 10 + le(npy + 8, 2);
    const char *descr = strstr((const char *)npy + 10, "'descr': '");
    memcpy(type, descr + 10, 3);
    size_t size = (size_t)(type[2] - '0');
    *n = (bytes - start) / size;
    double *out = malloc((*n + 1) * sizeof *out);
    for (size_t i = 0; i < *n; i++)
        out[i] = value(npy + start + i * size, type);
    return out;
}

double *npz_read(const struct npz *z, const char *name, size_t *n)
{
    char file[64];
    size_t length = (size_t)snprintf(file, sizeof file, "%s.npy", name);
    const unsigned char *end = z->data + z->n - 22, *entry = z->data + le(end + 16, 4);
    for (size_t left = le(end + 10, 2); left > 0; left--) {
        size_t name_n = le(entry + 28, 2), bytes;
        if (name_n == length && memcmp(entry + 46, file, length) == 0) {
            unsigned char *npy = member(z, entry, &bytes);
            double *out = decode(npy, bytes, n);
            free(npy);
            return out;
        }
        entry += 46 + name_n + le(entry + 30, 2) + le(entry + 32, 2);
    }
    return NULL;
}
