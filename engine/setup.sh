#!/bin/sh
# Install by apt the Debian packages that are missing; does nothing (and needs no root) when none is.
# usage: setup.sh GROUP...   with groups build, demo, test
set -eu

# group package reason
packages() {
    cat <<'LIST'
build gcc              the C compiler
build libc6-dev        the C library's headers
build pkg-config       finds the libraries
build libhdf5-dev      models and data sets
build libpng-dev       contact sheets
build libjpeg62-turbo-dev the JPEG defence
build libzip-dev       models in .keras archives
build libcjson-dev     configs and model architectures
build libgsl-dev       intervals and distributions
build libopenblas-dev  linear algebra of metrics, cross-check of the kernels
build nettle-dev       SHA-256
build libseccomp-dev   the jail of the process that reads HDF5 files
build zlib1g-dev       gzip'ed IDX files, journal checksums
demo  dataset-fashion-mnist  the demo's images
demo  wamerican        English words of the demo
demo  wngerman         German words of the demo
demo  python3-h5py     writes the demo's words as a data set
demo  python3-minimal  reads the table out of the R package
demo  libpython3-stdlib zlib, bz2 and lzma for the same
test  libcriterion-dev unit tests
test  python3-h5py     makes malformed HDF5 files and checks samples.h5
test  python3-numpy    the same
test  python3-jsonschema validates the reports against the published schema
test  jq               runs the README's guide to report.json
LIST
}

missing=
for group in "$@"; do
    list=$(packages | awk -v g="$group" '$1 == g { print $2 }')
    for package in $list; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' && continue
        reason=$(packages | awk -v p="$package" '$2 == p { sub(/^[^ ]+ +[^ ]+ +/, ""); print; exit }')
        echo "assay set-up: $package is missing: $reason"
        missing="$missing $package"
    done
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "assay set-up: needs root or sudo to install:$missing" >&2; exit 1; }
    as_root=sudo
fi
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 install -y -qq --no-install-recommends $missing >/dev/null
