/* What a model or a data set is, as JSON members or as text. */
#include "engine/cli/describe.h"

#include <stdio.h>
#include <string.h>

static void put_shape(struct json_writer *w, const char *key, const struct shape *s)
{
    json_open_array(w, key);
    for (size_t i = 0; i < s->rank; i++)
        json_put_integer(w, NULL, (int64_t)s->dim[i]);
    json_close_array(w);
}

/* ---- models: the graph alone, no weight is read ---- */

static size_t parameters_of(const struct graph *g)
{
    size_t n = 0;
    for (size_t i = 1; i < g->n; i++)
        n += graph_first_use(g, i) == i ? graph_node_parameters(&g->node[i]) : 0;
    return n;
}

static void put_layers(struct json_writer *w, const struct graph *g)
{
    json_open_array(w, "layers");
    for (size_t i = 1; i < g->n; i++) {
        json_open_object(w, NULL);
        json_put_string(w, "name", g->node[i].name);
        json_put_string(w, "kind", g->node[i].kind->name);
        put_shape(w, "output_shape", &g->node[i].out);
        json_put_integer(w, "parameters_n", (int64_t)graph_node_parameters(&g->node[i]));
        json_close_object(w);
    }
    json_close_array(w);
}

/* ---- inputs and outputs, where there are several ---- */

static int has_ports(const struct verify_model *m)
{
    return m->ends.inputs_n > 1 || m->ends.outputs_n > 1;
}

static void put_ports(struct json_writer *w, const struct verify_model *m)
{
    json_open_array(w, "inputs");
    for (size_t i = 0; i < m->ends.inputs_n; i++) {
        json_open_object(w, NULL);
        json_put_string(w, "name", m->ends.input[i].name);
        put_shape(w, "shape", &m->ends.input[i].shape);
        json_close_object(w);
    }
    json_close_array(w);
    json_open_array(w, "outputs");
    for (size_t i = 0; i < m->ends.outputs_n; i++) {
        const struct verify_output *o = m->outputs ? &m->outputs[i] : NULL;
        json_open_object(w, NULL);
        json_put_string(w, "name", m->ends.output[i].name);
        if (o)
            put_shape(w, "shape", &o->shape);
        if (o && o->classes > 0) {
            json_put_integer(w, "classes_n", (int64_t)o->classes);
            json_put_string(w, "head", verify_head_names[o->head]);
        }
        json_put_bool(w, "described", i == m->output);
        json_close_object(w);
    }
    json_close_array(w);
}

static void print_inputs(const struct verify_model *m)
{
    struct keras_columns column[LAYER_MAX_INPUTS];
    struct err fault = {0};
    char shape[96];
    size_t total;
    int known = keras_share_columns(&m->ends, NULL, NULL, column, &total, &fault) == 0;
    for (size_t i = 0; i < m->ends.inputs_n; i++)
        printf("  input       '%s' %s\n", m->ends.input[i].name,
               shape_text(&m->ends.input[i].shape, shape, sizeof shape));
    printf("              to write in the config, with the columns of /x: \"model_inputs\": {");
    for (size_t i = 0; i < m->ends.inputs_n; i++)
        if (known)
            printf("%s\"%s\": [%zu, %zu]", i ? ", " : "", m->ends.input[i].name, column[i].first,
                   column[i].first + column[i].n - 1);
        else
            printf("%s\"%s\": [first, last]", i ? ", " : "", m->ends.input[i].name);
    printf("}\n");
}

static void print_outputs(const struct verify_model *m)
{
    char shape[96];
    for (size_t i = 0; i < m->ends.outputs_n; i++) {
        const struct verify_output *o = &m->outputs[i];
        printf("  output      '%s' %s", m->ends.output[i].name,
               o->shape.rank ? shape_text(&o->shape, shape, sizeof shape) : "of a shape that is not known");
        if (o->classes > 0)
            printf(", %s of %zu classes\n", verify_head_names[o->head], o->classes);
        else
            printf(", no classifier's\n");
    }
    printf("              to write in the config: \"model_output\": \"%s\", of which the rest here tells\n",
           m->ends.output[m->output].name);
}

void describe_model_json(struct json_writer *w, const char *path, const struct verify_model *m)
{
    const struct graph *g = &m->graph;
    json_put_string(w, "kind", "model");
    json_put_string(w, "path", path);
    json_put_string(w, "format", m->file.format);
    if (m->file.h5)
        json_put_integer(w, "keras_major", keras_major(&m->file.dialect));
    else
        json_put_null(w, "keras_major");
    json_put_string(w, "sha256", m->sha256[0] ? m->sha256 : NULL);
    if (m->file.architecture_sha256[0])
        json_put_string(w, "architecture_sha256", m->file.architecture_sha256);
    if (has_ports(m))
        put_ports(w, m);
    if (!m->understood) {
        static const char *const unknown[] = {"input_shape", "output_shape", "classes_n", "parameters_n", "layers"};
        for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
            json_put_null(w, unknown[i]);
        return;
    }
    put_shape(w, "input_shape", &g->node[0].out);
    put_shape(w, "output_shape", &g->node[g->output].out);
    if (m->classes)
        json_put_integer(w, "classes_n", (int64_t)m->classes);
    else
        json_put_null(w, "classes_n");
    json_put_integer(w, "parameters_n", (int64_t)parameters_of(g));
    put_layers(w, g);
}

static const char *format_text(const struct keras_file *f)
{
    if (strcmp(f->format, "keras_zip") == 0)
        return "a .keras archive";
    return strcmp(f->format, "keras_hdf5") == 0 ? "HDF5" : "weights in HDF5 with an architecture apart";
}

void describe_model_text(const char *path, const struct verify_model *m)
{
    char shape[96];
    const struct graph *g = &m->graph;
    if (m->file.h5)
        printf("%s: Keras %d model, %s\n", path, keras_major(&m->file.dialect), format_text(&m->file));
    else
        printf("%s: not a model that can be read\n", path);
    if (m->sha256[0])
        printf("  sha256      %s\n", m->sha256);
    if (m->file.architecture_sha256[0])
        printf("  architecture %s\n", m->file.architecture_sha256);
    if (m->ends.inputs_n > 1)
        print_inputs(m);
    if (m->ends.outputs_n > 1)
        print_outputs(m);
    if (!m->understood)
        return;
    printf("  input       %s\n", shape_text(&g->node[0].out, shape, sizeof shape));
    printf("  output      %s\n", shape_text(&g->node[g->output].out, shape, sizeof shape));
    printf("  parameters  %zu\n\n  %-4s %-28s %-24s %-16s %s\n", parameters_of(g), "", "layer", "kind", "output",
           "parameters");
    for (size_t i = 1; i < g->n; i++)
        printf("  %-4zu %-28s %-24s %-16s %zu\n", i, g->node[i].name, g->node[i].kind->name,
               shape_text(&g->node[i].out, shape, sizeof shape), graph_node_parameters(&g->node[i]));
}

/* ---- data sets ---- */

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

void describe_data_json(struct json_writer *w, const struct dataset *d)
{
    double low, high;
    box_of(d, &low, &high);
    json_put_string(w, "kind", "data");
    json_put_string(w, "path", d->path);
    json_put_string(w, "name", d->name);
    json_put_string(w, "sha256", d->sha256);
    json_put_integer(w, "n", (int64_t)d->n);
    put_shape(w, "shape", &d->shape);
    json_put_number(w, "low", low);
    json_put_number(w, "high", high);
    json_open_array(w, "class_counts");
    for (size_t k = 0; k < d->classes; k++)
        json_put_integer(w, NULL, (int64_t)count_label(d, k));
    json_close_array(w);
    data_attributes_json(w, d);
    json_put_bool(w, "has_membership", d->member != NULL);
    json_put_bool(w, "has_weights", d->weight != NULL);
    json_put_integer(w, "scores_classes", (int64_t)d->scores_classes);
}

void describe_data_text(const struct dataset *d)
{
    char shape[96];
    double low, high;
    box_of(d, &low, &high);
    printf("%s: data set '%s'\n  sha256      %s\n  samples     %zu\n", d->path, d->name, d->sha256, d->n);
    if (d->size)
        printf("  inputs      %s, box %g to %g\n", shape_text(&d->shape, shape, sizeof shape), low, high);
    if (d->scores)
        printf("  scores      %zu classes\n", d->scores_classes);
    if (d->weight)
        printf("  weights     one a row\n");
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
