#!/usr/bin/python3
"""Black boxes against peers at equal numbers of queries a sample, over several seeds: HopSkipJump and the boundary attack
against Foolbox's by success and median norm over the samples that the net has right (failures infinite), Square against
the official one by robust accuracy. Foolbox gets its start points for nothing: only the walk from them is counted, and
assay has the same number of queries, its starts included. HopSkipJump takes one sample at a time there, where it does
best: its step is a share of the whole batch's norm.

    blackbox.py ASSAY PEERS [--models FOLDER] [--nets NAME ...] [--attacks KIND:NORM ...] [--samples N] [--seeds N]
                [-o RESULT.json]"""
import argparse
import tempfile

import numpy as np
import torch

import official
import nets
import peers

STEPS = {"hopskipjump": 8, "boundary": 1000}


class Counted(torch.nn.Module):
    """A net that counts what it is asked."""

    def __init__(self, net):
        super().__init__()
        self.net, self.queries = net, 0

    def forward(self, x):
        self.queries += len(x)
        with torch.no_grad():
            return self.net(x)


def foolbox(net, kind, norm, u, y):
    """Norms (infinite where there is no start) and the mean number of queries."""
    import foolbox as fb
    counted = Counted(net)
    model = fb.PyTorchModel(counted.eval(), bounds=(0, 1), device="cpu")
    start = fb.attacks.LinearSearchBlendedUniformNoiseAttack(directions=1000, steps=50)
    if kind == "hopskipjump":
        attack, size = fb.attacks.HopSkipJumpAttack(steps=STEPS[kind], constraint=norm), 1
    else:
        attack, size = fb.attacks.BoundaryAttack(steps=STEPS[kind], tensorboard=False), len(u)
    lengths, asked, begun = [], 0, 0
    for i in range(0, len(u), size):
        parts, label = [], y[i:i + size]
        known = np.zeros(len(label), bool)
        for j in range(len(label)):  # a start that is not found ends the call for the whole batch
            try:
                begin = start.run(model, u[i + j:i + j + 1], fb.criteria.Misclassification(label[j:j + 1]))
                known[j] = bool((net(begin).argmax(1) != label[j]).all())  # where it found none it may say so or give x
                if known[j]:
                    parts.append(begin)
            except ValueError:
                pass
        length = np.full(len(label), np.inf)
        if known.any():
            one, begin = u[i:i + size][known], torch.cat(parts)
            counted.queries = 0
            adv = attack.run(model, one, fb.criteria.Misclassification(label[known]), starting_points=begin)
            asked, begun = asked + counted.queries, begun + int(known.sum())
            delta = (adv - one).double().flatten(1)
            found = (delta.abs().amax(1) if norm == "linf" else delta.norm(dim=1)).numpy()
            broken = (net(adv).argmax(1) != label[known]).numpy()
            length[known] = np.where(broken, found, np.inf)
        lengths.append(length)
    return np.concatenate(lengths), asked / max(begun, 1)


def figures(lengths):
    middle = float(np.quantile(lengths, 0.5, method="inverted_cdf"))
    return {"success": round(float(np.isfinite(lengths).mean()), 5), "median": middle if np.isfinite(middle) else None}


def by_labels(o, subject, kind, norm, right, seed):
    with torch.no_grad():
        peer, queries = foolbox(subject.net, kind, norm, subject.u[right], subject.y[right])
    entry = {"name": kind, "norm": norm, "id": "x", "queries": int(queries)}
    run = subject.run(o.assay, [entry], 1, seed + 1)
    return int(queries), figures(nets.lengths(run, "adversarial.x", norm, subject.width)), figures(peer)


def square(o, subject, norm, seed):
    eps = official.EPS[subject.name][norm]
    queries = o.queries
    entry = {"name": "square", "norm": norm, "id": "x", "steps": queries, "eps": [eps * subject.width]}
    run = subject.run(o.assay, [entry], 1, seed + 1)
    scenario = [s for s in run if s.startswith("adversarial.x@")][0]
    peer = official.square(subject, norm, eps, queries, seed)
    return queries, {"robust": nets.robust(run, scenario)}, {"robust": peer}


def compare(o, subject, kind, norm):
    right = subject.right()
    own, other, queries = [], [], []
    for seed in range(o.seeds):
        torch.manual_seed(seed)
        np.random.seed(seed)
        q, mine, theirs = (square(o, subject, norm, seed) if kind == "square" else
                           by_labels(o, subject, kind, norm, right, seed))
        queries.append(q)
        own.append(mine)
        other.append(theirs)
    row = {"net": subject.name, "attack": kind, "norm": norm, "queries": int(np.mean(queries)), "seeds": o.seeds,
           "samples": len(subject.y) if kind == "square" else int(right.sum()), "rows": subject.rows}
    key = "robust" if kind == "square" else "median"
    for name, runs in (("assay", own), ("official" if kind == "square" else "foolbox", other)):
        row[name] = {k: [r[k] for r in runs] for k in runs[0]}
        row[name]["mean_" + key] = float(np.mean([r[key] if r[key] is not None else np.nan for r in runs]))
    mine, theirs = row["assay"]["mean_" + key], row["official" if kind == "square" else "foolbox"]["mean_" + key]
    row["holds"] = bool(mine <= theirs * (1.02 if key == "median" else 1) + (0 if key == "median" else 0.003))
    return row


def main():
    p = argparse.ArgumentParser()
    p.add_argument("assay")
    p.add_argument("peers")
    p.add_argument("--models")
    p.add_argument("--nets", nargs="+", default=["fashion_cnn", "hmda_mlp"])
    p.add_argument("--attacks", nargs="+", default=["square:linf", "square:l2", "hopskipjump:l2", "hopskipjump:linf",
                                                    "boundary:l2"])
    p.add_argument("--samples", type=int, default=100)
    p.add_argument("--seeds", type=int, default=5)
    p.add_argument("--queries", type=int, default=1000, help="of square")
    p.add_argument("-o", dest="out")
    o = p.parse_args()
    torch.set_num_threads(1)
    peers.find(o.peers)
    for name in o.nets:
        with tempfile.TemporaryDirectory() as work:
            subject = nets.Subject(name, o.samples, work, nets.folder_of(name, o.models))
            for attack in o.attacks:
                try:
                    row = compare(o, subject, *attack.split(":"))
                except (ZeroDivisionError, RuntimeError) as fault:
                    print("%s %s left out: %s" % (name, attack, fault), flush=True)
                    continue
                print(row, flush=True)
                if o.out:
                    nets.write(o.out, ("net", "attack", "norm"), [row], o.assay)


main()
