"""report.html on narrow screens: tables scroll in boxes of their own, the page never scrolls sideways."""
import json
import os
import shutil
import subprocess

from suite import MODELS, Skip, case, good, main, path, report_of, same, table_data, write_config

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WIDTH = 400
LONG = "Sehr_langer_Name_ohne_Leerstelle_" * 4
FREE_TEXT = ("name", "path", "value", "attribute", "message", "class", "file", "place", "subject", "advice", "title",
             "reason", "status_reason", "cpu", "os", "test_id", "scenario")
MEASURE = """<script>onload = function () {
var root = document.documentElement, seen = {width: innerWidth, scroll: root.scrollWidth, tables: 0, loose: 0};
document.querySelectorAll("table").forEach(function (t) { seen.tables++; seen.loose += t.closest(".wide") === null; });
parent.postMessage(JSON.stringify(seen), "*"); }</script></body>"""
FRAME = """<script>onmessage = function (m) { document.title = m.data; }</script>
<iframe style="border:0" width="%d" height="900" src="%s"></iframe>"""


def measured(name):
    """What a browser makes of the page in a frame of WIDTH pixels (its own windows have a least width)."""
    if CHROMIUM is None:
        raise Skip("there is no chromium")
    with open(path(name), encoding="utf-8") as f:
        page = f.read()
    with open(path("inner.html"), "w", encoding="utf-8") as f:
        f.write(page.replace("</body>", MEASURE))
    with open(path("outer.html"), "w") as f:
        f.write(FRAME % (WIDTH, "inner.html"))
    shown = subprocess.run([CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                            "--user-data-dir=" + path("browser"), "--virtual-time-budget=5000", "--dump-dom",
                            "file://" + path("outer.html")], capture_output=True, timeout=120).stdout.decode()
    if "<title>{" not in shown:
        raise Skip("chromium does not run here")
    return json.loads(shown.split("<title>")[1].split("</title>")[0])


def stretched(node, key=None):
    """The report with a long word without a blank behind every free text."""
    if isinstance(node, dict):
        return {k: stretched(v, k) for k, v in node.items()}
    if isinstance(node, list):
        return [stretched(v, key) for v in node]
    return node + LONG if isinstance(node, str) and key in FREE_TEXT else node


def check(name):
    seen = measured(name)
    assert seen["tables"] > 10, seen
    same((seen["width"], seen["scroll"], seen["loose"]), (WIDTH, WIDTH, 0), "width, width of the page, loose tables")


@case("at 400 pixels the page does not scroll sideways, and every table stands in a box that does")
def _():
    table_data("table.h5", 200, 3)
    config = write_config("page.json", {
        "model": os.path.join(MODELS, "hmda_mlp.h5"), "data": "table.h5", "preprocess": {},
        "transformations": [{"name": "missing_values", "severity": [1, 3]}],
        "attacks": [{"name": "pgd", "eps": [0.05, 0.2], "steps": 5}, {"name": "ddn", "steps": 5}]})
    good("run", config, "-o", path("out"))
    check(os.path.join("out", "report.html"))


@case("nor does it where every name is one long word")
def _():
    with open(path("stretched.json"), "w") as f:
        json.dump(stretched(report_of(path("out"))), f)
    good("report", path("stretched.json"), "-o", path("stretched.html"))
    check("stretched.html")


main()
