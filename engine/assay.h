/* assay: can a trained classifier be trusted? The page that explains it all; read this first.
 *
 * What a run does
 *   1. `plan` (configs/): the config is read whole and checked against the tables, every default filled in.
 *   2. `net` (engine/net/): the reader that knows the file makes it a graph of layers, its weights are packed for the
 *      kernels, memory is planned. A subject (net/subject.h) is a net in a role: the target is judged, sources make
 *      examples for it. An oracle is made of them (net/oracle_driver.h, net/ensemble.h) and is all that an attack sees
 *      (net/oracle.h).
 *   3. `dataset` (datasets/): labels and attributes are read, inputs are streamed in blocks.
 *   4. `batch` (engine/batch/): work units = (scenario, block of 64 samples) on all threads; each finished unit goes to
 *      the journal, so a run that is killed goes on where it was.
 *   5. A scenario is one way of presenting the test set: clean, a natural transformation at a severity, an attack at a
 *      budget. All have one signature (attacks/attack.h): (oracle, block of samples, random key) -> perturbed block.
 *   6. A unit yields outcomes, one row a sample (metrics/outcomes.h): the evidence, stored in samples.h5.
 *   7. `metrics` are pure functions of outcomes, labels, attributes and membership; they never see the net.
 *   8. `reports` make report.json from the tests, and the page from report.json alone.
 *
 * Nouns: plan, subject, net, dataset, scenario, oracle, outcome, metric, test, report.
 *
 * Arrays: float32, row-major, channels last (n, h, w, c) or (n, f). Images live in the data set's own range; the step
 * to what the model expects (scale, mean, standard deviation) is the net's first layer, so budgets are always in data
 * units. Lengths are in elements. Labels are int32. Losses are computed from logits.
 *
 * Numerics (assay-f32-v2): the bits of a result depend on the model, the sample and the seed; never on batch size,
 * position in the batch, thread count, resume point or instruction set. The rules are in kern/kern.h; randomness is
 * base/rng.h. Only where the config says "search": "bf16" do they depend on the instruction, which the report names:
 * gradients guide, float32 decides.
 *
 * Errors: an int code and the caller's struct err (base/err.h). Nothing below engine/cli exits, aborts or prints.
 *
 * Who may include whom (tests/check_deps.sh checks it; every room may use engine/base)
 *   engine/kern    -> nothing of ours          engine/io -> base
 *   engine/layer   -> kern                     engine/net -> layer, kern, io
 *   attacks        -> net/oracle.h, kern       metrics -> base alone
 *   datasets       -> io                       configs -> attacks, metrics (tables), datasets, net
 *   engine/verify  -> net, layer, io, datasets reports -> metrics, configs, io, verify/finding.h
 *   engine/batch   -> all of these
 *   engine/run     -> all of these; a whole run, validation, prediction: what the commands call
 *   engine/bench   -> net, layer, kern, io   (linalg of metrics, versions of reports)
 *   engine/cli     -> everything
 *
 * Where to add things: one file and one row. `make one-row` adds one of each to a copy and finds it everywhere.
 *   a layer            engine/layer/NAME.c      + a row in engine/layer/layers.def; Keras class, config keys, weights
 *                      go by the kind's names ("hard_shrink": HardShrink), or stand in engine/net/keras/map.def;
 *                      a name that Dense(activation=...) may give is its slot `activation`
 *   a norm             attacks/norm_NAME.c      + a row in attacks/norms.def     (and a column of outcomes, a median)
 *   an attack          attacks/NAME.c           + a row in attacks/attacks.def
 *   a transformation   attacks/natural/NAME.c   + a row in attacks/natural/natural.def
 *   a probe            attacks/probes/NAME.c    + a row in attacks/probes/probes.def
 *   a metric           metrics/NAME.c           + a row in metrics/metrics.def
 *   a rate of groups   metrics/rate_NAME.c      + a row in metrics/rates.def     (and a metric in every form)
 *   a form             metrics/form_NAME.c      + a row in metrics/forms.def     (and a metric of every rate)
 *   a family of tests  metrics/family_NAME.c    + a row in metrics/families.def
 *   a report section   reports/report_NAME.c    + a row in reports/sections.def  (what it writes, and its schema)
 *   a page section     reports/page_NAME.c      + a row in reports/page_sections.def
 *   a command          engine/cli/cmd_NAME.c    + a row in engine/cli/commands.def
 * Likewise, though only a file of that format or an attack that asks for it brings it into use:
 *   a model format     engine/net/NAME.c        + a row in engine/net/readers.def
 *   an artefact        attacks/NAME.c           + a row in attacks/artefacts.def
 *   a side table       metrics/NAME.c           + a row in metrics/side_tables.def
 * The row brings its config checks, its `assay list` entry, its echo in the report, and the tests that walk it. */
#ifndef ASSAY_ASSAY_H
#define ASSAY_ASSAY_H
#endif
