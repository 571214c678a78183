"""Keras' HDF5 layouts without Keras: what each version writes, byte for byte where a reader could care."""
import json
import re
import zipfile
import h5py
import numpy as np


def activation_config(style, name):
    return name if style != "k3dict" else {"class_name": "function", "config": name}


def layer_entry(style, layer, first):
    """One entry of config['layers']."""
    if "layers" in layer:
        return model_entry(style, layer)
    cls, own = old_layer(layer) if style == "k1" else (layer["class"], layer["config"])
    config = {"name": layer["name"], "trainable": True, **own}
    if style == "k3":
        config["dtype"] = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"},
                "registered_name": None}
    elif style == "mixed":
        config["dtype"] = {"class_name": "Policy", "config": {"name": "mixed_float16"}}
    elif style != "k1":
        config["dtype"] = "float32"
    if first is not None:
        config["batch_shape" if style == "k3" else "batch_input_shape"] = [None] + list(first)
    entry = {"class_name": cls, "config": config}
    if style == "k3":
        entry.update(module="keras.layers", registered_name=None, build_config={"input_shape": [None]})
    return entry


def old_nodes(calls):
    return [[[ref[0], ref[1], (*ref, 0)[2], {}] for ref in call] for call in calls]


def new_nodes(calls):
    def tensor(ref):
        return {"class_name": "__keras_tensor__", "config": {"shape": [None], "dtype": "float32",
                "keras_history": [ref[0], ref[1], (*ref, 0)[2]]}}

    return [{"args": [[tensor(r) for r in call]] if len(call) > 1 else [tensor(call[0])], "kwargs": {"training": False,
            "mask": None}}
            for call in calls]


def sequential(style, name, layers, shape):
    if style in ("list", "k1"):  # Keras <= 2.2.2: a bare list, the shape in the first layer
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
    config = graph_config(style, name, layers, {"input_1": shape}, [(output, 0)])
    if shuffle:
        config["layers"] = config["layers"][::-1]
    return {"class_name": "Model" if style in ("k20", "k1") else "Functional", "config": config}


def shifted(style, layers, calls):
    """The calls with uses of nested models counted from 1, as Keras does where the model has a node of its own."""
    base = {x["name"]: int("layers" in x and (style != "k3" or x["class"] == "Functional")) for x in layers}
    return [[(ref[0], ref[1] + base.get(ref[0], 0), *ref[2:]) for ref in call] for call in calls]


def model_entry(style, model):
    """A nested model; {'class', 'name', 'layers', 'inputs', 'outputs', 'shape'}."""
    if model["class"] == "Sequential":
        config = sequential(style, model["name"], model["layers"], model["shape"])["config"]
    else:
        config = graph_config(style, model["name"], model["layers"], {n: model["shape"] for n in model["inputs"]},
                              model["outputs"])
    if isinstance(config, dict):
        config.setdefault("trainable", True)
    entry = {"class_name": model["class"], "config": config}
    if style == "k3":
        entry.update(module="keras", registered_name=None, build_config={"input_shape": [None]})
    return entry


def graph_config(style, name, layers, shapes, outputs):
    entries = []
    for n, shape in shapes.items():
        entries.append(layer_entry(style, {"class": "InputLayer", "name": n, "config": {}}, shape))
        entries[-1].update(name=n, inbound_nodes=[])
    for x in layers:
        calls = shifted(style, layers, x["calls"])
        entries.append(layer_entry(style, x, None))
        entries[-1].update(name=x["name"], inbound_nodes=new_nodes(calls) if style == "k3" else old_nodes(calls))
    ends = [[r[0], r[1], (*r, 0)[2]] for r in shifted(style, layers, [outputs])[0]]
    starts = [[n, 0, 0] for n in shapes]
    if style == "k3":  # a single one stands bare
        starts, ends = [x[0] if len(x) == 1 else x for x in (starts, ends)]
    return {"name": name, "layers": entries, "input_layers": starts, "output_layers": ends}


def leaves(layer):
    return [x for inner in layer["layers"] for x in leaves(inner)] if "layers" in layer else [layer]


def group_weights(layer):
    """(leaf, role, value) of a layer's group, in Keras' order: what is trained first."""
    rows = [(leaf, role, value) for leaf in leaves(layer) for role, value in leaf.get("weights", {}).items()]
    if "layers" not in layer:
        return rows

    def is_trained(row):
        return row[0]["config"].get("trainable", True) and not row[1].startswith("moving_")

    return [r for r in rows if is_trained(r)] + [r for r in rows if not is_trained(r)]


def put_names(group, attribute, names, style):
    if not names:
        group.attrs[attribute] = np.asarray([])  # what h5py makes of an empty list: float64, no elements
    elif style in ("list", "k20", "k1"):
        group.attrs[attribute] = np.asarray([n.encode() for n in names])  # h5py 2: fixed length, NULLPAD
    else:
        group.attrs.create(attribute, [n.encode() for n in names], dtype=h5py.special_dtype(vlen=bytes))


OLD_KEYS = {"units": "output_dim", "use_bias": "bias", "filters": "nb_filter", "strides": "subsample",
            "padding": "border_mode", "data_format": "dim_ordering", "rate": "p", "dilation_rate": "atrous_rate"}
OLD_CLASSES = {"Conv2D": "Convolution2D", "SeparableConv2D": "SeparableConvolution2D"}
OLD_MERGES = {"Add": "sum", "Concatenate": "concat", "Multiply": "mul", "Average": "ave", "Maximum": "max"}
OLD_ROLES = {"kernel": "W", "bias": "b", "moving_mean": "running_mean", "moving_variance": "running_std"}


def old_layer(layer):
    """Class and config as Keras 1.2 has them."""
    cls, config = layer["class"], dict(layer["config"])
    if cls in OLD_MERGES:
        return "Merge", {"mode": OLD_MERGES[cls], "mode_type": "raw", "concat_axis": config.get("axis", -1),
                         "dot_axes": -1, "output_shape": None, "output_shape_type": "raw", "output_mask": None,
                         "output_mask_type": "raw", "arguments": {}}
    old = {OLD_KEYS.get(k, k): v for k, v in config.items()}
    if "Pooling" in cls:
        old["strides"] = old.pop("subsample")
    if "kernel_size" in old:
        old["nb_row"], old["nb_col"] = old.pop("kernel_size")
        old.update(init="glorot_uniform", W_regularizer=None, b_regularizer=None, W_constraint=None)
    if "dim_ordering" in old:
        old["dim_ordering"] = "tf"
    if cls == "BatchNormalization":
        old = {"mode": 0, "axis": old["axis"], "epsilon": old["epsilon"], "momentum": 0.99, "gamma_regularizer": None}
        if old["epsilon"] == 1e-5:
            del old["epsilon"]
    if cls == "ZeroPadding2D":
        old["padding"] = [p for side in old.pop("border_mode") for p in side]
    if cls == "Conv2D" and old.pop("atrous_rate", [1, 1]) != [1, 1]:
        old["atrous_rate"] = config["dilation_rate"]
        return "AtrousConvolution2D", old
    old.pop("groups", None)
    return OLD_CLASSES.get(cls, cls), old


def weight_name(style, leaf, role):
    if style == "k1":
        return f"{leaf['name']}_{OLD_ROLES.get(role, role)}:0"
    suffix, scope = ("", "model/") if style == "k3" else (":0", "")
    return f"{scope}{leaf.get('scope', leaf['name'])}/{role}{suffix}"


def put_layers(root, style, layers):
    """The groups of layers in the layout by name."""
    put_names(root, "layer_names", [x["name"] for x in layers], style)
    for x in sorted(layers, key=lambda x: x["name"]):
        group = root.create_group(x["name"])
        rows = [(weight_name(style, leaf, role), value) for leaf, role, value in group_weights(x)]
        put_names(group, "weight_names", [name for name, value in rows], style)
        for name, value in rows:
            group.create_dataset(name, data=value)


def put_golden(f, golden):
    for name, value in golden.items():
        f.create_dataset(f"golden/{name}", data=value, track_times=False)


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
        put_layers(root, style, layers)
        put_golden(f, golden)


def write_weights(path, style, version, layers):
    """What save_weights of Keras 2 writes."""
    with h5py.File(path, "w", track_order=False) as f:
        f.attrs["backend"] = b"tensorflow"
        f.attrs["keras_version"] = version.encode()
        put_layers(f, style, layers)


# Where Keras 3 finds the weights of a class, of those that have objects inside.
HOLDERS = {"Bidirectional": ["forward_layer/cell/", "backward_layer/cell/"], "TimeDistributed": ["layer/"],
           "LSTM": ["cell/"]}


def snake_case(name):
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def put_vars(group, layer):
    holders = HOLDERS.get(layer["class"], [""])
    values = list(layer.get("weights", {}).values())
    group.create_group("vars")
    for h, inside in enumerate(holders):
        part = values[h * len(values) // len(holders):(h + 1) * len(values) // len(holders)]
        for i, value in enumerate(part):
            group.create_dataset(f"{inside}vars/{i}", data=value)


def put_classes(parent, folder, layers):
    """The layout by class. Keras 2.12 puts layers with weights twice into its list, and so leaves numbers out."""
    group, counts = parent.create_group(folder), {}
    for x in [{"class": "InputLayer"}] + layers:
        name = snake_case(x["class"])
        n = counts.get(name, -1) + 1
        counts[name] = n + (folder != "layers" and bool(group_weights(x) if "name" in x else 0))
        own = group.create_group(f"{name}_{n}" if n else name)
        if "layers" in x:
            put_classes(own, folder, x["layers"])
        else:
            put_vars(own, x)


def write_classes(path, layers, folder="layers"):
    with h5py.File(path, "w", track_order=False) as f:
        put_classes(f, folder, layers)
        f.create_group("optimizer/vars")
        f.create_group("vars")


def write_archive(path, version, model_config, weights, method):
    """A .keras file around a file of weights."""
    when = (2024, 1, 1, 0, 0, 0)
    with zipfile.ZipFile(path, "w") as z, open(weights, "rb") as f:
        metadata = json.dumps({"keras_version": version, "date_saved": "2024-01-01@00:00:00"})
        for name, data in [("metadata.json", metadata), ("config.json", json.dumps(model_config)),
                           ("model.weights.h5", f.read())]:
            z.writestr(zipfile.ZipInfo(name, when), data, method)
