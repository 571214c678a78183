/* The short table that `run` prints. */
#include <stdio.h>
#include <string.h>

#include "reports/parts.h"

#define ROBUSTNESS "robustness."

static void put_title(struct text *t, const struct report_input *in)
{
    const char *model = in->plan->model != NULL ? in->plan->model : "stored scores";
    const char *slash = strrchr(model, '/');
    text_format(t, "%s on %s, %zu rows%s\n\n", slash != NULL ? slash + 1 : model,
                in->data->name != NULL ? in->data->name : in->data->path, in->data->n, in->limited ? " (limited)" : "");
}

/* "0.9123  [0.9066, 0.9177]", padded to `width`. */
static void put_figure(struct text *t, const struct metric_value *v, int width)
{
    char figure[64];
    int n = snprintf(figure, sizeof figure, "%.4f", v->value);
    if (v->ci.given && n > 0)
        snprintf(figure + n, sizeof figure - (size_t)n, "  [%.4f, %.4f]", v->ci.low, v->ci.high);
    text_format(t, "%-*s", width, figure);
}

/* Tests that a line of the headline, or the page alone, is about. */
static int is_summed_up(const struct test *t)
{
    static const char *const tests[] = {"robustness.natural.summary", "robustness.transfer", "fairness.static.",
                                        "leakage.membership.", "calibration."};
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
        if (report_starts(t->test_id, tests[i]))
            return 1;
    return 0;
}

static int is_attacked(const struct plan *plan, const struct test *t)
{
    const struct scenario *s = report_scenario(plan, t->scenario);
    return s != NULL ? s->family == SCENARIO_ADVERSARIAL : test_value(t, "robust_accuracy") != NULL;
}

/* What tells how good the scenario is: accuracy, under attack robust accuracy. */
static const struct metric_value *quality(const struct plan *plan, const struct test *t)
{
    if (t->status != TEST_OK || !report_starts(t->test_id, ROBUSTNESS) || is_summed_up(t))
        return NULL;
    const struct metric_value *v = test_value(t, is_attacked(plan, t) ? "robust_accuracy" : "accuracy");
    return v != NULL && v->null_reason == NULL ? v : NULL;
}

/* Put the name of a row, if t is given, and return its length. Another test of a scenario that had its row says so:
 * "ensemble: clean". */
static int put_name(struct text *t, const struct report_input *in, const struct test *test)
{
    int again = 0;
    for (const struct test *before = in->tests->test; before < test && !again; before++)
        again = strcmp(before->scenario, test->scenario) == 0 && quality(in->plan, before) != NULL;
    const char *who = again ? test->test_id + strlen(ROBUSTNESS) : "", *colon = again ? ": " : "";
    if (t != NULL)
        text_format(t, "%s%s%s", who, colon, test->scenario);
    return (int)(strlen(who) + strlen(colon) + strlen(test->scenario));
}

/* NULL: no attack was made, or none could succeed. */
static const struct metric_value *success_of(const struct test *test)
{
    const struct metric_value *success = test_value(test, "attack_success_rate");
    return success != NULL && success->null_reason == NULL ? success : NULL;
}

static void put_row(struct text *t, const struct report_input *in, const struct test *test, int width)
{
    const struct metric_value *success = success_of(test);
    text_format(t, "%*s", width - put_name(t, in, test) + 2, "");
    put_figure(t, quality(in->plan, test), success != NULL ? 26 : 0);
    if (success != NULL)
        text_format(t, "%.4f", success->value);
    text_put(t, "\n");
}

static void put_scenarios(struct text *t, const struct report_input *in)
{
    int width = (int)strlen("scenario"), attacked = 0;
    const struct test *end = in->tests->test + in->tests->n;
    for (const struct test *test = in->tests->test; test < end; test++)
        if (quality(in->plan, test) != NULL) {
            width = put_name(NULL, in, test) > width ? put_name(NULL, in, test) : width;
            attacked |= success_of(test) != NULL;
        }
    text_format(t, "%-*s  %-*s%s\n", width, "scenario", attacked ? 26 : 0, "accuracy",
                attacked ? "attack success" : "");
    for (const struct test *test = in->tests->test; test < end; test++)
        if (quality(in->plan, test) != NULL)
            put_row(t, in, test, width);
    text_put(t, "\n");
}

static void put_line(struct text *t, const struct plan *plan, const char *label, const struct headline_value *h)
{
    if (h->test == NULL)
        return;
    text_format(t, "%-26s", label);
    put_figure(t, h->value, 26);
    text_format(t, "%s, %s", h->value->metric_id, h->test->test_id);
    if (!report_is_clean(plan, h->test->scenario))
        text_format(t, ", %s", h->test->scenario);
    if (h->value->pair_low != NULL && h->value->pair_high != NULL)
        text_format(t, " (%s, %s)", h->value->pair_low, h->value->pair_high);
    text_put(t, "\n");
}

static void put_headline(struct text *t, const struct plan *plan, const struct headline *h)
{
    put_line(t, plan, "mean corruption accuracy", &h->corruption);
    put_line(t, plan, "worst disparity, clean", &h->disparity_clean);
    if (h->disparity.test != h->disparity_clean.test)
        put_line(t, plan, "worst disparity", &h->disparity);
    put_line(t, plan, "best membership AUC", &h->membership);
}

/* The first defined value of all rows. */
static const struct metric_value *first_value(const struct test *t)
{
    for (size_t i = 0; i < t->metrics.n; i++)
        if (t->metrics.value[i].slice_attribute == NULL && t->metrics.value[i].null_reason == NULL)
            return &t->metrics.value[i];
    return NULL;
}

/* A line for every other completed test, whatever its family. */
static void put_others(struct text *t, const struct report_input *in)
{
    for (size_t i = 0; i < in->tests->n; i++) {
        const struct test *test = &in->tests->test[i];
        struct headline_value line = {.test = test, .value = first_value(test)};
        if (test->status == TEST_OK && line.value != NULL && !is_summed_up(test) && quality(in->plan, test) == NULL)
            put_line(t, in->plan, "", &line);
    }
}

int report_summary(const struct report_input *in, char **text, struct err *e)
{
    struct text t = {0};
    struct headline h;
    const struct test_warning *warning;
    TRY(report_headline_find(in, &h, e));
    put_title(&t, in);
    for (size_t i = 0, k = 0; (warning = report_top_warning(in->tests, &i, &k)) != NULL;)
        text_format(&t, "warning: %s: %s\n\n", warning->code, warning->message);
    put_scenarios(&t, in);
    put_headline(&t, in->plan, &h);
    put_others(&t, in);
    report_headline_free(&h);
    return text_end(&t, text, NULL, e);
}
