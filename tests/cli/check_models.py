"""Third-party Keras files with reference values in ../shared/models; no cases where the folder is absent."""
import json
import os

import h5py
import numpy as np

from suite import (ROOT, case, good, main, metric_of, near, path, report_of, same, samples_of, test_of,
                   write_config,
                   write_data)

FOLDER = os.path.join(os.path.dirname(ROOT), "shared", "models")
NAMES = ["eidig_german", "fairify_GC-1", "fer_mini_xception", "mnist_lenet1_covtesting"]
if not os.path.isdir(FOLDER):
    NAMES = []


def reference(name):
    with open(os.path.join(FOLDER, name + ".json")) as f:
        facts = json.load(f)
    return facts, np.load(os.path.join(FOLDER, name + ".npz"))


def probabilities(kind, probs):
    """(n, k) from the file's column of sigmoids or rows of softmax."""
    return np.hstack([1 - probs, probs]) if kind == "sigmoid" else probs


def config(name, model, data, **more):
    return write_config(name, dict({"model": os.path.join(FOLDER, model), "data": data, "preprocess": {}}, **more))


def predicted(name, model, data):
    good("predict", config(name + ".json", model, data), "-o", path(name + "_out.h5"), "--gradient")
    with h5py.File(path(name + "_out.h5"), "r") as f:
        return {k: f[k][:] for k in f}


def check_probabilities(name):
    facts, z = reference(name)
    write_data(name + ".h5", z["x"], z["y"], z["x"].min(), z["x"].max())
    p = predicted(name, facts["model"], name + ".h5")
    wanted = probabilities(facts["kind"], z["probs"])
    near(float(np.abs(p["probabilities"] - wanted).max()), 0, 1e-5, "largest difference of probabilities")
    same(int((p["predicted"] == z["y"]).sum()), facts["correct"], "correct")


def check_gradient(name):
    facts, z = reference(name)
    y = z["y"][:len(z["xj"])]
    write_data(name + "_j.h5", z["xj"], y, z["xj"].min(), z["xj"].max())
    p = predicted(name + "_j", facts["model"], name + "_j.h5")
    near(float(np.abs(p["probabilities"] - probabilities(facts["kind"], z["probsj"])).max()), 0, 1e-5, "probabilities")
    near(float((np.abs(p["loss"] - z["lossj"]) / np.maximum(1e-3, z["lossj"])).max()), 0, 1e-3, "loss, relative")
    axes = tuple(range(1, z["gradj"].ndim))
    apart = np.sqrt(((p["gradient"] - z["gradj"]) ** 2).sum(axes)) / np.sqrt((z["gradj"] ** 2).sum(axes))
    assert (apart <= 1e-4).mean() >= 0.9, "%d of %d gradients within 1e-4" % ((apart <= 1e-4).sum(), len(apart))


def check_pgd(name):
    facts, z = reference(name)
    pgd = facts["pgd"]
    n = pgd["n"]
    write_data(name + "_a.h5", z["x"][:n], z["y"][:n], pgd["lo"], pgd["hi"])
    common = {"norm": "linf", "eps": pgd["eps"], "eps_unit": "data"}
    attacks = [dict(common, name="pgd", step_size=pgd["step"], steps=pgd["iters"], random_start=False, iterate="last"),
               dict(common, name="fgsm")]
    good("run", config(name + "_a.json", facts["model"], name + "_a.h5", attacks=attacks, output={"images": 0}), "-o",
         path(name + "_a"))
    report, samples = report_of(path(name + "_a")), samples_of(path(name + "_a"))
    same(metric_of(test_of(report, "robustness.clean"), "accuracy")["count"], pgd["clean_correct"], "correct clean")
    for attack, wanted in (("pgd_linf", "robust_correct_f64"), ("fgsm_linf", "fgsm_correct_f64")):
        scenario, = (s for s in samples if s.startswith("adversarial." + attack))
        robust = metric_of(test_of(report, "robustness.adversarial." + attack, scenario), "robust_accuracy")
        near(robust["count"], pgd[wanted], 2, attack + ": correct under attack")
        same(robust["n"], n, attack + ": samples")


def check_fairness(name):
    facts, z = reference(name)
    attributes = {a: (None, z["x"][:, column].astype(int)) for a, column in facts["sensitive_columns"].items()}
    write_data(name + "_f.h5", z["x"], z["y"], z["x"].min(), z["x"].max(), attributes)
    fairness = {"attributes": list(attributes), "min_group": 1}  # the reference compares groups of any size
    good("run", config(name + "_f.json", facts["model"], name + "_f.h5", fairness=fairness), "-o", path(name + "_f"))
    report = report_of(path(name + "_f"))
    for attribute, wanted in facts["fairness"].items():
        test = test_of(report, "fairness.static." + attribute)
        for ours, theirs in (("demographic_parity_difference", "demographic_parity_difference"),
                             ("demographic_parity_ratio", "disparate_impact_ratio"),
                             ("fpr_difference", "fpr_difference"),
                             ("equal_opportunity_difference", "equal_opportunity_difference")):
            near(metric_of(test, ours)["value"], wanted[theirs], 1e-6, attribute + ": " + ours)
        for value, group in wanted["groups"].items():
            for ours, theirs in (("selection_rate", "pos_rate"), ("tpr", "tpr"), ("fpr", "fpr"), ("accuracy", "acc")):
                near(metric_of(test, ours, attribute, value)["value"], group[theirs], 1e-6,
                     "%s=%s: %s" % (attribute, value, theirs))
            same(metric_of(test, "accuracy", attribute, value)["n"], group["n"], attribute + ": rows")


for model in NAMES:
    case("%s: probabilities within 1e-5 of the reference" % model)(lambda model=model: check_probabilities(model))
    case("%s: gradients within 1e-4 on 90 %% of 32 samples" % model)(lambda model=model: check_gradient(model))
    case("%s: PGD and FGSM leave the reference's counts, within 2" % model)(lambda model=model: check_pgd(model))
for model in NAMES[:2]:
    case("%s: group fairness within 1e-6 of the reference" % model)(lambda model=model: check_fairness(model))
main()
