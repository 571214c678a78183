#include <math.h>
#include <stddef.h>

#include "configs/plan_private.h"

const char *const plan_sections[] = {"preprocess", "model_inputs", "sources", "ensemble", "defence", "batch",
                                     "intervals", "transformations", "attacks", "probes", "fairness", "leakage",
                                     "output", NULL};
const char *const plan_search_names[] = {"float32", "bf16", NULL};
static const char *const forms_names[] = {"default", "all", NULL};
const char *const plan_target_names[] = {"least_likely", "next", NULL};

/* 2^53 - 1: the largest integer that no other one is rounded to by JSON readers. */
#define SEED_MAX 9007199254740991.0

/* Beside them stands "model_inputs". */
#define PORT_ROWS(owner)                                                                                            \
    {.name = "model_output", .type = PARAM_STRING, .offset = offsetof(owner, ports.output),                         \
     .doc = "of a model with several outputs: the one to be judged (assay inspect shows them)"},                    \
    {.name = "model_inputs_shared", .type = PARAM_BOOL, .offset = offsetof(owner, ports.shared), .max = 1,          \
     .doc = "columns of /x may go to more than one of the 'model_inputs'"}

const struct param plan_rows[] = {
    {.name = "model", .type = PARAM_STRING, .offset = offsetof(struct plan_top, model),
     .doc = "Keras model (HDF5 or .keras), path relative to the config; without it the data set must hold /scores"},
    {.name = "architecture", .type = PARAM_STRING, .offset = offsetof(struct plan_top, architecture),
     .doc = "where 'model' holds weights alone: the file of what model.to_json() returns, path relative to the config"},
    PORT_ROWS(struct plan_top),
    {.name = "data", .type = PARAM_STRING, .offset = offsetof(struct plan_top, data), .required = 1,
     .doc = "test set in HDF5, path relative to the config"},
    {.name = "seed", .type = PARAM_INT, .offset = offsetof(struct plan_top, seed),
     .default_value = 1, .min = 0, .max = SEED_MAX,
     .doc = "key of all random draws"},
    {.name = "search", .type = PARAM_CHOICE, .offset = offsetof(struct plan_top, search),
     .default_value = SEARCH_FLOAT32,
     .choices = plan_search_names,
     .doc = "arithmetic of attack gradients; bf16 (where the processor has it) is faster, and success is decided in "
            "float32 all the same"},
    {.name = "defence_draws", .type = PARAM_INT, .offset = offsetof(struct plan_top, defence_draws),
     .default_value = 20, .min = 1, .max = 1000, .unit = "draws",
     .doc = "answers by which a sample is judged where a 'defence' is random: the vote decides, its share is reported"},
    {.name = NULL}};

const struct param plan_source_rows[] = {
    {.name = "model", .type = PARAM_STRING, .offset = offsetof(struct plan_source_keys, model), .required = 1,
     .doc = "a net beside the target, for attacks to make their examples on (their \"source\") and for \"ensemble\""},
    {.name = "architecture", .type = PARAM_STRING, .offset = offsetof(struct plan_source_keys, architecture),
     .doc = "where 'model' holds weights alone: the file of what model.to_json() returns"},
    PORT_ROWS(struct plan_source_keys),
    {.name = NULL}};

const struct param plan_preprocess_rows[] = {
    {.name = "scale", .type = PARAM_REAL, .offset = offsetof(struct plan_preprocess, scale),
     .default_value = 1, .min = -1e30, .max = 1e30,
     .doc = "net input = (x * scale - mean) / std"},
    {.name = "mean", .type = PARAM_REALS, .offset = offsetof(struct plan_preprocess, mean),
     .default_value = NAN, .min = -1e30, .max = 1e30,
     .doc = "one number, or one per channel (last axis)"},
    {.name = "std", .type = PARAM_REALS, .offset = offsetof(struct plan_preprocess, std),
     .default_value = NAN, .min = 1e-30, .max = 1e30,
     .doc = "one number, or one per channel (last axis)"},
    {.name = NULL}};

const struct param plan_batch_rows[] = {
    {.name = "threads", .type = PARAM_INT, .offset = offsetof(struct plan, threads),
     .default_value = 0, .min = 0, .max = 1024,
     .doc = "worker threads; 0 = all processors (no effect on results)"},
    {.name = NULL}};

#define INTERVAL(member) offsetof(struct interval_choice, member)

const struct param plan_interval_rows[] = {
    {.name = "rate", .type = PARAM_CHOICE, .offset = INTERVAL(rate), .choices = interval_rate_names,
     .doc = "method of the intervals of rates: assay list intervals"},
    {.name = "difference", .type = PARAM_CHOICE, .offset = INTERVAL(difference), .choices = interval_difference_names,
     .doc = "of differences of two rates"},
    {.name = "ratio", .type = PARAM_CHOICE, .offset = INTERVAL(ratio), .choices = interval_ratio_names,
     .doc = "of ratios of two rates"},
    {.name = NULL}};

const struct param plan_output_rows[] = {
    {.name = "images", .type = PARAM_INT, .offset = offsetof(struct plan, images),
     .default_value = 16, .min = 0, .max = 64,
     .doc = "samples on each contact sheet; 0 = no pictures"},
    {.name = NULL}};

const struct param plan_leakage_rows[] = {
    {.name = "members", .type = PARAM_STRING, .offset = offsetof(struct plan_leakage, members),
     .doc = "data set of samples the model was trained on, path relative to the config"},
    {.name = NULL}};

const struct param plan_fairness_rows[] = {
    {.name = "intersections", .type = PARAM_BOOL, .offset = offsetof(struct plan_fairness, intersections),
     .default_value = 0, .min = 0, .max = 1,
     .doc = "also test every pair of attributes, and all of them together"},
    {.name = "min_group", .type = PARAM_INT, .offset = offsetof(struct plan_fairness, min_group),
     .default_value = 30, .min = 1, .max = 1e9,
     .unit = "samples",
     .doc = "rates on fewer samples (the rate's own denominator) are shown and marked, but take no part in disparities "
            "and headlines"},
    {.name = "forms", .type = PARAM_CHOICE, .offset = offsetof(struct plan_fairness, forms),
     .default_value = FORMS_DEFAULT,
     .choices = forms_names,
     .doc = "all: every rate and form in every scenario; default: differences and ratios, and rates of groups on "
            "clean rows and of robust accuracy"},
    {.name = NULL}};

#define COMMON(member) offsetof(struct plan_common, member)

const struct param plan_transformation_rows[] = {
    {.name = "name", .type = PARAM_STRING, .offset = COMMON(name), .required = 1,
     .doc = "a transformation: assay list transformations"},
    {.name = "id", .type = PARAM_STRING, .offset = COMMON(id),
     .doc = "own test name, where one kind is used twice; default: the name"},
    {.name = "severity", .type = PARAM_INTS, .offset = COMMON(severity), .default_value = NAN, .min = 1, .max = 5,
     .doc = "one severity or a list; default: all five"},
    {.name = NULL}};

const struct param plan_defence_rows[] = {
    {.name = "name", .type = PARAM_STRING, .offset = offsetof(struct plan_defence_keys, name), .required = 1,
     .doc = "a defence: assay list defences"},
    {.name = NULL}};

const struct param plan_probe_rows[] = {
    {.name = "name", .type = PARAM_STRING, .offset = offsetof(struct plan_probe_keys, name), .required = 1,
     .doc = "a probe: assay list probes"},
    {.name = "id", .type = PARAM_STRING, .offset = offsetof(struct plan_probe_keys, id),
     .doc = "own test name, where one kind is used twice; default: the name"},
    {.name = NULL}};

const struct param plan_attack_rows[] = {
    {.name = "name", .type = PARAM_STRING, .offset = COMMON(name), .required = 1,
     .doc = "an attack: assay list attacks"},
    {.name = "id", .type = PARAM_STRING, .offset = COMMON(id),
     .doc = "own test name, where one kind is used twice; default: name_norm"},
    {.name = "norm", .type = PARAM_CHOICE, .offset = COMMON(norm),
     .default_value = 0, .choices = norm_names, .doc = "norm of the budget; default: the first that the attack offers"},
    {.name = "eps", .type = PARAM_REALS, .offset = COMMON(eps),
     .default_value = NAN, .min = 0, .max = 1e30, .unit = "eps_unit",
     .doc = "budget or list of budgets, numbers or fractions such as \"8/255\"; a minimal attack takes them as "
            "thresholds, or none"},
    {.name = "eps_unit", .type = PARAM_CHOICE, .offset = COMMON(eps_unit), .default_value = THREAT_DATA,
     .choices = threat_unit_names,
     .doc = "what eps and step sizes count: shares of each feature's range (default on tables), or data units (default "
            "on images)"},
    {.name = "targeted", .type = PARAM_BOOL, .offset = COMMON(targeted), .default_value = 0, .min = 0, .max = 1,
     .doc = "success = the target class is predicted (see target)"},
    {.name = "after", .type = PARAM_STRING, .offset = COMMON(after),
     .doc = "name of an attack above, such as pgd_linf: only what still stands at the same eps is attacked, the rest "
            "taken over"},
    {.name = "queries", .type = PARAM_INT, .offset = COMMON(queries),
     .default_value = 0, .min = 0, .max = 4294967295.0, .unit = "queries",
     .doc = "most forward passes that a sample may be asked for; 0 = no end"},
    {.name = "eot", .type = PARAM_INT, .offset = COMMON(eot),
     .default_value = 20, .min = 1, .max = 1000, .unit = "draws",
     .doc = "of a random 'defence' in each answer that the attack gets: their mean is followed"},
    {.name = NULL}};
