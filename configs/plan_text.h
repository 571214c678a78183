/* Reading the config's text: what the readers of its sections share. Shared by the files of configs/ only. */
#ifndef ASSAY_CONFIGS_PLAN_TEXT_H
#define ASSAY_CONFIGS_PLAN_TEXT_H
#include "configs/plan.h"

struct plan_preprocess { double scale; struct param_reals mean, std; };

int plan_no_memory(struct err *e);
/* "id" keys: letters, digits, '_' and '-'. */
int plan_check_name(const char *name, struct err *e);
/* Names of the rows and of `extra`, as the `also` list of json_read_params; NULL without memory. */
const char *const *plan_key_list(const struct param *rows, const char *const *extra, struct arena *arena);
/* The object or list under `key`; NULL without error if it is absent or null, an error if it is something else. */
int plan_section(const struct json *root, const char *key, enum json_type type, const struct json **out,
                 struct err *e);
/* Its rows into `target`, their defaults if it is absent; `also` as for json_read_params. */
int plan_read_section(const struct json *root, const char *key, const struct param *rows, const char *const *also,
                      void *target, struct plan *plan, struct err *e);
/* "preprocess" of an object that names a model. */
int plan_read_preprocess(const struct json *object, struct plan *plan, struct net_preprocess *out, struct err *e);
/* Whoever names a model says what it expects. */
int plan_check_preprocess(const struct net_preprocess *p, struct err *e);
/* The path an option or the config gives: options are relative to the working folder, the config's to its own. */
int plan_resolve(struct plan *plan, const char *option, const char *text, const char **path, const char **shown,
                 struct err *e);

#endif
