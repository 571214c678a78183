#include "engine/cli/session.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/pool.h"

int session_kern(struct kern *kern, struct err *e)
{
    const char *name = getenv("ASSAY_CPU");
    enum kern_cpu limit;
    if (kern_cpu_parse(name && *name ? name : "auto", &limit))
        return err_set(e, ERR_USAGE, "environment variable ASSAY_CPU: '%s': wants scalar, avx2, avx512 or auto", name);
    kern_init(kern, limit);
    return 0;
}

static int open_members(struct session *s, struct err *e)
{
    if (!s->plan->members)
        return 0;
    if (dataset_open(&s->members, s->plan->members, s->plan->limit, e))
        return err_prepend(e, "'leakage.members'");
    if (s->net && (s->members->size != s->data->size || !shape_equal(&s->members->shape, &s->data->shape)))
        return err_set(e, ERR_INPUT, "members %s: its samples have another shape than those of %s", s->members->path, s->data->path);
    if (!s->net && s->members->scores_classes != s->data->scores_classes)
        return err_set(e, ERR_INPUT, "members %s: wants /scores with %zu columns, as %s has", s->members->path, s->data->scores_classes,
                       s->data->path);
    size_t classes = s->net ? net_classes(s->net) : s->data->scores_classes;
    if (s->members->classes > classes)
        return err_set(e, ERR_INPUT, "members %s: has labels up to %zu, but there are %zu classes", s->members->path, s->members->classes - 1,
                       classes);
    return 0;
}

static int open_all(struct session *s, const char *config, const struct plan_options *options, struct err *e)
{
    TRY(session_kern(&s->kern, e));
    TRY(plan_read(&s->plan, config, options, e));
    s->threads = s->plan->threads > 0 ? (size_t)s->plan->threads : pool_processors();
    TRY(dataset_open(&s->data, s->plan->data, s->plan->limit, e));
    if (s->plan->model) {
        struct net_preprocess pre = s->plan->preprocess;
        pre.input = s->data->size ? &s->data->shape : NULL;
        TRY(net_load(&s->net, s->plan->model, &pre, &s->kern, e));
    }
    TRY(plan_check(s->plan, s->data, s->net, e));
    return open_members(s, e);
}

int session_open(struct session *s, const char *config, const struct plan_options *options, struct err *e)
{
    memset(s, 0, sizeof *s);
    int code = open_all(s, config, options, e);
    if (code)
        session_close(s);
    return code;
}

void session_close(struct session *s)
{
    dataset_close(s->members);
    dataset_close(s->data);
    net_free(s->net);
    plan_free(s->plan);
    memset(s, 0, sizeof *s);
}
