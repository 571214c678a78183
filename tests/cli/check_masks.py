"""Masks of Embedding and Masking through the layers that heed them: logits against numpy, gradients against differences
of those in double precision."""
import h5py
import numpy as np

from keras_files import archive, layer, whole
from suite import case, good, main, path, refused, write_config, write_data

RANDOM = np.random.default_rng(31)
STEPS, FEATURES, UNITS, VOCABULARY = 5, 3, 4, 7
TOKENS = np.array([[1, 2, 0, 0, 0], [3, 0, 4, 0, 6], [0, 0, 1, 2, 3], [0, 5, 0, 0, 1], [6, 5, 4, 3, 2], [2, 0, 0, 0, 0]], "f4")


def values(*shape):
    return RANDOM.normal(size=shape).astype("f4")


def series(n=6):
    x = values(n, STEPS, FEATURES)
    x[0, 2:] = 0
    x[1, [1, 3]] = 0
    x[2, :2] = 0
    x[3, 0] = 0
    x[4, 4, 0] = 0  # one feature alone: the step counts
    return x


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


# ---- the layers, in double precision; mask: [n, steps] of booleans, or None ----

def steps(x, mask, backwards):
    order = range(x.shape[1] - 1, -1, -1) if backwards else range(x.shape[1])
    return [(x[:, t], np.ones(len(x), bool) if mask is None else mask[:, t]) for t in order]


def run(step, state, x, mask, sequences, backwards, zero):
    out = []
    for now, counts in steps(x, mask, backwards):
        new = step(now, *state)
        state = [np.where(counts[:, None], a, b) for a, b in zip(new, state)]
        out.append(np.where(counts[:, None], state[0], 0) if zero else state[0])
    return np.stack(out, 1) if sequences else state[0]


def simple(w, x, mask, sequences=False, backwards=False, zero=False):
    def step(now, h):
        return [np.tanh(now @ w[0] + w[2] + h @ w[1])]
    return run(step, [np.zeros((len(x), UNITS))], x, mask, sequences, backwards, zero)


def lstm(w, x, mask, sequences=False, backwards=False, zero=False):
    def step(now, h, c):
        i, f, g, o = np.split(now @ w[0] + w[2] + h @ w[1], 4, 1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        return [sigmoid(o) * np.tanh(c), c]
    return run(step, [np.zeros((len(x), UNITS))] * 2, x, mask, sequences, backwards, zero)


def gru(w, x, mask, sequences=False, backwards=False, zero=False):
    def step(now, h):
        xz, xr, xg = np.split(now @ w[0] + w[2][0], 3, 1)
        hz, hr, hg = np.split(h @ w[1] + w[2][1], 3, 1)
        z, r = sigmoid(xz + hz), sigmoid(xr + hr)
        return [z * h + (1 - z) * np.tanh(xg + r * hg)]
    return run(step, [np.zeros((len(x), UNITS))], x, mask, sequences, backwards, zero)


CELLS = {"SimpleRNN": (simple, 1, 1), "LSTM": (lstm, 4, 1), "GRU": (gru, 3, 2)}


def cell_weights(class_name, features=FEATURES):
    _, gates, sets = CELLS[class_name]
    bias = values(gates * UNITS) if sets == 1 else values(2, gates * UNITS)
    return [values(features, gates * UNITS), values(UNITS, gates * UNITS), bias]


def named(weights, where=""):
    return {where + k + ":0": v for k, v in zip(("kernel", "recurrent_kernel", "bias"), weights)}


def softmax(z):
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def mean(x, mask):
    return (x * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)


def attend(q, v, q_mask, v_mask):
    scores = q @ v.transpose(0, 2, 1) - 1e9 * ~v_mask[:, None]
    return softmax(scores) @ v * q_mask[..., None]


# ---- models ----

def sequential(first, *layers):
    return {"class_name": "Sequential", "config": {"name": "s", "layers": [first] + list(layers)}}


def embedding():
    return layer("Embedding", "embedding", input_dim=VOCABULARY, output_dim=FEATURES, mask_zero=True,
                 batch_input_shape=[None, STEPS])


def masking(value=0.0):
    return layer("Masking", "masking", mask_value=value, batch_input_shape=[None, STEPS, FEATURES])


def head():
    return layer("Dense", "head", units=3, activation="softmax")


def cell(class_name, name="cell", **config):
    return layer(class_name, name, units=UNITS, activation="tanh", **dict(
        {} if class_name == "SimpleRNN" else {"recurrent_activation": "sigmoid"},
        **({"reset_after": True} if class_name == "GRU" else {}), **config))


def same(got, want, tolerance):
    error = np.abs(got - want).max()
    assert got.shape == want.shape and error < tolerance, "off by %g\n%s\n%s" % (error, got[0], want[0])


def logits(name, model, x, gradient=False):
    data = write_data(name + "_data.h5", x, np.arange(len(x)) % 3, low=-9.0, high=9.0)
    config = write_config(name + ".json", {"model": model, "data": data, "preprocess": {}})
    good("predict", config, "-o", path(name + "_out.h5"), *["--gradient"] * gradient)
    with h5py.File(path(name + "_out.h5")) as f:
        return f["logits"][...], (f["gradient"][...] if "gradient" in f else None)


def loss_of(z):
    return np.log(np.exp(z).sum(1)) - z[np.arange(len(z)), np.arange(len(z)) % 3]


def difference(function, x):
    """Gradient of cross-entropy by central differences; the mask stays what it is at x."""
    g, h = np.zeros(x.shape), 1e-5
    for at in np.ndindex(x.shape[1:]):
        step = np.zeros(x.shape)
        step[(slice(None),) + at] = h
        g[(slice(None),) + at] = (loss_of(function(x + step)) - loss_of(function(x - step))) / (2 * h)
    return g


def check(name, config, weights, function, x, mask, gradient=True, **how):
    """function(x, mask): logits in double."""
    model = whole(f"{name}.h5", config, weights, **how)
    got, slope = logits(name, model, x, gradient)
    x = x.astype("f8")
    same(got, function(x, mask), 2e-5)
    if gradient:
        want = difference(lambda v: function(v, mask), x)
        same(slope, want * (mask[..., None] if mask is not None else 1), 2e-4)


def of_masking(name, layers, weights, inner, **how):
    w = values(*[how.pop("width", UNITS), 3]), values(3)
    x = series()
    check(name, sequential(masking(), *layers, head()), dict(weights, head={"kernel:0": w[0], "bias:0": w[1]}),
          lambda v, m: inner(v, m) @ w[0] + w[1], x, (x != 0).any(-1), **how)


@case("recurrent layers skip masked steps")
def _():
    for class_name, (function, _, _) in CELLS.items():
        for backwards in (False, True):
            w = cell_weights(class_name)
            of_masking(f"{class_name}{backwards}", [cell(class_name, go_backwards=backwards)], {"cell": named(w)},
                       lambda v, m: function(w, v, m, backwards=backwards))


@case("masks go through sequences")
def _():
    for class_name, (function, _, _) in CELLS.items():
        for zero in (False, True):
            w, u = cell_weights(class_name), cell_weights(class_name, UNITS)
            of_masking(f"two_{class_name}{zero}", [cell(class_name, return_sequences=True, zero_output_for_mask=zero),
                                                   layer("Dropout", "drop", rate=0.5),
                                                   cell(class_name, "second")],
                       {"cell": named(w), "second": named(u)},
                       lambda v, m: function(u, function(w, v, m, True, zero=zero), m))


@case("outputs at masked steps are those before or zero")
def _():
    for zero in (False, True):
        w = cell_weights("LSTM")
        of_masking(f"flat{zero}", [cell("LSTM", return_sequences=True, zero_output_for_mask=zero),
                                   layer("Flatten", "flat")], {"cell": named(w)},
                   lambda v, m: lstm(w, v, m, True, zero=zero).reshape(len(v), -1), width=UNITS * STEPS)


@case("both directions follow the mask")
def _():
    for version, zero in (("2.11.0", True), ("2.2.4", False)):
        for class_name, (function, _, _) in CELLS.items():
            w, b = cell_weights(class_name), cell_weights(class_name)
            inner = cell(class_name, return_sequences=True)

            def both(v, m, function=function, w=w, b=b):
                ahead = function(w, v, m, True, zero=zero)
                return np.concatenate([ahead, function(b, v, m, True, True, zero)[:, ::-1]], -1).reshape(len(v), -1)
            of_masking(f"both_{class_name}{zero}", [layer("Bidirectional", "both", layer=inner, merge_mode="concat"),
                                                    layer("Flatten", "flat")],
                       {"both": dict(named(w, "both/forward_cell/"), **named(b, "both/backward_cell/"))}, both,
                       width=2 * UNITS * STEPS, version=version)


@case("pooling takes the mean of what counts")
def _():
    w = values(FEATURES, UNITS), values(UNITS)
    of_masking("pool", [layer("TimeDistributed", "steps", layer=layer("Dense", "inner", units=UNITS)),
                        layer("GlobalAveragePooling1D", "pool")], {"steps": {"kernel:0": w[0], "bias:0": w[1]}},
               lambda v, m: mean(v @ w[0] + w[1], m))


@case("layers without masks lose them")
def _():
    w = values(2, FEATURES, UNITS), values(UNITS)

    def convolved(v, m):
        z = v * m[..., None]
        return (np.stack([z[:, t] @ w[0][0] + z[:, t + 1] @ w[0][1] for t in range(STEPS - 1)], 1) + w[1]).mean(1)
    of_masking("lost", [layer("Conv1D", "conv", filters=UNITS, kernel_size=[2], padding="valid"),
                        layer("GlobalAveragePooling1D", "pool")], {"conv": {"kernel:0": w[0], "bias:0": w[1]}}, convolved)


@case("another mask value")
def _():
    w = cell_weights("GRU")
    x = series()
    x[x == 0] = -1
    x[4, 4, 0] = -1
    m = (x != -1).any(-1)
    h = values(UNITS, 3), values(3)
    check("value", sequential(masking(-1.0), cell("GRU"), head()),
          {"cell": named(w), "head": {"kernel:0": h[0], "bias:0": h[1]}},
          lambda v, k: gru(w, v * k[..., None], k) @ h[0] + h[1], x, m)


@case("padding of tokens is skipped")
def _():
    table, h = values(VOCABULARY, FEATURES), (values(UNITS, 3), values(3))
    for class_name, (function, _, _) in CELLS.items():
        w = cell_weights(class_name)
        check(f"tokens_{class_name}", sequential(embedding(), layer("BatchNormalization", "norm", scale=False, center=False,
                                                                    epsilon=0.0), cell(class_name), head()),
              {"embedding": {"embeddings:0": table}, "cell": named(w), "head": {"kernel:0": h[0], "bias:0": h[1]},
               "norm": {"moving_mean:0": np.zeros(FEATURES, "f4"), "moving_variance:0": np.ones(FEATURES, "f4")}},
              lambda v, m: function(w, table[v.astype(int)], m) @ h[0] + h[1], TOKENS, TOKENS != 0, gradient=False)


def tensor(name):
    return {"class_name": "__keras_tensor__", "config": {"shape": [None, STEPS], "dtype": "float32", "keras_history": [name, 0, 0]}}


def call(*args, **kwargs):
    return [{"args": list(args), "kwargs": kwargs}]


def functional(layers, inputs, output):
    return {"class_name": "Functional", "config": {"name": "m", "layers": layers, "input_layers": [[inputs, 0, 0]],
                                                   "output_layers": [[output, 0, 0]]}}


@case("attention leaves padding out")
def _():
    table, h = values(VOCABULARY, FEATURES), (values(FEATURES, 3), values(3))
    layers = [layer("InputLayer", "in", [], batch_input_shape=[None, STEPS]),
              layer("Embedding", "embedding", [[["in", 0, 0, {}]]], input_dim=VOCABULARY, output_dim=FEATURES, mask_zero=True),
              layer("Attention", "attention", [[["embedding", 0, 0, {}], ["embedding", 0, 0, {}]]], use_scale=False),
              layer("GlobalAveragePooling1D", "pool", [[["attention", 0, 0, {}]]]),
              layer("Dense", "head", [[["pool", 0, 0, {}]]], units=3, activation="softmax")]
    t = table.astype("f8")

    def net(v, m):
        e = t[v.astype(int)]
        return mean(attend(e, e, m, m), m) @ h[0] + h[1]
    check("attention", functional(layers, "in", "head"), {"embedding": {"embeddings:0": table}, "attention": {},
                                                          "head": {"kernel:0": h[0], "bias:0": h[1]}},
          net, TOKENS, TOKENS != 0, gradient=False)
    layers[1] = layer("Masking", "embedding", [[["in", 0, 0, {}]]], mask_value=0.0)
    layers[0] = layer("InputLayer", "in", [], batch_input_shape=[None, STEPS, FEATURES])
    x = series()
    check("attention_slope", functional(layers, "in", "head"), {"attention": {}, "head": {"kernel:0": h[0], "bias:0": h[1]}},
          lambda v, m: mean(attend(v, v, m, m), m) @ h[0] + h[1], x, (x != 0).any(-1))


def heads_of(w, q, v, q_mask, v_mask):
    """MultiHeadAttention with kernels w[0..2] (features, heads, size), w[3] (heads, size, features); no biases."""
    query, key, value = (np.einsum("ntf,fhs->nhts", a, k.astype("f8")) for a, k in zip((q, v, v), w))
    scores = query @ key.transpose(0, 1, 3, 2) / np.sqrt(w[0].shape[2])
    scores = np.where((q_mask[:, :, None] & v_mask[:, None])[:, None], scores, -1e9)
    return np.einsum("nhts,hsf->ntf", softmax(scores) @ value, w[3].astype("f8"))


@case("attention in several heads leaves padding out, from Keras 2.10 on; masks given by name too")
def _():
    w = values(FEATURES, 2, 3), values(FEATURES, 2, 3), values(FEATURES, 2, 3), values(2, 3, FEATURES)
    h = values(FEATURES * STEPS, 3), values(3)
    stored = {"query/kernel:0": w[0], "key/kernel:0": w[1], "value/kernel:0": w[2], "attention_output/kernel:0": w[3]}
    layers = [layer("InputLayer", "in", [], batch_input_shape=[None, STEPS, FEATURES]),
              layer("Masking", "masking", [[["in", 0, 0, {}]]], mask_value=0.0),
              layer("MultiHeadAttention", "heads", [[["masking", 0, 0, {"value": ["masking", 0, 0]}]]], num_heads=2,
                    key_dim=3, use_bias=False),
              layer("Flatten", "flat", [[["heads", 0, 0, {}]]]),
              layer("Dense", "head", [[["flat", 0, 0, {}]]], units=3, activation="softmax")]
    x = series()
    full = np.ones(x.shape[:2], bool)
    for version, follows in (("2.11.0", True), ("2.9.0", False)):
        check("heads" + version, functional(layers, "in", "head"),
              {"heads": stored, "head": {"kernel:0": h[0], "bias:0": h[1]}},
              lambda v, m, follows=follows: heads_of(w, v, v, *[m if follows else full] * 2).reshape(len(v), -1) @ h[0]
              + h[1], x, (x != 0).any(-1), version=version)
    layers[0] = layer("InputLayer", "in", [], batch_shape=[None, STEPS, FEATURES])
    layers[1:3] = [dict(layer("NotEqual", "unlike", call(tensor("in"), 1.0)), module="keras.src.ops.numpy"),
                   dict(layer("Any", "any", call(tensor("unlike")), axis=-1), module="keras.src.ops.numpy"),
                   layer("MultiHeadAttention", "heads", call(tensor("in"), value=tensor("in"), key_mask=tensor("any")),
                         num_heads=2, key_dim=3, use_bias=False)]
    x[0, 1] = x[2, 3] = 1
    model = whole("heads_given.h5", functional(layers, "in", "head"),
                  {"heads": stored, "head": {"kernel:0": h[0], "bias:0": h[1]}}, version="3.5.0")
    got, _ = logits("heads_given", model, x)
    v = x.astype("f8")
    same(got, heads_of(w, v, v, full, (x != 1).any(-1)).reshape(len(v), -1) @ h[0] + h[1], 2e-5)


@case("merged masks by version")
def _():
    """Two masks of one input: Keras 2 counts a step that counts in both, Keras 3 one that counts in either."""
    w, h = cell_weights("LSTM"), (values(UNITS, 3), values(3))
    x = series()
    x[0, 0], x[1, 2], x[4, 1] = 1, 1, 1  # left out by the second Masking
    layers = [layer("InputLayer", "in", [], batch_input_shape=[None, STEPS, FEATURES]),
              layer("Masking", "a", [[["in", 0, 0, {}]]], mask_value=0.0), layer("Masking", "b", [[["in", 0, 0, {}]]], mask_value=1.0),
              layer("Add", "add", [[["a", 0, 0, {}], ["b", 0, 0, {}]]]), dict(cell("LSTM"), name="cell", inbound_nodes=[[["add", 0, 0, {}]]]),
              layer("Dense", "head", [[["cell", 0, 0, {}]]], units=3, activation="softmax")]
    zeros, ones = (x != 0).any(-1), (x != 1).any(-1)
    v = x.astype("f8")
    both = v * zeros[..., None] + v * ones[..., None]
    for version, mask in (("2.11.0", zeros & ones), ("3.5.0", zeros | ones)):
        model = whole(f"merged{version}.h5", functional(layers, "in", "head"),
                      {"cell": named(w), "head": {"kernel:0": h[0], "bias:0": h[1]}}, version=version)
        got, _ = logits(f"merged{version}", model, x)
        same(got, lstm(w, both, mask) @ h[0] + h[1], 2e-5)


@case("masks written out by keras 3")
def _():
    """Functional models of Keras 3 have the mask's operations among the layers, and say mask=... at each call."""
    table, w, h = values(VOCABULARY, FEATURES), cell_weights("LSTM"), (values(UNITS, 3), values(3))
    layers = [layer("InputLayer", "in", [], batch_shape=[None, STEPS], dtype="float32"),
              layer("NotEqual", "not_equal", call(tensor("in"), 0)),
              layer("Embedding", "embedding", call(tensor("in")), input_dim=VOCABULARY, output_dim=FEATURES, mask_zero=True),
              layer("Dropout", "drop", call(tensor("embedding"), training=False), rate=0.2),
              dict(cell("LSTM"), name="cell", inbound_nodes=call(tensor("drop"), mask=tensor("not_equal"), training=False)),
              layer("Dense", "head", call(tensor("cell")), units=3, activation="softmax")]
    layers[1].update(module="keras.src.ops.numpy", registered_name="NotEqual")
    arrays = {"layers/embedding/vars/0": table, "layers/lstm/cell/vars/0": w[0], "layers/lstm/cell/vars/1": w[1],
              "layers/lstm/cell/vars/2": w[2], "layers/dense/vars/0": h[0], "layers/dense/vars/1": h[1]}
    model = archive("explicit.keras", functional(layers, "in", "head"), arrays, version="3.5.0")
    t = table.astype("f8")
    got, _ = logits("explicit", model, TOKENS)
    same(got, lstm(w, t[TOKENS.astype(int)], TOKENS != 0) @ h[0] + h[1], 2e-5)
    del layers[2]["config"]["mask_zero"]  # the mask of the call is enough
    got, _ = logits("given", archive("given.keras", functional(layers, "in", "head"), arrays, version="3.5.0"), TOKENS)
    same(got, lstm(w, t[TOKENS.astype(int)], TOKENS != 0) @ h[0] + h[1], 2e-5)


def said(model, pattern):
    data = write_data("refused_data.h5", series(), np.arange(6) % 3, low=-9.0, high=9.0)
    config = write_config("refused.json", {"model": model, "data": data, "preprocess": {}})
    refused(3, pattern, "predict", config, "-o", path("refused_out.h5"))


@case("what is not followed is refused")
def _():
    states = [layer("InputLayer", "in", [], batch_input_shape=[None, STEPS, STEPS]),
              layer("GlobalAveragePooling1D", "pool", [[["in", 0, 0, {}]]]),
              dict(layer("GRU", "cell", units=STEPS), name="cell", inbound_nodes=[[["in", 0, 0, {}], ["pool", 0, 0, {}]]]),
              layer("Dense", "head", [[["cell", 0, 0, {}]]], units=3, activation="softmax")]
    said(whole("states.h5", functional(states, "in", "head"), {}), "'cell'.*states to begin with")
    inner = sequential(masking(), layer("TimeDistributed", "steps", layer=layer("GlobalAveragePooling1D", "inner")), head())
    said(whole("inner.h5", inner, {}), "'steps'.*heeds a mask")


if __name__ == "__main__":
    main()
