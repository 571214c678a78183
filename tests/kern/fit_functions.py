#!/usr/bin/python3
"""Fit the polynomials of engine/kern/functions.h (needs numpy and mpmath; run by hand, prints C arrays).

Each fit minimises the largest error of the function relative to `weight`, by iteratively reweighted least
squares at Chebyshev nodes; then the coefficients are rounded to float32 one by one, from the constant
upwards, and the ones not rounded yet are fitted again.
"""
import mpmath as mp
import numpy as np

mp.mp.dps = 40


def fit(name, target, weight, low, high, degree):
    """target(t) ~ sum c_i t**i on [low, high]; the error counts as |p - target| * weight(t)."""
    nodes = (low + high) / 2 + (high - low) / 2 * np.cos(np.pi * (np.arange(600) + 0.5) / 600)
    y = np.array([float(target(mp.mpf(float(t)))) for t in nodes])
    w = np.array([float(weight(mp.mpf(float(t)))) for t in nodes])
    fixed, emphasis = [], np.ones_like(nodes)
    scale = max(abs(low), abs(high))
    for step in range(degree + 1):
        rest = y - sum((c * nodes**i for i, c in enumerate(fixed)), np.zeros_like(y))
        powers = np.arange(len(fixed), degree + 1)
        basis = (nodes[:, None] / scale) ** powers
        emphasis = np.ones_like(nodes)
        for _ in range(60):  # Lawson: weights grow where the error is large
            rows = (w * np.sqrt(emphasis))[:, None]
            c = np.linalg.lstsq(basis * rows, rest * rows[:, 0], rcond=None)[0]
            error = np.abs((basis @ c - rest) * w)
            emphasis = emphasis * (error + 1e-3 * error.max())
            emphasis /= emphasis.sum()
        fixed.append(float(np.float32(c[0] / scale ** powers[0])))
    worst = np.max(np.abs((sum(c * nodes**i for i, c in enumerate(fixed)) - y) * w))
    print(f"/* {name}: error 2^{np.log2(worst):.1f} on [{low:.4g}, {high:.4g}] */")
    print("   ", ", ".join(float(c).hex().replace("0000000p", "p") + "f" for c in fixed))


def taylor_safe(f, series):
    """f(t), or the limit `series` where |t| is too small for f."""
    return lambda t: series if abs(t) < mp.mpf(10) ** -12 else f(t)


LN2_2 = 0.34658
# expm1(r) = r + r*r*p(r)
fit("exp", taylor_safe(lambda r: (mp.expm1(r) - r) / r**2, mp.mpf(1) / 2),
    taylor_safe(lambda r: abs(r), mp.mpf(0)), -LN2_2, LN2_2, 5)
# log1p(f) = f - f*f/2 + f*f*f*p(f)
fit("log", taylor_safe(lambda f: (mp.log1p(f) - f + f * f / 2) / f**3, mp.mpf(1) / 3),
    taylor_safe(lambda f: f * f, mp.mpf(0)), -0.2930, 0.4143, 8)
# tanh(x) = x + x*s*p(s), s = x*x, |x| <= 0.625
fit("tanh", taylor_safe(lambda s: (mp.tanh(mp.sqrt(s)) / mp.sqrt(s) - 1) / s, -mp.mpf(1) / 3),
    lambda s: s, 0, 0.625**2, 5)
# erf(x) = x + x*p(s), s = x*x, |x| <= 1
fit("erf small", taylor_safe(lambda s: mp.erf(mp.sqrt(s)) / mp.sqrt(s) - 1, 2 / mp.sqrt(mp.pi) - 1),
    lambda s: 1, 0, 1.0, 7)
# 1 - erf(a) = exp(a*p(a)), 1 <= a <= 4
fit("erf large", lambda a: mp.log(mp.erfc(a)) / a, lambda a: mp.erfc(a) * a / mp.erf(a), 0.98, 4.0, 7)
