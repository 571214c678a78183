/* The plan: a config read whole and checked against the tables before anything is computed, with every
 * default filled in. One plan is one evaluation; it lists the scenarios in the order they are run. */
#ifndef ASSAY_CONFIGS_PLAN_H
#define ASSAY_CONFIGS_PLAN_H
#include <stddef.h>
#include <stdint.h>
#include "attacks/attack.h"
#include "datasets/dataset.h"
#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/io/json.h"
#include "engine/net/net.h"
#include "metrics/outcomes.h"

enum plan_target { TARGET_LEAST_LIKELY, TARGET_NEXT, TARGET_CLASS };

/* One way of presenting the test set. Scenario 0 is always `clean`. */
struct scenario {
    const char *id;                 /* "adversarial.pgd_linf@0.03" */
    const char *stream;             /* id for random draws: without the eps, so larger budgets start alike */
    const char *name;               /* "pgd_linf" */
    enum scenario_family family;
    const struct attack_kind *kind; /* NULL for clean */
    void *params;                   /* kind's private struct, finished for this eps */
    enum norm norm;
    double level;                   /* severity or eps */
    int targeted;
    enum plan_target target;
    int32_t target_class;           /* TARGET_CLASS */
    int smaller;                    /* index of the scenario with the next smaller eps of the same attack, or -1 */
};

struct plan_fairness {
    size_t attributes_n;
    const char *const *attribute;
    int favorable;                  /* -1 = not given */
    int intersections;
    size_t min_group;
    const char *const *reference;   /* [attributes_n], NULL = none */
};

struct plan {
    const char *config_path;        /* for messages */
    const char *model;              /* resolved path, NULL = predictions only */
    const char *data;               /* resolved path */
    const char *members;            /* resolved path or NULL */
    uint64_t seed;
    struct net_preprocess preprocess;
    size_t threads;                 /* 0 = all processors */
    size_t limit;                   /* 0 = all rows */
    size_t images;                  /* contact sheet rows */
    size_t scenarios_n;
    struct scenario *scenario;
    struct plan_fairness fairness;
    struct arena arena;
};

/* What the command line may override. */
struct plan_options {
    const char *model, *data;       /* paths as given (relative to the working folder), or NULL */
    const char *const *set;         /* "key=value" with dotted keys, value JSON or plain text */
    size_t set_n;
    size_t limit, threads;          /* 0 = not given */
};

/* Read, override, check against the tables. Nothing is opened but the config. Errors ERR_USAGE naming the key. */
int plan_read(struct plan **out, const char *path, const struct plan_options *options, struct err *e);
/* Checks that need data set and model: attributes and values exist, favourable class in range, kinds apply to the shape, eps and
 * norms make sense, class counts agree, preprocess fits. net NULL = predictions only. */
int plan_check(struct plan *plan, const struct dataset *data, const struct net *net, struct err *e);
void plan_free(struct plan *plan);
/* The effective config as JSON: every default filled in, canonical order; paths as given in the config. What `run.config`
 * echoes and `run.config_sha256` hashes; threads and output options are left out of the hash text. */
void plan_write(const struct plan *plan, struct json_writer *w, const char *key);
/* Identity of the evaluation: sha256 over effective config without paths, model and data hashes, tool version and numerics. */
int plan_identity(const struct plan *plan, const char *model_sha256, const char *data_sha256, const char *members_sha256, char out[SHA256_HEX],
                  struct err *e);
/* The struct param rows of the common keys, for `assay list` and the config schema. */
extern const struct param plan_rows[];          /* top level */
extern const struct param plan_attack_rows[];   /* keys every attack shares */
extern const struct param plan_transformation_rows[];
extern const struct param plan_fairness_rows[], plan_preprocess_rows[], plan_batch_rows[], plan_leakage_rows[], plan_output_rows[];

#endif
