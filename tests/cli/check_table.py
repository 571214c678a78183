"""A run on a table with fairness: rates, differences, small groups, reference groups recomputed from samples.h5."""
import itertools
import json
import os
import re
import sys

import h5py
import jsonschema
import numpy as np

from suite import (MODELS, ROOT, case, check_rate, good, main, metric_of, near, path, report_of, same, samples_of, test_of,
                   write_config,
                   write_data)

sys.path.insert(0, os.path.join(ROOT, "tests", "reports"))
import compare_values  # noqa: E402

MODEL = os.path.join(MODELS, "hmda_mlp.h5")
N, MIN_GROUP = 400, 30
VALUES = {"sex": ["female", "male"], "race": ["blue", "green", "red"], "town": ["north", "south"]}
run = {}


def make_data():
    """Labels follow the model with noise that depends on the group, so that no rate is 0 or 1 and groups differ."""
    random = np.random.default_rng(20240611)
    x = random.random((N, 14), dtype=np.float32) * np.float32(0.75) + np.float32(0.125)
    x[:, 0] += np.linspace(-0.1, 2, N, dtype=np.float32)
    codes = {"sex": random.integers(0, 2, N), "race": random.choice(3, N, p=[0.6, 0.37, 0.03]),
             "town": random.integers(0, 2, N)}
    codes["town"][random.random(N) < 0.1] = -1
    attributes = {name: (VALUES[name], code) for name, code in codes.items()}
    low, high = np.zeros(14), np.full(14, 4.0)
    high[3] = 1.5
    write_data("guess.h5", x, np.zeros(N, np.int32), low, high)
    config = write_config("guess.json", {"model": MODEL, "data": "guess.h5", "preprocess": {}})
    good("predict", config, "-o", path("guess_out.h5"))
    with h5py.File(path("guess_out.h5"), "r") as f:
        z = f["logits"][:]
    y = z[:, 1] - z[:, 0] + random.logistic(size=N) > np.median(z[:, 1] - z[:, 0]) / 2 - 0.4 * codes["sex"]
    write_data("table.h5", x, y.astype(np.int64), low, high, attributes, class_names=["no", "yes"])
    return codes


CONFIG = {"model": MODEL, "data": "table.h5", "seed": 3, "preprocess": {"scale": 1.0, "mean": 0.125, "std": [0.75]},
          "transformations": [{"name": "feature_noise", "severity": [4]}],
          "attacks": [{"name": "fgsm", "norm": "linf", "eps": 0.05}, {"name": "pgd", "norm": "l2", "eps": [0.05, 0.2],
                                                                      "steps": 5}],
          "fairness": {"attributes": ["sex", "race", "town"], "favorable": 1, "intersections": True, "forms": "all",
                       "min_group": MIN_GROUP,
                       "reference": {"sex": "male", "race": "blue"}}}


@case("a run on a table with fairness ends with 0, and its report validates")
def _():
    run["codes"] = make_data()
    good("run", write_config("table.json", CONFIG), "-o", path("table"), "--threads", "2")
    run["report"], run["samples"] = report_of(path("table")), samples_of(path("table"))
    jsonschema.Draft202012Validator(json.loads(good("schema", "report").out)).validate(run["report"])
    partitions = ["sex", "race", "town", "sex_x_race", "sex_x_town", "race_x_town", "sex_x_race_x_town"]
    for scenario, partition in itertools.product(run["samples"], partitions):
        test_of(run["report"], "fairness.static." + partition, scenario)


def rates_of(s):
    """{rate: (mask of its denominator, mask of its numerator)}."""
    label, predicted, correct = s["label"] == 1, s["predicted"] == 1, s["correct"] == 1
    every = np.ones(N, bool)
    return {"accuracy": (every, correct), "selection_rate": (every, predicted), "base_rate": (every, label),
            "tpr": (label, predicted),
            "fpr": (~label, predicted), "tnr": (~label, ~predicted), "fnr": (label, ~predicted),
            "ppv": (predicted, label),
            "npv": (~predicted, ~label)}


def partition_groups(names):
    """[(value, mask)] in the order of the product, last attribute fastest; rows not recorded belong to none."""
    groups = []
    for values in itertools.product(*(range(len(VALUES[name])) for name in names)):
        mask = np.ones(N, bool)
        for name, value in zip(names, values):
            mask &= run["codes"][name] == value
        groups.append(("*".join(VALUES[name][value] for name, value in zip(names, values)), mask))
    return groups


def each_partition():
    for names in (["sex"], ["race"], ["town"], ["sex", "race"], ["race", "town"], ["sex", "race", "town"]):
        for scenario, s in run["samples"].items():
            yield names, scenario, s, test_of(run["report"], "fairness.static." + "_x_".join(names), scenario)


@case("every rate of every group and scenario equals the one from samples.h5; small denominators are marked")
def _():
    small = 0
    for names, scenario, s, test in each_partition():
        for rate, (base, hits) in rates_of(s).items():
            for value, mask in partition_groups(names):
                m = metric_of(test, rate, "*".join(names), value)
                n, count = (mask & base).sum(), (mask & base & hits).sum()
                what = "%s, %s, %s of %s" % (test["test_id"], scenario, rate, value)
                if n == 0:
                    same((m["value"], m["ci"], m["null_reason"], m["n"]), (None, None, "zero_denominator", n), what)
                else:
                    check_rate(m, count, n, what)
                same("below_min_group" in m, 0 < n < MIN_GROUP, what)
                small += 0 < n < MIN_GROUP
    assert small > 100, small


DISPARITIES = {"demographic_parity_difference": "selection_rate", "equal_opportunity_difference": "tpr",
               "fpr_difference": "fpr",
               "predictive_parity_difference": "ppv", "accuracy_difference": "accuracy"}


def shown(names, rate, s):
    base, hits = rates_of(s)[rate]
    return {value: (mask & base & hits).sum() / (mask & base).sum() for value, mask in partition_groups(names)
            if (mask & base).sum() >= MIN_GROUP}


@case("differences and ratios are those of the extreme groups that have rows enough, inside their interval")
def _():
    for names, scenario, s, test in each_partition():
        for metric, rate in DISPARITIES.items():
            rates = shown(names, rate, s)
            m, what = metric_of(test, metric), "%s, %s, %s" % (test["test_id"], scenario, metric)
            same(m["groups_excluded_n"], len(partition_groups(names)) - len(rates), what + ": groups left out")
            if len(rates) < 2:
                same(m["null_reason"], "too_few_groups", what)
                continue
            low, high = min(rates, key=rates.get), max(rates, key=rates.get)
            near(m["value"], rates[high] - rates[low], 1e-12, what)
            same((rates[m["pair"]["low"]], rates[m["pair"]["high"]]), (rates[low], rates[high]), what + ": pair")
            assert m["ci"]["low"] <= m["value"] <= m["ci"]["high"], what
            ratio = metric_of(test, metric.replace("difference", "ratio"))
            near(ratio["value"], rates[low] / rates[high], 1e-12, what + " as ratio")


@case("equalized odds is the larger of the two differences")
def _():
    seen = 0
    for names, scenario, s, test in each_partition():
        tpr, fpr = shown(names, "tpr", s), shown(names, "fpr", s)
        m = metric_of(test, "equalized_odds_difference")
        if len(tpr) > 1 and len(fpr) > 1:
            wanted = max(max(r.values()) - min(r.values()) for r in (tpr, fpr))
            near(m["value"], wanted, 1e-12, "%s, %s" % (test["test_id"], scenario))
            seen += 1
    assert seen > 10, seen


@case("differences to the reference group: given where one is named, no_reference else")
def _():
    for names, scenario, s, test in each_partition():
        m = metric_of(test, "demographic_parity_difference_to_reference")
        if "town" in names:
            same((m["value"], m["null_reason"]), (None, "no_reference"), test["test_id"])
            continue
        reference = "*".join({"sex": "male", "race": "blue"}[name] for name in names)
        rates = shown(names, "selection_rate", s)
        widest = max(abs(rates[v] - rates[reference]) for v in rates)
        near(abs(m["value"]), widest, 1e-12, "%s, %s" % (test["test_id"], scenario))


@case("robust accuracy by group equals the one from samples.h5")
def _():
    clean, checked = run["samples"]["clean"]["correct"] == 1, 0
    for names, scenario, s, test in each_partition():
        if scenario == "clean":
            continue
        for value, mask in partition_groups(names):
            if mask.sum() >= MIN_GROUP:
                m = metric_of(test, "robust_accuracy", "*".join(names), value)
                check_rate(m, (mask & clean & (s["correct"] == 1)).sum(), mask.sum(),
                           "%s %s" % (test["test_id"], scenario))
                checked += 1
    assert checked > 20, checked


def shown_on(page):
    """The cells of the page's tables, without what differs between any two runs."""
    rows = re.findall("<tr>(.*?)</tr>", page, re.S)
    return [re.sub("<[^>]*>", "|", row) for row in rows if not re.search("digest|sha256|time, s|memory|created|threads", row)]


@case("by default the report holds less, all of it equal, and the page shows the same figures")
def _():
    default = dict(CONFIG, fairness={k: v for k, v in CONFIG["fairness"].items() if k != "forms"})
    good("run", write_config("default.json", default), "-o", path("default"), "--threads", "1")
    same(list(compare_values.differences(report_of(path("default")), run["report"])), [], "values of the default report")
    pages = []
    for folder in ("table", "default"):
        with open(path(folder, "report.html")) as f:
            pages.append(shown_on(f.read()))
    ids = [{m["metric_id"] for m in test_of(report, "fairness.static.sex")["metrics"]}
           for report in (run["report"], report_of(path("default")))]
    more = tuple("|%s|" % i[:-len("_difference")].replace("_", " ") for i in ids[0] - ids[1] if i.endswith("_difference"))
    more += tuple("|clean||%s|" % i for i in ids[0] - ids[1])  # further values
    same([row for row in pages[0] if row not in pages[1] and not row.replace("_|", "_").startswith(more)], [],
         "rows of the page")
    sizes = [os.path.getsize(path(folder, "report.json")) for folder in ("table", "default")]
    assert sizes[1] < sizes[0] / 3, sizes


@case("per-feature boxes: eps is a share of each feature's range, and perturbed rows stay within it")
def _():
    for scenario, s in run["samples"].items():
        if scenario.startswith("adversarial"):
            eps = float(scenario.split("@")[1])
            norm = "l2" if "_l2@" in scenario else "linf"
            assert (s[norm + "_range"] <= eps).all(), (scenario, s[norm + "_range"].max())
            assert s[norm].max() > eps, (scenario, "ranges are wider than 1, so steps in data units are longer")
            assert (s[norm] <= 4 * s[norm + "_range"] * (1 + 1e-6)).all(), scenario
            assert (s["l0_range"] == s["l0"]).all(), scenario


main()
