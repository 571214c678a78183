/* A weight's role is the last component of its name without ":0". The layer's group is addressed by the layer's name
 * and the data sets by its attribute `weight_names`; groups are never iterated, because HDF5 sorts them by name. A
 * nested model has one group for all its layers: there the component before the role names the layer, and where that
 * is not unique, or the layers were called otherwise when their weights were made, the order of the file decides, which
 * has the trainable weights first. */
#include "engine/net/keras/by_name.h"
#include <stdio.h>
#include <string.h>
#include "engine/net/keras/map.h"
#include "engine/net/keras/stored.h"
#include "engine/net/keras/text.h"

#define PATH_MAX_BYTES 2048
#define MAX_NAMES 4096

struct stored {
    const char *group;       /* of the layer */
    const char *const *name; /* [n] weight_names */
    size_t n;
};

static size_t role_length(const char *role)
{
    return strcspn(role, ":");
}

/* What is looked for: a weight of a kind. */
struct wanted {
    const struct layer_kind *kind;
    const char *role;
};

static struct wanted weight_of(const struct graph_node *node, size_t k)
{
    const struct layer_weight *w = &node->needs.weight[k];
    const struct layer_inner *inner = node->params;
    return (struct wanted){node->kind->inner ? inner[w->inner].kind : node->kind, w->role};
}

/* Where the role begins in the name, if it ends in it ("dense/kernel:0", "mha/query/kernel:0"). */
static const char *find_role(const char *name, const struct wanted *w)
{
    for (const char *at = name; at; at = strchr(at, '/')) {
        at += *at == '/';
        if (keras_is_weight(w->kind, w->role, at, role_length(at), 0))
            return at;
    }
    return NULL;
}

/* Keras 1 names weights LAYER_ROLE, perhaps in name scopes: "global/shared/dense_1_W:0". */
static int has_role(const char *name, const char *layer, const struct wanted *w)
{
    size_t prefix = strlen(layer);
    const char *slash = strrchr(name, '/'), *last = slash ? slash + 1 : name;
    if (find_role(name, w))
        return 1;
    if (strncmp(last, layer, prefix) != 0 || last[prefix] != '_')
        return 0;
    const char *old = last + prefix + 1;
    return keras_is_weight(w->kind, w->role, old, role_length(old), 1);
}

/* How closely a weight must be tied to its layer by name. A nested model's group holds the weights of many. */
enum tie {
    TIE_OWN,   /* the group is the layer's */
    TIE_NEXT,  /* the layer's name stands before the role: "features/conv1/kernel:0" is of "conv1" */
    TIE_WITHIN, /* it stands anywhere before: "bi/forward_lstm/lstm_cell/kernel:0" is of "bi" */
    TIE_NONE   /* the names are from another life of the layers */
};

static int is_tied(const char *name, const char *layer, const struct wanted *w, enum tie tie)
{
    const char *role = find_role(name, w);
    size_t n = strlen(layer);
    if (tie == TIE_OWN)
        return has_role(name, layer, w);
    if (!role || tie == TIE_NONE)
        return role != NULL;
    for (const char *at = name; at && at < role; at = strchr(at, '/')) {
        at += *at == '/';
        if (strncmp(at, layer, n) == 0 && at[n] == '/' && (tie == TIE_WITHIN || at + n + 1 == role))
            return 1;
    }
    return 0;
}

/* The k-th stored weight with that role and tie, or NULL; *n of them there are. */
static const char *pick(const struct stored *s, const char *layer, const struct wanted *w, enum tie tie, size_t k,
                        size_t *n)
{
    const char *out = NULL;
    *n = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (!is_tied(s->name[i], layer, w, tie))
            continue;
        if (*n == k)
            out = s->name[i];
        ++*n;
    }
    return out;
}

/* How many weights of that role the node wants among the first `most`: the two layers in a Bidirectional have the same
 * roles. */
static size_t count_role(const struct graph_node *node, const char *role, size_t most)
{
    size_t n = 0;
    for (size_t i = 0; i < most; i++)
        n += strcmp(node->needs.weight[i].role, role) == 0;
    return n;
}

static int is_trained(const struct graph_weights *w, const char *role)
{
    return w->trainable && strncmp(role, "moving_", 7) != 0;
}

/* Whether node k is the first use of a layer of node i's group, and not told apart from it by its name. */
static int is_peer(const struct graph *g, size_t k, size_t i, enum tie tie)
{
    const struct graph_weights *w = g->node[k].weights, *own = g->node[i].weights;
    if (!w || strcmp(w->group, own->group) != 0 || (tie != TIE_NONE && strcmp(w->layer, own->layer) != 0))
        return 0;
    return graph_first_use(g, k) == k;
}

/* How many weights of that role the layers want that share node i's group, and name: `wanted`; how many of them stand
 * before node i's in the file: `before`. */
static void rank(const struct graph *g, size_t i, const char *role, enum tie tie, size_t *before, size_t *wanted)
{
    const struct graph_weights *own = g->node[i].weights;
    *before = *wanted = 0;
    for (size_t k = 1; k < g->n; k++) {
        if (!is_peer(g, k, i, tie))
            continue;
        const struct graph_weights *w = g->node[k].weights;
        size_t n = count_role(&g->node[k], role, g->node[k].needs.weights_n);
        int first = is_trained(w, role) - is_trained(own, role);
        *before += first > 0 || (first == 0 && w->order < own->order) ? n : 0;
        *wanted += n;
    }
}

static int refuse_count(size_t stored, size_t wanted, const char *layer, const char *role, enum tie tie, struct err *e)
{
    if (tie == TIE_OWN && wanted == 1)
        return err_set(e, ERR_INPUT, "%s weights of the layer are called '%s'", stored == 2 ? "two" : "several", role);
    if (tie == TIE_OWN)
        return err_set(e, ERR_INPUT, "the file has %zu weights '%s' for this layer, which wants %zu", stored, role,
                       wanted);
    return err_set(e, ERR_INPUT, "the nested model has %zu weights '%s'%s%s%s in the file, where its layers want %zu",
                   stored, role, tie != TIE_NONE ? " of layers called '" : "", tie != TIE_NONE ? layer : "",
                   tie != TIE_NONE ? "'" : "", wanted);
}

/* The name of the node's weight k: NULL if there is none. */
static int find_name(const struct stored *s, const struct graph *g, size_t i, size_t k, const char **out, struct err *e)
{
    const struct graph_node *node = &g->node[i];
    const struct wanted w = weight_of(node, k);
    const char *layer = node->weights->layer;
    size_t own = count_role(node, w.role, k), stored = 0, wanted = 0, before = 0;
    enum tie tie = node->weights->nested ? TIE_NEXT : TIE_OWN;
    pick(s, layer, &w, tie, 0, &stored);
    for (; stored == 0 && tie != TIE_OWN && tie != TIE_NONE; pick(s, layer, &w, tie, 0, &stored))
        tie++;
    if (tie == TIE_OWN)
        wanted = count_role(node, w.role, node->needs.weights_n);
    else
        rank(g, i, w.role, tie, &before, &wanted);
    *out = pick(s, layer, &w, tie, before + own, &stored);
    return stored == wanted || stored == 0 ? 0 : refuse_count(stored, wanted, layer, w.role, tie, e);
}

/* ---- reading ---- */

struct request {
    const struct keras_file *f;
    const struct graph *g;
    size_t i; /* node */
    const struct stored *stored;
};

static int read_weight(const struct request *q, size_t k, float *place, const float **at, struct err *e)
{
    const struct layer_weight *want = &q->g->node[q->i].needs.weight[k];
    char path[PATH_MAX_BYTES];
    const char *name;
    *at = NULL;
    TRY(find_name(q->stored, q->g, q->i, k, &name, e));
    if (!name && want->optional)
        return 0;
    if (!name)
        return err_set(e, ERR_INPUT, "the file has no weight '%s' for this layer", want->role);
    int length = snprintf(path, sizeof path, "%s/%s", q->stored->group, name);
    if (length < 0 || (size_t)length >= sizeof path)
        return err_set(e, ERR_INPUT, "the name of weight '%s' is too long", want->role);
    if (keras_read_values(q->f, path, want, place, e) != 0)
        return err_prepend(e, "weight '%s'", want->role);
    *at = place;
    return 0;
}

static int read_names(const struct keras_file *f, const char *layer, char *group, struct arena *a, struct stored *out,
                      struct err *e)
{
    enum h5_object kind;
    int length = snprintf(group, PATH_MAX_BYTES, "%s/%s", f->weights, layer);
    if (length < 0 || length >= PATH_MAX_BYTES)
        return err_set(e, ERR_INPUT, "the name of the layer is too long");
    TRY(h5_kind(f->h5, group, &kind, e));
    if (kind != H5_GROUP)
        return err_set(e, ERR_INPUT, "the file has no weights for this layer (no group '%s')", group);
    out->group = group;
    TRY(keras_names(f->h5, group, "weight_names", a, &out->name, &out->n, e));
    if (out->n > MAX_NAMES)
        return err_set(e, ERR_INPUT, "the layer has %zu weights in the file; at most %d are supported", out->n,
                       MAX_NAMES);
    return 0;
}

int keras_read_by_name(const struct keras_file *f, const struct graph *g, size_t i, struct arena *a, float *place,
                       const float *at[LAYER_MAX_WEIGHTS], struct err *e)
{
    const struct graph_node *node = &g->node[i];
    char group[PATH_MAX_BYTES];
    struct stored stored;
    TRY(read_names(f, node->weights->group, group, a, &stored, e));
    const struct request q = {f, g, i, &stored};
    for (size_t k = 0; k < node->needs.weights_n; k++) {
        TRY(read_weight(&q, k, place, &at[k], e));
        place += shape_size(&node->needs.weight[k].shape);
    }
    return 0;
}
