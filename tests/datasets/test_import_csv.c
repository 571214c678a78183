/* The CSV importer and its schema: what they make of a good table, and each of their errors provoked. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/dataset.h"
#include "datasets/import.h"
#include "tests/datasets/fixture.h"

TestSuite(import_csv, .init = fixture_start, .fini = fixture_finish);

#define LABEL "\"label\":{\"column\":\"deny\",\"values\":[\"yes\",\"no\"]}"
#define RATIO "{\"column\":\"ratio\",\"kind\":\"numeric\"}"
#define PLAIN "{" LABEL ",\"features\":[" RATIO "]}"

static const char full_schema[] =
    "{\"label\":{\"column\":\"deny\",\"values\":[\"yes\",\"no\"],\"value_names\":[\"denied\",\"approved\"]},"
    "\"features\":["
    "{\"column\":\"ratio\",\"kind\":\"numeric\",\"budget\":0.25},"
    "{\"column\":\"years\",\"kind\":\"integer\",\"low\":0,\"high\":50,\"mutable\":false},"
    "{\"column\":\"grade\",\"kind\":\"ordinal\",\"values\":[\"low\",\"middle\",\"high\"]},"
    "{\"column\":\"city, \\\"old\\\"\",\"kind\":\"onehot\",\"values\":[\"a\",\"b,b\",\"c\"]},"
    "{\"column\":\"own\",\"kind\":\"binary\",\"values\":[\"no\",\"yes\"]}],"
    "\"attributes\":[{\"column\":\"sex\",\"values\":[\"f\",\"m\"],\"value_names\":[\"female\",\"male\"]}],"
    "\"relations\":[\"ratio + 2 years >= grade - 3\",\"city, \\\"old\\\"=b,b = 1 - own\"],"
    "\"id\":\"nr\",\"member\":\"member\"}";

static const char full_csv[] =
    "\xef\xbb\xbfnr,deny,ratio,years,grade,\"city, \"\"old\"\"\",own,sex,member,note\r\n"
    "7,yes,0.5,3,low,a,no,f,1,\"two\nlines\"\r\n"
    "8,no,-1.25,50,high,\"b,b\",yes,m,0,\r\n"
    "9,no,2e0,0,middle,c,yes,f,0,\"a \"\"quote\"\"\"";

static int run_csv(const void *csv, size_t n, const char *schema, const char *where, struct err *e)
{
    fixture_put(paths.csv, csv, n);
    fixture_put(paths.schema, schema, strlen(schema));
    struct import_csv_options o = {.csv = paths.csv, .schema = paths.schema, .output = paths.out, .where = &where,
                                   .where_n = where != NULL};
    char *summary;
    int status = import_csv(&o, &summary, e);
    free(summary);
    return status;
}

static struct dataset *import_full(const char *where)
{
    struct err e = {0};
    struct dataset *d = NULL;
    cr_assert_eq(run_csv(full_csv, sizeof full_csv - 1, full_schema, where, &e), 0, "%s", e.text);
    cr_assert_eq(dataset_open(&d, paths.out, 0, &e), 0, "%s", e.text);
    return d;
}

Test(import_csv, csv_every_part)
{
    static const float x[3][7] = {{0.5F, 3, 0, 1, 0, 0, 0}, {-1.25F, 50, 2, 0, 1, 0, 1}, {2, 0, 1, 0, 0, 1, 1}};
    static const float low[7] = {-1.25F, 0, 0, 0, 0, 0, 0}, high[7] = {2, 50, 2, 1, 1, 1, 1};
    static const int32_t label[] = {0, 1, 1}, sex[] = {0, 1, 0};
    static const int64_t id[] = {7, 8, 9};
    static const uint8_t member[] = {1, 0, 0};
    struct dataset *d = import_full(NULL);
    struct err e = {0};
    float got[3][7];
    cr_assert_eq(d->n, 3);
    cr_assert_eq(d->shape.rank, 1);
    cr_assert_eq(d->size, 7);
    cr_assert_eq(dataset_read(d, 0, 3, got[0], &e), 0, "%s", e.text);
    cr_assert_arr_eq(got, x, sizeof x);
    cr_assert_arr_eq(d->low, low, sizeof low);
    cr_assert_arr_eq(d->high, high, sizeof high);
    cr_assert_arr_eq(d->label, label, sizeof label);
    cr_assert_arr_eq(d->id.number, id, sizeof id);
    cr_assert_arr_eq(d->member, member, sizeof member);
    cr_assert_eq(d->classes, 2);
    cr_assert_str_eq(d->class_name[1], "approved");
    cr_assert_str_eq(d->name, "out");
    cr_assert_eq(d->attributes_n, 1);
    cr_assert_str_eq(d->attribute[0].name, "sex");
    cr_assert_str_eq(d->attribute[0].value[1], "male");
    cr_assert_arr_eq(d->attribute[0].code, sex, sizeof sex);
    dataset_close(d);
}

Test(import_csv, csv_describes_features)
{
    struct dataset *d = import_full(NULL);
    cr_assert_not_null(d->feature);
    cr_assert_eq(d->feature[0].kind, FEATURE_NUMERIC);
    cr_assert_eq(d->feature[0].mutable_feature, 1);
    cr_assert_eq(d->feature[1].kind, FEATURE_INTEGER);
    cr_assert_eq(d->feature[1].mutable_feature, 0);
    cr_assert_eq(d->feature[2].kind, FEATURE_ORDINAL);
    cr_assert_eq(d->feature[4].kind, FEATURE_ONEHOT);
    cr_assert_str_eq(d->feature[4].group, "city, \"old\"");
    cr_assert_str_eq(d->feature[4].name, "city, \"old\"=b,b");
    cr_assert_eq(d->feature[6].kind, FEATURE_ORDINAL);
    dataset_close(d);
}

Test(import_csv, csv_budgets_and_relations)
{
    static const size_t first[] = {0, 1, 2}, second[] = {4, 6};
    static const double factor[] = {-1, -2, 1};
    struct dataset *d = import_full(NULL);
    cr_assert_float_eq(d->feature[0].budget, 0.25, 0);
    cr_assert_float_eq(d->feature[1].budget, 0, 0);
    cr_assert_eq(d->relations_n, 2);
    cr_assert_eq(d->relation[0].n, 3);
    cr_assert_arr_eq(d->relation[0].feature, first, sizeof first);
    cr_assert_arr_eq(d->relation[0].factor, factor, sizeof factor);
    cr_assert_float_eq(d->relation[0].constant, 3, 0);
    cr_assert_eq(d->relation[0].equal, 0);
    cr_assert_eq(d->relation[1].n, 2);
    cr_assert_arr_eq(d->relation[1].feature, second, sizeof second);
    cr_assert_float_eq(d->relation[1].factor[0] + d->relation[1].factor[1], 2, 0);
    cr_assert_float_eq(d->relation[1].constant, 1, 0);
    cr_assert_eq(d->relation[1].equal, 1);
    dataset_close(d);
}

Test(import_csv, csv_relations_that_cannot_be_read)
{
    static const struct { const char *relation, *text; } faults[] = {
        {"ratio", "wants <=, >= or ="},        {"ratio < 1", "only <=, >= and ="},
        {"rati <= 1", "no feature goes by the name at 'rati <= 1'"},
        {"ratio <= ", "no feature goes by"},   {"ratio <= 1 2", "wants + or - at '2'"},
        {"1 <= 2", "names no feature"},        {"ratio <= ratio", "takes each from itself"},
        {"ratio <= 1e300", "a number is too large"}};
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        char schema[512];
        struct err e = {0};
        snprintf(schema, sizeof schema, "{" LABEL ",\"features\":[" RATIO "],\"relations\":[\"%s\"]}",
                 faults[i].relation);
        int status = run_csv("deny,ratio\nyes,1\nno,2\n", 22, schema, NULL, &e);
        fixture_expect_error(status, &e, ERR_INPUT, faults[i].text, faults[i].relation);
    }
}

Test(import_csv, csv_where_keeps_the_box_of_the_whole_file)
{
    static const int64_t id[] = {8, 9};
    struct dataset *d = import_full("member=0");
    cr_assert_eq(d->n, 2);
    cr_assert_arr_eq(d->id.number, id, sizeof id);
    cr_assert_eq(d->low[0], -1.25F);
    dataset_close(d);
    d = import_full("member=1");
    cr_assert_eq(d->n, 1);
    cr_assert_eq(d->low[0], -1.25F);
    cr_assert_eq(d->high[0], 2.0F);
    dataset_close(d);
}

Test(import_csv, csv_faults)
{
    static const struct { const char *csv, *text; } faults[] = {
        {"", "the file is empty"},
        {"deny,ratio\n", "no rows after the header"},
        {"deny,ratio", "no rows after the header"},
        {"\xff\xfe" "d", "UTF-16"},
        {"deny,ratio,deny\nno,1,no\n", "two columns are named 'deny'"},
        {"deny,ratios\nno,1\n", "no column 'ratio' (nearest: 'ratios')"},
        {"deny,q\nno,1\n", "no column 'ratio' among 2"},
        {"deny_ratio\nno\n", "the header has one column, 'deny_ratio' (cells are separated by a comma"},
        {"deny,ratio\nno,1\nno\n", "line 3: 1 cells where the header has 2"},
        {"deny,ratio,x\nno,1,\"n\no\"\nno,1\n", "line 4: 2 cells where the header has 3"},
        {"deny,ratio\nno,1\n\nno,1\n", "line 3: an empty line before more rows"},
        {"deny,ratio\nno,\"1\n", "line 2: the quote opened here is never closed"},
        {"deny,ratio\nno,\"1\"2\n", "line 2: text follows a closing quote"},
        {"deny,ratio\nno,1\"2\"\n", "line 2: a quote inside an unquoted cell"},
        {"deny,ratio\rno,1\r", "line 1: a carriage return without a line feed"},
        {"deny,ratio\nno,1\nmaybe,1\n", "line 3, column 'deny': 'maybe' is none of the schema's 'values'"},
        {"deny,ratio\nno,nan\n", "line 2, column 'ratio': 'nan' is not a finite decimal number"},
        {"deny,ratio\nno,-inf\n", "is not a finite decimal number"},
        {"deny,ratio\nno,0x10\n", "is not a finite decimal number"},
        {"deny,ratio\nno,1 0\n", "is not a finite decimal number"},
        {"deny,ratio\nno,2024-03-01\n", "'2024-03-01' is a date, which no model takes"},
        {"deny,ratio\nno,\"1,5\"\n", "no decimal comma"},
        {"deny,ratio\nno,1\nn\xf6,1\n", "line 3, column 1 'deny': the byte 0xF6 is not UTF-8"},
        {"deny,r\xe4tio\nno,1\n", "line 1, column 2: the byte 0xE4 is not UTF-8"},
        {"deny,ratio\nno,1-\n", "is not a finite decimal number"},
        {"deny,ratio\nno,e\n", "is not a finite decimal number"},
        {"deny,ratio\nno,1e39\n", "does not fit float32"},
        {"deny,ratio\nno,1e999\n", "does not fit float32"},
        {"deny,ratio\nno,\n", "is empty"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct err e = {0};
        int status = run_csv(faults[i].csv, strlen(faults[i].csv), PLAIN, NULL, &e);
        fixture_expect_error(status, &e, ERR_INPUT, faults[i].text, faults[i].csv);
        cr_assert(strstr(e.text, "table.csv"), "the file is not named: %s", e.text);
    }
}

Test(import_csv, csv_nul_byte)
{
    struct err e = {0};
    int status = run_csv("deny,ratio\nno\0,1\n", 17, PLAIN, NULL, &e);
    fixture_expect_error(status, &e, ERR_INPUT, "line 2: a NUL byte", "NUL");
}

Test(import_csv, csv_missing_files)
{
    struct err e = {0};
    struct import_csv_options o = {.csv = paths.csv, .schema = paths.schema, .output = paths.out};
    char *summary;
    fixture_expect_error(import_csv(&o, &summary, &e), &e, ERR_USAGE, "schema.json", "no schema");
    fixture_put(paths.schema, PLAIN, strlen(PLAIN));
    fixture_expect_error(import_csv(&o, &summary, &e), &e, ERR_INPUT, "table.csv", "no table");
}

Test(import_csv, csv_where_faults)
{
    static const char csv[] = "deny,ratio\nno,1\n";
    static const struct { const char *where, *text; int code; } faults[] = {
        {"ratio", "wants COLUMN=VALUE", ERR_USAGE},
        {"=1", "wants COLUMN=VALUE", ERR_USAGE},
        {"rati=1", "nearest: 'ratio'", ERR_INPUT},
        {"ratio=2", "no row has ratio=2 (its first row has '1')", ERR_INPUT},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct err e = {0};
        int status = run_csv(csv, sizeof csv - 1, PLAIN, faults[i].where, &e);
        fixture_expect_error(status, &e, faults[i].code, faults[i].text, faults[i].where);
    }
}

Test(import_csv, csv_values_against_the_schema)
{
    static const struct { const char *more, *csv, *text; } faults[] = {
        {"\"features\":[{\"column\":\"r\",\"kind\":\"integer\"}]", "deny,r\nno,1.5\n",
         "'1.5' is not a whole number within +-2^24"},
        {"\"features\":[{\"column\":\"r\",\"kind\":\"integer\"}]", "deny,r\nno,16777217\n",
         "is not a whole number within +-2^24"},
        {"\"features\":[{\"column\":\"r\",\"kind\":\"numeric\",\"high\":3}]", "deny,r\nno,4\n",
         "outside the 'low' and 'high'"},
        {"\"features\":[{\"column\":\"r\",\"kind\":\"numeric\",\"low\":3}]", "deny,r\nno,2\n",
         "outside the 'low' and 'high'"},
        {"\"features\":[{\"column\":\"r\",\"kind\":\"onehot\",\"values\":[\"a\",\"b\"]}]", "deny,r\nno,c\n",
         "'c' is none of the schema's"},
        {"\"features\":[" RATIO "],\"id\":\"r\"", "deny,ratio,r\nno,1,5\nno,1,5\n", "the id 5 stands twice"},
        {"\"features\":[" RATIO "],\"id\":\"r\"", "deny,ratio,r\nno,1,a b\nyes,1,\n",
         "line 3, column 'r': the row has no id"},
        {"\"features\":[" RATIO "],\"id\":\"q\"", "deny,ratio\nno,1\n", "no column 'q'"},
        {"\"features\":[" RATIO "],\"member\":\"r\"", "deny,ratio,r\nno,1,2\n", "'2' is no membership (0 or 1"},
        {"\"features\":[" RATIO "],\"attributes\":[{\"column\":\"r\",\"values\":[\"a\",\"b\"]}]",
         "deny,ratio,r\nno,1,c\n", "'c' is none of"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        char schema[512];
        struct err e = {0};
        snprintf(schema, sizeof schema, "{" LABEL ",%s}", faults[i].more);
        int status = run_csv(faults[i].csv, strlen(faults[i].csv), schema, NULL, &e);
        fixture_expect_error(status, &e, ERR_INPUT, faults[i].text, faults[i].more);
    }
}

Test(import_csv, schema_faults)
{
#define FEATURES(...) "{" LABEL ",\"features\":[" __VA_ARGS__ "]}"
    static const struct { const char *schema, *text; } faults[] = {
        {"[]", "top level: wants an object, got an array"},
        {"{", "schema.json"},
        {"{" LABEL "}", "no 'features'"},
        {"{" LABEL ",\"features\":{}}", "'features' wants a list, got an object"},
        {"{\"features\":[" RATIO "]}", "label: wants an object, got nothing"},
        {"{" LABEL ",\"features\":[" RATIO "],\"memeber\":\"x\"}", "unknown key 'memeber' (nearest: member)"},
        {"{" LABEL ",\"features\":[" RATIO "],\"id\":[3]}", "'id' wants a text"},
        {"{\"label\":{\"column\":\"deny\",\"values\":[\"yes\"]},\"features\":[" RATIO "]}",
         "at least 2 of them, got 1"},
        {"{\"label\":{\"column\":\"deny\",\"values\":[\"a\",\"b\",\"a\"]},\"features\":[" RATIO "]}",
         "'values' names 'a' twice"},
        {"{\"label\":{\"column\":\"deny\",\"values\":[0,1]},\"features\":[" RATIO "]}",
         "'values'[0] wants a text, or a list of the texts that mean it, got a number"},
        {"{\"label\":{\"column\":\"deny\",\"values\":[[\"a\",\"b\"],[\"c\",\"b\"]]},\"features\":[" RATIO "]}",
         "'values' names 'b' twice"},
        {"{\"label\":{\"column\":\"deny\",\"values\":[\"a\",[]]},\"features\":[" RATIO "]}",
         "'values'[1] wants a text, or a list of the texts that mean it, got an array"},
        {"{\"label\":{\"column\":\"deny\",\"values\":[\"a\",\"b\"],\"offset\":1},\"features\":[" RATIO "]}",
         "'offset' and 'values' exclude each other"},
        {"{\"label\":{\"column\":\"deny\",\"offset\":0.5},\"features\":[" RATIO "]}", "'offset' wants a whole number"},
        {"{\"label\":{\"column\":\"deny\",\"offset\":1,\"classes\":1},\"features\":[" RATIO "]}",
         "'classes' wants a whole number from 2"},
        {"{\"label\":{\"column\":0,\"offset\":1},\"features\":[" RATIO "]}", "a column's name or its number from 1"},
        {"{" LABEL ",\"features\":[" RATIO "],\"separator\":\"x\"}", "separator 'x': wants ',', ';', '|' or 'tab'"},
        {"{" LABEL ",\"features\":[" RATIO "],\"header\":1}", "'header' wants true or false"},
        {"{" LABEL ",\"features\":[" RATIO "],\"attributes\":[{\"column\":\"deny\",\"values\":[\"a\"],"
         "\"not_recorded\":[\"a\"]}]}", "'a' stands in 'values' and in 'not_recorded'"},
        {"{" LABEL ",\"features\":[" RATIO "],\"attributes\":[{\"column\":\"deny\",\"bins\":[2,1]}]}",
         "'bins' wants a list of ascending numbers"},
        {"{" LABEL ",\"features\":[" RATIO "],\"attributes\":[{\"column\":\"deny\",\"bins\":[1],\"values\":[\"a\"]}]}",
         "'bins' and 'values' exclude each other"},
        {"{\"label\":{\"column\":\"deny\",\"values\":\"a\"},\"features\":[" RATIO "]}",
         "'values' wants a list of texts"},
        {"{\"label\":{\"column\":\"deny\",\"values\":[\"a\",\"b\"],\"value_names\":[\"c\"]},\"features\":[" RATIO "]}",
         "1 'value_names' for 2 'values'"},
        {"{\"label\":{\"column\":\"\",\"values\":[\"a\",\"b\"]},\"features\":[" RATIO "]}",
         "'column' wants a text, got an empty one"},
        {FEATURES("3"), "entry 0: features: wants an object"},
        {FEATURES(RATIO ",{\"column\":\"b\"}"), "entry 1: features: 'kind' wants a text, got nothing"},
        {FEATURES("{\"column\":\"b\",\"kind\":\"numerc\"}"), "unknown kind 'numerc' (nearest: numeric)"},
        {FEATURES("{\"column\":\"b\",\"kind\":\"numeric\",\"values\":[\"a\",\"b\"]}"),
         "'values' do not go with kind 'numeric'"},
        {FEATURES("{\"column\":\"b\",\"kind\":\"numeric\",\"budget\":0}"), "'budget' wants a length above 0, got 0"},
        {FEATURES("{\"column\":\"b\",\"kind\":\"ordinal\"}"), "needs 'values', at least 1"},
        {FEATURES("{\"column\":\"b\",\"kind\":\"ordinal\",\"values\":[\"a\",\"b\"],\"low\":0}"),
         "do not go with kind 'ordinal'"},
        {FEATURES("{\"column\":\"b\",\"kind\":\"binary\",\"values\":[\"a\",\"b\",\"c\"]}"),
         "'binary' wants two 'values', got 3"},
        {FEATURES("{\"column\":\"b\",\"kind\":\"numeric\",\"low\":\"x\"}"), "'low' wants a number, got a string"},
        {FEATURES("{\"column\":\"b\",\"kind\":\"numeric\",\"low\":2,\"high\":1}"), "'low' 2 is not below 'high' 1"},
        {FEATURES("{\"column\":\"b\",\"kind\":\"numeric\",\"mutable\":1}"), "'mutable' wants true or false"},
        {FEATURES("{\"column\":\"deny\",\"kind\":\"numeric\"}"), "also a feature"},
        {FEATURES(RATIO "," RATIO), "'features' names 'ratio' twice"},
        {"{" LABEL ",\"features\":[" RATIO "],\"attributes\":[{\"column\":\"s/x\",\"values\":[\"a\",\"b\"]}]}",
         "cannot be named 's/x'"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct err e = {0};
        int status = run_csv("deny,ratio\nno,1\n", 16, faults[i].schema, NULL, &e);
        fixture_expect_error(status, &e, ERR_USAGE, faults[i].text, faults[i].schema);
        cr_assert(strstr(e.text, "schema.json"), "the file is not named: %s", e.text);
    }
}
