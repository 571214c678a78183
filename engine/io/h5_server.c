/* Runs in the jail. Nothing here is safe from libhdf5: whatever it answers is checked by the other side. */
#define _DEFAULT_SOURCE /* madvise */
#include "engine/io/h5_server.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/io/h5_local.h"
#include "engine/io/h5_scan_local.h"
#include "engine/io/h5_wire.h"

#define DROP_BYTES ((size_t)2 << 20)

struct answer {
    struct h5_reply reply;
    const void *payload;
};

static int answer_kind(struct h5_local *f, const struct h5_request *q, struct answer *out, struct err *e)
{
    enum h5_object kind;
    TRY(h5_local_kind(f, q->path, &kind, e));
    out->reply.n = (size_t)kind;
    return 0;
}

static int answer_info(struct h5_local *f, const struct h5_request *q, struct arena *a, struct answer *out,
                       struct err *e)
{
    struct h5_info *info = arena_alloc(a, sizeof *info);
    if (info == NULL)
        return err_set(e, ERR_RUN, "out of memory");
    out->payload = info;
    out->reply.bytes = sizeof *info;
    return h5_local_info(f, q->path, info, e);
}

static int get_strings(struct h5_local *f, const struct h5_request *q, struct arena *a, const char *const **text,
                       size_t *n, struct err *e)
{
    if (q->kind == H5_ASK_LIST)
        return h5_local_list(f, q->path, a, text, n, e);
    if (q->kind == H5_ASK_STRINGS)
        return h5_local_read_strings(f, q->path, a, text, n, e);
    return h5_local_attr_strings(f, q->path, q->name, a, text, n, e);
}

static int answer_strings(struct h5_local *f, const struct h5_request *q, struct arena *a, struct answer *out,
                          struct err *e)
{
    const char *const *text = NULL;
    char *block = NULL;
    TRY(get_strings(f, q, a, &text, &out->reply.n, e));
    out->reply.present = text != NULL;
    if (h5_wire_pack(text, out->reply.n, a, &block, &out->reply.bytes, e) != 0)
        return err_prepend(e, "%s", q->path);
    out->payload = block;
    return 0;
}

static int answer_reals(struct h5_local *f, const struct h5_request *q, struct arena *a, struct answer *out,
                        struct err *e)
{
    const double *v = NULL;
    TRY(h5_local_attr_reals(f, q->path, q->name, a, &v, &out->reply.n, e));
    out->reply.present = v != NULL;
    out->reply.bytes = out->reply.n * sizeof *v;
    out->payload = v;
    return 0;
}

static int read_values(struct h5_local *f, const struct h5_request *q, void *out, struct err *e)
{
    switch (q->type) {
    case H5_FLOAT32:
        return h5_local_read_f32(f, q->path, q->count, out, e);
    case H5_INT32:
        return h5_local_read_i32(f, q->path, q->count, out, e);
    case H5_INT64:
        return h5_local_read_i64(f, q->path, q->count, out, e);
    default:
        return h5_local_read_u8(f, q->path, q->count, out, e);
    }
}

static int answer_numbers(struct h5_local *f, const struct h5_request *q, struct arena *a, struct answer *out,
                          struct err *e)
{
    size_t n = q->kind == H5_ASK_ROWS ? q->count * q->row : q->count;
    void *values = arena_array(a, n, h5_wire_size(q->type));
    if (values == NULL)
        return err_set(e, ERR_RUN, "%s: out of memory for %zu values", q->path, n);
    out->payload = values;
    out->reply.bytes = n * h5_wire_size(q->type);
    return q->kind == H5_ASK_ROWS ? h5_local_read_rows(f, q->path, q->first, q->count, q->type, values, e)
                                  : read_values(f, q, values, e);
}

static int answer_scan(struct h5_local *f, struct arena *a, struct answer *out, struct err *e)
{
    struct h5_scan_list list = {0};
    int status = h5_local_scan(f, &list, e);
    if (status == 0)
        status = h5_scan_pack(&list, a, &out->payload, &out->reply.bytes, e);
    h5_scan_list_free(&list);
    return status;
}

static int answer(struct h5_local *f, const struct h5_request *q, struct arena *a, struct answer *out, struct err *e)
{
    switch (q->kind) {
    case H5_ASK_KIND:
        return answer_kind(f, q, out, e);
    case H5_ASK_INFO:
        return answer_info(f, q, a, out, e);
    case H5_ASK_LIST:
    case H5_ASK_STRINGS:
    case H5_ASK_ATTR_STRINGS:
        return answer_strings(f, q, a, out, e);
    case H5_ASK_SCAN:
        return answer_scan(f, a, out, e);
    case H5_ASK_ATTR_REALS:
        return answer_reals(f, q, a, out, e);
    default:
        return answer_numbers(f, q, a, out, e);
    }
}

static void send_answer(int socket, int failed, const struct answer *a, const struct err *e)
{
    struct h5_reply reply = {.failed = 1, .bytes = strlen(e->text)};
    if (h5_wire_reply(socket, failed ? &reply : &a->reply, failed ? e->text : a->payload) != 0)
        _exit(0);
}

static void serve_one(int socket, struct h5_local *f, const struct h5_request *q)
{
    struct err e = {0};
    struct arena arena;
    struct answer a = {.payload = NULL};
    arena_init(&arena, 0);
    int failed = answer(f, q, &arena, &a, &e);
    send_answer(socket, failed, &a, &e);
    arena_free(&arena);
}

/* A data set larger than the memory passes through a mapping of it; what has been read need not stay. */
static void drop_pages(void *image, size_t bytes, size_t *since, size_t read)
{
    *since += read;
    if (*since < DROP_BYTES)
        return;
    madvise(image, bytes, MADV_DONTNEED);
    *since = 0;
}

_Noreturn void h5_serve(int socket, void *image, size_t bytes, int mapped)
{
    static struct h5_request q;
    static struct h5_local f;
    struct err e = {0};
    size_t since = 0;
    int failed = h5_local_open(&f, image, bytes, &e);
    send_answer(socket, failed, &(struct answer){.payload = NULL}, &e);
    while (!failed && recv(socket, &q, sizeof q, MSG_WAITALL) == (ssize_t)sizeof q) {
        serve_one(socket, &f, &q);
        if (mapped && q.kind == H5_ASK_ROWS)
            drop_pages(image, bytes, &since, q.count * q.row * h5_wire_size(q.type));
    }
    _exit(0);
}
