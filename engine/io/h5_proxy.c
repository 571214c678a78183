/* Reading, as h5.h declares it: every call is a question to the process that holds the file. Nothing that comes back
 * is trusted: lengths are those asked for, extents are those told before, text is checked again. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/file.h"
#include "engine/io/h5_child.h"
#include "engine/io/h5_private.h"
#include "engine/io/utf8.h"

/* ---- opening ---- */

static const char signature[8] = "\211HDF\r\n\032\n";

/* The superblock stands at 0, 512, 1024, 2048 ... */
static int image_signed(const char *data, size_t n)
{
    for (size_t at = 0; at <= n && n - at >= sizeof signature; at = at == 0 ? 512 : at * 2)
        if (memcmp(data + at, signature, sizeof signature) == 0)
            return 1;
    return 0;
}

/* The same of a file: a mapping must not be touched here, for the file may become shorter. */
static int file_signed(int fd, size_t n)
{
    char found[sizeof signature];
    for (size_t at = 0; at <= n && n - at >= sizeof signature; at = at == 0 ? 512 : at * 2)
        if (pread(fd, found, sizeof found, (off_t)at) == sizeof found && memcmp(found, signature, sizeof found) == 0)
            return 1;
    return 0;
}

static int start(const char *path, const struct h5_image *image, struct h5 **out, struct err *e)
{
    struct h5 *f = calloc(1, sizeof *f);
    if (f == NULL)
        return err_set(e, ERR_RUN, "%s: out of memory", path);
    int status = h5_child_start(&f->child, image, path, e);
    if (status != 0)
        free(f);
    else
        *out = f;
    return status;
}

int h5_open_bytes(const char *path, void *data, size_t n, struct h5 **out, struct err *e)
{
    const struct h5_image image = {.data = data, .bytes = n};
    *out = NULL;
    if (!image_signed(data, n))
        return err_set(e, ERR_INPUT, "%s: is not an HDF5 file", path);
    return start(path, &image, out, e);
}

int h5_open_hashed(const char *path, size_t cap, struct h5 **out, char sha256[SHA256_HEX], struct err *e)
{
    char *data;
    size_t n;
    *out = NULL;
    TRY(file_read(path, cap, ERR_INPUT, &data, &n, e));
    sha256_hex(data, n, sha256);
    int status = h5_open_bytes(path, data, n, out, e);
    free(data);
    return status;
}

static int map(int fd, const char *path, struct h5_image *image, struct err *e)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return err_set(e, ERR_INPUT, "%s: cannot examine: %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return err_set(e, ERR_INPUT, "%s: is not a regular file", path);
    image->bytes = (size_t)st.st_size;
    if (!file_signed(fd, image->bytes))
        return err_set(e, ERR_INPUT, "%s: is not an HDF5 file", path);
    image->data = mmap(NULL, image->bytes, PROT_READ, MAP_PRIVATE, fd, 0);
    if (image->data == MAP_FAILED)
        return err_set(e, ERR_INPUT, "%s: cannot map: %s", path, strerror(errno));
    image->mapped = 1;
    return 0;
}

int h5_open(const char *path, struct h5 **out, struct err *e)
{
    struct h5_image image = {0};
    *out = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not block */
    if (fd < 0)
        return err_set(e, ERR_INPUT, "%s: cannot open: %s", path, strerror(errno));
    int status = map(fd, path, &image, e);
    close(fd);
    if (status == 0) {
        status = start(path, &image, out, e);
        munmap(image.data, image.bytes);
    }
    return status;
}

/* ---- what callers were told ---- */

struct h5_told {
    char *path; /* canonical */
    struct h5_info info;
};

void h5_close(struct h5 *f)
{
    if (f == NULL)
        return;
    h5_child_stop(f->child);
    for (size_t i = 0; i < f->told_n; i++)
        free(f->told[i].path);
    free(f->told);
    free(f);
}

/* One spelling for each path: "a//b/" is "/a/b". */
static void canonical(const char *path, char out[H5_WIRE_PATH + 1])
{
    char *to = out;
    while (*(path += strspn(path, "/")) != '\0') {
        size_t length = strcspn(path, "/");
        *to++ = '/';
        memcpy(to, path, length);
        to += length;
        path += length;
    }
    *to = '\0';
}

static const struct h5_info *find_told(const struct h5 *f, const char *path)
{
    for (size_t i = 0; i < f->told_n; i++)
        if (strcmp(f->told[i].path, path) == 0)
            return &f->told[i].info;
    return NULL;
}

static int add_told(struct h5 *f, const char *path, const struct h5_info *info, struct err *e)
{
    /* capacity is the next power of two */
    if ((f->told_n & (f->told_n - 1)) == 0) {
        struct h5_told *more = realloc(f->told, (f->told_n > 0 ? 2 * f->told_n : 1) * sizeof *more);
        if (more == NULL)
            return err_set(e, ERR_RUN, "%s: out of memory", path);
        f->told = more;
    }
    struct h5_told *last = &f->told[f->told_n];
    last->path = strdup(path);
    last->info = *info;
    if (last->path == NULL)
        return err_set(e, ERR_RUN, "%s: out of memory", path);
    f->told_n++;
    return 0;
}

/* ---- asking ---- */

static int make_request(struct h5_request *q, enum h5_request_kind kind, const char *path, const char *name,
                        struct err *e)
{
    memset(q, 0, offsetof(struct h5_request, path));
    if (strlen(path) >= sizeof q->path)
        return err_set(e, ERR_INPUT, "%.60s...: path too long", path);
    if (strlen(name) >= sizeof q->name)
        return err_set(e, ERR_INPUT, "attribute '%.60s...' of %.120s: name too long", name, path);
    q->kind = kind;
    strcpy(q->path, path);
    strcpy(q->name, name);
    return 0;
}

int h5_kind(struct h5 *f, const char *path, enum h5_object *out, struct err *e)
{
    struct h5_request q;
    struct h5_reply reply;
    *out = H5_ABSENT;
    TRY(make_request(&q, H5_ASK_KIND, path, "", e));
    TRY(h5_child_ask(f->child, &q, 0, &reply, e));
    if (reply.n > H5_DATASET || reply.bytes != 0)
        return h5_child_distrust(f->child, &q, e);
    *out = (enum h5_object)reply.n;
    return 0;
}

/* A second question about one data set gets the first answer, for callers have sized their buffers by it. */
int h5_info(struct h5 *f, const char *dataset, struct h5_info *out, struct err *e)
{
    struct h5_request q;
    struct h5_reply reply;
    struct h5_info info;
    char path[H5_WIRE_PATH + 1];
    TRY(make_request(&q, H5_ASK_INFO, dataset, "", e));
    canonical(dataset, path);
    const struct h5_info *told = find_told(f, path);
    if (told == NULL) {
        TRY(h5_child_ask(f->child, &q, sizeof info, &reply, e));
        if (reply.bytes != sizeof info)
            return h5_child_distrust(f->child, &q, e);
        TRY(h5_child_receive(f->child, &q, &info, sizeof info, e));
        if (!h5_wire_info_valid(&info))
            return h5_child_distrust(f->child, &q, e);
        TRY(add_told(f, path, &info, e));
        told = &info;
    }
    *out = *told;
    return 0;
}

/* ---- numbers ---- */

static int ask_numbers(struct h5 *f, const struct h5_request *q, size_t n, void *out, struct err *e)
{
    struct h5_reply reply;
    size_t bytes = n * h5_wire_size(q->type);
    TRY(h5_child_ask(f->child, q, bytes, &reply, e));
    if (reply.bytes != bytes)
        return h5_child_distrust(f->child, q, e);
    return h5_child_receive(f->child, q, out, bytes, e);
}

static int read_values(struct h5 *f, const char *dataset, size_t n, enum h5_type type, void *out, struct err *e)
{
    struct h5_request q;
    TRY(make_request(&q, H5_ASK_VALUES, dataset, "", e));
    q.type = type;
    q.count = n;
    return ask_numbers(f, &q, n, out, e);
}

int h5_read_f32(struct h5 *f, const char *dataset, size_t n, float *out, struct err *e)
{
    return read_values(f, dataset, n, H5_FLOAT32, out, e);
}

int h5_read_i32(struct h5 *f, const char *dataset, size_t n, int32_t *out, struct err *e)
{
    return read_values(f, dataset, n, H5_INT32, out, e);
}

int h5_read_i64(struct h5 *f, const char *dataset, size_t n, int64_t *out, struct err *e)
{
    return read_values(f, dataset, n, H5_INT64, out, e);
}

int h5_read_u8(struct h5 *f, const char *dataset, size_t n, uint8_t *out, struct err *e)
{
    return read_values(f, dataset, n, H5_UINT8, out, e);
}

int h5_read_rows(struct h5 *f, const char *dataset, size_t first, size_t count, enum h5_type type, void *out,
                 struct err *e)
{
    struct h5_request q;
    struct h5_info info;
    TRY(make_request(&q, H5_ASK_ROWS, dataset, "", e));
    TRY(h5_info(f, dataset, &info, e));
    if (info.rank < 1 || first > info.dim[0] || count > info.dim[0] - first)
        return err_set(e, ERR_INPUT, "%s: has no rows %zu to %zu", dataset, first, first + count);
    q.type = type;
    q.first = first;
    q.count = count;
    q.row = info.dim[0] > 0 ? info.size / info.dim[0] : 0;
    return ask_numbers(f, &q, q.count * q.row, out, e);
}

int h5_attr_reals(struct h5 *f, const char *path, const char *name, struct arena *a, const double **out, size_t *n,
                  struct err *e)
{
    struct h5_request q;
    struct h5_reply reply;
    *out = NULL;
    *n = 0;
    TRY(make_request(&q, H5_ASK_ATTR_REALS, path, name, e));
    TRY(h5_child_ask(f->child, &q, 0, &reply, e));
    if (reply.n > H5_WIRE_REALS || reply.bytes != reply.n * sizeof **out || (!reply.present && reply.n > 0))
        return h5_child_distrust(f->child, &q, e);
    if (!reply.present)
        return 0;
    double *v = arena_alloc(a, reply.bytes);
    if (v == NULL)
        return err_set(e, ERR_RUN, "%s: out of memory", path);
    TRY(h5_child_receive(f->child, &q, v, reply.bytes, e));
    *out = v;
    *n = reply.n;
    return 0;
}

/* ---- strings ---- */

static int ask_strings(struct h5 *f, const struct h5_request *q, struct arena *a, const char *const **out, size_t *n,
                       struct err *e)
{
    struct h5_reply reply;
    *out = NULL;
    *n = 0;
    TRY(h5_child_ask(f->child, q, 0, &reply, e));
    if (reply.n > H5_WIRE_STRINGS || reply.bytes > H5_WIRE_TEXT || (!reply.present && reply.n > 0))
        return h5_child_distrust(f->child, q, e);
    const char **text = arena_array(a, reply.n, sizeof *text);
    char *block = arena_alloc(a, reply.bytes);
    if (text == NULL || block == NULL)
        return err_set(e, ERR_RUN, "%s: out of memory", q->path);
    TRY(h5_child_receive(f->child, q, block, reply.bytes, e));
    /* names of members may be any bytes, values are text */
    if (h5_wire_unpack(block, reply.bytes, reply.n, text) != 0 ||
        (q->kind != H5_ASK_LIST && !utf8_valid(block, reply.bytes)))
        return h5_child_distrust(f->child, q, e);
    *out = reply.present ? text : NULL;
    *n = reply.n;
    return 0;
}

int h5_list(struct h5 *f, const char *group, struct arena *a, const char *const **names, size_t *n, struct err *e)
{
    struct h5_request q;
    TRY(make_request(&q, H5_ASK_LIST, group, "", e));
    return ask_strings(f, &q, a, names, n, e);
}

int h5_read_strings(struct h5 *f, const char *dataset, struct arena *a, const char *const **out, size_t *n,
                    struct err *e)
{
    struct h5_request q;
    TRY(make_request(&q, H5_ASK_STRINGS, dataset, "", e));
    return ask_strings(f, &q, a, out, n, e);
}

int h5_attr_strings(struct h5 *f, const char *path, const char *name, struct arena *a, const char *const **out,
                    size_t *n, struct err *e)
{
    struct h5_request q;
    TRY(make_request(&q, H5_ASK_ATTR_STRINGS, path, name, e));
    return ask_strings(f, &q, a, out, n, e);
}

int h5_attr_string(struct h5 *f, const char *path, const char *name, struct arena *a, const char **out, struct err *e)
{
    const char *const *text;
    size_t n;
    *out = NULL;
    TRY(h5_attr_strings(f, path, name, a, &text, &n, e));
    if (text == NULL)
        return 0;
    if (n != 1)
        return err_set(e, ERR_INPUT, "attribute '%s' of %s: has %zu strings, wants one", name, path, n);
    *out = text[0];
    return 0;
}
