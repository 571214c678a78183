"""Broken, hostile and unfitting models and data: exit 3 (4 for outputs), one line naming the fault, nothing left."""
import json
import os
import re
import shutil

import h5py
import numpy as np

from suite import (FASHION, MODELS, assay, case, good, main, path, refused, same, samples_of, table_data, write_config,
                   write_data)

MODEL = os.path.join(MODELS, "hmda_mlp.h5")
X, Y = np.random.default_rng(4).random((70, 14), dtype=np.float32), np.arange(70, dtype=np.int32) % 2


def config():
    return path("errors.json")


def run_refused(code, pattern, *options):
    """Refused by run, and by validate or by nothing before values of /x are read; the output folder holds nothing."""
    refused(code, pattern, "run", config(), "-o", path("out"), *options)
    same(os.listdir(path("out")) if os.path.exists(path("out")) else [], [], "files in the output folder")
    if os.path.exists(path("out")):
        os.rmdir(path("out"))


def inspect_refused(pattern, file):
    """Exit 3, the findings on stdout, the first of them as the error."""
    r = assay("inspect", file)
    said = "inspect %s: %s\nwanted: %s" % (file, r, pattern)
    assert r.code == 3 and "findings: " in r.out and r.err.startswith("assay: error: "), said
    assert r.err.count("\n") == 1 and re.search(pattern, r.err), said


def changed_model(name, change):
    shutil.copy(MODEL, path(name))
    with h5py.File(path(name), "r+") as f:
        change(f)
    return path(name)


def architecture(change):
    def apply(f):
        a = json.loads(f.attrs["model_config"])
        change(a["config"]["layers"])
        f.attrs["model_config"] = json.dumps(a)
    return apply


def weight(f, name):
    return f["model_weights/" + name]


def replaced(name, value):
    def apply(f):
        del f["model_weights/" + name]
        if value is not None:
            f["model_weights/" + name] = value
    return apply


KERNEL = "dense/dense/kernel:0"


def set_class(name):
    def change(layers):
        layers[2]["class_name"] = name
    return architecture(change)


def set_key(key, value):
    def change(layers):
        layers[2]["config"][key] = value
    return architecture(change)


def not_a_number(f):
    weight(f, KERNEL)[3, 5] = np.nan


def overflowing(f):
    for layer in ("dense", "dense_1", "dense_2"):
        kernel = weight(f, "%s/%s/kernel:0" % (layer, layer))
        kernel[...] = kernel[()] * np.float32(1e16)


def overflowing_late(f):
    kernel = weight(f, "dense_2/dense_2/kernel:0")
    kernel[...] = kernel[()] * np.float32(1e20)


@case("files that are no models: absent, empty, text, cut off, a folder, a device, a data set")
def _():
    table_data("good.h5", 70, 9)
    write_config("errors.json", {"model": MODEL, "data": "good.h5", "preprocess": {}})
    good("validate", config())
    with open(MODEL, "rb") as f:
        whole = f.read()
    for name, content in (("empty.h5", b""), ("text.h5", b"hello, world\n" * 99), ("cut.h5", whole[:len(whole) // 2]),
                          ("head.h5", whole[:8]),
                          ("noise.h5", whole[:512] + np.random.default_rng(1).bytes(len(whole)))):
        with open(path(name), "wb") as f:
            f.write(content)
        run_refused(3, r"model \S*" + name, "--model", path(name))
        run_refused(3, r"data \S*" + name, "--data", path(name))
        inspect_refused(name, path(name))
    for place in (path("absent.h5"), path(), "/dev/zero", "/dev/null"):
        run_refused(3, r"model \S*%s" % place, "--model", place)
        run_refused(3, r"data \S*%s" % place, "--data", place)
        if place == path("absent.h5"):
            refused(3, "inspect: %s: no such file" % place, "inspect", place)
        else:
            inspect_refused(place, place)
    run_refused(3, r"good\.h5.*model_config", "--model", path("good.h5"))
    run_refused(3, r"hmda_mlp\.h5.*assay_dataset", "--data", MODEL)


@case("models with a fault name layer and weight")
def _():
    for name, change, pattern in (
            ("config.h5", lambda f: f.attrs.__delitem__("model_config"), "no attribute model_config"),
            ("json.h5", lambda f: f.attrs.__setitem__("model_config", "{\"class_name\": "), "model_config: line 1"),
            ("weights.h5", lambda f: f.__delitem__("model_weights"), "no group model_weights"),
            ("kernel.h5", replaced(KERNEL, None), "'dense'.*kernel"),
            ("shape.h5", replaced(KERNEL, np.zeros((13, 32), np.float32)), "'dense' .*'kernel'.*13.*14"),
            ("nan.h5", not_a_number, "dense/kernel:0: 1 of 448 values are not finite"),
            ("layer.h5", set_class("Dence"), "Dence.*"), ("lambda.h5", set_class("Lambda"), "Lambda"),
            ("units.h5", set_key("units", -3), "'units' is -3"), ("many.h5", set_key("units", 10**12), "units"),
            ("activation.h5", set_key("activation", "rellu"), "activation.*rellu"),
            ("type.h5", set_key("units", "many"), "units")):
        changed_model(name, change)
        run_refused(3, "model \\S*%s: .*%s" % (name, pattern), "--model", path(name))
        inspect_refused(pattern, path(name))


@case("a model whose outputs all overflow is refused, by validate and predict with the sample")
def _():
    changed_model("big.h5", overflowing)
    pattern = r"model \S*big\.h5: .*sample \d+ of \S*good\.h5: the output is not finite"
    run_refused(3, r"model \S*big\.h5: no output is finite on \S*good\.h5", "--model", path("big.h5"))
    refused(3, pattern, "validate", config(), "--model", path("big.h5"))
    refused(3, pattern, "predict", config(), "--model", path("big.h5"), "-o", path("big_out.h5"))
    assert not os.path.exists(path("big_out.h5"))


def data_refused(pattern, **parts):
    write_data("bad.h5", **dict({"x": X, "y": Y}, **parts))
    run_refused(3, r"data:? \S*bad\.h5: .*" + pattern, "--data", path("bad.h5"))
    refused(3, r"bad\.h5", "validate", config(), "--data", path("bad.h5"))


def with_value(row, column, value):
    x = X.copy()
    x[row, column] = value
    return x


@case("an output that is not finite marks its sample, as wrong, and the run goes on")
def _():
    changed_model("late.h5", overflowing_late)
    x = np.zeros((200, 14), np.float32)
    x[150] = 1e30
    write_data("late_rows.h5", x, np.zeros(200, np.int32), high=1e30)
    write_config("late.json", {"model": path("late.h5"), "data": path("late_rows.h5"), "preprocess": {},
                               "batch": {"threads": 1}})
    good("run", path("late.json"), "-o", path("late"))
    with h5py.File(path("late", "samples.h5")) as f:
        clean = f["scenarios/clean"]
        same([int(i) for i in np.flatnonzero(clean["status"][:])], [150], "rows whose output is not finite")
        same((int(clean["predicted"][150]), int(clean["correct"][150])), (-1, 0), "their prediction")
        assert np.isnan(clean["loss"][150]) and not np.isnan(clean["loss"][:150]).any()


@case("data sets with a fault name the part, the row and the fault")
def _():
    data_refused("no attribute 'assay_dataset'", version=None)
    data_refused("another version", version=2)
    data_refused("no labels /y", y=None)
    data_refused("neither inputs /x nor /scores", x=None)
    data_refused("has no rows", x=X[:0], y=Y[:0])
    data_refused("/y: wants 70 labels", y=Y[:-1])
    data_refused("/y: row 4: label -1", y=np.where(np.arange(70) == 4, -1, Y))
    data_refused("/y: wants integer labels 0..k-1: in h5py write them with .astype\\(\"i4\"\\)", y=Y.astype(np.float32))
    data_refused("labels.* up to 2, but .* 2 classes", y=np.where(np.arange(70) == 4, 2, Y))
    data_refused("/x: wants uint8 or float32 values, not float64: in h5py write it with .astype\\(\"f4\"\\)", x=X.astype(np.float64))
    data_refused("samples are 13, but the model.* wants 14", x=X[:, :13])
    data_refused("/x: wants rank", x=X.ravel())
    data_refused("no attribute 'low'", low=None)
    data_refused("no attribute 'high'", high=None)
    data_refused("attribute 'high' has 3 numbers", high=np.ones(3))
    data_refused("low 1 is above high 0", low=1, high=0)
    data_refused("is not a finite bound", high=np.inf)
    data_refused("row 66, value 13: nan is not finite", x=with_value(66, 13, np.nan))
    data_refused("row 0, value 0: 1.5 is outside the declared box .0, 1.", x=with_value(0, 0, 1.5))
    data_refused("row 69, value 2: inf is not finite", x=with_value(69, 2, np.inf))
    data_refused("/attributes/sex: wants 70 values", attributes={"sex": (["a"], np.zeros(69))})
    data_refused("/attributes/sex: row 5: code 3 has no name", attributes={"sex": (["a", "b"],
                                                                                   np.where(np.arange(70) == 5, 3, 0))})
    data_refused("/member: row 2: 2 is neither 0 nor 1", member=np.where(np.arange(70) == 2, 2, 0))
    data_refused("label 1 is not in 0..0 of class_names", class_names=["only"])
    data_refused("/y: 'class_names': the name 'a' stands twice", class_names=["a", "a"])
    data_refused("/y: 'class_names': name 1 has control characters", class_names=["a", "\x1b[31mb"])
    data_refused("/attributes/sex: the name 'x' stands twice", attributes={"sex": (["x", "y", "x"], Y)})
    data_refused("/attributes/sex: name 0 has control characters", attributes={"sex": (["x\n", "y"], Y)})


@case("a value a rounding error outside the box is taken into it")
def _():
    write_data("edge.h5", with_value(3, 3, 1 + 5e-7), Y)
    write_data("inside.h5", with_value(3, 3, 1), Y)
    for name in ("edge", "inside"):
        good("run", config(), "-o", path(name), "--data", path(name + ".h5"))
    same(samples_of(path("edge"))["clean"]["loss"].tolist(), samples_of(path("inside"))["clean"]["loss"].tolist(),
         "losses")


@case("members that do not fit are refused")
def _():
    write_data("members13.h5", X[:, :13], Y)
    write_data("members3.h5", X, Y + 1)
    for name, pattern in (("members13.h5", "members13.*another shape"), ("members3.h5", "members3.*labels up to 2"),
                          ("absent.h5", "absent.h5")):
        run_refused(3, pattern, "--set", "leakage.members=" + name)


@case("members that are the test set, under any name, or that hold rows of no members are refused")
def _():
    shutil.copy(path("good.h5"), path("copy.h5"))
    write_data("mixed.h5", X, Y, member=np.arange(70) < 33)
    for name in ("good.h5", "copy.h5"):
        run_refused(2, r"'leakage\.members': \S*%s is the test set itself" % name, "--set", "leakage.members=" + name)
        refused(2, "is the test set itself", "validate", config(), "--set", "leakage.members=" + name)
    run_refused(3, r"members \S*mixed\.h5: /member: row 33 is marked as no member", "--set", "leakage.members=mixed.h5")
    write_data("all.h5", X, Y, member=np.ones(70))
    good("validate", config(), "--set", "leakage.members=all.h5")


@case("an output folder that cannot be made or is a file: refused, the file left alone")
def _():
    with open(path("file"), "w") as f:
        f.write("kept")
    refused(2, r"file: is not a folder", "run", config(), "-o", path("file"))
    refused(2, r"file: is not a folder", "run", config(), "-o", path("file"), "--force")
    refused(4, r"file", "run", config(), "-o", path("file", "below"))
    refused(4, r"/proc/nothing", "run", config(), "-o", "/proc/nothing/here")
    with open(path("file")) as f:
        same(f.read(), "kept", "content")
    refused(4, r"file/page", "report", path("edge", "report.json"), "-o", path("file", "page.html"))


@case("reports that are none are refused by `assay report`, and no page is left")
def _():
    with open(path("edge", "report.json")) as f:
        text = f.read()
    report = json.loads(text)
    for content in ("", "[]", "{}", text[:len(text) // 2], text + "}", json.dumps(dict(report, schema="other"))):
        with open(path("bad.json"), "w") as f:
            f.write(content)
        refused(3, r"bad\.json", "report", path("bad.json"), "-o", path("bad.html"))
    refused(3, "absent.json", "report", path("absent.json"), "-o", path("bad.html"))
    assert not os.path.exists(path("bad.html"))


@case("import: broken IDX and CSV files are refused, and no data set is left")
def _():
    images, labels = (os.path.join(FASHION, "t10k-%s-ubyte.gz" % part) for part in ("images-idx3", "labels-idx1"))
    idx = ["import", "idx", "-o", path("imported.h5")]
    if os.path.exists(images):
        with open(images, "rb") as f:
            head = f.read(100000)
        with open(path("cut.gz"), "wb") as f:
            f.write(head)
        refused(3, "cut.gz", *idx, "--images", path("cut.gz"), "--labels", labels)
        refused(3, "labels-idx1", *idx, "--images", labels, "--labels", images)
        refused(2, "--rows|rows", *idx, "--images", images, "--labels", labels, "--rows", "9990:10001")
        refused(4, "no/such", "import", "idx", "-o", path("no", "such", "x.h5"), "--images", images, "--labels", labels,
                "--limit", "3")
    refused(3, "text.h5", *idx, "--images", path("text.h5"), "--labels", path("text.h5"))
    refused(3, "absent", *idx, "--images", path("absent"), "--labels", path("absent"))
    with open(path("t.csv"), "w") as f:
        f.write("a,b\n1,yes\nx,no\n")
    schema = {"label": {"column": "b", "values": ["no", "yes"]}, "features": [{"column": "a", "kind": "numeric"}]}
    csv = ["import", "csv", path("t.csv"), "-o", path("imported.h5"), "--schema", write_config("schema.json", schema)]
    refused(3, r"t\.csv.*(line|row) 3.*'?a'?", *csv)
    refused(3, r"absent\.csv", *(csv[:2] + [path("absent.csv")] + csv[3:]))
    write_config("schema.json", dict(schema, featres=[]))
    refused(2, r"schema\.json.*featres", *csv)
    assert not os.path.exists(path("imported.h5"))


main()
