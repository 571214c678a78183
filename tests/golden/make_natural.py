#!/usr/bin/python3
"""Golden images for tests/attacks/test_natural.c: the deterministic transformations by numpy and scipy in float64.

    /usr/bin/python3 tests/golden/make_natural.py > tests/golden/natural.inc

Rotation and translation go to a random side, so every side is given; the test finds which one was taken."""
import colorsys
import textwrap
import numpy as np
import scipy.ndimage as ndimage

SMALL = dict(gaussian_blur=[.4, .6, .7, .8, 1], brightness=[.05, .1, .15, .2, .3], contrast=[.75, .5, .4, .3, .15],
             pixelate=[.95, .9, .85, .75, .65], rotate=[6, 12, 18, 24, 30], translate=[.02, .04, .06, .08, .10])


def gaussian_blur(x, sigma):
    return ndimage.gaussian_filter(x, (sigma, sigma, 0), mode="nearest", truncate=4)


def brightness(x, shift):
    if x.shape[2] != 3:
        return np.clip(x + shift, 0, 1)
    out = np.empty_like(x)
    for place in np.ndindex(x.shape[:2]):
        h, s, v = colorsys.rgb_to_hsv(*x[place])
        out[place] = colorsys.hsv_to_rgb(h, s, min(max(v + shift, 0), 1))
    return out


def contrast(x, factor):
    mean = x.mean((0, 1), keepdims=True)
    return np.clip((x - mean) * factor + mean, 0, 1)


def box_weights(n_in, n_out):
    """Row i: what output i takes of the inputs, by the rule of Pillow's box filter in its own terms."""
    scale = n_in / n_out
    support = 0.5 * max(scale, 1)
    weights = np.zeros((n_out, n_in))
    for i in range(n_out):
        center = (i + 0.5) * scale
        first, last = max(int(center - support + 0.5), 0), min(int(center + support + 0.5), n_in)
        for j in range(first, last):
            if -0.5 < (j - center + 0.5) / max(scale, 1) <= 0.5:
                weights[i, j] = 1
    return weights / weights.sum(1, keepdims=True)


def pixelate(x, resolution):
    h, w = x.shape[:2]
    rows, cols = max(1, int(resolution * h)), max(1, int(resolution * w))
    vertical = box_weights(rows, h) @ box_weights(h, rows)
    horizontal = box_weights(cols, w) @ box_weights(w, cols)
    return np.einsum("ij,jkc,lk->ilc", vertical, x, horizontal)


def warp(x, matrix, offset, mode):
    """Bilinear. scipy's own `constant` gives the fill value to any point outside the outermost pixel centres, without
    blending; a border of fill pixels blends as the library does."""
    pad = 2 * max(x.shape)
    kind = {"constant_values": 0} if mode == "constant" else {}
    padded = np.pad(x, ((pad, pad), (pad, pad), (0, 0)), mode, **kind)
    grid = np.stack(np.meshgrid(np.arange(x.shape[0]), np.arange(x.shape[1]), indexing="ij"), -1)
    source = grid @ matrix.T + offset + pad
    return np.stack([ndimage.map_coordinates(padded[..., c], source.transpose(2, 0, 1), order=1)
                     for c in range(x.shape[2])], -1)


def rotate(x, degrees, mode, side):
    angle = side * np.deg2rad(degrees)
    matrix = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    centre = (np.array(x.shape[:2]) - 1) / 2
    return warp(x, matrix, centre - matrix @ centre, mode)


def translate(x, fraction, mode, y_side, x_side):
    return warp(x, np.eye(2), fraction * np.array([y_side * x.shape[0], x_side * x.shape[1]]), mode)


def floats(values):
    text = ", ".join(f"{v:#.9g}f" for v in np.asarray(values).flatten())
    return textwrap.fill(text, 120, initial_indent="    ", subsequent_indent="    ").strip()


SHAPES = (9, 7, 3), (6, 11, 1), (5, 8, 2)
random = np.random.default_rng(7)
images = []
print("/* Made by tests/golden/make_natural.py; do not edit. */")
for i, shape in enumerate(SHAPES):
    x = random.random(shape).astype(np.float32)
    x[1, 2], x[2, 1], x[0, 0] = 0, 1, 0.5
    images.append(x)
    print(f"static const float golden_image_{i}[] = {{{floats(x)}}};")
print("static const struct golden_image {\n    const char *name;\n    size_t height, width, channels;\n"
      "    int severity, edge;\n"
      "    size_t sides;\n    const float *x, *result; /* (sides, height, width, channels) */\n} golden_images[] = {")
for i, shape in enumerate(SHAPES):
    data = images[i].astype(np.float64)
    for name, levels in SMALL.items():
        for severity, level in enumerate(levels, 1):
            if severity not in ((1, 5) if name in ("rotate", "translate") else (1, 3, 5)):
                continue
            for mode in ("constant", "edge") if name in ("rotate", "translate") else ("constant",):
                if name == "rotate":
                    results = [rotate(data, level, mode, s) for s in (1, -1)]
                elif name == "translate":
                    results = [translate(data, level, mode, a, b) for a in (1, -1) for b in (1, -1)]
                else:
                    results = [globals()[name](data, level)]
                print(f'    {{"{name}", {shape[0]}, {shape[1]}, {shape[2]}, {severity}, {int(mode == "edge")}, '
                      f"{len(results)}, golden_image_{i},\n"
                      f"     (const float[]){{{floats(results)}}}}},")
print("};")
