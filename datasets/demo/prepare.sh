#!/bin/sh
# Makes the demo data sets (see README.md in this folder):  prepare.sh ASSAY OUT
#
# Needs the Debian packages dataset-fashion-mnist, wamerican, wngerman and python3-h5py. The HMDA table is taken from r-cran-aer if that is installed, from
# the file that HMDA_RDA names, or else from the package's archive, which is unpacked and not installed (no R needed).
# `assay import` puts a file in place only when it is whole, and what is made otherwise is made under another name first, so a
# file that is there is complete and is left alone.
set -eu

if [ $# -ne 2 ]; then
    echo "usage: prepare.sh ASSAY OUT" >&2
    exit 2
fi
assay=$1
out=$2
here=$(cd "$(dirname "$0")" && pwd)
fashion=${FASHION_MNIST:-/usr/share/datasets/fashion-mnist}
dict=${WORD_LISTS:-/usr/share/dict}
# Debian's own: set-up installs it, and another one on PATH may lack lzma.
python=/usr/bin/python3
[ -x "$python" ] || python=python3
classes="T-shirt/top,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,Ankle boot"

die() {
    echo "prepare.sh: error: $*" >&2
    exit 4
}

# fashion_part FILE PREFIX [option ...]
fashion_part() {
    target=$out/$1 part=$2
    shift 2
    [ ! -s "$target" ] || return 0
    [ -r "$fashion/$part-images-idx3-ubyte.gz" ] ||
        die "$fashion holds no Fashion-MNIST (apt-get install dataset-fashion-mnist)"
    "$assay" import idx --images "$fashion/$part-images-idx3-ubyte.gz" --labels "$fashion/$part-labels-idx1-ubyte.gz" \
        --class-names "$classes" "$@" -o "$target"
}

# Prints where HMDA.rda lies, after unpacking the package under OUT if need be.
find_hmda() {
    member=usr/lib/R/site-library/AER/data/HMDA.rda
    for rda in "${HMDA_RDA:-}" "/$member" "$unpacked/$member"; do
        if [ -n "$rda" ] && [ -r "$rda" ]; then
            echo "$rda"
            return 0
        fi
    done
    mkdir -p "$unpacked"
    (cd "$unpacked" && apt-get -qq -o APT::Sandbox::User=root download r-cran-aer && dpkg-deb -x r-cran-aer_*.deb .) >&2 ||
        die "cannot fetch the Debian package r-cran-aer (set HMDA_RDA to a copy of HMDA.rda)"
    echo "$unpacked/$member"
}

# hmda_part FILE MEMBER
hmda_part() {
    [ ! -s "$out/$1" ] || return 0
    if [ ! -s "$out/hmda.csv" ]; then
        rda=$(find_hmda)
        "$python" "$here/hmda_to_csv.py" "$rda" "$out/hmda.$$.part"
        mv "$out/hmda.$$.part" "$out/hmda.csv"
    fi
    "$assay" import csv "$out/hmda.csv" --schema "$here/hmda.schema.json" --where "member=$2" -o "$out/$1"
}

words_parts() {
    [ ! -s "$out/words_test.h5" ] || [ ! -s "$out/words_members.h5" ] || return 0
    [ -r "$dict/american-english" ] && [ -r "$dict/ngerman" ] ||
        die "$dict holds no word lists (apt-get install wamerican wngerman)"
    "$python" "$here/words.py" "$dict/american-english" "$dict/ngerman" "$out/words_test.$$.part" \
        "$out/words_members.$$.part"
    mv "$out/words_test.$$.part" "$out/words_test.h5"
    mv "$out/words_members.$$.part" "$out/words_members.h5"
}

mkdir -p "$out"
trap 'rm -rf "$out"/.r-cran-aer.$$ "$out"/*.$$.part' EXIT
trap 'exit 130' INT TERM
unpacked=$out/.r-cran-aer.$$
fashion_part fashion_test.h5 t10k
fashion_part fashion_members.h5 train --rows 0:10000
hmda_part hmda_test.h5 0
hmda_part hmda_members.h5 1
words_parts
