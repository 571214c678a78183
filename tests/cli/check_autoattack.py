"""Chains of attacks: autoattack's components as scenarios of their own, each on what still stands, and chains by hand."""
import os

import h5py
import numpy as np

from suite import (MODELS, case, digest_of, good, main, metric_of, near, path, refused, report_of, same, samples_of, test_of,
                   write_config, write_data)

RANDOM = np.random.default_rng(4)
ROWS = 40


def config(attacks, name="c.json", **more):
    return write_config(name, dict({"model": os.path.join(MODELS, "fashion_cnn.h5"), "data": "x.h5", "seed": 2,
                                    "preprocess": {"scale": 1 / 255}, "attacks": attacks, "output": {"images": 0}}, **more))


def prepare():
    coarse = RANDOM.uniform(0, 255, (ROWS, 7, 7, 1)).repeat(4, 1).repeat(4, 2).astype("u1")
    write_data("x.h5", coarse, np.zeros(ROWS, "i4"), high=255)
    good("predict", config([]), "-o", path("p.h5"))
    with h5py.File(path("p.h5")) as f:
        write_data("x.h5", coarse, f["predicted"][:], high=255)


CHAIN = ["adversarial.autoattack_linf" + s + "@5" for s in ("_apgd_ce", "_apgd_t", "_fab_t", "")]


@case("autoattack is its components, each on what still stands; the last has its name and tells the whole")
def standard():
    prepare()
    good("run", config([{"name": "autoattack", "norm": "linf", "eps": [5], "queries": 400}]), "-o", path("aa"))
    samples = samples_of(path("aa"))
    same(sorted(samples), sorted(["clean"] + CHAIN), "scenarios")
    standing = np.ones(ROWS, bool)
    for i, scenario in enumerate(CHAIN):
        rows = samples[scenario]
        taken = rows["carried"] == 1
        same(list(taken), list(~standing), "rows taken over by " + scenario)
        assert not (rows["success"][~standing] == 0).any(), scenario
        same(list(rows["linf"] <= 5), [True] * ROWS, "budget of " + scenario)
        standing &= rows["success"] == 0
        value = metric_of(test_of(report_of(path("aa")), "robustness." + scenario.split("@")[0], scenario),
                          "robust_accuracy")["value"]
        near(value, standing.mean(), 1e-12, scenario)
    assert 0 < standing.sum() < ROWS, standing.sum()


@case("a component alone breaks what it breaks in the chain; one and two threads agree")
def components():
    good("run", config([{"name": "apgd", "norm": "linf", "eps": [5], "queries": 400, "id": "autoattack_linf_apgd_ce"}]),
         "-o", path("alone"))
    chain, alone = samples_of(path("aa"))[CHAIN[0]], samples_of(path("alone"))[CHAIN[0]]
    same(list(alone["success"]), list(chain["success"]), "apgd alone")
    good("run", config([{"name": "autoattack", "norm": "linf", "eps": [5], "queries": 400}], batch={"threads": 1}), "-o",
         path("one"))
    same(digest_of(path("one")), digest_of(path("aa")), "digest")


@case("a chain by hand: a minimal attack after another takes on the survivors, within eps")
def by_hand():
    good("run", config([{"name": "fgsm", "norm": "l2", "eps": [20, 60]},
                        {"name": "ddn", "norm": "l2", "eps": [20, 60], "steps": 200, "after": "fgsm_l2"}]), "-o",
         path("hand"))
    samples = samples_of(path("hand"))
    for eps in (20, 60):
        first, then = samples["adversarial.fgsm_l2@%d" % eps], samples["adversarial.ddn_l2@%d" % eps]
        assert (then["success"] >= first["success"]).all()
        assert (then["l2"] <= eps).all()
    assert then["success"].sum() > first["success"].sum(), (then["success"].sum(), first["success"].sum())
    refused(2, "ddn: 'after': this attack looks for the smallest change of every sample; give it the 'eps'", "validate",
            config([{"name": "fgsm", "norm": "l2", "eps": [1]}, {"name": "ddn", "norm": "l2", "after": "fgsm_l2"}]))


@case("all samples broken by the first component is no error")
def all_broken():
    good("run", config([{"name": "autoattack", "norm": "linf", "eps": [120], "version": "plus"}]), "-o", path("all"))
    samples = samples_of(path("all"))
    same(sum(s.startswith("adversarial.") for s in samples), 6, "components of plus")
    same(int(samples["adversarial.autoattack_linf@120"]["success"].sum()), ROWS, "broken")


@case("what cannot be is refused")
def refusals():
    refused(2, "autoattack: 'norm': l0 is not offered", "validate", config([{"name": "autoattack", "norm": "l0", "eps": 3}]))
    refused(2, "autoattack: key 'eps' is missing", "validate", config([{"name": "autoattack", "norm": "l2"}]))
    refused(2, "version", "validate", config([{"name": "autoattack", "eps": 1, "version": "standart"}]))


main()
