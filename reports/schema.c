/* The schemas by name: two are files embedded by the build, the config's is made from the tables. */
#include <stdlib.h>
#include <string.h>

#include "reports/config_schema.h"
#include "reports/report.h"

/* From reports/schema/NAME.json by reports/embed.sh. */
extern const char report_schema_report[], report_schema_samples[];

static int copy(const char *schema, char **text, size_t *n, struct err *e)
{
    *n = strlen(schema);
    *text = malloc(*n + 1);
    if (*text == NULL)
        return err_set(e, ERR_RUN, "out of memory for a schema of %zu bytes", *n);
    memcpy(*text, schema, *n + 1);
    return 0;
}

int report_schema(const char *name, char **text, size_t *n, struct err *e)
{
    static const char *const names[] = {"report", "config", "samples"};
    if (strcmp(name, "config") == 0)
        return config_schema(text, n, e);
    if (strcmp(name, "report") == 0)
        return copy(report_schema_report, text, n, e);
    if (strcmp(name, "samples") == 0)
        return copy(report_schema_samples, text, n, e);
    const char *near = err_nearest(name, names, 3);
    if (near != NULL)
        return err_set(e, ERR_USAGE, "unknown schema '%s': did you mean '%s'?", name, near);
    return err_set(e, ERR_USAGE, "unknown schema '%s': wants report, config or samples", name);
}
