"""How models end: mixtures of probabilities, what is no classifier, several inputs and outputs, against numpy."""
import json

import h5py
import numpy as np

from keras_files import layer, whole
from suite import assay, case, good, main, path, refused, same, write_config, write_data

RANDOM = np.random.default_rng(101)
N, D, T = 7, 4, 5


def values(*shape, scale=1.0):
    return (scale * RANDOM.normal(size=shape)).astype("f4")


X = RANDOM.uniform(-1, 1, size=(N, D)).astype("f4")


def ref(*names):
    return [[[n, 0, 0, {}] for n in names]]


def functional(layers, inputs, outputs):
    return {"class_name": "Functional", "config": {
        "name": "m", "layers": layers, "input_layers": [[n, 0, 0] for n in inputs],
        "output_layers": [[n, 0, 0] for n in outputs]}}


def entry(shape, name="in"):
    return layer("InputLayer", name, [], batch_input_shape=[None] + list(shape), dtype="float32")


def number(class_name, x, value, first=False):
    """An operation of Keras 3 with a number, or an array."""
    tensor = {"class_name": "__keras_tensor__", "config": {"shape": [None, 1], "dtype": "float32", "keras_history": [x, 0, 0]}}
    value = {"class_name": "__numpy__", "config": {"value": value, "dtype": "float32"}} if isinstance(value, list) else value
    return [{"args": [value, tensor] if first else [tensor, value], "kwargs": {}}], class_name


def operation(name, node, **config):
    inbound, class_name = node
    made = layer(class_name, name, inbound, **config)
    made.update(module="keras.src.ops.numpy", registered_name=class_name)
    return made


def inspect(file, *more):
    r = assay("inspect", file, "--json", *more)
    return json.loads(r.out)


def findings(file, *more):
    return {f["id"]: f for f in inspect(file, *more)["findings"]}


def predict(file, x, y, code=0, pattern=None, **keys):
    data = write_data("data.h5", x, y, low=-9.0, high=9.0)
    config = write_config("c.json", dict({"model": file, "data": data, "preprocess": {}}, **keys))
    if code:
        return refused(code, pattern, "predict", config, "-o", path("out.h5"))
    good("predict", config, "-o", path("out.h5"), "--gradient")
    with h5py.File(path("out.h5")) as f:
        return {k: f[k][...] for k in f}


def slope(loss, x):
    """Of each row's loss over its input, by central differences."""
    g, h = np.zeros(x.shape), 1e-6
    for k in np.ndindex(x.shape[1:]):
        step = np.zeros(x.shape)
        step[(slice(None),) + k] = h
        g[(slice(None),) + k] = (loss(x + step) - loss(x - step)) / (2 * h)
    return g


def log_softmax(z, axis=-1):
    z = z - z.max(axis, keepdims=True)
    return z - np.log(np.exp(z).sum(axis, keepdims=True))


def log_sum(z, axis):
    m = z.max(axis, keepdims=True)
    return np.squeeze(m, axis) + np.log(np.exp(z - m).sum(axis))


def mean_of(*logs):
    return log_sum(np.stack(logs), 0) - np.log(len(logs))


def check(what, file, log_p, x=X, classes=3):
    """log_p: float64 inputs to the logarithms of what the model gives, up to a sum that is the same for all classes."""
    y = np.arange(len(x)) % classes
    rows = np.arange(len(x))

    def loss(v):
        return -log_softmax(log_p(v))[rows, y]
    got = predict(file, x, y)
    p = np.exp(log_softmax(log_p(x.astype("f8"))))
    for name, have, want, bound in (("probabilities", got["probabilities"], p, 3e-6),
                                    ("loss", got["loss"], loss(x.astype("f8")), 3e-6),
                                    ("gradient", got["gradient"], slope(loss, x.astype("f8")), 3e-5)):
        assert have.shape == want.shape, "%s, %s: %s, not %s" % (what, name, have.shape, want.shape)
        off = np.abs(have - want).max() / max(1, np.abs(want).max())
        assert off < bound, "%s, %s: off by %g\n%s\n%s" % (what, name, off, have[0], want[0])
    same(got["predicted"].tolist(), p.argmax(1).tolist(), what + ", predicted")
    same("model.mixture" in findings(file) and "model.no_softmax" not in findings(file), True, what + ", findings")


def heads(tail, activation="softmax", units=3, scale=1.0, last="end", version="3.5.0", name="heads.h5"):
    """Three dense heads a, b, c on one input, and layers behind them; the file and the heads' pre-activations."""
    w = [values(D, units, scale=scale) for _ in "abc"]
    layers = [entry((D,))] + [layer("Dense", n, ref("in"), units=units, activation=activation, use_bias=False) for n in "abc"]
    file = whole(name, functional(layers + tail, ["in"], [last]), {n: {"kernel:0": k} for n, k in zip("abc", w)}, version)
    return file, [lambda x, k=k.astype("f8"): x @ k for k in w]


def yes_no(log_yes, log_no):
    """Logarithms of the two classes of one unit."""
    return np.concatenate([log_no, log_yes], -1)


def log_sigmoid(z):
    return -np.logaddexp(0, -z)


@case("Average, Add, Multiply, Maximum, Minimum of softmax outputs")
def _():
    for kind, log_p in (("Average", mean_of), ("Add", mean_of), ("Multiply", lambda *l: sum(l)),
                        ("Maximum", lambda *l: np.maximum.reduce(l)), ("Minimum", lambda *l: np.minimum.reduce(l))):
        for scale in (1.0, 6.0):
            file, z = heads([layer(kind, "end", ref("a", "b", "c"))], scale=scale)
            check("%s %g" % (kind, scale), file, lambda x: log_p(*[log_softmax(f(x)) for f in z]))


@case("mixtures of mixtures, with weights, numbers and layers that move values")
def _():
    mean = layer("Average", "m", ref("a", "b"))
    file, z = heads([mean, layer("Multiply", "end", ref("m", "c"))])
    check("(a + b) c", file, lambda x: mean_of(log_softmax(z[0](x)), log_softmax(z[1](x))) + log_softmax(z[2](x)))
    tail = [operation("a3", number("Multiply", "a", 0.3)), operation("b7", number("Multiply", "b", 0.7, True)),
            layer("Add", "s", ref("a3", "b7")), layer("Reshape", "r", ref("s"), target_shape=[1, 3]),
            layer("Permute", "p", ref("r"), dims=[2, 1]), layer("Flatten", "end", ref("p"))]
    file, z = heads(tail)
    check("0.3 a + 0.7 b", file, lambda x: mean_of(log_softmax(z[0](x)) + np.log(0.6), log_softmax(z[1](x)) + np.log(1.4)))
    file, z = heads([layer("Add", "s", ref("a", "b")), operation("end", number("TrueDivide", "s", 2.0))])
    check("(a + b) / 2", file, lambda x: mean_of(log_softmax(z[0](x)), log_softmax(z[1](x))))
    file, z = heads([operation("w", number("Multiply", "a", [[0.5, 2.0, 3.0]])), layer("Add", "end", ref("w", "b"))])
    check("class weights", file, lambda x: mean_of(log_softmax(z[0](x)) + np.log([0.5, 2, 3]), log_softmax(z[1](x))))
    file, z = heads([layer("Rescaling", "s", ref("a"), scale=0.5, offset=0.25), layer("Average", "end", ref("s", "b"))])
    check("0.5 a + 0.25", file, lambda x: np.log(0.5 * np.exp(log_softmax(z[0](x))) + 0.25 + np.exp(log_softmax(z[1](x)))))


@case("exponentials over their sum are a softmax")
def _():
    tail = [layer("Activation", "e", ref("a"), activation="exponential"),
            operation("s", ([{"args": [{"class_name": "__keras_tensor__", "config": {"shape": [None, 3], "dtype": "float32", "keras_history": ["e", 0, 0]}}],
                              "kwargs": {}}], "Sum"), axis=-1, keepdims=True),
            operation("d", ([{"args": [{"class_name": "__keras_tensor__", "config": {"shape": [None, 3], "dtype": "float32", "keras_history": [n, 0, 0]}}
                                       for n in "es"], "kwargs": {}}], "Divide"))]
    file, z = heads(tail, "linear", last="d")
    check("exp x / sum", file, lambda x: log_softmax(z[0](x)))


@case("mixtures of one sigmoid unit: both classes from their own logarithms")
def _():
    def logs(z):
        return [log_sigmoid(f) for f in z], [log_sigmoid(-f) for f in z]
    for kind, yes, no in (
            ("Average", lambda l, n: mean_of(*l), lambda l, n: mean_of(*n)),
            ("Maximum", lambda l, n: np.maximum.reduce(l), lambda l, n: np.minimum.reduce(n)),
            ("Minimum", lambda l, n: np.minimum.reduce(l), lambda l, n: np.maximum.reduce(n)),
            ("Multiply", lambda l, n: sum(l), lambda l, n: log_sum(np.stack([n[0], l[0] + n[1], l[0] + l[1] + n[2]]), 0))):
        for scale in (1.0, 6.0):
            file, z = heads([layer(kind, "end", ref("a", "b", "c"))], "sigmoid", 1, scale)
            check("%s %g" % (kind, scale), file, lambda x: yes_no(*(f(*logs([g(x) for g in z])) for f in (yes, no))), classes=2)
    tail = [operation("a3", number("Multiply", "a", 0.25)), operation("b7", number("Multiply", "b", 0.75)),
            layer("Add", "end", ref("a3", "b7"))]
    file, z = heads(tail, "sigmoid", 1)
    check("0.25 a + 0.75 b", file, lambda x: yes_no(*(mean_of(f(z[0](x)) + np.log(0.5), f(z[1](x)) + np.log(1.5))
                                                      for f in (log_sigmoid, lambda v: log_sigmoid(-v)))), classes=2)
    tail = [layer("Average", "m", ref("a", "b")), operation("n", number("Subtract", "m", 1.0, True)),
            layer("Concatenate", "end", ref("n", "m"), axis=-1)]
    file, z = heads(tail, "sigmoid", 1)
    check("[1 - m, m]", file, lambda x: yes_no(mean_of(log_sigmoid(z[0](x)), log_sigmoid(z[1](x))),
                                               mean_of(log_sigmoid(-z[0](x)), log_sigmoid(-z[1](x)))), classes=2)


def steps(tail, activation, units, inner="Dense", shape=(T, D), scale=2.0, change=None):
    w = values(shape[-1], units, scale=scale)
    dense = {"class_name": "Dense", "config": {"name": "d", "units": units, "activation": activation, "use_bias": False}}
    layers = [entry(shape), layer("TimeDistributed", "td", ref("in"), layer=dense)] + tail
    file = whole("steps.h5", functional(layers, ["in"], ["end"]), {"td": {"kernel:0": w}}, "2.11.0")
    return file, lambda x: x @ w.astype("f8")


@case("a softmax or sigmoid at every step, then pooling")
def _():
    x = RANDOM.uniform(-1, 1, size=(N, T, D)).astype("f4")
    pool = [layer("GlobalAveragePooling1D", "end", ref("td"))]
    file, z = steps(pool, "softmax", 3)
    check("mean of softmax", file, lambda v: log_sum(log_softmax(z(v)), 1), x)
    file, z = steps([layer("GlobalMaxPooling1D", "end", ref("td"))], "softmax", 3)
    check("max of softmax", file, lambda v: log_softmax(z(v)).max(1), x)
    file, z = steps(pool, "sigmoid", 1)
    check("mean of sigmoid", file, lambda v: yes_no(log_sum(log_sigmoid(z(v)), 1), log_sum(log_sigmoid(-z(v)), 1)), x, 2)
    file, z = steps([layer("GlobalMaxPooling1D", "end", ref("td"))], "sigmoid", 1)
    check("max of sigmoid", file, lambda v: yes_no(log_sigmoid(z(v)).max(1), log_sigmoid(-z(v)).min(1)), x, 2)
    w = values(D, 3)
    dense = {"class_name": "Dense", "config": {"name": "d", "units": 3, "activation": "linear", "use_bias": False}}
    layers = [entry((T, D)), layer("TimeDistributed", "td", ref("in"), layer=dense),
              layer("TimeDistributed", "s", ref("td"), layer={"class_name": "Softmax", "config": {"name": "sm", "axis": -1}}),
              layer("AveragePooling1D", "p", ref("s"), pool_size=[3], strides=[2], padding="same"),
              layer("MaxPooling1D", "q", ref("p"), pool_size=[2], strides=[1], padding="valid"),
              layer("GlobalAveragePooling1D", "end", ref("q"))]
    file = whole("steps.h5", functional(layers, ["in"], ["end"]), {"td": {"kernel:0": w}}, "2.11.0")

    def windows(v):
        s = log_softmax(v @ w.astype("f8"))
        p = np.stack([log_sum(s[:, 0:2], 1) - np.log(2), log_sum(s[:, 1:4], 1) - np.log(3), log_sum(s[:, 3:5], 1) - np.log(2)], 1)
        return log_sum(np.stack([p[:, 0:2].max(1), p[:, 1:3].max(1)], 1), 1)
    check("windows", file, windows, x)


@case("a mask says which steps of a mixture count")
def _():
    x = RANDOM.uniform(-1, 1, size=(N, T, D)).astype("f4")
    for i in range(N):
        x[i, 1 + i % T:] = 0
    w = values(D, 3, scale=2)
    dense = {"class_name": "Dense", "config": {"name": "d", "units": 3, "activation": "softmax", "use_bias": False}}
    layers = [entry((T, D)), layer("Masking", "mask", ref("in"), mask_value=0.0),
              layer("TimeDistributed", "td", ref("mask"), layer=dense), layer("GlobalAveragePooling1D", "end", ref("td"))]
    file = whole("masked.h5", functional(layers, ["in"], ["end"]), {"td": {"kernel:0": w}}, "2.11.0")
    keep = (x != 0).any(2)
    y = np.arange(N) % 3
    got = predict(file, x, y)
    s = np.exp(log_softmax(x.astype("f8") @ w.astype("f8")))
    p = (s * keep[..., None]).sum(1) / keep.sum(1)[:, None]
    assert np.abs(got["probabilities"] - p).max() < 3e-6, (got["probabilities"][0], p[0])
    assert np.abs(got["loss"] + np.log(p[np.arange(N), y])).max() < 3e-6
    assert np.abs(got["gradient"][~keep]).max() == 0 < np.abs(got["gradient"][keep]).min(1).max()


@case("an image of softmax outputs over any axis, pooled")
def _():
    x = RANDOM.uniform(-1, 1, size=(N, 3, 4, 2)).astype("f4")
    w = values(1, 1, 2, 3, scale=3)
    conv = layer("Conv2D", "conv", ref("in"), filters=3, kernel_size=[1, 1], activation="linear", use_bias=False)
    for tail, log_p in (
            ([layer("Softmax", "s", ref("conv"), axis=-1), layer("GlobalAveragePooling2D", "end", ref("s"))],
             lambda z: log_sum(log_sum(log_softmax(z), 1), 1)),
            ([layer("Permute", "t", ref("conv"), dims=[3, 1, 2]), layer("Softmax", "s", ref("t"), axis=1),
              layer("Permute", "u", ref("s"), dims=[2, 3, 1]), layer("GlobalMaxPooling2D", "end", ref("u"))],
             lambda z: log_softmax(z).max((1, 2)))):
        file = whole("image.h5", functional([entry((3, 4, 2)), conv] + tail, ["in"], ["end"]), {"conv": {"kernel:0": w}}, "2.11.0")
        check(tail[0]["class_name"], file, lambda v: log_p(v @ w[0, 0].astype("f8")), x)


@case("heads that are sure and disagree: float32 loses nothing that tells the classes apart")
def _():
    x = RANDOM.uniform(-1, 1, size=(200, D)).astype("f4")
    y, rows = np.arange(200) % 3, np.arange(200)
    for tail, weights in (([layer("Average", "end", ref("a", "b"))], [0.5, 0.5]),
                          ([layer("Average", "m", ref("a", "b")), layer("Average", "end", ref("m", "c"))], [0.25, 0.25, 0.5])):
        file, z = heads(tail, scale=12)
        got = predict(file, x, y)
        log_p = log_sum(np.stack([log_softmax(f(x.astype("f8"))) + np.log(w) for f, w in zip(z, weights)]), 0)
        same(got["predicted"].tolist(), log_p.argmax(1).tolist(), "predicted")
        loss = -log_p[rows, y]
        assert np.abs(got["loss"] - loss).max() < 1e-5 * loss.max(), (got["loss"], loss)
        assert np.abs(got["gradient"]).max(1).min() > 0


@case("what cannot be computed from logarithms is refused by name, and inspect says so")
def _():
    softmax = lambda tail, **more: heads(tail, name="heads%d.h5" % RANDOM.integers(1 << 40), **more)[0]
    for what, file, pattern in (
            ("a sum of sigmoids", softmax([layer("Add", "end", ref("a", "b"))], activation="sigmoid", units=1),
             "'end' \\(add\\).*leave the range"),
            ("separate answers", softmax([layer("Average", "end", ref("a", "b"))], activation="sigmoid"),
             "'end' \\(average\\).*not of one choice among 3"),
            ("joined softmaxes", softmax([layer("Concatenate", "end", ref("a", "b"), axis=-1)]), "'end' \\(concatenate\\).*not of one choice among 6"),
            ("a difference", softmax([layer("Subtract", "end", ref("a", "b"))]), "'end' \\(subtract\\).*leave the range"),
            ("tanh", softmax([layer("Average", "m", ref("a", "b")), layer("Activation", "end", ref("m"), activation="tanh")]),
             "'end' \\(activation\\).*cannot be computed"),
            ("scores and probabilities", softmax([layer("Activation", "s", ref("a"), activation="softmax"), layer("Average", "end", ref("s", "b"))],
                                                 activation="linear"), "'b' \\(dense\\).*cannot be computed"),
            ("hard sigmoids", softmax([layer("Average", "end", ref("a", "b"))], activation="hard_sigmoid", units=1), "'a/hard_sigmoid.*cannot be computed"),
            ("a padded line", steps([layer("ZeroPadding1D", "z", ref("td"), padding=1), layer("GlobalAveragePooling1D", "end", ref("z"))], "softmax", 3)[0],
             "'z' \\(zero_padding1d\\).*cannot be computed")):
        same("model.head" in findings(file), True, what)
        shape = (N, T, D) if what == "a padded line" else (N, D)
        predict(file, np.zeros(shape, "f4"), np.zeros(N, int), 3, pattern)


@case("probabilities that gate scores leave them scores")
def _():
    file, z = heads([layer("Activation", "g", ref("a"), activation="sigmoid"), layer("Multiply", "end", ref("g", "b"))], "linear")
    same("model.no_softmax" in findings(file), True, "gate")
    got = predict(file, X, np.zeros(N, int))
    want = np.exp(log_sigmoid(z[0](X.astype("f8")))) * z[1](X.astype("f8"))
    assert np.abs(got["logits"] - want).max() < 1e-5


# ---- what is no classifier ----

def plain(units, activation="linear", loss=None, inputs=D, tail=(), last="fc", training=None):
    layers = [entry((inputs,)), layer("Dense", "h", ref("in"), units=8, activation="relu"),
              layer("Dense", "fc", ref("h"), units=units, activation=activation)] + list(tail)
    training = {"loss": loss, "metrics": [], "optimizer_config": {"class_name": "Adam", "config": {}}} if loss else training
    return whole("plain%d.h5" % RANDOM.integers(1 << 40), functional(layers, ["in"], [last]),
                 {"h": {"kernel:0": values(inputs, 8), "bias:0": values(8)}, "fc": {"kernel:0": values(8, units), "bias:0": values(units)}},
                 "2.11.0", training=training)


def ids(file, *more):
    return {k for k in findings(file, *more) if k in ("model.no_classifier", "model.doubtful_classifier", "model.head")}


def labelled(classes, inputs=D):
    return write_data("labelled%d.h5" % classes, np.zeros((classes, inputs), "f4"), np.arange(classes), low=-9.0, high=9.0)


LOSSES = ("mse", "mean_squared_error", "MAE", "mean_absolute_error", "huber", "Huber", "log_cosh", "mape", "msle", "poisson", "cosine_similarity",
          {"class_name": "MeanSquaredError", "config": {"reduction": "auto", "name": "mean_squared_error"}},
          {"class_name": "function", "config": "mean_absolute_error"}, ["mse"], {"fc": "mse"})


@case("a saved loss of a regression: refused, or a warning where the data set has as many classes")
def _():
    for loss in LOSSES:
        file = plain(3, loss=loss)
        same(ids(file), {"model.doubtful_classifier"}, "alone, %s" % loss)
        same(ids(file, "--data", labelled(3)), {"model.doubtful_classifier"}, "3 classes, %s" % loss)
        same(ids(file, "--data", labelled(2)), {"model.no_classifier"}, "2 classes, %s" % loss)
    predict(plain(3, loss="mse"), np.zeros((2, D), "f4"), [0, 1], 3, "trained with the loss 'mse', a regression's; and it has 3 outputs where the data set has 2 classes")
    got = predict(plain(3, loss="mse"), np.zeros((3, D), "f4"), [0, 1, 2])
    same(got["logits"].shape, (3, 3), "scores that may be meant")
    same(ids(plain(1, "sigmoid", "mse")), {"model.doubtful_classifier"}, "one sigmoid unit")
    same(ids(plain(1, loss="mse")), {"model.head"}, "one plain unit")
    for file in (plain(3, "softmax", "mse"), plain(3, loss="sparse_categorical_crossentropy"), plain(3), plain(1, "sigmoid", "binary_crossentropy"),
                 plain(3, loss={"class_name": "SparseCategoricalCrossentropy", "config": {"from_logits": True}}), plain(D, loss="categorical_hinge")):
        same(ids(file), set(), "a classifier")


@case("autoencoders: as many outputs as inputs, in any shape")
def _():
    same(ids(plain(D, loss="mse")), {"model.no_classifier"}, "with its loss")
    same(ids(plain(D)), {"model.doubtful_classifier"}, "without")
    same(ids(plain(D), "--data", labelled(2)), {"model.no_classifier"}, "two classes")
    same(ids(plain(D), "--data", labelled(D)), set(), "as many classes as features")
    same(ids(plain(D, "softmax"), "--data", labelled(2)), set(), "softmax")
    predict(plain(D), np.zeros((2, D), "f4"), [0, 1], 3, "as many numbers as it takes, 4, like an autoencoder; and it has 4 outputs where the data set has 2 classes")
    predict(plain(D, "sigmoid"), np.zeros((2, D), "f4"), [0, 1], 3, "4 sigmoid units.*like an autoencoder")
    file = plain(D, tail=[layer("Reshape", "r", ref("fc"), target_shape=[2, 2])], last="r")
    predict(file, np.zeros((2, D), "f4"), [0, 1], 3, "shape 2x2.*like an autoencoder")


def backbone(tail, last, open_input=False, filters=6):
    shape = (None, None, 2) if open_input else (8, 8, 2)
    layers = [entry(shape), layer("Conv2D", "conv", ref("in"), filters=filters, kernel_size=[3, 3], activation="relu")] + tail
    return whole("back%d.h5" % RANDOM.integers(1 << 40), functional(layers, ["in"], [last]),
                 {"conv": {"kernel:0": values(3, 3, 2, filters), "bias:0": values(filters)}}, "2.11.0")


@case("headless backbones: what ends in pooling is refused unless the classes are as many")
def _():
    for kind in ("GlobalAveragePooling2D", "GlobalMaxPooling2D"):
        file = backbone([layer(kind, "pool", ref("conv"))], "pool")
        same(ids(file), {"model.doubtful_classifier"}, kind)
        for classes, want in ((2, {"model.no_classifier"}), (6, set())):
            data = write_data("image%d.h5" % classes, np.zeros((classes, 8, 8, 2), "f4"), np.arange(classes))
            same(ids(file, "--data", data), want, "%s, %d classes" % (kind, classes))
    predict(file, np.zeros((2, 8, 8, 2), "f4"), [0, 1], 3, "ends in layer 3 'pool' \\(global_max_pooling2d\\), like a backbone.*6 outputs.*2 classes")
    predict(backbone([], "conv"), np.zeros((2, 8, 8, 2), "f4"), [0, 1], 3, "not class scores|one row of class scores")
    file = plain(6)
    same(ids(file, "--data", labelled(2)), {"model.doubtful_classifier"}, "more scores than classes, and nothing else known")


@case("inspect says of an open input what predict would refuse")
def _():
    good_one = backbone([layer("GlobalAveragePooling2D", "pool", ref("conv")), layer("Activation", "s", ref("pool"), activation="softmax")], "s", True)
    same({"model.head", "model.open_input"} & set(findings(good_one)), {"model.open_input"}, "a classifier of any size")
    for tail, last, pattern in (([layer("Activation", "s", ref("conv"), activation="softmax")], "s", "one row of class scores"),
                                ([layer("GlobalAveragePooling2D", "pool", ref("conv")), layer("Activation", "s", ref("pool"), activation="sigmoid")],
                                 "s", "6 sigmoid units"),
                                ([layer("GlobalAveragePooling2D", "pool", ref("conv")), layer("Activation", "s", ref("pool"), activation="tanh")],
                                 "s", "not class scores")):
        file = backbone(tail, last, True)
        found = findings(file)
        assert pattern in found["model.head"]["message"], found
        predict(file, np.zeros((2, 8, 8, 2), "f4"), [0, 1], 3, pattern)
    file = backbone([layer("GlobalAveragePooling2D", "pool", ref("conv"))], "pool", True)
    same(ids(file), {"model.doubtful_classifier"}, "a backbone of any size")
    only = [layer("Conv2D", "big", ref("conv"), filters=3, kernel_size=[222, 222], activation="softmax")]
    shape = {"conv": {"kernel:0": values(3, 3, 2, 6), "bias:0": values(6)}, "big": {"kernel:0": np.zeros((222, 222, 6, 3), "f4"), "bias:0": values(3)}}
    layers = [entry((None, None, 2)), layer("Conv2D", "conv", ref("in"), filters=6, kernel_size=[3, 3], activation="relu")] + only
    same(ids(whole("only224.h5", functional(layers, ["in"], ["big"]), shape, "2.11.0")), set(), "a classifier of 224 x 224 alone")


main()
