/* The logarithms of a mixture, node by node. */
#include <math.h>
#include <string.h>
#include "engine/base/det64.h"
#include "engine/layer/constant.h"
#include "engine/net/mixture.h"

#define DEPTH_MAX 256

static const struct graph_node *at(const struct mixture *m, size_t i)
{
    return &m->g->node[i];
}

static int is_kind(const struct graph_node *node, const char *name)
{
    return strcmp(node->kind->name, name) == 0;
}

static const void *member(const struct graph_node *node, const char *name)
{
    const struct param *row = layer_row(node->kind, name);
    return row ? (const char *)node->params + row->offset : NULL;
}

static size_t size_of(const struct mixture *m, size_t i)
{
    return shape_size(&at(m, i)->out);
}

/* What mixture_add says of its failure, or where its numbers begin. */
static int done(const struct mixture_step *s, size_t *out, const struct err *e)
{
    if (!s)
        return e ? e->code : ERR_RUN;
    *out = s->first;
    return 0;
}

static int refuse(const struct graph_node *node, const char *why, struct err *e)
{
    err_set(e, ERR_INPUT,
            "the model ends in a mixture of probabilities whose logarithms cannot be computed: %s; let it end in "
            "logits, or in Average, Add, Multiply, Maximum, Minimum or pooling of softmax or sigmoid outputs",
            why);
    return graph_node_error(node, e);
}

/* ---- leaves ---- */

static int log_sigmoid(struct mixture *m, size_t i, int complement, size_t *out, struct err *e)
{
    size_t x, n = size_of(m, i);
    TRY(mixture_read(m, at(m, i)->input[0], 0, &x, e));
    struct mixture_step *s = mixture_add(m, MIXTURE_SIGMOID, n, n, e);
    for (size_t k = 0; s && k < n; k++)
        mixture_source(s, k, x + k, complement ? -1 : 1);
    return done(s, out, e);
}

/* Rows over the axis, then each value back to its place. */
static int log_softmax(struct mixture *m, size_t i, int complement, size_t *out, struct err *e)
{
    const struct shape shape = at(m, i)->out;
    size_t x, axis, inner = 1, n = shape_size(&shape);
    if (complement)
        return refuse(at(m, i), "what one class of a softmax leaves to 1 is not known here", e);
    TRY(mixture_softmax_axis(at(m, i), &axis, e));
    TRY(mixture_read(m, at(m, i)->input[0], 0, &x, e));
    for (size_t a = axis + 1; a < shape.rank; a++)
        inner *= shape.dim[a];
    const size_t width = shape.dim[axis];
    struct mixture_step *rows = mixture_add(m, MIXTURE_SOFTMAX, n, n, e);
    struct mixture_step *back = rows ? mixture_add(m, MIXTURE_SUM, n, n, e) : NULL;
    for (size_t k = 0; back && k < n; k++) { /* row k / width of the rows: block k / width / inner */
        const size_t row = k / width, from = (row / inner * width + k % width) * inner + row % inner;
        mixture_source(rows, k, x + from, 1);
    }
    for (size_t k = 0; back && k < n; k++) {
        const size_t block = k / (width * inner), j = k / inner % width, row = block * inner + k % inner;
        mixture_source(back, k, rows->first + row * width + j, 1);
    }
    if (rows)
        rows->width = width;
    return done(back, out, e);
}

static int log_exponential(struct mixture *m, size_t i, int complement, size_t *out, struct err *e)
{
    if (complement)
        return refuse(at(m, i), "an exponential can pass 1", e);
    return mixture_read(m, at(m, i)->input[0], 0, out, e);
}

static int log_constant(struct mixture *m, size_t i, int complement, size_t *out, struct err *e)
{
    const struct constant_params *p = at(m, i)->params;
    struct mixture_step *s = mixture_add(m, MIXTURE_CONSTANT, size_of(m, i), size_of(m, i), e);
    for (size_t k = 0; s && k < s->n; k++) {
        const double v = p->stored ? (double)p->stored[k] : p->value.v[k], left = complement ? 1 - v : v;
        if (!(left > 0))
            return refuse(at(m, i), "a number that is not positive takes part", e);
        s->weight[k] = det_log(left);
    }
    return done(s, out, e);
}

/* ---- sums and products ---- */

struct mixture_part {
    size_t first;
    struct shape shape;
    double weight;
};

/* One step over parts that are brought to one shape. */
static int merge(struct mixture *m, enum mixture_op op, const struct shape *shape, size_t parts_n,
                 const struct mixture_part *part, size_t *out, struct err *e)
{
    const size_t n = shape_size(shape);
    struct mixture_step *s = mixture_add(m, op, n, n * parts_n, e);
    for (size_t k = 0; s && k < n; k++)
        for (size_t j = 0; j < parts_n; j++)
            mixture_source(s, k, part[j].first + mixture_aligned(&part[j].shape, shape, k), part[j].weight);
    return done(s, out, e);
}

/* The sum's own offset, as one more part. */
static int add_offset(struct mixture *m, double offset, struct mixture_part *part, struct err *e)
{
    struct mixture_step *s = mixture_add(m, MIXTURE_CONSTANT, 1, 1, e);
    *part = (struct mixture_part){0, {1, {1}}, det_log(offset)};
    if (s)
        s->weight[0] = 0;
    return done(s, &part->first, e);
}

static int log_sum(struct mixture *m, size_t i, const struct mixture_sum *sum, size_t *out, struct err *e)
{
    struct mixture_part part[MIXTURE_TERMS + 1];
    size_t n = sum->n;
    if (sum->offset < -MIXTURE_ROUNDING)
        return refuse(at(m, i), "values here can leave the range from 0 to 1", e);
    for (size_t t = 0; t < n; t++) {
        const struct mixture_term *term = &sum->term[t];
        part[t] = (struct mixture_part){0, at(m, term->node)->out, det_log(term->weight)};
        TRY(mixture_logarithm(m, term->node, term->complement, &part[t].first, e));
    }
    if (sum->offset > MIXTURE_ROUNDING)
        TRY(add_offset(m, sum->offset, &part[n++], e));
    return merge(m, MIXTURE_LOG_SUM, &at(m, i)->out, n, part, out, e);
}

static int log_inputs(struct mixture *m, size_t i, int complement, double weight, struct mixture_part *part,
                      struct err *e)
{
    for (size_t j = 0; j < at(m, i)->inputs_n; j++) {
        part[j] = (struct mixture_part){0, at(m, i)->in[j], weight};
        TRY(mixture_logarithm(m, at(m, i)->input[j], complement, &part[j].first, e));
    }
    return 0;
}

/* 1 - a b = (1 - a) + a (1 - b), and so on with what is a product already. */
static int log_unlike(struct mixture *m, size_t i, size_t *out, struct err *e)
{
    struct mixture_part is[LAYER_MAX_INPUTS], not[LAYER_MAX_INPUTS], sum[LAYER_MAX_INPUTS];
    const struct shape *shape = &at(m, i)->out;
    TRY(log_inputs(m, i, 0, 1, is, e));
    TRY(log_inputs(m, i, 1, 1, not, e));
    for (size_t j = 0; j < at(m, i)->inputs_n; j++) {
        struct mixture_part factor[LAYER_MAX_INPUTS];
        memcpy(factor, is, j * sizeof factor[0]);
        factor[j] = not[j];
        sum[j] = (struct mixture_part){0, *shape, 0};
        TRY(merge(m, MIXTURE_SUM, shape, j + 1, factor, &sum[j].first, e));
    }
    return merge(m, MIXTURE_LOG_SUM, shape, at(m, i)->inputs_n, sum, out, e);
}

static int log_product(struct mixture *m, size_t i, int complement, size_t *out, struct err *e)
{
    struct mixture_part part[LAYER_MAX_INPUTS];
    if (complement)
        return log_unlike(m, i, out, e);
    TRY(log_inputs(m, i, 0, 1, part, e));
    return merge(m, MIXTURE_SUM, &at(m, i)->out, at(m, i)->inputs_n, part, out, e);
}

static int log_quotient(struct mixture *m, size_t i, int complement, size_t *out, struct err *e)
{
    struct mixture_part part[LAYER_MAX_INPUTS];
    if (complement)
        return refuse(at(m, i), "what a quotient leaves to 1 is not known here", e);
    TRY(log_inputs(m, i, 0, 1, part, e));
    part[1].weight = -1;
    return merge(m, MIXTURE_SUM, &at(m, i)->out, 2, part, out, e);
}

/* ---- values taken elsewhere, the largest of them, their means ---- */

static int log_moved(struct mixture *m, size_t i, int complement, size_t *out, struct err *e)
{
    struct mixture_part part[LAYER_MAX_INPUTS];
    size_t in[LAYER_MAX_INPUTS], n = size_of(m, i);
    TRY(log_inputs(m, i, complement, 1, part, e));
    for (size_t j = 0; j < at(m, i)->inputs_n; j++)
        in[j] = part[j].first;
    struct mixture_step *s = mixture_add(m, MIXTURE_SUM, n, n, e);
    if (!s)
        return done(s, out, e);
    TRY(mixture_moves(at(m, i), in, s->from, e));
    for (size_t k = 0; k < n; k++) {
        s->end[k] = (uint32_t)(k + 1);
        s->weight[k] = 1;
    }
    return done(s, out, e);
}

/* Largest or least; the complement of the largest is the least of the complements. */
static enum mixture_op extreme(int largest, int complement)
{
    return largest != complement ? MIXTURE_LARGEST : MIXTURE_LEAST;
}

static int log_extreme(struct mixture *m, size_t i, int complement, size_t *out, struct err *e)
{
    struct mixture_part part[LAYER_MAX_INPUTS];
    TRY(log_inputs(m, i, complement, 1, part, e));
    return merge(m, extreme(is_kind(at(m, i), "maximum"), complement), &at(m, i)->out, at(m, i)->inputs_n, part, out,
                 e);
}

static int log_pooled(struct mixture *m, size_t i, int complement, size_t *out, struct err *e)
{
    const int mean = strstr(at(m, i)->kind->name, "average") != NULL;
    size_t x;
    TRY(mixture_logarithm(m, at(m, i)->input[0], complement, &x, e));
    return done(mixture_windows(m, mean ? MIXTURE_LOG_SUM : extreme(1, complement), at(m, i), NULL, x, mean, e), out,
                e);
}

/* The mean over the steps of a mask: log of the sum over them, less that of their number. */
static int log_masked_mean(struct mixture *m, size_t i, int complement, size_t *out, struct err *e)
{
    static const struct param_ints steps = {1, {1}};
    const struct graph_node *node = at(m, i);
    struct mixture_part part[2] = {{0, node->in[0], 1}, {0, {2, {node->in[1].dim[0], 1}}, 1}};
    struct graph_node count = {.in = &part[1].shape};
    TRY(mixture_logarithm(m, node->input[0], complement, &part[0].first, e));
    TRY(mixture_read(m, node->input[1], 1, &part[1].first, e));
    TRY(merge(m, MIXTURE_SUM, &node->in[0], 2, part, &part[0].first, e));
    TRY(done(mixture_windows(m, MIXTURE_LOG_SUM, node, &steps, part[0].first, 0, e), &part[0].first, e));
    TRY(done(mixture_windows(m, MIXTURE_LOG_SUM, &count, &steps, part[1].first, 0, e), &part[1].first, e));
    part[0].shape = node->out;
    part[1] = (struct mixture_part){part[1].first, {1, {1}}, -1};
    return merge(m, MIXTURE_SUM, &node->out, 2, part, out, e);
}

static int log_global_mean(struct mixture *m, size_t i, int complement, size_t *out, struct err *e)
{
    return (at(m, i)->inputs_n == 2 ? log_masked_mean : log_pooled)(m, i, complement, out, e);
}

static int log_reduced(struct mixture *m, size_t i, int complement, size_t *out, struct err *e)
{
    enum { MEAN, SUM, LARGEST };
    const int operation = *(const int *)member(at(m, i), "operation");
    const enum mixture_op op = operation <= SUM ? MIXTURE_LOG_SUM : extreme(operation == LARGEST, complement);
    size_t x;
    if (complement && operation == SUM)
        return refuse(at(m, i), "a sum of probabilities can pass 1", e);
    TRY(mixture_logarithm(m, at(m, i)->input[0], complement, &x, e));
    return done(mixture_windows(m, op, at(m, i), member(at(m, i), "axis"), x, operation == MEAN, e), out, e);
}

/* ---- the table ---- */

typedef int logarithm(struct mixture *m, size_t i, int complement, size_t *out, struct err *e);

static const struct {
    const char *kind;
    logarithm *build;
} rows[] = {
    {"flatten", log_moved}, {"reshape", log_moved}, {"permute", log_moved}, {"slice", log_moved},
    {"repeat_vector", log_moved}, {"concatenate", log_moved}, {"cropping1d", log_moved}, {"cropping2d", log_moved},
    {"up_sampling1d", log_moved}, {"maximum", log_extreme}, {"minimum", log_extreme}, {"max_pooling1d", log_pooled},
    {"max_pooling2d", log_pooled}, {"global_max_pooling1d", log_pooled}, {"global_max_pooling2d", log_pooled},
    {"average_pooling1d", log_pooled}, {"average_pooling2d", log_pooled}, {"global_average_pooling2d", log_pooled},
    {"global_average_pooling1d", log_global_mean}, {"reduce", log_reduced}, {"constant", log_constant},
    {"multiply", log_product}, {"divide", log_quotient}};

static logarithm *builder_of(const struct graph_node *node)
{
    const enum layer_role role = node->kind ? mixture_role(node) : LAYER_OTHER;
    if (role == LAYER_SIGMOID || role == LAYER_SOFTMAX)
        return role == LAYER_SIGMOID ? log_sigmoid : log_softmax;
    if (role == LAYER_IDENTITY)
        return log_moved;
    if (node->kind && mixture_is_exponential(node))
        return log_exponential;
    for (size_t r = 0; node->kind && r < sizeof rows / sizeof *rows; r++)
        if (is_kind(node, rows[r].kind))
            return rows[r].build;
    return NULL;
}

static int build(struct mixture *m, size_t i, int complement, size_t *out, struct err *e)
{
    struct mixture_sum sum;
    TRY(mixture_gather(m->g, i, complement, &sum, e));
    if (sum.n > 0 && (sum.n != 1 || sum.term[0].node != i))
        return log_sum(m, i, &sum, out, e);
    logarithm *of = builder_of(at(m, i));
    return of ? of(m, i, complement, out, e) : refuse(at(m, i), "this layer is not among those that are known", e);
}

int mixture_logarithm(struct mixture *m, size_t i, int complement, size_t *out, struct err *e)
{
    if (m->block[complement][i]) {
        *out = m->block[complement][i] - 1;
        return 0;
    }
    if (++m->depth == DEPTH_MAX)
        return refuse(at(m, i), "it is nested too deep", e);
    TRY(build(m, i, complement, out, e));
    m->depth--;
    m->block[complement][i] = 1 + *out;
    return 0;
}
