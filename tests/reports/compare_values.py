#!/usr/bin/python3
"""Compare the values of two reports:  compare_values.py OLD.json NEW.json

Every value of OLD (test, scenario, metric, slice) must be in NEW with the same value, reason, counts, interval and pair, and
every series, too. NEW may hold more. Prints each difference; exit status 1 if there is one.
"""
import json
import sys

FIELDS = {"value": None, "null_reason": None, "unit": None, "higher_is_better": None, "n": 0, "count": 0,
          "effective_n": None, "ci": None, "pair": None, "groups_excluded_n": 0}


def values_of(report):
    """{(test, scenario, metric, slice): fields}."""
    values = {}
    for test in report["tests"]:
        for m in test["metrics"]:
            key = (test["test_id"], test["scenario"], m["metric_id"], json.dumps(m["slice"], sort_keys=True))
            assert key not in values, "%s stands twice" % (key,)
            values[key] = {name: m.get(name, absent) for name, absent in FIELDS.items()}
    return values


def differences(old, new):
    """One line each."""
    before, after = values_of(old), values_of(new)
    for key, wanted in before.items():
        if key not in after:
            yield "%s: is missing" % (key,)
        elif after[key] != wanted:
            yield "%s: %s is now %s" % (key, wanted, after[key])
    series = {(t["test_id"], t["scenario"]): t["series"] for t in new["tests"]}
    for test in old["tests"]:
        if test["series"] != series.get((test["test_id"], test["scenario"])):
            yield "%s of %s: another series" % (test["test_id"], test["scenario"])


if __name__ == "__main__":
    with open(sys.argv[1]) as one, open(sys.argv[2]) as two:
        lines = list(differences(json.load(one), json.load(two)))
    print("\n".join(lines))
    sys.exit(1 if lines else 0)
