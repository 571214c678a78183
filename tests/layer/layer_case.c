#define _POSIX_C_SOURCE 200809L
#include "tests/layer/layer_case.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STREAM_X = 100, STREAM_WEIGHT = 200, STREAM_DY = 300 };

float layer_case_value(unsigned stream, size_t i)
{
    uint32_t h = stream * 0x9e3779b9u + (uint32_t)i * 0x85ebca6bu;
    h = (h ^ h >> 16) * 0x85ebca6bu;
    h = (h ^ h >> 13) * 0xc2b2ae35u;
    h ^= h >> 16;
    return (float)((int32_t)(h >> 8) - (1 << 23)) / (float)(1 << 23) + 0x1p-24f;
}

int layer_case_names(const char *text, const char *kind)
{
    size_t n = strlen(kind);
    return strncmp(text, kind, n) == 0 && text[n] == ' ';
}

static int set_choice(const struct param *row, const char *text, int *out, struct err *e)
{
    for (int i = 0; row->choices[i]; i++)
        if (strcmp(row->choices[i], text) == 0) {
            *out = i;
            return 0;
        }
    return err_set(e, ERR_INPUT, "'%s' has no choice '%s'", row->name, text);
}

static size_t read_list(char *text, double *v)
{
    size_t n = 0;
    for (char *end; *text; text = *end ? end + 1 : end)
        v[n++] = strtod(text, &end);
    return n;
}

static int set_row(const struct param *row, char *text, char *params, struct err *e)
{
    double v[PARAM_LIST_MAX] = {0};
    char *place = params + row->offset;
    if (row->type == PARAM_CHOICE)
        return set_choice(row, text, (int *)(void *)place, e);
    size_t n = read_list(text, v);
    if (row->type == PARAM_BOOL)
        *(int *)(void *)place = v[0] != 0;
    else if (row->type == PARAM_INT)
        *(long *)(void *)place = (long)v[0];
    else if (row->type == PARAM_REAL)
        *(double *)(void *)place = v[0];
    else if (row->type == PARAM_REALS) {
        struct param_reals *list = (void *)place;
        list->n = n;
        memcpy(list->v, v, n * sizeof *v);
    } else {
        struct param_ints *list = (void *)place;
        list->n = n;
        for (size_t i = 0; i < n; i++)
            list->v[i] = (long)v[i];
    }
    return 0;
}

/* Where values of rows go: the kind itself, or the last layer named inside it. */
struct target {
    const struct layer_kind *kind;
    char *params;
};

/* `layer=KIND`, `backward_layer=KIND`: the first and the second layer inside. Nonzero if there is no such. */
static int read_inner(struct layer_case *t, const char *key, const char *name, struct target *target)
{
    size_t i = strcmp(key, "backward_layer") == 0;
    const struct layer_kind *kind = layer_find(name);
    if ((i == 0 && strcmp(key, "layer") != 0) || i >= t->kind->inner || !kind)
        return 1;
    param_defaults(kind->params, t->inner_params[i]);
    t->inner[i] = (struct layer_inner){kind, t->inner_params[i]};
    *target = (struct target){kind, t->inner_params[i]};
    return 0;
}

static int finish_inner(struct layer_case *t, struct err *e)
{
    for (size_t i = 0; i < t->kind->inner; i++) {
        const struct layer_kind *kind = t->inner[i].kind;
        if (kind && kind->finish)
            TRY(kind->finish(t->inner_params[i], e));
        memcpy(t->params + i * sizeof t->inner[i], &t->inner[i], sizeof t->inner[i]);
    }
    return 0;
}

static int read_token(struct layer_case *t, struct target *target, char *token, struct err *e)
{
    char *value = strchr(token, '=');
    if (strcmp(token, "+relu") == 0) {
        t->relu = 1;
        return 0;
    }
    if (!value)
        return err_set(e, ERR_USAGE, "bad token '%s' in a test case", token);
    *value++ = '\0';
    const struct param *row = layer_row(target->kind, token);
    if (strcmp(token, "reach") == 0)
        t->reach = (float)atof(value);
    else if (row)
        return set_row(row, value, target->params, e);
    else if (read_inner(t, token, value, target) != 0)
        return err_set(e, ERR_USAGE, "no row '%s' in kind '%s'", token, target->kind->name);
    return 0;
}

static void read_shapes(struct layer_case *t, char *text)
{
    char *rest, *word = strtok_r(text, " ", &rest);
    for (; word && t->inputs_n < CASE_MAX_INPUTS; word = strtok_r(NULL, " ", &rest)) {
        struct shape *s = &t->in[t->inputs_n++];
        char *at = word;
        while (*at && strcmp(word, "scalar") != 0) {
            s->dim[s->rank++] = strtoul(at, &at, 10);
            at += *at != '\0';
        }
    }
}

/* The level of ASSAY_CPU (make check-cpu), else the machine's best. */
static enum kern_cpu cpu_level(void)
{
    enum kern_cpu level = kern_cpu_detect();
    const char *name = getenv("ASSAY_CPU");
    if (name && kern_cpu_parse(name, &level) != 0)
        abort();
    return level;
}

static int find_kind(struct layer_case *t, const char *name, struct err *e)
{
    if (name[0] == '@') {
        t->kind = layer_activation(name + 1, t->params, LAYER_ACTIVATION_SIZE, e);
        return t->kind ? 0 : e->code;
    }
    t->kind = layer_find(name);
    if (!t->kind)
        return err_set(e, ERR_USAGE, "no layer kind '%s'", name);
    param_defaults(t->kind->params, t->params);
    return 0;
}

int layer_case_plan(struct layer_case *t, const char *text, struct err *e)
{
    char line[512], *rest, *shapes;
    memset(t, 0, sizeof *t);
    kern_init(&t->kern, cpu_level());
    t->reach = 2;
    snprintf(line, sizeof line, "%s", text);
    shapes = strstr(line, " :");
    *shapes = '\0';
    read_shapes(t, shapes + 2);
    char *word = strtok_r(line, " ", &rest);
    TRY(find_kind(t, word, e));
    struct target target = {t->kind, t->params};
    while ((word = strtok_r(NULL, " ", &rest)))
        TRY(read_token(t, &target, word, e));
    TRY(finish_inner(t, e));
    if (text[0] != '@' && t->kind->finish)
        TRY(t->kind->finish(t->params, e));
    return t->kind->infer(t->params, t->in, t->inputs_n, &t->out, &t->needs, e);
}

static float *filled(size_t n, unsigned stream, float reach)
{
    float *v = malloc(n * sizeof *v);
    for (size_t i = 0; i < n; i++)
        v[i] = reach * layer_case_value(stream, i);
    return v;
}

void layer_case_pack(struct layer_case *t)
{
    if (t->kind->pack)
        t->kind->pack(t->params, t->in, (const float *const *)t->weight, t->packed);
}

static void fill_weights(struct layer_case *t)
{
    for (size_t i = 0; i < t->needs.weights_n; i++) {
        const struct layer_weight *w = &t->needs.weight[i];
        size_t size = shape_size(&w->shape);
        if (w->optional)
            continue;
        t->weight[i] = filled(size, STREAM_WEIGHT + (unsigned)i, 1);
        for (size_t k = 0; k < size && strstr(w->role, "variance"); k++)
            t->weight[i][k] = fabsf(t->weight[i][k]) + 0.25f;
    }
}

void layer_case_open(struct layer_case *t, const char *text, size_t n)
{
    struct err e = {0};
    cr_assert_eq(layer_case_plan(t, text, &e), 0, "%s: %s", text, e.text);
    t->n = n;
    for (size_t i = 0; i < t->inputs_n; i++) {
        t->x[i] = filled(n * shape_size(&t->in[i]), STREAM_X + (unsigned)i, t->reach);
        t->dx[i] = filled(n * shape_size(&t->in[i]), 0, NAN);
    }
    t->y = filled(n * shape_size(&t->out), 0, NAN);
    t->dy = filled(n * shape_size(&t->out), STREAM_DY, 1);
    t->saved = filled(n * t->needs.saved, 0, NAN);
    t->scratch_n = t->needs.scratch + n * t->needs.scratch_sample;
    t->scratch = aligned_alloc(64, (t->scratch_n * sizeof(float) + 64) / 64 * 64);
    fill_weights(t);
    t->packed = filled(t->needs.packed, 0, NAN);
    layer_case_pack(t);
}

void layer_case_close(struct layer_case *t)
{
    for (size_t i = 0; i < t->inputs_n; i++) {
        free(t->x[i]);
        free(t->dx[i]);
    }
    free(t->y);
    free(t->dy);
    free(t->saved);
    free(t->scratch);
    free(t->packed);
    for (size_t i = 0; i < t->needs.weights_n; i++)
        free(t->weight[i]);
}

struct layer_call layer_case_call(struct layer_case *t)
{
    for (size_t i = 0; i < t->scratch_n; i++)
        t->scratch[i] = NAN;
    return (struct layer_call){.kern = &t->kern,
                               .params = t->params,
                               .n = t->n,
                               .inputs_n = t->inputs_n,
                               .in = t->in,
                               .out = &t->out,
                               .packed = t->packed,
                               .weight = (const float *const *)t->weight,
                               .x = (const float *const *)t->x,
                               .y = t->y,
                               .dy = t->dy,
                               .dx = t->dx,
                               .saved = t->saved,
                               .scratch = t->scratch,
                               .affine = t->affine,
                               .relu = t->relu};
}

void layer_case_forward(struct layer_case *t)
{
    struct layer_call c = layer_case_call(t);
    t->kind->forward(&c);
}

void layer_case_backward(struct layer_case *t)
{
    const float *none[CASE_MAX_INPUTS] = {0};
    size_t n = t->n * shape_size(&t->out);
    struct layer_call c = layer_case_call(t);
    c.dy = malloc(n * sizeof(float));
    memcpy(c.dy, t->dy, n * sizeof(float));
    if (!(t->needs.keeps & LAYER_KEEPS_X))
        c.x = none;
    if (!(t->needs.keeps & LAYER_KEEPS_Y) && !t->relu)
        c.y = NULL;
    t->kind->backward(&c);
    free(c.dy);
}
