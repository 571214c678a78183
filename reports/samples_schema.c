/* The schema of samples.h5, from the columns of an outcome. */
#include "metrics/outcomes.h"
#include "metrics/side_table.h"
#include "reports/schemas.h"
#include "reports/schema_rows.h"

/* As the file holds them: it has no unsigned words but bytes. */
static const char *const storage[] = {[OUTCOME_U64] = "int64", [OUTCOME_I32] = "int32", [OUTCOME_F32] = "float32",
                                      [OUTCOME_U32] = "int32", [OUTCOME_U8] = "uint8"};

/* What the elements of a column are; a float is null in JSON where the output was not finite. */
static void put_elements(struct json_writer *w, const struct outcome_column *column)
{
    int real = column->type == OUTCOME_F32;
    json_open_object(w, "items");
    json_open_array(w, "type");
    json_put_string(w, NULL, real ? "number" : "integer");
    if (real)
        json_put_string(w, NULL, "null");
    json_close_array(w);
    if (column->values != OUTCOME_REAL)
        json_put_integer(w, "minimum", column->values == OUTCOME_CLASS ? -1 : 0);
    if (column->values == OUTCOME_FLAG || column->values == OUTCOME_PROBABILITY)
        json_put_integer(w, "maximum", 1);
    json_close_object(w);
}

static void put_column(struct json_writer *w, const struct outcome_column *column)
{
    json_open_object(w, column->name);
    json_put_string(w, "description", column->doc);
    json_put_string(w, "type", "array");
    json_put_string(w, "hdf5", storage[column->type]);
    put_elements(w, column);
    json_close_object(w);
}

/* Not an outcome's: what the data set calls the sample. */
static void put_id(struct json_writer *w)
{
    json_open_object(w, "id");
    json_put_string(w, "description", "The sample's /id in the data set, where that has ids: integers or texts. One "
                                      "data set, under each scenario of the same rows by a hard link.");
    json_put_string(w, "type", "array");
    json_put_string(w, "hdf5", "int64 or UTF-8 string of variable length");
    json_open_object(w, "items");
    json_open_array(w, "type");
    json_put_string(w, NULL, "integer");
    json_put_string(w, NULL, "string");
    json_close_array(w);
    json_close_object(w);
    json_close_object(w);
}

static void put_scenario(struct json_writer *w)
{
    json_open_object(w, "additionalProperties");
    json_put_string(w, "type", "object");
    json_put_bool(w, "additionalProperties", 0);
    json_open_array(w, "required");
    for (const struct outcome_column *column = outcome_columns; column->name != NULL; column++)
        json_put_string(w, NULL, column->name);
    json_close_array(w);
    json_open_object(w, "properties");
    for (const struct outcome_column *column = outcome_columns; column->name != NULL; column++)
        put_column(w, column);
    put_id(w);
    json_close_object(w);
    json_close_object(w);
}

static void put_scenarios(struct json_writer *w)
{
    json_open_object(w, "scenarios");
    json_put_string(w, "description",
                    "Keyed by the scenario's id: clean, natural.gaussian_noise@3, adversarial.pgd_linf@0.03, "
                    "members ...");
    json_put_string(w, "type", "object");
    json_open_array(w, "required");
    json_put_string(w, NULL, "clean");
    json_close_array(w);
    put_scenario(w);
    json_close_object(w);
}

static void put_side_column(struct json_writer *w, const struct side_column *column)
{
    json_open_object(w, column->name);
    json_put_string(w, "description", column->doc);
    json_put_string(w, "type", "array");
    json_put_string(w, "hdf5", "float64");
    json_open_object(w, "items");
    json_put_string(w, "type", "number");
    json_close_object(w);
    json_close_object(w);
}

static void put_table(struct json_writer *w, const struct side_table *table)
{
    json_open_object(w, table->name);
    json_put_string(w, "description", table->doc);
    json_put_string(w, "type", "object");
    json_open_object(w, "additionalProperties");
    json_put_string(w, "type", "object");
    json_put_bool(w, "additionalProperties", 0);
    json_open_object(w, "properties");
    for (const struct side_column *column = table->columns; column->name != NULL; column++)
        put_side_column(w, column);
    json_close_object(w);
    json_close_object(w);
    json_close_object(w);
}

static void put_tables(struct json_writer *w)
{
    json_open_object(w, "tables");
    json_put_string(w, "description", "What has another shape than one row a sample, keyed by table and scenario.");
    json_put_string(w, "type", "object");
    json_put_bool(w, "additionalProperties", 0);
    json_open_object(w, "properties");
    for (const struct side_table *const *table = side_tables; *table != NULL; table++)
        put_table(w, *table);
    json_close_object(w);
    json_close_object(w);
}

int schema_samples(char **text, size_t *n, struct err *e)
{
    struct json_writer w;
    json_writer_begin(&w, 1);
    json_open_object(&w, NULL);
    schema_put_head(&w, "urn:assay:schema:samples:1", "samples.h5",
                    "Layout of the HDF5 file of outcomes, and schema of its rendering as JSON: a group is an object, a "
                    "data set of rank 1 an array. /scenarios/ID holds one group a scenario, with one data set a column "
                    "and one element a sample in index order. The keyword hdf5 names the storage type.");
    json_put_string(&w, "type", "object");
    json_put_bool(&w, "additionalProperties", 0);
    json_open_array(&w, "required");
    json_put_string(&w, NULL, "scenarios");
    json_close_array(&w);
    json_open_object(&w, "properties");
    put_scenarios(&w);
    put_tables(&w);
    json_close_object(&w);
    json_close_object(&w);
    return json_writer_end(&w, text, n, e);
}
