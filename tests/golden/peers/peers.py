"""The peers' attacks, each as run(subject, norm, steps, u, y) -> points; PEERS says who has which.

FOLDER holds them as they are fetched (README.md): auto-attack, adversarial-library, foolbox, eagerpy,
adversarial-robustness-toolbox. Packages that they import for what their attacks do not need are stood in for."""
import importlib.machinery
import os
import sys
import types

import torch

P = {"linf": float("inf"), "l2": 2, "l1": 1, "l0": 0}


def absent(name, **parts):
    try:
        __import__(name)
    except ImportError:
        module = types.ModuleType(name)
        module.__spec__ = importlib.machinery.ModuleSpec(name, None)
        module.__dict__.update(parts)
        sys.modules[name] = module


def find(folder):
    """Put the peers on the path; the names of those that are there."""
    absent("visdom", Visdom=object)
    absent("git", Repo=object)
    absent("tqdm.auto", tqdm=lambda x, **_: x, trange=lambda n, **_: range(n))
    absent("tqdm", tqdm=lambda x, **_: x, trange=lambda n, **_: range(n), auto=sys.modules["tqdm.auto"])
    there = sorted(os.listdir(folder))
    sys.path[1:1] = [os.path.join(folder, f) for f in there]
    return there


def by_parts(run, rows):
    return lambda s, norm, steps, u, y: torch.cat([run(s, norm, steps, u[i:i + rows], y[i:i + rows])
                                                   for i in range(0, len(u), rows)])


def fab_official(targeted):
    """One run, or one a target: its own `perturb` leaves a sample alone once it is broken within its eps, and of a
    search without eps it would be against the first target alone."""
    def run(s, norm, steps, u, y):
        from autoattack.fab_pt import FABAttack_PT
        others = s.net(u[:1]).shape[1] - 1
        a = FABAttack_PT(s.net, n_restarts=1, n_iter=steps, eps=1e3, seed=0, norm=norm.capitalize(), verbose=False,
                         device="cpu", targeted=targeted, n_target_classes=min(9, others))
        if not targeted:
            return a.perturb(u, y)
        best, shortest = u.clone(), torch.full((len(u),), float("inf"))
        for a.target_class in range(2, min(9, others) + 2):
            adv = a.attack_single_run(u, y, use_rand_start=False, is_targeted=True)
            with torch.no_grad():
                broken = s.net(adv).argmax(1) != y
            length = torch.where(broken, (adv - u).flatten(1).norm(p=P[norm], dim=1), float("inf"))
            best[length < shortest] = adv[length < shortest]
            shortest = torch.minimum(length, shortest)
        return best
    return by_parts(run, 100)


def adv_lib(kind):
    def run(s, norm, steps, u, y):
        import adv_lib.attacks as attacks
        if kind == "ddn":
            return attacks.ddn(s.net, u, y, steps=steps, levels=None)
        if kind == "fmn":
            return attacks.fmn(s.net, u, y, norm=P[norm], steps=steps)
        if kind == "deepfool":
            return attacks.df(s.net, u, y, steps=steps, norm=P[norm])
        if kind == "cw":
            return attacks.carlini_wagner_l2(s.net, u, y, max_iterations=steps, binary_search_steps=9)
        if kind == "sigma_zero":
            return attacks.sigma_zero(s.net, u, y, num_steps=steps)
        return attacks.fab(s.net, u, y, norm=P[norm], n_iter=steps, restarts=1)
    return by_parts(run, 250)


def foolbox(kind):
    def run(s, norm, steps, u, y):
        import foolbox as fb
        model = fb.PyTorchModel(s.net.eval(), bounds=(0, 1), device="cpu")
        f = fb.attacks
        more = {}
        if kind == "fmn":
            make = {"linf": f.LInfFMNAttack, "l2": f.L2FMNAttack, "l1": f.L1FMNAttack, "l0": f.L0FMNAttack}[norm]
        elif kind == "deepfool":
            make = {"linf": f.LinfDeepFoolAttack, "l2": f.L2DeepFoolAttack}[norm]
        elif kind == "ead":  # the weight of L1 is assay's; 0.01, its own, is weaker in L1
            make, more = f.EADAttack, {"decision_rule": "L1", "regularization": 0.001}
        else:
            make = {"ddn": f.DDNAttack, "cw": f.L2CarliniWagnerAttack}[kind]
        adv = make(steps=steps, **more)(model, u, y, epsilons=None)[0]
        # Where its cw and ead found nothing they give a point of zeros, which is no answer even if it is adversarial.
        nothing = (adv.flatten(1) == 0).all(1) & (kind in ("cw", "ead"))
        return torch.where(nothing.reshape(-1, *[1] * (u.dim() - 1)), u, adv)
    return by_parts(run, 250)


def art(s, u):
    from art.estimators.classification import PyTorchClassifier
    shape = tuple(u.shape[1:])
    classes = s.net(u[:1]).shape[1]
    return PyTorchClassifier(s.net, torch.nn.CrossEntropyLoss(), shape, classes, clip_values=(0, 1), device_type="cpu")


def art_jsma(s, norm, steps, u, y):
    """It wants a target: the likeliest other class."""
    from art.attacks.evasion.saliency_map import SaliencyMapMethod
    with torch.no_grad():
        z = s.net(u)
    z[torch.arange(len(y)), y] = -float("inf")
    a = SaliencyMapMethod(art(s, u), theta=1.0, gamma=0.2, batch_size=250, verbose=False)
    return torch.from_numpy(a.generate(u.numpy(), z.argmax(1).numpy()))


PEERS = {"fab_t": [("auto-attack", fab_official(True))],
         "fab": [("auto-attack", fab_official(False)), ("adversarial-library", adv_lib("fab"))],
         "ddn": [("adversarial-library", adv_lib("ddn")), ("foolbox", foolbox("ddn"))],
         "fmn": [("adversarial-library", adv_lib("fmn")), ("foolbox", foolbox("fmn"))],
         "deepfool": [("adversarial-library", adv_lib("deepfool")), ("foolbox", foolbox("deepfool"))],
         "cw": [("adversarial-library", adv_lib("cw")), ("foolbox", foolbox("cw"))],
         "sigma_zero": [("adversarial-library", adv_lib("sigma_zero"))],
         "ead": [("foolbox", foolbox("ead"))],
         "jsma": [("adversarial-robustness-toolbox", art_jsma)]}
VERSIONED = ("auto-attack", "adversarial-library", "foolbox", "adversarial-robustness-toolbox")
