"""An image run with transformations, attacks and membership on Fashion-MNIST, every number recomputed by numpy."""
import hashlib
import json
import math
import os
import re
import sys

import jsonschema
import numpy as np

from suite import (MODELS, case, check_rate, good, import_fashion, main, metric_of, near, path, report_of, same,
                   samples_of,
                   test_of, tests_of, write_config)

COLUMNS = ("index label predicted correct p_true loss margin success linf l2 queries_forward queries_gradient "
           "steps").split()
ATTACKS = [{"name": "fgsm", "norm": "linf", "eps": [4, 16]},
           {"name": "pgd", "norm": "linf", "eps": [16, 4], "steps": 7},
           {"name": "pgd", "norm": "l2", "eps": [64, "512/3"], "steps": 7, "restarts": 2},
           {"name": "pgd", "norm": "linf", "eps": 12, "steps": 7, "targeted": True, "target": "next"},
           {"name": "pgd", "norm": "l2", "eps": 300, "steps": 5, "iterate": "last", "targeted": True, "target": 3,
            "id": "to-dress"}]
FAMILIES = {"fgsm_linf": (4, 16), "pgd_linf": (4, 16), "pgd_l2": (64, 512 / 3), "pgd_linf_targeted": (12,),
            "to-dress": (300,)}


def shortest(x):
    return repr(float(x))[:-2] if float(x).is_integer() else repr(float(x))


def scenario(family, eps):
    return "adversarial.%s@%s" % (family, shortest(eps))


run = {}

if os.environ.get("ASSAY_CPU") == "scalar":
    print("skip  image: minutes on the scalar kernels; check_repeat compares their bits with the others'")
    sys.exit(0)


@case("a run on Fashion-MNIST with attacks, transformations and members ends with 0 and says where its report is")
def _():
    import_fashion("test.h5", "t10k", 0, 160)
    import_fashion("members.h5", "train", 0, 96)
    config = write_config("image.json", {
        "model": os.path.join(MODELS, "fashion_cnn.h5"), "data": "test.h5", "seed": 7, "preprocess": {"scale": 1 / 255},
        "transformations": [{"name": "gaussian_noise", "severity": [1, 5]}, {"name": "rotate", "severity": 3}],
        "attacks": ATTACKS, "leakage": {"members": "members.h5"}, "output": {"images": 5}})
    r = good("run", config, "-o", path("image"), "--threads", "2")
    assert path("image", "report.json") in r.out and "adversarial.pgd_linf@16" in r.out, r.out
    run["report"], run["samples"] = report_of(path("image")), samples_of(path("image"))
    wanted = ["clean", "natural.gaussian_noise@1", "natural.gaussian_noise@5", "natural.rotate@3", "members"]
    wanted += [scenario(family, eps) for family in FAMILIES for eps in FAMILIES[family]]
    same(sorted(run["samples"]), sorted(wanted), "scenarios of samples.h5")


@case("the report validates against its schema, and names its evidence by hash")
def _():
    schema = json.loads(good("schema", "report").out)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(run["report"])
    files = {e["path"]: e["sha256"] for t in run["report"]["tests"] for e in t["evidence"]}
    assert "samples.h5" in files and any(f.startswith("images/") for f in files), sorted(files)
    for name, sha in files.items():
        with open(path("image", name), "rb") as f:
            same(hashlib.sha256(f.read()).hexdigest(), sha, name)
    pictures = sorted(os.listdir(path("image", "images")))
    same(len(pictures), len(run["samples"]) - 2, "contact sheets, one a scenario but clean and members")


@case("columns of samples.h5: all there, one row a sample, index order, correct = (predicted == label)")
def _():
    for name, s in run["samples"].items():
        n = 96 if name == "members" else 160
        for column in COLUMNS:
            assert column in s and s[column].shape == (n,), "%s: %s" % (name, column)
        same(s["index"].tolist(), list(range(n)), name + ": index")
        assert ((s["predicted"] == s["label"]) == s["correct"]).all(), name
        assert np.isfinite(np.stack([s[c] for c in ("p_true", "loss", "margin", "linf", "l2")])).all(), name
        assert ((s["p_true"] >= 0) & (s["p_true"] <= 1)).all() and (s["loss"] >= 0).all(), name
        near(float(np.abs(np.exp(-s["loss"].astype(float)) - s["p_true"]).max()), 0, 1e-6,
             name + ": p_true = exp(-loss)")
        assert ((s["margin"] > 0) <= s["correct"]).all() and ((s["margin"] < 0) <= (s["correct"] == 0)).all(), name


@case("budgets hold exactly; samples wrong clean are left alone; queries and steps are counted")
def _():
    clean = run["samples"]["clean"]
    wrong = clean["correct"] == 0
    assert 5 < wrong.sum() < 80, wrong.sum()
    for family, budgets in FAMILIES.items():
        norm = "l2" if family in ("pgd_l2", "to-dress") else "linf"
        for eps in budgets:
            s, what = run["samples"][scenario(family, eps)], scenario(family, eps) + ": "
            assert (s[norm].astype(float) <= np.nextafter(np.float32(eps), np.float32(np.inf))).all(), what
            if norm == "linf":
                assert (s["linf"].astype(float) <= eps).all(), (family, eps, s["linf"].max())
            for column in ("linf", "l2", "queries_forward", "queries_gradient", "steps", "success", "attacked"):
                assert (s[column][wrong] == 0).all(), what + column
            for column in ("predicted", "p_true", "loss", "margin"):
                assert (s[column][wrong] == clean[column][wrong]).all(), what + column
            attacked = s["attacked"] == 1
            assert (s["linf"][attacked] <= s["l2"][attacked] * (1 + 1e-6)).all(), family
            assert (s["queries_gradient"][attacked] >= 1).all() and (s["linf"][attacked] > 0).all(), family
            assert s["steps"].max() <= {"fgsm_linf": 1, "pgd_l2": 14}.get(family, 7), (family, s["steps"].max())


@case("success is what the goal says; robust at a larger budget implies robust at a smaller")
def _():
    clean = run["samples"]["clean"]
    for family, budgets in FAMILIES.items():
        for eps in budgets:
            s = run["samples"][scenario(family, eps)]
            if family == "pgd_linf_targeted":
                goal = (s["predicted"] == (s["label"] + 1) % 10) & (clean["correct"] == 1)
            elif family == "to-dress":
                goal = (s["predicted"] == 3) & (clean["correct"] == 1) & (s["label"] != 3)
            else:
                goal = (s["correct"] == 0) & (clean["correct"] == 1)
            assert (s["success"] == goal).all(), family
        for small, large in zip(budgets, budgets[1:]):
            a, b = run["samples"][scenario(family, small)], run["samples"][scenario(family, large)]
            assert (a["success"] <= b["success"]).all(), family
            # carried = 2: attacked all the same, in vain; the few others of a sample were broken once more
            taken, broken = b["carried"] > 0, a["success"] == 1
            assert (taken <= broken).all() and 2 * taken.sum() >= broken.sum(), family
            for column in COLUMNS:
                assert (a[column][taken] == b[column][taken]).all(), "%s: %s of samples taken over" % (family, column)
    pgd, fgsm = run["samples"]["adversarial.pgd_linf@16"], run["samples"]["adversarial.fgsm_linf@16"]
    assert pgd["success"].sum() >= fgsm["success"].sum() > 0, (pgd["success"].sum(), fgsm["success"].sum())


@case("accuracy, robust accuracy and attack success rate equal those from samples.h5, with Wilson intervals")
def _():
    clean = run["samples"]["clean"]
    accuracy = metric_of(test_of(run["report"], "robustness.clean"), "accuracy")
    check_rate(accuracy, clean["correct"].sum(), 160, "clean accuracy")
    same(run["report"]["summary"]["headline"]["clean_accuracy"]["value"], accuracy["value"], "headline")
    for name in ("natural.gaussian_noise@1", "natural.gaussian_noise@5", "natural.rotate@3"):
        test = test_of(run["report"], "robustness." + name.split("@")[0], name)
        check_rate(metric_of(test, "accuracy"), run["samples"][name]["correct"].sum(), 160, name)
    for family, budgets in FAMILIES.items():
        for eps in budgets:
            s = run["samples"][scenario(family, eps)]
            test = test_of(run["report"], "robustness.adversarial." + family, scenario(family, eps))
            same(test["params"]["eps"], eps, family)
            check_rate(metric_of(test, "robust_accuracy"), (s["correct"] & clean["correct"]).sum(), 160,
                       scenario(family, eps))
            tried = clean["correct"].sum()
            if family == "to-dress":
                tried = s["attacked"].sum()
            check_rate(metric_of(test, "attack_success_rate"), s["success"].sum(), tried,
                       scenario(family, eps) + " success")


@case("p of every accuracy_drop is McNemar's of samples.h5, adjusted by Holm over all of them")
def _():
    found = [(test["scenario"], m["p"]) for test in run["report"]["tests"] for m in test["metrics"] if "p" in m]
    same(len(found) > 5, True, "scenarios with a p")
    clean = run["samples"]["clean"]["correct"] == 1
    for name, p in found:
        after = run["samples"][name]["correct"] == 1
        lost, gained = int((clean & ~after).sum()), int((~clean & after).sum())
        tail = sum(math.comb(lost + gained, k) for k in range(min(lost, gained) + 1)) / 2 ** (lost + gained)
        near(p["value"], min(1, 2 * tail), 1e-12, name)
        same((p["method"], p["comparisons_n"]), ("mcnemar_exact", len(found)), name)
    worst = min(p["value"] for _, p in found)
    near(min(p["holm"] for _, p in found), min(1, len(found) * worst), 1e-12, "Holm of the smallest")
    same(all(p["value"] <= p["benjamini_hochberg"] <= p["holm"] for _, p in found), True, "order")


@case("worst case: a sample counts only if it survives every attack of the norm within the budget")
def _():
    tests = [t for t in run["report"]["tests"] if t["test_id"].startswith("robustness.worst_case.")]
    same(len(tests), 3 + 3, "worst cases")
    for test in tests:
        norm, eps = test["params"]["norm"], test["params"]["eps"]
        alive = run["samples"]["clean"]["correct"].astype(bool)
        for family, budgets in FAMILIES.items():
            for budget in budgets:
                if budget <= eps and (norm == "l2") == (family in ("pgd_l2", "to-dress")):
                    alive = alive & (run["samples"][scenario(family, budget)]["correct"] == 1)
        check_rate(metric_of(test, "robust_accuracy"), alive.sum(), 160, test["scenario"])


@case("membership: AUC, TPR at FPR and the accuracy gap equal those from samples.h5")
def _():
    inside, outside = run["samples"]["members"], run["samples"]["clean"]
    for score, column, sign in (("loss", "loss", -1), ("confidence", "p_true", 1), ("entropy", "entropy", -1),
                                ("modified_entropy", "modified_entropy", -1)):
        a, b = sign * inside[column].astype(float), sign * outside[column].astype(float)
        test = test_of(run["report"], "leakage.membership." + score, "members")
        wins = (a[:, None] > b).sum() + 0.5 * (a[:, None] == b).sum()
        near(metric_of(test, "auc")["value"], wins / (96 * 160), 1e-12, score + " AUC")
        for fpr in (0.01, 0.001):
            reached = [(b >= t).mean() <= fpr and (a >= t).mean() for t in np.concatenate([a, b])]
            near(metric_of(test, "tpr_at_fpr_%g" % fpr)["value"], max(reached + [0]), 1e-12,
                 "%s TPR at FPR %g" % (score, fpr))
        best = max((a >= t).mean() - (b >= t).mean() for t in np.concatenate([a, b]))
        near(metric_of(test, "advantage")["value"], max(best, 0), 1e-12, score + " advantage")
    gap = metric_of(test_of(run["report"], "leakage.membership.gap", "members"), "accuracy_gap")
    near(gap["value"], inside["correct"].mean() - outside["correct"].mean(), 1e-12, "accuracy gap")


@case("calibration: mean loss and confidence equal those from samples.h5; the page needs the report alone")
def _():
    clean = run["samples"]["clean"]
    test = test_of(run["report"], "calibration.clean")
    near(metric_of(test, "mean_loss")["value"], clean["loss"].astype(float).mean(), 1e-9, "mean loss")
    near(metric_of(test, "mean_confidence")["value"], clean["confidence"].astype(float).mean(), 1e-9, "mean confidence")
    good("report", path("image", "report.json"), "-o", path("again.html"))
    with open(path("again.html"), "rb") as again, open(path("image", "report.html"), "rb") as first:
        page = first.read()
        assert page == again.read(), "report.html differs from `assay report report.json`"
    assert b"pgd_l2" in page and not re.search(rb"<link|\bsrc=.?http|@import", page), "the page must stand alone"


main()
