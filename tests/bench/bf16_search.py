#!/usr/bin/python3
"""What "search": "bf16" gains and costs, against "search": "float32" with the same attack.

    bf16_search.py ASSAY [--folder DIR] [--rounds N] [--samples N] [--eps E ...]

On the VGG-like net of `assay bench`, trained here for a few minutes on Fashion-MNIST (padded to 32x32, three equal
channels); with --folder the net and its data are kept there and taken from there the next time. Printed are

  throughput   gradients a second of processor time: PGD-10 from x, iterate "last" (the same gradients in both), user
               time of the whole process less that of a run without attacks; the searches alternate, the ratio is of
               neighbours
  whole run    the same of PGD-20 with iterate "any" and a random start, where broken samples leave
  accuracy     robust accuracy of both on `samples` samples, the difference in percentage points, how many samples differ

Needs python3-torch and python3-h5py and the Debian package dataset-fashion-mnist.
"""
import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "peers"), os.path.join(HERE, "..", "..", "datasets", "train")]
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: spinning threads stall on a busy machine
import h5py
import numpy as np

TRAIN_ROWS, EPOCHS, SCALE = 8000, 3, 0.00392156862745098
SEARCHES = ("float32", "bf16")


def widen(x):
    """(n, 28, 28) to (n, 32, 32, 3)"""
    return np.repeat(np.pad(x, ((0, 0), (2, 2), (2, 2)))[..., None], 3, axis=3)


def read(part):
    import train_models
    x = train_models.read_idx("%s/%s-images-idx3-ubyte.gz" % (train_models.FASHION, part), 16).reshape(-1, 28, 28)
    return widen(x), train_models.read_idx("%s/%s-labels-idx1-ubyte.gz" % (train_models.FASHION, part), 8)


def keras_layers(net):
    import keras_file as kf
    import torch
    convolutions = [m for m in net if isinstance(m, torch.nn.Conv2d)]
    dense = [m for m in net if isinstance(m, torch.nn.Linear)]
    layers = [kf.input_layer("input_1", [32, 32, 3], kf.KERAS2)]
    for i, m in enumerate(convolutions):
        first = {"batch_input_shape": [None, 32, 32, 3]} if i == 0 else {}
        kernel = m.weight.detach().numpy().transpose(2, 3, 1, 0)
        layers.append(kf.conv2d("conv2d_%d" % i, kernel, m.bias.detach().numpy(), kf.KERAS2, **first))
        if i % 2:
            layers.append(kf.max_pooling2d("max_pooling2d_%d" % i))
    layers.append(kf.flatten("flatten"))
    by_place = dense[0].weight.detach().numpy().reshape(128, 128, 4, 4).transpose(2, 3, 1, 0).reshape(2048, 128)
    layers.append(kf.dense("dense", by_place, dense[0].bias.detach().numpy(), "relu", kf.KERAS2))
    last = dense[1].weight.detach().numpy().T
    layers.append(kf.dense("dense_1", last, dense[1].bias.detach().numpy(), "softmax", kf.KERAS2))
    return layers


def train(path):
    import keras_file as kf
    import nets
    import torch
    import train_models
    train_models.deterministic()
    x, y = read("train")
    x = torch.from_numpy(x[:TRAIN_ROWS].transpose(0, 3, 1, 2).astype(np.float32) / 255)
    net = nets.Vgg()
    body = torch.nn.Sequential(*list(net)[:-1]).to(memory_format=torch.channels_last)  # the loss takes logits
    labels = torch.from_numpy(y[:TRAIN_ROWS].astype(np.int64))
    train_models.fit(body, x.contiguous(memory_format=torch.channels_last), labels, EPOCHS, 1e-3)
    layers = keras_layers(net)
    kf.save(path, kf.sequential_config(layers), layers, kf.KERAS2)


def write_data(path):
    x, y = read("t10k")
    with h5py.File(path, "w") as f:
        f.attrs["assay_dataset"] = 1
        f.attrs["name"] = "fashion32"
        data = f.create_dataset("x", data=x)
        data.attrs["low"], data.attrs["high"] = 0.0, 255.0
        f.create_dataset("y", data=y.astype(np.int32))


def write_config(folder, search, attacks):
    config = {"model": "vgg.h5", "data": "test.h5", "seed": 1, "search": search, "preprocess": {"scale": SCALE},
              "output": {"images": 0}, "attacks": attacks}
    path = os.path.join(folder, "config.json")
    with open(path, "w") as f:
        json.dump(config, f)
    return path


def run(o, folder, search, attacks, samples):
    """User seconds of one run, and its folder."""
    out = os.path.join(folder, "out-" + search)
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run([o.assay, "run", write_config(folder, search, attacks), "-o", out, "--force", "--quiet", "--threads",
                    str(o.threads), "--limit", str(samples)], check=True, stdout=subprocess.DEVNULL)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before, out


def outcomes(out, scenario):
    with h5py.File(os.path.join(out, "samples.h5")) as f:
        return {name: f["scenarios"][scenario][name][:] for name in ("correct", "queries_gradient", "queries_forward")}


def compare_times(o, folder, what, attack, samples):
    """Alternating rounds; prints queries a second and the ratio of neighbours."""
    scenario, rates, ratios = "adversarial.pgd_linf@%g" % attack["eps"], {s: [] for s in SEARCHES}, []
    for _ in range(o.rounds):
        seconds = {}
        idle = run(o, folder, "float32", [], samples)[0]
        for search in SEARCHES:
            total, out = run(o, folder, search, [attack], samples)
            seconds[search] = total - idle
            rates[search].append(outcomes(out, scenario)["queries_gradient"].sum() / seconds[search])
        ratios.append(seconds["float32"] / seconds["bf16"])
    for search in SEARCHES:
        print("%-11s %-8s %8.1f gradients/s of processor time (%.1f to %.1f)" % (
            what, search, statistics.median(rates[search]), min(rates[search]), max(rates[search])))
    print("%-11s time float32 : bf16 = %.2f (%.2f to %.2f over %d rounds)" % (
        what, statistics.median(ratios), min(ratios), max(ratios), o.rounds), flush=True)


def compare_accuracy(o, folder):
    for eps in o.eps:
        attack = {"name": "pgd", "norm": "linf", "eps": eps, "steps": 20}
        seen = {}
        for search in SEARCHES:
            seen[search] = outcomes(run(o, folder, search, [attack], o.samples)[1], "adversarial.pgd_linf@%g" % eps)
        a, b = (seen[s]["correct"] == 1 for s in SEARCHES)
        print("accuracy    eps %-4g float32 %.4f, bf16 %.4f, difference %+.2f pp, %d of %d samples differ" % (
            eps, a.mean(), b.mean(), 100 * (b.mean() - a.mean()), (a != b).sum(), len(a)), flush=True)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("assay")
    p.add_argument("--folder")
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--samples", type=int, default=1000)
    p.add_argument("--eps", type=float, nargs="+", default=[4, 8])
    p.add_argument("--threads", type=int, default=2)
    o = p.parse_args()
    with tempfile.TemporaryDirectory(prefix="assay-bf16.") as temporary:
        folder = o.folder or temporary
        os.makedirs(folder, exist_ok=True)
        if not os.path.exists(os.path.join(folder, "vgg.h5")):
            train(os.path.join(folder, "vgg.h5"))
        if not os.path.exists(os.path.join(folder, "test.h5")):
            write_data(os.path.join(folder, "test.h5"))
        compare_times(o, folder, "throughput", {"name": "pgd", "norm": "linf", "eps": 1, "steps": 10,
                                                "random_start": False, "iterate": "last"}, 200)
        compare_times(o, folder, "whole run", {"name": "pgd", "norm": "linf", "eps": 1, "steps": 20}, 200)
        compare_accuracy(o, folder)


if __name__ == "__main__":
    main()
