/* tool, run, environment: what was run, how, and where. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include "reports/parts.h"

static void put_tool(const struct report_part *p, const char *key)
{
    struct json_writer *w = p->w;
    json_open_object(w, key);
    json_put_string(w, "name", "assay");
    json_put_string(w, "version", report_version);
    json_put_string(w, "git_commit", report_git_commit);
    report_libraries(w, "libraries");
    json_put_string(w, "binary_sha256", p->binary_sha256[0] != '\0' ? p->binary_sha256 : NULL);
    json_close_object(w);
}

static const struct schema_row library_members[] = {{"name", SCHEMA_STRING, .text = SCHEMA_TEXT},
                                                    {"version", SCHEMA_STRING, .text = SCHEMA_TEXT},
                                                    {.name = NULL}};
static const struct schema_row library = {.kind = SCHEMA_OBJECT, .rows = library_members};
static const char *const tool_name[] = {"assay", NULL};
static const struct schema_row tool[] = {
    {"name", SCHEMA_STRING, .choices = tool_name},
    {"version", SCHEMA_STRING, .text = SCHEMA_TEXT},
    {"git_commit", SCHEMA_STRING, .text = SCHEMA_TEXT},
    {"libraries", SCHEMA_ARRAY, .rows = &library},
    {"binary_sha256", SCHEMA_TYPE, SCHEMA_NULL, .text = "sha256",
     .doc = "Of the program's file; null where it could not be read."},
    {.name = NULL}};

const struct report_section report_section_tool = {
    .put = put_tool, .schema = {"tool", SCHEMA_OBJECT, .rows = tool}};

/* What the bits of the figures depend on. */
static void put_numerics(const struct report_part *p)
{
    char text[128];
    snprintf(text, sizeof text, p->in->search_name != NULL ? "%s, search bf16 (%s)" : "%s", report_numerics,
             p->in->search_name);
    json_put_string(p->w, "numerics", text);
}

static void put_run(const struct report_part *p, const char *key)
{
    struct json_writer *w = p->w;
    json_open_object(w, key);
    plan_write(p->in->plan, w, "config");
    json_put_string(w, "config_sha256", p->in->config_sha256);
    json_put_integer(w, "seed", p->in->plan->seed);
    put_numerics(p);
    json_open_object(w, "shards");
    json_put_integer(w, "count", p->in->shards > 0 ? (int64_t)p->in->shards : 1);
    json_close_object(w);
    json_put_bool(w, "limited", p->in->limited);
    json_close_object(w);
}

static const struct schema_row shards[] = {
    {"count", SCHEMA_INTEGER, .least = 1, .doc = "Processes that computed the outcomes."}, {.name = NULL}};
static const struct schema_row run[] = {
    {"config", SCHEMA_OBJECT, .doc = "The effective config, every default filled in: urn:assay:schema:config:1."},
    {"config_sha256", SCHEMA_TYPE, .text = "sha256"},
    {"seed", .kind = SCHEMA_INTEGER},
    {"numerics", SCHEMA_STRING, .text = SCHEMA_TEXT,
     .doc = "The contract under which the bits of a result do not depend on machine, threads or batches; where attack "
            "gradients were not searched in float32, the arithmetic and the instruction, on which they do depend."},
    {"shards", SCHEMA_OBJECT, .rows = shards},
    {"limited", SCHEMA_BOOL, .doc = "Only the first rows of the data set were used."},
    {.name = NULL}};

const struct report_section report_section_run = {.put = put_run, .schema = {"run", SCHEMA_OBJECT, .rows = run}};

/* The value behind the first line "KEY SEPARATOR value" of a small text file, quotes removed; 0 if found. */
static int find_line(const char *path, const char *key, char separator, char *out, size_t size)
{
    char line[512];
    int missing = 1;
    FILE *f = fopen(path, "r");
    if (f == NULL)
        return 1;
    while (missing && fgets(line, sizeof line, f) != NULL) {
        char *at = strchr(line, separator);
        if (strncmp(line, key, strlen(key)) != 0 || at == NULL)
            continue;
        at += 1 + strspn(at + 1, " \t\"");
        at[strcspn(at, "\"\n")] = '\0';
        snprintf(out, size, "%s", at);
        missing = 0;
    }
    fclose(f);
    return missing;
}

static void put_os(struct json_writer *w)
{
    struct utsname u;
    char name[256], text[512];
    if (find_line("/etc/os-release", "PRETTY_NAME", '=', name, sizeof name))
        snprintf(name, sizeof name, "unknown");
    if (uname(&u) == 0)
        snprintf(text, sizeof text, "%s, %s %.64s %.64s", name, u.sysname, u.release, u.machine);
    else
        snprintf(text, sizeof text, "%s", name);
    json_put_string(w, "os", text);
}

static void put_environment(const struct report_part *p, const char *key)
{
    struct json_writer *w = p->w;
    struct rusage usage;
    char cpu[256];
    json_open_object(w, key);
    put_os(w);
    json_put_string(w, "cpu", find_line("/proc/cpuinfo", "model name", ':', cpu, sizeof cpu) == 0 ? cpu : "unknown");
    json_put_string(w, "isa", p->in->kern_name);
    json_put_integer(w, "threads", (int64_t)p->in->threads);
    json_put_number(w, "wall_s", p->in->wall_s);
    json_put_number(w, "cpu_s", p->in->cpu_s);
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        json_put_integer(w, "max_rss_bytes", (int64_t)usage.ru_maxrss * 1024);
    else
        json_put_null(w, "max_rss_bytes");
    json_close_object(w);
}

static const struct schema_row environment[] = {
    {"os", .kind = SCHEMA_STRING},
    {"cpu", .kind = SCHEMA_STRING},
    {"isa", SCHEMA_STRING, .doc = "Instruction set of the kernels in use."},
    {"threads", SCHEMA_INTEGER, .least = 1},
    {"wall_s", SCHEMA_TYPE, .text = "not_negative"},
    {"cpu_s", SCHEMA_TYPE, .text = "not_negative"},
    {"max_rss_bytes", SCHEMA_INTEGER, .flags = SCHEMA_NULL},
    {.name = NULL}};

const struct report_section report_section_environment = {
    .put = put_environment,
    .schema = {"environment", SCHEMA_OBJECT, .rows = environment, .doc = "Not part of the digests."}};
