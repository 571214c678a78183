#!/usr/bin/python3
"""Check that every tag of a page is closed in order:  check_page.py PAGE.html"""
import html.parser
import sys

VOID = {"meta", "br", "wbr", "line", "path", "rect", "circle", "polyline"}


class Checker(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.faults = [], []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID and (not self.open or self.open.pop() != tag):
            self.faults.append("line %d: </%s> closes nothing" % (self.getpos()[0], tag))


checker = Checker()
with open(sys.argv[1], encoding="utf-8") as file:
    checker.feed(file.read())
checker.close()
print("\n".join(checker.faults + ["not closed: " + tag for tag in checker.open]))
sys.exit(1 if checker.faults or checker.open else 0)
