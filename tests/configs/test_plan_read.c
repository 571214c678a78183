#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/configs/fixture.h"

TestSuite(plan_read, .init = fixture_start, .fini = fixture_finish);

#define HEAD "{\"model\": \"m.h5\", \"data\": \"d.h5\", \"preprocess\": {}"
#define ATTACK(rest) HEAD ", \"attacks\": [{\"name\": \"pgd\", \"eps\": 0.5}, {" rest "}]}"
#define NATURAL(rest) HEAD ", \"transformations\": [{" rest "}]}"
#define FAIRNESS(rest) HEAD ", \"fairness\": {" rest "}}"

static const struct {
    const char *text, *said;
} refusals[] = {
    {"", "line 1"},
    {"[1]", "wants an object, got an array"},
    {"{\"data\": \"d.h5\",}", "line 1, column"},
    {"{\"data\": \"d.h5\"} x", "line 1"},
    {"{\"data\": \"d.h5\", \"data\": \"e.h5\"}", "key 'data' stands twice"},
    {"{\"model\": \"m.h5\", \"preprocess\": {}}", "data"},
    {"{\"model\": \"m.h5\", \"data\": \"d.h5\"}", "'preprocess' is required with a model"},
    {"{\"data\": \"d.h5\", \"attacks\": [{\"name\": \"fgsm\", \"eps\": 1}]}", "'attacks' need a 'model'"},
    {"{\"data\": \"d.h5\", \"transformations\": [{\"name\": \"rotate\"}]}", "'transformations' need a 'model'"},
    {HEAD ", \"atacks\": []}", "unknown key 'atacks': did you mean 'attacks'"},
    {HEAD ", \"search\": \"bf61\"}", "search = \"bf61\": did you mean \"bf16\""},
    {HEAD ", \"seed\": 1.25}", "seed = 1.25: wants an integer"},
    {HEAD ", \"seed\": -4}", "seed = -4: wants 0 to"},
    {HEAD ", \"seed\": 9007199254740993}", "seed = "},
    {HEAD ", \"batch\": {\"threads\": 1025}}", "'batch': threads = 1025: wants 0 to 1024"},
    {HEAD ", \"batch\": {\"thread\": 2}}", "'batch': unknown key 'thread': did you mean 'threads'"},
    {HEAD ", \"output\": {\"images\": 65}}", "'output': images = 65"},
    {HEAD ", \"output\": []}", "'output': wants an object, got an array"},
    {HEAD ", \"leakage\": {\"members\": 3}}", "'leakage': members: wants a string"},
    {"{\"model\": \"m.h5\", \"data\": \"d.h5\", \"preprocess\": {\"std\": [1, 0]}}", "'preprocess': std"},
    {"{\"model\": \"m.h5\", \"data\": \"d.h5\", \"preprocess\": {\"scale\": \"x\"}}", "'preprocess': scale"},
    {"{\"model\": \"m.h5\", \"data\": \"d.h5\", \"preprocess\": 3}", "'preprocess': wants an object, got a number"},
    {HEAD ", \"attacks\": {}}", "'attacks': wants a list, got an object"},
    {HEAD ", \"attacks\": [3]}", "'attacks': element 0: wants an object with a \"name\", got a number"},
    {ATTACK("\"eps\": 1"), "'attacks': element 1: wants a \"name\" (see: assay list attacks)"},
    {ATTACK("\"name\": \"fgms\", \"eps\": 1"), "element 1: unknown attack 'fgms' (did you mean 'fgsm'?)"},
    {ATTACK("\"name\": \"quantum\", \"eps\": 1"), "unknown attack 'quantum' (see: assay list attacks)"},
    {ATTACK("\"name\": \"fgsm\""), "fgsm: key 'eps' is missing"},
    {ATTACK("\"name\": \"fgsm\", \"eps\": null"), "fgsm: key 'eps' is missing"},
    {ATTACK("\"name\": \"fgsm\", \"eps\": []"), "fgsm: eps: list of 0 elements"},
    {ATTACK("\"name\": \"fgsm\", \"eps\": [0.25, -1]"), "fgsm: eps"},
    {ATTACK("\"name\": \"fgsm\", \"eps\": \"8/255/2\""), "fgsm: eps = \"8/255/2\""},
    {ATTACK("\"name\": \"fgsm\", \"eps\": 1, \"steps\": 4"), "fgsm: unknown key 'steps'"},
    {ATTACK("\"name\": \"pgd\", \"norm\": \"l7\", \"eps\": 1"), "pgd: norm = \"l7\""},
    {ATTACK("\"name\": \"pgd\", \"eps\": 1, \"target\": 2"), "'target': only with \"targeted\": true"},
    {ATTACK("\"name\": \"pgd\", \"eps\": 1, \"targeted\": true, \"target\": -2"),
     "'target': wants \"least_likely\", \"next\" or a class number"},
    {ATTACK("\"name\": \"pgd\", \"eps\": 1, \"targeted\": true, \"target\": \"best\""), "'target': wants"},
    {ATTACK("\"name\": \"pgd\", \"eps\": 1, \"targeted\": true, \"target\": 1.5"), "'target': wants"},
    {ATTACK("\"name\": \"fgsm\""), "fgsm: key 'eps' is missing"},
    {ATTACK("\"name\": \"fgsm\", \"eps\": 0.5, \"after\": \"pgd_lnf\""),
     "fgsm: 'after': no attack above goes by the name 'pgd_lnf' (did you mean 'pgd_linf'?)"},
    {ATTACK("\"name\": \"fgsm\", \"eps\": [0.5, 1], \"after\": \"pgd_linf\""),
     "fgsm: 'after': 'pgd_linf' has no eps 1;"},
    {ATTACK("\"name\": \"fgsm\", \"eps\": 0.5, \"norm\": \"l2\", \"after\": \"pgd_linf\""),
     "has another norm or target"},
    {ATTACK("\"name\": \"fgsm\", \"eps\": 0.5, \"targeted\": true, \"after\": \"pgd_linf\""),
     "has another norm or target"},
    {ATTACK("\"name\": \"fgsm\", \"eps\": 0.5, \"queries\": -1"), "queries = -1: wants 0 to 4294967295"},
    {ATTACK("\"name\": \"pgd\", \"eps\": [0.25, 0.5]"),
     "two entries go by the name 'pgd_linf'; give one of them its own \"id\""},
    {HEAD ", \"attacks\": [{\"name\": \"pgd\", \"eps\": 0.5}, {\"name\": \"pgd\", \"eps\": 0.25}]}",
     "two entries go by the name 'pgd_linf'"},
    {HEAD ", \"attacks\": [{\"name\": \"fgsm\", \"eps\": 0.5}, {\"name\": \"pgd\", \"eps\": 2, \"norm\": \"l2\", "
          "\"id\": \"fgsm_linf\"}]}",
     "two entries go by the name 'fgsm_linf'"},
    {HEAD ", \"transformations\": [{\"name\": \"rotate\", \"severity\": 1}, {\"name\": \"rotate\", \"severity\": 2}]}",
     "two entries go by the name 'rotate'"},
    {ATTACK("\"name\": \"pgd\", \"eps\": 1, \"id\": \"a b\""), "'id': 'a b': wants lower-case letters"},
    {ATTACK("\"name\": \"pgd\", \"eps\": 1, \"id\": \"\""), "'id'"},
    {ATTACK("\"name\": \"pgd\", \"eps\": 1, \"id\": \"pgd/linf\""), "'id': 'pgd/linf'"},
    {NATURAL("\"severity\": 3"), "'transformations': element 0: wants a \"name\" (see: assay list transformations)"},
    {NATURAL("\"name\": \"rotat\""), "unknown transformation 'rotat' (did you mean 'rotate'?)"},
    {NATURAL("\"name\": \"rotate\", \"severity\": [0, 1]"), "rotate: severity"},
    {NATURAL("\"name\": \"rotate\", \"severity\": 2.5"), "rotate: severity = 2.5"},
    {NATURAL("\"name\": \"rotate\", \"eps\": 1"), "rotate: unknown key 'eps'"},
    {FAIRNESS("\"attributes\": []"), "'fairness.attributes': wants a list of attribute names"},
    {FAIRNESS("\"attributes\": \"sex\""), "'fairness.attributes': wants a list"},
    {FAIRNESS("\"attributes\": [\"sex\", 4]"), "'fairness.attributes': element 1: wants a string, got a number"},
    {FAIRNESS("\"attributes\": [\"sex\", \"age\", \"sex\"]"), "'fairness.attributes': 'sex' is named twice"},
    {FAIRNESS("\"attributes\": [\"sex\"], \"reference\": [\"male\"]"), "'fairness.reference': wants an object such as"},
    {FAIRNESS("\"attributes\": [\"sex\"], \"reference\": {\"sx\": \"male\"}"),
     "'sx' is not among 'fairness.attributes' (did you mean 'sex'?)"},
    {FAIRNESS("\"attributes\": [\"sex\"], \"reference\": {\"sex\": 1}"),
     "'fairness.reference.sex': wants a value's name, got a number"},
    {FAIRNESS("\"attributes\": [\"sex\"], \"min_group\": 0"), "'fairness': min_group = 0"},
    {FAIRNESS("\"attributes\": [\"sex\"], \"favourable\": 1"),
     "'fairness': unknown key 'favourable': did you mean 'favorable'"},
};

Test(plan_read, every_fault_is_named)
{
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
        fixture_expect_refusal(refusals[i].text, refusals[i].said);
}

Test(plan_read, files_that_cannot_be_read)
{
    struct err e = {0};
    struct plan *plan;
    cr_expect_eq(plan_read(&plan, fixture_config, NULL, &e), ERR_USAGE);
    cr_expect_not_null(strstr(e.text, "config"), "%s", e.text);
    cr_expect_not_null(strstr(e.text, "No such file"), "%s", e.text);
    cr_expect_eq(plan_read(&plan, "/tmp", NULL, &e), ERR_USAGE);
    cr_expect_not_null(strstr(e.text, "is not a regular file"), "%s", e.text);
}

Test(plan_read, scenarios_in_order_with_their_ids)
{
    static const struct {
        const char *id, *stream;
        int smaller;
        double level;
    } wanted[] = {
        {"clean", "clean", -1, 0},
        {"natural.contrast@2", "natural.contrast@2", -1, 2},
        {"natural.contrast@4", "natural.contrast@4", -1, 4},
        {"adversarial.pgd_l2@0.5", "adversarial.pgd_l2", -1, 0.5},
        {"adversarial.pgd_l2@8", "adversarial.pgd_l2", 3, 8},
        {"adversarial.fgsm_linf_targeted@0.03137254901960784", "adversarial.fgsm_linf_targeted", -1, 8.0 / 255},
        {"adversarial.own-name@1e-05", "adversarial.own-name", -1, 1e-5},
    };
    fixture_put(
        HEAD
        ", \"transformations\": [{\"name\": \"contrast\", \"severity\": [4, 2, 4]}], \"attacks\": [{\"name\": \"pgd\", "
        "\"norm\": \"l2\", \"eps\": [8, 0.5, 8.0]}, {\"name\": \"fgsm\", \"eps\": \"8/255\", \"targeted\": true}, "
        "{\"name\": \"pgd\", \"eps\": 0.00001, \"id\": \"own-name\"}]}");
    struct plan *plan = fixture_read(NULL);
    cr_assert_eq(plan->scenarios_n, sizeof wanted / sizeof wanted[0]);
    for (size_t i = 0; i < plan->scenarios_n; i++) {
        cr_expect_str_eq(plan->scenario[i].id, wanted[i].id);
        cr_expect_str_eq(plan->scenario[i].stream, wanted[i].stream);
        cr_expect_eq(plan->scenario[i].smaller, wanted[i].smaller, "%s", wanted[i].id);
        cr_expect_eq(plan->scenario[i].level, wanted[i].level, "%s", wanted[i].id);
    }
    cr_expect_eq(plan->scenario[4].norm, &norm_l2);
    cr_expect_eq(plan->scenario[5].target, TARGET_LEAST_LIKELY);
    cr_expect_eq(plan->scenario[0].family, SCENARIO_CLEAN);
    plan_free(plan);
}

Test(plan_read, defaults)
{
    fixture_put(HEAD ", \"transformations\": [{\"name\": \"rotate\"}], \"fairness\": {\"attributes\": [\"sex\"]}}");
    struct plan *plan = fixture_read(NULL);
    cr_expect_eq(plan->seed, 1);
    cr_expect_eq(plan->search, SEARCH_FLOAT32);
    cr_expect_eq(plan->threads, 0);
    cr_expect_eq(plan->images, 16);
    cr_expect_eq(plan->limit, 0);
    cr_expect_eq(plan->preprocess.scale, 1);
    cr_expect_eq(plan->preprocess.mean_n, 0);
    cr_expect_eq(plan->scenarios_n, 6, "all five severities");
    cr_expect_eq(plan->fairness.min_group, 30);
    cr_expect_eq(plan->fairness.favorable, -1);
    cr_expect_null(plan->members);
    plan_free(plan);
}

Test(plan_read, paths_are_the_configs_unless_an_option_gives_them)
{
    char wanted[128];
    fixture_put("{\"model\": \"a/m.h5\", \"data\": \"/abs/d.h5\", \"preprocess\": {}, \"leakage\": {\"members\": "
                "\"../t.h5\"}}");
    struct plan *plan = fixture_read(NULL);
    snprintf(wanted, sizeof wanted, "%.*s/a/m.h5", (int)(strrchr(fixture_config, '/') - fixture_config),
             fixture_config);
    cr_expect_str_eq(plan->model, wanted);
    cr_expect_str_eq(plan->model_text, "a/m.h5");
    cr_expect_str_eq(plan->data, "/abs/d.h5");
    cr_expect_str_eq(plan->members_text, "../t.h5");
    plan_free(plan);
    plan = fixture_read(&(struct plan_options){.model = "here.h5", .data = "there.h5", .limit = 7, .threads = 3});
    cr_expect_str_eq(plan->model, "here.h5");
    cr_expect_str_eq(plan->data, "there.h5");
    cr_expect_eq(plan->limit, 7);
    cr_expect_eq(plan->threads, 3);
    plan_free(plan);
}

Test(plan_read, architecture)
{
    struct err e = {0};
    struct plan *plan;
    fixture_put("{\"model\": \"w.h5\", \"architecture\": \"a/m.json\", \"data\": \"d.h5\", \"preprocess\": {}}");
    plan = fixture_read(NULL);
    cr_expect_str_eq(plan->architecture_text, "a/m.json");
    cr_expect_not_null(strstr(plan->preprocess.architecture, "/a/m.json"));
    plan_free(plan);
    plan = fixture_read(&(struct plan_options){.architecture = "here.json"});
    cr_expect_str_eq(plan->preprocess.architecture, "here.json");
    plan_free(plan);
    fixture_put("{\"architecture\": \"m.json\", \"data\": \"d.h5\"}");
    cr_expect_eq(plan_read(&plan, fixture_config, NULL, &e), ERR_USAGE);
    cr_expect_not_null(strstr(e.text, "'architecture' needs a 'model'"), "%s", e.text);
}

Test(plan_read, set_overrides_by_dotted_key)
{
    static const char *const set[] = {"seed=99", "attacks.0.eps=[0.5, 0.25]", "preprocess.mean=[0.25, 0.5]",
                                      "attacks.0.norm=l2", "fairness.attributes=[\"age\"]"};
    fixture_put(HEAD ", \"attacks\": [{\"name\": \"pgd\", \"eps\": 3}]}");
    struct plan *plan = fixture_read(&(struct plan_options){.set = set, .set_n = sizeof set / sizeof set[0]});
    cr_expect_eq(plan->seed, 99);
    cr_expect_eq(plan->scenarios_n, 3);
    cr_expect_str_eq(plan->scenario[2].id, "adversarial.pgd_l2@0.5");
    cr_expect_eq(plan->preprocess.mean_n, 2);
    cr_expect_eq(plan->preprocess.mean[1], 0.5);
    cr_expect_str_eq(plan->fairness.attribute[0], "age");
    plan_free(plan);
}

Test(plan_read, overrides_that_do_not_fit)
{
    static const char *const bad[][2] = {{"seed", "'seed': wants key=value"},
                                         {"=4", "'=4': wants key=value"},
                                         {"attacks.3.eps=1", "attacks.3.eps=1"},
                                         {"seed.x=1", "seed.x=1"},
                                         {"atacks=[]", "unknown key 'atacks'"}};
    fixture_put(HEAD ", \"seed\": 4, \"attacks\": [{\"name\": \"pgd\", \"eps\": 3}]}");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct err e = {0};
        struct plan *plan;
        cr_expect_eq(plan_read(&plan, fixture_config, &(struct plan_options){.set = bad[i], .set_n = 1}, &e), ERR_USAGE,
                     "%s", bad[i][0]);
        cr_expect_not_null(strstr(e.text, bad[i][1]), "%s", e.text);
    }
    struct err e = {0};
    struct plan *plan;
    cr_expect_eq(plan_read(&plan, fixture_config, &(struct plan_options){.threads = 1025}, &e), ERR_USAGE);
    cr_expect_not_null(strstr(e.text, "--threads: wants at most 1024, got 1025"), "%s", e.text);
}
