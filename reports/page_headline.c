/* The figures at the top, and the lowest robust accuracy of each budget. */
#include <math.h>
#include <stdio.h>

#include "reports/page.h"

static void put_card(struct page *p, const char *label, const struct json *value)
{
    char a[64], b[64];
    const struct json *ci = json_get(value, "ci");
    double v = page_number(value, "value");
    if (!isfinite(v))
        return;
    text_put(&p->t, "<div class=\"card\"><h3>");
    page_escape(p, label);
    text_format(&p->t, "</h3><p class=\"figure\">%s</p>", page_figure_text(v, "fraction", a, sizeof a));
    if (isfinite(page_number(ci, "low")))
        text_format(&p->t, "<p>%g %% interval %s to %s</p>", 100 * page_number(ci, "level"),
                    page_figure_text(page_number(ci, "low"), "fraction", a, sizeof a),
                    page_figure_text(page_number(ci, "high"), "fraction", b, sizeof b));
    text_put(&p->t, "<p class=\"source\">");
    page_escape(p, page_string(value, "metric_id"));
    text_put(&p->t, "<br>");
    page_escape(p, page_string(value, "test_id"));
    text_put(&p->t, "<br>");
    page_escape(p, page_string(value, "scenario"));
    if (page_path(value, "pair", "high") != NULL) {
        text_put(&p->t, "<br>lowest: ");
        page_escape(p, page_string(json_get(value, "pair"), "low"));
        text_put(&p->t, "<br>highest: ");
        page_escape(p, page_string(json_get(value, "pair"), "high"));
    }
    text_put(&p->t, "</p></div>\n");
}

/* The lowest robust accuracy of each norm and eps, as bars under the clean accuracy. */
static void put_robust_bars(struct page *p, const struct json *headline)
{
    enum { MOST = 40 };
    struct page_bar bar[MOST];
    char name[MOST][64];
    size_t n = 0;
    const struct json *worst = json_first(json_get(headline, "worst_robust_accuracy"));
    if (worst == NULL || page_bar_of("clean", json_get(headline, "clean_accuracy"), &bar[n++]))
        return;
    for (; worst != NULL && n < MOST; worst = json_next(worst)) {
        char norm[PAGE_NORM];
        snprintf(name[n], sizeof name[n], "%s, eps %.6g", page_norm_text(page_string(worst, "norm"), norm),
                 page_number(worst, "eps"));
        if (page_bar_of(name[n], worst, &bar[n]) == 0)
            n++;
    }
    page_bars(p, "Accuracy clean, and the lowest robust accuracy of each norm and budget", bar, n);
}

static int put_headline(struct page *p, struct err *e)
{
    const struct json *headline = page_path(p->root, "summary", "headline");
    (void)e;
    text_put(&p->t, "<div class=\"cards\">\n");
    put_card(p, "Clean accuracy", json_get(headline, "clean_accuracy"));
    put_card(p, "Mean corruption accuracy", json_get(headline, "mean_corruption_accuracy"));
    put_card(p, "Worst disparity, clean", json_get(headline, "worst_disparity_clean"));
    put_card(p, "Worst disparity, all scenarios", json_get(headline, "worst_disparity"));
    put_card(p, "Best membership AUC", json_get(headline, "best_membership_auc"));
    text_put(&p->t, "</div>\n");
    put_robust_bars(p, headline);
    text_put(&p->t, "<p>Fractions are between 0 and 1. Small print under a value is its confidence interval. No gates "
                    "were evaluated: the report sets no thresholds.</p>");
    return 0;
}

const struct page_section page_headline = {.title = "Headline", .write = put_headline};
