#include "engine/run/prepare.h"

#include "engine/base/file.h"
#include "engine/base/text.h"
#include "engine/batch/artefacts.h"
#include "engine/run/run.h"

static int tell(const struct artefacts *a, const char *path, char **text, struct err *e)
{
    struct text t = {0};
    if (a->n == 0)
        text_format(&t, "nothing to prepare: no scenario of this config needs an artefact\n");
    for (size_t i = 0; i < a->n; i++) {
        const struct artefact *item = &a->item[i];
        text_format(&t, "%s  %zu values, sha256 %.16s..., for %s%s\n", item->kind->name, item->floats, item->sha256,
                    item->made_for[0], item->made_for_n > 1 ? " and others" : "");
    }
    if (a->n > 0)
        text_format(&t, "artefacts: %s\n", path);
    return text_end(&t, text, NULL, e);
}

int prepare(const char *config, const struct plan_options *options, const char *output, const atomic_int *stop,
            char **text, struct err *e)
{
    const struct run_options run = {.plan = *options, .output = output};
    struct artefacts a = {0};
    struct run r;
    TRY(run_open(&r, config, &run, e));
    const struct session *s = &r.session;
    const struct batch_input in = {.plan = s->plan,
                                   .kern = &s->kern,
                                   .search = s->search,
                                   .net = s->net,
                                   .sources = s->subject + 1,
                                   .data = s->data,
                                   .artefacts = r.output.artefacts,
                                   .without_probes = 1,
                                   .threads = s->threads,
                                   .stop = stop};
    int code = file_make_directories(output, e);
    if (!code)
        code = artefacts_make(&a, &in, e);
    if (!code)
        code = tell(&a, r.output.artefacts, text, e);
    artefacts_free(&a);
    run_close(&r);
    return code;
}
