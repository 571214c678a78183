#include "engine/batch/outcome.h"

#include <math.h>
#include <string.h>

#include "engine/base/det64.h"
#include "engine/net/loss.h"

/* ln(1 + u). Near 0 the sum would round u away; two terms are exact to 1e-10 there. */
static double log1p_of(double u)
{
    return u < 1e-5 && u > -1e-5 ? u - u * u / 2 : det_log(1 + u);
}

static float largest_other(size_t k, const float *z, size_t label)
{
    float best = -INFINITY;
    for (size_t j = 0; j < k; j++)
        if (j != label && z[j] > best)
            best = z[j];
    return best;
}

/* softplus(logsumexp over the others - z_y): no cancellation however confident the sample is. */
static double cross_entropy(size_t k, const float *z, size_t label)
{
    double top = largest_other(k, z, label), sum = 0;
    for (size_t j = 0; j < k; j++)
        if (j != label)
            sum += det_exp((double)z[j] - top);
    double t = top + det_log(sum) - (double)z[label];
    return t > 0 ? t + log1p_of(det_exp(-t)) : log1p_of(det_exp(t));
}

/* ln p, given rest = 1 - p to full precision; a probability of 0 counts as 1e-300. */
static double log_of(double p, double rest)
{
    return p > 0.5 ? log1p_of(-rest) : det_log(p > 1e-300 ? p : 1e-300);
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

int outcome_from_logits(size_t k, const float *z, int32_t label, double *p, struct outcome *row)
{
    double sum = 0;
    for (size_t j = 0; j < k; j++)
        if (!isfinite(z[j]))
            return -1;
    set_prediction(k, z, label, row);
    for (size_t j = 0; j < k; j++)
        sum += p[j] = det_exp((double)z[j] - (double)z[row->predicted]);
    for (size_t j = 0; j < k; j++)
        p[j] /= sum;
    double loss = cross_entropy(k, z, (size_t)label);
    row->loss = (float)loss;
    row->p_true = (float)det_exp(-loss);
    row->margin = z[label] - largest_other(k, z, (size_t)label);
    row->confidence = (float)p[row->predicted];
    entropies(k, p, (size_t)label, row);
    return 0;
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

static unsigned char *put(unsigned char *at, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        *at++ = (unsigned char)(value >> (8 * i));
    return at;
}

static uint64_t get(const unsigned char **at, int bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++)
        value |= (uint64_t)*(*at)++ << (8 * i);
    return value;
}

static unsigned char *put_float(unsigned char *at, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return put(at, bits, 4);
}

static float get_float(const unsigned char **at)
{
    uint32_t bits = (uint32_t)get(at, 4);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

void outcome_pack(const struct outcome *r, unsigned char bytes[OUTCOME_BYTES])
{
    const float reals[] = {r->p_true, r->loss, r->margin, r->confidence, r->entropy, r->modified_entropy, r->linf, r->l2};
    unsigned char *at = put(bytes, r->index, 8);
    at = put(at, (uint32_t)r->label, 4);
    at = put(at, (uint32_t)r->predicted, 4);
    for (size_t i = 0; i < sizeof reals / sizeof reals[0]; i++)
        at = put_float(at, reals[i]);
    at = put(at, r->queries_forward, 4);
    at = put(at, r->queries_gradient, 4);
    at = put(at, r->steps, 4);
    at = put(at, r->correct, 1);
    at = put(at, r->success, 1);
    at = put(at, r->attacked, 1);
    at = put(at, r->carried, 1);
    memset(at, 0, (size_t)(bytes + OUTCOME_BYTES - at));
}

void outcome_unpack(const unsigned char bytes[OUTCOME_BYTES], struct outcome *r)
{
    const unsigned char *at = bytes;
    float *const reals[] = {&r->p_true, &r->loss, &r->margin, &r->confidence, &r->entropy, &r->modified_entropy, &r->linf, &r->l2};
    r->index = get(&at, 8);
    r->label = (int32_t)(uint32_t)get(&at, 4);
    r->predicted = (int32_t)(uint32_t)get(&at, 4);
    for (size_t i = 0; i < sizeof reals / sizeof reals[0]; i++)
        *reals[i] = get_float(&at);
    r->queries_forward = (uint32_t)get(&at, 4);
    r->queries_gradient = (uint32_t)get(&at, 4);
    r->steps = (uint32_t)get(&at, 4);
    r->correct = (uint8_t)get(&at, 1);
    r->success = (uint8_t)get(&at, 1);
    r->attacked = (uint8_t)get(&at, 1);
    r->carried = (uint8_t)get(&at, 1);
}
