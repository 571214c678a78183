#!/usr/bin/python3
"""Every k-th allocation fails: each command ends with exit code 4, one line of error, no crash, no leak, no part of a
report.

    torture.py ASSAY SHIM [--seconds S] [CASE ...]

SHIM is tests/torture/fail_malloc.c as a shared object. Without --seconds every k is tried if there are at most 2,000,
else the first 500 and 500 spread over the others; with it, as many spread over all k as the time allows. Two ways: the
k-th alone fails, and all from the k-th on.
An allocation whose failure does not matter may also be got over: exit 0, and then the very same result."""
import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

import h5py
import numpy as np

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MODEL, FEATURES = os.path.join(ROOT, "datasets", "models", "hmda_mlp.h5"), 14
ARCHIVE = os.path.join(ROOT, "tests", "golden", "nets", "archive_nested.keras")
EVERY_MOST = 2000
TIME_LIMIT = 60


class Case:
    """A command; {out} in it is a fresh folder, whose report must be whole or absent."""

    def __init__(self, name, *command):
        self.name, self.command = name, command


def write_data(path):
    random = np.random.default_rng(20240611)
    with h5py.File(path, "w") as f:
        f.attrs["assay_dataset"], f.attrs["name"] = 1, "torture"
        f["x"] = random.random((20, FEATURES), np.float32)
        f["x"].attrs["low"], f["x"].attrs["high"] = 0.0, 1.0
        f["y"] = np.arange(20, dtype=np.int32) % 2
        f["y"].attrs["class_names"] = ["no", "yes"]
        f["attributes/sex"] = np.arange(20, dtype=np.int32) // 3 % 2
        f["attributes/sex"].attrs["values"] = ["f", "m"]
    return path


def make_cases(work):
    data = write_data(os.path.join(work, "data.h5"))
    config = os.path.join(work, "config.json")
    with open(config, "w") as f:
        json.dump({"model": MODEL, "data": data, "preprocess": {},
                   "attacks": [{"name": "fgsm", "norm": "linf", "eps": 0.1}],
                   "fairness": {"attributes": ["sex"], "favorable": 1, "min_group": 1}}, f)
    return [Case("inspect_model", "inspect", MODEL), Case("inspect_model_json", "inspect", "--json", MODEL),
            Case("inspect_archive", "inspect", ARCHIVE), Case("inspect_data", "inspect", data),
            Case("validate", "validate", config),
            Case("run", "run", config, "-o", "{out}", "--threads", "1", "--set", "seed=5", "--set",
                 "attacks.0.eps=[0.1]", "--set", "fairness.reference.sex=m", "--set", "output.images=0")]


class Runner:
    def __init__(self, assay, shim, work):
        self.assay, self.shim, self.work = assay, shim, work
        self.log, self.out = os.path.join(work, "log"), os.path.join(work, "out")
        self.good, self.base_leaks, self.faults = None, set(), []

    def run(self, case, k, on):
        for path in (self.log, self.out):
            shutil.rmtree(path) if os.path.isdir(path) else os.path.exists(path) and os.unlink(path)
        env = dict(os.environ, LD_PRELOAD=self.shim, FAIL_AT=str(k), FAIL_ON=str(int(on)), FAIL_LOG=self.log,
                   MALLOC_PERTURB_="165", OPENBLAS_NUM_THREADS="1", LC_ALL="C")
        command = [self.assay] + [self.out if c == "{out}" else c for c in case.command]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=env, timeout=TIME_LIMIT)
        with open(self.log) as f:
            lines = [line.split() for line in f]
        return done, lines

    def result(self, done):
        """What must be the same when a failure was got over: stdout, and the report without times."""
        report = os.path.join(self.out, "report.json")
        digest = ""
        if os.path.exists(report):
            with open(report) as f:
                digest = json.load(f)["integrity"]["digest_sha256"]
        return hashlib.sha256(done.stdout).hexdigest() if not digest else "", digest

    def begin(self, case):
        done, lines = self.run(case, 0, False)
        assert done.returncode == 0, "%s: exit %d: %s" % (case.name, done.returncode, done.stderr.decode())
        self.good = self.result(done)
        self.base_leaks = {line[2] for line in lines if line[0] == "leak"}
        return max(int(line[1]) for line in lines if line[0] == "count")

    def judge(self, done, lines):
        """A list of what is wrong."""
        wrong = []
        error = done.stderr.decode(errors="replace")
        if done.returncode == 0:
            if self.result(done) != self.good:
                wrong.append("exit 0 with another result")
        elif done.returncode != 4:
            wrong.append("exit %d" % done.returncode)
        if done.returncode > 0 and error.count("assay: error: ") != 1:
            wrong.append("not one line of error")
        if done.returncode > 0 and done.stdout:
            wrong.append("something on stdout")
        wrong += ["never freed: %s bytes asked for at %s" % (line[1], line[2]) for line in lines
                  if line[0] == "leak" and line[2] not in self.base_leaks]
        return wrong + self.leftovers()

    def leftovers(self):
        wrong = []
        for folder, _, names in os.walk(self.out):
            for name in names:
                if name not in ("journal.bin", "samples.h5", "report.html", "report.json"):
                    wrong.append("leaves " + name)
        report = os.path.join(self.out, "report.json")
        if os.path.exists(report):
            with open(report) as f:
                if json.load(f)["integrity"]["digest_sha256"] != self.good[1]:
                    wrong.append("leaves another report.json")
        return wrong

    def try_one(self, case, k, on):
        try:
            done, lines = self.run(case, k, on)
        except subprocess.TimeoutExpired:
            self.faults.append("%s %d: hangs" % (case.name, k))
            return
        if not any(line[0] == "fired" for line in lines):
            return
        for what in self.judge(done, lines):
            line = "FAIL  %s, allocation %d%s: %s; stderr: %s" % (
                case.name, k, " and all behind it" if on else "", what,
                done.stderr.decode(errors="replace").strip()[-200:])
            self.faults.append(line)
            print(line, flush=True)


def spread(first, last, most):
    """Up to `most` numbers of first..last, evenly apart."""
    if last - first < most:
        return list(range(first, last + 1))
    return sorted({first + round(i * (last - first) / (most - 1)) for i in range(most)})


def choose(total, once, seconds):
    """The allocations to fail in a command that makes so many of them and takes `once` seconds."""
    if seconds:
        return spread(1, total, max(3, int(seconds / once / 2)))
    return spread(1, total, total) if total <= EVERY_MOST else spread(1, 500, 500) + spread(501, total, 500)


def torture(runner, case, seconds):
    started = time.monotonic()
    total = runner.begin(case)
    chosen = choose(total, time.monotonic() - started, seconds)
    tried = 0
    for on in (False, True):
        for k in chosen:
            if seconds and tried > 5 and time.monotonic() - started > seconds:
                break
            runner.try_one(case, k, on)
            tried += 1
    print("torture: %s: %d of %d allocations failed in two ways, %d runs, %.1f s" % (
        case.name, len(chosen), total, tried, time.monotonic() - started), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("assay")
    parser.add_argument("shim")
    parser.add_argument("--seconds", type=float, help="for each case")
    parser.add_argument("case", nargs="*")
    o = parser.parse_args()
    work = tempfile.mkdtemp(prefix="assay-torture.")
    runner = Runner(os.path.abspath(o.assay), os.path.abspath(o.shim), work)
    try:
        for case in make_cases(work):
            if not o.case or case.name in o.case:
                torture(runner, case, o.seconds)
    finally:
        shutil.rmtree(work)
    if runner.faults:
        sys.exit("torture: %d faults" % len(runner.faults))


main()
