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
    yield variant("fairness without attributes", lambda c: c["fairness"].pop("attributes"))
    yield variant("seed as text", lambda c: c.update(seed="1"))


def sample_columns():
    reals, counts, flags = "p_true loss margin linf l2", "index label predicted queries_forward queries_gradient steps", "correct success"
    return {**{c: [0.25, 1.0] for c in reals.split()}, **{c: [3, 0] for c in counts.split()}, **{c: [0, 1] for c in flags.split()}}


def check_samples(validator):
    layout = {"scenarios": {"clean": sample_columns()}}
    expect(validator.is_valid(layout), "samples schema refuses a layout of the contract")
    for column, values in (("p_true", [1.5, 0]), ("success", [2, 0]), ("extra", [0, 0]), ("label", [0.5, 1])):
        expect(not validator.is_valid({"scenarios": {"clean": {**sample_columns(), column: values}}}), "samples schema accepts bad " + column)
    expect(not validator.is_valid({"scenarios": {"natural.blur@1": sample_columns()}}), "samples schema accepts a file without clean")


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
