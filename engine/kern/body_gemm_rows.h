/* Rows of a product, and parts of its k. */

#define GEMM_BLOCK_ROWS 256 /* most rows of a block */

struct gemm_rows {
    const float *a[GEMM_BLOCK_ROWS];
    float *c[GEMM_BLOCK_ROWS];
};

/* A part of k: some whole segments, or a piece of one. Between parts the sums wait in C, which is exact. */
struct gemm_part {
    size_t segment, segments; /* the first, and how many */
    size_t from, length;      /* floats from .. from + length of each segment */
    int first, last;
};

/* Floats of a panel of B, and of those before the row that meets float `from` of a segment. */
static size_t gemm_panel(const struct kern_gemm *g)
{
    return (g->b_rows ? g->b_rows : g->segments * g->segment_length) * VEC_LANES;
}
static size_t gemm_row(const struct kern_gemm *g, size_t segment, size_t from)
{
    return ((g->segment_row ? g->segment_row[segment] : segment * g->segment_length) + from) * VEC_LANES;
}

/* Pointers of the rows from, from + 1 ... of g, in the order i, j, l. */
static void gemm_find_rows(const struct kern_gemm *g, size_t from, size_t n, struct gemm_rows *rows)
{
    size_t l = from % g->count[2], j = from / g->count[2] % g->count[1], i = from / g->count[2] / g->count[1];
    for (size_t r = 0; r < n; l = 0) {
        const float *a = g->a + i * g->a_step[0] + j * g->a_step[1] + l * g->a_step[2];
        float *c = g->c + i * g->c_step[0] + j * g->c_step[1] + l * g->c_step[2];
        const size_t end = n - r < g->count[2] - l ? n : r + g->count[2] - l;
        for (; r < end; r++, a += g->a_step[2], c += g->c_step[2]) {
            rows->a[r] = a;
            rows->c[r] = c;
        }
        if (++j < g->count[1]) continue;
        j = 0;
        i++;
    }
}
