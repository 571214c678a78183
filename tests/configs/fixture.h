/* Configs and data sets made on the spot for the tests of the plan. */
#ifndef ASSAY_TESTS_CONFIGS_FIXTURE_H
#define ASSAY_TESTS_CONFIGS_FIXTURE_H
#include "configs/plan.h"

/* A folder of their own, and its removal. */
void fixture_start(void);
void fixture_finish(void);
/* The path of config.json in it. */
extern char fixture_config[64];
void fixture_put(const char *text);

/* Read fixture_config with these options, which must work. The caller frees. */
struct plan *fixture_read(const struct plan_options *options);
/* The effective config, by malloc. */
char *fixture_effective(const struct plan *plan);
/* Reading `text` must fail with ERR_USAGE, name the file, and say `said`. */
void fixture_expect_refusal(const char *text, const char *said);

/* Data in memory, enough for plan_check: samples of (4, 4, 1) or (14), classes, an attribute "sex" (female, male). */
struct dataset fixture_images(size_t classes);
struct dataset fixture_table(size_t classes);
/* The net hmda_mlp.h5 (14 features, 2 classes). */
struct net *fixture_net(void);

#endif
