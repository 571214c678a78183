/* "model_inputs", "model_inputs_shared" and "model_output": which columns of /x go to which input of a model, and which
 * of its outputs is judged. Columns are [first, last] by number or by feature, or a list of features without gaps. */
#include <string.h>

#include "configs/plan_private.h"

#define WANTS                                                                                                       \
    "wants [first, last], columns of /x from 0 or names of features, or a list of features that stand side by side"

static int read_names(const struct json *list, struct plan *plan, struct net_port *out, struct err *e)
{
    const char **name = arena_array(&plan->arena, json_length(list), sizeof *name);
    if (!name)
        return plan_no_memory(e);
    out->names_n = 0;
    for (const struct json *item = json_first(list); item; item = json_next(item)) {
        if (!json_string(item))
            return err_set(e, ERR_USAGE, WANTS);
        if (!(name[out->names_n++] = arena_strdup(&plan->arena, json_string(item))))
            return plan_no_memory(e);
    }
    out->name = name;
    return 0;
}

static int read_port(const struct json *value, struct plan *plan, struct net_port *out, struct err *e)
{
    long first, last;
    *out = (struct net_port){.input = arena_strdup(&plan->arena, json_key(value))};
    if (!out->input)
        return plan_no_memory(e);
    if (json_type(value) != JSON_ARRAY || json_length(value) == 0)
        return err_set(e, ERR_USAGE, WANTS ", got %s", json_type_name(value));
    if (json_string(json_first(value)))
        return read_names(value, plan, out, e);
    if (json_length(value) != 2 || json_integer(json_first(value), &first) || json_integer(json_item(value, 1), &last))
        return err_set(e, ERR_USAGE, WANTS);
    if (first < 0 || last < first || last >= 1L << 31)
        return err_set(e, ERR_USAGE, "[%ld, %ld] is no range of columns: the first is 0, the last is included", first,
                       last);
    out->first = (size_t)first;
    out->last = (size_t)last;
    return 0;
}

int plan_read_ports(const struct json *object, const struct plan_port_keys *keys, struct plan *plan,
                    struct net_ports *out, struct err *e)
{
    const struct json *inputs;
    *out = (struct net_ports){.output = keys->output, .shared = keys->shared};
    TRY(plan_section(object, "model_inputs", JSON_OBJECT, &inputs, e));
    if (!inputs)
        return 0;
    out->port = arena_array(&plan->arena, json_length(inputs), sizeof *out->port);
    if (!out->port)
        return plan_no_memory(e);
    for (const struct json *value = json_first(inputs); value; value = json_next(value))
        if (read_port(value, plan, &out->port[out->n++], e) != 0)
            return err_prepend(e, "'model_inputs.%s'", json_key(value));
    return 0;
}

/* ---- features by name ---- */

static int find_feature(const struct dataset *data, const char *name, struct arena *arena, size_t *out, struct err *e)
{
    const char **names = arena_array(arena, data->size, sizeof *names);
    if (!names)
        return plan_no_memory(e);
    for (*out = 0; *out < data->size; ++*out) {
        names[*out] = data->feature[*out].name;
        if (strcmp(names[*out], name) == 0)
            return 0;
    }
    const char *near = err_nearest(name, names, data->size);
    return err_set(e, ERR_USAGE, "the data set %s has no feature '%s'%s%s%s", data->path, name,
                   near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
}

/* Two names are the first and the last; one, or three and more, are all. */
static int name_port(struct net_port *p, const struct dataset *data, struct arena *arena, struct err *e)
{
    if (!data->feature)
        return err_set(e, ERR_USAGE, "names features, but %s has no /features; give numbers of columns", data->path);
    for (size_t i = 0; i < p->names_n; i++) {
        size_t column = 0;
        TRY(find_feature(data, p->name[i], arena, &column, e));
        p->first = i == 0 ? column : p->first;
        if (p->names_n != 2 && column != p->first + i)
            return err_set(e, ERR_USAGE, "'%s' is column %zu, and '%s' before it column %zu: features of one input "
                                         "stand side by side in /x", p->name[i], column, p->name[i - 1],
                           p->first + i - 1);
        p->last = column;
    }
    if (p->last < p->first)
        return err_set(e, ERR_USAGE, "'%s' is column %zu, behind '%s', column %zu: the first of them comes first",
                       p->name[0], p->first, p->name[1], p->last);
    p->names_n = 0;
    return 0;
}

int plan_name_columns(struct net_ports *ports, const struct dataset *data, struct err *e)
{
    struct arena arena;
    int status = 0;
    if (arena_init(&arena, 0))
        return plan_no_memory(e);
    for (size_t i = 0; i < ports->n && status == 0; i++)
        if (ports->port[i].names_n > 0 && name_port(&ports->port[i], data, &arena, e) != 0)
            status = err_prepend(e, "'model_inputs.%s'", ports->port[i].input);
    arena_free(&arena);
    return status;
}

/* ---- writing ---- */

void plan_write_ports(const struct net_ports *ports, struct json_writer *w)
{
    if (ports->n > 0)
        json_open_object(w, "model_inputs");
    for (size_t i = 0; i < ports->n; i++) {
        json_open_array(w, ports->port[i].input);
        json_put_integer(w, NULL, (int64_t)ports->port[i].first);
        json_put_integer(w, NULL, (int64_t)ports->port[i].last);
        json_close_array(w);
    }
    if (ports->n > 0)
        json_close_object(w);
    if (ports->shared)
        json_put_bool(w, "model_inputs_shared", 1);
    if (ports->output)
        json_put_string(w, "model_output", ports->output);
}
