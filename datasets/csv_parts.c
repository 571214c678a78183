/* Which part of a schema each column of a table seems to take. */
#include <stdlib.h>
#include <string.h>

#include "datasets/csv_guess.h"
#include "datasets/csv_roles.h"

#define LABEL_VALUES 100          /* more are no classes */
#define LABEL_VALUES_LAST 20      /* of a last column whose name tells nothing */

size_t csv_sight_recorded(const struct csv_sight *s)
{
    return s->rows - s->missing;
}

int csv_sight_is_number(const struct csv_sight *s)
{
    return s->numbers > 0 && s->numbers == csv_sight_recorded(s);
}

int csv_sight_is_date(const struct csv_sight *s)
{
    return s->dates > 0 && s->dates * 2 > csv_sight_recorded(s);
}

int csv_sight_holds(const struct csv_sight *s, const char *a, const char *b)
{
    return !s->many && s->values == 2 && strcmp(s->value[0], a) == 0 && strcmp(s->value[1], b) == 0;
}

/* ---- which part a column takes ----------------------------------------------------------------------------------- */

int csv_label_score(const struct csv_guess *g, size_t i)
{
    const struct csv_sight *s = &g->column[i];
    int last = i + 1 == g->csv.columns;
    if (s->many || s->values < 2 || s->values > LABEL_VALUES || csv_sight_is_date(s))
        return 0;
    if (s->numbers && !csv_sight_is_number(s))
        return 0;
    int score = s->roles & CSV_ROLE_LABEL ? 60 : s->roles & CSV_ROLE_OUTCOME ? 40 : 0;
    if (score == 0 && (!last || s->values > LABEL_VALUES_LAST || s->roles & (CSV_ROLE_SENSITIVE | CSV_ROLE_MEMBER)))
        return 0;
    if (csv_sight_is_number(s) && s->wholes < s->numbers)
        return 0;
    return score + (last ? 30 : 0);
}

static void choose_label(struct csv_guess *g)
{
    g->label = g->csv.columns;
    for (size_t i = 0; i < g->csv.columns; i++)
        if (csv_label_score(g, i) > g->label_score) {
            g->label = i;
            g->label_score = csv_label_score(g, i);
        }
    if (g->label < g->csv.columns)
        g->part[g->label] = CSV_PART_LABEL;
}

static int is_weight(const struct csv_guess *g, const struct csv_sight *s)
{
    int sure = (s->roles & CSV_ROLE_WEIGHT) != 0, maybe = (s->roles & CSV_ROLE_MAYBE_WEIGHT) != 0;
    for (size_t i = 0; i < g->csv.columns && maybe && !sure; i++)
        maybe = !(g->column[i].roles & CSV_ROLE_BODY);
    return (sure || maybe) && csv_sight_is_number(s) && !s->missing && s->low > 0;
}

static int is_id(const struct csv_guess *g, size_t i)
{
    const struct csv_sight *s = &g->column[i];
    return (i == 0 && g->csv.index_column) || (s->roles & CSV_ROLE_ID && !(s->roles & CSV_ROLE_LABEL));
}

/* Whole numbers or texts that may well be different in every row. */
static int may_be_id(const struct csv_guess *g, size_t i)
{
    const struct csv_sight *s = &g->column[i];
    int numbers = csv_sight_is_number(s) && s->wholes == s->numbers, texts = s->numbers == 0 && s->dates == 0;
    return is_id(g, i) && !s->missing && ((numbers && (s->ascending || s->many)) || (texts && s->many));
}

/* What no model can be fed, or would learn nothing from. */
static int is_left_out(const struct csv_guess *g, size_t i)
{
    const struct csv_sight *s = &g->column[i];
    if (csv_sight_recorded(s) == 0 || csv_sight_is_date(s))
        return 1;
    if ((i == 0 && g->csv.index_column) || (is_id(g, i) && s->many))
        return 1;
    return !csv_sight_is_number(s) && s->many;
}

/* Ids, membership and weights: the first column of each kind. */
static void choose_columns(struct csv_guess *g)
{
    int id = 0, member = 0, weight = 0;
    for (size_t i = 0; i < g->csv.columns; i++) {
        const struct csv_sight *s = &g->column[i];
        if (g->part[i] != CSV_PART_FEATURE)
            continue;
        if (!id && may_be_id(g, i)) {
            g->part[i] = CSV_PART_ID;
            id = 1;
        } else if (!member && s->roles & CSV_ROLE_MEMBER && csv_sight_holds(s, "0", "1") && !s->missing) {
            g->part[i] = CSV_PART_MEMBER;
            member = 1;
        } else if (!weight && is_weight(g, s)) {
            g->part[i] = CSV_PART_WEIGHT;
            weight = 1;
        } else if (is_left_out(g, i)) {
            g->part[i] = CSV_PART_LEFT_OUT;
        }
    }
}

int csv_guess_parts(struct csv_guess *g, struct err *e)
{
    g->part = calloc(g->csv.columns, sizeof *g->part);
    if (!g->part)
        return err_set(e, ERR_RUN, "out of memory for the draft of a schema");
    choose_label(g);
    choose_columns(g);
    return 0;
}
