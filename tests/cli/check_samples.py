"""samples.h5: columns and side tables, against the schema and recomputed."""
import json
import os

import h5py
import numpy as np
from jsonschema import Draft202012Validator

from suite import MODELS, case, good, main, path, same, samples_of, table_data, write_config


def number(value):
    return None if isinstance(value, float) and not np.isfinite(value) else value


def rendered(node):
    """A group as an object, a data set of rank 1 as an array; what is not finite is null."""
    if isinstance(node, h5py.Group):
        return {key: rendered(node[key]) for key in node}
    return [number(v) for v in node[:].tolist()]


@case("a whole file agrees with `assay schema samples`, and its storage types are those it says")
def _():
    table_data("table.h5", 400, 3)
    write_config("samples.json", {
        "model": os.path.join(MODELS, "hmda_mlp.h5"), "data": "table.h5", "preprocess": {},
        "transformations": [{"name": "missing_values", "severity": 2}],
        "attacks": [{"name": "pgd", "eps": [0.05, 0.2], "steps": 12}, {"name": "ddn", "eps": [0.1, 0.4], "steps": 20},
                    {"name": "pgd", "norm": "l1", "eps": 0.5}]})
    good("run", path("samples.json"), "-o", path("out"))
    schema = json.loads(good("schema", "samples").out)
    Draft202012Validator.check_schema(schema)
    with h5py.File(path("out", "samples.h5")) as f:
        errors = list(Draft202012Validator(schema).iter_errors(rendered(f)))
        assert not errors, errors[0]
        columns = schema["properties"]["scenarios"]["additionalProperties"]["properties"]
        columns.pop("id")  # of data with ids: check_ids.py
        for name, column in columns.items():
            same(str(f["scenarios/clean"][name].dtype), column["hdf5"], name)


@case("success_by_queries is the first_success column counted up, without rows that were taken over")
def _():
    rows = samples_of(path("out"))
    with h5py.File(path("out", "samples.h5")) as f:
        tables = f["tables/success_by_queries"]
        same(sorted(tables), ["adversarial.ddn_l2", "adversarial.pgd_l1@0.5", "adversarial.pgd_linf@0.05",
                              "adversarial.pgd_linf@0.2"], "scenarios with queries")
        for scenario in tables:
            own = {c: v[(rows[scenario]["carried"] == 0) & (rows[scenario]["attacked"] == 1)] for c, v in rows[scenario].items()}
            first = own["first_success"][own["success"] == 1]
            queries, counts = np.unique(first, return_counts=True)
            table = {c: tables[scenario][c][:] for c in tables[scenario]}
            assert (table["queries"] == queries).all() and (table["successes"] == counts.cumsum()).all(), scenario
            assert (table["attacked"] == len(own["index"])).all() and len(first) > 0, scenario


@case("norms of the columns are those of one perturbation: linf <= l2 <= l1 <= l0 * linf")
def _():
    for scenario, rows in samples_of(path("out")).items():
        if scenario.startswith("adversarial."):
            slack = 1 + 1e-6
            assert (rows["linf"] <= rows["l2"] * slack).all() and (rows["l2"] <= rows["l1"] * slack).all(), scenario
            assert (rows["l1"] <= rows["l0"] * rows["linf"] * slack).all(), scenario


@case("thresholds of a minimal attack are read off its one run")
def _():
    rows = samples_of(path("out"))
    base = rows["adversarial.ddn_l2"]
    for eps in ("0.1", "0.4"):
        at = rows["adversarial.ddn_l2@" + eps]
        within = (base["success"] == 1) & (base["l2"] <= float(eps))
        same(at["success"].tolist(), within.astype(int).tolist(), "successes at " + eps)
        assert (at["queries_forward"] == base["queries_forward"]).all() and (at["l2"] <= float(eps)).all()
        clean = rows["clean"]["loss"]
        assert (at["loss"][~within] == clean[~within]).all(), "a sample that holds is shown as it is"


@case("where the budget of queries ended a minimal attack, the rows of its thresholds say so too")
def _():
    write_config("spent.json", {"model": os.path.join(MODELS, "hmda_mlp.h5"), "data": "table.h5", "preprocess": {},
                                "attacks": [{"name": "ddn", "eps": [0.1, 0.4], "steps": 20, "queries": 5}]})
    good("run", path("spent.json"), "-o", path("spent"))
    rows = samples_of(path("spent"))
    for scenario in ("adversarial.ddn_l2", "adversarial.ddn_l2@0.1", "adversarial.ddn_l2@0.4"):
        attacked = rows[scenario]["attacked"] == 1
        assert attacked.any() and (rows[scenario]["queries_forward"][attacked] == 5).all(), scenario
        assert (rows[scenario]["status"][attacked] == 2).all(), scenario


main()
