/* Fast adaptive boundary: the common body of fab and fab_t. At x_k the net is taken for linear; with f = z_s - z_y and
 * w its gradient, P the projection on {f + <w, v - x_k> = 0} inside the box (hyperplane.h):
 *
 *     d1 = P(x_k) - x_k, d2 = P(x) - x, a = min(||d1|| / (||d1|| + ||d2||), alpha_max),
 *     x_{k+1} = C((1 - a) (x_k + eta d1) + a (x + eta d2)),
 *
 * and where x_{k+1} is adversarial it is noted, and x_{k+1} = x + beta (x_{k+1} - x). Restarts begin at a random point
 * within half of the shortest change so far, of samples that have one. At the end the nearest point is drawn towards x
 * by bisection. */
#ifndef ASSAY_ATTACKS_FAB_H
#define ASSAY_ATTACKS_FAB_H
#include "attacks/search.h"

#define FAB_BISECTIONS 10 /* of what is found, at the end */

struct fab_params {
    long steps, restarts, targets;
    double alpha_max, eta, beta;
};
#define FAB_ROW(key, type, standard, min, max, unit, doc) \
    {#key, type, offsetof(struct fab_params, key), standard, min, max, unit, doc, NULL, 0}
#define FAB_ROWS_COMMON                                                                                        \
    FAB_ROW(steps, PARAM_INT, 100, 1, 100000, "iterations", "of each restart"),                               \
    FAB_ROW(alpha_max, PARAM_REAL, 0.1, 0, 1, "share", "most that the pull back to x may have of a step"),    \
    FAB_ROW(eta, PARAM_REAL, 1.05, 1, 10, "", "by which steps go beyond the plane"),                          \
    FAB_ROW(beta, PARAM_REAL, 0.9, 0, 1, "share", "of the change that is kept after a step across the boundary")
#define FAB_ROWS_END {NULL, PARAM_BOOL, 0, 0, 0, 0, NULL, NULL, NULL, 0}

struct fab {
    struct search s;
    const struct fab_params *params;
    int32_t *other;                /* [n] class s of the next question */
    int32_t *order;                /* (n, classes) classes but the label by falling logit at x */
    float *slope;                  /* (n, size) w of the nearest plane */
    double *level, *near;          /* [n] f there, and its distance */
    float *here, *there;           /* [size] P(x_k), P(x) */
    uint32_t steps;
};

void fab_layout(struct fab *a, struct scratch *memory, size_t n, size_t size, size_t classes);
size_t fab_scratch(const void *params, const struct shape *s, size_t classes, size_t n);
/* Lay it out, open the search, order the classes at x; samples that are adversarial as they are leave. */
void fab_open(struct fab *a, const struct attack_call *c);
/* Planes of the classes of ranks first .. last at the iterates; the nearest one's is kept: slope, level. The search's
 * logits are those of the iterates. */
void fab_ask_planes(struct fab *a, long first, long last);
/* One restart against the class of each row's rank in the order, or rank -1: against the nearest plane of all. */
void fab_run(struct fab *a, uint32_t restart, long rank);
/* Draw the answers towards x. */
void fab_close(struct fab *a);
int fab_offers(const struct norm_kind *norm);

#endif
