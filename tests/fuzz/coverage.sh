#!/bin/sh
# Lines of each target's own files that its corpus reaches:  tests/fuzz/coverage.sh BUILD CORPORA SEEDS TARGET ...
# BUILD holds the programs built with clang's coverage, CORPORA what `make fuzz` found.
set -eu
build=$1 corpora=$2 seeds=$3
shift 3
tool() { command -v "$1" || command -v "$1-14"; }

files_of() {
    case $1 in
    config) echo configs/plan_read.c configs/plan_expand.c configs/plan_write.c engine/io/json*.c ;;
    csv) echo datasets/csv.c datasets/csv_schema.c datasets/import_csv.c ;;
    idx) echo datasets/import_idx.c ;;
    graph) echo engine/net/graph*.c engine/net/keras_[lmnp]*.c engine/net/rewrite.c engine/net/plan.c engine/net/run.c \
        engine/net/head.c engine/layer/*.c ;;
    journal) echo engine/batch/journal.c ;;
    report) echo reports/page*.c reports/text.c ;;
    model) echo engine/net/*.c ;;
    dataset) echo datasets/dataset.c datasets/dataset_parts.c ;;
    zip) echo engine/io/zip*.c ;;
    esac
}

for target in "$@"; do
    raw=$build/$target.profraw data=$build/$target.profdata
    inputs=
    for folder in "$corpora/$target" "$seeds/$target" "tests/fuzz/regressions/$target"; do
        [ ! -d "$folder" ] || inputs="$inputs $folder"
    done
    # shellcheck disable=SC2086
    LLVM_PROFILE_FILE=$raw "$build/fuzz_$target" -runs=0 -artifact_prefix="$build/" $inputs > "$build/$target.log" 2>&1 || tail -n 5 "$build/$target.log"
    "$(tool llvm-profdata)" merge -sparse -o "$data" "$raw"
    # shellcheck disable=SC2046
    "$(tool llvm-cov)" report "$build/fuzz_$target" -instr-profile="$data" $(files_of "$target") > "$build/$target.txt"
    awk -v t="$target" '$1 == "TOTAL" { printf "%-8s %d of %d lines, %s\n", t, $8 - $9, $8, $10 }' "$build/$target.txt"
done
