/* Deterministic double-precision functions, defined by their operation sequence alone.
 *
 * libm's results differ between versions; these do not, because they use only + - * / sqrt, exact
 * scaling and tables in this file. For rare use (random variates, rotation angles, metrics);
 * the vectorised float32 functions are in kern/kern.h. Relative error below 1e-14 on their domains. */
#ifndef ASSAY_BASE_DET64_H
#define ASSAY_BASE_DET64_H

double det_exp(double x);               /* any x; 0 below -745, +inf above 709.78 */
double det_log(double x);               /* x > 0; -inf at 0; NaN below */
double det_sin(double x);               /* |x| <= 1e5 */
double det_cos(double x);               /* |x| <= 1e5 */

#endif
