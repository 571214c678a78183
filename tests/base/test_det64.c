#include <criterion/criterion.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "engine/base/det64.h"
#include "tests/base/det64_golden.h"

static double worst(double (*f)(double), const struct golden *g, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++) {
        double error = fabs(f(g[i].x) - g[i].y), ulp = nextafter(fabs(g[i].y), INFINITY) - fabs(g[i].y);
        cr_expect(error <= 2 * ulp, "f(%.17g) = %.17g, wants %.17g", g[i].x, f(g[i].x), g[i].y);
        most = fmax(most, error / ulp);
    }
    return most;
}

#define COUNT(a) (sizeof(a) / sizeof *(a))

Test(det64, agrees_with_80_digits)
{
    cr_log_info("ulp: exp %.3f log %.3f sin %.3f cos %.3f", worst(det_exp, golden_exp, COUNT(golden_exp)),
        worst(det_log, golden_log, COUNT(golden_log)), worst(det_sin, golden_sin, COUNT(golden_sin)),
        worst(det_cos, golden_cos, COUNT(golden_cos)));
}

Test(det64, ends_of_the_domains)
{
    cr_assert(det_exp(710) == INFINITY);
    cr_assert(det_exp(INFINITY) == INFINITY);
    cr_assert(det_exp(-746) == 0);
    cr_assert(det_exp(-INFINITY) == 0);
    cr_assert(det_exp(0) == 1);
    cr_assert(isnan(det_exp(NAN)));
    cr_assert(det_log(0) == -INFINITY);
    cr_assert(det_log(1) == 0);
    cr_assert(det_log(INFINITY) == INFINITY);
    cr_assert(isnan(det_log(-1e-300)));
    cr_assert(isnan(det_log(NAN)));
    cr_assert(isnan(det_sin(1.1e5)));
    cr_assert(isnan(det_cos(NAN)));
    cr_assert(det_cos(0) == 1);
    cr_assert(det_sin(0) == 0);
}

/* The bits themselves, so that no compiler or flag changes them unseen. */
Test(det64, bits_are_pinned)
{
    uint64_t hash = 14695981039346656037u;
    for (int i = 0; i < 20000; i++) {
        double x = -743.7 + 0.0727 * i, y = 1e-9 + 0.317 * i, z = -9.9e4 + 9.871 * i;
        double v[4] = {det_exp(x < 709 ? x : -x), det_log(y), det_sin(z), det_cos(z)};
        for (int j = 0; j < 4; j++) {
            uint64_t bits;
            memcpy(&bits, &v[j], sizeof bits);
            hash = (hash ^ bits) * 1099511628211u;
        }
    }
    cr_assert(hash == 0x1b3146f09870cf90u, "hash 0x%llx", (unsigned long long)hash);
}
