/* subject: the model and the data sets, each named by its hash. */
#include <stdlib.h>
#include <string.h>

#include "reports/parts.h"

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static void put_shape(struct json_writer *w, const char *key, const struct shape *s)
{
    json_open_array(w, key);
    for (size_t i = 0; i < s->rank; i++)
        json_put_integer(w, NULL, (int64_t)s->dim[i]);
    json_close_array(w);
}

static void put_layer(struct json_writer *w, const struct net_layer_info *layer)
{
    int pretty = report_open_line(w);
    json_put_string(w, "name", layer->name);
    json_put_string(w, "kind", layer->kind);
    put_shape(w, "input_shape", &layer->in);
    put_shape(w, "output_shape", &layer->out);
    json_put_integer(w, "parameters_n", (int64_t)layer->parameters);
    report_close_line(w, pretty);
}

static const char *const heads[] = {
    [NET_SOFTMAX] = "softmax", [NET_SIGMOID] = "sigmoid", [NET_LOGITS] = "logits",
    [NET_MIXTURE] = "mixture", NULL};

/* What `model` and each of `models` say of a net. */
static void put_hashes(struct json_writer *w, const struct net *net)
{
    json_put_string(w, "sha256", net_sha256(net));
    if (net_architecture_sha256(net) != NULL)
        json_put_string(w, "architecture_sha256", net_architecture_sha256(net));
}

static void put_facts(struct json_writer *w, const struct net *net)
{
    json_put_integer(w, "parameters_n", (int64_t)net_parameters(net));
    put_shape(w, "input_shape", net_input_shape(net));
    json_put_integer(w, "classes_n", (int64_t)net_classes(net));
    json_put_string(w, "head", heads[net_head(net)]);
}

static void put_models(const struct report_part *p)
{
    struct json_writer *w = p->w;
    json_open_array(w, "models");
    for (size_t i = 0; i < p->in->subjects_n; i++) {
        const struct subject *s = &p->in->subject[i];
        json_open_object(w, NULL);
        json_put_string(w, "role", subject_role_names[s->role]);
        json_put_string(w, "name", s->name);
        json_put_string(w, "file", base_name(s->path));
        put_hashes(w, s->net);
        put_facts(w, s->net);
        plan_write_preprocess(s->preprocess, w);
        json_close_object(w);
    }
    json_close_array(w);
}

static void put_model(const struct report_part *p)
{
    struct json_writer *w = p->w;
    const struct net *net = p->in->net;
    if (net == NULL) {
        json_put_null(w, "model");
        return;
    }
    json_open_object(w, "model");
    json_put_string(w, "name", base_name(p->in->plan->model));
    put_hashes(w, net);
    json_open_array(w, "layers");
    for (size_t i = 0; i < net_layers(net); i++) {
        struct net_layer_info layer = net_layer(net, i);
        put_layer(w, &layer);
    }
    json_close_array(w);
    put_facts(w, net);
    json_close_object(w);
}

/* How often each code of [0, values) stands in the n codes; the last count is for -1. NULL when out of memory. */
static int64_t *count_codes(const int32_t *code, size_t n, size_t values)
{
    int64_t *count = calloc(values + 1, sizeof *count);
    if (count == NULL)
        return NULL;
    for (size_t i = 0; i < n; i++)
        count[code[i] < 0 ? values : (size_t)code[i]]++;
    return count;
}

static void put_class_counts(struct json_writer *w, const struct dataset *d)
{
    int64_t *count = count_codes(d->label, d->n, d->classes);
    if (count == NULL) {
        w->failed = 1;
        return;
    }
    json_open_array(w, "class_counts");
    for (size_t k = 0; k < d->classes; k++) {
        int pretty = report_open_line(w);
        json_put_integer(w, "class", (int64_t)k);
        json_put_string(w, "name", d->class_name != NULL ? d->class_name[k] : NULL);
        json_put_integer(w, "n", count[k]);
        report_close_line(w, pretty);
    }
    json_close_array(w);
    free(count);
}

static void put_attribute(struct json_writer *w, const struct dataset_attribute *a, size_t n)
{
    int64_t *count = count_codes(a->code, n, a->values_n);
    if (count == NULL) {
        w->failed = 1;
        return;
    }
    json_open_object(w, NULL);
    json_put_string(w, "name", a->name);
    json_open_array(w, "values");
    for (size_t i = 0; i < a->values_n; i++) {
        int pretty = report_open_line(w);
        json_put_string(w, "value", a->value[i]);
        json_put_integer(w, "n", count[i]);
        report_close_line(w, pretty);
    }
    json_close_array(w);
    json_put_integer(w, "not_recorded_n", count[a->values_n]);
    json_close_object(w);
    free(count);
}

static void put_members_n(struct json_writer *w, const struct dataset *d)
{
    int64_t members = 0;
    if (d->member == NULL) {
        json_put_null(w, "members_n");
        return;
    }
    for (size_t i = 0; i < d->n; i++)
        members += d->member[i] != 0;
    json_put_integer(w, "members_n", members);
}

static void put_dataset(struct json_writer *w, const char *role, const struct dataset *d)
{
    json_open_object(w, NULL);
    json_put_string(w, "role", role);
    json_put_string(w, "name", d->name != NULL ? d->name : base_name(d->path));
    json_put_string(w, "sha256", d->sha256);
    json_put_integer(w, "n", (int64_t)d->n);
    put_shape(w, "shape", &d->shape);
    put_class_counts(w, d);
    json_open_array(w, "attributes");
    for (size_t i = 0; i < d->attributes_n; i++) {
        dataset_rest(d);
        put_attribute(w, &d->attribute[i], d->n);
    }
    json_close_array(w);
    dataset_rest(d);
    put_members_n(w, d);
    dataset_rest(d);
    json_close_object(w);
}

static const char *const roles[] = {"test", "members", NULL};

static void put_subject(const struct report_part *p, const char *key)
{
    json_open_object(p->w, key);
    put_model(p);
    put_models(p);
    json_open_array(p->w, "datasets");
    put_dataset(p->w, roles[0], p->in->data);
    if (p->in->members != NULL)
        put_dataset(p->w, roles[1], p->in->members);
    json_close_array(p->w);
    json_close_object(p->w);
}

static const struct schema_row layer_members[] = {{"name", .kind = SCHEMA_STRING},
                                                  {"kind", SCHEMA_STRING, .text = SCHEMA_TEXT},
                                                  {"input_shape", SCHEMA_TYPE, .text = "shape"},
                                                  {"output_shape", SCHEMA_TYPE, .text = "shape"},
                                                  {"parameters_n", .kind = SCHEMA_INTEGER},
                                                  {.name = NULL}};
static const struct schema_row layer = {.kind = SCHEMA_OBJECT, .rows = layer_members};

static const struct schema_row model[] = {
    {"name", .kind = SCHEMA_STRING},
    {"sha256", SCHEMA_TYPE, .text = "sha256"},
    {"architecture_sha256", SCHEMA_TYPE, SCHEMA_OPTIONAL, .text = "sha256",
     .doc = "Where the model file holds weights alone: of the file that says the architecture."},
    {"layers", SCHEMA_ARRAY, .rows = &layer},
    {"parameters_n", .kind = SCHEMA_INTEGER},
    {"input_shape", SCHEMA_TYPE, .text = "shape"},
    {"classes_n", SCHEMA_INTEGER, .least = 2},
    {"head", SCHEMA_STRING, .choices = heads},
    {.name = NULL}};

static const struct schema_row number = {.kind = SCHEMA_NUMBER};
static const struct schema_row preprocess[] = {{"scale", .kind = SCHEMA_NUMBER},
                                               {"mean", SCHEMA_ARRAY, SCHEMA_OPTIONAL, .rows = &number},
                                               {"std", SCHEMA_ARRAY, SCHEMA_OPTIONAL, .rows = &number},
                                               {.name = NULL}};
static const struct schema_row role_members[] = {
    {"role", SCHEMA_STRING, .choices = subject_role_names,
     .doc = "The target is judged, a source makes examples for it."},
    {"name", SCHEMA_STRING, .text = SCHEMA_TEXT, .doc = "As the config calls it; model: the target."},
    {"file", .kind = SCHEMA_STRING},
    {"sha256", SCHEMA_TYPE, .text = "sha256"},
    {"architecture_sha256", SCHEMA_TYPE, SCHEMA_OPTIONAL, .text = "sha256"},
    {"parameters_n", .kind = SCHEMA_INTEGER},
    {"input_shape", SCHEMA_TYPE, .text = "shape"},
    {"classes_n", SCHEMA_INTEGER, .least = 2},
    {"head", SCHEMA_STRING, .choices = heads},
    {"preprocess", SCHEMA_OBJECT, .rows = preprocess, .doc = "net input = (x * scale - mean) / std"},
    {.name = NULL}};
static const struct schema_row model_in_role = {.kind = SCHEMA_OBJECT, .rows = role_members};

static const struct schema_row class_members[] = {{"class", .kind = SCHEMA_INTEGER},
                                                  {"name", SCHEMA_STRING, .flags = SCHEMA_NULL},
                                                  {"n", .kind = SCHEMA_INTEGER},
                                                  {.name = NULL}};
static const struct schema_row class_count = {.kind = SCHEMA_OBJECT, .rows = class_members};

static const struct schema_row value_members[] = {
    {"value", .kind = SCHEMA_STRING}, {"n", .kind = SCHEMA_INTEGER}, {.name = NULL}};
static const struct schema_row value = {.kind = SCHEMA_OBJECT, .rows = value_members};
static const struct schema_row attribute_members[] = {{"name", .kind = SCHEMA_STRING},
                                                      {"values", SCHEMA_ARRAY, .rows = &value},
                                                      {"not_recorded_n", .kind = SCHEMA_INTEGER},
                                                      {.name = NULL}};
static const struct schema_row attribute = {.kind = SCHEMA_OBJECT, .rows = attribute_members};

static const struct schema_row dataset_members[] = {
    {"role", SCHEMA_STRING, .choices = roles},
    {"name", .kind = SCHEMA_STRING},
    {"sha256", SCHEMA_TYPE, .text = "sha256", .doc = "Of the whole file."},
    {"n", SCHEMA_INTEGER, .doc = "Rows that were used."},
    {"shape", SCHEMA_TYPE, .text = "shape"},
    {"class_counts", SCHEMA_ARRAY, .rows = &class_count},
    {"attributes", SCHEMA_ARRAY, .rows = &attribute},
    {"members_n", SCHEMA_INTEGER, SCHEMA_NULL,
     .doc = "Rows marked as training members; null where the data set does not say."},
    {.name = NULL}};
static const struct schema_row dataset = {.kind = SCHEMA_OBJECT, .rows = dataset_members};

static const struct schema_row subject[] = {
    {"model", SCHEMA_OBJECT, SCHEMA_NULL, .rows = model, .doc = "null: stored predictions were evaluated."},
    {"models", SCHEMA_ARRAY, .rows = &model_in_role, .doc = "Every net of the run, the target first."},
    {"datasets", SCHEMA_ARRAY, .rows = &dataset, .least = 1},
    {.name = NULL}};

const struct report_section report_section_subject = {
    .put = put_subject, .schema = {"subject", SCHEMA_OBJECT, .rows = subject}};
