#!/usr/bin/python3
"""Robust accuracy of assay's PGD against a plain torch PGD of the same parameters, sample by sample.

    pgd_agreement.py ASSAY [--samples N] [--eps E ...] [--dtype float64|float32]

Each demo model, each eps, without and with random start, iterate "last" and "any". The random start is the same:
assay's generator (Philox4x32-10) is written here a second time. Exit status 1 if any robust accuracy differs by more
than 0.3 percentage points. Samples may differ one by one: where a partial derivative is about 0, its sign depends on
rounding.
"""
import argparse
import itertools
import os
import sys
import tempfile

import h5py
import numpy as np
import torch
from torch.nn import functional as F

import common
from torch_pgd import STEPS, step_size

TOLERANCE = 0.003


MASK, SHIFT = np.uint64(0xffffffff), np.uint64(32)


def stream(scenario):
    h = 0xcbf29ce484222325
    for byte in scenario.encode():
        h = (h ^ byte) * 0x100000001b3 & 0xffffffffffffffff
    return h


def philox(c0, c1, c2, c3, k0, k1):
    """Ten rounds over arrays of counters, by Salmon et al. 2011."""
    for _ in range(10):
        a, b = np.uint64(0xD2511F53) * c0, np.uint64(0xCD9E8D57) * c2
        c0, c1, c2, c3 = ((b >> SHIFT) ^ c1 ^ np.uint64(k0), b & MASK, (a >> SHIFT) ^ c3 ^ np.uint64(k1), a & MASK)
        k0, k1 = k0 + 0x9E3779B9 & 0xffffffff, k1 + 0xBB67AE85 & 0xffffffff
    return c0, c1, c2, c3


def words_of(seed, samples, stream_number, iteration, blocks):
    """Words (samples, 4 * blocks): the addressing of assay-f32-v2 (engine/base/rng.h)."""
    first = [np.array([v], np.uint64) for v in (stream_number & 0xffffffff, stream_number >> 32, iteration, 0)]
    k0, k1, m0, m1 = (int(v[0]) for v in philox(*first, seed & 0xffffffff, seed >> 32))
    number, sample = np.broadcast_arrays(np.arange(blocks, dtype=np.uint64)[None, :],
                                         samples.astype(np.uint64)[:, None] ^ np.uint64(m0 | m1 << 32))
    words = philox(number, np.zeros_like(number), sample & MASK, sample >> SHIFT, k0, k1)
    return np.stack(words, axis=2).reshape(len(samples), -1)


def start_of(x, eps, seed=1):
    """Uniform in the cube, as assay draws it (float32)."""
    n, d = len(x), x[0].numel()
    words = words_of(seed, np.arange(n), stream("adversarial.pgd_linf"), 0, (d + 3) // 4)[:, :d]
    unit = np.float32(-1) + np.float32(2) * ((words >> np.uint64(8)).astype(np.float32) * np.float32(2.0 ** -24))
    return torch.from_numpy((np.float32(eps) * unit).reshape(n, 28, 28)).unsqueeze(1)


def torch_pgd(net, x, y, eps, random_start, iterate, dtype):
    """Whether each sample is correct, clean and under the attack."""
    start = start_of(x, eps) if random_start else torch.zeros_like(x)
    x, start = x.to(dtype), start.to(dtype)
    lower, upper = (x - eps).clamp(min=0), (x + eps).clamp(max=255)
    correct = []
    for i in range(0, len(x), 100):
        s = slice(i, i + 100)
        with torch.no_grad():
            alive = net(x[s]).argmax(1) == y[s]
        adv = torch.min(torch.max(x[s] + start[s], lower[s]), upper[s])
        for _ in range(STEPS):
            adv.requires_grad_(True)
            logits = net(adv)
            [g] = torch.autograd.grad(F.cross_entropy(logits, y[s], reduction="sum"), adv)
            if iterate == "any":
                alive &= logits.argmax(1) == y[s]
            adv = torch.min(torch.max(adv.detach() + step_size(eps) * g.sign(), lower[s]), upper[s])
        with torch.no_grad():
            alive &= net(adv).argmax(1) == y[s]
        correct.append(alive)
    return torch.cat(correct).numpy()


def assay_pgd(o, folder, model, eps, random_start, iterate):
    config = common.write_config(folder, model, eps, o.threads, random_start=random_start, iterate=iterate)
    common.run_assay(o.assay, config, folder, o.samples)
    with h5py.File(os.path.join(folder, "out", "samples.h5")) as f:
        return f["scenarios/adversarial.pgd_linf@%g/correct" % eps][:] == 1


def main():
    p = argparse.ArgumentParser()
    p.add_argument("assay")
    p.add_argument("--samples", type=int, default=1000)
    p.add_argument("--eps", type=float, nargs="+", default=[2, 8])
    p.add_argument("--models", nargs="+", default=["fashion_cnn.h5", "fashion_cnn_adversarial.h5"])
    p.add_argument("--dtype", choices=["float64", "float32"], default="float64")
    p.add_argument("--threads", type=int, default=2)
    o = p.parse_args()
    torch.set_num_threads(o.threads)
    dtype, failed = getattr(torch, o.dtype), 0
    print("robust accuracy on %d samples, torch in %s" % (o.samples, o.dtype))
    print("%-28s %4s %-7s %-7s %8s %8s %11s  %s" % (
        "model", "eps", "start", "iterate", "assay", "torch", "difference", "samples that differ"))
    x, y = common.images(o.samples)
    with tempfile.TemporaryDirectory(prefix="assay-peers.") as folder:
        for model in o.models:
            net = common.DemoCnn(os.path.join(common.MODELS, model)).to(dtype)
            for eps, random_start, iterate in itertools.product(o.eps, (False, True), ("last", "any")):
                ours = assay_pgd(o, folder, model, eps, random_start, iterate)
                theirs = torch_pgd(net, x, y, eps, random_start, iterate, dtype)
                difference = ours.mean() - theirs.mean()
                far = abs(difference) > TOLERANCE + 1e-9
                failed += far
                print("%-28s %4g %-7s %-7s %8.4f %8.4f %+8.2f pp  %d%s" % (
                    model, eps, "random" if random_start else "x", iterate, ours.mean(), theirs.mean(),
                    100 * difference, (ours != theirs).sum(), "  TOO FAR" if far else ""), flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
