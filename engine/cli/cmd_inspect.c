#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/dataset.h"
#include "engine/cli/args.h"
#include "engine/io/h5.h"
#include "engine/io/json.h"
#include "engine/net/keras.h"

struct inspect_options { int json; };

/* Print the document as JSON, or its members as aligned text. */
static int print_json(struct json_writer *w, struct err *e)
{
    char *text;
    size_t n;
    TRY(json_writer_end(w, &text, &n, e));
    printf("%s\n", text);
    free(text);
    return 0;
}

static void put_shape(struct json_writer *w, const char *key, const struct shape *s)
{
    json_open_array(w, key);
    for (size_t i = 0; i < s->rank; i++)
        json_put_integer(w, NULL, (int64_t)s->dim[i]);
    json_close_array(w);
}

/* ---- models: the graph alone, no weight is read ----------------------------------------------------------------------- */

static size_t parameters_of(const struct graph *g)
{
    size_t n = 0;
    for (size_t i = 1; i < g->n; i++)
        n += graph_node_parameters(&g->node[i]);
    return n;
}

static int model_json(const char *path, const struct keras_file *f, const struct graph *g, struct err *e)
{
    struct json_writer w;
    json_writer_begin(&w, 1);
    json_open_object(&w, NULL);
    json_put_string(&w, "kind", "model");
    json_put_string(&w, "path", path);
    json_put_string(&w, "format", "keras_hdf5");
    json_put_integer(&w, "keras_major", f->context.keras_major);
    json_put_string(&w, "sha256", f->sha256);
    put_shape(&w, "input_shape", &g->node[0].out);
    put_shape(&w, "output_shape", &g->node[g->output].out);
    json_put_integer(&w, "parameters_n", (int64_t)parameters_of(g));
    json_open_array(&w, "layers");
    for (size_t i = 1; i < g->n; i++) {
        json_open_object(&w, NULL);
        json_put_string(&w, "name", g->node[i].name);
        json_put_string(&w, "kind", g->node[i].kind->name);
        put_shape(&w, "output_shape", &g->node[i].out);
        json_put_integer(&w, "parameters_n", (int64_t)graph_node_parameters(&g->node[i]));
        json_close_object(&w);
    }
    json_close_array(&w);
    json_close_object(&w);
    return print_json(&w, e);
}

static void model_text(const char *path, const struct keras_file *f, const struct graph *g)
{
    char shape[96];
    printf("%s: Keras %d model in HDF5\n  sha256      %s\n  input       %s\n", path, f->context.keras_major, f->sha256,
           shape_text(&g->node[0].out, shape, sizeof shape));
    printf("  output      %s\n  parameters  %zu\n\n  %-4s %-28s %-24s %-16s %s\n", shape_text(&g->node[g->output].out, shape, sizeof shape),
           parameters_of(g), "", "layer", "kind", "output", "parameters");
    for (size_t i = 1; i < g->n; i++)
        printf("  %-4zu %-28s %-24s %-16s %zu\n", i, g->node[i].name, g->node[i].kind->name, shape_text(&g->node[i].out, shape, sizeof shape),
               graph_node_parameters(&g->node[i]));
}

static int inspect_graph(const struct keras_file *f, struct graph *g, struct err *e)
{
    TRY(keras_read_graph(f->config, &f->context, g, e));
    return graph_infer(g, NULL, e);
}

static int inspect_model(const char *path, int json, struct err *e)
{
    struct keras_file f = {0};
    struct graph g = {0};
    int code = keras_open(&f, path, e);
    if (!code && !(code = graph_init(&g, e)))
        code = inspect_graph(&f, &g, e);
    if (code)
        err_prepend(e, "model %s", path);
    else if (json)
        code = model_json(path, &f, &g, e);
    else
        model_text(path, &f, &g);
    graph_free(&g);
    keras_close(&f);
    return code;
}

/* ---- data sets ------------------------------------------------------------------------------------------------------ */

static size_t count_label(const struct dataset *d, size_t label)
{
    size_t n = 0;
    for (size_t i = 0; i < d->n; i++)
        n += (size_t)d->label[i] == label;
    return n;
}

static size_t count_code(const struct dataset *d, const struct dataset_attribute *a, int32_t code)
{
    size_t n = 0;
    for (size_t i = 0; i < d->n; i++)
        n += a->code[i] == code;
    return n;
}

static void box_of(const struct dataset *d, double *low, double *high)
{
    *low = d->size ? (double)d->low[0] : 0;
    *high = d->size ? (double)d->high[0] : 0;
    for (size_t i = 1; i < d->size; i++) {
        *low = (double)d->low[i] < *low ? (double)d->low[i] : *low;
        *high = (double)d->high[i] > *high ? (double)d->high[i] : *high;
    }
}

static void data_attributes_json(struct json_writer *w, const struct dataset *d)
{
    json_open_array(w, "attributes");
    for (size_t i = 0; i < d->attributes_n; i++) {
        const struct dataset_attribute *a = &d->attribute[i];
        json_open_object(w, NULL);
        json_put_string(w, "name", a->name);
        json_open_array(w, "values");
        for (size_t v = 0; v < a->values_n; v++) {
            json_open_object(w, NULL);
            json_put_string(w, "value", a->value[v]);
            json_put_integer(w, "n", (int64_t)count_code(d, a, (int32_t)v));
            json_close_object(w);
        }
        json_close_array(w);
        json_close_object(w);
    }
    json_close_array(w);
}

static int data_json(const struct dataset *d, struct err *e)
{
    struct json_writer w;
    double low, high;
    box_of(d, &low, &high);
    json_writer_begin(&w, 1);
    json_open_object(&w, NULL);
    json_put_string(&w, "kind", "data");
    json_put_string(&w, "path", d->path);
    json_put_string(&w, "name", d->name);
    json_put_string(&w, "sha256", d->sha256);
    json_put_integer(&w, "n", (int64_t)d->n);
    put_shape(&w, "shape", &d->shape);
    json_put_number(&w, "low", low);
    json_put_number(&w, "high", high);
    json_open_array(&w, "class_counts");
    for (size_t k = 0; k < d->classes; k++)
        json_put_integer(&w, NULL, (int64_t)count_label(d, k));
    json_close_array(&w);
    data_attributes_json(&w, d);
    json_put_bool(&w, "has_membership", d->member != NULL);
    json_put_integer(&w, "scores_classes", (int64_t)d->scores_classes);
    json_close_object(&w);
    return print_json(&w, e);
}

static void data_text(const struct dataset *d)
{
    char shape[96];
    double low, high;
    box_of(d, &low, &high);
    printf("%s: data set '%s'\n  sha256      %s\n  samples     %zu\n", d->path, d->name, d->sha256, d->n);
    if (d->size)
        printf("  inputs      %s, box %g to %g\n", shape_text(&d->shape, shape, sizeof shape), low, high);
    if (d->scores)
        printf("  scores      %zu classes\n", d->scores_classes);
    printf("  membership  %s\n\n  class                            samples\n", d->member ? "recorded" : "not recorded");
    for (size_t k = 0; k < d->classes; k++)
        printf("  %4zu %-27s %zu\n", k, d->class_name ? d->class_name[k] : "", count_label(d, k));
    for (size_t i = 0; i < d->attributes_n; i++) {
        const struct dataset_attribute *a = &d->attribute[i];
        printf("\n  attribute '%s'\n", a->name);
        for (size_t v = 0; v < a->values_n; v++)
            printf("  %4zu %-27s %zu\n", v, a->value[v], count_code(d, a, (int32_t)v));
    }
}

static int inspect_data(const char *path, int json, struct err *e)
{
    struct dataset *d;
    TRY(dataset_open(&d, path, 0, e));
    int code = 0;
    if (json)
        code = data_json(d, e);
    else
        data_text(d);
    dataset_close(d);
    return code;
}

/* Content decides: a data set says so at its root; everything else must be a model. */
static int is_data(const char *path, int *out, struct err *e)
{
    struct h5 *f;
    struct arena arena;
    const double *version;
    size_t n = 0;
    TRY(h5_open(path, &f, e));
    int code = arena_init(&arena, 0) ? err_set(e, ERR_RUN, "out of memory") : 0;
    if (!code)
        code = h5_attr_reals(f, "/", "assay_dataset", &arena, &version, &n, e);
    *out = n > 0;
    arena_free(&arena);
    h5_close(f);
    return code;
}

static int run(const void *options, const struct args *args, struct err *e)
{
    const struct inspect_options *o = options;
    int data;
    TRY(args_expect(&command_inspect, args, 1, 1, e));
    TRY(is_data(args->v[0], &data, e));
    return data ? inspect_data(args->v[0], o->json, e) : inspect_model(args->v[0], o->json, e);
}

static const struct option options[] = {{"--json", 0, OPTION_FLAG, NULL, offsetof(struct inspect_options, json), "one JSON document on stdout"},
                                        {.name = NULL}};

const struct command command_inspect = {
    .name = "inspect",
    .usage = "inspect FILE [--json]",
    .doc = "Say what a model or data set is: layers, shapes, parameters, classes, attributes, sha256; reads no weights.",
    .options = options,
    .options_size = sizeof(struct inspect_options),
    .run = run};
