#!/usr/bin/python3
"""Validate a report against its published schema and recompute its digests:  check_report.py REPORT.json SCHEMAS

SCHEMAS is a folder with report.json, config.json and samples.json as `assay schema` prints them. Each schema must be one of
draft 2020-12, accept what it should, and refuse each of the broken variants below. Exit status 0 if all of that holds.
"""
import copy
import json
import os
import sys

from jsonschema import Draft202012Validator

import recompute_digest

failures = []


def expect(condition, what):
    if not condition:
        failures.append(what)


def broken_reports(report):
    """Each is the report with one fault."""

    def variant(what, change):
        broken = copy.deepcopy(report)
        change(broken)
        return what, broken

    metrics = next(i for i, test in enumerate(report["tests"]) if test["metrics"])
    defined = next(i for i, m in enumerate(report["tests"][metrics]["metrics"]) if m["value"] is not None)

    def metric(r):
        return r["tests"][metrics]["metrics"][defined]

    yield variant("unknown key at the top", lambda r: r.update(extra=1))
    yield variant("no integrity", lambda r: r.pop("integrity"))
    yield variant("no results digest", lambda r: r["integrity"].pop("results_sha256"))
    yield variant("no artefacts", lambda r: r.pop("artefacts"))
    yield variant("artefact without hash", lambda r: r["artefacts"].append({"name": "median", "path": None, "made_for": []}))
    yield variant("tests as an object", lambda r: r.update(tests={}))
    yield variant("coverage as text", lambda r: r.update(coverage="all"))
    yield variant("no seed", lambda r: r["run"].pop("seed"))
    yield variant("seed as text", lambda r: r["run"].update(seed="1"))
    yield variant("unknown key of the tool", lambda r: r["tool"].update(home="x"))
    yield variant("unknown metric", lambda r: metric(r).update(metric_id="acuracy"))
    yield variant("unknown metric of the headline", lambda r: r["summary"]["headline"]["clean_accuracy"].update(metric_id="acc"))
    yield variant("unknown key of a value", lambda r: metric(r).update(note=1))
    yield variant("value without unit", lambda r: metric(r).pop("unit"))
    yield variant("test_id without a name", lambda r: r["tests"][0].update(test_id="robustness"))
    yield variant("unknown finding", lambda r: r["findings"].append(
        {"id": "model.fine", "severity": "note", "message": "x", "subject": "model", "place": ""}))
    yield variant("robust accuracy without eps", lambda r: r["summary"]["headline"]["worst_robust_accuracy"][0].pop("eps"))
    yield variant("confidence level 1", lambda r: metric(r)["ci"].update(level=1))
    yield variant("digest in upper case", lambda r: r["integrity"].update(digest_sha256="A" * 64))
    yield variant("unknown key in a test", lambda r: r["tests"][0].update(note="x"))
    yield variant("unknown status", lambda r: r["tests"][0].update(status="passed"))
    yield variant("null without reason", lambda r: metric(r).update(value=None))
    yield variant("value with a reason", lambda r: metric(r).update(null_reason="not_computed"))
    yield variant("value as text", lambda r: metric(r).update(value="0.5"))
    yield variant("negative count", lambda r: metric(r).update(n=-1))
    yield variant("slice without value", lambda r: metric(r).update(slice={"attribute": "sex"}))
    yield variant("local time", lambda r: r.update(created_utc="2026-11-21T16:40:12+01:00"))
    yield variant("unknown norm", lambda r: r["tests"][0]["params"].update(norm="l7"))
    yield variant("params key as displayed", lambda r: r["tests"][0]["params"].update({"Step size": 1}))
    yield variant("tested without a test", lambda r: r["coverage"][0].update(status="tested", tests=[]))
    yield variant("not tested without a reason", lambda r: r["coverage"][0].update(status="not_tested", reason=None))
    yield variant("verdict of our own", lambda r: r["summary"].update(verdict="pass"))
    yield variant("test set missing", lambda r: r["subject"].update(datasets=[]))


CONFIG = {
    "model": "m.h5", "data": "d.h5", "seed": 1, "preprocess": {"scale": 0.5, "mean": [0.5], "std": 2},
    "batch": {"threads": 2}, "transformations": [{"name": "gaussian_noise", "severity": [1, 5]}],
    "attacks": [{"name": "pgd", "norm": "linf", "eps": [0.01, "8/255"], "steps": 40, "targeted": True, "target": "next"}],
    "fairness": {"attributes": ["sex"], "favorable": 1, "intersections": True, "reference": {"sex": "male"}},
    "leakage": {"members": "t.h5"}, "output": {"images": 16},
}


def broken_configs():
    def variant(what, change):
        broken = copy.deepcopy(CONFIG)
        change(broken)
        return what, broken

    yield variant("unknown key", lambda c: c.update(sead=1))
    yield variant("no data", lambda c: c.pop("data"))
    yield variant("model without preprocess", lambda c: c.pop("preprocess"))
    yield variant("unknown attack", lambda c: c["attacks"][0].update(name="pdg"))
    yield variant("unknown attack key", lambda c: c["attacks"][0].update(step=1))
    yield variant("eps missing", lambda c: c["attacks"][0].pop("eps"))
    yield variant("eps negative", lambda c: c["attacks"][0].update(eps=-1))
    yield variant("eps as words", lambda c: c["attacks"][0].update(eps="small"))
    yield variant("severity 6", lambda c: c["transformations"][0].update(severity=6))
    yield variant("severity of an attack", lambda c: c["attacks"][0].update(severity=1))
    yield variant("target below 0", lambda c: c["attacks"][0].update(target=-1))
    yield variant("seed as text", lambda c: c.update(seed="1"))


def check_samples(validator):
    """One element of each column, and what each kind of column refuses."""
    columns = validator.schema["properties"]["scenarios"]["additionalProperties"]["properties"]
    rows = {name: [1, 0] for name in columns}
    expect(validator.is_valid({"scenarios": {"clean": rows}}), "samples schema refuses its own columns")
    expect(validator.is_valid({"scenarios": {"clean": {**rows, "loss": [None, 0.5]}}}), "samples schema refuses what is not finite")
    contract = ("index label predicted correct p_true loss margin success status linf l2 queries_forward queries_gradient "
                "first_success steps")
    expect(not set(contract.split()) - set(columns), "samples schema lacks columns of the contract")
    for column, values in (("p_true", [1.5, 0]), ("success", [2, 0]), ("extra", [0, 0]), ("label", [0.5, 1]), ("predicted", [-2, 1]),
                           ("linf", [-1, 0]), ("steps", "3"), ("label", [None, 1])):
        expect(not validator.is_valid({"scenarios": {"clean": {**rows, column: values}}}), "samples schema accepts bad " + column)
    expect(not validator.is_valid({"scenarios": {"clean": {c: rows[c] for c in rows if c != "loss"}}}), "samples schema accepts no loss")
    expect(not validator.is_valid({"scenarios": {"natural.blur@1": rows}}), "samples schema accepts a file without clean")


def main():
    path, folder = sys.argv[1:]
    validators = {}
    for name in ("report", "config", "samples"):
        with open(os.path.join(folder, name + ".json"), encoding="utf-8") as file:
            schema = json.load(file)
        Draft202012Validator.check_schema(schema)
        validators[name] = Draft202012Validator(schema)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    report = json.loads(text)
    for error in validators["report"].iter_errors(report):
        failures.append("report: %s: %s" % ("/".join(map(str, error.path)), error.message[:200]))
    for what, broken in broken_reports(report):
        expect(not validators["report"].is_valid(broken), "report schema accepts: " + what)
    for error in validators["config"].iter_errors(CONFIG):
        failures.append("config: %s: %s" % ("/".join(map(str, error.path)), error.message[:200]))
    for what, broken in broken_configs():
        expect(not validators["config"].is_valid(broken), "config schema accepts: " + what)
    check_samples(validators["samples"])
    expect(recompute_digest.digests(text) == report["integrity"], "digests cannot be recomputed")
    print("\n".join(failures))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
