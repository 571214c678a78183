/* A small evaluation made on the spot: the model hmda_mlp.h5 on random rows, or fashion_cnn.h5 on random images. */
#ifndef ASSAY_TESTS_BATCH_SUPPORT_H
#define ASSAY_TESTS_BATCH_SUPPORT_H
#include "engine/batch/batch.h"

struct batch_fixture {
    char folder[32], config[64], data[64], members[64], journal[64];
    struct plan *plan;
    struct kern kern;
    struct net *net;
    struct dataset *test, *train;
};

/* Data of n rows and n / 2 members, the config (without "model", "data" and "preprocess"), all opened. */
void evaluation_open(struct batch_fixture *v, size_t n, const char *config);
/* The same with images of 28 x 28 in 0..1, all labelled as bags, what noise looks like to the model fashion_cnn.h5. */
void evaluation_open_images(struct batch_fixture *v, size_t n, const char *config);
/* Put one value of the test set of a table outside its box: whoever reads the row gets an error. */
void evaluation_spoil(struct batch_fixture *v, size_t row, size_t value);
/* Remove the folder and close. */
/* All inputs of the table become 0 or 1. */
void evaluation_make_whole(struct batch_fixture *v);
void evaluation_close(struct batch_fixture *v);
/* What batch_run wants; no journal, one thread. */
struct batch_input evaluation_input(const struct batch_fixture *v);
/* That run, which must succeed. */
void evaluation_run(const struct batch_fixture *v, struct batch_result *out);
/* Outcomes equal bit for bit, scenario by scenario. */
void expect_same_outcomes(const struct batch_result *a, const struct batch_result *b);

#endif
