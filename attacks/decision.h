/* What attacks share that see labels alone: where they begin, and the way back to the decision's boundary.
 *
 * Rows that stand at an adversarial point have it in the search's iterate. The nearest one found lies in call->adv. */
#ifndef ASSAY_ATTACKS_DECISION_H
#define ASSAY_ATTACKS_DECISION_H
#include "attacks/search.h"

struct decision {
    struct search s;
    float *point;                  /* (n, size) asked about */
    uint8_t *adversarial;          /* [n] the answers */
    double *low, *high, *far;      /* [n] of decision_bisect */
    double *width;                 /* [n] root mean square of the bounds' widths */
    uint32_t step;                 /* number of the iteration, for call->steps */
};

void decision_layout(struct decision *d, struct scratch *memory, size_t n, size_t size, size_t classes);
/* attack_kind.scratch of attacks that need no more than this. */
size_t decision_scratch(const void *params, const struct shape *s, size_t classes, size_t n);
/* The search opened, with x for the rows' points. */
void decision_begin(struct decision *d, const struct attack_call *c);
/* The same; ask about x, and where it is not adversarial about as many points drawn at most: uniform in the bounds,
 * blended with x in quarters, of single values and of ever longer runs of one value. Rows without any have no_start. */
void decision_open(struct decision *d, const struct attack_call *c, long draws);
/* List the rows that have a start, may ask and are not near enough. */
void decision_list(struct decision *d);
/* Ask about the listed rows' points; adversarial ones may become answers. */
void decision_ask(struct decision *d);
/* Draw the listed rows' iterates towards x: on the line, or in Linf (`clip`) by clipping to a smaller ball. So many
 * questions a row. */
void decision_bisect(struct decision *d, int clip, int times);
/* Inside the bounds of the row. */
float decision_clip(const struct decision *d, size_t row, size_t j, double v);
double decision_distance(const struct decision *d, size_t row);
/* Draw a normal direction in the values that can move, of length 1 unless all are fixed. */
void decision_direction(const struct decision *d, size_t row, const struct rng_key *key, uint64_t number, float *out);

#endif
