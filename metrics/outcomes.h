/* Outcomes: one row a sample of one scenario. The evidence; metrics see nothing else of a run. */
#ifndef ASSAY_METRICS_OUTCOMES_H
#define ASSAY_METRICS_OUTCOMES_H
#include <stddef.h>
#include <stdint.h>

/* One row as it is journaled, stored in samples.h5 (a column a field) and read back. A row of status OUTCOME_NOT_FINITE
 * predicts class -1 and holds NaN for everything that is computed from the logits. */
#define OUTCOME_TYPE_U64 uint64_t
#define OUTCOME_TYPE_I32 int32_t
#define OUTCOME_TYPE_F32 float
#define OUTCOME_TYPE_U32 uint32_t
#define OUTCOME_TYPE_U8 uint8_t
struct outcome {
#define OUTCOME(type, name, values, doc) OUTCOME_TYPE_##type name;
#include "metrics/outcomes.def"
#undef OUTCOME
};

enum outcome_status { OUTCOME_OK, OUTCOME_NOT_FINITE, OUTCOME_BUDGET_SPENT, OUTCOME_NO_START, OUTCOME_INFEASIBLE };
enum outcome_carried { OUTCOME_OWN, OUTCOME_TAKEN_OVER, OUTCOME_IN_VAIN };

/* The columns as data, in the order of outcomes.def. */
enum outcome_type { OUTCOME_U64, OUTCOME_I32, OUTCOME_F32, OUTCOME_U32, OUTCOME_U8 };
enum outcome_values {
    OUTCOME_COUNT, OUTCOME_CLASS, OUTCOME_FLAG, OUTCOME_PROBABILITY, OUTCOME_NOT_NEGATIVE, OUTCOME_REAL
};
struct outcome_column { const char *name, *doc; enum outcome_type type; enum outcome_values values; size_t offset; };
extern const struct outcome_column outcome_columns[]; /* ends with a NULL name */
extern const size_t outcome_type_bytes[];             /* by enum outcome_type */
/* The column of a norm of the perturbation, by its place in attacks/norms.def: in data units, or (range) in shares of
 * each value's range. */
float *outcome_norm(struct outcome *row, size_t norm, int range);

enum scenario_family {
    SCENARIO_CLEAN, SCENARIO_MEMBERS /* clean pass over the members data set */, SCENARIO_NATURAL, SCENARIO_ADVERSARIAL
};

struct outcomes {
    const char *scenario;       /* "clean", "natural.gaussian_noise@3", "adversarial.pgd_linf@0.03", "members" */
    enum scenario_family family;
    const char *name;           /* "gaussian_noise", "pgd_linf": the test_id's last part; "" for clean */
    const char *norm;           /* "linf", "l2"; NULL unless adversarial */
    int targeted;
    int single_step;            /* the attack's kind takes one step: others of its budget should break what it breaks */
    const char *attack;         /* name without the net: the same for one attack on several nets */
    const char *source;         /* the net that the attack saw; NULL: the target */
    const char *judge;          /* who answered: a source, "ensemble"; NULL: the target */
    size_t of;                  /* with a judge: which of the subject's outcomes was presented to it, too */
    int in_ranges;              /* eps is a share of each value's range, not in data units */
    double level;               /* severity or eps; 0 for clean; INFINITY where unbounded */
    int unbounded;              /* an attack that looked for the smallest change: all it found, whatever its length */
    size_t n;
    const struct outcome *row;  /* [n] in index order; row[i] belongs to subject row i. Read it by outcomes_row */
    /* The rows were read and may be put out of memory until they are read again, also by other threads meanwhile; NULL
     * where they are not in a file. */
    void (*passed)(const struct outcome *row, size_t n);
};

#define OUTCOMES_WINDOW 1024

/* A place in the rows, owned by who reads them: any number of readers may be in one outcomes, each of its own thread.
 * Memory does not grow with n: of each reader only the rows of one window are kept. */
struct outcomes_reader { const struct outcomes *outcomes; size_t window; };

static inline struct outcomes_reader outcomes_read(const struct outcomes *o)
{
    return (struct outcomes_reader){o, 0};
}

/* The rows of the present window may go. Call it after the last row; the reader may go on all the same. */
static inline void outcomes_rest(const struct outcomes_reader *r)
{
    const struct outcomes *o = r->outcomes;
    size_t first = r->window * OUTCOMES_WINDOW, left = o->n - first;
    if (o->passed != NULL)
        o->passed(o->row + first, left < OUTCOMES_WINDOW ? left : OUTCOMES_WINDOW);
}

/* Row i, best in ascending order. */
static inline const struct outcome *outcomes_row(struct outcomes_reader *r, size_t i)
{
    if (r->outcomes->passed != NULL && i / OUTCOMES_WINDOW != r->window) {
        outcomes_rest(r);
        r->window = i / OUTCOMES_WINDOW;
    }
    return &r->outcomes->row[i];
}

#endif
