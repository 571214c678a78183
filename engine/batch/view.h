/* What stands between an attack and the net on a table (attacks/threat.h): the threat models of a plan, and the buffers
 * of one thread. */
#ifndef ASSAY_BATCH_VIEW_H
#define ASSAY_BATCH_VIEW_H
#include "attacks/threat.h"
#include "engine/base/arena.h"
#include "engine/batch/batch.h"
#include "engine/net/oracle_driver.h"

#define VIEW_ROWS 64 /* of a question at a time */

struct batch_view {
    struct arena arena;
    struct threat threat[2];       /* by enum threat_unit */
    int made[2];
    size_t capacity;
    float *u, *x;                  /* (capacity, size), (VIEW_ROWS, size) */
    double *work;                  /* [THREAT_WORK * size] */
    struct threat_block block;
    struct oracle_view oracle;
};

/* capacity: most rows of a block. Without an attack that needs one, there is nothing in it. To be freed, after an
 * error, too. */
int batch_view_create(struct batch_view *v, const struct batch_input *in, size_t capacity, struct err *e);
void batch_view_free(struct batch_view *v);
/* Bytes that batch_view_create takes for the rows of a block. */
size_t batch_view_bytes(const struct batch_input *in, size_t capacity);
/* The samples x (n, size) are going to be attacked in scenario s: their points stand in v->u. NULL if the attack's
 * points are the net's inputs as they stand. */
const struct threat_block *batch_view_open(struct batch_view *v, const struct batch_input *in,
                                           const struct scenario *s, size_t n, const float *x);
/* Points of the attack become the samples that they stand for, in place. */
void batch_view_leave(const struct batch_view *v, size_t n, float *adv);

/* Of an attack that looks for the smallest change, within a budget: what is longer is no answer, and becomes x again.
 * x, adv (n, size) in data units. */
void batch_view_forget_far(const struct batch_input *in, const struct scenario *s, const struct threat_block *b,
                           size_t n, const float *x, float *adv);

#endif
