#!/usr/bin/env bash
# From a fresh machine to a table of scores; see --help.
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

if [[ ${1:-} == --help || ${1:-} == -h ]]; then
  cat <<END
scripts/quickstart.sh

Installs what is missing (scripts/setup.sh), builds the program, and goes through the whole pipeline in about five minutes on two
idle cores, build excluded:

  1. draws phantoms: medical-looking images with captions and questions, split by image into train, validate and test
  2. tunes the small model in configs/phantom_base in two stages, captions, then questions (configs/phantoms.json)
  3. at the same time does the same with blank images: what can be learned from the words alone
  4. evaluates the untuned, the blind and the tuned model on the unseen test split; prints one table and writes one report
  5. evaluates a random model on the real VQA-RAD slice in tests/datasets: from real files to a table of scores. Its scores
     are those of a model that has learned nothing.

Everything it writes is in build/, runs/phantoms/ and runs/quickstart/.
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
# step COMMAND...: prints the command, so that it can be repeated by hand.
step() {
  printf '\n$ %s\n' "$*"
  "$@" || die "the command above failed"
}

phantoms=runs/phantoms
rm -rf "$run" "$phantoms"
# The blind model runs on the other core: training uses one thread.
blind() {
  step "$program" data phantoms --images 1440 --pictures blank --out "$phantoms/blank"
  step "$program" train --config configs/phantoms.json --out "$phantoms/blank_run" \
    --set stage1.data.folder="$phantoms/blank/captions" --set stage2.data.folder="$phantoms/blank/vqa"
  step "$program" eval --config configs/phantoms.json --adapter "$phantoms/blank_run/stage2/adapter" \
    --data "$phantoms/blank/vqa" --out "$phantoms/blind"
}
mkdir -p "$phantoms"
blind > "$phantoms/blind.log" 2>&1 &
blind_job=$!
# Stops the background job if the script is interrupted.
trap '{ pkill -P "$blind_job"; kill "$blind_job"; } 2> /dev/null || true' EXIT

step "$program" data phantoms --images 1440 --out "$phantoms/data"
step "$program" train --config configs/phantoms.json --out "$phantoms"
step "$program" eval --config configs/phantoms.json --out "$phantoms/untuned"
step "$program" eval --config configs/phantoms.json --adapter "$phantoms/stage2/adapter" --out "$phantoms/tuned"

wait "$blind_job" || die "the blind model failed; see $phantoms/blind.log"
trap - EXIT
printf '\n'
say "phantoms, unseen test split: before tuning, tuned without seeing the images, tuned"
python3 scripts/phantom_table.py "$phantoms/data/vqa" untuned="$phantoms/untuned" blind="$phantoms/blind" \
  tuned="$phantoms/tuned"
step "$program" report "$phantoms/untuned" "$phantoms/blind" "$phantoms/tuned" --out "$phantoms/compared"

step "$program" init --preset small --out "$run/model"
step "$program" eval --model "$run/model" --dataset vqa_rad --data tests/datasets/vqa_rad --split test --out "$run/eval"

image=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[0]["img_name"])' "$phantoms/data/vqa/test.json")
printf '\n'
say "open this in a browser: $phantoms/compared/report.html"
say "ask this: $program generate --model configs/phantom_base --adapter $phantoms/stage2/adapter --image $phantoms/data/vqa/imgs/$image" \
  "--prompt-file radiologist_vqa --slot question=\"How many lesions can be seen?\""
say "next: your own checkpoint and data, as README.md shows under \"Use it\""
