"""Attacks by geometry, and what is fitted to be put on any image: spatial and patch on Fashion-MNIST."""
import os

import h5py
import numpy as np

from suite import (MODELS, case, good, import_fashion, main, path, refused, report_of, same, samples_of, test_of,
                   write_config)

CONFIG = {"model": os.path.join(MODELS, "fashion_cnn.h5"), "data": "fashion.h5", "seed": 3,
          "preprocess": {"scale": 1 / 255}}


@case("spatial is the worst of its grid: a larger grid breaks what a smaller one in it breaks")
def _():
    import_fashion("fashion.h5", "t10k", 0, 100)
    small = {"name": "spatial", "norm": "l2", "id": "small", "rotations": 5, "rotation": 10, "translations": 3}
    large = dict(small, id="large", rotations=9, rotation=20, scales=3)
    config = write_config("spatial.json", dict(CONFIG, attacks=[small, large]))
    good("run", config, "-o", path("spatial"))
    few, many = (samples_of(path("spatial"))["adversarial." + name] for name in ("small", "large"))
    assert (many["success"] >= few["success"]).all() and 5 < few["success"].sum() < many["success"].sum()
    broken = few["success"] == 1
    assert (many["l2"][broken] <= few["l2"][broken]).all(), "the larger grid's nearest is no farther"
    withstands = (few["attacked"] == 1) & ~broken
    same(np.unique(few["queries_forward"][withstands]).tolist(), [5 * 3 * 3], "questions about what withstands")


@case("a patch changes no more values than eps; side and target are in the report; larger ones break more")
def _():
    patch = {"name": "patch", "eps": [25, 81], "epochs": 10, "batch": 25}
    to_bag = dict(patch, id="to-bag", targeted=True, target=8)
    config = write_config("patch.json", dict(CONFIG, attacks=[patch, to_bag]))
    good("run", config, "-o", path("patch"))
    report, samples = report_of(path("patch")), samples_of(path("patch"))
    broken = [samples["adversarial.patch_l0@%d" % eps]["success"].sum() for eps in (25, 81)]
    assert 0 < broken[0] < broken[1], broken
    for eps, side in ((25, 5), (81, 9)):
        assert samples["adversarial.patch_l0@%d" % eps]["l0"].max() <= eps
        params = test_of(report, "robustness.adversarial.to-bag", "adversarial.to-bag@%d" % eps)["params"]
        same((params["side"], params["target"], params["targeted"]), (side, 8, True), "params")
    made = [a for a in report["artefacts"] if a["name"] == "patch"]
    same(len(made), 4, "artefacts: one for each size and target")
    with h5py.File(path("patch", "artefacts.h5")) as f:
        sizes = sorted(f["artefacts"][key]["value"].shape[0] for key in f["artefacts"])
    same(sizes, [25, 25, 81, 81], "floats of the patches")
    hit = samples["adversarial.to-bag@81"]
    same(np.unique(hit["predicted"][hit["success"] == 1]).tolist(), [8], "what a success is taken for")


@case("what cannot run is refused with what would")
def _():
    for attack, pattern in (({"name": "patch", "eps": 0.5}, r"less than one pixel, which has 1"),
                            ({"name": "patch", "eps": 30, "side": 6}, r"side: .*has 5 at most"),
                            ({"name": "patch", "eps": 30, "norm": "linf"}, r"'norm': linf is not offered.*l0"),
                            ({"name": "patch", "eps": 30, "targeted": True}, r"'target': .*wants one class"),
                            ({"name": "spatial", "rotations": 30}, r"rotations: .*odd number")):
        refused(2, pattern, "validate", write_config("bad.json", dict(CONFIG, attacks=[attack])))


main()
