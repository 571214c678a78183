#!/usr/bin/python3
"""Small whole nets in the layouts of several Keras versions, with logits, losses, input gradients from torch float64.

Usage: make_nets.py [FOLDER]     writes FOLDER/*.h5 (default: nets beside this script).
Needs python3-torch and python3-h5py.
"""
import os
import sys
import numpy as np
import keras_layout as layout
import torch_nets

RNG = np.random.default_rng(20240611)
SAMPLES = 5


def weights(**shapes):
    return {k: (RNG.standard_normal(s) / np.sqrt(max(np.prod(s[:-1]), 1))).astype("float32") for k, s in shapes.items()}


def layer(cls, name, config=None, calls=None, w=None):
    return {"class": cls, "name": name, "config": config or {}, "calls": calls, "weights": w or {}}


def dense(name, n, units, activation="linear", calls=None, **more):
    w = weights(kernel=(n, units), bias=(units,)) if more.get("use_bias", True) else weights(kernel=(n, units))
    return layer("Dense", name, {"units": units, "activation": activation, "use_bias": True, "kernel_initializer":
                                 {"class_name": "GlorotUniform", "config": {"seed": None}}, **more}, calls, w)


def conv(name, cin, cout, k, activation="linear", padding="valid", stride=1, dilation=1, bias=True, calls=None,
        groups=1):
    w = weights(kernel=(k, k, cin // groups, cout), bias=(cout,)) if bias else weights(kernel=(k, k, cin // groups,
            cout))
    return layer("Conv2D", name, {"filters": cout, "kernel_size": [k, k], "strides": [stride, stride],
            "padding": padding, "data_format":
                                  "channels_last", "dilation_rate": [dilation, dilation], "groups": groups,
                                          "activation": activation,
                                  "use_bias": bias, "kernel_regularizer": None}, calls, w)


def norm(name, c, calls=None, axis=-1, scale=True, center=True):
    w = {"gamma": RNG.uniform(-1.5, 1.5, c)} if scale else {}
    w.update({"beta": RNG.standard_normal(c)} if center else {})
    w.update({"moving_mean": RNG.standard_normal(c), "moving_variance": RNG.uniform(0.3, 2, c)})
    w = {k: v.astype("float32") for k, v in w.items()}
    return layer("BatchNormalization", name, {"axis": axis, "momentum": 0.99, "epsilon": 0.001, "scale": scale,
            "center": center}, calls, w)


def act(name, function, calls=None):
    return layer("Activation", name, {"activation": function}, calls)


def pool(cls, name, size, stride=None, padding="valid", calls=None):
    return layer(cls, name, {"pool_size": [size, size], "strides": [stride or size] * 2, "padding": padding,
            "data_format": "channels_last"}, calls)


def chain(layers):
    """Connect a Sequential net for the reference."""
    before = "input_1"
    for x in layers:
        x["calls"] = [[(before, 0)]]
        before = x["name"]
    return layers


def save(folder, name, style, version, layers, shape, sequential, binary=False, shuffle=False, low=-1.0, high=1.0):
    x = RNG.uniform(low, high, (SAMPLES, *shape)).astype("float32")
    if sequential:
        config = layout.sequential(style, name, chain(layers), shape)
    else:
        config = layout.functional(style, name, layers, shape, layers[-1]["name"], shuffle)
    k = 2 if binary else torch_nets.reference(layers, x, np.zeros(SAMPLES, "int64"), False)["logits"].shape[1]
    y = RNG.integers(0, k, SAMPLES)
    golden = {key: v.astype("float64") for key, v in torch_nets.reference(layers, x, y, binary).items()}
    layout.write(f"{folder}/{name}.h5", style, version, config, layers, {"x": x, "y": y.astype("int32"), **golden})


def sequential_list():
    return [conv("conv2d_1", 1, 5, 3, "relu"), pool("MaxPooling2D", "max_pooling2d_1", 2), conv("conv2d_2", 5, 7, 3,
            padding="same", stride=2),
            act("activation_1", "relu"), layer("Dropout", "dropout_1", {"rate": 0.25, "noise_shape": None,
                    "seed": None}),
            layer("Flatten", "flatten_1"), dense("dense_1", 7 * 9, 11, "tanh"), dense("dense_2", 11, 4, "softmax")]


def sequential_dict():
    return [conv("conv2d", 3, 6, 3, bias=False, dilation=2), norm("batch_normalization", 6), act("activation", "relu"),
            conv("conv2d_1", 6, 8, 3, "relu", "same"), norm("batch_normalization_1", 8, scale=False),
            pool("AveragePooling2D", "average_pooling2d", 3, 2, "same"), layer("ZeroPadding2D", "zp", {"padding": [[1,
                    0], [2, 1]]}),
            layer("SeparableConv2D", "sep", {"filters": 9, "kernel_size": [3, 3], "strides": [1, 1], "padding": "same",
                    "dilation_rate": [1, 1],
                                             "depth_multiplier": 2, "activation": "elu", "use_bias": True},
                  w=weights(depthwise_kernel=(3, 3, 8, 2), pointwise_kernel=(1, 1, 16, 9), bias=(9,))),
            norm("batch_normalization_2", 9, axis=[3], center=False), layer("GlobalAveragePooling2D", "gap"),
                    dense("logits", 9, 3),
            layer("Softmax", "softmax", {"axis": -1})]


def functional_old():
    """Residual adds, branches, a layer name with a slash, entries in reverse order."""
    i = [[("input_1", 0)]]
    return [conv("clf/c1", 3, 8, 3, padding="same", calls=i, bias=False), norm("clf/bn1", 8, [[("clf/c1", 0)]], [3]),
            act("relu1", "relu", [[("clf/bn1", 0)]]), conv("c2", 8, 8, 3, padding="same", calls=[[("relu1", 0)]]),
            norm("bn2", 8, [[("c2", 0)]]), layer("Add", "add1", {}, [[("bn2", 0), ("relu1", 0)]]), act("relu2", "relu",
                    [[("add1", 0)]]),
            conv("short", 8, 12, 1, stride=2, calls=[[("relu2", 0)]]), conv("c3", 8, 12, 3, "relu", "same", 2,
                    calls=[[("relu2", 0)]]),
            layer("Add", "add2", {}, [[("c3", 0), ("short", 0)]]), layer("LeakyReLU", "leaky", {"alpha": 0.3},
                    [[("add2", 0)]]),
            conv("b1", 12, 4, 1, "relu", calls=[[("leaky", 0)]]), conv("b2", 12, 5, 3, "selu", "same",
                    calls=[[("leaky", 0)]]),
            pool("MaxPooling2D", "b3", 3, 1, "same", [[("leaky", 0)]]),
            layer("Concatenate", "cat", {"axis": -1}, [[("b1", 0), ("b2", 0), ("b3", 0)]]),
            layer("GlobalMaxPooling2D", "gmp", {}, [[("cat", 0)]]), dense("out", 21, 6, "softmax", [[("gmp", 0)]])]


def functional_new():
    """Keras 3: preprocessing in the net, depthwise `kernel`, a layer that is used twice, plain logits."""
    twice = dense("shared", 16, 16, "relu", [[("flat", 0)], [("shared", 0)]])
    return [layer("Rescaling", "rescaling", {"scale": 1 / 127.5, "offset": -1.0}, [[("input_1", 0)]]),
            layer("Normalization", "normalization", {"axis": -1, "invert": False, "mean": None, "variance": None},
                    [[("rescaling", 0)]],
                  {"mean": np.array([0.1, -0.2], "float32"), "variance": np.array([0.5, 2], "float32"),
                          "count": np.array(7, "int64")}),
            layer("DepthwiseConv2D", "dw", {"kernel_size": [3, 3], "strides": [2, 2], "padding": "same",
                    "depth_multiplier": 2,
                                            "dilation_rate": [1, 1], "activation": "linear", "use_bias": True},
                                                    [[("normalization", 0)]],
                  weights(kernel=(3, 3, 2, 2), bias=(4,))),
            norm("bn", 4, [[("dw", 0)]]), layer("ReLU", "relu", {"max_value": 6.0, "negative_slope": 0.0,
                    "threshold": 0.0}, [[("bn", 0)]]),
            conv("grouped", 4, 4, 3, groups=2, calls=[[("relu", 0)]]), layer("LeakyReLU", "leaky",
                    {"negative_slope": 0.1}, [[("grouped", 0)]]),
            layer("Flatten", "flat", {}, [[("leaky", 0)]]), twice, layer("Add", "add", {}, [[("shared", 0), ("shared",
                    1), ("shared", 1)]]),
            dense("out", 16, 5, calls=[[("add", 0)]])]


def table_sigmoid():
    return [dense("d1", 13, 24, "relu"), layer("ELU", "elu", {"alpha": 1.0}), dense("d2", 24, 12, "swish",
            use_bias=False),
            layer("Reshape", "reshape", {"target_shape": [12, 1]}), layer("Reshape", "back", {"target_shape": [12]}),
            norm("bn", 12), dense("out", 12, 1, "sigmoid")]


def split_relu():
    """A convolution that is read both with and without the ReLU behind it, and one ReLU behind another."""
    return [conv("c1", 2, 6, 3, padding="same", calls=[[("input_1", 0)]]), act("relu1", "relu", [[("c1", 0)]]),
            layer("Add", "add", {}, [[("c1", 0), ("relu1", 0)]]), conv("c2", 6, 5, 3, "relu", calls=[[("add", 0)]]),
            act("relu2", "relu", [[("c2", 0)]]), layer("Flatten", "flat", {}, [[("relu2", 0)]]),
            dense("out", 5 * 16, 3, calls=[[("flat", 0)]]), act("probabilities", "softmax", [[("out", 0)]])]


def random_graph(steps):
    """Any mixture of layers over one image size: what a memory plan may get wrong, this finds."""
    channels = {"input_1": 3}
    layers = []
    for s in range(steps):
        names = list(channels)
        recent = names[-3:]
        a = recent[RNG.integers(len(recent))]
        name, ref = f"n{s}", [[(a, 0)]]
        kind = RNG.integers(9)
        cout = channels[a]
        if kind <= 1:
            cout = int(RNG.integers(2, 8))
            layers.append(conv(name, channels[a], cout, int(RNG.choice([1, 3])), str(RNG.choice(["linear", "relu"])),
                    "same", calls=ref))
        elif kind == 2:
            layers.append(norm(name, cout, ref))
        elif kind == 3:
            layers.append(act(name, str(RNG.choice(["relu", "tanh", "elu", "leaky_relu", "linear", "sigmoid"])), ref))
        elif kind == 4:
            layers.append(layer("Dropout", name, {"rate": 0.5}, ref))
        elif kind == 5:
            layers.append(pool(str(RNG.choice(["MaxPooling2D", "AveragePooling2D"])), name, 3, 1, "same", ref))
        elif kind == 6:
            b = names[RNG.integers(len(names))]
            cout += channels[b]
            layers.append(layer("Concatenate", name, {"axis": -1}, [[(a, 0), (b, 0)]]))
        else:
            same = [n for n in names if channels[n] == cout]
            layers.append(layer("Add", name, {}, [[(a, 0)] + [(same[RNG.integers(len(same))],
                    0) for _ in range(int(RNG.integers(1, 3)))]]))
        channels[name] = cout
    ends = list(channels)[-4:]
    layers.append(layer("Concatenate", "ends", {"axis": -1}, [[(n, 0) for n in ends]]))
    layers.append(layer("GlobalAveragePooling2D", "gap", {}, [[("ends", 0)]]))
    layers.append(dense("out", sum(channels[n] for n in ends), 4, "softmax", [[("gap", 0)]]))
    return layers


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "nets")
    save(folder, "sequential_list", "list", "2.1.6", sequential_list(), (12, 12, 1), True)
    save(folder, "sequential_dict", "tf", "2.9.0", sequential_dict(), (11, 10, 3), True)
    save(folder, "sequential_mixed", "mixed", "2.4.0", sequential_list(), (12, 12, 1), True)
    save(folder, "functional_k20", "k20", "2.0.8", functional_old(), (9, 8, 3), False)
    save(folder, "functional_reversed", "tf", "2.11.0", functional_old(), (9, 8, 3), False, shuffle=True)
    save(folder, "functional_k3", "k3", "3.3.3", functional_new(), (7, 8, 2), False, low=0.0, high=255.0)
    save(folder, "table_sigmoid", "open", "2.2.4", table_sigmoid(), (13,), True, binary=True)
    for i in range(6):
        save(folder, f"random_{i}", "k3" if i % 2 else "tf", "3.0.0" if i % 2 else "2.15.0", random_graph(10 + 5 * i),
                (6, 5, 3), False)
    save(folder, "split_relu", "tf", "2.6.0", split_relu(), (6, 6, 2), False)


if __name__ == "__main__":
    main()
