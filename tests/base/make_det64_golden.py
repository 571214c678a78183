#!/usr/bin/env python3
"""Writes det64_golden.h: arguments and correctly rounded values of exp, log, sin and cos, from 80-digit decimals.

Usage: python3 tests/base/make_det64_golden.py > tests/base/det64_golden.h
"""
import random
from decimal import Decimal, getcontext

getcontext().prec = 80
random.seed(20231107)


def pi():
    """Machin's formula."""
    def arctan_inverse(n):
        term = total = Decimal(1) / n
        k = 1
        while abs(term) > Decimal(10) ** -79:
            term = -term / (n * n)
            total += term / (2 * k + 1)
            k += 1
        return total
    return 4 * (4 * arctan_inverse(5) - arctan_inverse(239))


PI = pi()


def sine(x):
    r = x % (2 * PI)
    term = total = r
    k = 1
    while abs(term) > Decimal(10) ** -75:
        term = -term * r * r / ((2 * k) * (2 * k + 1))
        total += term
        k += 1
    return total


def cosine(x):
    return sine(x + PI / 2)


def table(name, function, arguments):
    print(f"static const struct golden {name}[] = {{")
    for x in arguments:
        print(f"    {{{x.hex()}, {float(function(Decimal(x))).hex()}}},")
    print("};")


print("/* Made by make_det64_golden.py; do not edit. */")
print("struct golden {\n    double x, y;\n};")
table("golden_exp", Decimal.exp,
      [random.uniform(-745, 709.7) for _ in range(120)] + [random.uniform(-1, 1) for _ in range(60)]
      + [1e-300, -1e-17, 2.0 ** -30, 709.78, -708.3, -744.9, 88.72, 0.34657359027997264, -0.34657359027997270])
table("golden_log", Decimal.ln,
      [random.uniform(0, 1) for _ in range(60)] + [10 ** random.uniform(-307, 308) for _ in range(80)]
      + [1 + random.uniform(-1e-3, 1e-3) for _ in range(40)]
      + [5e-324, 2.3e-310, 1 + 2.0 ** -52, 1 - 2.0 ** -53, 2.0, 1.4142135623730951, 1.4142135623730954, 1.7e308])
near_zeros = [float(k * PI / 2) for k in (1, 2, 3, 7, 355, 22691, 63661)]
angles = ([random.uniform(-8, 8) for _ in range(100)] + [random.uniform(-1e5, 1e5) for _ in range(80)]
          + near_zeros + [1e-200, 2.0 ** -27, 1e5, -1e5])
table("golden_sin", sine, angles)
table("golden_cos", cosine, angles)
