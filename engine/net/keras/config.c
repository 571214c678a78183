#include "engine/net/keras/config.h"
#include <string.h>
#include "engine/net/keras/map.h"
#include "engine/net/keras/old.h"
#include "engine/net/keras/text.h"

/* Keys that change what the layer computes in ways assay does not know: they must be null. */
static const char *const refused_keys[] = {"quantization_config", "quantization_mode", "lora_rank", "lora_enabled",
                                           NULL};

static int says_nothing(const struct json *value)
{
    enum json_type type = json_type(value);
    return type == JSON_NULL || type == JSON_FALSE ||
           ((type == JSON_ARRAY || type == JSON_OBJECT) && json_length(value) == 0);
}

int keras_is_known_key(const struct keras_dialect *d, const struct layer_kind *kind, const struct json *value)
{
    const char *key = json_key(value);
    for (size_t i = 0; i < kind->inner; i++)
        if (strcmp(keras_inner_key(kind, i), key) == 0)
            return 1;
    return says_nothing(value) || keras_row(kind, key) || keras_is_silent(kind, key) ||
           keras_listed(refused_keys, key, strlen(key)) || (keras_is_1(d) && keras_is_old_key(kind, key));
}

/* The same value under the parameter's other name. */
static int check_twin(const struct keras_place *place, const struct json *config, const struct json *value,
                      const struct param *row, struct err *e)
{
    const struct json *own = json_get(config, row->name);
    double a, b;
    if (!own || own == value || keras_is(own, JSON_NULL) || row->type != PARAM_REAL)
        return 0;
    TRY(keras_read_value(place, own, row, &a, e));
    TRY(keras_read_value(place, value, row, &b, e));
    if (a != b)
        return err_set(e, ERR_INPUT, "%s is %g but %s is %g: they mean the same", json_key(value), b, row->name, a);
    return 0;
}

static int read_key(const struct keras_place *place, const struct json *config, const struct json *value, void *params,
                    struct err *e)
{
    const char *key = json_key(value);
    const struct param *row = keras_row(place->kind, key);
    if (keras_listed(refused_keys, key, strlen(key)) && !says_nothing(value) && !keras_is_silent(place->kind, key))
        return err_set(e, ERR_INPUT, "'%s' is set; quantized and adapted layers are not supported", key);
    if (row && keras_is(value, JSON_NULL))
        return 0;
    if (row) {
        TRY(check_twin(place, config, value, row, e));
        return keras_read_value(place, value, row, (char *)params + row->offset, e);
    }
    return keras_is_1(place->dialect) ? keras_read_old(place, config, value, params, e) : 0;
}

static int is_given(const struct keras_place *place, const struct json *config, const struct param *row)
{
    for (const struct json *value = json_first(config); value; value = json_next(value))
        if (keras_row(place->kind, json_key(value)) == row)
            return 1;
    return keras_is_1(place->dialect) && keras_has_old(config, row->name);
}

int keras_read_config(const struct keras_place *place, const struct json *config, void *params, struct err *e)
{
    for (const struct json *value = json_first(config); value; value = json_next(value))
        TRY(read_key(place, config, value, params, e));
    for (const struct param *row = place->kind->params; row && row->name; row++)
        if (row->required && !is_given(place, config, row))
            return err_set(e, ERR_INPUT, "'%s' is missing", row->name);
    return 0;
}
