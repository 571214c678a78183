/* What the figures come from: run, model, data, files of evidence, config. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reports/page.h"

/* A table of names and what they are, in a box that scrolls sideways. */
static void facts_begin(struct page *p)
{
    text_put(&p->t, "<div class=\"wide\"><table class=\"facts\">");
}

static void facts_end(struct page *p)
{
    text_put(&p->t, "</table></div>\n");
}

static void put_fact(struct page *p, const char *name, const char *value, int code)
{
    text_put(&p->t, "<tr><th>");
    page_escape(p, name);
    text_put(&p->t, code ? "</th><td><code>" : "</th><td>");
    page_escape(p, value);
    text_put(&p->t, code ? "</code></td></tr>\n" : "</td></tr>\n");
}

static void put_fact_number(struct page *p, const char *name, double v)
{
    char buf[64];
    put_fact(p, name, page_figure_text(v, fabs(v - floor(v)) <= 0 ? "count" : "", buf, sizeof buf), 0);
}

static void put_dataset(struct page *p, const struct json *d)
{
    text_put(&p->t, "<h3>Data set: ");
    page_escape(p, page_string(d, "role"));
    text_put(&p->t, "</h3>\n");
    facts_begin(p);
    put_fact(p, "name", page_string(d, "name"), 0);
    put_fact(p, "sha256", page_string(d, "sha256"), 1);
    put_fact_number(p, "rows", page_number(d, "n"));
    for (const struct json *a = json_first(json_get(d, "attributes")); a != NULL; a = json_next(a)) {
        text_put(&p->t, "<tr><th>");
        page_escape(p, page_string(a, "name"));
        text_put(&p->t, "</th><td>");
        for (const struct json *v = json_first(json_get(a, "values")); v != NULL; v = json_next(v)) {
            page_escape(p, page_string(v, "value"));
            text_format(&p->t, ": %.0f; ", page_number(v, "n"));
        }
        text_format(&p->t, "not recorded: %.0f</td></tr>\n", page_number(a, "not_recorded_n"));
    }
    facts_end(p);
}

static void put_shape(struct page *p, const struct json *shape)
{
    text_put(&p->t, "<td>");
    for (const struct json *d = json_first(shape); d != NULL; d = json_next(d)) {
        double v = NAN;
        json_number(d, &v);
        text_format(&p->t, "%s%.0f", d == json_first(shape) ? "" : " \xc3\x97 ", v);
    }
    text_put(&p->t, "</td>");
}

static void put_model(struct page *p, const struct json *model)
{
    static const char *const heading[] = {"layer", "kind", "input", "output", "parameters", NULL};
    const struct json *layer = json_first(json_get(model, "layers"));
    text_put(&p->t, "<h3>Model</h3>\n");
    if (layer == NULL) {
        text_put(&p->t, "<p>None: stored predictions were evaluated.</p>\n");
        return;
    }
    facts_begin(p);
    put_fact(p, "file", page_string(model, "name"), 0);
    put_fact(p, "sha256", page_string(model, "sha256"), 1);
    put_fact_number(p, "parameters", page_number(model, "parameters_n"));
    put_fact_number(p, "classes", page_number(model, "classes_n"));
    facts_end(p);
    page_heading(p, heading);
    for (; layer != NULL; layer = json_next(layer)) {
        text_put(&p->t, "<tr>");
        page_cell(p, page_string(layer, "name"));
        page_cell(p, page_string(layer, "kind"));
        put_shape(p, json_get(layer, "input_shape"));
        put_shape(p, json_get(layer, "output_shape"));
        page_cell_number(p, page_number(layer, "parameters_n"));
        text_put(&p->t, "</tr>\n");
    }
    page_table_end(p);
}

/* As stated, and what recomputing it from the text gave. */
static void put_digest(struct page *p, const char *name, const char *key, enum report_agreement agreement)
{
    text_format(&p->t, "<tr><th>%s</th><td><code>", name);
    page_escape(p, page_string(json_get(p->root, "integrity"), key));
    text_format(&p->t, "</code><small>recomputed: %s</small></td></tr>\n", page_agreement(agreement));
}

/* "scale 0.5, mean 1, std 2"; lists in order */
static void put_preprocess(struct page *p, const struct json *preprocess)
{
    text_put(&p->t, "<td>");
    for (const struct json *m = json_first(preprocess); m != NULL; m = json_next(m)) {
        double v;
        text_put(&p->t, m == json_first(preprocess) ? "" : ", ");
        page_escape(p, json_key(m));
        if (json_number(m, &v) == 0)
            text_format(&p->t, " %.6g", v);
        for (const struct json *e = json_first(m); e != NULL; e = json_next(e))
            if (json_number(e, &v) == 0)
                text_format(&p->t, " %.6g", v);
    }
    text_put(&p->t, "</td>");
}

/* Where there are nets beside the target. */
static void put_models(struct page *p, const struct json *models)
{
    static const char *const heading[] = {"role", "name", "file", "preprocess", "sha256", NULL};
    if (json_length(models) < 2)
        return;
    text_put(&p->t, "<h3>All nets</h3>\n");
    page_heading(p, heading);
    for (const struct json *m = json_first(models); m != NULL; m = json_next(m)) {
        text_put(&p->t, "<tr>");
        page_cell(p, page_string(m, "role"));
        page_cell(p, page_string(m, "name"));
        page_cell(p, page_string(m, "file"));
        put_preprocess(p, json_get(m, "preprocess"));
        text_put(&p->t, "<td><code>");
        page_escape(p, page_string(m, "sha256"));
        text_put(&p->t, "</code></td></tr>\n");
    }
    page_table_end(p);
}

static void put_run(struct page *p)
{
    const struct json *run = json_get(p->root, "run"), *tool = json_get(p->root, "tool");
    const struct json *environment = json_get(p->root, "environment");
    text_put(&p->t, "<h3>Run</h3>\n");
    facts_begin(p);
    put_digest(p, "results digest", "results_sha256", p->integrity.results);
    put_digest(p, "document digest", "digest_sha256", p->integrity.document);
    put_fact(p, "config sha256", page_string(run, "config_sha256"), 1);
    put_fact(p, "program sha256", page_string(tool, "binary_sha256"), 1);
    put_fact(p, "program", page_string(tool, "version"), 0);
    put_fact(p, "commit", page_string(tool, "git_commit"), 1);
    put_fact_number(p, "seed", page_number(run, "seed"));
    put_fact(p, "numerics", page_string(run, "numerics"), 1);
    put_fact_number(p, "shards", page_number(json_get(run, "shards"), "count"));
    put_fact(p, "created", page_string(p->root, "created_utc"), 0);
    put_fact(p, "system", page_string(environment, "os"), 0);
    put_fact(p, "processor", page_string(environment, "cpu"), 0);
    put_fact(p, "instruction set", page_string(environment, "isa"), 0);
    put_fact_number(p, "threads", page_number(environment, "threads"));
    put_fact_number(p, "wall time, s", page_number(environment, "wall_s"));
    put_fact_number(p, "processor time, s", page_number(environment, "cpu_s"));
    put_fact_number(p, "memory, MiB", floor(page_number(environment, "max_rss_bytes") / 1048576));
    for (const struct json *l = json_first(json_get(tool, "libraries")); l != NULL; l = json_next(l))
        put_fact(p, page_string(l, "name"), page_string(l, "version"), 0);
    facts_end(p);
}

/* Every file once: the first test that names it prints it. */
static int named_before(const struct page *p, const struct json *test, const char *path)
{
    for (const struct json *t = json_first(p->tests); t != test; t = json_next(t))
        for (const struct json *v = json_first(json_get(t, "evidence")); v != NULL; v = json_next(v))
            if (strcmp(page_string(v, "path"), path) == 0)
                return 1;
    return 0;
}

static void put_evidence(struct page *p)
{
    static const char *const heading[] = {"file", "sha256", NULL};
    text_put(&p->t, "<h3>Evidence</h3>\n");
    page_heading(p, heading);
    for (const struct json *t = json_first(p->tests); t != NULL; t = json_next(t))
        for (const struct json *v = json_first(json_get(t, "evidence")); v != NULL; v = json_next(v)) {
            if (named_before(p, t, page_string(v, "path")))
                continue;
            text_put(&p->t, "<tr>");
            page_cell(p, page_string(v, "path"));
            text_put(&p->t, "<td><code>");
            page_escape(p, page_string(v, "sha256"));
            text_put(&p->t, "</code></td></tr>\n");
        }
    page_table_end(p);
}

static void put_artefacts(struct page *p)
{
    static const char *const heading[] = {"artefact", "file", "sha256", "made for", NULL};
    const struct json *a = json_first(json_get(p->root, "artefacts"));
    if (a == NULL)
        return;
    text_put(&p->t, "<h3>Artefacts</h3>\n");
    page_heading(p, heading);
    for (; a != NULL; a = json_next(a)) {
        const struct json *scenario = json_first(json_get(a, "made_for"));
        text_put(&p->t, "<tr>");
        page_cell(p, page_string(a, "name"));
        page_cell(p, page_string(a, "path"));
        text_put(&p->t, "<td><code>");
        page_escape(p, page_string(a, "sha256"));
        text_put(&p->t, "</code></td><td>");
        for (; scenario != NULL; scenario = json_next(scenario)) {
            page_escape(p, json_string(scenario) != NULL ? json_string(scenario) : "");
            text_put(&p->t, json_next(scenario) != NULL ? ", " : "");
        }
        text_put(&p->t, "</td></tr>\n");
    }
    page_table_end(p);
}

static int put_config(struct page *p, struct err *e)
{
    const struct json *config = page_path(p->root, "run", "config");
    struct json_writer w;
    char *text;
    size_t n;
    if (config == NULL)
        return 0;
    json_writer_begin(&w, 1);
    json_put_node(&w, NULL, config);
    TRY(json_writer_end(&w, &text, &n, e));
    text_put(&p->t, "<h3>Effective config</h3>\n<pre>");
    page_escape(p, text);
    text_put(&p->t, "</pre>\n");
    free(text);
    return 0;
}

static int put_provenance(struct page *p, struct err *e)
{
    const struct json *subject = json_get(p->root, "subject");
    put_run(p);
    put_model(p, json_get(subject, "model"));
    put_models(p, json_get(subject, "models"));
    for (const struct json *d = json_first(json_get(subject, "datasets")); d != NULL; d = json_next(d))
        put_dataset(p, d);
    put_artefacts(p);
    put_evidence(p);
    return put_config(p, e);
}

const struct page_section page_provenance = {.title = "Provenance", .write = put_provenance};
