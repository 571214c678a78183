/* model_config, read on its own so that one fault does not hide others: code, foreign and unknown classes, names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/net/keras/config.h"
#include "engine/net/keras/map.h"
#include "engine/net/keras/old.h"
#include "engine/net/keras/op.h"
#include "engine/net/keras/origin.h"
#include "engine/net/keras/text.h"
#include "engine/verify/base64.h"
#include "engine/verify/verify_private.h"

#define DEPTH_MAX 16 /* models in models */

/* Keys of a Lambda layer that may hold code. */
static const char *const code_keys[] = {"function", "output_shape", "mask", "code", "fn", "node_def", NULL};

const struct json *verify_layers(const struct json *model)
{
    const struct json *config = json_get(model, "config");
    const struct json *layers = keras_is(config, JSON_ARRAY) ? config : json_get(config, "layers");
    return keras_is(layers, JSON_ARRAY) ? layers : NULL;
}

const char *verify_layer_name(const struct json *entry)
{
    const char *name = json_string(json_get(json_get(entry, "config"), "name"));
    return name ? name : json_string(json_get(entry, "name"));
}

/* ---- code ---- */

/* Where Keras 1 and 2 put marshalled code ([code, defaults, closure]), and Keras 3 ({"config": {"code": ...}}). */
static const char *code_text(const struct json *value)
{
    if (keras_is(value, JSON_ARRAY))
        value = json_first(value);
    else if (keras_is(value, JSON_OBJECT) && json_get(json_get(value, "config"), "code"))
        value = json_get(json_get(value, "config"), "code");
    return json_string(value);
}

struct json *verify_parse_config(const char *text, size_t n)
{
    static const char nul[] = "\\u0000", instead[] = "\\ue000"; /* VERIFY_NUL */
    struct err fault = {0};
    struct json *config = NULL;
    char *copy = malloc(n + 1);
    for (size_t i = 0; copy && i < n; i++) {
        size_t escape = text[i] == '\\' && i + 1 < n ? 1 : 0;
        if (escape && n - i >= sizeof nul - 1 && memcmp(text + i, nul, sizeof nul - 1) == 0)
            escape = sizeof nul - 2;
        memcpy(copy + i, escape > 1 ? instead : text + i, escape + 1);
        i += escape;
    }
    if (copy && json_parse(copy, n, ERR_INPUT, &config, &fault) != 0)
        config = NULL;
    free(copy);
    return config;
}

/* Bytes as Keras 1 and 2 wrote them under Python 2, one character each: their number, or 0 if it is other text. */
static size_t bytes_of_text(const char *text, unsigned char *out)
{
    size_t n = 0;
    int binary = 0;
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        unsigned code = *c;
        if (*c >= 0xe0 && *c < 0xf0 && c[1] && c[2]) {
            code = (*c & 0x0fu) << 12 | (c[1] & 0x3fu) << 6 | (c[2] & 0x3fu);
            c += 2;
        } else if (*c >= 0xc0 && *c < 0xe0 && c[1]) {
            code = (*c & 0x1fu) << 6 | (c[1] & 0x3fu);
            c++;
        }
        code = code == VERIFY_NUL ? 0 : code;
        if (code > 0xff)
            return 0;
        binary |= code < 0x20 || code > 0x7e;
        out[n++] = (unsigned char)code;
    }
    return binary ? n : 0;
}

static void say_code(struct findings *out, const char *place, const char *class_name, const char *key, const char *text)
{
    char hex[SHA256_HEX];
    size_t n = strlen(text);
    unsigned char *bytes = malloc(n + 1);
    size_t decoded = bytes ? base64_decode(text, n, bytes) : 0;
    size_t binary = decoded < 16 && bytes ? bytes_of_text(text, bytes) : 0;
    decoded = binary ? binary : decoded;
    if (decoded >= 16 || binary || n > 64) {
        int as_bytes = decoded >= 16 || binary;
        sha256_hex(as_bytes ? (const char *)bytes : text, as_bytes ? decoded : n, hex);
        findings_add(out, FINDING_MODEL_CODE, "model", place, "%.60s carries code in '%s': %zu bytes, sha256 %s",
                     class_name, key, as_bytes ? decoded : n, hex);
    } else {
        findings_add(out, FINDING_MODEL_CODE, "model", place, "%.60s names code to be called in '%s': '%.120s'",
                     class_name, key, text);
    }
    free(bytes);
}

static void check_code(struct findings *out, const char *place, const char *class_name, const struct json *config)
{
    int said = 0;
    for (const char *const *key = code_keys; *key; key++) {
        const char *text = code_text(json_get(config, *key));
        if (text && *text)
            say_code(out, place, class_name, *key, text);
        said |= text && *text;
    }
    if (!said)
        findings_add(out, FINDING_MODEL_CODE, "model", place, "%.60s stands for program code", class_name);
}

/* ---- classes ---- */

static void check_origin(struct findings *out, const char *place, const struct json *entry, const char **class_name)
{
    const char *module = json_string(json_get(entry, "module"));
    const char *registered = json_string(json_get(entry, "registered_name"));
    switch (keras_origin(entry, class_name)) {
    case KERAS_CODE:
        check_code(out, place, *class_name, json_get(entry, "config"));
        break;
    case KERAS_CUSTOM:
        findings_add(out, FINDING_MODEL_CUSTOM, "model", place, "class '%.80s'%s%.80s%s%.80s", *class_name,
                     module ? " of module " : "", module ? module : "", registered ? ", registered as " : "",
                     registered ? registered : "");
        break;
    default:
        break;
    }
}

static int ends_in(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

/* Parts of a layer's config that tell how it was trained, or how to train on. */
static int is_for_training(const char *key)
{
    return key && (ends_in(key, "_initializer") || ends_in(key, "_regularizer") || ends_in(key, "_constraint") ||
                   strcmp(key, "dtype") == 0 || strcmp(key, "build_config") == 0);
}

/* Objects inside a layer's config: activations, initializers, policies, wrapped layers. */
static void check_inside(struct findings *out, const char *place, const struct json *node, int training)
{
    const char *class_name = json_string(json_get(node, "class_name"));
    if (class_name && strcmp(class_name, "__lambda__") == 0)
        check_code(out, place, class_name, json_get(node, "config"));
    else if (class_name && training && keras_origin(node, &class_name) == KERAS_CUSTOM)
        findings_add(out, FINDING_MODEL_TRAINING, "model", place, "class '%.80s' is needed to go on training",
                     class_name);
    else if (class_name && strcmp(class_name, "__keras_tensor__") != 0)
        check_origin(out, place, node, &class_name);
    for (const struct json *child = json_first(node); child; child = json_next(child))
        if (keras_is(child, JSON_OBJECT) || keras_is(child, JSON_ARRAY))
            check_inside(out, place, child, training || is_for_training(json_key(child)));
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void check_names(struct findings *out, const char *place, const struct json *layers)
{
    size_t n = 0;
    const char **name = malloc((json_length(layers) + 1) * sizeof *name);
    for (const struct json *entry = json_first(layers); name && entry; entry = json_next(entry)) {
        name[n] = verify_layer_name(entry);
        n += name[n] != NULL;
    }
    if (n > 0)
        qsort(name, n, sizeof *name, by_text);
    for (size_t i = 1; i < n; i++)
        if (strcmp(name[i - 1], name[i]) == 0)
            findings_add(out, FINDING_MODEL_DUPLICATE_NAME, "model", place, "two layers are called '%.200s'", name[i]);
    out->failed |= name == NULL;
    free(name);
}

static void check_layers(struct findings *out, const char *place, const struct json *layers,
                         const struct keras_dialect *dialect, int depth);

static int is_known(const char *class_name)
{
    return strcmp(class_name, "InputLayer") == 0 || strcmp(class_name, "Activation") == 0 ||
           keras_kind(class_name) != NULL || keras_is_old_class(class_name);
}

/* ---- settings ---- */

static void value_text(const struct json *value, char *text, size_t size)
{
    const char *string = json_string(value);
    double number;
    if (string)
        snprintf(text, size, "\"%.60s\"", string);
    else if (json_number(value, &number) == 0)
        snprintf(text, size, "%.9g", number);
    else
        snprintf(text, size, "%s", keras_is(value, JSON_TRUE) ? "true" : json_type_name(value));
}

/* What the config says beside what is read; then the same of the layers inside. */
static void check_keys(struct findings *out, const char *place, const char *class_name, const struct json *config,
                       const struct keras_dialect *dialect)
{
    const struct layer_kind *kind = keras_kind(class_name);
    char text[80];
    for (const struct json *value = json_first(config); kind && value; value = json_next(value)) {
        if (keras_is_known_key(dialect, kind, value))
            continue;
        value_text(value, text, sizeof text);
        findings_add(out, FINDING_MODEL_UNKNOWN_KEY, "model", place, "class '%.60s': key '%.60s' is %s", class_name,
                     json_key(value), text);
    }
    for (size_t i = 0; kind && i < kind->inner; i++) {
        const struct json *inner = json_get(config, keras_inner_key(kind, i));
        const char *inside = json_string(json_get(inner, "class_name"));
        if (inside && keras_origin(inner, &inside) == KERAS_OWN)
            check_keys(out, place, inside, json_get(inner, "config"), dialect);
    }
}

/* The class as it is called today; the same where that is not clear. */
static const char *now_called(const struct json *entry, const char *class_name, const struct keras_dialect *dialect)
{
    struct err unclear = {0};
    const char *now = class_name;
    return keras_is_1(dialect) && keras_old_class(json_get(entry, "config"), &now, &unclear) == 0 ? now : class_name;
}

static void check_layer(struct findings *out, const char *above, const struct json *entry, size_t number,
                        const struct keras_dialect *dialect, int depth)
{
    char place[PLACE_MAX];
    const char *class_name = json_string(json_get(entry, "class_name")), *name = verify_layer_name(entry);
    snprintf(place, sizeof place, "%.300s%slayer %zu '%.120s'", above, above[0] ? ", " : "", number, name ? name : "");
    if (!class_name)
        return; /* the graph's reader says so */
    const char *plain = class_name, *operation;
    if (keras_is_op(entry, &operation)) {
        if (!keras_find_op(operation))
            findings_add(out, FINDING_MODEL_UNSUPPORTED, "model", place,
                         "operation '%.120s': only arithmetic, activations, shapes, slices and reductions are",
                         operation);
        return;
    }
    enum keras_origin origin = keras_origin(entry, &plain);
    check_origin(out, place, entry, &class_name);
    if (origin == KERAS_OWN && keras_is_model(plain) && verify_layers(entry)) {
        check_layers(out, place, verify_layers(entry), dialect, depth + 1);
        return;
    }
    if (origin == KERAS_OWN && !is_known(plain))
        findings_add(out, FINDING_MODEL_UNSUPPORTED, "model", place, "class '%.120s'", plain);
    if (origin == KERAS_OWN)
        check_keys(out, place, now_called(entry, plain, dialect), json_get(entry, "config"), dialect);
    if (origin != KERAS_CODE)
        check_inside(out, place, json_get(entry, "config"), 0);
}

static void check_layers(struct findings *out, const char *place, const struct json *layers,
                         const struct keras_dialect *dialect, int depth)
{
    size_t number = 0;
    if (depth > DEPTH_MAX) {
        findings_add(out, FINDING_MODEL_TOPOLOGY, "model", place, "more than %d models inside each other", DEPTH_MAX);
        return;
    }
    if (json_length(layers) <= GRAPH_MAX_NODES)
        check_names(out, place, layers);
    for (const struct json *entry = json_first(layers); entry; entry = json_next(entry))
        check_layer(out, place, entry, ++number, dialect, depth);
}

void verify_config(const struct json *config, const struct keras_dialect *dialect, struct findings *out)
{
    const char *class_name = json_string(json_get(config, "class_name"));
    if (class_name && !keras_is_model(class_name))
        check_origin(out, "model", config, &class_name);
    if (verify_layers(config))
        check_layers(out, "", verify_layers(config), dialect, 0);
}
