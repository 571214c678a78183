"""The strength of an attack does not depend on the scale of the logits."""
import json
import os
import shutil

import h5py
import numpy as np

from keras_files import layer, whole
from suite import MODELS, case, good, main, path, report_of, metric_of, samples_of, same, test_of, write_config, write_data

ROWS, EPS = 150, 6


def scaled(factor):
    """The demo net with weights and biases of its last layer times the factor."""
    name = path("cnn_%g.h5" % factor)
    shutil.copyfile(os.path.join(MODELS, "fashion_cnn.h5"), name)
    with h5py.File(name, "r+") as f:
        layers = json.loads(f.attrs["model_config"])["config"]["layers"]
        last = [layer["config"]["name"] for layer in layers if layer["class_name"] == "Dense"][-1]
        weights = []
        f["model_weights"][last].visititems(lambda _, o: weights.append(o) if isinstance(o, h5py.Dataset) else None)
        same(len(weights), 2, "weights of the last layer")
        for w in weights:
            w[...] = w[...] * np.float32(factor)
    return name


def config(factor, name="c.json", loss="cross_entropy"):
    common = {"norm": "linf", "eps": [EPS], "steps": 20, "loss": loss}
    return write_config(name, {
        "model": scaled(factor), "data": "x.h5", "seed": 1, "preprocess": {"scale": 1 / 255},
        "attacks": [dict(common, name="pgd"), dict(common, name="mi_fgsm"), {"name": "ddn", "norm": "l2", "steps": 20},
                    dict(common, name="pgd", norm="l2", eps=[250], targeted=True)], "output": {"images": 0}})


def write_inputs():
    """Smooth pictures, labelled by the net itself."""
    random = np.random.default_rng(3)
    coarse = random.uniform(0, 255, (ROWS, 7, 7, 1)).repeat(4, 1).repeat(4, 2)
    x = coarse.astype("u1")
    write_data("x.h5", x, np.zeros(ROWS, "i4"), high=255)
    good("predict", config(1), "-o", path("p.h5"))
    with h5py.File(path("p.h5")) as f:
        write_data("x.h5", x, f["predicted"][:], high=255)


def run(factor):
    out = path("run_%g" % factor)
    good("run", config(factor), "-o", out, "--force")
    return out


SCENARIOS = ["adversarial.pgd_linf@%d" % EPS, "adversarial.mi_fgsm_linf@%d" % EPS, "adversarial.ddn_l2",
             "adversarial.pgd_l2_targeted@250"]


@case("logits times 2^-10 and 2^10: the same perturbations, bit for bit")
def powers_of_two():
    write_inputs()
    plain = samples_of(run(1))
    broken = plain[SCENARIOS[0]]["success"].mean()
    assert 0.2 < broken < 0.9, broken
    for factor in (2.0 ** -10, 2.0 ** 10):
        other = samples_of(run(factor))
        for scenario in SCENARIOS:
            for column in ("success", "steps", "predicted", "linf", "l2", "first_success"):
                same(list(other[scenario][column]), list(plain[scenario][column]),
                     "%s of %s, factor %g" % (column, scenario, factor))


@case("logits x 0.001 and x 1000: the same robust accuracy")
def thousands():
    def values(factor):
        report = report_of(run(factor))
        return [metric_of(test_of(report, "robustness." + s.split("@")[0], s), "robust_accuracy")["value"]
                for s in SCENARIOS]
    plain = values(1)
    for factor in (0.001, 1000):
        for got, wanted, scenario in zip(values(factor), plain, SCENARIOS):
            assert abs(got - wanted) <= 1.5 / ROWS, "%s, factor %g: %g, not %g" % (scenario, factor, got, wanted)


def mixture(kind, scale, classes=10, features=20, rows=200):
    """Three softmax heads mixed: the file, its data set labelled by itself, and the heads' kernels."""
    random = np.random.default_rng(3)
    x = random.random((rows, features)).astype("f4")
    heads = [(scale * random.normal(size=(features, classes))).astype("f4") for _ in "abc"]
    layers = [layer("InputLayer", "in", [], batch_input_shape=[None, features], dtype="float32")]
    layers += [layer("Dense", n, [[["in", 0, 0, {}]]], units=classes, activation="softmax", use_bias=False) for n in "abc"]
    layers.append(layer(kind, "end", [[[n, 0, 0, {}] for n in "abc"]]))
    model = {"class_name": "Functional", "config": {"name": "m", "layers": layers, "input_layers": [["in", 0, 0]],
                                                    "output_layers": [["end", 0, 0]]}}
    whole("mixture.h5", model, {n: {"kernel:0": w} for n, w in zip("abc", heads)}, "2.11.0")
    y = mixed(kind, x.astype("f8"), heads)[0].argmax(1)
    write_data("mixture_x.h5", x, y.astype("i4"))
    return x.astype("f8"), y, heads


def mixed(kind, x, heads):
    """Logarithms of the mixture (up to a sum that is the same for all), and the share of each head in every one."""
    z = np.stack([x @ w for w in heads])
    z = z - z.max(2, keepdims=True)
    z -= np.log(np.exp(z).sum(2, keepdims=True))
    if kind == "Multiply":
        return z.sum(0), z, np.ones_like(z)
    top = z.max(0)
    share = np.exp(z - top) if kind == "Average" else (z == top) * 1.0
    return (np.log(np.exp(z - top).sum(0)) + top if kind == "Average" else top), z, share / share.sum(0)


def margin_pgd(kind, x, y, heads, eps, steps):
    """The share that stands against signs of the margin's slope, from x itself."""
    adv, rows, standing = x, np.arange(len(x)), np.ones(len(x), bool)
    for _ in range(steps + 1):
        value, z, share = mixed(kind, adv, heads)
        standing &= value.argmax(1) == y
        others = value.copy()
        others[rows, y] = -np.inf
        slope = np.zeros_like(x)
        for k, w in enumerate(heads):
            w = w.astype("f8")
            mean = np.exp(z[k]) @ w.T
            for at, sign in ((others.argmax(1), 1), (y, -1)):
                slope += sign * share[k, rows, at][:, None] * (w[:, at].T - mean)
        adv = np.clip(np.clip(adv + 2.5 * eps / steps * np.sign(slope), x - eps, x + eps), 0, 1)
    return standing.mean()


@case("mixtures of probabilities: attacks by default are as strong as margin PGD, however confident the parts are")
def mixtures():
    for kind in ("Average", "Multiply", "Maximum"):
        for scale in (1, 10, 60):
            own = margin_pgd(kind, *mixture(kind, scale), 0.1, 40)
            config = write_config("mixture.json", {
                "model": "mixture.h5", "data": "mixture_x.h5", "preprocess": {}, "seed": 1,
                "attacks": [{"name": "pgd", "norm": "linf", "eps": [0.1], "restarts": 2}], "output": {"images": 0}})
            good("run", config, "-o", path("run_mixture"), "--force")
            test = test_of(report_of(path("run_mixture")), "robustness.adversarial.pgd_linf", "adversarial.pgd_linf@0.1")
            got = metric_of(test, "robust_accuracy")["value"]
            assert 0.02 < own < 0.9 and got <= own + 0.02, "%s, scale %g: %g, margin PGD %g" % (kind, scale, got, own)


main()
