"""assay bench: what its numbers mean, the comparison with a baseline, OpenBLAS's children, and what is left behind."""
import json
import os
import signal
import statistics
import subprocess
import time

from suite import ASSAY, Skip, assay, case, environment, good, main, path, refused

FEW = ("--seconds", "0.003", "--quiet")
# 28x28x1 - conv 32 - pool - conv 64 - pool - dense 64 - dense 10, by hand
DEMO_PARAMETERS = (9 + 1) * 32 + (9 * 32 + 1) * 64 + (3136 + 1) * 64 + (64 + 1) * 10
# along an axis of n cells with a border, 3n - 2 taps of the outputs lie inside
DEMO_FORWARD = 2 * (82 * 82 * 32 + 40 * 40 * 32 * 64 + 3136 * 64 + 64 * 10)


def bench(*args, **options):
    return json.loads(good("bench", "--json", *FEW, *args, timeout=600, **options).out)


def close(a, b, relative=1e-9):
    return abs(a - b) <= relative * abs(b)


def write(name, document):
    with open(path(name), "w") as f:
        json.dump(document, f)
    return path(name)


@case("options are checked")
def _():
    refused(2, r"--seconds wants a number above 0", "bench", "--seconds", "0")
    refused(2, r"--seconds wants a number above 0", "bench", "--seconds", "nan")
    refused(2, r"--seconds wants a number above 0", "bench", "--seconds", "1h")
    refused(2, r"--threads wants at most 1024", "bench", "--threads", "1025")
    refused(2, r"--only 'gemn': no row has this in its name", "bench", "--only", "gemn")
    refused(2, r"argument 'gemm' is not expected", "bench", "gemm")


@case("a row's figures follow from its times, and OpenBLAS stands beside a matrix product")
def _():
    document = bench("--only", "gemm.64x1152x128")
    assert document["machine"]["isa"] in ("scalar", "avx2", "avx512")
    [row] = document["rows"]
    assert row["work"] == 2 * 64 * 1152 * 128 and (row["m"], row["n"], row["k"]) == (64, 128, 1152)
    assert len(row["times"]) == len(row["peaks"]) == 15 and min(row["times"]) > 0
    rates = [row["work"] / t / 1e9 for t in row["times"]]
    assert close(row["rate"]["median"], statistics.median(rates)), row["rate"]
    assert close(row["rate"]["min"], min(rates)) and close(row["rate"]["max"], max(rates))
    shares = [r / p for r, p in zip(rates, row["peaks"])]
    assert close(row["share_of_peak"]["median"], statistics.median(shares))
    assert 0 < row["share_of_peak"]["median"] < 1.2, row["share_of_peak"]
    own, *told = row["openblas"]
    assert own["selected_itself"] and not any(t["selected_itself"] for t in told)
    assert own["core"] == document["machine"]["openblas_core"]
    assert len({t["core"] for t in row["openblas"]}) == len(row["openblas"])
    for t in row["openblas"]:
        assert len(t["times"]) == 15 and close(t["rate"]["median"], row["work"] / statistics.median(t["times"]) / 1e9)


@case("a net has the operations of its architecture; its gradient twice as many; no file is left")
def _():
    folder = path("tmp")
    os.mkdir(folder)
    forward, gradient = bench("--only", "net.demo_cnn", "--threads", "2", env={"TMPDIR": folder})["rows"]
    assert forward["name"] == "net.demo_cnn.forward" and gradient["name"] == "net.demo_cnn.gradient"
    assert forward["parameters"] == DEMO_PARAMETERS, forward["parameters"]
    assert forward["work"] == forward["samples"] * DEMO_FORWARD, forward["work"] / forward["samples"]
    assert gradient["work"] == 2 * forward["work"] and gradient["threads"] == 2
    assert close(gradient["samples_per_second"], gradient["samples"] / statistics.median(gradient["times"]))
    assert 0 < gradient["busy"]["median"] <= 1.05
    assert os.listdir(folder) == []


@case("every net is built, read and measured")
def _():
    if os.environ.get("ASSAY_CPU") == "scalar":
        raise Skip("the large nets take minutes on the scalar kernels")
    names = {r["name"] for r in bench("--only", "forward", "--threads", "1")["rows"]}
    assert names == {"net.%s.forward" % n for n in ("demo_cnn", "dense", "vgg", "resnet20", "mini_xception")}, names


@case("a folder that cannot take the nets' files is named")
def _():
    for code, said, folder in ((4, r"cannot make a temporary folder .*/absent/", path("absent")),
                               (2, r"TMPDIR: a path of more than", "/tmp/" + 1200 * "x")):
        refused(code, said, "bench", *FEW, "--only", "net", env={"TMPDIR": folder})


@case("the table has the rows that were asked for")
def _():
    out = good("bench", *FEW, "--only", "peak").out
    assert "peak.one_thread" in out and "peak.all_threads" in out and "gemm" not in out, out
    out = good("bench", *FEW, "--only", "depthwise").out
    assert out.count("depthwise3x3") == 4 and "% " in out, out


@case("the instruction set can be limited, and the peak is then that one's")
def _():
    own = bench("--only", "peak.one")
    fast = own["rows"][0]["rate"]["median"]
    document = bench("--only", "peak.one", env={"ASSAY_CPU": "scalar"})
    assert document["machine"]["isa"] == "scalar"
    if own["machine"]["isa"] != "scalar":  # else two measurements of one thing, on a machine that others may use
        assert document["rows"][0]["rate"]["median"] < 1.2 * fast


@case("against a baseline: twice as fast, half as fast, and noise")
def _():
    document = bench("--only", "conv3x3.28x28.32")
    for factor, verdict, low, high in ((4, "faster", 2, 8), (0.25, "slower", 0.125, 0.5)):
        changed = json.loads(json.dumps(document))
        changed["rows"][0]["times"] = [t * factor for t in document["rows"][0]["times"]]
        [row] = bench("--only", "conv3x3.28x28.32", "--baseline", write("changed.json", changed))["rows"]
        compared = row["baseline"]
        assert compared["verdict"] == verdict and low < compared["ratio"] < high, compared
        assert compared["low"] <= compared["ratio"] <= compared["high"], compared
    wide = json.loads(json.dumps(document))
    median = statistics.median(document["rows"][0]["times"])
    wide["rows"][0]["times"] = [median * f for f in (0.3, 0.5, 2, 1, 3, 0.4, 1.1, 0.9, 4, 0.2, 1, 2.5, 0.6, 1, 1.5)]
    r = good("bench", *FEW, "--only", "conv3x3.28x28.32", "--baseline", write("wide.json", wide))
    assert "no change detected" in r.out, r.out


@case("rows that the baseline lacks, or another instruction set, are said")
def _():
    document = bench("--only", "add.16384")
    document["machine"]["isa"] = "sse9"
    r = good("bench", *FEW, "--only", "16384", "--baseline", write("other.json", document))
    assert "measured with isa sse9" in r.err and "6 of 7 rows are not in the baseline" in r.err, r.err


@case("a baseline that is none is refused")
def _():
    document = bench("--only", "add.16384")

    def refuses(said, file):
        refused(3, said, "bench", *FEW, "--baseline", file)

    refuses(r"absent.json", path("absent.json"))
    refuses(r"is not the output of assay bench --json", write("none.json", {"rows": []}))
    refuses(r"turns: wants a whole number", write("turns.json", {**document, "turns": 0}))
    for times in ([], [1, -1, 1], [0, 0, 0], ["1", "2", "3"], [1e-3] * 4, [1e-3] * 18, {"0": 1}):
        document["rows"][0]["times"] = times
        refuses(r"rows\.0: wants a name", write("times.json", document))


def serve(lines):
    return subprocess.run([ASSAY, "bench", "--sgemm"], input=lines, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=environment())


@case("the sgemm child answers lines, and refuses others")
def _():
    done = serve(b"64 32 16 0.001\n8 8 8 0\n")
    core, *times = done.stdout.decode().split()
    assert done.returncode == 0 and core.isalnum() and len(times) == 2 and all(float(t) > 0 for t in times), done
    for line in (b"1 2 3\n", b"0 1 1 1\n", b"1 1 1 nan\n", b"99999999999 99999999999 1 1\n", b"x\n"):
        done = serve(line)
        assert done.returncode == 2 and b'wants lines "M N K SECONDS"' in done.stderr, done


def start(folder, *args):
    return subprocess.Popen([ASSAY, "bench", "--quiet", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            env=environment({"TMPDIR": folder}))


def children(pid):
    """Those of a process; none once it has ended."""
    try:
        with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
            return [int(c) for c in f.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


@case("ended by a signal while it builds nets, it leaves no file and no child")
def _():
    folder = path("signal")
    os.mkdir(folder)
    for delay in (0.15, 0.3, 0.5):
        p = start(folder, "--seconds", "60", "--only", "net")
        time.sleep(delay)
        below = children(p.pid)
        p.terminate()
        p.communicate(timeout=30)
        deadline = time.monotonic() + 30
        while any(os.path.exists("/proc/%d" % c) for c in below):
            assert time.monotonic() < deadline, "children live on"
            time.sleep(0.05)
        assert p.returncode == -signal.SIGTERM and os.listdir(folder) == [], (p.returncode, os.listdir(folder))


@case("a child that ends is left out")
def _():
    p = start(path(), "--seconds", "1", "--only", "gemm.64x1152x128")
    deadline = time.monotonic() + 30
    while not children(p.pid) and time.monotonic() < deadline and p.poll() is None:
        time.sleep(0.02)
    time.sleep(0.3)
    below = children(p.pid)
    if below:  # none where OpenBLAS has but one core type for this processor and instruction set
        os.kill(below[0], signal.SIGKILL)
    out, err = p.communicate(timeout=60)
    assert p.returncode == 0 and b"gemm.64x1152x128" in out, (p.returncode, err)
    assert not below or b"gives no more times" in err, err


main()
