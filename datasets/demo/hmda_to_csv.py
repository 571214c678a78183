#!/usr/bin/env python3
"""Writes the HMDA mortgage table of R's AER package as CSV, without R.

    hmda_to_csv.py HMDA.rda hmda.csv

2,380 mortgage applications in Boston, 1990 (Munnell et al. 1996; Stock and
Watson). Factors are written as their labels. Two columns are added:

    id       1..2380, the row in the R table
    member   1 = training row, 0 = test row. The rule: the 1,600 rows with the
             smallest sha256("assay-hmda-ID") are members. No random generator,
             so no version of anything can change the split.

Standard library only. An .rda file is a compressed stream "RDX2\\nX\\n" or
"RDX3\\nX\\n" and one object in R's XDR serialization ("R Internals", section 1.8).
"""
import bz2
import csv
import gzip
import hashlib
import lzma
import os
import struct
import sys

MEMBERS = 1600

# SEXPTYPEs, as R's Rinternals.h numbers them.
NIL, SYM, LIST, CHAR, LGL, INT, REAL, STR, VEC = 254, 1, 2, 9, 10, 13, 14, 16, 19
REF, ALTREP = 255, 238
NA_INT = -2**31


def decompress(data):
    for magic, opener in ((b"\xfd7zXZ", lzma.decompress), (b"BZh", bz2.decompress),
                          (b"\x1f\x8b", gzip.decompress)):
        if data.startswith(magic):
            return opener(data)
    return data


class Reader:
    """Reads one serialized object; keeps what a data frame needs and no more."""

    def __init__(self, data):
        self.data, self.at, self.refs = data, 0, []

    def take(self, n):
        if n < 0 or self.at + n > len(self.data):
            raise ValueError(f"the R file ends early, at byte {self.at}")
        self.at += n
        return self.data[self.at - n:self.at]

    def ints(self, n):
        return list(struct.unpack(f">{n}i", self.take(4 * n)))

    def int(self):
        return self.ints(1)[0]

    def header(self):
        magic = self.take(7)
        if magic not in (b"RDX2\nX\n", b"RDX3\nX\n"):
            raise ValueError(f"not an .rda file in XDR form (starts {magic!r})")
        version, _writer, _oldest = self.ints(3)
        if version == 3:
            self.take(self.int())  # the native encoding's name

    def object(self):
        """Returns (value, attributes)."""
        flags = self.int()
        kind, has_attributes, has_tag = flags & 255, flags & 512, flags & 1024
        if kind == NIL:
            return None, {}
        if kind == REF:
            return self.refs[(flags >> 8) - 1], {}
        if kind == SYM:
            self.refs.append(self.object()[0])
            return self.refs[-1], {}
        if kind == LIST:
            return self.pairlist(has_attributes, has_tag), {}
        value = self.vector(kind)
        return value, (self.object()[0] or {}) if has_attributes else {}

    def pairlist(self, has_attributes, has_tag):
        """A pairlist as a dict tag -> (value, attributes)."""
        items = {}
        while True:
            if has_attributes:
                self.object()
            tag = self.object()[0] if has_tag else len(items)
            items[tag] = self.object()
            flags = self.int()
            if flags & 255 != LIST:
                return items  # the closing NIL
            has_attributes, has_tag = flags & 512, flags & 1024

    def vector(self, kind):
        n = self.int()
        if kind == CHAR:
            return None if n == -1 else self.take(n).decode()
        if kind in (LGL, INT):
            return self.ints(n)
        if kind == REAL:
            return list(struct.unpack(f">{n}d", self.take(8 * n)))
        if kind == STR:
            return [self.object()[0] for _ in range(n)]
        if kind == VEC:
            return [self.object() for _ in range(n)]
        raise ValueError(f"R object of type {kind} at byte {self.at}: this small reader knows data frames only")


def data_frame(path, name):
    with open(path, "rb") as f:
        reader = Reader(decompress(f.read()))
    reader.header()
    columns, attributes = reader.object()[0][name]
    return dict(zip(attributes["names"][0], columns))


def text(column):
    """A column's cells as text: factor labels, shortest exact numbers."""
    values, attributes = column
    if "levels" in attributes:
        levels = attributes["levels"][0]
        return ["" if v == NA_INT else levels[v - 1] for v in values]
    return [repr(v) if isinstance(v, float) else str(v) for v in values]


def members(n):
    """The set of 1-based ids of the training rows."""
    key = lambda i: hashlib.sha256(f"assay-hmda-{i}".encode()).digest()
    return set(sorted(range(1, n + 1), key=key)[:MEMBERS])


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: hmda_to_csv.py HMDA.rda OUT.csv")
    table = {name: text(c) for name, c in data_frame(sys.argv[1], "HMDA").items()}
    n = len(table["deny"])
    train = members(n)
    part = sys.argv[2] + ".part"
    with open(part, "w", newline="") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(["id", *table, "member"])
        for i, row in enumerate(zip(*table.values()), 1):
            out.writerow([i, *row, int(i in train)])
    os.replace(part, sys.argv[2])


if __name__ == "__main__":
    try:
        main()
    except (OSError, ValueError, KeyError, lzma.LZMAError) as fault:
        sys.exit(f"hmda_to_csv.py: error: {' '.join(sys.argv[1:2])}: {fault}")
