/* What kind of samples /x holds, and for token ids what an attack may put where. */
#include <math.h>
#include <string.h>

#include "datasets/dataset_private.h"

static const char *const kind_names[] = {"image", "table", "line", "tokens", NULL};

const char *dataset_kind_name(enum dataset_kind kind)
{
    return kind_names[kind];
}

/* The rank that samples of the kind have; an image without channels is none. */
static size_t rank_of(enum dataset_kind kind)
{
    return kind == DATASET_IMAGE ? 3 : kind == DATASET_LINE ? 2 : 1;
}

int dataset_read_kind(struct dataset *d, struct err *e)
{
    const char *text;
    d->kind = d->shape.rank == 1 ? DATASET_TABLE : d->shape.rank == 2 ? DATASET_LINE : DATASET_IMAGE;
    TRY(h5_attr_string(d->file->h5, "/x", "kind", &d->arena, &text, e));
    if (!text)
        return 0;
    size_t kind = 0, n = sizeof kind_names / sizeof *kind_names - 1;
    while (kind < n && strcmp(text, kind_names[kind]) != 0)
        kind++;
    if (kind == n) {
        const char *near = err_nearest(text, kind_names, n);
        return err_set(e, ERR_INPUT, "/x: attribute 'kind': '%.40s' is none of image, table, line and tokens%s%s%s",
                       text, near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
    }
    d->kind = (enum dataset_kind)kind;
    if (d->shape.rank != rank_of(d->kind))
        return err_set(e, ERR_INPUT, "/x: attribute 'kind': %s have rank %zu [n, ...], got rank %zu", text,
                       rank_of(d->kind) + 1, d->shape.rank + 1);
    return 0;
}

/* Flags of those that a list of numbers names, each below n; all where the attribute is absent. */
static int read_allowed(struct dataset *d, const char *name, size_t n, const uint8_t **out, struct err *e)
{
    const double *list;
    size_t count;
    uint8_t *flag = arena_alloc(&d->arena, n);
    if (!flag)
        return dataset_no_memory(e);
    TRY(h5_attr_reals(d->file->h5, "/x", name, &d->arena, &list, &count, e));
    memset(flag, count == 0, n);
    for (size_t i = 0; i < count; i++) {
        if (!(list[i] >= 0 && list[i] < (double)n && floor(list[i]) >= list[i]))
            return err_set(e, ERR_INPUT, "/x: attribute '%s': %g is not in 0..%zu", name, list[i], n - 1);
        flag[(size_t)list[i]] = 1;
    }
    *out = flag;
    return 0;
}

static int read_padding(struct dataset *d, struct dataset_tokens *t, struct err *e)
{
    const double *padding;
    size_t n;
    TRY(h5_attr_reals(d->file->h5, "/x", "padding", &d->arena, &padding, &n, e));
    t->padding = -1;
    if (n == 0)
        return 0;
    if (n != 1 || !(padding[0] >= 0 && padding[0] < (double)t->n && floor(padding[0]) >= padding[0]))
        return err_set(e, ERR_INPUT, "/x: attribute 'padding': wants one id of 0..%zu", t->n - 1);
    t->padding = (long)padding[0];
    return 0;
}

/* By the names of the vocabulary, or the largest id. */
static int read_ids(struct dataset *d, struct dataset_tokens *t, struct err *e)
{
    const double *high;
    size_t n;
    TRY(h5_attr_strings(d->file->h5, "/x", "vocabulary", &d->arena, &t->name, &t->n, e));
    TRY(h5_attr_reals(d->file->h5, "/x", "high", &d->arena, &high, &n, e));
    if (t->n > 0)
        return 0;
    if (n != 1 || !(high[0] >= 1 && high[0] < DATASET_MAX_TOKENS && floor(high[0]) >= high[0]))
        return err_set(e, ERR_INPUT, "/x: token ids need the attribute 'vocabulary' (their names), or 'high' (the "
                       "largest id, below %d)", DATASET_MAX_TOKENS);
    t->n = (size_t)high[0] + 1;
    return 0;
}

int dataset_read_tokens(struct dataset *d, struct err *e)
{
    struct dataset_tokens *t = arena_alloc(&d->arena, sizeof *t);
    d->low = arena_array(&d->arena, d->size, sizeof *d->low);
    d->high = arena_array(&d->arena, d->size, sizeof *d->high);
    if (!t || !d->low || !d->high)
        return dataset_no_memory(e);
    TRY(read_ids(d, t, e));
    if (t->n < 2 || t->n > DATASET_MAX_TOKENS)
        return err_set(e, ERR_INPUT, "/x: attribute 'vocabulary' has %zu names, wants 2..%d", t->n,
                       DATASET_MAX_TOKENS);
    TRY(read_padding(d, t, e));
    TRY(read_allowed(d, "allowed_tokens", t->n, &t->may_stand, e));
    TRY(read_allowed(d, "allowed_positions", d->size, &t->may_change, e));
    for (size_t i = 0; i < d->size; i++) {
        d->low[i] = 0;
        d->high[i] = (float)(t->n - 1);
    }
    d->tokens = t;
    return 0;
}
