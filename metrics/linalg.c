#include "metrics/linalg.h"

#include <cblas.h>

void linalg_sgemm(size_t m, size_t n, size_t k, const float *a, const float *b, float *c)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)m, (int)n, (int)k, 1, a, (int)k, b, (int)n, 0, c,
                (int)n);
}

void linalg_set_threads(int n)
{
    openblas_set_num_threads(n);
}

const char *linalg_core(void)
{
    return openblas_get_corename();
}

const char *linalg_version(void)
{
    return openblas_get_config();
}
