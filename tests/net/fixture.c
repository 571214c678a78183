#define _POSIX_C_SOURCE 200809L
#include "tests/net/fixture.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tests/net/support.h"

#define MUST(call) cr_assert_eq((call), 0, "%s", e.text)

static void write_weight(struct h5 *f, const struct fixture_weight *w)
{
    char path[256];
    struct err e = {0};
    size_t n = 1;
    for (size_t i = 0; i < w->rank; i++)
        n *= w->dim[i];
    float *v = malloc((n + 1) * sizeof *v);
    for (size_t i = 0; i < n; i++)
        v[i] = w->value + 0.01f * (float)(i % 7);
    snprintf(path, sizeof path, "model_weights/%s/%s", w->layer, w->name);
    MUST(h5_write(f, path, H5_FLOAT32, w->rank, w->dim, v, &e));
    free(v);
}

/* weight_names of the layer that starts at w, once. */
static void write_names(struct h5 *f, const struct fixture_weight *w)
{
    const char *names[8];
    char group[128];
    size_t n = 0;
    struct err e = {0};
    for (const struct fixture_weight *v = w; v->layer && strcmp(v->layer, w->layer) == 0 && n < 8; v++)
        names[n++] = v->name;
    snprintf(group, sizeof group, "model_weights/%s", w->layer);
    MUST(h5_put_attr_strings(f, group, "weight_names", names, n, &e));
}

void fixture_write(char *path, size_t size, const char *model_config, const char *version,
                   const struct fixture_weight *weights)
{
    struct err e = {0};
    struct h5 *f;
    snprintf(path, size, "/tmp/assay_net_XXXXXX");
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    close(fd);
    MUST(h5_create(path, &f, &e));
    MUST(h5_make_group(f, "model_weights", &e));
    if (model_config)
        MUST(h5_put_attr_string(f, "/", "model_config", model_config, &e));
    if (version)
        MUST(h5_put_attr_string(f, "model_weights", "keras_version", version, &e));
    for (const struct fixture_weight *w = weights; w->layer; w++) {
        write_weight(f, w);
        if (w == weights || strcmp(w[-1].layer, w->layer) != 0)
            write_names(f, w);
    }
    MUST(h5_commit(f, &e));
}

const char *fixture_refusal(const char *path)
{
    static struct err e;
    struct net *net;
    e.code = 0;
    int status = net_load(&net, path, NULL, support_kern(), &e);
    unlink(path);
    cr_assert_eq(status, ERR_INPUT, "status %d: %s", status, e.text);
    cr_assert_null(net);
    cr_assert_eq(e.code, ERR_INPUT);
    cr_assert_null(strchr(e.text, '\n'), "more than one line: %s", e.text);
    cr_assert_eq(strncmp(e.text, "model /tmp/assay_net_", 21), 0, "%s", e.text);
    return e.text;
}

char *fixture_json(const char *text)
{
    char *out = malloc(strlen(text) + 1);
    size_t i = 0;
    for (; text[i]; i++)
        out[i] = text[i] == '\'' ? '"' : text[i];
    out[i] = '\0';
    return out;
}

void fixture_refused(const char *config, const char *version, const struct fixture_weight *weights,
                     const char *message)
{
    char path[64], *text = config ? fixture_json(config) : NULL;
    fixture_write(path, sizeof path, text, version, weights);
    free(text);
    const char *got = fixture_refusal(path);
    cr_expect_not_null(strstr(got, message), "got  %s\nwant %s\nfor %s", got, message, config);
}
