/* A small evaluation made on the spot: the model hmda_mlp.h5 on random rows, or random scores. */
#ifndef ASSAY_TESTS_BATCH_SUPPORT_H
#define ASSAY_TESTS_BATCH_SUPPORT_H
#include "engine/batch/batch.h"

struct evaluation {
    char folder[32], config[64], data[64], members[64], journal[64];
    struct plan *plan;
    struct kern kern;
    struct net *net;
    struct dataset *test, *train;
};

/* Data of n rows and n / 2 members, the config (without "model", "data" and "preprocess"), all opened. */
void evaluation_open(struct evaluation *v, size_t n, const char *config);
/* Remove the folder and close. */
void evaluation_close(struct evaluation *v);
/* What batch_run wants; no journal, one thread. */
struct batch_input evaluation_input(const struct evaluation *v);
/* Outcomes equal bit for bit, scenario by scenario. */
void expect_same_outcomes(const struct batch_result *a, const struct batch_result *b);

#endif
