#!/usr/bin/python3
"""Forward passes of the convolutional nets of `assay bench`: assay against ONNX Runtime and torch, alternating.

    forward_time.py ASSAY [--rounds R] [--threads T] [--seconds S] [--node-modules DIR]

Samples a second in batches of 64. ONNX Runtime is the npm package onnxruntime-node, from DIR, else installed by npm
into a temporary folder; without it only torch is compared. torch also does forward and input gradient.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import common
import torch
from nets import NETS, parameters

HERE = os.path.dirname(os.path.abspath(__file__))
BATCH = 64


def find_runtime(folder, given):
    """The folder node_modules with onnxruntime-node, or None."""
    if not shutil.which("node"):
        print("ONNX Runtime is left out: there is no node (apt-get install nodejs npm)")
        return None
    if given:
        return given
    try:
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder,
                        "onnxruntime-node"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       timeout=600)
    except (OSError, subprocess.SubprocessError):
        print("ONNX Runtime is left out: npm could not install onnxruntime-node")
        return None
    return os.path.join(folder, "node_modules")


def runtime_rate(o, modules, model, shape):
    """Samples a second, or None if ONNX Runtime did not run."""
    dims = ",".join(map(str, (BATCH, *shape)))
    done = subprocess.run(["node", os.path.join(HERE, "onnx_forward.js"), model, dims, str(o.threads), str(o.seconds)],
                          stdout=subprocess.PIPE, env={**os.environ, "NODE_PATH": modules})
    if done.returncode != 0:
        return None
    return BATCH / statistics.median(map(float, done.stdout.split()))


def assay_rates(o, name, net):
    done = subprocess.run([o.assay, "bench", "--json", "--quiet", "--threads", str(o.threads),
                           "--seconds", str(o.seconds), "--only", "net.%s." % name], check=True, stdout=subprocess.PIPE)
    forward, gradient = json.loads(done.stdout)["rows"]
    if forward["parameters"] != parameters(net):
        sys.exit("%s: assay's net has %d parameters, torch's %d" % (name, forward["parameters"], parameters(net)))
    return forward["samples_per_second"], gradient["samples_per_second"]


def torch_rate(o, net, x, gradient):
    def run():
        start = time.perf_counter()
        if gradient:
            x.requires_grad_(True)
            torch.autograd.grad(net(x).sum(), x)
        else:
            with torch.no_grad():
                net(x)
        return time.perf_counter() - start
    run()
    times = []
    while sum(times) < o.seconds or len(times) < 3:
        times.append(run())
    return BATCH / statistics.median(times)


def export(net, x, path):
    torch.onnx.export(net, x, path, input_names=["x"], output_names=["y"], opset_version=13)


def measure(o, name, folder, modules):
    net = NETS[name]().eval().to(memory_format=torch.channels_last)
    for p in net.parameters():
        p.requires_grad_(False)
    x = torch.rand(BATCH, *net.shape)
    model = os.path.join(folder, name + ".onnx")
    export(net, x, model)
    x = x.contiguous(memory_format=torch.channels_last)
    rates = {"assay": [], "assay, gradient": [], "ONNX Runtime": [], "torch": [], "torch, gradient": []}
    for _ in range(o.rounds):
        forward, gradient = assay_rates(o, name, net)
        rates["assay"].append(forward)
        rates["assay, gradient"].append(gradient)
        rate = runtime_rate(o, modules, model, net.shape) if modules else None
        if rate:
            rates["ONNX Runtime"].append(rate)
        rates["torch"].append(torch_rate(o, net, x, False))
        rates["torch, gradient"].append(torch_rate(o, net, x, True))
    return rates


def report(name, rates):
    common.print_table(name, "samples/s", [row for row in rates.items() if row[1]])
    pairs = (("forward, assay / ONNX Runtime", "assay", "ONNX Runtime"), ("forward, assay / torch", "assay", "torch"),
             ("forward + gradient, assay / torch", "assay, gradient", "torch, gradient"))
    common.print_table(name + ", round by round", "ratio", [
        (title, [a / b for a, b in zip(rates[ours], rates[theirs])]) for title, ours, theirs in pairs
        if len(rates[theirs]) == len(rates[ours])])


def main():
    p = argparse.ArgumentParser()
    p.add_argument("assay")
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--seconds", type=float, default=2)
    p.add_argument("--nets", nargs="+", choices=sorted(NETS), default=list(NETS))
    p.add_argument("--node-modules", help="folder that holds onnxruntime-node")
    o = p.parse_args()
    torch.set_num_threads(o.threads)
    torch.manual_seed(1)
    with tempfile.TemporaryDirectory(prefix="assay-peers.") as folder:
        modules = find_runtime(folder, o.node_modules)
        for name in o.nets:
            report(name, measure(o, name, folder, modules))


if __name__ == "__main__":
    main()
