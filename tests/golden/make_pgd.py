#!/usr/bin/python3
"""Golden runs for tests/attacks/test_pgd.c: fgsm and bim by plain torch in float64.

    /usr/bin/python3 tests/golden/make_pgd.py > tests/golden/pgd.inc

The seed is one for which no Linf step hangs on the sign of a gradient that is nearly zero (asserted), so that float32
must follow the same path."""
import textwrap
import torch

D, HIDDEN, CLASSES, N = 12, 9, 4, 6
torch.manual_seed(1)
w1, b1 = torch.randn(HIDDEN, D).float(), torch.randn(HIDDEN).float()
w2, b2 = torch.randn(CLASSES, HIDDEN).float(), torch.randn(CLASSES).float()
x = torch.rand(N, D).float()
x[0, 0], x[1, 1], x[2, 2] = 0, 1, 0


def logits(v):
    hidden = torch.relu(v @ w1.double().T + b1.double())
    return hidden @ w2.double().T + b2.double()


def loss(v, y, kind):
    z = logits(v)
    if kind == "cross_entropy":
        scale = 30 / (z.amax(1) - z.amin(1)).detach()  # LOSS_ASCENT: the label's class left out, at one range
        scaled = (z * scale[:, None]).scatter(1, y[:, None], float("-inf"))
        return scaled.logsumexp(1) - z.gather(1, y[:, None])[:, 0] * scale
    true = z.gather(1, y[:, None])[:, 0]
    return z.scatter(1, y[:, None], float("-inf")).max(1).values - true


def pgd(norm, eps, step, steps, kind, goal, sign):
    clean, adv = x.double(), x.double()
    for _ in range(steps):
        adv = adv.detach().requires_grad_()
        gradient, = torch.autograd.grad(loss(adv, goal, kind).sum(), adv)
        adv = adv.detach()
        if norm == "linf":
            assert (gradient.abs().amin(1) > 1e-3 * gradient.abs().amax(1)).all()
            adv = adv + sign * step * gradient.sign()
            adv = torch.minimum(torch.maximum(adv, clean - eps), clean + eps).clamp(0, 1)
        else:
            adv = (adv + sign * step * gradient / gradient.norm(dim=1, keepdim=True)).clamp(0, 1)
            length = (adv - clean).norm(dim=1, keepdim=True)
            adv = clean + (adv - clean) * (eps / length).clamp(max=1)
    return adv


def floats(name, t):
    values = ", ".join(f"{v:#.9g}f" for v in t.flatten().tolist())
    return textwrap.fill(f"static const float {name}[] = {{{values}}};", 120, subsequent_indent="    ")


y = logits(x.double()).argmax(1)
target = (y + 1) % CLASSES
print("/* Made by tests/golden/make_pgd.py; do not edit. */")
print("#include <stdint.h>")
print(f"#define GOLDEN_D {D}\n#define GOLDEN_HIDDEN {HIDDEN}\n#define GOLDEN_CLASSES {CLASSES}\n#define GOLDEN_N {N}")
for name, t in (("w1", w1), ("b1", b1), ("w2", w2), ("b2", b2), ("x", x)):
    print(floats("golden_" + name, t))
for name, t in (("y", y), ("target", target)):
    print(f"static const int32_t golden_{name}[] = {{{', '.join(map(str, t.tolist()))}}};")
rows = []
for norm, eps, step in (("linf", 0.1, 0.03), ("l2", 0.4, 0.13)):
    for kind in ("cross_entropy", "margin"):
        for targeted in (0, 1):
            for attack, steps in (("bim", 7), ("fgsm", 1)):
                goal, sign, length = (target, -1, step) if targeted else (y, 1, step)
                if attack == "fgsm":
                    length = eps
                name = f"golden_{attack}_{norm}_{kind}_{targeted}"
                print(floats(name, pgd(norm, eps, length, steps, kind, goal, sign)))
                rows.append(f'    {{"{attack}", {int(norm == "l2")}, {int(kind == "margin")}, {targeted}, {steps}, '
                            f'{eps}, {length}, {name}}},')
print("static const struct golden_run {\n    const char *attack;\n    int norm, loss, targeted, steps;\n"
      "    double eps, step_size;\n    const float *adv;\n} golden_runs[] = {")
print("\n".join(rows))
print("};")
