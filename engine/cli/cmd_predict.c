#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/file.h"
#include "engine/base/pool.h"
#include "engine/batch/outcome.h"
#include "engine/cli/args.h"
#include "engine/cli/session.h"
#include "engine/io/h5.h"
#include "engine/net/oracle_driver.h"

/* Rows a worker takes at once, and rows written to the file at once for each worker. */
enum { ITEM_ROWS = 64, ITEMS_A_WORKER = 4 };

struct predict_options {
    const char *output, *model, *architecture, *data;
    size_t threads, limit;
    int gradient;
    struct option_list set;
};

struct predict {
    const struct session *s;
    int gradient;
    size_t k, d, rows, first;              /* rows in the buffers, from row `first` */
    struct workspace **workspace;          /* [threads] */
    float *x, *logits, *probabilities, *loss, *gradients;
    int32_t *predicted;
    struct arena arena;
};

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
    if (!p->x || !p->logits || !p->probabilities || !p->loss || !p->predicted || !p->gradients || !p->workspace)
        return err_set(e, ERR_RUN, "out of memory");
    for (size_t i = 0; i < p->s->threads; i++)
        TRY(workspace_create(&p->workspace[i], p->s->net, p->gradient, e));
    return 0;
}

static void release(struct predict *p)
{
    for (size_t i = 0; p->workspace && i < p->s->threads; i++)
        workspace_free(p->workspace[i]);
    arena_free(&p->arena);
}

static int predict_item(void *context, size_t worker, size_t item, struct err *e)
{
    struct predict *p = context;
    size_t at = item * ITEM_ROWS, n = p->rows - at < ITEM_ROWS ? p->rows - at : ITEM_ROWS;
    const int32_t *label = p->s->data->label + p->first + at;
    struct oracle_net net;
    struct outcome outcome;
    double *scratch = malloc(p->k * sizeof *scratch);
    if (!scratch)
        return err_set(e, ERR_RUN, "out of memory");
    oracle_net_init(&net, p->s->net, p->workspace[worker], NULL);
    if (p->gradient)
        net.model.gradient(&net.model, n, p->x + at * p->d, label, LOSS_CROSS_ENTROPY, p->logits + at * p->k, NULL, p->gradients + at * p->d);
    else
        net.model.score(&net.model, n, p->x + at * p->d, p->logits + at * p->k);
    for (size_t i = at; i < at + n; i++) {
        if (outcome_from_logits(p->k, p->logits + i * p->k, label[i - at], scratch, &outcome)) {
            free(scratch);
            return err_set(e, ERR_INPUT, "model %s: sample %zu of %s: the output is not finite; look at the weights and at 'preprocess'",
                           p->s->plan->model, p->first + i, p->s->data->path);
        }
        p->predicted[i] = outcome.predicted;
        p->loss[i] = outcome.loss;
        for (size_t j = 0; j < p->k; j++)
            p->probabilities[i * p->k + j] = (float)scratch[j];
    }
    free(scratch);
    return 0;
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

static int run(const void *options, const struct args *args, struct err *e)
{
    const struct predict_options *o = options;
    struct session s;
    TRY(args_expect(&command_predict, args, 1, 1, e));
    if (!o->output)
        return err_set(e, ERR_USAGE, "predict: wants -o F.h5");
    struct plan_options plan = {.model = o->model, .architecture = o->architecture, .data = o->data, .set = o->set.v, .set_n = o->set.n, .limit = o->limit, .threads = o->threads};
    TRY(session_open(&s, args->v[0], &plan, e));
    int code = s.net ? 0 : err_set(e, ERR_USAGE, "config %s: 'model' is missing; predict needs one", args->v[0]);
    const char *const inputs[] = {args->v[0], s.plan->model, s.plan->data, s.plan->members};
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0] && !code; i++)
        code = file_not_input(o->output, inputs[i], e);
    if (!code) {
        struct predict p = {.s = &s, .gradient = o->gradient, .k = net_classes(s.net), .d = s.data->size};
        code = predict_to(&p, o->output, e);
        release(&p);
    }
    session_close(&s);
    return code;
}

static const struct option options[] = {
    {"--output", 'o', OPTION_TEXT, "F.h5", offsetof(struct predict_options, output), "the HDF5 file to write"},
    {"--gradient", 0, OPTION_FLAG, NULL, offsetof(struct predict_options, gradient), "also the loss's gradient with respect to the input, in data units"},
    {"--threads", 't', OPTION_COUNT, "N", offsetof(struct predict_options, threads), "worker threads"},
    {"--limit", 0, OPTION_COUNT, "N", offsetof(struct predict_options, limit), "only the first N samples"},
    {"--set", 0, OPTION_LIST, "KEY=VALUE", offsetof(struct predict_options, set), "override a config key (repeatable)"},
    {"--model", 0, OPTION_TEXT, "F", offsetof(struct predict_options, model), "this model instead of the config's"},
    {"--architecture", 0, OPTION_TEXT, "F", offsetof(struct predict_options, architecture), "what model.to_json() returns, where the model holds weights alone"},
    {"--data", 0, OPTION_TEXT, "F", offsetof(struct predict_options, data), "this data set instead of the config's"},
    {.name = NULL}};

const struct command command_predict = {
    .name = "predict",
    .usage = "predict CONFIG -o F.h5 [--gradient] [--limit N] [--threads N] [--set KEY=VALUE] [--model F] [--architecture F] [--data F]",
    .doc = "Write /logits, /probabilities (n, k), /predicted and /loss (n) of the clean data set; with --gradient also /gradient (n, ...).",
    .options = options,
    .options_size = sizeof(struct predict_options),
    .run = run};
