"""Small things of the config and of messages: absent sections, classes by name, warnings said once."""
import h5py
import numpy as np

from suite import (assay, case, good, main, path, refused, report_of, same, tests_of, write_config, write_data)

ROWS = 60


def config(fairness, name="c.json", data="d.h5", **more):
    return write_config(name, dict({"data": data, "fairness": fairness}, **more))


def effective(*args):
    import json
    return json.loads(good("validate", *args, "--print-effective").out)


def prepare():
    random = np.random.default_rng(3)
    scores = random.dirichlet([1, 1], ROWS).astype("f4")
    sex = np.arange(ROWS) % 2
    sex[:7] = -1
    write_data("d.h5", y=(np.arange(ROWS) % 2).astype("i4"), scores=scores, class_names=["denied", "approved"],
               attributes={"sex": (["female", "male"], sex), "age": (["young", "old"], np.arange(ROWS) // 30)})


@case("fairness: null is no section, {} takes every attribute, also by --set")
def sections():
    prepare()
    assert "fairness" not in effective(config({"attributes": ["sex"]}), "--set", "fairness=null")
    same(effective(config({}))["fairness"]["attributes"], ["age", "sex"], "all attributes")
    same(effective(config({"attributes": ["sex"]}), "--set", "fairness={}")["fairness"]["attributes"], ["age", "sex"],
         "all attributes, by --set")
    refused(2, "'fairness.reference': needs 'fairness.attributes'", "validate", config({"reference": {"sex": "male"}}))
    write_data("bare.h5", y=np.zeros(3, "i4"), scores=np.full((3, 2), 0.5, "f4"))
    refused(2, "'fairness': the data set .*bare.h5 has no /attributes", "validate", config({}, data="bare.h5"))


@case("favorable by name; an unknown one with the nearest, and where classes have no names")
def favorable():
    for value in (0, "denied"):
        same(effective(config({"attributes": ["sex"], "favorable": value}))["fairness"]["favorable"], 0, "class")
    refused(2, r"has no class 'aproved' \(did you mean 'approved'\?\)", "validate",
            config({"attributes": ["sex"], "favorable": "aproved"}))
    refused(2, "wants a class by its number or name, got an array", "validate",
            config({"attributes": ["sex"], "favorable": []}))
    refused(2, "'fairness.favorable': class 2, but there are classes 0..1", "validate",
            config({"attributes": ["sex"], "favorable": 2}))
    write_data("nameless.h5", y=np.arange(3, dtype="i4") % 2, scores=np.full((3, 2), 0.5, "f4"),
               attributes={"sex": (["f", "m"], [0, 1, 0])})
    refused(2, "its classes have no names: give the number", "validate",
            config({"attributes": ["sex"], "favorable": "yes"}, data="nameless.h5"))


@case("rows whose attribute is not recorded are warned of in each test of it, and only there")
def not_recorded():
    good("run", config({"attributes": ["sex", "age"]}), "-o", path("r"))
    report = report_of(path("r"))
    for attribute, wanted in (("sex", ["sex is not recorded for 7 of 60 rows: no group counts them"]), ("age", [])):
        for test in tests_of(report, "fairness.static." + attribute):
            same([w["message"] for w in test["warnings"] if w["code"] == "attribute_not_recorded"], wanted, attribute)


@case("no_favorable_class is said once")
def once():
    write_data("three.h5", y=np.arange(ROWS, dtype="i4") % 3, scores=np.full((ROWS, 3), 1 / 3, "f4"),
               attributes={"sex": (["f", "m"], np.arange(ROWS) % 2), "age": (["y", "o"], np.arange(ROWS) // 30)})
    good("run", config({}, data="three.h5"), "-o", path("three"))
    codes = [w["code"] for t in report_of(path("three"))["tests"] for w in t["warnings"]]
    same(codes.count("no_favorable_class"), 1, "times")


@case("inspect names a file that is not there; help names only exit codes that exist; a run names its journal")
def messages():
    for args in (["inspect", "nope"], ["inspect", "nope.h5"]):
        refused(3, "^assay: error: inspect: nope(.h5)?: no such file$", *args)
    codes = good("help", "exit-codes").out
    same([line.split()[0] for line in codes.splitlines()[1:]], ["0", "2", "3", "4", "6"], "codes")
    out = assay("run", config({"attributes": ["sex"]}), "-o", path("r"), "--force").out
    assert "journal: " + path("r") + "/journal.bin" in out, out


main()
