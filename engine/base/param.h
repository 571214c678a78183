/* Parameters as rows: the one source of defaults, checks, help and the echo in the report.
 *
 * A kind (layer, attack, transformation, metric, config section) declares a private struct and an
 * array of rows ending in one with name NULL. io/json.h fills the struct from JSON by these rows;
 * `assay list` prints them; the report echoes them. */
#ifndef ASSAY_BASE_PARAM_H
#define ASSAY_BASE_PARAM_H
#include <stddef.h>

enum param_type {
    PARAM_BOOL,    /* int: 0 or 1 */
    PARAM_INT,     /* long */
    PARAM_REAL,    /* double; JSON number or a fraction string "8/255" */
    PARAM_CHOICE,  /* int: index into choices */
    PARAM_STRING,  /* const char *, owned by the arena of the reader */
    PARAM_REALS,   /* struct param_reals: a number or a list of numbers */
    PARAM_INTS     /* struct param_ints: an integer or a list of integers */
};

#define PARAM_LIST_MAX 64
struct param_reals { size_t n; double v[PARAM_LIST_MAX]; };
struct param_ints { size_t n; long v[PARAM_LIST_MAX]; };

struct param {
    const char *name;              /* JSON key */
    enum param_type type;
    size_t offset;                 /* offsetof in the private struct */
    double default_value;          /* BOOL, INT, REAL: value; CHOICE: index; lists: one element, or NAN = empty */
    double min, max;               /* inclusive; every element of a list */
    const char *unit;              /* "", "data units", "pixels", "degrees" ... */
    const char *doc;               /* one line */
    const char *const *choices;    /* CHOICE: NULL-terminated */
    int required;
};

/* Fill `target` with every default (strings NULL, empty lists n = 0). */
void param_defaults(const struct param *rows, void *target);
/* The row of this name, or NULL; rows may be NULL. */
const struct param *param_find(const struct param *rows, const char *name);
/* Nearest known name for an unknown key, or NULL. */
const char *param_nearest(const struct param *rows, const char *key);

#endif
