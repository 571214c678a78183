/* A recurrent layer once in each direction. The second has the weights behind the first's; its steps are put back in
 * the order of the first. A layer is recurrent if it has the rows `go_backwards` and `return_sequences`. */
#include "engine/layer/layer.h"
#include <string.h>

#define MAX_PARAM_SIZE 512

enum { CONCAT, SUM, MULTIPLY, AVERAGE };

struct params {
    struct layer_inner inner[2];
    int merge_mode, zero_output_for_mask;
    _Alignas(16) char own[2][MAX_PARAM_SIZE]; /* params of the two directions, by finish */
};

static const char *const merge_modes[] = {"concat", "sum", "mul", "ave", NULL};

static const struct param rows[] = {{"merge_mode", PARAM_CHOICE, offsetof(struct params, merge_mode), CONCAT, 0, 3, "",
                                     "how the two outputs become one", merge_modes, 0},
                                    {"zero_output_for_mask", PARAM_BOOL, offsetof(struct params, zero_output_for_mask),
                                     0, 0, 1, "", "outputs of all steps are 0 where a mask leaves them out", NULL, 0},
                                    LAYER_ROWS_END};

static int flag_of(const struct layer_inner *inner, const char *name)
{
    int flag;
    memcpy(&flag, (const char *)inner->params + layer_row(inner->kind, name)->offset, sizeof flag);
    return flag != 0;
}

static int check_recurrent(const struct layer_inner *inner, struct err *e)
{
    if (!inner->kind)
        return err_set(e, ERR_INPUT, "there is no layer inside");
    if (layer_row(inner->kind, "go_backwards") && layer_row(inner->kind, "return_sequences") &&
        inner->kind->param_size <= MAX_PARAM_SIZE)
        return 0;
    return err_set(e, ERR_INPUT, "the layer inside is of kind '%s', which is not recurrent", inner->kind->name);
}

static void set_flag(struct params *p, size_t i, const char *name, int flag)
{
    const struct param *row = layer_row(p->inner[i].kind, name);
    if (row)
        memcpy(p->own[i] + row->offset, &flag, sizeof flag);
}

static int finish(void *params, struct err *e)
{
    struct params *p = params;
    TRY(check_recurrent(&p->inner[0], e));
    if (p->inner[1].kind) {
        TRY(check_recurrent(&p->inner[1], e));
        if (flag_of(&p->inner[0], "go_backwards") == flag_of(&p->inner[1], "go_backwards"))
            return err_set(e, ERR_INPUT, "layer and backward_layer go in the same direction");
        if (flag_of(&p->inner[0], "return_sequences") != flag_of(&p->inner[1], "return_sequences"))
            return err_set(e, ERR_INPUT, "layer and backward_layer differ in return_sequences");
    }
    int given = p->inner[1].kind != NULL;
    if (!given)
        p->inner[1] = p->inner[0];
    for (size_t i = 0; i < 2; i++) {
        memcpy(p->own[i], p->inner[i].params, p->inner[i].kind->param_size);
        if (p->zero_output_for_mask)
            set_flag(p, i, "zero_output_for_mask", flag_of(&p->inner[i], "return_sequences"));
    }
    if (!given)
        set_flag(p, 1, "go_backwards", !flag_of(&p->inner[0], "go_backwards"));
    return 0;
}

static const void *inner_params(const struct params *p, size_t i)
{
    return p->own[i];
}

/* What the two layers make and need. */
struct pair {
    struct shape out[2];
    struct layer_needs needs[2];
};

static int infer_pair(const struct params *p, const struct shape *in, size_t inputs_n, struct pair *pair, struct err *e)
{
    memset(pair, 0, sizeof *pair);
    for (size_t i = 0; i < 2; i++)
        if (p->inner[i].kind->infer(inner_params(p, i), in, inputs_n, &pair->out[i], &pair->needs[i], e) != 0)
            return err_prepend(e, "%s inside", p->inner[i].kind->name);
    return 0;
}

static int infer(const void *params, const struct shape *in, size_t inputs_n, struct shape *out,
                 struct layer_needs *needs, struct err *e)
{
    const struct params *p = params;
    struct pair pair;
    char first[128], second[128];
    TRY(infer_pair(p, in, inputs_n, &pair, e));
    const struct shape *a = &pair.out[0], *b = &pair.out[1];
    if (p->merge_mode != CONCAT && !shape_equal(a, b))
        return err_set(e, ERR_INPUT, "the two directions give %s and %s, which only \"concat\" merges",
                       shape_text(a, first, sizeof first), shape_text(b, second, sizeof second));
    *out = *a;
    if (p->merge_mode == CONCAT)
        out->dim[out->rank - 1] += b->dim[b->rank - 1];
    TRY(layer_check_shape(out, "output", e));
    size_t sizes = shape_size(a) + shape_size(b);
    for (size_t i = 0; i < 2; i++) {
        const struct layer_needs *n = &pair.needs[i];
        for (size_t k = 0; k < n->weights_n; k++) {
            needs->weight[needs->weights_n] = n->weight[k];
            needs->weight[needs->weights_n++].inner = i;
        }
        needs->packed += layer_panels(n->packed);
        needs->saved += n->saved;
        needs->flops += n->flops;
        needs->keeps |= n->keeps & LAYER_KEEPS_X;
    }
    needs->saved += sizes;
    needs->scratch = layer_larger(pair.needs[0].scratch, pair.needs[1].scratch);
    needs->scratch_sample = layer_larger(pair.needs[0].scratch_sample, pair.needs[1].scratch_sample);
    needs->scratch_sample += sizes + shape_size(in);
    return 0;
}

static void pack(const void *params, const struct shape *in, const float *const *weight, float *packed)
{
    const struct params *p = params;
    struct pair pair;
    (void)infer_pair(p, in, 1, &pair, NULL);
    for (size_t i = 0; i < 2; i++) {
        p->inner[i].kind->pack(inner_params(p, i), in, weight, packed);
        weight += pair.needs[i].weights_n;
        packed += layer_panels(pair.needs[i].packed);
    }
}

/* The places of a call. Kept: the outputs of the two, then what they keep. Scratch: the gradients of the two outputs, a
 * gradient of the input, then the layers' own. */
struct places {
    struct pair pair;
    const float *packed[2];
    float *y[2], *saved[2], *dy[2], *dx, *scratch;
};

static void find_places(const struct layer_call *c, struct places *at)
{
    (void)infer_pair(c->params, c->in, 1, &at->pair, NULL); /* infer has checked it */
    float *saved = c->saved, *scratch = c->scratch;
    const float *packed = c->packed;
    for (size_t i = 0; i < 2; i++) {
        size_t size = c->n * shape_size(&at->pair.out[i]);
        at->y[i] = saved;
        saved += size;
        at->dy[i] = scratch;
        scratch += size;
    }
    for (size_t i = 0; i < 2; i++) {
        at->saved[i] = saved;
        saved += c->n * at->pair.needs[i].saved;
        at->packed[i] = packed;
        packed += layer_panels(at->pair.needs[i].packed);
    }
    at->dx = scratch;
    at->scratch = scratch + c->n * shape_size(c->in);
}

static struct layer_call inner_call(const struct layer_call *c, const struct places *at, size_t i)
{
    struct layer_call call = *c;
    call.params = inner_params(c->params, i);
    call.out = &at->pair.out[i];
    call.packed = at->packed[i];
    call.y = at->y[i];
    call.dy = at->dy[i];
    call.saved = at->saved[i];
    call.scratch = at->scratch;
    return call;
}

/* Row of the second layer's output that belongs to row r of the first's: its steps come in the other order. */
static size_t other_row(const struct layer_call *c, size_t r)
{
    size_t steps = c->out->rank == 2 ? c->out->dim[0] : 1;
    return r / steps * steps + (steps - 1 - r % steps);
}

struct row {
    size_t rows, width, first, second; /* of the output: rows, and floats of a row in all and of the two layers */
};

static struct row row_of(const struct layer_call *c, const struct places *at)
{
    const struct shape *a = &at->pair.out[0], *b = &at->pair.out[1];
    struct row r = {.width = c->out->dim[c->out->rank - 1]};
    r.rows = c->n * (shape_size(c->out) / r.width);
    r.first = a->dim[a->rank - 1];
    r.second = b->dim[b->rank - 1];
    return r;
}

static void merge(const struct kern *kern, int mode, const struct row *r, const float *a, const float *b, float *y)
{
    if (mode == CONCAT) {
        memcpy(y, a, r->first * sizeof *y);
        memcpy(y + r->first, b, r->second * sizeof *y);
    } else if (mode == MULTIPLY) {
        kern->multiply(r->width, a, b, y);
    } else {
        kern->add(r->width, a, b, y);
        if (mode == AVERAGE)
            kern->scale(r->width, 0.5f, y, y);
    }
}

static void merge_back(const struct kern *kern, int mode, const struct row *r, const float *a, const float *b,
                       const float *dy, float *da, float *db)
{
    if (mode == MULTIPLY) {
        kern->multiply(r->width, dy, b, da);
        kern->multiply(r->width, dy, a, db);
    } else if (mode == AVERAGE) {
        kern->scale(r->width, 0.5f, dy, da);
        kern->scale(r->width, 0.5f, dy, db);
    } else {
        memcpy(da, dy, r->first * sizeof *da);
        memcpy(db, dy + (mode == CONCAT ? r->first : 0), r->second * sizeof *db);
    }
}

static void forward(const struct layer_call *c)
{
    const struct params *p = c->params;
    struct places at;
    find_places(c, &at);
    struct row r = row_of(c, &at);
    for (size_t i = 0; i < 2; i++) {
        struct layer_call call = inner_call(c, &at, i);
        p->inner[i].kind->forward(&call);
    }
    for (size_t k = 0; k < r.rows; k++)
        merge(c->kern, p->merge_mode, &r, at.y[0] + k * r.first, at.y[1] + other_row(c, k) * r.second,
              c->y + k * r.width);
}

static void backward(const struct layer_call *c)
{
    const struct params *p = c->params;
    struct places at;
    float *dx = c->dx[0];
    if (c->inputs_n == 2 && c->dx[1])
        memset(c->dx[1], 0, c->n * shape_size(&c->in[1]) * sizeof *dx);
    if (!dx)
        return;
    find_places(c, &at);
    struct row r = row_of(c, &at);
    for (size_t k = 0; k < r.rows; k++) {
        size_t other = other_row(c, k) * r.second;
        merge_back(c->kern, p->merge_mode, &r, at.y[0] + k * r.first, at.y[1] + other, c->dy + k * r.width,
                   at.dy[0] + k * r.first, at.dy[1] + other);
    }
    for (size_t i = 0; i < 2; i++) {
        float *target[] = {i == 0 ? dx : at.dx, NULL};
        struct layer_call call = inner_call(c, &at, i);
        call.dx = target;
        p->inner[i].kind->backward(&call);
    }
    c->kern->add(c->n * shape_size(c->in), dx, at.dx, dx);
}

const struct layer_kind layer_kind_bidirectional = {
    .name = "bidirectional",
    .source = "keras.layers.Bidirectional: Schuster and Paliwal 1997, doi:10.1109/78.650093",
    .param_size = sizeof(struct params),
    .params = rows,
    .inner = 2,
    .finish = finish,
    .infer = infer,
    .pack = pack,
    .forward = forward,
    .backward = backward,
    .masking = LAYER_MASK_STEPS,
    .doc = "a recurrent layer forwards and backwards, merged",
};
