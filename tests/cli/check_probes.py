"""Probes: their table, their section of the config, their results; and nets on which gradients say nothing."""
import json
import os
import shutil

import h5py
import numpy as np

from suite import (MODELS, assay, case, good, main, path, refused, report_of, same, samples_of, table_data, write_config,
                   write_data)

CONFIG = {"model": os.path.join(MODELS, "hmda_mlp.h5"), "data": "table.h5", "preprocess": {},
          "probes": [{"name": "gradient_norm", "samples": 150}]}


def values(folder, test_id):
    tests = [t for t in report_of(path(folder))["tests"] if t["test_id"] == test_id]
    same(len(tests), 1, "tests of the name " + test_id)
    return {m["metric_id"]: m for m in tests[0]["metrics"]}


@case("gradient_norm is what predict's gradients give")
def _():
    table_data("table.h5", 200, 5)
    write_config("probes.json", CONFIG)
    good("run", path("probes.json"), "-o", path("out"))
    good("predict", path("probes.json"), "-o", path("p.h5"), "--gradient")
    with h5py.File(path("p.h5")) as f:
        norms = np.linalg.norm(f["gradient"][:150].astype("f8"), axis=1)
    got = values("out", "interpretability.gradient_norm")
    for metric, wanted in (("mean_gradient_norm", norms.mean()), ("median_gradient_norm", np.median(norms)),
                           ("max_gradient_norm", norms.max()), ("zero_gradient_rate", (norms == 0).mean())):
        assert abs(got[metric]["value"] - wanted) <= 1e-6 * max(wanted, 1e-9), (metric, got[metric], wanted)
        same(got[metric]["n"], 150, "rows of " + metric)
    (artefact,) = report_of(path("out"))["artefacts"]
    same((artefact["name"], artefact["path"]), ("gradient_norm", "probes.h5"), "raw result")
    with open(path("out", "report.html")) as f:
        assert "mean_gradient_norm" in f.read().replace("<wbr>", ""), "the page does not show it"


@case("the same values on any number of threads, and when the raw result is there already")
def _():
    for threads in ("1", "3"):
        good("run", path("probes.json"), "-o", path("out" + threads), "--threads", threads)
    again = good("run", path("probes.json"), "-o", path("out"), "--resume")
    assert "running the probe" not in again.err, again.err
    same(len({report_of(path(d))["integrity"]["digest_sha256"] for d in ("out", "out1", "out3")}), 1, "digests")


@case("two entries of one kind need an id; unknown names and parameters are refused with the nearest")
def _():
    def refuse(pattern, *probes):
        write_config("bad.json", dict(CONFIG, probes=list(probes)))
        refused(2, pattern, "validate", path("bad.json"))
    one = {"name": "gradient_norm"}
    refuse(r"'probes': element 1: two entries make the test 'interpretability.gradient_norm'", one, one)
    refuse(r"'probes': element 0: unknown probe 'gradient_nrm' \(did you mean 'gradient_norm'\?\)", {"name": "gradient_nrm"})
    refuse(r"gradient_norm: .*'sample'.*samples", dict(one, sample=3))
    refuse(r"samples = 0: wants 1 to", dict(one, samples=0))
    refuse(r"'id': 'A b': wants lower-case letters", dict(one, id="A b"))
    refuse(r"'probes': element 0: wants an object", 7)
    write_config("scores.json", {"data": "table.h5", "probes": [one]})
    refused(2, r"'probes' need a 'model'", "validate", path("scores.json"))
    write_config("two.json", dict(CONFIG, probes=[one, dict(one, id="few", samples=3)]))
    good("run", path("two.json"), "-o", path("two"))
    same(values("two", "interpretability.few")["max_gradient_norm"]["n"], 3, "rows")
    assert "mean_gradient_norm" in assay("list", "probes", "gradient_norm").out


def token_net(name):
    layers = [("Embedding", "e", {"batch_input_shape": [None, 5], "input_dim": 7, "output_dim": 4}),
              ("Flatten", "f", {}), ("Dense", "d", {"units": 2, "activation": "softmax", "use_bias": True})]
    random = np.random.default_rng(1)
    arrays = {"e": {"embeddings:0": random.normal(size=(7, 4))},
              "d": {"kernel:0": random.normal(size=(20, 2)), "bias:0": np.zeros(2)}}
    entries = [{"class_name": kind, "config": dict(config, name=n)} for kind, n, config in layers]
    with h5py.File(path(name), "w") as f:
        f.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": {"name": "s", "layers": entries}})
        f.attrs["keras_version"] = b"2.8.0"
        root = f.create_group("model_weights")
        root.attrs["layer_names"] = [n.encode() for _, n, _ in layers]
        for _, n, _ in layers:
            group = root.require_group(n)
            names = ["%s/%s" % (n, role) for role in arrays.get(n, {})]
            group.attrs["weight_names"] = [w.encode() for w in names] if names else np.asarray([])
            for w in names:
                group[w] = arrays[n][w.split("/")[-1]].astype("f4")


@case("what follows gradients is refused on a net whose input has none by its construction")
def _():
    token_net("tokens.h5")
    random = np.random.default_rng(2)
    write_data("ids.h5", random.integers(0, 7, (40, 5)).astype(np.float32), random.integers(0, 2, 40).astype(np.int32), high=6)
    base = {"model": path("tokens.h5"), "data": "ids.h5", "preprocess": {}}
    write_config("pgd.json", dict(base, attacks=[{"name": "pgd", "eps": 1}]))
    refused(2, r"scenario 'adversarial\.pgd_linf@1': pgd follows gradients, but none reaches the input of the model \S*tokens\.h5",
            "validate", path("pgd.json"))
    write_config("probe.json", dict(base, probes=[{"name": "gradient_norm"}]))
    refused(2, r"'probes': gradient_norm follows gradients, but none reaches the input", "run", path("probe.json"), "-o", path("t"))
    write_config("source.json", dict(CONFIG, probes=[]))
    good("run", write_config("clean.json", base), "-o", path("clean"))


def scaled_net(name, *factors):
    """hmda_mlp with the kernels of its first layers times these factors."""
    shutil.copy(os.path.join(MODELS, "hmda_mlp.h5"), path(name))
    with h5py.File(path(name), "r+") as f:
        for layer, factor in zip(("dense", "dense_1"), factors):
            kernel = f["model_weights"][layer][layer]["kernel:0"]
            kernel[...] = kernel[...] * np.float32(factor)
    return path(name)


@case("a gradient longer than any float is one that is not finite, and does not end the run")
def _():
    write_config("long.json", dict(CONFIG, model=scaled_net("long.h5", 3e37)))
    good("run", path("long.json"), "-o", path("long"))
    got = values("long", "interpretability.gradient_norm")
    assert got["not_finite_gradient_rate"]["count"] > 0, got
    same((got["mean_gradient_norm"]["value"], got["mean_gradient_norm"]["null_reason"]), (None, "not_finite"), "mean")


@case("outputs of sources and of the ensemble that are not finite are warned of, with their number")
def _():
    wild = {"model": scaled_net("wild.h5", 1e20, 1e18), "preprocess": {}}
    write_config("wild.json", dict(CONFIG, probes=[], sources={"wild": wild}, ensemble=["model", "wild"],
                                   attacks=[{"name": "fgsm", "eps": 0.1, "source": ["model", "wild"]}]))
    good("run", path("wild.json"), "-o", path("wild"))
    rows, found = samples_of(path("wild")), set()
    for t in report_of(path("wild"))["tests"]:
        for w in t["warnings"]:
            if w["code"] == "outputs_not_finite":
                found.add((t["test_id"], t["scenario"], w["message"].partition(":")[0]))
    text = "the output of %s of %d of 200 samples was not finite"
    for scenario in ("clean", "adversarial.fgsm_linf@0.1"):
        bad = {j: int((rows[j + "." + scenario]["status"] == 1).sum()) for j in ("source.wild", "ensemble")}
        assert bad["source.wild"] > 0 and bad["ensemble"] > 0, bad
        for test, judge, n in (("transfer", "wild", bad["source.wild"]), ("ensemble", "ensemble", bad["ensemble"])):
            wanted = ("robustness." + test, scenario, text % (judge, n))
            assert wanted in found, (wanted, found)


main()
