# shellcheck shell=bash
# Shared by the scripts through `source`. Every script: `set -euo pipefail`, short lines, one clear sentence on failure.

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
# shellcheck disable=SC2034  # used by the scripts that source this
venv="$root/.venv"
script="$(basename "$0")"

say() { printf '%s: %s\n' "$script" "$*"; }

die() {
  printf '%s: error: %s\n' "$script" "$*" >&2
  exit 1
}

# packages_of SECTION...: the packages of scripts/packages.txt; with_commands SECTION...: its lines as they are.
with_commands() {
  local section
  for section in "$@"; do
    awk -v wanted="[$section]" '/^\[/ {inside = $0 == wanted; next} inside && NF && !/^#/' "$root/scripts/packages.txt"
  done
}
packages_of() { with_commands "$@" | awk '{print $1}'; }

# quietly LOG COMMAND...: sends the output to LOG; on failure, shows the end of LOG and returns the command's status.
quietly() {
  local log="$1" status=0
  shift
  mkdir -p "$(dirname "$log")"
  "$@" >>"$log" 2>&1 </dev/null || status=$?
  if [[ $status -ne 0 ]]; then
    tail -n 15 "$log" >&2
  fi
  return "$status"
}

# MiB this process may use: free memory, or the rest of the container's limit.
memory_mib() {
  local free limit used
  free=$(awk '/^MemAvailable:/ {print int($2 / 1024)}' /proc/meminfo)
  limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null || echo max)
  if [[ $limit != max ]]; then
    used=$(awk '$1 == "anon" {print $2}' /sys/fs/cgroup/memory.stat 2>/dev/null || echo 0)
    limit=$(((limit - ${used:-0}) / 1048576))
    if [[ $limit -lt $free ]]; then free=$limit; fi
  fi
  echo "$free"
}

# Number of compile jobs; the largest job takes 1.4 GB.
build_jobs() {
  local jobs fit
  jobs=$(nproc)
  fit=$(($(memory_mib) / 1500))
  if [[ $fit -lt $jobs ]]; then jobs=$fit; fi
  if [[ $jobs -lt 1 ]]; then jobs=1; fi
  echo "$jobs"
}

# need_space MIB WHAT: fails early if the disk is too full.
need_space() {
  local free
  free=$(df --output=avail -BM "$root" | tail -n 1 | tr -dc 0-9)
  if [[ $free -lt $1 ]]; then
    die "$2 needs $1 MB in $root, but only $free MB are free"
  fi
}

# configure PRESET
configure() {
  local log="$root/build/configure-$1.log"
  say "configure (preset $1)"
  rm -f "$log"
  (cd "$root" && quietly "$log" cmake --preset "$1") || die "CMake could not configure; see $log"
}

# build PRESET TARGET...: on a terminal ninja shows one line of progress; in a log only warnings and errors.
build() {
  local preset="$1" jobs quiet=()
  shift
  jobs=$(build_jobs)
  say "build with $jobs jobs in build/$preset"
  if [[ ! -t 1 ]] && ninja --help 2>&1 | grep -q -- --quiet; then quiet=(-- --quiet); fi  # since ninja 1.11
  (cd "$root" && cmake --build --preset "$preset" --parallel "$jobs" --target "$@" "${quiet[@]}") || die "the build failed; see the error above"
}
