/* Warnings about a whole evaluation: what `validate` says before a run, and what its tests carry after it. */
#ifndef ASSAY_RUN_WARNINGS_H
#define ASSAY_RUN_WARNINGS_H
#include "configs/warnings.h"
#include "engine/base/text.h"
#include "engine/run/session.h"
#include "metrics/evaluate.h"

enum { WARNINGS_ROWS = 256 }; /* by which the range that reaches the net is judged */

/* What the values of x (n samples) become by `preprocess`. */
struct net_range { double low, high; };
struct net_range warnings_range(const struct dataset *d, const struct net_preprocess *pre, size_t n, const float *x);
/* Whether no net expects such inputs: then text says why (code "net_input_range"). images: they are images. */
int warnings_odd_range(struct net_range range, int images, char *text, size_t size);
/* "CODE: MESSAGE" lines of the plan, and in full each finding of the files that is a warning. */
int warnings_describe(const struct session *s, struct text *t, struct err *e);
/* Put those of the plan and of the net's input into the tests they are about. */
int warnings_attach(const struct session *s, struct tests *tests, struct err *e);

#endif
