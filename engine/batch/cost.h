/* What samples cost, in forward passes through one net: for progress and estimates of time, which weigh a scenario of
 * a thousand steps as it is. */
#ifndef ASSAY_BATCH_COST_H
#define ASSAY_BATCH_COST_H
#include <stdint.h>
#include "engine/batch/batch.h"
#include "engine/net/oracle_driver.h"

#define COST_GRADIENT 3 /* of a forward pass and its gradient; measured: 2.6 to 3.4 on the nets of `assay bench` */

/* Of one query of the scenario's attack for a score and for a gradient: as many passes as it draws answers, or
 * as an ensemble has members. */
unsigned cost_of_query(const struct batch_input *in, const struct scenario *s, int gradient);
/* Of one sample in the scenario: what a sample takes that withstands to the end, and the answer that is judged. */
uint64_t cost_of_sample(const struct batch_input *in, const struct scenario *s);

/* Of what one sample asked. */
double cost_of_tally(const struct batch_input *in, const struct scenario *s, const struct oracle_tally *tally);
/* Of the one of n samples that asked most. */
double cost_of_longest(const struct batch_input *in, const struct scenario *s, size_t n,
                       const struct oracle_tally *tally);
/* An attack on n samples that was cut short: how many times as long as it took till then the whole of it takes. Those
 * that asked less than COST_LEFT of the longest have left it; of the others fewer and fewer stay. */
#define COST_LEFT 0.8
double cost_to_come(const struct batch_input *in, const struct scenario *s, size_t n, const struct oracle_tally *tally);

#endif
