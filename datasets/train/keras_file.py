"""Writes Keras full-model .h5 files without Keras.

Keras' HDF5 writer is nothing but attrs[...] and create_dataset calls, so the
same calls give the same tree: hdf5_format.py of Keras 2.11 and
legacy_h5_format.py of Keras 3.3 were followed. A model is a list of layers:

    {"class": "Dense", "name": "dense", "config": {...}, "weights": [(role, array), ...]}

in graph order, each layer fed by the one before it.
"""
import json

import h5py
import numpy as np

KERAS2, KERAS3 = "2.11.0", "3.3.3"


def initializer(class_name, config, keras):
    if keras == KERAS2:
        return {"class_name": class_name, "config": config}
    return {"module": "keras.initializers", "class_name": class_name,
            "config": config, "registered_name": None}


def kernel_config(keras):
    """The keys that Conv2D and Dense share; a reader must know to ignore them."""
    return {"use_bias": True,
            "kernel_initializer": initializer("GlorotUniform", {"seed": None}, keras),
            "bias_initializer": initializer("Zeros", {}, keras),
            "kernel_regularizer": None, "bias_regularizer": None,
            "activity_regularizer": None, "kernel_constraint": None, "bias_constraint": None}


def layer(class_name, name, config, weights=()):
    return {"class": class_name, "name": name, "weights": list(weights),
            "config": {"name": name, "trainable": True, "dtype": "float32", **config}}


def input_layer(name, shape, keras):
    key = "batch_input_shape" if keras == KERAS2 else "batch_shape"
    config = {key: [None, *shape], "dtype": "float32", "sparse": False}
    if keras == KERAS2:
        config["ragged"] = False
    return {"class": "InputLayer", "name": name, "weights": [], "config": {**config, "name": name}}


def conv2d(name, kernel, bias, keras, **extra):
    config = {"filters": int(bias.size), "kernel_size": list(kernel.shape[:2]), "strides": [1, 1],
              "padding": "same", "data_format": "channels_last", "dilation_rate": [1, 1],
              "groups": 1, "activation": "relu", **kernel_config(keras)}
    return layer("Conv2D", name, {**extra, **config}, [("kernel", kernel), ("bias", bias)])


def embedding(name, table, keras):
    config = {"input_dim": int(table.shape[0]), "output_dim": int(table.shape[1]), "mask_zero": False,
              "embeddings_initializer": initializer("RandomUniform", {"minval": -0.05, "maxval": 0.05, "seed": None},
                                                    keras),
              "embeddings_regularizer": None, "activity_regularizer": None, "embeddings_constraint": None}
    return layer("Embedding", name, config, [("embeddings", table)])


def conv1d(name, kernel, bias, keras):
    config = {"filters": int(bias.size), "kernel_size": list(kernel.shape[:1]), "strides": [1], "padding": "same",
              "data_format": "channels_last", "dilation_rate": [1], "groups": 1, "activation": "relu",
              **kernel_config(keras)}
    return layer("Conv1D", name, config, [("kernel", kernel), ("bias", bias)])


def global_max_pooling1d(name):
    return layer("GlobalMaxPooling1D", name, {"data_format": "channels_last", "keepdims": False})


def max_pooling2d(name):
    return layer("MaxPooling2D", name, {"pool_size": [2, 2], "padding": "valid",
                                        "strides": [2, 2], "data_format": "channels_last"})


def flatten(name):
    return layer("Flatten", name, {"data_format": "channels_last"})


def dropout(name, rate, keras):
    config = {"rate": rate, "noise_shape": None, "seed": None}
    if keras == KERAS3:
        config = {"rate": rate, "seed": None, "noise_shape": None}
    return layer("Dropout", name, config)


def dense(name, kernel, bias, activation, keras):
    config = {"units": int(bias.size), "activation": activation, **kernel_config(keras)}
    return layer("Dense", name, config, [("kernel", kernel), ("bias", bias)])


def normalization(name, mean, variance):
    """As after adapt(): statistics in weights, none in the configuration."""
    config = {"axis": [-1], "invert": False, "mean": None, "variance": None}
    return layer("Normalization", name, config,
                 [("mean", mean), ("variance", variance), ("count", np.array(0, np.int64))])


def sequential_config(layers, name="sequential"):
    entries = [{"class_name": l["class"], "config": l["config"]} for l in layers]
    return {"class_name": "Sequential", "config": {"name": name, "layers": entries}}


def old_node(source, _shape):
    return [[[source, 0, 0, {}]]]


def new_node(source, shape):
    tensor = {"class_name": "__keras_tensor__",
              "config": {"shape": [None, *shape], "dtype": "float32",
                         "keras_history": [source, 0, 0]}}
    return [{"args": [tensor], "kwargs": {}}]


def functional_config(layers, shapes, keras, name):
    """shapes: each layer's output shape without the batch, which Keras 3 nodes repeat."""
    node = old_node if keras == KERAS2 else new_node
    entries, before = [], None
    for l, shape in zip(layers, shapes):
        inbound = node(*before) if before else []
        entries.append({"class_name": l["class"], "config": l["config"],
                        "name": l["name"], "inbound_nodes": inbound})
        before = (l["name"], shape)
    first, last = [layers[0]["name"], 0, 0], [layers[-1]["name"], 0, 0]
    # Keras 2 lists its inputs; Keras 3 keeps the structure given, here one bare tensor.
    ends = ([first], [last]) if keras == KERAS2 else (first, last)
    config = {"name": name, "layers": entries, "input_layers": ends[0], "output_layers": ends[1]}
    if keras == KERAS3:  # the model's own key "trainable" came with 2.12
        config["trainable"] = True
    return {"class_name": "Functional", "config": config}


def weight_path(l, role, keras):
    # A Normalization that was adapted before its first call was built outside
    # any name scope, so Keras 2 names its weights without the layer.
    if keras == KERAS2:
        return f"{role}:0" if l["class"] == "Normalization" else f"{l['name']}/{role}:0"
    return f"{l['name']}/{role}"


def write_weights(group, l, keras):
    names = [weight_path(l, role, keras).encode() for role, _ in l["weights"]]
    # An empty list becomes an empty float64 attribute, as in every file Keras writes.
    group.attrs["weight_names"] = names
    for name, (_, value) in zip(names, l["weights"]):
        value = np.asarray(value)
        data = group.create_dataset(name.decode(), value.shape, dtype=value.dtype)
        if value.shape:
            data[:] = value
        else:
            data[()] = value


def save(path, config, layers, keras):
    # libver earliest and no time stamps: the same weights give the same bytes.
    with h5py.File(path, "w", track_order=False) as f:
        backend = b"tensorflow"
        f.attrs["keras_version"] = keras.encode()
        f.attrs["backend"] = backend
        f.attrs["model_config"] = json.dumps(config).encode()
        root = f.create_group("model_weights")
        is_sequential = config["class_name"] == "Sequential"
        # model.layers of a Sequential leaves its InputLayer out.
        kept = [l for l in layers if not (is_sequential and l["class"] == "InputLayer")]
        root.attrs["layer_names"] = [l["name"].encode() for l in kept]
        root.attrs["backend"] = backend
        root.attrs["keras_version"] = keras.encode()
        for l in sorted(kept, key=lambda l: l["name"]):
            write_weights(root.create_group(l["name"]), l, keras)
        top = root.create_group("top_level_model_weights")
        top.attrs["weight_names"] = []
