/* Products of two matrices of which neither is a weight, one sample at a time: c (rows, columns) = a (rows, k) times b
 * (k, columns), one chain an element, k ascending. */
#ifndef ASSAY_LAYER_PRODUCT_H
#define ASSAY_LAYER_PRODUCT_H
#include "engine/kern/kern.h"

struct product {
    size_t rows, k, columns;
    const float *a, *b;
    float *c;
    size_t a_row, a_k; /* steps; one of the two is 1 */
    size_t b_k, b_column;
    size_t c_row; /* step; columns of c lie together */
};

size_t product_scratch(size_t rows, size_t k, size_t columns);
void product_run(const struct kern *kern, const struct product *p, float *scratch);

#endif
