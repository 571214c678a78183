"""Where each of the added kinds must be found, in an assay that was built with them."""
import json
import os
import re
import sys

import h5py
import numpy as np
from jsonschema import Draft202012Validator

N, FEATURES, CLASSES, FACTOR = 400, 6, 3, 0.5
EPS = [0.02, 0.1]


def write_net(path, random, factor=FACTOR):
    """Dense, Square, Dense and softmax, as Keras writes them; returns the net."""
    w = [random.normal(size=s).astype("f4") for s in ((FEATURES, 8), (8,), (8, CLASSES), (CLASSES,))]
    layers = [("Dense", "a", {"units": 8, "use_bias": True, "batch_input_shape": [None, FEATURES]}),
              ("Square", "s", {"factor": factor}),
              ("Dense", "b", {"units": CLASSES, "use_bias": True, "activation": "softmax"})]
    with h5py.File(path, "w") as f:
        f.attrs["keras_version"] = b"2.8.0"
        f.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": {"name": "net", "layers": [
            {"class_name": kind, "config": dict(config, name=name)} for kind, name, config in layers]}})
        root = f.create_group("model_weights")
        root.attrs["layer_names"] = [name.encode() for _, name, _ in layers]
        for name, arrays in (("a", w[:2]), ("s", []), ("b", w[2:])):
            group = root.create_group(name)
            names = ["%s/%s:0" % (name, role) for role in ("kernel", "bias")[:len(arrays)]]
            group.attrs["weight_names"] = [n.encode() for n in names] or np.zeros(0)
            for n, array in zip(names, arrays):
                group[n] = array
    return lambda x: factor * (x.astype("f8") @ w[0] + w[1]) ** 2 @ w[2] + w[3]


class Search:
    """One run of the added kinds, and what was not found."""

    def __init__(self, cli):
        self.cli, self.missing = cli, []
        random = np.random.default_rng(5)
        self.x = random.random((N, FEATURES)).astype("f4")
        self.net = write_net(cli.path("net.h5"), random)
        logits = self.net(self.x)
        y = np.where(random.random(N) < 0.9, logits.argmax(1), random.integers(0, CLASSES, N)).astype("i4")
        self.margin = logits[np.arange(N), y] - np.where(np.eye(CLASSES)[y] > 0, -np.inf, logits).max(1)
        p = np.exp(logits - logits.max(1, keepdims=True))
        self.confidence, self.correct = (p / p.sum(1, keepdims=True)).max(1), logits.argmax(1) == y
        self.group = random.integers(0, 3, N)
        cli.write_data("data.h5", self.x, y, 0, 1, {"group": (["a", "b", "c"], self.group)})
        self.config = {
            "model": "net.h5", "data": "data.h5", "preprocess": {}, "seed": 3,
            "transformations": [{"name": "invert", "severity": [1, 5]}],
            "attacks": [{"name": "pgd", "norm": "rms", "eps": EPS, "steps": 10},
                        {"name": "coordinate_search", "norm": "linf", "eps": 0.1, "tries": 40},
                        {"name": "far_corner", "norm": "l2", "halvings": 12}],
            "fairness": {"attributes": ["group"], "favorable": 1, "reference": {"group": "a"}, "forms": "all"},
            "probes": [{"name": "logit_margin", "samples": 150}]}
        cli.good("validate", cli.write_config("config.json", self.config))
        cli.good("run", cli.path("config.json"), "-o", cli.path("out"))
        self.report = cli.report_of(cli.path("out"))
        self.samples = cli.samples_of(cli.path("out"))
        self.schema = {s: json.loads(cli.good("schema", s).out) for s in ("config", "report", "samples")}
        with open(cli.path("out", "report.html")) as f:
            self.page = re.sub(r"<wbr>|&shy;", "", f.read())

    def test(self, test_id, scenario="clean"):
        return self.cli.test_of(self.report, test_id, scenario)

    def value(self, test_id, metric_id, scenario="clean", group=None):
        test = self.test(test_id, scenario)
        return self.cli.metric_of(test, metric_id, *(() if group is None else (None, None) if group == "" else group))

    def listed(self, table, name, *also):
        """`assay list` has it, and its own page says this, too."""
        assert re.search(r"^  %s " % name, self.cli.good("list", table).out, re.M), "not in assay list " + table
        whole = self.cli.good("list", table, name).out
        for text in also:
            assert text in whole, "assay list %s %s says nothing of %s" % (table, name, text)

    def takes(self, section, entry, key, value, beyond):
        """`validate` takes the parameter in its bounds, and refuses it beyond them by name."""
        def write(**changes):
            return self.cli.write_config("check.json", dict(self.config, **{section: [dict(entry, **changes)]}))
        self.cli.good("validate", write(**{key: value}))
        self.cli.refused(2, r"%s = %s" % (key, re.escape(str(beyond))), "validate", write(**{key: beyond}))
        self.cli.refused(2, r"%ss.*did you mean '%s'" % (key, key), "validate", write(**{key + "s": value}))

    def in_schema(self, name, *texts):
        """The schema holds these strings as keys or values, and takes what the run gave."""
        def strings(node):
            if isinstance(node, dict):
                return {s for k, v in node.items() for s in {k} | strings(v)}
            if isinstance(node, list):
                return {s for v in node for s in strings(v)}
            return {node} if isinstance(node, str) else set()
        absent = set(texts) - strings(self.schema[name])
        assert not absent, "not in assay schema %s: %s" % (name, ", ".join(sorted(absent)))
        Draft202012Validator.check_schema(self.schema[name])
        document = {"config": self.config, "report": self.report}.get(name)
        if document is not None:
            Draft202012Validator(self.schema[name]).validate(document)

    def on_page(self, *texts):
        absent = [t for t in texts if t not in self.page]
        assert not absent, "not on report.html: " + ", ".join(absent)

    def near(self, got, wanted, what):
        self.cli.near(got["value"], wanted, 1e-6 * max(1, abs(wanted)), what)


def distances(s, scenario):
    """rms of every row, from the column of another norm."""
    return s.samples[scenario]["l2"].astype("f8") / np.sqrt(FEATURES)


def norm(s):
    s.listed("attacks", "pgd", "rms")
    s.takes("attacks", {"name": "pgd", "norm": "rms"}, "eps", 0.1, -1)
    s.in_schema("config", "rms")
    s.in_schema("report", "rms", "median_rms")
    s.in_schema("samples", "rms")
    for eps in EPS:
        scenario = "adversarial.pgd_rms@%g" % eps
        rms = s.samples[scenario]["rms"]
        assert (rms <= np.float32(eps)).all() and rms.max() > 0.9 * eps, "budget of " + scenario
        assert np.allclose(rms, distances(s, scenario), rtol=1e-5, atol=1e-9), "column rms"
        assert s.value("robustness.adversarial.pgd_rms", "attack_success_rate", scenario)["value"] is not None
    assert s.value("robustness.worst_case.rms", "robust_accuracy", "worst_case.rms@0.1")["value"] < 1
    s.on_page("pgd_rms")


def attack(s, name, norm, key, good, bad, scenario):
    s.listed("attacks", name, key, norm)
    s.takes("attacks", {"name": name, "norm": norm, **({} if name == "far_corner" else {"eps": 0.1})}, key, good, bad)
    s.in_schema("config", name, key)
    test_id = "robustness.adversarial.%s_%s" % (name, norm)
    rate = s.value(test_id, "attack_success_rate", scenario)
    assert 0 < rate["value"] <= 1 and rate["count"] > 0, "%s breaks nothing" % name
    s.on_page("%s_%s" % (name, norm))


def budget_attack(s):
    scenario = "adversarial.coordinate_search_linf@0.1"
    attack(s, "coordinate_search", "linf", "tries", 7, 0, scenario)
    rows = s.samples[scenario]
    assert (rows["linf"] <= np.float32(0.1)).all() and (rows["queries_gradient"] == 0).all()


def minimal_attack(s):
    scenario = "adversarial.far_corner_l2"
    attack(s, "far_corner", "l2", "halvings", 7, 61, scenario)
    found = s.samples[scenario]["success"] == 1
    assert (s.samples[scenario]["l2"][found] > 0).all() and (s.samples[scenario]["queries_forward"][found] >= 14).all()
    assert s.value("robustness.adversarial.far_corner_l2", "median_l2", scenario)["value"] is not None


def transformation(s):
    s.listed("transformations", "invert", "share")
    s.takes("transformations", {"name": "invert"}, "share", 0.5, 1.5)
    s.in_schema("config", "invert", "share")
    for severity, share in ((1, 0.1), (5, 1)):
        x = s.x + share * (1 - 2 * s.x)
        label = s.net(x).argmax(1)
        rows = s.samples["natural.invert@%d" % severity]
        assert (rows["predicted"] == label).mean() > 0.99, "predictions under invert@%d" % severity
        accuracy = s.value("robustness.natural.invert", "accuracy", "natural.invert@%d" % severity)
        s.near(accuracy, rows["correct"].mean(), "accuracy under invert")
    s.on_page("invert")


def layer(s):
    s.listed("layers", "square", "Square", "factor")
    got = s.samples["clean"]
    assert (got["predicted"] == s.net(s.x).argmax(1)).mean() > 0.99, "predictions"
    assert np.allclose(got["margin"], s.margin, atol=1e-3), "margins"
    assert "square" in s.cli.good("inspect", s.cli.path("net.h5")).out, "not in assay inspect"
    write_net(s.cli.path("bad.h5"), np.random.default_rng(5), 2000)
    s.cli.refused(3, "'factor' is 2000, outside 0..1000", "validate", s.cli.path("config.json"), "--model",
                  s.cli.path("bad.h5"))


def metric(s):
    s.listed("metrics", "mean_steps")
    s.in_schema("report", "mean_steps")
    scenario = "adversarial.pgd_rms@0.02"
    steps = s.samples[scenario]["steps"][s.samples[scenario]["attacked"] == 1]
    s.near(s.value("robustness.adversarial.pgd_rms", "mean_steps", scenario), steps.mean(), "mean_steps")


def rates_of(s, values):
    return [values[s.group == g].mean() for g in range(3)]


def rate(s):
    confident = s.confidence > 0.9
    r = rates_of(s, confident)
    s.listed("metrics", "confident_rate")
    forms = [m[len("accuracy_"):] for m in re.findall(r"^  (accuracy_\S+)", s.cli.good("list", "metrics").out, re.M)
             if m.startswith(("accuracy_difference", "accuracy_ratio", "accuracy_mean_distance"))]
    assert len(forms) >= 7, "forms: %s" % forms
    names = ["confident_" + f for f in forms]
    for name in names:
        s.listed("metrics", name)
        assert s.value("fairness.static.group", name)["value"] is not None, name
    s.in_schema("report", "confident_rate", *names)
    s.near(s.value("robustness.clean", "confident_rate"), confident.mean(), "confident_rate")
    s.near(s.value("fairness.static.group", "confident_difference"), max(r) - min(r), "confident_difference")
    s.near(s.value("fairness.static.group", "confident_ratio"), min(r) / max(r), "confident_ratio")
    s.on_page("confident_rate", *names)


def form(s):
    rates = [m for m in re.findall(r"^  (\S+)_ratio_to_reference ", s.cli.good("list", "metrics").out, re.M)]
    held = {m["metric_id"] for m in s.test("fairness.static.group")["metrics"]}
    names = [r + "_mean_distance" for r in rates if r + "_ratio_to_reference" in held]
    assert len(names) >= 8, "rates: %s" % names
    for name in (r + "_mean_distance" for r in rates):
        s.listed("metrics", name)
        s.in_schema("report", name)
    for name in names:
        assert name in held, "not in the report: " + name
    for name, values in (("accuracy", s.correct), ("confident", s.confidence > 0.9)):
        wanted = np.mean([abs(r - values.mean()) for r in rates_of(s, values)])
        s.near(s.value("fairness.static.group", name + "_mean_distance"), wanted, name + "_mean_distance")
    s.on_page(*names)


def family(s):
    s.listed("families", "certainty", "certainty.")
    pattern = s.schema["report"]["$defs"]["test_id"]["pattern"]
    assert re.search(pattern, "certainty.clean") and "certainty" in pattern, "its tests are not in assay schema report"
    s.in_schema("report")
    sure = s.confidence > 0.9
    for band, rows in (("confidence up to 0.9", ~sure), ("confidence above 0.9", sure)):
        m = s.cli.metric_of(s.test("certainty.clean"), "accuracy", "band", band)
        s.cli.same((m["n"], m["count"]), (int(rows.sum()), int(s.correct[rows].sum())), band)
    s.on_page("certainty.clean", "confidence above 0.9")


def probe(s):
    s.listed("probes", "logit_margin", "mean_logit_margin")
    s.takes("probes", {"name": "logit_margin"}, "samples", 5, 0)
    s.in_schema("config", "logit_margin")
    s.in_schema("report", "mean_logit_margin", "negative_margin_rate")
    test_id, margin = "interpretability.logit_margin", s.samples["clean"]["margin"][:150].astype("f8")
    s.near(s.value(test_id, "mean_logit_margin"), margin.mean(), "mean_logit_margin")
    s.near(s.value(test_id, "negative_margin_rate"), (margin < 0).mean(), "negative_margin_rate")
    s.on_page(test_id, "mean_logit_margin", "negative_margin_rate")


def report_section(s):
    s.in_schema("report", "size", "values")
    values = sum(len(t["metrics"]) for t in s.report["tests"])
    s.cli.same(s.report["size"], {"tests": len(s.report["tests"]), "values": values}, "section size")


def page_section(s):
    s.on_page("Size of the report", "The report holds %d tests." % len(s.report["tests"]))


def command(s):
    assert re.search(r"^  kinds ", s.cli.good("help").out, re.M), "not in assay help"
    assert "how many kinds" in s.cli.good("help", "kinds").out, "assay help kinds"
    for line in s.cli.good("kinds").out.splitlines():
        table, n = line.split()
        s.cli.same(len(re.findall(r"(?m)^  \S", s.cli.good("list", table).out)), int(n), "assay kinds: " + table)
    s.cli.refused(2, "kinds", "kinds", "more")


# kind, as in kinds.py: the function that looks for it, and what that covers
PLACES = [
    ("norm", norm, "list, config, schema, samples, report, page"),
    ("budget attack", budget_attack, "list, config, schema, samples, report, page"),
    ("minimal attack", minimal_attack, "list, config, schema, samples, report, page"),
    ("transformation", transformation, "list, config, schema, samples, report, page"),
    ("layer", layer, "list, model file, predictions, refusal"),
    ("metric", metric, "list, schema, report"),
    ("rate", rate, "list, schema, report in every form, page"),
    ("form", form, "list, schema, report of every rate, page"),
    ("family", family, "list, schema, report, page"),
    ("probe", probe, "list, config, schema, report, page"),
    ("report section", report_section, "schema, report"),
    ("page section", page_section, "page"),
    ("command", command, "help, output"),
]


def find_all(assay, work):
    """What was found everywhere, {what: where}, and a list of texts about what was not."""
    argv, sys.argv = sys.argv, [sys.argv[0], assay, work]
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "cli"))
    import suite
    sys.argv = argv
    found, missing, search = {}, [], Search(suite)
    for what, look, where in PLACES:
        try:
            look(search)
            found[what] = where
        except Exception as fault:  # an assertion, a schema that does not fit, a key that is not there
            missing.append("%s: %s" % (what, " ".join(str(fault).split())[:600] or repr(fault)))
    return found, missing
