"""assay inspect: a fixture for every kind of finding, clean files, JSON, SARIF, and what run does with findings."""
import base64
import hashlib
import io
import json
import os
import pickle
import resource
import time
import zipfile

import h5py
import numpy as np
from jsonschema import Draft202012Validator

from keras_files import whole
from suite import MODELS, ROOT, Skip, assay, case, good, main, path, refused, report_of, same, write_config, write_data

RANDOM = np.random.default_rng(12)
FIXTURES = {}
CODE = base64.b64encode(b"\xe3\x01\x00\x00" + bytes(range(200))).decode()

# The parts of SARIF 2.1.0 that a reader relies on, by the names of the standard.
SARIF = {
    "type": "object", "required": ["$schema", "version", "runs"],
    "properties": {"version": {"const": "2.1.0"}, "runs": {"type": "array", "minItems": 1, "maxItems": 1, "items": {
        "type": "object", "required": ["tool", "results", "artifacts"], "properties": {
            "tool": {"type": "object", "required": ["driver"], "properties": {"driver": {
                "type": "object", "required": ["name", "version", "rules"], "properties": {"rules": {
                    "type": "array", "uniqueItems": True, "items": {
                        "type": "object", "required": ["id", "shortDescription", "help", "defaultConfiguration"],
                        "additionalProperties": False, "properties": {
                            "id": {"type": "string", "pattern": "^[a-z]+\\.[a-z0-9_]+$"},
                            "shortDescription": {"$ref": "#/$defs/text"}, "help": {"$ref": "#/$defs/text"},
                            "defaultConfiguration": {"type": "object", "required": ["level"],
                                                     "properties": {"level": {"$ref": "#/$defs/level"}}}}}}}}}},
            "results": {"type": "array", "items": {
                "type": "object", "required": ["ruleId", "ruleIndex", "level", "message", "locations", "properties"],
                "additionalProperties": False, "properties": {
                    "ruleId": {"type": "string"}, "ruleIndex": {"type": "integer", "minimum": 0},
                    "level": {"$ref": "#/$defs/level"}, "message": {"$ref": "#/$defs/text"},
                    "locations": {"type": "array", "minItems": 1, "maxItems": 1, "items": {
                        "type": "object", "required": ["physicalLocation"], "properties": {"physicalLocation": {
                            "type": "object", "required": ["artifactLocation"], "properties": {"artifactLocation": {
                                "type": "object", "required": ["uri"],
                                "properties": {"uri": {"type": "string", "pattern": "^[-A-Za-z0-9._~/:%]+$"}}}}}}}},
                    "properties": {"type": "object", "required": ["subject", "place"]}}}}}}}},
    "$defs": {"text": {"type": "object", "required": ["text"],
                       "properties": {"text": {"type": "string", "minLength": 1}}},
              "level": {"enum": ["error", "warning", "note"]}}}
FINDINGS = {"type": "array", "items": {
    "type": "object", "required": ["id", "severity", "message", "subject", "place"], "additionalProperties": False,
    "properties": {"id": {"type": "string"}, "severity": {"enum": ["error", "warning", "note"]},
                   "message": {"type": "string", "minLength": 1}, "subject": {"enum": ["model", "data", "members"]},
                   "place": {"type": "string"}}}}


def fixture(*ids):
    """Makes the file that gives this finding: a function of a file name that returns the words behind `inspect`."""
    def add(make):
        for i in ids:
            assert i not in FIXTURES, i
            FIXTURES[i] = make
        return make
    return add


def layer(class_name, name, **config):
    return {"class_name": class_name, "config": dict({"name": name}, **config)}


def layers():
    return [layer("InputLayer", "input_1", batch_input_shape=[None, 4]),
            layer("Dense", "fc1", units=6, activation="relu", use_bias=True),
            layer("Dense", "fc2", units=3, activation="softmax", use_bias=True)]


def weights():
    return {"fc1": {"kernel:0": RANDOM.normal(size=(4, 6)).astype("f4"), "bias:0": RANDOM.normal(size=6).astype("f4")},
            "fc2": {"kernel:0": RANDOM.normal(size=(6, 3)).astype("f4"), "bias:0": RANDOM.normal(size=3).astype("f4")}}


def write_model(name, change_layers=None, change_weights=None, change_file=None, training=None, **create):
    """A small Keras model, changed where it is said. Returns its path."""
    entries, arrays = layers(), weights()
    if change_layers:
        change_layers(entries)
    if change_weights:
        change_weights(arrays)
    with h5py.File(path(name), "w", **create) as f:
        f.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": {"name": "s", "layers": entries}})
        f.attrs["keras_version"] = b"2.8.0"
        if training is not None:
            f.attrs["training_config"] = json.dumps(training)
        root = f.create_group("model_weights")
        root.attrs["layer_names"] = [e["config"]["name"].encode() for e in entries]
        for entry in entries:
            n = entry["config"]["name"]
            names = ["%s/%s" % (n, role) for role in arrays.get(n, {})]
            group = root.require_group(n)
            group.attrs["weight_names"] = [w.encode() for w in names] if names else np.asarray([])
            for w in names:
                group[w] = arrays[n][w.split("/")[-1]]
        if change_file:
            change_file(f)
    return path(name)


def model(**changes):
    return lambda name: [write_model(name, **changes)]


def in_file(*ids, **create):
    """The decorated function changes the file of a model."""
    def add(change):
        fixture(*ids)(model(change_file=change, **create))
        return change
    return add


def in_layers(*ids):
    def add(change):
        fixture(*ids)(model(change_layers=change))
        return change
    return add


def in_weights(*ids):
    def add(change):
        fixture(*ids)(model(change_weights=change))
        return change
    return add


def in_data(*ids):
    """The decorated function gives the parts of a data set."""
    def add(parts):
        fixture(*ids)(lambda name: [write_data(name, **parts())])
        return parts
    return add


# ---- the container ----


@fixture("file.unreadable")
def _(name):
    write_model(name)
    with open(path(name), "r+b") as f:
        f.truncate(900)
    return [path(name)]


@fixture("file.broken_object")
def _(name):
    write_model(name, change_file=lambda f: f.create_dataset("extra", data=np.ones(9)))
    with h5py.File(path(name), "r") as f:
        at = h5py.h5o.get_info(f["extra"].id).addr
    with open(path(name), "r+b") as f:
        f.seek(at)
        f.write(b"\xff" * 16)
    return [path(name)]


@in_file("file.external_link")
def _(f):
    f["elsewhere"] = h5py.ExternalLink("/etc/passwd", "/secret")


@in_file("file.soft_link")
def _(f):
    f["short"] = h5py.SoftLink("/model_weights/fc1")


@fixture("file.user_link")
def _(name):
    def change(f):
        f["userlink"] = h5py.ExternalLink("other.h5", "/x")
    write_model(name, change_file=change)
    with open(path(name), "rb") as f:
        whole = bytearray(f.read())
    at = whole.rindex(b"userlink")
    kind = whole.rindex(b"\x40", at - 16, at)  # of the link message: 64 is an external link
    whole[kind] = 0x47
    with open(path(name), "wb") as f:
        f.write(whole)
    return [path(name)]


@in_file("file.external_storage")
def _(f):
    f.create_dataset("outside", (4,), "f4", external=[("/etc/hostname", 0, 16)])


@in_file("file.virtual_dataset")
def _(f):
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "x", (4,))
    f.create_virtual_dataset("pieces", layout)


@in_file("file.unknown_filter")
def _(f):
    f.create_dataset("packed", data=np.zeros(1000, "f4"), compression="lzf")


@in_file("file.size_bomb")
def _(f):
    f.create_dataset("bomb", (1 << 40,), "f4", chunks=(1 << 20,), compression="gzip")


@in_file("file.link_cycle")
def _(f):
    f["model_weights/fc1/up"] = f["/model_weights"]


@in_file("file.too_large")
def _(f):
    f.create_group("/".join("d" * 80))


@in_file("file.no_values")
def _(f):
    f.create_dataset("hollow", (20,), "f4")


@in_file("file.shared_object")
def _(f):
    f["again"] = f["model_weights/fc1"]


@fixture("file.trailing_bytes")
def _(name):
    write_model(name)
    with open(path(name), "ab") as f:
        f.write(b"#!/bin/sh\n" * 10)
    return [path(name)]


@fixture("file.user_block")
def _(name):
    write_model(name, userblock_size=1024)
    with open(path(name), "r+b") as f:
        f.write(b"MZ" + b"\x90" * 62)
    return [path(name)]


@in_file("file.big_attribute", libver="latest")
def _(f):
    f["model_weights"].attrs["blob"] = np.zeros(200000, "f8")


@in_file("file.odd_name")
def _(f):
    f["model_weights/fc1\x1b[2J"] = np.ones(3, "f4")


@fixture("file.hdf5_library")
def _(name):
    return [write_model(name)]


# ---- the model ----


@in_file("model.unreadable")
def _(f):
    del f.attrs["model_config"]


@in_layers("model.code_layer")
def _(entries):
    entries.insert(2, layer("Lambda", "squash", function=[CODE, None, None], function_type="lambda"))


@fixture("model.pickle")
def _(name):
    content = io.BytesIO()
    np.savez(content, a=np.array([{"weights": 1}], object))
    with zipfile.ZipFile(path(name), "w") as z:
        z.writestr("config.json", "{}")
        z.writestr("model.weights.npz", content.getvalue())
    return [path(name)]


@case("code is called code: bytes with \\u0000 in a Lambda, pickles in archives and bare; size and sha256 of each")
def _():
    code = b"\xe3\x00\x00\x00\x01\x02code of a function\x00\xff\\"

    def lambda_layer(entries):
        entries.insert(2, layer("Lambda", "squash", function=[code.decode("latin-1"), None, None]))
    found = {f["id"]: f for f in inspect_json(write_model("nul.h5", change_layers=lambda_layer))["findings"]}
    same(found["model.code_layer"]["message"], "Lambda carries code in 'function': %d bytes, sha256 %s"
         % (len(code), hashlib.sha256(code).hexdigest()), "the code")
    assert "model.unreadable" not in found, found
    for name, packed in (("bare.pkl", False), ("stored.keras", False), ("packed.keras", True)):
        raw = pickle.dumps({"weights": 1}, 2)
        if name.endswith("keras"):
            content = io.BytesIO()
            (np.savez_compressed if packed else np.savez)(content, first=np.ones(3), a=np.array([{"w": 1}], object))
            raw = content.getvalue()
            with zipfile.ZipFile(path(name), "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as z:
                z.writestr("config.json", "{}")
                z.writestr("model.weights.npz", raw)
        else:
            with open(path(name), "wb") as f:
                f.write(raw)
        errors = [f for f in inspect_json(path(name))["findings"] if f["severity"] == "error"]
        same([(f["id"], f["message"]) for f in errors], [("model.pickle", "%d bytes of pickled objects, sha256 %s"
             % (len(raw), hashlib.sha256(raw).hexdigest()))], name)
    with zipfile.ZipFile(path("plain.keras"), "w") as z:
        z.writestr("config.json", "{}")
    same([f["id"] for f in inspect_json(path("plain.keras"))["findings"] if f["severity"] == "error"],
         ["model.unreadable"], "an archive without weights")


@case("optimizers of Keras 2.11 to 2.15, registered as Custom>Adam, are Keras' own")
def _():
    for loss, class_name, wanted in (("mse", "Custom>Adam", 0), ("mse", "Custom>MyAdam", 1), ("Custom>Adam", "Adam", 1)):
        training = {"loss": {"class_name": loss, "config": {}}, "optimizer_config": {"class_name": class_name, "config": {}}}

        def change(f, training=training):
            f.attrs["training_config"] = json.dumps(training)
        ids = [f["id"] for f in inspect_json(write_model("adam.h5", change_file=change))["findings"]]
        same(ids.count("model.custom_training"), wanted, class_name)


@in_layers("model.custom_class")
def _(entries):
    entries[1]["registered_name"] = "mine>Attention"


@in_layers("model.unsupported_layer")
def _(entries):
    entries[1]["class_name"] = "Dence"


@in_layers("model.topology")
def _(entries):
    entries[1]["config"]["units"] = -3


@in_layers("model.open_input")
def _(entries):
    entries[0]["config"]["batch_input_shape"] = [None, None]


@in_layers("model.head")
def _(entries):
    entries.append(layer("ReLU", "last"))


fixture("model.no_classifier")(model(change_layers=lambda entries: entries[2]["config"].update(activation="linear", units=4),
                                     change_weights=lambda arrays: arrays.update(fc2={"kernel:0": np.eye(6, 4, dtype="f4"),
                                                                                      "bias:0": np.arange(4, dtype="f4")}),
                                     training={"loss": "mse"}))
fixture("model.doubtful_classifier")(model(change_layers=lambda entries: entries[2]["config"].update(activation="linear"),
                                           training={"loss": "mse"}))


@in_layers("model.unknown_key")
def _(entries):
    entries[1]["config"]["temperature"] = 2.5


@in_layers("model.duplicate_name")
def _(entries):
    entries.insert(2, layer("Dropout", "input_1", rate=0.5))


@in_layers("model.double_softmax")
def _(entries):
    entries.append(layer("Softmax", "again"))


@in_layers("model.no_softmax")
def _(entries):
    entries[2]["config"]["activation"] = "linear"


@in_layers("model.mixture")
def _(entries):
    entries.append(layer("RepeatVector", "again", n=2))
    entries.append(layer("GlobalAveragePooling1D", "mean"))


fixture("model.quantized")(model(
    change_layers=lambda entries: entries[1]["config"].update(dtype="int8_from_float32"),
    change_weights=lambda arrays: arrays["fc1"].update({"kernel:0": np.full((4, 6), 5, "i1"), "kernel_scale:0": np.ones(6, "f4")})))


@in_weights("model.mixed_types")
def _(arrays):
    arrays["fc2"]["kernel:0"] = arrays["fc2"]["kernel:0"].astype("f8")


@in_file("model.optimizer_state")
def _(f):
    f["optimizer_weights/Adam/iter:0"] = np.int64(512)


fixture("model.custom_training")(model(training={"loss": "focal_loss_of_mine", "metrics": ["accuracy"]}))


# ---- the weights ----


@in_weights("weights.not_finite")
def _(arrays):
    arrays["fc2"]["bias:0"][1] = np.inf


@fixture("weights.negative_variance")
def _(name):
    def change_layers(entries):
        entries.insert(2, layer("BatchNormalization", "bn", axis=[1], epsilon=0.001, center=False, scale=False))

    def change_weights(arrays):
        arrays["bn"] = {"moving_mean:0": np.zeros(6, "f4"), "moving_variance:0": np.full(6, -0.5, "f4")}
    return [write_model(name, change_layers, change_weights)]


@in_weights("weights.mismatch")
def _(arrays):
    arrays["fc1"]["kernel:0"] = arrays["fc1"]["kernel:0"][:3]


@in_weights("weights.extreme")
def _(arrays):
    arrays["fc1"]["kernel:0"][2, 3] = 3e7


@in_weights("weights.constant")
def _(arrays):
    arrays["fc1"]["kernel:0"][:] = 0.25


@in_file("weights.unused")
def _(f):
    f["model_weights/payload"] = RANDOM.normal(size=64)


# ---- the data ----


def rows(n=40, d=4, k=3):
    return {"x": RANDOM.random((n, d), dtype="f4"), "y": np.arange(n, dtype="i4") % k}


def changed_rows(change, **more):
    parts = dict(rows(), **more)
    change(parts)
    return parts


@in_data("data.invalid")
def _():
    return dict(rows(), low=None)


@in_data("data.label_range")
def _():
    return changed_rows(lambda p: p["y"].__setitem__(7, -2))


@in_data("data.not_finite")
def _():
    return changed_rows(lambda p: p["x"].__setitem__((3, 1), np.nan))


@in_data("data.outside_box")
def _():
    return changed_rows(lambda p: p["x"].__setitem__((5, 2), 1.5))


@in_data("data.narrow_range")
def _():
    return dict(rows(), high=255)


@in_data("data.constant_sample")
def _():
    images = RANDOM.integers(0, 256, (20, 6, 6, 1), dtype="u1")
    images[11] = 7
    return {"x": images, "y": np.arange(20, dtype="i4") % 2, "high": 255}


@fixture("data.unknown_object")
def _(name):
    file = write_data(name, **rows())
    with h5py.File(file, "r+") as f:
        f["weights"] = np.ones(40, "f4")
    return [file]


@case("data.unknown_object names the nearest known name, at the root and in /features; attributes may have any")
def unknown_objects():
    file = write_data("unknown.h5", **rows(), attributes={"anything": (["a", "b"], [0, 1] * 20)})
    with h5py.File(file, "r+") as f:
        f["Weight"], f["elsewhere"] = np.ones(40), np.ones(3)
        f["features/names"] = ["f%d" % i for i in range(f["x"].shape[1])]
        f["features/mutabel"] = np.ones(f["x"].shape[1], "u1")
    said = sorted((f["place"], f["message"]) for f in inspect_json(file)["findings"] if f["id"] == "data.unknown_object")
    same(said, [("/", "'Weight' is read by nothing; did you mean 'weight'?"), ("/", "'elsewhere' is read by nothing"),
                ("/features", "'mutabel' is read by nothing; did you mean 'mutable'?")], "findings")


@fixture("data.schema")
def _(name):
    """Row 6 breaks a relation, row 7 has half an integer, row 8 two categories; row 9 is as row 0."""
    parts = rows()
    parts["x"][:, 0] = 0.25
    parts["x"][:, 1] = np.arange(40) % 2
    parts["x"][:, 2], parts["x"][:, 3] = np.arange(40) % 3 == 0, np.arange(40) % 3 != 0
    parts["x"][:, 0] += np.arange(40, dtype="f4") / 100
    parts["x"][6, 0], parts["x"][7, 1], parts["x"][8, 2:] = 0.9, 0.5, 1
    file = write_data(name, **parts)
    with h5py.File(file, "r+") as f:
        f["features/names"], f["features/kind"] = ["a", "b", "c=0", "c=1"], ["numeric", "integer", "onehot:c", "onehot:c"]
        f["features"].attrs["relations"] = ["a <= 0.8"]
    return [file]


@in_data("data.constant_column")
def _():
    return changed_rows(lambda p: p["x"].__setitem__((slice(None), 2), 0.5))


@in_data("data.duplicates")
def _():
    return changed_rows(lambda p: p["x"].__setitem__(33, p["x"][3]))


@in_data("data.repeated_id")
def _():
    return changed_rows(lambda p: p.__setitem__("ids", np.arange(len(p["x"])) // 2))


@in_data("data.conflicting_labels")
def _():
    return changed_rows(lambda p: p["x"].__setitem__(34, p["x"][3]))


@in_data("data.missing_class")
def _():
    return dict(rows(), class_names=["a", "b", "c", "d"])


@in_data("data.imbalance")
def _():
    return dict(rows(), y=(np.arange(40) == 0).astype("i4"))


def run_findings(name, model_path, data, members):
    """The findings that a run records."""
    config = write_config(name + ".json", {"model": model_path, "data": data, "preprocess": {},
                                           "leakage": {"members": members}})
    good("run", config, "-o", path(name + "_out"), "--quiet")
    return report_of(path(name + "_out"))["findings"]


def overlap(name, share):
    test, other = rows(100), rows(100)
    other["x"][:share] = test["x"][:share]
    return run_findings(name, write_model("for_" + name), write_data(name + "_test.h5", **test),
                        write_data(name + "_members.h5", **other))


FIXTURES["data.overlap"] = lambda name: overlap(name, 30)
FIXTURES["data.equal_rows"] = lambda name: overlap(name, 1)


@fixture("pair.input_shape")
def _(name):
    return [write_model(name), "--data", write_data("wide_" + name, **rows(d=5))]


@fixture("pair.input_order")
def _(name):
    ends = [{"class_name": "InputLayer", "name": n, "inbound_nodes": [],
             "config": {"name": n, "batch_input_shape": [None, 2], "dtype": "float32"}} for n in "ab"]
    join = dict(layer("Concatenate", "join", axis=-1), name="join", inbound_nodes=[[["a", 0, 0, {}], ["b", 0, 0, {}]]])
    out = dict(layer("Dense", "out", units=3, activation="softmax"), name="out", inbound_nodes=[[["join", 0, 0, {}]]])
    config = {"class_name": "Functional", "config": {
        "name": "m", "layers": ends + [join, out], "input_layers": [["a", 0, 0], ["b", 0, 0]],
        "output_layers": [["out", 0, 0]]}}
    file = whole(name, config, {"out": {"kernel:0": RANDOM.normal(size=(4, 3)).astype("f4"),
                                        "bias:0": np.ones(3, "f4")}})
    return [file, "--data", write_data("ordered_" + name, **rows(d=4))]


@fixture("pair.classes")
def _(name):
    return [write_model(name), "--data", write_data("many_" + name, **rows(k=4))]


@fixture("pair.extra_outputs")
def _(name):
    return [write_model(name), "--data", write_data("few_" + name, **rows(k=2))]


def tokens(name, **attributes):
    """A net that begins with an Embedding of 5 rows, and samples in which two rows have the ids 5, 9 and -1."""
    x = np.tile(np.array([0, 1, 2, 4], "f4"), (12, 1))
    x[3, 1:3], x[7, 0] = (5, 9), -1
    data = write_data("ids_" + name, x, np.arange(12) % 3, low=-1.0, high=9.0)
    with h5py.File(data, "r+") as f:
        f["x"].attrs.update(attributes)
    layers = [layer("Embedding", "words", input_dim=5, output_dim=2, batch_input_shape=[None, 4]), layer("Flatten", "flat"),
              layer("Dense", "out", units=3, activation="softmax")]
    config = {"class_name": "Sequential", "config": {"name": "m", "layers": layers}}
    file = whole(name, config, {"words": {"embeddings:0": RANDOM.normal(size=(5, 2)).astype("f4")},
                                "out": {"kernel:0": RANDOM.normal(size=(8, 3)).astype("f4"), "bias:0": np.ones(3, "f4")}})
    return [file, "--data", data]


FIXTURES["pair.out_of_vocabulary"] = lambda name: tokens(name)
FIXTURES["pair.clamped_ids"] = lambda name: tokens(name, out_of_vocabulary="clamp")


# ---- the cases ----


@case("ids outside the vocabulary: how many in how many rows, refused by predict unless the data set says otherwise")
def _():
    wanted = "id 5, but layer 'words' has rows 0..4; 3 ids in 2 of 12 rows"
    file, _, data = tokens("words.h5")
    found = [f for f in inspect_json(file, "--data", data)["findings"] if f["id"] == "pair.out_of_vocabulary"]
    same([(f["message"], f["place"]) for f in found], [(wanted, "/x: row 3, value 1")], "the finding")
    config = write_config("words.json", {"model": file, "data": data, "preprocess": {}})
    refused(3, "3 ids in 2 of 12 rows", "predict", config, "-o", path("words_out.h5"))
    file, _, data = tokens("words.h5", out_of_vocabulary="clamp")
    good("predict", config, "-o", path("words_out.h5"))
    with h5py.File(path("words_out.h5")) as f, h5py.File(file) as m, h5py.File(data) as d:
        table, kernel = m["model_weights/words/embeddings:0"][()], m["model_weights/out/kernel:0"][()]
        rows_ = table[np.clip(d["x"][()], 0, 4).astype(int)].reshape(12, -1)
        assert np.abs(f["logits"][()] - (rows_ @ kernel + 1)).max() < 1e-5




def inspect_json(*words):
    r = assay("inspect", *words, "--json")
    document = json.loads(r.out)
    Draft202012Validator(FINDINGS).validate(document["findings"])
    errors = [f for f in document["findings"] if f["severity"] == "error"]
    same(r.code, 3 if errors else 0, "exit code of inspect %s: %s" % (words, r.err))
    same(bool(r.err), bool(errors), "an error on stderr: %r" % r.err)
    return document


def inspect_sarif(*words):
    r = assay("inspect", *words, "--sarif")
    assert r.code in (0, 3), r
    document = json.loads(r.out)
    Draft202012Validator.check_schema(SARIF)
    Draft202012Validator(SARIF).validate(document)
    rules = document["runs"][0]["tool"]["driver"]["rules"]
    for result in document["runs"][0]["results"]:
        same(result["ruleId"], rules[result["ruleIndex"]]["id"], "rule of a result")
        same(result["level"], rules[result["ruleIndex"]]["defaultConfiguration"]["level"], "level of a result")
    return document


def table():
    return {r["id"]: r["defaultConfiguration"]["level"]
            for r in inspect_sarif(write_model("any.h5"))["runs"][0]["tool"]["driver"]["rules"]}


def old_library():
    version = next(v["version"] for v in report_libraries() if v["name"] == "hdf5")
    return tuple(map(int, version.split("."))) < (1, 14, 4)


def report_libraries():
    return json.loads(good("version", "--json").out)["libraries"]


@case("every row of the table has a fixture with that finding and no other error; JSON, SARIF and text agree")
def _():
    rules = table()
    same(sorted(FIXTURES), sorted(rules), "rows with a fixture")
    for i, severity in rules.items():
        if i == "file.hdf5_library" and not old_library():
            continue
        words = FIXTURES[i](i.replace(".", "_") + ".h5")
        if words and isinstance(words[0], dict):
            found = words
        else:
            found = inspect_json(*words)["findings"]
            results = inspect_sarif(*words)["runs"][0]["results"]
            same([(r["ruleId"], r["level"], r["message"]["text"]) for r in results],
                 [(f["id"], f["severity"], f["message"]) for f in found], "results and findings of " + i)
            text = assay("inspect", *words).out
            for f in found:
                assert f["id"] in text and f["message"] in text, "%s: not in the text: %s" % (i, f)
        same([f["severity"] for f in found if f["id"] == i][:1], [severity], "%s among %s" % (i, found))
        same([f for f in found if f["severity"] == "error" and f["id"] != i], [], "other errors for " + i)


@case("config keys that are not known are warnings with class, key and value; those without effect are silent")
def _():
    silent = {"trainable": False, "dtype": "float32", "kernel_initializer": {"class_name": "Zeros", "config": {}},
              "bias_regularizer": {"class_name": "L2", "config": {"l2": 0.01}}, "activity_regularizer": "l1",
              "kernel_constraint": {"class_name": "NonNeg", "config": {}}, "new_and_null": None, "new_and_false": False,
              "new_and_empty": [], "input_dim": 4}

    def change(entries):
        entries[1]["config"].update(silent)
        entries.insert(2, layer("Dropout", "drop", rate=0.5, seed=3, noise_shape=[1, 6]))
        entries.insert(3, layer("Reshape", "fold", target_shape=[3, 2]))
        entries.insert(4, layer("TimeDistributed", "each", layer=layer("Softmax", "inner", axis=-1, sharpness="high")))
        entries.insert(5, {"class_name": "Sequential", "config": {"name": "part", "layers": [
            layer("Flatten", "flat", order=[2, 1], odd=True)]}})
    found = inspect_json(write_model("keys.h5", change))["findings"]
    same([(f["severity"], f["place"], f["message"]) for f in found if f["id"] == "model.unknown_key"],
         [("warning", "layer 5 'each'", "class 'Softmax': key 'sharpness' is \"high\""),
          ("warning", "layer 6 'part', layer 1 'flat'", "class 'Flatten': key 'order' is an array"),
          ("warning", "layer 6 'part', layer 1 'flat'", "class 'Flatten': key 'odd' is true")], "unknown keys")
    for old in ("keras1_functional.h5", "keras1_sequential.h5", "functional_k3.h5", "recurrent.h5"):
        ids = [f["id"] for f in inspect_json(os.path.join(ROOT, "tests", "golden", "nets", old))["findings"]]
        assert "model.unknown_key" not in ids, old
    write_model("told.h5", lambda entries: entries[1]["config"].update(temperature=2.5))
    good("run", write_config("told.json", {"model": path("told.h5"), "data": write_data("told_data.h5", **rows(60)),
                                           "preprocess": {}}), "-o", path("told"))
    same([(f["id"], f["place"], f["message"]) for f in report_of(path("told"))["findings"]
          if f["id"].startswith("model.unknown")],
         [("model.unknown_key", "layer 2 'fc1'", "class 'Dense': key 'temperature' is 2.5")], "in the report")


@case("data.schema names the first row and fault, and counts the rows")
def _():
    found = [f for f in inspect_json(*FIXTURES["data.schema"]("schema.h5"))["findings"] if f["id"] == "data.schema"]
    assert len(found) == 1 and "row 6" in found[0]["place"], found
    assert "'a <= 0.8' does not hold; 3 of 40 samples" in found[0]["message"], found


@case("a hostile file gives every finding it deserves, and run refuses it with the first")
def _():
    def change(f):
        f["elsewhere"] = h5py.ExternalLink("/etc/passwd", "/")
        f["model_weights/fc1/fc1/kernel:0"][1, 1] = np.nan
        f["payload"] = np.ones(3)

    def change_layers(entries):
        entries.insert(2, layer("Lambda", "squash", function=[CODE, None, None], function_type="lambda"))
        entries.insert(3, layer("Dense", "evil", units=2, activation={"class_name": "function", "module": "os",
                                                                      "config": "system"}))
        entries.insert(4, layer("Bidirectional", "both", layer=layer("Lambda", "inner", function=[CODE, None, None])))
    found = inspect_json(write_model("hostile.h5", change_layers, None, change))["findings"]
    ids = [f["id"] for f in found]
    for wanted in ("file.external_link", "model.code_layer", "model.custom_class", "weights.not_finite",
                   "weights.unused"):
        assert wanted in ids, "%s not in %s" % (wanted, ids)
    code = [f for f in found if f["id"] == "model.code_layer"]
    raw = base64.b64decode(CODE)
    same(len(code), 2, "code layers")
    assert "%d bytes, sha256 %s" % (len(raw), hashlib.sha256(raw).hexdigest()) in code[0]["message"], code[0]
    same([f["place"] for f in code], ["layer 3 'squash'", "layer 5 'both'"], "places")
    assert "/etc/passwd" in found[0]["message"], found[0]
    config = write_config("hostile.json", {"model": path("hostile.h5"), "data": write_data("d.h5", **rows()),
                                           "preprocess": {}})
    refused(3, r"model \S*hostile\.h5: /elsewhere: .*file\.external_link.* more", "run", config, "-o", path("no"))
    assert not os.path.exists(path("no")), "an output folder"


@case("models inside models and lists of many: places name the way, and what is not listed is counted")
def _():
    inner = {"class_name": "Sequential", "config": {"name": "inner", "layers": [
        layer("Dense", "a", units=6), layer("Lambda", "f", function="module_function", function_type="function")]}}
    found = inspect_json(write_model("nested.h5", lambda entries: entries.insert(2, inner)))["findings"]
    code = [f for f in found if f["id"] == "model.code_layer"]
    same([(f["place"], "'module_function'" in f["message"]) for f in code], [("layer 3 'inner', layer 2 'f'", True)],
         "code inside")

    def many(f):
        for i in range(57):
            f["link%02d" % i] = h5py.SoftLink("/nowhere%d" % i)
    found = [f for f in inspect_json(write_model("many.h5", None, None, many))["findings"]
             if f["id"] == "file.soft_link"]
    same((len(found), found[-1]["message"]), (21, "and 37 more like these"), "soft links")


@case("the demo models, third-party models and clean data give at most notes")
def _():
    files = [os.path.join(MODELS, f) for f in sorted(os.listdir(MODELS)) if f.endswith(".h5")]
    shared = os.path.join(os.path.dirname(ROOT), "shared", "models")
    if os.path.isdir(shared):
        files += [os.path.join(shared, f) for f in sorted(os.listdir(shared)) if f.endswith((".h5", ".hdf5"))]
    files += [write_model("clean.h5"), write_data("clean_data.h5", **rows(300))]
    assert len(files) >= 5, files
    for file in files:
        same([f for f in inspect_json(file)["findings"] if f["severity"] != "note"], [], file)


def changed_archive(name, change):
    """A .keras archive of the golden nets with its weights' file changed."""
    source = os.path.join(ROOT, "tests", "golden", "nets", "archive_k3.keras")
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path(name), "w") as new:
        for member in old.namelist():
            content = old.read(member)
            if member == "model.weights.h5":
                with open(path("inner.h5"), "wb") as f:
                    f.write(content)
                with h5py.File(path("inner.h5"), "r+") as f:
                    change(f)
                with open(path("inner.h5"), "rb") as f:
                    content = f.read()
            new.writestr(member, content)
    return path(name)


@case(".keras archives: clean ones give notes, arrays of no layer and links inside are found")
def _():
    def warned(change):
        return [(f["id"], f["place"]) for f in inspect_json(changed_archive("a.keras", change))["findings"]
                if f["severity"] != "note"]
    same(warned(lambda f: None), [], "clean")
    same(warned(lambda f: f.create_dataset("layers/dense/extra", data=np.ones(5))), [("weights.unused", "/layers/")],
         "in a layer")
    same(warned(lambda f: f.create_dataset("payload", data=np.ones(5))), [("weights.unused", "/payload")], "outside")
    same(warned(lambda f: f.__setitem__("link", h5py.ExternalLink("/etc/passwd", "/"))),
         [("file.external_link", "/link")], "link")


@case("run records warnings and notes in the report, tells of them once on stderr, and validate does too")
def _():
    config = write_config("warned.json", {"model": write_model("warned.h5", None, None,
                                                               lambda f: f.create_dataset("extra", data=np.ones(9))),
                                          "data": write_data("warned_data.h5", **rows(60)), "preprocess": {}})
    r = good("run", config, "-o", path("warned"))
    same(r.err.count("findings"), 1, "lines about findings: " + r.err)
    found = report_of(path("warned"))["findings"]
    assert ("weights.unused", "warning", "model", "/extra") in [
        (f["id"], f["severity"], f["subject"], f["place"]) for f in found], found
    schema = json.loads(good("schema", "report").out)
    Draft202012Validator(schema).validate(report_of(path("warned")))
    assert "weights.unused: model /extra: " in good("validate", config).out


@case("one JSON document whatever the file: a model, a data set, both, and what is neither")
def _():
    clean = write_model("doc.h5")
    both = inspect_json(clean, "--data", write_data("doc_data.h5", **rows()))
    same((both["kind"], both["classes_n"], both["data"]["kind"], both["data"]["n"]), ("model", 3, "data", 40), "both")
    with open(clean, "rb") as f:
        same(both["sha256"], hashlib.sha256(f.read()).hexdigest(), "sha256")
    with open(path("text.h5"), "w") as f:
        f.write("no HDF5\n")
    document = inspect_json(path("text.h5"))
    same((document["kind"], document["sha256"], document["layers"]), ("model", hashlib.sha256(b"no HDF5\n").hexdigest(),
                                                                      None), "text")
    same([f["id"] for f in document["findings"] if f["severity"] == "error"], ["file.unreadable"], "text")
    same(inspect_json(path("absent.h5"))["findings"][0]["id"], "file.unreadable", "no file")
    refused(2, "--json and --sarif", "inspect", clean, "--json", "--sarif")
    refused(2, "--data goes with a model", "inspect", path("doc_data.h5"), "--data", path("doc_data.h5"))
    odd = path("a b%ü.h5")
    os.link(clean, odd)
    uri = inspect_sarif(odd)["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri.startswith("file:///") and uri.endswith("/a%20b%25%C3%BC.h5"), uri


def cost(*words):
    """Processor seconds of the command and its children, and the largest memory of one so far, in MiB."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    inspect_json(*words)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, after.ru_maxrss / 1024


@case("a model of 5 MB takes under a second; duplicates among 100,000 rows are found in time and memory that suit")
def _():
    def wide(entries):
        entries[1]["config"]["units"] = 140000

    def wide_weights(arrays):
        arrays["fc1"] = {"kernel:0": RANDOM.normal(size=(4, 140000)).astype("f4"), "bias:0": np.zeros(140000, "f4")}
        arrays["fc2"]["kernel:0"] = RANDOM.normal(size=(140000, 3)).astype("f4")
    started = time.monotonic()
    seconds, _ = cost(write_model("large.h5", wide, wide_weights))
    assert os.path.getsize(path("large.h5")) > 4.4e6 and seconds < 1, "%.2f s" % seconds
    x = RANDOM.random((100000, 20), dtype="f4")
    x[70000:70100] = x[100:200]
    data = write_data("rows.h5", x, np.zeros(100000, "i4"))
    seconds, memory = cost(data)
    found = [f["message"] for f in inspect_json(data)["findings"] if f["id"] == "data.duplicates"]
    same(found, ["equals row 100; 100 of 100000 samples equal an earlier one"], "duplicates")
    assert seconds < 3 and memory < 300, "%.2f s, %.0f MiB (whole case %.1f s)" % (seconds, memory,
                                                                                time.monotonic() - started)


main()
