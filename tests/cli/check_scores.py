"""Predictions only: a data set with /scores and no model."""
import json
import os

import h5py
import jsonschema
import numpy as np

from suite import (MODELS, case, check_rate, good, main, metric_of, near, path, refused, report_of, same, samples_of,
                   test_of, tests_of, write_config, write_data)

N, K = 330, 4
run = {}


def make_scores(seed):
    random = np.random.default_rng(seed)
    scores = random.dirichlet(np.full(K, 0.4), N).astype(np.float32)
    scores /= scores.sum(1, keepdims=True)
    y = np.where(random.random(N) < 0.6, scores.argmax(1), random.integers(0, K, N))
    return scores, y.astype(np.int32), random.integers(0, 3, N)


def config(name, **more):
    return write_config(name, dict({"data": "scores.h5", "fairness": {"attributes": ["age"], "favorable": 2}}, **more))


@case("fairness, calibration and leakage from stored scores; the report validates and names no model")
def _():
    run["scores"], run["y"], run["age"] = make_scores(5)
    run["member"] = np.arange(N) % 3 == 0
    write_data("scores.h5", None, run["y"], attributes={"age": (["young", "middle", "old"], run["age"])},
               scores=run["scores"], member=run["member"])
    good("run", config("scores.json"), "-o", path("scores"))
    run["report"] = report_of(path("scores"))
    jsonschema.Draft202012Validator(json.loads(good("schema", "report").out)).validate(run["report"])
    same(run["report"]["subject"]["model"], None, "subject.model")
    same(list(samples_of(path("scores"))), ["clean"], "scenarios")


@case("accuracy, group rates, Brier score and loss equal those of the scores")
def _():
    p, y = run["scores"].astype(float), run["y"]
    guess = p.argmax(1)
    check_rate(metric_of(test_of(run["report"], "robustness.clean"), "accuracy"), (guess == y).sum(), N, "accuracy")
    fairness = test_of(run["report"], "fairness.static.age")
    for code, value in enumerate(["young", "middle", "old"]):
        group = run["age"] == code
        check_rate(metric_of(fairness, "selection_rate", "age", value), (guess == 2)[group].sum(), group.sum(), value)
        check_rate(metric_of(fairness, "tpr", "age", value), (guess == 2)[group & (y == 2)].sum(),
                   (group & (y == 2)).sum(), value)
    calibration = test_of(run["report"], "calibration.clean")
    loss = -np.log(p[np.arange(N), y])
    near(metric_of(calibration, "mean_loss")["value"], loss.mean(), 1e-6, "mean loss")
    near(metric_of(calibration, "mean_confidence")["value"], p.max(1).mean(), 1e-7, "mean confidence")


@case("intervals are those that the config names; an unknown name is refused with the nearest, and nothing is written")
def _():
    good("run", config("chosen.json", intervals={"rate": "clopper_pearson", "difference": "miettinen_nurminen",
                                                 "ratio": "miettinen_nurminen"},
                       fairness={"attributes": ["age"], "favorable": 2, "min_group": 5}), "-o", path("chosen"))
    report = report_of(path("chosen"))
    jsonschema.Draft202012Validator(json.loads(good("schema", "report").out)).validate(report)
    same(report["run"]["config"]["intervals"]["ratio"], "miettinen_nurminen", "echo")
    fairness = test_of(report, "fairness.static.age")
    tpr, young = metric_of(fairness, "tpr", "age", "young"), metric_of(test_of(report, "robustness.clean"), "accuracy")
    same(tpr["ci"]["method"], "clopper_pearson", "method of a rate")
    same(young["ci"]["method"], "clopper_pearson", "method of accuracy")
    wilson_tpr = metric_of(test_of(run["report"], "fairness.static.age"), "tpr", "age", "young")
    same(tpr["value"], wilson_tpr["value"], "value")
    same(tpr["ci"]["low"] < wilson_tpr["ci"]["low"], True, "the exact interval is wider")
    for metric in ("equal_opportunity_difference", "equalized_odds_ratio"):
        same(metric_of(fairness, metric)["ci"]["method"], "miettinen_nurminen_bonferroni", metric)
    same("of a ratio" in good("list", "intervals", "miettinen_nurminen").out, True, "list")
    refused(2, "'intervals'.*clopper_pearson", "run", config("unknown.json", intervals={"rate": "clopper_person"}),
            "-o", path("unknown"))
    same(os.path.exists(path("unknown")), False, "output")


@case("membership by the /member column equals the AUC of the scores' losses")
def _():
    loss = samples_of(path("scores"))["clean"]["loss"].astype(float)
    inside, outside = -loss[run["member"]], -loss[~run["member"]]
    wins = (inside[:, None] > outside).sum() + 0.5 * (inside[:, None] == outside).sum()
    test, = tests_of(run["report"], "leakage.membership.loss")
    near(metric_of(test, "auc")["value"], wins / (len(inside) * len(outside)), 1e-12, "AUC")


@case("a score of exactly 0 for the true class stays finite; one of 1 has loss 0")
def _():
    scores = np.array([[1, 0], [0, 1], [1, 0], [0.25, 0.75]], np.float32)
    write_data("sure.h5", None, np.array([0, 0, 1, 1], np.int32), scores=scores)
    good("run", write_config("sure.json", {"data": "sure.h5"}), "-o", path("sure"))
    s = samples_of(path("sure"))["clean"]
    same(s["correct"].tolist(), [1, 0, 0, 1], "correct")
    assert np.isfinite(s["loss"]).all() and s["loss"][0] == 0 and s["loss"][1] > 50, s["loss"]
    assert np.isfinite(s["margin"]).all() and s["margin"][1] < -50, s["margin"]


@case("attacks and transformations are refused without a model; so is predict, and data without scores")
def _():
    attack = config("attack.json", attacks=[{"name": "fgsm", "eps": 1}])
    refused(2, r"attack\.json: .*'attacks' need a 'model'", "run", attack, "-o", path("none"))
    noise = config("noise.json", transformations=[{"name": "feature_noise"}])
    refused(2, r"noise\.json: .*'transformations' need a 'model'", "run", noise, "-o", path("none"))
    refused(2, r"scores\.json: 'model' is missing", "predict", path("scores.json"), "-o", path("none.h5"))
    write_data("plain.h5", np.zeros((3, 2), np.float32), np.zeros(3, np.int32))
    plain = write_config("plain.json", {"data": "plain.h5"})
    refused(2, r"no 'model'.*plain\.h5 has no /scores", "run", plain, "-o", path("none"))
    assert not os.path.exists(path("none")) and not os.path.exists(path("none.h5")), "something was left behind"


@case("scores that are none are refused with row and column")
def _():
    def broken(pattern, change, **parts):
        scores = run["scores"].copy()
        change(scores)
        write_data("broken.h5", None, run["y"], scores=scores, **parts)
        refused(3, pattern, "run", write_config("broken.json", {"data": "broken.h5"}), "-o", path("none"))
        assert not os.path.exists(path("none"))

    def put(row, column, value):
        def change(scores):
            scores[row, column] = value
        return change
    broken(r"/scores: row 17, column 2: -0\.25 is not a probability", put(17, 2, -0.25))
    broken(r"/scores: row 3, column 0: nan", put(3, 0, np.nan))
    broken(r"/scores: row 5 sums to .* wants 1", put(5, 1, run["scores"][5, 1] / 2 + 0.31))
    write_data("broken.h5", None, run["y"][:-1], scores=run["scores"])
    refused(3, r"/y: wants 330 labels", "run", path("broken.json"), "-o", path("none"))
    write_data("broken.h5", None, run["y"] + 1, scores=run["scores"])
    refused(3, r"labels up to 4.*4 columns", "run", path("broken.json"), "-o", path("none"))


@case("members with other columns of scores are refused; members of their own give a members scenario")
def _():
    scores, y, _ = make_scores(6)
    write_data("members.h5", None, y, scores=scores)
    write_data("narrow.h5", None, y % 3, scores=np.full((N, 3), 1 / 3, np.float32))
    own = config("own.json", leakage={"members": "members.h5"})
    good("run", own, "-o", path("own"))
    same(sorted(samples_of(path("own"))), ["clean", "members"], "scenarios")
    refused(3, r"narrow\.h5: wants /scores with 4 columns", "run", own, "-o", path("none"), "--set",
            "leakage.members=narrow.h5")


@case("intersections of empty values, and of names that would join alike, keep their slices apart")
def _():
    codes = np.arange(N)
    write_data("empty.h5", None, run["y"], scores=run["scores"],
               attributes={"a": (["", "x"], codes % 2), "b": (["", "x"], codes // 2 % 2)})
    empty = write_config("empty.json", {"data": "empty.h5", "fairness": {"attributes": ["a", "b"], "favorable": 2,
                                                                         "intersections": True}})
    good("run", empty, "-o", path("empty"))
    sizes = [m["slice"]["value"] for m in test_of(report_of(path("empty")), "fairness.static.a_x_b")["metrics"]
             if m["metric_id"] == "group_size"]
    same(sizes, ["*", "*x", "x*", "x*x"], "groups")


@case("members without the attributes: a warning, and no slices by what they lack")
def _():
    young = {"age": (["young", "middle", "old"], run["age"])}
    for name, attributes, sliced in (("bare", None, False), ("aged", young, True)):
        write_data(name + ".h5", None, run["y"], scores=run["scores"][:, ::-1], attributes=attributes)
        good("run", config("bare.json", leakage={"members": name + ".h5"}), "-o", path(name))
        loss = test_of(report_of(path(name)), "leakage.membership.loss", "members")
        same("no_member_attributes" in [w["code"] for w in loss["warnings"]], not sliced, "warned of " + name)
        same("age" in [m["slice"]["attribute"] for m in loss["metrics"] if m["slice"]], sliced, "slices by age")


@case("scores beside a model are not what is evaluated")
def _():
    x = np.random.default_rng(8).random((40, 14), dtype=np.float32)
    scores = np.tile(np.float32([1, 0]), (40, 1))
    write_data("both.h5", x, np.zeros(40, np.int32), scores=scores)
    model = os.path.join(MODELS, "hmda_mlp.h5")
    both = write_config("both.json", {"model": model, "data": "both.h5", "preprocess": {}})
    good("predict", both, "-o", path("both_out.h5"))
    good("run", both, "-o", path("both"))
    with h5py.File(path("both_out.h5"), "r") as f:
        assert (samples_of(path("both"))["clean"]["predicted"] == f["predicted"][:]).all()


main()
