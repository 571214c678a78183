#include "engine/run/predict.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/file.h"
#include "engine/base/pool.h"
#include "engine/batch/outcome.h"
#include "engine/io/h5.h"
#include "engine/batch/nets.h"
#include "engine/run/session.h"

/* Rows a worker takes at once, and rows written to the file at once for each worker. */
enum { ITEM_ROWS = 64, ITEMS_A_WORKER = 4 };

struct predict {
    const struct session *s;
    int gradient;
    size_t k, d, rows, first;              /* rows in the buffers, from row `first` */
    struct workspace **workspace;          /* [threads] */
    struct oracle_net *net;                /* [threads] */
    struct defended *defended;             /* [threads] in front of it, where the plan has defences */
    float *x, *logits, *probabilities, *loss, *gradients;
    int32_t *predicted;
    struct arena arena;
};

static int defend(struct predict *p, size_t worker, struct err *e)
{
    const struct plan *plan = p->s->plan;
    const struct defended_setup setup = nets_defence(plan, p->s->data, "judge",
                                                     workspace_samples(p->workspace[worker]), p->gradient);
    return plan->defences_n > 0 ? defended_init(&p->defended[worker], &p->net[worker].model, &setup, e) : 0;
}

static int allocate(struct predict *p, struct err *e)
{
    size_t capacity = p->s->threads * ITEM_ROWS * ITEMS_A_WORKER;
    if (arena_init(&p->arena, 0))
        return err_set(e, ERR_RUN, "out of memory");
    p->x = arena_array(&p->arena, capacity * p->d, sizeof(float));
    p->logits = arena_array(&p->arena, capacity * p->k, sizeof(float));
    p->probabilities = arena_array(&p->arena, capacity * p->k, sizeof(float));
    p->loss = arena_array(&p->arena, capacity, sizeof(float));
    p->predicted = arena_array(&p->arena, capacity, sizeof(int32_t));
    p->gradients = arena_array(&p->arena, p->gradient ? capacity * p->d : 1, sizeof(float));
    p->workspace = arena_array(&p->arena, p->s->threads, sizeof *p->workspace);
    p->net = arena_array(&p->arena, p->s->threads, sizeof *p->net);
    p->defended = arena_array(&p->arena, p->s->threads, sizeof *p->defended);
    if (!p->net || !p->defended || !p->x || !p->logits || !p->probabilities || !p->loss || !p->predicted ||
        !p->gradients || !p->workspace)
        return err_set(e, ERR_RUN, "out of memory");
    for (size_t i = 0; i < p->s->threads; i++) {
        TRY(workspace_create(&p->workspace[i], p->s->net, p->gradient, e));
        oracle_net_init(&p->net[i], p->s->net, p->workspace[i], NULL);
        TRY(defend(p, i, e));
    }
    return 0;
}

static void release(struct predict *p)
{
    for (size_t i = 0; p->workspace && p->defended && i < p->s->threads; i++) {
        defended_free(&p->defended[i]);
        workspace_free(p->workspace[i]);
    }
    arena_free(&p->arena);
}

/* What the logits of one row say. scratch: [k] */
static int take_row(struct predict *p, size_t i, double *scratch, struct err *e)
{
    struct outcome outcome = {0};
    outcome_from_logits(p->k, p->logits + i * p->k, p->s->data->label[p->first + i], scratch, &outcome);
    if (outcome.status != OUTCOME_OK)
        return err_set(e, ERR_INPUT,
                       "model %s: sample %zu of %s: the output is not finite; look at the weights and at 'preprocess'",
                       p->s->plan->model, p->first + i, p->s->data->path);
    p->predicted[i] = outcome.predicted;
    p->loss[i] = outcome.loss;
    for (size_t j = 0; j < p->k; j++)
        p->probabilities[i * p->k + j] = (float)scratch[j];
    return 0;
}

static void ask_net(struct predict *p, size_t worker, size_t at, size_t n)
{
    const struct oracle_model *m = p->s->plan->defences_n > 0 ? &p->defended[worker].model : &p->net[worker].model;
    const float *x = p->x + at * p->d;
    float *logits = p->logits + at * p->k;
    const struct loss loss = {LOSS_CROSS_ENTROPY, p->s->data->label + p->first + at, NULL};
    if (p->gradient)
        m->gradient(m, n, x, &loss, logits, NULL, p->gradients + at * p->d);
    else
        m->score(m, n, x, logits);
}

static int predict_item(void *context, size_t worker, size_t item, struct err *e)
{
    struct predict *p = context;
    size_t at = item * ITEM_ROWS, n = p->rows - at < ITEM_ROWS ? p->rows - at : ITEM_ROWS;
    double *scratch = malloc(p->k * sizeof *scratch);
    if (!scratch)
        return err_set(e, ERR_RUN, "out of memory");
    ask_net(p, worker, at, n);
    int code = 0;
    for (size_t i = at; i < at + n && !code; i++)
        code = take_row(p, i, scratch, e);
    free(scratch);
    return code;
}

static int declare(const struct predict *p, struct h5 *f, struct err *e)
{
    const struct dataset *data = p->s->data;
    size_t rows[2] = {data->n, p->k}, inputs[SHAPE_MAX_RANK + 1] = {data->n};
    memcpy(inputs + 1, data->shape.dim, data->shape.rank * sizeof inputs[0]);
    TRY(h5_declare(f, "/logits", H5_FLOAT32, 2, rows, e));
    TRY(h5_declare(f, "/probabilities", H5_FLOAT32, 2, rows, e));
    TRY(h5_declare(f, "/predicted", H5_INT32, 1, rows, e));
    TRY(h5_declare(f, "/loss", H5_FLOAT32, 1, rows, e));
    TRY(dataset_write_ids(f, "/id", &data->id, data->n, 1, e));
    return p->gradient ? h5_declare(f, "/gradient", H5_FLOAT32, data->shape.rank + 1, inputs, e) : 0;
}

static int write_rows(const struct predict *p, struct h5 *f, struct err *e)
{
    TRY(h5_write_rows(f, "/logits", p->first, p->rows, p->logits, e));
    TRY(h5_write_rows(f, "/probabilities", p->first, p->rows, p->probabilities, e));
    TRY(h5_write_rows(f, "/predicted", p->first, p->rows, p->predicted, e));
    TRY(h5_write_rows(f, "/loss", p->first, p->rows, p->loss, e));
    return p->gradient ? h5_write_rows(f, "/gradient", p->first, p->rows, p->gradients, e) : 0;
}

static int predict_all(struct predict *p, struct pool *pool, struct h5 *f, struct err *e)
{
    size_t capacity = p->s->threads * ITEM_ROWS * ITEMS_A_WORKER;
    TRY(declare(p, f, e));
    for (p->first = 0; p->first < p->s->data->n; p->first += p->rows) {
        size_t left = p->s->data->n - p->first;
        p->rows = left < capacity ? left : capacity;
        TRY(dataset_read(p->s->data, p->first, p->rows, p->x, e));
        TRY(pool_run(pool, (p->rows + ITEM_ROWS - 1) / ITEM_ROWS, predict_item, p, NULL, e));
        TRY(write_rows(p, f, e));
    }
    return dataset_unchanged(p->s->data, e);
}

static int predict_to(struct predict *p, const char *path, struct err *e)
{
    struct pool *pool;
    struct h5 *f;
    TRY(allocate(p, e));
    TRY(pool_create(&pool, p->s->threads, e));
    int code = h5_create(path, &f, e);
    if (!code) {
        code = predict_all(p, pool, f, e);
        if (code)
            h5_discard(f);
        else
            code = h5_commit(f, e);
    }
    pool_free(pool);
    return code;
}

/* The output must not take the place of a file that is read. */
static int check_output(const struct session *s, const char *config, const char *output, struct err *e)
{
    const char *const inputs[] = {config, s->plan->model, s->plan->data, s->plan->members};
    if (!s->net)
        return err_set(e, ERR_USAGE, "config %s: 'model' is missing; predict needs one", config);
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++)
        TRY(file_not_input(output, inputs[i], e));
    return 0;
}

int predict(const char *config, const struct plan_options *options, int gradient, const char *output, struct err *e)
{
    struct session s;
    TRY(session_open(&s, config, options, e));
    int code = check_output(&s, config, output, e);
    if (!code) {
        struct predict p = {.s = &s, .gradient = gradient, .k = net_classes(s.net), .d = s.data->size};
        code = predict_to(&p, output, e);
        release(&p);
    }
    session_close(&s);
    return code;
}
