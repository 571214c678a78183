#!/usr/bin/python3
"""Trains the demo models and writes them as Keras .h5 files.

    train_models.py [fashion|adversarial|hmda|words|all] [--hmda hmda.csv] [--words words_members.h5] [--out DIR]

Not part of set-up: the models are committed. Needs python3-torch, python3-h5py,
python3-numpy and the Debian package dataset-fashion-mnist; hmda.csv comes from
datasets/demo/hmda_to_csv.py. Fixed seeds, two threads, deterministic settings:
the same torch on the same kind of processor gives the same files.

MEMBERS (the rule that membership inference rests on): the Fashion-MNIST nets see
rows 0..19999 of the training file and no other image; rows 20000..59999 and the
test file are non-members. The HMDA net sees the rows with member = 1, the net
of words those of words_members.h5 (datasets/demo/words.py).
"""
import argparse
import csv
import ctypes
import gzip
import json
import os

import h5py
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: spinning threads stall on a busy machine
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

import keras_file as kf

HERE = os.path.dirname(os.path.abspath(__file__))
FASHION = "/usr/share/datasets/fashion-mnist"
MEMBERS = 20000
SEED = 20240229


def deterministic():
    # glibc returns each large tensor's pages to the kernel and faults them in anew: a third of the time.
    libc = ctypes.CDLL(None)
    libc.mallopt(-3, 1 << 30)   # M_MMAP_THRESHOLD
    libc.mallopt(-1, 2**31 - 1)  # M_TRIM_THRESHOLD
    torch.manual_seed(SEED)
    torch.set_num_threads(2)
    torch.use_deterministic_algorithms(True)


# ---- Fashion-MNIST ----------------------------------------------------------

def read_idx(path, header):
    with gzip.open(path) as f:
        return np.frombuffer(f.read(), np.uint8, offset=header)


def fashion(part, rows=None):
    """Images [n, 1, 28, 28] in [0, 1] and labels."""
    x = read_idx(f"{FASHION}/{part}-images-idx3-ubyte.gz", 16).reshape(-1, 1, 28, 28)[:rows]
    y = read_idx(f"{FASHION}/{part}-labels-idx1-ubyte.gz", 8)[:rows]
    return torch.from_numpy(x.astype(np.float32) / 255), torch.from_numpy(y.astype(np.int64))


class Cnn(nn.Module):
    """The Keras net; Flatten runs over (h, w, c) as it does there."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, padding=1)
        self.conv2 = nn.Conv2d(32, 64, 3, padding=1)
        self.fc1 = nn.Linear(7 * 7 * 64, 64)
        self.fc2 = nn.Linear(64, 10)
        self.drop = nn.Dropout(0.3)
        self.to(memory_format=torch.channels_last)  # faster; changes no values' meaning

    def forward(self, x):
        x = x.contiguous(memory_format=torch.channels_last)
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = x.permute(0, 2, 3, 1).flatten(1)
        return self.fc2(self.drop(F.relu(self.fc1(x))))


def batches(n, size):
    order = torch.randperm(n)
    return [order[i:i + size] for i in range(0, n - size + 1, size)]


def flip(x):
    """Mirror each image left to right with probability one half."""
    which = torch.rand(len(x), 1, 1, 1) < 0.5
    return torch.where(which, x.flip(3), x)


def fit(net, x, y, epochs, lr, attack=None, size=64):
    """Adam under one cosine cycle, images mirrored at random; attack(net, x, y) replaces the images it is given."""
    steps = epochs * len(batches(len(x), size))
    opt = torch.optim.Adam(net.parameters(), lr)
    schedule = torch.optim.lr_scheduler.OneCycleLR(opt, lr, total_steps=steps, pct_start=0.1)
    for epoch in range(epochs):
        total = 0.0
        for rows in batches(len(x), size):
            xb, yb = flip(x[rows]), y[rows]
            if attack:
                net.eval()
                xb = attack(net, xb, yb)
            net.train()
            loss = F.cross_entropy(net(xb), yb)
            opt.zero_grad()
            loss.backward()
            opt.step()
            schedule.step()
            total += loss.item() * len(rows)
        print(f"epoch {epoch + 1}/{epochs}: loss {total / len(x):.4f}", flush=True)
    net.eval()


def pgd(eps, step, steps):
    """Projected gradient descent in the Linf ball, random start (Madry et al. 2018)."""
    def attack(net, x, y):
        adv = (x + torch.empty_like(x).uniform_(-eps, eps)).clamp(0, 1)
        for _ in range(steps):
            adv.requires_grad_(True)
            grad, = torch.autograd.grad(F.cross_entropy(net(adv), y), adv)
            adv = adv.detach() + step * grad.sign()
            adv = torch.min(torch.max(adv, x - eps), x + eps).clamp(0, 1)
        return adv.detach()
    return attack


def accuracy(net, x, y, attack=None):
    right = 0
    for i in range(0, len(x), 500):
        xb, yb = x[i:i + 500], y[i:i + 500]
        if attack:
            xb = attack(net, xb, yb)
        with torch.no_grad():
            right += (net(xb).argmax(1) == yb).sum().item()
    return right / len(x)


def conv_kernel(conv):
    """torch (out, in, kh, kw) -> Keras (kh, kw, in, out)."""
    return conv.weight.detach().numpy().transpose(2, 3, 1, 0)


def dense_kernel(linear):
    """torch (out, in) -> Keras (in, out)."""
    return linear.weight.detach().numpy().T


def bias(module):
    return module.bias.detach().numpy()


def cnn_layers(net, keras):
    first = {"batch_input_shape": [None, 28, 28, 1]} if keras == kf.KERAS2 else {}
    name = "conv2d_input" if keras == kf.KERAS2 else "input_layer"
    return [
        kf.input_layer(name, [28, 28, 1], keras),
        kf.conv2d("conv2d", conv_kernel(net.conv1), bias(net.conv1), keras, **first),
        kf.max_pooling2d("max_pooling2d"),
        kf.conv2d("conv2d_1", conv_kernel(net.conv2), bias(net.conv2), keras),
        kf.max_pooling2d("max_pooling2d_1"),
        kf.flatten("flatten"),
        kf.dense("dense", dense_kernel(net.fc1), bias(net.fc1), "relu", keras),
        kf.dropout("dropout", net.drop.p, keras),
        kf.dense("dense_1", dense_kernel(net.fc2), bias(net.fc2), "softmax", keras)]


def load_cnn(net, path):
    """The inverse of cnn_layers, from a Keras 2 file."""
    with h5py.File(path) as f, torch.no_grad():
        for module, name in ((net.conv1, "conv2d"), (net.conv2, "conv2d_1"),
                             (net.fc1, "dense"), (net.fc2, "dense_1")):
            group = f[f"model_weights/{name}/{name}"]
            kernel = group["kernel:0"][()]
            kernel = kernel.transpose(3, 2, 0, 1) if kernel.ndim == 4 else kernel.T
            module.weight.copy_(torch.from_numpy(kernel.copy()))
            module.bias.copy_(torch.from_numpy(group["bias:0"][()]))


CNN_SHAPES = [[28, 28, 1], [28, 28, 32], [14, 14, 32], [14, 14, 64], [7, 7, 64],
              [3136], [64], [64], [10]]


def train_fashion(out):
    deterministic()
    net = Cnn()
    x, y = fashion("train", MEMBERS)
    fit(net, x, y, epochs=25, lr=1.5e-3)
    layers = cnn_layers(net, kf.KERAS2)
    kf.save(f"{out}/fashion_cnn.h5", kf.sequential_config(layers), layers, kf.KERAS2)
    print("fashion_cnn: members", accuracy(net, x, y), "test", accuracy(net, *fashion("t10k")))


def train_adversarial(out):
    """Starts from fashion_cnn.h5: far fewer epochs than a cold start needs."""
    deterministic()
    net = Cnn()
    load_cnn(net, f"{out}/fashion_cnn.h5")
    net.drop.p = 0.2  # robust fitting underfits: less dropout
    x, y = fashion("train", MEMBERS)
    fit(net, x, y, epochs=2, lr=2e-3, attack=pgd(10 / 255, 6 / 255, 2), size=128)
    layers = cnn_layers(net, kf.KERAS3)
    config = kf.functional_config(layers, CNN_SHAPES, kf.KERAS3, "functional_1")
    kf.save(f"{out}/fashion_cnn_adversarial.h5", config, layers, kf.KERAS3)
    xt, yt = fashion("t10k")
    print("fashion_cnn_adversarial: members", accuracy(net, x, y), "test", accuracy(net, xt, yt),
          "test under pgd-10 8/255", accuracy(net, xt, yt, pgd(8 / 255, 2 / 255, 10)))


# ---- HMDA -------------------------------------------------------------------

def feature_columns(row, feature):
    """One CSV cell -> its columns, as `assay import csv` makes them."""
    cell, kind = row[feature["column"]], feature["kind"]
    if kind in ("numeric", "integer"):
        return [float(cell)]
    index = feature["values"].index(cell)
    if kind == "onehot":
        return [float(index == i) for i in range(len(feature["values"]))]
    return [float(index)]


def hmda(path, member):
    schema = json.load(open(f"{HERE}/../demo/hmda.schema.json"))
    rows = [r for r in csv.DictReader(open(path, newline="")) if r["member"] == member]
    x = [[v for f in schema["features"] for v in feature_columns(r, f)] for r in rows]
    y = [schema["label"]["values"].index(r[schema["label"]["column"]]) for r in rows]
    return torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)


class Mlp(nn.Module):
    def __init__(self, mean, variance):
        super().__init__()
        self.mean, self.variance = mean, variance
        self.fc1, self.fc2, self.fc3 = nn.Linear(len(mean), 32), nn.Linear(32, 16), nn.Linear(16, 1)

    def forward(self, x):
        x = (x - self.mean) / self.variance.sqrt().clamp(min=1e-7)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x))))).squeeze(1)


def mlp_layers(net):
    keras = kf.KERAS2
    return [
        kf.input_layer("input_1", [len(net.mean)], keras),
        kf.normalization("normalization", net.mean.numpy(), net.variance.numpy()),
        kf.dense("dense", dense_kernel(net.fc1), bias(net.fc1), "relu", keras),
        kf.dense("dense_1", dense_kernel(net.fc2), bias(net.fc2), "relu", keras),
        kf.dense("dense_2", dense_kernel(net.fc3), bias(net.fc3), "sigmoid", keras)]


def fit_mlp(net, x, y, epochs=15):
    # 15 epochs by five-fold cross-validation on the members (AUC 0.79; 0.76 at 60, logistic regression 0.80).
    opt = torch.optim.Adam(net.parameters(), 3e-3, weight_decay=1e-3)
    for _ in range(epochs):
        for rows in batches(len(x), 32):
            loss = F.binary_cross_entropy_with_logits(net(x[rows]), y[rows])
            opt.zero_grad()
            loss.backward()
            opt.step()


def train_hmda(out, path):
    deterministic()
    x, y = hmda(path, "1")
    net = Mlp(x.mean(0), x.var(0, unbiased=False))
    fit_mlp(net, x, y)
    layers = mlp_layers(net)
    shapes = [[len(net.mean)], [len(net.mean)], [32], [16], [1]]
    config = kf.functional_config(layers, shapes, kf.KERAS2, "model")
    kf.save(f"{out}/hmda_mlp.h5", config, layers, kf.KERAS2)
    xt, yt = hmda(path, "0")
    for name, a, b in (("members", x, y), ("test", xt, yt)):
        right = ((net(a) > 0) == (b > 0.5)).float().mean().item()
        print(f"hmda_mlp: {name} accuracy {right:.4f}, majority rate {b.mean().item():.4f}")


# ---- words of two languages --------------------------------------------------

class WordNet(nn.Module):
    """Letters, embedded; groups of three; the strongest of each filter over the word."""

    def __init__(self, tokens, width=16, filters=64):
        super().__init__()
        self.embedding = nn.Embedding(tokens, width)
        self.conv = nn.Conv1d(width, filters, 3, padding=1)
        self.fc1, self.fc2 = nn.Linear(filters, 32), nn.Linear(32, 2)

    def forward(self, x):
        x = F.relu(self.conv(self.embedding(x).transpose(1, 2)))
        return self.fc2(F.relu(self.fc1(x.max(2).values)))


def read_words(path):
    with h5py.File(path) as f:
        return torch.from_numpy(f["x"][()].astype(np.int64)), torch.from_numpy(f["y"][()].astype(np.int64)), \
            len(f["x"].attrs["vocabulary"])


def word_layers(net, length):
    keras = kf.KERAS3
    return [
        kf.input_layer("input_layer", [length], keras),
        kf.embedding("embedding", net.embedding.weight.detach().numpy(), keras),
        # torch (out, in, k) -> Keras (k, in, out)
        kf.conv1d("conv1d", net.conv.weight.detach().numpy().transpose(2, 1, 0), bias(net.conv), keras),
        kf.global_max_pooling1d("global_max_pooling1d"),
        kf.dense("dense", dense_kernel(net.fc1), bias(net.fc1), "relu", keras),
        kf.dense("dense_1", dense_kernel(net.fc2), bias(net.fc2), "softmax", keras)]


def fit_words(net, x, y, epochs=12):
    opt = torch.optim.Adam(net.parameters(), 2e-3, weight_decay=1e-4)
    for epoch in range(epochs):
        total = 0.0
        for rows in batches(len(x), 64):
            loss = F.cross_entropy(net(x[rows]), y[rows])
            opt.zero_grad()
            loss.backward()
            opt.step()
            total += loss.item() * len(rows)
        print(f"epoch {epoch + 1}/{epochs}: loss {total / len(x):.4f}", flush=True)


def train_words(out, path):
    deterministic()
    x, y, tokens = read_words(path)
    net = WordNet(tokens)
    fit_words(net, x, y)
    layers = word_layers(net, x.shape[1])
    kf.save(f"{out}/words_cnn.h5", kf.sequential_config(layers), layers, kf.KERAS3)
    xt, yt, _ = read_words(path.replace("members", "test"))
    for name, a, b in (("members", x, y), ("test", xt, yt)):
        with torch.no_grad():
            print(f"words_cnn: {name} accuracy {(net(a).argmax(1) == b).float().mean().item():.4f}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("which", nargs="?", default="all",
                        choices=["all", "fashion", "adversarial", "hmda", "words"])
    parser.add_argument("--out", default=f"{HERE}/../models")
    parser.add_argument("--hmda", default="hmda.csv")
    parser.add_argument("--words", default="words_members.h5")
    args = parser.parse_args()
    if args.which in ("all", "fashion"):
        train_fashion(args.out)
    if args.which in ("all", "adversarial"):
        train_adversarial(args.out)
    if args.which in ("all", "hmda"):
        train_hmda(args.out, args.hmda)
    if args.which in ("all", "words"):
        train_words(args.out, args.words)


if __name__ == "__main__":
    main()
