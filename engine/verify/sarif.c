/* Findings as a SARIF 2.1.0 document (OASIS standard, 27 March 2020). */
#include <stdio.h>
#include <string.h>

#include "engine/verify/finding.h"

#define SCHEMA "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
#define URI_MAX 4096

/* A path as a URI reference: everything but unreserved characters and '/' is escaped; absolute paths get a scheme. */
static const char *path_uri(const char *path, char out[URI_MAX])
{
    size_t n = (size_t)snprintf(out, URI_MAX, "%s", path[0] == '/' ? "file://" : "");
    for (; *path && n + 4 < URI_MAX; path++) {
        unsigned char c = (unsigned char)*path;
        int plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-._~/", c);
        n += (size_t)snprintf(out + n, URI_MAX - n, plain ? "%c" : "%%%02X", c);
    }
    return out;
}

static void put_text(struct json_writer *w, const char *key, const char *text)
{
    json_open_object(w, key);
    json_put_string(w, "text", text);
    json_close_object(w);
}

static void put_rules(struct json_writer *w)
{
    json_open_array(w, "rules");
    for (size_t i = 0; i < FINDING_KINDS; i++) {
        json_open_object(w, NULL);
        json_put_string(w, "id", finding_kinds[i].id);
        put_text(w, "shortDescription", finding_kinds[i].title);
        put_text(w, "help", finding_kinds[i].advice);
        json_open_object(w, "defaultConfiguration");
        json_put_string(w, "level", finding_severity_name(finding_kinds[i].severity));
        json_close_object(w);
        json_close_object(w);
    }
    json_close_array(w);
}

static void put_tool(struct json_writer *w, const char *version)
{
    json_open_object(w, "tool");
    json_open_object(w, "driver");
    json_put_string(w, "name", "assay");
    json_put_string(w, "version", version);
    put_rules(w);
    json_close_object(w);
    json_close_object(w);
}

static size_t source_of(const struct finding *f, const struct findings_source *source, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(source[i].subject, f->subject) == 0)
            return i;
    return 0;
}

static void put_location(struct json_writer *w, const struct finding *f, const struct findings_source *source,
                         size_t index)
{
    char uri[URI_MAX];
    json_open_array(w, "locations");
    json_open_object(w, NULL);
    json_open_object(w, "physicalLocation");
    json_open_object(w, "artifactLocation");
    json_put_string(w, "uri", path_uri(source->path, uri));
    json_put_integer(w, "index", (int64_t)index);
    json_close_object(w);
    json_close_object(w);
    if (f->place[0]) {
        json_open_array(w, "logicalLocations");
        json_open_object(w, NULL);
        json_put_string(w, "fullyQualifiedName", f->place);
        json_close_object(w);
        json_close_array(w);
    }
    json_close_object(w);
    json_close_array(w);
}

static void put_result(struct json_writer *w, const struct finding *f, const struct findings_source *source, size_t n)
{
    size_t index = source_of(f, source, n);
    json_open_object(w, NULL);
    json_put_string(w, "ruleId", f->kind->id);
    json_put_integer(w, "ruleIndex", f->kind - finding_kinds);
    json_put_string(w, "level", finding_severity_name(f->kind->severity));
    put_text(w, "message", f->message);
    put_location(w, f, &source[index], index);
    json_open_object(w, "properties");
    json_put_string(w, "subject", f->subject);
    json_put_string(w, "place", f->place);
    json_close_object(w);
    json_close_object(w);
}

static void put_artifacts(struct json_writer *w, const struct findings_source *source, size_t n)
{
    char uri[URI_MAX];
    json_open_array(w, "artifacts");
    for (size_t i = 0; i < n; i++) {
        json_open_object(w, NULL);
        json_open_object(w, "location");
        json_put_string(w, "uri", path_uri(source[i].path, uri));
        json_close_object(w);
        if (source[i].sha256) {
            json_open_object(w, "hashes");
            json_put_string(w, "sha-256", source[i].sha256);
            json_close_object(w);
        }
        json_close_object(w);
    }
    json_close_array(w);
}

void findings_sarif(struct json_writer *w, const struct findings *f, const struct findings_source *source,
                    size_t sources_n, const char *tool_version)
{
    json_open_object(w, NULL);
    json_put_string(w, "$schema", SCHEMA);
    json_put_string(w, "version", "2.1.0");
    json_open_array(w, "runs");
    json_open_object(w, NULL);
    put_tool(w, tool_version);
    put_artifacts(w, source, sources_n);
    json_open_array(w, "results");
    for (size_t i = 0; i < f->n; i++)
        put_result(w, &f->item[i], source, sources_n);
    json_close_array(w);
    json_put_string(w, "columnKind", "unicodeCodePoints");
    json_close_object(w);
    json_close_array(w);
    json_close_object(w);
}
