#include "engine/cli/args.h"
#include "engine/base/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"

const struct command *const commands[] = {
#define COMMAND(name) &command_##name,
#include "engine/cli/commands.def"
#undef COMMAND
    NULL};

static const char *command_name(size_t i)
{
    return commands[i] ? commands[i]->name : NULL;
}

const struct command *command_find(const char *name)
{
    return commands[names_find(command_name, name)];
}

int command_unknown(const char *name, struct err *e)
{
    const char *near = names_nearest(command_name, name);
    if (near)
        return err_set(e, ERR_USAGE, "unknown command '%s', did you mean '%s'?", name, near);
    return err_set(e, ERR_USAGE, "unknown command '%s' (see: assay help)", name);
}

/* ---- the options of a command: its own, those of every command that reads a config, those of every command ---- */

#define PLACE(member) offsetof(struct config_arguments, member)
static const struct option config_options[] = {
    {"--threads", 't', OPTION_COUNT, "N", PLACE(threads),
     "worker threads (default: the config's, else all processors)"},
    {"--limit", 0, OPTION_COUNT, "N", PLACE(limit), "only the first N samples; a report says so"},
    {"--set", 0, OPTION_LIST, "KEY=VALUE", PLACE(set), "override a config key, dotted: attacks.0.eps=0.1 (repeatable)"},
    {"--model", 0, OPTION_TEXT, "F", PLACE(model), "this model instead of the config's"},
    {"--architecture", 0, OPTION_TEXT, "F", PLACE(architecture),
     "what model.to_json() returns, where the model holds weights alone"},
    {"--data", 0, OPTION_TEXT, "F", PLACE(data), "this data set instead of the config's"},
    {.name = NULL}};
#undef PLACE

struct common_arguments { int quiet, verbose; const char *color; };
#define PLACE(member) offsetof(struct common_arguments, member)
static const struct option common_options[] = {
    {"--quiet", 'q', OPTION_FLAG, NULL, PLACE(quiet), "errors and warnings only on stderr"},
    {"--verbose", 'v', OPTION_FLAG, NULL, PLACE(verbose), "more notes on stderr"},
    {"--color", 0, OPTION_TEXT, "WHEN", PLACE(color), "auto (on a terminal, unless NO_COLOR is set), always or never"},
    {.name = NULL}};
#undef PLACE

static const struct option no_options[] = {{.name = NULL}};

enum { GROUPS = 3 };
struct option_group { const struct option *rows; void *target; };

static void list_groups(const struct command *c, void *target, struct common_arguments *common,
                        struct option_group out[GROUPS])
{
    out[0] = (struct option_group){c->options ? c->options : no_options, target};
    out[1] = (struct option_group){c->takes_config ? config_options : no_options, target};
    out[2] = (struct option_group){common_options, common};
}

struct plan_options config_arguments_plan(const struct config_arguments *a)
{
    return (struct plan_options){.model = a->model, .architecture = a->architecture, .data = a->data, .set = a->set.v,
                                 .set_n = a->set.n, .limit = a->limit, .threads = a->threads};
}

/* ---- reading a command line ---- */

static int unknown_option(const struct command *c, const struct option_group *groups, const char *name, struct err *e)
{
    const char *names[64] = {"--help"};
    size_t n = 1;
    for (size_t g = 0; g < GROUPS; g++)
        for (const struct option *o = groups[g].rows; o->name && n < 64; o++)
            names[n++] = o->name;
    const char *near = err_nearest(name, names, n);
    return err_set(e, ERR_USAGE, "%s: unknown option '%s'%s%s%s (see: assay help %s)", c->name, name,
                   near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "", c->name);
}

static int parse_count(const struct command *c, const char *name, const char *text, size_t *out, struct err *e)
{
    char *end;
    unsigned long v = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || v == 0 || v > 1000000000000UL)
        return err_set(e, ERR_USAGE, "%s: %s wants a whole number of at least 1, got '%s'", c->name, name, text);
    *out = v;
    return 0;
}

static int store(const struct command *c, const struct option *o, const char *text, void *target, struct err *e)
{
    void *place = (char *)target + o->offset;
    switch (o->type) {
    case OPTION_FLAG:
        *(int *)place = 1;
        return 0;
    case OPTION_TEXT:
        if (!*text)
            return err_set(e, ERR_USAGE, "%s: %s wants a %s, got nothing", c->name, o->name, o->value);
        *(const char **)place = text;
        return 0;
    case OPTION_COUNT:
        return parse_count(c, o->name, text, place, e);
    case OPTION_LIST: {
        struct option_list *list = place;
        if (list->n == OPTION_LIST_MAX)
            return err_set(e, ERR_USAGE, "%s: %s is given more than %d times", c->name, o->name, OPTION_LIST_MAX);
        list->v[list->n++] = text;
        return 0;
    }
    }
    return 0;
}

/* The option of these rows that `word` names, as "--name", "--name=value" or "-o". */
static const struct option *find_option(const struct option *rows, const char *word, const char **value)
{
    *value = NULL;
    for (const struct option *o = rows; o->name; o++) {
        size_t n = strlen(o->name);
        if (o->brief && word[0] == '-' && word[1] == o->brief && !word[2])
            return o;
        if (strncmp(word, o->name, n))
            continue;
        if (word[n] == '=' && o->type != OPTION_FLAG)
            *value = word + n + 1;
        if (!word[n] || *value)
            return o;
    }
    return NULL;
}

/* Take the option that stands at *i, and its value if that is the next word. */
static int take_option(const struct command *c, const struct option_group *groups, int argc, char **argv, int *i,
                       struct err *e)
{
    const char *word = argv[*i], *value = NULL;
    const struct option *o = NULL;
    size_t g = 0;
    for (; g < GROUPS && !(o = find_option(groups[g].rows, word, &value)); g++)
        ;
    if (!o)
        return unknown_option(c, groups, word, e);
    if (o->type != OPTION_FLAG && !value) {
        if (*i + 1 == argc)
            return err_set(e, ERR_USAGE, "%s: %s wants a %s", c->name, o->name, o->value);
        value = argv[++*i];
    }
    return store(c, o, value, groups[g].target, e);
}

static int apply_common(const struct command *c, const struct common_arguments *common, struct err *e)
{
    static const char *const names[] = {"auto", "always", "never"};
    enum { NAMES = sizeof names / sizeof *names };
    if (common->quiet || common->verbose)
        log_set_level(common->quiet ? LOG_QUIET : LOG_VERBOSE);
    for (size_t i = 0; common->color && i < NAMES; i++)
        if (!strcmp(common->color, names[i])) {
            log_set_color((enum log_color)i);
            return 0;
        }
    if (!common->color)
        return 0;
    const char *near = err_nearest(common->color, names, NAMES);
    return err_set(e, ERR_USAGE, "%s: --color wants auto, always or never, got '%s'%s%s%s", c->name, common->color,
                   near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
}

int args_parse(const struct command *c, int argc, char **argv, void *target, struct args *args, struct err *e)
{
    struct common_arguments common = {0};
    struct option_group groups[GROUPS];
    int only_args = 0;
    list_groups(c, target, &common, groups);
    args->n = 0;
    for (int i = 0; i < argc; i++) {
        const char *word = argv[i];
        if (!only_args && !strcmp(word, "--")) {
            only_args = 1;
        } else if (only_args || word[0] != '-' || !word[1]) {
            if (args->n == ARGS_MAX)
                return err_set(e, ERR_USAGE, "%s: more than %d arguments", c->name, ARGS_MAX);
            args->v[args->n++] = word;
        } else {
            TRY(take_option(c, groups, argc, argv, &i, e));
        }
    }
    return apply_common(c, &common, e);
}

/* ---- usage and help ---- */

static void usage_text(const struct command *c, char *out, size_t size)
{
    int n = snprintf(out, size, "%s", c->usage);
    for (const struct option *o = c->takes_config ? config_options : no_options; o->name && (size_t)n < size; o++)
        n += snprintf(out + n, size - (size_t)n, " [%s %s]", o->name, o->value);
}

int args_expect(const struct command *c, const struct args *args, size_t least, size_t most, struct err *e)
{
    char usage[512];
    usage_text(c, usage, sizeof usage);
    if (args->n < least)
        return err_set(e, ERR_USAGE, "%s: an argument is missing; usage: assay %s", c->name, usage);
    if (args->n > most)
        return err_set(e, ERR_USAGE, "%s: argument '%s' is not expected; usage: assay %s", c->name, args->v[most],
                       usage);
    return 0;
}

void args_help(const struct command *c)
{
    char usage[512];
    struct option_group groups[GROUPS];
    usage_text(c, usage, sizeof usage);
    printf("usage: assay %s\n\n%s\n\noptions:\n", usage, c->doc);
    list_groups(c, NULL, NULL, groups);
    for (size_t g = 0; g < GROUPS; g++)
        for (const struct option *o = groups[g].rows; o->name; o++) {
            char left[64];
            snprintf(left, sizeof left, "%s%c%s%s%s%s", o->brief ? "-" : "", o->brief ? o->brief : ' ',
                     o->brief ? ", " : "   ", o->name, o->value ? " " : "", o->value ? o->value : "");
            printf("  %-28s %s\n", left, o->doc);
        }
    if (c->detail)
        printf("\n%s", c->detail);
}
