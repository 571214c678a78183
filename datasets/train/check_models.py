#!/usr/bin/python3
"""Checks the demo models by a second implementation: reads the .h5 files back and runs them in NumPy, float64.

    check_models.py [--models DIR] [--hmda hmda.csv] [--words DIR] [--limit N] [--pgd N]

Knows nothing of how the files were written: the layers, their order and their weights all come from the file. Prints
accuracy on members and on the test part, and for the Fashion-MNIST nets the loss on both. --pgd N adds the accuracy
of the first N test images under PGD (Linf 8/255, 20 steps of 2/255, one random start), whose gradients torch takes.
"""
import argparse
import csv
import gzip
import json
import os

import h5py
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
FASHION = "/usr/share/datasets/fashion-mnist"


def conv2d(x, w, _config):
    kernel, bias = w
    kh, kw, _, out = kernel.shape
    padded = np.pad(x, ((0, 0), (kh // 2, kh // 2), (kw // 2, kw // 2), (0, 0)))
    y = np.zeros(x.shape[:3] + (out,)) + bias
    for i in range(kh):
        for j in range(kw):
            y += padded[:, i:i + x.shape[1], j:j + x.shape[2]] @ kernel[i, j]
    return y


def conv1d(x, w, _config):
    kernel, bias = w
    half = len(kernel) // 2
    padded = np.pad(x, ((0, 0), (half, half), (0, 0)))
    return sum(padded[:, i:i + x.shape[1]] @ kernel[i] for i in range(len(kernel))) + bias


def max_pooling2d(x, _w, config):
    p, q = config["pool_size"]
    n, h, w, c = x.shape
    return x[:, :h // p * p, :w // q * q].reshape(n, h // p, p, w // q, q, c).max((2, 4))


def normalization(x, w, _config):
    mean, variance, _count = w
    return (x - mean) / np.maximum(np.sqrt(variance), 1e-7)


LAYERS = {"InputLayer": lambda x, w, c: x, "Dropout": lambda x, w, c: x,
          "Flatten": lambda x, w, c: x.reshape(len(x), -1),
          "Dense": lambda x, w, c: x @ w[0] + w[1],
          "Embedding": lambda x, w, c: w[0][x], "Conv1D": conv1d, "GlobalMaxPooling1D": lambda x, w, c: x.max(1),
          "Conv2D": conv2d, "MaxPooling2D": max_pooling2d, "Normalization": normalization}


def softmax(z):
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


ACTIVATIONS = {None: lambda z: z, "relu": lambda z: np.maximum(z, 0), "softmax": softmax,
               "sigmoid": lambda z: 1 / (1 + np.exp(-z))}


def read_model(path):
    """[(class, config, weights)] in order; the files' graphs are chains, which the inbound nodes must confirm."""
    layers = []
    with h5py.File(path) as f:
        config = json.loads(f.attrs["model_config"])
        root, before = f["model_weights"], None
        for entry in config["config"]["layers"]:
            name = entry["config"]["name"]
            nodes = json.dumps(entry.get("inbound_nodes", []))
            assert config["class_name"] == "Sequential" or before is None or f'["{before}", 0, 0' in nodes
            names = root[name].attrs["weight_names"] if name in root else []
            weights = [np.asarray(root[name][w][()], np.float64) for w in names]
            layers.append((entry["class_name"], entry["config"], weights))
            before = name
    return layers


def run(layers, x):
    for kind, config, weights in layers:
        x = ACTIVATIONS[config.get("activation")](LAYERS[kind](x, weights, config))
    return x


def fashion(part, n):
    def idx(name, header):
        with gzip.open(f"{FASHION}/{part}-{name}-ubyte.gz") as f:
            return np.frombuffer(f.read(), np.uint8, offset=header)
    return idx("images-idx3", 16).reshape(-1, 28, 28, 1)[:n], idx("labels-idx1", 8)[:n]


def check_fashion(path, n):
    layers = read_model(path)
    for part in ("train", "t10k"):
        x, y = fashion(part, n)
        p = np.concatenate([run(layers, x[i:i + 250] / 255) for i in range(0, len(x), 250)])
        loss = -np.log(np.maximum(p[np.arange(len(y)), y], 1e-300)).mean()
        print(f"{os.path.basename(path)}: {part} first {len(y)}: accuracy {(p.argmax(1) == y).mean():.4f}, loss {loss:.4f}")


def torch_run(layers, x):
    """Logits of a chain of the layers above, as torch computes them (NHWC in, NCHW inside)."""
    import torch
    from torch.nn import functional as F
    x = x.permute(0, 3, 1, 2)
    for kind, config, weights in layers:
        w = [torch.from_numpy(v) for v in weights]
        if kind == "Conv2D":
            x = F.conv2d(x, w[0].permute(3, 2, 0, 1), w[1], padding="same")
        elif kind == "MaxPooling2D":
            x = F.max_pool2d(x, 2)
        elif kind == "Flatten":
            x = x.permute(0, 2, 3, 1).flatten(1)
        elif kind == "Dense":
            x = x @ w[0] + w[1]
        x = x.relu() if config.get("activation") == "relu" else x
    return x


def check_pgd(path, n, eps=8 / 255, step=2 / 255, steps=20):
    import torch
    torch.manual_seed(1)
    torch.set_num_threads(2)
    layers, right = read_model(path), 0
    images, labels = fashion("t10k", n)
    for i in range(0, n, 250):
        x = torch.from_numpy(images[i:i + 250] / 255)
        y = torch.from_numpy(labels[i:i + 250].astype(np.int64))
        adv = (x + torch.empty_like(x).uniform_(-eps, eps)).clamp(0, 1)
        for _ in range(steps):
            adv.requires_grad_(True)
            loss = torch.nn.functional.cross_entropy(torch_run(layers, adv), y)
            adv = adv.detach() + step * torch.autograd.grad(loss, adv)[0].sign()
            adv = torch.min(torch.max(adv, x - eps), x + eps).clamp(0, 1)
        right += (torch_run(layers, adv).argmax(1) == y).sum().item()
    print(f"{os.path.basename(path)}: t10k first {n} under PGD-{steps} {eps * 255:g}/255: accuracy {right / n:.4f}")


def hmda_row(row, features):
    x = []
    for f in features:
        values = f.get("values")
        if f["kind"] == "onehot":
            x += [float(row[f["column"]] == v) for v in values]
        else:
            x.append(float(values.index(row[f["column"]]) if values else row[f["column"]]))
    return x


def check_hmda(path, table):
    layers = read_model(path)
    schema = json.load(open(f"{HERE}/../demo/hmda.schema.json"))
    rows = list(csv.DictReader(open(table, newline="")))
    for member in "10":
        part = [r for r in rows if r["member"] == member]
        x = np.array([hmda_row(r, schema["features"]) for r in part])
        y = np.array([schema["label"]["values"].index(r["deny"]) for r in part])
        p = run(layers, x)[:, 0]
        print(f"{os.path.basename(path)}: member={member} n={len(y)}: accuracy {((p > 0.5) == y).mean():.4f}, "
              f"majority rate {max(y.mean(), 1 - y.mean()):.4f}")
        for a in schema["attributes"]:
            for v, name in zip(a["values"], a["value_names"]):
                group = np.array([r[a["column"]] == v for r in part])
                print(f"    {name}: n {group.sum()}, approved by net {(p[group] > 0.5).mean():.4f}, in truth {y[group].mean():.4f}")


def check_words(path, folder):
    layers = read_model(path)
    for part in ("members", "test"):
        with h5py.File(f"{folder}/words_{part}.h5") as f:
            x, y = f["x"][()], f["y"][()]
        print(f"{os.path.basename(path)}: {part} n={len(y)}: accuracy {(run(layers, x).argmax(1) == y).mean():.4f}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", default=f"{HERE}/../models")
    parser.add_argument("--hmda")
    parser.add_argument("--words", help="folder of words_test.h5 and words_members.h5")
    parser.add_argument("--limit", type=int, default=10000)
    parser.add_argument("--pgd", type=int, default=0)
    args = parser.parse_args()
    if args.hmda:
        check_hmda(f"{args.models}/hmda_mlp.h5", args.hmda)
    if args.words:
        check_words(f"{args.models}/words_cnn.h5", args.words)
    for name in ("fashion_cnn.h5", "fashion_cnn_adversarial.h5"):
        if os.path.exists(f"{args.models}/{name}"):
            check_fashion(f"{args.models}/{name}", args.limit)
            if args.pgd:
                check_pgd(f"{args.models}/{name}", args.pgd)


if __name__ == "__main__":
    main()
