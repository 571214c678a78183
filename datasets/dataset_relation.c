/* Relations between features, as /features' attribute `relations` writes them:
 *
 *     relation = side ("<=" | ">=" | "=") side      side = ["-"] term {("+" | "-") term}
 *     term = number | [number ["*"]] name
 *
 * Names may hold blanks and signs: at each place the longest name that fits there, and ends there, is taken. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/dataset_private.h"

struct reading {
    size_t size;
    const struct dataset_feature *feature; /* [size] */
    const char *text, *at;
    double *factor;                /* [size] */
    double constant;               /* of the right side */
    double side;                   /* 1 on the left, -1 on the right */
};

static int fault(const struct reading *r, const char *what, struct err *e)
{
    return err_set(e, ERR_INPUT,
                   "/features: relation '%s': %s at '%.20s' (wants sums of feature names, such as \"a <= b\" or "
                   "\"a + b = c\")",
                   r->text, what, r->at);
}

static void skip_blanks(struct reading *r)
{
    while (*r->at == ' ')
        r->at++;
}

static int ends_term(const char *at)
{
    return *at == '\0' || strchr(" +-<>=*", *at) != NULL;
}

/* The longest feature name that stands here, or the number of features. */
static size_t find_name(const struct reading *r)
{
    size_t best = r->size, longest = 0;
    for (size_t j = 0; j < r->size; j++) {
        size_t n = strlen(r->feature[j].name);
        if (n > longest && !strncmp(r->at, r->feature[j].name, n) && ends_term(r->at + n)) {
            best = j;
            longest = n;
        }
    }
    return best;
}

static int read_term(struct reading *r, double sign, struct err *e)
{
    double number = 1;
    size_t j = find_name(r);
    int has_number = j == r->size && isdigit((unsigned char)*r->at);
    if (has_number) {
        char *end;
        number = strtod(r->at, &end);
        if (!(number <= DATASET_MAX_BOUND))
            return fault(r, "a number is too large", e);
        r->at = end;
        skip_blanks(r);
        if (*r->at == '*')
            r->at++;
        skip_blanks(r);
        j = find_name(r);
    }
    if (j < r->size) {
        r->factor[j] += r->side * sign * number;
        r->at += strlen(r->feature[j].name);
    } else if (has_number) {
        r->constant -= r->side * sign * number;
    } else {
        return fault(r, "no feature goes by the name", e);
    }
    skip_blanks(r);
    return 0;
}

static int read_side(struct reading *r, double side, struct err *e)
{
    double sign = 1;
    r->side = side;
    skip_blanks(r);
    if (*r->at == '-') {
        sign = -1;
        r->at++;
        skip_blanks(r);
    }
    TRY(read_term(r, sign, e));
    while (*r->at == '+' || *r->at == '-') {
        sign = *r->at++ == '+' ? 1 : -1;
        skip_blanks(r);
        TRY(read_term(r, sign, e));
    }
    return 0;
}

/* "<=" 1, ">=" -1, "=" 0. */
static int read_sign(struct reading *r, int *direction, struct err *e)
{
    *direction = *r->at == '<' ? 1 : *r->at == '>' ? -1 : 0;
    if (*direction != 0 && r->at[1] != '=')
        return fault(r, "only <=, >= and = can be told from each other in float32:", e);
    if (*direction == 0 && *r->at != '=')
        return fault(r, "wants <=, >= or =", e);
    r->at += *direction != 0 || r->at[1] == '=' ? 2 : 1;
    return 0;
}

static int keep(const struct reading *r, int direction, struct arena *arena, struct dataset_relation *out,
                struct err *e)
{
    size_t n = 0;
    for (size_t j = 0; j < r->size; j++)
        n += fabs(r->factor[j]) > 0;
    size_t *feature = arena_array(arena, n, sizeof *feature);
    double *factor = arena_array(arena, n, sizeof *factor);
    if (!feature || !factor)
        return dataset_no_memory(e);
    if (n == 0)
        return fault(r, "names no feature, or takes each from itself,", e);
    *out = (struct dataset_relation){.text = r->text, .equal = direction == 0, .feature = feature, .factor = factor,
                                     .constant = direction < 0 ? -r->constant : r->constant};
    for (size_t j = 0; j < r->size; j++)
        if (fabs(r->factor[j]) > 0) {
            feature[out->n] = j;
            factor[out->n++] = direction < 0 ? -r->factor[j] : r->factor[j];
        }
    return 0;
}

static int read_relation(struct reading r, struct arena *arena, struct dataset_relation *out, struct err *e)
{
    int direction = 0;
    memset(r.factor, 0, r.size * sizeof *r.factor);
    TRY(read_side(&r, 1, e));
    TRY(read_sign(&r, &direction, e));
    TRY(read_side(&r, -1, e));
    if (*r.at != '\0')
        return fault(&r, "wants + or -", e);
    return keep(&r, direction, arena, out, e);
}

int dataset_read_relations(size_t size, const struct dataset_feature *feature, const char *const *text, size_t n,
                           struct arena *arena, struct dataset_relation **out, struct err *e)
{
    struct dataset_relation *relation = arena_array(arena, n, sizeof *relation);
    double *factor = malloc(size * sizeof *factor);
    int code = relation && factor ? 0 : dataset_no_memory(e);
    for (size_t i = 0; i < n && !code; i++)
        code = read_relation((struct reading){.size = size, .feature = feature, .text = text[i], .at = text[i],
                                              .factor = factor}, arena, &relation[i], e);
    free(factor);
    *out = relation;
    return code;
}
