#include "engine/net/keras/weights.h"
#include "engine/net/keras/by_class.h"
#include "engine/net/keras/by_name.h"

/* Turn all axes but the last two: blocks of the last two, in the other order. */
static void flip(const struct shape *s, float *value)
{
    size_t block = 1, blocks = 1;
    for (size_t i = 0; i < s->rank; i++)
        *(i + 2 < s->rank ? &blocks : &block) *= s->dim[i];
    for (size_t i = 0; i < blocks / 2; i++)
        for (size_t k = 0; k < block; k++) {
            float *a = value + i * block + k, *b = value + (blocks - 1 - i) * block + k, kept = *a;
            *a = *b;
            *b = kept;
        }
}

/* To the layout that kinds take. */
static void convert(const struct keras_dialect *dialect, const struct graph_node *node, float *place)
{
    const struct layer_inner *inner = node->params;
    for (size_t k = 0; k < node->needs.weights_n; k++) {
        const struct layer_weight *w = &node->needs.weight[k];
        if (keras_is_flipped(dialect, node->kind->inner ? inner[w->inner].kind : node->kind, w->role))
            flip(&w->shape, place);
        place += shape_size(&w->shape);
    }
}

int keras_read_weights(const struct keras_file *f, const struct graph *g, size_t i, float *place,
                       const float *at[LAYER_MAX_WEIGHTS], struct err *e)
{
    struct arena names;
    if (arena_init(&names, 0) != 0)
        return err_set(e, ERR_RUN, "out of memory");
    int status = f->layout == KERAS_BY_CLASS ? keras_read_by_class(f, g, i, &names, place, at, e)
                                             : keras_read_by_name(f, g, i, &names, place, at, e);
    arena_free(&names);
    if (status == 0)
        convert(&f->dialect, &g->node[i], place);
    return status;
}
