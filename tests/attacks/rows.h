/* A walk over the rows of the attack table, for the properties that all of them must have. */
#ifndef TESTS_ATTACKS_ROWS_H
#define TESTS_ATTACKS_ROWS_H
#include "tests/attacks/toy.h"

enum { N = 13, D = 36 /* 4 x 3 x 3 */, CLASSES = 4 };

/* Call test for each attack, norm, setting, untargeted and targeted, with a fresh trial. Chains and attacks on tokens
 * are left out. */
void for_every_attack(void (*test)(struct trial *t, struct toy *toy));
/* The same with the attacks' defaults alone, in boxes [low, low + width] times up to 1.5. */
void for_every_attack_in(float low, float width, void (*test)(struct trial *t, struct toy *toy));
/* The length of a change by 0.6 of every value. */
double enough(const struct norm_kind *norm);
/* Budget b of 7 that make a difference; of changed values it takes whole ones, and of a patch those of a pixel. */
double row_budget(const struct norm_kind *norm, size_t b);

#endif
