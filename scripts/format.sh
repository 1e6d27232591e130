#!/usr/bin/env bash
# Formats the C++ of the repository, or checks that it is formatted. See --help.
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

if [[ ${1:-} == --help || ${1:-} == -h ]]; then
  cat <<END
scripts/format.sh [--check]

Formats all C++ files known to git with the clang-format that scripts/setup.sh installs; other versions format differently.
  --check  changes nothing; lists what is not formatted and exits with status 1
END
  exit 0
fi
case "${1:-}" in
  "") arguments=(-i) ;;
  --check) arguments=(--dry-run --Werror) ;;
  *) die "$1 is not known; see --help" ;;
esac

formatter="$venv/bin/clang-format"
if [[ ! -x $formatter ]]; then
  say "clang-format is not in .venv; scripts/setup.sh installs it"
  exit 77
fi
cd "$root"
if ! git rev-parse --git-dir >/dev/null 2>&1; then
  say "this is not a git checkout, which is needed to list the files"
  exit 77
fi
git ls-files --cached --others --exclude-standard '*.h' '*.cpp' '*.cu' '*.cuh' | xargs "$formatter" "${arguments[@]}" ||
  die "not formatted; run scripts/format.sh"
