#!/usr/bin/env bash
# Runs clang-tidy with .clang-tidy. See --help.
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

if [[ ${1:-} == --help || ${1:-} == -h ]]; then
  cat <<END
scripts/tidy.sh [FILE OR FOLDER...]

Runs clang-tidy (14 or newer; apt-get install clang-tidy) on the given sources, or on all of src and tools. A source takes 4 s,
one with tensors half a minute. The exit code is 0 if nothing was found. Example: scripts/tidy.sh src/core tools/main.cpp
END
  exit 0
fi
command -v clang-tidy >/dev/null || die "clang-tidy is missing; install it with: apt-get install clang-tidy"

cd "$root"
if [[ $# -eq 0 ]]; then set -- src tools; fi
folders=()
for name in "$@"; do
  if [[ -e $name ]]; then folders+=("$name"); else say "$name does not exist"; fi
done
[[ ${#folders[@]} -gt 0 ]] || die "there is nothing to check"
mapfile -t sources < <(find "${folders[@]}" -name '*.cpp' | sort)

mkdir -p build
configure tidy
say "${#sources[@]} sources"
printf '%s\0' "${sources[@]}" | xargs -0 -n 1 -P "$(build_jobs)" clang-tidy -p build/tidy --quiet 2>/dev/null ||
  die "clang-tidy found problems; see above"
say "nothing found"
