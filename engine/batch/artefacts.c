#define _POSIX_C_SOURCE 200809L
#include "engine/batch/artefacts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "engine/base/numerics.h"
#include "engine/batch/artefact_file.h"
#include "engine/batch/artefact_make.h"
#include "engine/io/json.h"

static int no_memory(struct err *e)
{
    return err_set(e, ERR_RUN, "out of memory for the artefacts");
}

/* ---- keys ---- */

static void put_reals(struct json_writer *w, const char *key, size_t n, const double *v)
{
    json_open_array(w, key);
    for (size_t i = 0; i < n; i++)
        json_put_number(w, NULL, v[i]);
    json_close_array(w);
}

static void put_net(struct json_writer *w, const struct batch_input *in, int number)
{
    const struct net *net = number < 0 ? in->net : in->sources[number].net;
    const struct net_preprocess *pre = number < 0 ? &in->plan->preprocess
                                                             : &in->plan->source[number].preprocess;
    json_put_string(w, "model_sha256", net_sha256(net));
    json_put_string(w, "architecture_sha256", net_architecture_sha256(net));
    json_put_number(w, "scale", pre->scale);
    put_reals(w, "mean", pre->mean_n, pre->mean);
    put_reals(w, "std", pre->std_n, pre->std);
    json_put_string(w, "search", in->search ? in->search->bf16 : NULL);
    if (number == PLAN_TARGET)
        plan_write_defences(in->plan, w);
}

static void put_scenario(struct json_writer *w, const struct batch_input *in, const struct scenario *s)
{
    put_net(w, in, s->source);
    json_put_string(w, "attack", s->kind->name);
    if (in->plan->defences_n > 0)
        json_put_integer(w, "eot", (int64_t)s->eot);
    json_put_string(w, "stream", s->stream);
    json_put_string(w, "norm", s->norm ? s->norm->name : NULL);
    json_put_number(w, "eps", s->level);
    if (s->targeted)
        json_put_integer(w, "target", s->target_class);
    json_put_string(w, "eps_unit", threat_unit_names[s->entry->common.eps_unit]);
    json_open_object(w, "params");
    json_put_params(w, s->kind->params, s->params);
    json_close_object(w);
}

static void put_probe(struct json_writer *w, const struct batch_input *in, const struct plan_probe *p)
{
    put_net(w, in, PLAN_TARGET);
    json_put_string(w, "stream", p->stream);
    json_open_object(w, "params");
    json_put_params(w, p->kind->params, p->params);
    json_close_object(w);
}

/* needs: those it depends on, by place. */
static int make_key(const struct artefacts *a, const struct batch_input *in, struct artefact *item, const size_t *needs,
                    struct err *e)
{
    struct json_writer w;
    char *text;
    size_t n;
    json_writer_begin(&w, 0);
    json_open_object(&w, NULL);
    json_put_string(&w, "artefact", item->kind->name);
    json_put_string(&w, "numerics", NUMERICS_VERSION);
    json_put_string(&w, "data_sha256", in->data->sha256);
    json_put_integer(&w, "rows", (int64_t)in->data->n);
    json_put_integer(&w, "seed", in->plan->seed);
    if (item->scenario)
        put_scenario(&w, in, item->scenario);
    if (item->probe)
        put_probe(&w, in, item->probe);
    json_open_array(&w, "needs");
    for (size_t i = 0; item->kind->needs && item->kind->needs[i]; i++)
        json_put_string(&w, NULL, a->item[needs[i]].key);
    json_close_array(&w);
    json_close_object(&w);
    TRY(json_writer_end(&w, &text, &n, e));
    sha256_hex(text, n, item->key);
    free(text);
    return 0;
}

/* ---- the list ---- */

static size_t names_n(const char *const *names)
{
    size_t n = 0;
    while (names && names[n])
        n++;
    return n;
}

/* How many artefacts there are at most: the probes, and each need of each scenario and probe with all that it depends
 * on. */
static size_t most_items(const struct plan *plan)
{
    size_t most = 0, kinds = 0;
    while (artefact_kinds[kinds])
        kinds++;
    for (size_t s = 1; s < plan->scenarios_n; s++)
        most += names_n(plan->scenario[s].kind->needs) * kinds;
    for (size_t i = 0; i < plan->probes_n; i++)
        most += 1 + names_n(plan->probe[i].kind->work.needs) * kinds;
    return most;
}

static int reads(struct artefacts *a, struct artefact *item, const char *scenario, const struct plan *plan,
                 struct err *e)
{
    if (!item->made_for &&
        !(item->made_for = arena_array(&a->arena, plan->scenarios_n + plan->probes_n + 1, sizeof *item->made_for)))
        return no_memory(e);
    if (item->made_for_n == 0 || strcmp(item->made_for[item->made_for_n - 1], scenario) != 0)
        item->made_for[item->made_for_n++] = scenario;
    return 0;
}

static int list(struct artefacts *a, const struct batch_input *in, struct artefact item, const char *reader,
                size_t *place, struct err *e);

/* The artefact of this name for a scenario (NULL: for a probe). */
static int list_name(struct artefacts *a, const struct batch_input *in, const struct scenario *s, const char *name,
                     const char *reader, size_t *place, struct err *e)
{
    const struct artefact_kind *kind = artefact_find(name);
    return list(a, in, (struct artefact){.kind = kind, .scenario = kind->scope == ARTEFACT_OF_SCENARIO ? s : NULL},
                reader, place, e);
}

/* The item listed once, behind all that it depends on; *place is where. A dependency cannot come back to its dependant:
 * artefacts.def has it above. */
static int list(struct artefacts *a, const struct batch_input *in, struct artefact item, const char *reader,
                size_t *place, struct err *e)
{
    const size_t n = names_n(item.kind->needs);
    size_t needs[ARTEFACT_NEEDS];
    for (size_t i = 0; i < n; i++)
        TRY(list_name(a, in, item.scenario, item.kind->needs[i], reader, &needs[i], e));
    TRY(make_key(a, in, &item, needs, e));
    for (*place = 0; *place < a->n && strcmp(a->item[*place].key, item.key) != 0;)
        ++*place;
    if (*place == a->n) {
        struct artefact_call c;
        artefact_call_fill(&c, in, &item);
        item.floats = item.kind->size(&c);
        if (!(item.value = arena_array(&a->arena, item.floats, sizeof *item.value)))
            return no_memory(e);
        for (size_t i = 0; i < n; i++)
            item.needs[i] = a->item[needs[i]].value;
        a->item[a->n++] = item;
    }
    return reads(a, &a->item[*place], reader, in->plan, e);
}

static int list_scenario(struct artefacts *a, const struct batch_input *in, size_t s, struct err *e)
{
    const struct scenario *scenario = &in->plan->scenario[s];
    const size_t n = scenario->derived_from < 0 ? names_n(scenario->kind->needs) : 0;
    const float **values = n ? arena_array(&a->arena, n, sizeof *values) : NULL;
    if (n == 0)
        return 0;
    if (!values)
        return no_memory(e);
    for (size_t i = 0; i < n; i++) {
        size_t place;
        TRY(list_name(a, in, scenario, scenario->kind->needs[i], scenario->id, &place, e));
        values[i] = a->item[place].value;
    }
    a->of_scenario[s] = values;
    return 0;
}

static int list_probes(struct artefacts *a, const struct batch_input *in, struct err *e)
{
    const struct plan *plan = in->plan;
    size_t place;
    for (size_t i = 0; i < plan->probes_n; i++)
        for (const char *const *name = plan->probe[i].kind->work.needs; name && *name; name++)
            TRY(list_name(a, in, NULL, *name, plan->probe[i].test_id, &place, e));
    a->probes = a->n;
    for (size_t i = 0; i < plan->probes_n; i++)
        TRY(list(a, in, (struct artefact){.kind = &plan->probe[i].kind->work, .probe = &plan->probe[i]},
                 plan->probe[i].test_id, &place, e));
    return 0;
}

static int list_all(struct artefacts *a, const struct batch_input *in, struct err *e)
{
    const size_t scenarios = in->plan->scenarios_n;
    a->item = arena_array(&a->arena, most_items(in->plan) + 1, sizeof *a->item);
    a->of_scenario = arena_array(&a->arena, scenarios, sizeof *a->of_scenario);
    if (!a->item || !a->of_scenario)
        return no_memory(e);
    for (size_t s = 1; s < scenarios; s++)
        TRY(list_scenario(a, in, s, e));
    a->probes = a->n;
    return in->without_probes ? 0 : list_probes(a, in, e);
}

/* ---- the values ---- */

/* Items [first, first + n) and the file they are kept in. */
struct shelf { const char *path; size_t first, n; };

static int read_from(const struct artefacts *a, const struct shelf *s, const char *path, unsigned char *have,
                     struct err *e)
{
    return path && s->n > 0 ? artefact_file_read(path, s->n, a->item + s->first, have + s->first, e) : 0;
}

static int write_to(const struct artefacts *a, const struct shelf *s, const unsigned char *have, struct err *e)
{
    return s->path && s->n > 0 ? artefact_file_write(s->path, s->n, a->item + s->first, have + s->first, e) : 0;
}

/* Only a file of this run's own may be absent: one that is named by hand is wanted. */
static int check_prepared(const char *path, struct err *e)
{
    if (!path || !access(path, R_OK))
        return 0;
    return err_set(e, ERR_INPUT, "artefacts: %s: cannot open: %s", path, strerror(errno));
}

/* What is not there is made, and kept at once: whoever is killed later finds it. */
static int fill(struct artefacts *a, const struct batch_input *in, const struct shelf *s, unsigned char *have,
                struct err *e)
{
    TRY(read_from(a, s, s->path, have, e));
    TRY(read_from(a, s, in->prepared, have, e));
    for (size_t i = s->first; i < s->first + s->n; i++) {
        if (have[i])
            continue;
        if (a->item[i].kind->knowledge != KNOW_NONE) /* the others take no time to speak of */
            log_note("%s '%s'", a->item[i].probe ? "running the probe" : "making the artefact", a->item[i].kind->name);
        TRY(artefact_make(in, &a->item[i], s->path, e));
        have[i] = 1;
        TRY(write_to(a, s, have, e));
    }
    return write_to(a, s, have, e);
}

static int have_all(struct artefacts *a, const struct batch_input *in, unsigned char *have, struct err *e)
{
    const struct shelf artefacts = {in->artefacts, 0, a->probes}, probes = {in->probes, a->probes, a->n - a->probes};
    TRY(fill(a, in, &artefacts, have, e));
    return fill(a, in, &probes, have, e);
}

int artefacts_make(struct artefacts *a, const struct batch_input *in, struct err *e)
{
    *a = (struct artefacts){0};
    if (arena_init(&a->arena, 0))
        return no_memory(e);
    TRY(check_prepared(in->prepared, e));
    TRY(list_all(a, in, e));
    if (a->n == 0)
        return 0;
    unsigned char *have = arena_alloc(&a->arena, a->n);
    if (!have)
        return no_memory(e);
    memset(have, 0, a->n);
    return have_all(a, in, have, e);
}

int artefacts_rehearse(struct artefacts *a, const struct batch_input *in, double most, double *seconds, struct err *e)
{
    *a = (struct artefacts){0};
    if (arena_init(&a->arena, 0))
        return no_memory(e);
    TRY(list_all(a, in, e));
    for (size_t i = 0; i < a->n; i++) {
        memset(a->item[i].value, 0, a->item[i].floats * sizeof *a->item[i].value);
        TRY(artefact_rehearse(in, &a->item[i], most / (double)a->n, seconds, e));
    }
    return 0;
}

void artefacts_free(struct artefacts *a)
{
    arena_free(&a->arena);
    *a = (struct artefacts){0};
}
