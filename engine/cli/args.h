/* Command lines by table: one struct a command at the foot of its file, one row in commands.def. */
#ifndef ASSAY_CLI_ARGS_H
#define ASSAY_CLI_ARGS_H
#include <stddef.h>
#include "configs/plan.h"
#include "engine/base/err.h"

enum option_type {
    OPTION_FLAG,  /* int */
    OPTION_TEXT,  /* const char *, never empty */
    OPTION_COUNT, /* size_t >= 1 */
    OPTION_LIST   /* struct option_list */
};

#define OPTION_LIST_MAX 64
struct option_list { size_t n; const char *v[OPTION_LIST_MAX]; };

struct option {
    const char *name;       /* "--threads"; short forms by `brief`, '\0' = none */
    char brief;
    enum option_type type;
    const char *value;      /* "N", for help */
    size_t offset;          /* in the struct that the rows describe */
    const char *doc;
};

#define ARGS_MAX 256
struct args { size_t n; const char *v[ARGS_MAX]; /* positional arguments */ };

/* What a command that reads a config may override in it; the first member of its private struct. */
struct config_arguments {
    const char *model, *architecture, *data;
    size_t threads, limit;
    struct option_list set;
};
struct plan_options config_arguments_plan(const struct config_arguments *a);

struct command {
    const char *name, *doc;
    const char *usage;               /* without what takes_config and all commands add */
    const struct option *options;    /* the command's own; ends with name NULL; or NULL */
    int takes_config;                /* the private struct begins with a struct config_arguments */
    size_t options_size;             /* of the private struct */
    const char *detail;              /* more lines of help, or NULL */
    int (*run)(const void *options, const struct args *args, struct err *e);
};

extern const struct command *const commands[];   /* commands.def, NULL-terminated */
#define COMMAND(name) extern const struct command command_##name;
#include "engine/cli/commands.def"
#undef COMMAND
const struct command *command_find(const char *name);
/* ERR_USAGE with the nearest name. */
int command_unknown(const char *name, struct err *e);

/* Read a command line into the command's private struct (zeroed) and the positional arguments. Options that every
 * command
 * takes (--quiet, --verbose, --color) take effect here. */
int args_parse(const struct command *c, int argc, char **argv, void *target, struct args *args, struct err *e);
/* ERR_USAGE unless there are `least`..`most` positional arguments. */
int args_expect(const struct command *c, const struct args *args, size_t least, size_t most, struct err *e);
/* The command's help on stdout. */
void args_help(const struct command *c);

#endif
