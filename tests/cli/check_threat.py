"""Attacks on a table keep to its feature schema: eps in both units, refusals, and what the report says of it."""
import json

import h5py
import numpy as np

from suite import MODELS, case, good, main, metric_of, path, refused, report_of, same, samples_of, test_of, write_config, \
    write_data
import os

MODEL = os.path.join(MODELS, "hmda_mlp.h5")
N = 96
NAMES = ["pirat", "hirat", "lvrat", "chist", "m=1", "m=2", "m=3", "m=4", "phist", "unemp", "selfemp", "insurance",
         "condomin", "hschool"]
KIND = ["numeric"] * 3 + ["ordinal"] + ["onehot:m"] * 4 + ["ordinal", "numeric"] + ["ordinal"] * 4
LOW, HIGH = np.zeros(14), np.array([3, 3, 2, 5, 1, 1, 1, 1, 1, 10, 1, 1, 1, 1.0])
run = {}


def schema_data(name, relations=("hirat <= pirat",), mutable=None, budget=None, kind=KIND):
    random = np.random.default_rng(7)
    x = np.zeros((N, 14), np.float32)
    x[:, 0] = random.random(N) * 0.6
    x[:, 1] = x[:, 0] * random.random(N).astype(np.float32)
    x[:, 2] = random.random(N) * 1.2
    x[:, 3] = random.integers(0, 6, N)
    x[np.arange(N), 4 + random.integers(0, 4, N)] = 1
    x[:, 9] = random.random(N) * 10
    x[:, 10:] = random.integers(0, 2, (N, 4))
    write_data(name, x, np.zeros(N, np.int32), LOW, HIGH, class_names=["denied", "approved"])
    with h5py.File(path(name), "r+") as f:
        f["features/names"] = NAMES
        f["features/kind"] = list(kind)
        f["features/mutable"] = np.ones(14, np.uint8) if mutable is None else np.asarray(mutable, np.uint8)
        if budget is not None:
            f["features/budget"] = np.asarray(budget, np.float64)
        if relations:
            f["features"].attrs["relations"] = list(relations)
    config = write_config("label.json", {"model": MODEL, "data": name, "preprocess": {}})
    good("predict", config, "-o", path("label_out.h5"))
    with h5py.File(path("label_out.h5"), "r") as p, h5py.File(path(name), "r+") as f:
        f["y"][...] = p["predicted"][:]
    return name


def config_of(data, *attacks):
    return write_config("c.json", {"model": MODEL, "data": data, "preprocess": {}, "attacks": list(attacks)})


def attack(name, norm, eps=None, **more):
    return {"name": name, "norm": norm, **({} if eps is None else {"eps": eps}), **more}


@case("eps is a share of each range by default; columns and medians have both units, the report says which")
def _():
    data = schema_data("schema.h5", budget=[np.nan, np.nan, 0.1] + [np.nan] * 11)
    config = config_of(data, attack("pgd", "linf", [0.05, 1]), attack("pgd", "l1", [1, 2.5], restarts=2),
                       attack("ddn", "l2", [0.1, 0.4]), attack("universal", "l2", 1.5))
    good("run", config, "-o", path("out"), "--threads", "2")
    report, samples = report_of(path("out")), samples_of(path("out"))
    broken = {}
    for scenario, s in samples.items():
        if scenario == "clean":
            continue
        norm, eps = scenario.split("@")[0].rsplit("_", 1)[1], float((scenario + "@inf").split("@")[1])
        test = test_of(report, "robustness." + scenario.split("@")[0], scenario)
        same(test["params"].get("eps_unit", "range"), "range", scenario)
        assert not any(w["code"] == "infeasible_examples" for w in test["warnings"]), scenario
        assert (s[norm + "_range"][s["success"] == 1] <= eps).all(), scenario
        assert (s["status"] != 4).all(), scenario
        whole = metric_of(test, "median_%s_range" % norm)
        if whole["value"] is not None:
            hit = np.where(s["success"], s[norm + "_range"], np.inf)[s["attacked"] == 1]
            same(np.float32(whole["value"]), np.float32(np.median(hit)), scenario)
        # A category that changes is two values and one feature.
        assert (s["l0_range"] <= s["l0"]).all() and (s["l0"] <= s["l0_range"] + 1).all(), scenario
        broken[scenario] = s["success"].sum()
    assert (samples["adversarial.pgd_l1@2.5"]["l0"] > samples["adversarial.pgd_l1@2.5"]["l0_range"]).any(), broken
    assert broken["adversarial.pgd_linf@1"] > broken["adversarial.pgd_linf@0.05"], broken
    # What eps means for each feature: of its range, within its budget, in whole steps.
    for eps, wanted in ((0.05, [0.15, 0.15, 0.1, 0, 0, 0, 0, 0, 0, 0.5] + [0] * 4),
                        (1, [3, 3, 0.1, 5, 1, 1, 1, 1, 1, 10, 1, 1, 1, 1])):
        test = test_of(report, "robustness.adversarial.pgd_linf", "adversarial.pgd_linf@%g" % eps)
        assert np.allclose(test["params"]["eps_data"], wanted), test["params"]
    curve = test_of(report, "robustness.curve.pgd_linf", "adversarial.pgd_linf")
    assert "range" in json.dumps(curve["series"]), curve["series"]


@case("in data units a step of one range is as long as the range; the two units are not mixed in one norm")
def _():
    data = schema_data("units.h5", relations=())
    good("run", config_of(data, attack("pgd", "linf", 0.3, eps_unit="data")), "-o", path("data_unit"))
    s = samples_of(path("data_unit"))["adversarial.pgd_linf@0.3"]
    assert (s["linf"] <= 0.3).all() and s["linf"].max() > 0.2, s["linf"].max()
    assert (s["linf_range"] <= 0.3 / 2 * (1 + 1e-6)).all(), "the narrowest range that may move is 2"
    params = test_of(report_of(path("data_unit")), "robustness.adversarial.pgd_linf",
                     "adversarial.pgd_linf@0.3")["params"]
    same((params["eps_unit"], "eps_data" in params, "eps_range" in params), ("data", False, False), params)
    write_data("flat.h5", np.random.default_rng(1).random((8, 14), np.float32), np.zeros(8, np.int32), -1, 3)
    good("run", config_of("flat.h5", attack("pgd", "linf", 0.2, eps_unit="data")), "-o", path("flat"))
    same(test_of(report_of(path("flat")), "robustness.adversarial.pgd_linf",
                 "adversarial.pgd_linf@0.2")["params"]["eps_range"], 0.05, "share of the one width")
    refused(2, "elements 0 and 1 both bound linf, one in \"data\" and one in \"range\" units",
            "validate", config_of(data, attack("pgd", "linf", 1, eps_unit="data"), attack("bim", "linf", 1)))
    good("validate", config_of(data, attack("pgd", "linf", 1, eps_unit="data"), attack("ddn", "l2")))


@case("a budget in which no feature can move is refused with what would work")
def _():
    data = schema_data("stuck.h5", relations=(), mutable=[0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1])
    refused(2, "no feature of .*stuck.h5 can change within eps 0.1 .*\"range\".* larger eps, or norm l0 or l1",
            "validate", config_of(data, attack("pgd", "linf", 0.1)))
    good("validate", config_of(data, attack("pgd", "linf", 0.2)))
    good("run", config_of(data, attack("pgd", "l1", 1.2)), "-o", path("stuck"))
    s = samples_of(path("stuck"))["adversarial.pgd_l1@1.2"]
    assert s["success"].any() and (s["l0_range"] <= 6).all(), s["l0_range"]


@case("schemas with a fault are refused by name")
def _():
    refused(3, r"/features: relation 'hirat <= pirate': .*no feature goes by the name at 'pirate'",
            "validate", config_of(schema_data_fault("a.h5", relations=["hirat <= pirate"]), attack("pgd", "linf", 0.1)))
    refused(3, r"/features/budget: 'pirat': -1 is no length",
            "validate", config_of(schema_data_fault("b.h5", budget=[-1] + [1] * 13), attack("pgd", "linf", 0.1)))


def schema_data_fault(name, relations=(), budget=None):
    schema_data(name, relations=())
    with h5py.File(path(name), "r+") as f:
        if relations:
            f["features"].attrs["relations"] = list(relations)
        if budget is not None:
            f["features/budget"] = np.asarray(budget, np.float64)
    return name


def broken_by(x, label, candidates, allowed):
    """Of each row of x, whether a candidate (n, m, 14) that is allowed (n, m) has another class, by `predict`."""
    write_data("candidates.h5", candidates[allowed].astype(np.float32), np.zeros(int(allowed.sum()), np.int32), LOW, HIGH)
    good("predict", config_of("candidates.h5"), "-o", path("candidates_out.h5"))
    owner = np.nonzero(allowed)[0]
    with h5py.File(path("candidates_out.h5"), "r") as f:
        return np.bincount(owner, f["predicted"][:] != label[owner], len(x)) > 0


def rows_of(data):
    with h5py.File(path(data), "r") as f:
        return f["x"][:].astype(np.float64), f["y"][:]


@case("numbers under a relation and a budget: pgd breaks no row that a grid does not, and nearly all that it does")
def _():
    data = schema_data("grid.h5", mutable=[1] * 3 + [0] * 11, budget=[np.nan, np.nan, 0.15] + [np.nan] * 11)
    good("run", config_of(data, attack("pgd", "linf", 0.1, restarts=10)), "-o", path("grid"))
    s = samples_of(path("grid"))["adversarial.pgd_linf@0.1"]
    x, y = rows_of(data)
    steps = np.stack(np.meshgrid(*[np.linspace(-1, 1, 15)] * 3, indexing="ij"), -1).reshape(-1, 3)
    tries = np.repeat(x[:, None, :], len(steps), 1)
    tries[:, :, :3] += steps * np.minimum(0.1 * HIGH[:3], [9, 9, 0.15])
    allowed = ((tries >= LOW) & (tries <= HIGH)).all(2) & (tries[:, :, 1] <= tries[:, :, 0])
    grid, hit = broken_by(x, y, tries, allowed), s["success"].astype(bool)
    assert 10 < grid.sum() < N - 10, grid.sum()
    assert (hit & ~grid).sum() <= 2, "between the points of the grid there is not much"
    assert (hit & grid).sum() >= 0.95 * grid.sum(), ((hit & grid).sum(), grid.sum())


@case("categories and whole values: what pgd breaks is among all that is feasible, and most of it")
def _():
    """Within 1.2 in l1: any number of steps of a fifth in 'chist' and nothing else, or one other change and one step."""
    data = schema_data("whole.h5", relations=(), mutable=[0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1])
    good("run", config_of(data, attack("pgd", "l1", 1.2, restarts=10)), "-o", path("whole"))
    s = samples_of(path("whole"))["adversarial.pgd_l1@1.2"]
    x, y = rows_of(data)
    tries, costs = [], []
    for chist in range(6):
        for other in [None, 4, 5, 6, 7, 8, 10, 11, 12, 13]:
            t = x.copy()
            t[:, 3] = chist
            cost = np.abs(x[:, 3] - chist) / 5
            if other is not None and other < 8:
                t[:, 4:8] = 0
                t[:, other] = 1
                cost = cost + (x[:, other] != 1)
            elif other is not None:
                t[:, other] = 1 - t[:, other]
                cost = cost + 1
            tries.append(t)
            costs.append(cost)
    broken, hit = broken_by(x, y, np.stack(tries, 1), np.stack(costs, 1) <= 1.2 + 1e-12), s["success"].astype(bool)
    assert 10 < broken.sum() < N - 4, broken.sum()
    assert not (hit & ~broken).any(), np.nonzero(hit & ~broken)
    assert hit.sum() >= 0.9 * broken.sum(), (hit.sum(), broken.sum())


@case("one digest on any number of threads")
def _():
    config = config_of("schema.h5", attack("pgd", "l1", [1, 2.5]), attack("ddn", "l2"), attack("universal", "linf", 0.2))
    digests = set()
    for threads in ("1", "3"):
        good("run", config, "-o", path("t" + threads), "--threads", threads)
        digests.add(report_of(path("t" + threads))["integrity"]["digest_sha256"])
    same(len(digests), 1, "digests")


main()
