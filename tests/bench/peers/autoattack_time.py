#!/usr/bin/python3
"""Time of AutoAttack standard on a demo net: assay against the official implementation under torch, in one run.

    autoattack_time.py ASSAY FOLDER [--net NAME] [--norm linf|l2] [--eps E] [--samples N] [--rounds R] [--threads T]

FOLDER holds the package `autoattack` (github.com/fra31/auto-attack). assay: the whole process of `assay run`, report
and page included. official: the evaluation alone, after imports, with net and data loaded. Both leave out what is
broken by the components before. Needs demo/data (make demo) and python3-torch."""
import argparse
import json
import os
import sys
import tempfile
import time

import common
import torch

EPS = {"linf": 8.0, "l2": 128.0}


def time_assay(o, config, folder):
    start = time.perf_counter()
    common.run_assay(o.assay, config, folder, o.samples)
    seconds = time.perf_counter() - start
    with open(os.path.join(folder, "out", "report.json")) as f:
        report = json.load(f)
    robust = {t["scenario"]: m["value"] for t in report["tests"] for m in t["metrics"]
              if t["test_id"].startswith("robustness.adversarial.") and m["metric_id"] == "robust_accuracy" and
              not m["slice"]}
    return seconds, robust


def time_official(o):
    sys.path.insert(0, o.folder)
    from autoattack import AutoAttack
    torch.set_num_threads(o.threads)
    net = common.DemoCnn(os.path.join(common.MODELS, o.net + ".h5")).eval()
    x, y = common.images(o.samples)
    attack = AutoAttack(lambda u: net(u * 255), norm={"linf": "Linf", "l2": "L2"}[o.norm], eps=o.eps / 255,
                        version="standard", verbose=False, device="cpu", seed=0)
    start = time.perf_counter()
    adv = attack.run_standard_evaluation(x / 255, y, bs=250)
    seconds = time.perf_counter() - start
    with torch.no_grad():
        return seconds, float(((net(adv * 255).argmax(1) == y) & (net(x).argmax(1) == y)).float().mean())


def main():
    p = argparse.ArgumentParser()
    p.add_argument("assay")
    p.add_argument("folder")
    p.add_argument("--net", default="fashion_cnn", help="fashion_cnn or fashion_cnn_adversarial")
    p.add_argument("--norm", choices=sorted(EPS), default="linf")
    p.add_argument("--eps", type=float, help="of 255; default: %s" % EPS)
    p.add_argument("--samples", type=int, default=1000)
    p.add_argument("--rounds", type=int, default=1)
    p.add_argument("--threads", type=int, default=2)
    o = p.parse_args()
    o.eps = o.eps or EPS[o.norm]
    ours, theirs = [], []
    with tempfile.TemporaryDirectory(prefix="assay-peers.") as folder:
        config = os.path.join(folder, "config.json")
        with open(config, "w") as f:
            json.dump({"model": os.path.join(common.MODELS, o.net + ".h5"), "data": common.DATA, "seed": 1,
                       "preprocess": {"scale": common.SCALE}, "batch": {"threads": o.threads},
                       "output": {"images": 0}, "attacks": [{"name": "autoattack", "norm": o.norm, "eps": o.eps}]}, f)
        for _ in range(o.rounds):
            ours.append(time_assay(o, config, folder))
            theirs.append(time_official(o))
    print("AutoAttack standard, %s, %s, eps %g of 255, %d samples, %d threads" % (o.net, o.norm, o.eps, o.samples,
                                                                                  o.threads))
    for scenario, robust in ours[0][1].items():
        print("  robust accuracy, assay, %-32s %.4f" % (scenario, robust))
    print("  robust accuracy, official %37.4f\n" % theirs[0][1])
    common.print_table("time", "s", [("assay run, whole process", [seconds for seconds, _ in ours]),
                                     ("official, evaluation alone", [seconds for seconds, _ in theirs])])
    common.print_table("official / assay", "ratio", [("round by round", [t[0] / a[0] for a, t in zip(ours, theirs)])])


if __name__ == "__main__":
    main()
