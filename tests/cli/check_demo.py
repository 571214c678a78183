"""The accuracies that the README states, on the whole test sets of the demo."""
import os
import subprocess
import sys

from suite import ASSAY, MODELS, ROOT, Skip, case, good, import_fashion, main, metric_of, path, report_of, same, test_of, write_config


sys.path.insert(0, os.path.join(ROOT, "tests", "reports"))
import compare_values  # noqa: E402

run = {}


def correct(config, folder):
    """(correct, rows) of a clean run."""
    good("run", write_config(folder + ".json", config), "-o", path(folder))
    accuracy = metric_of(test_of(report_of(path(folder)), "robustness.clean"), "accuracy")
    return accuracy["count"], accuracy["n"]


def not_scalar():
    if os.environ.get("ASSAY_CPU") == "scalar":
        raise Skip("10,000 images take minutes on the scalar kernels")


@case("fashion_cnn.h5 and fashion_cnn_adversarial.h5 on all 10,000 test images")
def _():
    not_scalar()
    import_fashion("fashion.h5", "t10k", 0, 10000)
    for model, wanted in (("fashion_cnn", 9082), ("fashion_cnn_adversarial", 8783)):
        config = {"model": os.path.join(MODELS, model + ".h5"), "data": "fashion.h5",
                  "preprocess": {"scale": 0.00392156862745098}}
        same(correct(config, model), (wanted, 10000), model)


@case("hmda_mlp.h5 on all 780 applications held out")
def _():
    data = os.path.join(ROOT, "demo", "data", "hmda_test.h5")
    if not os.path.exists(data):
        made = subprocess.run(["sh", os.path.join(ROOT, "datasets", "demo", "prepare.sh"), ASSAY, path("data")],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        data = path("data", "hmda_test.h5")
        if not os.path.exists(data):
            raise Skip("the HMDA table cannot be had: " + made.stdout.decode(errors="replace").strip().split("\n")[-1])
    config = {"model": os.path.join(MODELS, "hmda_mlp.h5"), "data": data, "preprocess": {}}
    same(correct(config, "hmda"), (699, 780), "hmda_mlp")
    run["data"] = data


@case("words_cnn.h5 on all 2,000 words held out, and with every attack of the demo")
def _():
    lists = [os.path.join(os.environ.get("WORD_LISTS", "/usr/share/dict"), name) for name in ("american-english", "ngerman")]
    if not all(map(os.path.exists, lists)):
        raise Skip("there are no word lists (Debian packages wamerican, wngerman)")
    subprocess.run([sys.executable, os.path.join(ROOT, "datasets", "demo", "words.py"), *lists, path("words_test.h5"),
                    path("words_members.h5")], check=True)
    config = {"model": os.path.join(MODELS, "words_cnn.h5"), "data": "words_test.h5", "preprocess": {}}
    same(correct(config, "words"), (1815, 2000), "words_cnn")
    good("run", os.path.join(ROOT, "configs", "demo_words.json"), "-o", path("words_demo"), "--data",
         path("words_test.h5"), "--set", "leakage.members=" + path("words_members.h5"))
    robust = {name: metric_of(test_of(report_of(path("words_demo")), "robustness.adversarial." + name,
                                      "adversarial.%s@1" % name), "robust_accuracy")["value"]
              for name in ("token_substitution_l0", "token_substitution_random")}
    assert robust["token_substitution_l0"] < robust["token_substitution_random"] - 0.1, robust


@case("the demo table's report takes less than 640 kB; with all forms it holds the same values and more")
def _():
    if "data" not in run:
        raise Skip("the HMDA table cannot be had")
    config = os.path.join(ROOT, "configs", "demo_hmda.json")
    members = run["data"].replace("hmda_test", "hmda_members")
    for forms in ("default", "all"):
        good("run", config, "-o", path(forms), "--data", run["data"], "--set", "leakage.members=" + members, "--set",
             "fairness.forms=" + forms)
    size = os.path.getsize(path("default", "report.json"))
    assert size < 640000, "%d bytes" % size
    same(list(compare_values.differences(report_of(path("default")), report_of(path("all")))), [], "values")


main()
