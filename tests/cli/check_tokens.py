"""Samples that are token ids: how they are read, what is refused, and token_substitution from the outside."""
import os

import h5py
import numpy as np

from suite import MODELS, case, good, main, metric_of, path, refused, report_of, same, samples_of, test_of, write_config, \
    write_data

MODEL = os.path.join(MODELS, "words_cnn.h5")
N, LENGTH, IDS = 200, 12, 31


def token_data(name, x=None, labels=True, dtype=np.int32, **attrs):
    random = np.random.default_rng(5)
    if x is None:
        x = random.integers(1, IDS, (N, LENGTH))
        for i in range(N):
            x[i, 4 + i % 9:] = 0
    write_data(name, x.astype(dtype), np.zeros(len(x), np.int32), None, None, class_names=["english", "german"])
    attrs = {"kind": "tokens", "vocabulary": ["pad"] + list("abcdefghijklmnopqrstuvwxyzäöüß"), "padding": 0, **attrs}
    with h5py.File(path(name), "r+") as f:
        for key, value in attrs.items():
            if value is not None:
                f["x"].attrs[key] = value
    if labels:
        good("predict", write_config("p.json", {"model": MODEL, "data": name, "preprocess": {}}), "-o", path("p.h5"))
        with h5py.File(path("p.h5"), "r") as p, h5py.File(path(name), "r+") as f:
            f["y"][...] = p["predicted"][:]
    return name


def config_of(data, *attacks, **more):
    return write_config("c.json", {"model": MODEL, "data": data, "preprocess": {}, "attacks": list(attacks), **more})


def substitution(eps, **more):
    return {"name": "token_substitution", "norm": "l0", "eps": eps, **more}


@case("token_substitution changes at most eps places, and breaks more with a larger eps; chance breaks fewer")
def _():
    config = config_of(token_data("t.h5"), substitution([1, 2, 3]),
                       substitution([1, 2, 3], id="chance", by="random", candidates=4),
                       substitution([1], id="aimed", targeted=True))
    good("run", config, "-o", path("out"), "--threads", "2")
    report, samples = report_of(path("out")), samples_of(path("out"))
    before = 0
    for eps in (1, 2, 3):
        s = samples["adversarial.token_substitution_l0@%d" % eps]
        chance = samples["adversarial.chance@%d" % eps]
        assert (s["l0"] <= eps).all() and (s["status"] != 4).all()
        assert s["success"].sum() > before, (eps, s["success"].sum(), before)
        before = s["success"].sum()
        assert chance["success"].sum() < before or before == N, (eps, chance["success"].sum(), before)
        test = test_of(report, "robustness.adversarial.token_substitution_l0", "adversarial.token_substitution_l0@%d" % eps)
        same(test["params"]["eps_unit"], "data", "unit of eps")
        same(metric_of(test, "robust_accuracy")["count"], int((s["correct"] == 1).sum()), "robust accuracy")
    assert (samples["adversarial.chance@3"]["queries_gradient"] == 0).all()


@case("the best single substitution of all is found where all are candidates")
def _():
    """Every substitution of one token, by `predict`, against eps 1 with as many candidates."""
    data = token_data("all.h5", allowed_tokens=list(range(1, 9)), allowed_positions=[1, 2, 5])
    good("run", config_of(data, substitution(1, candidates=100)), "-o", path("all"))
    s = samples_of(path("all"))["adversarial.token_substitution_l0@1"]
    with h5py.File(path(data), "r") as f:
        x, y = f["x"][:], f["y"][:]
    rows, owner = [], []
    for i in range(N):
        for place in (1, 2, 5):
            for token in range(1, 9):
                if x[i, place] not in (0, token):
                    rows.append(np.where(np.arange(LENGTH) == place, token, x[i]))
                    owner.append(i)
    token_data("tries.h5", np.array(rows), labels=False)
    good("predict", config_of("tries.h5"), "-o", path("tries_out.h5"))
    with h5py.File(path("tries_out.h5"), "r") as f:
        hit = f["predicted"][:] != y[owner]
    breakable = np.bincount(owner, hit, N) > 0
    assert 10 < breakable.sum() < N - 10, breakable.sum()
    same(s["success"].astype(bool).tolist(), breakable.tolist(), "rows that one substitution breaks")


@case("one digest on any number of threads; ids as bytes, words of 64 bits and floats are the same rows")
def _():
    digests = set()
    for threads in ("1", "3"):
        good("run", config_of("t.h5", substitution([1, 2], beam=3)), "-o", path("d" + threads), "--threads", threads)
        digests.add(report_of(path("d" + threads))["integrity"]["digest_sha256"])
    same(len(digests), 1, "digests")
    wanted = None
    for dtype in (np.int32, np.uint8, np.int64, np.float32):
        data = token_data("dtype.h5", dtype=dtype)
        good("run", config_of(data, substitution(1)), "-o", path("dtype"), "--force")
        s = samples_of(path("dtype"))["adversarial.token_substitution_l0@1"]["loss"].tolist()
        wanted = wanted or s
        same(s, wanted, dtype)


@case("box attacks and transformations are refused on token ids with what works, and the other way round")
def _():
    for attack in ({"name": "pgd", "norm": "linf", "eps": 1}, {"name": "ddn", "norm": "l2"}):
        refused(2, "samples of .*t.h5 are token ids, where a step of eps means nothing; use token_substitution",
                "validate", config_of("t.h5", attack))
    refused(2, "samples of .*t.h5 are token ids; leave 'transformations' out",
            "validate", config_of("t.h5", transformations=[{"name": "feature_noise"}]))
    token_data("plain.h5", labels=False, kind=None, vocabulary=None, padding=None, low=0, high=30, dtype=np.float32)
    refused(2, "does not say that its samples are token ids .*'kind' \"tokens\"",
            "validate", config_of("plain.h5", substitution(1)))
    refused(2, "none reaches the input of the model .*or for token ids token_substitution",
            "validate", config_of("plain.h5", {"name": "pgd", "norm": "linf", "eps": 1}))
    config = write_config("scaled.json", {"model": MODEL, "data": "t.h5", "preprocess": {"scale": 0.5},
                                          "attacks": [substitution(1)]})
    refused(2, "needs a net that puts its input as it stands into one Embedding.*'preprocess' must be", "validate", config)
    refused(2, "norm.*linf is not offered by this attack; it has l0",
            "validate", config_of("t.h5", {"name": "token_substitution", "norm": "linf", "eps": 1}))


@case("data sets of token ids with a fault are refused by name")
def _():
    def bad(pattern, x=None, **attrs):
        token_data("bad.h5", x, labels=False, **attrs)
        refused(3, pattern, "validate", config_of("bad.h5"))
    half = np.ones((4, LENGTH), np.float32)
    half[2, 3] = 1.5
    bad("row 2, value 3: 1.5 is no token id", half, dtype=np.float32)
    bad("row 0, value 0: 31 is outside the declared box", np.full((4, LENGTH), 31))
    bad("attribute 'kind': 'token' is none of image, table, line and tokens .did you mean 'tokens'", kind="token")
    bad("'kind': image have rank 4", kind="image", vocabulary=None, padding=None)
    bad("integers are token ids, where the attribute 'kind' says \"tokens\"", kind=None)
    bad("token ids need the attribute 'vocabulary'", vocabulary=None)
    bad("attribute 'padding': wants one id of 0..30", padding=31)
    bad("attribute 'allowed_tokens': 40 is not in 0..30", allowed_tokens=[1, 40])
    bad("attribute 'allowed_positions': 12 is not in 0..11", allowed_positions=[12])
    token_data("many.h5", labels=False, vocabulary=[str(i) for i in range(40)])
    refused(2, "has 40 token ids, but the Embedding of .* only 31 rows", "validate", config_of("many.h5", substitution(1)))


main()
