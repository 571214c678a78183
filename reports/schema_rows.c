#include "reports/schema_rows.h"

static const char *const json_names[] = {
    [SCHEMA_STRING] = "string", [SCHEMA_INTEGER] = "integer", [SCHEMA_NUMBER] = "number",
    [SCHEMA_BOOL] = "boolean",  [SCHEMA_OBJECT] = "object",   [SCHEMA_ARRAY] = "array"};

static void put_type(struct json_writer *w, const struct schema_row *row)
{
    if (!(row->flags & SCHEMA_NULL)) {
        json_put_string(w, "type", json_names[row->kind]);
        return;
    }
    json_open_array(w, "type");
    json_put_string(w, NULL, json_names[row->kind]);
    json_put_string(w, NULL, "null");
    json_close_array(w);
}

static void put_choices(struct json_writer *w, const struct schema_row *row)
{
    json_open_array(w, "enum");
    for (size_t i = 0; row->choices[i] != NULL; i++)
        json_put_string(w, NULL, row->choices[i]);
    if (row->flags & SCHEMA_NULL)
        json_put_null(w, NULL);
    json_close_array(w);
}

static void put_bounds(struct json_writer *w, const struct schema_row *row, const char *least, const char *most)
{
    json_put_integer(w, least, row->least);
    if (row->most > 0)
        json_put_integer(w, most, row->most);
}

static void put_reference(struct json_writer *w, const char *type)
{
    char text[64];
    snprintf(text, sizeof text, "#/$defs/%s", type);
    json_put_string(w, "$ref", text);
}

/* A type, or null. */
static void put_named(struct json_writer *w, const struct schema_row *row)
{
    if (!(row->flags & SCHEMA_NULL)) {
        put_reference(w, row->text);
        return;
    }
    json_open_array(w, "anyOf");
    json_open_object(w, NULL);
    put_reference(w, row->text);
    json_close_object(w);
    json_open_object(w, NULL);
    json_put_string(w, "type", "null");
    json_close_object(w);
    json_close_array(w);
}

static void put_keywords(struct json_writer *w, const struct schema_row *row)
{
    if (row->kind == SCHEMA_TYPE)
        put_named(w, row);
    else
        put_type(w, row);
    if (row->kind == SCHEMA_STRING && row->text != NULL)
        json_put_string(w, "pattern", row->text);
    if (row->kind == SCHEMA_STRING && row->choices != NULL)
        put_choices(w, row);
    if (row->kind == SCHEMA_INTEGER)
        put_bounds(w, row, "minimum", "maximum");
    if (row->kind == SCHEMA_OBJECT && row->rows != NULL)
        schema_put_members(w, row->rows);
    if (row->kind == SCHEMA_ARRAY) {
        put_bounds(w, row, "minItems", "maxItems");
        schema_put_row(w, "items", row->rows);
    }
    if (row->more != NULL)
        row->more(w);
}

void schema_put_row(struct json_writer *w, const char *key, const struct schema_row *row)
{
    json_open_object(w, key);
    if (row->doc != NULL)
        json_put_string(w, "description", row->doc);
    put_keywords(w, row);
    json_close_object(w);
}

void schema_put_members(struct json_writer *w, const struct schema_row *rows)
{
    json_put_bool(w, "additionalProperties", 0);
    json_open_array(w, "required");
    for (const struct schema_row *row = rows; row->name != NULL; row++)
        if (!(row->flags & SCHEMA_OPTIONAL))
            json_put_string(w, NULL, row->name);
    json_close_array(w);
    json_open_object(w, "properties");
    for (const struct schema_row *row = rows; row->name != NULL; row++)
        schema_put_row(w, row->name, row);
    json_close_object(w);
}

void schema_put_head(struct json_writer *w, const char *id, const char *title, const char *description)
{
    json_put_string(w, "$schema", "https://json-schema.org/draft/2020-12/schema");
    json_put_string(w, "$id", id);
    json_put_string(w, "title", title);
    json_put_string(w, "description", description);
}

void schema_put_types(struct json_writer *w)
{
    json_open_object(w, "$defs");
    for (const struct schema_row *row = report_schema_types; row->name != NULL; row++)
        schema_put_row(w, row->name, row);
    json_close_object(w);
}
