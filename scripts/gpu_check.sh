#!/usr/bin/env bash
# Tests and times llama32med on a bare GPU machine: no network, no compiler, no packages. See --help.
set -euo pipefail
script="$(basename "$0")"
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"

usage() {
  cat <<END
gpu_check.sh [--bundle FILE] [--shape NAME] [--tests-only | --bench-only]

Runs the tests that compare CPU and GPU, then times the 11B model with random weights generated on the GPU (21 GB).
Needs an NVIDIA driver, a python3 with torch 2.11 (for its libtorch), and the bundle made by scripts/offline_bundle.sh:
unpacked next to this script, or --bundle FILE, or build/offline/llama32med-offline.tar.zst of this checkout.
Results go to \$OUT, or to ./gpu_check_out: gpu.txt, cuda_tests.txt, bench_NAME.txt, bench_NAME.json, summary.txt.
  --bundle FILE  use this archive
  --shape NAME   11b (default), bench, small or tiny
  --tests-only   no timing
  --bench-only   no tests
  --help         this text
Exit code: 0 success; 1 a test or the timing failed; 2 wrong usage; 3 something is missing (the message says what); 77 no GPU.
END
}

say() { printf '%s: %s\n' "$script" "$*"; }
stop() {  # stop CODE SENTENCE
  printf '%s: error: %s\n' "$script" "$2" >&2
  exit "$1"
}

# Sets `bundle` to the folder of the unpacked bundle.
find_bundle() {
  if [[ -z $archive && -e $here/bin/llama32med ]]; then
    bundle="$here"
    return
  fi
  if [[ -z $archive ]]; then
    # shellcheck disable=SC2012  # we control these names
    archive=$(ls -t "$here"/../build/offline/llama32med-offline.tar.* 2>/dev/null | head -n 1 || true)
  fi
  [[ -n $archive ]] || stop 3 "there is no bundle; make it with scripts/offline_bundle.sh on a machine with network access and copy it here"
  [[ -e $archive ]] || stop 3 "$archive does not exist"
  if [[ $archive == *.zst ]] && ! command -v zstd >/dev/null; then
    stop 3 "zstd is needed to unpack $archive; or make the bundle with scripts/offline_bundle.sh --xz"
  fi
  tar -C "$unpacked" -xf "$archive" 2>/dev/null || python3 -m tarfile -e "$archive" "$unpacked" || stop 3 "$archive cannot be unpacked"
  bundle="$unpacked/llama32med-offline"
}

find_libtorch() {
  local found wanted
  found=$(python3 -c "import importlib.util as u; s = u.find_spec('torch'); print(s.submodule_search_locations[0] if s else '')" 2>/dev/null) || true
  [[ -n $found && -e $found/lib/libtorch_cpu.so ]] || stop 3 "python3 has no torch; put a python3 with torch 2.11 first in PATH"
  [[ -e $found/lib/libtorch_cuda.so ]] || stop 3 "the torch of python3 ($found) is a CPU build"
  wanted=$(awk '$1 == "libtorch" {print $2}' "$bundle/BUNDLE")
  version=$(python3 -c "import importlib.metadata as m; print(m.version('torch'))" 2>/dev/null || echo unknown)
  [[ $version == "$wanted"* ]] || say "warning: torch here is $version, but the bundle was built with $wanted; it may not start"
  export LD_LIBRARY_PATH="$found/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
  say "libtorch $version"
}

check_program() {
  local words
  if ! words=$("$bundle/bin/llama32med" --version 2>&1); then
    stop 3 "the program does not start here: $(tail -n 1 <<<"$words") (it needs $(awk '$1 == "needs" {print $2, $3}' "$bundle/BUNDLE"))"
  fi
  say "$words"
}

# Asks the program itself whether it can compute on a GPU.
check_gpu() {
  local words status=0
  words=$("$bundle/bin/llama32med" bench --shape tiny --random-weights --repeats 1 --device cuda 2>&1) || status=$?
  if [[ $status -eq 4 ]]; then stop 77 "no GPU: ${words#error: }"; fi
  [[ $status -eq 0 ]] || stop 1 "the smallest model does not run on the GPU: $(tail -n 1 <<<"$words")"
  { nvidia-smi || true; } >"$out/gpu.txt" 2>&1
  say "GPU: $(nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>/dev/null | head -n 1 || echo unknown)"
}

run_tests() {
  local log="$out/cuda_tests.txt" status=0
  say "tests: CPU against CUDA"
  LLAMA32MED_SOURCE_DIR="$bundle" "$bundle/bin/cuda_test" >"$log" 2>&1 || status=$?
  grep -E '^\[  (PASSED|FAILED) |^\[  SKIPPED \] [0-9]+ test' "$log" || true
  if [[ $status -ne 0 ]]; then
    say "the tests failed (exit code $status); see cuda_tests.txt"
    failed=1
  elif grep -q '^\[  SKIPPED' "$log"; then
    say "some tests were skipped; cuda_tests.txt says why"
    failed=1  # with a GPU and the bundle's kernels, none should be
  fi
}

run_bench() {
  local bench=("$bundle/bin/llama32med" bench --shape "$shape" --random-weights --device cuda) status=0
  say "timing: shape $shape, random weights generated on the GPU"
  "${bench[@]}" >"$out/bench_$shape.txt" 2>"$out/bench_errors.txt" || status=$?
  if [[ $status -eq 0 ]]; then "${bench[@]}" --json >"$out/bench_$shape.json" 2>"$out/bench_errors.txt" || status=$?; fi
  if [[ $status -ne 0 ]]; then
    say "the timing failed (exit code $status): $(tail -n 1 "$out/bench_errors.txt")"
    failed=1
    return
  fi
  rm -f "$out/bench_errors.txt"
  cat "$out/bench_$shape.txt"
}

archive=""
shape=11b
with_tests=yes
with_bench=yes
while [[ $# -gt 0 ]]; do
  case "$1" in
    --bundle | --shape)
      [[ -n ${2:-} ]] || stop 2 "$1 needs a value"
      if [[ $1 == --bundle ]]; then archive="$2"; else shape="$2"; fi
      shift
      ;;
    --tests-only) with_bench=no ;;
    --bench-only) with_tests=no ;;
    --help | -h)
      usage
      exit 0
      ;;
    *) stop 2 "$1 is not known; see --help" ;;
  esac
  shift
done

unpacked=$(mktemp -d)
trap 'rm -rf "$unpacked"' EXIT
out="${OUT:-gpu_check_out}"
mkdir -p "$out" || stop 3 "cannot write to $out"
failed=0
find_bundle
say "bundle of $(awk '$1 == "commit" {print $2}' "$bundle/BUNDLE")"
find_libtorch
check_program
check_gpu
if [[ $with_tests == yes ]]; then run_tests; fi
if [[ $with_bench == yes ]]; then run_bench; fi
{
  cat "$bundle/BUNDLE"
  echo "torch $version"
  echo "failed $failed"
} >"$out/summary.txt"
if [[ $failed -eq 0 ]]; then say "success; results are in $out"; else say "something failed; results are in $out"; fi
exit "$failed"
