"""Contact sheets: the text in the pictures, read dot by dot, against samples.h5 and the data set."""
import os
import re
import struct
import zlib

import numpy as np

from suite import MODELS, ROOT, case, good, main, path, same, samples_of, write_config, write_data

NAMES = ["T-shirt/top", "Hose", "gr\u00f6\u00dfer", "Dress", "Coat", "S", "a name that no line has room for" * 2,
         "Sneaker", "Bag", "Ankle boot"]
ROWS, GAP, ZOOM, SIDE = 5, 8, 4, 28
STEP, LINE = SIDE * ZOOM + GAP, 10


def letters():
    """{rows of bits: character} from the program's own table; it is looked at in 'the letters differ'."""
    with open(os.path.join(ROOT, "engine", "batch", "lettering.c")) as f:
        table = re.findall(r"\{(\d+(?:, \d+){6})\}", f.read())
    same(len(table), 96, "letters and the box")
    return {tuple(map(int, rows.split(", "))): chr(32 + i) for i, rows in enumerate(table[:95])}


def decoded(name):
    """An 8-bit grey or RGB picture as (height, width, channels)."""
    with open(name, "rb") as f:
        blob = f.read()
    at, data = 8, b""
    while at < len(blob):
        n, kind = struct.unpack(">I4s", blob[at:at + 8])
        body, at = blob[at + 8:at + 8 + n], at + 12 + n
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", body[:10])
            same((depth, colour in (0, 2)), (8, True), "depth and colour")
        data += body if kind == b"IDAT" else b""
    channels = 3 if colour == 2 else 1
    lines = np.frombuffer(zlib.decompress(data), np.uint8).reshape(height, 1 + width * channels)
    out = np.zeros((height + 1, width + 1, channels), int)
    for y, line in enumerate(lines):
        for x, value in enumerate(line[1:].reshape(width, channels).astype(int)):
            left, up, corner = out[y + 1, x], out[y, x + 1], out[y, x]
            p = left + up - corner
            near = np.where((abs(p - left) <= abs(p - up)) & (abs(p - left) <= abs(p - corner)), left,
                            np.where(abs(p - up) <= abs(p - corner), up, corner))
            add = (0, left, up, (left + up) // 2, near)[line[0]]
            out[y + 1, x + 1] = (value + add) % 256
    return out[1:, 1:]


def text_at(picture, top, left, room):
    """What stands in one line of letters, without what is blank at its end."""
    known, text = letters(), ""
    for i in range(room):
        cell = picture[top:top + 7, left + 6 * i:left + 6 * i + 5, 0] == 0
        text += known.get(tuple(int("".join(map(str, row)), 2) for row in cell.astype(int)), "\ufffd")
    return text.rstrip()


def cell(picture, i, per_line=3):
    """The lines of text of cell i: above, and below each of the three pictures."""
    top = GAP + i // per_line * (SIDE * ZOOM + 2 * LINE + GAP)
    left = GAP + i % per_line * (3 * STEP + GAP)
    below = top + LINE + SIDE * ZOOM + 1
    return [text_at(picture, top, left, 56)] + [text_at(picture, below, left + k * STEP, 18) for k in range(3)]


def class_text(number, room):
    name = NAMES[number]
    return name if len(name) <= room and name.isascii() else str(number)


def prediction(row, i):
    return "%s %.3f" % (class_text(row["predicted"][i], 12), row["confidence"][i])


def run(name, ids=None):
    draw = np.random.default_rng(5)
    x = (draw.random((ROWS, 7, 7, 1)).repeat(4, 1).repeat(4, 2) * 255).astype(np.uint8)
    write_data(name + ".h5", x, np.array([2, 0, 6, 9, 1], np.int32), 0, 255, ids=ids, class_names=NAMES)
    config = write_config(name + ".json", {
        "model": os.path.join(MODELS, "fashion_cnn.h5"), "data": name + ".h5", "preprocess": {"scale": 1 / 255},
        "transformations": [{"name": "gaussian_noise", "severity": 3}],
        "attacks": [{"name": "fgsm", "eps": 16}], "output": {"images": ROWS}})
    good("run", config, "-o", path(name))
    return samples_of(path(name))


@case("row, label, and each prediction with its probability stand in the pictures, names where they fit")
def _():
    rows = run("plain")
    for scenario in ("natural.gaussian_noise@3", "adversarial.fgsm_linf@16"):
        picture = decoded(path("plain", "images", scenario + ".png"))
        for i in range(ROWS):
            label = rows["clean"]["label"][i]
            above, clean, shown, difference = cell(picture, i)
            same(above, "row %d  label %s" % (i, class_text(label, 60)), "above")
            same(clean, prediction(rows["clean"], i), "below the clean picture")
            same(shown, prediction(rows[scenario], i), "below what was presented")
            assert re.fullmatch(r"difference x[0-9.]+|no difference", difference), difference


@case("ids stand beside the row, whatever their size")
def _():
    ids = [7, -2 ** 63, 2 ** 63 - 1, 0, 41]
    run("ids", ids)
    picture = decoded(path("ids", "images", "natural.gaussian_noise@3.png"))
    for i, label in enumerate([2, 0, 6, 9, 1]):
        same(cell(picture, i)[0], "row %d  label %s  id %d" % (i, class_text(label, 40), ids[i]), "above")


@case("the letters differ from each other, and none but the blank is empty")
def _():
    table = letters()
    same((len(table), [c for rows, c in table.items() if not any(rows)]), (95, [" "]), "letters")


main()
