"""Nets beside the target: examples made on a source, the transfer matrix, the ensemble's vote, and what is refused."""
import os
import shutil
import signal
import subprocess
import time

import h5py
import numpy as np

from suite import (ASSAY, MODELS, case, check_rate, digest_of, environment, good, import_fashion, main, metric_of,
                   path, refused, report_of, same, samples_of, test_of, tests_of, write_config, write_data)

N = 150
ID = "adversarial.pgd_linf%s@%d"
CNN, ROBUST = (os.path.join(MODELS, name) for name in ("fashion_cnn.h5", "fashion_cnn_adversarial.h5"))
SCALE = {"scale": 1 / 255}
CONFIG = {"model": CNN, "data": "fashion.h5", "preprocess": SCALE, "seed": 3, "output": {"images": 2},
          "sources": {"same": {"model": CNN, "preprocess": SCALE}, "adv": {"model": ROBUST, "preprocess": SCALE}},
          "ensemble": ["model", "adv", "same"], "transformations": [{"name": "gaussian_noise", "severity": 4}],
          "attacks": [{"name": "pgd", "norm": "linf", "eps": [2, 8], "steps": 8, "source": ["model", "same", "adv"]},
                      {"name": "pgd", "norm": "l2", "eps": 200, "steps": 5, "targeted": True, "source": "adv"}]}
samples = {}


def config(name="transfer.json", **changes):
    return write_config(name, dict(CONFIG, **changes))


@case("examples made on a copy of the target are the target's own, row by row")
def _():
    import_fashion("fashion.h5", "t10k", 1000, 1000 + N)
    good("run", config(), "-o", path("t1"), "--threads", "1")
    samples.update(samples_of(path("t1")))
    for eps in (2, 8):
        white, copy = samples[ID % ("", eps)], samples[ID % ("_from_same", eps)]
        for column in white:
            same(copy[column].tobytes(), white[column].tobytes(), "%s at eps %d" % (column, eps))
    assert (samples[ID % ("_from_adv", 8)]["loss"] != samples[ID % ("", 8)]["loss"]).any(), "adv is the same net"


@case("the attack is aimed at what the target classifies correctly; a source answers as a run of it alone")
def _():
    clean = samples["clean"]
    for key in ("_from_adv", ""):
        same(samples[ID % (key, 8)]["attacked"].tolist(), clean["correct"].tolist(), "attacked" + key)
    alone = config("alone.json", model=ROBUST, sources={}, ensemble=["model", "model"], attacks=[])
    good("run", alone, "-o", path("alone"))
    alone = samples_of(path("alone"))
    for column in ("predicted", "loss", "margin", "correct"):
        same(samples["source.adv.clean"][column].tobytes(), alone["clean"][column].tobytes(), "clean " + column)
    for scenario in ("clean", "natural.gaussian_noise@4"):
        for column in ("predicted", "correct", "index", "linf"):
            same(alone["ensemble." + scenario][column].tolist(), alone[scenario][column].tolist(),
                 "a net's vote with itself, " + column)


@case("the votes of two copies of the target and another net are the target's, but in loss and probabilities")
def _():
    names = [s for s in samples if not s.startswith(("ensemble.", "source."))]
    same(sorted("ensemble." + s for s in names), sorted(s for s in samples if s.startswith("ensemble.")), "scenarios")
    for s in names:
        same(samples["ensemble." + s]["predicted"].tolist(), samples[s]["predicted"].tolist(), "votes under " + s)
    assert (samples["ensemble.clean"]["p_true"] != samples["clean"]["p_true"]).any()
    p = (2 * samples["clean"]["p_true"].astype(float) + samples["source.adv.clean"]["p_true"]) / 3
    assert np.abs(samples["ensemble.clean"]["p_true"] - p).max() < 1e-6


@case("success_by_queries is of attacks that ask the target, judged by the target: of others the query is not known")
def _():
    with h5py.File(path("t1", "samples.h5")) as f:
        same(sorted(f["tables/success_by_queries"]), sorted(ID % ("", eps) for eps in (2, 8)), "scenarios")


def success(source, judge, eps):
    """Count and n of the samples that are attacked and that the judge is right on."""
    scenario = ID % ("" if source == "model" else "_from_" + source, eps)
    rows = samples[scenario]
    seen = rows if judge is None else samples["source.%s.%s" % (judge, scenario)]
    before = samples["clean" if judge is None else "source.%s.clean" % judge]["correct"]
    n = (rows["attacked"] == 1) & (before == 1)
    return int((seen["correct"][n] == 0).sum()), int(n.sum())


@case("robustness.transfer: every value of the matrix from samples.h5; clean accuracies of all nets")
def _():
    report = report_of(path("t1"))
    for eps in (2, 8):
        test = test_of(report, "robustness.transfer", ID % ("", eps))
        cells = {(m["slice"]["value"], m["slice"].get("judge")): m for m in test["metrics"]}
        same(set(cells), {(s, j) for s in ("model", "same", "adv") for j in (None, "same", "adv")}, "cells")
        for (source, judge), m in cells.items():
            same((m["metric_id"], m["slice"]["attribute"]), ("attack_success_rate", "source"), "cell")
            check_rate(m, *success(source, judge, eps), "%s judged by %s at %d" % (source, judge, eps))
    clean = test_of(report, "robustness.transfer", "clean")
    check_rate(metric_of(clean, "accuracy"), samples["clean"]["correct"].sum(), N, "target")
    check_rate(metric_of(clean, "accuracy", "source", "adv"), samples["source.adv.clean"]["correct"].sum(), N, "adv")
    targeted = test_of(report, "robustness.transfer", "adversarial.pgd_l2_targeted@200")
    rows = samples["adversarial.pgd_l2_targeted_from_adv@200"]
    check_rate(metric_of(targeted, "attack_success_rate", "source", "adv"), rows["success"].sum(),
               rows["attacked"].sum(), "targeted")
    params = [targeted["params"].get(key) for key in ("name", "norm", "eps", "steps", "source")]
    same(params, ["pgd", "l2", 200, 5, None], "params of the matrix")
    same((clean["duration_s"], targeted["duration_s"]), (None, None), "durations")
    names = [(m["role"], m["name"], m["preprocess"]) for m in report["subject"]["models"]]
    same(names, [("target", "model", SCALE), ("source", "same", SCALE), ("source", "adv", SCALE)], "subject.models")
    params = test_of(report, "robustness.adversarial.pgd_linf_from_adv", ID % ("_from_adv", 8))["params"]
    same(params["source"], "adv", "params.source")


@case("robustness.ensemble: accuracy and robust accuracy of the vote, per scenario")
def _():
    tests = tests_of(report_of(path("t1")), "robustness.ensemble")
    same(len(tests), 9, "tests")
    for test in tests:
        rows = samples["ensemble." + test["scenario"]]["correct"]
        check_rate(metric_of(test, "accuracy"), rows.sum(), N, "accuracy under " + test["scenario"])
        if test["scenario"] != "clean":
            held = (rows & samples["ensemble.clean"]["correct"]).sum()
            check_rate(metric_of(test, "robust_accuracy"), held, N, "robust accuracy under " + test["scenario"])


@case("an attack that sees the ensemble raises the loss of its mean further than one that sees the target alone")
def _():
    attack = {"name": "pgd", "norm": "linf", "eps": 16, "steps": 12, "source": ["model", "ensemble"], "iterate": "last"}
    seen = config("seen.json", ensemble=["model", "adv"], attacks=[attack], transformations=[])
    for threads in ("1", "3"):
        good("run", seen, "-o", path("seen" + threads), "--threads", threads)
    same(digest_of(path("seen3")), digest_of(path("seen1")), "digest")
    rows = samples_of(path("seen1"))
    alone, both = (rows["ensemble." + ID % (key, 16)]["loss"].mean() for key in ("", "_from_ensemble"))
    assert both > alone + 0.05, "mean loss %g when the ensemble is attacked, %g when the target is" % (both, alone)
    matrix = test_of(report_of(path("seen1")), "robustness.transfer", ID % ("", 16))
    row = metric_of(matrix, "attack_success_rate", "source", "ensemble")
    hit = rows[ID % ("_from_ensemble", 16)]
    check_rate(row, ((hit["attacked"] == 1) & (hit["correct"] == 0)).sum(), hit["attacked"].sum(), "ensemble's row")


@case("one digest on any number of threads, and after an interruption that left some judges out")
def _():
    for threads in ("2", "3"):
        good("run", config(), "-o", path("t" + threads), "--threads", threads)
        same(digest_of(path("t" + threads)), digest_of(path("t1")), "digest with %s threads" % threads)
    folder, journal = path("killed"), path("killed", "journal.bin")
    run = [ASSAY, "run", config(), "-o", folder, "--quiet", "--threads", "2"]
    for size in (9000, 60000):
        p = subprocess.Popen(run + (["--resume"] if os.path.exists(journal) else []), env=environment(),
                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while p.poll() is None and (not os.path.exists(journal) or os.path.getsize(journal) < size):
            time.sleep(0.0005)
        p.send_signal(signal.SIGKILL)
        p.wait()
    good("run", config(), "-o", folder, "--resume")
    same(digest_of(folder), digest_of(path("t1")), "digest after --resume")


@case("an fgsm example made on another net: recomputed from that net's gradients, judged by predict")
def _():
    random = np.random.default_rng(4)
    x, y = random.random((80, 14), dtype=np.float32), random.integers(0, 2, 80).astype(np.int32)
    write_data("table.h5", x, y)
    mlp = os.path.join(MODELS, "hmda_mlp.h5")
    base = {"model": mlp, "data": "table.h5", "preprocess": {},
            "sources": {"b": {"model": mlp, "preprocess": {"mean": 0.5}}},
            "attacks": [{"name": "fgsm", "norm": "linf", "eps": 0.125, "source": "b"}]}
    good("run", write_config("fgsm.json", base), "-o", path("fgsm"))
    alone = {"model": mlp, "data": "table.h5", "preprocess": {"mean": 0.5}}
    good("predict", write_config("b.json", alone), "--gradient", "-o", path("b.h5"))
    with h5py.File(path("b.h5")) as f:
        adv = np.clip(x + np.float32(0.125) * np.sign(f["gradient"][:]), 0, 1).astype(np.float32)
    write_data("adv.h5", adv, y)
    judge = write_config("judge.json", {"model": mlp, "data": "adv.h5", "preprocess": {}})
    good("predict", judge, "-o", path("judge.h5"))
    rows = samples_of(path("fgsm"))["adversarial.fgsm_linf_from_b@0.125"]
    hit = rows["attacked"] == 1
    assert 20 < hit.sum() < 80
    with h5py.File(path("judge.h5")) as f:
        same(rows["predicted"][hit].tolist(), f["predicted"][:][hit].tolist(), "predictions")
        same(rows["loss"][hit].tobytes(), f["loss"][:][hit].tobytes(), "losses")


@case("validate shows every net with its accuracy; what does not fit is refused in one line")
def _():
    out = good("validate", config()).out
    for name in ("same", "adv"):
        assert "source %s:" % name in out, out
    assert out.count("of the first %d samples" % N) == 3, out
    other = {"b": {"model": os.path.join(MODELS, "hmda_mlp.h5"), "preprocess": {}}}
    refused(3, "source b .*: wants inputs of 14, but the model .* wants 28x28x1", "validate",
            config("shape.json", sources=other, ensemble=["model", "b"], attacks=[]))
    refused(2, "'source': 'adw' is not among 'sources' .did you mean 'adv'", "validate", config(), "--set",
            "attacks.0.source=adw")
    refused(2, "'sources.b': 'preprocess' is required with a model", "validate",
            config("pre.json", sources={"b": {"model": CNN}}, ensemble=["model", "b"], attacks=[]))
    gone = {"b": {"model": "gone.h5", "preprocess": {}}}
    refused(3, "source b .*gone.h5: ", "validate",
            config("gone.json", sources=gone, ensemble=["model", "b"], attacks=[]))
    odd = path("odd.h5")
    shutil.copy(ROBUST, odd)
    with h5py.File(odd, "a") as f:
        f["model_weights/nobody"] = np.zeros(3, np.float32)
    strange = dict(CONFIG["sources"], adv={"model": odd, "preprocess": SCALE})
    good("run", config("odd.json", sources=strange, attacks=[]), "-o", path("odd"), "--limit", "9")
    found = [f["place"] for f in report_of(path("odd"))["findings"] if f["subject"] == "source adv"]
    assert "/model_weights/nobody" in found, found
    changed = dict(CONFIG["sources"], adv={"model": CNN, "preprocess": SCALE})
    refused(2, "belongs to another", "run", config("transfer.json", sources=changed), "-o", path("killed"), "--resume")
    config()


main()
