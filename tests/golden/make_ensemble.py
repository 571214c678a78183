#!/usr/bin/python3
"""Golden values for tests/net/test_ensemble.c: losses of mean logits and mean probabilities by their plain definitions, and their
gradients by central differences, in decimals of 120 digits, where nothing cancels.

    python3 tests/golden/make_ensemble.py > tests/golden/ensemble.inc
"""
import random
import struct
from decimal import Decimal, getcontext

getcontext().prec = 120
H = Decimal(10) ** -30
ASCENT_RANGE = 30


def float32(v):
    return struct.unpack("f", struct.pack("f", v))[0]


def softmax(z):
    e = [v.exp() for v in z]
    return [v / sum(e) for v in e]


def mean(rows):
    return [sum(column) / len(rows) for column in zip(*rows)]


def probabilities(rule, rows):
    return softmax(mean(rows)) if rule == "logits" else mean([softmax(z) for z in rows])


def stated(rule, kind, rows, y):
    """What a loss holds fixed: the factor of the ascent, which its slopes are over, too."""
    if kind != "ascent":
        return Decimal(1)
    z = mean(rows) if rule == "logits" else [v.ln() for v in probabilities(rule, rows)]
    return ASCENT_RANGE / (max(z) - min(z))


def loss(rule, kind, rows, y, scale):
    p = probabilities(rule, rows)
    ordered = sorted(p)
    best = max(v for j, v in enumerate(p) if j != y)
    if kind == "ascent":
        return sum(((v / p[y]).ln() * scale).exp() for j, v in enumerate(p) if j != y).ln()
    if kind == "margin":
        return (best / p[y]).ln()
    if kind == "dlr":
        return (best / p[y]).ln() / (ordered[-1] / ordered[-3]).ln()
    return -p[y].ln()


def gradient(rule, kind, rows, y):
    out, scale = [], stated(rule, kind, rows, y)
    for m in range(len(rows)):
        for j in range(len(rows[m])):
            up, down = [list(z) for z in rows], [list(z) for z in rows]
            up[m][j] += H
            down[m][j] -= H
            out.append((loss(rule, kind, up, y, scale) - loss(rule, kind, down, y, scale)) / (2 * H * scale))
    return out


def put(values):
    return "{" + ", ".join(f"{float(v):.9e}" for v in values) + "}"


KINDS = {"cross_entropy": "LOSS_CROSS_ENTROPY", "margin": "LOSS_MARGIN", "dlr": "LOSS_DLR",
         "ascent": "LOSS_ASCENT"}
RULES = {"logits": "ENSEMBLE_LOGITS", "probabilities": "ENSEMBLE_PROBABILITIES"}


def main():
    random.seed(9)
    print("/* Made by tests/golden/make_ensemble.py; do not edit. */")
    print("static const struct ensemble_case {\n    enum ensemble_rule rule;\n    enum loss_kind kind;\n    size_t n, k;\n"
          "    int32_t y;\n    double loss, z[12], dz[12];\n} ensemble_cases[] = {")
    rows = [[[float32(random.gauss(0, scale)) for _ in range(k)] for _ in range(n)]
            for n, k in ((1, 4), (2, 2), (3, 4)) for scale in (1, 12)]
    rows.append([[60, 1.5, -3], [55.25, 2, 7]])       # all sure of the label
    rows.append([[60, 1.5, -3], [-20, 30, 2.5]])      # one is sure of another class
    for z in rows:
        z = [[Decimal(v) for v in row] for row in z]
        for rule in RULES:
            for kind in KINDS:
                y = 0 if z[0][0] == 60 else random.randrange(len(z[0]))
                if kind == "dlr" and len(z[0]) < 3:
                    continue
                flat = [v for row in z for v in row]
                print(f"    {{{RULES[rule]}, {KINDS[kind]}, {len(z)}, {len(z[0])}, {y}, "
                      f"{float(loss(rule, kind, z, y, stated(rule, kind, z, y))):.9e},\n     {put(flat)},\n     {put(gradient(rule, kind, z, y))}}},")
    print("};")


main()
