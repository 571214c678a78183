#!/usr/bin/python3
"""Golden blocks for tests/base/test_rng.c: the addressing of assay-f32-v2 (engine/base/rng.h) in plain integers.

    python3 tests/golden/make_rng.py > tests/golden/rng.inc"""
M32, M64 = 2**32 - 1, 2**64 - 1


def philox(counter, key):
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        a, b = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = b >> 32 ^ c1 ^ k0, b & M32, a >> 32 ^ c3 ^ k1, a & M32
        k0, k1 = k0 + 0x9E3779B9 & M32, k1 + 0xBB67AE85 & M32
    return c0, c1, c2, c3


def halves(v):
    return v & M32, v >> 32


def block(seed, sample, stream, iteration, number):
    k0, k1, m0, m1 = philox((*halves(stream), iteration, 0), halves(seed))
    return philox((*halves(number), *halves(sample ^ (m0 | m1 << 32))), (k0, k1))


def stream(name):
    value = 0xcbf29ce484222325
    for byte in name.encode():
        value = (value ^ byte) * 0x100000001b3 & M64
    return value


# kat_vectors of Random123 1.09, philox4x32-10
assert philox((0,) * 4, (0,) * 2) == (0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8)
ADDRESSES = [(0, 0, 0, 0, 0), (1, 0, 0, 0, 0), (0, 1, 0, 0, 0), (0, 0, 1, 0, 0), (0, 0, 0, 1, 0), (0, 0, 0, 0, 1),
             (2**32, 0, 0, 0, 0), (0, 2**32, 0, 0, 0), (0, 0, 2**32, 0, 0), (0, 0, 0, 0, 2**32),
             (M64, M64, M64, M32, 2**62 - 1),
             (1, 9999, stream("adversarial.pgd_linf"), 3, 195)]
print("/* Made by tests/golden/make_rng.py; do not edit. */")
print("static const struct {\n    uint64_t seed, sample, stream;\n    uint32_t iteration;\n    uint64_t block;\n"
      "    uint32_t want[4];\n} golden_blocks[] = {")
for address in ADDRESSES:
    numbers = ["%#x" % v for v in address]
    print("    {%s,\n     {%s}}," % (", ".join(numbers), ", ".join("0x%08x" % v for v in block(*address))))
print("};\nstatic const struct { const char *name; uint64_t want; } golden_streams[] = {")
for name in ("", "clean", "natural.rotate@3", "adversarial.pgd_linf"):
    print('    {"%s", 0x%016x},' % (name, stream(name)))
print("};")
