/* The plan: a config read whole and checked against the tables before anything is computed, with every
 * default filled in. One plan is one evaluation; it lists the scenarios in the order they are run. */
#ifndef ASSAY_CONFIGS_PLAN_H
#define ASSAY_CONFIGS_PLAN_H
#include <stddef.h>
#include <stdint.h>
#include "attacks/attack.h"
#include "attacks/probes/probe.h"
#include "datasets/dataset.h"
#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/io/json.h"
#include "engine/net/defence.h"
#include "engine/net/net.h"
#include "metrics/metric.h"

enum plan_search { SEARCH_FLOAT32, SEARCH_BF16 };
enum plan_target { TARGET_LEAST_LIKELY, TARGET_NEXT, TARGET_CLASS };

/* One way of presenting the test set. Scenario 0 is always `clean`. */
struct scenario {
    const char *id;                 /* "adversarial.pgd_linf@0.03" */
    const char *stream;             /* id for random draws: without the eps, so larger budgets start alike */
    const char *name;               /* "pgd_linf" */
    enum scenario_family family;
    const struct attack_kind *kind; /* NULL for clean */
    const struct plan_entry *entry; /* NULL for clean */
    void *params;                   /* kind's private struct, finished for this eps */
    const struct norm_kind *norm;   /* of attacks, else NULL */
    double level;                   /* severity or eps; INFINITY where unbounded */
    int unbounded;                  /* an ATTACK_MINIMAL without eps: one run for all thresholds */
    int targeted;
    enum plan_target target;
    long target_class;              /* TARGET_CLASS; plan_check holds it against the classes */
    size_t eot;                     /* draws of a random defence in an answer to the attack */
    uint32_t queries;               /* most forward queries of a sample; 0 = no end */
    /* Scenarios before this one, by index, or -1. Rows that `smaller` or `earlier` broke are taken over. */
    int smaller;                    /* the next smaller eps of the same attack */
    int earlier;                    /* the same eps of the attack that this one comes "after"; an ATTACK_MINIMAL then
                                       looks for changes within eps only */
    int derived_from;               /* the unbounded scenario whose run tells this threshold's rows */
    int source;                     /* what the attack sees: PLAN_TARGET, an index into plan->source, or PLAN_ENSEMBLE,
                                       the mean of the probabilities of its members, or PLAN_UNDEFENDED */
    size_t judged_first, judged_n;  /* who else answers on its inputs: in plan->judged */
    const char *attack;             /* name without the net: the same for one attack on several, which draws alike */
};

/* Nets by number: indices into plan->source, or the target. */
#define PLAN_TARGET (-1)
#define PLAN_ENSEMBLE (-2)          /* as a judge the vote of plan->ensemble */
#define PLAN_UNDEFENDED (-3)        /* as a source the target without plan->defence; it judges nothing */
#define PLAN_TARGET_NAME "model"
#define PLAN_SOURCES_MAX 64
#define PLAN_ENSEMBLE_NAME "ensemble"
#define PLAN_UNDEFENDED_NAME "undefended"
struct plan_nets { size_t n; int *net; int given; };

/* Outcomes of another judge than the target on the very inputs that a scenario presented to the target. */
struct plan_judged {
    const char *id;                 /* "ensemble.clean", "source.b.adversarial.pgd_linf@0.03" */
    size_t scenario;                /* whose inputs */
    int judge;                      /* PLAN_ENSEMBLE, or an index into plan->source */
};

/* A net beside the target. */
struct plan_source {
    const char *name;               /* its key in "sources" */
    const char *model;              /* resolved path */
    const char *model_text, *architecture_text; /* as written in the config */
    struct net_preprocess preprocess; /* and the resolved path of the architecture, or NULL */
    struct net_ports ports;           /* of several inputs and outputs; preprocess.ports points here */
};

/* One element of "transformations" or "attacks" as read; it gives a scenario for each severity or eps. */
struct plan_common {
    const char *name, *id;          /* id: own test name, to tell two entries of one kind apart */
    int norm;                       /* enum norm */
    struct param_reals eps;
    struct param_ints severity;
    int targeted;
    int eps_unit;                   /* enum threat_unit; plan_check decides where the config does not */
    const char *after;              /* name of an attack above, whose survivors this one takes on; or NULL */
    long queries, eot;
};
struct plan_entry {
    const struct attack_kind *kind;
    struct plan_common common;
    int eps_unit_given;
    enum plan_target target;
    long target_class;
    void *params;                   /* kind's private struct as read */
    struct plan_nets source;        /* of attacks: where the examples are made; the target alone unless given */
};

enum plan_forms { FORMS_DEFAULT, FORMS_ALL };

/* One element of "probes". */
struct plan_probe_keys { const char *name, *id; };
struct plan_probe {
    const struct probe_kind *kind;
    struct plan_probe_keys common;
    const char *test_id;            /* the kind's, or with an own id "interpretability.ID" */
    const char *stream;             /* for random draws */
    void *params;                   /* kind's private struct as read */
};

struct plan_fairness {
    int given;
    size_t attributes_n;
    const char *const *attribute;
    const char **reference;         /* [attributes_n], NULL = none */
    long favorable;                 /* -1 = not given; plan_check makes it 1 for two classes */
    const char *favorable_name;     /* as written, where it is a name; plan_check looks it up */
    int intersections;
    long min_group;
    int forms;                      /* enum plan_forms */
};

/* The attributes of one partition of the rows, as indices into plan_fairness.attribute. */
struct plan_partition { size_t n; size_t at[METRIC_PARTS_MOST]; };
/* How many partitions the plan asks for: each attribute; with intersections each pair of them, too, and where there are
 * more than two all together. 0 without "fairness". At most METRIC_PARTS_MOST attributes, as plan_check sees to. */
size_t plan_partitions(const struct plan_fairness *f);
/* Number i of them, in that order. */
struct plan_partition plan_partition(const struct plan_fairness *f, size_t i);

struct plan {
    const char *config_path;        /* for messages */
    const char *model;              /* resolved path, NULL = predictions only */
    const char *data;               /* resolved path */
    const char *members;            /* resolved path or NULL */
    const char *model_text, *architecture_text, *data_text, *members_text; /* as written in the config */
    long seed;
    int search;                     /* enum plan_search: the arithmetic of attack gradients */
    struct net_preprocess preprocess; /* and the resolved path of the architecture, or NULL */
    struct net_ports ports;         /* of several inputs and outputs; preprocess.ports points here */
    long threads;                   /* 0 = all processors */
    size_t limit;                   /* 0 = all rows */
    long images;                    /* rows of a contact sheet, 0..64 */
    struct interval_choice interval;
    size_t sources_n;
    struct plan_source *source;
    size_t defences_n;
    struct defence *defence;        /* in front of the target, in order */
    long defence_draws;             /* by which a target with a random defence is judged */
    struct plan_nets ensemble;      /* whose majority vote is evaluated, too; n = 0: none */
    size_t transformations_n, attacks_n;
    struct plan_entry *transformation, *attack;
    size_t probes_n;
    struct plan_probe *probe;
    size_t scenarios_n;
    struct scenario *scenario;
    size_t judged_n;
    struct plan_judged *judged;     /* by scenario */
    struct plan_fairness fairness;
    struct arena arena;
};

/* What the command line may override. */
struct plan_options {
    const char *model, *architecture, *data; /* paths as given (relative to the working folder), or NULL */
    const char *const *set;         /* "key=value" with dotted keys, value JSON or plain text */
    size_t set_n;
    size_t limit, threads;          /* 0 = not given */
};

/* Read, override, check against the tables. Nothing is opened but the config. Errors ERR_USAGE naming the key. */
int plan_read(struct plan **out, const char *path, const struct plan_options *options, struct err *e);
/* Checks that need data set and model: attributes and values exist, favourable class in range, kinds apply to the
 * shape, eps and norms make sense, class counts agree, preprocess fits. net NULL = predictions only. */
int plan_check(struct plan *plan, const struct dataset *data, const struct net *net, struct err *e);
/* Look the features up that "model_inputs" names; columns are numbers then. ERR_USAGE. */
int plan_name_columns(struct net_ports *ports, const struct dataset *data, struct err *e);
/* A source must agree with the target in shape and classes. ERR_INPUT if it does not. */
int plan_check_source(const struct plan *plan, size_t source, const struct net *net, const struct net *target,
                      struct err *e);
/* What a judge says of a scenario; NULL if it is not asked. */
const struct plan_judged *plan_judged_by(const struct plan *plan, size_t scenario, int judge);
/* "model", "ensemble", or the name of the source. */
const char *plan_net_name(const struct plan *plan, int net);
void plan_free(struct plan *plan);
/* The effective config as JSON: every default filled in, canonical order, paths as given in the config. It is what
 * `run.config` echoes; it leaves out the number of threads, which has no effect on results. */
void plan_write(const struct plan *plan, struct json_writer *w, const char *key);
/* The member "preprocess": scale, and mean and std where given; nothing if the config says nothing. */
void plan_write_preprocess(const struct net_preprocess *p, struct json_writer *w);
/* sha256 of the files that the plan names, and with SEARCH_BF16 the name of the instruction (kern.h), on which the bits
 * of the gradients depend; NULL: none. */
struct plan_inputs {
    const char *model, *architecture, *data, *members, *search;
    const char *const *source, *const *source_architecture; /* [plan->sources_n] */
};
/* The members "defence" and "defence_draws"; nothing without defences. */
void plan_write_defences(const struct plan *plan, struct json_writer *w);
/* Identity of the evaluation, of which two runs give the same outcomes: PLAN_IDENTITY_PARTS parts of 16 digits, each
 * the beginning of a sha256: of the effective config without paths, threads and pictures, of the models, of the data
 * sets, and of the program. plan_identity_parts names them. */
#define PLAN_IDENTITY_PARTS 4
extern const char *const plan_identity_parts[PLAN_IDENTITY_PARTS];
int plan_identity(const struct plan *plan, const struct plan_inputs *inputs, const char *program, char out[SHA256_HEX],
                  struct err *e);
/* Rows of the keys that are not a kind's own, for `assay list` and the config schema. Beside them stand, read by
 * hand because no row type fits: "fairness.attributes" (list of strings), "fairness.favorable" (a class by number or
 * name), "fairness.reference" (object: attribute to value), an attack's "target" ("least_likely", "next" or a class
 * number) and "source" (a net's name or a list of them), "ensemble" (a list of nets), and the sections themselves. */
extern const struct param plan_rows[];          /* top level: model, architecture, data, seed, search */
extern const struct param plan_source_rows[];   /* of each member of "sources"; beside them stands "preprocess" */
extern const struct param plan_attack_rows[];   /* keys every attack shares */
extern const struct param plan_transformation_rows[];
extern const struct param plan_defence_rows[];  /* keys every defence shares */
extern const struct param plan_probe_rows[];    /* keys every probe shares */
extern const struct param plan_fairness_rows[], plan_preprocess_rows[], plan_batch_rows[], plan_leakage_rows[],
    plan_output_rows[], plan_interval_rows[];
extern const char *const plan_sections[];       /* "preprocess", "batch", ... NULL-terminated */
extern const char *const plan_search_names[];   /* "float32", "bf16", NULL */
extern const char *const plan_target_names[];   /* "least_likely", "next", NULL */

#endif
