#include "configs/warnings.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SMALL_SHARE 1e-3    /* of a range: less is hardly a change */
#define BYTE_WIDTH 100      /* a box that wide counts levels, as 0..255 does: its smallest step is 1 */
#define COLUMN_ROWS 4096    /* by which columns are judged */
#define COLUMN_ROWS_LEAST 20
#define COLUMN_FLOATS (1 << 22)

/* ---- budgets ---- */

static double range_of(const struct dataset *d, size_t j)
{
    return d->feature != NULL && !d->feature[j].mutable_feature ? 0 : (double)d->high[j] - (double)d->low[j];
}

struct plan_share plan_share_of(const struct dataset *data, double eps, enum threat_unit unit)
{
    struct plan_share s = {0};
    if (data->low == NULL)
        return s;
    for (size_t j = 0; j < data->size; j++) {
        const double range = range_of(data, j);
        if (!(range > 0))
            continue;
        const double share = unit == THREAT_RANGE ? eps : eps / range;
        if (!s.found || share < s.least) {
            s.least = share;
            s.least_at = j;
        }
        if (!s.found || share > s.greatest) {
            s.greatest = share;
            s.greatest_at = j;
        }
        s.found = 1;
    }
    return s;
}

static void name_of(const struct dataset *d, size_t j, char *buf, size_t size)
{
    if (d->feature != NULL)
        snprintf(buf, size, "%.80s", d->feature[j].name);
    else if (d->shape.rank == 3)
        snprintf(buf, size, "channel %zu", j % d->shape.dim[2]);
    else
        snprintf(buf, size, "feature %zu", j);
}

char *plan_share_text(const struct dataset *data, const struct norm_kind *norm, double eps, enum threat_unit unit,
                      char *buf)
{
    const struct plan_share s = plan_share_of(data, eps, unit);
    const char *what = data->shape.rank == 3 ? "channel" : "feature";
    char least[96], greatest[96];
    int n = snprintf(buf, PLAN_SHARE_TEXT, "%s eps %.9g (%s): ", norm->name, eps,
                     unit == THREAT_RANGE ? "shares of each range" : "data units");
    if (n < 0 || !s.found) {
        snprintf(buf + (n < 0 ? 0 : n), (size_t)(PLAN_SHARE_TEXT - (n < 0 ? 0 : n)), "nothing may change");
        return buf;
    }
    name_of(data, s.least_at, least, sizeof least);
    name_of(data, s.greatest_at, greatest, sizeof greatest);
    if (s.greatest > s.least)
        snprintf(buf + n, (size_t)(PLAN_SHARE_TEXT - n), "%.3g (%s) to %.3g (%s) of a %s's range", s.least, least,
                 s.greatest, greatest, what);
    else
        snprintf(buf + n, (size_t)(PLAN_SHARE_TEXT - n), "%.3g of the range of every %s", s.least, what);
    return buf;
}

/* The longest change that the box allows, in the unit of eps. */
static double longest(const struct dataset *d, const struct norm_kind *norm, enum threat_unit unit, double *v)
{
    for (size_t j = 0; j < d->size; j++)
        v[j] = unit == THREAT_RANGE ? range_of(d, j) > 0 : range_of(d, j);
    return norm->length(d->size, v);
}

static int put(struct plan_warnings *out, struct arena *arena, const char *code, const struct norm_kind *norm,
               double eps, const char *fmt, ...) __attribute__((format(printf, 6, 7)));

static int put(struct plan_warnings *out, struct arena *arena, const char *code, const struct norm_kind *norm,
               double eps, const char *fmt, ...)
{
    char text[1024];
    va_list args;
    if (out->n == PLAN_WARNINGS_MOST)
        return 0;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    struct plan_warning *w = &out->item[out->n++];
    *w = (struct plan_warning){code, arena_strdup(arena, text), norm, eps};
    return w->message == NULL;
}

/* L0 counts values; the norms of values compare with ranges. */
static int warn_budget(const struct scenario *s, const struct dataset *d, double *v, struct arena *arena,
                       struct plan_warnings *out)
{
    const enum threat_unit unit = (enum threat_unit)s->entry->common.eps_unit;
    const int counts = s->norm == norm_kinds[NORM_l0];
    const struct plan_share share = plan_share_of(d, s->level, unit);
    const double most = longest(d, s->norm, unit, v);
    char text[PLAN_SHARE_TEXT];
    if (!share.found)
        return 0;
    plan_share_text(d, s->norm, s->level, unit, text);
    if (counts)
        return s->level >= most && put(out, arena, "eps_beyond_box", s->norm, s->level,
                                       "%s eps %.9g: all %.9g values that may change at all may change", s->norm->name,
                                       s->level, most);
    if (s->level >= most && s->level > 0)
        return put(out, arena, "eps_beyond_box", s->norm, s->level,
                   "%s: any input may become any other one, so nothing is learnt of robustness; eps counts %s%s", text,
                   unit == THREAT_RANGE ? "shares of ranges, of which 1 is the whole (\"eps_unit\": \"data\" counts "
                                          "data units)"
                                        : "data units",
                   unit == THREAT_DATA && d->size > 0 && s->level >= 1 && (double)d->high[0] <= 1
                       ? ": on inputs of 0 to 1 write 8 levels of 255 as \"8/255\"" : "");
    if (s->norm->bounds != NULL && share.greatest > 1)
        return put(out, arena, "eps_beyond_box", s->norm, s->level,
                   "%s: the whole range is within it for some; \"eps_unit\": \"range\" counts shares of each range",
                   text);
    if (unit == THREAT_DATA && s->level < 1 && s->level > 0 && (double)d->high[0] - (double)d->low[0] >= BYTE_WIDTH &&
        d->kind == DATASET_IMAGE)
        return put(out, arena, "eps_unit", s->norm, s->level,
                   "%s: eps counts data units, here %.9g to %.9g, and is less than one level; was it meant for inputs "
                   "of 0 to 1? Then it is %.9g here", text, (double)d->low[0], (double)d->high[0],
                   s->level * ((double)d->high[0] - (double)d->low[0]));
    if (share.least < SMALL_SHARE)
        return put(out, arena, "eps_below_box", s->norm, s->level,
                   "%s: less than 1/1000 is hardly a change; is eps meant in another unit (\"eps_unit\")?", text);
    return 0;
}

static int is_said(const struct plan *plan, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (plan->scenario[j].family == SCENARIO_ADVERSARIAL && plan->scenario[j].norm == plan->scenario[i].norm &&
            fabs(plan->scenario[j].level - plan->scenario[i].level) <= 0)
            return 1;
    return 0;
}

static int warn_budgets(const struct plan *plan, const struct dataset *data, struct arena *arena,
                        struct plan_warnings *out, struct err *e)
{
    double *v = calloc(data->size + 1, sizeof *v);
    int failed = v == NULL;
    for (size_t i = 0; i < plan->scenarios_n && !failed; i++) {
        const struct scenario *s = &plan->scenario[i];
        if (s->family == SCENARIO_ADVERSARIAL && !s->unbounded && !is_said(plan, i))
            failed = warn_budget(s, data, v, arena, out);
    }
    free(v);
    return failed ? err_set(e, ERR_RUN, "out of memory for warnings") : 0;
}

/* ---- columns of 0 and 1 ---- */

struct columns_of { size_t groups, grouped, first, last, binary, alone; };

static int is_binary(const float *x, size_t n, size_t size, size_t j)
{
    size_t ones = 0;
    for (size_t i = 0; i < n; i++) {
        const float v = x[i * size + j];
        if ((v < 0 || v > 0) && (v < 1 || v > 1))
            return 0;
        ones += v > 0;
    }
    return ones > 0 && ones < n;
}

/* Where the group that begins at column j ends, if each row has one 1 in it; j: there is none. */
static size_t group_end(const float *x, size_t n, size_t size, size_t j, const unsigned char *binary, int *sum)
{
    memset(sum, 0, n * sizeof *sum);
    for (size_t k = j; k < size && binary[k]; k++) {
        size_t once = 0;
        for (size_t i = 0; i < n; i++) {
            sum[i] += x[i * size + k] > 0;
            if (sum[i] > 1)
                return j;
            once += sum[i] == 1;
        }
        if (once == n)
            return k + 1;
    }
    return j;
}

static void look(const struct dataset *d, const float *x, size_t n, unsigned char *binary, int *sum,
                 struct columns_of *c)
{
    for (size_t j = 0; j < d->size; j++) {
        const struct dataset_feature *f = d->feature != NULL ? &d->feature[j] : NULL;
        binary[j] = (f == NULL || (f->kind == FEATURE_NUMERIC && f->mutable_feature)) && is_binary(x, n, d->size, j);
        if (binary[j] && c->binary++ == 0)
            c->alone = j;
    }
    for (size_t j = 0; j < d->size;) {
        const size_t end = binary[j] ? group_end(x, n, d->size, j, binary, sum) : j;
        if (end > j + 1 && c->groups++ == 0) {
            c->first = j;
            c->last = end - 1;
        }
        c->grouped += end > j + 1 ? end - j : 0;
        j = end > j ? end : j + 1;
    }
}

static int say_columns(const struct dataset *d, const struct columns_of *c, struct arena *arena,
                       struct plan_warnings *out)
{
    char first[96], last[96];
    name_of(d, c->groups ? c->first : c->alone, first, sizeof first);
    name_of(d, c->last, last, sizeof last);
    if (c->groups > 0)
        return put(out, arena, "onehot_continuous", NULL, 0,
                   "%zu columns look like %zu one-hot group%s (first: %s to %s), but /features does not declare them: "
                   "attacks move them continuously, to rows that cannot occur; declare kind \"onehot:GROUP\" (assay "
                   "help import csv)", c->grouped, c->groups, c->groups > 1 ? "s" : "", first, last);
    if (c->binary > 0)
        return put(out, arena, "binary_continuous", NULL, 0,
                   "%zu column%s (first: %s) hold 0 and 1 alone, but /features does not declare them: attacks move "
                   "them continuously, to rows that cannot occur; declare kind \"integer\"", c->binary,
                   c->binary > 1 ? "s" : "", first);
    return 0;
}

static int warn_columns(const struct plan *plan, struct dataset *d, struct arena *arena, struct plan_warnings *out,
                        struct err *e)
{
    size_t n = COLUMN_FLOATS / (d->size + 1);
    n = n < COLUMN_ROWS ? n : COLUMN_ROWS;
    n = n < d->n ? n : d->n;
    if (plan->attacks_n == 0 || d->kind != DATASET_TABLE || n < COLUMN_ROWS_LEAST)
        return 0;
    struct columns_of c = {0};
    float *x = malloc(n * d->size * sizeof *x);
    unsigned char *binary = calloc(d->size, 1);
    int *sum = calloc(n, sizeof *sum);
    int code = x && binary && sum ? dataset_read(d, 0, n, x, e) : err_set(e, ERR_RUN, "out of memory for warnings");
    if (!code) {
        look(d, x, n, binary, sum, &c);
        code = say_columns(d, &c, arena, out) ? err_set(e, ERR_RUN, "out of memory for warnings") : 0;
    }
    free(x);
    free(binary);
    free(sum);
    return code;
}

int plan_warn(const struct plan *plan, struct dataset *data, struct arena *arena, struct plan_warnings *out,
              struct err *e)
{
    out->n = 0;
    if (plan->model == NULL || data->size == 0 || data->kind == DATASET_TOKENS)
        return 0;
    TRY(warn_columns(plan, data, arena, out, e));
    return warn_budgets(plan, data, arena, out, e);
}
