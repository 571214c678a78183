"""Defences in front of a net: what the net sees, against numpy; attacks through them and without; random ones by draws."""
import json
import os

import h5py
import numpy as np

from suite import (MODELS, assay, case, digest_of, good, main, metric_of, near, path, refused, report_of, same, samples_of,
                   test_of, write_config, write_data)

SIDE, ROWS = 6, 12
RANDOM = np.random.default_rng(8)
PIXELS = RANDOM.integers(0, 256, (ROWS, SIDE, SIDE, 1)).astype("u1")


def write_net(name, shape, weights):
    """Flatten and one dense layer; the identity shows as logits what the net was given."""
    config = {"class_name": "Sequential", "config": {"name": "s", "layers": [
        {"class_name": "InputLayer", "config": {"name": "in", "batch_input_shape": [None] + list(shape)}},
        {"class_name": "Flatten", "config": {"name": "flat"}},
        {"class_name": "Dense", "config": {"name": "d", "units": weights.shape[1], "activation": "linear",
                                           "use_bias": False}}]}}
    with h5py.File(path(name), "w") as f:
        f.attrs["model_config"] = json.dumps(config)
        g = f.create_group("model_weights")
        g.attrs["keras_version"], g.attrs["backend"] = "2.11.0", "tensorflow"
        g.create_group("flat").attrs["weight_names"] = np.zeros(0)
        d = g.create_group("d")
        d.attrs["weight_names"] = [b"d/kernel:0"]
        d["d/kernel:0"] = weights.astype("f4")
    return path(name)


def names(classes):
    """Named classes: an identity as a net is no autoencoder then."""
    return [f"c{i}" for i in range(classes)]


def config(defence, name="c.json", data="x.h5", net="identity.h5", **more):
    keys = {"model": net, "data": data, "seed": 5, "preprocess": {}, "defence": defence, "output": {"images": 0}}
    return write_config(name, dict(keys, **more))


def seen(defence, gradient=False, **more):
    """What the net was given of each picture, and the gradient."""
    good("predict", config(defence, **more), "-o", path("p.h5"), *(["--gradient"] if gradient else []))
    with h5py.File(path("p.h5")) as f:
        return f["logits"][:].reshape(-1, SIDE, SIDE), f["gradient"][:].reshape(-1, SIDE, SIDE) if gradient else None


def prepare():
    write_net("identity.h5", (SIDE, SIDE, 1), np.eye(SIDE * SIDE))
    write_data("x.h5", PIXELS, np.zeros(ROWS, "i4"), high=255, class_names=names(SIDE * SIDE))


X = PIXELS[..., 0].astype("f8")


@case("bit_depth, threshold and median_filter: what the net sees, by numpy")
def deterministic():
    prepare()
    wanted = np.floor(X / 255 * 7 + 0.5) / 7 * 255
    np.testing.assert_allclose(seen([{"name": "bit_depth", "bits": 3}])[0], wanted, atol=1e-4)
    np.testing.assert_array_equal(seen([{"name": "threshold", "at": 0.25}])[0], np.where(X >= 0.25 * 255, 255, 0))
    for side in (2, 3, 5):
        before, after = side // 2, side - 1 - side // 2
        padded = np.pad(X, ((0, 0), (before, after), (before, after)), "edge")
        windows = np.lib.stride_tricks.sliding_window_view(padded, (side, side), (1, 2)).reshape(ROWS, SIDE, SIDE, -1)
        wanted = np.sort(windows, -1)[..., side * side // 2]
        np.testing.assert_array_equal(seen([{"name": "median_filter", "side": side}])[0], wanted)
    both = [{"name": "threshold", "at": 0.25}, {"name": "median_filter"}]
    first = np.where(X >= 0.25 * 255, 255.0, 0)
    padded = np.pad(first, ((0, 0), (1, 1), (1, 1)), "edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (1, 2)).reshape(ROWS, SIDE, SIDE, -1)
    np.testing.assert_array_equal(seen(both)[0], np.sort(windows, -1)[..., 4])


@case("jpeg: a flat picture keeps the multiple of the quantiser that is next to it")
def flat_jpeg():
    values = np.arange(256, dtype="u1")
    write_net("wide.h5", (8, 8, 1), np.eye(64))
    write_data("flat.h5", np.broadcast_to(values[:, None, None, None], (256, 8, 8, 1)).copy(), np.zeros(256, "i4"),
               high=255, class_names=names(64))
    for quality in (10, 50, 90):
        scale = 5000 // quality if quality < 50 else 200 - 2 * quality
        step = max((16 * scale + 50) // 100, 1)
        good("predict", config([{"name": "jpeg", "quality": quality}], data="flat.h5", net="wide.h5"), "-o", path("p.h5"))
        with h5py.File(path("p.h5")) as f:
            got = f["logits"][:]
        assert np.ptp(got, 1).max() == 0, "a flat picture stays flat"
        mean = 8.0 * (values.astype("f8") - 128)
        away = np.sign(mean) * np.floor(np.abs(mean) / step + 0.5) * step / 8 + 128
        wanted = np.clip(np.floor(away + 0.5), 0, 255)
        assert np.abs(got[:, 0] - wanted).max() <= 1, (quality, np.abs(got[:, 0] - wanted).max())
        assert (got[:, 0] == wanted).mean() > 0.8, (quality, (got[:, 0] == wanted).mean())


def between(n, small):
    """The matrix of one axis: small values out of n, bilinear between centres."""
    m = np.zeros((small, n))
    for i in range(small):
        v = max((i + 0.5) * n / small - 0.5, 0)
        first = int(v)
        second = min(first + 1, n - 1)
        m[i, first] += 1 - (v - first)
        m[i, second] += v - first
    return m


def placements(least):
    """Every linear map of the flat picture that resize_pad can draw, as its axes' matrices."""
    found = []
    for side in range(max(int(np.ceil(least * SIDE)), 1), SIDE + 1):
        small = between(SIDE, side)
        for top in range(SIDE - side + 1):
            rows = np.zeros((SIDE, SIDE))
            rows[top:top + side] = small
            for left in range(SIDE - side + 1):
                columns = np.zeros((SIDE, SIDE))
                columns[left:left + side] = small
                found.append((rows, columns))
    return found


@case("resize_pad: one of its placements for every picture, and that one's exact gradient")
def resized():
    logits, gradient = seen([{"name": "resize_pad", "least": 0.6}], gradient=True, defence_draws=1)
    used = set()
    for i in range(ROWS):
        fits = [(k, m) for k, m in enumerate(placements(0.6))
                if np.abs(m[0] @ X[i] @ m[1].T - logits[i]).max() < 1e-3]
        same(len(fits), 1, "placements that fit picture %d" % i)
        used.add(fits[0][0])
        rows, columns = fits[0][1]
        z = logits[i].ravel().astype("f8")
        p = np.exp(z - z.max())
        p /= p.sum()
        p[0] -= 1  # the label is 0
        np.testing.assert_allclose(gradient[i], rows.T @ p.reshape(SIDE, SIDE) @ columns, atol=1e-5)
    assert len(used) > 5, used


@case("gaussian_noise: normal, its own for every picture, the same for the same one; draws are averaged as probabilities")
def noisy():
    noise = seen([{"name": "gaussian_noise", "sigma": 0.1}], defence_draws=1)[0] - X
    assert abs(noise.mean()) < 4 * 25.5 / np.sqrt(noise.size) and 23 < noise.std() < 28, (noise.mean(), noise.std())
    assert len({float(v) for v in noise[:, 0, 0]}) == ROWS
    write_data("twice.h5", PIXELS[[3, 0, 3]], np.zeros(3, "i4"), high=255, class_names=names(SIDE * SIDE))
    again = seen([{"name": "gaussian_noise", "sigma": 0.1}], defence_draws=1, data="twice.h5")[0] - X[[3, 0, 3]]
    np.testing.assert_array_equal(again, noise[[3, 0, 3]])
    good("predict", config([{"name": "gaussian_noise", "sigma": 0.1}], defence_draws=50), "-o", path("p.h5"))
    with h5py.File(path("p.h5")) as f:
        mean = f["logits"][:]
    np.testing.assert_allclose(np.exp(mean.astype("f8")).sum(1), 1, atol=1e-5)


def fashion(name, defence, **more):
    """The demo net behind defences; smooth pictures that it labels itself."""
    common = {"norm": "linf", "eps": [8], "steps": 6}
    attacks = [dict(common, name="pgd", eot=3),
               {"name": "bim", "norm": "linf", "eps": [8], "steps": 2, "source": "model", "eot": 2}]
    return config(defence, name, "smooth.h5", os.path.join(MODELS, "fashion_cnn.h5"), preprocess={"scale": 1 / 255},
                  attacks=attacks, **more)


def write_smooth():
    coarse = RANDOM.uniform(0, 255, (32, 7, 7, 1)).repeat(4, 1).repeat(4, 2).astype("u1")
    write_data("smooth.h5", coarse, np.zeros(32, "i4"), high=255)
    good("predict", fashion("f.json", []), "-o", path("p.h5"))
    with h5py.File(path("p.h5")) as f:
        write_data("smooth.h5", coarse, f["predicted"][:], high=255)


@case("seen through, the attack breaks more than without; both stand in the report and in the transfer matrix")
def adaptive():
    write_smooth()
    out = path("bits")
    good("run", fashion("f.json", [{"name": "bit_depth", "bits": 3}]), "-o", out)
    report = report_of(out)

    def robust(name):
        test = test_of(report, "robustness.adversarial." + name, "adversarial.%s@8" % name)
        return metric_of(test, "robust_accuracy")["value"]
    assert robust("pgd_linf") < robust("pgd_linf_from_undefended") - 0.1, (robust("pgd_linf"),
                                                                          robust("pgd_linf_from_undefended"))
    assert "adversarial.bim_linf_from_undefended@8" not in samples_of(out), "'source' was given"
    matrix = test_of(report, "robustness.transfer", "adversarial.pgd_linf@8")
    sources = {m["slice"]["value"] for m in matrix["metrics"] if m["slice"]}
    same(sources, {"model", "undefended"}, "rows of the matrix")


@case("a random target: votes and shares of draws, the same on any threads and instruction set")
def random_target():
    write_smooth()
    defence = [{"name": "gaussian_noise", "sigma": 0.15}, {"name": "resize_pad"}]
    c = fashion("f.json", defence, defence_draws=8)
    good("run", c, "-o", path("two"), "--threads", "2")
    good("run", c, "-o", path("one"), "--threads", "1", env={"ASSAY_CPU": "scalar"})
    same(digest_of(path("one")), digest_of(path("two")), "digest")
    for scenario, rows in samples_of(path("two")).items():
        share = rows["draws_correct"]
        np.testing.assert_array_equal(share * 8, np.round(share * 8))
        assert (rows["correct"][share > 0.5] == 1).all(), scenario
        assert (rows["correct"][share == 0] == 0).all(), scenario
    clean = samples_of(path("two"))["clean"]["draws_correct"]
    assert 0 < (clean < 1).sum() < 32, "some draws go wrong"
    report = report_of(path("two"))
    test = test_of(report, "robustness.adversarial.pgd_linf", "adversarial.pgd_linf@8")
    rows = samples_of(path("two"))
    both = rows["clean"]["correct"] * rows["adversarial.pgd_linf@8"]["draws_correct"].astype("f8")
    near(metric_of(test, "expected_robust_accuracy")["value"], both.mean(), 1e-7, "expected robust accuracy")


@case("what cannot be is refused")
def refusals():
    prepare()
    write_net("table.h5", (4,), np.eye(4))
    write_data("table.h5.data", np.eye(4, dtype="f4"), np.zeros(4, "i4"), class_names=names(4))
    refused(2, r"'defence': element 0: median_filter works on images .* alone; bit_depth", "validate",
            config([{"name": "median_filter"}], data="table.h5.data", net="table.h5"))
    refused(2, r"unknown defence 'bit_dept' \(did you mean 'bit_depth'\?\)", "validate", config([{"name": "bit_dept"}]))
    refused(2, r"'defence': element 1: jpeg: unknown key 'q'", "validate",
            config([{"name": "bit_depth"}, {"name": "jpeg", "q": 3}]))
    refused(2, "'ensemble' and 'defence'", "validate",
            config([{"name": "bit_depth"}], sources={"b": {"model": "identity.h5", "preprocess": {}}},
                   ensemble=["model", "b"]))
    write_data("scores.h5", y=np.zeros(3, "i4"), scores=np.full((3, 2), 0.5, "f4"))
    refused(2, "'defence' needs a 'model'", "validate",
            write_config("s.json", {"data": "scores.h5", "defence": [{"name": "bit_depth"}]}))
    listed = assay("list", "defences", "resize_pad")
    assert listed.code == 0 and "random: yes" in listed.out and "least" in listed.out, listed


main()
