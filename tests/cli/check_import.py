"""`assay import csv`: the habits of real tables, the schema's keys, every refusal. Values are read back by h5py."""
import json
import os
import re
import subprocess
import sys

import h5py
import numpy as np

from suite import ASSAY, Skip, case, environment, good, main, path, refused, same, write_config

S = {"label": {"column": "income", "values": ["<=50K", ">50K"]},
     "features": [{"column": "age", "kind": "numeric"}, {"column": "hours", "kind": "integer"}],
     "attributes": [{"column": "sex", "values": ["Male", "Female"]}]}
GOOD = "age,hours,sex,income\n39,40,Male,<=50K\n50,13,Female,>50K\n"
X = [[39, 40], [50, 13]]


def command(text, schema, *more):
    with open(path("t.csv"), "wb") as f:
        f.write(text if isinstance(text, bytes) else text.encode())
    return ["import", "csv", path("t.csv"), "--schema", write_config("t.json", schema), "-o", path("t.h5"), *more]


def read_back():
    """Everything in t.h5 as lists."""
    with h5py.File(path("t.h5"), "r") as f:
        got = {"x": f["x"][:].tolist(), "y": f["y"][:].tolist(), "low": f["x"].attrs["low"], "high": f["x"].attrs["high"],
               "names": [n.decode() for n in f["features/names"][:]], "kinds": [k.decode() for k in f["features/kind"][:]],
               "attributes": {a: d[:].tolist() for a, d in f.get("attributes", {}).items()},
               "values": {a: [str(v) for v in d.attrs["values"]] for a, d in f.get("attributes", {}).items()}}
        got["classes"] = [str(c) for c in f["y"].attrs["class_names"]] if "class_names" in f["y"].attrs else None
        got.update({k: f[k][:].tolist() for k in ("id", "member", "weight") if k in f})
    return got


def imported(text, schema=S, *more, note=None):
    """What a good table makes; note: what stderr must hold."""
    r = good(*command(text, schema, *more))
    assert note is None or re.search(note, r.err), "wanted %s, stderr: %s" % (note, r.err)
    assert note is not None or r.err.count("\n") == 1, "notes that nothing calls for: %s" % r.err
    return read_back()


def drafted(text, *more):
    with open(path("t.csv"), "w") as f:
        f.write(text)
    return json.loads(good("import", "csv", path("t.csv"), "--guess", *more).out)


def plain(text, *more, schema=S, note=None):
    got = imported(text, schema, *more, note=note)
    same((got["x"], got["y"], got["attributes"]["sex"]), (X, [0, 1], [0, 1]), repr(text[:60]))


@case("import prints rows, inputs, classes and groups with their counts, those not recorded too")
def _():
    text = GOOD + "20,1,?,>50K\n"
    schema = dict(S, not_recorded=["?"])
    same(good(*command(text, schema)).out, """rows: 3
inputs: 2
classes: 2
  class <=50K: 1
  class >50K: 2
groups of sex: 2
  sex = Male: 1
  sex = Female: 1
  sex = (not recorded): 1
""", "summary")


@case("marks for what is not recorded: of one attribute, of all, values of that name first; stored as -1")
def _():
    text = "age,hours,sex,income\n1,1,Male,>50K\n2,2,,>50K\n3,3,NA,<=50K\n4,4, ? ,<=50K\n5,5,Female,>50K\n"
    for schema in (dict(S, attributes=[dict(S["attributes"][0], not_recorded=["", "NA", "?"])]),
                   dict(S, not_recorded=["", "NA", "?"])):
        got = imported(text, schema)
        same((got["attributes"]["sex"], got["values"]["sex"]), ([0, -1, -1, -1, 1], ["Male", "Female"]), "codes")
    own = {"column": "sex", "values": ["Male", "Female", "?"]}
    got = imported(text, dict(S, attributes=[own], not_recorded=["", "NA", "?"]))
    same(got["attributes"]["sex"], [0, -1, -1, 2, 1], "a value of the mark's name")
    refused(3, r"t\.csv: line 4, column 'sex': 'NA' is none of the schema's 'values'",
            *command(text, dict(S, attributes=[dict(own, not_recorded=[""])], not_recorded=["NA"])))
    refused(2, r"t\.json.*'\?' stands in 'values' and in 'not_recorded'",
            *command(text, dict(S, attributes=[dict(own, not_recorded=["?"])])))
    refused(2, "'not_recorded' wants a list of texts, got a string", *command(text, dict(S, not_recorded="?")))
    refused(2, "label: unknown key 'not_recorded'", *command(text, dict(S, label=dict(S["label"], not_recorded=["?"]))))


@case("a label's offset: class = cell - offset, with names, a number of classes, or as many as there are")
def _():
    text = "a,y\n0,1\n0,3\n0,2.0\n"
    schema = {"label": {"column": "y", "offset": 1}, "features": [{"column": "a", "kind": "numeric"}]}
    got = imported(text, schema)
    same((got["y"], got["classes"]), ([0, 2, 1], None), "as many as there are")
    named = dict(schema, label={"column": "y", "offset": 1, "value_names": list("abcd")})
    same(imported(text, named)["classes"], list("abcd"), "names")
    assert "classes: 26\n  class 0: 1\n" in good(*command(text, dict(schema, label={"column": "y", "offset": 1,
                                                                                   "classes": 26}))).out
    for bad, label, pattern in (("a,y\n0,0\n0,1\n", {}, r"line 2, column 'y': '0' is no whole number that stands for a class"),
                                ("a,y\n0,1.5\n", {}, "'1.5' is no whole number"), ("a,y\n0,b\n", {}, "'b' is not a finite"),
                                ("a,y\n0,5\n", {"classes": 4}, "'5' is no whole number that stands for a class"),
                                ("a,y\n0,1\n", {}, "has one class only")):
        refused(3, pattern, *command(bad, dict(schema, label=dict(schema["label"], **label))))
    for label, pattern in (({"offset": 1, "values": ["1", "2"]}, "exclude each other"), ({"offset": "1"}, "wants a number"),
                           ({"offset": .5}, "whole number"), ({"values": ["1", "2"], "classes": 2}, "beside an 'offset'"),
                           ({"offset": 1, "classes": 3, "value_names": ["a"]}, "1 'value_names' for 3")):
        refused(2, pattern, *command(text, dict(schema, label=dict(label, column="y"))))


@case("several spellings mean one class, one group, one category; the first is its name")
def _():
    text = "w,sex,y\na,M,<=50K\nA,male,<=50K.\nb,F,>50K.\n"
    schema = {"label": {"column": "y", "values": [["<=50K", "<=50K."], [">50K", ">50K."]]},
              "features": [{"column": "w", "kind": "onehot", "values": [["a", "A"], "b"]}],
              "attributes": [{"column": "sex", "values": ["F", ["M", "male"]], "value_names": ["woman", "man"]}]}
    got = imported(text, schema)
    same((got["y"], got["classes"]), ([0, 0, 1], ["<=50K", ">50K"]), "label")
    same((got["x"], got["names"]), ([[1, 0], [1, 0], [0, 1]], ["w=a", "w=b"]), "one-hot")
    same((got["attributes"]["sex"], got["values"]["sex"]), ([1, 1, 0], ["woman", "man"]), "attribute")
    for values, pattern in (([["a", "b"], ["c", "b"]], "'values' names 'b' twice"), ([["a", 1], "b"], "got a number"),
                            (["a", []], "got an array")):
        refused(2, pattern, *command(text, dict(schema, label={"column": "y", "values": values})))


@case("empty lines at the end, none at the end, CRLF, a byte-order mark; an empty line between rows is refused")
def _():
    for text in (GOOD + "\n", GOOD + "\n \t\n\r\n", GOOD + ",,,\n, ,,\n", GOOD[:-1], GOOD.replace("\n", "\r\n") + "\r\n", "\ufeff" + GOOD,
                 "\n" + GOOD):
        plain(text)
    refused(3, r"t\.csv: line 3: an empty line before more rows", *command(GOOD.replace("50,", "\n50,"), S))
    refused(3, "line 1: a carriage return without a line feed", *command(GOOD.replace("\n", "\r"), S))
    refused(3, r"t\.csv: the file is empty", *command("", S))
    refused(3, "no rows after the header", *command("age,hours,sex,income\n\n", S))
    refused(3, "no rows", *command("\n\n", S))


@case("blanks around cells do not count, in the header, the rows, the schema and --where; in quotes they do")
def _():
    plain(GOOD.replace(",", ", "))
    plain(GOOD.replace(",", " ,  "))
    plain('age, "hours" ,sex,income\n39, "40",Male, "<=50K" \n50,13,Female,>50K\n')
    spaced = dict(S, attributes=[{"column": "sex", "values": [" Male", " Female"], "value_names": ["m", "f"]}])
    plain(GOOD.replace(",", ", "), schema=spaced)
    same(imported(GOOD.replace(",", ", "), S, "--where", "sex= Female")["y"], [1], "where")
    refused(3, "' Male' is none of", *command(GOOD.replace("Male,", '" Male",'), S))


@case("separators: found with a note, given by option or schema; a wrong one says what the header has")
def _():
    for mark, word in ((";", "a semicolon"), ("\t", "a tab"), ("|", "a bar")):
        text = GOOD.replace(",", mark)
        plain(text, note=r"t\.csv: cells are separated by %s.*--separator" % word)
        option = "tab" if mark == "\t" else mark
        plain(text, "--separator", option)
        plain(text, schema=dict(S, separator=option))
        plain(text, "--separator", option, schema=dict(S, separator=","))
    plain(GOOD.replace(",", ";").replace("Male", '"Male"'), note="a semicolon")
    commas = 'age;hours;sex;income;"a,b"\n39;40;Male;<=50K;"1,5"\n50;13;Female;>50K;"2,5"\n'
    plain(commas, schema=dict(S, leave_out=["a,b"]), note="a semicolon")
    refused(3, r"no column 'income': the header has one column, 'age,hours,sex,income' \(cells are separated by a semicolon;"
            " --separator", *command(GOOD, S, "--separator", ";"))
    refused(2, r"separator 'xx': wants ',', ';', '\|' or 'tab'", *command(GOOD, S, "--separator", "xx"))
    refused(2, r"t\.json.*separator 'x'", *command(GOOD, dict(S, separator="x")))
    refused(3, "'39,5' is not a finite decimal number .*no decimal comma",
            *command(GOOD.replace(",", ";").replace("39;", "39,5;"), S))


@case("no header: columns are c1, c2 ..., named by number or by the schema's list; a forgotten --no-header is told")
def _():
    rows = GOOD.split("\n", 1)[1]
    by_name = {"label": {"column": "c4", "values": S["label"]["values"]},
               "features": [{"column": "c1", "kind": "numeric"}, {"column": "c2", "kind": "integer"}],
               "attributes": [{"column": "c3", "name": "sex", "values": ["Male", "Female"]}]}
    got = imported(rows, by_name, "--no-header")
    same((got["x"], got["y"], got["names"], got["attributes"]), (X, [0, 1], ["c1", "c2"], {"sex": [0, 1]}), "c1 ...")
    plain(rows, schema=dict(by_name, header=False))
    plain(rows, schema=dict(S, columns=["age", "hours", "sex", "income"]))
    plain(GOOD, schema=dict(S, columns=["age", "hours", "sex", "income"], header=True))
    numbers = json.loads(json.dumps(by_name).replace('"c1"', "1").replace('"c2"', "2").replace('"c3"', "3")
                         .replace('"c4"', "4"))
    numbers["features"][0]["name"] = "years"
    same(imported(rows, numbers, "--no-header")["names"], ["years", "c2"], "names by number")
    same(imported(GOOD, numbers)["names"], ["years", "hours"], "numbers beside a header")
    refused(3, r"no column 'income'.*its first line looks like data: a file without a header wants --no-header",
            *command(rows + rows, S))
    refused(3, "two columns are named '1' .*--no-header", *command("1,1\n2,2\n", S))
    refused(3, "no column 5 .*from 1 to 4", *command(GOOD, dict(S, id=5)))
    refused(3, "4 columns, but the schema's 'columns' names 3", *command(rows, dict(S, columns=["a", "b", "c"])))
    refused(2, "label: 'column' wants a text, a column's name or its number", *command(GOOD, dict(S, label={"column": 0})))
    refused(3, "line 2: 3 cells where the first row has 4", *command(rows.replace(",13", ""), by_name, "--no-header"))
    twice = dict(S, features=S["features"] + [{"column": 1, "kind": "numeric"}])
    refused(2, r"column 1 \('age'\) is two features", *command(GOOD, twice))
    named = [dict(f, name="same") for f in S["features"]]
    refused(2, "two features are named 'same'", *command(GOOD, dict(S, features=named)))
    refused(2, "an attribute cannot be named 'se/x'",
            *command(GOOD.replace("sex", "se/x"), dict(S, attributes=[dict(S["attributes"][0], column=3)])))
    refused(2, "the label and also a feature", *command(GOOD, dict(S, features=[{"column": 4, "kind": "numeric"}])))


@case("the unnamed index of pandas and R is left out with a note, or is the id")
def _():
    pandas = ",age,hours,sex,income\n7,39,40,Male,<=50K\n9,50,13,Female,>50K\n"
    quoted = pandas.replace(",age", '"",age', 1)
    table = pandas[1:]                                 # R's write.table: the header is one name short
    again = "Unnamed: 0" + pandas
    for text in (pandas, quoted, table, again):
        plain(text, note="the first column has no name: an index .*left out")
        same(imported(text, dict(S, id="index"))["id"], [7, 9], "the index as id")
        same(imported(text, dict(S, id=1))["id"], [7, 9], "by number")
    plain(GOOD.replace("\n", ",\n"), note="1 column not in the schema, left out: ''")   # a separator at the lines' ends
    refused(3, "the id 7 stands twice", *command(pandas.replace("\n9,", "\n7,"), dict(S, id="index")))


@case("categories of one value are taken by every kind and attribute; labels want two")
def _():
    text = "a,b,c,y\nx,x,x,0\nx,x,x,1\n"
    schema = {"label": {"column": "y", "values": ["0", "1"]},
              "features": [{"column": c, "kind": k, "values": ["x"]} for c, k in zip("abc", ("onehot", "ordinal", "binary"))],
              "attributes": [{"column": "a", "values": ["x"]}]}
    got = imported(text, schema)
    same((got["x"], got["attributes"]["a"]), ([[1, 0, 0], [1, 0, 0]], [0, 0]), "codes")
    same((got["low"].tolist(), got["high"].tolist()), ([0, 0, 0], [1, 0, 0]), "box")
    good("inspect", path("t.h5"))
    refused(2, "needs 'values', at least 2 of them, got 1", *command(text, dict(schema, label={"column": "y", "values": ["0"]})))
    refused(2, "needs 'values', at least 1", *command(text, dict(schema, features=[{"column": "a", "kind": "onehot"}])))


@case("columns are left out by a list; what neither list nor entry names is told")
def _():
    text = "name,age,hours,sex,income,when\nAnn,39,40,Male,<=50K,2024-01-01\nBob,50,13,Female,>50K,2024-01-02\n"
    plain(text, schema=dict(S, leave_out=["name", "when"]))
    plain(text, schema=dict(S, leave_out=["name"]), note="1 column not in the schema, left out: 'when'")
    plain(text, note="2 columns not in the schema, left out: 'name', 'when'")
    refused(3, r"'leave_out': .*no column 'nam' \(nearest: 'name'\)", *command(text, dict(S, leave_out=["nam"])))
    refused(2, "'age' stands in 'leave_out' and is used", *command(text, dict(S, leave_out=["age"])))


@case("Latin-1 is named as such with line and column; so is UTF-16; UTF-8 comes through")
def _():
    text = GOOD.replace("Male,", "Männlich,").replace("Female", "Weiblich")
    schema = dict(S, attributes=[{"column": "sex", "values": ["Männlich", "Weiblich"]}])
    got = imported(text, schema)
    same((got["attributes"]["sex"], got["values"]["sex"]), ([0, 1], ["Männlich", "Weiblich"]), "UTF-8")
    for code in ("latin-1", "cp1252"):
        refused(3, r"t\.csv: line 2, column 3 'sex': the byte 0xE4 is not UTF-8; .*Latin-1 \(convert it: iconv",
                *command(text.encode(code), schema))
    late = (GOOD + "1,1,Male,<=50K\n" * 5000 + '1,1,"M\n\xe4",<=50K\n').encode("latin-1")
    refused(3, "line 5005, column 3 'sex': the byte 0xE4", *command(late, S))
    refused(3, "line 1, column 2: the byte 0xF6", *command("age,h\xf6urs,sex,income\n".encode("latin-1"), S))
    refused(3, "the text is UTF-16 .*iconv -f UTF-16", *command(text.encode("utf-16"), schema))
    refused(3, "line 3: a NUL byte", *command(GOOD.replace("50,", "5\0,"), S))


@case("--where given several times means all of them; the box stays that of the whole file")
def _():
    text = GOOD + "70,13,Female,<=50K\n"
    got = imported(text, S, "--where", "sex=Female", "--where", "income=<=50K")
    same((got["x"], got["y"], got["high"].tolist()), ([[70, 13]], [0], [70, 40]), "both")
    same(imported(text, S, "--where", "sex=Female")["y"], [1, 0], "one")
    refused(3, r"no row has sex=Male and income=>50K \(its first row has 'Male'\)",
            *command(text, S, "--where", "sex=Male", "--where", "income=>50K"))
    refused(3, "--where 'sec=Male': .*nearest: 'sex'", *command(text, S, "--where", "sex=Male", "--where", "sec=Male"))
    refused(2, "--where 'sex': wants COLUMN=VALUE", *command(text, S, "--where", "sex"))


@case("bins make groups of a number; weights are stored; both refuse what they cannot take")
def _():
    text = "age,w,y\n24.9,1.5,0\n25,2,1\n45,1e3,1\n,1,0\n"
    schema = {"label": {"column": "y", "values": ["0", "1"]}, "features": [{"column": "y2", "kind": "numeric"}],
              "attributes": [{"column": "age", "bins": [25, 45], "not_recorded": [""]}], "weight": "w"}
    schema["features"][0]["column"] = "w"
    got = imported(text, schema)
    same((got["attributes"]["age"], got["values"]["age"]), ([0, 1, 2, -1], ["< 25", "[25, 45)", ">= 45"]), "bins")
    same(got["weight"], [1.5, 2, 1000, 1], "weights")
    refused(3, "line 2, column 'w': '0' is no weight", *command(text.replace("1.5", "0"), schema))
    refused(3, "line 2, column 'w': '1e31' is no weight", *command(text.replace("1.5", "1e31"), schema))
    refused(3, "line 2, column 'age': 'old' is not a finite decimal", *command(text.replace("24.9", "old"), schema))
    for bins in ([], [2, 1], "25", [1, "2"]):
        refused(2, "'bins' wants a list of ascending numbers",
                *command(text, dict(schema, attributes=[{"column": "age", "bins": bins}])))
    refused(2, "'bins' and 'values' exclude each other",
            *command(text, dict(schema, attributes=[{"column": "age", "bins": [1], "values": ["a"]}])))


@case("dates and missing numbers are refused with a sentence")
def _():
    for date in ("2024-03-01", "1.3.2024", "03/01/24", "2024/3/1", "2024-03-01 10:00:00", "2024-03-01T10:00Z"):
        refused(3, r"line 2, column 'age': '%s' is a date.*days since" % re.escape(date),
                *command(GOOD.replace("39", date), S))
    refused(3, "'2024-03-01' is a date and none of", *command(GOOD.replace("Male,", "2024-03-01,"), S))
    for text in ("", "NA", "?", "NaN", "null"):
        refused(3, "line 2, column 'age': '%s' is .*fill or drop missing values" % re.escape(text),
                *command(GOOD.replace("39", text), S))
    refused(3, "'1.2.3' is not a finite", *command(GOOD.replace("39", "1.2.3"), S))
    refused(3, "line 3: 3 cells where the header has 4", *command(GOOD.replace("50,", ""), S))
    refused(3, "the quote opened here is never closed", *command(GOOD.replace("Male", '"Male'), S))


@case("numbers are read to the nearest float32, long and short")
def _():
    texts = ["0.1", "-0.30000001192092896", "123456789012345678", "1e-7", "16777217", "9.999e29", "+.5", "7.", "-0",
             "0.000000000000000000001", "4.35", "0.1000000014901161193847656251"]
    rows = "".join("%s,%d\n" % (t, i % 2) for i, t in enumerate(texts))
    got = imported("a,y\n" + rows, {"label": {"column": "y", "values": ["0", "1"]},
                                    "features": [{"column": "a", "kind": "numeric"}]})
    same([v[0] for v in got["x"]], [float(np.float32(float(t))) for t in texts], "float32")


@case("import idx counts classes from --label-offset; labels below it are refused")
def _():
    def idx(name, head, values):
        with open(path(name), "wb") as f:
            f.write(bytes(head) + bytes(values))
        return path(name)
    images = idx("i.idx", [0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2], range(6))
    labels = idx("l.idx", [0, 0, 8, 1, 0, 0, 0, 3], [1, 3, 2])
    words = ["import", "idx", "--images", images, "--labels", labels, "-o", path("i.h5")]
    r = good(*words, "--label-offset", "1", "--class-names", "a,b,c")
    same(r.out, "rows: 3\nclasses: 3\n  class a: 1\n  class b: 1\n  class c: 1\n", "summary")
    with h5py.File(path("i.h5")) as f:
        same(f["y"][:].tolist(), [0, 2, 1], "labels")
    refused(3, "row 0: label 1 is below --label-offset 2", *words, "--label-offset", "2")
    refused(2, "has label 3 .--label-offset", *words, "--class-names", "a,b,c")
    refused(2, "are for csv", *words, "--no-header")
    refused(2, "are for idx", *command(GOOD, S, "--label-offset", "1"))


@case("--guess drafts a schema from the table: roles by names, kinds and categories by cells; import takes it as it is")
def _():
    head = ",Age,hours,sex,native-country,owns,degree,fnlwgt,when,comment,zero,income\n"
    rows = ["%d,%d,%s,%s,%s,%s,%s,%d,2024-01-%02d,note %d,,%s" % (
        i, 20 + i % 60, i / 4 if i != 7 else "1e3", ("Male", "Female", "?")[i % 3], ("US", "Peru", "NA", "us")[i % 4],
        i % 2, ("school", "master", "")[i % 3], 100 + i, 1 + i % 28, i, (" <=50K", ">50K", ">50K.")[i % 3])
        for i in range(300)]
    table = head + "\n".join(rows) + "\n"
    draft = drafted(table)
    label, features, attributes = draft["label"], draft["features"], draft["attributes"]
    same((label["column"], label["values"]), ("income", ["<=50K", [">50K", ">50K."]]), "label")
    same([(f["column"], f["kind"], f.get("values"), f.get("mutable")) for f in features],
         [("Age", "integer", None, False), ("hours", "numeric", None, None),
          ("sex", "onehot", ["Female", "Male", "?"], False),
          ("native-country", "onehot", ["Peru", "US", "us", "NA"], False), ("owns", "binary", ["0", "1"], None),
          ("degree", "onehot", ["master", "school", ""], None)], "features")
    same([(a["column"], a.get("values"), a.get("bins"), a.get("not_recorded")) for a in attributes],
         [("Age", None, [25, 45, 65], None), ("sex", ["Female", "Male"], None, ["?"]),
          ("native-country", ["Peru", ["US", "us"]], None, ["NA"])], "attributes")
    assert all("sensitive by its name" in a["note"] for a in attributes), attributes
    same((draft["id"]["column"], draft["weight"]["column"]), ("index", "fnlwgt"), "id and weight")
    same([(c["column"], c["note"][:5]) for c in draft["leave_out"]],
         [("when", "dates"), ("comment", "text:"), ("zero", "no ce")], "left out")
    got = imported(table, draft, note="a draft: [0-9]+ \"note\"s")
    same((got["y"][:4], got["id"][:3], got["weight"][:2]), ([0, 1, 1, 0], [0, 1, 2], [100, 101]), "imported")
    same((got["attributes"]["sex"][:3], got["attributes"]["native-country"][:4], got["attributes"]["Age"][:6]),
         ([1, 0, -1], [1, 0, -1, 1], [0] * 5 + [1]), "codes")
    same(got["x"][1][:6], [21, .25, 1, 0, 0, 1], "inputs")


@case("--guess: separators and headers go into the draft; numbers keep their values; a label that is not found is asked for")
def _():
    text = "1;2,5;x\n2;3.5;y\n"
    draft = drafted(text, "--no-header")
    same((draft["separator"], draft["header"], draft["label"]["column"]), (";", False, "c3"), "layout")
    same([c["column"] for c in draft["features"]], ["c1", "c2"], "features")
    plain_text = "a\tgender\ttarget\n1\tm\t-1\n2\tf\t1\n3\tm\t10\n"
    draft = drafted(plain_text)
    same((draft["separator"], draft["label"]["values"]), ("tab", ["-1", "1", "10"]), "numbers in their own order")
    same(imported(plain_text, draft, note="draft")["y"], [0, 1, 2], "labels")
    nothing = drafted("a,b\n" + "".join("%g,%g\n" % (i / 7, i / 3) for i in range(150)))
    same((nothing["label"]["column"], [f["column"] for f in nothing["features"]]), ("", ["a", "b"]), "no label")
    refused(2, r"t\.json.*label: 'column' wants a text, got an empty one", *command("a,b\n1,2\n", nothing))
    same(drafted("height,weight,y\n1,60,0\n2,70,1\n").get("weight"), None, "the weight of bodies")
    same(drafted("a,weight,y\n1,60,0\n2,70,1\n")["weight"]["column"], "weight", "the weight of samples")
    draft = drafted("usage,language,sextant,Mileage,page,tracer,y\n1,2,3,4,5,6,0\n2,3,4,5,6,7,1\n")
    same(draft["attributes"], [], "names that only contain a sensitive word")
    draft = drafted("applicantSex,AGE_GROUP,Race/Ethnicity,isDisabled,Nationalität,y\na,b,c,0,e,0\nb,c,d,1,f,1\n")
    same([a["column"] for a in draft["attributes"]],
         ["applicantSex", "AGE_GROUP", "Race/Ethnicity", "isDisabled", "Nationalität"], "sensitive words")
    for rows in ("1,2.5,,0\n,x,y,1\n",):
        draft = drafted("n,m,t,y\n" + rows)
        assert "1 cells have no value" in draft["features"][0]["note"], draft
    long = "ö" * 80
    draft = drafted("a,y\n%s,0\n1,1\n2,1\n3,0\n%s,1\n" % (long, long + "x" * 100))
    assert draft["leave_out"][0]["note"].startswith("numbers but for"), draft


@case("--guess takes 10,000 columns without typing, and the draft's import has them all")
def _():
    random = np.random.default_rng(5)
    x = random.normal(size=(20, 10000)).round(3)
    text = ",".join("gene%d" % i for i in range(10000)) + ",sex,label\n" + "".join(
        ",".join(map(str, row)) + ",%s,%s\n" % ("mf"[i % 2], ("ill", "well")[i % 2]) for i, row in enumerate(x))
    draft = drafted(text)
    same((len(draft["features"]), draft["label"]["values"]), (10001, ["ill", "well"]), "draft")
    got = imported(text, draft, note="draft")
    assert np.array_equal(np.array(got["x"])[:, :10000], x.astype(np.float32)), "values"
    same((got["y"][:3], got["attributes"]["sex"][:3]), ([0, 1, 0], [1, 0, 1]), "codes")


@case("--guess: a draft goes to stdout or into a new file; what does not go with it is refused")
def _():
    words = command(GOOD, S)[:3]
    text = good(*words, "--guess").out
    r = good(*words, "--guess", "-o", path("draft.json"))
    same((r.out, open(path("draft.json")).read()), ("", text), "file")
    assert "look at its notes, then: assay import csv" in r.err, r.err
    refused(2, "draft.json: is there already, and may hold your edits", *words, "--guess", "-o", path("draft.json"))
    refused(2, "writes a schema, not a data set", *words, "--guess", "-o", path("g.h5"))
    refused(2, "--guess drafts the schema of a csv", *words, "--guess", "--schema", path("t.json"))
    refused(2, "--guess drafts the schema of a csv", *words, "--guess", "--where", "a=b")
    refused(2, "--guess drafts the schema of a csv", "import", "idx", "--guess")
    refused(2, "wants one file", "import", "csv", "--guess")
    refused(3, "line 2: 3 cells where the header has 4", *command("a,b,c,d\n1,2,3\n", S)[:3], "--guess")
    refused(3, r"absent\.csv: cannot be opened", "import", "csv", path("absent.csv"), "--guess")
    refused(2, r"t\.json.*'id': unknown key 'colum'|id: unknown key 'colum' \(nearest: column\)",
            *command(GOOD, dict(S, id={"colum": "age"})))


# A process begins with the peak of the one it was forked from: this small one, not this test with its numpy.
MEASURE = """
import os, sys
null = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
_, status, usage = os.wait4(os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=null), 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""


@case("memory holds a record and a few bytes a row: 100,000 rows of 40 columns (31 MB) take 8 MiB more than 100, drafts none")
def _():
    row = ",".join("%.5f" % (i / 7) for i in range(38)) + ",%s,%s\n"
    names = ["f%d" % i for i in range(38)]
    schema = {"label": {"column": "y", "values": ["a", "b"]}, "attributes": [{"column": "sex", "values": ["f", "m"]}],
              "features": [{"column": f, "kind": "numeric"} for f in names]}
    peak = {}
    for rows in (100, 100000):
        words = command(",".join(names) + ",sex,y\n" + (row % ("f", "a") + row % ("m", "b")) * (rows // 2), schema)
        for mode, args in (("import", words), ("guess", words[:3] + ["--guess"])):
            done = subprocess.run([sys.executable, "-I", "-S", "-c", MEASURE, ASSAY] + args + ["-q"],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=environment(), timeout=120)
            same(done.returncode, 0, "exit code")
            peak[mode, rows] = int(done.stdout) / 1024
    with h5py.File(path("t.h5")) as f:
        same((f["x"].shape, f["y"][-2:].tolist()), ((100000, 38), [0, 1]), "rows")
    with open(ASSAY, "rb") as program:
        if b"__asan_init" in program.read():
            raise Skip("AddressSanitizer keeps freed memory")
    for mode, most in (("import", 8), ("guess", 2)):
        grown = peak[mode, 100000] - peak[mode, 100]
        assert grown < most, "%s: %.1f MiB more" % (mode, grown)


@case("help import documents every key of the schema with an example, and the README leads there")
def _():
    text = good("help", "import").out
    for key in ("label", "features", "attributes", "relations", "id", "member", "weight", "leave_out", "not_recorded",
                "separator", "header", "columns", "note", "column", "name", "values", "value_names", "offset", "classes",
                "bins", "kind", "low", "high", "mutable", "budget"):
        assert re.search(r"^  %s\b|^  %s, high|, %s  " % (key, key, key), text, re.M), key
    example = json.loads(text[text.index("\n  {\n"):text.index("\n  }\n") + 5])
    row = {"income": "<=50K.", "age": "30", "hours": "40", "degree": "master", "married": "no", "work": "?", "sex": "F",
           "race": "NA", "nr": "1", "in_training": "0", "fnlwgt": "2", "name": "Ann", "birth_date": "1990-01-01"}
    other = dict(row, nr="2", race="b", income=">50K", sex="male")
    table = "\n".join(";".join(r) for r in (row, row.values(), other.values())) + "\n"
    got = imported(table, example)
    same((got["y"], got["attributes"]["race"], got["attributes"]["age"]), ([0, 1], [-1, 1], [1, 1]), "the example works")
    with open(os.path.join(os.path.dirname(__file__), "..", "..", "README.md")) as f:
        assert "assay help import" in f.read()


main()
