/* Charts as inline SVG: lines over a budget, and bars, both with interval whiskers. */
#include <math.h>
#include <string.h>

#include "reports/page.h"

/* Okabe and Ito's palette: told apart by most colour-blind readers; dashes repeat it for those who print in grey. */
static const char *const colours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                      "#e69f00", "#56b4e9", "#5d3a9b", "#222222"};
static const char *const dashes[] = {"none", "6 3", "2 3", "8 3 2 3"};
#define COLOURS (sizeof colours / sizeof colours[0])
#define DASHES (sizeof dashes / sizeof dashes[0])

enum { WIDTH = 520, HEIGHT = 300, LEFT = 46, RIGHT = 14, TOP = 12, BOTTOM = 44 };

struct axes { double x_max, x_step; };

/* The step of round numbers that gives at most six of them. */
static double round_step(double x_max)
{
    static const double factor[] = {1, 2, 2.5, 5};
    double power = 1e-12;
    if (!(x_max > 0) || x_max > 1e12)
        return 1e12;
    for (;; power *= 10)
        for (size_t i = 0; i < sizeof factor / sizeof factor[0]; i++)
            if (x_max <= 6 * power * factor[i])
                return power * factor[i];
}

static double at_x(const struct axes *a, double x)
{
    return LEFT + (WIDTH - LEFT - RIGHT) * (a->x_max > 0 ? x / a->x_max : 0);
}

static double at_y(double y)
{
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * fmin(fmax(y, 0), 1);
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
    for (int i = 0; i <= 5; i++) {
        double y = at_y(i / 5.0);
        text_format(&p->t, "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>", LEFT, WIDTH - RIGHT, y,
                    y);
        text_format(&p->t, "<text class=\"tick\" text-anchor=\"end\" x=\"%d\" y=\"%.1f\">%.1f</text>\n", LEFT - 6,
                    y + 4, i / 5.0);
    }
    for (int i = 0; i <= 6 && i * a->x_step <= a->x_max * (1 + 1e-9); i++)
        text_format(&p->t, "<text class=\"tick\" text-anchor=\"middle\" x=\"%.1f\" y=\"%d\">%.6g</text>\n",
                    at_x(a, i * a->x_step), HEIGHT - BOTTOM + 16, i * a->x_step);
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
        text_format(&p->t, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.8\" fill=\"%s\"/>", x, at_y(q->y), colour);
        if (isfinite(q->low) && isfinite(q->high))
            text_format(&p->t, "<path d=\"M%.1f %.1fV%.1fM%.1f %.1fh6M%.1f %.1fh6\" stroke=\"%s\" fill=\"none\"/>", x,
                        at_y(q->low), at_y(q->high), x - 3, at_y(q->low), x - 3, at_y(q->high), colour);
    }
}

static void put_line(struct page *p, const struct axes *a, const struct page_line *line, size_t index)
{
    text_put(&p->t, "<polyline fill=\"none\" ");
    put_stroke(p, line, index);
    text_put(&p->t, " points=\"");
    for (size_t i = 0; i < line->n; i++)
        text_format(&p->t, "%.1f,%.1f ", at_x(a, line->point[i].x), at_y(line->point[i].y));
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
    struct axes a = {0};
    for (size_t i = 0; i < lines; i++)
        for (size_t j = 0; j < line[i].n; j++)
            a.x_max = fmax(a.x_max, line[i].point[j].x);
    a.x_step = round_step(a.x_max);
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
    text_format(&p->t, "</text><rect class=\"bar\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"14\"/>", BAR_LABEL, y + 3,
                bar_x(bar->value) - BAR_LABEL);
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
    *out = (struct page_bar){name, page_number(metric, "value"), page_number(ci, "low"), page_number(ci, "high")};
    return isfinite(out->value) ? 0 : 1;
}
