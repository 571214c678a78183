#!/usr/bin/env python3
"""Writes tests/io/data/*.h5: files as other writers make them, and files made to do harm.

Usage: python3 tests/io/make_h5_fixtures.py     (from the repository root; Debian's python3-h5py)
"""
import os

import h5py
import numpy as np

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")


def fixed(strings, size, padding):
    """A low-level attribute or data set type: strings of `size` bytes with the given padding."""
    kind = h5py.h5t.C_S1.copy()
    kind.set_size(size)
    kind.set_strpad(padding)
    fill = b" " if padding == h5py.h5t.STR_SPACEPAD else b"\0"
    return kind, np.array([s.ljust(size, fill) for s in strings], dtype=f"S{size}")


def put_fixed(obj, name, strings, size, padding):
    kind, data = fixed(strings, size, padding)
    space = h5py.h5s.create_simple((len(strings),))
    attribute = h5py.h5a.create(obj.id, name.encode(), kind, space)
    attribute.write(data, mtype=kind)


def encodings():
    with h5py.File(f"{FOLDER}/encodings.h5", "w") as f:
        f.attrs["model_config"] = b'{"class_name": "Sequential"}'       # vlen ASCII
        f.attrs["unicode"] = "caf\u00e9"                                   # vlen UTF-8
        f.attrs["numpy_fixed"] = np.bytes_("2.2.4")                     # scalar, fixed NULLPAD
        f.attrs["long"] = b"x" * 70000                                  # beyond the object header's limit
        f.attrs["no_value"] = h5py.Empty("S5")                          # null dataspace
        f.attrs["broken_utf8"] = b"\xff\xfe"
        f.attrs["real"] = 0.37
        f.attrs["reals"] = np.array([[0.5, -1.25], [3e-3, 7]], dtype=">f4")
        f.attrs["integers"] = np.array([3, -4], dtype="i2")
        f.attrs["flag"] = True                                          # an enumeration
        f.attrs["compound"] = np.zeros(2, dtype=[("a", "i4"), ("b", "f4")])
        g = f.create_group("names")
        g.attrs["vlen"] = [b"conv2d/kernel:0", b"", b"b"]
        g.attrs["old"] = np.asarray([b"abc", b"de", b"f"])               # NULLPAD, the longest is full
        g.attrs["none"] = np.asarray([])                                # float64 of no elements
        put_fixed(g, "space_padded", [b"abc", b"de ", b" f"], 5, h5py.h5t.STR_SPACEPAD)
        put_fixed(g, "terminated", [b"abcd", b"x\0y", b""], 5, h5py.h5t.STR_NULLTERM)
        d = f.create_group("numbers")
        d["f16"] = np.array([[0.5, -2.25, 65504]], dtype="f2")
        d["f32_big_endian"] = np.array([1.5e-3, -7.125], dtype=">f4")
        d["f64"] = np.array([0.1, 1e300, -3.0])
        d["f64_integers"] = np.array([0.0, 255.0, 17.0])
        d["i64"] = np.array([-5, 2 ** 31 - 1, -2 ** 31])
        d["i64_large"] = np.array([1, 2 ** 31])
        d["u64_large"] = np.array([2 ** 64 - 1], dtype="u8")
        d["u8"] = np.array([0, 255, 17], dtype="u1")
        d["i16_big_endian"] = np.array([0, 255, 17], dtype=">i2")
        d["i8_negative"] = np.array([0, -1], dtype="i1")
        d["boolean"] = np.array([True, False, True])
        d["scalar"] = np.float32(0.37)
        d["empty"] = np.zeros((0, 3), dtype="f4")
        d["strings"] = [b"one", b"two"]
        d["compound"] = np.zeros(2, dtype=[("a", "i4")])
        x = np.arange(70 * 33, dtype="f4").reshape(70, 33) * 0.37
        d.create_dataset("packed", data=x, chunks=(16, 10), compression="gzip", shuffle=True, fletcher32=True)
        d.create_dataset("compact_like", data=x[:2, :3])


def image_stack():
    """One chunk is 1.2 MB inflated, so the library's default cache cannot hold it."""
    with h5py.File(f"{FOLDER}/rows.h5", "w") as f:
        x = (np.arange(1200 * 1000) // 1000 % 251).astype("u1").reshape(1200, 1000)
        f.create_dataset("x", data=x, chunks=(1200, 1000), compression="gzip", compression_opts=9)


def bomb(name, write_one):
    """Declares 2^40 float32; holds nothing, or one chunk."""
    with h5py.File(f"{FOLDER}/{name}.h5", "w") as f:
        x = f.create_dataset("x", (2 ** 40,), "f4", chunks=(2 ** 20,), compression="gzip")
        if write_one:
            x[:10] = 1.5


def hostile():
    for name, target in (("soft", h5py.SoftLink("/inner/x")), ("external", h5py.ExternalLink("rows.h5", "/x"))):
        with h5py.File(f"{FOLDER}/{name}_link.h5", "w") as f:
            f["inner/x"] = np.array([0.37], dtype="f4")
            f["link"] = target
            f["group/link"] = target
    with h5py.File(f"{FOLDER}/external_storage.h5", "w") as f:
        f.create_dataset("x", (4,), "u1", external=[("/etc/passwd", 0, 4)])
    with h5py.File(f"{FOLDER}/virtual.h5", "w") as f:
        layout = h5py.VirtualLayout(shape=(3,), dtype="f4")
        layout[:] = h5py.VirtualSource("encodings.h5", "/numbers/f32_big_endian", shape=(3,))
        f.create_virtual_dataset("x", layout)
    bomb("bomb_empty", False)
    bomb("bomb_one_chunk", True)
    with h5py.File(f"{FOLDER}/layouts.h5", "w") as f:
        f.create_dataset("unwritten", (7,), "f4")
        f.create_dataset("lzf", data=np.zeros(30, "f4"), compression="lzf")
        f.create_dataset("scale_offset", data=np.arange(30), scaleoffset=True, chunks=(30,))
        f.create_dataset("rank_9", data=np.zeros((1,) * 9, "f4"))
        f.create_dataset("large_chunk", (2 ** 25,), "f4", chunks=(2 ** 25,))
        f.create_dataset("overflow", (2 ** 40, 2 ** 40), "f4", chunks=(4, 4))
        f["type"] = np.dtype("f4")
        g = f.create_group("cycle")
        g["self"] = g
        x = f.create_group("cycle/x")
        x.attrs["depth"] = 3
    with open(f"{FOLDER}/encodings.h5", "rb") as f:
        head = f.read()[:3000]
    with open(f"{FOLDER}/truncated.h5", "wb") as f:
        f.write(head)


os.makedirs(FOLDER, exist_ok=True)
encodings()
image_stack()
hostile()
