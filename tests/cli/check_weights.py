"""A data set with /weight: every value recomputed with numpy, raw counts beside; weights that are none are refused."""
import json

import h5py
import jsonschema
import numpy as np

from suite import case, good, main, metric_of, near, path, refused, report_of, same, samples_of, test_of, write_config, write_data

N, AGES = 500, ["young", "middle", "old"]
run = {}


def config(name, **more):
    return write_config(name, dict({"data": "weights.h5", "fairness": {"attributes": ["age"], "favorable": 1,
                                                                        "forms": "all"}}, **more))


def make(seed, n=N):
    random = np.random.default_rng(seed)
    p = random.random(n)
    scores = np.stack([1 - p, p], 1).astype(np.float32)
    y = (random.random(n) < 0.2 + 0.6 * p).astype(np.int32)
    return scores, y, random.integers(0, 3, n), random.gamma(2, 1, n) + 0.01


def kish(w):
    return w.sum() ** 2 / (w ** 2).sum()


def wilson(p, n, z=1.959963984540054):
    centre, half = p + z * z / (2 * n), z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (centre - half) / (1 + z * z / n), (centre + half) / (1 + z * z / n)


def check_share(m, hits, base, w, what):
    """base: mask of the rows that count; hits: of those that are counted."""
    same((m["count"], m["n"]), (int((hits & base).sum()), int(base.sum())), what + ": raw counts")
    near(m["value"], w[hits & base].sum() / w[base].sum(), 1e-12, what)
    near(m["effective_n"], kish(w[base]), 1e-9, what + ": effective n")
    same(m["ci"]["method"], "wilson_effective_n", what)
    low, high = wilson(m["value"], m["effective_n"])
    near(m["ci"]["low"], max(0, low), 1e-9, what + ": low")
    near(m["ci"]["high"], min(1, high), 1e-9, what + ": high")


@case("rates are weighted, counts are not, intervals stand on the effective n and say so; the report validates")
def _():
    run["scores"], run["y"], run["age"], run["w"] = make(3)
    run["member"] = np.arange(N) % 3 == 0
    write_data("weights.h5", None, run["y"], scores=run["scores"], weight=run["w"], member=run["member"],
               attributes={"age": (AGES, run["age"])})
    good("run", config("weights.json"), "-o", path("weights"))
    run["report"] = report_of(path("weights"))
    jsonschema.Draft202012Validator(json.loads(good("schema", "report").out)).validate(run["report"])
    s = samples_of(path("weights"))["clean"]
    label, guess, every = s["label"] == 1, s["predicted"] == 1, np.ones(N, bool)
    check_share(metric_of(test_of(run["report"], "robustness.clean"), "accuracy"), label == guess, every, run["w"], "accuracy")
    fair = test_of(run["report"], "fairness.static.age")
    for code, age in enumerate(AGES):
        group = run["age"] == code
        for rate, base, hits in (("selection_rate", group, guess), ("tpr", group & label, guess),
                                 ("ppv", group & guess, label), ("accuracy", group, label == guess)):
            check_share(metric_of(fair, rate, "age", age), hits, base, run["w"], "%s of %s" % (rate, age))
        same(metric_of(fair, "group_size", "age", age)["value"], int(group.sum()), "group_size of " + age)
    rates = [run["w"][(run["age"] == k) & guess].sum() / run["w"][run["age"] == k].sum() for k in range(3)]
    m = metric_of(fair, "demographic_parity_difference")
    near(m["value"], max(rates) - min(rates), 1e-12, "demographic parity")
    same(m["ci"]["method"], "newcombe_bonferroni_effective_n", "its interval")


@case("calibration and membership are weighted")
def _():
    s, w = samples_of(path("weights"))["clean"], run["w"]
    calibration = test_of(run["report"], "calibration.clean")
    for metric, column in (("mean_loss", s["loss"]), ("mean_confidence", s["confidence"]),
                           ("brier", (1 - s["p_true"].astype(float)) ** 2)):
        near(metric_of(calibration, metric)["value"], np.average(column.astype(float), weights=w), 1e-12, metric)
        group = run["age"] == 1
        near(metric_of(calibration, metric, "age", "middle")["value"],
             np.average(column[group].astype(float), weights=w[group]), 1e-12, metric + " of a group")
    place = np.clip(np.ceil(s["confidence"].astype(float) * 15), 1, 15)
    bins = [abs((w * (s["correct"] - s["confidence"].astype(float)))[place == b].sum()) for b in range(1, 16)]
    near(metric_of(calibration, "ece")["value"], sum(bins) / w.sum(), 1e-12, "ece")
    inside, loss = run["member"], s["loss"].astype(float)
    beats = (loss[inside][:, None] < loss[~inside]) + (loss[inside][:, None] == loss[~inside]) / 2
    auc = (w[inside][:, None] * w[~inside] * beats).sum() / (w[inside].sum() * w[~inside].sum())
    test = test_of(run["report"], "leakage.membership.loss")
    near(metric_of(test, "auc")["value"], auc, 1e-12, "AUC")
    same(metric_of(test, "auc")["ci"]["method"], "delong_effective_n", "its interval")


@case("--limit takes the weights of its rows; members have their own")
def _():
    rows = 200
    write_data("first.h5", None, run["y"][:rows], scores=run["scores"][:rows], weight=run["w"][:rows].astype(np.float32),
               attributes={"age": (AGES, run["age"][:rows])})
    write_data("other.h5", None, run["y"][:rows], scores=run["scores"][:rows],
               weight=run["w"][:rows].astype(np.float32).astype(float), attributes={"age": (AGES, run["age"][:rows])})
    scores, y, age, w = make(4, 150)
    write_data("members.h5", None, y, scores=scores, weight=w, attributes={"age": (AGES, age)})
    values = []
    for data, folder in (("first.h5", "single"), ("other.h5", "double")):
        good("run", config("limit.json", data=data, leakage={"members": "members.h5"}), "-o", path(folder))
        values.append([t["metrics"] for t in report_of(path(folder))["tests"]])
    same(values[0], values[1], "weights as float32 and as float64")
    gap = test_of(report_of(path("single")), "leakage.membership.gap", "members")
    right = samples_of(path("single"))["members"]["correct"] == 1
    check_share(metric_of(gap, "accuracy_members"), right, np.ones(150, bool), w, "members")
    write_data("half.h5", None, run["y"], scores=run["scores"], weight=run["w"], attributes={"age": (AGES, run["age"])})
    good("run", config("half.json", data="half.h5"), "-o", path("limited"), "--limit", str(rows))
    accuracy = metric_of(test_of(report_of(path("limited")), "robustness.clean"), "accuracy")
    right = samples_of(path("limited"))["clean"]["correct"] == 1
    check_share(accuracy, right, np.ones(rows, bool), run["w"][:rows], "first rows")


@case("weights that are none are refused with their row")
def _():
    def broken(pattern, weight):
        write_data("broken.h5", None, run["y"], scores=run["scores"], weight=weight)
        refused(3, pattern, "run", write_config("broken.json", {"data": "broken.h5"}), "-o", path("none"))

    def put(value):
        weight = run["w"].copy()
        weight[17] = value
        return weight
    broken(r"broken\.h5: /weight: row 17: 0 is not a weight \(above 0, finite\)", put(0))
    broken(r"/weight: row 17: -1 is not", put(-1))
    broken(r"/weight: row 17: nan is not", put(np.nan))
    broken(r"/weight: row 17: inf is not", put(np.inf))
    broken(r"/weight: wants 500 weights, one a row, got 499 values of rank 1", run["w"][:-1])
    broken(r"/weight: wants 500 weights, one a row, got 1000 values of rank 2", np.ones((N, 2)))
    broken(r"/weight: wants numbers", np.full(N, b"heavy"))
    with h5py.File(path("group.h5"), "w") as f:
        f.attrs["assay_dataset"] = 1
        f["y"], f["scores"] = run["y"], run["scores"]
        f.create_group("weight")
    refused(3, r"/weight: wants a data set of 500 weights", "run", write_config("group.json", {"data": "group.h5"}), "-o",
            path("none"))


main()
