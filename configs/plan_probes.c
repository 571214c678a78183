/* The section "probes": a list of entries, each one test. */
#include <stdio.h>
#include <string.h>

#include "configs/plan_private.h"
#include "engine/base/names.h"

/* "interpretability.ID" in place of "interpretability.NAME". */
static int name_test(struct plan *plan, struct plan_probe *p, struct err *e)
{
    char text[256];
    const char *own = p->common.id, *standard = p->kind->test_id;
    if (own)
        TRY(plan_check_name(own, e));
    if (own)
        snprintf(text, sizeof text, "%.*s%s", (int)(strrchr(standard, '.') + 1 - standard), standard, own);
    p->test_id = own ? arena_strdup(&plan->arena, text) : standard;
    p->stream = p->test_id;
    return p->test_id ? 0 : plan_no_memory(e);
}

static int read_probe(const struct json *object, struct plan *plan, struct plan_probe *p, struct err *e)
{
    const char *name = json_string(json_get(object, "name"));
    if (!name)
        return err_set(e, ERR_USAGE, "wants an object with a \"name\" (see: assay list probes)");
    if (!(p->kind = probe_find(name)))
        return names_unknown(probe_name, "probe", name, e);
    const char *const *own = plan_key_list(p->kind->params, NULL, &plan->arena);
    const char *const *common = plan_key_list(plan_probe_rows, NULL, &plan->arena);
    p->params = arena_alloc(&plan->arena, p->kind->param_size);
    if (!own || !common || !p->params)
        return plan_no_memory(e);
    if (json_read_params(object, plan_probe_rows, own, &p->common, &plan->arena, ERR_USAGE, e) ||
        json_read_params(object, p->kind->params, common, p->params, &plan->arena, ERR_USAGE, e) ||
        name_test(plan, p, e))
        return err_prepend(e, "%s", name);
    for (const struct plan_probe *other = plan->probe; other < p; other++)
        if (!strcmp(other->test_id, p->test_id))
            return err_set(e, ERR_USAGE, "two entries make the test '%s'; give one of them its own \"id\"", p->test_id);
    return 0;
}

int plan_read_probes(const struct json *root, struct plan *plan, struct err *e)
{
    const struct json *list = json_get(root, "probes");
    if (list && json_type(list) != JSON_ARRAY)
        return err_set(e, ERR_USAGE, "'probes': wants a list, got %s", json_type_name(list));
    plan->probes_n = list ? json_length(list) : 0;
    plan->probe = arena_array(&plan->arena, plan->probes_n, sizeof *plan->probe);
    if (!plan->probe)
        return plan_no_memory(e);
    size_t i = 0;
    for (const struct json *item = list ? json_first(list) : NULL; item; item = json_next(item), i++)
        if (read_probe(item, plan, &plan->probe[i], e))
            return err_prepend(e, "'probes': element %zu", i);
    return 0;
}

void plan_write_probes(const struct plan *plan, struct json_writer *w)
{
    if (plan->probes_n == 0)
        return;
    json_open_array(w, "probes");
    for (size_t i = 0; i < plan->probes_n; i++) {
        json_open_object(w, NULL);
        json_put_params(w, plan_probe_rows, &plan->probe[i].common);
        json_put_params(w, plan->probe[i].kind->params, plan->probe[i].params);
        json_close_object(w);
    }
    json_close_array(w);
}
