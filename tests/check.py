#!/usr/bin/python3
"""Run tests, pass on what they print, and end with one line of totals.

    check.py [--cpu LEVEL,...] [--make MAKE] BUILD STEP ...

Steps: unit (every BUILD/tests/ROOM/run), unit=ROOM,..., deps, cli, cli=PART,..., one-row, torture, torture=SECONDS,
fuzz=SEEDS:SECONDS:TARGET,.... A step that fails does not keep the next one from running; what failed is named once more
at the end, and the exit status is then 1. With --cpu all steps are run at each of these instruction sets (scalar, avx2,
avx512) that the machine has. Run from the root of the repository; what is built must be built already."""
import argparse
import glob
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections import namedtuple

KEYS = ("passed", "failed", "skipped")
CASE = re.compile(rb"(ok|FAIL|skip) +(.*)")
# One case a line stands in this; a runner's own totals in the others.
TOTALS = re.compile(rb"(\d+) passed, (\d+) failed, (\d+) skipped")
CRITERION_TEST = re.compile(r'"name": "([^"]*)",\s+"assertions": \d+,\s+"status": "(\w+)"(?:,\s+"messages": \["(.*)"\])?')
KIND = {b"ok": "passed", b"FAIL": "failed", b"skip": "skipped"}
ONE_CASE = ("check-deps", "torture", "fuzz")  # each run of these is one case
Command = namedtuple("Command", "name args totals")  # totals: a file in Criterion's JSON that it writes, or None


class Tally:
    """Counts of cases, and the names of those that failed."""

    def __init__(self):
        self.counts = dict.fromkeys(KEYS, 0)
        self.faults = []

    def add(self, key, n=1):
        self.counts[key] += n

    def take(self, other, prefix=""):
        for key, n in other.counts.items():
            self.add(key, n)
        self.faults += [prefix + fault for fault in other.faults]

    def line(self):
        return ", ".join("%d %s" % (self.counts[key], key) for key in KEYS)


def read_criterion(path, own):
    """Put into the tally what the report that a Criterion binary wrote says. It is not always valid JSON, since messages
    are not escaped; the first numbers are those of the whole binary. Without a report the tally stays as it is."""
    try:
        with open(path, errors="replace") as f:
            text = f.read()
    except OSError:
        return
    found = [re.search(r'"%s": (\d+)' % key, text) for key in KEYS]  # its "errored" (crashes) are among the failed
    if not all(found):
        return
    own.counts = dict(zip(KEYS, (int(m.group(1)) for m in found)))
    for name, status, message in CRITERION_TEST.findall(text):
        if status == "SKIPPED":
            print("skip  %s: %s" % (name, message), flush=True)
        elif status != "PASSED":
            own.faults.append(name)


def environment(cpu):
    env = dict(os.environ)
    for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL"):  # a test that calls make is no part of this one
        env.pop(name, None)
    if cpu:
        env["ASSAY_CPU"] = cpu
    return env


def has_option(program, option):
    """Whether the binary is Criterion's: the runner of make tsan has no options."""
    with open(program, "rb") as f:
        return option in f.read()


def unit(build, rooms):
    rooms = rooms or sorted(os.path.basename(os.path.dirname(p)) for p in glob.glob("tests/*/test_*.c"))
    for room in sorted(set(rooms)):
        program = os.path.join(build, "tests", room, "run")
        report = os.path.join(build, "tests", room, "result.json")
        args = [program] + shlex.split(os.environ.get("TEST_FLAGS", ""))
        if os.path.exists(program) and has_option(program, b"libcriterion"):
            yield Command("unit " + room, args + ["--json=" + report], report)
        else:
            yield Command("unit " + room, args, None)


def parts_of(named):
    return named or [os.path.basename(p)[len("check_"):-len(".py")] for p in sorted(glob.glob("tests/cli/check_*.py"))]


def fuzz(build, what):
    seeds, seconds, targets = what.split(":")
    for target in targets.split(","):
        yield Command("fuzz " + target, ["sh", "tests/fuzz/run_target.sh", build, seeds, target, seconds], None)


def commands(step, build, make):
    name, _, what = step.partition("=")
    named = [w for w in what.split(",") if w]
    if name == "unit":
        return list(unit(build, named))
    if name == "cli":
        return [Command("cli " + p, ["sh", "tests/cli/run.sh", build + "/assay", p], None) for p in parts_of(named)]
    if name == "deps":
        return [Command("check-deps", ["sh", "tests/check_deps.sh"], None)]
    if name == "one-row":
        return [Command("one-row", [sys.executable, "tests/one_row/one_row.py", "--build", build, "--make", make], None)]
    if name == "torture":
        args = [sys.executable, "tests/torture/torture.py", build + "/assay", build + "/tests/torture/fail_malloc.so"]
        return [Command("torture", args + (["--seconds", what] if what else []), None)]
    if name == "fuzz":
        return list(fuzz(build, what))
    sys.exit("check.py: no step '%s'" % step)


def start(command, env):
    """The child, or None where its program cannot be run."""
    if command.totals and os.path.exists(command.totals):
        os.unlink(command.totals)
    if command.name.startswith("unit"):
        print("==", command.args[0], flush=True)
    try:
        return subprocess.Popen(command.args, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, env=env)
    except OSError as fault:
        print("%s: %s" % (command.args[0], fault.strerror), flush=True)
        return None


def pass_on(lines, own):
    """Print the lines, and count the cases that they tell of."""
    for line in lines:
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
        case, totals = CASE.match(line), TOTALS.fullmatch(line.strip())
        if case:
            own.add(KIND[case.group(1)])
            if case.group(1) == b"FAIL":
                own.faults.append(case.group(2).decode(errors="replace").strip())
        elif totals:
            own.counts = dict(zip(KEYS, map(int, totals.groups())))


def run(command, env):
    """The tally of one command, whose output is passed on."""
    own, status = Tally(), 127
    child = start(command, env)
    if child:
        try:
            pass_on(child.stdout, own)
            status = child.wait()
        finally:
            if child.poll() is None:
                child.terminate()
    if command.totals:
        read_criterion(command.totals, own)
    if status and not own.counts["failed"]:
        own.add("failed")
        own.faults.append("ended with status %d" % status)
    elif not any(own.counts.values()) and command.name.split()[0] in ONE_CASE:
        own.add("passed")
    if own.counts["failed"] and not own.faults:
        own.faults.append("%d failed" % own.counts["failed"])
    own.faults = ["%s: %s" % (command.name, fault) for fault in own.faults]
    return own


def has_level(build, level):
    done = subprocess.run([build + "/assay", "version", "--json"], stdout=subprocess.PIPE,
                          env=environment(level))
    return done.returncode == 0 and json.loads(done.stdout)["isa"] == level


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--cpu", type=lambda levels: levels.split(","))
    parser.add_argument("--make", default="make")
    parser.add_argument("build")
    parser.add_argument("step", nargs="+")
    o = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    todo = [c for step in o.step for c in commands(step, o.build, o.make)]
    tally = Tally()
    here = [level for level in o.cpu if has_level(o.build, level)] if o.cpu else [None]
    for level in here:
        own = Tally()
        if level:
            print("==== ASSAY_CPU=%s" % level, flush=True)
        for command in todo:
            own.take(run(command, environment(level)))
        if level:
            print("==== ASSAY_CPU=%s: %s" % (level, own.line()), flush=True)
        tally.take(own, level + ": " if level else "")
    for fault in tally.faults:
        print("failed:", fault)
    for level in o.cpu or []:
        if level not in here:
            print("ASSAY_CPU=%s: left out, this machine does not have it" % level, flush=True)
    if here:
        print(tally.line(), flush=True)
    return 1 if tally.counts["failed"] else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
