#define _POSIX_C_SOURCE 200809L
#include "tests/configs/fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[32];
char fixture_config[64];

void fixture_start(void)
{
    snprintf(folder, sizeof folder, "/tmp/assay-plan-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    snprintf(fixture_config, sizeof fixture_config, "%s/config.json", folder);
}

void fixture_finish(void)
{
    unlink(fixture_config);
    rmdir(folder);
}

void fixture_put(const char *text)
{
    FILE *f = fopen(fixture_config, "w");
    cr_assert_not_null(f);
    fputs(text, f);
    fclose(f);
}

struct plan *fixture_read(const struct plan_options *options)
{
    struct err e = {0};
    struct plan *plan = NULL;
    cr_assert_eq(plan_read(&plan, fixture_config, options, &e), 0, "%s", e.text);
    return plan;
}

char *fixture_effective(const struct plan *plan)
{
    struct json_writer w;
    struct err e = {0};
    char *text;
    size_t n;
    json_writer_begin(&w, 1);
    plan_write(plan, &w, NULL);
    cr_assert_eq(json_writer_end(&w, &text, &n, &e), 0);
    return text;
}

void fixture_expect_refusal(const char *text, const char *said)
{
    struct err e = {0};
    struct plan *plan = NULL;
    fixture_put(text);
    cr_expect_eq(plan_read(&plan, fixture_config, NULL, &e), ERR_USAGE, "accepted: %s", text);
    cr_expect_null(plan);
    cr_expect_not_null(strstr(e.text, said), "wanted: %s\ngot: %s\nof: %s", said, e.text, text);
    cr_expect_not_null(strstr(e.text, fixture_config), "%s", e.text);
    cr_expect_null(strchr(e.text, '\n'), "%s", e.text);
}

static const char *const sexes[] = {"female", "male"};
static const struct dataset_attribute attributes[] = {{.name = "sex", .values_n = 2, .value = sexes}};

static struct dataset fixture_data(struct shape shape, size_t size, size_t classes)
{
    return (struct dataset){.path = "some/data.h5",
                            .n = 10,
                            .shape = shape,
                            .size = size,
                            .classes = classes,
                            .attributes_n = 1,
                            .attribute = attributes};
}

struct dataset fixture_images(size_t classes)
{
    return fixture_data((struct shape){.rank = 3, .dim = {4, 4, 1}}, 16, classes);
}

struct dataset fixture_table(size_t classes)
{
    return fixture_data((struct shape){.rank = 1, .dim = {14}}, 14, classes);
}

struct net *fixture_net(void)
{
    static struct kern kern;
    struct err e = {0};
    struct net *net;
    const struct net_preprocess pre = {.scale = 1};
    kern_init(&kern, KERN_CPU_SCALAR);
    cr_assert_eq(net_load(&net, "datasets/models/hmda_mlp.h5", &pre, &kern, &e), 0, "%s", e.text);
    return net;
}
