#!/usr/bin/python3
"""AutoAttack (standard) and its components against the official implementation: robust accuracy on the same samples
and budgets.

    autoattack.py ASSAY PEERS [--models FOLDER] [--nets NAME ...] [--norm linf|l2|l1 ...] [--samples N]
                  [--attacks NAME ...] [--threads N] [-o RESULT.json]

Each component runs alone on all samples that the net has right; `standard` is the chain. The official Square takes
pictures alone: a table's values are given to it as a grid of nearly the same height and width. Its APGD-T needs four
classes. official.EPS: shares of the box's width for which nets are neither unbroken nor all broken."""
import argparse
import tempfile
import time

import torch

import nets
import official
import peers

OWN = {"apgd-ce": ("apgd", {"loss": "cross_entropy"}), "apgd-t": ("apgd_t", {}), "fab-t": ("fab_t", {}),
       "square": ("square", {"steps": 5000}), "standard": ("autoattack", {})}
L1 = {"apgd-ce": {"restarts": 5}, "apgd-t": {"targets": 5}}  # of the standard version


def ours(o, subject, norm, eps, attack):
    kind, keys = OWN[attack]
    entry = dict(keys, **(L1.get(attack, {}) if norm == "l1" else {}), name=kind, norm=norm, eps=[eps * subject.width],
                 id="x")
    started = time.monotonic()
    samples = subject.run(o.assay, [entry], o.threads)
    seconds = time.monotonic() - started
    scenario = [s for s in samples if s.startswith("adversarial.x@")][-1]
    return nets.robust(samples, scenario), seconds


def compare(o, subject, norm, attack):
    eps = o.eps or official.EPS[subject.name][norm]
    mine, seconds = ours(o, subject, norm, eps, attack)
    row = {"net": subject.name, "norm": norm, "eps": eps, "attack": attack, "samples": len(subject.y),
           "rows": subject.rows, "clean": round(float(subject.right().float().mean()), 5), "assay": round(mine, 5),
           "official": None, "seconds": round(seconds, 1)}
    if o.no_official:
        return row
    try:
        theirs, their_seconds = official.run(subject, norm, eps, attack)
        row.update(official=round(theirs, 5), official_seconds=round(their_seconds, 1),
                   holds=mine <= theirs + 0.003 + 1e-9)
    except Exception as fault:  # what it cannot do of this net is part of the result
        row.update(left_out="%s: %s" % (type(fault).__name__, str(fault)[:100]), holds=None)
    return row


def main():
    p = argparse.ArgumentParser()
    p.add_argument("assay")
    p.add_argument("peers")
    p.add_argument("--models")
    p.add_argument("--nets", nargs="+", default=["fashion_cnn", "hmda_mlp"])
    p.add_argument("--norm", nargs="+", default=["linf", "l2", "l1"])
    p.add_argument("--eps", type=float, help="shares of the box's width; default: by net and norm")
    p.add_argument("--samples", type=int, default=500)
    p.add_argument("--attacks", nargs="+", default=["apgd-ce", "apgd-t", "fab-t", "square", "standard"])
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--no-official", action="store_true", help="assay alone")
    p.add_argument("-o", dest="out")
    o = p.parse_args()
    torch.set_num_threads(o.threads)
    peers.find(o.peers)
    for name in o.nets:
        with tempfile.TemporaryDirectory() as work:
            subject = nets.Subject(name, o.samples, work, nets.folder_of(name, o.models))
            for norm in o.norm:
                for attack in o.attacks:
                    row = compare(o, subject, norm, attack)
                    print(*("%s=%s" % pair for pair in row.items()), flush=True)
                    if o.out:
                        nets.write(o.out, ("net", "norm", "eps", "attack", "samples"), [row], o.assay)


main()
