"""What a user is warned of, and small groups: shown and marked, but no headline rests on them."""
import os

import h5py
import numpy as np

from suite import (MODELS, case, check_rate, good, main, metric_of, near, path, report_of, same, test_of, write_config,
                   write_data)

run = {}


def make_groups():
    """Group a: 100 rows, 40 selected, 38 of them rightly; b: 80 rows, 30 selected, 20 of them rightly; c: 12 rows, 1
    selected, wrongly: the largest difference of all is that of its one row."""
    parts = [("a", 38, 2, 60, 0), ("b", 20, 10, 40, 10), ("c", 0, 1, 11, 0)]  # true and false positives, negatives
    y, guess, group = [], [], []
    for code, (_, tp, fp, tn, fn) in enumerate(parts):
        y += [1] * tp + [0] * (fp + tn) + [1] * fn
        guess += [1] * (tp + fp) + [0] * (tn + fn)
        group += [code] * (tp + fp + tn + fn)
    p = np.where(np.array(guess) == 1, 0.75, 0.25).astype("f4")
    write_data("groups.h5", None, np.array(y, "i4"), scores=np.stack([1 - p, p], 1),
               attributes={"town": (["a", "b", "c"], np.array(group))})


def groups_report(name, **fairness):
    config = write_config(name + ".json", {"data": "groups.h5", "fairness": dict({"favorable": 1}, **fairness)})
    good("run", config, "-o", path(name))
    return report_of(path(name))


@case("groups of fewer than 30 rows are shown with their interval and marked; no disparity and no headline takes them")
def _():
    make_groups()
    report = groups_report("few")
    same(report["run"]["config"]["fairness"]["min_group"], 30, "min_group")
    test = test_of(report, "fairness.static.town")
    for value, count, n in (("a", 38, 40), ("b", 20, 30), ("c", 0, 1)):
        m = metric_of(test, "ppv", "town", value)
        check_rate(m, count, n, "ppv of " + value)
        same(m.get("below_min_group"), True if n < 30 else None, "mark of " + value)
    check_rate(metric_of(test, "selection_rate", "town", "c"), 1, 12, "selection rate of c")
    m = metric_of(test, "predictive_parity_difference")
    near(m["value"], 38 / 40 - 20 / 30, 1e-12, "difference without c")
    same((m["groups_excluded_n"], m["pair"]), (1, {"low": "b", "high": "a"}), "groups of the difference")
    for key in ("worst_disparity", "worst_disparity_clean"):
        assert report["summary"]["headline"][key]["value"] < 0.9, report["summary"]["headline"][key]
    with open(path("few", "report.html")) as f:
        page = f.read()
    assert "few rows: 1<" in page and "few rows: 12<" in page and "few rows: 40<" not in page


@case("the headline's worst disparity is the one whose interval is farthest from 0, not the largest value")
def _():
    report = groups_report("all", min_group=1)
    test, best = test_of(report, "fairness.static.town"), report["summary"]["headline"]["worst_disparity"]
    values = [m for m in test["metrics"] if not m["slice"] and m["unit"] == "fraction" and m["ci"]
              and m["metric_id"].endswith("_difference")]
    lower = {m["metric_id"]: max(m["ci"]["low"], -m["ci"]["high"], 0) for m in values}
    near(metric_of(test, "predictive_parity_difference")["value"], 38 / 40, 1e-12, "the one of c's single row")
    assert best["metric_id"] != "predictive_parity_difference", best
    near(max(best["ci"]["low"], -best["ci"]["high"]), max(lower.values()), 1e-12, "limit of the headline")
    assert best["value"] < max(m["value"] for m in values), best


def codes(test):
    return [w["code"] for w in test["warnings"]]


HMDA = os.path.join(MODELS, "hmda_mlp.h5")


def validate(data, *attacks, **more):
    return good("validate", write_config("w.json", dict({"model": HMDA, "data": data, "preprocess": {},
                                                         "attacks": list(attacks)}, **more))).out


def warned(out):
    """{code: message} of the block that stands first."""
    if not out.startswith("warnings:\n"):
        return {}
    lines = out.split("\n\n")[0].split("\n")[1:]
    return dict(line.strip().split(": ", 1) for line in lines)


def labelled(name, x, low=0, high=1, rows_of_labels=None):
    """A data set whose labels are what the net says, of both classes or with some turned."""
    write_data(name, x, np.zeros(len(x), "i4"), low, high)
    good("predict", write_config("label.json", {"model": HMDA, "data": name, "preprocess": {}}), "-o", path("label.h5"))
    with h5py.File(path("label.h5")) as p, h5py.File(path(name), "r+") as f:
        f["y"][...] = p["predicted"][:]
        if rows_of_labels is not None:
            f["y"][rows_of_labels] = 1 - f["y"][rows_of_labels]
    return name


def uniform(n=120, scale=1):
    return (np.random.default_rng(3).random((n, 14)) * scale).astype("f4")


@case("validate: eps beyond the box and below 1/1000 of it, in either unit, with its share of each range")
def _():
    x = uniform()
    low, high = np.zeros(14), np.array([1.0] * 13 + [50])
    x[:, 13] *= 50
    labelled("box.h5", x, low, high)
    pgd = {"name": "pgd", "norm": "linf", "steps": 2}
    out = validate("box.h5", dict(pgd, eps=[0.1]))
    assert "linf eps 0.1 (shares of each range): 0.1 of the range of every feature" in out, out
    assert not any(code.startswith("eps_") for code in warned(out)), out
    out = validate("box.h5", dict(pgd, eps=[8]))
    assert "linf eps 8 (shares of each range): 8 of the range" in warned(out)["eps_beyond_box"], out
    out = validate("box.h5", dict(pgd, eps=[0.0005]))
    assert "0.0005 of the range of every feature" in warned(out)["eps_below_box"], out
    out = validate("box.h5", dict(pgd, eps=[0.04], eps_unit="data"))
    assert "0.0008 (feature 13) to 0.04 (feature 0) of a feature's range" in warned(out)["eps_below_box"], out
    out = validate("box.h5", dict(pgd, eps=[2], eps_unit="data"))
    assert "0.04 (feature 13) to 2 (feature 0)" in warned(out)["eps_beyond_box"], out
    out = validate("box.h5", {"name": "pgd", "norm": "l2", "eps": [3.7, 3.75]})  # the diagonal: sqrt(14) = 3.742
    assert "l2 eps 3.75 " in warned(out)["eps_beyond_box"] and out.count("eps_beyond_box") == 1, out


@case("run: the same in the tests of that eps alone, at the top of report and page, in what is printed")
def _():
    config = write_config("b.json", {"model": HMDA, "data": "box.h5", "preprocess": {}, "attacks": [
        {"name": "pgd", "norm": "linf", "eps": [0.04, 5], "eps_unit": "data", "steps": 2}]})
    printed = good("run", config, "-o", path("b")).out
    report = report_of(path("b"))
    for name, scenario in (("adversarial.pgd_linf", "adversarial.pgd_linf@"), ("worst_case.linf", "worst_case.linf@")):
        for eps, code, other in (("0.04", "eps_below_box", "eps_beyond_box"), ("5", "eps_beyond_box", "eps_below_box")):
            test = test_of(report, "robustness." + name, scenario + eps)
            assert code in codes(test) and other not in codes(test), (scenario + eps, codes(test))
    test = test_of(report, "robustness.adversarial.pgd_linf", "adversarial.pgd_linf@0.04")
    near(test["params"]["eps_share_least"], 0.04 / 50, 1e-12, "least share")
    near(test["params"]["eps_share_greatest"], 0.04, 1e-12, "greatest share")
    top = [w["code"] for w in report["summary"]["warnings"]]
    same(sorted(top), ["eps_below_box", "eps_beyond_box"], "top of the report")
    with open(path("b", "report.html")) as f:
        head = f.read().split("</header>")[0]
    assert "(eps_below_box)" in head and "(eps_beyond_box)" in head and "warning: eps_below_box: " in printed, head


@case("undeclared one-hot columns under attack are told first; declared ones, and without attacks, are not")
def _():
    x = uniform()
    x[:, 4:8] = 0
    x[np.arange(120), 4 + np.arange(120) % 4] = 1
    labelled("onehot.h5", x)
    pgd = {"name": "pgd", "norm": "linf", "eps": [0.1], "steps": 2}
    out = validate("onehot.h5", pgd)
    same(list(warned(out))[0], "onehot_continuous", "first warning")
    assert "4 columns look like 1 one-hot group (first: feature 4 to feature 7)" in out, out
    assert "onehot_continuous" not in validate("onehot.h5"), "without attacks"
    good("run", write_config("o.json", {"model": HMDA, "data": "onehot.h5", "preprocess": {}, "attacks": [pgd]}), "-o",
         path("o"))
    report = report_of(path("o"))
    same(report["summary"]["warnings"][0]["code"], "onehot_continuous", "top of the report")
    with h5py.File(path("onehot.h5"), "r+") as f:
        f["features/names"] = ["c%d" % i for i in range(14)]
        f["features/kind"] = ["onehot:g" if 4 <= i < 8 else "numeric" for i in range(14)]
    assert "onehot_continuous" not in validate("onehot.h5", pgd), "declared"
    x[:, 4:8] = np.random.default_rng(5).integers(0, 2, (120, 4))
    labelled("binary.h5", x)
    out = validate("binary.h5", pgd)
    assert "4 columns (first: feature 4) hold 0 and 1 alone" in warned(out)["binary_continuous"], out


@case("a preprocess that leaves nothing of the inputs, and accuracy no better than the largest class, are told")
def _():
    labelled("chance.h5", uniform(200))
    with h5py.File(path("chance.h5"), "r+") as f:
        f["y"][:] = np.arange(200) % 2
    out = validate("chance.h5", preprocess={"scale": 1 / 255})
    assert "net gets values of " in warned(out)["net_input_range"], out
    assert "always answering class" in warned(out)["accuracy_near_chance"], out
    config = write_config("c.json", {"model": HMDA, "data": "chance.h5", "preprocess": {"scale": 1 / 255}})
    good("run", config, "-o", path("c"))
    test = test_of(report_of(path("c")), "robustness.clean")
    same([c in codes(test) for c in ("net_input_range", "accuracy_near_chance")], [True, True], "codes")
    x = uniform(200)
    x[:100, :4] = x[:100, :4] * 4 - 1.5
    out = validate(labelled("fair.h5", np.clip(x, -2, 3).astype("f4"), -2, 3))
    assert "net_input_range" not in out, out


@case("rows of the test set among the members are told in full, with their number")
def _():
    x = uniform(100)
    labelled("test.h5", x)
    members = np.concatenate([x[:60], uniform(100, 0.9)])
    labelled("members.h5", members)
    out = validate("test.h5", leakage={"members": "members.h5"})
    assert "so do 60 of 100 samples" in warned(out)["data.overlap"] and "assay inspect" not in out, out


main()
