/* Properties that every row of the table of probes must have. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/batch/artefact_make.h"
#include "metrics/family.h"
#include "tests/batch/support.h"

enum { ROWS = 150 };

static void for_every_probe(void (*test)(struct batch_fixture *v, const struct probe_kind *kind))
{
    for (const struct probe_kind *const *kind = probe_kinds; *kind; kind++) {
        struct batch_fixture v;
        char config[128];
        snprintf(config, sizeof config, "\"probes\": [{\"name\": \"%s\"}]", (*kind)->work.name);
        evaluation_open(&v, ROWS, config);
        test(&v, *kind);
        evaluation_close(&v);
    }
}

static void named_well(struct batch_fixture *v, const struct probe_kind *kind)
{
    size_t family = 0, values = 0;
    (void)v;
    while (family_kinds[family] &&
           strncmp(kind->test_id, family_kinds[family]->tests, strlen(family_kinds[family]->tests)))
        family++;
    cr_expect_not_null(family_kinds[family], "%s: its test %s is of no family", kind->work.name, kind->test_id);
    cr_expect_eq(probe_find(kind->work.name), kind);
    cr_expect(kind->work.source[0] && kind->work.doc[0] && kind->work.scope == ARTEFACT_OF_DATA);
    for (const struct probe_metric *m = kind->metrics; m->id; m++, values++) {
        cr_expect_null(metric_find(m->id), "%s: %s is another metric's id", kind->work.name, m->id);
        cr_expect(m->doc[0] && m->unit);
    }
    cr_expect(values > 0 && values <= PROBE_VALUES_MOST, "%s: %zu values", kind->work.name, values);
}
Test(probes, every_row_has_its_family_and_its_own_values) { for_every_probe(named_well); }

static void same_on_threads(struct batch_fixture *v, const struct probe_kind *kind)
{
    struct err e = {0};
    struct artefacts a[2];
    for (size_t i = 0; i < 2; i++) {
        struct batch_input in = evaluation_input(v);
        in.threads = 1 + 2 * i;
        cr_assert_eq(artefacts_make(&a[i], &in, &e), 0, "%s: %s", kind->work.name, e.text);
        cr_assert_eq(a[i].n, a[i].probes + 1);
    }
    const struct artefact *one = &a[0].item[a[0].probes], *other = &a[1].item[a[1].probes];
    cr_expect_arr_eq(one->value, other->value, one->floats * sizeof(float), "%s: threads show", kind->work.name);
    artefacts_free(&a[0]);
    artefacts_free(&a[1]);
}
Test(probes, every_row_hides_the_threads) { for_every_probe(same_on_threads); }

static void defined_or_null(struct batch_fixture *v, const struct probe_kind *kind)
{
    struct err e = {0};
    struct artefacts a;
    struct artefact_call c;
    struct probe_value value[PROBE_VALUES_MOST];
    struct batch_input in = evaluation_input(v);
    cr_assert_eq(artefacts_make(&a, &in, &e), 0, "%s", e.text);
    artefact_call_fill(&c, &in, &a.item[a.probes]);
    kind->read(&c, a.item[a.probes].value, value);
    for (size_t i = 0; kind->metrics[i].id; i++) {
        cr_expect_eq(isnan(value[i].value) != 0, value[i].null_reason != NULL, "%s", kind->metrics[i].id);
        cr_expect(value[i].n <= ROWS && value[i].count <= value[i].n, "%s", kind->metrics[i].id);
    }
    artefacts_free(&a);
}
Test(probes, every_value_is_defined_or_says_why) { for_every_probe(defined_or_null); }
