/* The short table that `run` prints. */
#include <stdio.h>
#include <string.h>

#include "reports/parts.h"

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

/* What tells how good the scenario is: accuracy, under attack robust accuracy. */
static const struct metric_value *quality(const struct test *test)
{
    if (test->status != TEST_OK || !report_starts(test->test_id, "robustness."))
        return NULL;
    int attacked = strcmp(test->scenario, "clean") != 0 && !report_starts(test->test_id, "robustness.natural.");
    if (report_starts(test->test_id, "robustness.transfer"))
        return NULL;
    const struct metric_value *v = test_value(test, attacked ? "robust_accuracy" : "accuracy");
    return v != NULL && v->null_reason == NULL ? v : NULL;
}

/* Votes stand beside the target's scenarios, of the same names. */
static int put_name(struct text *t, const struct test *test)
{
    const char *who = report_starts(test->test_id, "robustness.ensemble") ? "ensemble: " : "";
    if (t != NULL)
        text_format(t, "%s%s", who, test->scenario);
    return (int)(strlen(who) + strlen(test->scenario));
}

static void put_scenarios(struct text *t, const struct report_input *in)
{
    int width = (int)strlen("scenario");
    for (size_t i = 0; i < in->tests->n; i++)
        if (quality(&in->tests->test[i]) != NULL && put_name(NULL, &in->tests->test[i]) > width)
            width = put_name(NULL, &in->tests->test[i]);
    text_format(t, "%-*s  %-26s%s\n", width, "scenario", "accuracy", "attack success");
    for (size_t i = 0; i < in->tests->n; i++) {
        const struct test *test = &in->tests->test[i];
        const struct metric_value *v = quality(test);
        if (v == NULL)
            continue;
        const struct metric_value *success = test_value(test, "attack_success_rate");
        int attacked = success != NULL && success->null_reason == NULL;
        text_format(t, "%*s", width - put_name(t, test) + 2, "");
        put_figure(t, v, attacked ? 26 : 0);
        if (attacked)
            text_format(t, "%.4f", success->value);
        text_put(t, "\n");
    }
}

static void put_line(struct text *t, const char *label, const struct headline_value *h)
{
    if (h->test == NULL)
        return;
    text_format(t, "%-26s", label);
    put_figure(t, h->value, 26);
    text_format(t, "%s, %s", h->value->metric_id, h->test->test_id);
    if (strcmp(h->test->scenario, "clean") != 0)
        text_format(t, ", %s", h->test->scenario);
    if (h->value->pair_low != NULL && h->value->pair_high != NULL)
        text_format(t, " (%s, %s)", h->value->pair_low, h->value->pair_high);
    text_put(t, "\n");
}

int report_summary(const struct report_input *in, char **text, struct err *e)
{
    struct text t = {0};
    struct headline h;
    TRY(headline_find(in, &h, e));
    put_title(&t, in);
    put_scenarios(&t, in);
    text_put(&t, "\n");
    put_line(&t, "mean corruption accuracy", &h.corruption);
    put_line(&t, "worst disparity, clean", &h.disparity_clean);
    if (h.disparity.test != h.disparity_clean.test)
        put_line(&t, "worst disparity", &h.disparity);
    put_line(&t, "best membership AUC", &h.membership);
    headline_free(&h);
    return text_end(&t, text, NULL, e);
}
