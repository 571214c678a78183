/* Outcomes: one row a sample of one scenario. The evidence; metrics see nothing else of a run. */
#ifndef ASSAY_METRICS_OUTCOMES_H
#define ASSAY_METRICS_OUTCOMES_H
#include <stddef.h>
#include <stdint.h>

/* One row as it is journaled, stored in samples.h5 (a column a field) and read back. */
struct outcome {
    uint64_t index;             /* global index in the data set */
    int32_t label, predicted;
    float p_true;               /* probability of the true class */
    float loss;                 /* cross-entropy, stable form */
    float margin;               /* z_label - max of the others; predictions-only: of log scores */
    float confidence;           /* largest probability */
    float entropy;              /* -sum p ln p */
    float modified_entropy;     /* Song & Mittal 2021, eq. 6 */
    float linf, l2;             /* norms of the perturbation, data units: the nearest float, never above the budget */
    uint32_t queries_forward, queries_gradient, steps;
    uint8_t correct;            /* predicted == label */
    uint8_t success;            /* attacks: the goal was reached; transformations: clean-correct and now wrong */
    uint8_t attacked;           /* 0: not attacked, because wrong clean */
    uint8_t carried;            /* 1: broken at a smaller eps, row taken over */
};

enum scenario_family {
    SCENARIO_CLEAN, SCENARIO_MEMBERS /* clean pass over the members data set */, SCENARIO_NATURAL, SCENARIO_ADVERSARIAL
};

struct outcomes {
    const char *scenario;       /* "clean", "natural.gaussian_noise@3", "adversarial.pgd_linf@0.03", "members" */
    enum scenario_family family;
    const char *name;           /* "gaussian_noise", "pgd_linf": the test_id's last part; "" for clean */
    const char *kind;           /* of the attack or transformation, "fgsm", whatever `name` it goes by; NULL = none */
    const char *norm;           /* "linf", "l2"; NULL unless adversarial */
    int targeted;
    double level;               /* severity or eps; 0 for clean */
    size_t n;
    const struct outcome *row;  /* [n] in index order; row[i] belongs to subject row i. Read it by outcomes_row */
    /* The rows were read and may be put out of memory until they are read again; NULL where they are not in a file. */
    void (*passed)(const struct outcome *row, size_t n);
    size_t *window;             /* with passed: which of the windows of OUTCOMES_WINDOW rows is being read */
};

#define OUTCOMES_WINDOW 1024

/* Row i, by one thread, best in ascending order. Memory does not grow with n: only the rows of one window are kept. */
static inline const struct outcome *outcomes_row(const struct outcomes *o, size_t i)
{
    if (o->passed != NULL && i / OUTCOMES_WINDOW != *o->window) {
        size_t first = *o->window * OUTCOMES_WINDOW, left = o->n - first;
        o->passed(o->row + first, left < OUTCOMES_WINDOW ? left : OUTCOMES_WINDOW);
        *o->window = i / OUTCOMES_WINDOW;
    }
    return &o->row[i];
}

#endif
