/* What the readers of the config's sections share. */
#include "configs/plan_text.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/file.h"

int plan_no_memory(struct err *e)
{
    return err_set(e, ERR_RUN, "out of memory while reading the config");
}

int plan_check_name(const char *name, struct err *e)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-");
    if (n == 0 || name[n] || n > 100)
        return err_set(e, ERR_USAGE, "'id': '%s': wants lower-case letters, digits, '_' and '-', at most 100", name);
    return 0;
}

const char *const *plan_key_list(const struct param *rows, const char *const *extra, struct arena *arena)
{
    size_t n = 0, extra_n = 0;
    while (rows && rows[n].name)
        n++;
    while (extra && extra[extra_n])
        extra_n++;
    const char **list = arena_array(arena, n + extra_n + 1, sizeof *list);
    if (!list)
        return NULL;
    for (size_t i = 0; i < n; i++)
        list[i] = rows[i].name;
    for (size_t i = 0; i < extra_n; i++)
        list[n + i] = extra[i];
    return list;
}

int plan_section(const struct json *root, const char *key, enum json_type type, const struct json **out, struct err *e)
{
    *out = json_get(root, key);
    if (*out && json_type(*out) == JSON_NULL)
        *out = NULL;
    if (!*out || json_type(*out) == type)
        return 0;
    return err_set(e, ERR_USAGE, "'%s': wants %s, got %s", key, type == JSON_OBJECT ? "an object" : "a list",
                   json_type_name(*out));
}

int plan_read_section(const struct json *root, const char *key, const struct param *rows, const char *const *also,
                      void *target, struct plan *plan, struct err *e)
{
    const struct json *object;
    TRY(plan_section(root, key, JSON_OBJECT, &object, e));
    if (!object) {
        param_defaults(rows, target);
        return 0;
    }
    if (json_read_params(object, rows, also, target, &plan->arena, ERR_USAGE, e))
        return err_prepend(e, "'%s'", key);
    return 0;
}

int plan_read_preprocess(const struct json *root, struct plan *plan, struct net_preprocess *out, struct err *e)
{
    struct plan_preprocess *p = arena_alloc(&plan->arena, sizeof *p);
    if (!p)
        return plan_no_memory(e);
    TRY(plan_read_section(root, "preprocess", plan_preprocess_rows, NULL, p, plan, e));
    out->given = json_get(root, "preprocess") != NULL;
    out->scale = p->scale;
    out->mean_n = p->mean.n;
    out->mean = p->mean.v;
    out->std_n = p->std.n;
    out->std = p->std.v;
    return 0;
}

int plan_check_preprocess(const struct net_preprocess *p, struct err *e)
{
    if (p->given)
        return 0;
    return err_set(
        e, ERR_USAGE,
        "'preprocess' is required with a model: {} if the model takes the data as stored, else scale, mean, std "
        "(the file cannot tell, and a wrong range gives wrong results without any error)");
}

int plan_resolve(struct plan *plan, const char *option, const char *text, const char **path, const char **shown,
                 struct err *e)
{
    char resolved[4096];
    *path = *shown = NULL;
    if (!option && !text)
        return 0;
    if (option)
        snprintf(resolved, sizeof resolved, "%s", option);
    else
        TRY(file_resolve(plan->config_path, text, resolved, sizeof resolved, e));
    *path = arena_strdup(&plan->arena, resolved);
    *shown = arena_strdup(&plan->arena, option ? option : text);
    return *path && *shown ? 0 : plan_no_memory(e);
}
