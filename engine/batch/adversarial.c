/* adversarial.h5: what the net saw in each adversarial scenario, rows that were taken over from others included. */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "datasets/variants.h"
#include "engine/batch/batch.h"
#include "engine/batch/shown.h"

struct source {
    const struct batch_input *in;
    const struct batch_result *result;
    const struct outcome **rows;     /* [scenarios_n][n] */
    size_t *scenario;                /* [copies] */
};

/* The outcomes' rows may leave memory again. */
static void rest(const struct source *s, size_t first, size_t count)
{
    for (size_t i = 0; i < s->in->plan->scenarios_n; i++) {
        const struct outcomes *o = &s->result->outcomes[i];
        if (o->passed)
            o->passed(o->row + first, count);
    }
}

static int fill(void *context, size_t copy, size_t first, size_t count, float *x, struct err *e)
{
    const struct source *s = context;
    const struct scenario *scenario = s->in->plan->scenario;
    const size_t d = s->in->data->size;
    TRY(dataset_read(s->in->data, first, count, x, e));
    for (size_t i = 0; i < count; i++) {
        int made_in = (int)s->scenario[copy], from;
        while ((from = presented_in(scenario, s->rows, (size_t)made_in, first + i)) > 0)
            made_in = from;
        if (from == SHOWN_OWN)
            TRY(kept_get(s->result->kept, (size_t)made_in, first + i, x + i * d, e));
    }
    rest(s, first, count);
    return 0;
}

static int write_source(struct source *s, const char **names, const char *path, struct err *e)
{
    char name[512];
    const struct plan *plan = s->in->plan;
    size_t copies = 0;
    for (size_t i = 0; i < plan->scenarios_n; i++) {
        s->rows[i] = s->result->outcomes[i].row;
        if (plan->scenario[i].family != SCENARIO_ADVERSARIAL)
            continue;
        names[copies] = plan->scenario[i].id;
        s->scenario[copies++] = i;
    }
    snprintf(name, sizeof name, "%.480s, adversarial", s->in->data->name);
    const struct variants v = {.original = s->in->data, .name = name, .copies = copies, .copy_name = names,
                               .model_sha256 = net_sha256(s->in->net), .identity = s->in->identity, .fill = fill,
                               .context = s};
    return variants_write(path, &v, e);
}

int batch_write_adversarial(const struct batch_input *in, struct batch_result *r, const char *path, struct err *e)
{
    const size_t n = in->plan->scenarios_n;
    struct source s = {in, r, calloc(n, sizeof *s.rows), calloc(n, sizeof *s.scenario)};
    const char **names = calloc(n, sizeof *names);
    const int code = s.rows && s.scenario && names ? write_source(&s, names, path, e)
                                                   : err_set(e, ERR_RUN, "out of memory for %s", path);
    free(s.rows);
    free(s.scenario);
    free(names);
    if (!code) {
        kept_remove(r->kept);
        r->kept = NULL;
    }
    return code;
}
