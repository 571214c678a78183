#!/usr/bin/python3
"""Nets in other forms than make_nets.py: nested models, Keras 1, channels first, weights alone, zip archives.

Usage: make_formats.py [FOLDER]     writes into FOLDER (default: nets beside this script).
Needs python3-torch and python3-h5py.
"""
import json
import os
import sys
import zipfile
import zlib
import h5py
import numpy as np
import keras_layout as layout
import make_nets
import torch_nets
from make_nets import act, conv, dense, layer, norm, pool

SAMPLES = make_nets.SAMPLES


def nested(cls, name, layers, shape, calls, inputs=("x",), outputs=None, trainable=True):
    if cls == "Sequential":
        before = inputs[0]
        for x in layers:
            x["calls"] = [[(before, 0)]]
            before = x["name"]
    for leaf in [] if trainable else [y for x in layers for y in layout.leaves(x)]:
        leaf["config"]["trainable"] = False
    return {"class": cls, "name": name, "layers": layers, "shape": shape, "calls": calls, "inputs": list(inputs),
            "outputs": outputs or [(layers[-1]["name"], 0)], "config": {"name": name, "trainable": trainable}}


def golden(rng, layers, shape, binary=False):
    x = rng.uniform(-1, 1, (SAMPLES, *shape)).astype("float32")
    k = 2 if binary else torch_nets.reference(layers, x, np.zeros(SAMPLES, "int64"), False)["logits"].shape[1]
    y = rng.integers(0, k, SAMPLES)
    values = torch_nets.reference(layers, x, y, binary)
    return {"x": x, "y": y.astype("int32"), **{key: v.astype("float64") for key, v in values.items()}}


def save(folder, name, style, version, make, shape, sequential, turned=False):
    """make: returns the layers. Each net has random numbers of its own, whatever others are made. turned: the model
    has channels first; shape is the data's."""
    inside = (shape[2], shape[0], shape[1]) if turned else shape
    rng = make_nets.RNG = np.random.default_rng(zlib.crc32(name.encode()))
    layers = make()
    if sequential:
        config = layout.sequential(style, name, make_nets.chain(layers), inside)
    else:
        config = layout.functional(style, name, layers, inside, layers[-1]["name"])
    layout.write(f"{folder}/{name}.h5", style, version, config, layers, golden(rng, layers, shape))


def save_golden(folder, name, values):
    with h5py.File(f"{folder}/{name}.golden.h5", "w") as f:
        layout.put_golden(f, values)


def make_functional(name, style, make, shape):
    rng = make_nets.RNG = np.random.default_rng(zlib.crc32(name.encode()))
    layers = make()
    return layers, layout.functional(style, name, layers, shape, layers[-1]["name"]), golden(rng, layers, shape)


def save_archive(folder, name, style, version, make, shape, group="layers", method=zipfile.ZIP_STORED):
    layers, config, values = make_functional(name, style, make, shape)
    weights = f"{folder}/{name}.weights.h5"
    layout.write_classes(weights, layers, group)
    layout.write_archive(f"{folder}/{name}.keras", version, config, weights, method)
    os.remove(weights)
    save_golden(folder, name, values)


def save_parts(folder, name, style, version, make, shape):
    """An architecture, and weights alone: by class for Keras 3, which writes no version."""
    layers, config, values = make_functional(name, style, make, shape)
    if style == "k3":
        layout.write_classes(f"{folder}/{name}.weights.h5", layers)
    else:
        layout.write_weights(f"{folder}/{name}.weights.h5", style, version, layers)
        config.update(keras_version=version, backend="tensorflow")
    with open(f"{folder}/{name}.json", "w") as f:
        json.dump(config, f)
    save_golden(folder, name, values)


def archives(folder):
    save_archive(folder, "archive_k3", "k3", "3.3.3", make_nets.functional_new, (7, 8, 2))
    save_archive(folder, "archive_nested", "k3", "3.0.0", twins, (8, 7, 2), method=zipfile.ZIP_DEFLATED)
    save_archive(folder, "archive_recurrent", "k3", "3.8.0", recurrent, (6, 5))
    save_archive(folder, "archive_tf", "tf", "2.12.0", twins, (8, 7, 2), "_layer_checkpoint_dependencies")
    save_parts(folder, "parts_tf", "tf", "2.11.0", twins, (8, 7, 2))
    save_parts(folder, "parts_k3", "k3", None, make_nets.functional_new, (7, 8, 2))


def twins():
    """One encoder for two inputs, itself with a nested block that is used twice; the head is a Sequential."""
    inside = [dict(conv("c", 4, 4, 3, "relu", "same"), scope="block/c"), dict(norm("bn", 4), scope="block/bn")]
    block = nested("Sequential", "block", inside, (6, 5, 4),
                   [[("stem", 0)], [("block", 0)]])
    encoder = nested("Functional", "encoder", [conv("stem", 2, 4, 3, "relu", calls=[[("x", 0)]]), block,
                                               norm("bn", 4, [[("block", 1)]])], (8, 7, 2),
                     [[("input_1", 0)], [("flip", 0)]])
    head = nested("Sequential", "head", [layer("Flatten", "flatten"), dense("dense", 120, 9, "relu"),
                                         dense("dense_1", 9, 4, "softmax")], (6, 5, 4), [[("both", 0)]])
    return [layer("Rescaling", "flip", {"scale": -0.5, "offset": 0.25}, [[("input_1", 0)]]), encoder,
            layer("Subtract", "both", {}, [[("encoder", 1), ("encoder", 0)]]), head]


def frozen_base(trainable):
    """Transfer learning: a base model whose weights were made under other names, so that their order decides."""
    def second(x):
        return dict(x, scope=x["name"] + "_7")

    layers = [conv("c1", 3, 5, 3, "relu", calls=[[("x", 0)]]), norm("b1", 5, [[("c1", 0)]]),
              conv("c2", 5, 5, 3, "relu", "same", calls=[[("b1", 0)]]), norm("b2", 5, [[("c2", 0)]], scale=False),
              layer("Add", "add", {}, [[("b1", 0), ("b2", 0)]])]
    base = nested("Functional", "base", [second(x) for x in layers], (8, 8, 3), [[("input_1", 0)]],
                  trainable=trainable)
    return [base, layer("GlobalAveragePooling2D", "gap"), dense("out", 5, 3, "softmax")]


def same_names():
    """Layers that are all called alike: half of them are frozen, and so stand last in the file."""
    def part(name, calls, trainable):
        inside = dict(dense("dense", 6, 6, "tanh"), scope=f"{name[::-1]}/dense")
        return nested("Sequential", name, [inside], (6,), calls, trainable=trainable)

    tower = nested("Functional", "tower", [part("p1", [[("x", 0)]], False), part("p2", [[("p1", 0)]], True),
                                           part("p3", [[("p2", 0)]], False), part("p4", [[("p3", 0)]], True)], (6,),
                   [[("input_1", 0)]])
    return [tower, dense("out", 6, 3, calls=[[("tower", 0)]])]


def branches():
    """Two inputs and two outputs of a nested model, taken apart again, in two uses."""
    inner = nested("Functional", "inner", [
        conv("left", 3, 4, 3, "relu", "same", calls=[[("a", 0)]]),
        conv("right", 3, 4, 1, "tanh", calls=[[("b", 0)]]), layer("Add", "sum", {}, [[("left", 0), ("right", 0)]]),
        conv("mixed", 4, 3, 3, padding="same", calls=[[("sum", 0)]])], (6, 6, 3),
        [[("input_1", 0), ("flip", 0)], [("inner", 0, 1), ("input_1", 0)]], ("a", "b"), [("sum", 0), ("mixed", 0)])
    return [layer("Rescaling", "flip", {"scale": -1.0, "offset": 0.5}, [[("input_1", 0)]]), inner,
            layer("Concatenate", "cat", {"axis": -1}, [[("inner", 0), ("inner", 1, 1), ("inner", 1)]]),
            pool("MaxPooling2D", "pool", 2, calls=[[("cat", 0)]]), layer("Flatten", "flat", {}, [[("pool", 0)]]),
            dense("out", 99, 4, calls=[[("flat", 0)]]), act("softmax", "softmax", [[("out", 0)]])]


def recurrent():
    """Wrappers: two layers with weights of the same roles, and an activation inside one."""
    def half(scope):
        w = make_nets.weights(kernel=(5, 16), recurrent_kernel=(4, 16), bias=(16,))
        return {f"{scope}/lstm_cell/{k}": v for k, v in w.items()}

    lstm = {"units": 4, "activation": "tanh", "recurrent_activation": "sigmoid", "use_bias": True,
            "return_sequences": True, "go_backwards": False}
    both = layer("Bidirectional", "bi", {"merge_mode": "concat", "layer": {"class_name": "LSTM", "config":
                                         {"name": "lstm", **lstm}}}, [[("input_1", 0)]],
                 {**half("forward_lstm"), **half("backward_lstm")})
    steps = layer("TimeDistributed", "steps", {"layer": {"class_name": "Dense", "config": {
        "name": "d", "units": 3, "activation": "relu"}}}, [[("bi", 0)]], make_nets.weights(kernel=(8, 3), bias=(3,)))
    return [both, steps, layer("GlobalAveragePooling1D", "mean", {}, [[("steps", 0)]]),
            dense("out", 3, 4, calls=[[("mean", 0)]])]


def old_sequential():
    """Without the epsilon of BatchNormalization, which was 1e-5."""
    layers = make_nets.sequential_list()
    bn = norm("bn", 5)
    bn["config"]["epsilon"] = 1e-5
    return layers[:1] + [bn, layer("ZeroPadding2D", "zp", {"padding": [[1, 0], [2, 1]]}),
                         conv("atrous", 5, 5, 2, dilation=2, bias=False)] + layers[1:5] + [
                             layer("Flatten", "flatten_1"), dense("dense_1", 7 * 6, 11, "hard_sigmoid"),
                             dense("dense_2", 11, 4, "softmax")]


def old_functional():
    one = [[("c1", 0)]]
    return [conv("c1", 3, 6, 3, "relu", "same", calls=[[("input_1", 0)]]),
            conv("c2", 6, 6, 3, calls=one, padding="same"),
            layer("Add", "merge_1", {}, [[("c1", 0), ("c2", 0)]]), norm("bn", 6, [[("merge_1", 0)]]),
            layer("Concatenate", "merge_2", {"axis": 3}, [[("bn", 0), ("c1", 0)]]),
            layer("LeakyReLU", "leaky", {"alpha": 0.3}, [[("merge_2", 0)]]),
            pool("AveragePooling2D", "pool", 2, calls=[[("leaky", 0)]]), layer("Flatten", "flat", {}, [[("pool", 0)]]),
            dense("out", 12 * 12, 3, "softmax", [[("flat", 0)]])]


def first(x):
    x["config"]["data_format"] = "channels_first"
    return x


def first_residual():
    """Channels first throughout; Flatten keeps the order that the rows of the kernel behind it have."""
    return [first(conv("c1", 3, 8, 3, "relu", "same", calls=[[("input_1", 0)]])), norm("bn1", 8, [[("c1", 0)]], axis=1),
            first(layer("ZeroPadding2D", "zp", {"padding": [[1, 0], [0, 2]]}, [[("bn1", 0)]])),
            first(conv("c2", 8, 8, 3, stride=2, calls=[[("zp", 0)]])), norm("bn2", 8, [[("c2", 0)]], axis=[1]),
            act("relu2", "relu", [[("bn2", 0)]]), first(conv("c3", 8, 8, 3, padding="same", calls=[[("relu2", 0)]])),
            layer("Add", "add", {}, [[("c3", 0), ("relu2", 0)]]), layer("LeakyReLU", "leaky", {"alpha": 0.3},
                                                                        [[("add", 0)]]),
            first(pool("MaxPooling2D", "p1", 2, 1, calls=[[("leaky", 0)]])),
            first(pool("AveragePooling2D", "p2", 2, 1, calls=[[("add", 0)]])),
            layer("Concatenate", "cat", {"axis": 1}, [[("p1", 0), ("p2", 0)]]), layer("Dropout", "drop", {"rate": 0.5},
                                                                                     [[("cat", 0)]]),
            layer("Flatten", "flat", {"data_format": "channels_last"}, [[("drop", 0)]]),
            dense("out", 16 * 3 * 3, 4, "softmax", [[("flat", 0)]])]


def first_flatten():
    return [first(conv("c1", 2, 5, 3, "elu")), first(pool("MaxPooling2D", "p", 2)), first(layer("Flatten", "flat")),
            dense("d", 5 * 3 * 2, 7, "relu"), first(layer("Flatten", "again")), dense("out", 7, 3)]


def first_mixed():
    """Squeeze and excitation, axes other than the channels', a layer used on turned and on plain tensors."""
    return [first(conv("c1", 2, 6, 3, "relu", "same", calls=[[("input_1", 0)]])),
            first(layer("GlobalAveragePooling2D", "gap", {}, [[("c1", 0)]])),
            dense("squeeze", 6, 6, "sigmoid", [[("gap", 0)]]),
            layer("Reshape", "reshape", {"target_shape": [6, 1, 1]}, [[("squeeze", 0)]]),
            layer("Multiply", "scale", {}, [[("c1", 0), ("reshape", 0)]]),
            norm("columns", 7, [[("scale", 0)]], axis=-1), layer("Concatenate", "rows", {"axis": 2},
                                                               [[("c1", 0), ("columns", 0)]]),
            layer("Concatenate", "turned", {"axis": -1}, [[("c1", 0), ("c1", 0)]]),
            first(conv("c2", 6, 4, 3, padding="same", calls=[[("rows", 0)], [("turned", 0)]])),
            dense("on_columns", 7, 5, "tanh", [[("c2", 0)]]),
            first(layer("GlobalMaxPooling2D", "gmp", {"keepdims": False}, [[("on_columns", 0)]])),
            first(layer("GlobalAveragePooling2D", "gap2", {}, [[("c2", 1)]])),
            layer("Concatenate", "ends", {"axis": 1}, [[("gmp", 0), ("gap2", 0)]]),
            dense("out", 8, 3, "softmax", [[("ends", 0)]])]


def first_scores():
    """No dense layer: scores as an image of one cell, softmax along its channels."""
    return [first(conv("c1", 1, 6, 3, "relu", stride=2)), first(conv("c2", 6, 4, 1)),
            first(layer("GlobalAveragePooling2D", "gap", {"keepdims": True})), layer("Softmax", "softmax", {"axis": 1})]


def first_nets(folder):
    save(folder, "first_residual", "tf", "2.9.0", first_residual, (9, 8, 3), False, turned=True)
    save(folder, "first_flatten", "list", "2.1.6", first_flatten, (8, 6, 2), True, turned=True)
    save(folder, "first_mixed", "k3", "3.3.3", first_mixed, (6, 7, 2), False, turned=True)
    save(folder, "first_scores", "tf", "2.9.0", first_scores, (7, 7, 1), True, turned=True)


def old_nets(folder):
    save(folder, "keras1_sequential", "k1", None, old_sequential, (12, 12, 1), True)
    save(folder, "keras1_functional", "k1", "1.2.2", old_functional, (9, 7, 3), False)


def nested_nets(folder):
    save(folder, "recurrent", "tf", "2.9.0", recurrent, (6, 5), False)
    save(folder, "recurrent_nested", "tf", "2.9.0",
         lambda: [nested("Functional", "body", recurrent(), (6, 5), [[("input_1", 0)]], inputs=("input_1",)),
                  act("softmax", "softmax", [[("body", 0)]])], (6, 5), False)
    save(folder, "nested_twins", "tf", "2.9.0", twins, (8, 7, 2), False)
    save(folder, "nested_twins_k20", "k20", "2.2.4", twins, (8, 7, 2), False)
    save(folder, "nested_twins_k3", "k3", "3.3.3", twins, (8, 7, 2), False)
    save(folder, "nested_frozen", "tf", "2.6.0", lambda: frozen_base(False), (8, 8, 3), True)
    save(folder, "nested_trained", "open", "2.2.4", lambda: frozen_base(True), (8, 8, 3), True)
    save(folder, "nested_names", "tf", "2.12.0", same_names, (6,), False)
    save(folder, "nested_branches", "tf", "2.12.0", branches, (6, 6, 3), False)
    save(folder, "nested_branches_k3", "k3", "3.0.0", branches, (6, 6, 3), False)


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "nets")
    nested_nets(folder)
    old_nets(folder)
    first_nets(folder)
    archives(folder)


if __name__ == "__main__":
    main()
