#include <stdio.h>
#include <stdlib.h>

#include "engine/batch/batch.h"
#include "engine/io/h5.h"
#include "metrics/side_table.h"

/* Rows written at once: memory does not grow with the samples. */
#define CHUNK 8192

static const enum h5_type file_types[] = {
    [OUTCOME_U64] = H5_INT64, [OUTCOME_I32] = H5_INT32, [OUTCOME_F32] = H5_FLOAT32, [OUTCOME_U32] = H5_INT32,
    [OUTCOME_U8] = H5_UINT8};

static void gather_column(const struct outcome_column *c, const struct outcomes *o, size_t first, size_t n, void *out)
{
    struct outcomes_reader rows = outcomes_read(o);
    for (size_t i = 0; i < n; i++) {
        const void *at = (const char *)outcomes_row(&rows, first + i) + c->offset;
        switch (c->type) {
        case OUTCOME_U64: ((int64_t *)out)[i] = (int64_t)*(const uint64_t *)at; break;
        case OUTCOME_I32: ((int32_t *)out)[i] = *(const int32_t *)at; break;
        case OUTCOME_F32: ((float *)out)[i] = *(const float *)at; break;
        case OUTCOME_U32: ((int32_t *)out)[i] = (int32_t)*(const uint32_t *)at; break;
        case OUTCOME_U8: ((uint8_t *)out)[i] = *(const uint8_t *)at; break;
        }
    }
    outcomes_rest(&rows);
}

static int write_column(struct h5 *f, const struct outcomes *o, const struct outcome_column *c, void *buffer,
                        struct err *e)
{
    char path[512];
    snprintf(path, sizeof path, "/scenarios/%s/%s", o->scenario, c->name);
    TRY(h5_declare(f, path, file_types[c->type], 1, &o->n, e));
    for (size_t first = 0; first < o->n; first += CHUNK) {
        size_t n = o->n - first < CHUNK ? o->n - first : CHUNK;
        gather_column(c, o, first, n, buffer);
        TRY(h5_write_rows(f, path, first, n, buffer, e));
    }
    return 0;
}

/* The ids of a data set are stored once: with the first scenario whose rows it has (*first), and under the others by
 * hard links. */
static int write_ids(struct h5 *f, const struct dataset *data, const struct outcomes *o, const char **first,
                     struct err *e)
{
    char path[512], from[512];
    if (!data || (!data->id.number && !data->id.text))
        return 0;
    snprintf(path, sizeof path, "/scenarios/%s/id", o->scenario);
    if (!*first) {
        *first = o->scenario;
        return dataset_write_ids(f, path, &data->id, o->n, 1, e);
    }
    snprintf(from, sizeof from, "/scenarios/%s/id", *first);
    return h5_link(f, from, path, e);
}

static int write_scenario(struct h5 *f, const struct outcomes *o, void *buffer, struct err *e)
{
    for (const struct outcome_column *c = outcome_columns; c->name; c++)
        TRY(write_column(f, o, c, buffer, e));
    if (o->passed)
        o->passed(o->row, o->n);
    return 0;
}

static int write_table(struct h5 *f, const struct outcomes *o, const struct side_table *table,
                       const struct side_rows *rows, struct err *e)
{
    char path[512];
    for (size_t c = 0; rows->n > 0 && table->columns[c].name; c++) {
        snprintf(path, sizeof path, "/tables/%s/%s/%s", table->name, o->scenario, table->columns[c].name);
        TRY(h5_write(f, path, H5_FLOAT64, 1, &rows->n, rows->value[c], e));
    }
    return 0;
}

static int write_tables(struct h5 *f, const struct outcomes *o, struct err *e)
{
    int code = 0;
    for (const struct side_table *const *table = side_tables; *table && !code; table++) {
        struct side_rows rows;
        code = (*table)->make(o, &rows) ? err_set(e, ERR_RUN, "out of memory") : write_table(f, o, *table, &rows, e);
        side_table_free(&rows);
    }
    return code;
}

static int write_scenarios(struct h5 *f, const struct batch_input *in, const struct batch_result *r, void *buffer,
                           struct err *e)
{
    const char *first = NULL, *first_of_members = NULL;
    for (size_t s = 0; s < r->outcomes_n; s++) {
        const struct outcomes *o = &r->outcomes[s];
        const int members = o->family == SCENARIO_MEMBERS;
        TRY(write_scenario(f, o, buffer, e));
        TRY(write_ids(f, members ? in->members : in->data, o, members ? &first_of_members : &first, e));
    }
    return 0;
}

int batch_write_samples(const struct batch_input *in, const struct batch_result *r, const char *path, struct err *e)
{
    const double version = 1;
    struct h5 *f;
    void *buffer = malloc(CHUNK * sizeof(int64_t));
    if (!buffer)
        return err_set(e, ERR_RUN, "out of memory");
    int code = h5_create(path, &f, e);
    if (!code) {
        code = h5_put_attr_reals(f, "/", "assay_samples", &version, 1, e);
        if (!code)
            code = write_scenarios(f, in, r, buffer, e);
        for (size_t s = 0; s < r->outcomes_n && !code; s++)
            code = write_tables(f, &r->outcomes[s], e);
        if (code)
            h5_discard(f);
        else
            code = h5_commit(f, e);
    }
    free(buffer);
    return code;
}
