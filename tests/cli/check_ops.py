"""Operations in the place of layers, constants in the graph, and weights in other types, against numpy."""
import math

import h5py
import numpy as np

from keras_files import archive, layer, whole
from suite import assay, case, good, main, path, refused, write_config, write_data

RANDOM = np.random.default_rng(37)
N, D = 6, 4


def values(*shape):
    return RANDOM.normal(size=shape).astype("f4")


X = values(N, D)
W, HEAD, BIAS = values(D, D), values(D, 3), values(3)


def tensor(name, shape=(D,)):
    return {"class_name": "__keras_tensor__", "config": {"shape": [None] + list(shape), "dtype": "float32", "keras_history": [name, 0, 0]}}


def keras3(class_name, args, kwargs=None, module="keras.src.ops.numpy", **config):
    entry = layer(class_name, "op", [{"args": args, "kwargs": kwargs or {}}], **config)
    entry.update(module=module, registered_name=class_name)
    return entry


def keras2(function, node, class_name="TFOpLambda"):
    return layer(class_name, "op", [node], function=function, trainable=True, dtype="float32")


def model(operation, width, version):
    new = version.startswith("3")

    def node(name):
        return [{"args": [tensor(name)], "kwargs": {}}] if new else [[[name, 0, 0, {}]]]
    layers = [layer("InputLayer", "in", [], batch_shape=[None, D], dtype="float32"),
              layer("Dense", "h", node("in"), units=D, activation="linear", use_bias=False), operation,
              layer("Dense", "fc", node("op"), units=3, activation="softmax")]
    config = {"class_name": "Functional", "config": {"name": "m", "layers": layers, "input_layers": [["in", 0, 0]],
                                                     "output_layers": [["fc", 0, 0]]}}
    head = np.concatenate([HEAD] * (width // D))
    return whole("op.h5", config, {"h": {"kernel:0": W}, "fc": {"kernel:0": head, "bias:0": BIAS}}, version), head


def predict(file, x=X):
    data = write_data("op_data.h5", x, np.arange(len(x)) % 3, low=-9.0, high=9.0)
    config = write_config("op.json", {"model": file, "data": data, "preprocess": {}})
    good("predict", config, "-o", path("op_out.h5"), "--gradient")
    with h5py.File(path("op_out.h5")) as f:
        return f["logits"][...], f["gradient"][...]


def slope(function, x):
    def loss(v):
        z = function(v)
        z = z - z.max(1, keepdims=True)
        return np.log(np.exp(z).sum(1)) - z[np.arange(len(z)), np.arange(len(z)) % 3]
    g, h = np.zeros(x.shape), 1e-6
    for k in range(x.shape[1]):
        step = np.zeros(x.shape)
        step[:, k] = h
        g[:, k] = (loss(x + step) - loss(x - step)) / (2 * h)
    return g


def check(what, operation, function, version, width=D):
    file, head = model(operation, width, version)
    got, gradient = predict(file)

    def net(x):
        return function(x @ W.astype("f8"), x) @ head + BIAS
    for name, a, b, bound in (("logits", got, net(X.astype("f8")), 2e-5), ("gradient", gradient, slope(net, X.astype("f8")), 2e-4)):
        assert np.abs(a - b).max() < bound * max(1, np.abs(b).max()), "%s, %s: %s, not %s" % (what, name, a[0], b[0])


def softmax(z):
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


H, IN = tensor("h"), tensor("in")
MATRIX = np.arange(16.0).reshape(4, 4) / 7 - 1
FOUR = np.array([1.0, 2.0, 3.0, 4.0])
NUMPY = {"class_name": "__numpy__", "config": {"value": [[1.0, 2.0, 3.0, 4.0]], "dtype": "float32"}}
NN = "keras.src.ops.nn"


@case("operations of Keras 3: arithmetic with numbers, arrays and tensors, in either place")
def _():
    for what, operation, function in (
            ("power 3", keras3("Power", [H, 3]), lambda h, x: h ** 3),
            ("power -1", keras3("Power", [], {"x1": H, "x2": -1.0}), lambda h, x: 1 / h),
            ("matmul", keras3("Matmul", [H, {"class_name": "__numpy__", "config": {"value": MATRIX.tolist(), "dtype": "float32"}}]),
             lambda h, x: h @ MATRIX),
            ("clip", keras3("Clip", [H], x_min=-0.5, x_max=0.75), lambda h, x: np.clip(h, -0.5, 0.75)),
            ("x*0.5", keras3("Multiply", [H, 0.5]), lambda h, x: h * 0.5),
            ("0.5*x", keras3("Multiply", [0.5, H]), lambda h, x: h * 0.5),
            ("x-1", keras3("Subtract", [H, 1]), lambda h, x: h - 1),
            ("1-x", keras3("Subtract", [1.0, H]), lambda h, x: 1 - h),
            ("h-x", keras3("Subtract", [], {"x1": H, "x2": IN}), lambda h, x: h - x),
            ("h+x", keras3("Add", [H, IN]), lambda h, x: h + x),
            ("h*h", keras3("Multiply", [H, H]), lambda h, x: h * h),
            ("maximum", keras3("Maximum", [H, 0.1]), lambda h, x: np.maximum(h, 0.1)),
            ("minimum", keras3("Minimum", [-0.1, H]), lambda h, x: np.minimum(h, -0.1)),
            ("x/255", keras3("TrueDivide", [H, 255.0]), lambda h, x: h / 255),
            ("array/x", keras3("Divide", [NUMPY, H]), lambda h, x: FOUR / h),
            ("array", keras3("Multiply", [H, NUMPY]), lambda h, x: h * FOUR),
            ("negative", keras3("Negative", [H]), lambda h, x: -h),
            ("square", keras3("Square", [H]), lambda h, x: h * h)):
        check(what, operation, function, "3.5.0")


@case("operations of Keras 3: activations, concatenation, shapes")
def _():
    for what, operation, function in (
            ("relu", keras3("Relu", [H], module=NN), lambda h, x: np.maximum(h, 0)),
            ("leaky", keras3("LeakyRelu", [H], module=NN, negative_slope=0.3), lambda h, x: np.where(h > 0, h, 0.3 * h)),
            ("elu", keras3("Elu", [H], module=NN, alpha=2.0), lambda h, x: np.where(h > 0, h, 2 * np.expm1(h))),
            ("softmax", keras3("Softmax", [H], module=NN, axis=-1), lambda h, x: softmax(h)),
            ("sigmoid", keras3("Sigmoid", [H], module=NN), lambda h, x: 1 / (1 + np.exp(-h))),
            ("exp", keras3("Exp", [H]), lambda h, x: np.exp(h)),
            ("cast", keras3("Cast", [H], module="keras.src.ops.core", dtype="float32"), lambda h, x: h),
            ("reshape", keras3("Reshape", [H], newshape=[-1, D]), lambda h, x: h)):
        check(what, operation, function, "3.5.0")
    check("concatenate", keras3("Concatenate", [[H, IN]], axis=-1), lambda h, x: np.concatenate([h, x], 1), "3.5.0", 2 * D)


def part(start=None, stop=None, step=None):
    return {"start": start, "stop": stop, "step": step}


DOTS = {"class_name": "__ellipsis__", "config": {}}


def erf(x):
    return np.vectorize(math.erf)(x)


def gelu_tanh(h):
    return 0.5 * h * (1 + np.tanh(np.sqrt(2 / np.pi) * (h + 0.044715 * h ** 3)))


@case("elementary functions, in both spellings")
def _():
    for two, three, function in (
            ("math.abs", "Abs", np.abs), (None, "Absolute", np.abs), ("math.log", "Log", np.log), (None, "Log2", np.log2), (None, "Log10", np.log10),
            ("math.log1p", "Log1p", np.log1p), ("math.expm1", "Expm1", np.expm1), ("math.exp", "Exp", np.exp), ("math.sqrt", "Sqrt", np.sqrt),
            ("math.rsqrt", "Rsqrt", lambda h: 1 / np.sqrt(h)), ("math.reciprocal", "Reciprocal", lambda h: 1 / h), ("math.sin", "Sin", np.sin),
            ("math.cos", "Cos", np.cos), ("math.tan", "Tan", np.tan), ("math.sinh", "Sinh", np.sinh),
            ("math.cosh", "Cosh", np.cosh), (None, "HardTanh", lambda h: np.clip(h, -1, 1)), ("math.square", "Square", np.square), ("math.log_sigmoid", "LogSigmoid", lambda h: -np.logaddexp(0, -h)),
            ("math.sigmoid", "Sigmoid", lambda h: 1 / (1 + np.exp(-h))), ("math.tanh", "Tanh", np.tanh), ("math.softplus", "Softplus", lambda h: np.logaddexp(0, h)),
            ("nn.silu", "Silu", lambda h: h / (1 + np.exp(-h))), ("keras.backend.sqrt", None, np.sqrt), ("keras.backend.abs", None, np.abs)):
        domain = three in ("Log", "Log2", "Log10", "Log1p", "Sqrt", "Rsqrt") or two == "keras.backend.sqrt"
        for version, name in (("2.11.0", two), ("3.5.0", three)):
            if name is None:
                continue
            first = "sq" if domain else "h"
            step = keras2(name, [first, 0, 0, {"name": None}]) if version[0] == "2" else keras3(name, [tensor(first)])
            before = keras2("math.multiply", ["h", 0, 0, {"y": ["h", 0, 0]}]) if version[0] == "2" else keras3("Multiply", [H, H])
            before["config"]["name"] = before["name"] = "sq"
            check_narrow(name, [before, step] if domain else step, lambda h, x: function(h * h if domain else h), version, D)


@case("gelu by erf and by tanh, powers, clips, matrices, masks by where")
def _():
    gelu = lambda h: 0.5 * h * (1 + erf(h / np.sqrt(2)))
    for what, operation, version, function in (
            ("gelu 2", keras2("nn.gelu", ["h", 0, 0, {"approximate": False}]), "2.11.0", lambda h, x: gelu(h)),
            ("gelu 2 tanh", keras2("nn.gelu", ["h", 0, 0, {"approximate": True}]), "2.11.0", lambda h, x: gelu_tanh(h)),
            ("gelu 2 default", keras2("nn.gelu", ["h", 0, 0, {}]), "2.11.0", lambda h, x: gelu(h)),
            ("gelu of keras", keras2("keras.activations.gelu", ["h", 0, 0, {"approximate": True}]), "2.11.0", lambda h, x: gelu_tanh(h)),
            ("gelu 3", keras3("Gelu", [H], module=NN, approximate=False), "3.5.0", lambda h, x: gelu(h)),
            ("gelu 3 tanh", keras3("Gelu", [H], module=NN, approximate=True), "3.5.0", lambda h, x: gelu_tanh(h)),
            ("gelu 3 default", keras3("Gelu", [H], module=NN), "3.5.0", lambda h, x: gelu_tanh(h)),
            ("pow", keras2("math.pow", ["h", 0, 0, {"y": 2}]), "2.11.0", lambda h, x: h ** 2),
            ("operator", keras2("__operators__.pow", ["h", 0, 0, {"y": 3.0}]), "2.11.0", lambda h, x: h ** 3),
            ("backend", keras2("keras.backend.pow", ["h", 0, 0, {"a": 2}]), "2.11.0", lambda h, x: h ** 2),
            ("clip 2", keras2("clip_by_value", ["h", 0, 0, {"clip_value_min": -0.5, "clip_value_max": 0.5}]), "2.11.0", lambda h, x: np.clip(h, -0.5, 0.5)),
            ("clip of keras", keras2("keras.backend.clip", ["h", 0, 0, {"min_value": -0.5, "max_value": 0.5}]), "2.11.0", lambda h, x: np.clip(h, -0.5, 0.5)),
            ("matmul 2", keras2("linalg.matmul", ["h", 0, 0, {"b": MATRIX.tolist(), "transpose_a": False}]), "2.11.0", lambda h, x: h @ MATRIX),
            ("where of constant masks", keras3("Where", [{"class_name": "__numpy__", "config": {"value": [True, False, True, False], "dtype": "bool"}}, H, 0.5]),
             "3.5.0", lambda h, x: np.where([True, False, True, False], h, 0.5)),
            ("where 2", keras2("where", ["_CONSTANT_VALUE", -1, [True, False, True, True], {"x": ["h", 0, 0], "y": ["in", 0, 0]}]), "2.11.0",
             lambda h, x: np.where([True, False, True, True], h, x))):
        check(what, operation, function, version)
    for i, (two, three, function) in enumerate((("greater", "Greater", np.greater), ("greater_equal", "GreaterEqual", np.greater_equal),
                                                ("less", "Less", np.less), ("less_equal", "LessEqual", np.less_equal))):
        step = keras3(three, [H, IN])
        step["config"]["name"] = step["name"] = "mask"
        check_narrow(three, [step, keras3("Where", [tensor("mask"), H, IN])], lambda h, x: np.where(function(h, x), h, x), "3.5.0", D)
        step = keras2("math." + two, ["h", 0, 0, {"y": 0.1}])
        step["config"]["name"] = step["name"] = "mask"
        check_narrow(two, [step, keras2("where", ["mask", 0, 0, {"x": ["h", 0, 0], "y": -2.0}])], lambda h, x: np.where(function(h, 0.1), h, -2.0), "2.11.0", D)


@case("slices and reductions: the same numbers as numpy's, in Keras 2 and 3")
def _():
    for what, index, parts in (("first two", (slice(None), slice(0, 2)), [part(), part(0, 2)]),
                               ("turned", (slice(None), slice(None, None, -1)), [part(), part(step=-1)]),
                               ("every other from the end", (slice(None), slice(-1, None, -2)), [part(), part(-1, None, -2)]),
                               ("one", (slice(None), -2), [part(), -2]),
                               ("dots", (Ellipsis, slice(1, -1)), [DOTS, part(1, -1)]),
                               ("new axis", (slice(None), None, slice(3, 1, -1)), [part(), None, part(3, 1, -1)])):
        def taken(h, x, index=index):
            return h[index].reshape(len(h), -1)
        width = np.zeros((N, D))[index].reshape(N, -1).shape[1]
        modern = [dict(class_name="slice", config=p) if isinstance(p, dict) and "start" in p else p for p in parts]
        for version, operation in (("2.11.0", keras2("__operators__.getitem", ["h", 0, 0, {"slice_spec": parts}], "SlicingOpLambda")),
                                   ("3.5.0", keras3("GetItem", [H, modern]))):
            check_narrow(what, operation, taken, version, width)
    for what, name, function in (("mean", "Mean", np.mean), ("sum", "Sum", np.sum), ("max", "Max", np.max), ("min", "Min", np.min)):
        def reduced(h, x, function=function):
            return function(h, axis=1, keepdims=True)
        check_narrow(what, keras3(name, [H], axis=[1], keepdims=True), reduced, "3.5.0", 1)
        check_narrow(what, keras2("math.reduce_" + what, ["h", 0, 0, {"axis": 1, "keepdims": True, "name": None}]), reduced,
                     "2.11.0", 1)


@case("axes put in, taken out and turned")
def _():
    for version in ("2.11.0", "3.5.0"):
        new = version.startswith("3")

        def step(name, class_name, function, key, value, above):
            e = keras3(class_name, [tensor(above)], **{key[0]: value}) if new else \
                keras2(function, [above, 0, 0, {key[1]: value, "name": None}])
            e["config"]["name"] = e["name"] = name
            return e
        for axis in (1, -1, -2, 2):
            wide = [step("wide", "ExpandDims", "expand_dims", ("axis", "axis"), axis, "h")]
            wide.append(step("turn", "Transpose", "transpose", ("axes", "perm"), [0, 2, 1], "wide"))
            wide.append(step("op", "Squeeze", "squeeze", ("axis", "axis"), 2 if axis in (1, -2) else 1, "turn"))
            check_narrow("axis %d" % axis, wide, lambda h, x: h, version, D)
    for entry in (keras3("ExpandDims", [H], axis=0), keras3("Transpose", [H], axes=[1, 0])):
        file, _ = model(entry, D, "3.5.0")
        data = write_data("op_data.h5", X, np.arange(N) % 3, low=-9.0, high=9.0)
        config = write_config("op.json", {"model": file, "data": data, "preprocess": {}})
        refused(3, "batch|number of samples", "predict", config, "-o", path("op_out.h5"))


def check_narrow(what, operation, function, version, width):
    """As check, for outputs of another width than D: a Flatten stands before the head."""
    new = version.startswith("3")

    def node(name):
        return [{"args": [tensor(name)], "kwargs": {}}] if new else [[[name, 0, 0, {}]]]
    layers = [layer("InputLayer", "in", [], batch_shape=[None, D], dtype="float32"),
              layer("Dense", "h", node("in"), units=D, activation="linear", use_bias=False),
              *(operation if isinstance(operation, list) else [operation]),
              layer("Flatten", "flat", node("op")), layer("Dense", "fc", node("flat"), units=3, activation="softmax")]
    config = {"class_name": "Functional", "config": {"name": "m", "layers": layers, "input_layers": [["in", 0, 0]],
                                                     "output_layers": [["fc", 0, 0]]}}
    head = values(width, 3)
    got, gradient = predict(whole("narrow.h5", config, {"h": {"kernel:0": W}, "fc": {"kernel:0": head, "bias:0": BIAS}}, version))

    def net(x):
        return function(x @ W.astype("f8"), x) @ head + BIAS
    for name, a, b, bound in (("logits", got, net(X.astype("f8")), 2e-5), ("gradient", gradient, slope(net, X.astype("f8")), 2e-4)):
        assert np.abs(a - b).max() < bound * max(1, np.abs(b).max()), "%s, %s: %s, not %s" % (what, name, a[0], b[0])


@case("TFOpLambda of Keras 2: arithmetic, activations, concatenation, reshape, cast")
def _():
    for what, operation, function in (
            ("h+1", keras2("__operators__.add", ["h", 0, 0, {"y": 1.5, "name": None}]), lambda h, x: h + 1.5),
            ("h+x", keras2("__operators__.add", ["h", 0, 0, {"y": ["in", 0, 0], "name": None}]), lambda h, x: h + x),
            ("x/127.5", keras2("math.truediv", ["h", 0, 0, {"y": 127.5, "name": None}]), lambda h, x: h / 127.5),
            ("1-x", keras2("math.subtract", ["_CONSTANT_VALUE", -1, 1.0, {"y": ["h", 0, 0], "name": None}]), lambda h, x: 1 - h),
            ("list", keras2("math.multiply", ["h", 0, 0, {"y": [1.0, 2.0, 3.0, 4.0], "name": None}]), lambda h, x: h * FOUR),
            ("relu", keras2("nn.relu", ["h", 0, 0, {"name": None}]), lambda h, x: np.maximum(h, 0)),
            ("leaky", keras2("nn.leaky_relu", ["h", 0, 0, {"name": None}]), lambda h, x: np.where(h > 0, h, 0.2 * h)),
            ("slope", keras2("nn.leaky_relu", ["h", 0, 0, {"alpha": 0.4}]), lambda h, x: np.where(h > 0, h, 0.4 * h)),
            ("negative", keras2("math.negative", ["h", 0, 0, {}]), lambda h, x: -h),
            ("cast", keras2("cast", ["h", 0, 0, {"dtype": "float32"}]), lambda h, x: h),
            ("reshape", keras2("reshape", ["h", 0, 0, {"shape": [-1, D]}]), lambda h, x: h)):
        check(what, operation, function, "2.11.0")
    check("concat", keras2("concat", [["h", 0, 0, {"axis": -1}], ["in", 0, 0, {"axis": -1}]]),
          lambda h, x: np.concatenate([h, x], 1), "2.11.0", 2 * D)


@case("operations that are not pure, not known, or mix samples are refused by name")
def _():
    for operation, version, pattern in (
            (keras3("Average", [H], axis=1), "3.5.0", "operation 'Average'"),
            (keras3("Softmax", [H], module=NN, axis=0), "3.5.0", "axis 0"),
            (keras3("Concatenate", [[H, IN]]), "3.5.0", "axis 0"),
            (keras3("Multiply", [H, {"class_name": "__numpy__", "config": {"value": [[1.0] * D] * N}}]), "3.5.0",
             "by their place in the batch"),
            (keras3("Reshape", [H], newshape=[2, -1]), "3.5.0", "changes the number of samples"),
            (keras3("Cast", [H], dtype="int32"), "3.5.0", "converts to \"int32\""),
            (keras3("Add", [H]), "3.5.0", "argument too few"),
            (keras3("Add", [1.0, 2.0]), "3.5.0", "numbers alone"),
            (keras3("Relu", [H], {"gain": 2.0}, module=NN), "3.5.0", "argument 'gain'"),
            (keras2("random.normal", ["h", 0, 0, {}]), "2.11.0", "operation 'random.normal'"),
            (keras2("nn.gelu", ["h", 0, 0, {"tail": True}]), "2.11.0", "argument 'tail'"),
            (keras2("linalg.matmul", ["h", 0, 0, {"b": ["in", 0, 0]}]), "2.11.0", "a Dot or Attention layer"),
            (keras2("linalg.matmul", ["h", 0, 0, {"b": MATRIX.tolist(), "transpose_b": True}]), "2.11.0", "argument 'transpose_b'"),
            (keras2("linalg.matmul", ["h", 0, 0, {"b": [[1.0, 2.0]]}]), "2.11.0", "no matrix of as many rows"),
            (keras3("Power", [H, H]), "3.5.0", "wants a number as second argument"),
            (keras3("Power", [2.0, H]), "3.5.0", "wants a number as second argument"),
            (keras3("Clip", [H], x_min=2.0, x_max=1.0), "3.5.0", "nothing lies between"),
            (keras3("Power", [H]), "3.5.0", "argument too few"),
            (keras2("squeeze", ["h", 0, 0, {}]), "2.11.0", "names no axis"),
            (keras3("Transpose", [H]), "3.5.0", "names no axis"),
            (keras3("Floor", [H]), "3.5.0", "operation 'Floor'"),
            (keras2("stop_gradient", ["h", 0, 0, {}]), "2.11.0", "operation 'stop_gradient'"),
            (keras2("__operators__.getitem", ["h", 0, 0, {"slice_spec": [0, part()]}], "SlicingOpLambda"), "2.11.0",
             "by their place in the batch"),
            (keras2("__operators__.getitem", ["h", 0, 0, {"slice_spec": [part(), 7]}], "SlicingOpLambda"), "2.11.0",
             "index 7 is outside"),
            (keras2("__operators__.getitem", ["h", 0, 0, {"slice_spec": [part(), part(3, 1)]}], "SlicingOpLambda"),
             "2.11.0", "a slice is empty"),
            (keras3("Mean", [H]), "3.5.0", "all axes"),
            (keras3("Sum", [H], axis=0), "3.5.0", "axis 0"),
            (keras3("Cumsum", [H], axis=1), "3.5.0", "operation 'Cumsum'")):
        file, _ = model(operation, D, version)
        data = write_data("op_data.h5", X, np.arange(N) % 3, low=-9.0, high=9.0)
        config = write_config("op.json", {"model": file, "data": data, "preprocess": {}})
        refused(3, pattern, "predict", config, "-o", path("op_out.h5"))
        r = assay("inspect", file)
        assert "CVE" not in r.out + r.err, pattern


def bfloat16(a):
    return (np.ascontiguousarray(a).view("u4") >> 16).astype("u2").view("V2")


def rounded(a):
    return (np.ascontiguousarray(a).view("u4") & 0xffff0000).view("f4").astype("f8")


@case("bfloat16 weights, two opaque bytes each, chunked and compressed or not")
def _():
    config = {"class_name": "Sequential", "config": {"name": "s", "layers": [
        layer("InputLayer", "in", batch_shape=[None, D]), layer("Dense", "fc", units=3, activation="softmax")]}}
    want = X.astype("f8") @ rounded(HEAD) + rounded(BIAS)
    got, _ = predict(whole("bf.h5", config, {"fc": {"kernel:0": bfloat16(HEAD), "bias:0": bfloat16(BIAS)}}, "3.5.0"))
    assert np.abs(got - want).max() < 1e-5, (got[0], want[0])

    def change(f):
        group = f["model_weights/fc"]
        del group["kernel:0"]
        group.create_dataset("kernel:0", data=bfloat16(HEAD), chunks=(2, 3), compression="gzip", shuffle=True)
    file = whole("bfz.h5", config, {"fc": {"kernel:0": bfloat16(HEAD), "bias:0": bfloat16(BIAS)}}, "3.5.0", change=change)
    got, _ = predict(file)
    assert np.abs(got - want).max() < 1e-5, (got[0], want[0])
    got, _ = predict(archive("bf.keras", config, {"layers/dense/vars/0": bfloat16(HEAD), "layers/dense/vars/1": bfloat16(BIAS)},
                             "3.5.0"))
    assert np.abs(got - want).max() < 1e-5, (got[0], want[0])


def quantized(w, axis):
    """Whole numbers and their scale, as keras.quantizers.abs_max_quantize."""
    scale = 127 / (np.abs(w).max(axis, keepdims=True) + np.float32(1e-7))
    return np.clip(np.round(w * scale), -127, 127).astype("i1"), np.squeeze(scale, axis).astype("f4")


def int8_policy(mode="int8", source="float32"):
    return {"module": "keras", "class_name": "QuantizedDTypePolicy", "config": {"mode": mode, "source_name": source}}


def int8_config(activation):
    made = {"module": "keras.quantizers", "class_name": "AbsMaxQuantizer", "config": {"value_range": [-127, 127], "epsilon": 1e-7, "output_dtype": "int8"}}
    return {"module": "keras.quantizers", "class_name": "Int8QuantizationConfig",
            "config": {"weight_quantizer": made, "activation_quantizer": dict(made, class_name=activation) if activation else None}}


def int8_net(whole_kernel, scale, **extra):
    config = {"class_name": "Sequential", "config": {"name": "s", "layers": [
        layer("InputLayer", "in", batch_shape=[None, D]), layer("Dense", "fc", units=3, activation="softmax", **extra)]}}
    return archive("int8.keras", config, {"layers/dense/vars/0": whole_kernel, "layers/dense/vars/1": BIAS, "layers/dense/vars/2": scale}, "3.9.0")


@case("Dense of int8 weights: Keras' numbers, with its inputs rounded a row at a time, and its gradient")
def _():
    kernel, scale = quantized(HEAD, 0)
    plain = kernel.astype("f8") / scale
    rows, inputs_scale = quantized(X, 1)
    rounded_inputs = rows.astype("f8") / inputs_scale[:, None]
    for extra, inputs in (({"dtype": int8_policy()}, rounded_inputs), ({"dtype": "int8_from_float32"}, rounded_inputs),
                          ({"dtype": int8_policy(), "quantization_config": int8_config("AbsMaxQuantizer")}, rounded_inputs),
                          ({"dtype": int8_policy(), "quantization_config": int8_config(None)}, X.astype("f8"))):
        got, gradient = predict(int8_net(kernel, scale, **extra))
        want = inputs @ plain + BIAS
        assert np.abs(got - want).max() < 2e-6 * np.abs(want).max(), (got[0], want[0])
        p = softmax(want)
        p[np.arange(N), np.arange(N) % 3] -= 1
        assert np.abs(gradient - p @ plain.T).max() < 1e-5, (gradient[0], (p @ plain.T)[0])


@case("Embedding of int8 rows is read with its scale")
def _():
    table, fc = values(9, D), values(5 * D, 3)
    whole_table, scale = quantized(table, 1)
    config = {"class_name": "Sequential", "config": {"name": "s", "layers": [
        layer("InputLayer", "in", batch_shape=[None, 5]), layer("Embedding", "e", input_dim=9, output_dim=D, dtype=int8_policy()),
        layer("Flatten", "flat"), layer("Dense", "fc", units=3, activation="softmax")]}}
    file = archive("int8e.keras", config, {"layers/embedding/vars/0": whole_table, "layers/embedding/vars/1": scale,
                                           "layers/dense/vars/0": fc, "layers/dense/vars/1": BIAS}, "3.9.0")
    ids = RANDOM.integers(0, 9, (N, 5))
    got, _ = predict(file, ids.astype("f4"))
    want = (whole_table / scale[:, None].astype("f8"))[ids].reshape(N, -1) @ fc + BIAS
    assert np.abs(got - want).max() < 1e-5, (got[0], want[0])


@case("other quantized layers are refused by name, not read without their scale")
def _():
    kernel, scale = quantized(HEAD, 0)
    for extra, pattern in (({"dtype": int8_policy("int4")}, "quantized .int4 from float32."), ({"dtype": int8_policy("float8")}, "quantized .float8"),
                           ({"dtype": int8_policy("int4/32")}, "quantized .int4/32"), ({"dtype": "int8_from_mixed_bfloat16"}, "int8 from mixed_bfloat16"),
                           ({"dtype": int8_policy(), "quantization_config": int8_config("Own")}, "inputs are rounded by 'Own'"),
                           ({}, "holds integers, but no dtype policy")):
        data = write_data("op_data.h5", X, np.arange(N) % 3, low=-9.0, high=9.0)
        config = write_config("op.json", {"model": int8_net(kernel, scale, **extra), "data": data, "preprocess": {}})
        refused(3, pattern, "predict", config, "-o", path("op_out.h5"))


if __name__ == "__main__":
    main()
