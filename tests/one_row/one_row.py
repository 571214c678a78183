#!/usr/bin/python3
"""One file and one row: adds a kind of every sort to a copy of the tree, builds it, and finds each wherever it must be.

    one_row.py [--build BUILD] [--make "make V=1"] [--keep]

kinds.py says what is added. Each is a commit of its own in the copy, so git tells that it is one new file and one new
line. The copy takes the build folder along, so only what the rows touch is compiled. It is deleted at the end, also
when interrupted; --keep leaves it and says where. One line a kind; exit status 1 if one is not found somewhere.
"""
import argparse
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)

from find import find_all  # noqa: E402
from kinds import KINDS  # noqa: E402

SUITES = ("attacks", "layer", "metrics", "batch", "reports")
LEFT_BEHIND = {".git", "demo"}


class Failed(Exception):
    """What was not found, or what did not work."""


def run(*command, cwd, accept=(0,), env=None):
    """Output and exit status of a command; it and its children end with us."""
    with subprocess.Popen(command, cwd=cwd, env=dict(os.environ, **(env or {})), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True) as child:
        try:
            out = child.communicate()[0].decode(errors="replace")
        except BaseException:
            os.killpg(child.pid, signal.SIGKILL)
            raise
    if accept and child.returncode not in accept:
        raise Failed("%s: exit status %d\n%s" % (" ".join(command), child.returncode, out[-4000:]))
    return out


def copy_tree(tree, build):
    """Everything but other builds, with its times, as a repository of its own."""
    names = [n for n in os.listdir(ROOT) if n not in LEFT_BEHIND and not n.startswith("build")]
    run("cp", "-a", *names, tree, cwd=ROOT)
    if not os.path.isabs(build) and os.path.isdir(os.path.join(ROOT, build)):
        run("cp", "-a", "--parents", build, tree, cwd=ROOT)
    run("git", "init", "-q", cwd=tree)
    for key, value in (("user.name", "one_row"), ("user.email", "one_row@localhost"), ("gc.auto", "0"),
                       ("commit.gpgsign", "false"), ("core.autocrlf", "false")):
        run("git", "config", key, value, cwd=tree)
    with open(os.path.join(tree, ".git", "info", "exclude"), "a") as f:
        f.write("/%s/\n" % build)
    commit(tree, "as it is")


def commit(tree, message):
    run("git", "add", "-A", cwd=tree)
    run("git", "commit", "-q", "--no-verify", "-m", message, cwd=tree)


def add_row(path, row, before):
    with open(path) as f:
        lines = f.read().splitlines(True)
    at = len(lines) if before is None else lines.index(before + "\n")
    lines.insert(at, row + "\n")
    with open(path, "w") as f:
        f.writelines(lines)


def add(tree, kind):
    """One file and one row, as git sees it."""
    target = os.path.join(tree, kind.file)
    if os.path.exists(target):
        raise Failed("%s is there already: give the one in tests/one_row another name" % kind.file)
    shutil.copy(os.path.join(HERE, "tree", kind.file), target)
    add_row(os.path.join(tree, kind.table), kind.row, kind.before)
    commit(tree, "add " + kind.what)
    changes = sorted(run("git", "show", "--format=", "--name-status", "HEAD", cwd=tree).splitlines())
    wanted = sorted(["A\t" + kind.file, "M\t" + kind.table])
    lines = run("git", "show", "--format=", "--numstat", "HEAD", "--", kind.table, cwd=tree).split()
    if changes != wanted or lines[:2] != ["1", "0"]:
        raise Failed("%s is not one file and one row: %s, %s" % (kind.what, changes, lines))


def places():
    """What engine/assay.h says where to add: {sort: (file with NAME, table)}."""
    found, inside = {}, False
    with open(os.path.join(ROOT, "engine", "assay.h")) as f:
        for line in f:
            inside = line.startswith(" * Where to add things") or inside and line.startswith(" *   ")
            if inside and "+ a row in" in line:
                left, right = line[3:].split("+ a row in")
                sort, path = left.rsplit(None, 1)
                found[sort.strip()] = (path, right.split()[0].rstrip(";,"))
    return found


def check_places():
    """engine/assay.h names each sort, and no other."""
    said, faults = places(), []
    for kind in KINDS:
        path, table = said.get(kind.sort, ("", ""))
        head, tail = path.split("NAME") if "NAME" in path else (path, "?")
        if not (kind.file.startswith(head) and kind.file.endswith(tail) and table == kind.table):
            faults.append("engine/assay.h does not say where to add %s: %s and a row in %s" %
                          (kind.sort, kind.file, kind.table))
    for sort in said:
        if sort not in {k.sort for k in KINDS}:
            faults.append("engine/assay.h says where to add %s, which tests/one_row does not add" % sort)
    if faults:
        raise Failed("\n".join(faults))


def build(tree, options):
    targets = ["all"] + ["%s/tests/%s/run" % (options.build, s) for s in SUITES]
    jobs = "-j%d" % len(os.sched_getaffinity(0))
    run(*shlex.split(options.make), "--no-print-directory", jobs, "BUILD=" + options.build, *targets, cwd=tree,
        env={"CCACHE_BASEDIR": tree, "CCACHE_NOHASHDIR": "1", "MAKEFLAGS": "", "MAKELEVEL": "0"})


def check_properties(tree, options):
    """The tests that walk the tables pass, with the new kinds in them."""
    for suite in SUITES:
        run("%s/tests/%s/run" % (options.build, suite), cwd=tree)


def put_fault(tree, kind):
    path = os.path.join(tree, kind.file)
    with open(path) as f:
        text = f.read()
    if kind.fault.text not in text:
        raise Failed("%s: no '%s' to make a fault of" % (kind.file, kind.fault.text))
    with open(path, "w") as f:
        f.write(text.replace(kind.fault.text, kind.fault.instead))


def check_noticed(tree, options):
    """With its fault in it, every kind fails a property test, which names it: so that test did see it. Returns those
    that do not, {what: text}."""
    faulty = [k for k in KINDS if k.fault]
    for kind in faulty:
        put_fault(tree, kind)
    build(tree, options)
    unseen = {}
    for kind in faulty:
        fault = kind.fault
        said = run("%s/tests/%s/run" % (options.build, fault.room), "--filter", fault.test, cwd=tree, accept=())
        if fault.says not in said:
            unseen[kind.what] = "%s does not notice a fault of the %s %s: no '%s' in\n%s" % (
                fault.test, kind.what, kind.name, fault.says, said[-1000:])
    return unseen


def prove(folder, options):
    """All of it; returns texts about what was not found."""
    tree, work = os.path.join(folder, "tree"), os.path.join(folder, "work")
    os.mkdir(tree)
    os.mkdir(work)
    check_places()
    copy_tree(tree, options.build)
    for kind in KINDS:
        add(tree, kind)
    build(tree, options)
    check_properties(tree, options)
    found, missing = find_all(os.path.join(tree, options.build, "assay"), work)
    unseen = check_noticed(tree, options)
    for kind in KINDS:
        if kind.what in found and kind.what not in unseen:
            print("ok    one-row %s: %s%s" % (kind.what, found[kind.what], ", properties" if kind.fault else ""))
    return missing + list(unseen.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--build", default="build")
    parser.add_argument("--make", default="make")
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda n, frame: sys.exit(128 + n))
    folder = tempfile.mkdtemp(prefix="assay-one-row.")
    try:
        missing = prove(folder, options)
    except Failed as fault:
        missing = [str(fault)]
    except KeyboardInterrupt:
        return 130
    finally:
        if options.keep:
            print("one_row: left in", folder)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    for text in missing:
        print("FAIL one-row:", text)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
