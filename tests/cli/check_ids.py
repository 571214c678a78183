"""/id and attribute names: what the user calls rows and groups is what is shown, in every list and file."""
import os

import h5py
import numpy as np

from suite import (MODELS, case, good, main, path, refused, report_of, same, test_of, write_config, write_data)

N = 60
TEXTS = ["S-%03d/gr\u00f6\u00dfe" % (7 * i % N) for i in range(N)]
NAMES = ["gr\u00f6\u00dfe", "two words", "two_words", "\U0001f600", "a.b%", "n" * 499]
TEST_IDS = ["gr%C3%B6%C3%9Fe", "two%20words", "two_words", "%F0%9F%98%80", "a%2Eb%25", "n" * 499]


def table(name, ids, names=("sex",), seed=5, n=N, **more):
    random = np.random.default_rng(seed)
    x = random.random((n, 14), dtype=np.float32)
    x[9] = x[4]
    y = (np.arange(n) % 2).astype("i4")
    y[9] = y[4]
    attributes = {key: (["klein", "gro\u00df"], random.integers(0, 2, n)) for key in names}
    return write_data(name, x, y, 0, 1, attributes, ids=ids, **more)


def config(name, **more):
    return write_config(name, dict({"model": os.path.join(MODELS, "hmda_mlp.h5"), "data": "data.h5", "preprocess": {},
                                    "attacks": [{"name": "fgsm", "eps": [0.1, 0.2]}]}, **more))


def ids_of(values):
    return [v.decode() if isinstance(v, bytes) else int(v) for v in values]


def check_samples(ids, members):
    with h5py.File(path("out", "samples.h5")) as f:
        for name, group in f["scenarios"].items():
            same(ids_of(group["id"][:]), members if name == "members" else ids, name)
        assert f["scenarios/clean/id"] == f["scenarios/adversarial.fgsm_linf@0.1/id"], "the ids are stored twice"


@case("ids, texts or integers, stand with every scenario of samples.h5, the members' with theirs, and in predict's file")
def _():
    for ids, members in ((TEXTS, list(range(1000, 1000 + N))), ([-5 + 3 * i for i in range(N)], TEXTS)):
        table("data.h5", ids)
        table("members.h5", members, seed=6)
        good("run", config("c.json", leakage={"members": "members.h5"}), "-o", path("out"), "--force",
             "--keep-adversarial")
        check_samples(ids, members)
        with h5py.File(path("out", "adversarial.h5")) as f:
            same(ids_of(f["id"][:]), ids * 2, "adversarial.h5")
        found = [f for f in report_of(path("out"))["findings"] if f["id"] == "data.duplicates" and f["subject"] == "data"]
        same((found[0]["place"], found[0]["message"]), ("row 9 (id %s)" % ids[9], "equals row 4 (id %s); 1 of %d samples "
                                                        "equal an earlier one" % (ids[4], N)), "finding")
        good("predict", path("c.json"), "-o", path("p.h5"))
        with h5py.File(path("p.h5")) as f:
            same(ids_of(f["id"][:]), ids, "predict")
        limited = config("c.json", data="data.h5")
        good("run", limited, "-o", path("out"), "--force", "--limit", "7")
        check_samples(ids[:7], None)


@case("predictions without a model carry ids, too, and a data set without ids has none")
def _():
    scores = np.tile(np.float32([0.25, 0.75]), (N, 1))
    for ids in (TEXTS, None):
        table("data.h5", ids, scores=scores)
        good("run", write_config("s.json", {"data": "data.h5"}), "-o", path("out"), "--force")
        with h5py.File(path("out", "samples.h5")) as f:
            same(ids_of(f["scenarios/clean/id"][:]) if ids else "id" in f["scenarios/clean"], ids or False, "ids")


@case("ids of the wrong length or type, empty or unprintable ones are refused in a line; repeated ones are a finding")
def _():
    def broken(pattern, ids):
        with h5py.File(table("data.h5", None), "a") as f:
            f["id"] = ids
        refused(3, pattern, "run", config("c.json"), "-o", path("none"))

    broken(r"/id: wants 60 ids, one a row, got 59 of rank 1", np.arange(59))
    broken(r"/id: wants integers or text, not float64: in h5py write it with .astype\(\"i8\"\)", np.arange(60.))
    broken(r"/id: row 3: the id is empty", np.array(["a", "b", "c", ""] + ["d"] * 56, object))
    broken(r"/id: row 0: the id has control characters", np.array(["a\tb"] + ["d"] * 59, object))
    broken(r"/id: row 0: the id is longer than 255 bytes", np.array(["a" * 256] + ["d"] * 59, object))
    broken(r"/id: row 1: the number does not fit 64 bits", np.uint64(2 ** 63) + np.arange(60, dtype=np.uint64))
    table("data.h5", ["x"] * 3 + TEXTS[3:])
    good("run", config("c.json"), "-o", path("out"), "--force")
    found = [f["message"] for f in report_of(path("out"))["findings"] if f["id"] == "data.repeated_id"]
    same(found, ["row 1 (id x) has the id of row 0 (id x); so have 2 of 60 samples that of an earlier one"], "finding")


@case("attributes are shown as they are written; their tests have ids of ASCII that no two names share")
def _():
    table("data.h5", None, NAMES)
    good("run", config("c.json", fairness={"attributes": NAMES, "intersections": False, "min_group": 1,
                                            "reference": {NAMES[0]: "gro\u00df"}}), "-o", path("out"), "--force")
    report = report_of(path("out"))
    with open(path("out", "report.html"), encoding="utf-8") as f:
        page = f.read()
    for name, test_id in zip(NAMES, TEST_IDS):
        slices = {m["slice"]["attribute"] for m in test_of(report, "fairness.static." + test_id)["metrics"]
                  if m["slice"]}
        same(slices, {name}, test_id)
        assert name in page, name
    good("run", path("c.json"), "-o", path("out"), "--force", "--set", 'fairness.attributes=["%s"]' % NAMES[0])
    test_of(report_of(path("out")), "fairness.static." + TEST_IDS[0])


def import_csv(text, schema, *more):
    with open(path("t.csv"), "w", encoding="utf-8", newline="") as f:
        f.write(text)
    return ["import", "csv", path("t.csv"), "--schema", write_config("t.json", schema), "-o", path("t.h5"), *more]


def schema_of(name, **more):
    return dict({"label": {"column": "y", "values": ["0", "1"]}, "features": [{"column": "x", "kind": "numeric"}],
                 "attributes": [{"column": "a", "name": name, "values": ["u", "v"]}]}, **more)


@case("import refuses the names that run refuses, and takes those that run takes")
def _():
    text = "id,x,a,y\n1,0.5,u,0\n2,1.5,v,1\n"
    for name in NAMES:
        good(*import_csv(text, schema_of(name)))
        with h5py.File(path("t.h5")) as f:
            same(list(f["attributes"]), [name], "stored")
    for name, fault in (("n" * 500, "longer than 499"), ("a/b", "has a '/'"), (".", "has a '/'"), ("class", "taken by"),
                        ("a\tb", "control characters"), ("a\u0085b", "control characters")):
        refused(2, fault, *import_csv(text, schema_of(name)))
    for name, fault, code in (("n" * 500, "longer than 499", 3), ("class", "taken by", 2), ("a\u0085b", "control", 3),
                              ("a/b", "no '/' in an attribute's name", 3), (b"gr\xf6", "is not UTF-8", 3)):
        with h5py.File(table("data.h5", None, ()), "a") as f:
            at = name if isinstance(name, bytes) else name.encode()
            f["attributes"] = f.create_group("tmp")
            del f["tmp"]
            if name == "a/b":
                f["attributes/a/b"] = np.zeros(N, "i4")
            else:
                h5py.h5d.create(f["attributes"].id, at, h5py.h5t.STD_I32LE, h5py.h5s.create_simple((N,)))
                h5py.h5d.open(f["attributes"].id, at).write(h5py.h5s.ALL, h5py.h5s.ALL, np.zeros(N, "i4"))
        refused(code, fault, "run", config("c.json", fairness={}), "-o", path("none"))


@case("import takes ids as text where one is no whole number, as integers else; missing and repeated ones are refused")
def _():
    schema = schema_of("a", id="id")
    for ids, stored in ((["7", "-12"], [7, -12]), (["007", "12"], ["007", "12"]), (["S \u00e9", "12"], ["S \u00e9", "12"]),
                        (["1.0", "2"], ["1.0", "2"]), (["9223372036854775807", "1"], ["9223372036854775807", "1"])):
        good(*import_csv("id,x,a,y\n%s,0.5,u,0\n%s,1.5,v,1\n" % tuple(ids), schema))
        with h5py.File(path("t.h5")) as f:
            same(ids_of(f["id"][:]), stored, "ids")
    refused(3, "line 3, column 'id': the row has no id", *import_csv("id,x,a,y\nq,0.5,u,0\n,1.5,v,1\n", schema))
    refused(3, "column 'id': the id q stands twice", *import_csv("id,x,a,y\nq,0.5,u,0\nq,1.5,v,1\n", schema))


main()
