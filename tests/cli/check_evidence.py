"""What makes a report evidence: inputs are neither changed nor mixed up, and what is stored keeps its word."""
import os
import shutil

import numpy as np

from suite import MODELS, case, digest_of, good, main, path, refused, report_of, same, samples_of, table_data, write_config

N = 200
CONFIG = {"model": os.path.join(MODELS, "hmda_mlp.h5"), "data": "own.h5", "preprocess": {},
          "attacks": [{"name": "pgd", "norm": "linf", "eps": ["8/255", 0.1], "steps": 5},
                      {"name": "pgd", "norm": "l2", "eps": [0.3], "steps": 5}]}


@case("outputs never replace an input: predict, import, report")
def _():
    table_data("own.h5", N, 5)
    write_config("own.json", CONFIG)
    before = open(path("own.h5"), "rb").read()
    os.symlink(path("own.h5"), path("other_name.h5"))
    refused(2, r"is the input", "predict", path("own.json"), "-o", path("own.h5"))
    refused(2, r"is the input", "predict", path("own.json"), "-o", path("other_name.h5"))
    same(open(path("own.h5"), "rb").read() == before, True, "the data set")
    with open(path("own.csv"), "w") as f:
        f.write("a,y\n1,no\n2,yes\n")
    with open(path("schema.json"), "w") as f:
        f.write('{"label": {"column": "y", "values": ["no", "yes"]}, "features": [{"column": "a", "kind": "numeric"}]}')
    refused(2, r"is the input", "import", "csv", path("own.csv"), "--schema", path("schema.json"), "-o", path("own.csv"))
    same(open(path("own.csv")).read(), "a,y\n1,no\n2,yes\n", "the CSV")


@case("stored norms never exceed the budget they were kept to")
def _():
    good("run", path("own.json"), "-o", path("run"))
    samples = samples_of(path("run"))
    for name, column in (("adversarial.pgd_linf@0.1", "linf"), ("adversarial.pgd_l2@0.3", "l2"),
                         ("adversarial.pgd_linf@0.03137254901960784", "linf")):
        eps = float(name.split("@")[1])
        norms = samples[name][column].astype(np.float64)
        same(bool((norms <= eps).all()), True, name)
        same(bool(norms.max() > 0.9 * eps), True, name + " is used")


@case("a --limit that cuts nothing is none: same digest, not limited")
def _():
    good("run", path("own.json"), "-o", path("limit"), "--limit", "5000")
    same(digest_of(path("limit")), digest_of(path("run")), "digest")
    same(report_of(path("limit"))["run"]["limited"], False, "limited")
    good("run", path("own.json"), "-o", path("cut"), "--limit", "100")
    same(report_of(path("cut"))["run"]["limited"], True, "limited")


@case("--force removes what a run has made and nothing else")
def _():
    shutil.copytree(path("run"), path("mine"))
    os.makedirs(path("mine", "images"), exist_ok=True)
    for name in ("holiday.png", "natural.old@1.png"):
        open(path("mine", "images", name), "w").close()
    good("run", path("own.json"), "-o", path("mine"), "--force")
    same(os.listdir(path("mine", "images")), ["holiday.png"], "pictures")


@case("report: a tampered report makes its page, which says so, with a warning and exit code 0")
def _():
    report = path("run", "report.json")
    same(good("report", report, "-o", path("page.html")).err, "", "warnings")
    same("mismatch\"" in open(path("page.html")).read(), False, "the untouched one")
    text = open(report).read()
    with open(path("forged.json"), "w") as f:
        f.write(text.replace('"value":0.', '"value":0.9', 1))
    said = good("report", path("forged.json"), "-o", path("forged.html")).err
    same("warning: %s: its text does not give the results_sha256" % path("forged.json") in said, True, said)
    same("The results themselves" in open(path("forged.html")).read(), True, "the page")


@case("the results digest is the same whatever the build calls itself")
def _():
    text = open(path("run", "report.json")).read()
    commit = report_of(path("run"))["tool"]["git_commit"]
    with open(path("build.json"), "w") as f:
        f.write(text.replace('"git_commit": "%s"' % commit, '"git_commit": "another"'))
    said = good("report", path("build.json"), "-o", path("build.html")).err
    same(("digest_sha256" in said, "results_sha256" in said), (True, False), said)
    same("Config, subject, values and coverage are as they were" in open(path("build.html")).read(), True, "the page")


main()
