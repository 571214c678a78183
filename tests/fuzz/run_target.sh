#!/bin/sh
# One fuzz target:  tests/fuzz/run_target.sh BUILD SEEDS TARGET SECONDS
# The corpus grows in BUILD/corpus/TARGET, crashers go to BUILD/crash/TARGET-*. Exit status: libFuzzer's.
set -eu
build=$1 seeds=$2 target=$3 seconds=$4
timeout=10
case $target in
model | dataset | zip) length=262144 timeout=60 ;; # the reader has its own limit of processor time
report) length=65536 ;;
journal) length=32768 ;;
*) length=8192 ;;
esac
mkdir -p "$build/corpus/$target" "$build/crash" "$build/log"
echo "== fuzz: $target for $seconds s"
log=$build/log/$target-$$
status=0
dictionary=
[ ! -s "$seeds/$target.dict" ] || dictionary=-dict=$seeds/$target.dict
regressions=tests/fuzz/regressions/$target
[ -d "$regressions" ] || regressions=
ASAN_OPTIONS=allocator_may_return_null=1:detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1 \
"$build/fuzz_$target" -max_total_time="$seconds" -max_len=$length -timeout=$timeout -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$build/crash/$target-" $dictionary "$build/corpus/$target" "$seeds/$target" $regressions \
    > "$log" 2>&1 || status=$?
grep -E "^#[0-9]+.*(DONE|pulse)" "$log" | tail -n 1
grep -E "^stat::number_of_executed_units|^SUMMARY|broken promise|Test unit written" "$log" || true
times > "$log.cpu" # of what this script ran: user, system
echo "cpu: $(tail -n 1 "$log.cpu")"
[ $status -eq 0 ] || tail -n 40 "$log"
exit $status
