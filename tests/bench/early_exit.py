#!/usr/bin/python3
"""Whether the kernels stay full while samples leave: passes a second of PGD-40 as it is ("iterate": "any", broken
samples leave at once) against the same attack with every sample to the end ("last").

    early_exit.py ASSAY [--rounds R] [--threads T] [--samples N] [--model F --data F --scale S --eps E]

By default on the demo net (Fashion-MNIST, eps 20 of 255) and on the demo table (HMDA, eps 1, its rows repeated), where
most samples leave within a few steps. One pass is a forward pass of one sample: a gradient counts as two, and the
driver's own decision about each attacked sample as one. The time is the scenario's duration_s in report.json, which
also has what is done once a sample: bounds, random start, norms. Needs python3-h5py and the demo data (make demo)."""
import argparse
import json
import os
import statistics
import subprocess
import tempfile

import h5py
import numpy as np

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MODELS, DATA = os.path.join(ROOT, "datasets", "models"), os.path.join(ROOT, "demo", "data")
STEPS, REPEATS = 40, 40


def repeat_rows(source, target):
    """A copy of a data set with every row REPEATS times, one copy behind the other."""
    with h5py.File(source) as old, h5py.File(target, "w") as new:
        rows = old["y"].shape[0]
        new.attrs.update(old.attrs)

        def put(name, node):
            if isinstance(node, h5py.Group):
                copy = new.require_group(name)
            else:
                values = node[()]
                by_row = node.shape and node.shape[0] == rows and not name.startswith("features")
                copy = new.create_dataset(name, data=np.concatenate([values] * REPEATS) if by_row else values,
                                          dtype=node.dtype)
            copy.attrs.update(node.attrs)
        old.visititems(put)


def passes_a_second(o, folder, subject, iterate):
    """And the share of the attacked samples that stayed to the end."""
    config, out = os.path.join(folder, "config.json"), os.path.join(folder, "out")
    preprocess = {"scale": subject["scale"]} if subject["scale"] else {}
    with open(config, "w") as f:
        json.dump({"model": subject["model"], "data": subject["data"], "seed": 1, "preprocess": preprocess,
                   "output": {"images": 0}, "attacks": [{"name": "pgd", "norm": "linf", "eps": [subject["eps"]],
                                                         "eps_unit": "data", "steps": STEPS, "iterate": iterate}]}, f)
    subprocess.run([o.assay, "run", config, "-o", out, "--force", "--quiet", "--threads", str(o.threads)] +
                   (["--limit", str(o.samples)] if subject["images"] else []), check=True, stdout=subprocess.DEVNULL)
    with open(os.path.join(out, "report.json")) as f:
        seconds = sum(t["duration_s"] for t in json.load(f)["tests"] if ".adversarial." in t["test_id"])
    with h5py.File(os.path.join(out, "samples.h5")) as f:
        scenario = next(s for s in f["scenarios"] if s.startswith("adversarial"))
        gradients = f["scenarios"][scenario]["queries_gradient"][()]
    attacked = gradients[gradients > 0]
    return (2.0 * attacked.sum() + len(attacked)) / seconds, float((attacked == STEPS).mean())


def compare(o, folder, name, subject):
    leaving, staying, share = [], [], 0
    for _ in range(o.rounds):
        rate, share = passes_a_second(o, folder, subject, "any")
        leaving.append(rate)
        staying.append(passes_a_second(o, folder, subject, "last")[0])
    ratios = [a / b for a, b in zip(leaving, staying)]
    print("%-6s passes/s: %9.0f leaving (%.1f %% stay to the end), %9.0f staying; "
          "ratio %.3f (%.3f to %.3f), fastest %.3f" % (
              name, statistics.median(leaving), 100 * share, statistics.median(staying), statistics.median(ratios),
              min(ratios), max(ratios), max(leaving) / max(staying)))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("assay")
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--samples", type=int, default=3000, help="of images")
    p.add_argument("--model"), p.add_argument("--data")
    p.add_argument("--scale", type=float)
    p.add_argument("--eps", type=float)
    o = p.parse_args()
    with tempfile.TemporaryDirectory(prefix="assay-early-exit.") as folder:
        rows = os.path.join(folder, "rows.h5")
        subjects = {"given": {"model": o.model, "data": o.data, "scale": o.scale, "eps": o.eps, "images": 1}}
        if not o.model:
            repeat_rows(os.path.join(DATA, "hmda_test.h5"), rows)
            subjects = {"images": {"model": os.path.join(MODELS, "fashion_cnn.h5"), "images": 1, "eps": 20,
                                   "data": os.path.join(DATA, "fashion_test.h5"), "scale": 0.00392156862745098},
                        "table": {"model": os.path.join(MODELS, "hmda_mlp.h5"), "images": 0, "eps": 1, "data": rows,
                                  "scale": None}}
        for name, subject in subjects.items():
            compare(o, folder, name, subject)


if __name__ == "__main__":
    main()
