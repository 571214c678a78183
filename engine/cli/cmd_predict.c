#include <stddef.h>

#include "engine/cli/args.h"
#include "engine/run/predict.h"

struct predict_options {
    struct config_arguments config;
    const char *output;
    int gradient;
};

static int run(const void *options, const struct args *args, struct err *e)
{
    const struct predict_options *o = options;
    const struct plan_options plan = config_arguments_plan(&o->config);
    TRY(args_expect(&command_predict, args, 1, 1, e));
    if (!o->output)
        return err_set(e, ERR_USAGE, "predict: wants -o F.h5");
    return predict(args->v[0], &plan, o->gradient, o->output, e);
}

static const struct option options[] = {
    {"--output", 'o', OPTION_TEXT, "F.h5", offsetof(struct predict_options, output), "the HDF5 file to write"},
    {"--gradient", 0, OPTION_FLAG, NULL, offsetof(struct predict_options, gradient),
     "also the loss's gradient with respect to the input, in data units"},
    {.name = NULL}};

const struct command command_predict = {
    .name = "predict",
    .usage = "predict CONFIG -o F.h5 [--gradient]",
    .doc = "Write /logits, /probabilities (n, k), /predicted and /loss (n) of the clean data set; with --gradient "
           "also /gradient (n, ...).",
    .options = options,
    .takes_config = 1,
    .options_size = sizeof(struct predict_options),
    .run = run};
