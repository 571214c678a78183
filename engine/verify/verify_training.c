/* What training left in the file, and heads that make probabilities twice. */
#include <string.h>

#include "engine/net/keras/origin.h"
#include "engine/net/keras/text.h"
#include "engine/verify/verify_private.h"

/* Losses, metrics and optimizers of Keras by the name they have in a training config, with '_' left out and in lower
 * case: "BinaryCrossentropy" and "binary_crossentropy" are one. */
static const char *const own_names[] = {
    "acc", "accuracy", "adadelta", "adafactor", "adagrad", "adam", "adamax", "adamw", "auc", "bce", "binaryaccuracy",
    "binarycrossentropy", "binaryfocalcrossentropy", "binaryiou", "categoricalaccuracy", "categoricalcrossentropy",
    "categoricalfocalcrossentropy", "categoricalhinge", "ce", "cosine", "cosineproximity", "cosinesimilarity",
    "crossentropy", "ctc", "dice", "f1score", "falsenegatives", "falsepositives", "fbetascore", "ftrl", "hinge",
    "huber", "huberloss", "iou", "kld", "kldivergence", "kullbackleiblerdivergence", "lion", "logcosh",
    "logcosherror", "lossscaleoptimizer", "mae", "mape", "matthewscorrelation", "mean", "meanabsoluteerror",
    "meanabsolutepercentageerror", "meaniou", "meanmetricwrapper", "meansquarederror", "meansquaredlogarithmicerror",
    "mse", "msle", "nadam", "onehotiou", "onehotmeaniou", "poisson", "precision", "precisionatrecall", "r2score",
    "recall", "recallatprecision", "rmsprop", "rootmeansquarederror", "sensitivityatspecificity", "sgd",
    "sparsecategoricalaccuracy", "sparsecategoricalcrossentropy", "sparsetopkcategoricalaccuracy",
    "specificityatsensitivity", "squaredhinge", "sum", "topkcategoricalaccuracy", "truenegatives", "truepositives",
    "tversky", NULL};

int verify_training_name(const char *name, const char *const *list)
{
    char plain[64];
    size_t n = 0;
    for (; *name && n + 1 < sizeof plain; name++)
        if (*name != '_')
            plain[n++] = *name >= 'A' && *name <= 'Z' ? (char)(*name - 'A' + 'a') : *name;
    plain[n] = '\0';
    for (; *list; list++)
        if (strcmp(*list, plain) == 0)
            return 1;
    return 0;
}

static int is_own(const char *name)
{
    return verify_training_name(name, own_names);
}

static void say_foreign(struct findings *out, const char *key, const char *name)
{
    findings_add(out, FINDING_MODEL_TRAINING, "model", "training_config",
                 "'%.60s' is '%.120s', which is not Keras' own", key, name);
}

/* Keras 2.11 to 2.15 register their own optimizers like a user's: "Custom>Adam". */
static int is_own_optimizer(const char *key, const char *class_name)
{
    return strncmp(key, "optimizer", 9) == 0 && strncmp(class_name, "Custom>", 7) == 0 && is_own(class_name + 7);
}

/* Names of losses and metrics: a string, or lists and objects of them by output; or an object that is one itself. */
static void check_names(struct findings *out, const char *key, const struct json *node)
{
    const char *name = json_string(node), *class_name = json_string(json_get(node, "class_name"));
    if (name && *name && !is_own(name))
        say_foreign(out, key, name);
    if (class_name) {
        const char *plain = class_name;
        if (is_own_optimizer(key, class_name))
            return;
        if (keras_origin(node, &plain) != KERAS_OWN || (strcmp(plain, "function") != 0 && !is_own(plain)))
            say_foreign(out, key, plain);
        if (strcmp(plain, "function") == 0)
            check_names(out, key, json_get(node, "config"));
        check_names(out, key, json_get(json_get(node, "config"), "fn"));
        return;
    }
    for (const struct json *child = json_first(node); child; child = json_next(child))
        check_names(out, key, child);
}

static int takes_logits(const struct json *loss)
{
    int yes = 0;
    return json_bool(json_get(json_get(loss, "config"), "from_logits"), &yes) == 0 && yes;
}

static void check_config(struct verify_model *m, struct findings *out, const struct json *config)
{
    static const char *const keys[] = {"loss", "metrics", "weighted_metrics", "optimizer_config", "optimizer", NULL};
    for (const char *const *key = keys; *key; key++)
        check_names(out, *key, json_get(config, *key));
    verify_note_loss(m, json_get(config, "loss"));
    if (m->probabilities && takes_logits(keras_loss_of(json_get(config, "loss"), &m->ends, m->output)))
        findings_add(out, FINDING_MODEL_DOUBLE_SOFTMAX, "model", "training_config",
                     "the loss applies softmax or sigmoid (from_logits), and so does the model's last layer");
}

static int read_training(struct verify_model *m, struct h5 *f, struct arena *a, struct findings *out)
{
    struct err fault = {0};
    struct json *config;
    const char *text;
    if (h5_attr_string(f, "/", "training_config", a, &text, &fault) != 0)
        return fault.code == ERR_RUN ? -1 : 0;
    if (!text)
        return 0;
    if (json_parse(text, strlen(text), ERR_INPUT, &config, &fault) != 0) {
        findings_add(out, FINDING_MODEL_TRAINING, "model", "training_config", "%s", fault.text);
        return 0;
    }
    check_config(m, out, config);
    json_free(config);
    return 0;
}

static void check_optimizer(const struct h5_scan *scan, struct findings *out)
{
    size_t n = 0, bytes = 0;
    const char *place = NULL;
    for (size_t i = 0; i < scan->n; i++) {
        const struct h5_entry *entry = &scan->entry[i];
        if (entry->kind != H5_ENTRY_DATASET || (strncmp(entry->path, "/optimizer_weights/", 19) != 0 &&
                                                strncmp(entry->path, "/optimizer/", 11) != 0))
            continue;
        place = n == 0 ? entry->path : place;
        n++;
        bytes += entry->stored;
    }
    if (n > 0)
        findings_add(out, FINDING_MODEL_OPTIMIZER, "model", place[10] == '_' ? "/optimizer_weights" : "/optimizer",
                     "%zu arrays, %zu bytes", n, bytes);
}

int verify_training(struct verify_model *m, struct h5 *f, const struct h5_scan *scan, struct findings *out,
                    struct err *e)
{
    struct arena a;
    if (arena_init(&a, 0) != 0)
        return err_set(e, ERR_RUN, "out of memory");
    verify_note_loss(m, json_get(json_get(m->file.config, "compile_config"), "loss")); /* of an archive */
    int status = read_training(m, f, &a, out);
    arena_free(&a);
    check_optimizer(scan, out);
    return status ? err_set(e, ERR_RUN, "out of memory") : 0;
}

/* The logits' node is the layer in front of the last softmax or sigmoid. */
void verify_head(const struct verify_model *m, struct findings *out)
{
    size_t i = m->logits;
    while (i > 0 && graph_is_identity(&m->graph.node[i]))
        i = m->graph.node[i].input[0];
    if (i == 0)
        return;
    const struct graph_node *node = &m->graph.node[i];
    enum layer_role role = layer_role_of(node->kind, node->params);
    if (role == LAYER_SOFTMAX || role == LAYER_SIGMOID)
        findings_add(out, FINDING_MODEL_DOUBLE_SOFTMAX, "model", node->name,
                     "its probabilities go into another softmax or sigmoid");
}
