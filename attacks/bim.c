#include "attacks/pgd.h"

/* The paper takes min(eps + 4, 1.25 eps) steps of one grey level, so up to eps = 16 levels its step is
 * 1.25 eps / steps; an eps of 8 levels gives the 10 steps taken here. */
static int bim_finish(void *params, const struct norm_kind *norm, double eps, const struct shape *shape, struct err *e)
{
    struct pgd_params *p = params;
    (void)norm, (void)shape, (void)e;
    p->random_start = 0;
    p->restarts = 1;
    if (p->step_size == 0)
        p->step_size = 1.25 * eps / (double)p->steps;
    return 0;
}

static const struct param rows[] = {
    PGD_ROW_STEPS(10),
    PGD_ROW_STEP_SIZE("length of a step; 0: 1.25 eps / steps"),
    PGD_ROW_LOSS,
    PGD_ROW_ITERATE,
    PGD_ROWS_END};

const struct attack_kind attack_bim = {
    .name = "bim",
    .source = "Kurakin et al. 2017, arXiv:1607.02533, sec. 2.2",
    .doc = "projected gradient steps from x itself (pgd without random start)",
    .problem = ATTACK_BUDGET,
    .offers = norm_has_step,
    .knowledge = KNOW_GRADIENT,
    .targeted = 1,
    .subject = SUBJECT_ANY,
    .param_size = sizeof(struct pgd_params),
    .params = rows,
    .finish = bim_finish,
    .scratch = pgd_scratch,
    .run = pgd_run,
    .passes = pgd_passes};
