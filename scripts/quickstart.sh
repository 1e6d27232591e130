#!/usr/bin/env bash
# From a fresh machine to a table of scores. See --help.
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

if [[ ${1:-} == --help || ${1:-} == -h ]]; then
  cat <<END
scripts/quickstart.sh

Installs what is missing (scripts/setup.sh), builds the program, makes a small Llama 3.2 Vision with random weights, and
evaluates it on the real VQA-RAD slice in tests/data. Everything it writes stands in build/ and runs/quickstart/. The scores
are those of a model that has learnt nothing: what it shows is the road from images and questions to a table.
END
  exit 0
fi
[[ $# -eq 0 ]] || die "$1 is not known; see --help"

bash "$root/scripts/setup.sh"
configure release
build release llama32med

cd "$root"
program=build/release/llama32med
run=runs/quickstart
# step COMMAND...: shows the command, so that it can be repeated by hand.
step() {
  printf '\n$ %s\n' "$*"
  "$@" || die "the command above failed"
}

rm -rf "$run"
step "$program" init --preset small --out "$run/model"
step "$program" eval --model "$run/model" --dataset vqa_rad --data tests/data/vqa_rad --split test --out "$run/eval"

printf '\n'
say "the model is in $run/model, its answers and scores are in $run/eval:"
ls "$run/eval"
