"""One plan, one digest: threads, instruction sets, kills, interruptions, torn journals, --resume and --force."""
import json
import os
import random
import resource
import signal
import subprocess
import time

from suite import (ASSAY, MODELS, Skip, assay, case, digest_of, environment, good, import_fashion, main, path, refused,
                   report_of, same,
                   table_data, write_config)

CONFIG = {"model": os.path.join(MODELS, "hmda_mlp.h5"), "data": "table.h5", "seed": 12, "preprocess": {"mean": 0.25},
          "transformations": [{"name": "feature_noise", "severity": [1, 4]}, {"name": "missing_values", "severity": 3}],
          "attacks": [{"name": "pgd", "norm": "linf", "eps": [0.02, 0.1], "steps": 20, "restarts": 2},
                      {"name": "pgd", "norm": "l2", "eps": 0.3, "steps": 20}],
          "fairness": {"attributes": ["sex", "race"], "intersections": True}, "leakage": {"members": "members.h5"}}
UNITS = 7 * 11 + 6  # scenarios x blocks of 700 rows, and 350 members
reference = {}


def config():
    return path("repeat.json")


def check_files(folder):
    with open(os.path.join(folder, "samples.h5"), "rb") as f:
        assert f.read() == reference["samples"], "samples.h5 of %s differs" % folder
    leftover = [f for f in os.listdir(folder) if f not in ("journal.bin", "artefacts.h5", "report.json", "report.html",
                                                           "samples.h5", "images")]
    same(leftover, [], "other files in " + folder)


def check_same(folder):
    """The run in `folder` must equal the reference in digest and evidence."""
    same(digest_of(folder), reference["digest"], "digest of " + folder)
    check_files(folder)


def start(folder, *options):
    return subprocess.Popen([ASSAY, "run", config(), "-o", folder, "--quiet"] + list(options), stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())


def journal_size(folder):
    try:
        return os.path.getsize(os.path.join(folder, "journal.bin"))
    except OSError:
        return 0


def stop_at(process, folder, size, number):
    """Send the signal once the journal has that many bytes; returns the exit code and stderr."""
    while process.poll() is None and journal_size(folder) < size:
        time.sleep(0.0005)
    if process.poll() is None:
        process.send_signal(number)
    out, err = process.communicate(timeout=60)
    return process.returncode, out.decode(), err.decode()


@case("the same digest and samples.h5 with 1, 2 and 5 threads")
def _():
    table_data("table.h5", 700, 1)
    table_data("members.h5", 350, 2)
    table_data("others.h5", 350, 5)
    write_config("repeat.json", CONFIG)
    good("run", config(), "-o", path("t1"), "--threads", "1")
    reference["digest"] = digest_of(path("t1"))
    with open(path("t1", "samples.h5"), "rb") as f:
        reference["samples"] = f.read()
    reference["journal"] = journal_size(path("t1"))
    for threads in ("2", "5"):
        good("run", config(), "-o", path("t" + threads), "--threads", threads)
        check_same(path("t" + threads))
    same(report_of(path("t5"))["environment"]["threads"], 5, "environment.threads")


@case("the same digest on scalar, AVX2 and AVX-512, for a table and for pictures")
def _():
    import_fashion("fashion.h5", "t10k", 4000, 4066)
    fashion = write_config("fashion.json", {
        "model": os.path.join(MODELS, "fashion_cnn.h5"), "data": "fashion.h5", "preprocess": {"scale": 1 / 255},
        "output": {"images": 3},
        "transformations": [{"name": "gaussian_blur", "severity": 2}], "attacks": [{"name": "pgd", "eps": "16/2",
                                                                                    "steps": 2}]})
    digests, table = {}, {}
    for cpu in ("scalar", "avx2", "avx512"):
        used = json.loads(good("version", "--json", env={"ASSAY_CPU": cpu}).out)["isa"]
        if used not in digests:
            good("run", fashion, "-o", path("f" + used), "--limit", "66", env={"ASSAY_CPU": cpu})
            good("run", config(), "-o", path("t" + used), "--limit", "130", env={"ASSAY_CPU": cpu})
            same(report_of(path("f" + used))["environment"]["isa"], used, "environment.isa")
            digests[used], table[used] = digest_of(path("f" + used)), digest_of(path("t" + used))
    if len(digests) < 2:
        raise Skip("only %s can be used here" % list(digests))
    same(len(set(digests.values())), 1, "digests of pictures %s" % digests)
    same(len(set(table.values())), 1, "digests of the table %s" % table)


@case("killed by SIGKILL at several points and resumed each time: the same digest")
def _():
    dice, kills = random.Random(20240611), 0
    folder = path("killed")
    for part in range(1, 7):
        size = reference["journal"] * part / 8 + dice.uniform(-3000, 3000)
        process = start(folder, "--threads", str(dice.choice((1, 2, 3))), *(["--resume"] if part > 1 else []))
        code, _, err = stop_at(process, folder, size, signal.SIGKILL)
        assert code in (0, -signal.SIGKILL), "exit %d: %s" % (code, err)
        kills += code != 0
        assert not os.path.exists(os.path.join(folder, "report.json")) or code == 0, "a killed run left a report"
    assert kills >= 3, "only %d of 6 runs were killed in time" % kills
    good("run", config(), "-o", folder, "--resume", "--threads", "2")
    check_same(folder)


@case("killed before the journal is whole: an empty journal and a torn header are begun again by --resume")
def _():
    with open(path("t1", "journal.bin"), "rb") as f:
        whole = f.read()
    for n in (0, 5, 75):
        folder = path("torn_header%d" % n)
        os.mkdir(folder)
        with open(os.path.join(folder, "journal.bin"), "wb") as f:
            f.write(whole[:n])
        good("run", config(), "-o", folder, "--resume")
        check_same(folder)


@case("SIGINT and SIGTERM: exit 6, one line that says how to go on, no report; --resume gives the same digest")
def _():
    for number in (signal.SIGINT, signal.SIGTERM):
        folder = path("interrupted%d" % number)
        code, out, err = stop_at(start(folder, "--threads", "1"), folder, reference["journal"] / 8, number)
        same((code, out), (6, ""), "exit code and stdout, stderr %s" % err)
        assert err.startswith("assay: error: interrupted") and "--resume" in err and err.count("\n") == 1, err
        same(sorted(os.listdir(folder)), ["artefacts.h5", "journal.bin"], "files after the signal")
        assert 500 < journal_size(folder) < reference["journal"], journal_size(folder)
        good("run", config(), "-o", folder, "--resume")
        check_same(folder)


@case("a second process in the same folder is refused and does no harm")
def _():
    folder = path("shared")
    first = start(folder, "--threads", "1", "--set", "attacks.0.restarts=20")
    while first.poll() is None and journal_size(folder) < 1000:
        time.sleep(0.0005)
    first.send_signal(signal.SIGSTOP)
    refused(2, r"journal\.bin: another process is at work", "run", config(), "-o", folder, "--resume", "--set",
            "attacks.0.restarts=20")
    first.send_signal(signal.SIGCONT)
    same((first.wait(timeout=60), first.stderr.read()), (0, b""), "exit code and stderr of the first")
    first.stdout.close()
    first.stderr.close()


@case("a torn tail of the journal is dropped at any length; damage before it is refused with 3; --force begins anew")
def _():
    with open(path("t1", "journal.bin"), "rb") as f:
        whole = f.read()
    folder = path("torn")
    os.mkdir(folder)

    def resume(journal):
        with open(os.path.join(folder, "journal.bin"), "wb") as f:
            f.write(journal)
        return ("run", config(), "-o", folder, "--resume")
    for cut in (1, 27, 28, 1000, 4635, 4637):
        good(*resume(whole[:-cut]))
        check_same(folder)
    good(*resume(whole[:-5000] + bytes(1000)))
    check_same(folder)
    for at in (90, 76 + 28 + 40, len(whole) // 2):
        os.unlink(os.path.join(folder, "report.json"))
        flipped = whole[:at] + bytes([whole[at] ^ 16]) + whole[at + 1:]
        refused(3, r"journal .*torn/journal\.bin: .*--force", *resume(flipped))
        assert not os.path.exists(os.path.join(folder, "report.json"))
        good("run", config(), "-o", folder, "--force")
        check_same(folder)
    refused(3, r"is not a journal", *resume(b"something else, long enough for a header, which it is not".ljust(90)))


@case("--resume of a finished run is the same report again; another config, model, seed or limit is refused with 2")
def _():
    good("run", config(), "-o", path("t1"), "--resume", "--threads", "3")
    check_same(path("t1"))
    for change, part in (("seed=13", "config"), ("attacks.0.eps=[0.02,0.11]", "config"),
                         ("attacks.1.steps=21", "config"), ("preprocess.mean=0.5", "config"),
                         ("fairness.min_group=2", "config"), ("leakage.members=others.h5", "data set"),
                         ("data=others.h5", "data set")):
        refused(2, r"journal\.bin: belongs to another %s; use the same" % part, "run", config(), "-o", path("t1"),
                "--resume", "--set", change)
    refused(2, r"belongs to another config;", "run", config(), "-o", path("t1"), "--resume", "--limit", "699")
    check_same(path("t1"))


@case("what has no effect on results may change at --resume: pictures")
def _():
    with open(path("t2", "journal.bin"), "rb") as f:
        before = f.read()
    good("run", config(), "-o", path("t2"), "--resume", "--set", "output.images=1")
    check_files(path("t2"))
    with open(path("t2", "journal.bin"), "rb") as f:
        assert f.read() == before, "a finished run computed something again"


@case("an output folder that is not empty is refused and left alone; --force writes over; both together are refused")
def _():
    refused(2, r"t5: is not empty.*--resume.*--force", "run", config(), "-o", path("t5"))
    check_same(path("t5"))
    refused(2, r"exclude each other", "run", config(), "-o", path("t5"), "--resume", "--force")
    good("run", config(), "-o", path("t5"), "--force", "--limit", "10")
    same(report_of(path("t5"))["run"]["limited"], True, "run.limited")
    assert digest_of(path("t5")) != reference["digest"]
    good("run", config(), "-o", path("t5"), "--force")
    check_same(path("t5"))


@case("a full disk (ulimit -f) ends with 4 and one line; --resume then gives the same digest")
def _():
    folder = path("full")
    limit = int(reference["journal"] * 0.6)
    r = assay("run", config(), "-o", folder, before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    same((r.code, r.out), (4, ""), "exit code and stdout; stderr %s" % r.err)
    assert r.err.startswith("assay: error: journal ") and "--resume" in r.err and r.err.count("\n") == 1, r.err
    same(sorted(os.listdir(folder)), ["artefacts.h5", "journal.bin"], "files")
    good("run", config(), "-o", folder, "--resume")
    check_same(folder)
    limit = reference["journal"] + 1000
    good("run", config(), "-o", folder, "--force")
    os.unlink(os.path.join(folder, "report.json"))
    r = assay("run", config(), "-o", folder, "--resume",
              before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    same((r.code, r.out), (4, ""), "no room for samples.h5 or the report: exit code; stderr %s" % r.err)
    good("run", config(), "-o", folder, "--resume")
    check_same(folder)


main()
