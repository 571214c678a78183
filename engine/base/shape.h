/* Shapes of one sample (the batch dimension is never part of a shape). Row-major, channels last. */
#ifndef ASSAY_BASE_SHAPE_H
#define ASSAY_BASE_SHAPE_H
#include <stddef.h>

#define SHAPE_MAX_RANK 6

struct shape {
    size_t rank;                 /* 0 = scalar */
    size_t dim[SHAPE_MAX_RANK];  /* images: {h, w, c}; tables: {features} */
};

/* Number of elements (1 for a scalar). Shapes built by the reader never overflow: see shape_product. */
size_t shape_size(const struct shape *s);
/* Product with overflow check: 0 and *out, or nonzero on overflow past `limit`. */
int shape_product(const size_t *dim, size_t rank, size_t limit, size_t *out);
int shape_equal(const struct shape *a, const struct shape *b);
/* "28x28x1" into buf (always terminated); returns buf. */
char *shape_text(const struct shape *s, char *buf, size_t size);

#endif
