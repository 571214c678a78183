"""run --keep-adversarial: adversarial.h5 is a data set, its rows are the inputs that samples.h5 speaks of."""
import hashlib
import os
import re
import signal
import subprocess
import time

import h5py
import numpy as np

from suite import (ASSAY, MODELS, case, digest_of, environment, good, main, path, refused, report_of, same, samples_of,
                   table_data, write_config, write_data)

NORMS = {"linf": lambda d: abs(d).max(1), "l2": lambda d: np.sqrt((d ** 2).sum(1)), "l1": lambda d: abs(d).sum(1)}
ATTACKS = [{"name": "pgd", "norm": "l2", "eps": [8, 300], "steps": 4}, {"name": "ddn", "steps": 8, "eps": [100, 500]},
           {"name": "fgsm", "norm": "linf", "eps": [2, 24]},
           {"name": "pgd", "norm": "linf", "eps": 24, "steps": 3, "after": "fgsm_linf"},
           {"name": "pgd", "norm": "linf", "eps": 16, "steps": 3, "targeted": True, "target": 3}]


def read(file):
    """{path: array} and {path: {attribute: value}} of a data set."""
    sets, attrs = {}, {}
    with h5py.File(file) as f:
        attrs["/"] = dict(f.attrs)
        f.visititems(lambda name, o: attrs.__setitem__(name, dict(o.attrs)))
        f.visititems(lambda name, o: sets.__setitem__(name, o[()]) if isinstance(o, h5py.Dataset) else None)
    return sets, attrs


def scenarios_of(file):
    """{scenario: (rows of the file, rows of the original)}, and the names in the order of the file."""
    sets, attrs = read(file)
    names = list(attrs["source/scenario"]["values"])
    at = {name: np.flatnonzero(sets["source/scenario"] == i) for i, name in enumerate(names)}
    return {name: (rows, sets["source/row"][rows]) for name, rows in at.items()}, names


def check_against_run(folder, config, data):
    """Every row: what predict says of it is what samples.h5 says, and its distance is the norm there."""
    original, adversarial = read(data)[0], read(path(folder, "adversarial.h5"))[0]
    rows, names = scenarios_of(path(folder, "adversarial.h5"))
    samples = samples_of(path(folder))
    same(names, [t["scenario"] for t in report_of(path(folder))["tests"]
                 if re.match(r"robustness\.adversarial\.(?!worst)", t["test_id"])], "scenarios, in the plan's order")
    good("predict", config, "--data", path(folder, "adversarial.h5"), "-o", path(folder + "_p.h5"))
    with h5py.File(path(folder + "_p.h5")) as f:
        predicted, loss = f["predicted"][:], f["loss"][:]
    n = len(original["y"])
    for name, (at, row) in rows.items():
        s = samples[name]
        same(row.tolist(), list(range(n)), name + ": rows")
        same(predicted[at].tolist(), s["predicted"].tolist(), name + ": predicted")
        same(loss[at].tobytes(), s["loss"].tobytes(), name + ": loss, to the bit")
        same(adversarial["y"][at].tolist(), original["y"].tolist(), name + ": labels")
        change = (adversarial["x"][at].astype(float) - original["x"][row]).reshape(n, -1)
        for norm, length in NORMS.items():
            assert np.allclose(length(change), s[norm], rtol=1e-6, atol=1e-6), (name, norm)
    return original, adversarial


def image_data():
    draw = np.random.default_rng(11)
    n = 150
    x = (draw.random((n, 7, 7, 1)).repeat(4, 1).repeat(4, 2) * 255).astype(np.uint8)
    y = np.zeros(n, np.int32)
    ids = draw.permutation(n) * 10 ** 12 - 7
    attributes = {"gr\u00f6\u00dfe": (["klein", "gro\u00df"], draw.integers(-1, 2, n)),
                  "scenario": (["a", "b"], draw.integers(0, 2, n))}
    data = write_data("images.h5", x, y, 0, 255, attributes, ids=ids, weight=draw.random(n) + 0.5,
                      class_names=["class %d" % i for i in range(10)])
    config = {"model": os.path.join(MODELS, "fashion_cnn.h5"), "data": "images.h5", "seed": 3,
              "preprocess": {"scale": 1 / 255}, "transformations": [{"name": "gaussian_noise", "severity": 1}],
              "attacks": ATTACKS, "output": {"images": 0}}
    good("predict", write_config("first.json", config), "-o", path("first.h5"))
    with h5py.File(path("first.h5")) as p, h5py.File(data, "a") as f:  # labels that the net mostly agrees with
        f["y"][:] = np.where(np.arange(n) % 7 == 0, 5, p["predicted"][:])
    return data, write_config("images.json", config)


run = {}


@case("images: what predict says of its rows is what samples.h5 says, to the bit, for every kind of scenario")
def _():
    run["data"], run["config"] = image_data()
    good("run", run["config"], "-o", path("whole"), "--keep-adversarial", "--threads", "2")
    original, adversarial = check_against_run("whole", run["config"], run["data"])
    s = samples_of(path("whole"))
    wanted = {c: sum((v["carried"] == c).sum() for k, v in s.items() if "adversarial" in k) for c in (0, 1)}
    assert all(wanted.values()), "the case is to have rows of its own and rows taken over: %s" % wanted
    same(os.path.exists(path("whole", "adversarial.part")), False, "the file beside it")


@case("ids, attributes, weights, class names, box and names are those of the data; sources are named")
def _():
    (original, attrs), (adversarial, found) = read(run["data"]), read(path("whole", "adversarial.h5"))
    copies = len(found["source/scenario"]["values"])
    for column in ("y", "id", "weight", "attributes/gr\u00f6\u00dfe", "attributes/scenario"):
        same(adversarial[column].tolist(), np.tile(original[column], copies).tolist(), column)
        same({k: list(v) for k, v in found[column].items()}, {k: list(v) for k, v in attrs[column].items()}, column)
    same(adversarial["x"].dtype, np.dtype("float32"), "type")
    same((found["x"]["low"], found["x"]["high"], found["x"]["kind"]), (0, 255, "image"), "box and kind")
    same((found["/"]["assay_dataset"], found["/"]["name"]), (1, "images.h5, adversarial"), "root")
    with open(run["data"], "rb") as f:
        same(found["source"]["data"], hashlib.sha256(f.read()).hexdigest(), "data")
    same(found["source"]["model"], report_of(path("whole"))["subject"]["model"]["sha256"], "model")


@case("inspect knows every object, and run evaluates it like any data set")
def _():
    said = good("inspect", path("whole", "adversarial.h5"), "--json").out
    same("unknown_object" in said or "read by nothing" in said, False, "findings")
    config = write_config("again.json", {"model": os.path.join(MODELS, "fashion_cnn.h5"),
                                         "data": "whole/adversarial.h5", "preprocess": {"scale": 1 / 255}})
    good("run", config, "-o", path("again"))
    clean = [t for t in report_of(path("again"))["tests"] if t["test_id"] == "robustness.clean"][0]
    same(clean["metrics"][0]["n"], 150 * len(scenarios_of(path("whole", "adversarial.h5"))[1]), "rows")


def evidence_of(folder):
    return {v["path"]: v for t in report_of(path(folder))["tests"] for v in t["evidence"]}


@case("the same bytes on one thread, and named in the report with hash and rows")
def _():
    good("run", run["config"], "-o", path("one"), "--keep-adversarial", "--threads", "1")
    with open(path("whole", "adversarial.h5"), "rb") as a, open(path("one", "adversarial.h5"), "rb") as b:
        run["bytes"] = a.read()
        same(b.read() == run["bytes"], True, "bytes")
    same(digest_of(path("one")), digest_of(path("whole")), "digest")
    named = evidence_of("whole")["adversarial.h5"]
    same(named["sha256"], hashlib.sha256(run["bytes"]).hexdigest(), "hash")
    same(named["rows_n"], 150 * len(scenarios_of(path("whole", "adversarial.h5"))[1]), "rows")


@case("killed runs go on; those that kept nothing, or lost it, make what is missing again: the same bytes")
def _():
    for folder, first in (("killed", ["--keep-adversarial"]), ("late", [])):
        command = [ASSAY, "run", run["config"], "-o", path(folder), "--threads", "1"] + first
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment())
        until = time.monotonic() + 60
        journal = path(folder, "journal.bin")
        while not (os.path.exists(journal) and os.path.getsize(journal) > 60000):
            assert time.monotonic() < until and child.poll() is None, "no unit was finished"
            time.sleep(0.01)
        child.send_signal(signal.SIGKILL)
        child.wait()
        same(os.path.exists(path(folder, "adversarial.part")), bool(first), folder + ": kept so far")
        good("run", run["config"], "-o", path(folder), "--resume", "--keep-adversarial")
        with open(path(folder, "adversarial.h5"), "rb") as f:
            same(f.read() == run["bytes"], True, folder + ": bytes")
        same(digest_of(path(folder)), digest_of(path("whole")), folder + ": digest")


@case("a finished run that is asked to go on leaves the file as it is; one of another run is made anew")
def _():
    file = path("whole", "adversarial.h5")
    before = os.stat(file).st_mtime_ns
    good("run", run["config"], "-o", path("whole"), "--resume", "--keep-adversarial")
    same(os.stat(file).st_mtime_ns, before, "untouched")
    with h5py.File(file, "a") as f:
        f["source"].attrs["identity"] = "0" * 64
    good("run", run["config"], "-o", path("whole"), "--resume", "--keep-adversarial")
    with open(file, "rb") as f:
        same(f.read() == run["bytes"], True, "bytes")


@case("tables: features, relations and members come along; one scenario; --limit")
def _():
    data = table_data("table.h5", 300, 3)
    with h5py.File(data, "a") as f:
        if "member" not in f:
            f["member"] = (np.arange(300) % 2).astype(np.uint8)
    config = write_config("table.json", {"model": os.path.join(MODELS, "hmda_mlp.h5"), "data": "table.h5",
                                         "preprocess": {}, "attacks": [{"name": "pgd", "eps": 0.2, "steps": 5}]})
    good("run", config, "-o", path("table"), "--keep-adversarial")
    check_against_run("table", config, data)
    (original, attrs), (adversarial, found) = read(data), read(path("table", "adversarial.h5"))
    for name in original:
        if name.startswith(("features/", "member")):
            same(adversarial[name].tolist(), original[name].tolist(), name)
    same(sorted(set(adversarial) - {"features/low", "features/high"}),
         sorted(set(original) - {"features/low", "features/high"} | {"source/row", "source/scenario"}), "objects")
    good("run", config, "-o", path("cut"), "--keep-adversarial", "--limit", "70")
    same(len(read(path("cut", "adversarial.h5"))[0]["y"]), 70, "rows of a limited run")


@case("token ids stay integers, with vocabulary, padding and what an attack may do")
def _():
    draw = np.random.default_rng(5)
    x = draw.integers(1, 31, (90, 12)).astype(np.int32)
    x[:, 9:] = 0
    data = write_data("words.h5", x, (np.arange(90) % 2).astype(np.int32), None, None,
                      class_names=["english", "german"])
    said = {"kind": "tokens", "vocabulary": ["pad"] + list("abcdefghijklmnopqrstuvwxyz\u00e4\u00f6\u00fc\u00df"), "padding": 0,
            "allowed_tokens": list(range(1, 20)), "allowed_positions": [0, 1, 2, 5], "out_of_vocabulary": "clamp"}
    with h5py.File(data, "a") as f:
        f["x"].attrs.update(said)
    config = write_config("words.json", {"model": os.path.join(MODELS, "words_cnn.h5"), "data": "words.h5",
                                         "preprocess": {}, "attacks": [{"name": "token_substitution", "norm": "l0",
                                                                        "eps": [1, 3]}]})
    good("run", config, "-o", path("words"), "--keep-adversarial")
    adversarial, found = read(path("words", "adversarial.h5"))
    same(adversarial["x"].dtype, np.dtype("int32"), "type")
    same({k: v.tolist() if hasattr(v, "tolist") else v for k, v in found["x"].items()}, said, "attributes")
    samples = samples_of(path("words"))
    good("predict", config, "--data", path("words", "adversarial.h5"), "-o", path("words_p.h5"))
    with h5py.File(path("words_p.h5")) as f:
        for name, (at, row) in scenarios_of(path("words", "adversarial.h5"))[0].items():
            same(f["predicted"][:][at].tolist(), samples[name]["predicted"].tolist(), name)
            same((adversarial["x"][at] != x).sum(1).tolist(), samples[name]["l0"].tolist(), name + ": l0")


@case("--force removes it, and without attacks the option is refused")
def _():
    good("run", path("table.json"), "-o", path("table"), "--force")
    same(os.path.exists(path("table", "adversarial.h5")), False, "after --force")
    refused(2, "--keep-adversarial: the config has no attacks", "run", path("table.json"), "-o", path("none"),
            "--set", "attacks=[]", "--keep-adversarial")


main()
