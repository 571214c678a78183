#!/bin/sh
# Who may include whom (../shared design, "Rooms and arrows"): every #include "room/..." of a file must be an arrow of its room.
# Also: third-party headers only in the files that own them. Prints each offence; exit 1 if there is one.
set -eu
cd "$(dirname "$0")/.."

# room: rooms it may include beside itself
arrows='
engine/base:
engine/kern:
engine/io: engine/base
engine/layer: engine/kern engine/base
engine/net: engine/layer engine/kern engine/io engine/base
engine/train: engine/net engine/layer engine/kern engine/base
attacks: attacks/natural/natural.def engine/net/oracle.h engine/kern engine/base datasets/dataset.h
attacks/natural: attacks engine/kern engine/base datasets/dataset.h
attacks/probes: attacks engine/net engine/kern engine/base
attacks/defences: engine/net/defence.h engine/io/jpeg.h engine/base
metrics: attacks/norms.def engine/base
datasets: engine/io engine/base
configs: attacks/defences/defences.h attacks/probes/probe.h attacks/attack.h metrics/outcomes.h metrics/metric.h metrics/interval.h datasets engine/net/net.h engine/net/defence.h engine/io engine/base
reports: attacks/defences/defences.h attacks/probes/probe.h engine/verify/finding.h metrics configs datasets attacks/attack.h attacks/norms.def engine/net/net.h engine/net/subject.h engine/io engine/base
engine/verify: datasets engine/net engine/layer engine/kern engine/io engine/base
engine/batch: attacks configs datasets metrics engine/net engine/kern engine/io engine/base
engine/run: engine/batch engine/verify engine/net engine/kern engine/io engine/base reports/report.h configs datasets metrics
engine/bench: engine/net engine/layer engine/kern engine/io engine/base metrics/linalg.h reports/report.h
'
# header: files that may include it
owners='
hdf5.h engine/io/h5
seccomp.h engine/io/h5_jail
png.h engine/io/png
jpeglib.h engine/io/jpeg
zip.h engine/io/zip
cJSON.h engine/io/json
gsl metrics/stats
cblas.h metrics/linalg
nettle engine/base/sha256
zlib.h engine/base/crc32.c datasets/import_idx.c
'

fail=$(mktemp)
trap 'rm -f "$fail"' EXIT
offend() { echo "check_deps: $1" >&2; echo x >> "$fail"; }

room_of() {
    case $1 in
    attacks/natural/*) echo attacks/natural ;;
    attacks/probes/*) echo attacks/probes ;;
    attacks/defences/*) echo attacks/defences ;;
    engine/*/*) echo "$1" | cut -d/ -f1-2 ;;
    *) echo "$1" | cut -d/ -f1 ;;
    esac
}

allowed() { # room header
    [ "$1" = "$(room_of "$2")" ] && return 0
    for arrow in $(echo "$arrows" | sed -n "s|^$1:||p"); do
        case $2 in "$arrow" | "$arrow"/*) return 0 ;; esac
    done
    return 1
}

files=$(find engine attacks metrics datasets configs reports \( -name '*.c' -o -name '*.h' -o -name '*.def' \) | sort)
for file in $files; do
    room=$(room_of "$file")
    [ "$room" = engine/cli ] && continue
    for header in $(sed -n 's/^#include "\([^"]*\)".*/\1/p' "$file"); do
        case $header in
        tests/*) offend "$file includes $header: nothing includes tests" ;;
        */*) allowed "$room" "$header" || offend "$file includes $header: $room has no such arrow" ;;
        *) offend "$file includes $header: write includes from the root" ;;
        esac
    done
done

echo "$owners" | while read -r header owner; do
    [ -n "$header" ] || continue
    for file in $(grep -lE "^#include <([a-z]+/)?$header" $files || true); do
        good=
        for prefix in $owner; do
            case $file in "$prefix"*) good=1 ;; esac
        done
        [ -n "$good" ] || offend "$file includes <$header>, which belongs to $owner"
    done
done

long=$(for file in $files; do
    case $file in engine/kern/*) continue ;; esac
    lines=$(wc -l < "$file")
    [ "$lines" -le 400 ] || echo "$file ($lines)"
done)
[ -z "$long" ] || offend "over 400 lines: $long"
awk 'length($0) > 120 { print FILENAME ":" FNR ": " length($0) " columns"; found = 1 } END { exit !found }' \
    $files $(find tests -name '*.[ch]') >&2 && offend "lines of more than 120 columns"
# A struct that a header declares has a name of its own in the whole tree; those of one .c file are its own affair.
awk '/^(static )?(const )?struct [a-z_0-9]+ \{/ {
    sub(/^(static )?(const )?struct /, ""); sub(/ \{.*/, "")
    place[$0] = place[$0] FILENAME ":" FNR " "; n[$0]++; shared[$0] += FILENAME ~ /\.h$/
} END {
    for (tag in n) if (n[tag] > 1 && shared[tag]) { print "struct " tag ": " place[tag]; found = 1 }
    exit !found
}' $files >&2 && offend "names of structs that stand twice"
grep -nP '\t| +$' $files >&2 && offend "tabs or trailing spaces"
grep -nE '\b(exit|abort|printf)\(' $(echo "$files" | grep -v '^engine/cli/') >&2 && offend "exit, abort or printf below engine/cli"
[ ! -s "$fail" ] || exit 1
echo "check_deps: ok ($(echo "$files" | wc -l) files)"
