"""Help, listings, schemas, and all that can be wrong with a command line or a config: exit 2 and one line."""
import glob
import json
import os
import re
import shutil
import subprocess

import jsonschema

from suite import ASSAY, MODELS, ROOT, assay, case, good, main, path, refused, same, table_data, write_config

COMMANDS = ["run", "validate", "predict", "inspect", "import", "list", "report", "schema", "version", "help"]
BASE = {"model": os.path.join(MODELS, "hmda_mlp.h5"), "data": "table.h5", "preprocess": {},
        "transformations": [{"name": "feature_noise", "severity": 1}],
        "attacks": [{"name": "fgsm", "eps": "8/255"}, {"name": "pgd", "eps": [0.1, 0.05], "steps": 3, "restarts": 2}],
        "fairness": {"attributes": ["sex", "race"], "reference": {"sex": "male"}}, "output": {"images": 0}}


@case("every command: --help and `help COMMAND` print the same on stdout, nothing on stderr, exit 0")
def _():
    overview = good("help")
    same(good().out, overview.out, "assay without arguments")
    same(good("--help").out, overview.out, "assay --help")
    for command in COMMANDS:
        assert re.search(r"(?m)^  %s +\S" % command, overview.out), "%s is not in the overview" % command
        r = good(command, "--help")
        same(r.err, "", "stderr")
        assert r.out.startswith("usage: assay " + command) and "--quiet" in r.out and "--color" in r.out, r.out
        same(good("help", command).out, r.out, "help " + command)
        same(good(command, "x", "-h", "--nonsense").out, r.out, command + " -h among other words")
    for code in (0, 2, 3, 4, 6):
        assert "\n  %d  " % code in good("help", "exit-codes").out
    same(good("--version").out, good("version").out, "--version")


@case("version --json is one JSON document with the libraries")
def _():
    v = json.loads(good("version", "--json").out)
    same((v["name"], v["numerics"]), ("assay", "assay-f32-v2"), "name and numerics")
    assert len(v["libraries"]) >= 5 and v["version"] and v["git_commit"], v


@case("list: every table; entries with parameters and source")
def _():
    whole = good("list").out
    for table in ("attacks", "transformations", "metrics", "layers"):
        out = good("list", table).out
        assert out in whole, table
        names = re.findall(r"(?m)^  (\S+) ", out)
        assert len(names) >= 3, out
        for name in names[::1 + len(names) // 12]:
            entry = good("list", table, name).out
            assert entry.startswith("  " + name) and "source: " in entry, entry
    assert "required" in good("list", "attacks", "pgd").out
    for name, passes in (("fgsm", "0 forward, 1 gradient a sample"), ("pgd", "0 forward, 40 gradient a sample"),
                         ("ddn", "11 forward, 100 gradient a sample"), ("square", "5000 forward, 0 gradient a sample"),
                         ("universal", "0 forward, 10 gradient for each fitting row")):
        assert "passes: " + passes in good("list", "attacks", name).out, name


@case("list attacks: problem, norms, knowledge, passes and source of each; README's table says the same")
def _():
    with open(os.path.join(ROOT, "README.md")) as f:
        table = re.search(r"(?m)^\| attack \| problem .*\n\|[-|]*\n((?:\|.*\n)+)", f.read()).group(1)
    readme = [[cell.strip(" `") for cell in line.strip("|").split(" | ")] for line in table.splitlines()]
    lines = good("list", "attacks").out.splitlines()[1:]
    same(len(lines), 2 * len(readme), "two lines for each attack of README's table")
    for head, choice, row in zip(lines[::2], lines[1::2], readme):
        name = head.split()[0]
        problem, norms, sees, passes, source = choice.strip().split("; ", 4)
        numbers = re.fullmatch(r"(\S+) forward, (\S+) gradient", passes)
        said = "%s + %s" % numbers.groups() if numbers else "its components'"
        same(row[:5], [name, problem, norms, sees.replace("sees ", ""), said], name)
        entry = good("list", "attacks", name).out
        for what, value in (("problem", problem), ("norms", norms), ("knowledge", row[3]), ("source", source)):
            assert "    %s: %s\n" % (what, value) in entry, (what, entry)
        assert not numbers or "    passes: %s " % passes in entry, entry


def on_terminal(*args, **env):
    """What a command that fails writes to standard error, which is a terminal."""
    main_end, end = os.openpty()
    done = subprocess.run([ASSAY, *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=end,
                          env={**os.environ, "TERM": "xterm", "NO_COLOR": "", **env})
    os.close(end)
    same(done.returncode, 2, "exit code")
    text = os.read(main_end, 4096).decode()
    os.close(main_end)
    return text


@case("--color and NO_COLOR: colour on a terminal, always or never; no other value")
def _():
    plain, red = "assay: error: ", "\033[1;31massay: error: \033[0m"
    words = ("list", "attack")
    for start, said in ((red, on_terminal(*words)), (plain, on_terminal(*words, NO_COLOR="1")),
                        (plain, on_terminal(*words, TERM="dumb")), (plain, on_terminal(*words, "--color", "never")),
                        (red, on_terminal(*words, "--color=always", NO_COLOR="1")),
                        (plain, assay(*words).err), (plain, assay(*words, "--color", "auto").err),
                        (red, assay("list", "--color", "always", "attack").err)):
        assert said.startswith(start), repr(said)
    model = path("not_a_model.h5")
    with open(model, "w") as f:
        f.write("nothing")
    for when, wanted in (("always", True), ("auto", False), ("never", False)):
        same("\033[1;31merror" in assay("inspect", model, "--color", when).out, wanted, "inspect --color " + when)
    same("\033" in good("inspect", "--json", BASE["model"], "--color", "always").out, False, "JSON stays plain")
    refused(2, "--color wants auto, always or never, got 'alway', did you mean 'always'", "list", "--color", "alway")
    refused(2, "--color wants a WHEN", "list", "--color")


@case("unknown commands, tables, names and options: the nearest match")
def _():
    for words, near in ((["runn"], "'run'"), (["lsit"], "'list'"), (["help", "validat"], "'validate'"),
                        (["list", "attack"], "'attacks'"),
                        (["list", "attacks", "pgdd"], "'pgd'"), (["list", "transformations", "rotat"], "'rotate'"),
                        (["list", "metrics", "aucs"], "'auc'"), (["list", "layers", "dens"], "'dense'"),
                        (["schema", "reprot"], "'report'"),
                        (["import", "idxs", "-o", "x"], "'idx'"), (["run", "c", "--limt", "3"], "'--limit'"),
                        (["validate", "c", "--print-efective"], "'--print-effective'"),
                        (["version", "--jsn"], "'--json'")):
        refused(2, near, *words)
    refused(2, r"unknown command 'zzzzzz'", "zzzzzz")
    refused(2, r"unknown command ''", "")


@case("malformed command lines")
def _():
    config = write_config("base.json", BASE)
    table_data("table.h5", 150, 3)
    for words, pattern in (
            (["run"], "argument is missing"), (["run", config], "wants -o DIR"),
            (["run", config, "-o"], "--output wants a DIR"),
            (["run", config, "-o", ""], "--output wants a DIR, got nothing"),
            (["run", config, "more", "-o", "x"], "'more' is not expected"),
            (["run", config, "-o", "x", "--limit", "0"], "at least 1, got '0'"),
            (["run", config, "-o", "x", "--limit=-3"], "got '-3'"),
            (["run", config, "-o", "x", "--limit", "1e3"], "got '1e3'"),
            (["run", config, "-o", "x", "--threads", "99999999999999"], "--threads"),
            (["run", config, "-o", "x", "--threads", "2000"], "at most 1024, got 2000"),
            (["run", config, "-x"], "unknown option '-x'"),
            (["run", config, "-o", "x", "--set"], "--set wants"),
            (["run", config, "-o", "x", "--set", "seed"], "'seed': wants key=value"),
            (["run", config, "-o", "x", "--set", "=3"], "wants key=value"), (["predict", config], "wants -o F.h5"),
            (["inspect"], "missing"),
            (["report", "r.json"], "wants -o F.html"), (["schema"], "missing"),
            (["version", "now"], "'now' is not expected"),
            (["list", "a", "b", "c"], "'c' is not expected"), (["import", "idx"], "-o OUT.h5"), (["import"], "missing"),
            (["import", "idx", "-o", "x"], "--images FILE and --labels FILE"),
            (["import", "csv", "t.csv", "-o", "x"], "--schema"),
            (["import", "idx", "--images", "a", "--labels", "b", "-o", "x", "--rows", "5:5"],
             "--rows wants A:B with A < B, .*'5:5'")):
        refused(2, pattern, *words)
    refused(2, "scalar, avx2, avx512 or auto", "version", env={"ASSAY_CPU": "sse9"})
    assert not os.path.exists("x")


# (--set, what the message must hold); each is checked by `validate` and leaves `run` without an output folder
FAULTS = [
    ("sed=3", "unknown key 'sed': did you mean 'seed'"), ("seed=1.5", "seed = 1.5"), ("seed=-1", "seed = -1"),
    ("seed=9007199254740993", "seed = "), ("seed=[1]", "seed"), ("data=7", "data: wants a string"),
    ("model=7", "model: wants a string"),
    ("preprocess=[]", "'preprocess': wants an object"), ("preprocess.scal=2",
                                                         "unknown key 'scal': did you mean 'scale'"),
    ("preprocess.std=0", "'preprocess': std = 0"), ("preprocess.mean=[1,2,3]", "mean has 3 numbers"),
    ("preprocess.scale=many", "scale"),
    ("attacks={}", "'attacks': wants a list, got an object"), ("attacks.0=3",
                                                               "element 0: wants an object with a \"name\""),
    ("attacks.0.name=fgms", "unknown attack 'fgms' .did you mean 'fgsm'"),
    ("attacks.1.stepz=3", "element 1: pgd: unknown key 'stepz'.*'steps'"),
    ("attacks.0.eps=-1", "fgsm: eps = -1: wants"), ("attacks.0.eps=[]", "eps: list of 0"),
    ("attacks.0.eps=8/0", "eps = \"8/0\""),
    ("attacks.0.eps=[0.1,\"a\"]", "eps"), ("attacks.0.norm=l3", "norm = \"l3\": did you mean"),
    ("attacks.0.target=1", "'target': only with"),
    ("attacks.0.targeted=1", "targeted"), ("attacks.1.steps=0", "steps = 0"), ("attacks.1.steps=2.5", "steps = 2.5"),
    ("attacks.1.iterate=best", "iterate = \"best\""), ("attacks.1.loss=crossentropy",
                                                       "loss.*did you mean \"cross_entropy\""),
    ("attacks.1.id=../up", "'id': '../up'"), ("attacks.1.id=fgsm_linf", "two entries go by the name .fgsm_linf."),
    ("attacks.9.eps=1", "attacks.9.eps"),
    ("transformations.0.severity=6", "severity = 6: wants 1 to 5"), ("transformations.0.name=pgd",
                                                                     "unknown transformation 'pgd'"),
    ("transformations.0.name=rotate", "rotate@1': is for images"), ("fairness.attributes=[]",
                                                                    "'fairness.attributes': wants a list"),
    ("fairness.attributes=[\"sex\",\"sex\"]", "'sex' is named twice"), ("fairness.attributes=[3]",
                                                                        "element 0: wants a string"),
    ("fairness.attributes=[\"sex\",\"rase\"]", "no attribute 'rase' .did you mean 'race'"),
    ("fairness.reference.sx=male", "'sx' is not among .*did you mean 'sex'"),
    ("fairness.reference.sex=mal", "no value 'mal' .did you mean 'male'"),
    ("fairness.reference=3", "'fairness.reference': wants an object"), ("fairness.favorable=2", "favorable': class 2"),
    ("fairness.min_group=0", "min_group = 0"), ("fairness.intersections=2", "intersections"),
    ("leakage.members=", "leakage|members"),
    ("batch.threads=1025", "threads = 1025"), ("output.images=65", "images = 65"),
    ("output=3", "'output': wants an object")]


@case("faults of a config name the file, the key and the fault")
def _():
    config = path("base.json")
    good("validate", config)
    for change, pattern in FAULTS:
        if pattern is None:
            good("validate", config, "--set", change)
            continue
        code = 3 if change == "leakage.members=" else 2
        refused(code, pattern, "validate", config, "--set", change)
        r = refused(code, pattern, "run", config, "-o", path("out"), "--set", change)
        assert re.search(r"base\.json|--set|model \S+hmda_mlp", r.err) or code == 3, r.err
        assert not os.path.exists(path("out")), change


@case("faults of the config file itself: line and column, duplicates, encoding, kinds of file")
def _():
    text = json.dumps(BASE, indent=1)
    without = {key: json.dumps({k: v for k, v in BASE.items() if k != key}) for key in ("preprocess", "data")}
    for bad, pattern in (
            (text[:40], "line 2"), (text.replace('"data"', '"data": "x", "data"', 1), "twice"), (text + "x", "line"),
            ("", "line 1"), ("[]", "wants an object"), ("[" * 5000, "deep|nest"),
            (text.replace('"fgsm"', "'fgsm'"), "line"),
            (text.replace("0.05", "1e999"), "1e999|large|overflow|range"),
            (without["preprocess"], "'preprocess' is required"),
            (without["data"], "'?data'?"), ("{\"a\\u0007\\nb\": 1}", r"unknown key 'a\\x07\\x0ab'")):
        refused(2, "bad.json.*(%s)" % pattern, "run", write_config("bad.json", bad), "-o", path("out"))
    with open(path("bad.json"), "wb") as f:
        f.write(b'{"data": "\xff\xfe"}')
    refused(2, "bad.json.*UTF-8", "validate", path("bad.json"))
    for place in (path("absent.json"), path(), "/dev/null", path("base.json", "x")):
        refused(2, re.escape(place), "run", place, "-o", path("out"))
    assert not os.path.exists(path("out"))


@case("--print-effective fills in every default, is accepted again, and then prints itself")
def _():
    text = good("validate", path("base.json"), "--print-effective").out
    effective = json.loads(text)
    same(effective["attacks"][1]["eps"], [0.05, 0.1], "budgets in ascending order")
    same((effective["attacks"][0]["eps"], effective["seed"]), (8 / 255, 1), "fraction and seed")
    same((effective["attacks"][1]["random_start"], effective["fairness"]["favorable"]), (True, 1), "defaults")
    again = good("validate", write_config("effective.json", text), "--print-effective")
    same(again.out, text, "effective config of the effective config")
    jsonschema.Draft202012Validator(json.loads(good("schema", "config").out)).validate(effective)


@case("schemas are valid draft 2020-12; the config schema takes the shipped configs and refuses typos")
def _():
    for name in ("report", "config", "samples"):
        jsonschema.Draft202012Validator.check_schema(json.loads(good("schema", name).out))
    config = jsonschema.Draft202012Validator(json.loads(good("schema", "config").out))
    shipped = sorted(glob.glob(os.path.join(ROOT, "configs", "*.json")))
    assert len(shipped) >= 2, shipped
    for name in shipped:
        with open(name) as f:
            config.validate(json.load(f))
    config.validate(BASE)
    for change in ({"sed": 1}, {"seed": "1"}, {"preprocess": {"scal": 1}}, {"attacks": [{"name": "fgms", "eps": 1}]},
                   {"attacks": [{"name": "pgd", "eps": 1, "step": 3}]}, {"attacks": [{"name": "pgd"}]},
                   {"attacks": [{"eps": 1}]},
                   {"transformations": [{"name": "feature_noise", "severity": 6}]},
                   {"fairness": {"attribute": ["sex"]}}, {"data": None},
                   {"fairness": {"attributes": []}}, {"output": {"images": 65}},
                   {"attacks": {"name": "pgd", "eps": 1}}):
        assert not config.is_valid(dict(BASE, **change)), "accepted: %s" % change


@case("validate says what will be run, what reaches the net and how well it does; relative paths are the config's")
def _():
    os.mkdir(path("folder"))
    shutil.copy(path("table.h5"), path("folder", "table.h5"))
    config = write_config("folder/rel.json", dict(BASE, preprocess={"scale": 2, "mean": [0.5]}))
    out = good("validate", config, cwd="/").out
    for part in ("150 samples of 14", "adversarial.pgd_linf@0.05 adversarial.pgd_linf@0.1", "150 samples (",
                 "config is valid"):
        assert part in out, "%s\nnot in\n%s" % (part, out)
    low, high = map(float, re.search(r"net input: +(\S+) to (\S+)", out).groups())
    assert -0.5 <= low < -0.4 and 1.4 < high <= 1.5, (low, high)
    refused(3, "table.h5", "validate", config, "--data", "table.h5", cwd="/")
    good("validate", config, "--data", "table.h5", cwd=path())


@case("a full device as stdout is an error of output: exit 4")
def _():
    for words in (["help"], ["list"], ["schema", "report"], ["version", "--json"], ["run", "--help"],
                  ["validate", path("base.json")],
                  ["inspect", path("table.h5")], ["run", path("base.json"), "-o", path("full")]):
        with open("/dev/full", "wb") as full:
            r = assay(*words, stdout=full)
        last = r.err.strip().split("\n")[-1]
        same((r.code, last), (4, "assay: error: cannot write to standard output"), " ".join(words))


@case("--quiet leaves stderr empty; options may stand before or after the config, as --name=value, and -- ends them")
def _():
    r = good("run", "--quiet", "--limit=20", "-o", path("quiet"), "--", path("base.json"))
    same(r.err, "", "stderr")
    assert "(limited)" in r.out, r.out


main()
