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

static int has_role(const char *name, const char *layer, const char *roles)
{
    const char *slash = strrchr(name, '/');
    size_t prefix = strlen(layer);
    if (slash)
        return one_of(slash + 1, role_length(slash + 1), roles);
    if (one_of(name, role_length(name), roles))
        return 1;
    if (strncmp(name, layer, prefix) != 0 || name[prefix] != '_')
        return 0;
    const char *old = name + prefix + 1;
    size_t n = role_length(old);
    for (size_t i = 0; i < sizeof old_roles / sizeof old_roles[0]; i++)
        if (same(old, n, old_roles[i][0]))
            return one_of(old_roles[i][1], strlen(old_roles[i][1]), roles);
    return one_of(old, n, roles);
}

/* The stored weight with that role: NULL if none. Two of them: refused. */
static int find_own(const struct stored *s, const char *layer, const char *roles, const char **out, struct err *e)
{
    *out = NULL;
    for (size_t i = 0; i < s->n; i++) {
        if (!has_role(s->name[i], layer, roles))
            continue;
        if (*out)
            return err_set(e, ERR_INPUT, "two weights of the layer are called '%s'", roles);
        *out = s->name[i];
    }
    return 0;
}

/* ---- nested models ---- */

/* "features/conv1/kernel:0" is of layer "conv1", and of "features/conv1". */
static int is_of_layer(const char *name, const char *layer)
{
    const char *slash = strrchr(name, '/');
    size_t n = strlen(layer), before = slash ? (size_t)(slash - name) : 0;
    if (before < n || strncmp(slash - n, layer, n) != 0)
        return 0;
    return before == n || slash[-(ptrdiff_t)n - 1] == '/';
}

/* The k-th stored weight with that role (of that layer, unless it is NULL); *n of them there are. */
static const char *pick(const struct stored *s, const char *layer, const char *roles, size_t k, size_t *n)
{
    const char *out = NULL;
    *n = 0;
    for (size_t i = 0; i < s->n; i++) {
        const char *slash = strrchr(s->name[i], '/');
        const char *role = slash ? slash + 1 : s->name[i];
        if (!one_of(role, role_length(role), roles) || (layer && !is_of_layer(s->name[i], layer)))
            continue;
        if (*n == k)
            out = s->name[i];
        ++*n;
    }
    return out;
}

static int wants(const struct graph_node *node, const char *roles)
{
    for (size_t i = 0; i < node->needs.weights_n; i++)
        if (strcmp(node->needs.weight[i].role, roles) == 0)
            return 1;
    return 0;
}

static int is_trained(const struct graph_weights *w, const char *roles)
{
    return w->trainable && strncmp(roles, "moving_", 7) != 0;
}

/* How many layers of the group (called `layer`, unless it is NULL) want a weight of that role, and how many of them
 * come before node i in the file. */
static void rank(const struct graph *g, size_t i, const char *layer, const char *roles, size_t *before, size_t *n)
{
    const struct graph_weights *own = g->node[i].weights;
    *before = *n = 0;
    for (size_t k = 1; k < g->n; k++) {
        const struct graph_weights *w = g->node[k].weights;
        if (!w || strcmp(w->group, own->group) != 0 || (layer && strcmp(w->layer, layer) != 0) ||
            !wants(&g->node[k], roles) || graph_first_use(g, k) != k)
            continue;
        int first = is_trained(w, roles) - is_trained(own, roles);
        *before += first > 0 || (first == 0 && w->order < own->order);
        ++*n;
    }
}

static int find_nested(const struct stored *s, const struct graph *g, size_t i, const char *roles, const char **out,
                       struct err *e)
{
    const char *layer = g->node[i].weights->layer;
    size_t stored, wanted, before;
    pick(s, layer, roles, 0, &stored);
    if (stored == 0) /* the names are from another life of the layers */
        layer = NULL;
    rank(g, i, layer, roles, &before, &wanted);
    *out = pick(s, layer, roles, before, &stored);
    if (stored == wanted || stored == 0)
        return 0;
    return err_set(e, ERR_INPUT, "the nested model has %zu weights '%s'%s%s%s in the file, where its layers want %zu",
                   stored, roles, layer ? " of layers called '" : "", layer ? layer : "", layer ? "'" : "", wanted);
}

static int find_role(const struct stored *s, const struct graph *g, size_t i, const char *roles, const char **out,
                     struct err *e)
{
    const struct graph_weights *w = g->node[i].weights;
    if (w->nested)
        return find_nested(s, g, i, roles, out, e);
    return find_own(s, w->layer, roles, out, e);
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

static int read_one(const struct keras_file *f, const char *path, const struct layer_weight *want, float *out,
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

static int read_role(const struct request *q, const struct layer_weight *want, float *place, const float **at,
                     struct err *e)
{
    char path[PATH_MAX_BYTES];
    const char *name;
    *at = NULL;
    TRY(find_role(q->stored, q->g, q->i, want->role, &name, e));
    if (!name && want->optional)
        return 0;
    if (!name)
        return err_set(e, ERR_INPUT, "the file has no weight '%s' for this layer", want->role);
    int length = snprintf(path, sizeof path, "%s/%s", q->stored->group, name);
    if (length < 0 || (size_t)length >= sizeof path)
        return err_set(e, ERR_INPUT, "the name of weight '%s' is too long", want->role);
    if (read_one(q->f, path, want, place, e) != 0)
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
        TRY(read_role(&q, &node->needs.weight[k], place, &at[k], e));
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
    int status = read_all(f, g, i, &names, *weight, at, e);
    arena_free(&names);
    if (status != 0) {
        free(*weight);
        *weight = NULL;
    }
    return status;
}
