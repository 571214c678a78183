#!/usr/bin/python3
"""Attacks that look for the smallest change, against peers: success and median norm over the samples that the net has
right, failures infinite, at equal numbers of steps.

    minimal.py ASSAY PEERS [--models FOLDER] [--nets NAME ...] [--attacks KIND:NORM ...] [--samples N] [--steps N]
               [-o RESULT.json]

PEERS holds the packages as they are fetched (README.md); those that are absent are left out. Lengths are shares of the
box's width, of L0 numbers of values; a peer's answer counts where float32 logits say that it is adversarial, inside the
box."""
import argparse
import tempfile
import time

import numpy as np
import torch

import nets
import peers

ATTACKS = ["ddn:l2", "fmn:linf", "fmn:l2", "fmn:l1", "fmn:l0", "deepfool:linf", "deepfool:l2", "cw:l2", "fab:linf",
           "fab:l2", "fab:l1", "fab_t:linf", "fab_t:l2", "fab_t:l1", "ead:l1", "sigma_zero:l0", "jsma:l0"]


def norms(delta, norm):
    d = delta.flatten(1).double()
    if norm == "l0":
        changed = delta != 0 # of a value of a picture's pixel each, as assay counts
        return changed.flatten(1).sum(1).double()
    return d.abs().amax(1) if norm == "linf" else d.norm(p=peers.P[norm], dim=1)


def summary(subject, adv, norm, u, y):
    with torch.no_grad():
        adv = adv.float()
        broken = torch.cat([subject.net(adv[i:i + 250]).argmax(1) for i in range(0, len(adv), 250)]) != y
    broken &= (adv.flatten(1).min(1)[0] >= 0) & (adv.flatten(1).max(1)[0] <= 1)
    length = torch.where(broken, norms(adv - u, norm), torch.tensor(float("inf"), dtype=torch.double)).numpy()
    return length


def figures(length, seconds):
    quantiles = [float(np.quantile(length, q, method="inverted_cdf")) for q in (0.25, 0.5, 0.75)]
    q25, median, q75 = [q if np.isfinite(q) else None for q in quantiles]
    return {"success": round(float(np.isfinite(length).mean()), 5), "median": median, "q25": q25, "q75": q75,
            "seconds": round(seconds, 1)}


def verdict(row):
    """Whether the median is at most 1.02 of the best peer's and the success not lower; None without a peer."""
    others = [row[p] for p in peers.VERSIONED if p in row]
    if not others:
        return None
    medians = [o["median"] for o in others if o["median"] is not None]
    mine = row["assay"]["median"]
    good = not medians or (mine is not None and mine <= 1.02 * min(medians))
    return good and row["assay"]["success"] >= max(o["success"] for o in others)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("assay")
    p.add_argument("peers")
    p.add_argument("--models")
    p.add_argument("--nets", nargs="+", default=["fashion_cnn", "hmda_mlp"])
    p.add_argument("--attacks", nargs="+", default=ATTACKS)
    p.add_argument("--samples", type=int, default=500)
    p.add_argument("--steps", type=int, default=100)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("-o", dest="out")
    o = p.parse_args()
    torch.set_num_threads(o.threads)
    peers.find(o.peers)
    for name in o.nets:
        with tempfile.TemporaryDirectory() as work:
            subject = nets.Subject(name, o.samples, work, nets.folder_of(name, o.models))
            right = subject.right()
            u, y = subject.u[right], subject.y[right]
            for attack in o.attacks:
                row = compare(o, subject, u, y, *attack.split(":"))
                print("%-20s %-10s %-4s " % (name, row["attack"], row["norm"]) + "  ".join(
                    "%s %.3f %s (%.1f s)" % (k[:16], v["success"], "%.5f" % v["median"] if v["median"] is not None
                                             else "-", v["seconds"])
                    for k, v in row.items() if isinstance(v, dict)) + "  %s" % row["holds"], flush=True)
                if o.out:
                    nets.write(o.out, ("net", "attack", "norm", "steps"), [row], o.assay)


def compare(o, subject, u, y, kind, norm):
    started = time.monotonic()
    entry = {"name": kind, "norm": norm, "id": "x"}
    if kind != "jsma":
        entry["steps"] = o.steps
    samples = subject.run(o.assay, [entry], o.threads)
    seconds = time.monotonic() - started
    length = nets.lengths(samples, "adversarial.x", norm, subject.width)
    assert len(length) == len(y), "%d attacked, %d right here" % (len(length), len(y))
    row = {"net": subject.name, "attack": kind, "norm": norm, "steps": o.steps, "samples": len(y),
           "rows": subject.rows, "assay": figures(length, seconds)}
    for package, run in peers.PEERS[kind]:
        torch.manual_seed(0)
        np.random.seed(0)
        started = time.monotonic()
        try:
            adv = run(subject, norm, o.steps, u, y)
        except Exception as fault:  # what a peer cannot do of this net is part of the result
            print("   %s left out: %s: %s" % (package, type(fault).__name__, str(fault)[:200]))
            row.setdefault("left_out", []).append("%s: %s" % (package, type(fault).__name__))
            continue
        row[package] = figures(summary(subject, adv, norm, u, y), time.monotonic() - started)
    row["holds"] = verdict(row)
    return row


main()
