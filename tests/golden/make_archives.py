#!/usr/bin/python3
"""Zip archives, one whole and the others broken or hostile in one way each.

Usage: make_archives.py [FOLDER]     writes FOLDER/*.zip (default: archives beside this script).
"""
import os
import struct
import sys
import zipfile
import zlib

WHEN = (2024, 1, 1, 0, 0, 0)
TEXT = b"0123456789 some content that is packed a little; 0123456789 some content that is packed a little"


def write(path, members, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w") as z:
        for name, data in members:
            z.writestr(zipfile.ZipInfo(name, WHEN), data, method)


def replaced(path, old, new, count=-1):
    with open(path, "rb") as f:
        data = f.read()
    assert old in data
    with open(path, "wb") as f:
        f.write(data.replace(old, new, count))


def patched(path, offset, form, value):
    """A field of both headers of the only member: offset in the local one, which is 2 less than in the central one."""
    with open(path, "rb") as f:
        data = bytearray(f.read())
    central = data.index(b"PK\x01\x02")
    struct.pack_into(form, data, offset, value)
    struct.pack_into(form, data, central + offset + 2, value)
    with open(path, "wb") as f:
        f.write(data)


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "archives")
    os.makedirs(folder, exist_ok=True)

    def path(name):
        return f"{folder}/{name}.zip"

    one = [("member", TEXT)]
    write(path("whole"), [("other", b"x"), ("member", TEXT), ("folder/", b""), ("folder/third", TEXT * 3)])
    write(path("stored"), one, zipfile.ZIP_STORED)
    write(path("absent"), [("other", TEXT)])
    write(path("empty_member"), [("member", b"")])
    for name, member in [("absolute", "/member"), ("parent", "a/../../member"), ("parent_end", "a/.."),
                         ("drive", "C:member"), ("control", "mem\x01ber")]:
        write(path(name), [("member", TEXT), (member, TEXT)])
    write(path("backslash"), [("member", TEXT), ("a!b", TEXT)])
    replaced(path("backslash"), b"a!b", b"a\\b")
    write(path("twice"), [("member", TEXT), ("nember", TEXT * 2)])
    replaced(path("twice"), b"nember", b"member")
    write(path("bomb"), [("member", bytes(1 << 20))])
    write(path("bomb_beside"), [("member", TEXT), ("other", bytes(1 << 20))])
    write(path("many"), [(f"m{i}", b"") for i in range(1025)])
    write(path("large"), [("member", os.urandom(0) + TEXT * 11)], zipfile.ZIP_STORED)
    write(path("method"), one, zipfile.ZIP_BZIP2)
    write(path("checksum"), one)
    patched(path("checksum"), 14, "<I", zlib.crc32(b"other"))
    write(path("longer"), one)
    patched(path("longer"), 22, "<I", len(TEXT) + 9)
    write(path("shorter"), one)
    patched(path("shorter"), 22, "<I", len(TEXT) - 9)
    write(path("encrypted"), one)
    patched(path("encrypted"), 6, "<H", 1)
    write(path("stored_sizes"), one, zipfile.ZIP_STORED)
    patched(path("stored_sizes"), 22, "<I", len(TEXT) + 9)
    write(path("damaged"), one)
    with open(path("damaged"), "r+b") as f:
        f.seek(40)
        f.write(b"\xff\xff\xff\xff")
    write(path("cut"), one)
    with open(path("cut"), "r+b") as f:
        f.truncate(os.path.getsize(path("cut")) - 10)


if __name__ == "__main__":
    main()
