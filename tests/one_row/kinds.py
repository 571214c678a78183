"""What is added: for every sort of thing its file, its one row, and a fault by which the property tests must notice it.

The files lie in tree/, under the paths that they have in the copy.
"""
from collections import namedtuple

# text in the file, what stands instead; the test that then fails (of tests/ROOM), and what it says
Fault = namedtuple("Fault", "text instead room test says")
# sort: as engine/assay.h lists it; what: how it is called here; before: the row it stands above (None: the last)
Kind = namedtuple("Kind", "sort what name file table row before fault", defaults=(None, None))

KINDS = [
    Kind("a norm", "norm", "rms", "attacks/norm_rms.c", "attacks/norms.def", "NORM(rms)",
         fault=Fault("(1 - 0x1p-50)", "2", "attacks", "norm/projected_floats_are_within_eps_and_box", "rms: length")),
    Kind("an attack", "budget attack", "coordinate_search", "attacks/coordinate_search.c", "attacks/attacks.def",
         "ATTACK(coordinate_search)",
         fault=Fault("memcpy(adv, trial, d * sizeof *adv);", "", "attacks",
                     "attacks/every_row_leaves_immutable_features", "coordinate_search moved nothing")),
    Kind("an attack", "minimal attack", "far_corner", "attacks/far_corner.c", "attacks/attacks.def",
         "ATTACK(far_corner)",
         fault=Fault("is_broken(c, i, x) ||", "", "attacks", "attacks/every_minimal_row_leaves_what_is_broken",
                     "far_corner moves what is broken")),
    Kind("a transformation", "transformation", "invert", "attacks/natural/invert.c", "attacks/natural/natural.def",
         "TRANSFORMATION(invert)",
         fault=Fault("if (!natural_fixed(c, j))", "", "attacks", "natural/every_row_leaves_immutable_features",
                     "invert moved an immutable feature")),
    Kind("a layer", "layer", "square", "engine/layer/square.c", "engine/layer/layers.def", "LAYER(square)",
         fault=Fault("2 * (float)p->factor", "(float)p->factor", "layer", "layers/*", "square : 5x4x3: input 0")),
    Kind("a metric", "metric", "mean_steps", "metrics/mean_steps.c", "metrics/metrics.def",
         "METRIC(metric_mean_steps)",
         fault=Fault(".lo = 0", ".lo = 1e300", "metrics", "evaluate/values_are_defined_or_say_why", "mean_steps: ")),
    Kind("a rate of groups", "rate", "confident_rate", "metrics/rate_confident.c", "metrics/rates.def",
         "RATE(rate_confident)",
         fault=Fault('.title = "share of confident rows",', "", "metrics", "rates/tables_are_complete",
                     "confident_rate")),
    Kind("a form", "form", "mean_distance", "metrics/form_mean_distance.c", "metrics/forms.def",
         "FORM(form_mean_distance)",
         fault=Fault("sum / (double)x.groups;", "1 + sum;", "metrics",
                     "rates/every_rate_in_every_form_is_the_direct_one", "accuracy_mean_distance: ")),
    Kind("a family of tests", "family", "certainty", "metrics/family_certainty.c", "metrics/families.def",
         "FAMILY(family_certainty)",
         fault=Fault('"certainty.clean", ev', '"uncertain.clean", ev', "metrics", "evaluate/*",
                     "uncertain.clean is of no family")),
    Kind("a probe", "probe", "logit_margin", "attacks/probes/logit_margin.c", "attacks/probes/probes.def",
         "PROBE(logit_margin)",
         fault=Fault('"mean_logit_margin"', '"accuracy"', "batch", "probes/every_row_has_its_family_and_its_own_values",
                     "logit_margin: accuracy")),
    Kind("a report section", "report section", "size", "reports/report_size.c", "reports/sections.def", "SECTION(size)",
         "SECTION(integrity)"),
    Kind("a page section", "page section", "size", "reports/page_size.c", "reports/page_sections.def",
         "PAGE_SECTION(page_size)"),
    Kind("a command", "command", "kinds", "engine/cli/cmd_kinds.c", "engine/cli/commands.def", "COMMAND(kinds)"),
]
