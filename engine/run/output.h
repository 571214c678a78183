/* The output folder of a run: its names, and what becomes of an earlier run's files. */
#ifndef ASSAY_RUN_OUTPUT_H
#define ASSAY_RUN_OUTPUT_H
#include "engine/base/err.h"

enum { OUTPUT_PATH = 4096 };
struct output {
    const char *directory; /* as given; borrowed */
    char journal[OUTPUT_PATH], artefacts[OUTPUT_PATH], probes[OUTPUT_PATH], report[OUTPUT_PATH], page[OUTPUT_PATH],
        samples[OUTPUT_PATH], images[OUTPUT_PATH], adversarial[OUTPUT_PATH], kept[OUTPUT_PATH];
};

/* The paths in `directory`; nothing is touched. ERR_USAGE if they are too long. */
int output_name(struct output *out, const char *directory, struct err *e);
/* Make the folder. What an earlier run left there is kept with `resume`, removed with `force`, else refused
 * (ERR_USAGE), and so is a folder that another process writes to. *going_on: there is a journal to go on with. */
int output_prepare(const struct output *out, int resume, int force, int *going_on, struct err *e);
void output_drop_journal(const struct output *out);

#endif
