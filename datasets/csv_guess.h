/* A table looked over for the draft of its schema. */
#ifndef ASSAY_DATASETS_CSV_GUESS_H
#define ASSAY_DATASETS_CSV_GUESS_H
#include <stddef.h>
#include "datasets/csv.h"
#include "engine/base/arena.h"

#define CSV_GUESS_MARKS 8

/* What the cells of one column are. */
struct csv_sight {
    size_t rows, missing, numbers, wholes, dates;   /* wholes within +-2^24 */
    double low, high, last;                         /* of the numbers */
    int ascending;                                  /* each number is above the one before */
    const char **value;                             /* [values] the different cells that are not missing, sorted */
    size_t values, capacity;
    int many;                                       /* more than are kept, or too long */
    const char *mark[CSV_GUESS_MARKS];              /* the different missing ones, sorted */
    size_t marks;
    const char *odd;                                /* the first that is neither missing nor a number */
    unsigned roles;                                 /* of csv_roles.h */
};

enum csv_part { CSV_PART_FEATURE, CSV_PART_LABEL, CSV_PART_ID, CSV_PART_MEMBER, CSV_PART_WEIGHT, CSV_PART_LEFT_OUT };

struct csv_guess {
    struct csv csv;
    struct csv_sight *column;                       /* [csv.columns] */
    size_t values_max;                              /* kept a column; less where there are many columns */
    enum csv_part *part;                            /* [csv.columns] */
    size_t label;                                   /* its column; csv.columns: none looks like it */
    int label_score;
    struct arena arena;
};

/* One pass over the rows; memory is bounded by the columns. */
int csv_guess_look(struct csv_guess *g, struct err *e);
void csv_guess_free(struct csv_guess *g);
/* csv_parts.c: sets part, label, label_score. */
int csv_guess_parts(struct csv_guess *g, struct err *e);
/* How much column i looks like the label: 0 not at all, from 40 by its name, from 60 surely. */
int csv_label_score(const struct csv_guess *g, size_t i);
size_t csv_sight_recorded(const struct csv_sight *s);      /* cells that are not missing */
int csv_sight_is_number(const struct csv_sight *s);        /* all of them are */
int csv_sight_is_date(const struct csv_sight *s);          /* most of them are */
int csv_sight_holds(const struct csv_sight *s, const char *a, const char *b);   /* just these, a < b */
/* csv_draft.c: the schema as JSON, by malloc. */
int csv_guess_write(const struct csv_guess *g, char **out, struct err *e);

#endif
