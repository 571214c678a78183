"""Models with several inputs, fed by columns of /x, and several outputs, of which one is chosen."""
import json

import h5py
import numpy as np
import torch

from keras_files import archive, layer, whole
from suite import (assay, case, digest_of, good, main, near, path, refused, report_of, same, write_config, write_data)

RANDOM = np.random.default_rng(7)


def node(*names):
    return [[[n, 0, 0, {}] for n in names]]


def numbers(*shape):
    return RANDOM.normal(0, 0.7, shape).astype(np.float32)


def entry(name, *shape, **more):
    return layer("InputLayer", name, [], batch_input_shape=[None] + list(shape), dtype="float32", **more)


def dense(name, source, units, activation="linear"):
    return layer("Dense", name, node(source), units=units, activation=activation, use_bias=True)


def join(name, *sources):
    return layer("Concatenate", name, node(*sources), axis=-1)


def functional(inputs, outputs, *layers):
    ends = [{k: [v, 0, 0] for k, v in e.items()} if isinstance(e, dict) else [[n, 0, 0] for n in e]
            for e in (inputs, outputs)]
    return {"class_name": "Functional", "config": {"name": "m", "layers": list(layers), "input_layers": ends[0],
                                                   "output_layers": ends[1]}}


def weights(name, rows, columns):
    return {name + "/kernel:0": numbers(rows, columns), name + "/bias:0": numbers(columns)}


def linear(w, name, x):
    return x @ torch.tensor(w[name][name + "/kernel:0"]) + torch.tensor(w[name][name + "/bias:0"])


def check(name, model, data, function, ids=(), **config):
    """Logits and gradient are torch's."""
    good("predict", write_config(name + ".json", dict({"model": model, "data": data, "preprocess": {}}, **config)),
         "-o", path(name + "_out.h5"), "--gradient")
    with h5py.File(data, "r") as f:
        x, y = torch.tensor(f["x"][:].astype(np.float32), requires_grad=True), torch.tensor(f["y"][:].astype(int))
    z = function(x)
    torch.nn.functional.cross_entropy(z, y, reduction="sum").backward()
    with h5py.File(path(name + "_out.h5"), "r") as f:
        near(float(np.abs(f["logits"][:] - z.detach().numpy()).max()), 0, 2e-5, name + ": logits")
        near(float(np.abs(f["gradient"][:] - x.grad.numpy()).max()), 0, 2e-5, name + ": gradient")
    assert float(x.grad.abs().max()) > 1e-3, "the gradient is not zero"


def table(name, columns, classes=3, n=40):
    return write_data(name, RANDOM.random((n, columns), dtype=np.float32), RANDOM.integers(0, classes, n).astype(int))


# ---- two inputs ----

TWO = {"h": weights("h", 4, 5), "z": weights("z", 7, 3)}
two = whole("two.h5", functional(["a", "b"], ["z"], entry("a", 4), entry("b", 2), dense("h", "a", 5, "tanh"),
                                 join("c", "h", "b"), dense("z", "c", 3, "softmax")), TWO)
six = table("six.h5", 6)


def two_of(a, b):
    return lambda x: linear(TWO, "z", torch.cat([torch.tanh(linear(TWO, "h", x[:, a])), x[:, b]], 1))


@case("two numeric inputs: columns as said, in either order, and as the file orders them")
def _():
    check("said", two, six, two_of(slice(0, 4), slice(4, 6)), model_inputs={"a": [0, 3], "b": [4, 5]})
    check("turned", two, six, two_of(slice(2, 6), slice(0, 2)), model_inputs={"b": [0, 1], "a": [2, 5]})
    check("default", two, six, two_of(slice(0, 4), slice(4, 6)))
    r = good("validate", path("default.json"))
    assert "pair.input_order" in good("inspect", two, "--data", six).out
    assert "warning" in r.out + r.err, r.out + r.err


@case("columns by the names of features: the first and the last, or all of them")
def _():
    data = table("named.h5", 6)
    with h5py.File(data, "a") as f:
        f["features/names"] = ["age", "pay", "rate", "years", "u", "v"]
        f["features/kind"] = ["numeric"] * 6
    for n, said in enumerate(({"a": ["age", "years"], "b": ["u", "v"]},
                              {"a": ["age", "pay", "rate", "years"], "b": [4, 5]})):
        check("names%d" % n, two, data, two_of(slice(0, 4), slice(4, 6)), model_inputs=said)
    r = good("validate", path("names0.json"), "--print-effective")
    assert json.loads(r.out)["model_inputs"] == {"a": [0, 3], "b": [4, 5]}, r.out
    for said, message in (({"a": ["age", "yers"], "b": [4, 5]}, r"no feature 'yers' \(did you mean 'years'\?\)"),
                          ({"a": ["years", "age"], "b": [4, 5]}, r"'years' is column 3, behind 'age', column 0"),
                          ({"a": ["age", "rate", "years"], "b": [4, 5]}, r"'rate' is column 2, .* stand side by side")):
        refused(2, message, "validate", write_config("bad.json", {"model": two, "data": data, "preprocess": {},
                                                                   "model_inputs": said}))


@case("columns that two inputs share, where the config says so")
def _():
    said = {"a": [0, 3], "b": [2, 3]}
    four = table("four.h5", 4)
    check("shared", two, four, two_of(slice(0, 4), slice(2, 4)), model_inputs=said, model_inputs_shared=True)
    refused(2, r"columns 2 to 3 go to 'a' and to 'b'; .*\"model_inputs_shared\": true", "validate",
            write_config("shared2.json", {"model": two, "data": four, "preprocess": {}, "model_inputs": said}))


@case("what is said of inputs and does not fit is refused in one line")
def _():
    for said, message in (
            ({"a": [0, 3], "c": [4, 5]}, r"no input 'c'.*'a', 'b'"),
            ({"a": [0, 3]}, r"says nothing of input 'b'"),
            ({"a": [0, 3], "b": [4, 6]}, r"columns 4 to 6 of input 'b' are out of range: /x has columns 0 to 5"),
            ({"a": [0, 2], "b": [3, 5]}, r"input 'a' is 4, 4 values, but columns 0 to 2 are 3"),
            ({"a": [0, 3], "b": [4, 4]}, r"input 'b' is 2, 2 values, but columns 4 to 4 are 1"),
            ({"a": [3, 0], "b": [4, 5]}, r"'model_inputs.a': \[3, 0\] is no range"),
            ({"a": [0, -3], "b": [4, 5]}, r"is no range of columns"),
            ({"a": 3, "b": [4, 5]}, r"'model_inputs.a': wants \[first, last\].*got a number"),
            ({"a": [0, "x"], "b": [4, 5]}, r"'model_inputs.a': wants \[first, last\]"),
            ({"a": ["age", "pay"], "b": [4, 5]}, r"no /features; give numbers of columns"),
            ([0, 3], r"model_inputs.*wants|wants.*model_inputs")):
        refused(2, message, "validate", write_config("bad.json", {"model": two, "data": six, "preprocess": {},
                                                                  "model_inputs": said}))
    seven = table("seven.h5", 7)
    refused(2, r"columns 4 to 4 of /x go to no input", "validate",
            write_config("gap.json", {"model": two, "data": seven, "preprocess": {},
                                      "model_inputs": {"a": [0, 3], "b": [5, 6]}}))
    refused(2, r"take 6 values, but /x has 7 columns; .*\"model_inputs\": \{\"a\": \[0, 3\], \"b\": \[4, 5\]\}", "validate",
            write_config("wide.json", {"model": two, "data": seven, "preprocess": {}}))
    image = write_data("image.h5", RANDOM.random((8, 2, 3, 1), dtype=np.float32), np.arange(8) % 3)
    refused(3, r"samples are 2x3x1; /x has to be \[n, columns\]", "validate",
            write_config("image.json", {"model": two, "data": image, "preprocess": {}}))
    refused(2, r"'model_inputs' needs a 'model'", "validate",
            write_config("none.json", {"data": six, "model_inputs": {"a": [0, 3]}}))


@case("inspect without a config: columns that nothing tells are a warning, no fault of the model")
def _():
    model = whole("open.h5", functional(["a", "b"], ["z"], entry("a", 4), entry("b", None), dense("h", "a", 5, "tanh"),
                                        join("c", "h", "b"), dense("z", "c", 3, "softmax")), TWO)
    for words, message in (((model,), "'b' leaves its size open"),
                           ((two, "--data", table("nine.h5", 9)), "take 6 values, but /x has 9 columns")):
        out = good("inspect", *words).out
        assert "pair.input_order" in out and message in out and "0 error(s)" in out, out
    check("filled", model, six, two_of(slice(0, 4), slice(4, 6)), model_inputs={"a": [0, 3], "b": [4, 5]})
    refused(2, r"'b' leaves its size open; .*\"a\": \[0, 3\], \"b\": \[first, last\]", "validate",
            write_config("open.json", {"model": model, "data": six, "preprocess": {}}))


# ---- other inputs ----

@case("wide and deep: ids go to an Embedding, beside numbers; an image is made of columns")
def _():
    w = {"e": {"e/embeddings:0": numbers(5, 3)}, "z": weights("z", 5, 3)}
    model = whole("deep.h5", functional(["id", "n"], ["z"], entry("id", 1), entry("n", 2), layer(
        "Embedding", "e", node("id"), input_dim=5, output_dim=3), layer("Flatten", "f", node("e")),
        join("c", "f", "n"), dense("z", "c", 3, "softmax")), w)
    x = np.hstack([RANDOM.random((40, 2)) * 9, RANDOM.integers(0, 5, (40, 1))]).astype(np.float32)
    data = write_data("deep_x.h5", x, RANDOM.integers(0, 3, 40).astype(int), 0, 9)
    table_ = torch.tensor(w["e"]["e/embeddings:0"])
    said = {"n": [0, 1], "id": [2, 2]}
    check("deep", model, data,
          lambda x: linear(w, "z", torch.cat([table_[x[:, 2].long()], x[:, :2]], 1)), model_inputs=said)
    x[3, 2] = 7
    bad = write_data("deep_bad.h5", x, RANDOM.integers(0, 3, 40).astype(int), 0, 9)
    refused(3, r"row 3, value 2: id 7, but layer 'e' has rows 0..4; 1 ids in 1 of 40 rows", "validate",
            write_config("deep_bad.json", {"model": model, "data": bad, "preprocess": {}, "model_inputs": said}))
    refused(2, r"preprocess.*column 2.*ids.*'e'", "validate",
            write_config("deep_pre.json", {"model": model, "data": data, "preprocess": {"scale": 0.5},
                                           "model_inputs": said}))
    check("deep_std", model, data,
          lambda x: linear(w, "z", torch.cat([table_[x[:, 2].long()], (x[:, :2] - 1) / 4], 1)), model_inputs=said,
          preprocess={"mean": [1, 1, 0], "std": [4, 4, 1]})


@case("an image is made of columns, row by row, where an input has more than one axis")
def _():
    w = {"k": {"k/kernel:0": numbers(2, 2, 2, 1), "k/bias:0": numbers(1)}, "z": weights("z", 4, 3)}
    model = whole("picture.h5", functional(["n", "p"], ["z"], entry("p", 3, 2, 2), entry("n", 2), layer(
        "Conv2D", "k", node("p"), filters=1, kernel_size=[2, 2], strides=[1, 1], padding="valid", activation="linear",
        use_bias=True), layer("Flatten", "f", node("k")), join("c", "f", "n"), dense("z", "c", 3, "softmax")), w)

    def function(x):
        image = x[:, 2:].reshape(-1, 3, 2, 2).permute(0, 3, 1, 2)
        kernel = torch.tensor(w["k"]["k/kernel:0"]).permute(3, 2, 0, 1)
        y = torch.nn.functional.conv2d(image, kernel, torch.tensor(w["k"]["k/bias:0"])).reshape(len(x), -1)
        return linear(w, "z", torch.cat([y, x[:, :2]], 1))
    check("picture", model, table("picture_x.h5", 14), function)


# ---- several outputs ----

OUT = {"h": weights("h", 6, 4), "a": weights("a", 4, 3), "b": weights("b", 4, 2), "r": weights("r", 4, 1)}
OUT_LAYERS = (entry("x", 6), dense("h", "x", 4, "tanh"), dense("a", "h", 3, "softmax"), dense("b", "h", 2),
              dense("r", "h", 1))


def out_of(name):
    return lambda x: linear(OUT, name, torch.tanh(linear(OUT, "h", x)))


@case("two outputs, each chosen; layers of the others are left out, and their weights are no surplus")
def _():
    model = whole("out.h5", functional(["x"], ["r", "a", "b"], *OUT_LAYERS), OUT)
    data = table("out_x.h5", 6, 2)
    for name in "ab":
        check("out_" + name, model, data, out_of(name), model_output=name)
        r = good("validate", path("out_" + name + ".json"), "--print-effective")
        same(json.loads(r.out)["model_output"], name, "effective config")
        assert "unused" not in good("inspect", model).out
    config = {"model": model, "data": data, "preprocess": {}, "output": {"images": 0}}
    refused(2, r"3 outputs: 'r' \(1, no classifier's\), 'a' \(3, softmax, 3 classes\), 'b' \(2, logits, 2 classes\); "
               r"choose the one to be judged: \"model_output\": \"a\"", "validate", write_config("ask.json", config))
    refused(2, r"no output 'aa' \(did you mean 'a'\?\)", "validate", path("ask.json"), "--set", "model_output=aa")
    refused(3, r"regression", "validate", path("ask.json"), "--set", "model_output=r")
    good("run", path("ask.json"), "--set", "model_output=b", "-o", path("out_run"))
    report = report_of(path("out_run"))
    same((report["run"]["config"]["model_output"], report["subject"]["model"]["classes_n"]), ("b", 2), "report")
    assert "b" in [n["name"] for n in report["subject"]["model"]["layers"]] and \
        "a" not in [n["name"] for n in report["subject"]["model"]["layers"]], "layers of the chosen output alone"
    text = good("inspect", model).out
    assert '"model_output": "a"' in text and "softmax" in text, text
    same([o["name"] for o in json.loads(good("inspect", model, "--json").out)["outputs"]], ["r", "a", "b"], "outputs")


@case("outputs in a dict, of a .keras archive, by their keys; the loss is the chosen output's")
def _():
    arrays = {}
    for n, name in enumerate(("h", "a", "b", "r")):
        folder = "layers/dense" + ("_%d" % n if n else "") + "/vars/"
        arrays[folder + "0"], arrays[folder + "1"] = OUT[name][name + "/kernel:0"], OUT[name][name + "/bias:0"]
    config = functional({"x": "x"}, {"kind": "a", "grade": "b", "yes": "r"}, *OUT_LAYERS)
    loss = {"class_name": "BinaryCrossentropy", "config": {"from_logits": True}}
    config["compile_config"] = {"loss": {"kind": "categorical_crossentropy", "grade": "mse", "yes": loss}}
    model = archive("out.keras", config, arrays)
    data = table("out_k.h5", 6, 2)
    check("key_grade", model, data, out_of("b"), model_output="grade")
    check("layer_b", model, data, out_of("b"), model_output="b")
    check("key_yes", model, data, lambda x: torch.cat([torch.zeros(len(x), 1), out_of("r")(x)], 1),
          model_output="yes")
    refused(2, r"no output 'knd' \(did you mean 'kind'\?\)", "validate", path("key_yes.json"), "--set",
            "model_output=knd")


@case("a nested model with several inputs and outputs")
def _():
    w = {"inner": dict(weights("u", 4, 3), **weights("v", 5, 2))}
    inner = functional(["p", "q"], ["u", "v"], entry("p", 4), entry("q", 2), dense("u", "p", 3, "tanh"),
                       join("j", "u", "q"), dense("v", "j", 2))
    nested = dict(inner, name="inner", inbound_nodes=node("b", "a"))
    nested["config"] = dict(inner["config"], name="inner")
    outer = functional(["a", "b"], ["z"], entry("a", 2), entry("b", 4), nested,
                       layer("Softmax", "z", [[["inner", 1, 1, {}]]], axis=-1))
    model = whole("nested.h5", outer, w)
    flat = {k[0]: {n: v for n, v in w["inner"].items() if n[0] == k[0]} for k in w["inner"]}
    check("nested", model, table("nested_x.h5", 6, 2), lambda x: linear(
        flat, "v", torch.cat([torch.tanh(linear(flat, "u", x[:, 2:])), x[:, :2]], 1)))


# ---- attacks ----

@case("an attack moves the columns of all inputs, to the same bits on any threads and instructions")
def _():
    attack = {"name": "pgd", "norm": "linf", "eps": 0.1, "steps": 5}
    config = write_config("pgd.json", {"model": two, "data": six, "preprocess": {"scale": 2},
                                       "model_inputs": {"b": [0, 1], "a": [2, 5]}, "attacks": [attack],
                                       "output": {"images": 0}})
    digests = []
    for n, (threads, cpu) in enumerate(((1, "auto"), (2, "auto"), (1, "scalar"))):
        good("run", config, "-o", path("pgd%d" % n), "--threads", threads, env={"ASSAY_CPU": cpu})
        digests.append(digest_of(path("pgd%d" % n)))
    same(len(set(digests)), 1, "digests")
    good("verify", path("pgd0")) if assay("help", "verify").code == 0 else None


@case("a source has inputs and outputs of its own")
def _():
    w = dict(OUT, a=weights("a", 4, 3))
    source = whole("source.h5", functional(["x"], ["a", "b"], *OUT_LAYERS[:4]), w)
    config = {"model": two, "data": six, "preprocess": {}, "output": {"images": 0},
              "sources": {"s": {"model": source, "preprocess": {}, "model_output": "a"}},
              "attacks": [{"name": "fgsm", "norm": "linf", "eps": 0.1, "source": ["s", "model"]}]}
    good("run", write_config("source.json", config), "-o", path("source_run"))
    del config["sources"]["s"]["model_output"]
    refused(2, r"source.h5: the model has 2 outputs: 'a'", "validate", write_config("source2.json", config))


main()
