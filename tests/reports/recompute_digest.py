#!/usr/bin/python3
"""Recompute integrity.digest_sha256 from report.json alone:  recompute_digest.py REPORT.json

The digest is the SHA-256 of the document without created_utc, environment, integrity, run.shards and every
tests[].duration_s, written without white space, keys in the document's order, numbers and strings spelled as they are.
Exit status 0 if it is the one in the report, 1 if not.
"""
import hashlib
import json
import sys


class Number:
    """A number as it is spelled."""

    def __init__(self, text):
        self.text = text


def compact(node):
    if isinstance(node, Number):
        return node.text
    if isinstance(node, dict):
        return "{" + ",".join(compact(key) + ":" + compact(value) for key, value in node.items()) + "}"
    if isinstance(node, list):
        return "[" + ",".join(map(compact, node)) + "]"
    return json.dumps(node, ensure_ascii=False)


def digest(text):
    report = json.loads(text, parse_int=Number, parse_float=Number)
    for key in ("created_utc", "environment", "integrity"):
        del report[key]
    del report["run"]["shards"]
    for test in report["tests"]:
        del test["duration_s"]
    return hashlib.sha256(compact(report).encode()).hexdigest()


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        text = file.read()
    stated = json.loads(text)["integrity"]["digest_sha256"]
    found = digest(text)
    print(found, "as stated" if found == stated else "but the report states " + stated)
    return 0 if found == stated else 1


if __name__ == "__main__":
    sys.exit(main())
