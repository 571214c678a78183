#include <stdlib.h>
#include <string.h>

#include "configs/plan_private.h"

/* A list that was not given is left out: the effective config can be read again. */
static void write_numbers(const char *key, size_t n, const double *v, struct json_writer *w)
{
    if (n == 0)
        return;
    json_open_array(w, key);
    for (size_t i = 0; i < n; i++)
        json_put_number(w, NULL, v[i]);
    json_close_array(w);
}

void plan_write_preprocess(const struct net_preprocess *p, struct json_writer *w)
{
    if (!p->given)
        return;
    json_open_object(w, "preprocess");
    json_put_number(w, "scale", p->scale);
    write_numbers("mean", p->mean_n, p->mean, w);
    write_numbers("std", p->std_n, p->std, w);
    json_close_object(w);
}

static void write_net_names(const struct plan *plan, const char *key, const struct plan_nets *nets,
                            struct json_writer *w)
{
    if (nets->n == 0)
        return;
    json_open_array(w, key);
    for (size_t i = 0; i < nets->n; i++)
        json_put_string(w, NULL, plan_net_name(plan, nets->net[i]));
    json_close_array(w);
}

static void write_sources(const struct plan *plan, int paths, struct json_writer *w)
{
    if (plan->sources_n == 0)
        return;
    json_open_object(w, "sources");
    for (size_t i = 0; i < plan->sources_n; i++) {
        const struct plan_source *s = &plan->source[i];
        json_open_object(w, s->name);
        if (paths)
            json_put_string(w, "model", s->model_text);
        if (paths && s->architecture_text)
            json_put_string(w, "architecture", s->architecture_text);
        plan_write_preprocess(&s->preprocess, w);
        plan_write_ports(&s->ports, w);
        json_close_object(w);
    }
    json_close_object(w);
}

static void write_entry(const struct plan *plan, const struct plan_entry *entry, int attack, struct json_writer *w)
{
    json_open_object(w, NULL);
    json_put_params(w, attack ? plan_attack_rows : plan_transformation_rows, &entry->common);
    if (entry->common.targeted && entry->target == TARGET_CLASS)
        json_put_integer(w, "target", entry->target_class);
    else if (entry->common.targeted)
        json_put_string(w, "target", plan_target_names[entry->target]);
    if (entry->source.given)
        write_net_names(plan, "source", &entry->source, w);
    if (entry->kind->params)
        json_put_params(w, entry->kind->params, entry->params);
    json_close_object(w);
}

static void write_entries(const struct plan *plan, const struct plan_entry *entry, size_t n, int attack,
                          const char *key, struct json_writer *w)
{
    json_open_array(w, key);
    for (size_t i = 0; i < n; i++)
        write_entry(plan, &entry[i], attack, w);
    json_close_array(w);
}

static void write_fairness(const struct plan_fairness *f, struct json_writer *w)
{
    if (!f->given)
        return;
    json_open_object(w, "fairness");
    if (f->attributes_n > 0) { /* else all that there are, and plan_check has not yet seen the data */
        json_open_array(w, "attributes");
        for (size_t i = 0; i < f->attributes_n; i++)
            json_put_string(w, NULL, f->attribute[i]);
        json_close_array(w);
    }
    if (f->favorable >= 0)
        json_put_integer(w, "favorable", f->favorable);
    else if (f->favorable_name)
        json_put_string(w, "favorable", f->favorable_name);
    json_put_params(w, plan_fairness_rows, f);
    json_open_object(w, "reference");
    for (size_t i = 0; i < f->attributes_n; i++)
        if (f->reference[i])
            json_put_string(w, f->attribute[i], f->reference[i]);
    json_close_object(w);
    json_close_object(w);
}

/* What decides the results: everything but paths, threads and pictures; with the paths of the sources, where wanted. */
static void write_substance(const struct plan *plan, int paths, struct json_writer *w)
{
    json_put_integer(w, "seed", plan->seed);
    json_put_string(w, "search", plan_search_names[plan->search]);
    plan_write_preprocess(&plan->preprocess, w);
    plan_write_ports(&plan->ports, w);
    write_sources(plan, paths, w);
    write_net_names(plan, "ensemble", &plan->ensemble, w);
    write_entries(plan, plan->transformation, plan->transformations_n, 0, "transformations", w);
    write_entries(plan, plan->attack, plan->attacks_n, 1, "attacks", w);
    plan_write_defences(plan, w);
    plan_write_probes(plan, w);
    write_fairness(&plan->fairness, w);
    json_open_object(w, "intervals");
    json_put_params(w, plan_interval_rows, &plan->interval);
    json_close_object(w);
}

void plan_write(const struct plan *plan, struct json_writer *w, const char *key)
{
    json_open_object(w, key);
    if (plan->model)
        json_put_string(w, "model", plan->model_text);
    if (plan->preprocess.architecture)
        json_put_string(w, "architecture", plan->architecture_text);
    json_put_string(w, "data", plan->data_text);
    write_substance(plan, 1, w);
    if (plan->members) {
        json_open_object(w, "leakage");
        json_put_string(w, "members", plan->members_text);
        json_close_object(w);
    }
    json_open_object(w, "output");
    json_put_integer(w, "images", plan->images);
    json_close_object(w);
    json_close_object(w);
}

static void write_model_hashes(const struct plan *plan, const struct plan_inputs *inputs, struct json_writer *w)
{
    json_put_string(w, "model_sha256", inputs->model);
    json_put_string(w, "architecture_sha256", inputs->architecture);
    for (size_t i = 0; i < plan->sources_n; i++) {
        json_open_array(w, plan->source[i].name);
        json_put_string(w, NULL, inputs->source[i]);
        json_put_string(w, NULL, inputs->source_architecture[i]);
        json_close_array(w);
    }
}

const char *const plan_identity_parts[PLAN_IDENTITY_PARTS] = {"config", "model", "data set", "version of assay"};

static void write_part(const struct plan *plan, const struct plan_inputs *inputs, const char *program, size_t part,
                       struct json_writer *w)
{
    if (part == 0) {
        json_put_integer(w, "limit", (int64_t)plan->limit);
        write_substance(plan, 0, w);
    } else if (part == 1) {
        write_model_hashes(plan, inputs, w);
    } else if (part == 2) {
        json_put_string(w, "data_sha256", inputs->data);
        json_put_string(w, "members_sha256", inputs->members);
    } else {
        json_put_string(w, "program_sha256", program);
        json_put_string(w, "search_instruction", inputs->search);
    }
}

int plan_identity(const struct plan *plan, const struct plan_inputs *inputs, const char *program, char out[SHA256_HEX],
                  struct err *e)
{
    enum { DIGITS = (SHA256_HEX - 1) / PLAN_IDENTITY_PARTS };
    char whole[SHA256_HEX], *text;
    for (size_t part = 0; part < PLAN_IDENTITY_PARTS; part++) {
        struct json_writer w;
        size_t n;
        json_writer_begin(&w, 0);
        json_open_object(&w, NULL);
        write_part(plan, inputs, program, part, &w);
        json_close_object(&w);
        TRY(json_writer_end(&w, &text, &n, e));
        sha256_hex(text, n, whole);
        free(text);
        memcpy(out + part * DIGITS, whole, DIGITS);
    }
    out[SHA256_HEX - 1] = '\0';
    return 0;
}
