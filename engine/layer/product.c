#include "engine/layer/product.h"

size_t product_scratch(size_t rows, size_t k, size_t columns)
{
    return kern_packed_size(k, columns) + rows * k;
}

void product_run(const struct kern *kern, const struct product *p, float *scratch)
{
    static const size_t start = 0;
    const float *a = p->a;
    size_t a_row = p->a_row;
    float *turned = scratch + kern_packed_size(p->k, p->columns);
    kern_pack(p->k, p->columns, p->b, p->b_k, p->b_column, scratch);
    if (p->a_k != 1) {
        kern->transpose(p->k, p->rows, a, p->a_k, turned, p->k);
        a = turned;
        a_row = p->k;
    }
    kern->gemm(&(struct kern_gemm){.a = a,
                                   .b = scratch,
                                   .c = p->c,
                                   .count = {1, 1, p->rows},
                                   .a_step = {0, 0, a_row},
                                   .c_step = {0, 0, p->c_row},
                                   .n = p->columns,
                                   .segments = 1,
                                   .segment_length = p->k,
                                   .segment_offset = &start});
}
