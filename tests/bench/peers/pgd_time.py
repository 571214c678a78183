#!/usr/bin/python3
"""Time of PGD-40 (Linf, eps 8 of 255, random start) on the demo net: assay against plain torch, alternating.

    pgd_time.py ASSAY [--samples N] [--rounds R] [--threads T] [--batch B] [--channels-last]

assay: the whole process of `assay run`, report and page included. torch: the attack alone, after imports, model and
data are loaded and one batch has been passed; and the whole process. Needs demo/data (make demo) and python3-torch.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

import common

HERE = os.path.dirname(os.path.abspath(__file__))


def time_torch(o, early_exit):
    command = [sys.executable, os.path.join(HERE, "torch_pgd.py"), "--samples", str(o.samples),
               "--threads", str(o.threads), "--batch", str(o.batch)]
    command += ["--early-exit"] * early_exit + ["--channels-last"] * o.channels_last
    start = time.perf_counter()
    result = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return {"process": time.perf_counter() - start, **result}


def time_assay(o, config, folder):
    start = time.perf_counter()
    common.run_assay(o.assay, config, folder, o.samples)
    seconds = time.perf_counter() - start
    with open(os.path.join(folder, "out", "report.json")) as f:
        report = json.load(f)
    [robust] = [m["value"] for t in report["tests"] for m in t["metrics"]
                if t["scenario"] == "adversarial.pgd_linf@8" and m["metric_id"] == "robust_accuracy" and not m["slice"]]
    return {"process": seconds, "robust_accuracy": robust}


def main():
    p = argparse.ArgumentParser()
    p.add_argument("assay")
    p.add_argument("--samples", type=int, default=1000)
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--batch", type=int, default=100, help="of torch")
    p.add_argument("--channels-last", action="store_true", help="memory layout of torch, where that is faster")
    o = p.parse_args()
    runs = {"assay": [], "full": [], "early": []}
    with tempfile.TemporaryDirectory(prefix="assay-peers.") as folder:
        config = common.write_config(folder, "fashion_cnn.h5", 8, o.threads)
        for _ in range(o.rounds):
            runs["assay"].append(time_assay(o, config, folder))
            runs["full"].append(time_torch(o, False))
            runs["early"].append(time_torch(o, True))
    robust = [runs[k][0]["robust_accuracy"] for k in ("assay", "full", "early")]
    print("PGD-40, %d samples, %d threads, %d rounds; robust accuracy: assay %.4f, torch %.4f and %.4f (own starts)\n"
          % (o.samples, o.threads, o.rounds, *robust))
    assay = [r["process"] for r in runs["assay"]]
    rows = [("torch without early exit, attack alone", [r["seconds"] for r in runs["full"]]),
            ("torch with early exit, attack alone", [r["seconds"] for r in runs["early"]]),
            ("torch without early exit, whole process", [r["process"] for r in runs["full"]]),
            ("torch with early exit, whole process", [r["process"] for r in runs["early"]])]
    common.print_table("time", "s", [("assay run, whole process", assay)] + rows)
    common.print_table("torch / assay, round by round", "ratio",
                       [(name, [t / a for t, a in zip(times, assay)]) for name, times in rows])


if __name__ == "__main__":
    main()
