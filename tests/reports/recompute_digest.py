#!/usr/bin/python3
"""Recompute both digests of a report from report.json alone:  recompute_digest.py REPORT.json

digest_sha256 is the SHA-256 of the document without created_utc, environment, integrity, run.shards and every
tests[].duration_s; results_sha256 that of {"config": run.config, "subject": ..., "tests": ..., "coverage": ...}, the tests
without duration_s and evidence. Both are written without white space, members in the document's order, numbers and strings
spelled as they are. Exit status 0 if they are those in the report, 1 if not.
"""
import hashlib
import re
import sys

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[][{}:,]|[^][{}:,"\s]+')


def parse(text):
    """Objects become dicts keyed by the spelling of the key, arrays lists, all else its spelling."""
    tokens = TOKEN.findall(text)[::-1]

    def value():
        token = tokens.pop()
        if token == "{":
            node = {}
            while tokens[-1] != "}":
                key, _ = tokens.pop(), tokens.pop()
                node[key[1:-1]] = value()
                comma()
        elif token == "[":
            node = []
            while tokens[-1] != "]":
                node.append(value())
                comma()
        else:
            return token
        tokens.pop()
        return node

    def comma():
        if tokens[-1] == ",":
            tokens.pop()

    return value()


def compact(node):
    if isinstance(node, dict):
        return "{" + ",".join('"%s":%s' % (key, compact(value)) for key, value in node.items()) + "}"
    if isinstance(node, list):
        return "[" + ",".join(map(compact, node)) + "]"
    return node


def without(node, *keys):
    return {key: value for key, value in node.items() if key not in keys}


def sha256(node):
    return hashlib.sha256(compact(node).encode()).hexdigest()


def digests(text):
    """{member of integrity: its value}"""
    report = parse(text)
    document = without(report, "created_utc", "environment", "integrity")
    document["run"] = without(report["run"], "shards")
    document["tests"] = [without(test, "duration_s") for test in report["tests"]]
    results = {"config": report["run"]["config"], "subject": report["subject"],
               "tests": [without(test, "duration_s", "evidence") for test in report["tests"]], "coverage": report["coverage"]}
    return {"digest_sha256": sha256(document), "results_sha256": sha256(results)}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        text = file.read()
    stated, wrong = parse(text)["integrity"], 0
    for name, found in digests(text).items():
        same = stated[name] == '"%s"' % found
        print(name, found, "as stated" if same else "but the report states " + stated[name])
        wrong += not same
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
