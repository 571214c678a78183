#!/bin/sh
# Tests the program from the outside:  tests/cli/run.sh ASSAY [PART ...]
#
# Each check_PART.py beside this file is one part; without PART all are run, in a temporary folder that is removed at
# the end. One line a case; the exit status is 1 if any failed. Needs /usr/bin/python3 with h5py, numpy, jsonschema.
set -u

if [ $# -lt 1 ] || [ ! -x "$1" ]; then
    echo "usage: run.sh ASSAY [PART ...]" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
assay=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
shift
if [ $# -eq 0 ]; then
    for file in "$here"/check_*.py; do
        part=${file##*/check_}
        set -- "$@" "${part%.py}"
    done
fi
python=/usr/bin/python3
[ -x "$python" ] || python=python3
work=$(mktemp -d "${TMPDIR:-/tmp}/assay-cli.XXXXXX") || exit 4
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

failed=0
for part in "$@"; do
    mkdir "$work/$part"
    PYTHONDONTWRITEBYTECODE=1 OPENBLAS_NUM_THREADS=1 "$python" "$here/check_$part.py" "$assay" "$work/$part" || failed=1
done
[ $failed -eq 0 ] || echo "cli: some cases failed" >&2
exit $failed
