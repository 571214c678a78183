"""Peak memory does not grow with the samples: 1,000 rows against 100,000; and --limit gives the same rows."""
import os
import subprocess
import sys

import numpy as np

from suite import (ASSAY, MODELS, Skip, case, environment, good, main, path, report_of, same, samples_of, write_config,
                   write_data)

FEW, MANY = 1000, 100000
CONFIG = {"model": os.path.join(MODELS, "hmda_mlp.h5"), "seed": 3, "preprocess": {}, "batch": {"threads": 2},
          "transformations": [{"name": "feature_noise", "severity": 3}], "attacks": [{"name": "fgsm", "eps": 0.05}],
          "fairness": {"attributes": ["site", "ward"], "favorable": 1, "intersections": True}}
# A process begins with the peak of the one it was forked from: this small one, not this test with its numpy.
MEASURE = """
import os, sys
process = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(process, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""


with open(ASSAY, "rb") as program:
    SANITIZED = b"__asan_init" in program.read()


def config(n):
    return path("memory%d.json" % n)


def peak_of(n, *options):
    """Peak of the resident memory of the program, or of the processes that read its files, whichever is larger; MiB."""
    command = [sys.executable, "-I", "-S", "-c", MEASURE, ASSAY, "run", config(n), "-o", path("run%d" % n), "--quiet", "--force"]
    done = subprocess.run(command + list(options), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=environment(),
                          timeout=120)
    same(done.returncode, 0, "exit code")
    return int(done.stdout.split()[-1]) / 1024


def grow(n, x, y, codes):
    """A test set and members of n rows, with two attributes and ids, and the config over them."""
    attributes = {"site": (["north", "south", "east"], codes[:n] % 3), "ward": (["a", "b"], codes[:n] % 2)}
    write_data("rows%d.h5" % n, x[:n], y[:n], attributes=attributes, ids=np.arange(n))
    write_data("members%d.h5" % n, x[:n] / 2, y[:n], attributes=attributes, ids=np.arange(n))
    write_config("memory%d.json" % n, dict(CONFIG, data="rows%d.h5" % n, leakage={"members": "members%d.h5" % n}))


@case("peak memory of 100,000 rows is that of 1,000, within 10 %: noise, attack, attributes, intersections, members")
def _():
    random = np.random.default_rng(1)
    x, y = random.random((MANY, 14), dtype=np.float32), random.integers(0, 2, MANY).astype(np.int32)
    codes = random.integers(0, 6, MANY).astype(np.int32)
    for n in (FEW, MANY):
        grow(n, x, y, codes)
    # 2 to 4 % on a quiet machine; when others take the processor threads run apart, and more is in flight.
    few, many = (min(peak_of(n) for _ in range(2)) for n in (FEW, MANY))
    if SANITIZED:
        raise Skip("AddressSanitizer keeps freed memory")
    assert many <= 1.1 * few, "%.1f MiB at %d rows, %.1f MiB at %d" % (few, FEW, many, MANY)
    assert few > 12, "%.1f MiB is less than the program itself: nothing was measured" % few


@case("the first 1,000 of 100,000 rows by --limit: the same samples and metrics as of a data set of these rows")
def _():
    good("run", config(MANY), "-o", path("limited"), "--limit", str(FEW))
    few, limited = samples_of(path("run%d" % FEW)), samples_of(path("limited"))
    same(list(limited), list(few), "scenarios")
    for scenario, columns in few.items():
        for name, column in columns.items():
            same(limited[scenario][name].tobytes(), column.tobytes(), "%s/%s" % (scenario, name))
    wanted, got = report_of(path("run%d" % FEW))["tests"], report_of(path("limited"))["tests"]
    same([(t["test_id"], t["metrics"]) for t in got], [(t["test_id"], t["metrics"]) for t in wanted], "metrics")


main()
