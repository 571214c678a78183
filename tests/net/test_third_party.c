/* Public models with reference values from another implementation; they lie beside the checkout, not in it. Where that
 * folder is absent there are no cases. */
#define _POSIX_C_SOURCE 200809L
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tests/net/npz.h"
#include "tests/net/support.h"

#define FOLDER "../shared/models/"

struct model {
    char file[40], reference[40];
};

static struct model models[] = {{"covtesting_mnist0.h5", "mnist_lenet1_covtesting.npz"},
                                {"eidig_german.h5", "eidig_german.npz"},
                                {"fairify_GC-1.h5", "fairify_GC-1.npz"},
                                {"fer2013_mini_XCEPTION.hdf5", "fer_mini_xception.npz"}};

static struct criterion_test_params those_here(void)
{
    size_t count = access(FOLDER, F_OK) == 0 ? sizeof models / sizeof models[0] : 0;
    return cr_make_param_array(struct model, models, count);
}

ParameterizedTestParameters(third_party, probabilities)
{
    return those_here();
}

ParameterizedTestParameters(third_party, gradients)
{
    return those_here();
}

static void path_of(const char *file, char *out, size_t size)
{
    snprintf(out, size, FOLDER "%s", file);
}

static void open_reference(const struct model *m, struct npz *z)
{
    char path[128];
    path_of(m->reference, path, sizeof path);
    cr_assert_eq(npz_open(z, path), 0, "%s cannot be read", path);
}

/* Largest difference of class probabilities. A reference of one column holds that of class 1. */
static double worst(const struct net *net, size_t n, const float *logits, const double *probs, size_t columns)
{
    double most = 0;
    size_t k = net_classes(net);
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < columns; c++) {
            double p = support_probability(k, logits + i * k, columns == 1 ? 1 : c);
            most = fmax(most, fabs(p - probs[i * columns + c]));
        }
    return most;
}

ParameterizedTest(struct model *m, third_party, probabilities)
{
    struct npz z;
    char path[128];
    size_t nx, np;
    open_reference(m, &z);
    path_of(m->file, path, sizeof path);
    struct net *net = support_load(path);
    double *x = npz_read(&z, "x", &nx), *probs = npz_read(&z, "probs", &np);
    size_t n = nx / net_input_size(net);
    float *input = support_floats(x, nx);
    float *logits = support_logits(net, n, input, NULL, NULL, NULL);
    double most = worst(net, n, logits, probs, np / n);
    cr_assert_leq(most, 1e-5, "%s: probabilities differ by %g", m->file, most);
    free(logits);
    free(input);
    free(x);
    free(probs);
    net_free(net);
    npz_close(&z);
}

static double relative(size_t d, const float *got, const double *want)
{
    double difference = 0, norm = 0;
    for (size_t i = 0; i < d; i++) {
        difference += ((double)got[i] - want[i]) * ((double)got[i] - want[i]);
        norm += want[i] * want[i];
    }
    return sqrt(difference / (norm > 0 ? norm : 1));
}

ParameterizedTest(struct model *m, third_party, gradients)
{
    struct npz z;
    char path[128];
    int32_t labels[32];
    float loss[32];
    size_t nx, n, good = 0;
    open_reference(m, &z);
    path_of(m->file, path, sizeof path);
    struct net *net = support_load(path);
    double *x = npz_read(&z, "xj", &nx), *y = npz_read(&z, "y", &n), *want = npz_read(&z, "gradj", &n);
    double *losses = npz_read(&z, "lossj", &n);
    size_t d = net_input_size(net);
    for (size_t i = 0; i < n; i++)
        labels[i] = (int32_t)y[i];
    float *input = support_floats(x, nx), *gradient = malloc(nx * sizeof *gradient);
    float *logits = support_logits(net, n, input, labels, loss, gradient);
    for (size_t i = 0; i < n; i++) {
        good += relative(d, gradient + i * d, want + i * d) <= 1e-4;
        cr_assert_float_eq((double)loss[i], losses[i], 1e-5 + 1e-5 * losses[i], "%s: loss %zu", m->file, i);
    }
    cr_assert_geq(10 * good, 9 * n, "%s: only %zu of %zu gradients are right", m->file, good, n);
    free(logits);
    free(gradient);
    free(input);
    free(x);
    free(y);
    free(want);
    free(losses);
    net_free(net);
    npz_close(&z);
}
