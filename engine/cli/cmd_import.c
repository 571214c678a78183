#define _POSIX_C_SOURCE 200809L
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "datasets/import.h"
#include "engine/base/file.h"
#include "engine/base/log.h"
#include "engine/cli/args.h"
#include "engine/cli/import_help.h"

struct import_options {
    const char *output, *name, *images, *labels, *class_names, *rows, *schema, *separator;
    struct option_list where;
    size_t limit, label_offset;
    int no_header, guess;
};

/* "A:B": rows A up to but not including B. */
static int parse_rows(const char *text, size_t *first, size_t *count, struct err *e)
{
    char *end;
    unsigned long a = strtoul(text, &end, 10), b = 0;
    int good = *text >= '0' && *text <= '9' && *end == ':' && end[1] >= '0' && end[1] <= '9';
    if (good) {
        b = strtoul(end + 1, &end, 10);
        good = !*end && a < b;
    }
    if (!good)
        return err_set(e, ERR_USAGE, "import: --rows wants A:B with A < B, rows A up to but not including B, got '%s'",
                       text);
    *first = a;
    *count = b - a;
    return 0;
}

static int import_images(const struct import_options *o, const struct args *args, char **out, struct err *e)
{
    struct import_idx_options idx = {.images = o->images, .labels = o->labels, .output = o->output, .name = o->name,
                                     .class_names = o->class_names,
                                     .count = o->limit, .label_offset = o->label_offset};
    if (args->n > 1)
        return err_set(e, ERR_USAGE, "import idx: argument '%s' is not expected; files go by --images and --labels",
                       args->v[1]);
    if (!o->images || !o->labels)
        return err_set(e, ERR_USAGE, "import idx: wants --images FILE and --labels FILE");
    if (o->schema || o->where.n || o->separator || o->no_header)
        return err_set(e, ERR_USAGE, "import idx: --schema, --where, --separator and --no-header are for csv");
    if (o->rows && o->limit)
        return err_set(e, ERR_USAGE, "import idx: --rows and --limit exclude each other");
    if (o->rows)
        TRY(parse_rows(o->rows, &idx.first, &idx.count, e));
    return import_idx(&idx, out, e);
}

static int import_table(const struct import_options *o, const struct args *args, char **out, struct err *e)
{
    if (args->n != 2)
        return err_set(e, ERR_USAGE, "import csv: wants one file; usage: assay %s", command_import.usage);
    if (!o->schema && !o->guess)
        return err_set(e, ERR_USAGE, "import csv: wants --schema S.json (assay help import; --guess drafts one)");
    if (o->images || o->labels || o->class_names || o->rows || o->limit || o->label_offset)
        return err_set(e, ERR_USAGE, "import csv: --images, --labels, --class-names, --label-offset, --rows and "
                       "--limit are for idx");
    struct import_csv_options csv = {.csv = args->v[1], .schema = o->schema, .output = o->output, .name = o->name,
                                     .where = o->where.v, .where_n = o->where.n, .separator = o->separator,
                                     .no_header = o->no_header};
    return o->guess ? import_csv_guess(&csv, out, e) : import_csv(&csv, out, e);
}

/* A draft goes to stdout, or into a file that is not there yet: one that is may hold what somebody edited. */
static int draft_schema(const struct import_options *o, const struct args *args, struct err *e)
{
    char *schema = NULL;
    if (strcmp(args->v[0], "csv") != 0 || o->schema || o->where.n || o->name)
        return err_set(e, ERR_USAGE, "import: --guess drafts the schema of a csv; it goes with -o, --separator and "
                       "--no-header");
    if (o->output && strlen(o->output) > 3 && strcmp(o->output + strlen(o->output) - 3, ".h5") == 0)
        return err_set(e, ERR_USAGE, "import: --guess writes a schema, not a data set: -o S.json");
    if (o->output && access(o->output, F_OK) == 0)
        return err_set(e, ERR_USAGE, "%s: is there already, and may hold your edits (name another, or remove it)",
                       o->output);
    TRY(import_table(o, args, &schema, e));
    int status = o->output ? file_write_atomic(o->output, schema, strlen(schema), e) : 0;
    if (!o->output)
        fputs(schema, stdout);
    free(schema);
    if (!status && o->output)
        log_note("%s written: look at its notes, then: assay import csv %s --schema %s -o OUT.h5", o->output,
                 args->v[1], o->output);
    return status;
}

static const struct source { const char *name; int (*import)(const struct import_options *, const struct args *,
                                                             char **, struct err *); } sources[] = {
    {"idx", import_images}, {"csv", import_table}};
enum { SOURCES = sizeof sources / sizeof sources[0] };

static int run(const void *options, const struct args *args, struct err *e)
{
    const struct import_options *o = options;
    const char *names[SOURCES];
    TRY(args_expect(&command_import, args, 1, 2, e));
    if (o->guess)
        return draft_schema(o, args, e);
    for (size_t i = 0; i < SOURCES; i++) {
        names[i] = sources[i].name;
        if (strcmp(args->v[0], names[i]))
            continue;
        if (!o->output)
            return err_set(e, ERR_USAGE, "import: wants -o OUT.h5");
        const char *const inputs[] = {o->images, o->labels, o->schema, args->n > 1 ? args->v[1] : NULL};
        for (size_t j = 0; j < sizeof inputs / sizeof inputs[0]; j++)
            TRY(file_not_input(o->output, inputs[j], e));
        char *summary = NULL;
        TRY(sources[i].import(o, args, &summary, e));
        fputs(summary, stdout);
        free(summary);
        log_note("%s written", o->output);
        return 0;
    }
    const char *near = err_nearest(args->v[0], names, SOURCES);
    return err_set(e, ERR_USAGE, "import: unknown kind '%s'%s%s%s (there are idx and csv)", args->v[0],
                   near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static const struct option options[] = {
    {"--output", 'o', OPTION_TEXT, "OUT.h5", offsetof(struct import_options, output), "the data set to write"},
    {"--name", 0, OPTION_TEXT, "NAME", offsetof(struct import_options, name), "its name (default: from the file name)"},
    {"--images", 0, OPTION_TEXT, "FILE", offsetof(struct import_options, images), "idx: images, plain or gzip'ed"},
    {"--labels", 0, OPTION_TEXT, "FILE", offsetof(struct import_options, labels), "idx: labels"},
    {"--class-names", 0, OPTION_TEXT, "A,B,...", offsetof(struct import_options, class_names),
     "idx: names of the classes"},
    {"--label-offset", 0, OPTION_COUNT, "N", offsetof(struct import_options, label_offset),
     "idx: the label of the first class (EMNIST's letters begin at 1)"},
    {"--rows", 0, OPTION_TEXT, "A:B", offsetof(struct import_options, rows), "idx: rows A up to but not including B"},
    {"--limit", 0, OPTION_COUNT, "N", offsetof(struct import_options, limit), "idx: the first N rows"},
    {"--schema", 0, OPTION_TEXT, "S.json", offsetof(struct import_options, schema), "csv: what the columns mean"},
    {"--guess", 0, OPTION_FLAG, NULL, offsetof(struct import_options, guess),
     "csv: draft the schema from the table, on stdout or into -o S.json"},
    {"--where", 0, OPTION_LIST, "COLUMN=VALUE", offsetof(struct import_options, where),
     "csv: only rows whose cell equals VALUE; several must all hold"},
    {"--separator", 0, OPTION_TEXT, "S", offsetof(struct import_options, separator),
     "csv: between cells: ',', ';', '|' or tab (default: found in the first lines)"},
    {"--no-header", 0, OPTION_FLAG, NULL, offsetof(struct import_options, no_header),
     "csv: the first line is a row; columns are called c1, c2 ..."},
    {.name = NULL}};

const struct command command_import = {
    .name = "import",
    .usage = "import idx --images F --labels F -o OUT.h5 [...] | import csv FILE.csv --schema S.json -o OUT.h5 [...] | "
             "import csv FILE.csv --guess [-o S.json]",
    .doc = "Make an HDF5 data set from IDX files (MNIST's format) or a CSV table.",
    .options = options,
    .options_size = sizeof(struct import_options),
    .detail = import_help,
    .run = run};
