#include <stddef.h>

#include "engine/cli/args.h"
#include "engine/run/predict.h"

struct predict_options {
    const char *output, *model, *architecture, *data;
    size_t threads, limit;
    int gradient;
    struct option_list set;
};

static int run(const void *options, const struct args *args, struct err *e)
{
    const struct predict_options *o = options;
    const struct plan_options plan = {.model = o->model, .architecture = o->architecture, .data = o->data, .set = o->set.v,
                                      .set_n = o->set.n, .limit = o->limit, .threads = o->threads};
    TRY(args_expect(&command_predict, args, 1, 1, e));
    if (!o->output)
        return err_set(e, ERR_USAGE, "predict: wants -o F.h5");
    return predict(args->v[0], &plan, o->gradient, o->output, e);
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
