#!/usr/bin/env bash
# Installs what is missing, builds, runs the tests. See --help.
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<END
scripts/test.sh [--live] [--fast | --asan] [--no-packages] [-- CTEST ARGUMENTS]

Installs what is missing (scripts/setup.sh), builds preset release and runs its tests. Tests whose data is not here say that
they skip: the complete datasets are looked for in ../shared/data or \$LLAMA32MED_DATA.
  --live         also installs the pinned Python references and runs the tests that compare with them (label live)
  --fast         only the tests of seconds (label fast)
  --asan         only: the fast tests under AddressSanitizer and UndefinedBehaviorSanitizer (label asan)
  --no-packages  leave the system packages alone
  -- ...         handed to ctest, for instance: scripts/test.sh -- -R tokenizer --verbose
The exit code is ctest's; its closing line is printed last.
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
    --no-packages) setup+=(--no-packages) ;;
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

bash "$root/scripts/setup.sh" "${setup[@]}"
if [[ $live == yes ]]; then export LLAMA32MED_PYTHON="$venv/bin/python"; fi
configure_and_build release all

say "test"
result="$root/build/ctest.log"
status=0
ctest --test-dir "$root/build/release" --output-on-failure --no-tests=error "${labels[@]}" "$@" | tee "$result" || status=$?
say "the whole log is build/ctest.log"
grep -E '^[0-9]+% tests passed' "$result" || say "ctest ran no test"
exit "$status"
