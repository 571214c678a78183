#include "engine/run/warnings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NARROW 0.05       /* width of the net's input below which values hardly differ */
#define BEYOND_BYTES 256  /* of images, which come as 0..255 at most */

struct net_range warnings_range(const struct dataset *d, const struct net_preprocess *pre, size_t n, const float *x)
{
    const size_t channels = d->shape.dim[d->shape.rank - 1];
    struct net_range r = {INFINITY, -INFINITY};
    for (size_t i = 0; i < n * d->size; i++) {
        const size_t c = i % channels;
        const double mean = pre->mean_n ? pre->mean[pre->mean_n == 1 ? 0 : c] : 0;
        const double std = pre->std_n ? pre->std[pre->std_n == 1 ? 0 : c] : 1;
        const double v = ((double)x[i] * pre->scale - mean) / std;
        r.low = fmin(r.low, v);
        r.high = fmax(r.high, v);
    }
    return r;
}

int warnings_odd_range(struct net_range range, int images, char *text, size_t size)
{
    if (range.high - range.low < NARROW) {
        snprintf(text, size, "after 'preprocess' the net gets values of %.3g to %.3g, which hardly differ: look at "
                             "'scale', 'mean' and 'std'", range.low, range.high);
        return 1;
    }
    if (images && fmax(fabs(range.low), fabs(range.high)) > BEYOND_BYTES) {
        snprintf(text, size, "after 'preprocess' the net gets values of %.3g to %.3g, beyond the 0 to 255 of images: "
                             "look at 'scale', 'mean' and 'std'", range.low, range.high);
        return 1;
    }
    return 0;
}

static void put_finding(struct text *t, const struct finding *f)
{
    text_format(t, "  %s: %s%s%s: %s. %s. %s.\n", f->kind->id, f->subject, f->place[0] ? " " : "", f->place, f->message,
                f->kind->title, f->kind->advice);
}

int warnings_describe(const struct session *s, struct text *t, struct err *e)
{
    struct plan_warnings warnings;
    struct arena arena;
    const struct findings *f = &s->verification.findings;
    if (arena_init(&arena, 0))
        return err_set(e, ERR_RUN, "out of memory for warnings");
    int code = plan_warn(s->plan, s->data, &arena, &warnings, e);
    for (size_t i = 0; !code && i < warnings.n; i++)
        text_format(t, "  %s: %s\n", warnings.item[i].code, warnings.item[i].message);
    for (size_t i = 0; !code && i < f->n; i++)
        if (f->item[i].kind->severity == FINDING_WARNING)
            put_finding(t, &f->item[i]);
    arena_free(&arena);
    return code;
}

/* ---- in the tests of a run ---- */

/* Whether the test is of an attack of this norm and eps, or the worst case of all. */
static int concerns(const struct plan *plan, const struct plan_warning *w, const struct test *t)
{
    static const char worst[] = "worst_case.";
    const char *eps = strchr(t->scenario, '@');
    if (strncmp(t->test_id, "robustness.adversarial.", 23) != 0 && strncmp(t->test_id, "robustness.worst_case.", 22))
        return 0;
    for (size_t i = 0; i < plan->scenarios_n; i++) {
        const struct scenario *s = &plan->scenario[i];
        const char *own = strchr(s->id, '@');
        if (s->family != SCENARIO_ADVERSARIAL ||
            (w->norm && (s->norm != w->norm || fabs(s->level - w->eps) > 0)))
            continue;
        if (!strcmp(s->id, t->scenario))
            return 1;
        if (eps && own && !strcmp(own, eps) && !strncmp(t->scenario, worst, sizeof worst - 1) &&
            !strncmp(t->scenario + sizeof worst - 1, s->norm->name, strlen(s->norm->name)))
            return 1;
    }
    return 0;
}

static int attach_plan(const struct session *s, struct tests *tests, struct err *e)
{
    struct plan_warnings warnings;
    TRY(plan_warn(s->plan, s->data, &tests->arena, &warnings, e));
    for (size_t i = 0; i < tests->n; i++)
        for (size_t k = 0; k < warnings.n; k++)
            if (concerns(s->plan, &warnings.item[k], &tests->test[i]))
                TRY(tests_warn(tests, i, warnings.item[k].code, warnings.item[k].message, e));
    return 0;
}

static int attach_range(const struct session *s, struct tests *tests, struct err *e)
{
    char text[256];
    struct net_range range = {0, 1};
    const size_t n = s->data->n < WARNINGS_ROWS ? s->data->n : WARNINGS_ROWS;
    if (!s->net || s->data->kind == DATASET_TOKENS)
        return 0;
    float *x = malloc(n * s->data->size * sizeof *x);
    int code = x ? dataset_read(s->data, 0, n, x, e) : err_set(e, ERR_RUN, "out of memory for warnings");
    if (!code)
        range = warnings_range(s->data, s->subject[0].preprocess, n, x);
    free(x);
    for (size_t i = 0; !code && i < tests->n; i++)
        if (!strcmp(tests->test[i].test_id, "robustness.clean") &&
            warnings_odd_range(range, s->data->kind == DATASET_IMAGE, text, sizeof text))
            code = tests_warn(tests, i, "net_input_range", text, e);
    return code;
}

int warnings_attach(const struct session *s, struct tests *tests, struct err *e)
{
    TRY(attach_plan(s, tests, e));
    return attach_range(s, tests, e);
}
