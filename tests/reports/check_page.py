#!/usr/bin/python3
"""Check that every tag of a page is closed in order, and that every table stands in a box that scrolls:
check_page.py PAGE.html"""
import html.parser
import sys

VOID = {"meta", "br", "wbr", "line", "path", "rect", "circle", "polyline"}


class Checker(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.faults = [], []
        self.boxes = []  # how many tags are open inside each

    def handle_starttag(self, tag, attrs):
        if tag == "table" and self.boxes[-1:] != [len(self.open)]:
            self.faults.append("line %d: a table without its box of class wide" % self.getpos()[0])
        if tag not in VOID:
            self.open.append(tag)
        if dict(attrs).get("class") == "wide":
            self.boxes.append(len(self.open))

    def handle_endtag(self, tag):
        if self.boxes[-1:] == [len(self.open)]:
            self.boxes.pop()
        if tag not in VOID and (not self.open or self.open.pop() != tag):
            self.faults.append("line %d: </%s> closes nothing" % (self.getpos()[0], tag))


checker = Checker()
with open(sys.argv[1], encoding="utf-8") as file:
    checker.feed(file.read())
checker.close()
print("\n".join(checker.faults + ["not closed: " + tag for tag in checker.open]))
sys.exit(1 if checker.faults or checker.open else 0)
