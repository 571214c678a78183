#!/usr/bin/env python3
"""Writes the demo's words of two languages as data sets of token ids.

    words.py AMERICAN-ENGLISH NGERMAN OUT_TEST.h5 OUT_MEMBERS.h5

The word lists are those of the Debian packages wamerican and wngerman. Taken are words of 4 to 12 letters (a to z and
the umlauts), in small letters, for German nouns begin with a capital; what stands in both lists, and inflected forms
with an apostrophe, is left out. Of each language the words with the smallest sha256("assay-words-WORD") are kept: first
1,000 for the test, then 6,000 that the demo net is trained on (members). No random generator, so no version of anything
can change the choice.

A word becomes 12 token ids, letters in the order of the vocabulary, filled up with padding (id 0). The first letter is
none of allowed_positions, and umlauts and sharp s are none of allowed_tokens: a changed word begins as before, and no
umlaut gives the German word away.
"""
import hashlib
import sys

import h5py
import numpy as np

LETTERS = "abcdefghijklmnopqrstuvwxyzäöüß"
VOCABULARY = ["<padding>"] + list(LETTERS)
LENGTH, SHORTEST, TEST, MEMBERS = 12, 4, 1000, 6000
CLASSES = ["english", "german"]


def words(path):
    with open(path, encoding="utf-8") as f:
        found = {line.strip().lower() for line in f}
    return {w for w in found if SHORTEST <= len(w) <= LENGTH and all(c in LETTERS for c in w)}


def ordered(some):
    return sorted(some, key=lambda w: hashlib.sha256(("assay-words-" + w).encode()).digest())


def ids(word):
    return [VOCABULARY.index(c) for c in word] + [0] * (LENGTH - len(word))


def parts(english, german):
    """(test, members), each a list of (word, class) in the order of their hashes."""
    lists = [ordered(english - german), ordered(german - english)]
    if min(map(len, lists)) < TEST + MEMBERS:
        raise ValueError("the word lists are shorter than expected")
    pick = lambda first, last: [(w, k) for k in (0, 1) for w in lists[k][first:last]]
    rank = lambda item: hashlib.sha256(("assay-words-" + item[0]).encode()).digest()
    return sorted(pick(0, TEST), key=rank), sorted(pick(TEST, TEST + MEMBERS), key=rank)


def write(path, rows, name, member):
    with h5py.File(path, "w", track_order=False) as f:
        f.attrs["assay_dataset"], f.attrs["name"] = 1, name
        x = f.create_dataset("x", data=np.array([ids(w) for w, _ in rows], np.uint8))
        x.attrs["kind"], x.attrs["vocabulary"], x.attrs["padding"] = "tokens", VOCABULARY, 0
        x.attrs["allowed_tokens"] = [VOCABULARY.index(c) for c in "abcdefghijklmnopqrstuvwxyz"]
        x.attrs["allowed_positions"] = list(range(1, LENGTH))
        y = f.create_dataset("y", data=np.array([k for _, k in rows], np.int32))
        y.attrs["class_names"] = CLASSES
        f.create_dataset("member", data=np.full(len(rows), member, np.uint8))


def main():
    if len(sys.argv) != 5:
        sys.exit("usage: words.py AMERICAN-ENGLISH NGERMAN OUT_TEST.h5 OUT_MEMBERS.h5")
    test, members = parts(words(sys.argv[1]), words(sys.argv[2]))
    write(sys.argv[3], test, "words_test", 0)
    write(sys.argv[4], members, "words_members", 1)


if __name__ == "__main__":
    try:
        main()
    except (OSError, ValueError) as fault:
        sys.exit(f"words.py: error: {fault}")
