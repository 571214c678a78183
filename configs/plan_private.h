/* Shared by the files of configs/ only. */
#ifndef ASSAY_CONFIGS_PLAN_PRIVATE_H
#define ASSAY_CONFIGS_PLAN_PRIVATE_H
#include "configs/plan.h"

struct plan_top { const char *model, *architecture, *data; long seed; int search; };
struct plan_preprocess { double scale; struct param_reals mean, std; };
struct plan_leakage { const char *members; };

/* Expand entries into scenarios; ids must be unique. */
int plan_expand(struct plan *plan, struct err *e);

#endif
