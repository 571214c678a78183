/* Which variants this machine has, and the layout of packed matrices. */
#define _POSIX_C_SOURCE 200809L
#include <cpuid.h>
#include <string.h>
#include <time.h>
#include "engine/kern/kern_variants.h"

#define XCR0_AVX 0x06u    /* the system saves XMM and YMM registers */
#define XCR0_AVX512 0xe6u /* and mask registers and all of ZMM */
#define XCR0_AMX 0x60000u /* tile configuration and tiles */
#define AMX_BF16 (1u << 22) /* CPUID leaf 7, EDX; compilers differ in the names */
#define AMX_TILE (1u << 24)

static unsigned long long read_xcr0(void)
{
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (unsigned long long)high << 32 | low;
}

enum kern_cpu kern_cpu_detect(void)
{
    const unsigned avx512 = bit_AVX512F | bit_AVX512VL | bit_AVX512DQ | bit_AVX512BW;
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE) || !(c & bit_FMA)) return KERN_CPU_SCALAR;
    unsigned long long saved = read_xcr0();
    if ((saved & XCR0_AVX) != XCR0_AVX || !__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & bit_AVX2))
        return KERN_CPU_SCALAR;
    return (saved & XCR0_AVX512) == XCR0_AVX512 && (b & avx512) == avx512 ? KERN_CPU_AVX512 : KERN_CPU_AVX2;
}

/* Only asked where there is AVX-512. */
static int has_avx512_bf16(void)
{
    unsigned a, b, c, d;
    return __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & bit_AVX512BF16);
}

static int has_amx_bf16(void)
{
    const unsigned amx = AMX_BF16 | AMX_TILE;
    unsigned a, b, c, d;
    return (read_xcr0() & XCR0_AMX) == XCR0_AMX && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & amx) == amx;
}

/* AMD's family 19h (Zen 4): a 512-bit operation takes two turns of a 256-bit unit. */
static int halves_vectors(void)
{
    unsigned a, b, c, d;
    if (!__get_cpuid(0, &a, &b, &c, &d) || b != signature_AMD_ebx || c != signature_AMD_ecx || d != signature_AMD_edx)
        return 0;
    return __get_cpuid(1, &a, &b, &c, &d) && (a >> 8 & 0xf) + (a >> 20 & 0xff) == 0x19;
}

int kern_cpu_parse(const char *name, enum kern_cpu *out)
{
    static const char *const names[] = {"scalar", "avx2", "avx512"};
    for (int i = 0; i < 3; i++)
        if (strcmp(name, names[i]) == 0) {
            *out = (enum kern_cpu)i;
            return 0;
        }
    if (strcmp(name, "auto") != 0) return 1;
    *out = kern_cpu_detect();
    return 0;
}

void kern_init(struct kern *k, enum kern_cpu limit)
{
    enum kern_cpu have = kern_cpu_detect();
    if (have > limit) have = limit;
    kern_init_scalar(k);
    if (have >= KERN_CPU_AVX2) kern_init_avx2(k);
    if (have < KERN_CPU_AVX512) return;
    kern_init_avx512(k);
    if (halves_vectors()) kern_init_avx512_half(k);
    if (!has_avx512_bf16()) return;
    kern_init_avx512_bf16(k);
    if (has_amx_bf16()) kern_init_amx(k);
}

void kern_search(const struct kern *k, struct kern *search)
{
    *search = *k;
    search->gemm = k->gemm_bf16;
}

int kern_is_search(const struct kern *k) { return k->gemm == k->gemm_bf16; }

size_t kern_packed_size(size_t k, size_t n) { return (n + KERN_LANES - 1) / KERN_LANES * KERN_LANES * k; }

void kern_pack(size_t k, size_t n, const float *b, size_t k_step, size_t n_step, float *packed)
{
    for (size_t panel = 0; panel < n; panel += KERN_LANES)
        for (size_t i = 0; i < k; i++)
            for (size_t column = panel; column < panel + KERN_LANES; column++)
                *packed++ = column < n ? b[i * k_step + column * n_step] : 0;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The best of short bursts: what the core can do, not what its neighbours leave of it. */
double kern_peak_gflops(const struct kern *k, double seconds)
{
    volatile float sink;
    double best = 0, start = now(), from = start, to;
    size_t rounds = 16;
    do {
        sink = k->fma_burst(rounds);
        to = now();
        if (to - from < 1e-3) rounds *= 2;
        else if ((double)rounds * KERN_BURST_FLOPS / (to - from) * 1e-9 > best)
            best = (double)rounds * KERN_BURST_FLOPS / (to - from) * 1e-9;
        from = now();
    } while (to - start < seconds || best == 0);
    (void)sink;
    return best;
}
