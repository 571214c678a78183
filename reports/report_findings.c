/* findings: what verification said of model and data before anything was run. */
#include "reports/parts.h"

void report_put_findings(const struct report_part *p)
{
    static const struct findings none;
    findings_put(p->w, p->in->findings ? p->in->findings : &none);
}
