/* Nets beside the target in the config. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/configs/fixture.h"

TestSuite(plan_sources, .init = fixture_start, .fini = fixture_finish);

#define HEAD "{\"model\": \"m.h5\", \"data\": \"d.h5\", \"preprocess\": {}"
#define SOURCES(rest) HEAD ", \"sources\": {" rest "}}"
#define B "\"b\": {\"model\": \"b.h5\", \"preprocess\": {\"scale\": 2}}"
#define C "\"c\": {\"model\": \"c.h5\", \"preprocess\": {\"mean\": [0.5]}, \"architecture\": \"c.json\"}"
#define ATTACK(rest) \
    HEAD ", \"sources\": {" B ", " C "}, \"attacks\": [{\"name\": \"pgd\", \"eps\": [1, 2], " rest "}]}"

static const struct {
    const char *text, *said;
} refusals[] = {
    {HEAD ", \"sources\": [1]}", "'sources': wants an object such as"},
    {SOURCES("\"b\": 3"), "'sources.b': wants an object such as {\"model\": \"b.h5\", \"preprocess\": {}}, got a"},
    {SOURCES("\"b\": {\"preprocess\": {}}"), "'sources.b': key 'model' is missing"},
    {SOURCES("\"b\": {\"model\": \"b.h5\"}"), "'sources.b': 'preprocess' is required with a model"},
    {SOURCES("\"b\": {\"model\": \"b.h5\", \"preproces\": {}}"), "unknown key 'preproces': did you mean 'preprocess'"},
    {SOURCES("\"B\": {\"model\": \"b.h5\", \"preprocess\": {}}"), "'sources.B': its name wants lower-case letters"},
    {SOURCES("\"model\": {\"model\": \"b.h5\", \"preprocess\": {}}"), "the name 'model' is taken"},
    {SOURCES("\"ensemble\": {\"model\": \"b.h5\", \"preprocess\": {}}"), "the name 'ensemble' is taken"},
    {SOURCES(B ", " B), "key 'b' stands twice"},
    {"{\"data\": \"d.h5\", \"sources\": {" B "}}", "'sources' needs a 'model'"},
    {"{\"data\": \"d.h5\", \"ensemble\": [\"model\", \"model\"]}", "'ensemble' needs a 'model'"},
    {ATTACK("\"source\": \"d\""), "element 0: pgd: 'source': 'd' is not among 'sources'"},
    {ATTACK("\"source\": \"modell\""), "'modell' is not among 'sources' (did you mean 'model'?)"},
    {ATTACK("\"source\": \"something\""), "'something' is not among 'sources'; \"model\" is the target itself"},
    {ATTACK("\"source\": [\"b\", \"b\"]"), "'source': 'b' is named twice"},
    {ATTACK("\"source\": []"), "'source': wants 1 to 64 names, got 0"},
    {ATTACK("\"source\": 1"), "'source': wants names of nets, got a number"},
    {ATTACK("\"source\": \"b\"}, {\"name\": \"pgd\", \"eps\": 3, \"source\": \"b\""),
     "two entries go by the name 'pgd_linf_from_b'"},
    {ATTACK("\"source\": \"ensemble\""), "'source': \"ensemble\" needs the key 'ensemble'"},
    {ATTACK("\"source\": \"ensemble\"}], \"ensemble\": [\"b\", \"b\"], \"transformations\": [{\"name\": \"rotate\""),
     "'source': \"ensemble\": 'b' stands in 'ensemble' twice"},
    {HEAD ", \"ensemble\": [\"model\", \"ensemble\"]}", "'ensemble': 'ensemble' is not among 'sources'"},
    {HEAD ", \"ensemble\": [\"model\"]}", "'ensemble': wants a list of at least two nets"},
    {HEAD ", \"ensemble\": \"model\"}", "'ensemble': wants a list of at least two nets"},
    {HEAD ", \"ensemble\": [\"model\", \"b\"]}", "'ensemble': 'b' is not among 'sources'"},
};

Test(plan_sources, every_fault_is_named)
{
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
        fixture_expect_refusal(refusals[i].text, refusals[i].said);
}

/* What is fitted is fitted to one net. */
Test(plan_sources, no_fitted_attack_sees_the_ensemble)
{
    char text[512];
    for (const struct attack_kind *const *kind = attack_kinds; *kind; kind++) {
        if ((*kind)->problem != ATTACK_FITTED)
            continue;
        snprintf(text, sizeof text,
                 HEAD ", \"ensemble\": [\"model\", \"b\"], \"sources\": {" B "}, "
                      "\"attacks\": [{\"name\": \"%s\", \"eps\": 1, \"source\": \"ensemble\"}]}",
                 (*kind)->name);
        fixture_expect_refusal(text, "it is fitted to one net; name nets instead of the ensemble");
    }
}

/* One scenario a net, with the net behind the name; one attack on several nets has one name and the same draws. */
Test(plan_sources, scenarios)
{
    static const struct { const char *id, *attack; int source, smaller; } wanted[] = {
        {"clean", "", PLAN_TARGET, -1},
        {"adversarial.pgd_linf@1", "pgd_linf", PLAN_TARGET, -1},
        {"adversarial.pgd_linf@2", "pgd_linf", PLAN_TARGET, 1},
        {"adversarial.pgd_linf_from_c@1", "pgd_linf", 1, -1},
        {"adversarial.pgd_linf_from_c@2", "pgd_linf", 1, 3},
        {"adversarial.pgd_linf_from_b@2", "pgd_linf_from_b", 0, -1},
    };
    fixture_put(ATTACK("\"source\": [\"model\", \"c\"]}, {\"name\": \"pgd\", \"eps\": 2, \"steps\": 3, "
                       "\"source\": \"b\""));
    struct plan *plan = fixture_read(NULL);
    cr_assert_eq(plan->scenarios_n, sizeof wanted / sizeof wanted[0]);
    for (size_t i = 0; i < plan->scenarios_n; i++) {
        const struct scenario *s = &plan->scenario[i];
        cr_expect_str_eq(s->id, wanted[i].id);
        cr_expect_str_eq(s->attack, wanted[i].attack, "%s", s->id);
        cr_expect_eq(s->source, wanted[i].source, "%s", s->id);
        cr_expect_eq(s->smaller, wanted[i].smaller, "%s", s->id);
        cr_expect_str_eq(s->stream, i == 0 ? "clean" : "adversarial.pgd_linf");
    }
    cr_expect_str_eq(plan->source[1].name, "c");
    cr_expect_eq(plan->source[0].preprocess.scale, 2);
    cr_expect_eq(plan->source[1].preprocess.mean[0], 0.5);
    cr_expect_str_eq(strrchr(plan->source[1].preprocess.architecture, '/'), "/c.json");
    plan_free(plan);
}

static void identity_of(const char *text, const char *hash, char id[SHA256_HEX])
{
    const char *const source[] = {"b-hash", hash}, *const architecture[] = {NULL, "json-hash"};
    const struct plan_inputs inputs = {.model = "model-hash", .data = "data-hash", .source = source,
                                       .source_architecture = architecture};
    struct err e = {0};
    fixture_put(text);
    struct plan *plan = fixture_read(NULL);
    cr_assert_eq(plan_identity(plan, &inputs, "1.0", id, &e), 0, "%s", e.text);
    plan_free(plan);
}

Test(plan_sources, are_part_of_the_effective_config_and_of_the_identity)
{
    static const char whole[] = HEAD ", \"sources\": {" B ", " C "}, \"ensemble\": [\"model\", \"b\", \"b\"], "
                                "\"attacks\": [{\"name\": \"pgd\", \"eps\": 1, \"source\": \"b\"}]}";
    char id[SHA256_HEX], again[SHA256_HEX];
    fixture_put(whole);
    struct plan *plan = fixture_read(NULL);
    char *once = fixture_effective(plan);
    plan_free(plan);
    cr_expect_not_null(strstr(once, "\"ensemble\": ["), "%s", once);
    cr_expect_not_null(strstr(once, "\"source\": ["), "%s", once);
    cr_expect_not_null(strstr(once, "\"architecture\": \"c.json\""), "%s", once);
    fixture_put(once);
    plan = fixture_read(NULL);
    char *twice = fixture_effective(plan);
    plan_free(plan);
    cr_expect_str_eq(twice, once);
    identity_of(whole, "c-hash", id);
    identity_of(once, "c-hash", again);
    cr_expect_str_eq(again, id);
    identity_of(whole, "d-hash", again);
    cr_expect_str_neq(again, id, "another source, another run");
    free(once), free(twice);
}
