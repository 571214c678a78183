/* What a model was made for: its saved loss, its output against its input, how it ends, and how many classes the data
 * set has. Regressors, autoencoders and headless backbones have rows of numbers like those of a classifier. */
#include <stdio.h>
#include <string.h>

#include "engine/net/keras/text.h"
#include "engine/verify/verify_private.h"

static const char *const regression_losses[] = {
    "cosine", "cosineproximity", "cosinesimilarity", "huber", "huberloss", "logcosh", "logcosherror", "mae", "mape",
    "meanabsoluteerror", "meanabsolutepercentageerror", "meansquarederror", "meansquaredlogarithmicerror", "mse",
    "msle", "poisson", NULL};

/* ---- the loss ---- */

/* {"class_name": "MeanSquaredError"}, or "function" with the name as its config. */
static const char *name_of(const struct json *loss)
{
    const char *class_name = json_string(json_get(loss, "class_name"));
    if (!class_name)
        return json_string(loss);
    const char *function = json_string(json_get(loss, "config"));
    return function ? function : class_name;
}

/* A list, or an object by outputs, of one loss. */
void verify_note_loss(struct verify_model *m, const struct json *loss)
{
    loss = keras_loss_of(loss, &m->ends, m->output);
    const char *name = loss ? name_of(loss) : NULL;
    if (name)
        snprintf(m->loss, sizeof m->loss, "%s", name);
}

/* ---- how it ends ---- */

static const struct graph_node *last_layer(const struct graph *g)
{
    size_t i = g->output;
    while (i > 0 && graph_is_identity(&g->node[i]))
        i = g->node[i].input[0];
    return &g->node[i];
}

static int is_pooling(const struct graph_node *node)
{
    return node->kind && strstr(node->kind->name, "pooling") != NULL;
}

struct doubts {
    int n;
    char text[400];
};

static void add(struct doubts *d, const char *text)
{
    const size_t at = strlen(d->text);
    snprintf(d->text + at, sizeof d->text - at, "%s%s", d->n++ ? "; " : "", text);
}

static void doubt_loss(const struct verify_model *m, struct doubts *d)
{
    char text[128];
    snprintf(text, sizeof text, "it was trained with the loss '%s', a regression's", m->loss);
    add(d, text);
}

/* Of plain scores alone: what softmax gives are classes, whatever the loss. */
static void doubt_scores(const struct verify_model *m, struct doubts *d)
{
    const struct graph_node *last = last_layer(&m->graph);
    char text[GRAPH_MAX_NAME + 96];
    if (m->understood && m->classes == shape_size(&m->graph.node[0].out)) {
        snprintf(text, sizeof text, "it gives as many numbers as it takes, %zu, like an autoencoder", m->classes);
        add(d, text);
    }
    if (is_pooling(last)) {
        snprintf(text, sizeof text, "it ends in layer %zu '%.255s' (%s), like a backbone without its last layers",
                 last->number, last->name, last->kind->name);
        add(d, text);
    }
}

/* Scores that the data set has classes for may be meant, whatever else tells against them; two doubts are too many
 * where no data set is known. */
static enum finding_id judge(const struct verify_model *m, const struct doubts *d, size_t classes)
{
    const int fits = classes == m->classes, refused = classes > 0 ? !fits : d->n > 1;
    return m->head == NET_LOGITS && d->n > 0 && refused ? FINDING_MODEL_NO_CLASSIFIER : FINDING_MODEL_DOUBTFUL;
}

static void say(const struct verify_model *m, const struct doubts *d, size_t classes, struct findings *out)
{
    char has[128] = "";
    if (classes > 0 && classes != m->classes)
        snprintf(has, sizeof has, "%sit has %zu outputs where the data set has %zu classes", d->n > 0 ? "; and " : "",
                 m->classes, classes);
    findings_add(out, judge(m, d, classes), "model", "", "%s%s", d->text, has);
}

void verify_purpose(const struct verify_model *m, const struct dataset *data, struct findings *out)
{
    struct doubts d = {0, ""};
    const size_t classes = data ? data->classes : 0;
    const int regression = verify_training_name(m->loss, regression_losses);
    const int plain = m->head == NET_LOGITS, taught = m->loss[0] && !regression;
    if (m->classes == 0 || taught)
        return;
    if (regression && (plain || m->head == NET_SIGMOID))
        doubt_loss(m, &d);
    if (plain && (regression || classes != m->classes))
        doubt_scores(m, &d);
    if (d.n > 0 || (plain && classes > 0 && classes < m->classes))
        say(m, &d, classes, out);
}
