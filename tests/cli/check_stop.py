"""Ctrl-C and SIGTERM: the answer, the time it takes whatever the steps, what is left, and what --resume makes of it."""
import os
import pty
import random
import re
import shutil
import signal
import subprocess
import time

from suite import (ASSAY, MODELS, SLOW, case, digest_of, environment, good, import_fashion, main, path, same,
                   table_data, write_config)

ANSWER = "stopping after this unit; again to quit\n"
WITHIN = 2 * SLOW  # seconds
FASHION = {"model": os.path.join(MODELS, "fashion_cnn.h5"), "data": "fashion.h5", "seed": 3,
           "preprocess": {"scale": 1 / 255}}
LONG = {  # each alone takes minutes to years
    "pgd": {"attacks": [{"name": "pgd", "eps": 2, "steps": 100000, "restarts": 1000, "iterate": "last"}]},
    "hopskipjump": {"attacks": [{"name": "hopskipjump", "norm": "l2", "iterations": 100000,
                                 "initial_probes": 1000000, "most_probes": 1000000}]},
    "spatial": {"attacks": [{"name": "spatial", "norm": "l2", "rotations": 361, "translations": 101, "scale": 0.5,
                             "scales": 101}]},
    "universal": {"attacks": [{"name": "universal", "eps": 8, "epochs": 100000}]},
    "patch": {"attacks": [{"name": "patch", "norm": "l0", "eps": 25, "epochs": 100000}]},
    "eot": {"defence": [{"name": "gaussian_noise", "sigma": 0.05}], "defence_draws": 1000,
            "attacks": [{"name": "pgd", "eps": 2, "steps": 1000, "eot": 1000}]},
}


def begin(command, config, folder, *options):
    return subprocess.Popen([ASSAY, command, config, "-o", folder] + list(options), stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())


def end(process, number):
    """Send the signal; exit code, stdout, stderr without lines of progress, and how long it took."""
    sent = time.monotonic()
    process.send_signal(number)
    out, err = process.communicate(timeout=60 * SLOW)
    return process.returncode, out.decode(), err.decode(), time.monotonic() - sent


def expect_stopped(result, what, hint="--resume"):
    code, out, err, seconds = result
    same((code, out), (6, ""), "%s: exit code and stdout (stderr %s)" % (what, err))
    lines = err.splitlines(keepends=True)
    assert ANSWER in lines, "%s: %s" % (what, err)
    assert lines[-1].startswith("assay: error: interrupted") and hint in lines[-1], "%s: %s" % (what, err)
    same(sum(line.startswith("assay: error") for line in lines), 1, "%s: lines of error in %s" % (what, err))
    assert seconds < WITHIN, "%s: %.2f s" % (what, seconds)


def config_of(name, parts):
    import_fashion("fashion.h5", "t10k", 0, 200)
    return write_config(name + ".json", dict(FASHION, **parts))


@case("whatever the steps: an answer, exit 6 within two seconds, and nothing in the journal that was cut short")
def _():
    for i, (name, parts) in enumerate(LONG.items()):
        config, folder = config_of(name, parts), path("long-" + name)
        process = begin("run", config, folder)
        time.sleep(1.2 * SLOW)
        expect_stopped(end(process, (signal.SIGINT, signal.SIGTERM)[i % 2]), name)
        assert not any("report" in f or ".tmp" in f for f in os.listdir(folder)), os.listdir(folder)


LINE = r"(samples x scenarios|universal): \d+ %, \d+ of \d+(, \d+(\.\d)? samples/s)?, left (-|(\d+:)?\d+:\d\d)"


@case("the first line of progress comes within a second, with speed and time left; none with --quiet")
def _():
    for name in ("pgd", "universal"):
        config = config_of(name, LONG[name])
        begun = time.monotonic()
        process = begin("run", config, path("told-" + name))
        line = process.stderr.readline().decode()
        while line.startswith("making the artefact"):
            line = process.stderr.readline().decode()
        seconds = time.monotonic() - begun
        assert re.fullmatch(LINE, line.strip("\n")), line
        assert seconds < SLOW, "%s: the first line after %.2f s" % (name, seconds)
        assert name == "pgd" or "samples/s" in line and "left -" not in line, line
        expect_stopped(end(process, signal.SIGINT), name)
        process = begin("run", config, path("quiet-" + name), "--quiet")
        time.sleep(1.2 * SLOW)
        code, out, err, seconds = end(process, signal.SIGINT)
        assert (code, out, err.count("\n")) == (6, "", 1) and seconds < WITHIN, (code, out, err, seconds)


@case("on a terminal the bar is drawn again and again, and cleared before anything else is said")
def _():
    config = config_of("pgd", LONG["pgd"])
    terminal, theirs = pty.openpty()
    process = subprocess.Popen([ASSAY, "run", config, "-o", path("terminal")], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=theirs, env=environment({"TERM": "xterm"}))
    os.close(theirs)
    time.sleep(1.5 * SLOW)
    process.send_signal(signal.SIGINT)
    process.wait(60)
    said = b""
    try:
        while True:
            said += os.read(terminal, 65536)
    except OSError:  # the other end is closed
        os.close(terminal)
    text = said.decode()
    assert text.count("\rsamples x scenarios [") >= 4, text
    answer = text.index("stopping after this unit")
    assert text[:answer].endswith("\r\033[K"), text
    assert re.search(r"\r?\n(\r[^\n]*)?\r\033\[K[^\n]*assay: error: |\r\n[^\r\n]*assay: error: ", text[answer:]), text


@case("prepare ends as fast and keeps its checkpoint; the same command goes on from there")
def _():
    config, folder = config_of("universal", LONG["universal"]), path("prepared")
    process = begin("prepare", config, folder)
    time.sleep(3 * SLOW)
    expect_stopped(end(process, signal.SIGINT), "prepare", "same command")
    left = os.listdir(folder)
    assert len(left) == 1 and left[0].endswith(".part"), left
    process = begin("prepare", config, folder)
    time.sleep(1.2 * SLOW)
    result = end(process, signal.SIGTERM)
    expect_stopped(result, "prepare again", "same command")
    assert "going on from step" in result[2], result[2]


@case("while the files are still being looked at, too")
def _():
    config = config_of("pgd", LONG["pgd"])
    for pause in (0.03, 0.06, 0.1):
        folder = path("early")
        process = begin("run", config, folder)
        time.sleep(pause * SLOW)
        code, out, err, seconds = end(process, signal.SIGINT)
        assert seconds < WITHIN and out == "", (seconds, out)
        # before main is under way there is nobody to answer
        assert code == 6 and err.count("assay: error: interrupted") == 1 or code == -signal.SIGINT and err == "", err
        shutil.rmtree(folder, ignore_errors=True)


@case("a second signal ends the process at once, with the same exit code and advice")
def _():
    config = config_of("pgd", LONG["pgd"])
    process = begin("run", config, path("twice"))
    time.sleep(1.2 * SLOW)
    os.kill(process.pid, signal.SIGSTOP)  # so that both are there before it can answer
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)
    code, out, err, seconds = end(process, signal.SIGCONT)
    same((code, out), (6, ""), "exit code, stderr " + err)
    assert "--resume\n" in err and err.count("assay: error: interrupted") == 1 and seconds < 1 * SLOW, err


def children_of(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
        return [int(child) for child in f.read().split()]


@case("where it cannot leave by itself (a read that hangs), it ends within two seconds all the same")
def _():
    config = config_of("pgd", LONG["pgd"])
    process = begin("run", config, path("hanging"))
    stopped = []
    while not stopped and process.poll() is None:
        stopped = children_of(process.pid)
        for child in stopped:
            os.kill(child, signal.SIGSTOP)
    assert stopped, "the reader of the files was not seen"
    time.sleep(0.3)
    assert process.poll() is None, "it went on without its reader"
    sent = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.wait(60 * SLOW)
    seconds = time.monotonic() - sent
    for child in stopped:  # one that was stopped before it was set up neither dies with its parent nor closes stderr
        try:
            os.kill(child, signal.SIGKILL)
        except ProcessLookupError:
            pass
    out, err = process.communicate()
    expect_stopped((process.returncode, out.decode(), err.decode(), seconds), "hanging")


def interrupt_until_done(config, folder, dice, shortest, longest):
    """Start, interrupt after a random time, go on, until a run ends by itself; returns how often it was interrupted."""
    for times in range(60):
        process = begin("run", config, folder, "--threads", str(dice.choice((1, 2, 3))), *(["--resume"] if times else []))
        try:
            process.wait(SLOW * dice.uniform(shortest, longest) * (1 + times / 4))
        except subprocess.TimeoutExpired:
            result = end(process, dice.choice((signal.SIGINT, signal.SIGTERM)))
            if result[0] == 0:
                return times
            expect_stopped(result, "%s, time %d" % (folder, times))
            continue
        same(process.returncode, 0, process.stderr.read().decode())
        return times
    raise AssertionError("%s: no end" % folder)


def same_after_interruptions(name, config, dice, shortest, longest, least):
    good("run", config, "-o", path("whole-" + name), "--threads", "2", timeout=300)
    folder = path("cut-" + name)
    times = interrupt_until_done(config, folder, dice, shortest, longest)
    assert times >= least, "%s: interrupted only %d times" % (name, times)
    same(digest_of(folder), digest_of(path("whole-" + name)), "%s: digest after %d interruptions" % (name, times))
    with open(os.path.join(folder, "samples.h5"), "rb") as a, open(path("whole-" + name, "samples.h5"), "rb") as b:
        assert a.read() == b.read(), name + ": samples.h5"


@case("interrupted at random points inside long units, and gone on with each time: the same digest")
def _():
    dice = random.Random(25)
    import_fashion("few.h5", "t10k", 200, 300)
    pictures = config_of("pictures", {
        "data": "few.h5",
        "transformations": [{"name": "gaussian_blur", "severity": [1, 5]}, {"name": "rotate", "severity": 3}],
        "attacks": [{"name": "pgd", "eps": [1, 2], "steps": 60, "iterate": "last"},
                    {"name": "hopskipjump", "norm": "l2", "iterations": 2, "initial_probes": 20, "starts": 10},
                    {"name": "ddn", "norm": "l2", "steps": 60},
                    {"name": "universal", "eps": 8, "epochs": 12, "batch": 64}],
        "leakage": {"members": "fashion_members.h5"}})
    import_fashion("fashion_members.h5", "t10k", 300, 400)
    same_after_interruptions("pictures", pictures, dice, 0.3, 1.2, 3)


@case("the same of a table with fairness, membership and probes")
def _():
    dice = random.Random(7)
    table_data("table.h5", 1500, 1)
    table_data("members.h5", 1500, 2)
    table = write_config("table.json", {
        "model": os.path.join(MODELS, "hmda_mlp.h5"), "data": "table.h5", "seed": 12, "preprocess": {"mean": 0.25},
        "transformations": [{"name": "feature_noise", "severity": [1, 4]}, {"name": "missing_values", "severity": 3}],
        "attacks": [{"name": "pgd", "eps": [0.02, 0.1], "steps": 1000, "restarts": 3, "iterate": "last"}],
        "probes": [{"name": "gradient_norm"}],
        "fairness": {"attributes": ["sex", "race"], "favorable": 1, "intersections": True},
        "leakage": {"members": "members.h5"}})
    same_after_interruptions("table", table, dice, 0.1, 0.6, 2)


main()
