#!/usr/bin/python3
"""Everything that takes long, one after another, one line each:  nightly.py --make MAKE LOGS STEP ...

Each step is a goal of the Makefile; what it prints goes to LOGS/STEP.log. A step that fails does not keep the next one
from running; the exit status is 1 if any failed. Run from the root of the repository, by `make nightly`."""
import argparse
import os
import re
import shlex
import subprocess
import sys
import time

# step: goal and variables of the Makefile
GOALS = {"check": ["check"], "scalar": ["check-cpu", "CPU=scalar"], "avx2": ["check-cpu", "CPU=avx2"],
         "avx512": ["check-cpu", "CPU=avx512"], "asan": ["asan"], "ubsan": ["ubsan"], "tsan": ["tsan"],
         "fuzz": ["fuzz"], "torture": ["torture"]}
TOTALS = re.compile(r"\d+ passed, (\d+) failed, \d+ skipped")
LEFT_OUT = re.compile(r".*\b(left out, .*)")


def last_lines(path):
    """Those that say how it ended, the last one first; make's own about the exit status are none of them."""
    with open(path, errors="replace") as f:
        lines = [line.strip() for line in f]
    return [line for line in reversed(lines) if line and not re.match(r"make(\[\d+\])?:", line)]


def judge(status, log):
    """(text, whether it is well)"""
    last = (last_lines(log) or [""])[0]
    left, totals = LEFT_OUT.fullmatch(last), TOTALS.fullmatch(last)
    if left:
        return left.group(1), True
    if totals:
        return last, status == 0 and totals.group(1) == "0"
    return "ended with status %d before there were totals" % status, False


def run(step, make, logs):
    log = os.path.join(logs, step + ".log")
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    started = time.monotonic()
    with open(log, "wb") as f:
        status = subprocess.call(make + GOALS[step], stdin=subprocess.DEVNULL, stdout=f, stderr=subprocess.STDOUT, env=env)
    text, well = judge(status, log)
    print("nightly: %s: %s (%.0f s)%s" % (step, text, time.monotonic() - started, "" if well else ", see " + log),
          flush=True)
    return well


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--make", default="make")
    parser.add_argument("logs")
    parser.add_argument("step", nargs="+", choices=sorted(GOALS))
    o = parser.parse_args()
    os.makedirs(o.logs, exist_ok=True)
    well = [run(step, shlex.split(o.make), o.logs) for step in o.step]
    return 0 if all(well) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
