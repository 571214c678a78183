/* Token ids that an Embedding has no row for: Keras fails on them or reads what lies there, assay would take the
 * nearest row. A data set says that this is meant by the attribute out_of_vocabulary = "clamp" of /x. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/dataset_private.h"
#include "engine/verify/verify_private.h"

#define BLOCK_FLOATS ((size_t)1 << 18)

/* For each value of a sample: rows of the smallest table that it goes to as an id, 0: it goes to none; and whose. */
struct vocabulary {
    long *most;
    const struct graph_node **node;
};

static void note_ids(const struct graph *g, size_t i, size_t size, struct vocabulary *v)
{
    long rows;
    memcpy(&rows, (const char *)g->node[i].params + layer_row(g->node[i].kind, "input_dim")->offset, sizeof rows);
    for (size_t k = 0; k < shape_size(&g->node[i].in[0]); k++) {
        long at = graph_input_place(g, i, k);
        if (at < 0)
            return;
        if ((size_t)at >= size || (v->most[at] > 0 && rows >= v->most[at]))
            continue;
        v->most[at] = rows;
        v->node[at] = &g->node[i];
    }
}

/* Whether any value is an id. */
static int find_ids(const struct graph *g, size_t size, struct vocabulary *v)
{
    int any = 0;
    for (size_t i = 1; i < g->n; i++)
        if (strcmp(g->node[i].kind->name, "embedding") == 0)
            note_ids(g, i, size, v);
    for (size_t k = 0; k < size; k++)
        any |= v->most[k] > 0;
    return any;
}

struct outside {
    size_t ids, rows, row, at; /* how many; where the first one is */
    float id;
};

/* Ids are rounded toward zero. */
static void see_rows(const float *x, size_t first, size_t count, size_t size, const long *most, struct outside *o)
{
    for (size_t i = 0; i < count; i++) {
        size_t before = o->ids;
        for (size_t k = 0; k < size; k++) {
            float id = x[i * size + k];
            if (most[k] == 0 || (id > -1.0f && id < (float)most[k]))
                continue;
            if (o->ids++ == 0)
                *o = (struct outside){.ids = 1, .row = first + i, .at = k, .id = id};
        }
        o->rows += o->ids > before;
    }
}

/* The values were checked by verify_rows_read: what cannot be read was said there. */
static void see_all(struct dataset *d, const long *most, struct outside *o, struct findings *out)
{
    size_t block = BLOCK_FLOATS / d->size + 1;
    float *x = malloc(block * d->size * sizeof *x);
    struct err fault = {0};
    out->failed |= x == NULL;
    for (size_t first = 0; x && first < d->n; first += block) {
        size_t count = d->n - first < block ? d->n - first : block;
        if (dataset_read(d, first, count, x, &fault) != 0)
            break;
        see_rows(x, first, count, d->size, most, o);
    }
    free(x);
}

static int is_meant(struct dataset *d)
{
    const char *text;
    struct err fault = {0};
    return h5_attr_string(d->file->h5, "/x", "out_of_vocabulary", &d->arena, &text, &fault) == 0 && text &&
           strcmp(text, "clamp") == 0;
}

static void judge(const struct verify_data *d, const struct vocabulary *v, struct findings *out)
{
    struct outside o = {0};
    char row[DATASET_ROW_TEXT], place[DATASET_ROW_TEXT + 64];
    see_all(d->data, v->most, &o, out);
    if (o.ids == 0)
        return;
    snprintf(place, sizeof place, "/x: %s, value %zu", dataset_row(d->data, o.row, row), o.at);
    findings_add(out, is_meant(d->data) ? FINDING_PAIR_CLAMPED : FINDING_PAIR_VOCABULARY, d->subject, place,
                 "id %g, but layer '%s' has rows 0..%ld; %zu ids in %zu of %zu rows", (double)o.id, v->node[o.at]->name,
                 v->most[o.at] - 1, o.ids, o.rows, d->data->n);
}

void verify_tokens(const struct verify_model *m, const struct verify_data *d, struct findings *out)
{
    size_t size = d->data->size;
    struct vocabulary v = {calloc(size + 1, sizeof *v.most), calloc(size + 1, sizeof *v.node)};
    if (!v.most || !v.node)
        out->failed = 1;
    else if (find_ids(&m->graph, size, &v))
        judge(d, &v, out);
    free(v.most);
    free(v.node);
}
