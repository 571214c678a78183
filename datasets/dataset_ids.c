/* /id: what the user calls the rows. Texts rest in columns like all that there is of each row. */
#define _GNU_SOURCE /* qsort_r */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/dataset_private.h"

#define CHUNK_ROWS 8192 /* written at once */

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static int read_numbers(struct dataset *d, struct err *e)
{
    int64_t *number = columns_add(&d->columns, d->n, sizeof *number);
    if (!number)
        return dataset_no_memory(e);
    TRY(h5_read_i64(d->file->h5, "/id", d->n, number, e));
    for (size_t i = 0, largest = 0; i < d->n; i++)
        if (number[i] == INT64_MAX && largest++ > 0) /* what HDF5 makes of larger ones; once it may be meant */
            return err_set(e, ERR_INPUT, "/id: row %zu: the number does not fit 64 bits with sign (store ids as text)",
                           i);
    d->id.number = number;
    return 0;
}

static int check_text(const char *text, size_t row, struct err *e)
{
    const char *fault = *text == '\0' ? "is empty" : dataset_has_controls(text) ? "has control characters"
                      : strlen(text) > DATASET_ID_BYTES ? "is longer than 255 bytes" : NULL;
    return fault ? err_set(e, ERR_INPUT, "/id: row %zu: the id %s", row, fault) : 0;
}

/* From strings anywhere to one block. */
static int keep_texts(struct dataset *d, const char *const *text, struct err *e)
{
    size_t bytes = 0;
    for (size_t i = 0; i < d->n; i++) {
        TRY(check_text(text[i], i, e));
        bytes += strlen(text[i]) + 1;
    }
    uint64_t *at = columns_add(&d->columns, d->n, sizeof *at);
    char *block = columns_add(&d->columns, bytes, 1);
    if (!at || !block)
        return dataset_no_memory(e);
    d->id = (struct dataset_ids){.text = block, .at = at};
    for (size_t i = 0, end = 0; i < d->n; i++) {
        const size_t n = strlen(text[i]) + 1;
        memcpy(block + end, text[i], n);
        at[i] = end;
        end += n;
    }
    return 0;
}

static int read_texts(struct dataset *d, struct err *e)
{
    struct arena arena;
    const char *const *text;
    size_t n = 0;
    if (arena_init(&arena, 0))
        return dataset_no_memory(e);
    int code = h5_read_strings(d->file->h5, "/id", &arena, &text, &n, e);
    if (!code && n != d->n)
        code = err_set(e, ERR_INPUT, "/id: holds %zu texts, wants %zu", n, d->n);
    if (!code)
        code = keep_texts(d, text, e);
    arena_free(&arena);
    return code;
}

int dataset_read_ids(struct dataset *d, struct err *e)
{
    char fault[256];
    enum h5_object kind;
    struct h5_info info;
    TRY(h5_kind(d->file->h5, "/id", &kind, e));
    if (kind == H5_ABSENT)
        return 0;
    if (kind != H5_DATASET)
        return err_set(e, ERR_INPUT, "/id: is a group, wants a data set of %zu ids, one a row", d->n);
    TRY(h5_info(d->file->h5, "/id", &info, e));
    if (info.rank != 1 || info.size != d->n)
        return err_set(e, ERR_INPUT, "/id: wants %zu ids, one a row, got %zu of rank %zu", d->n, info.size, info.rank);
    if (info.type == H5_STRING)
        return read_texts(d, e);
    if (info.type == H5_FLOAT32 || info.type == H5_FLOAT64 || info.type == H5_OTHER)
        return err_set(e, ERR_INPUT, "/id: %s",
                       dataset_type_fault("integers or text", info.type, "i8", fault, sizeof fault));
    return read_numbers(d, e);
}

/* ---- telling ----------------------------------------------------------------------------------------------------- */

const char *dataset_id(const struct dataset_ids *ids, size_t row, char *buffer)
{
    if (ids->text)
        return ids->text + ids->at[row];
    if (!ids->number)
        return NULL;
    snprintf(buffer, 24, "%" PRId64, ids->number[row]);
    return buffer;
}

const char *dataset_row(const struct dataset *d, size_t row, char text[DATASET_ROW_TEXT])
{
    char number[24];
    const char *id = dataset_id(&d->id, row, number);
    snprintf(text, DATASET_ROW_TEXT, "row %zu%s%s%s", row, id ? " (id " : "", id ? id : "", id ? ")" : "");
    return text;
}

static int compare_ids(const struct dataset_ids *ids, size_t a, size_t b)
{
    if (ids->text)
        return strcmp(ids->text + ids->at[a], ids->text + ids->at[b]);
    return (ids->number[a] > ids->number[b]) - (ids->number[a] < ids->number[b]);
}

static int by_id_and_row(const void *a, const void *b, void *ids)
{
    const size_t x = *(const size_t *)a, y = *(const size_t *)b;
    const int order = compare_ids(ids, x, y);
    return order ? order : (x > y) - (x < y);
}

int dataset_repeated_ids(const struct dataset_ids *ids, size_t n, size_t *repeated, size_t pair[2], struct err *e)
{
    struct dataset_ids known = *ids;
    size_t earlier = 0;
    *repeated = 0;
    if (!ids->text && !ids->number)
        return 0;
    size_t *row = calloc(n, sizeof *row);
    if (!row)
        return err_set(e, ERR_RUN, "out of memory for %zu ids", n);
    for (size_t i = 0; i < n; i++)
        row[i] = i;
    qsort_r(row, n, sizeof *row, by_id_and_row, &known);
    for (size_t i = 1; i < n; i++) {
        if (compare_ids(ids, row[i - 1], row[i])) {
            earlier = i;
            continue;
        }
        if ((*repeated)++ == 0 || row[i] < pair[1]) {
            pair[0] = row[earlier];
            pair[1] = row[i];
        }
    }
    free(row);
    return 0;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static int write_texts(struct h5 *f, const char *path, const struct dataset_ids *ids, size_t n, size_t copy,
                       const char **row, struct err *e)
{
    for (size_t first = 0; first < n; first += CHUNK_ROWS) {
        const size_t count = n - first < CHUNK_ROWS ? n - first : CHUNK_ROWS;
        for (size_t i = 0; i < count; i++)
            row[i] = ids->text + ids->at[first + i];
        TRY(h5_write_rows(f, path, copy * n + first, count, row, e));
    }
    return 0;
}

int dataset_write_ids(struct h5 *f, const char *path, const struct dataset_ids *ids, size_t n, size_t copies,
                      struct err *e)
{
    const size_t rows = n * copies;
    if (!ids->text && !ids->number)
        return 0;
    const char **row = calloc(CHUNK_ROWS, sizeof *row);
    int code = row ? h5_declare(f, path, ids->text ? H5_STRING : H5_INT64, 1, &rows, e) : dataset_no_memory(e);
    for (size_t copy = 0; copy < copies && !code; copy++)
        code = ids->text ? write_texts(f, path, ids, n, copy, row, e)
                         : h5_write_rows(f, path, copy * n, n, ids->number, e);
    free(row);
    return code;
}
