/* What a config asks for that can be run, but is likely not what was meant: said before the run, and in its report. */
#ifndef ASSAY_CONFIGS_WARNINGS_H
#define ASSAY_CONFIGS_WARNINGS_H
#include "configs/plan.h"

struct plan_warning {
    const char *code;               /* stable: "eps_beyond_box" */
    const char *message;
    const struct norm_kind *norm;   /* about attacks of this norm and eps; NULL: about all attacks */
    double eps;
};

/* Most that is said: two of each budget, and one of the columns. */
#define PLAN_WARNINGS_MOST 64
struct plan_warnings { size_t n; struct plan_warning item[PLAN_WARNINGS_MOST]; };

/* Of a checked plan (plan_check). Codes: eps_beyond_box (the budget reaches the whole box, of one feature or of all),
 * eps_below_box (it is less than 1/1000 of a range), eps_unit (it seems to be meant in another unit than the data's),
 * onehot_continuous and binary_continuous (columns that hold 0 and 1 alone, which no /features declares; judged by the
 * first rows). Messages live in the arena. Errors are those of reading the data. */
int plan_warn(const struct plan *plan, struct dataset *data, struct arena *arena, struct plan_warnings *out,
              struct err *e);

/* What an eps above 0 lets one value of a sample change at most, as a share of its range, over the values that may
 * change at all. found 0: there are none. */
struct plan_share { int found; double least, greatest; size_t least_at, greatest_at; };
struct plan_share plan_share_of(const struct dataset *data, double eps, enum threat_unit unit);
/* "linf eps 0.5 (data units): 0.0025 (income) to 0.25 (age) of a feature's range", for people. buf of
 * PLAN_SHARE_TEXT; returns it. */
#define PLAN_SHARE_TEXT 512
char *plan_share_text(const struct dataset *data, const struct norm_kind *norm, double eps, enum threat_unit unit,
                      char *buf);

#endif
