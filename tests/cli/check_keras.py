"""Keras files of many versions, backends and habits, written by hand, against values worked out in numpy."""
import json

import h5py
import numpy as np

from keras_files import archive, layer, whole
from suite import assay, case, good, main, path, refused, same, write_config, write_data

RANDOM = np.random.default_rng(29)


def values(*shape):
    return RANDOM.normal(size=shape).astype("f4")


def sequential(shape, *layers):
    first = layer("InputLayer", "in", batch_input_shape=[None] + list(shape))
    return {"class_name": "Sequential", "config": {"name": "s", "layers": [first] + list(layers)}}


def logits(model, x):
    """What assay predicts for the rows of x, with classes 0 and 1 in turn."""
    data = write_data("rows.h5", x, np.arange(len(x)) % 2, low=-9.0, high=9.0)
    config = write_config("rows.json", {"model": model, "data": data, "preprocess": {}})
    good("predict", config, "-o", path("rows_out.h5"))
    with h5py.File(path("rows_out.h5")) as f:
        return f["logits"][()]


def close(got, want, what, tolerance=1e-5):
    assert got.shape == want.shape, "%s: %s, not %s" % (what, got.shape, want.shape)
    error = np.abs(got - want).max() / max(1, np.abs(want).max())
    assert error < tolerance, "%s: off by %g\n%s\n%s" % (what, error, got[0], want[0])


# ---- backends ----

def correlate(x, kernel, stride, before, out):
    """(n, h, w, c) with (kh, kw, c, f), windows from -before on in steps of stride."""
    n, h, w, _ = x.shape
    kh, kw = kernel.shape[:2]
    wide = np.zeros((n, h + kh + out[0] * stride, w + kw + out[1] * stride, x.shape[3]))
    wide[:, before[0]:before[0] + h, before[1]:before[1] + w] = x
    y = np.zeros((n, out[0], out[1], kernel.shape[3]))
    for i in range(out[0]):
        for j in range(out[1]):
            window = wide[:, i * stride:i * stride + kh, j * stride:j * stride + kw]
            y[:, i, j] = np.einsum("nabc,abcf->nf", window, kernel.astype("f8"))
    return y


def tail(y, w):
    return y.reshape(len(y), -1) @ w.astype("f8")


def ends(size):
    """A Flatten and a Dense layer behind `size` values, and the kernel."""
    w = values(size, 3)
    return [layer("Flatten", "flat"), layer("Dense", "fc", units=3, activation="softmax", use_bias=False)], w


X = values(4, 7, 6, 2)


def check_backend(kind, make, compute, version="2.1.6", **config):
    """`compute` gives the layer's output from x and the kernel as TensorFlow takes it; Theano stores it turned."""
    kernel = make()
    for backend in ("tensorflow", "theano"):
        for at_root in (True, False):
            kept = kernel if backend == "tensorflow" else kernel[::-1, ::-1] if kernel.ndim == 4 else kernel[::-1]
            y = compute(kernel, backend)
            last, w = ends(y[0].size)
            name = "depthwise_kernel:0" if "Depthwise" in kind or "Separable" in kind else "kernel:0"
            weights = {"conv": {"conv/" + name: kept}, "fc": {"fc/kernel:0": w}}
            if "Separable" in kind:
                weights["conv"]["conv/pointwise_kernel:0"] = config["pointwise"]
            own = {k: v for k, v in config.items() if k != "pointwise"}
            shape = X.shape[1:] if kernel.ndim == 4 else (7, 2)
            x = X if kernel.ndim == 4 else X[:, :, 0]
            model = whole("backend.h5", sequential(shape, layer(kind, "conv", use_bias=False, **own), *last), weights,
                          version, backend, at_root=at_root)
            close(logits(model, x), tail(y, w), "%s, %s" % (kind, backend))


@case("kernels of the Theano backend are turned: Conv2D, Conv1D, Conv2DTranspose, Depthwise and Separable ones")
def _():
    check_backend("Conv2D", lambda: values(3, 2, 2, 4), lambda k, b: correlate(X, k, 1, (0, 0), (5, 5)), filters=4,
                  kernel_size=[3, 2], padding="valid")
    check_backend("Conv1D", lambda: values(3, 2, 4),
                  lambda k, b: correlate(X[:, :, :1], k[:, None], 1, (0, 0), (5, 1)), filters=4, kernel_size=[3],
                  padding="valid")

    def depthwise(k, b):
        return np.concatenate([correlate(X[..., c:c + 1], k[:, :, c:c + 1], 1, (0, 0), (5, 5)) for c in range(2)], -1)
    check_backend("DepthwiseConv2D", lambda: values(3, 2, 2, 1), depthwise, kernel_size=[3, 2], padding="valid")
    pointwise = values(1, 1, 2, 3)
    check_backend("SeparableConv2D", lambda: values(3, 2, 2, 1), lambda k, b: depthwise(k, b) @ pointwise[0, 0],
                  filters=3, kernel_size=[3, 2], padding="valid", pointwise=pointwise)

    def transposed(k, b):  # (kh, kw, out, in): every input spreads its kernel
        y = np.zeros((4, 2 * 6 + 3, 2 * 5 + 2, k.shape[2]))
        for i in range(7):
            for j in range(6):
                y[:, 2 * i:2 * i + 3, 2 * j:2 * j + 2] += np.einsum("nc,abfc->nabf", X[:, i, j], k)
        return y
    check_backend("Conv2DTranspose", lambda: values(3, 2, 4, 2), transposed, filters=4, kernel_size=[3, 2],
                  strides=[2, 2], padding="valid")


@case("padding 'same' of the Theano backend puts half of the kernel in front, whatever the stride")
def _():
    def before(k, backend, stride, size):
        total = max((-(-size // stride) - 1) * stride + k - size, 0)
        return k // 2 if backend == "theano" else total // 2
    for kernel, stride in ((3, 1), (3, 2), (2, 1), (4, 3), (5, 2)):
        check_backend("Conv2D", lambda: values(kernel, kernel, 2, 3),
                      lambda k, b: correlate(X, k, stride, (before(kernel, b, stride, 7), before(kernel, b, stride, 6)),
                                             (-(-7 // stride), -(-6 // stride))),
                      filters=3, kernel_size=[kernel] * 2, strides=[stride] * 2, padding="same")
    for size, stride, pad in ((2, 2, 1), (3, 2, 1), (3, 1, 1), (4, 2, 3), (5, 3, 3)):
        for kind, merge in (("MaxPooling2D", np.max), ("AveragePooling2D", np.mean)):
            high, wide = -(-7 // stride), -(-6 // stride)
            last, w = ends(high * wide * 2)
            y = np.array([[merge(X[:, max(i * stride - pad, 0):i * stride - pad + size,
                                   max(j * stride - pad, 0):j * stride - pad + size], (1, 2)) for j in range(wide)]
                          for i in range(high)]).transpose(2, 0, 1, 3)
            model = whole("pool.h5", sequential(X.shape[1:], layer(kind, "pool", padding="same", strides=[stride] * 2,
                                                                   pool_size=[size] * 2), *last),
                          {"fc": {"fc/kernel:0": w}}, "2.1.6", "theano")
            close(logits(model, X), tail(y, w), "%s of %d, stride %d" % (kind, size, stride))


def upsampled(x, size, corners):
    n, h, w, c = x.shape
    y = np.zeros((n, h * size, w * size, c))
    for i in range(h * size):
        for j in range(w * size):
            at = [o / size if corners else max((o + 0.5) / size - 0.5, 0) for o in (i, j)]
            a, b = int(at[0]), int(at[1])
            p, q = at[0] - a, at[1] - b
            a1, b1 = min(a + 1, h - 1), min(b + 1, w - 1)
            y[:, i, j] = ((1 - p) * ((1 - q) * x[:, a, b] + q * x[:, a, b1])
                          + p * ((1 - q) * x[:, a1, b] + q * x[:, a1, b1]))
    return y


@case("bilinear UpSampling2D: by corners in Keras 2.2.3 to 2.3.1, by centres in tf.keras and Keras 3")
def _():
    last, w = ends(14 * 12 * 2)
    config = sequential(X.shape[1:], layer("UpSampling2D", "up", size=[2, 2], interpolation="bilinear"), *last)
    for version, corners in (("2.2.3", True), ("2.3.1", True), ("2.2.4-tf", False), ("2.3.0-tf", False),
                             ("2.4.3", False), ("2.11.0", False), ("3.4.1", False)):
        model = whole("up.h5", config, {"fc": {"fc/kernel:0": w}}, version)
        close(logits(model, X), tail(upsampled(X, 2, corners), w), version)
    model = whole("up_theano.h5", config, {"fc": {"fc/kernel:0": w}}, "2.2.4", "theano")
    data = write_data("up_rows.h5", X, np.zeros(4, "i4"), low=-9.0, high=9.0)
    refused(3, r"'interpolation' is \"bilinear\", which with this backend of Keras is not supported", "predict",
            write_config("up.json", {"model": model, "data": data, "preprocess": {}}), "-o", path("no.h5"))


# ---- versions ----

@case("hard_sigmoid, and the epsilon of BatchNormalization where none is written, by version")
def _():
    x, w, spread = values(5, 4), values(4, 3), np.abs(values(4)) * 1e-4
    last = layer("Dense", "fc", units=3, activation="softmax", use_bias=False)
    norm = {"norm/moving_mean:0": np.zeros(4, "f4"), "norm/moving_variance:0": spread.astype("f4")}
    for version, slope, epsilon in (("1.2.2", 0.2, 1e-5), ("2.2.4", 0.2, 1e-3), ("2.11.0", 0.2, 1e-3),
                                    ("3.1.0", 1 / 6, 1e-3)):
        weights = {"norm": norm, "fc": {"fc/kernel:0": w}}
        model = whole("version.h5", sequential((4,), layer("BatchNormalization", "norm", center=False, scale=False),
                                               layer("Activation", "act", activation="hard_sigmoid"), last),
                      weights, version)
        y = np.clip(slope * x / np.sqrt(spread.astype("f4").astype("f8") + epsilon) + 0.5, 0, 1)
        close(logits(model, x), y @ w, version)


@case("BatchNormalization of images: a small epsilon counts as that of the fused kernel, by version and `fused`")
def _():
    last, w = ends(X[0].size)
    spread = np.array([1e-6, 3e-6], "f4")
    norm = {"norm/moving_mean:0": np.zeros(2, "f4"), "norm/moving_variance:0": spread}
    for version, backend, fused, epsilon in (
            ("2.1.2", "tensorflow", None, 1e-6), ("2.2.4", "tensorflow", None, 1.001e-5),
            ("2.2.4", "theano", None, 1e-6), ("2.11.0", "tensorflow", None, 1.001e-5),
            ("2.11.0", "tensorflow", True, 1.001e-5),
            ("2.11.0", "tensorflow", False, 1e-6), ("3.4.1", "tensorflow", None, 1e-6)):
        for axis in (3, -1, [3]) if fused else (3,):
            entry = layer("BatchNormalization", "norm", center=False, scale=False, epsilon=1e-6, momentum=0.7,
                          axis=axis, fused=fused)
            model = whole("fused.h5", sequential(X.shape[1:], entry, *last), {"norm": norm, "fc": {"fc/kernel:0": w}},
                          version, backend)
            close(logits(model, X), tail(X / np.sqrt(spread.astype("f8") + epsilon), w), version)
    x, v = values(5, 2), values(2, 3)
    plain = layer("BatchNormalization", "norm", center=False, scale=False, epsilon=1e-6)
    model = whole("table.h5", sequential((2,), plain, layer("Dense", "fc", units=3, activation="softmax",
                                                           use_bias=False)), {"norm": norm, "fc": {"fc/kernel:0": v}})
    close(logits(model, x), x / np.sqrt(spread.astype("f8") + 1e-6) @ v, "no image")


@case("channels first: the order in which Flatten reads, and what DepthwiseConv2D does where the config does not say")
def _():
    x, kernel, deep = values(4, 6, 5, 2), values(3, 2, 2, 4), values(3, 2, 2, 1)
    for order in ("channels_first", "channels_last", None):
        last, w = ends(4 * 4 * 4)
        last[0]["config"].update({"data_format": order} if order else {})
        model = whole("first.h5", sequential((2, 6, 5), layer("Conv2D", "conv", filters=4, kernel_size=[3, 2],
                                                              data_format="channels_first", use_bias=False), *last),
                      {"conv": {"conv/kernel:0": kernel}, "fc": {"fc/kernel:0": w}}, "2.2.4")
        y = correlate(x, kernel, 1, (0, 0), (4, 4))
        close(logits(model, x), tail(y if order == "channels_first" else y.transpose(0, 3, 1, 2), w), str(order))
    last, w = ends(4 * 4 * 2)
    y = np.concatenate([correlate(x[..., c:c + 1], deep[:, :, c:c + 1], 1, (0, 0), (4, 4)) for c in range(2)], -1)
    model = whole("deep.h5", sequential((6, 5, 2), layer("DepthwiseConv2D", "conv", kernel_size=[3, 2],
                                                         use_bias=False), *last),
                  {"conv": {"conv/depthwise_kernel:0": deep}, "fc": {"fc/kernel:0": w}}, "2.2.4")
    close(logits(model, x), tail(y, w), "defaults")


@case("kernels of Keras 1's Convolution1D have an axis of 1 more")
def _():
    x, kernel, bias = values(4, 7, 2), values(3, 2, 4), values(4)
    last, w = ends(5 * 4)
    entries = [{"class_name": "Convolution1D", "config": {
        "name": "conv", "batch_input_shape": [None, 7, 2], "nb_filter": 4, "filter_length": 3, "border_mode": "valid",
        "subsample_length": 1, "activation": "linear", "bias": True}},
        last[0],
        {"class_name": "Dense", "config": {"name": "fc", "output_dim": 3, "activation": "softmax", "bias": False}}]
    config = {"class_name": "Sequential", "config": {"name": "s", "layers": entries}}
    for kept, version in ((kernel[:, None], "1.2.2"), (kernel, "1.2.2")):
        model = whole("line.h5", config, {"conv": {"conv_W:0": kept, "conv_b:0": bias}, "fc": {"fc_W:0": w}}, version)
        y = correlate(x[:, :, None], kernel[:, None], 1, (0, 0), (5, 1)) + bias
        close(logits(model, x), tail(y, w), str(kept.shape))


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


@case("what recurrent layers do where the config does not say, by version")
def _():
    x, kernel, state, w = values(4, 5, 2), values(2, 9), values(3, 9), values(3, 3)
    last = layer("Dense", "fc", units=3, activation="softmax", use_bias=False)

    def gru(gate, after):
        h = np.zeros((4, 3))
        for t in range(5):
            z, r, c = np.split(x[:, t] @ kernel.astype("f8"), 3, 1)
            uz, ur, uc = np.split(state.astype("f8"), 3, 1)
            z, r = gate(z + h @ uz), gate(r + h @ ur)
            c = np.tanh(c + (r * (h @ uc) if after else (r * h) @ uc))
            h = z * h + (1 - z) * c
        return h

    def hard(z):
        return np.clip(0.2 * z + 0.5, 0, 1)
    for version, gate, after in (("2.2.4", hard, False), ("2.1.6-tf", hard, False), ("2.2.4-tf", sigmoid, False),
                                 ("2.3.0-tf", sigmoid, True), ("2.11.0", sigmoid, True), ("3.4.1", sigmoid, True)):
        model = whole("gru.h5", sequential((5, 2), layer("GRU", "memory", units=3, use_bias=False), last),
                      {"memory": {"memory/kernel:0": kernel, "memory/recurrent_kernel:0": state},
                       "fc": {"fc/kernel:0": w}}, version)
        close(logits(model, x), gru(gate, after) @ w, version)


@case("LeakyReLU: alpha of Keras 2, also as an array, negative_slope of Keras 3, neither, and both at odds")
def _():
    x, w = values(5, 4), values(4, 3)
    last = layer("Dense", "fc", units=3, activation="softmax", use_bias=False)
    packed = {"class_name": "__numpy__", "config": {"value": 0.25, "dtype": "float32"}}
    for settings, slope in (({"alpha": 0.1}, 0.1), ({"negative_slope": 0.15}, 0.15), ({}, 0.3),
                            ({"alpha": {"type": "ndarray", "value": 0.2}}, 0.2), ({"alpha": packed}, 0.25)):
        model = whole("leaky.h5", sequential((4,), layer("LeakyReLU", "act", **settings), last),
                      {"fc": {"fc/kernel:0": w}})
        close(logits(model, x), np.where(x > 0, x, slope * x) @ w, str(settings))
    model = whole("odds.h5", sequential((4,), layer("LeakyReLU", "act", alpha=0.1, negative_slope=0.2), last),
                  {"fc": {"fc/kernel:0": w}})
    assert "alpha is 0.1 but negative_slope is 0.2" in assay("inspect", model).out


# ---- forms of files ----

@case("archives that Keras 2.12 to 2.15 wrote on Windows, with whole paths for names")
def _():
    x, kernel, bias, w = values(5, 6, 4), values(4, 12), values(12), values(3, 3)
    recurrent = values(3, 12)
    config = sequential((6, 4), layer("LSTM", "memory", units=3),
                        {"class_name": "Sequential", "config": {"name": "head", "layers": [
                            layer("Dense", "a", units=3, activation="softmax", use_bias=False)]}})
    for folder in ("layers", "_layer_checkpoint_dependencies"):
        parts = {"lstm\\cell/vars/0": kernel, "lstm\\cell/vars/1": recurrent, "lstm\\cell/vars/2": bias,
                 "sequential\\%s\\dense/vars/0" % folder: w}
        windows = archive("windows.keras", config, {"%s\\%s" % (folder, k): v for k, v in parts.items()})
        other = archive("other.keras", config, {"%s/%s" % (folder, k.replace("\\", "/")): v for k, v in parts.items()})
        same(logits(windows, x).tobytes(), logits(other, x).tobytes(), folder)
        ids = [f["id"] for f in json.loads(good("inspect", "--json", windows).out)["findings"]]
        same([i for i in ids if i not in ("file.hdf5_library", "file.odd_name")], [], "findings")


@case("one unit without a sigmoid is a classifier where the saved loss took logits, and a regression elsewhere")
def _():
    x, w = values(5, 4), values(4, 1)
    config = sequential((4,), layer("Dense", "fc", units=1, activation="linear", use_bias=False))
    loss = {"class_name": "BinaryCrossentropy", "config": {"from_logits": True, "label_smoothing": 0.0}}
    want = np.concatenate([np.zeros((5, 1)), x.astype("f8") @ w], 1)
    weights = {"fc": {"fc/kernel:0": w}}
    close(logits(whole("one.h5", config, weights, training={"loss": loss}), x), want, "HDF5")
    close(logits(archive("one.keras", dict(config, compile_config={"loss": loss}),
                         {"layers/dense/vars/0": w}, "3.5.0"), x), want, "archive")
    for kept in ([loss], {"fc": loss}):
        close(logits(whole("one.h5", config, weights, training={"loss": kept}), x), want, str(kept))
    no = dict(loss, config={"from_logits": False})
    for training in ({"loss": no}, {"loss": "binary_crossentropy"}, {"loss": "mse"}, None):
        text = assay("inspect", whole("one_no.h5", config, weights, training=training)).out
        assert "one output without a sigmoid is a regression" in text, text


@case("weight names of Keras 1 in name scopes")
def _():
    x, w, b, v = values(5, 4), values(4, 6), values(6), values(6, 3)
    config = {"class_name": "Sequential", "config": [
        {"class_name": "Dense", "config": {"name": "dense_1", "batch_input_shape": [None, 4], "output_dim": 6,
                                           "activation": "tanh", "bias": True}},
        {"class_name": "Dense", "config": {"name": "dense_2", "output_dim": 3, "activation": "softmax",
                                           "bias": False}}]}
    weights = {"dense_1": {"global/shared/dense_1_W:0": w, "global/shared/dense_1_b:0": b},
               "dense_2": {"global/policy/dense_2_W:0": v}}
    with h5py.File(path("scope.h5"), "w") as f:
        f.attrs["model_config"] = json.dumps(config)
        f.attrs["keras_version"] = "1.2.2"
        for n, arrays in weights.items():
            group = f.create_group("model_weights/" + n)
            group.attrs["weight_names"] = [k.encode() for k in arrays]
            for k, a in arrays.items():
                group[k] = a
    close(logits(path("scope.h5"), x), np.tanh(x.astype("f8") @ w + b) @ v, "name scopes")


@case("lists of names too long for one attribute, in parts")
def _():
    x, w, v = values(5, 4), values(4, 6), values(6, 3)
    layers = [layer("Dense", "one", units=6, use_bias=False), layer("Dense", "two", units=3, activation="softmax",
                                                                      use_bias=False)]

    def split(f):
        for n in ("one", "two"):
            group = f["model_weights/" + n]
            names = list(group.attrs["weight_names"])
            del group.attrs["weight_names"]
            group.attrs["weight_names0"] = np.zeros(0) if n == "two" else names
            group.attrs["weight_names0"] = names[:1]
            group.attrs["weight_names1"] = names[1:] or [b"two/none:0"]
        del f["model_weights/one"].attrs["weight_names1"]
    model = whole("chunks.h5", sequential((4,), *layers), {"one": {"one/kernel:0": w}, "two": {"two/kernel:0": v}},
                  change=split)
    close(logits(model, x), x.astype("f8") @ w @ v, "weight names")
    with h5py.File(path("chunks.weights.h5"), "w") as f:
        f.attrs["keras_version"] = "2.11.0"
        f.attrs["layer_names0"] = [b"one"]
        f.attrs["layer_names1"] = [b"two"]
        for n, a in (("one", w), ("two", v)):
            f[n + "/" + n + "/kernel:0"] = a
            f[n].attrs["weight_names0"] = [(n + "/kernel:0").encode()]
    with open(path("chunks.json"), "w") as f:
        json.dump(sequential((4,), *layers), f)
    data = write_data("chunk_rows.h5", x, np.arange(5) % 2, low=-9.0, high=9.0)
    good("predict", write_config("chunks_config.json", {"model": path("chunks.weights.h5"), "data": data,
                                                        "architecture": path("chunks.json"), "preprocess": {}}),
         "-o", path("chunks_out.h5"))
    with h5py.File(path("chunks_out.h5")) as f:
        close(f["logits"][()], x.astype("f8") @ w @ v, "layer names")


@case("Rescaling and Normalization with arrays as Keras 3 writes them")
def _():
    x, w, scale, spread = values(5, 4), values(4, 3), [2.0, 0.5, 1.0, 4.0], [0.5, 1.0, 2.0, 4.0]
    last = layer("Dense", "fc", units=3, activation="softmax", use_bias=False)

    def packed(value, name="__numpy__"):
        return {"class_name": name, "config": {"value": value, "dtype": "float32"}}
    for value in (scale, packed(scale), packed(scale, "__tensor__"), packed([scale])):
        model = whole("rescaled.h5", sequential((4,), layer("Rescaling", "r", scale=value, offset=packed(0.5)), last),
                      {"fc": {"fc/kernel:0": w}}, "3.4.1")
        close(logits(model, x), (x * np.array(scale) + 0.5) @ w, "Rescaling %s" % (value,))
    model = whole("normal.h5", sequential((4,), layer("Normalization", "n", axis=[-1], mean=packed([scale]),
                                                      variance=packed([spread])), last),
                  {"fc": {"fc/kernel:0": w}}, "3.4.1")
    close(logits(model, x), (x - scale) / np.sqrt(spread) @ w, "Normalization")


@case("augmentation and noise are the identity; what also acts at inference is refused")
def _():
    last, w = ends(X[0].size)
    identities = ("Dropout SpatialDropout2D SpatialDropout3D GaussianNoise GaussianDropout AlphaDropout "
                  "ActivityRegularization RandomFlip RandomRotation RandomZoom RandomTranslation RandomContrast "
                  "RandomBrightness RandomHeight RandomWidth RandomShear RandomHue RandomSaturation RandomSharpness "
                  "RandomColorJitter RandomColorDegeneration RandomPosterization RandomInvert RandomErasing "
                  "RandomGaussianBlur RandomPerspective RandomElasticTransform Solarization Equalization RandAugment "
                  "AugMix CutMix MixUp Identity").split()
    layers = [layer(c, "x%d" % i, factor=0.5, value_range=[0, 1], seed=3) for i, c in enumerate(identities)]
    model = whole("noise.h5", sequential(X.shape[1:], *layers, *last), {"fc": {"fc/kernel:0": w}}, "3.9.0")
    close(logits(model, X), tail(X, w), "all of them")
    ids = [f["id"] for f in json.loads(good("inspect", "--json", model).out)["findings"]]
    assert "model.unknown_key" not in ids, ids
    for c in ("RandomGrayscale", "AutoContrast", "RandomCrop", "CenterCrop", "Resizing"):
        model = whole("acts.h5", sequential(X.shape[1:], layer(c, "x"), *last), {"fc": {"fc/kernel:0": w}}, "3.9.0")
        assert "model.unsupported_layer" in assay("inspect", model).out, c


main()
