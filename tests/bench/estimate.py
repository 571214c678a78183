#!/usr/bin/python3
"""How long `assay validate` says a run takes, and how long it takes: for every attack of `assay list attacks`, for the
demo configs, with defences and with --keep-adversarial.

    estimate.py ASSAY --data DIR [--rounds R] [--threads T] [--limit N] [--only PART] [--subjects images,table,tokens]

Estimate and run come one after the other, R times; the medians are printed. `taken` is the wall time of `assay run`,
`busy` its processor time over its threads (what it takes on a machine that does nothing else, if all threads are at
work). Runs below 0.5 s are to be told as "under a second". Ends with 1 if an estimate is neither within a factor of 2 of
the one nor of the other nor between them: other programs may take what they like in the meantime."""
import argparse
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SUBJECTS = {"images": ("fashion_cnn.h5", "fashion_test.h5", {"scale": 0.00392156862745098}, "SUBJECT_IMAGE"),
            "table": ("hmda_mlp.h5", "hmda_test.h5", {}, "SUBJECT_TABLE"),
            "tokens": ("words_cnn.h5", "words_test.h5", {}, "SUBJECT_TOKENS")}
EPS = {"images": {"linf": 8, "l2": 128, "l1": 1000, "l0": 10}, "table": {"linf": .05, "l2": .1, "l1": .3, "l0": 2},
       "tokens": {"l0": 2}}
# Attacks whose defaults take hours on some hundred samples.
SMALL = {"zoo": {"rounds": 1, "steps": 20}, "boundary": {"queries": 1000}, "hopskipjump": {"queries": 1000},
         "spsa": {"iterations": 10}, "cw": {"rounds": 3, "steps": 100}, "ead": {"rounds": 3, "steps": 100},
         "one_pixel": {"generations": 30}, "autoattack": {}}


def attacks(o):
    """(name, norms, problem, inputs) of each."""
    names = re.findall(r"^  (\w+)  ", subprocess.run([o.assay, "list", "attacks"], check=True, text=True,
                                                     stdout=subprocess.PIPE).stdout, re.M)
    for name in dict.fromkeys(names):
        text = subprocess.run([o.assay, "list", "attacks", name], text=True, stdout=subprocess.PIPE).stdout
        norms, problem = re.search(r"norms: (.*)", text), re.search(r"problem: (.*)", text)
        if norms:
            yield name, norms.group(1).split(", "), problem.group(1) if problem else ""


def cases(o):
    """(title, config, further options of run)."""
    for subject in o.subjects.split(","):
        model, data, preprocess, _ = SUBJECTS[subject]
        base = {"model": os.path.join(ROOT, "datasets", "models", model), "data": os.path.join(o.data, data),
                "seed": 1, "preprocess": preprocess}
        for name, norms, problem in attacks(o):
            for norm in norms:
                if norm not in EPS[subject] or (subject == "tokens") != (name == "token_substitution"):
                    continue
                entry = dict({"name": name, "norm": norm}, **SMALL.get(name, {}))
                if problem != "minimal":
                    entry["eps"] = [EPS[subject][norm]]
                yield "%s %s %s" % (subject, name, norm), dict(base, attacks=[entry]), []
        pgd = {"name": "pgd", "norm": "linf", "eps": [4, 8], "steps": 20}
        if subject == "images":
            for defence in ({"name": "bit_depth", "bits": 4}, {"name": "gaussian_noise"}):
                yield "images pgd behind " + defence["name"], dict(base, attacks=[dict(pgd, eot=8)
                                                                                  if defence["name"] != "bit_depth"
                                                                                  else pgd], defence=[defence]), []
            yield "images pgd --keep-adversarial", dict(base, attacks=[pgd]), ["--keep-adversarial"]
        with open(os.path.join(ROOT, "configs", "demo_%s.json" % {"images": "fashion", "table": "hmda",
                                                                   "tokens": "words"}[subject])) as f:
            demo = json.load(f)
        demo.update(base)
        demo["leakage"]["members"] = os.path.join(o.data, os.path.basename(demo["leakage"]["members"]))
        yield "%s demo config" % subject, demo, []


def once(o, folder, config, more):
    """(said, wall, busy) in seconds; said None: under a second. A string: what it says against the config."""
    path = os.path.join(folder, "config.json")
    with open(path, "w") as f:
        json.dump(config, f)
    common = [path, "--threads", str(o.threads), "--limit", str(o.limit)]
    p = subprocess.run([o.assay, "validate"] + common, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if p.returncode:
        return p.stderr.strip()
    said = re.search(r"^time: +(?:about ([0-9.]+) s|under a second)", p.stdout, re.M).group(1)
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run([o.assay, "run"] + common + ["-o", os.path.join(folder, "out"), "--force", "--quiet"] + more,
                   check=True, stdout=subprocess.DEVNULL)
    wall, after = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return (float(said) if said else None), wall, cpu / o.threads


def judge(rounds):
    """(said, wall, busy, ratio or None, good) of several rounds."""
    saids = [s if s is not None else 0 for s, _, _ in rounds]
    said, wall, busy = (statistics.median(v) for v in (saids, [w for _, w, _ in rounds], [b for _, _, b in rounds]))
    low, high = min(wall, busy), max(wall, busy)
    if said < 0.5:
        return said, wall, busy, None, low < 1
    return said, wall, busy, said / wall, low / 2 <= said <= 2 * high


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("assay")
    p.add_argument("--data", default=os.path.join(ROOT, "demo", "data"))
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--limit", type=int, default=300)
    p.add_argument("--only", default="")
    p.add_argument("--subjects", default="images,table,tokens")
    o = p.parse_args()
    bad = 0
    print("| run | said s | taken s | busy s | said / taken |\n|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory(prefix="assay-estimate.") as folder:
        for title, config, more in cases(o):
            if o.only not in title:
                continue
            rounds = [once(o, folder, config, more) for _ in range(o.rounds)]
            if isinstance(rounds[0], str):
                print("(%s: %s)" % (title, rounds[0][:200]), file=sys.stderr)
                continue
            said, wall, busy, ratio, good = judge(rounds)
            bad += not good
            print("| %s | %s | %.2f | %.2f | %s%s |" % (
                title, "%.1f" % said if ratio else "under 1", wall, busy, "%.2f" % ratio if ratio else "-",
                "" if good else " BAD"), flush=True)
    print("%d beyond a factor of 2" % bad)
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
