/* Outputs and input gradients of every kind against torch in float64 (tests/golden/make_layers.py,
 * make_layers_more.py). */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include "engine/io/h5.h"
#include "tests/layer/layer_case.h"

#define TOLERANCE 1e-5

static const char *const files[] = {"tests/golden/layers.h5", "tests/golden/layers_more.h5"};
#define FILES (sizeof files / sizeof *files)

struct golden {
    struct arena arena;
    const char *const *text;
    size_t cases, values;
    float *value;
};

static void read_golden(const char *file, struct golden *g)
{
    struct h5 *f = NULL;
    struct h5_info info;
    struct err e = {0};
    h5_start();
    cr_assert_eq(arena_init(&g->arena, 0), 0);
    cr_assert_eq(h5_open(file, &f, &e), 0, "%s", e.text);
    cr_assert_eq(h5_read_strings(f, "case", &g->arena, &g->text, &g->cases, &e), 0, "%s", e.text);
    cr_assert_eq(h5_info(f, "value", &info, &e), 0, "%s", e.text);
    g->values = info.size;
    g->value = malloc(g->values * sizeof *g->value);
    cr_assert_eq(h5_read_f32(f, "value", g->values, g->value, &e), 0, "%s", e.text);
    h5_close(f);
}

static void free_golden(struct golden *g)
{
    arena_free(&g->arena);
    free(g->value);
}

/* Largest difference, relative to the largest value. */
static void compare(const char *text, const char *what, size_t n, const float *ours, const float *theirs)
{
    double largest = 0, error = 0;
    for (size_t i = 0; i < n; i++) {
        largest = fmax(largest, fabs((double)theirs[i]));
        double difference = fabs((double)ours[i] - (double)theirs[i]);
        error = difference <= error ? error : difference; /* a NaN stays */
    }
    cr_expect(error <= TOLERANCE * largest, "%s: %s: error %g, largest value %g", text, what, error, largest);
}

static size_t check_case(const char *text, const float *value, size_t left)
{
    struct layer_case t;
    layer_case_open(&t, text, 2);
    size_t used = t.n * shape_size(&t.out);
    layer_case_forward(&t);
    layer_case_backward(&t);
    cr_assert_leq(used, left, "%s: golden values end early", text);
    compare(text, "output", used, t.y, value);
    for (size_t i = 0; i < t.inputs_n; i++) {
        size_t n = t.n * shape_size(&t.in[i]);
        cr_assert_leq(used + n, left, "%s: golden values end early", text);
        compare(text, "gradient", n, t.dx[i], value + used);
        used += n;
    }
    layer_case_close(&t);
    return used;
}

static void check_file(const char *file)
{
    struct golden g;
    size_t used = 0;
    read_golden(file, &g);
    for (size_t i = 0; i < g.cases; i++)
        used += check_case(g.text[i], g.value + used, g.values - used);
    cr_expect_eq(used, g.values, "%s: golden values are left over", file);
    free_golden(&g);
}

Test(golden, outputs_and_gradients_match_torch)
{
    for (size_t i = 0; i < FILES; i++)
        check_file(files[i]);
}
