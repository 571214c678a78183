#!/usr/bin/python3
"""Throughput of `assay run` on two threads against one, and the time a sample takes against the number of samples.

    scaling.py ASSAY [--model F] [--data F] [--rounds R] [--samples N] [--sizes N,N,...] [--threads T,T,...]

PGD-40 (Linf, eps 8 of 255, random start) on the demo net and data (make demo), report included. The settings
alternate within each round. busy: processor time over wall time and threads; below 1 where threads waited, for each
other or for the machine. waits: how often the system took a processor from a thread. stolen: the share of the
processors' time that the hypervisor gave to others meanwhile, as far as it tells. A ratio from a round with stolen time
says little."""
import argparse
import json
import os
import resource
import statistics
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def cpu_times():
    """(stolen, all) ticks of all processors since the start; (0, 0) where the system does not tell."""
    try:
        with open("/proc/stat") as f:
            fields = [int(v) for v in f.readline().split()[1:9]]
        return fields[7], sum(fields)
    except (OSError, IndexError):
        return 0, 0


def run_once(o, folder, threads, samples):
    config = os.path.join(folder, "config.json")
    with open(config, "w") as f:
        json.dump({"model": os.path.abspath(o.model), "data": os.path.abspath(o.data), "seed": 1,
                   "preprocess": {"scale": 0.00392156862745098}, "output": {"images": 0},
                   "attacks": [{"name": "pgd", "norm": "linf", "eps": [8], "steps": 40}]}, f)
    before, stolen = resource.getrusage(resource.RUSAGE_CHILDREN), cpu_times()
    start = time.perf_counter()
    subprocess.run([o.assay, "run", config, "-o", os.path.join(folder, "out"), "--force", "--quiet", "--threads",
                    str(threads), "--limit", str(samples)], check=True, stdout=subprocess.DEVNULL)
    wall = time.perf_counter() - start
    after, now = resource.getrusage(resource.RUSAGE_CHILDREN), cpu_times()
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall": wall, "busy": cpu / wall / threads, "waits": after.ru_nivcsw - before.ru_nivcsw,
            "stolen": (now[0] - stolen[0]) / max(1, now[1] - stolen[1])}


def print_row(name, runs, scale, unit):
    values = [r["wall"] * scale for r in runs]
    print("  %-28s %9.3f %9.3f %9.3f %-3s  busy %.3f  waits %5d  stolen %.3f" % (
        name, min(values), statistics.median(values), max(values), unit, statistics.median(r["busy"] for r in runs),
        statistics.median(r["waits"] for r in runs), max(r["stolen"] for r in runs)))


def print_ratio(few, many):
    """Of throughput: of the fastest runs, and the middle of the rounds."""
    fastest = min(r["wall"] for r in few) / min(r["wall"] for r in many)
    rounds = sorted(a["wall"] / b["wall"] for a, b in zip(few, many))
    print("  throughput ratio             %9.3f fastest, %.3f median of the rounds (%.3f to %.3f)\n" % (
        fastest, statistics.median(rounds), rounds[0], rounds[-1]))


def numbers(text):
    return [int(v) for v in text.split(",")]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("assay")
    p.add_argument("--model", default=os.path.join(ROOT, "datasets", "models", "fashion_cnn.h5"))
    p.add_argument("--data", default=os.path.join(ROOT, "demo", "data", "fashion_test.h5"))
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--samples", type=int, default=1000, help="of the comparison of threads")
    p.add_argument("--sizes", type=numbers, default=[500, 1000, 2000], help="of the comparison of sizes")
    p.add_argument("--threads", type=numbers, default=[1, 2])
    o = p.parse_args()
    threads, sizes = {t: [] for t in o.threads}, {n: [] for n in o.sizes}
    with tempfile.TemporaryDirectory(prefix="assay-scaling.") as folder:
        run_once(o, folder, o.threads[-1], 64)
        for _ in range(o.rounds):
            for t in threads:
                threads[t].append(run_once(o, folder, t, o.samples))
            for n in sizes:
                sizes[n].append(run_once(o, folder, o.threads[-1], n))
    print("PGD-40, %d rounds\n\n%d samples%17s %9s %9s %9s" % (o.rounds, o.samples, "", "min", "median", "max"))
    for t, runs in threads.items():
        print_row("%d threads" % t, runs, 1, "s")
    print_ratio(threads[o.threads[0]], threads[o.threads[-1]])
    print("time a sample, %d threads" % o.threads[-1])
    for n, runs in sizes.items():
        print_row("%d samples" % n, runs, 1000 / n, "ms")


if __name__ == "__main__":
    main()
