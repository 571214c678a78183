"""The Makefile on a tiny tree of its own, with a compiler that takes its time: cores, interruption, two makes at once."""
import os
import re
import shutil
import signal
import subprocess
import sys
import time

from suite import ASSAY, ROOT, case, main, path, same

# Compiles as gcc does, but writes its output in two halves, as a large one is written.
SLOW_CC = """#!/usr/bin/python3
import os, subprocess, sys, time
args, halves = sys.argv[1:], []
for option in ("-o", "-MF"):
    if option in args:
        at = args.index(option) + 1
        halves.append((args[at], args[at] + ".whole"))
        args[at] += ".whole"
status = subprocess.call(["gcc"] + args)
if status:
    sys.exit(status)
for place, whole in halves:
    with open(whole, "rb") as f, open(place, "wb") as out:
        data = f.read()
        out.write(data[:len(data) // 2])
        out.flush()
        time.sleep(float(os.environ.get("SLOW", "0.1")))
        out.write(data[len(data) // 2:])
        os.fchmod(out.fileno(), os.fstat(f.fileno()).st_mode)
    os.unlink(whole)
"""
SOURCES = {"engine/cli/main.c": '#include "engine/base/a.h"\nint main(void) { return a() + b() + c() - 6; }\n',
           "engine/base/a.h": "int a(void);\nint b(void);\nint c(void);\n"}
SOURCES.update(("engine/base/%s.c" % name, '#include "engine/base/a.h"\nint %s(void) { return %d; }\n' % (name, value))
               for value, name in enumerate("abc", 1))


def tree(name):
    folder = path(name)
    for file, text in SOURCES.items():
        os.makedirs(os.path.dirname(os.path.join(folder, file)), exist_ok=True)
        with open(os.path.join(folder, file), "w") as f:
            f.write(text)
    shutil.copy(os.path.join(ROOT, "Makefile"), folder)
    with open(os.path.join(folder, "slow-cc"), "w") as f:
        f.write(SLOW_CC)
    os.chmod(os.path.join(folder, "slow-cc"), 0o755)
    return folder


def environment(slow):
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    return dict(env, SLOW=str(slow))


def start(folder, *args, slow=0.1):
    return subprocess.Popen(["make", "CC=./slow-cc", *args], cwd=folder, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, env=environment(slow), start_new_session=True)


def made(folder, *args, slow=0.01):
    p = start(folder, *args, slow=slow)
    out = p.communicate(timeout=120)[0].decode()
    assert p.returncode == 0, "make %s: exit %d\n%s" % (" ".join(args), p.returncode, out)
    return out


def check_whole(folder):
    """The program works, and nothing is left to do or left behind."""
    same(subprocess.call([os.path.join(folder, "build", "assay")]), 0, "the program's exit status")
    assert "Nothing to be done" in made(folder), "a second make has work left"


@case("make uses all cores, unless it is told how many; each step is one line")
def _():
    folder = tree("cores")
    out = made(folder)
    for wanted in ("CC    engine/base/a.c", "CC    engine/cli/main.c", "AR    build/libassay.a", "LINK  build/assay"):
        same(out.count("  %s\n" % wanted), 1, wanted)
    check_whole(folder)
    with open(os.path.join(folder, "Makefile"), "a") as f:
        f.write("\nflags:\n\t@echo \"flags $(MAKEFLAGS)\"\nbelow:\n\t@$(MAKE) --no-print-directory flags\n")
    cores = len(os.sched_getaffinity(0))
    for args, wanted in (((), cores), (("-j1",), 1), (("-j3",), 3)):
        for goal in ("flags", "below"):
            said = made(folder, goal, *args)
            same(re.findall(r"-j(\d+)", said), [str(wanted)], said)
    same(re.findall(r"-j(\d+)", subprocess.run(["make", "flags"], cwd=folder, stdout=subprocess.PIPE, check=True,
                                               env=dict(environment(0), MAKEFLAGS="-j5")).stdout.decode()), ["5"],
         "MAKEFLAGS of the environment")


@case("make clean all builds what it has just removed")
def _():
    folder = tree("clean")
    made(folder)
    out = made(folder, "clean", "all")
    same(out.count("  LINK  build/assay\n"), 1, "links")
    check_whole(folder)


@case("a compiler's error ends make, and nothing half-made stays")
def _():
    folder = tree("error")
    with open(os.path.join(folder, "engine/base/b.c"), "a") as f:
        f.write("int x = y;\n")
    p = start(folder, slow=0.01)
    out = p.communicate(timeout=120)[0].decode()
    assert p.returncode == 2 and "engine/base/b.c:3" in out, (p.returncode, out)
    assert not os.path.exists(os.path.join(folder, "build", "libassay.a"))
    with open(os.path.join(folder, "engine/base/b.c"), "w") as f:
        f.write(SOURCES["engine/base/b.c"])
    made(folder)
    check_whole(folder)


@case("killed at any point (SIGINT, SIGTERM, SIGKILL), make goes on the next time")
def _():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        folder = tree("killed%d" % number)
        for delay in (0.15, 0.3, 0.5, 0.8):
            p = start(folder, slow=0.15)
            time.sleep(delay)
            os.killpg(p.pid, number)
            p.communicate(timeout=30)
        made(folder)
        check_whole(folder)


@case("two makes at once in one tree both build it; with one of them killed the other does")
def _():
    for killed in (False, True):
        folder = tree("two%d" % killed)
        makes = [start(folder, "-j2", slow=0.1 + 0.05 * i) for i in range(2)]
        time.sleep(0.4)
        if killed:
            makes[0].kill()  # make alone: the compilers that it started go on
        outs = [p.communicate(timeout=120)[0].decode() for p in makes]
        same([p.returncode for p in makes], [-signal.SIGKILL if killed else 0, 0], "exit statuses\n" + "\n".join(outs))
        made(folder)
        check_whole(folder)


@case("the fuzz targets' seeds replace a half-made folder, and two at once make them whole")
def _():
    seeds = path("seeds")
    os.makedirs(os.path.join(seeds, "config"))
    open(os.path.join(seeds, "config", "half"), "w").close()
    os.mkdir(seeds + ".new.999999999")  # of a process that no longer is
    for n in (1, 2):
        makes = [subprocess.Popen([sys.executable, "tests/fuzz/make_seeds.py", ASSAY, seeds], cwd=ROOT) for _ in range(n)]
        same([p.wait(timeout=120) for p in makes], n * [0], "exit statuses")
        same(os.path.exists(os.path.join(seeds, "made")), True, "made")
        same("half" in os.listdir(os.path.join(seeds, "config")), False, "what was half-made")
        same([f for f in os.listdir(path()) if f.startswith("seeds.")], [], "leftovers")


def run_check(folder, *steps):
    done = subprocess.run([sys.executable, os.path.join(ROOT, "tests", "check.py"), "build", *steps], cwd=folder,
                          stdout=subprocess.PIPE, env=environment(0))
    return done.returncode, done.stdout.decode().splitlines()


def put_script(folder, place, text):
    file = os.path.join(folder, place)
    os.makedirs(os.path.dirname(file), exist_ok=True)
    with open(file, "w") as f:
        f.write("#!/bin/sh\n" + text)
    os.chmod(file, 0o755)


@case("the tests end in one line of totals; a failure is named, ends nothing early, and counts in the exit status")
def _():
    folder = path("totals")
    put_script(folder, "build/tests/one/run", "echo '2 passed, 0 failed, 1 skipped'\n")
    put_script(folder, "build/tests/two/run", "echo 'FAIL  suite/name (status 1)'; echo '3 passed, 1 failed, 0 skipped'; exit 1\n")
    put_script(folder, "build/tests/gone/run", "kill -SEGV $$\n")
    put_script(folder, "tests/check_deps.sh", "echo check_deps: ok\n")
    put_script(folder, "tests/cli/run.sh", "echo 'ok    a (0.1 s)'; echo 'skip  b: no'; echo 'ok    c (0.1 s)'\n")
    put_script(folder, "build/tests/json/run", """# as if it were linked with libcriterion
cat > "${1#--json=}" <<END
{ "id": "Criterion v2.4.1", "passed": 4, "failed": 2, "errored": 1, "skipped": 1,
  "test_suites": [ { "name": "s", "passed": 4, "failed": 2, "errored": 1, "skipped": 1, "tests": [
    { "name": "good",
      "assertions": 3,
      "status": "PASSED" },
    { "name": "crashes",
      "assertions": 0,
      "status": "ERRORED" },
    { "name": "wrong",
      "assertions": 1,
      "status": "FAILED",
      "messages": ["a "quoted" text"] },
    { "name": "elsewhere",
      "assertions": 0,
      "status": "SKIPPED",
      "messages": ["no bf16 instructions"] } ] } ] }
END
exit 2
""")
    code, lines = run_check(folder, "unit=json")
    same((code, lines[1:]), (1, ["skip  elsewhere: no bf16 instructions", "failed: unit json: crashes",
                                 "failed: unit json: wrong", "4 passed, 2 failed, 1 skipped"]), "Criterion's report")
    code, lines = run_check(folder, "unit=one", "deps", "cli=any")
    same((code, lines[-1]), (0, "5 passed, 0 failed, 2 skipped"), "all well")
    code, lines = run_check(folder, "unit=gone,one,two,absent", "cli=any")
    same((code, lines[-1]), (1, "7 passed, 3 failed, 2 skipped"), "\n".join(lines))
    same(lines[-4:-1], ["failed: unit absent: ended with status 127", "failed: unit gone: ended with status -11",
                        "failed: unit two: suite/name (status 1)"], "failures")


@case("instruction sets that the machine lacks are said, and no totals are made of them")
def _():
    folder = path("levels")
    put_script(folder, "build/assay", "case $ASSAY_CPU in scalar) echo '{\"isa\": \"scalar\"}' ;; *) echo '{\"isa\": \"avx2\"}' ;; esac\n")
    put_script(folder, "build/tests/one/run", "[ $ASSAY_CPU != avx2 ] || { echo 'FAIL  x/y (status 1)'; exit 1; }; "
               "echo '2 passed, 0 failed, 0 skipped'\n")
    code, lines = run_check(folder, "--cpu", "scalar,avx2,avx512", "unit=one")
    same((code, lines[-3:]), (1, ["failed: avx2: unit one: x/y (status 1)", "ASSAY_CPU=avx512: left out, this machine "
                                  "does not have it", "2 passed, 1 failed, 0 skipped"]), "all three")
    code, lines = run_check(folder, "--cpu", "avx512", "unit=one")
    same((code, lines), (0, ["ASSAY_CPU=avx512: left out, this machine does not have it"]), "none of them")


@case("nightly: one line a step and a log, on through failures, which the exit status tells")
def _():
    folder = path("nightly")
    put_script(folder, "make", """case "$*" in
asan) echo 'compiling'; echo '1234 passed, 0 failed, 2 skipped' ;;
ubsan) echo 'failed: unit x: y'; echo '7 passed, 1 failed, 0 skipped'; echo "make: *** [Makefile:1: check] Error 1"; exit 2 ;;
tsan) echo 'a.c:1: error: x'; exit 2 ;;
'check-cpu CPU=avx512') echo 'ASSAY_CPU=avx512: left out, this machine does not have it' ;;
fuzz) echo '7 passed, 0 failed, 0 skipped'; exit 1 ;;
esac
""")

    def nightly(*steps):
        done = subprocess.run([sys.executable, os.path.join(ROOT, "tests", "nightly.py"), "--make", "./make", "logs", *steps],
                              cwd=folder, stdout=subprocess.PIPE, env=environment(0))
        return done.returncode, re.sub(r"\(\d+ s\)", "(0 s)", done.stdout.decode()).splitlines()

    same(nightly("ubsan", "tsan", "fuzz", "asan"), (1, [
        "nightly: ubsan: 7 passed, 1 failed, 0 skipped (0 s), see logs/ubsan.log",
        "nightly: tsan: ended with status 2 before there were totals (0 s), see logs/tsan.log",
        "nightly: fuzz: 7 passed, 0 failed, 0 skipped (0 s), see logs/fuzz.log",
        "nightly: asan: 1234 passed, 0 failed, 2 skipped (0 s)"]), "with failures")
    same(nightly("avx512", "asan"), (0, ["nightly: avx512: left out, this machine does not have it (0 s)",
                                         "nightly: asan: 1234 passed, 0 failed, 2 skipped (0 s)"]), "without")
    with open(os.path.join(folder, "logs", "asan.log")) as f:
        assert f.read().startswith("compiling\n")


main()
