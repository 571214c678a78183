#!/usr/bin/python3
"""Seeds and dictionaries of the fuzz targets, from committed files and small made ones.

    make_seeds.py ASSAY OUT        writes OUT/TARGET/* and OUT/TARGET.dict, and OUT/made; ASSAY makes the report

OUT is made under another name and renamed when it is whole. Run from the root of the repository. The same tree gives the same seeds."""
import errno
import glob
import gzip
import io
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

import h5py
import numpy as np

ASSAY, PLACE = sys.argv[1], sys.argv[2]
OUT = "%s.new.%d" % (PLACE, os.getpid())
RANDOM = np.random.default_rng(20240611)
LARGEST = 100 << 10
IDENTITY = b"5b1d2f6f6a6c0f3e9d84c7b2a190e8f7d6c5b4a39281706f5e4d3c2b1a098f7e"
SPLIT = b"\n----\n"


def put(target, name, data):
    folder = os.path.join(OUT, target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as f:
        f.write(data.encode() if isinstance(data, str) else data)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def put_dictionary(target, patterns, more=()):
    """Every short string literal of the sources is a word: keys, names of kinds, classes and values."""
    words = set(more)
    for path in sorted(p for pattern in patterns for p in glob.glob(pattern)):
        for line in read(path).decode().split("\n"):
            if not line.startswith("#include"):
                words.update(re.findall(r'"([A-Za-z][A-Za-z0-9_]{1,30})"', line))
    with open(os.path.join(OUT, target + ".dict"), "w") as f:
        f.writelines('"\\"%s\\""\n' % w for w in sorted(words))
        f.writelines('"%s"\n' % w for w in ("null", "true", "false", "1e308", "-1", "0.5", "[[", "]]", "{}", "[]"))


# ---- configs

EVERYTHING = {
    "model": "m.h5", "data": "d.h5", "seed": 7, "preprocess": {"scale": 1 / 255, "mean": [0.5, 0.25, 0.1], "std": 0.5},
    "batch": {"threads": 2}, "output": {"images": 8}, "leakage": {"members": "t.h5"},
    "fairness": {"attributes": ["sex", "race"], "favorable": 1, "intersections": True, "min_group": 30,
                 "reference": {"sex": "male"}}}
ATTACKS = [
    {"name": "fgsm", "norm": "linf", "eps": "8/255"},
    {"name": "pgd", "norm": "l2", "eps": [0.5, 0.25], "steps": 3, "restarts": 2, "random_start": True},
    {"name": "pgd", "norm": "linf", "eps": [0.01, 0.03], "iterate": "last", "loss": "cross_entropy", "id": "last"},
    {"name": "bim", "norm": "linf", "eps": 0.1, "step_size": 0.01, "steps": 4, "targeted": True, "target": "next"}]


def configs():
    for path in glob.glob("configs/*.json"):
        put("config", os.path.basename(path), read(path))
    kinds = sorted(re.findall(r'\.name = "(\w+)"', "".join(read(p).decode() for p in glob.glob("attacks/natural/*.c"))))
    for kind in kinds:
        entries = [{"name": kind, "severity": [1, 5]}]
        put("config", kind + ".json", json.dumps(dict(EVERYTHING, transformations=entries)))
    for i, attack in enumerate(ATTACKS):
        put("config", "attack_%d.json" % i, json.dumps(dict(EVERYTHING, attacks=[attack])))
    put("config", "scores.json", json.dumps({"data": "scores.h5", "seed": 0}))
    put_dictionary("config", ["configs/*.c", "attacks/*.c", "attacks/natural/*.c"])


# ---- tables and pictures to import

def tables():
    schema = read("datasets/demo/hmda.schema.json")
    columns = ["deny", "pirat", "hirat", "lvrat", "chist", "mhist", "phist", "unemp", "selfemp", "insurance",
               "condomin", "hschool", "afam", "single", "id", "member"]
    rows = ["no,0.221,0.25,0.8,5,2,no,3.9,no,no,no,yes,no,no,1,1",
            "yes,0.5,0.1,.75,1,4,yes,1e1,yes,no,no,yes,yes,no,2,0"]
    put("csv", "hmda", schema + SPLIT + "\n".join([",".join(columns)] + rows).encode() + b"\n")
    small = {"label": {"column": "y", "values": ["a", "b,c"]}, "features": [
        {"column": "x", "kind": "numeric", "low": 0, "high": 10}, {"column": "n", "kind": "integer"},
        {"column": "k", "kind": "onehot", "values": ["p", "q"], "mutable": True}]}
    table = b'\xef\xbb\xbfx,y,n,k\r\n1.5,"b,c",-3,p\r\n"2",a,4,"q"\r\n'
    put("csv", "quoted", json.dumps(small).encode() + SPLIT + table)
    wide = {"label": {"column": 1, "offset": 1, "classes": 3}, "weight": {"column": "w", "note": "n"}, "separator": ";",
            "header": True, "not_recorded": ["", "?"], "leave_out": ["when"], "features": [
                {"column": "#3", "name": "k", "kind": "ordinal", "values": [["p", " P"], "q"]}],
            "attributes": [{"column": "age", "bins": [25, 45.5]},
                           {"column": "sex", "values": ["m", ["f", "F"]], "not_recorded": ["NA"]}]}
    table = b"y;w;kind;age;sex;when\n1;0.5;P;30;F;2024-01-01\n3.0; 2 ;q;;NA;1.2.2024\n\n"
    put("csv", "wide", json.dumps(wide).encode() + SPLIT + table)
    bare = {"label": {"column": "c2", "values": ["a", "b"]}, "columns": ["c1", "c2"], "id": 1,
            "features": [{"column": "c1", "kind": "numeric"}]}
    put("csv", "bare", json.dumps(bare).encode() + SPLIT + b"1\ta\n2\tb\n")
    put_dictionary("csv", ["datasets/csv*.c", "datasets/import_csv*.c"])


def idx(rank_dims, values):
    return struct.pack(">HBB", 0, 8, len(rank_dims)) + struct.pack(">%dI" % len(rank_dims), *rank_dims) + bytes(values)


def pictures():
    images, labels = idx([3, 2, 2], range(12)), idx([3], [0, 2, 1])
    zipped = [gzip.compress(part, mtime=0) for part in (images, labels)]
    put("idx", "plain", images + SPLIT + labels)
    put("idx", "gzip", zipped[0] + SPLIT + zipped[1])
    put("idx", "mixed", idx([2, 5], range(10)) + SPLIT + gzip.compress(idx([2], [1, 0]), mtime=0))
    put("idx", "colour", idx([1, 2, 3, 3], range(18)) + SPLIT + idx([1], [9]))


# ---- models

def layer_classes():
    text = "".join(read(path).decode() for path in sorted(glob.glob("engine/layer/*.c")))
    return sorted(set(re.findall(r'"(\w+)"', "".join(re.findall(r"classes\[\] = \{([^}]*)\}", text)))))


# What a layer cannot do without, by a part of its class's name; later rows win.
WANTED = [("Conv", {"filters": 2, "kernel_size": [2, 2], "padding": "same"}), ("Depthwise", {"depth_multiplier": 2}),
          ("Conv1D", {"kernel_size": 2}), ("Convolution1D", {"kernel_size": 2}), ("Pooling2D", {"pool_size": [2, 2]}),
          ("Pooling1D", {"pool_size": 2}), ("Dense", {"units": 3, "activation": "tanh"}),
          ("Activation", {"activation": "mish"}),
          ("LSTM", {"units": 2, "return_sequences": True}), ("GRU", {"units": 2, "reset_after": True}),
          ("RNN", {"units": 2, "activation": "relu"}), ("Embedding", {"input_dim": 5, "output_dim": 3}),
          ("MultiHeadAttention", {"num_heads": 2, "key_dim": 3}), ("Reshape", {"target_shape": [-1]}),
          ("Permute", {"dims": [2, 1]}), ("RepeatVector", {"n": 2}), ("Rescaling", {"scale": 2.0, "offset": 1}),
          ("ZeroPadding", {"padding": 1}), ("Cropping", {"cropping": 1}), ("UpSampling", {"size": 2}),
          ("UpSampling2D", {"size": [2, 3], "interpolation": "bilinear"}), ("Dot", {"axes": [1, 1]}),
          ("Concatenate", {"axis": -1}), ("Bidirectional", {"layer": {"class_name": "LSTM", "config": {
              "name": "cell", "units": 2, "return_sequences": True}}}),
          ("TimeDistributed", {"layer": {"class_name": "Dense", "config": {"name": "fc", "units": 3}}})]
TWO_INPUTS = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot", "Attention",
              "AdditiveAttention", "MultiHeadAttention", "Merge")


def layer_config(name):
    config = {"name": "it"}
    for part, more in WANTED:
        if part in name and not (part == "Activation" and name != part):
            config.update(more)
    return config


def functional(name, config, shape):
    """The input twice into the layer, then classes."""
    def entry(class_name, name, config, inputs):
        return {"class_name": class_name, "name": name, "config": dict(config, name=name),
                "inbound_nodes": [[[i, 0, 0, {}] for i in inputs]] if inputs else []}
    layers = [entry("InputLayer", "in", {"batch_input_shape": shape}, []), entry(name, "it", config, ["in", "in"]),
              entry("Flatten", "flat", {}, ["it"]),
              entry("Dense", "out", {"units": 1, "activation": "sigmoid"}, ["flat"])]
    return {"class_name": "Functional", "config": {"name": "m", "layers": layers, "input_layers": [["in", 0, 0]],
                                                   "output_layers": [["out", 0, 0]]}}


def models():
    head = [{"class_name": "Flatten", "config": {"name": "flat"}},
            {"class_name": "Dense", "config": {"name": "out", "units": 3, "activation": "softmax"}}]
    for name in layer_classes():
        config = layer_config(name)
        for shape in ([None, 4], [None, 5, 2], [None, 4, 5, 2]):
            first = {"class_name": "InputLayer", "config": {"name": "in", "batch_input_shape": shape}}
            layers = [first, {"class_name": name, "config": config}] + head
            put("graph", "%s_%d" % (name, len(shape)),
                json.dumps({"class_name": "Sequential", "config": {"name": "m", "layers": layers}}))
            if name in TWO_INPUTS:
                put("graph", "%s_two_%d" % (name, len(shape)), json.dumps(functional(name, config, shape)))
    for path in glob.glob("tests/golden/nets/*.keras"):
        put("zip", os.path.basename(path), read(path))
        put("model", os.path.basename(path), read(path))
    paths = glob.glob("tests/golden/nets/*.h5") + glob.glob("datasets/models/*.h5") + glob.glob("tests/io/data/*.h5")
    for path in sorted(paths):
        data, name = read(path), os.path.basename(path)
        try:
            text = h5py.File(io.BytesIO(data), "r").attrs.get("model_config")
        except OSError:
            text = None
        if text is not None:
            put("graph", name + ".json", text if isinstance(text, str) else bytes(text))
        if len(data) < LARGEST:
            put("model", name, data)
    put_dictionary("graph", ["engine/net/keras*.c", "engine/layer/*.c"])


# ---- data sets

def data_file(relations=None, **parts):
    file = io.BytesIO()
    with h5py.File(file, "w") as f:
        f.attrs["assay_dataset"], f.attrs["name"] = 1, "seed"
        for name, (values, attrs) in parts.items():
            f[name.replace("__", "/")] = values
            f[name.replace("__", "/")].attrs.update(attrs)
        if relations:
            f["features"].attrs["relations"] = relations
    return file.getvalue()


def data_sets():
    y = np.array([0, 1, 2, 1, 0], np.int32)
    image = RANDOM.integers(0, 256, (5, 4, 3, 1), np.uint8)
    table = RANDOM.random((5, 3), np.float32)
    sex = (np.array([0, 1, 1, -1, 0], np.int32), {"values": ["f", "m"]})
    scores = np.full((5, 3), 1 / 3, np.float32)
    put("dataset", "image", data_file(x=(image, {"low": 0, "high": 255}), y=(y, {"class_names": ["a", "b", "c"]})))
    put("dataset", "table", data_file(x=(table, {"low": [0.0, 0, 0], "high": [1.0, 1, 2]}), y=(y, {}),
                                      attributes__sex=sex, member=(y.astype(np.uint8) % 2, {}),
                                      id=(np.arange(5), {})))
    put("dataset", "schema", data_file(["a <= b", "2*c=1 + a = 3"], x=(table, {"low": [0.0, 0, 0], "high": [1.0, 1, 2]}),
                                       y=(y, {}), features__names=(["a", "b", "c=1"], {}),
                                       features__kind=(["numeric", "ordinal", "onehot:c"], {}),
                                       features__mutable=(np.array([1, 0, 1], np.uint8), {}),
                                       features__budget=([0.5, np.nan, 1], {})))
    put("dataset", "tokens", data_file(x=(RANDOM.integers(0, 4, (5, 6)), {
        "kind": "tokens", "vocabulary": ["pad", "a", "b", "c"], "padding": 0, "allowed_tokens": [1, 3],
        "allowed_positions": [0, 2, 5]}), y=(y, {})))
    put("dataset", "scores", data_file(scores=(scores, {}), y=(y, {}), attributes__sex=sex))
    for path in glob.glob("tests/io/data/*.h5"):
        if os.path.getsize(path) < LARGEST:
            put("dataset", os.path.basename(path), read(path))


# ---- journals and reports

def columns():
    """(name, bytes) of the outcomes' columns, from their table."""
    size = {"U64": 8, "I32": 4, "F32": 4, "U32": 4, "U8": 1}
    norms = re.findall(r"^NORM\((\w+)\)", read("attacks/norms.def").decode(), re.M)
    for kind, name in re.findall(r"^ *OUTCOME\((\w+), (\w+)", read("metrics/outcomes.def").decode(), re.M):
        for column in norms if name == "name" else [name]:
            yield column, size[kind]


ROW_BYTES = sum(size for _, size in columns())


def record(scenario, block, rows):
    head = struct.pack("<IQIQ", scenario, block, rows, 1500)
    body = RANDOM.integers(0, 256, ROW_BYTES * rows, np.uint8).tobytes()
    return head + struct.pack("<I", zlib.crc32(head + body)) + body


def journals():
    names = " ".join("%s:%d" % column for column in columns()).encode()
    names += b"\0" * (-len(names) % 4)
    header = b"ASSAYJ02" + IDENTITY + struct.pack("<I", len(names)) + names
    header += struct.pack("<I", zlib.crc32(header))
    records = record(0, 0, 3) + record(0, 1, 1) + record(1, 0, 64)
    put("journal", "whole", b"\0" + header + records)
    put("journal", "torn", b"\0" + header + records[:-9])
    put("journal", "header", b"\0" + header[:40])
    put("journal", "records", b"\1" + records)


def shorter(node, most):
    """The document with its lists cut, and one test of a kind: mutations then hit what matters."""
    if isinstance(node, dict):
        return {key: shorter(value, 40 if key == "tests" else most) for key, value in node.items()
                if key not in ("coverage", "config")}
    if not isinstance(node, list):
        return node
    seen, kept = set(), []
    for item in node:
        kind = item.get("test_id") if isinstance(item, dict) else None
        if len(kept) < most and (kind is None or not kind.startswith("fairness") or kind not in seen):
            kept.append(shorter(item, 5))
        seen.add(kind)
    return kept


def table_file(member):
    sex = (np.arange(20, dtype=np.int32) // 3 % 2, {"values": ["f", "m"]})
    return data_file(x=(RANDOM.random((20, 14), np.float32), {"low": 0, "high": 1}),
                     y=(np.arange(20, dtype=np.int32) % 2, {}), member=(np.full(20, member, np.uint8), {}),
                     attributes__sex=sex)


def write(work, name, data):
    with open(os.path.join(work, name), "wb") as f:
        f.write(data if isinstance(data, bytes) else json.dumps(data).encode())


def reports():
    work = tempfile.mkdtemp()
    fairness = {"attributes": ["sex"], "min_group": 1, "favorable": 1}
    write(work, "scores.h5", read(os.path.join(OUT, "dataset", "scores")))
    write(work, "table.h5", table_file(0))
    write(work, "members.h5", table_file(1))
    shutil.copy("datasets/models/hmda_mlp.h5", os.path.join(work, "m.h5"))
    for name, more in (("table", TABLE_RUN), ("scores", {})):
        write(work, "c.json", dict(more, data=name + ".h5", fairness=fairness))
        done = subprocess.run([ASSAY, "run", os.path.join(work, "c.json"), "-o", os.path.join(work, name),
                               "--threads", "1"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if done.returncode:
            sys.exit("make_seeds.py: no report of a %s run: %s" % (name, done.stderr.decode()))
        report = read(os.path.join(work, name, "report.json"))
        put("report", name + ".json", json.dumps(shorter(json.loads(report), 5), separators=(",", ":")))
    shutil.rmtree(work)
    put("report", "small.json", json.dumps({"schema": "urn:assay:schema:report:1", "subject": {"model": None},
                                            "tests": [{"test_id": "robustness.clean", "status": "completed",
                                                       "metrics": [{"metric_id": "accuracy", "value": 0.5}]}]}))
    put_dictionary("report", ["reports/*.c", "metrics/*.c"])


TABLE_RUN = {"model": "m.h5", "preprocess": {}, "leakage": {"members": "members.h5"},
             "transformations": [{"name": "feature_noise", "severity": [1, 5]}],
             "attacks": [{"name": "fgsm", "norm": "linf", "eps": [0.05, 0.1]}]}


def remove_leftovers():
    """What processes that were killed left beside PLACE."""
    for folder in glob.glob(glob.escape(PLACE) + ".*.*"):
        pid = folder.rsplit(".", 1)[1]
        if pid.isdigit() and not os.path.exists("/proc/" + pid):
            shutil.rmtree(folder, ignore_errors=True)


def put_in_place():
    """Rename OUT to PLACE. Another process may do the same at the same time: either one's folder is good."""
    old = "%s.old.%d" % (PLACE, os.getpid())
    while True:
        try:
            os.rename(OUT, PLACE)
            break
        except OSError as fault:
            if fault.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                raise
        try:
            os.rename(PLACE, old)
        except FileNotFoundError:
            continue
        shutil.rmtree(old)


def main():
    remove_leftovers()
    shutil.rmtree(OUT, ignore_errors=True)
    os.makedirs(OUT)
    for part in (configs, tables, pictures, models, data_sets, journals, reports):
        part()
    with open(os.path.join(OUT, "made"), "w"):
        pass
    put_in_place()


main()
