#!/usr/bin/python3
"""PGD-40 on the demo net in plain torch, as a process of its own: prints the seconds of the attack and its result.

    torch_pgd.py [--samples N] [--eps E] [--threads T] [--batch B] [--channels-last] [--early-exit]

The same algorithm as assay's pgd: random start in the Linf ball, step 2.5 eps / 40, sign of the gradient of the cross
entropy, any iterate counts. With --early-exit the samples that are wrong or broken leave the batch.
"""
import argparse
import json
import os
import time

import torch
from torch.nn import functional as F

import common

STEPS = 40


def step_size(eps):
    return 2.5 * eps / STEPS


def attack(net, x, y, eps, early_exit):
    """How many of x withstand the attack."""
    lower, upper = (x - eps).clamp(min=0), (x + eps).clamp(max=255)
    adv = torch.min(torch.max(x + torch.empty_like(x).uniform_(-eps, eps), lower), upper)
    with torch.no_grad():
        alive = net(x).argmax(1) == y
    for _ in range(STEPS):
        if early_exit:
            if not alive.any():
                return 0
            adv, y, lower, upper, alive = adv[alive], y[alive], lower[alive], upper[alive], alive[alive]
        adv.requires_grad_(True)
        logits = net(adv)
        [g] = torch.autograd.grad(F.cross_entropy(logits, y, reduction="sum"), adv)
        with torch.no_grad():
            alive &= logits.argmax(1) == y
            adv = torch.min(torch.max(adv + step_size(eps) * g.sign(), lower), upper)
    with torch.no_grad():
        return int((alive & (net(adv).argmax(1) == y)).sum())


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--samples", type=int, default=1000)
    p.add_argument("--eps", type=float, default=8)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--batch", type=int, default=100)
    p.add_argument("--channels-last", action="store_true")
    p.add_argument("--early-exit", action="store_true")
    o = p.parse_args()
    torch.set_num_threads(o.threads)
    torch.manual_seed(1)
    net = common.DemoCnn(os.path.join(common.MODELS, "fashion_cnn.h5"))
    x, y = common.images(o.samples)
    if o.channels_last:
        net = net.to(memory_format=torch.channels_last)
        x = x.contiguous(memory_format=torch.channels_last)
    net(x[:o.batch])  # the first call sets torch up
    start = time.perf_counter()
    robust = sum(attack(net, x[i:i + o.batch], y[i:i + o.batch], o.eps, o.early_exit)
                 for i in range(0, o.samples, o.batch))
    print(json.dumps({"seconds": time.perf_counter() - start, "robust_accuracy": robust / o.samples}))


if __name__ == "__main__":
    main()
