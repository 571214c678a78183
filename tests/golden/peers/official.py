"""The official AutoAttack on a subject, and the budgets that autoattack.py and blackbox.py share."""
import time

import torch

EPS = {"fashion_cnn": {"linf": 6 / 255, "l2": 0.4, "l1": 3}, "fashion_cnn_adversarial": {"linf": 20 / 255, "l2": 1, "l1": 8},
       "hmda_mlp": {"linf": 0.05, "l2": 0.08, "l1": 0.09}, "eidig_german": {"linf": 0.13, "l2": 0.39, "l1": 0.68},
       "fairify_GC-1": {"linf": 0.26, "l2": 0.69, "l1": 1.14}, "covtesting_mnist0": {"linf": 0.067, "l2": 0.9, "l1": 5},
       "fer2013_mini_XCEPTION": {"linf": 0.0003, "l2": 0.015, "l1": 0.25}}


class Grid(torch.nn.Module):
    """A net of tables that takes (n, 1, height, width)."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        return self.net(x.flatten(1))


def grid(u):
    height = max(h for h in range(1, u.shape[1] + 1) if u.shape[1] % h == 0 and h * h <= u.shape[1])
    return u.reshape(len(u), 1, height, -1)


def run(subject, norm, eps, attack, seed=0, queries=5000):
    """Robust accuracy and seconds."""
    from autoattack import AutoAttack
    net, u, y = subject.net, subject.u, subject.y
    if attack in ("square", "standard") and u.dim() == 2:
        net, u = Grid(net), grid(u)
    a = AutoAttack(net, norm={"linf": "Linf", "l2": "L2", "l1": "L1"}[norm], eps=eps, version="standard", verbose=False,
                   device="cpu", seed=seed)
    if attack != "standard":
        a.version, a.attacks_to_run = "custom", [attack]
    a.square.n_queries = queries
    others = net(u[:1]).shape[1] - 1
    if attack == "standard" and others < 3:  # what is left of its chain where APGD-T cannot run
        a.version, a.attacks_to_run = "custom", ["apgd-ce", "fab-t", "square"]
    for part in (a.apgd_targeted, a.fab):
        part.n_target_classes = min(part.n_target_classes, others)
    started = time.monotonic()
    adv = a.run_standard_evaluation(u, y, bs=250).reshape(subject.u.shape)
    seconds = time.monotonic() - started
    return float((right(subject, adv) & right(subject, subject.u)).float().mean()), seconds


def square(subject, norm, eps, queries, seed):
    return run(subject, norm, eps, "square", seed, queries)[0]


def right(subject, u):
    with torch.no_grad():
        return torch.cat([subject.net(u[i:i + 250]).argmax(1) for i in range(0, len(u), 250)]) == subject.y
