#include "engine/net/keras/quantized.h"
#include <string.h>
#include "engine/net/keras/text.h"

#define MODE_BYTES 32

/* "int8" of {"config": {"mode": "int8"}}, of "int8_from_float32", or of a policy of that name; "" for others. */
static int mode_of(const struct json *dtype, char mode[MODE_BYTES], const char **source)
{
    const struct json *config = json_get(dtype, "config");
    const char *given = json_string(json_get(config, "mode"));
    const char *name = json_string(keras_is(dtype, JSON_OBJECT) ? json_get(config, "name") : dtype);
    const char *from = name ? strstr(name, "_from_") : NULL;
    size_t n = given ? strlen(given) : from ? (size_t)(from - name) : 0;
    n = n < MODE_BYTES ? n : MODE_BYTES - 1;
    memcpy(mode, given ? given : name ? name : "", n);
    mode[n] = '\0';
    *source = given ? json_string(json_get(config, "source_name")) : from ? from + strlen("_from_") : NULL;
    return n > 0;
}

int keras_read_quantized(struct keras_layer *layer, struct err *e)
{
    static const char *const classes[] = {"Dense", "Embedding", NULL};
    char mode[MODE_BYTES];
    const char *source;
    if (!mode_of(json_get(layer->config, "dtype"), mode, &source))
        return 0;
    layer->quantized = 1;
    if (strcmp(mode, "int8") == 0 && keras_listed(classes, layer->class_name, strlen(layer->class_name)) &&
        (!source || strcmp(source, "float32") == 0))
        return 0;
    return err_set(e, ERR_INPUT,
                   "it is quantized (%s%s%.20s); only Dense and Embedding layers of int8 from float32 are supported: "
                   "save the model as it was before quantize()",
                   mode, source ? " from " : "", source ? source : "");
}

const struct layer_kind *keras_quantized_kind(const struct keras_layer *layer)
{
    return layer->quantized && strcmp(layer->kind->name, "dense") == 0 ? layer_find("dense_int8") : layer->kind;
}

static int set_flag(const struct keras_layer *layer, const char *name, int value)
{
    const struct param *row = layer_row(layer->kind, name);
    if (row)
        *(int *)(void *)((char *)layer->params + row->offset) = value;
    return 0;
}

int keras_quantized_params(struct keras_layer *layer, struct err *e)
{
    const struct json *config = json_get(json_get(layer->config, "quantization_config"), "config");
    const struct json *rounding = json_get(config, "activation_quantizer");
    const char *class_name = json_string(json_get(rounding, "class_name"));
    if (!layer->quantized)
        return 0;
    (void)set_flag(layer, "scaled", 1);
    if (config && (!rounding || keras_is(rounding, JSON_NULL)))
        return set_flag(layer, "rounds", 0);
    if (config && (!class_name || strcmp(class_name, "AbsMaxQuantizer") != 0))
        return err_set(e, ERR_INPUT, "its inputs are rounded by '%.40s'; only AbsMaxQuantizer is supported",
                       class_name ? class_name : "?");
    return 0;
}
