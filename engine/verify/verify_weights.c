/* Stored weights: their values, their types, and whether a layer uses them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/net/keras/text.h"
#include "engine/net/keras/weights.h"
#include "engine/verify/verify_private.h"

#define WEIGHTS_MAX 16384       /* data sets that are read */
#define BLOCK ((size_t)1 << 20) /* values at a time */
#define EXTREME 1e6             /* of a weight */
#define EXTREME_STATISTIC 1e12  /* of a mean or variance: those are in the units of the data */
#define CONSTANT_LEAST 16       /* values that may be equal by chance */

struct check {
    const struct verify_model *m;
    const struct h5_scan *scan;
    struct findings *out;
    struct arena arena;
    const char **used; /* [used_n] paths that layers list, sorted */
    size_t used_n, used_capacity;
    float *block;
    size_t block_n;
};

/* ---- values ---- */

struct statistics {
    size_t n, not_finite;
    float low, high;
};

static void add_values(struct statistics *s, const float *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(v[i])) {
            s->not_finite++;
            continue;
        }
        if (s->n == 0 || v[i] < s->low)
            s->low = v[i];
        if (s->n == 0 || v[i] > s->high)
            s->high = v[i];
        s->n++;
    }
}

static int reserve(struct check *c, size_t n, struct err *e)
{
    if (n <= c->block_n)
        return 0;
    float *block = n <= SIZE_MAX / sizeof *block ? realloc(c->block, n * sizeof *block) : NULL;
    if (!block)
        return err_set(e, ERR_RUN, "out of memory for %zu values", n);
    c->block = block;
    c->block_n = n;
    return 0;
}

static int read_values(struct check *c, const char *path, const struct h5_info *info, struct statistics *s,
                       struct err *e)
{
    size_t row = info->rank > 0 && info->dim[0] > 0 ? info->size / info->dim[0] : info->size;
    size_t rows = row > 0 && row < BLOCK ? BLOCK / row : 1;
    if (info->rank == 0) {
        TRY(reserve(c, 1, e));
        TRY(h5_read_f32(c->m->file.h5, path, 1, c->block, e));
        add_values(s, c->block, 1);
        return 0;
    }
    TRY(reserve(c, rows * row, e));
    for (size_t first = 0; first < info->dim[0]; first += rows) {
        size_t count = info->dim[0] - first < rows ? info->dim[0] - first : rows;
        TRY(h5_read_rows(c->m->file.h5, path, first, count, H5_FLOAT32, c->block, e));
        add_values(s, c->block, count * row);
    }
    return 0;
}

/* Last component of the path without ":0"; Keras 1 names end in "_W". */
static int role_has(const char *path, const char *word)
{
    const char *role = strrchr(path, '/');
    return strstr(role ? role : path, word) != NULL;
}

static int is_statistic(const char *path)
{
    return role_has(path, "mean") || role_has(path, "variance") || role_has(path, "running_std") ||
           role_has(path, "count");
}

static int is_kernel(const char *path)
{
    const char *role = strrchr(path, '/');
    size_t n = strlen(path);
    return role_has(path, "kernel") || role_has(path, "embeddings") || (n > 2 && strcmp(path + n - 2, "_W") == 0) ||
           (role && strncmp(role, "/W:", 3) == 0);
}

static void judge(struct check *c, const char *path, const struct h5_info *info, const struct statistics *s)
{
    double largest = fmax(fabs((double)s->low), fabs((double)s->high));
    if (s->not_finite > 0)
        findings_add(c->out, FINDING_WEIGHTS_NOT_FINITE, "model", path, "%zu of %zu values are not finite",
                     s->not_finite, info->size);
    if (s->n == 0)
        return;
    if (role_has(path, "variance") && s->low < 0)
        findings_add(c->out, FINDING_WEIGHTS_VARIANCE, "model", path, "the smallest variance is %g", (double)s->low);
    if (largest > (is_statistic(path) ? EXTREME_STATISTIC : EXTREME))
        findings_add(c->out, FINDING_WEIGHTS_EXTREME, "model", path, "values from %g to %g", (double)s->low,
                     (double)s->high);
    if (s->n == info->size && s->n >= CONSTANT_LEAST && s->low == s->high && is_kernel(path))
        findings_add(c->out, FINDING_WEIGHTS_CONSTANT, "model", path, "all %zu values are %g", s->n, (double)s->low);
}

/* What cannot be read was told by verify_container, or will be where a layer wants it. */
static int check_values(struct check *c, const char *path, struct err *e)
{
    struct statistics s = {0};
    struct h5_info info;
    struct err fault = {0};
    int status = h5_info(c->m->file.h5, path, &info, &fault);
    if (status == 0 && info.size > 0 && info.type != H5_STRING && info.type != H5_OTHER &&
        info.size <= GRAPH_MAX_FLOATS) {
        status = read_values(c, path, &info, &s, &fault);
        judge(c, path, &info, &s);
    }
    return status == ERR_RUN ? err_set(e, ERR_RUN, "%s", fault.text) : 0;
}

/* ---- use ---- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int mark_used(struct check *c, const char *path, struct err *e)
{
    if (c->used_n == c->used_capacity) {
        size_t capacity = c->used_capacity ? 2 * c->used_capacity : 256;
        const char **used = realloc(c->used, capacity * sizeof *used);
        if (!used)
            return err_set(e, ERR_RUN, "out of memory");
        c->used = used;
        c->used_capacity = capacity;
    }
    c->used[c->used_n] = arena_strdup(&c->arena, path);
    return c->used[c->used_n++] ? 0 : err_set(e, ERR_RUN, "out of memory");
}

/* State that is stored but takes no part in inference. */
static int is_state(const char *name)
{
    return strstr(name, "seed_generator") != NULL;
}

/* How many weights the layers that share a group in the file want. */
static size_t wanted_of(const struct verify_model *m, const char *group)
{
    const struct graph *g = &m->graph;
    size_t n = 0;
    for (size_t i = 0; i < m->weighted_n; i++)
        n += strcmp(m->weighted[i].group, group) == 0 ? m->weighted[i].weights_n : 0;
    if (m->weighted_n > 0)
        return n; /* of all outputs */
    for (size_t i = 1; i < g->n; i++)
        if (g->node[i].weights && strcmp(g->node[i].weights->group, group) == 0 && graph_first_use(g, i) == i)
            n += g->node[i].needs.weights_n;
    return n;
}

static void check_names(struct check *c, const char *place, const char *const *name, size_t n)
{
    const char **sorted = arena_array(&c->arena, n, sizeof *sorted);
    if (!sorted || n == 0)
        return;
    memcpy(sorted, name, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_text);
    for (size_t i = 1; i < n; i++)
        if (strcmp(sorted[i - 1], sorted[i]) == 0)
            findings_add(c->out, FINDING_MODEL_DUPLICATE_NAME, "model", place, "'%.200s' is listed twice", sorted[i]);
}

static int list_weights(struct check *c, const char *layer, struct err *e)
{
    char group[2048], path[4096];
    const char *const *name;
    size_t n, counted = 0;
    struct err fault = {0};
    const char *root = c->m->file.weights;
    snprintf(group, sizeof group, "%s%s/%s", root[0] ? "/" : "", root, layer);
    if (keras_names(c->m->file.h5, group, "weight_names", &c->arena, &name, &n, &fault) != 0)
        return fault.code == ERR_RUN ? err_set(e, ERR_RUN, "%s", fault.text) : 0;
    check_names(c, group, name, n);
    for (size_t i = 0; i < n; i++) {
        counted += !is_state(name[i]);
        snprintf(path, sizeof path, "%s/%s", group, name[i]);
        TRY(mark_used(c, path, e));
    }
    size_t wanted = c->m->understood ? wanted_of(c->m, layer) : counted;
    if (counted > wanted)
        findings_add(c->out, FINDING_WEIGHTS_UNUSED, "model", group, "%zu weights are listed, the layer uses %zu",
                     counted, wanted);
    return 0;
}

/* Layers by the config, not by the file's own list: a list may name more. */
static int list_layers(struct check *c, struct err *e)
{
    for (const struct json *entry = json_first(verify_layers(c->m->file.config)); entry; entry = json_next(entry)) {
        const char *name = verify_layer_name(entry);
        if (name && *name && strlen(name) <= GRAPH_MAX_NAME)
            TRY(list_weights(c, name, e));
    }
    TRY(list_weights(c, "top_level_model_weights", e));
    if (c->used_n > 0)
        qsort(c->used, c->used_n, sizeof *c->used, by_text);
    return 0;
}

/* A layout without names: every array is one of a layer's, in order, so there are as many as the layers want. */
static void count_arrays(struct check *c)
{
    const struct graph *g = &c->m->graph;
    char root[256];
    size_t wanted = 0, stored = 0;
    snprintf(root, sizeof root, "/%s%s", c->m->file.weights, c->m->file.between);
    for (size_t i = 0; i < c->m->weighted_n; i++)
        wanted += c->m->weighted[i].weights_n;
    for (size_t i = 1; c->m->weighted_n == 0 && i < g->n; i++)
        if (g->node[i].weights && graph_first_use(g, i) == i)
            wanted += g->node[i].needs.weights_n;
    for (size_t i = 0; i < c->scan->n; i++) {
        const struct h5_entry *entry = &c->scan->entry[i];
        if (entry->kind == H5_ENTRY_DATASET && strncmp(entry->path, root, strlen(root)) == 0)
            stored += !strstr(entry->path, "/seed_generator/");
    }
    if (c->m->understood && stored > wanted)
        findings_add(c->out, FINDING_WEIGHTS_UNUSED, "model", root, "%zu arrays are stored, the layers use %zu", stored,
                     wanted);
}

/* Whether an array stands where that layout has none: it has those of layers, optimizer, metrics, and the model. */
static int is_foreign(const struct check *c, const char *path)
{
    size_t n = strlen(c->m->file.weights);
    int own = strncmp(path + 1, c->m->file.weights, n) == 0 && path[1 + n] == c->m->file.between[0];
    return !own && strncmp(path, "/metrics/", 9) != 0 && strncmp(path, "/vars/", 6) != 0;
}

static int is_used(const struct check *c, const char *path)
{
    return c->used_n > 0 && bsearch(&path, c->used, c->used_n, sizeof *c->used, by_text);
}

static int starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* ---- all of them ---- */

/* Float arrays of the model's layers have one type; masters of mixed precision are float32 as well. */
static void check_types(const struct check *c)
{
    const struct h5_entry *first = NULL;
    for (size_t i = 0; i < c->scan->n; i++) {
        const struct h5_entry *entry = &c->scan->entry[i];
        int real = entry->type == H5_FLOAT32 || entry->type == H5_FLOAT64;
        if (entry->kind != H5_ENTRY_DATASET || !real || !is_used(c, entry->path))
            continue;
        first = first ? first : entry;
        if (entry->type_bytes == first->type_bytes)
            continue;
        findings_add(c->out, FINDING_MODEL_MIXED_TYPES, "model", entry->path, "%zu-bit floats, beside %zu-bit ones",
                     8 * entry->type_bytes, 8 * first->type_bytes);
        return;
    }
}

static int check_sets(struct check *c, int named, struct err *e)
{
    size_t n = 0;
    for (size_t i = 0; i < c->scan->n; i++) {
        const struct h5_entry *entry = &c->scan->entry[i];
        if (entry->kind != H5_ENTRY_DATASET || starts(entry->path, "/optimizer"))
            continue;
        if (named ? !is_used(c, entry->path) : is_foreign(c, entry->path))
            findings_add(c->out, FINDING_WEIGHTS_UNUSED, "model", entry->path, "no layer of the model uses it");
        if (n++ < WEIGHTS_MAX && entry->again == H5_FIRST)
            TRY(check_values(c, entry->path, e));
    }
    if (n > WEIGHTS_MAX)
        findings_add(c->out, FINDING_FILE_TOO_MANY, "model", "", "%zu data sets; at most %d are examined", n,
                     WEIGHTS_MAX);
    return 0;
}

/* Names, shapes and presence, as the loader would check them; values that are not finite were told. */
static int check_layers(struct check *c, struct err *e)
{
    const struct graph *g = &c->m->graph;
    char place[PLACE_MAX];
    for (size_t i = 1; c->m->understood && i < g->n; i++) {
        const struct graph_node *node = &g->node[i];
        const float *at[LAYER_MAX_WEIGHTS] = {NULL};
        struct err fault = {0};
        if (node->needs.weights_n == 0 || graph_first_use(g, i) != i)
            continue;
        float *weight = malloc((graph_node_parameters(node) + 1) * sizeof *weight);
        int status = weight ? keras_read_weights(&c->m->file, g, i, weight, at, &fault)
                              : err_set(&fault, ERR_RUN, "out of memory");
        free(weight);
        if (status == ERR_RUN)
            return err_set(e, ERR_RUN, "%s", fault.text);
        if (status == 0 || strstr(fault.text, "not finite"))
            continue;
        snprintf(place, sizeof place, "layer %zu '%.300s' (%s)", node->number, node->name, node->kind->name);
        findings_add(c->out, FINDING_WEIGHTS_MISMATCH, "model", place, "%s", fault.text);
    }
    return 0;
}

static int check_all(struct check *c, struct err *e)
{
    int named = c->m->file.layout == KERAS_BY_NAME;
    if (named)
        TRY(list_layers(c, e));
    else
        count_arrays(c);
    TRY(check_sets(c, named, e));
    check_types(c);
    return check_layers(c, e);
}

int verify_weights(const struct verify_model *m, const struct h5_scan *scan, struct findings *out, struct err *e)
{
    struct check c = {.m = m, .scan = scan, .out = out};
    if (arena_init(&c.arena, 0) != 0)
        return err_set(e, ERR_RUN, "out of memory");
    int status = check_all(&c, e);
    free(c.used);
    free(c.block);
    arena_free(&c.arena);
    return status;
}
