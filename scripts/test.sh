#!/usr/bin/env bash
# Installs what is missing, builds, runs the tests. See --help.
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<END
scripts/test.sh [--live] [--fast | --asan] [--no-packages] [--gpu | --no-gpu] [-- CTEST ARGUMENTS]

Installs what is missing (scripts/setup.sh), builds the release preset and runs its tests. Tests are skipped if their data is
missing; the complete datasets are expected in ../shared/data or \$LLAMA32MED_DATA.
  --live         also install the pinned Python references and run the tests that compare with them (label live)
  --fast         only run tests that take seconds (label fast)
  --asan         only run the fast tests under AddressSanitizer and UndefinedBehaviorSanitizer (label asan)
  --no-packages, --gpu, --no-gpu  as for scripts/setup.sh
  -- ...         passed on to ctest, for example: scripts/test.sh -- -R tokenizer --verbose
The exit code is ctest's; its summary line is printed last.
END
}

setup=()
kind=all
live=no
while [[ $# -gt 0 ]]; do
  case "$1" in
    --live) live=yes setup+=(--live) ;;
    --fast) kind=fast ;;
    --asan) kind=asan ;;
    --no-packages | --gpu | --no-gpu) setup+=("$1") ;;
    --help | -h)
      usage
      exit 0
      ;;
    --)
      shift
      break
      ;;
    *) die "$1 is not known; see --help" ;;
  esac
  shift
done

case "$kind-$live" in
  all-no) labels=(-LE 'live|asan') ;;
  all-yes) labels=(-LE 'asan') ;;
  fast-no) labels=(-L '^fast$') ;;
  fast-yes) labels=(-L '^(fast|live)$') ;;
  asan-*) labels=(-L '^asan$') ;;
esac

if [[ $kind == all ]]; then setup+=(--browser); fi
bash "$root/scripts/setup.sh" "${setup[@]}"
configure release
if [[ $kind != asan ]]; then build release all; fi  # the asan test builds its own preset itself

# Lists skipped tests and the reasons from a GoogleTest log; ctest itself only reports skips of whole binaries.
show_skipped() {
  awk '/: Skipped$/ {getline reason} /^(\[  SKIPPED \] [^ ]+ \()/ {n[reason]++; names[reason] = names[reason] " " $4}
    END {for (r in n) printf "skipped %d, %s:%s\n", n[r], r, (n[r] > 8 ? " ..." : names[r])}' "$1" | sort
}

say "test"
result="$root/build/ctest.log"
status=0
ctest --test-dir "$root/build/release" --output-on-failure --no-tests=error "${labels[@]}" "$@" | tee "$result" || status=$?
show_skipped "$root/build/release/Testing/Temporary/LastTest.log"
say "the complete log is build/release/Testing/Temporary/LastTest.log"
grep -E '^[0-9]+% tests passed' "$result" || say "ctest ran no test"
exit "$status"
