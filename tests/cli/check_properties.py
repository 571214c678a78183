"""Properties of every row of the attack table, through the driver: threads, budgets, what is wrong or broken."""
import os

import h5py
import numpy as np

from suite import (MODELS, assay, case, good, main, metric_of, path, report_of, same, samples_of, test_of, write_config,
                   write_data)

NORMS = ("linf", "l2", "l1", "l0")
QUERIES = 60
# (model, budgets by norm, preprocess) of each sort of data; an attack is run on the first that it takes
SUBJECTS = {
    "table": ("hmda_mlp.h5", {"linf": [0.02, 0.1], "l2": [0.05, 0.3], "l1": [0.1, 0.6], "l0": [1, 4]}, {}),
    "image": ("fashion_cnn.h5", {"linf": [2, 16], "l2": [100, 600], "l1": [900, 6000], "l0": [9, 49]},
              {"scale": 1 / 255}),
    "words": ("words_cnn.h5", {"l0": [1, 3]}, {})}
ROWS = {"table": 150, "image": 70, "words": 130}
attacks = {name: [] for name in SUBJECTS}


def kinds():
    """{name: (problem, norms, knowledge)} as `assay list attacks` tells them."""
    lines = good("list", "attacks").out.splitlines()
    rows = {}
    for name, facts in zip(lines[1:], lines[2:]):
        if name.startswith("  ") and name[2] != " ":
            problem, norms, sees = facts.strip().split("; ")[:3]
            rows[name.split()[0]] = (problem, norms.split(", "), sees.split()[-1])
    return rows


def config(subject, name, rows, **more):
    model, _, preprocess = SUBJECTS[subject]
    return write_config(name + ".json", dict({"model": os.path.join(MODELS, model), "data": subject + ".h5", "seed": 4,
                                              "preprocess": preprocess, "attacks": rows, "output": {"images": 0}},
                                             **more))


def data(subject, shift=lambda y, row: y):
    """Rows of the subject, labelled by the net's own word, which shift may change."""
    draw, n = np.random.default_rng(8), ROWS[subject]
    if subject == "table":
        x, box = draw.random((n, 14), dtype=np.float32), (0, 1)
    elif subject == "image":
        x, box = draw.uniform(0, 255, (n, 7, 7, 1)).repeat(4, 1).repeat(4, 2).astype("u1"), (0, 255)
    else:
        x, box = draw.integers(1, 31, (n, 12)).astype(np.int32), (None, None)
    y, classes = np.zeros(n, np.int32), {"table": 2, "image": 10, "words": 2}[subject]
    for labelled in (False, True):
        file = write_data(subject + ".h5", x, y, *box)
        if subject == "words":
            with h5py.File(file, "a") as f:
                letters = list("abcdefghijklmnopqrstuvwxyz\u00e4\u00f6\u00fc\u00df")
                f["x"].attrs.update({"kind": "tokens", "padding": 0, "allowed_tokens": list(range(1, 20)),
                                     "vocabulary": ["pad"] + letters})
        if not labelled:
            good("predict", config(subject, "predict-" + subject, []), "-o", path("p.h5"))
            with h5py.File(path("p.h5")) as f:
                y = np.array([shift(v, i) % classes for i, v in enumerate(f["predicted"][:])], np.int32)


def one_wrong_in_seven(y, row):
    return y + (row % 7 == 0)


def adversarial(samples):
    """[(id, eps, rows)] of the scenarios with a budget, by id and then by eps."""
    found = [(s.split("@")[0], float(s.split("@")[1]), rows) for s, rows in samples.items() if "@" in s]
    return sorted(found, key=lambda row: row[:2])


def norm_of(scenario):
    return next(norm for norm in NORMS if "_" + norm in scenario)


@case("every row runs on some data, in every norm that it offers")
def _():
    for subject in SUBJECTS:
        data(subject, one_wrong_in_seven)
    for name, (problem, norms, sees) in kinds().items():
        for norm in norms:
            taken = False
            for subject, (_, budgets, _) in SUBJECTS.items():
                row = {"name": name, "norm": norm, "eps": budgets.get(norm)}
                if sees != "none":
                    row["queries"] = QUERIES
                if not taken and row["eps"] and assay("validate", config(subject, "try", [row])).code == 0:
                    attacks[subject].append(row)
                    taken = True
            assert taken, "%s in %s is refused on every data: %s" % (name, norm, row)


@case("the same samples.h5, byte for byte, with 1, 2 and 3 threads, over every row")
def _():
    for subject, rows in attacks.items():
        stored = []
        for threads in "123":
            folder = path("%s%s" % (subject, threads))
            good("run", config(subject, subject, rows), "-o", folder, "--threads", threads, timeout=400)
            with open(os.path.join(folder, "samples.h5"), "rb") as f:
                stored.append(f.read())
        same([s == stored[0] for s in stored], [True] * 3, "samples.h5 of " + subject)


@case("every row keeps its norm within eps and its queries within the budget; what sees no gradient asks for none")
def _():
    sees = {name: row[2] for name, row in kinds().items()}
    for subject in SUBJECTS:
        for name, eps, rows in adversarial(samples_of(path(subject + "1"))):
            kind = max((k for k in sees if name.split(".")[1].startswith(k + "_")), key=len)
            broken = rows["success"] == 1
            assert (rows[norm_of(name)][broken] <= eps).all(), "%s@%g: a success beyond eps" % (name, eps)
            assert (rows["queries_forward"] <= QUERIES).all(), "%s: %d queries" % (name, rows["queries_forward"].max())
            if sees[kind] != "gradient":
                assert (rows["queries_gradient"] == 0).all(), name + " asks for gradients"


@case("a larger eps never does worse on a sample, for every row")
def _():
    for subject in SUBJECTS:
        found = adversarial(samples_of(path(subject + "1")))
        pairs = [(a, b) for a, b in zip(found, found[1:]) if a[0] == b[0]]
        assert pairs, subject
        for (name, small, before), (_, large, after) in pairs:
            lost = np.flatnonzero((before["success"] == 1) & (after["success"] == 0))
            same(lost.tolist(), [], "%s: broken at %g, not at %g" % (name, small, large))


@case("armory #990, #1005: a sample that is wrong as it stands is not attacked, by no row, in whatever batch")
def _():
    for subject in SUBJECTS:
        samples = samples_of(path(subject + "1"))
        wrong = samples["clean"]["correct"] == 0
        same(int(wrong.sum()), len(range(0, ROWS[subject], 7)), "wrong rows")
        for name, rows in samples.items():
            if name == "clean":
                continue
            for column in ("attacked", "success", "queries_forward", "queries_gradient", "steps") + NORMS:
                same(rows[column][wrong].any(), np.False_, "%s: %s of what is wrong" % (name, column))
            same(rows["predicted"][wrong].tolist(), samples["clean"]["predicted"][wrong].tolist(), name)


@case("foolbox #713, #674, ART #1104, TransferAttack #101: rates name their denominators; a clean error is no success")
def _():
    for subject in SUBJECTS:
        report, samples = report_of(path(subject + "1")), samples_of(path(subject + "1"))
        right = int(samples["clean"]["correct"].sum())
        for name, rows in ((s, r) for s, r in samples.items() if s != "clean"):
            test = test_of(report, "robustness." + name.split("@")[0], name)
            of_right, of_all = metric_of(test, "attack_success_rate"), metric_of(test, "robust_accuracy")
            same((of_right["n"], of_right["count"]), (right, int(rows["success"].sum())), name + ": success of right")
            same((of_all["n"], of_all["count"]), (ROWS[subject], right - int(rows["success"].sum())), name + ": of all")


@case("ART empirical robustness: where nothing is broken the median is not known, never 0")
def _():
    rows = [{"name": row["name"], "norm": row["norm"], "queries": 1} for row in attacks["table"]
            if row["name"] in ("ddn", "fmn", "cw")]
    good("run", config("table", "none", rows), "-o", path("none"))
    for test in report_of(path("none"))["tests"]:
        for m in test["metrics"]:
            if m["metric_id"].startswith("median_") and test["scenario"] != "clean":
                same((m["value"], m["null_reason"]), (None, "more_than_half_censored"), test["scenario"])


@case("auto-attack #81: all samples wrong as they stand is no error, for any row")
def _():
    for subject, rows in attacks.items():
        data(subject, lambda y, row: y + 1)
        good("run", config(subject, "wrong", rows), "-o", path("wrong-" + subject))
        for name, columns in samples_of(path("wrong-" + subject)).items():
            same(int(columns["correct"].sum()), 0, name + ": right")
            assert name == "clean" or not columns["attacked"].any(), name
    data("table", one_wrong_in_seven)
    data("image", one_wrong_in_seven)


@case("auto-attack #81: all samples broken by another attack is no error, for any row that can come after one")
def _():
    whole = {"table": {"linf": 1, "l2": 4, "l1": 14}, "image": {"linf": 255, "l2": 7140, "l1": 199920}}
    chained = 0
    for subject, budgets in whole.items():
        for norm, eps in budgets.items():
            first = {"name": "pgd", "norm": norm, "eps": [eps], "id": "first-" + norm, "steps": 40, "restarts": 5}
            rows = [first]
            for row in attacks[subject]:
                after = dict(row, eps=[eps], after="first-" + norm)
                if row["norm"] == norm and assay("validate", config(subject, "after", [first, after])).code == 0:
                    rows.append(after)
            chained += len(rows) - 1
            good("run", config(subject, "after", rows), "-o", path("after-%s-%s" % (subject, norm)))
            samples = samples_of(path("after-%s-%s" % (subject, norm)))
            right = samples["clean"]["correct"] == 1
            for name, columns in samples.items():
                if name != "clean":
                    same(int(columns["success"].sum()), int(right.sum()), name + ": broken")
                    assert "first" in name or (columns["carried"][right] == 1).all(), name + " attacks what is broken"
    assert chained > 20, "only %d rows came after another" % chained


main()
