/* functions.h for one value: the same operations on vectors of one lane. */
#define VEC_LANES 1
#include "engine/kern/kern.h"
#include "engine/kern/simd_scalar.h"
#include "engine/kern/functions.h"

float kern_exp(float x) { return f_exp(v_set(x)).v[0]; }
float kern_expm1(float x) { return f_expm1(v_set(x)).v[0]; }
float kern_log(float x) { return f_log(v_set(x)).v[0]; }
float kern_log1p(float x) { return f_log1p(v_set(x)).v[0]; }
float kern_tanh(float x) { return f_tanh(v_set(x)).v[0]; }
float kern_erf(float x) { return f_erf(v_set(x)).v[0]; }
float kern_sigmoid(float x) { return f_sigmoid(v_set(x)).v[0]; }
float kern_softplus(float x) { return f_softplus(v_set(x)).v[0]; }
