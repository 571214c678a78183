/* Shared by the files of configs/ only. */
#ifndef ASSAY_CONFIGS_PLAN_PRIVATE_H
#define ASSAY_CONFIGS_PLAN_PRIVATE_H
#include "configs/plan.h"

struct plan_top { const char *model, *architecture, *data; long seed; int search; };
struct plan_preprocess { double scale; struct param_reals mean, std; };
struct plan_leakage { const char *members; };
struct plan_source_keys { const char *model, *architecture; };

/* "preprocess" of an object that names a model. */
int plan_read_preprocess(const struct json *object, struct plan *plan, struct net_preprocess *out, struct err *e);
/* Whoever names a model says what it expects. */
int plan_check_preprocess(const struct net_preprocess *p, struct err *e);
/* The path an option or the config gives: options are relative to the working folder, the config's to its own. */
int plan_resolve(struct plan *plan, const char *option, const char *text, const char **path, const char **shown,
                 struct err *e);

/* plan_sources.c: the section "sources", the "source" of an attack (node NULL: the target alone), and "ensemble". */
int plan_read_sources(const struct json *root, struct plan *plan, struct err *e);
int plan_read_source(const struct json *node, struct plan *plan, struct plan_nets *out, struct err *e);
/* plan_judges.c: fill in plan->judged, once all scenarios are there. */
int plan_add_judges(struct plan *plan, struct err *e);
int plan_read_ensemble(const struct json *root, struct plan *plan, struct err *e);

/* plan_probes.c: the section "probes", read and written. */
int plan_read_probes(const struct json *root, struct plan *plan, struct err *e);
void plan_write_probes(const struct plan *plan, struct json_writer *w);
/* "id" keys: letters, digits, '_' and '-'. */
int plan_check_name(const char *name, struct err *e);
/* Names of the rows and of `extra`, as the `also` list of json_read_params; NULL without memory. */
const char *const *plan_key_list(const struct param *rows, const char *const *extra, struct arena *arena);

/* Expand entries into scenarios; ids must be unique. */
int plan_expand(struct plan *plan, struct err *e);

#endif
