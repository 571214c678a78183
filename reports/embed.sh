#!/bin/sh
# embed.sh FILE SYMBOL > out.c: the bytes of FILE as a NUL-terminated C string named SYMBOL.
set -eu
[ $# -eq 2 ] || { echo "usage: embed.sh FILE SYMBOL" >&2; exit 2; }
[ -r "$1" ] || { echo "embed.sh: $1: cannot be read" >&2; exit 2; }
echo "extern const char $2[];"
echo "const char $2[] = {"
od -An -v -td1 "$1" | awk '{ for (i = 1; i <= NF; i++) printf "%s,", $i; print "" }'
echo "0};"
