/* Weights of a layer from a Keras HDF5 file, found by their role: the last component of the name without ":0".
 *
 * The layer's group is addressed by the layer's name and the data sets by its attribute `weight_names`; groups are
 * never iterated, because HDF5 sorts them by name. A nested model has one group for all its layers: there the component
 * before the role names the layer, and where that is not unique, or the layers were called otherwise when their
 * weights were made, the order of the file decides, which has the trainable weights first. */
#include "engine/net/keras.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_MAX_BYTES 2048
#define MAX_NAMES 4096

/* Roles of Keras 1, whose weights are called LAYER_ROLE. */
static const char *const old_roles[][2] = {{"W", "kernel"},
                                           {"W", "embeddings"},
                                           {"U", "recurrent_kernel"},
                                           {"b", "bias"},
                                           {"running_mean", "moving_mean"},
                                           {"running_std", "moving_variance"},
                                           {"alphas", "alpha"}};

struct stored {
    const char *group;       /* of the layer */
    const char *const *name; /* [n] weight_names */
    size_t n;
};

static size_t role_length(const char *role)
{
    return strcspn(role, ":");
}

static int same(const char *text, size_t n, const char *role)
{
    return strlen(role) == n && strncmp(text, role, n) == 0;
}

/* Whether the n bytes are one of the alternatives in "a|b". */
static int one_of(const char *text, size_t n, const char *roles)
{
    for (const char *role = roles;; role++) {
        size_t length = strcspn(role, "|");
        if (length == n && strncmp(text, role, n) == 0)
            return 1;
        role += length;
        if (*role == '\0')
            return 0;
    }
}

/* Where the role begins in the name, if it ends in one of the roles ("dense/kernel:0", "mha/query/kernel:0"). */
static const char *find_role(const char *name, const char *roles)
{
    for (const char *at = name; at; at = strchr(at, '/')) {
        at += *at == '/';
        if (one_of(at, role_length(at), roles))
            return at;
    }
    return NULL;
}

static int has_role(const char *name, const char *layer, const char *roles)
{
    size_t prefix = strlen(layer);
    if (find_role(name, roles))
        return 1;
    if (strchr(name, '/') || strncmp(name, layer, prefix) != 0 || name[prefix] != '_')
        return 0;
    const char *old = name + prefix + 1;
    size_t n = role_length(old);
    for (size_t i = 0; i < sizeof old_roles / sizeof old_roles[0]; i++)
        if (same(old, n, old_roles[i][0]) && one_of(old_roles[i][1], strlen(old_roles[i][1]), roles))
            return 1;
    return one_of(old, n, roles);
}

/* How closely a weight must be tied to its layer by name. A nested model's group holds the weights of many. */
enum tie {
    TIE_OWN,   /* the group is the layer's */
    TIE_NEXT,  /* the layer's name stands before the role: "features/conv1/kernel:0" is of "conv1" */
    TIE_WITHIN, /* it stands anywhere before: "bi/forward_lstm/lstm_cell/kernel:0" is of "bi" */
    TIE_NONE   /* the names are from another life of the layers */
};

static int is_tied(const char *name, const char *layer, const char *roles, enum tie tie)
{
    const char *role = find_role(name, roles);
    size_t n = strlen(layer);
    if (tie == TIE_OWN)
        return has_role(name, layer, roles);
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
static const char *pick(const struct stored *s, const char *layer, const char *roles, enum tie tie, size_t k,
                        size_t *n)
{
    const char *out = NULL;
    *n = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (!is_tied(s->name[i], layer, roles, tie))
            continue;
        if (*n == k)
            out = s->name[i];
        ++*n;
    }
    return out;
}

/* How many weights of that role the node wants among the first `most`: the two layers in a Bidirectional have the same
 * roles. */
static size_t count_role(const struct graph_node *node, const char *roles, size_t most)
{
    size_t n = 0;
    for (size_t i = 0; i < most; i++)
        n += strcmp(node->needs.weight[i].role, roles) == 0;
    return n;
}

static int is_trained(const struct graph_weights *w, const char *roles)
{
    return w->trainable && strncmp(roles, "moving_", 7) != 0;
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
static void rank(const struct graph *g, size_t i, const char *roles, enum tie tie, size_t *before, size_t *wanted)
{
    const struct graph_weights *own = g->node[i].weights;
    *before = *wanted = 0;
    for (size_t k = 1; k < g->n; k++) {
        if (!is_peer(g, k, i, tie))
            continue;
        const struct graph_weights *w = g->node[k].weights;
        size_t n = count_role(&g->node[k], roles, g->node[k].needs.weights_n);
        int first = is_trained(w, roles) - is_trained(own, roles);
        *before += first > 0 || (first == 0 && w->order < own->order) ? n : 0;
        *wanted += n;
    }
}

static int refuse_count(size_t stored, size_t wanted, const char *layer, const char *roles, enum tie tie, struct err *e)
{
    if (tie == TIE_OWN && wanted == 1)
        return err_set(e, ERR_INPUT, "%s weights of the layer are called '%s'", stored == 2 ? "two" : "several", roles);
    if (tie == TIE_OWN)
        return err_set(e, ERR_INPUT, "the file has %zu weights '%s' for this layer, which wants %zu", stored, roles,
                       wanted);
    return err_set(e, ERR_INPUT, "the nested model has %zu weights '%s'%s%s%s in the file, where its layers want %zu",
                   stored, roles, tie != TIE_NONE ? " of layers called '" : "", tie != TIE_NONE ? layer : "",
                   tie != TIE_NONE ? "'" : "", wanted);
}

/* The name of the node's weight k: NULL if there is none. */
static int find_name(const struct stored *s, const struct graph *g, size_t i, size_t k, const char **out, struct err *e)
{
    const struct graph_node *node = &g->node[i];
    const char *roles = node->needs.weight[k].role, *layer = node->weights->layer;
    size_t own = count_role(node, roles, k), stored = 0, wanted = 0, before = 0;
    enum tie tie = node->weights->nested ? TIE_NEXT : TIE_OWN;
    pick(s, layer, roles, tie, 0, &stored);
    for (; stored == 0 && tie != TIE_OWN && tie != TIE_NONE; pick(s, layer, roles, tie, 0, &stored))
        tie++;
    if (tie == TIE_OWN)
        wanted = count_role(node, roles, node->needs.weights_n);
    else
        rank(g, i, roles, tie, &before, &wanted);
    *out = pick(s, layer, roles, tie, before + own, &stored);
    return stored == wanted || stored == 0 ? 0 : refuse_count(stored, wanted, layer, roles, tie, e);
}

/* ---- reading ---- */

static int check_shape(const struct h5_info *info, const struct layer_weight *want, struct err *e)
{
    struct shape got = {0};
    char text[128], wanted[128];
    for (; got.rank < info->rank && got.rank < SHAPE_MAX_RANK; got.rank++)
        got.dim[got.rank] = info->dim[got.rank];
    if (info->rank <= SHAPE_MAX_RANK && shape_equal(&got, &want->shape))
        return 0;
    return err_set(e, ERR_INPUT, "the file has shape %s, the layer wants %s", shape_text(&got, text, sizeof text),
                   shape_text(&want->shape, wanted, sizeof wanted));
}

static int check_finite(const float *v, size_t n, struct err *e)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(v[i]))
            return err_set(e, ERR_INPUT, "value %zu of %zu is not finite", i, n);
    return 0;
}

int keras_read_values(const struct keras_file *f, const char *path, const struct layer_weight *want, float *out,
                      struct err *e)
{
    struct h5_info info;
    size_t n = shape_size(&want->shape);
    enum h5_object kind;
    TRY(h5_kind(f->h5, path, &kind, e));
    if (kind != H5_DATASET)
        return err_set(e, ERR_INPUT, "'%s' is listed but is not a data set of the file", path);
    TRY(h5_info(f->h5, path, &info, e));
    if (info.type == H5_STRING || info.type == H5_OTHER)
        return err_set(e, ERR_INPUT, "'%s' does not hold numbers", path);
    TRY(check_shape(&info, want, e));
    TRY(h5_read_f32(f->h5, path, n, out, e));
    return check_finite(out, n, e);
}

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
    TRY(h5_attr_strings(f->h5, group, "weight_names", a, &out->name, &out->n, e));
    if (out->n > MAX_NAMES)
        return err_set(e, ERR_INPUT, "the layer has %zu weights in the file; at most %d are supported", out->n,
                       MAX_NAMES);
    return 0;
}

static int read_all(const struct keras_file *f, const struct graph *g, size_t i, struct arena *a, float *place,
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

int keras_read_weights(const struct keras_file *f, const struct graph *g, size_t i, float **weight,
                       const float *at[LAYER_MAX_WEIGHTS], struct err *e)
{
    struct arena names;
    *weight = malloc((graph_node_parameters(&g->node[i]) + 1) * sizeof(float));
    if (!*weight || arena_init(&names, 0) != 0) {
        free(*weight);
        *weight = NULL;
        return err_set(e, ERR_RUN, "out of memory");
    }
    int status = f->layout == KERAS_BY_CLASS ? keras_read_vars(f, g, i, *weight, at, e)
                                             : read_all(f, g, i, &names, *weight, at, e);
    arena_free(&names);
    if (status != 0) {
        free(*weight);
        *weight = NULL;
    }
    return status;
}
