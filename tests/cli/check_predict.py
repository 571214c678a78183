"""assay predict: shapes, sums, agreement with a run, and the gradient against finite differences of the loss."""
import os

import h5py
import numpy as np

from suite import MODELS, case, good, main, near, path, refused, same, samples_of, table_data, write_config

N = 150
CONFIG = {"model": os.path.join(MODELS, "hmda_mlp.h5"), "data": "table.h5", "preprocess": {"mean": 0.25, "std": 0.5}}
run = {}


def predicted(name, *options):
    good("predict", path("predict.json"), "-o", path(name), *options)
    with h5py.File(path(name), "r") as f:
        return {k: f[k][:] for k in f}


@case("shapes and types; probabilities sum to 1 and are those of the logits; loss and prediction follow")
def _():
    table_data("table.h5", N, 11)
    write_config("predict.json", CONFIG)
    p = run["whole"] = predicted("whole.h5", "--gradient", "--threads", "2")
    same(sorted(p), ["gradient", "logits", "loss", "predicted", "probabilities"], "data sets")
    same([p[k].shape for k in sorted(p)], [(N, 14), (N, 2), (N,), (N,), (N, 2)], "shapes")
    z = p["logits"].astype(float)
    wanted = np.exp(z - np.logaddexp(z[:, 0], z[:, 1])[:, None])
    near(float(np.abs(p["probabilities"].astype(float).sum(1) - 1).max()), 0, 2e-7, "sum of probabilities")
    near(float(np.abs(p["probabilities"] - wanted).max()), 0, 1e-7, "probabilities")
    same(p["predicted"].tolist(), z.argmax(1).tolist(), "predicted")
    with h5py.File(path("table.h5"), "r") as f:
        y = f["y"][:]
    margin = z[np.arange(N), 1 - y] - z[np.arange(N), y]
    loss = np.logaddexp(0, margin)
    near(float((np.abs(p["loss"] - loss) / loss).max()), 0, 1e-6, "loss, relative")


@case("the same bits with and without --gradient, with another number of threads, and for the first rows alone")
def _():
    plain = predicted("plain.h5", "--threads", "5")
    same(sorted(plain), ["logits", "loss", "predicted", "probabilities"], "data sets without --gradient")
    part = predicted("part.h5", "--gradient", "--limit", "67", "--threads", "1")
    for k in run["whole"]:
        assert part[k].tobytes() == run["whole"][k][:67].tobytes(), k + " of the first rows"
        assert k not in plain or plain[k].tobytes() == run["whole"][k].tobytes(), k


@case("a run on the same data gives the same predictions, p_true and loss, bit for bit")
def _():
    good("run", path("predict.json"), "-o", path("run"))
    s, p = samples_of(path("run"))["clean"], run["whole"]
    assert s["loss"].tobytes() == p["loss"].tobytes(), "loss"
    assert (s["predicted"] == p["predicted"]).all(), "predicted"
    picked = p["probabilities"][np.arange(N), s["label"]]
    near(float(np.abs(s["p_true"] - picked).max()), 0, 1e-7, "p_true")


@case("the gradient is that of the loss in data units: central differences")
def _():
    step, columns, rows = 1 / 256, (0, 2, 5, 9, 13), 24
    with h5py.File(path("table.h5"), "r") as f:
        x, y = f["x"][:rows], f["y"][:rows]
    x = np.round(x * 512) / 512 * 0.9 + 0.05
    shifted = np.concatenate([x] + [x + sign * step * np.eye(14)[c] for c in columns for sign in (1, -1)])
    with h5py.File(path("shifted.h5"), "w") as f:
        f.attrs["assay_dataset"] = 1
        f["x"], f["y"] = shifted.astype(np.float32), np.tile(y, 1 + 2 * len(columns))
        f["x"].attrs["low"], f["x"].attrs["high"] = -1.0, 2.0
    p = predicted("shifted_out.h5", "--gradient", "--data", path("shifted.h5"))
    loss = p["loss"].astype(float).reshape(-1, rows)
    gradient, agree = p["gradient"][:rows], 0
    for i, c in enumerate(columns):
        difference = (loss[1 + 2 * i] - loss[2 + 2 * i]) / (2 * step)
        agree += (np.abs(difference - gradient[:, c]) <= 1e-3 + 0.02 * np.abs(difference)).sum()
    assert np.abs(gradient).max() > 0.05 and agree >= 0.9 * rows * len(columns), "%d of %d" % (agree,
                                                                                               rows * len(columns))


@case("an output that cannot be written: exit 4, no file and no temporary left")
def _():
    before = sorted(os.listdir(path()))
    refused(4, r"no/such/place", "predict", path("predict.json"), "-o", path("no", "such", "place", "f.h5"))
    refused(4, r"table\.h5/f\.h5", "predict", path("predict.json"), "-o", path("table.h5", "f.h5"))
    refused(4, r"/dev/null/f", "predict", path("predict.json"), "-o", "/dev/null/f.h5")
    same(sorted(os.listdir(path())), before, "files")


main()
