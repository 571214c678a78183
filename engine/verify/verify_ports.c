/* Models with several inputs or outputs: what each output gives, and which weights belong to any of them. */
#include <stdio.h>
#include <string.h>

#include "engine/net/keras/model.h"
#include "engine/net/net_private.h"
#include "engine/verify/verify_private.h"

const char *const verify_head_names[] = {
    [NET_SOFTMAX] = "softmax", [NET_SIGMOID] = "sigmoid", [NET_LOGITS] = "logits", [NET_MIXTURE] = "mixture", NULL};

/* ---- each output ---- */

static int is_known(const struct verify_model *m, const struct graph_node *node)
{
    for (size_t i = 0; i < m->weighted_n; i++)
        if (m->weighted[i].kind == node->kind && strcmp(m->weighted[i].path, node->weights->path) == 0)
            return 1;
    return 0;
}

/* The layers with weights that this output needs, too. */
static int note_weights(struct verify_model *m, const struct graph *g, struct err *e)
{
    struct arena *a = &m->graph.arena;
    struct verify_weighted *all = arena_array(a, m->weighted_n + g->n, sizeof *all);
    if (!all)
        return err_set(e, ERR_RUN, "out of memory");
    if (m->weighted_n > 0)
        memcpy(all, m->weighted, m->weighted_n * sizeof *all);
    m->weighted = all;
    for (size_t i = 1; i < g->n; i++) {
        const struct graph_node *node = &g->node[i];
        if (!node->weights || is_known(m, node))
            continue;
        struct verify_weighted *w = &all[m->weighted_n];
        *w = (struct verify_weighted){arena_strdup(a, node->weights->group), arena_strdup(a, node->weights->path),
                                      node->kind, node->needs.weights_n};
        if (!w->group || !w->path)
            return err_set(e, ERR_RUN, "out of memory");
        m->weighted_n++;
    }
    return 0;
}

static int read_graph(const struct verify_model *m, const struct net_ports *ports, const struct shape *samples,
                      struct graph *g, struct err *fault)
{
    TRY(keras_note_loss(&m->file, ports->output, g, fault));
    TRY(keras_read_graph(m->file.config, &m->file.dialect, ports, samples, g, fault));
    return graph_infer(g, samples, fault);
}

/* What cannot be read of it stays unknown: the graph of the chosen one tells why. */
static int look_at_output(struct verify_model *m, size_t i, const struct net_ports *ports, const struct shape *samples,
                          struct err *e)
{
    struct verify_output *o = &m->outputs[i];
    struct net_ports own = *ports;
    struct graph g;
    struct err fault = {0};
    own.output = m->ends.output[i].name;
    TRY(graph_init(&g, e));
    int status = 0;
    if (read_graph(m, &own, samples, &g, &fault) == 0) {
        o->shape = g.node[g.output].out;
        status = note_weights(m, &g, e);
        if (head_cut(&g, &o->head, &o->classes, &fault) != 0)
            o->classes = 0;
    }
    graph_free(&g);
    return fault.code == ERR_RUN ? err_set(e, ERR_RUN, "%s", fault.text) : status;
}

/* ---- the choice ---- */

static size_t describe(const struct verify_model *m, size_t i, char *text, size_t size)
{
    const struct verify_output *o = &m->outputs[i];
    char shape[96];
    int n;
    if (o->shape.rank == 0)
        n = snprintf(text, size, "'%.40s'", m->ends.output[i].name);
    else if (o->classes == 0)
        n = snprintf(text, size, "'%.40s' (%s, no classifier's)", m->ends.output[i].name,
                     shape_text(&o->shape, shape, sizeof shape));
    else
        n = snprintf(text, size, "'%.40s' (%s, %s, %zu classes)", m->ends.output[i].name,
                     shape_text(&o->shape, shape, sizeof shape), verify_head_names[o->head], o->classes);
    return n > 0 ? (size_t)n : 0;
}

static int ask(const struct verify_model *m, struct err *e)
{
    char list[600] = "";
    size_t at = 0, i = 0;
    for (; i < m->ends.outputs_n && at + 220 < sizeof list; i++) {
        at += (size_t)snprintf(list + at, sizeof list - at, "%s", i ? ", " : "");
        at += describe(m, i, list + at, sizeof list - at);
    }
    return err_set(e, ERR_USAGE,
                   "the model has %zu outputs: %s%s; choose the one to be judged: \"model_output\": \"%.40s\"",
                   m->ends.outputs_n, list, i < m->ends.outputs_n ? " ..." : "", m->ends.output[m->output].name);
}

static void first_classifier(struct verify_model *m)
{
    for (m->output = 0; m->output < m->ends.outputs_n; m->output++)
        if (m->outputs[m->output].classes > 0)
            return;
    m->output = 0;
}

static int look_at_all(struct verify_model *m, const struct net_ports *ports, const struct shape *samples,
                       struct err *e)
{
    static const struct net_ports none;
    m->outputs = arena_array(&m->graph.arena, m->ends.outputs_n, sizeof *m->outputs);
    if (!m->outputs)
        return err_set(e, ERR_RUN, "out of memory");
    for (size_t i = 0; i < m->ends.outputs_n; i++) {
        m->outputs[i] = (struct verify_output){.classes = 0};
        TRY(look_at_output(m, i, ports ? ports : &none, samples, e));
    }
    return 0;
}

static void say_order(const struct verify_model *m, const struct shape *samples, struct findings *out)
{
    struct keras_columns column[LAYER_MAX_INPUTS];
    struct err fault = {0};
    char text[500] = "";
    size_t total, at = 0;
    if (keras_share_columns(&m->ends, NULL, samples, column, &total, &fault) != 0) {
        if (fault.code == ERR_USAGE) /* else the graph's reader says it */
            findings_add(out, FINDING_PAIR_ORDER, "model", "", "%s; the layers were not checked", fault.text);
        return;
    }
    for (size_t i = 0; i < m->ends.inputs_n && at + 120 < sizeof text; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s\"%.60s\": [%zu, %zu]", i ? ", " : "",
                               m->ends.input[i].name, column[i].first, column[i].first + column[i].n - 1);
    findings_add(out, FINDING_PAIR_ORDER, "model", "", "\"model_inputs\": {%s%s}", text,
                 at + 120 >= sizeof text ? ", ..." : "");
}

int verify_ports(struct verify_model *m, const struct net_ports *ports, const struct shape *samples,
                 struct net_ports *chosen, struct findings *out, struct err *e)
{
    struct err fault = {0};
    *chosen = ports ? *ports : (struct net_ports){.n = 0};
    if (keras_read_model_ends(&m->graph.arena, m->file.config, &m->ends, &fault) != 0) {
        m->ends.inputs_n = m->ends.outputs_n = 0; /* the graph's reader will say it */
        return fault.code == ERR_RUN ? err_set(e, ERR_RUN, "%s", fault.text) : 0;
    }
    if (m->ends.outputs_n > 1) {
        TRY(look_at_all(m, ports, samples, e));
        first_classifier(m);
        if (ports && !ports->output)
            return ask(m, e);
    }
    if (chosen->output)
        TRY(keras_choose_output(&m->ends, chosen->output, &m->output, e));
    else if (m->ends.outputs_n > 1)
        chosen->output = m->ends.output[m->output].name;
    if (m->ends.inputs_n > 1 && chosen->n == 0)
        say_order(m, samples, out);
    return 0;
}
