#!/usr/bin/env bash
# Fuzzes the readers of foreign bytes. See --help.
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<END
scripts/fuzz.sh [--program FILE] [--jobs N] [SECONDS [TARGET ...]]

Runs the fuzz targets of tests/fuzz under libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer, each for SECONDS (60),
and prints one line per target: executions, failures, slowest input, peak memory. The exit code is 1 if a target failed.
  --program FILE  a program that is built already (fuzz_text or fuzz_tensor); without it, both are built with clang
  --jobs N        targets at a time (2)
  TARGET ...      only these targets
A failure is an exception other than llama32med::Error, a sanitizer's report, more than 5 s for one input, or more than 1 GiB
of memory. Failing inputs, logs and the corpus that grows from run to run are in build/fuzz/work/TARGET/. To keep a failing
input as a test, copy it to tests/fuzz/corpus/TARGET/NAME.input.
END
}

programs=()
jobs=2
while [[ ${1:-} == --* ]]; do
  case "$1" in
    --program) programs+=("$2") && shift ;;
    --jobs) jobs="$2" && shift ;;
    --help)
      usage
      exit 0
      ;;
    *) die "$1 is not known; see --help" ;;
  esac
  shift
done
seconds="${1:-60}"
shift || true
[[ $seconds =~ ^[0-9]+$ ]] || die "SECONDS is \"$seconds\", not a number; see --help"

if [[ ${#programs[@]} -eq 0 ]]; then
  command -v clang++ >/dev/null || die "clang++ is missing; it brings libFuzzer (Debian's packages: clang llvm)"
  configure fuzz
  build fuzz fuzz_text fuzz_tensor
  programs=("$root/build/fuzz/tests/fuzz/fuzz_text" "$root/build/fuzz/tests/fuzz/fuzz_tensor")
fi

# Readers that take a path get files in memory.
TMPDIR="$(mktemp -d -p "$([[ -w /dev/shm ]] && echo /dev/shm || echo "${TMPDIR:-/tmp}")")"
export TMPDIR work="$root/build/fuzz/work" seconds
trap 'rm -rf "$TMPDIR"' EXIT
# libtorch is not instrumented: strings that it and we share look like overflows, and what it keeps until the end like leaks.
export ASAN_OPTIONS=detect_leaks=0:detect_container_overflow=0:quarantine_size_mb=32:${ASAN_OPTIONS:-}
export UBSAN_OPTIONS=print_stacktrace=1:${UBSAN_OPTIONS:-}
export OMP_NUM_THREADS=1 LLAMA32MED_NO_GPU=1

# fuzz PROGRAM TARGET: one run of libFuzzer; its exit code is in TARGET/status.
fuzz() {
  local folder="$work/$2" status=0
  mkdir -p "$folder/corpus" "$folder/failed"
  "$1" "$2" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=1024 -print_final_stats=1 \
    -artifact_prefix="$folder/failed/" "$folder/corpus" >"$folder/log" 2>&1 || status=$?
  echo "$status" >"$folder/status"
}
export -f fuzz

# row TARGET: its line of the table, from libFuzzer's final statistics.
row() {
  awk -v target="$1" -v status="$(cat "$work/$1/status")" '
    /^stat::number_of_executed_units/ {runs = $2}
    /^stat::slowest_unit_time_sec/ {slowest = $2}
    /^stat::peak_rss_mb/ {memory = $2}
    /^(==[0-9]+== ?ERROR|SUMMARY)/ && !why {why = $0}
    END {printf "%-24s %12d %9s %9d %11d  %s\n", target, runs, status == 0 ? "0" : "1", slowest, memory, substr(why, 1, 120)}
  ' "$work/$1/log"
}

list="$(for program in "${programs[@]}"; do
  for target in $("$program"); do
    if [[ $# -eq 0 || " $* " == *" $target "* ]]; then echo "$program $target"; fi
  done
done)"
[[ -n $list ]] || die "no such target: $*; the programs list theirs: ${programs[*]}"
say "$(wc -l <<<"$list") targets, $seconds s each, $jobs at a time"
# shellcheck disable=SC2016
xargs -P "$jobs" -L 1 bash -c 'fuzz "$0" "$1"' <<<"$list"

table="$work/table.txt"
printf '%-24s %12s %9s %9s %11s\n' target executions failures "slowest s" "memory MiB" | tee "$table"
while read -r _ target; do row "$target"; done <<<"$list" | tee -a "$table"
awk 'NR > 1 {runs += $2; failures += $3} END {printf "%-24s %12d %9d\n", "all", runs, failures; exit failures > 0}' "$table"
