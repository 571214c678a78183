/* Every row of a data set, once: values seen, and a hash that tells equal rows. Memory does not depend on the size of
 * a sample: 8 to 16 bytes a row, and 16 in columns that leave memory block by block. The hash is SHA-256 cut to 128
 * bits, so equal hashes are equal rows. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/dataset_private.h"
#include "engine/verify/verify_private.h"

#define BLOCK_FLOATS ((size_t)1 << 20)
#define BLOCK_ROWS ((size_t)4096)
#define NARROW 8.0            /* declared width over seen width */
#define EQUAL_BY_CHANCE 0.01  /* of table rows beyond what duplicates explain */

struct row_hash { uint64_t half[2]; };

struct verify_rows {
    size_t n;
    struct columns columns;
    struct row_hash *hash; /* [n] in columns */
    uint32_t *slot;        /* row + 1, 0: free */
    size_t slots_n;        /* a power of two, at least 2 n */
    size_t duplicates;
};

struct pass {
    struct verify_data *d;
    struct verify_rows *rows;
    struct findings *out;
    float *x, *low, *high; /* low and high: seen, of each input */
    unsigned char *bytes;  /* rows as stored, where they are bytes, and rows to be hashed */
    struct fault {
        size_t n, row, at; /* how many, and where the first one is */
        float value;
    } not_finite, outside;
    size_t constant, constant_row;
    size_t *first;         /* [size] first members of one-hot groups */
    double *ones;          /* [size] scratch */
    size_t unlawful, unlawful_row; /* rows that break the schema, the first of them and its fault */
    char law[160];
};

/* ---- hashes ---- */

static uint64_t hex_half(const char *hex)
{
    uint64_t value = 0;
    for (size_t i = 0; i < 16; i++)
        value = value << 4 | (uint64_t)(hex[i] <= '9' ? hex[i] - '0' : hex[i] - 'a' + 10);
    return value;
}

static struct row_hash hash_bytes(const void *data, size_t n)
{
    char hex[SHA256_HEX];
    sha256_hex(data, n, hex);
    return (struct row_hash){{hex_half(hex), hex_half(hex + 16)}};
}

/* Rows of whole numbers 0..255 are hashed as bytes, so that data sets stored as bytes and as floats can be compared;
 * the others as floats, with -0 as 0. */
static struct row_hash hash_row(float *x, size_t n, unsigned char *bytes)
{
    size_t i = 0;
    for (; i < n && x[i] >= 0 && x[i] <= 255 && x[i] == (float)(unsigned char)x[i]; i++)
        bytes[i] = (unsigned char)x[i];
    if (i == n)
        return hash_bytes(bytes, n);
    for (i = 0; i < n; i++)
        x[i] += 0.0f;
    return hash_bytes(x, n * sizeof *x);
}

/* The slot of an equal row, or the free one where it belongs. */
static uint32_t *find_slot(const struct verify_rows *r, const struct row_hash *hash)
{
    size_t at = (size_t)hash->half[0] & (r->slots_n - 1);
    while (r->slot[at] != 0 && memcmp(&r->hash[r->slot[at] - 1], hash, sizeof *hash) != 0)
        at = (at + 1) & (r->slots_n - 1);
    return &r->slot[at];
}

void verify_rows_free(struct verify_rows *r)
{
    if (!r)
        return;
    columns_free(&r->columns);
    free(r->slot);
    free(r);
}

static struct verify_rows *make_rows(size_t n)
{
    struct verify_rows *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->n = n;
    for (r->slots_n = 16; r->slots_n < 2 * n;)
        r->slots_n *= 2;
    r->hash = columns_add(&r->columns, n, sizeof *r->hash);
    r->slot = calloc(r->slots_n, sizeof *r->slot);
    if (r->hash && r->slot)
        return r;
    verify_rows_free(r);
    return NULL;
}

/* ---- one row ---- */

static void note(struct fault *f, size_t row, size_t at, float value)
{
    if (f->n++ > 0)
        return;
    f->row = row;
    f->at = at;
    f->value = value;
}

static void see_values(struct pass *p, const float *x, size_t row)
{
    const struct dataset *d = p->d->data;
    for (size_t i = 0; i < d->size; i++) {
        double slack = 1e-6 * ((double)d->high[i] - (double)d->low[i]); /* as dataset_read forgives */
        if (!isfinite(x[i])) {
            note(&p->not_finite, row, i, x[i]);
            continue;
        }
        if ((double)x[i] < (double)d->low[i] - slack || (double)x[i] > (double)d->high[i] + slack)
            note(&p->outside, row, i, x[i]);
        p->low[i] = x[i] < p->low[i] ? x[i] : p->low[i];
        p->high[i] = x[i] > p->high[i] ? x[i] : p->high[i];
    }
}

static void see_row(struct pass *p, float *x, size_t row)
{
    const struct dataset *d = p->d->data;
    size_t i = 1;
    see_values(p, x, row);
    while (i < d->size && x[i] == x[0])
        i++;
    if (i == d->size && d->shape.rank > 1 && d->size > 1 && p->constant++ == 0)
        p->constant_row = row;
    char law[sizeof p->law];
    if (d->feature && dataset_schema_fault(d, x, p->first, p->ones, law, sizeof law) && p->unlawful++ == 0) {
        p->unlawful_row = row;
        memcpy(p->law, law, sizeof law);
    }
    p->rows->hash[row] = hash_row(x, d->size, p->bytes);
}

/* ---- all rows ---- */

static int read_block(struct pass *p, size_t first, size_t count, struct err *e)
{
    struct dataset *d = p->d->data;
    if (d->file->type != H5_UINT8)
        return h5_read_rows(d->file->h5, "/x", first, count, H5_FLOAT32, p->x, e);
    TRY(h5_read_rows(d->file->h5, "/x", first, count, H5_UINT8, p->bytes, e));
    for (size_t i = 0; i < count * d->size; i++)
        p->x[i] = (float)p->bytes[i];
    return 0;
}

static int read_all(struct pass *p, size_t block, struct err *e)
{
    struct dataset *d = p->d->data;
    struct err fault = {0};
    for (size_t first = 0; first < d->n; first += block) {
        size_t count = d->n - first < block ? d->n - first : block;
        int status = read_block(p, first, count, &fault);
        if (status == ERR_RUN)
            return err_set(e, ERR_RUN, "%s", fault.text);
        if (status != 0) {
            findings_add(p->out, FINDING_DATA_INVALID, p->d->subject, "/x", "%s", fault.text);
            p->rows->n = first;
            return 0;
        }
        for (size_t i = 0; i < count; i++)
            see_row(p, p->x + i * d->size, first + i);
        columns_rest(&p->rows->columns);
    }
    return 0;
}

static void judge_duplicates(struct pass *p)
{
    struct verify_rows *r = p->rows;
    const int32_t *label = p->d->data->label;
    size_t conflicts = 0, pair[2] = {0, 0}, conflict[2] = {0, 0};
    for (size_t i = 0; i < r->n; i++) {
        if (i % BLOCK_ROWS == 0)
            columns_rest(&r->columns);
        uint32_t *slot = find_slot(r, &r->hash[i]);
        if (*slot == 0) {
            *slot = (uint32_t)i + 1;
            continue;
        }
        size_t *found[] = {r->duplicates++ == 0 ? pair : NULL, NULL};
        if (label[i] != label[*slot - 1] && conflicts++ == 0)
            found[1] = conflict;
        for (size_t k = 0; k < 2; k++)
            if (found[k]) {
                found[k][0] = i;
                found[k][1] = *slot - 1;
            }
    }
    const struct dataset *d = p->d->data;
    char place[DATASET_ROW_TEXT], other[DATASET_ROW_TEXT];
    if (r->duplicates > 0)
        findings_add(p->out, FINDING_DATA_DUPLICATES, p->d->subject, dataset_row(d, pair[0], place),
                     "equals %s; %zu of %zu samples equal an earlier one", dataset_row(d, pair[1], other),
                     r->duplicates, r->n);
    if (conflicts > 0)
        findings_add(p->out, FINDING_DATA_CONFLICT, p->d->subject, dataset_row(d, conflict[0], place),
                     "equals %s, but has label %d instead of %d; so do %zu of %zu samples",
                     dataset_row(d, conflict[1], other), (int)label[conflict[0]], (int)label[conflict[1]], conflicts,
                     r->n);
}

static void judge_columns(struct pass *p)
{
    const struct dataset *d = p->d->data;
    size_t constant = 0, first = 0;
    double widest = 0, declared = 0;
    char place[64];
    for (size_t i = 0; i < d->size && p->rows->n > 1; i++) {
        double width = (double)d->high[i] - (double)d->low[i];
        if (p->low[i] >= p->high[i] && width > 0) {
            first = constant == 0 ? i : first;
            constant++;
        }
        if (width > 0)
            widest = fmax(widest, ((double)p->high[i] - (double)p->low[i]) / width);
        declared = fmax(declared, width);
    }
    snprintf(place, sizeof place, "input %zu", first);
    if (constant > 0)
        findings_add(p->out, FINDING_DATA_CONSTANT_COLUMN, p->d->subject, place,
                     "is always %g; %zu of %zu inputs never change", (double)p->low[first], constant, d->size);
    if (declared > 0 && p->rows->n > 1 && widest < 1 / NARROW)
        findings_add(p->out, FINDING_DATA_RANGE, p->d->subject, "/x",
                     "no input varies over more than %.3g of its declared range", widest);
}

static void judge_values(struct pass *p)
{
    const struct dataset *d = p->d->data;
    const struct fault *f = &p->not_finite;
    char row[DATASET_ROW_TEXT], place[DATASET_ROW_TEXT + 64];
    snprintf(place, sizeof place, "/x: %s, value %zu", dataset_row(d, f->row, row), f->at);
    if (f->n > 0)
        findings_add(p->out, FINDING_DATA_NOT_FINITE, p->d->subject, place, "%g is not finite; %zu values are not",
                     (double)f->value, f->n);
    f = &p->outside;
    snprintf(place, sizeof place, "/x: %s, value %zu", dataset_row(d, f->row, row), f->at);
    if (f->n > 0)
        findings_add(p->out, FINDING_DATA_BOX, p->d->subject, place,
                     "%g is outside the declared box [%g, %g]; %zu values are", (double)f->value,
                     (double)d->low[f->at], (double)d->high[f->at], f->n);
    snprintf(place, sizeof place, "/x: %s", dataset_row(d, p->constant_row, row));
    if (p->constant > 0)
        findings_add(p->out, FINDING_DATA_CONSTANT_SAMPLE, p->d->subject, place,
                     "all its values are equal; so in %zu of %zu samples", p->constant, p->rows->n);
    snprintf(place, sizeof place, "/x: %s", dataset_row(d, p->unlawful_row, row));
    if (p->unlawful > 0)
        findings_add(p->out, FINDING_DATA_SCHEMA, p->d->subject, place, "%s; %zu of %zu samples break the schema",
                     p->law, p->unlawful, p->rows->n);
}

static int run_pass(struct pass *p, size_t block, struct err *e)
{
    const struct dataset *d = p->d->data;
    if (!p->rows || !p->x || !p->low || !p->high || !p->bytes || !p->first || !p->ones)
        return err_set(e, ERR_RUN, "out of memory");
    if (d->feature)
        dataset_group_firsts(d, p->first);
    for (size_t i = 0; i < d->size; i++) {
        p->low[i] = INFINITY;
        p->high[i] = -INFINITY;
    }
    TRY(read_all(p, block, e));
    judge_values(p);
    judge_columns(p);
    judge_duplicates(p);
    return 0;
}

int verify_rows_read(struct verify_data *d, struct findings *out, struct err *e)
{
    size_t size = d->data->size, block = BLOCK_FLOATS / size;
    if (d->data->n >= UINT32_MAX / 4)
        return err_set(e, ERR_RUN, "%s: %zu rows are more than can be verified", d->path, d->data->n);
    block = block < 1 ? 1 : block > BLOCK_ROWS ? BLOCK_ROWS : block;
    struct pass p = {.d = d, .rows = make_rows(d->data->n), .out = out};
    p.x = malloc(block * size * sizeof *p.x);
    p.low = malloc(size * sizeof *p.low);
    p.high = malloc(size * sizeof *p.high);
    p.bytes = malloc(block * size);
    p.first = malloc(size * sizeof *p.first);
    p.ones = malloc(size * sizeof *p.ones);
    int status = run_pass(&p, block, e);
    free(p.x);
    free(p.low);
    free(p.high);
    free(p.bytes);
    free(p.first);
    free(p.ones);
    d->rows = p.rows;
    return status;
}

/* ---- two data sets ---- */

void verify_overlap(const struct verify_data *test, const struct verify_data *members, struct findings *out)
{
    size_t found = 0, first[2] = {0, 0};
    char place[DATASET_ROW_TEXT], other[DATASET_ROW_TEXT];
    if (!test->rows || !members->rows || test->rows->n == 0 || test->data->size != members->data->size)
        return;
    for (size_t i = 0; i < test->rows->n; i++) {
        if (i % BLOCK_ROWS == 0) {
            columns_rest(&test->rows->columns);
            columns_rest(&members->rows->columns);
        }
        const uint32_t *slot = find_slot(members->rows, &test->rows->hash[i]);
        if (*slot != 0 && found++ == 0) {
            first[0] = i;
            first[1] = *slot - 1;
        }
    }
    double share = (double)found / (double)test->rows->n;
    double chance = (double)test->rows->duplicates / (double)test->rows->n * (double)members->rows->n /
                    (double)test->rows->n;
    int expected = test->data->shape.rank == 1 && share <= 2 * chance + EQUAL_BY_CHANCE;
    if (found > 0)
        findings_add(out, expected ? FINDING_DATA_FEW_OVERLAP : FINDING_DATA_OVERLAP, test->subject,
                     dataset_row(test->data, first[0], place), "equals %s of the members; so do %zu of %zu samples",
                     dataset_row(members->data, first[1], other), found, test->rows->n);
}
