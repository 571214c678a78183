/* The scalar variant: every slot, in plain C. It says what the others must compute. */
#include "engine/kern/kern_variants.h"
#include "engine/kern/simd_scalar.h"
#include "engine/kern/functions.h"
#define UNROLL
#define PEAK_CHAINS 1 /* a vec is 16 chains already */
#include "engine/kern/body_elementwise.h"
#include "engine/kern/body_function.h"
#include "engine/kern/body_peak.h"
#include "engine/kern/body_pool.h"
#include "engine/kern/body_reduce.h"

void kern_init_scalar(struct kern *k)
{
    k->isa = KERN_CPU_SCALAR;
    k->name = "scalar";
    k->gemm = kern_naive_gemm;
    k->gemm_bf16 = NULL;
    k->bf16 = NULL;
    k->planar = kern_naive_planar;
    k->depthwise = kern_naive_depthwise;
    k->transpose = kern_naive_transpose;
    k->fma_burst = fma_burst;
    set_function(k);
    set_elementwise(k);
    set_pool(k);
    set_reduce(k);
}
