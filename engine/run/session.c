#include "engine/run/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
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

int session_choose_search(struct session *s, const char *config, struct err *e)
{
    struct kern all;
    if (s->plan->search == SEARCH_FLOAT32 || s->plan->attacks_n == 0)
        return 0;
    if (!s->kern.gemm_bf16) {
        kern_init(&all, kern_cpu_detect());
        return err_set(e, ERR_USAGE,
                       "config %s: 'search': \"bf16\" needs a processor with AVX512_BF16 or AMX_BF16%s; set it to "
                       "\"float32\"",
                       config, all.gemm_bf16 ? ", which ASSAY_CPU leaves out here" : "");
    }
    kern_search(&s->kern, &s->search_kern);
    s->search = &s->search_kern;
    return 0;
}

/* The nets that the plan names, by role, and what verification is to look at of the sources. */
static int list_subjects(struct session *s, struct err *e)
{
    struct plan *plan = s->plan;
    struct verification *v = &s->verification;
    v->sources_n = plan->sources_n;
    s->subject = arena_array(&plan->arena, 1 + plan->sources_n, sizeof *s->subject);
    v->source = arena_array(&plan->arena, plan->sources_n, sizeof *v->source);
    if (!s->subject || !v->source)
        return err_set(e, ERR_RUN, "out of memory for the list of nets");
    s->subject[0] = (struct subject){.role = ROLE_TARGET, .name = PLAN_TARGET_NAME, .path = plan->model,
                                     .preprocess = &plan->preprocess};
    for (size_t i = 0; i < plan->sources_n; i++) {
        const struct plan_source *source = &plan->source[i];
        char subject[64];
        snprintf(subject, sizeof subject, "source %s", source->name);
        s->subject[1 + i] = (struct subject){.role = ROLE_SOURCE, .name = source->name, .path = source->model,
                                             .preprocess = &source->preprocess};
        v->source[i] = (struct verification_source){.subject = arena_strdup(&plan->arena, subject),
                                                    .path = source->model,
                                                    .architecture_path = source->preprocess.architecture,
                                                    .ports = &plan->source[i].ports};
        if (!v->source[i].subject)
            return err_set(e, ERR_RUN, "out of memory for the list of nets");
    }
    s->subjects_n = plan->model ? 1 + plan->sources_n : 0;
    return 0;
}

static void note_hashes(struct subject *s, const char *sha256, const char *architecture)
{
    memcpy(s->sha256, sha256, sizeof s->sha256);
    memcpy(s->architecture_sha256, architecture, sizeof s->architecture_sha256);
}

/* Look at every file before any of it is used; the data sets that were opened for that are the ones used. */
static int verify_files(struct session *s, struct err *e)
{
    struct verification *v = &s->verification;
    v->model_path = s->plan->model;
    v->architecture_path = s->plan->preprocess.architecture;
    v->ports = &s->plan->ports;
    v->data_path = s->plan->data;
    v->members_path = s->plan->members;
    v->limit = s->plan->limit;
    TRY(verification_run(v, e));
    TRY(verification_refuse(v, e));
    s->data = v->data.data;
    s->members = v->members.data;
    v->data.data = v->members.data = NULL;
    note_hashes(&s->subject[0], v->model.sha256, v->model.file.architecture_sha256);
    for (size_t i = 0; i < v->sources_n; i++)
        note_hashes(&s->subject[1 + i], v->source[i].sha256, v->source[i].architecture_sha256);
    verification_forget(v);
    return 0;
}

static int load_nets(struct session *s, struct err *e)
{
    const struct shape *samples = s->data->size ? &s->data->shape : NULL;
    for (size_t i = 0; i < s->subjects_n; i++)
        TRY(subject_load(&s->subject[i], samples, &s->kern, e));
    s->net = s->subjects_n > 0 ? s->subject[0].net : NULL;
    for (size_t i = 1; i < s->subjects_n; i++)
        TRY(plan_check_source(s->plan, i - 1, s->subject[i].net, s->net, e));
    return 0;
}

/* Non-members among the members would make an attack look like guessing. */
static int check_membership(const struct session *s, struct err *e)
{
    if (strcmp(s->members->sha256, s->data->sha256) == 0)
        return err_set(e, ERR_USAGE,
                       "'leakage.members': %s is the test set itself; name the data the model was trained on",
                       s->members->path);
    char row[DATASET_ROW_TEXT];
    for (size_t i = 0; s->members->member && i < s->members->n; i++)
        if (!s->members->member[i])
            return err_set(e, ERR_INPUT, "members %s: /member: %s is marked as no member; give members only",
                           s->members->path, dataset_row(s->members, i, row));
    return 0;
}

static int check_members(const struct session *s, struct err *e)
{
    if (!s->members)
        return 0;
    TRY(check_membership(s, e));
    if (s->net && (s->members->size != s->data->size || !shape_equal(&s->members->shape, &s->data->shape)))
        return err_set(e, ERR_INPUT, "members %s: its samples have another shape than those of %s", s->members->path,
                       s->data->path);
    if (!s->net && s->members->scores_classes != s->data->scores_classes)
        return err_set(e, ERR_INPUT, "members %s: wants /scores with %zu columns, as %s has", s->members->path,
                       s->data->scores_classes, s->data->path);
    size_t classes = s->net ? net_classes(s->net) : s->data->scores_classes;
    if (s->members->classes > classes)
        return err_set(e, ERR_INPUT, "members %s: has labels up to %zu, but there are %zu classes", s->members->path,
                       s->members->classes - 1, classes);
    return 0;
}

static int open_all(struct session *s, const char *config, const struct plan_options *options, struct err *e)
{
    TRY(session_kern(&s->kern, e));
    TRY(plan_read(&s->plan, config, options, e));
    s->threads = s->plan->threads > 0 ? (size_t)s->plan->threads : pool_processors();
    TRY(list_subjects(s, e));
    TRY(verify_files(s, e));
    TRY(load_nets(s, e));
    TRY(plan_check(s->plan, s->data, s->net, e));
    TRY(check_members(s, e));
    /* A limit that cuts nothing is none: the same evaluation, the same digest. */
    if (s->data->n == s->data->rows && (!s->members || s->members->n == s->members->rows))
        s->plan->limit = 0;
    return 0;
}

int session_open(struct session *s, const char *config, const struct plan_options *options, struct err *e)
{
    memset(s, 0, sizeof *s);
    int code = open_all(s, config, options, e);
    if (code)
        session_close(s);
    return code;
}

void session_note_findings(const struct session *s, const char *where)
{
    const struct findings *f = &s->verification.findings;
    size_t warnings = findings_count(f, FINDING_WARNING), notes = findings_count(f, FINDING_NOTE);
    if (warnings + notes > 0)
        log_note("the files have %zu warning%s and %zu note%s: %s", warnings, warnings == 1 ? "" : "s", notes,
                 notes == 1 ? "" : "s", where);
}

int session_config(const struct session *s, int pretty, char **text, size_t *n, struct err *e)
{
    struct json_writer w;
    json_writer_begin(&w, pretty);
    plan_write(s->plan, &w, NULL);
    return json_writer_end(&w, text, n, e);
}

void session_close(struct session *s)
{
    verification_close(&s->verification);
    dataset_close(s->members);
    dataset_close(s->data);
    for (size_t i = 0; s->subject && i < s->subjects_n; i++)
        subject_free(&s->subject[i]);
    plan_free(s->plan);
    memset(s, 0, sizeof *s);
}
