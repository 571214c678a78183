"""What the comparisons with other tools share: Keras nets in torch, their data, and runs of assay.

A net takes points of the unit box (n, channels, height, width), or (n, features) of a table, and gives logits; budgets
in its box are shares of the width. Nets of the project have their data made by `make demo`; other nets are named by a
folder with NAME.h5 (or .hdf5) and NAME.npz (x as the net expects it, y)."""
import json
import os
import subprocess
import sys

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
import h5py
import numpy as np
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
sys.path.insert(0, os.path.dirname(HERE))
import torch_nets

MODELS = os.path.join(ROOT, "datasets", "models")


def inbound(node):
    """Names of the layers a call takes: Keras 2 lists [name, call, tensor], Keras 3 has tensors with their history."""
    if isinstance(node, list):
        return [n[0] for n in node]
    found = []
    json.loads(json.dumps(node), object_hook=lambda o: found.append(o["keras_history"][0]) if "keras_history" in o else o)
    return found


def read_layers(path):
    """[(name, class, config, weights, names of inputs)] in order, and the name of the last."""
    with h5py.File(path) as f:
        config = json.loads(f.attrs["model_config"])
        groups = f["model_weights"] if "model_weights" in f else f
        weights = {}
        for name in groups:
            names = [n.decode() if isinstance(n, bytes) else n for n in groups[name].attrs.get("weight_names", [])]
            weights[name] = {n.split("/")[-1].split(":")[0]: groups[name][n][()] for n in names}
    body, before, found = config["config"], None, []
    entries = body["layers"] if isinstance(body, dict) else body
    for entry in entries:
        name = entry.get("name") or entry["config"].get("name")
        nodes = entry.get("inbound_nodes")
        inputs = inbound(nodes[0]) if nodes else [before] if before and config["class_name"] == "Sequential" else []
        found.append((name, entry["class_name"], entry["config"], weights.get(name, {}), inputs))
        before = name
    return found


class KerasNet(torch.nn.Module):
    """Logits in float32 of points in the unit box."""

    def __init__(self, path, low, high, scale=1.0):
        super().__init__()
        self.layers = read_layers(path)
        self.tensors = {name: {k: torch.tensor(np.asarray(v, "f4")) for k, v in weights.items()}
                        for name, _, _, weights, _ in self.layers}
        self.low, self.width, self.scale = torch.tensor(low), torch.tensor(high - low), scale

    def forward(self, u):
        x = (self.low + u * self.width) * self.scale
        values, last = {None: x.permute(0, 2, 3, 1) if x.dim() == 4 else x}, self.layers[-1][0]
        for name, kind, config, _, inputs in self.layers:
            given = [values[i] for i in inputs] or [values[None]]
            values[name] = given[0] if kind == "InputLayer" else self.run(name, kind, config, given, name == last)
        z = values[last].reshape(len(u), -1)
        return torch.cat([torch.zeros_like(z), z], 1) if z.shape[1] == 1 else z

    def run(self, name, kind, config, given, last):
        if last and (kind == "Softmax" or (kind == "Activation" and config["activation"] in ("softmax", "sigmoid"))):
            return given[0]
        y = torch_nets.LAYERS[kind](given if len(given) > 1 else given[0], config, self.tensors[name])
        activation = config.get("activation") or "linear"
        if last and activation in ("softmax", "sigmoid"):
            return y
        return torch_nets.FUNCTIONS[activation](y)


def demo(name):
    with h5py.File(os.path.join(os.environ.get("ASSAY_DEMO", os.path.join(ROOT, "demo", "data")), name)) as f:
        return f["x"][:].astype("f4"), f["y"][:].astype("i8"), f["x"].attrs["low"], f["x"].attrs["high"]


def filled(x, y, low, high, n):
    """n rows: those that are there, then the same again with noise of up to a twentieth of the box."""
    draw = np.random.default_rng(0)
    copies = [x[:n]]
    for first in range(len(x), n, len(x)):
        noise = draw.uniform(-0.05, 0.05, x.shape) * (high - low)
        copies.append(np.clip(x + noise, low, high)[:n - first])
    return np.concatenate(copies).astype("f4"), np.tile(y, -(-n // len(y)))[:n]


class Subject:
    """A net with its data: unit-box points u (n, ...), labels y, and the runs of assay on them.

    A table is given to assay in the unit box, with the way back to its own units as preprocess: lengths are the peers'
    then, and no threat model of a table (mutable, whole numbers, relations) stands between, which they do not know."""

    def __init__(self, name, n, work, folder=None):
        self.name, self.work = name, work
        scale = 1.0
        if folder is None:
            self.model = os.path.join(MODELS, name + ".h5")
            data = "hmda_test.h5" if name.startswith("hmda") else "fashion_test.h5"
            x, y, low, high = demo(data)
            scale = 1.0 if x.ndim == 2 else 1 / 255
        else:
            self.model = next(os.path.join(folder, name + e) for e in (".h5", ".hdf5")
                              if os.path.exists(os.path.join(folder, name + e)))
            archive = next(f for f in sorted(os.listdir(folder)) if f.endswith(".npz") and alike(f, name))
            with np.load(os.path.join(folder, archive)) as f:
                x, y = f["x"].astype("f4"), f["y"].astype("i8")
            low, high = box(x)
        low, high = np.float32(low), np.float32(high)
        self.rows = min(len(x), n)
        x, y = filled(x, y, low, high, n)
        self.net, self.y = KerasNet(self.model, low, high, scale), torch.from_numpy(y)
        self.u = torch.from_numpy((x - low) / (high - low)).float()
        if x.ndim == 2:
            low, high, x = 0.0, 1.0, self.u.numpy()
            width = self.net.width.numpy()
            self.preprocess = {"scale": 1, "mean": (-self.net.low.numpy() / width).tolist(),
                               "std": (1 / width).tolist()}
        else:
            self.u, self.preprocess = self.u.permute(0, 3, 1, 2).contiguous(), {"scale": scale}
        self.width = float(high - low)
        self.data = os.path.join(work, name + "_data.h5")
        with h5py.File(self.data, "w") as f:
            f.attrs["assay_dataset"], f.attrs["name"] = 1, name
            f["x"] = x
            f["x"].attrs["low"], f["x"].attrs["high"] = low, high
            f["y"] = y.astype("i4")

    def right(self):
        with torch.no_grad():
            return torch.cat([self.net(self.u[i:i + 250]).argmax(1) for i in range(0, len(self.u), 250)]) == self.y

    def run(self, assay, attacks, threads=2, seed=1):
        """samples.h5 of a run, {scenario: {column: array}}."""
        config, out = os.path.join(self.work, self.name + ".json"), os.path.join(self.work, self.name + "_run")
        attacks = [dict(a, eps_unit="data") for a in attacks]
        with open(config, "w") as f:
            json.dump({"model": self.model, "data": self.data, "seed": seed, "preprocess": self.preprocess,
                       "batch": {"threads": threads}, "output": {"images": 0}, "attacks": attacks}, f)
        subprocess.run([assay, "run", config, "-o", out, "--force"], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        with h5py.File(os.path.join(out, "samples.h5")) as f:
            return {s: {c: g[c][:] for c in g} for s, g in f["scenarios"].items()}


def box(x):
    """Of pictures one interval, of a table each value's own."""
    if x.ndim == 4:
        least = float(x.min())
        return (-0.5 if least == -0.5 and x.max() <= 0.5 else -1.0 if least < 0 else 0.0,
                0.5 if least == -0.5 and x.max() <= 0.5 else 1.0)
    low, high = x.min(0), x.max(0)
    return low, np.where(high > low, high, low + 1)


def alike(archive, model):
    words = os.path.splitext(archive)[0].split("_")
    return words[0][:3] == model[:3] or words[-1] in model


def robust(samples, scenario):
    """Share of all samples that are right clean and under the attack."""
    return float((samples["clean"]["correct"] * samples[scenario]["correct"]).mean())


def folder_of(name, models):
    """None of a net of the project, else the folder of the others."""
    return None if os.path.exists(os.path.join(MODELS, name + ".h5")) else models


def lengths(samples, scenario, norm, unit):
    """Lengths of the attacked samples' changes in shares of the box, infinite where the attack failed."""
    s = samples[scenario]
    attacked = s["attacked"] == 1
    length = s[norm][attacked].astype("f8") / (1 if norm == "l0" else unit)
    return np.where(s["success"][attacked] == 1, length, np.inf)


def write(path, key, rows, assay):
    """Rows into the file of results, each with the commit of the assay that made it; those with the same values of `key`
    are replaced."""
    version = json.loads(subprocess.run([assay, "version", "--json"], check=True, capture_output=True).stdout)
    rows = [dict(row, assay_commit=version["git_commit"]) for row in rows]
    old = []
    if os.path.exists(path):
        with open(path) as f:
            old = json.load(f)["rows"]
    said = [tuple(r.get(k) for k in key) for r in rows]
    with open(os.path.join(HERE, "versions.json")) as f:
        versions = json.load(f)
    with open("/proc/cpuinfo") as f:
        processor = next((line.split(":")[1].strip() for line in f if line.startswith("model name")), "")
    document = {"peers": versions, "torch": torch.__version__, "numpy": np.__version__,
                "machine": {"processor": processor, "cores": os.cpu_count()},
                "rows": [r for r in old if tuple(r.get(k) for k in key) not in said] + rows}
    text = json.dumps(document, indent=1)
    with open(path, "w") as f:
        f.write(text + "\n")
