/* A model as a whole: container, config, graph, head, weights. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/file.h"
#include "engine/net/keras/model.h"
#include "engine/net/net_private.h"
#include "engine/verify/verify_private.h"

#define FILE_MAX_BYTES ((size_t)4 << 30)

/* ---- topology ---- */

static int is_open(const struct shape *s)
{
    int open = s->rank == 0;
    for (size_t i = 0; i < s->rank; i++)
        open |= s->dim[i] == 0;
    return open;
}

static int build(struct verify_model *m, const struct net_ports *ports, const struct shape *samples, int *open,
                 struct err *e)
{
    TRY(keras_note_loss(&m->file, ports->output, &m->graph, e));
    TRY(keras_read_graph(m->file.config, &m->file.dialect, ports, samples, &m->graph, e));
    *open = is_open(&m->graph.input);
    if (*open && !samples)
        return 0;
    TRY(graph_infer(&m->graph, *open ? samples : NULL, e));
    m->understood = 1;
    return 0;
}

/* Whether what verify_config found would stop the graph's reader too. */
static int config_refused(const struct findings *out)
{
    return findings_have(out, FINDING_MODEL_CODE, "model") || findings_have(out, FINDING_MODEL_CUSTOM, "model") ||
           findings_have(out, FINDING_MODEL_UNSUPPORTED, "model") ||
           findings_have(out, FINDING_MODEL_DUPLICATE_NAME, "model");
}

/* head_cut may add nodes; a description wants the model as it was. */
static int cut_head(struct verify_model *m, struct err *fault)
{
    const size_t output = m->graph.output, n = m->graph.n;
    int status = head_cut(&m->graph, &m->head, &m->classes, fault);
    m->logits = m->graph.output;
    m->graph.output = output;
    m->graph.n = n;
    return status;
}

static int infer_with(struct verify_model *m, size_t size, struct err *fault)
{
    struct shape s = m->graph.input;
    for (size_t k = 0; k < s.rank; k++)
        s.dim[k] = s.dim[k] ? s.dim[k] : size;
    return s.rank > 0 ? graph_infer(&m->graph, &s, fault) : -1;
}

/* A size for those that the model leaves open: one with which it is a classifier, else one that its layers take. */
static void guess(struct verify_model *m, struct err *fault)
{
    static const size_t sizes[] = {32, 64, 28, 96, 128, 224, 299, 16, 512, 1000};
    struct err head;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        if (infer_with(m, sizes[i], fault) != 0)
            continue;
        m->guessed = m->guessed ? m->guessed : sizes[i];
        if (cut_head(m, &head) == 0) {
            m->guessed = sizes[i];
            break;
        }
    }
    if (m->guessed)
        (void)infer_with(m, m->guessed, fault);
}

static void say_open(struct verify_model *m, struct findings *out)
{
    char text[96];
    struct err fault = {0};
    guess(m, &fault);
    findings_add(out, FINDING_MODEL_OPEN_INPUT, "model", "", "the input is %s (0 = any size)%s%s%s",
                 m->graph.input.rank ? shape_text(&m->graph.input, text, sizeof text) : "not given",
                 m->guessed ? "" : "; the layers were not checked", m->guessed || !fault.text[0] ? "" : ": ",
                 m->guessed ? "" : fault.text);
}

static void say_quantized(const struct graph *g, struct findings *out)
{
    const struct graph_node *first = NULL;
    size_t n = 0;
    for (size_t i = 1; i < g->n; i++) {
        if (g->node[i].kind != layer_find("dense_int8"))
            continue;
        first = first ? first : &g->node[i];
        n++;
    }
    if (first)
        findings_add(out, FINDING_MODEL_QUANTIZED, "model", "", "layer %zu '%s'%s; each row of inputs by its own scale",
                     first->number, first->name, n > 1 ? " and others" : "");
}

/* asked: the config says, or has to say, which inputs and output are meant. */
static int check_graph(struct verify_model *m, int asked, const struct net_ports *ports, const struct shape *samples,
                       struct findings *out, struct err *e)
{
    struct err fault = {0};
    int open = 0;
    if (build(m, ports, samples, &open, &fault) != 0) {
        if (fault.code == ERR_RUN || (asked && fault.code == ERR_USAGE))
            return err_set(e, fault.code, "%s", fault.text);
        if (!config_refused(out) && fault.code != ERR_USAGE) /* nothing was asked: verify_ports told what is missing */
            findings_add(out, FINDING_MODEL_TOPOLOGY, "model", "", "%s", fault.text);
    } else if (open) {
        say_open(m, out);
    } else {
        say_quantized(&m->graph, out);
    }
    return 0;
}

static void say_head(struct verify_model *m, const struct graph_node *last, struct findings *out)
{
    m->probabilities = m->head != NET_LOGITS;
    if (m->head == NET_LOGITS)
        findings_add(out, FINDING_MODEL_LOGITS, "model", "", "its %zu outputs are taken as logits", m->classes);
    else if (m->head == NET_MIXTURE)
        findings_add(out, FINDING_MODEL_MIXTURE, "model", "", "layer %zu '%s' (%s) mixes them", last->number,
                     last->name, last->kind->name);
    else
        verify_head(m, out);
}

static void check_head(struct verify_model *m, struct findings *out)
{
    struct err fault = {0};
    char with[64] = "";
    if (!m->understood && !m->guessed)
        return;
    if (!m->understood)
        snprintf(with, sizeof with, "with %zu for each open size, ", m->guessed);
    if (cut_head(m, &fault) != 0)
        findings_add(out, FINDING_MODEL_HEAD, "model", "", "%s%s", with, fault.text);
    else
        say_head(m, &m->graph.node[m->graph.output], out);
}

/* ---- the file ---- */

static int read_config(struct verify_model *m, struct h5 *h5, struct arena *a, struct findings *out)
{
    struct err fault = {0};
    const char *text;
    if (m->file.config)
        return 0;
    if (h5_attr_string(h5, "/", "model_config", a, &text, &fault) != 0 || !text)
        return -1;
    m->config = verify_parse_config(text, strlen(text));
    if (!m->config)
        return -1;
    const struct keras_dialect dialect = keras_dialect(NULL, NULL, 2);
    verify_config(m->config, &dialect, out);
    return 0;
}

/* Unless what was found says it already. */
static void say_unreadable(enum finding_id id, const char *path, const struct err *refusal, struct findings *out)
{
    if (!findings_have(out, FINDING_MODEL_CODE, "model") && !findings_have(out, FINDING_MODEL_PICKLE, "model"))
        findings_add(out, id, "model", "", "%s", verify_message(refusal->text, path));
}

/* A file that is not HDF5. */
static int check_other(struct verify_model *m, const char *path, const struct err *refusal, struct findings *out,
                       struct err *e)
{
    struct err fault = {0};
    enum finding_id id = FINDING_FILE_UNREADABLE;
    char *data;
    size_t n;
    if (file_read(path, FILE_MAX_BYTES, ERR_INPUT, &data, &n, &fault) == 0) {
        sha256_hex(data, n, m->sha256);
        id = verify_archive(m, data, n, out) ? FINDING_MODEL_UNREADABLE : id;
        free(data);
    }
    if (fault.code == ERR_RUN)
        return err_set(e, ERR_RUN, "%s", fault.text);
    say_unreadable(id, path, refusal, out);
    return 0;
}

/* A file that the model's reader refuses: look at what can be looked at all the same. */
static int check_refused(struct verify_model *m, const char *path, struct arena *a, const struct err *refusal,
                         struct findings *out, struct err *e)
{
    struct h5_scan scan;
    struct err fault = {0};
    struct h5 *h5;
    if (h5_open_hashed(path, FILE_MAX_BYTES, &h5, m->sha256, &fault) != 0) {
        if (fault.code == ERR_RUN)
            return err_set(e, ERR_RUN, "%s", fault.text);
        return check_other(m, path, refusal, out, e);
    }
    int status = verify_container(h5, "model", a, &scan, out, e);
    if (status == 0) {
        read_config(m, h5, a, out);
        say_unreadable(FINDING_MODEL_UNREADABLE, path, refusal, out);
        status = verify_training(m, h5, &scan, out, e);
    }
    h5_close(h5);
    return status;
}

static int check_opened(struct verify_model *m, const struct net_ports *ports, const struct shape *samples,
                        struct arena *a, struct findings *out, struct err *e)
{
    struct h5_scan scan;
    struct net_ports chosen;
    memcpy(m->sha256, m->file.sha256, sizeof m->sha256);
    TRY(verify_container(m->file.h5, "model", a, &scan, out, e));
    verify_config(m->file.config, &m->file.dialect, out);
    TRY(verify_ports(m, ports, samples, &chosen, out, e));
    TRY(check_graph(m, ports != NULL, &chosen, samples, out, e));
    check_head(m, out);
    TRY(verify_training(m, m->file.h5, &scan, out, e));
    return verify_weights(m, &scan, out, e);
}

int verify_model(struct verify_model *m, const char *path, const char *architecture, const struct net_ports *ports,
                 const struct shape *samples, struct findings *out, struct err *e)
{
    struct arena a;
    struct err refusal = {0};
    memset(m, 0, sizeof *m);
    if (arena_init(&a, 0) != 0)
        return err_set(e, ERR_RUN, "out of memory");
    int status = graph_init(&m->graph, e);
    if (status == 0 && keras_open(&m->file, path, architecture, &refusal) == 0)
        status = check_opened(m, ports, samples, &a, out, e) == 0 ? 0 : err_prepend(e, "model %s", path);
    else if (status == 0 && refusal.code != ERR_INPUT)
        status = err_set(e, refusal.code, "model %s: %s", path, verify_message(refusal.text, path));
    else if (status == 0)
        status = check_refused(m, path, &a, &refusal, out, e);
    arena_free(&a);
    return status;
}

void verify_model_close(struct verify_model *m)
{
    graph_free(&m->graph);
    keras_close(&m->file);
    json_free(m->config);
    memset(m, 0, sizeof *m);
}
