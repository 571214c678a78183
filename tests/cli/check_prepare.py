"""`assay prepare`, and runs that find what it made."""
import os
import struct
import zlib

import h5py
import numpy as np

from suite import MODELS, assay, case, good, main, path, refused, report_of, same, table_data, write_config

CONFIG = {"model": os.path.join(MODELS, "hmda_mlp.h5"), "data": "table.h5", "preprocess": {},
          "transformations": [{"name": "missing_values", "severity": [2, 3]}]}


@case("prepare makes what the scenarios read, and nothing else")
def _():
    table_data("table.h5", 301, 7)
    write_config("prepare.json", CONFIG)
    r = good("prepare", path("prepare.json"), "-o", path("prepared"))
    assert "median" in r.out and "natural.missing_values@2 and others" in r.out, r.out
    same(os.listdir(path("prepared")), ["artefacts.h5"], "files")
    with h5py.File(path("table.h5")) as data, h5py.File(path("prepared", "artefacts.h5")) as f:
        (key,) = f["artefacts"]
        assert np.allclose(f["artefacts"][key]["value"][:], np.median(data["x"][:], axis=0), atol=1e-6)


@case("a run in the folder, or one that names the file, takes it; the reports are the same as without")
def _():
    again = good("prepare", path("prepare.json"), "-o", path("prepared"))
    assert "making" not in again.err, again.err
    r = good("run", path("prepare.json"), "-o", path("prepared"))
    assert "making" not in r.err, r.err
    r = good("run", path("prepare.json"), "-o", path("elsewhere"), "--artefacts", path("prepared", "artefacts.h5"))
    assert "making" not in r.err, r.err
    r = good("run", path("prepare.json"), "-o", path("alone"))
    reports = [report_of(path(folder)) for folder in ("prepared", "elsewhere", "alone")]
    same(len({report["integrity"]["digest_sha256"] for report in reports}), 1, "digests")
    same([a["name"] for a in reports[0]["artefacts"]], ["median"], "artefacts of the report")
    same(reports[0]["artefacts"][0]["made_for"], ["natural.missing_values@2", "natural.missing_values@3"], "made for")


@case("a config that needs nothing says so")
def _():
    write_config("nothing.json", dict(CONFIG, transformations=[]))
    assert good("prepare", path("nothing.json"), "-o", path("nothing")).out.startswith("nothing to prepare")


@case("a file of artefacts that was changed is refused by name")
def _():
    with h5py.File(path("prepared", "artefacts.h5"), "r+") as f:
        (key,) = f["artefacts"]
        f["artefacts"][key]["value"][0] += 1
    refused(3, r"artefacts \S*prepared/artefacts\.h5: .*'median'.*do not give their own hash.*remove it", "run",
            path("prepare.json"), "-o", path("changed"), "--artefacts", path("prepared", "artefacts.h5"))


@case("a make goes on from its checkpoint; one that is damaged, wherever, is none")
def _():
    config = write_config("universal.json", dict(CONFIG, transformations=[],
                                                 attacks=[{"name": "universal", "eps": 0.1, "epochs": 3}]))

    def value_of(folder):
        good("prepare", config, "-o", path(folder))
        with h5py.File(path(folder, "artefacts.h5")) as f:
            (key,) = f["artefacts"]
            return key, f["artefacts"][key]["value"][:]

    key, wanted = value_of("whole")
    assert wanted.any(), wanted
    rest = struct.pack("=QQ", 3, len(wanted)), bytes(4 * len(wanted))
    whole = key.encode() + rest[0] + struct.pack("=I", zlib.crc32(b"".join(rest))) + rest[1]
    for flip in (None, 0, 64, 72, 80, 84):
        folder = "part%s" % flip
        os.mkdir(path(folder))
        text = bytearray(whole)
        if flip is not None:
            text[flip] ^= 1
        with open(path(folder, "artefacts.h5.%s.part" % key[:16]), "wb") as f:
            f.write(text)
        same(value_of(folder)[1].tolist(), [0] * len(wanted) if flip is None else wanted.tolist(), folder)


@case("nonsense: no folder, no config, an unknown option")
def _():
    refused(2, r"prepare: wants -o DIR", "prepare", path("prepare.json"))
    refused(2, r"nope\.json", "prepare", path("nope.json"), "-o", path("x"))
    refused(2, r"--resume", "prepare", path("prepare.json"), "-o", path("x"), "--resume")
    assert not os.path.exists(path("x"))
    assert "artefacts" in assay("help", "prepare").out


main()
