/* The parts that a mixture's program is put together from. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "engine/base/det64.h"
#include "engine/layer/pool.h"
#include "engine/net/mixture.h"

#define NUMBERS_MAX ((size_t)1 << 24) /* places go through float32 (mixture_moves) */
#define SOURCES_MAX ((size_t)1 << 26)


struct mixture_step *mixture_add(struct mixture *m, enum mixture_op op, size_t n, size_t sources, struct err *e)
{
    struct arena *a = &m->g->arena;
    struct mixture_program *p = m->program;
    if (n > NUMBERS_MAX - p->numbers || sources > SOURCES_MAX) {
        err_set(e, ERR_INPUT, "the mixture of probabilities that the model ends in has too many parts");
        return NULL;
    }
    struct mixture_step *s = arena_alloc(a, sizeof *s);
    if (!s)
        goto out_of_memory;
    *s = (struct mixture_step){.op = op, .first = p->numbers, .n = n, .before = p->last};
    s->end = arena_array(a, n, sizeof s->end[0]);
    s->from = arena_array(a, sources, sizeof s->from[0]);
    s->weight = arena_array(a, sources, sizeof s->weight[0]);
    if (!s->end || !s->from || !s->weight)
        goto out_of_memory;
    memset(s->end, 0, n * sizeof s->end[0]);
    *(p->last ? &p->last->next : &p->step) = s;
    p->last = s;
    p->numbers += n;
    return s;
out_of_memory:
    err_set(e, ERR_RUN, "out of memory");
    return NULL;
}

void mixture_source(struct mixture_step *s, size_t k, size_t from, double weight)
{
    const size_t begin = k ? s->end[k - 1] : 0, at = s->end[k] > begin ? s->end[k] : begin;
    s->from[at] = (uint32_t)from;
    s->weight[at] = weight;
    s->end[k] = (uint32_t)(at + 1);
}

int mixture_read(struct mixture *m, size_t i, int mask, size_t *out, struct err *e)
{
    if (!m->input[mask][i]) {
        const size_t size = shape_size(&m->g->node[i].out);
        if (m->inputs_n == LAYER_MAX_INPUTS)
            return err_set(e, ERR_INPUT, "the model mixes the probabilities of more than %d layers", LAYER_MAX_INPUTS);
        struct mixture_step *s = mixture_add(m, mask ? MIXTURE_MASK : MIXTURE_INPUT, size, 0, e);
        if (!s)
            return e ? e->code : ERR_RUN;
        s->input = m->inputs_n;
        m->source[m->inputs_n++] = i;
        m->input[mask][i] = 1 + s->first;
    }
    *out = m->input[mask][i] - 1;
    return 0;
}

/* ---- what stands where ---- */

size_t mixture_aligned(const struct shape *s, const struct shape *out, size_t k)
{
    size_t place = 0, step = 1;
    for (size_t axis = out->rank; axis-- > 0 && axis + s->rank >= out->rank;) {
        const size_t size = s->dim[axis + s->rank - out->rank];
        place += size > 1 ? k % out->dim[axis] * step : 0;
        step *= size;
        k /= out->dim[axis];
    }
    return place;
}

/* The layer moves its own places. */
static void run_on_places(const struct graph_node *node, const float *const *x, float *y, float *scratch)
{
    struct kern kern;
    kern_init(&kern, KERN_CPU_SCALAR);
    struct layer_call c = {.kern = &kern, .params = node->params, .n = 1, .inputs_n = node->inputs_n, .in = node->in,
                           .out = &node->out, .x = x, .y = y, .scratch = scratch};
    node->kind->forward(&c);
}

int mixture_moves(const struct graph_node *node, const size_t *in, uint32_t *out, struct err *e)
{
    const float *x[LAYER_MAX_INPUTS];
    size_t size = shape_size(&node->out), scratch = node->needs.scratch + node->needs.scratch_sample, places = 0;
    for (size_t j = 0; j < node->inputs_n; j++)
        places += shape_size(&node->in[j]);
    float *all = malloc((places + size + scratch + 1) * sizeof *all), *next = all;
    if (!all)
        return err_set(e, ERR_RUN, "out of memory");
    for (size_t j = 0; j < node->inputs_n; j++) {
        x[j] = next;
        for (size_t k = 0; k < shape_size(&node->in[j]); k++)
            *next++ = (float)(in[j] + k);
    }
    run_on_places(node, x, next, next + size);
    for (size_t k = 0; k < size; k++)
        out[k] = (uint32_t)next[k];
    free(all);
    return 0;
}

/* ---- windows ---- */

static struct kern_pool window_of(const struct graph_node *node)
{
    struct shape in = node->in[0], out = node->out;
    struct layer_call c = {.params = node->params, .n = 1, .in = &in, .out = &out};
    if (in.rank == 2)
        in = (struct shape){3, {1, node->in[0].dim[0], node->in[0].dim[1]}};
    return strncmp(node->kind->name, "global_", 7) == 0 ? pool_global_window(&c) : pool_window(&c);
}

struct cells {
    size_t first, count;
};

/* The cells of the input along one axis that window number i covers. */
static struct cells cells_of(const struct kern_pool *p, int axis, size_t i)
{
    const size_t size = axis ? p->width : p->height, low = i * p->stride[axis], before = p->before[axis];
    const size_t first = low > before ? low - before : 0, end = low + p->pool[axis] - before;
    return (struct cells){first, (end < size ? end : size) - first};
}

static void window(struct mixture_step *s, const struct kern_pool *p, size_t k, size_t in, int weighted)
{
    const size_t channel = k % p->channels, x = k / p->channels % p->out_width, y = k / p->channels / p->out_width;
    const struct cells rows = cells_of(p, 0, y), columns = cells_of(p, 1, x);
    const double weight = weighted ? -det_log((double)(rows.count * columns.count)) : 0;
    for (size_t r = rows.first; r < rows.first + rows.count; r++)
        for (size_t c = columns.first; c < columns.first + columns.count; c++)
            mixture_source(s, k, in + (r * p->width + c) * p->channels + channel, weight);
}

static struct mixture_step *pooled(struct mixture *m, enum mixture_op op, const struct graph_node *node, size_t in,
                                   int weighted, struct err *e)
{
    const struct kern_pool p = window_of(node);
    const size_t n = shape_size(&node->out);
    struct mixture_step *s = mixture_add(m, op, n, n * p.pool[0] * p.pool[1], e);
    for (size_t k = 0; s && k < n; k++)
        window(s, &p, k, in, weighted);
    return s;
}

/* ---- axes ---- */

/* Steps of the input's axes that go (gone) or stay, and how many values there are along them. */
struct axis_walk {
    size_t rank, count, size[SHAPE_MAX_RANK], step[SHAPE_MAX_RANK];
};

static struct axis_walk walk_of(const struct shape *in, unsigned axes)
{
    struct axis_walk w = {0, 1, {0}, {0}};
    size_t step = shape_size(in);
    for (size_t i = 0; i < in->rank; i++) {
        step /= in->dim[i];
        if (!(axes >> i & 1))
            continue;
        w.size[w.rank] = in->dim[i];
        w.step[w.rank++] = step;
        w.count *= in->dim[i];
    }
    return w;
}

static size_t walk(const struct axis_walk *w, size_t k)
{
    size_t place = 0;
    for (size_t i = w->rank; i-- > 0; k /= w->size[i])
        place += k % w->size[i] * w->step[i];
    return place;
}

struct mixture_step *mixture_windows(struct mixture *m, enum mixture_op op, const struct graph_node *node,
                                     const struct param_ints *axes, size_t in, int weighted, struct err *e)
{
    unsigned gone = 0;
    size_t axis;
    if (!axes)
        return pooled(m, op, node, in, weighted, e);
    for (size_t i = 0; i < axes->n; i++)
        gone |= layer_axis(axes->v[i], &node->in[0], &axis, NULL) == 0 ? 1u << axis : 0;
    const struct axis_walk along = walk_of(&node->in[0], gone), across = walk_of(&node->in[0], ~gone);
    struct mixture_step *s = mixture_add(m, op, across.count, across.count * along.count, e);
    const double weight = weighted ? -det_log((double)along.count) : 0;
    for (size_t k = 0; s && k < across.count; k++)
        for (size_t i = 0; i < along.count; i++)
            mixture_source(s, k, in + walk(&across, k) + walk(&along, i), weight);
    return s;
}
