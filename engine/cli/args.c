#include "engine/cli/args.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"

const struct command *const commands[] = {
#define COMMAND(name) &command_##name,
#include "engine/cli/commands.def"
#undef COMMAND
    NULL};

const struct command *command_find(const char *name)
{
    for (size_t i = 0; commands[i]; i++)
        if (!strcmp(commands[i]->name, name))
            return commands[i];
    return NULL;
}

int command_unknown(const char *name, struct err *e)
{
    const char *names[64];
    size_t n = 0;
    for (; commands[n] && n < 64; n++)
        names[n] = commands[n]->name;
    const char *near = err_nearest(name, names, n);
    if (near)
        return err_set(e, ERR_USAGE, "unknown command '%s', did you mean '%s'?", name, near);
    return err_set(e, ERR_USAGE, "unknown command '%s' (see: assay help)", name);
}

static int unknown_option(const struct command *c, const char *name, struct err *e)
{
    const char *names[64];
    size_t n = 0;
    for (const struct option *o = c->options; o && o->name && n < 61; o++)
        names[n++] = o->name;
    names[n++] = "--quiet";
    names[n++] = "--verbose";
    names[n++] = "--help";
    const char *near = err_nearest(name, names, n);
    return err_set(e, ERR_USAGE, "%s: unknown option '%s'%s%s%s (see: assay help %s)", c->name, name, near ? ", did you mean '" : "",
                   near ? near : "", near ? "'?" : "", c->name);
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

/* The option that `word` names, as "--name", "--name=value" or "-o". */
static const struct option *find_option(const struct command *c, const char *word, const char **value)
{
    *value = NULL;
    for (const struct option *o = c->options; o && o->name; o++) {
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

static int common_option(const char *word)
{
    if (!strcmp(word, "--quiet") || !strcmp(word, "-q"))
        log_set_level(LOG_QUIET);
    else if (!strcmp(word, "--verbose") || !strcmp(word, "-v"))
        log_set_level(LOG_VERBOSE);
    else
        return 0;
    return 1;
}

int args_parse(const struct command *c, int argc, char **argv, void *target, struct args *args, struct err *e)
{
    int only_args = 0;
    args->n = 0;
    for (int i = 0; i < argc; i++) {
        const char *word = argv[i], *value;
        if (!only_args && !strcmp(word, "--")) {
            only_args = 1;
        } else if (only_args || word[0] != '-' || !word[1]) {
            if (args->n == ARGS_MAX)
                return err_set(e, ERR_USAGE, "%s: more than %d arguments", c->name, ARGS_MAX);
            args->v[args->n++] = word;
        } else if (!common_option(word)) {
            const struct option *o = find_option(c, word, &value);
            if (!o)
                return unknown_option(c, word, e);
            if (!value && o->type != OPTION_FLAG && i + 1 == argc)
                return err_set(e, ERR_USAGE, "%s: %s wants a %s", c->name, o->name, o->value);
            TRY(store(c, o, value || o->type == OPTION_FLAG ? value : argv[++i], target, e));
        }
    }
    return 0;
}

int args_expect(const struct command *c, const struct args *args, size_t least, size_t most, struct err *e)
{
    if (args->n < least)
        return err_set(e, ERR_USAGE, "%s: an argument is missing; usage: assay %s", c->name, c->usage);
    if (args->n > most)
        return err_set(e, ERR_USAGE, "%s: argument '%s' is not expected; usage: assay %s", c->name, args->v[most], c->usage);
    return 0;
}

void args_help(const struct command *c)
{
    printf("usage: assay %s\n\n%s\n", c->usage, c->doc);
    if (c->options && c->options->name)
        printf("\noptions:\n");
    for (const struct option *o = c->options; o && o->name; o++) {
        char left[64];
        snprintf(left, sizeof left, "%s%c%s%s%s%s", o->brief ? "-" : "", o->brief ? o->brief : ' ', o->brief ? ", " : "   ", o->name,
                 o->value ? " " : "", o->value ? o->value : "");
        printf("  %-28s %s\n", left, o->doc);
    }
    printf("  %-28s %s\n  %-28s %s\n", "-q, --quiet", "errors and warnings only on stderr", "-v, --verbose", "more notes on stderr");
    if (c->detail)
        printf("\n%s", c->detail);
}
