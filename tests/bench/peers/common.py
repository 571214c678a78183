"""What the peer scripts share: the demo model and data in torch, a run of assay, and how ratios are printed."""
import json
import os
import statistics
import subprocess

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: spinning threads stall on a busy machine
import h5py
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
MODELS = os.path.join(ROOT, "datasets", "models")
DATA = os.path.join(os.environ.get("ASSAY_DEMO", os.path.join(ROOT, "demo", "data")), "fashion_test.h5")
SCALE = 0.00392156862745098


def kernels_and_biases(weights):
    """Of each layer that has them, in the model's order."""
    for layer in weights.attrs["layer_names"]:
        group = weights[layer]
        names = list(group.attrs["weight_names"])
        if len(names) > 0:
            yield tuple(group[name][()] for name in names)


class DemoCnn(nn.Module):
    """datasets/models/fashion_cnn*.h5; takes images (n, 1, 28, 28) in 0..255 and does the preprocessing, too."""

    def __init__(self, path):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, padding=1)
        self.conv2 = nn.Conv2d(32, 64, 3, padding=1)
        self.fc1 = nn.Linear(7 * 7 * 64, 64)
        self.fc2 = nn.Linear(64, 10)
        with h5py.File(path) as f:
            layers = (self.conv1, self.conv2, self.fc1, self.fc2)
            for layer, (kernel, bias) in zip(layers, kernels_and_biases(f["model_weights"])):
                order = (3, 2, 0, 1) if kernel.ndim == 4 else (1, 0)
                layer.weight.data = torch.from_numpy(np.ascontiguousarray(kernel.transpose(order)))
                layer.bias.data = torch.from_numpy(bias)
        for p in self.parameters():
            p.requires_grad_(False)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x * SCALE)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc2(F.relu(self.fc1(x.permute(0, 2, 3, 1).flatten(1))))


def images(n):
    with h5py.File(DATA) as f:
        x, y = f["x"][:n], f["y"][:n]
    return torch.from_numpy(x.astype(np.float32)).permute(0, 3, 1, 2).contiguous(), torch.from_numpy(y.astype(np.int64))


def write_config(folder, model, eps, threads, **attack):
    config = {"model": os.path.join(MODELS, model), "data": DATA, "seed": 1, "preprocess": {"scale": SCALE},
              "batch": {"threads": threads}, "output": {"images": 0},
              "attacks": [{"name": "pgd", "norm": "linf", "eps": [eps], "steps": 40, **attack}]}
    path = os.path.join(folder, "config.json")
    with open(path, "w") as f:
        json.dump(config, f)
    return path


def run_assay(assay, config, folder, n):
    subprocess.run([assay, "run", config, "-o", os.path.join(folder, "out"), "--force", "--limit", str(n), "--quiet"],
                   check=True, stdout=subprocess.DEVNULL)


def spread(values):
    return "%8.3f %8.3f %8.3f" % (min(values), statistics.median(values), max(values))


def print_table(what, unit, rows):
    """rows: (name, values)"""
    print("%-52s %8s %8s %8s" % ("%s [%s]" % (what, unit), "min", "median", "max"))
    for name, values in rows:
        print("  %-50s %s" % (name, spread(values)))
    print(flush=True)
