"""Keras' HDF5 layouts without Keras: what each version writes, byte for byte where a reader could care."""
import json
import h5py
import numpy as np


def activation_config(style, name):
    return name if style != "k3dict" else {"class_name": "function", "config": name}


def layer_entry(style, layer, first):
    """One entry of config['layers']."""
    config = {"name": layer["name"], "trainable": True, **layer["config"]}
    if style == "k3":
        config["dtype"] = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"},
                "registered_name": None}
    elif style == "mixed":
        config["dtype"] = {"class_name": "Policy", "config": {"name": "mixed_float16"}}
    else:
        config["dtype"] = "float32"
    if first is not None:
        config["batch_shape" if style == "k3" else "batch_input_shape"] = [None] + list(first)
    entry = {"class_name": layer["class"], "config": config}
    if style == "k3":
        entry.update(module="keras.layers", registered_name=None, build_config={"input_shape": [None]})
    return entry


def old_nodes(calls):
    return [[[name, index, 0, {}] for name, index in call] for call in calls]


def new_nodes(calls):
    def tensor(ref):
        return {"class_name": "__keras_tensor__", "config": {"shape": [None], "dtype": "float32",
                "keras_history": [ref[0], ref[1], 0]}}

    return [{"args": [[tensor(r) for r in call]] if len(call) > 1 else [tensor(call[0])], "kwargs": {"training": False,
            "mask": None}}
            for call in calls]


def sequential(style, name, layers, shape):
    if style == "list":  # Keras <= 2.2.2: a bare list, the shape in the first layer
        return {"class_name": "Sequential", "config": [layer_entry(style, x, shape if i == 0 else None) for i,
                x in enumerate(layers)]}
    entries = [layer_entry(style, x, None) for x in layers]
    config = {"name": name, "layers": entries}
    if style == "open":  # Keras 2.2.4 may lose the shape of an explicit InputLayer
        config["build_input_shape"] = [None] + list(shape)
    else:
        entries.insert(0, layer_entry(style, {"class": "InputLayer", "name": "input_1", "config": {}}, shape))
    return {"class_name": "Sequential", "config": config}


def functional(style, name, layers, shape, output, shuffle=False):
    entries = [layer_entry(style, {"class": "InputLayer", "name": "input_1", "config": {}}, shape)]
    entries[0].update(name="input_1", inbound_nodes=[])
    for x in layers:
        entry = layer_entry(style, x, None)
        calls = x["calls"]
        entry.update(name=x["name"], inbound_nodes=new_nodes(calls) if style == "k3" else old_nodes(calls))
        entries.append(entry)
    if shuffle:
        entries = entries[::-1]
    single = style == "k3"
    config = {"name": name, "layers": entries,
              "input_layers": ["input_1", 0, 0] if single else [["input_1", 0, 0]],
              "output_layers": [output, 0, 0] if single else [[output, 0, 0]]}
    return {"class_name": "Model" if style == "k20" else "Functional", "config": config}


def put_names(group, attribute, names, style):
    if not names:
        group.attrs[attribute] = np.asarray([])  # what h5py makes of an empty list: float64, no elements
    elif style in ("list", "k20"):
        group.attrs[attribute] = np.asarray([n.encode() for n in names])  # h5py 2: fixed length, NULLPAD
    else:
        group.attrs.create(attribute, [n.encode() for n in names], dtype=h5py.special_dtype(vlen=bytes))


def write(path, style, version, model_config, layers, golden):
    """layers: with 'weights', {role: array}. golden: arrays stored under /golden for the test."""
    with h5py.File(path, "w", track_order=False) as f:
        f.attrs["model_config"] = json.dumps(model_config).encode()
        f.attrs["backend"] = b"tensorflow"
        root = f.create_group("model_weights")
        root.attrs["backend"] = b"tensorflow"
        if version:
            f.attrs["keras_version"] = version.encode()
            root.attrs["keras_version"] = version.encode()
        put_names(root, "layer_names", [x["name"] for x in layers], style)
        for x in sorted(layers, key=lambda x: x["name"]):
            group = root.create_group(x["name"])
            suffix, scope = ("", "model/") if style == "k3" else (":0", "")
            names = {role: f"{scope}{x['name']}/{role}{suffix}" for role in x.get("weights", {})}
            put_names(group, "weight_names", list(names.values()), style)
            for role, value in x.get("weights", {}).items():
                group.create_dataset(names[role], data=value)
        for name, value in golden.items():
            f.create_dataset(f"golden/{name}", data=value, track_times=False)
