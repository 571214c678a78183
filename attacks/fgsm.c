#include "attacks/pgd.h"

/* One step whose end alone counts: nothing is gained by looking at the start. */
static int fgsm_finish(void *params, const struct norm_kind *norm, double eps, const struct shape *shape, struct err *e)
{
    struct pgd_params *p = params;
    (void)norm, (void)shape, (void)e;
    p->steps = 1;
    p->restarts = 1;
    p->iterate = PGD_LAST;
    if (p->step_size == 0)
        p->step_size = eps;
    return 0;
}

static const struct param rows[] = {
    PGD_ROW_STEP_SIZE("length of the step; 0: eps"),
    PGD_ROW_RANDOM_START(0),
    PGD_ROW_LOSS,
    PGD_ROWS_END};

static struct attack_passes passes(const struct attack_extent *x)
{
    (void)x;
    return (struct attack_passes){0, 1};
}

const struct attack_kind attack_fgsm = {
    .name = "fgsm",
    .source = "Goodfellow et al. 2015, arXiv:1412.6572, sec. 4; random start: Wong et al. 2020, arXiv:2001.03994",
    .doc = "one gradient step of length eps",
    .problem = ATTACK_BUDGET,
    .offers = norm_has_step,
    .single_step = 1,
    .knowledge = KNOW_GRADIENT,
    .targeted = 1,
    .subject = SUBJECT_ANY,
    .param_size = sizeof(struct pgd_params),
    .params = rows,
    .finish = fgsm_finish,
    .scratch = pgd_scratch,
    .run = pgd_run,
    .passes = passes};
