#include <limits.h>
#include <math.h>
#include <string.h>

#include "engine/io/json.h"
#include "engine/io/json_private.h"

/* One row being filled. */
struct target {
    const struct param *row;
    void *place;
    struct arena *arena;
    int code;
    struct err *e;
};

static int refuse_type(const struct target *t, const struct json *value, const char *wanted)
{
    const char *string = json_string(value);
    if (string != NULL)
        return err_set(t->e, t->code, "%s = \"%.80s\": wants %s", t->row->name, string, wanted);
    return err_set(t->e, t->code, "%s: wants %s, got %s", t->row->name, wanted, json_type_name(value));
}

static int check_bounds(const struct target *t, double v)
{
    const struct param *row = t->row;
    char value[32], low[32], high[32];
    if (v >= row->min && v <= row->max)
        return 0;
    json_number_text(v, value);
    json_number_text(row->min, low);
    json_number_text(row->max, high);
    const char *space = row->unit != NULL && row->unit[0] != '\0' ? " " : "";
    const char *unit = row->unit != NULL ? row->unit : "";
    if (isinf(row->max))
        return err_set(t->e, t->code, "%s = %s: wants at least %s%s%s", row->name, value, low, space, unit);
    if (isinf(row->min))
        return err_set(t->e, t->code, "%s = %s: wants at most %s%s%s", row->name, value, high, space, unit);
    return err_set(t->e, t->code, "%s = %s: wants %s to %s%s%s", row->name, value, low, high, space, unit);
}

/* "N/D", both decimal numbers, D not 0. */
static int fraction(const char *text, double *out)
{
    double n, d;
    const char *slash = strchr(text, '/');
    if (slash == NULL || json_decimal(text, (size_t)(slash - text), &n) != 0 ||
        json_decimal(slash + 1, strlen(slash + 1), &d) != 0 || d == 0)
        return -1;
    *out = n / d;
    return isfinite(*out) ? 0 : -1;
}

static int read_real(const struct target *t, const struct json *value, const char *wanted, double *out)
{
    const char *text = json_string(value);
    if (text != NULL ? fraction(text, out) != 0 : json_number(value, out) != 0)
        return refuse_type(t, value, wanted);
    return check_bounds(t, *out);
}

static int read_integer(const struct target *t, const struct json *value, const char *wanted, long *out)
{
    double v;
    if (json_integer(value, out) != 0) {
        char text[32];
        if (json_number(value, &v) != 0)
            return refuse_type(t, value, wanted);
        return err_set(t->e, t->code, "%s = %s: wants %s", t->row->name, json_number_text(v, text), wanted);
    }
    return check_bounds(t, (double)*out);
}

/* Number of elements of a list or single value, checked. */
static int list_length(const struct target *t, const struct json *value, size_t *n)
{
    *n = json_type(value) == JSON_ARRAY ? json_length(value) : 1;
    if (*n >= 1 && *n <= PARAM_LIST_MAX)
        return 0;
    return err_set(t->e, t->code, "%s: list of %zu elements, wants 1 to %d", t->row->name, *n, PARAM_LIST_MAX);
}

static int read_reals(const struct target *t, const struct json *value)
{
    struct param_reals *list = t->place;
    int array = json_type(value) == JSON_ARRAY;
    TRY(list_length(t, value, &list->n));
    const struct json *element = array ? json_first(value) : value;
    for (size_t i = 0; i < list->n; i++, element = json_next(element))
        TRY(read_real(t, element, "numbers or fractions such as \"8/255\"", &list->v[i]));
    return 0;
}

static int read_ints(const struct target *t, const struct json *value)
{
    struct param_ints *list = t->place;
    int array = json_type(value) == JSON_ARRAY;
    TRY(list_length(t, value, &list->n));
    const struct json *element = array ? json_first(value) : value;
    for (size_t i = 0; i < list->n; i++, element = json_next(element))
        TRY(read_integer(t, element, "integers", &list->v[i]));
    return 0;
}

static int read_choice(const struct target *t, const struct json *value)
{
    const char *text = json_string(value);
    const char *const *choices = t->row->choices;
    size_t n = 0;
    for (; choices[n] != NULL; n++) {
        if (text != NULL && strcmp(text, choices[n]) == 0) {
            *(int *)t->place = (int)n;
            return 0;
        }
    }
    char known[512] = "";
    for (size_t i = 0, used = 0; i < n && used < sizeof known; i++)
        used += (size_t)snprintf(known + used, sizeof known - used, i == 0 ? "%s" : ", %s", choices[i]);
    const char *near = text != NULL ? err_nearest(text, choices, n) : NULL;
    if (near != NULL)
        return err_set(t->e, t->code, "%s = \"%.80s\": did you mean \"%s\"? Known: %s", t->row->name, text, near,
            known);
    return text != NULL
               ? err_set(t->e, t->code, "%s = \"%.80s\": wants one of %s", t->row->name, text, known)
               : err_set(t->e, t->code, "%s: wants one of %s, got %s", t->row->name, known, json_type_name(value));
}

static int read_text(const struct target *t, const struct json *value)
{
    const char *text = json_string(value);
    if (text == NULL)
        return refuse_type(t, value, "a string");
    char *copy = arena_strdup(t->arena, text);
    if (copy == NULL)
        return err_set(t->e, ERR_RUN, "%s: out of memory", t->row->name);
    *(const char **)t->place = copy;
    return 0;
}

static int read_row(const struct target *t, const struct json *value)
{
    switch (t->row->type) {
    case PARAM_BOOL:
        return json_bool(value, t->place) == 0 ? 0 : refuse_type(t, value, "true or false");
    case PARAM_INT:
        return read_integer(t, value, "an integer", t->place);
    case PARAM_REAL:
        return read_real(t, value, "a number or a fraction such as \"8/255\"", t->place);
    case PARAM_CHOICE:
        return read_choice(t, value);
    case PARAM_STRING:
        return read_text(t, value);
    case PARAM_REALS:
        return read_reals(t, value);
    case PARAM_INTS:
        return read_ints(t, value);
    }
    return 0;
}

static int contains(const char *const *names, const char *key)
{
    for (; names != NULL && *names != NULL; names++)
        if (strcmp(*names, key) == 0)
            return 1;
    return 0;
}

static int refuse_unknown(const struct param *rows, const char *const *also, const char *key, int code, struct err *e)
{
    size_t n = 0;
    while (also != NULL && also[n] != NULL)
        n++;
    const char *near = param_nearest(rows, key);
    if (near == NULL && n > 0)
        near = err_nearest(key, also, n);
    if (near != NULL)
        return err_set(e, code, "unknown key '%.80s': did you mean '%s'?", key, near);
    return err_set(e, code, "unknown key '%.80s'", key);
}

int json_read_params(const struct json *object, const struct param *rows, const char *const *also, void *target,
                     struct arena *arena, int code, struct err *e)
{
    param_defaults(rows, target);
    if (object == NULL || json_type(object) != JSON_OBJECT)
        return err_set(e, code, "wants an object, got %s", json_type_name(object));
    for (const struct json *c = json_first(object); c != NULL; c = json_next(c)) {
        const struct param *row = param_find(rows, json_key(c));
        if (row == NULL && !contains(also, json_key(c)))
            return refuse_unknown(rows, also, json_key(c), code, e);
        if (row == NULL || json_type(c) == JSON_NULL)
            continue;
        struct target t = {.row = row, .place = (char *)target + row->offset, .arena = arena, .code = code, .e = e};
        TRY(read_row(&t, c));
    }
    for (const struct param *row = rows; row->name != NULL; row++) {
        const struct json *value = json_get(object, row->name);
        if (row->required && (value == NULL || json_type(value) == JSON_NULL))
            return err_set(e, code, "key '%s' is missing", row->name);
    }
    return 0;
}

static void put_list(struct json_writer *w, const char *key, size_t n, const double *reals, const long *ints)
{
    if (n != 1)
        json_open_array(w, key);
    for (size_t i = 0; i < n; i++) {
        const char *name = n == 1 ? key : NULL;
        if (reals != NULL)
            json_put_number(w, name, reals[i]);
        else
            json_put_integer(w, name, ints[i]);
    }
    if (n != 1)
        json_close_array(w);
}

static void put_reals(struct json_writer *w, const char *key, const struct param_reals *list)
{
    if (list->n == 0)
        json_put_null(w, key);
    else
        put_list(w, key, list->n, list->v, NULL);
}

static void put_ints(struct json_writer *w, const char *key, const struct param_ints *list)
{
    if (list->n == 0)
        json_put_null(w, key);
    else
        put_list(w, key, list->n, NULL, list->v);
}

void json_put_params(struct json_writer *w, const struct param *rows, const void *source)
{
    for (const struct param *row = rows; row->name != NULL; row++) {
        const void *place = (const char *)source + row->offset;
        switch (row->type) {
        case PARAM_BOOL:
            json_put_bool(w, row->name, *(const int *)place);
            break;
        case PARAM_INT:
            json_put_integer(w, row->name, *(const long *)place);
            break;
        case PARAM_REAL:
            json_put_number(w, row->name, *(const double *)place);
            break;
        case PARAM_CHOICE:
            json_put_string(w, row->name, row->choices[*(const int *)place]);
            break;
        case PARAM_STRING:
            json_put_string(w, row->name, *(const char *const *)place);
            break;
        case PARAM_REALS:
            put_reals(w, row->name, place);
            break;
        case PARAM_INTS:
            put_ints(w, row->name, place);
            break;
        }
    }
}
