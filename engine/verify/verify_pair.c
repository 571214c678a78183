/* Model and data set together. */
#include "engine/verify/verify_private.h"

void verify_pair(const struct verify_model *m, const struct verify_data *d, struct findings *out)
{
    char has[96], wants[96];
    if (!m->understood || !d->data)
        return;
    const struct shape *input = &m->graph.node[0].out;
    if (d->data->size > 0 && !shape_equal(input, &d->data->shape))
        findings_add(out, FINDING_PAIR_SHAPE, d->subject, "/x", "samples are %s, but the model wants %s",
                     shape_text(&d->data->shape, has, sizeof has), shape_text(input, wants, sizeof wants));
    if (m->classes > 0 && d->data->classes > m->classes)
        findings_add(out, FINDING_PAIR_CLASSES, d->subject, "/y",
                     "has labels or class names up to %zu, but the model has %zu classes", d->data->classes - 1,
                     m->classes);
    if (m->classes > 0 && d->data->classes < m->classes)
        findings_add(out, FINDING_PAIR_OUTPUTS, d->subject, "/y", "%zu classes, but the model has %zu outputs",
                     d->data->classes, m->classes);
    if (d->data->size > 0 && shape_equal(input, &d->data->shape))
        verify_tokens(m, d, out);
}
