/* Shared by the files of configs/ only. */
#ifndef ASSAY_CONFIGS_PLAN_PRIVATE_H
#define ASSAY_CONFIGS_PLAN_PRIVATE_H
#include "configs/plan.h"
#include "configs/plan_text.h"

struct plan_top { const char *model, *architecture, *data; long seed; int search; };
struct plan_leakage { const char *members; };
struct plan_source_keys { const char *model, *architecture; };

/* plan_sources.c: the section "sources", the "source" of an attack (node NULL: the target alone), and "ensemble". */
int plan_read_sources(const struct json *root, struct plan *plan, struct err *e);
int plan_read_source(const struct json *node, struct plan *plan, struct plan_nets *out, struct err *e);
/* plan_judges.c: fill in plan->judged, once all scenarios are there. */
int plan_add_judges(struct plan *plan, struct err *e);
int plan_read_ensemble(const struct json *root, struct plan *plan, struct err *e);

/* plan_probes.c: the section "probes", read and written. */
int plan_read_probes(const struct json *root, struct plan *plan, struct err *e);
void plan_write_probes(const struct plan *plan, struct json_writer *w);

/* Expand entries into scenarios; ids must be unique. */
int plan_expand(struct plan *plan, struct err *e);

#endif
