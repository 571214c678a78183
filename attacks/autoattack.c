/* The chain of attacks that has become the common measure of robustness. Restarts, targets and queries are those of the
 * authors' versions; `rand`, for defences that draw, goes with the eot of the entry. */
#include "attacks/attack.h"

enum { STANDARD, PLUS, RAND };
static const char *const versions[] = {"standard", "plus", "rand", NULL};

struct autoattack {
    int version;
};

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static const struct attack_component *components(const void *params, const struct norm_kind *norm, size_t *n)
{
    static const struct attack_component standard[] = {
        {"apgd", "apgd_ce", {{"loss", LOSS_CROSS_ENTROPY}}},
        {"apgd_t", "apgd_t", {{"targets", 9}}},
        {"fab_t", "fab_t", {{"targets", 9}}},
        {"square", "square", {{"steps", 5000}}}};
    static const struct attack_component standard_l1[] = {
        {"apgd", "apgd_ce", {{"loss", LOSS_CROSS_ENTROPY}, {"restarts", 5}}},
        {"apgd_t", "apgd_t", {{"targets", 5}}},
        {"fab_t", "fab_t", {{"targets", 9}}},
        {"square", "square", {{"steps", 5000}}}};
    static const struct attack_component plus[] = {
        {"apgd", "apgd_ce", {{"loss", LOSS_CROSS_ENTROPY}, {"restarts", 5}}},
        {"apgd", "apgd_dlr", {{"loss", LOSS_DLR}, {"restarts", 5}}},
        {"fab", "fab", {{"restarts", 5}}},
        {"square", "square", {{"steps", 5000}}},
        {"apgd_t", "apgd_t", {{"targets", 9}}},
        {"fab_t", "fab_t", {{"targets", 9}}}};
    static const struct attack_component by_draws[] = {
        {"apgd", "apgd_ce", {{"loss", LOSS_CROSS_ENTROPY}}},
        {"apgd", "apgd_dlr", {{"loss", LOSS_DLR}}}};
    const struct autoattack *p = params;
    if (p->version == PLUS)
        return *n = COUNT(plus), plus;
    if (p->version == RAND)
        return *n = COUNT(by_draws), by_draws;
    *n = COUNT(standard);
    return norm == &norm_l1 ? standard_l1 : standard;
}

static int offers(const struct norm_kind *norm)
{
    return norm != &norm_l0;
}

static const struct param rows[] = {
    {"version", PARAM_CHOICE, offsetof(struct autoattack, version), STANDARD, 0, RAND, "",
     "standard: apgd, apgd_t, fab_t, square; plus: also by dlr and fab, with restarts; rand: for random defences",
     versions, 0},
    {NULL, PARAM_BOOL, 0, 0, 0, 0, NULL, NULL, NULL, 0}};

const struct attack_kind attack_autoattack = {
    .name = "autoattack",
    .source = "Croce & Hein 2020, arXiv:2003.01690, sec. 5",
    .doc = "a chain of attacks, each on what still stands; its last scenario tells the whole",
    .problem = ATTACK_BUDGET,
    .offers = offers,
    .knowledge = KNOW_GRADIENT,
    .subject = SUBJECT_ANY,
    .param_size = sizeof(struct autoattack),
    .params = rows,
    .components = components};
