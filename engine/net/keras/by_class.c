/* As in the archive's model.weights.h5: no names but those of classes, counted in the
 * order of the layers, "layers/dense_1/vars/0"; a nested model has "layers" of its own. The first versions of it (in
 * Keras 2.12) call the folder _layer_checkpoint_dependencies, and leave numbers out. */
#include "engine/net/keras/by_class.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "engine/net/keras/map.h"
#include "engine/net/keras/stored.h"

#define PATH_BYTES 2048

static int too_long(struct err *e)
{
    return err_set(e, ERR_INPUT, "the place of the layer's weights has too long a name");
}

static int append(char *path, const char *a, const char *b, struct err *e)
{
    size_t n = strlen(path);
    int length = snprintf(path + n, PATH_BYTES - n, "%s%s", a, b);
    return length < 0 || (size_t)length >= PATH_BYTES - n ? too_long(e) : 0;
}

/* ---- the layer's group ---- */

/* Number of a member of that class: "dense" is 0, "dense_12" is 12; -1 for others. */
static long member_number(const char *member, const char *class_name, size_t class_n)
{
    if (strncmp(member, class_name, class_n) != 0)
        return -1;
    if (member[class_n] == '\0')
        return 0;
    if (member[class_n] != '_' || !isdigit((unsigned char)member[class_n + 1]))
        return -1;
    char *end;
    long number = strtol(member + class_n + 1, &end, 10);
    return *end == '\0' ? number : -1;
}

/* The member of that class with the k-th lowest number, or NULL. */
static const char *kth_member(const char *const *names, size_t n, const char *class_name, size_t class_n, size_t k)
{
    long above = -1;
    const char *found = NULL;
    for (size_t round = 0; round <= k; round++) {
        long best = -1;
        for (size_t i = 0; i < n; i++) {
            long number = member_number(names[i], class_name, class_n);
            if (number > above && (best < 0 || number < best)) {
                best = number;
                found = names[i];
            }
        }
        if (best < 0)
            return NULL;
        above = best;
    }
    return found;
}

/* The next component of a whole path for a name, "dense" of "layers\\dense\\cell" in "layers"; NULL: there is none. */
static const char *component(const struct keras_file *f, const char *name, const char *group, struct arena *a)
{
    size_t n = strlen(group);
    if (strncmp(name, group, n) != 0 || name[n] != f->between[0])
        return NULL;
    char *next = arena_strdup(a, name + n + 1);
    if (next)
        next[strcspn(next, f->between)] = '\0';
    return next;
}

/* Members of a group, some perhaps more than once. */
static int list_members(const struct keras_file *f, const char *group, struct arena *a, const char *const **out,
                        size_t *out_n, struct err *e)
{
    const char *const *names;
    size_t n;
    if (f->between[0] == '/')
        return h5_list(f->h5, group, a, out, out_n, e);
    TRY(h5_list(f->h5, "/", a, &names, &n, e));
    const char **members = arena_array(a, n, sizeof *members);
    if (!members)
        return err_set(e, ERR_RUN, "out of memory");
    *out_n = 0;
    for (size_t i = 0; i < n; i++) {
        members[*out_n] = component(f, names[i], group, a);
        *out_n += members[*out_n] != NULL;
    }
    *out = members;
    return 0;
}

/* "dense_3" is the fourth dense, whatever its number in the file is. */
static int find_member(const struct keras_file *f, const char *group, const char *part, struct arena *a,
                       const char **out, struct err *e)
{
    const char *const *names, *number = strrchr(part, '_');
    size_t n, k = 0, class_n = strlen(part);
    if (number && isdigit((unsigned char)number[1])) {
        k = strtoul(number + 1, NULL, 10);
        class_n = (size_t)(number - part);
    }
    TRY(list_members(f, group, a, &names, &n, e));
    *out = kth_member(names, n, part, class_n, k);
    return *out ? 0 : err_set(e, ERR_INPUT, "the file has no weights for this layer (no '%s' in '%s')", part, group);
}

/* The group of "sequential/layers/dense_1". */
static int find_group(const struct keras_file *f, const char *path, char *group, struct arena *a, struct err *e)
{
    static const char between[] = "/layers/";
    char part[PATH_BYTES];
    snprintf(group, PATH_BYTES, "%s", f->weights);
    int counted = strcmp(f->weights, "layers") != 0;
    while (path) {
        const char *end = strstr(path, between), *member = part;
        size_t n = end ? (size_t)(end - path) : strlen(path);
        if (n >= sizeof part)
            return too_long(e);
        memcpy(part, path, n);
        part[n] = '\0';
        if (counted)
            TRY(find_member(f, group, part, a, &member, e));
        TRY(append(group, f->between, member, e));
        path = end ? end + sizeof between - 1 : NULL;
        if (path)
            TRY(append(group, f->between, f->weights, e));
    }
    return 0;
}

/* ---- the weight in it ---- */

/* The part of a layer that a role names ("query" of "query/kernel"), in bytes; 0: the layer itself. */
static size_t part_of(const char *role)
{
    const char *slash = strchr(role, '/');
    return slash ? (size_t)(slash - role) : 0;
}

/* Number of weight k among those of the same object. */
static size_t number_in_object(const struct layer_needs *needs, size_t k)
{
    const struct layer_weight *own = &needs->weight[k];
    size_t n = part_of(own->role), number = 0;
    for (size_t i = 0; i < k; i++)
        number += needs->weight[i].inner == own->inner && part_of(needs->weight[i].role) == n &&
                  strncmp(needs->weight[i].role, own->role, n) == 0;
    return number;
}

/* Whose weight it is: "forward_layer/cell"; "" for the layer's own. */
static int object_of(const struct keras_file *f, const struct graph_node *node, const struct layer_weight *w,
                     char *inside, struct err *e)
{
    const struct layer_kind *kind = node->kind;
    inside[0] = '\0';
    if (kind->inner) {
        TRY(append(inside, keras_inner_object(kind, w->inner), "", e));
        kind = ((const struct layer_inner *)node->params)[w->inner].kind;
    }
    const char *object = keras_object(kind, w->role, part_of(w->role));
    return object ? append(inside, inside[0] ? f->between : "", object, e) : 0;
}

/* Attention keeps its projections under names with an underscore in some versions. */
static int find_vars(const struct keras_file *f, const char *group, const char *inside, size_t number, char *path,
                     struct err *e)
{
    char vars[32];
    enum h5_object kind = H5_ABSENT;
    snprintf(vars, sizeof vars, "/vars/%zu", number);
    for (int underscore = 0; underscore < 2 && kind == H5_ABSENT; underscore++) {
        path[0] = '\0';
        TRY(append(path, group, inside[0] ? f->between : "", e));
        TRY(append(path, underscore ? "_" : "", inside, e));
        TRY(append(path, vars, "", e));
        if (!underscore || inside[0] != '\0')
            TRY(h5_kind(f->h5, path, &kind, e));
    }
    if (kind == H5_ABSENT)
        path[0] = '\0';
    return 0;
}

static int read_weight(const struct keras_file *f, const struct graph_node *node, size_t k, const char *group,
                       float *place, const float **at, struct err *e)
{
    const struct layer_weight *want = &node->needs.weight[k];
    char inside[PATH_BYTES], path[PATH_BYTES];
    size_t number = number_in_object(&node->needs, k);
    *at = NULL;
    TRY(object_of(f, node, want, inside, e));
    TRY(find_vars(f, group, inside, number, path, e));
    if (path[0] == '\0' && want->optional)
        return 0;
    if (path[0] == '\0')
        return err_set(e, ERR_INPUT, "the file has no weight '%s' for this layer (no '%s%s%s/vars/%zu')", want->role,
                       group, inside[0] ? f->between : "", inside, number);
    if (keras_read_values(f, path, want, place, e) != 0)
        return err_prepend(e, "weight '%s'", want->role);
    *at = place;
    return 0;
}

int keras_read_by_class(const struct keras_file *f, const struct graph *g, size_t i, struct arena *a, float *place,
                        const float *at[LAYER_MAX_WEIGHTS], struct err *e)
{
    const struct graph_node *node = &g->node[i];
    char group[PATH_BYTES];
    TRY(find_group(f, node->weights->path, group, a, e));
    for (size_t k = 0; k < node->needs.weights_n; k++) {
        TRY(read_weight(f, node, k, group, place, &at[k], e));
        place += shape_size(&node->needs.weight[k].shape);
    }
    return 0;
}
