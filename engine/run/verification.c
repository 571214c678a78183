#include "engine/run/verification.h"

#include <string.h>

#include "configs/plan.h"
#include "engine/io/h5.h"

static const char *first_subject(const struct verification *v)
{
    return v->model_path ? "model" : "data";
}

static int verify_source(struct verification_source *s, int asked, const struct shape *samples,
                         const struct dataset *data, struct findings *out, struct err *e)
{
    struct verify_model m;
    findings_name_model(out, s->subject);
    int code = verify_model(&m, s->path, s->architecture_path, asked ? s->ports : NULL, samples, out, e);
    verify_purpose(&m, data, out);
    memcpy(s->sha256, m.sha256, sizeof s->sha256);
    memcpy(s->architecture_sha256, m.file.architecture_sha256, sizeof s->architecture_sha256);
    verify_model_close(&m);
    findings_name_model(out, NULL);
    return code;
}

/* What is said of a model's inputs cannot be held against data that could not be read. */
static int data_known(const struct verification *v)
{
    return v->data.data != NULL || !v->data_path;
}

/* Features that the config calls by their names become columns. */
static int name_columns(struct verification *v, const struct dataset *data, struct err *e)
{
    if (v->ports)
        TRY(plan_name_columns(v->ports, data, e));
    for (size_t i = 0; i < v->sources_n; i++)
        if (v->source[i].ports && plan_name_columns(v->source[i].ports, data, e) != 0)
            return err_prepend(e, "%s", v->source[i].subject);
    return 0;
}

static int verify_all(struct verification *v, struct err *e)
{
    struct findings *out = &v->findings;
    const struct shape *samples = NULL;
    if (v->data_path)
        TRY(verify_data(&v->data, v->data_path, "data", v->limit, out, e));
    if (v->members_path)
        TRY(verify_data(&v->members, v->members_path, "members", v->limit, out, e));
    if (v->data.data && v->data.data->size > 0)
        samples = &v->data.data->shape;
    if (v->data.data)
        TRY(name_columns(v, v->data.data, e));
    if (v->model_path)
        TRY(verify_model(&v->model, v->model_path, v->architecture_path, data_known(v) ? v->ports : NULL, samples,
                         out, e));
    for (size_t i = 0; i < v->sources_n; i++)
        TRY(verify_source(&v->source[i], data_known(v), samples, v->data.data, out, e));
    if (v->model_path)
        verify_purpose(&v->model, v->data.data, out);
    if (v->model_path && v->data_path)
        verify_pair(&v->model, &v->data, out);
    if (v->data_path && v->members_path)
        verify_overlap(&v->data, &v->members, out);
    verify_library(h5_version(), first_subject(v), out);
    return findings_close(out, e);
}

int verification_run(struct verification *v, struct err *e)
{
    TRY(findings_init(&v->findings, e));
    return verify_all(v, e);
}

void verification_forget(struct verification *v)
{
    verify_data_close(&v->members);
    verify_data_close(&v->data);
    verify_model_close(&v->model);
}

void verification_close(struct verification *v)
{
    verification_forget(v);
    findings_free(&v->findings);
}

const char *verification_path(const struct verification *v, const char *subject)
{
    if (strcmp(subject, "model") == 0)
        return v->model_path;
    for (size_t i = 0; i < v->sources_n; i++)
        if (strcmp(subject, v->source[i].subject) == 0)
            return v->source[i].path;
    return strcmp(subject, "data") == 0 ? v->data_path : v->members_path;
}

const char *verification_sha256(const struct verification *v, const char *subject)
{
    if (strcmp(subject, "model") == 0)
        return v->model.sha256[0] ? v->model.sha256 : NULL;
    const struct verify_data *d = strcmp(subject, "data") == 0 ? &v->data : &v->members;
    return d->data ? d->data->sha256 : NULL;
}

/* Errors stand first in the list. */
int verification_refuse(const struct verification *v, struct err *e)
{
    size_t errors = findings_count(&v->findings, FINDING_ERROR);
    if (errors == 0)
        return 0;
    const struct finding *f = &v->findings.item[0];
    const char *path = verification_path(v, f->subject);
    err_set(e, ERR_INPUT, "%s %s: %.200s%s%.500s (%s: %.150s)", f->subject, path, f->place, f->place[0] ? ": " : "",
            f->message, f->kind->id, f->kind->advice);
    if (errors > 1)
        err_set(e, ERR_INPUT, "%s %s: %.200s%s%.400s (%s: %.150s; %zu more: assay inspect)", f->subject, path, f->place,
                f->place[0] ? ": " : "", f->message, f->kind->id, f->kind->advice, errors - 1);
    return ERR_INPUT;
}
