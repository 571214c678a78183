#include "tests/attacks/toy.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct kern *test_kern(void)
{
    static struct kern kern;
    const char *name = getenv("ASSAY_CPU");
    enum kern_cpu limit = kern_cpu_detect();
    if (kern.clamp == NULL) {
        cr_assert(name == NULL || kern_cpu_parse(name, &limit) == 0, "ASSAY_CPU: '%s' is no level", name);
        kern_init(&kern, limit);
    }
    return &kern;
}

static void *zeroed(size_t n, size_t size)
{
    void *p = calloc(n > 0 ? n : 1, size);
    cr_assert_not_null(p);
    return p;
}

static float *random_floats(size_t n, uint64_t seed, uint32_t stream, float lo, float hi)
{
    struct rng_key key = {seed, 7, stream, 0};
    float *p = zeroed(n, sizeof *p);
    rng_fill_uniform(&key, 0, n, lo, hi, p);
    return p;
}

void toy_create(struct toy *t, size_t inputs, size_t hidden, size_t classes, uint64_t seed)
{
    memset(t, 0, sizeof *t);
    t->inputs = inputs;
    t->hidden = hidden;
    t->classes = classes;
    t->w1 = random_floats(hidden * inputs, seed, 1, -1, 1);
    t->b1 = random_floats(hidden, seed, 2, -1, 1);
    t->w2 = random_floats(classes * hidden, seed, 3, -1, 1);
    t->b2 = random_floats(classes, seed, 4, -1, 1);
}

static float hidden_unit(const struct toy *t, const float *x, size_t h)
{
    float sum = 0;
    for (size_t i = 0; i < t->inputs; i++)
        sum = fmaf(t->w1[h * t->inputs + i], x[i], sum);
    return sum + t->b1[h];
}

void toy_logits(const struct toy *t, const float *x, float *logits)
{
    for (size_t k = 0; k < t->classes; k++)
        logits[k] = 0;
    for (size_t h = 0; h < t->hidden; h++) {
        float unit = fmaxf(hidden_unit(t, x, h), 0);
        for (size_t k = 0; k < t->classes; k++)
            logits[k] = fmaf(t->w2[k * t->hidden + h], unit, logits[k]);
    }
    for (size_t k = 0; k < t->classes; k++)
        logits[k] += t->b2[k];
}

float toy_loss(const struct toy *t, const float *x, int32_t label, enum loss_kind loss)
{
    float logits[16], value;
    toy_logits(t, x, logits);
    loss_row(&(struct loss){loss, &label, NULL}, 0, t->classes, logits, &value, NULL);
    return value;
}

int32_t toy_predict(const struct toy *t, const float *x)
{
    float logits[16];
    toy_logits(t, x, logits);
    return loss_argmax(t->classes, logits);
}

static void toy_backward(const struct toy *t, const float *x, const float *dlogits, float *dx)
{
    memset(dx, 0, t->inputs * sizeof *dx);
    for (size_t h = 0; h < t->hidden; h++) {
        float slope = 0;
        for (size_t k = 0; k < t->classes; k++)
            slope = fmaf(t->w2[k * t->hidden + h], dlogits[k], slope);
        size_t inputs = hidden_unit(t, x, h) > 0 ? t->inputs : 0;
        for (size_t i = 0; i < inputs; i++)
            dx[i] = fmaf(t->w1[h * t->inputs + i], slope, dx[i]);
    }
}

/* What the model was asked, by its own count. */
static void note_call(const struct oracle_model *m, size_t rows)
{
    struct toy *t = (struct toy *)(uintptr_t)m;
    t->asked += rows;
    if (t->stop != NULL && ++t->stop->asked == t->stop->at)
        t->stop->stop = 1;
}

static void toy_score(const struct oracle_model *m, size_t n, const float *x, float *logits)
{
    const struct toy *t = (const struct toy *)m;
    note_call(m, n);
    for (size_t i = 0; i < n; i++)
        toy_logits(t, x + i * t->inputs, logits + i * t->classes);
}

static void toy_label(const struct oracle_model *m, size_t n, const float *x, int32_t *label)
{
    const struct toy *t = (const struct toy *)m;
    note_call(m, n);
    for (size_t i = 0; i < n; i++)
        label[i] = toy_predict(t, x + i * t->inputs);
}

static void toy_gradient(const struct oracle_model *m, size_t n, const float *x, const struct loss *loss, float *logits,
                         float *loss_out, float *gradient)
{
    struct toy *t = (struct toy *)(uintptr_t)m;
    t->asked_gradient += n;
    float dlogits[16];
    toy_score(m, n, x, logits);
    for (size_t i = 0; i < n; i++) {
        float *value = loss_out != NULL ? loss_out + i : NULL;
        loss_row(loss, i, t->classes, logits + i * t->classes, value, dlogits);
        toy_backward(t, x + i * t->inputs, dlogits, gradient + i * t->inputs);
        if (t->lies > 0 && (size_t)loss->y[i] % t->lies == 0)
            logits[i * t->classes + (size_t)loss->y[i]] = -1e30f;
    }
}

void toy_open(struct toy *t, enum knowledge knowledge, size_t n, const int32_t *label, const int32_t *target)
{
    free(t->state.tally);
    t->model = (struct oracle_model){.kern = test_kern(), .classes = t->classes, .input_size = t->inputs,
                                     .approximate = t->approximate, .label = toy_label, .score = toy_score,
                                     .gradient = toy_gradient};
    t->state = (struct oracle_state){.model = &t->model, .label = label, .target = target, .budget = t->budget,
                                     .tally = zeroed(n, sizeof *t->state.tally),
                                     .stop = t->stop != NULL ? &t->stop->stop : NULL};
    oracle_init(&t->oracle, &t->state, knowledge, n);
}

void toy_free(struct toy *t)
{
    free(t->w1);
    free(t->b1);
    free(t->w2);
    free(t->b2);
    free(t->state.tally);
}

struct shape image_shape(size_t height, size_t width, size_t channels)
{
    struct shape s = {3, {height, width, channels}};
    return s;
}

struct shape table_shape(size_t features)
{
    struct shape s = {1, {features}};
    return s;
}

/* Every tenth value stands at an end of its box; one box in 23 has no width. Images: one box a channel. */
static void fill_samples(struct trial *t, float low, float width)
{
    size_t boxes = t->shape.rank == 3 ? t->shape.dim[2] : t->size;
    float *u = random_floats(t->n * t->size, 11, 5, 0, 1), *v = random_floats(boxes, 12, 6, 1, 1.5f);
    for (size_t j = 0; j < t->size; j++) {
        float wide = t->shape.rank == 1 && j % 23 == 22 ? 0 : v[j % boxes];
        t->low[j] = low * v[j % boxes];
        t->high[j] = t->low[j] + width * wide;
        t->median[j] = 0.5f * t->low[j] + 0.5f * t->high[j];
    }
    for (size_t i = 0; i < t->n * t->size; i++) {
        size_t j = i % t->size;
        float value = t->low[j] + u[i] * (t->high[j] - t->low[j]);
        t->x[i] = i % 10 == 3 ? t->low[j] : i % 10 == 8 ? t->high[j] : fminf(fmaxf(value, t->low[j]), t->high[j]);
    }
    free(u);
    free(v);
}

void trial_create(struct trial *t, const struct attack_kind *kind, struct shape shape, size_t n, const struct toy *toy,
                  float low, float width)
{
    memset(t, 0, sizeof *t);
    *t = (struct trial){.kind = kind, .shape = shape, .n = n, .size = shape_size(&shape), .seed = 5, .severity = 3,
                        .norm = kind->offers != NULL ? norm_kinds[0] : NULL, .eps = 0.1};
    t->params = zeroed(1, kind->param_size);
    param_defaults(kind->params, t->params);
    t->x = zeroed(n * t->size, sizeof(float));
    t->adv = zeroed(n * t->size, sizeof(float));
    t->low = zeroed(t->size, sizeof(float));
    t->high = zeroed(t->size, sizeof(float));
    t->median = zeroed(t->size, sizeof(float));
    t->label = zeroed(n, sizeof *t->label);
    t->sample = zeroed(n, sizeof *t->sample);
    t->steps = zeroed(n, sizeof *t->steps);
    t->no_start = zeroed(n, sizeof *t->no_start);
    t->forward = zeroed(n, sizeof *t->forward);
    t->gradient = zeroed(n, sizeof *t->gradient);
    fill_samples(t, low, width);
    for (size_t i = 0; i < n; i++) {
        t->sample[i] = 1000 + 3 * i;
        t->label[i] = toy != NULL ? toy_predict(toy, t->x + i * t->size) : 0;
    }
}

void trial_run(struct trial *t, struct toy *toy)
{
    size_t *order = zeroed(t->n, sizeof *order);
    for (size_t i = 0; i < t->n; i++)
        order[i] = i;
    trial_run_some(t, toy, order, t->n);
    free(order);
}

struct block {
    float *x, *adv;
    int32_t *label, *target;
    uint64_t *sample;
    uint32_t *steps;
    uint8_t *no_start;
};

static void gather(const struct trial *t, const size_t *order, size_t count, struct block *b)
{
    *b = (struct block){zeroed(count * t->size, sizeof(float)), zeroed(count * t->size, sizeof(float)),
                        zeroed(count, sizeof(int32_t)), zeroed(count, sizeof(int32_t)),
                        zeroed(count, sizeof(uint64_t)), zeroed(count, sizeof(uint32_t)), zeroed(count, 1)};
    for (size_t i = 0; i < count; i++) {
        memcpy(b->x + i * t->size, t->x + order[i] * t->size, t->size * sizeof(float));
        b->label[i] = t->label[order[i]];
        b->target[i] = t->target != NULL ? t->target[order[i]] : 0;
        b->sample[i] = t->sample[order[i]];
    }
    memcpy(b->adv, b->x, count * t->size * sizeof(float));
}

static void scatter(struct trial *t, const struct toy *toy, const size_t *order, size_t count, struct block *b)
{
    for (size_t i = 0; i < count; i++) {
        memcpy(t->adv + order[i] * t->size, b->adv + i * t->size, t->size * sizeof(float));
        t->steps[order[i]] = b->steps[i];
        t->no_start[order[i]] = b->no_start[i];
        t->forward[order[i]] = toy != NULL ? toy->state.tally[i].forward : 0;
        t->gradient[order[i]] = toy != NULL ? toy->state.tally[i].gradient : 0;
    }
    free(b->x);
    free(b->adv);
    free(b->label);
    free(b->target);
    free(b->sample);
    free(b->steps);
    free(b->no_start);
}

/* Exactly the scratch that the kind asks for, so that the address sanitizer sees any float beyond it. */
static float *scratch_for(const struct trial *t, const struct toy *toy, const void *params, size_t count)
{
    size_t classes = toy != NULL ? toy->classes : 0;
    size_t floats = t->kind->scratch != NULL ? t->kind->scratch(params, &t->shape, classes, count) : 0;
    float *scratch = malloc(floats * sizeof(float) + (floats == 0));
    cr_assert_not_null(scratch);
    for (size_t i = 0; i < floats; i++)
        scratch[i] = NAN; /* nothing may be read before it is written */
    return scratch;
}

/* ---- a driver of artefacts: one thread, blocks in any order ---------------------------------------------------- */

struct maker { struct trial *trial; struct toy *toy; const struct artefact_kind *kind; };

static int maker_block(const struct artefact_call *c, size_t first, size_t n, size_t number, artefact_work *work,
                       void *context, struct err *e)
{
    const struct maker *m = c->driver;
    struct trial *t = m->trial;
    size_t start = first + number * ARTEFACT_BLOCK, left = first + n - start;
    struct artefact_block b = {.number = number, .n = left < ARTEFACT_BLOCK ? left : ARTEFACT_BLOCK};
    if (t->blocks_left > 0 && --t->blocks_left == 0)
        return err_set(e, ERR_INTERRUPTED, "interrupted");
    size_t floats = m->kind->scratch != NULL ? m->kind->scratch(c) : 0;
    b.scratch = zeroed(floats, sizeof(float));
    for (size_t i = 0; i < floats; i++)
        b.scratch[i] = NAN;
    b.x = t->x + start * t->size;
    b.label = t->label + start;
    b.sample = t->sample + start;
    toy_open(m->toy, m->kind->knowledge, b.n, b.label, NULL);
    b.oracle = &m->toy->oracle;
    int code = work(context, &b, e);
    free(b.scratch);
    return code;
}

static int maker_each(const struct artefact_call *c, size_t first, size_t n, artefact_work *work, void *context,
                      struct err *e)
{
    const struct maker *m = c->driver;
    size_t blocks = (n + ARTEFACT_BLOCK - 1) / ARTEFACT_BLOCK;
    for (size_t b = 0; b < blocks; b++)
        TRY(maker_block(c, first, n, m->trial->backwards ? blocks - 1 - b : b, work, context, e));
    return 0;
}

static int maker_checkpoint(const struct artefact_call *c, uint64_t step, size_t floats, const float *state,
                            struct err *e)
{
    struct trial *t = ((const struct maker *)c->driver)->trial;
    (void)e;
    free(t->state);
    t->state = zeroed(floats, sizeof *t->state);
    memcpy(t->state, state, floats * sizeof *state);
    t->state_floats = floats;
    t->state_step = step;
    return 0;
}

int trial_make(struct trial *t, struct toy *toy, const struct artefact_kind *kind, float *out, struct err *e)
{
    struct maker m = {t, toy, kind};
    float *restored = NULL;
    if (t->state != NULL) {
        restored = zeroed(t->state_floats, sizeof *restored);
        memcpy(restored, t->state, t->state_floats * sizeof *restored);
    }
    void *params = zeroed(1, t->kind->param_size);
    memcpy(params, t->params, t->kind->param_size);
    cr_assert(t->kind->finish == NULL || t->kind->finish(params, t->norm, t->eps, &t->shape, e) == 0, "%s", e->text);
    struct artefact_call call = {
        .kern = test_kern(), .rows = t->n, .shape = &t->shape, .size = t->size, .classes = toy->classes, .low = t->low,
        .high = t->high, .feature = t->feature, .seed = t->seed, .stream = "test.artefact", .params = params,
        .norm = t->norm, .eps = t->eps, .target = t->target != NULL ? t->target[0] : -1, .each = maker_each,
        .checkpoint = maker_checkpoint, .restored = restored,
        .restored_floats = t->state_floats, .restored_step = t->state_step, .driver = &m};
    int code = kind->make(&call, out, e);
    free(restored);
    free(params);
    return code;
}

/* The floats of an artefact that the trial's kind needs; the medians are made with the trial. */
static float *needed(struct trial *t, struct toy *toy, const char *name)
{
    struct err e = {0};
    float *out = zeroed(t->size, sizeof *out);
    if (strcmp(name, "median") == 0)
        memcpy(out, t->median, t->size * sizeof *out);
    else
        cr_assert_eq(trial_make(t, toy, artefact_find(name), out, &e), 0, "%s: %s", name, e.text);
    free(t->state);
    t->state = NULL;
    return out;
}

/* What the driver puts between attack and net on a table. */
struct between {
    struct arena arena;
    struct threat threat;
    struct threat_block block;
    struct oracle_view view;
    float *x, *u, *seen;
    double *work;
};

static void between_present(const void *context, size_t row, const float *point, float *x)
{
    threat_present(context, row, point, x);
}

static void between_pull(const void *context, const float *x, float *gradient)
{
    threat_pull(context, x, gradient);
}

static void between_open(struct between *b, const struct trial *t, size_t count, const float *x)
{
    struct err e = {0};
    memset(b, 0, sizeof *b);
    if (t->table == NULL)
        return;
    cr_assert_eq(arena_init(&b->arena, 0) || threat_make(t->table, t->eps_unit, &b->arena, &b->threat, &e), 0);
    b->x = zeroed(count * t->size, sizeof(float));
    b->u = zeroed(count * t->size, sizeof(float));
    b->seen = zeroed(3 * t->size, sizeof(float)); /* fewer than a block, so that questions are cut */
    b->work = zeroed(THREAT_WORK * t->size, sizeof(double));
    memcpy(b->x, x, count * t->size * sizeof *x);
    for (size_t i = 0; i < count; i++)
        threat_enter(&b->threat, x + i * t->size, b->u + i * t->size);
    b->block = (struct threat_block){&b->threat, test_kern(), t->norm, t->eps, t->target != NULL, b->x, b->u, b->work};
    b->view = (struct oracle_view){between_present, between_pull, &b->block, 3, b->seen};
}

static void between_close(struct between *b, const struct trial *t, size_t count, float *adv)
{
    for (size_t i = 0; t->table != NULL && i < count; i++) {
        threat_present(&b->block, i, adv + i * t->size, b->seen);
        memcpy(adv + i * t->size, b->seen, t->size * sizeof *adv);
    }
    arena_free(&b->arena);
    free(b->x);
    free(b->u);
    free(b->seen);
    free(b->work);
}

void trial_run_some(struct trial *t, struct toy *toy, const size_t *order, size_t count)
{
    struct err e = {0};
    struct block b;
    void *params = zeroed(1, t->kind->param_size);
    memcpy(params, t->params, t->kind->param_size);
    cr_assert(t->kind->finish == NULL || t->kind->finish(params, t->norm, t->eps, &t->shape, &e) == 0, "%s", e.text);
    gather(t, order, count, &b);
    float *artefact[ARTEFACT_NEEDS] = {NULL};
    const float *artefacts[ARTEFACT_NEEDS];
    for (size_t i = 0; t->kind->needs != NULL && t->kind->needs[i] != NULL; i++)
        artefacts[i] = artefact[i] = needed(t, toy, t->kind->needs[i]);
    if (toy != NULL)
        toy_open(toy, t->kind->knowledge, count, b.label, t->target != NULL ? b.target : NULL);
    float *scratch = scratch_for(t, toy, params, count);
    struct between between;
    between_open(&between, t, count, b.x);
    if (t->table != NULL) {
        toy->state.view = &between.view;
        memcpy(b.x, between.u, count * t->size * sizeof(float));
        memcpy(b.adv, between.u, count * t->size * sizeof(float));
    }
    struct attack_call call = {
        .kern = test_kern(), .params = params, .oracle = toy != NULL ? &toy->oracle : NULL, .shape = &t->shape,
        .n = count, .size = t->size, .x = b.x, .adv = b.adv, .low = t->table != NULL ? between.threat.low : t->low,
        .high = t->table != NULL ? between.threat.high : t->high, .threat = t->table != NULL ? &between.block : NULL,
        .artefact = artefacts, .feature = t->feature, .label = b.label,
        .target = t->target != NULL ? b.target : NULL, .sample = b.sample, .seed = t->seed, .scenario = "test.scenario",
        .norm = t->norm, .eps = t->eps, .severity = t->severity, .steps = b.steps, .no_start = b.no_start,
        .scratch = scratch};
    cr_assert_eq(t->kind->run(&call, &e), 0, "%s: %s", t->kind->name, e.text);
    between_close(&between, t, count, b.adv);
    scatter(t, toy, order, count, &b);
    for (size_t i = 0; i < ARTEFACT_NEEDS; i++)
        free(artefact[i]);
    free(scratch);
    free(params);
}

static const struct param *find_row(const struct trial *t, const char *name)
{
    for (const struct param *row = t->kind->params; row->name != NULL; row++)
        if (strcmp(row->name, name) == 0)
            return row;
    return NULL;
}

int trial_has(const struct trial *t, const char *name)
{
    return find_row(t, name) != NULL;
}

void trial_set(struct trial *t, const char *name, double value)
{
    const struct param *row = find_row(t, name);
    cr_assert_not_null(row, "%s has no %s", t->kind->name, name);
    char *place = (char *)t->params + row->offset;
    if (row->type == PARAM_REAL)
        *(double *)(void *)place = value;
    else if (row->type == PARAM_INT)
        *(long *)(void *)place = (long)value;
    else if (row->type == PARAM_REALS)
        *(struct param_reals *)(void *)place = (struct param_reals){1, {value}};
    else
        *(int *)(void *)place = (int)value;
}

void trial_free(struct trial *t)
{
    void *all[] = {t->params, t->x, t->adv, t->low, t->high, t->median, t->feature, t->label, t->target, t->sample,
                   t->steps, t->no_start, t->forward, t->gradient, t->state};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        free(all[i]);
}

void expect_in_box(const struct trial *t, const char *what)
{
    for (size_t i = 0; i < t->n * t->size; i++) {
        size_t j = i % t->size;
        cr_assert(t->adv[i] >= t->low[j] && t->adv[i] <= t->high[j],
                  "%s %s: value %zu of sample %zu is %a, box [%a, %a]", t->kind->name, what, j, i / t->size,
                  (double)t->adv[i], (double)t->low[j], (double)t->high[j]);
    }
}

int same(const float *a, const float *b, size_t n)
{
    return memcmp(a, b, n * sizeof *a) == 0;
}
