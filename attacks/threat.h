/* What an attack on a table may do: the data set's feature schema as a threat model, put once between every attack and
 * the net.
 *
 * An attack walks in coordinates of its own, u. With eps_unit "range" they are shares of each feature's range (its box
 * is [0, 1]), with "data" they are the data's own units. Whatever point it asks about is first presented: turned to the
 * data's units and moved to a feasible sample near it (threat_present). That one is what the net is asked, what is
 * measured and what is stored. Gradients come back in attack units, without the part that leads out of relations at
 * their edge. So a search may walk in small steps though only whole ones count, and no attack needs to know the schema.
 *
 * Feasible, by sample x: in the box; features that are not mutable as in x; no change beyond the feature's budget;
 * integer and ordinal values whole; of a one-hot group one member 1 and the others 0; relations hold, inequalities to
 * the bit and equalities within 2^-20 of their largest term (to the bit where all its features are whole); and the
 * change no longer than eps. Where x itself breaks the schema, the features concerned stay as in x.
 *
 * Lengths in range units: the change of a feature over its range (high - low). A one-hot group is one feature, and
 * another category is a change of its whole range: 1 in every norm. Both eps units count a change of an ordinal
 * feature by its steps. */
#ifndef ASSAY_ATTACKS_THREAT_H
#define ASSAY_ATTACKS_THREAT_H
#include <stddef.h>
#include "attacks/norm.h"
#include "datasets/dataset.h"

enum threat_unit { THREAT_RANGE, THREAT_DATA };
extern const char *const threat_unit_names[]; /* "range", "data", NULL */

/* Members of a one-hot group. */
struct threat_group { size_t n; const size_t *feature; };

struct threat {
    size_t size;
    enum threat_unit eps_unit;
    const struct dataset *data;
    double *unit;                  /* [size] data units of one attack unit; a member of a one-hot group walks twice as
                                      far, for a switch moves two of them and costs 1 */
    double *range;                 /* [size] high - low */
    float *low, *high;             /* [size] the box, attack units */
    size_t groups_n;
    const struct threat_group *group;
    size_t *group_of;              /* [size] or SIZE_MAX */
};

/* Everything lives in the arena. ERR_RUN without memory. */
int threat_make(const struct dataset *data, enum threat_unit unit, struct arena *arena, struct threat *out,
                struct err *e);
/* Whether an attack's points must be presented at all: not where they are the net's inputs as they stand. */
int threat_is_needed(const struct dataset *data, enum threat_unit unit);

/* Samples under attack. */
struct threat_block {
    const struct threat *threat;
    const struct kern *kern;
    const struct norm_kind *norm;
    double eps;                    /* INFINITY: no end */
    int descends;                  /* the attack goes down the losses it asks about (targeted), not up */
    const float *x;                /* (n, size) data units */
    const float *u;                /* (n, size) the same in attack units */
    double *work;                  /* [THREAT_WORK * size] */
};
#define THREAT_WORK 3
/* x of one sample in attack units. */
void threat_enter(const struct threat *t, const float *x, float *u);
/* A feasible sample near point u (attack units) of the block's sample `row`, in data units. */
void threat_present(const struct threat_block *b, size_t row, const float *u, float *adv);
/* The gradient at adv over data units becomes that over attack units, along the relations that hold just so; but not
 * along those of whole values alone: a step that is spread over all features of one gets none to its next value. */
void threat_pull(const struct threat_block *b, const float *adv, float *gradient);
/* Narrow a sample's bounds in attack units (attacks/norm.h) to what budgets, whole steps and eps leave of them, so that
 * a search does not spend its eps on what is not going to move. */
void threat_narrow(const struct threat *t, const struct norm_kind *norm, double eps, const float *u, float *lower,
                   float *upper);

/* The largest change of feature j alone, data units, in range units of eps. */
double threat_largest(const struct dataset *data, double eps, size_t j);
/* How many values can move at all. */
size_t threat_moves(const struct threat *t, const struct norm_kind *norm, double eps);

/* The change from x to adv in range units: what norm->length measures. v: [size]. */
void threat_change(const struct dataset *data, const float *x, const float *adv, double *v);
/* Its length in the unit of eps. v: [size] scratch. */
double threat_length(const struct threat *t, const struct kern *kern, const struct norm_kind *norm, const float *x,
                     const float *adv, double *v);
/* What of the schema adv breaks as a change of x: "budget", "relation" ...; NULL: nothing. Written apart from
 * threat_present, which it checks. */
const char *threat_fault(const struct threat *t, const float *x, const float *adv);

/* The same of token ids: "a kept place", "padding", "a token that may not stand there"; NULL: nothing. */
const char *threat_token_fault(const struct dataset *data, const float *x, const float *adv);

/* ---- of threat.c and threat_present.c ---- */
int threat_is_whole(const struct dataset_feature *f); /* integer or ordinal */
/* The group's member that is 1 while the others are 0; group->n if there is none. */
size_t threat_category(const struct threat_group *g, const float *x);
/* Largest change of feature j by its budget and, in norms whose ball is a box, by eps; data units. */
double threat_reach(const struct threat *t, const struct norm_kind *norm, double eps, size_t j);

#endif
