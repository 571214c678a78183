/* The section "defence": what stands in front of the target, in order. */
#include <string.h>

#include "attacks/defences/defences.h"
#include "configs/plan_private.h"
#include "engine/base/names.h"

static int read_defence(const struct json *object, struct plan *plan, struct defence *d, struct err *e)
{
    const char *name = json_string(json_get(object, "name"));
    struct plan_defence_keys keys;
    if (!name)
        return err_set(e, ERR_USAGE, "wants an object with a \"name\" (see: assay list defences)");
    if (!(d->kind = defence_find(name)))
        return names_unknown(defence_name, "defence", name, e);
    const char *const *own = plan_key_list(d->kind->params, NULL, &plan->arena);
    const char *const *common = plan_key_list(plan_defence_rows, NULL, &plan->arena);
    d->params = arena_alloc(&plan->arena, d->kind->param_size);
    if (!own || !common || !d->params)
        return plan_no_memory(e);
    if (json_read_params(object, plan_defence_rows, own, &keys, &plan->arena, ERR_USAGE, e) ||
        json_read_params(object, d->kind->params, common, d->params, &plan->arena, ERR_USAGE, e))
        return err_prepend(e, "%s", name);
    return 0;
}

int plan_read_defences(const struct json *root, struct plan *plan, struct err *e)
{
    const struct json *list;
    TRY(plan_section(root, "defence", JSON_ARRAY, &list, e));
    plan->defences_n = json_length(list);
    plan->defence = arena_array(&plan->arena, plan->defences_n, sizeof *plan->defence);
    if (!plan->defence)
        return plan_no_memory(e);
    size_t i = 0;
    for (const struct json *item = json_first(list); item; item = json_next(item), i++)
        if (read_defence(item, plan, &plan->defence[i], e))
            return err_prepend(e, "'defence': element %zu", i);
    return 0;
}

void plan_write_defences(const struct plan *plan, struct json_writer *w)
{
    if (plan->defences_n == 0)
        return;
    json_open_array(w, "defence");
    for (size_t i = 0; i < plan->defences_n; i++) {
        json_open_object(w, NULL);
        json_put_string(w, "name", plan->defence[i].kind->name);
        json_put_params(w, plan->defence[i].kind->params, plan->defence[i].params);
        json_close_object(w);
    }
    json_close_array(w);
    json_put_integer(w, "defence_draws", plan->defence_draws);
}

int plan_check_defences(const struct plan *plan, const struct dataset *data, struct err *e)
{
    if (plan->defences_n > 0 && plan->ensemble.n > 0)
        return err_set(e, ERR_USAGE, "'ensemble' and 'defence': the vote of defended nets is not computed; evaluate "
                                     "one of them at a time");
    for (size_t i = 0; i < plan->defences_n; i++)
        if (plan->defence[i].kind->images && data->shape.rank != 3)
            return err_set(e, ERR_USAGE, "'defence': element %zu: %s works on images (height, width, channels) alone; "
                                         "bit_depth, threshold and gaussian_noise take any input",
                           i, plan->defence[i].kind->name);
    return 0;
}
