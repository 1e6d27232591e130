#!/usr/bin/env bash
# Faults, kills and fuzzing for as long as you like. See --help.
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<END
scripts/storm.sh [--kills N] [--seed S] [--every K] [SCENARIO...]

Attacks the release build with what is too long for the tests, and prints one line per scenario:
  sweep   every K-th file operation (default 1: all) of a command fails with EIO, ENOSPC, EMFILE and EDQUOT, is the last one on
          a full disk, or is where the process is killed, with and without an atomic exchange of folders
  kills   N kills per command at random instants (default 12)
Each time, the same command is repeated and must end with the bytes of an undisturbed run. Without SCENARIO, all of
tests/faults/scenarios.py. Needs hours for everything on two cores; fuzzing has a script of its own, scripts/fuzz.sh.
The exit code is 1 if any promise was broken.
END
}

kills=12
seed=$RANDOM
every=1
while [[ $# -gt 0 ]]; do
  case "$1" in
    --kills) kills=$2 && shift ;;
    --seed) seed=$2 && shift ;;
    --every) every=$2 && shift ;;
    --help | -h)
      usage
      exit 0
      ;;
    -*) die "$1 is not known; see --help" ;;
    *) break ;;
  esac
  shift
done

program="$root/build/release/llama32med"
[[ -x $program ]] || die "$program is not there; build it with scripts/test.sh"
export LLAMA32MED_FAULT_SHIM="$root/build/release/tests/faults/libllama32med_fault_shim.so"
python3 "$root/tests/faults/storm.py" "$program" --kills "$kills" --seed "$seed" --every "$every" "$@"
