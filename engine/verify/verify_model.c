/* A model as a whole: container, config, graph, head, weights. */
#include <stdio.h>
#include <string.h>

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

static int build(struct verify_model *m, const struct shape *samples, int *open, struct err *e)
{
    m->graph.one_logit = m->file.from_logits;
    TRY(keras_read_graph(m->file.config, &m->file.dialect, &m->graph, e));
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

static int check_graph(struct verify_model *m, const struct shape *samples, struct findings *out, struct err *e)
{
    struct err fault = {0};
    int open = 0;
    if (build(m, samples, &open, &fault) != 0) {
        if (fault.code == ERR_RUN)
            return err_set(e, ERR_RUN, "%s", fault.text);
        if (!config_refused(out))
            findings_add(out, FINDING_MODEL_TOPOLOGY, "model", "", "%s", fault.text);
    } else if (open) {
        char text[96];
        findings_add(out, FINDING_MODEL_OPEN_INPUT, "model", "", "the input is %s (0 = any size)",
                     m->graph.input.rank ? shape_text(&m->graph.input, text, sizeof text) : "not given");
    }
    return 0;
}

/* head_cut moves the output to the logits; a description wants it where it was. */
static void check_head(struct verify_model *m, struct findings *out)
{
    struct err fault = {0};
    enum net_head head;
    size_t output = m->graph.output;
    if (!m->understood)
        return;
    if (head_cut(&m->graph, &head, &m->classes, &fault) != 0) {
        findings_add(out, FINDING_MODEL_HEAD, "model", "", "%s", fault.text);
    } else {
        m->probabilities = head != NET_LOGITS;
        if (head == NET_LOGITS)
            findings_add(out, FINDING_MODEL_LOGITS, "model", "", "its %zu outputs are taken as logits", m->classes);
        else
            verify_head(m, out);
    }
    m->graph.output = output;
}

/* ---- the file ---- */

static int read_config(struct verify_model *m, struct h5 *h5, struct arena *a, struct findings *out)
{
    struct err fault = {0};
    const char *text;
    if (m->file.config)
        return 0;
    if (h5_attr_string(h5, "/", "model_config", a, &text, &fault) != 0 || !text ||
        json_parse(text, strlen(text), ERR_INPUT, &m->config, &fault) != 0)
        return -1;
    const struct keras_dialect dialect = keras_dialect(NULL, NULL, 2);
    verify_config(m->config, &dialect, out);
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
        findings_add(out, FINDING_FILE_UNREADABLE, "model", "", "%s",
                     verify_message(refusal->text, path));
        return 0;
    }
    int status = verify_container(h5, "model", a, &scan, out, e);
    if (status == 0) {
        read_config(m, h5, a, out);
        findings_add(out, FINDING_MODEL_UNREADABLE, "model", "", "%s", verify_message(refusal->text, path));
        status = verify_training(h5, &scan, 0, out, e);
    }
    h5_close(h5);
    return status;
}

static int check_opened(struct verify_model *m, const struct shape *samples, struct arena *a, struct findings *out,
                        struct err *e)
{
    struct h5_scan scan;
    memcpy(m->sha256, m->file.sha256, sizeof m->sha256);
    TRY(verify_container(m->file.h5, "model", a, &scan, out, e));
    verify_config(m->file.config, &m->file.dialect, out);
    TRY(check_graph(m, samples, out, e));
    check_head(m, out);
    TRY(verify_training(m->file.h5, &scan, m->probabilities, out, e));
    return verify_weights(m, &scan, out, e);
}

int verify_model(struct verify_model *m, const char *path, const char *architecture, const struct shape *samples,
                 struct findings *out, struct err *e)
{
    struct arena a;
    struct err refusal = {0};
    memset(m, 0, sizeof *m);
    if (arena_init(&a, 0) != 0)
        return err_set(e, ERR_RUN, "out of memory");
    int status = graph_init(&m->graph, e);
    if (status == 0 && keras_open(&m->file, path, architecture, &refusal) == 0)
        status = check_opened(m, samples, &a, out, e);
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
