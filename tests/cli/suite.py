"""Cases of the command-line tests: a decorator, a way to call assay, and what several parts share.

A part defines functions with @case("what holds") and ends in main(). The cases run in the order they are written, so an
early one may leave a run for the later ones in a module variable.
"""
import json
import os
import re
import subprocess
import sys
import time
import traceback
from collections import namedtuple

import h5py
import numpy as np

ASSAY, WORK = sys.argv[1], sys.argv[2]
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MODELS = os.path.join(ROOT, "datasets", "models")
FASHION = os.environ.get("FASHION_MNIST", "/usr/share/datasets/fashion-mnist")
with open(ASSAY, "rb") as program:
    SLOW = 8 if b"__tsan_init" in program.read() else 1  # ThreadSanitizer's programs take that much longer
Result = namedtuple("Result", "code out err")

_cases = []


class Skip(Exception):
    """The case cannot be run here."""


def case(title):
    def add(function):
        _cases.append((title, function))
        return function
    return add


def main():
    failed = 0
    if _cases:  # a part may have none where what it needs lies beside the checkout
        print("== cli: " + os.path.basename(WORK), flush=True)
    for title, function in _cases:
        started = time.monotonic()
        try:
            function()
            print("ok    %s (%.1f s)" % (title, time.monotonic() - started), flush=True)
        except Skip as reason:
            print("skip  %s: %s" % (title, reason), flush=True)
        except Exception as fault:
            failed += 1
            print("FAIL  %s" % title)
            text = str(fault) if isinstance(fault, AssertionError) and str(fault) else traceback.format_exc()
            print("\n".join("      " + line for line in text.splitlines()), flush=True)
    sys.exit(1 if failed else 0)


def path(*parts):
    return os.path.join(WORK, *parts)


def environment(extra=None):
    env = {k: v for k, v in os.environ.items() if not k.startswith("ASSAY_") or k == "ASSAY_CPU"}
    env.update(extra or {})
    return env


def assay(*args, env=None, stdout=subprocess.PIPE, cwd=None, before=None, timeout=120):
    """Run a command; the result's text is decoded strictly, so that broken UTF-8 on a stream fails the case."""
    done = subprocess.run([ASSAY] + [str(a) for a in args], stdin=subprocess.DEVNULL, stdout=stdout,
                          stderr=subprocess.PIPE,
                          env=environment(env), cwd=cwd, preexec_fn=before, timeout=SLOW * timeout)
    return Result(done.returncode, (done.stdout or b"").decode(), done.stderr.decode())


def good(*args, **options):
    r = assay(*args, **options)
    assert r.code == 0, "%s\nexit %d, stderr: %s" % (" ".join(map(str, args)), r.code, r.err)
    return r


def refused(code, pattern, *args, **options):
    """Exit code, nothing on stdout, exactly one line of error that matches."""
    r = assay(*args, **options)
    line = r.err.strip("\n")
    said = "assay %s\nexit %d (wanted %d)\nstdout: %r\nstderr: %r\nwanted: %s" % (
        " ".join(map(str, args)), r.code, code, r.out[:300], r.err[:2000], pattern)
    assert r.code == code, said
    assert r.out == "", said
    assert "\n" not in line and line.startswith("assay: error: "), said
    assert re.search(pattern, line), said
    return r


def same(got, wanted, what):
    assert got == wanted, "%s:\n- wanted %s\n+ got    %s" % (what, wanted, got)


def near(got, wanted, tolerance, what):
    if wanted is None or got is None or (isinstance(wanted, float) and np.isnan(wanted)):
        same(got, None if wanted is None or np.isnan(wanted) else wanted, what)
        return
    said = "%s:\n- wanted %.17g\n+ got    %.17g (tolerance %g)" % (what, wanted, got, tolerance)
    assert abs(got - wanted) <= tolerance, said


def write_config(name, config):
    with open(path(name), "w") as f:
        f.write(config if isinstance(config, str) else json.dumps(config))
    return path(name)


def report_of(folder):
    with open(os.path.join(folder, "report.json")) as f:
        return json.load(f)


def digest_of(folder):
    return report_of(folder)["integrity"]["digest_sha256"]


def samples_of(folder):
    """{scenario: {column: array}} of samples.h5."""
    with h5py.File(os.path.join(folder, "samples.h5"), "r") as f:
        return {s: {c: group[c][:] for c in group} for s, group in f["scenarios"].items()}


def tests_of(report, test_id, scenario=None):
    return [t for t in report["tests"] if t["test_id"] == test_id and scenario in (None, t["scenario"])]


def test_of(report, test_id, scenario="clean"):
    found = tests_of(report, test_id, scenario)
    assert len(found) == 1, "%d tests %s of scenario %s" % (len(found), test_id, scenario)
    return found[0]


def metric_of(test, metric_id, attribute=None, value=None):
    slice_wanted = None if attribute is None else (attribute, value)
    for m in test["metrics"]:
        own = None if m["slice"] is None else (m["slice"]["attribute"], m["slice"]["value"])
        if m["metric_id"] == metric_id and own == slice_wanted:
            return m
    raise AssertionError("%s (%s): no metric %s of %s" % (test["test_id"], test["scenario"], metric_id, slice_wanted))


def wilson(count, n, z=1.959963984540054):
    p = count / n
    centre, half = p + z * z / (2 * n), z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    centre, half = centre / (1 + z * z / n), half / (1 + z * z / n)
    return max(0.0, centre - half), min(1.0, centre + half)


def check_rate(m, count, n, what):
    """A rate with its numerator, denominator and Wilson interval."""
    same((m["count"], m["n"]), (int(count), int(n)), what + ": count and n")
    near(m["value"], count / n, 1e-15, what)
    low, high = wilson(count, n)
    same(m["ci"]["method"], "wilson", what + ": interval")
    near(m["ci"]["low"], low, 1e-12, what + ": low")
    near(m["ci"]["high"], high, 1e-12, what + ": high")


def write_data(name, x=None, y=None, low=0, high=1, attributes=None, scores=None, member=None, ids=None,
               class_names=None, version=1, weight=None):
    """A data set of the contract's layout; parts that are None are left out. Returns its path."""
    with h5py.File(path(name), "w") as f:
        if version is not None:
            f.attrs["assay_dataset"] = version
        f.attrs["name"] = name
        if x is not None:
            f["x"] = x
            for key, bound in (("low", low), ("high", high)):
                if bound is not None:
                    f["x"].attrs[key] = bound
        if y is not None:
            f["y"] = y
            if class_names:
                f["y"].attrs["class_names"] = class_names
        for key, (values, codes) in (attributes or {}).items():
            f["attributes/" + key] = np.asarray(codes, np.int32)
            if values:
                f["attributes/" + key].attrs["values"] = values
        if scores is not None:
            f["scores"] = scores
        if member is not None:
            f["member"] = np.asarray(member, np.uint8)
        if ids is not None:
            f["id"] = np.asarray(ids, object) if isinstance(ids[0], str) else np.asarray(ids, np.int64)
        if weight is not None:
            f["weight"] = weight
    return path(name)


def import_fashion(name, part, first, last):
    """Rows first..last of a part of Fashion-MNIST, by `assay import idx`."""
    images = os.path.join(FASHION, part + "-images-idx3-ubyte.gz")
    if not os.path.exists(images):
        raise Skip("%s is absent (Debian package dataset-fashion-mnist)" % images)
    good("import", "idx", "--images", images, "--labels", os.path.join(FASHION, part + "-labels-idx1-ubyte.gz"),
         "--rows",
         "%d:%d" % (first, last), "-o", path(name))
    return path(name)


def table_data(name, n, seed):
    """Random rows for the model hmda_mlp.h5, with labels of chance and two attributes."""
    random = np.random.default_rng(seed)
    x = random.random((n, 14), dtype=np.float32)
    sex, race = random.integers(0, 2, n), random.integers(0, 3, n)
    y = random.integers(0, 2, n)
    attributes = {"sex": (["female", "male"], sex), "race": (["a", "b", "c"], race)}
    return write_data(name, x, y.astype(np.int32), 0, 1, attributes)
