"""Keras files written by hand, without Keras."""
import io
import json
import zipfile

import h5py
import numpy as np

from suite import path


def layer(class_name, name, inbound=None, **config):
    entry = {"class_name": class_name, "config": dict({"name": name}, **config)}
    return entry if inbound is None else dict(entry, name=name, inbound_nodes=inbound)


def whole(name, config, weights, version="2.11.0", backend="tensorflow", training=None, at_root=True, change=None):
    """A whole model in HDF5. weights: {layer: {name: array}}. Its path."""
    with h5py.File(path(name), "w") as f:
        f.attrs["model_config"] = json.dumps(config)
        root = f.create_group("model_weights")
        for holder in [root] + [f] * at_root:
            holder.attrs["keras_version"] = version
            holder.attrs["backend"] = backend
        if training is not None:
            f.attrs["training_config"] = json.dumps(training)
        for entry in config["config"]["layers"]:
            n = entry["config"]["name"]
            group = root.require_group(n)
            names = list(weights.get(n, {}))
            group.attrs["weight_names"] = [k.encode() for k in names] if names else np.zeros(0)
            for k in names:
                group[k] = weights[n][k]
        if change:
            change(f)
    return path(name)


def archive(name, config, arrays, version="2.15.0"):
    """A .keras archive; arrays: {path in model.weights.h5: array}, '/' between groups. Its path."""
    content = io.BytesIO()
    with h5py.File(content, "w") as f:
        for k, v in arrays.items():
            f[k] = v
    with zipfile.ZipFile(path(name), "w") as z:
        z.writestr("config.json", json.dumps(config))
        z.writestr("metadata.json", json.dumps({"keras_version": version}))
        z.writestr("model.weights.h5", content.getvalue())
    return path(name)
