#!/usr/bin/env bash
# Tests and times llama32med on a bare GPU machine: no network, no compiler, no packages. See --help.
set -euo pipefail
script="$(basename "$0")"
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"

usage() {
  cat <<END
gpu_check.sh [--bundle FILE] [--shape NAME] [--seconds N] [--tests-only | --bench-only]

In under nine minutes: tests that compare CPU and GPU; LoRA, QLoRA, 8-bit, recomputed and bf16 training and an evaluation of a tiny
model on both; times of the 11B model with random weights generated on the GPU (21 GB), in bf16 and in 4 bits, with training steps.
Needs an NVIDIA driver, a python3 with torch 2.11 (for its libtorch), and the bundle made by scripts/offline_bundle.sh:
unpacked next to this script, or --bundle FILE, or build/offline/llama32med-offline.tar.xz of this checkout.
Results go to \$OUT, or to ./gpu_check_out: result.md (tables), result.json (everything), and the output of each part. They are
written again after each part, so an interrupted check keeps what it has. A part that fails or takes too long does not stop the others.
If \$OUT has the file gpu_baseline.jsonl, which other code left on the same machine, its times are shown beside ours.
  --bundle FILE  use this archive, or the folder of an unpacked one
  --shape NAME   11b (default), bench, small or tiny
  --seconds N    begin nothing, and stop everything, after this time (default: $seconds)
  --tests-only   no timing
  --bench-only   no tests
  --help         this text
Exit code: 0 success; 1 a part failed; 2 wrong usage; 3 something is missing (the message says what); 77 no GPU.
END
}

seconds=530
say() { printf '%s: %s\n' "$script" "$*"; }
stop() {  # stop CODE SENTENCE
  printf '%s: error: %s\n' "$script" "$2" >&2
  exit "$1"
}

# Sets `bundle` to the folder of the unpacked bundle.
find_bundle() {
  if [[ -z $archive && -e $here/bin/llama32med ]]; then archive="$here"; fi
  if [[ -d $archive ]]; then
    bundle="$(cd "$archive" && pwd)"
    return
  fi
  if [[ -z $archive ]]; then
    archive="$here/../build/offline/llama32med-offline.tar.xz"
    [[ -e $archive ]] || stop 3 "there is no bundle; make it with scripts/offline_bundle.sh on a machine with network access and copy it here"
  fi
  [[ -e $archive ]] || stop 3 "$archive does not exist"
  tar -C "$unpacked" -xf "$archive" 2>/dev/null || python3 -m tarfile -e "$archive" "$unpacked" || stop 3 "$archive cannot be unpacked"
  bundle="$unpacked/llama32med-offline"
}

find_libtorch() {
  local found wanted version
  found=$(python3 -c "import importlib.util as u; s = u.find_spec('torch'); print(s.submodule_search_locations[0] if s else '')" 2>/dev/null) || true
  [[ -n $found && -e $found/lib/libtorch_cpu.so ]] || stop 3 "python3 has no torch; put a python3 with torch 2.11 first in PATH"
  [[ -e $found/lib/libtorch_cuda.so ]] || stop 3 "the torch of python3 ($found) is a CPU build"
  wanted=$(awk '$1 == "libtorch" {print $2}' "$bundle/BUNDLE")
  version=$(python3 -c "import importlib.metadata as m; print(m.version('torch'))" 2>/dev/null || echo unknown)
  [[ $version == "$wanted"* ]] || say "warning: torch here is $version, but the bundle was built with $wanted; it may not start"
  export LD_LIBRARY_PATH="$found/lib:$bundle/bin${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
  say "libtorch $version"
  { cat "$bundle/BUNDLE" && echo "torch $version"; } >"$out/bundle.txt"
}

archive=""
shape=11b
kinds=tests,bench
while [[ $# -gt 0 ]]; do
  case "$1" in
    --bundle | --shape | --seconds)
      [[ -n ${2:-} ]] || stop 2 "$1 needs a value"
      case "$1" in
        --bundle) archive="$2" ;;
        --shape) shape="$2" ;;
        --seconds) seconds="$2" ;;
      esac
      shift
      ;;
    --tests-only) kinds=tests ;;
    --bench-only) kinds=bench ;;
    --help | -h)
      usage
      exit 0
      ;;
    *) stop 2 "$1 is not known; see --help" ;;
  esac
  shift
done
[[ $seconds =~ ^[1-9][0-9]*$ ]] || stop 2 "--seconds $seconds: must be a number of seconds"

unpacked=$(mktemp -d)
trap 'rm -rf "$unpacked"' EXIT
out="${OUT:-gpu_check_out}"
mkdir -p "$out" || stop 3 "cannot write to $out"
out="$(cd "$out" && pwd)"
find_bundle
say "bundle of $(awk '$1 == "commit" {print $2}' "$bundle/BUNDLE")"
find_libtorch
python3 "$bundle/gpu_check_parts.py" --bundle "$bundle" --out "$out" --shape "$shape" --seconds $((seconds - SECONDS)) --kinds "$kinds"
