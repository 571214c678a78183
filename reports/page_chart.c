/* Charts as inline SVG: lines over a budget, and bars, both with interval whiskers. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "reports/page.h"

/* Okabe and Ito's palette: told apart by most colour-blind readers; dashes repeat it for those who print in grey. */
static const char *const colours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                      "#e69f00", "#56b4e9", "#5d3a9b", "#222222"};
static const char *const dashes[] = {"none", "6 3", "2 3", "8 3 2 3"};
#define COLOURS (sizeof colours / sizeof colours[0])
#define DASHES (sizeof dashes / sizeof dashes[0])

enum { WIDTH = 520, HEIGHT = 300, LEFT = 46, RIGHT = 14, TOP = 12, BOTTOM = 44 };

/* From low to high, marked at the multiples of step. */
struct axis { double low, high, step; };
struct axes { struct axis x, y; };

/* The step of round numbers that marks at most six parts of the range. */
static double round_step(double range)
{
    static const double factor[] = {1, 2, 2.5, 5};
    double power = 1e-12;
    if (!(range > 0) || range > 1e12)
        return 1e12;
    for (;; power *= 10)
        for (size_t i = 0; i < sizeof factor / sizeof factor[0]; i++)
            if (range <= 6 * power * factor[i])
                return power * factor[i];
}

/* What holds the values of the lines; 0 on both axes, and 1 on the ordinate. */
static struct axes axes_of(const struct page_line *line, size_t lines)
{
    struct axes a = {.y = {0, 1, 0}};
    for (size_t i = 0; i < lines; i++)
        for (size_t j = 0; j < line[i].n; j++) {
            const struct page_point *q = &line[i].point[j];
            a.x.low = fmin(a.x.low, q->x);
            a.x.high = fmax(a.x.high, q->x);
            a.y.low = fmin(a.y.low, q->y);
            a.y.high = fmax(a.y.high, q->y);
        }
    a.x.step = round_step(a.x.high - a.x.low);
    a.y.step = round_step(a.y.high - a.y.low);
    return a;
}

/* Where v lies on the axis, 0..1. */
static double share(const struct axis *a, double v)
{
    return a->high > a->low ? fmin(fmax((v - a->low) / (a->high - a->low), 0), 1) : 0;
}

static double at_x(const struct axes *a, double x)
{
    return LEFT + (WIDTH - LEFT - RIGHT) * share(&a->x, x);
}

static double at_y(const struct axes *a, double y)
{
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share(&a->y, y);
}

/* Mark number i of the axis, or NaN past its end. */
static double mark(const struct axis *a, int i)
{
    double v = (ceil(a->low / a->step - 1e-9) + i) * a->step;
    return i <= 6 && v <= a->high + 1e-9 * (a->high - a->low) ? v : (double)NAN;
}

static void open_figure(struct page *p, const char *title, const char *class_name, int width, int height)
{
    text_format(&p->t, "<figure class=\"%s\"><figcaption>", class_name);
    page_escape(p, title);
    text_format(&p->t, "</figcaption><svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"", width, height);
    page_escape(p, title);
    text_put(&p->t, "\">\n");
}

static void put_grid(struct page *p, const struct axes *a, const char *x_name)
{
    int tenths = a->y.step < 1 && fabs(10 * a->y.step - round(10 * a->y.step)) < 1e-9;
    char text[32];
    for (int i = 0; isfinite(mark(&a->y, i)); i++) {
        double v = mark(&a->y, i), y = at_y(a, v);
        snprintf(text, sizeof text, tenths ? "%.1f" : "%.6g", v);
        text_format(&p->t, "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>", LEFT, WIDTH - RIGHT, y,
                    y);
        text_format(&p->t, "<text class=\"tick\" text-anchor=\"end\" x=\"%d\" y=\"%.1f\">%s</text>\n", LEFT - 6, y + 4,
                    text);
    }
    for (int i = 0; isfinite(mark(&a->x, i)); i++)
        text_format(&p->t, "<text class=\"tick\" text-anchor=\"middle\" x=\"%.1f\" y=\"%d\">%.6g</text>\n",
                    at_x(a, mark(&a->x, i)), HEIGHT - BOTTOM + 16, mark(&a->x, i));
    text_format(&p->t, "<text class=\"tick\" text-anchor=\"middle\" x=\"%d\" y=\"%d\">", (LEFT + WIDTH - RIGHT) / 2,
                HEIGHT - 8);
    page_escape(p, x_name);
    text_put(&p->t, "</text>\n");
}

/* How line number `index` looks; a backdrop is broad and pale and takes no colour from the others. */
static void put_stroke(struct page *p, const struct page_line *line, size_t index)
{
    if (line->backdrop)
        text_put(&p->t, "stroke=\"#c3c8cd\" stroke-width=\"7\"");
    else
        text_format(&p->t, "stroke=\"%s\" stroke-width=\"2\" stroke-dasharray=\"%s\"", colours[index % COLOURS],
                    dashes[index / COLOURS % DASHES]);
}

static void put_points(struct page *p, const struct axes *a, const struct page_line *line, const char *colour)
{
    for (size_t i = 0; i < line->n; i++) {
        const struct page_point *q = &line->point[i];
        double x = at_x(a, q->x);
        text_format(&p->t, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.8\" fill=\"%s\"/>", x, at_y(a, q->y), colour);
        if (isfinite(q->low) && isfinite(q->high))
            text_format(&p->t, "<path d=\"M%.1f %.1fV%.1fM%.1f %.1fh6M%.1f %.1fh6\" stroke=\"%s\" fill=\"none\"/>", x,
                        at_y(a, q->low), at_y(a, q->high), x - 3, at_y(a, q->low), x - 3, at_y(a, q->high), colour);
    }
}

static void put_line(struct page *p, const struct axes *a, const struct page_line *line, size_t index)
{
    text_put(&p->t, "<polyline fill=\"none\" ");
    put_stroke(p, line, index);
    text_put(&p->t, " points=\"");
    for (size_t i = 0; i < line->n; i++) {
        const double x = at_x(a, line->point[i].x);
        if (line->steps && i > 0)
            text_format(&p->t, "%.1f,%.1f ", x, at_y(a, line->point[i - 1].y));
        text_format(&p->t, "%.1f,%.1f ", x, at_y(a, line->point[i].y));
    }
    text_put(&p->t, "\"/>");
    if (!line->backdrop)
        put_points(p, a, line, colours[index % COLOURS]);
    text_put(&p->t, "\n");
}

static void put_legend(struct page *p, const struct page_line *line, size_t lines)
{
    text_put(&p->t, "<ul class=\"legend\">");
    for (size_t i = 0; i < lines; i++) {
        text_put(&p->t, "<li><svg viewBox=\"0 0 28 8\"><line x1=\"0\" x2=\"28\" y1=\"4\" y2=\"4\" ");
        put_stroke(p, &line[i], i);
        text_put(&p->t, "/></svg>");
        page_escape(p, line[i].name);
        text_put(&p->t, "</li>");
    }
    text_put(&p->t, "</ul>");
}

void page_curves(struct page *p, const char *title, const char *x_name, const struct page_line *line, size_t lines)
{
    struct axes a = axes_of(line, lines);
    open_figure(p, title, "curve", WIDTH, HEIGHT);
    put_grid(p, &a, x_name);
    for (int backdrop = 1; backdrop >= 0; backdrop--)
        for (size_t i = 0; i < lines; i++)
            if (line[i].backdrop == backdrop)
                put_line(p, &a, &line[i], i);
    text_put(&p->t, "</svg>");
    put_legend(p, line, lines);
    text_put(&p->t, "</figure>\n");
}

enum { BAR_WIDTH = 520, BAR_LABEL = 190, BAR_VALUE = 52, BAR_STEP = 22 };

static double bar_x(double v)
{
    return BAR_LABEL + (BAR_WIDTH - BAR_LABEL - BAR_VALUE) * fmin(fmax(v, 0), 1);
}

/* Names that do not fit beside the bars are cut; the tables have them whole. */
static void put_short(struct page *p, const char *name)
{
    enum { MOST = 25 };
    char text[4 * MOST + 8];
    size_t n = 0, characters = 0;
    while (name[n] != '\0' && characters < MOST && n + 4 < sizeof text) {
        n++;
        while (((unsigned char)name[n] & 0xc0) == 0x80)
            n++;
        characters++;
    }
    memcpy(text, name, n);
    text[n] = '\0';
    page_escape(p, text);
    if (name[n] != '\0')
        text_put(&p->t, "\xe2\x80\xa6"); /* an ellipsis */
}

static void put_bar(struct page *p, const struct page_bar *bar, int y)
{
    text_format(&p->t, "<text class=\"label\" text-anchor=\"end\" x=\"%d\" y=\"%d\">", BAR_LABEL - 8, y + 14);
    put_short(p, bar->name);
    text_format(&p->t, "</text><rect class=\"bar%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"14\"/>",
                bar->small ? " few" : "", BAR_LABEL, y + 3, bar_x(bar->value) - BAR_LABEL);
    if (isfinite(bar->low) && isfinite(bar->high))
        text_format(&p->t, "<path class=\"whisker\" d=\"M%.1f %dH%.1fM%.1f %dv6M%.1f %dv6\"/>", bar_x(bar->low), y + 10,
                    bar_x(bar->high), bar_x(bar->low), y + 7, bar_x(bar->high), y + 7);
    text_format(&p->t, "<text class=\"label\" text-anchor=\"end\" x=\"%d\" y=\"%d\">%.4f</text>\n", BAR_WIDTH - 2,
                y + 14, bar->value);
}

void page_bars(struct page *p, const char *title, const struct page_bar *bar, size_t n)
{
    int height = (int)n * BAR_STEP + 26;
    if (n == 0)
        return;
    open_figure(p, title, "bars", BAR_WIDTH, height);
    for (int i = 0; i <= 4; i++) {
        double x = bar_x(i / 4.0);
        text_format(&p->t, "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"0\" y2=\"%d\"/>", x, x, height - 22);
        text_format(&p->t, "<text class=\"tick\" text-anchor=\"middle\" x=\"%.1f\" y=\"%d\">%.2f</text>", x, height - 8,
                    i / 4.0);
    }
    for (size_t i = 0; i < n; i++)
        put_bar(p, &bar[i], (int)i * BAR_STEP);
    text_put(&p->t, "</svg></figure>\n");
}

int page_bar_of(const char *name, const struct json *metric, struct page_bar *out)
{
    const struct json *ci = json_get(metric, "ci");
    *out = (struct page_bar){name, page_number(metric, "value"), page_number(ci, "low"), page_number(ci, "high"),
                             page_is_small(metric)};
    return isfinite(out->value) ? 0 : 1;
}
