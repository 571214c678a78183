"""Attack gradients in bf16: errors where the processor has none, float32 decides, one digest on any threads."""
import json
import os

import h5py
import numpy as np

from suite import (MODELS, Skip, assay, case, digest_of, good, import_fashion, main, path, refused, report_of, same,
                   samples_of, write_config)

CONFIG = {"model": os.path.join(MODELS, "fashion_cnn.h5"), "data": "fashion.h5", "seed": 4, "search": "bf16",
          "preprocess": {"scale": 1 / 255}, "output": {"images": 40},
          "attacks": [{"name": "fgsm", "eps": 2}, {"name": "bim", "eps": 4},
                      {"name": "pgd", "eps": [2, 4], "steps": 10, "restarts": 2},
                      {"name": "pgd", "id": "last", "eps": 4, "steps": 10, "iterate": "last"},
                      {"name": "pgd", "norm": "l2", "eps": 100, "steps": 10, "targeted": True}]}
ROWS = 200
available = {}


def config():
    return path("search.json")


def wants_bf16():
    if not available["bf16"]:
        raise Skip("no bf16 instructions at this level")


@case("without the instructions: one line and exit 2 from validate and run, where there are attacks; float32 is the default")
def _():
    import_fashion("fashion.h5", "t10k", 0, ROWS)
    write_config("search.json", CONFIG)
    said = "search.json: 'search': \"bf16\" needs a processor with AVX512_BF16 or AMX_BF16.*set it to \"float32\""
    for cpu in ("scalar", "avx2"):
        refused(2, said, "validate", config(), env={"ASSAY_CPU": cpu})
    refused(2, said, "run", config(), "-o", path("none"), env={"ASSAY_CPU": "avx2"})
    assert not os.path.exists(path("none")), "something was written"
    good("predict", config(), "-o", path("scores.h5"), "--limit", "5", env={"ASSAY_CPU": "avx2"})
    good("run", config(), "-o", path("clean"), "--set", "attacks=[]", "--limit", "5", env={"ASSAY_CPU": "avx2"})
    same(report_of(path("clean"))["run"]["numerics"], "assay-f32-v2", "numerics without attacks")
    refused(2, "search", "validate", config(), "--set", "search=fp8")
    plain = {k: v for k, v in CONFIG.items() if k != "search"}
    effective = good("validate", write_config("plain.json", plain), "--print-effective").out
    same(json.loads(effective)["search"], "float32", "default of search")
    available["bf16"] = assay("validate", config(), "--print-effective").code == 0


@case("the effective config, the report and its page name the search")
def _():
    wants_bf16()
    same(json.loads(good("validate", config(), "--print-effective").out)["search"], "bf16", "effective search")
    good("run", config(), "-o", path("t1"), "--threads", "1")
    report = report_of(path("t1"))
    same(report["run"]["config"]["search"], "bf16", "run.config.search")
    numerics = report["run"]["numerics"]
    assert numerics in ("assay-f32-v2, search bf16 (%s)" % i for i in ("avx512_bf16", "amx_bf16")), numerics
    assert any("bfloat16" in text for text in report["limitations"]), report["limitations"]
    with open(path("t1", "report.html")) as f:
        assert "search bf16" in f.read(), "the page does not name the search"


@case("the same digest with 1, 2 and 5 threads")
def _():
    wants_bf16()
    for threads in ("2", "5"):
        good("run", config(), "-o", path("t" + threads), "--threads", threads)
        same(digest_of(path("t" + threads)), digest_of(path("t1")), threads + " threads")


@case("a search in the other arithmetic is another evaluation, about as strong; the clean rows are the same")
def _():
    wants_bf16()
    good("run", config(), "-o", path("f32"), "--set", "search=float32")
    refused(2, "journal", "run", config(), "-o", path("f32"), "--resume")
    bf16, f32 = samples_of(path("t1")), samples_of(path("f32"))
    for column in bf16["clean"]:
        assert np.array_equal(bf16["clean"][column], f32["clean"][column]), "clean " + column
    differ = False
    for scenario in bf16:
        apart = abs(bf16[scenario]["correct"].mean() - f32[scenario]["correct"].mean())
        assert apart <= 0.05, "%s: robust accuracies %.3f apart" % (scenario, apart)
        differ |= not np.array_equal(bf16[scenario]["loss"], f32[scenario]["loss"])
    assert differ, "both searches gave the same losses: was one of them in bf16 at all?"


@case("a find costs the query of the float32 score that confirms it; FGSM agrees with a step along predict's gradient")
def _():
    wants_bf16()
    rows = samples_of(path("t1"))
    decided = 0
    for scenario, columns in rows.items():
        if scenario.startswith("adversarial.pgd_linf@"):
            found = columns["success"] == 1
            extra = columns["queries_forward"].astype(int) - columns["queries_gradient"]
            assert (extra[found] >= 1).all(), "%s: a success that no float32 score confirmed" % scenario
            decided += found.sum()
    assert decided > 0, "nothing was broken"
    # The same step in float32 throughout differs only where a partial derivative is about 0.
    good("predict", config(), "-o", path("clean.h5"), "--gradient")
    with h5py.File(path("clean.h5")) as f, h5py.File(path("fashion.h5")) as data:
        x, signs = data["x"][:].astype(np.float32), np.sign(f["gradient"][:])
        y = data["y"][:]
    with h5py.File(path("stepped.h5"), "w") as f:
        f.attrs["assay_dataset"], f.attrs["name"] = 1, "stepped"
        f["x"] = np.clip(x + 2 * signs, 0, 255).astype(np.float32)
        f["x"].attrs["low"], f["x"].attrs["high"] = 0, 255
        f["y"] = y
    good("predict", config(), "-o", path("stepped_out.h5"), "--data", path("stepped.h5"))
    with h5py.File(path("stepped_out.h5")) as f:
        agree = (f["predicted"][:] == rows["adversarial.fgsm_linf@2"]["predicted"])
    assert agree[rows["clean"]["correct"] == 1].mean() > 0.97, "FGSM in bf16 agrees on %.3f" % agree.mean()


main()
