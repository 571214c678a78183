"""What README.md tells a newcomer to type: its fenced blocks are run as they stand, in the order they stand.

In a folder where build/assay, datasets/ and demo/data are those of this tree; make is told to do nothing there."""
import glob
import os
import re
import shutil
import subprocess

import h5py

from suite import ASSAY, ROOT, Skip, case, main, metric_of, path, report_of, same, test_of

HOME = "/usr/share/datasets/fashion-mnist"  # where README says that Debian's package puts the images
with open(os.path.join(ROOT, "README.md")) as _file:
    README = _file.read()
folder = path("home")
done = set()


def section(title):
    text = re.search(r"^## %s\n(.*?)(?=^## |\Z)" % re.escape(title), README, re.M | re.S)
    assert text, "README.md has no section '%s'" % title
    return text.group(1)


def blocks(title, language):
    """The texts of the section's fenced blocks in that language."""
    found = re.findall(r"^```%s\n(.*?)^```$" % language, section(title), re.M | re.S)
    assert found, "section '%s' has no block in %s" % (title, language)
    return found


def prepare():
    """The folder that the commands are typed in."""
    if os.path.isdir(folder):
        return
    for place in ("build", "demo/data", "bin"):
        os.makedirs(os.path.join(folder, place))
    os.symlink(ASSAY, os.path.join(folder, "build", "assay"))
    os.symlink(os.path.join(ROOT, "datasets"), os.path.join(folder, "datasets"))
    for file in glob.glob(os.path.join(ROOT, "demo", "data", "*.*")):
        os.symlink(file, os.path.join(folder, "demo", "data", os.path.basename(file)))
    os.symlink("/bin/true", os.path.join(folder, "bin", "make"))


def typed(program, text):
    env = {k: v for k, v in os.environ.items() if not k.startswith("ASSAY_") or k == "ASSAY_CPU"}
    env["PATH"] = os.path.join(folder, "bin") + ":" + env["PATH"]
    r = subprocess.run(program + [text], cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, timeout=600)
    out, err = r.stdout.decode(), r.stderr.decode()
    assert r.returncode == 0, "exit %d of\n%s\nstdout: %s\nstderr: %s" % (r.returncode, text, out[-2000:], err[-2000:])
    return out


def sh(text):
    return typed(["sh", "-euc"], text)


def needs(what):
    if what not in done:
        raise Skip("the walk before it did not end")


def out(*parts):
    return os.path.join(folder, "out", *parts)


@case("five minutes with a table")
def _():
    prepare()
    try:
        sh("sh datasets/demo/prepare.sh build/assay demo/data")
    except AssertionError as fault:
        raise Skip("the demo's data cannot be had: " + str(fault).strip().split("\n")[-1])
    [text] = blocks("Five minutes with a table", "sh")
    said = sh(text)
    assert "config is valid" in said, said
    same(metric_of(test_of(report_of(out("table")), "robustness.clean"), "accuracy")["count"], 699, "correct")
    done.add("table")


@case("five minutes with images")
def _():
    if not os.path.isdir(HOME):
        raise Skip("%s is absent (Debian package dataset-fashion-mnist)" % HOME)
    if os.environ.get("ASSAY_CPU") == "scalar":
        raise Skip("PGD on 500 images takes minutes on the scalar kernels")
    prepare()
    [text] = blocks("Five minutes with images", "sh")
    assert "config is valid" in sh(text)
    same(metric_of(test_of(report_of(out("images")), "robustness.clean"), "accuracy")["n"], 500, "rows")
    done.add("images")


@case("every file that they wrote is in the table of files, and every file of that table has a command that writes it")
def _():
    needs("table")
    rows = re.findall(r"^\| (`[^|]*|the file[^|]*) \|", section("What the commands write"), re.M)
    named = [r.strip("` ").replace("SCENARIO", "*") for r in rows if r.startswith("`")]
    for walk in done:
        for place, _, files in os.walk(out(walk)):
            for file in files:
                file = os.path.relpath(os.path.join(place, file), out(walk))
                pattern = os.path.join(os.path.dirname(file), "*.png") if file.endswith(".png") else file
                assert pattern in named, "%s is not in the table: %s" % (file, named)
    for command in re.findall(r"`([a-z]+)`", " ".join(re.findall(r"^\| [^|]* \| ([^|]*) \|", section(
            "What the commands write"), re.M))):
        sh("build/assay help " + command)


@case("the guide's jq commands give the report's numbers, each of them something")
def _():
    needs("table")
    if not shutil.which("jq"):
        raise Skip("jq is absent (Debian package jq)")
    [text] = blocks("Reading report.json", "sh")
    commands = re.split(r"\n(?=jq|#|cd)", text.strip())
    same(commands[0], "cd out/table", "the first line")
    printed = {c: sh(commands[0] + "\n" + c) for c in commands[1:] if c.startswith("jq")}
    assert len(printed) >= 7 and all(printed.values()), [c for c in printed if not printed[c]]
    first, *_ = printed.values()
    same(float(first), metric_of(test_of(report_of(out("table")), "robustness.clean"), "accuracy")["value"], "accuracy")
    robust = {line.split("\t")[0]: line.split("\t")[1:] for c in printed if '"robust_accuracy"' in c
              for line in printed[c].splitlines()}
    m = metric_of(test_of(report_of(out("table")), "robustness.adversarial.pgd_linf", "adversarial.pgd_linf@0.05"),
                  "robust_accuracy")
    same([float(v) for v in robust["adversarial.pgd_linf@0.05"]],
         [m["value"], m["ci"]["low"], m["ci"]["high"], m["count"], m["n"]], "robust accuracy")
    rates = dict(line.split("\t")[:2] for c in printed if '"selection_rate"' in c for line in printed[c].splitlines())
    same(set(rates), {"african_american", "not_african_american"}, "groups")


@case("the guide's Python gives the report's numbers and the rows of samples.h5")
def _():
    needs("table")
    [text] = blocks("Reading report.json", "python")
    said = typed(["/usr/bin/python3", "-c"], text)
    m = metric_of(test_of(report_of(out("table")), "robustness.adversarial.pgd_linf", "adversarial.pgd_linf@0.05"),
                  "robust_accuracy")
    with h5py.File(out("table", "samples.h5"), "r") as f:
        turned = int((f["scenarios/adversarial.pgd_linf@0.05/success"][:] == 1).sum())
    assert "%d of %d" % (m["count"], m["n"]) in said and said.splitlines()[1].startswith("%d rows" % turned), said
    same(turned, 699 - m["count"], "rows turned")


main()
