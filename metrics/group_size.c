/* Rows of each group. */
#include "metrics/value.h"
#include "metrics/view.h"

static void group_size(const struct metric_kind *self, const struct groups_view *v, struct metric_list *out)
{
    for (size_t g = 0; g < v->groups->n; g++) {
        struct metric_value value = value_of(self);
        value.n = v->groups->size[g];
        value.value = (double)value.n;
        value.slice_attribute = v->partition->attribute;
        value.slice_value = v->partition->group[g];
        metric_add(out, &value);
    }
}

const struct metric_kind metric_group_size = {
    .name = "group_size", .source = "", .doc = "rows of each group, empty groups included; never weighted",
    .unit = "count", .lo = 0, .hi = 9007199254740992.0, .scope = METRIC_PARTITION, .shown = METRIC_SHOWN_CLEAN,
    .groups = group_size,
};
