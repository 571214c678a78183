/* What the kernel tests share: buffers between unmapped pages, canaries, fills, and the case under way.
 *
 * Imitates dav1d's checkasm: every slot whose pointer changes with a rising instruction-set level is compared
 * with the scalar table, bit for bit (any NaN equals any NaN). */
#ifndef ASSAY_TESTS_KERN_CHECK_H
#define ASSAY_TESTS_KERN_CHECK_H
#include <criterion/criterion.h>
#include <math.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "engine/kern/kern_variants.h"

#define UNUSED __attribute__((unused))
#define CHECK_REGIONS 16
#define CHECK_REGION_SIZE (1u << 22) /* data bytes of a region; a guard page on both sides */
#define CHECK_CANARY 0xA5

static char check_case[512] = "none";
static struct {
    unsigned char *data;
    size_t from, to; /* bytes handed out */
} check_region[CHECK_REGIONS];
static int check_regions_used;
static uint64_t check_state = 0x9E3779B97F4A7C15u;

/* Criterion runs each test in a process of its own; a crash would otherwise not say at which shape. */
static void check_crashed(int signal_number)
{
    static const char head[] = "crash at: ";
    ssize_t ignored = write(2, head, sizeof head - 1);
    ignored = write(2, check_case, strlen(check_case));
    ignored = write(2, "\n", 1);
    (void)ignored;
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static UNUSED void check_setup(void)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    for (int i = 0; i < CHECK_REGIONS; i++) {
        unsigned char *map =
            mmap(NULL, CHECK_REGION_SIZE + 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        cr_assert(map != MAP_FAILED);
        cr_assert(mprotect(map, page, PROT_NONE) == 0 &&
                  mprotect(map + page + CHECK_REGION_SIZE, page, PROT_NONE) == 0);
        check_region[i].data = map + page;
    }
    signal(SIGSEGV, check_crashed);
    signal(SIGBUS, check_crashed);
    signal(SIGILL, check_crashed);
    signal(SIGFPE, check_crashed);
}

/* Room for `bytes`, flush against the page behind (at_end) or before it. */
static UNUSED void *check_bytes(size_t bytes, int at_end)
{
    cr_assert(check_regions_used < CHECK_REGIONS && bytes <= CHECK_REGION_SIZE);
    int i = check_regions_used++;
    check_region[i].from = at_end ? CHECK_REGION_SIZE - bytes : 0;
    check_region[i].to = check_region[i].from + bytes;
    memset(check_region[i].data, CHECK_CANARY, CHECK_REGION_SIZE < bytes + 8192 ? CHECK_REGION_SIZE : bytes + 4096);
    memset(check_region[i].data + CHECK_REGION_SIZE -
               (bytes + 4096 < CHECK_REGION_SIZE ? bytes + 4096 : CHECK_REGION_SIZE),
           CHECK_CANARY, bytes + 4096 < CHECK_REGION_SIZE ? bytes + 4096 : CHECK_REGION_SIZE);
    return check_region[i].data + check_region[i].from;
}
static UNUSED float *check_floats(size_t n, int at_end) { return check_bytes(n * sizeof(float), at_end); }

/* The 4096 bytes beside what was handed out still hold the canary; then everything is taken back. */
static UNUSED void check_release(void)
{
    for (int i = 0; i < check_regions_used; i++) {
        const unsigned char *d = check_region[i].data;
        size_t low = check_region[i].from > 4096 ? check_region[i].from - 4096 : 0;
        size_t high = check_region[i].to + 4096 < CHECK_REGION_SIZE ? check_region[i].to + 4096 : CHECK_REGION_SIZE;
        for (size_t b = low; b < high; b++)
            if (b < check_region[i].from || b >= check_region[i].to)
                if (d[b] != CHECK_CANARY) cr_assert_fail("region %d written outside: %s", i, check_case);
    }
    check_regions_used = 0;
}

static UNUSED uint64_t check_random(void) /* splitmix64 */
{
    uint64_t z = check_state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}
static UNUSED size_t check_below(size_t n) { return (size_t)(check_random() % n); }

/* Makes the segments of `g` skip rows of b, as convolutions at the border of an image do. */
static UNUSED void check_some_rows(struct kern_gemm *g)
{
    const size_t skip = check_below(4), first = check_below(4);
    size_t *row = (size_t *)(void *)check_floats(g->segments * sizeof *row / sizeof(float), 1);
    for (size_t s = 0; s < g->segments; s++) row[s] = first + s * (g->segment_length + skip);
    g->segment_row = row;
    g->b_rows = row[g->segments - 1] + g->segment_length + check_below(4);
}

enum check_fill { FILL_UNIFORM, FILL_WIDE, FILL_BITS, FILL_SPECIAL, FILLS };

static UNUSED float check_value(enum check_fill fill)
{
    static const float special[] = {0.0f, -0.0f, 1, -1, 0x1p-149f, -0x1p-149f, 0x1.fffffcp-127f, 0x1p-126f, -0x1p-130f,
                                    0x1.fffffep127f, -0x1.fffffep127f, 1e-30f, 88.7f, -87.5f, 0.5f, -3, 3, 20};
    static const uint32_t unordered[] = {0x7f800000, 0xff800000, 0x7fc00000};
    uint64_t r = check_random();
    uint32_t word = (uint32_t)(r >> 32);
    float x = (float)(int32_t)word * 0x1p-31f, y;
    memcpy(&y, &word, sizeof y);
    switch (fill) {
    case FILL_WIDE: return x * 30;
    case FILL_BITS: return y; /* any float at all */
    case FILL_SPECIAL:
        if (r % 16 == 0) {
            memcpy(&y, &unordered[r / 16 % 3], sizeof y);
            return y;
        }
        return r % 3 ? special[r / 16 % (sizeof special / sizeof *special)] : x;
    case FILL_UNIFORM:
    case FILLS: break;
    }
    return x;
}
static UNUSED void check_fill(float *p, size_t n, enum check_fill fill)
{
    for (size_t i = 0; i < n; i++) p[i] = check_value(fill);
}
static UNUSED float *check_input(size_t n, int at_end, enum check_fill fill)
{
    float *p = check_floats(n, at_end);
    check_fill(p, n, fill);
    return p;
}

static UNUSED int check_same(float a, float b) { return memcmp(&a, &b, sizeof a) == 0 || (a != a && b != b); }
static UNUSED void check_equal(const float *want, const float *got, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!check_same(want[i], got[i]))
            cr_assert_fail("element %zu: scalar %a, variant %a: %s", i, (double)want[i], (double)got[i], check_case);
}

/* The tables of two neighbouring levels; a slot is tested where they differ. */
struct check_level { struct kern scalar, below, here; };
static UNUSED int check_levels(struct check_level *levels)
{
    int n = 0;
    for (int cpu = KERN_CPU_AVX2; cpu <= (int)kern_cpu_detect(); cpu++, n++) {
        kern_init(&levels[n].scalar, KERN_CPU_SCALAR);
        kern_init(&levels[n].below, (enum kern_cpu)(cpu - 1));
        kern_init(&levels[n].here, (enum kern_cpu)cpu);
    }
    if (kern_cpu_detect() < KERN_CPU_AVX512) return n;
    /* Both forms of AVX-512's table, whichever suits this processor. */
    kern_init_avx512(&levels[n - 1].here);
    levels[n].scalar = levels[n - 1].scalar;
    levels[n].below = levels[n].here = levels[n - 1].here;
    kern_init_avx512_half(&levels[n].here);
    return n + 1;
}

#define CASE(...) snprintf(check_case, sizeof check_case, __VA_ARGS__)
/* Run the body for every level at which `slot` changed; s is the scalar table, v the one under test. */
#define EACH_VARIANT(slot)                                                                                             \
    struct check_level levels[3];                                                                                      \
    check_setup();                                                                                                     \
    for (int level = 0, levels_n = check_levels(levels); level < levels_n; level++)                                    \
        if (levels[level].here.slot != levels[level].below.slot)                                                       \
            for (const struct kern *s = &levels[level].scalar, *v = &levels[level].here; s; s = NULL)

#endif
