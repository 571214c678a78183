#include "engine/batch/outcome.h"

#include <math.h>
#include <string.h>

#include "engine/base/bytes.h"
#include "engine/base/det64.h"
#include "engine/net/loss.h"

static float largest_other(size_t k, const float *z, size_t label)
{
    float best = -INFINITY;
    for (size_t j = 0; j < k; j++)
        if (j != label && z[j] > best)
            best = z[j];
    return best;
}

/* ln p, given rest = 1 - p to full precision; a probability of 0 counts as 1e-300. */
static double log_of(double p, double rest)
{
    return p > 0.5 ? loss_log1p(-rest) : det_log(p > 1e-300 ? p : 1e-300);
}

/* Entropy and modified entropy of p; 0 ln 0 = 0, and 1 - p of the largest entry is summed from the others. */
static void entropies(size_t k, const double *p, size_t label, struct outcome *row)
{
    double entropy = 0, modified = 0;
    for (size_t j = 0; j < k; j++) {
        double rest = 0;
        if (p[j] > 0.5)
            for (size_t i = 0; i < k; i++)
                rest += i == j ? 0 : p[i];
        else
            rest = 1 - p[j];
        entropy -= p[j] * log_of(p[j], rest);
        modified -= j == label ? rest * log_of(p[j], rest) : p[j] * log_of(rest, p[j]);
    }
    row->entropy = (float)entropy;
    row->modified_entropy = (float)modified;
}

static void set_prediction(size_t k, const float *z, int32_t label, struct outcome *row)
{
    row->label = label;
    row->predicted = loss_argmax(k, z);
    row->correct = row->predicted == label;
}

static void set_not_finite(int32_t label, struct outcome *row)
{
    row->label = label;
    row->predicted = -1;
    row->correct = 0;
    row->status = OUTCOME_NOT_FINITE;
    row->p_true = row->loss = row->margin = row->confidence = row->entropy = row->modified_entropy = NAN;
}

static int all_finite(size_t k, const float *z)
{
    for (size_t j = 0; j < k; j++)
        if (!isfinite(z[j]))
            return 0;
    return 1;
}

void outcome_from_logits(size_t k, const float *z, int32_t label, double *p, struct outcome *row)
{
    double sum = 0;
    if (!all_finite(k, z)) {
        set_not_finite(label, row);
        return;
    }
    set_prediction(k, z, label, row);
    for (size_t j = 0; j < k; j++)
        sum += p[j] = det_exp((double)z[j] - (double)z[row->predicted]);
    for (size_t j = 0; j < k; j++)
        p[j] /= sum;
    double loss = loss_cross_entropy(k, z, label);
    row->loss = (float)loss;
    row->p_true = (float)det_exp(-loss);
    row->margin = loss_margin(k, z, label);
    row->confidence = (float)p[row->predicted];
    entropies(k, p, (size_t)label, row);
}

void outcome_from_scores(size_t k, const float *scores, int32_t label, double *p, struct outcome *row)
{
    set_prediction(k, scores, label, row);
    double sum = 0, own = scores[label] > 0 ? (double)scores[label] : 1e-45;
    double other = (double)largest_other(k, scores, (size_t)label);
    for (size_t j = 0; j < k; j++)
        sum += (double)scores[j];
    for (size_t j = 0; j < k; j++)
        p[j] = (double)scores[j] / sum;
    row->loss = (float)(0 - det_log(own)); /* not -0 */
    row->p_true = scores[label];
    row->margin = (float)(det_log(own) - det_log(other > 0 ? other : 1e-45));
    row->confidence = scores[row->predicted];
    entropies(k, p, (size_t)label, row);
}

/* A field's bits as an integer: memory order is the machine's, the journal's is not. */
static uint64_t field_bits(const void *field, size_t bytes)
{
    uint32_t word;
    uint64_t wide;
    if (bytes == 1)
        return *(const uint8_t *)field;
    if (bytes == sizeof word) {
        memcpy(&word, field, sizeof word);
        return word;
    }
    memcpy(&wide, field, sizeof wide);
    return wide;
}

static void set_field_bits(void *field, size_t bytes, uint64_t bits)
{
    const uint8_t byte = (uint8_t)bits;
    const uint32_t word = (uint32_t)bits;
    memcpy(field, bytes == 1 ? (const void *)&byte : bytes == sizeof word ? (const void *)&word : (const void *)&bits,
           bytes);
}

float outcome_norm_as_float(double norm, double budget)
{
    float value = (float)norm;
    if (isinf(budget) && (double)value < norm)
        return nextafterf(value, INFINITY);
    return norm <= budget && (double)value > budget ? nextafterf(value, 0) : value;
}

void outcome_pack(const struct outcome *r, unsigned char bytes[OUTCOME_BYTES])
{
    for (const struct outcome_column *c = outcome_columns; c->name; c++) {
        size_t n = outcome_type_bytes[c->type];
        bytes_put(bytes, field_bits((const char *)r + c->offset, n), n);
        bytes += n;
    }
}

void outcome_unpack(const unsigned char bytes[OUTCOME_BYTES], struct outcome *r)
{
    for (const struct outcome_column *c = outcome_columns; c->name; c++) {
        size_t n = outcome_type_bytes[c->type];
        set_field_bits((char *)r + c->offset, n, bytes_get(bytes, n));
        bytes += n;
    }
}

void outcome_carry_in_vain(const struct outcome *before, struct outcome *row)
{
    const struct outcome here = *row;
    *row = *before;
    row->carried = OUTCOME_IN_VAIN;
    row->queries_forward = here.queries_forward;
    row->queries_gradient = here.queries_gradient;
    row->zero_gradients = here.zero_gradients;
    row->steps = here.steps;
}
