#!/usr/bin/python3
"""Golden values for tests/metrics/test_interval.c by statsmodels and scipy, whose versions stand in the file.

    /usr/bin/python3 tests/golden/make_intervals.py > tests/golden/intervals.inc

proportion_confint(beta) is Clopper-Pearson. Miettinen-Nurminen: the restricted likelihood is maximised numerically and
the score test inverted by bracketing; of ratios statsmodels' own interval must agree (its difference does not give the
published limits: 0.0528 to 0.3382 for 56/70 against 48/80, Newcombe 1998, table II, method 6)."""
import numpy as np
import scipy
import statsmodels
from scipy import optimize, stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

TABLES = [(56, 70, 48, 80), (9, 10, 3, 10), (6, 7, 2, 7), (5, 56, 0, 29), (0, 10, 0, 20), (10, 10, 0, 10),
          (10, 10, 0, 20), (1, 1000, 40, 9000), (512, 1024, 511, 1023), (3, 20, 17, 20), (20, 20, 19, 20),
          (123456, 400000, 120000, 400000)]


def over(a, b):
    return a / max(b, 1e-300) if a else 0


def restricted(x1, n1, x2, n2, value, compare):
    """The likeliest (p1, p2) with p1 - p2 = value or p1 = value * p2."""
    first = (lambda p2: p2 + value) if compare == "diff" else (lambda p2: p2 * value)
    low, high = (max(0, -value), min(1, 1 - value)) if compare == "diff" else (0, min(1, 1 / value))

    def slope(p2):  # of the log-likelihood, decreasing
        p1, by = first(p2), 1 if compare == "diff" else value
        return by * (over(x1, p1) - over(n1 - x1, 1 - p1)) + over(x2, p2) - over(n2 - x2, 1 - p2)
    inner = (high - low) * 1e-13
    if high - low < 1e-15 or slope(low + inner) <= 0:
        return first(low), low
    if slope(high - inner) >= 0:
        return first(high), high
    p2 = optimize.brentq(slope, low + inner, high - inner, xtol=1e-16, rtol=1e-15)
    return first(p2), p2


def limits(x1, n1, x2, n2, compare, alpha):
    p, q, z = x1 / n1, x2 / n2, stats.norm.ppf(1 - alpha / 2)
    point = p - q if compare == "diff" else p / q

    def excess(v):
        p1, p2 = restricted(x1, n1, x2, n2, v, compare)
        by = 1 if compare == "diff" else v
        variance = (p1 * (1 - p1) / n1 + by * by * p2 * (1 - p2) / n2) * (n1 + n2) / (n1 + n2 - 1)
        return (p - (q + v if compare == "diff" else q * v)) ** 2 - z * z * max(variance, 0)
    ends = []
    for end in ((-1, 1) if compare == "diff" else (1e-12, 1e6)):
        if compare == "diff" and abs(end - point) < 1e-9:
            ends.append(end)
            continue
        inside = point + (end - point) * 1e-9
        ends.append(optimize.brentq(excess, inside, end, xtol=1e-14, rtol=1e-14)
                    if excess(end) > 0 > excess(inside) else end if excess(end) <= 0 else point)
    return ends


def number(v):
    return "NAN" if v is None else repr(float(v))


print(f"/* Made by tests/golden/make_intervals.py with scipy {scipy.__version__}, statsmodels {statsmodels.__version__}."
      "\n * NAN: a ratio over 0. */")
print("static const struct golden_pair {\n    double x1, n1, x2, n2, level, diff_low, diff_high, ratio_low, ratio_high;\n"
      "} golden_pair[] = {")
for table in TABLES:
    for level in (0.95, 0.99):
        diff = limits(*table, "diff", 1 - level)
        ratio = limits(*table, "ratio", 1 - level) if table[2] > 0 else [None, None]
        if table[2] > 0 and table[0] < table[1]:
            theirs = confint_proportions_2indep(*table, method="score", compare="ratio", correction=True, alpha=1 - level)
            assert np.allclose(ratio, theirs, rtol=1e-5), (table, ratio, theirs)
        print("    {" + ", ".join(map(number, table)) + f", {level}, " +
              ", ".join(number(v) for v in diff + ratio) + "},")
print("};")
print("static const struct golden_exact { double x, n, level, low, high; } golden_exact[] = {")
for x, n in [(0, 20), (1, 20), (10, 20), (20, 20), (3, 10000), (81, 263), (9999, 10000)]:
    for level in (0.95, 0.99):
        low, high = proportion_confint(x, n, 1 - level, "beta")
        print(f"    {{{x}, {n}, {level}, {number(low if x else 0)}, {number(high if x < n else 1)}}},")
print("};")
check = limits(56, 70, 48, 80, "diff", 0.05)
assert abs(check[0] - 0.0528) < 5e-5 and abs(check[1] - 0.3382) < 5e-5, check
