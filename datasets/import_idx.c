/* IDX (the format of MNIST: big-endian header, row-major values), plain or gzip'ed, by zlib; this is its only user. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "datasets/dataset.h"
#include "datasets/import.h"
#include "engine/base/bytes.h"
#include "engine/base/shape.h"

#define IDX_UBYTE 0x08
#define IDX_RANK_MAX 4
#define IDX_BYTES_MAX ((size_t)4 << 30)
#define GZIP_RATIO_MAX 1032   /* deflate cannot expand further: 258 bytes from two bits */

struct idx {
    const char *path;
    gzFile file;
    size_t rank, dim[IDX_RANK_MAX];
    size_t row;               /* bytes of one sample */
};

struct import {
    struct idx images, labels;
    struct arena arena;
    size_t first, n;          /* rows wanted */
    uint8_t *pixels;          /* (n, row) */
    uint8_t *label_bytes;     /* [n] */
};

static int no_memory(struct err *e, size_t bytes)
{
    return err_set(e, ERR_RUN, "out of memory for %zu bytes of an IDX file", bytes);
}

static int read_fault(const struct idx *f, size_t wanted, int got, struct err *e)
{
    int code = Z_OK;
    const char *why = gzerror(f->file, &code);
    if (got < 0 && code != Z_BUF_ERROR)
        return err_set(e, ERR_INPUT, "%s: %s (the file is damaged)", f->path, code == Z_ERRNO ? "read error" : why);
    return err_set(e, ERR_INPUT,
                   "%s: ends after byte %lld where %zu more are needed (cut off, or its header declares too much)",
                   f->path, (long long)gztell(f->file), wanted - (got > 0 ? (size_t)got : 0));
}

static int read_bytes(const struct idx *f, size_t n, uint8_t *out, struct err *e)
{
    while (n > 0) {
        unsigned part = n > (1U << 20) ? 1U << 20 : (unsigned)n;
        int got = gzread(f->file, out, part);
        if (got < 0 || (unsigned)got < part)
            return read_fault(f, n, got, e);
        out += part;
        n -= part;
    }
    return 0;
}

/* Read on and forget, which also lets zlib check its sum at the end. */
static int skip_bytes(const struct idx *f, size_t n, struct err *e)
{
    uint8_t buffer[16384];
    for (size_t part; n > 0; n -= part) {
        part = n < sizeof buffer ? n : sizeof buffer;
        TRY(read_bytes(f, part, buffer, e));
    }
    return 0;
}

static int expect_end(const struct idx *f, struct err *e)
{
    uint8_t byte;
    int code = Z_OK, got = gzread(f->file, &byte, 1);
    if (got < 0)
        return read_fault(f, 1, got, e);
    gzerror(f->file, &code);
    if (got == 0 && code != Z_OK)   /* zlib's way to say that the check sum is missing */
        return err_set(e, ERR_INPUT, "%s: the compressed file is cut off", f->path);
    return got == 0 ? 0 : err_set(e, ERR_INPUT, "%s: bytes follow the values that its header declares", f->path);
}

/* The declared size, against what a file of this length can hold, before anything is allocated by it. */
static int check_size(struct idx *f, size_t file_size, struct err *e)
{
    size_t ratio = gzdirect(f->file) ? 1 : GZIP_RATIO_MAX, total = 0;
    size_t most = file_size > IDX_BYTES_MAX / ratio ? IDX_BYTES_MAX : file_size * ratio;
    if (shape_product(f->dim, f->rank, IDX_BYTES_MAX, &total))
        return err_set(e, ERR_INPUT, "%s: the header declares more than 4 GiB of values (split the file)", f->path);
    if (total == 0)
        return err_set(e, ERR_INPUT, "%s: the header declares no values (a dimension is 0)", f->path);
    if (total > most)
        return err_set(e, ERR_INPUT, "%s: the header declares %zu values, more than a file of %zu bytes can hold",
                       f->path, total, file_size);
    f->row = total / f->dim[0];
    return 0;
}

static int read_header(struct idx *f, size_t file_size, struct err *e)
{
    uint8_t magic[4], dim[4 * IDX_RANK_MAX];
    TRY(read_bytes(f, sizeof magic, magic, e));
    if (magic[0] || magic[1])
        return err_set(e, ERR_INPUT, "%s: not an IDX file (starts with bytes %02x %02x, not 00 00)", f->path, magic[0],
                       magic[1]);
    if (magic[2] != IDX_UBYTE)
        return err_set(e, ERR_INPUT, "%s: values of IDX type 0x%02x (only unsigned bytes, 0x08, are read)", f->path,
                       magic[2]);
    f->rank = magic[3];
    if (f->rank < 1 || f->rank > IDX_RANK_MAX)
        return err_set(e, ERR_INPUT, "%s: %zu dimensions (1 to %d are read)", f->path, f->rank, IDX_RANK_MAX);
    TRY(read_bytes(f, 4 * f->rank, dim, e));
    for (size_t i = 0; i < f->rank; i++)
        f->dim[i] = (size_t)bytes_get_big(dim + 4 * i, 4);
    return check_size(f, file_size, e);
}

static int open_idx(const char *path, struct idx *f, struct err *e)
{
    struct stat status;
    f->path = path;
    if (stat(path, &status))
        return err_set(e, ERR_INPUT, "%s: cannot be opened (no such file, or no right to it)", path);
    if (!S_ISREG(status.st_mode))
        return err_set(e, ERR_INPUT, "%s: not a regular file", path);
    f->file = gzopen(path, "rb");
    if (!f->file)
        return err_set(e, ERR_INPUT, "%s: cannot be opened (no right to it, or out of memory)", path);
    return read_header(f, (size_t)status.st_size, e);
}

static void close_idx(struct idx *f)
{
    if (f->file)
        gzclose_r(f->file);
}

/* Images have 2 (n, values), 3 (n, h, w) or 4 (n, h, w, c) dimensions, labels one of the same length. */
static int check_pair(const struct import *m, struct err *e)
{
    const struct idx *x = &m->images, *y = &m->labels;
    if (x->rank < 2)
        return err_set(e, ERR_INPUT, "%s: one dimension only (are images and labels swapped?)", x->path);
    if (y->rank != 1)
        return err_set(e, ERR_INPUT, "%s: labels with %zu dimensions (one is wanted; are images and labels swapped?)",
                       y->path, y->rank);
    if (x->dim[0] != y->dim[0])
        return err_set(e, ERR_INPUT, "%s holds %zu images and %s %zu labels (they belong to different parts)", x->path,
                       x->dim[0], y->path, y->dim[0]);
    return 0;
}

static int choose_rows(struct import *m, const struct import_idx_options *o, struct err *e)
{
    size_t all = m->images.dim[0];
    m->first = o->first;
    if (o->first >= all)
        return err_set(e, ERR_USAGE, "%s has rows 0 to %zu; row %zu is behind its end", o->images, all - 1, o->first);
    m->n = o->count ? o->count : all - o->first;
    if (m->n > all - o->first)
        return err_set(e, ERR_USAGE, "%s has %zu rows; %zu from row %zu on are too many", o->images, all, m->n,
                       o->first);
    return 0;
}

/* Rows first .. first + n into memory; the rest is read too, so that damage anywhere is found. */
static int read_rows(const struct import *m, const struct idx *f, uint8_t **out, struct err *e)
{
    *out = malloc(m->n * f->row);
    if (!*out)
        return no_memory(e, m->n * f->row);
    TRY(skip_bytes(f, m->first * f->row, e));
    TRY(read_bytes(f, m->n * f->row, *out, e));
    TRY(skip_bytes(f, (f->dim[0] - m->first - m->n) * f->row, e));
    return expect_end(f, e);
}

/* Labels as int32, and how many classes: the names decide if given, else the largest label. */
static int read_labels(struct import *m, const char *names, size_t offset, struct dataset_parts *p, struct err *e)
{
    int32_t *label = arena_array(&m->arena, m->n, sizeof *label);
    size_t largest = 0;
    if (!label)
        return no_memory(e, m->n * sizeof *label);
    for (size_t i = 0; i < m->n; i++) {
        if (m->label_bytes[i] < offset)
            return err_set(e, ERR_INPUT, "%s: row %zu: label %u is below --label-offset %zu", m->labels.path,
                           m->first + i, (unsigned)m->label_bytes[i], offset);
        size_t class = m->label_bytes[i] - offset;
        label[i] = (int32_t)class;
        if (class > largest)
            largest = class;
    }
    p->label = label;
    p->classes = largest + 1;
    if (!names)
        return 0;
    TRY(import_class_names(names, &m->arena, &p->class_name, &p->classes, e));
    if (largest >= p->classes)
        return err_set(e, ERR_USAGE, "--class-names gives %zu names, but %s has label %zu (--label-offset N: labels "
                       "begin at N)", p->classes, m->labels.path, largest + offset);
    return 0;
}

/* (n, h, w) becomes (n, h, w, 1): images always have a channel axis. */
static struct shape sample_shape(const struct idx *x)
{
    struct shape s = {.rank = x->rank - 1};
    for (size_t i = 0; i < s.rank; i++)
        s.dim[i] = x->dim[i + 1];
    if (s.rank == 2)
        s.dim[s.rank++] = 1;
    return s;
}

static int import_pair(struct import *m, const struct import_idx_options *o, char **summary, struct err *e)
{
    static const double low = 0, high = 255;
    TRY(open_idx(o->images, &m->images, e));
    TRY(open_idx(o->labels, &m->labels, e));
    TRY(check_pair(m, e));
    TRY(choose_rows(m, o, e));
    TRY(read_rows(m, &m->labels, &m->label_bytes, e));
    TRY(read_rows(m, &m->images, &m->pixels, e));
    struct dataset_parts p = {.n = m->n, .shape = sample_shape(&m->images), .x_u8 = m->pixels,
                              .box_n = 1, .low = &low, .high = &high};
    TRY(read_labels(m, o->class_names, o->label_offset, &p, e));
    TRY(import_name(o->name, o->output, &m->arena, &p.name, e));
    TRY(import_summary(&p, summary, e));
    return dataset_write(o->output, &p, e);
}

int import_idx(const struct import_idx_options *o, char **summary, struct err *e)
{
    struct import m = {.n = 0};
    if (arena_init(&m.arena, 0))
        return no_memory(e, sizeof m);
    *summary = NULL;
    int status = import_pair(&m, o, summary, e);
    if (status) {
        free(*summary);
        *summary = NULL;
    }
    close_idx(&m.images);
    close_idx(&m.labels);
    free(m.pixels);
    free(m.label_bytes);
    arena_free(&m.arena);
    return status;
}
