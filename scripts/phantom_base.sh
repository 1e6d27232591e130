#!/usr/bin/env bash
# Makes configs/phantom_base, the small base model of the quickstart. See --help.
set -euo pipefail
# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

if [[ ${1:-} == --help || ${1:-} == -h ]]; then
  cat <<END
scripts/phantom_base.sh

Draws phantoms with the look "atlas", trains a tokenizer on their words, and trains all weights of a small Llama 3.2 Vision on
them: captions first, then questions (configs/phantom_base_training.json). Takes about five minutes on two cores. The result
replaces the weights and the tokenizer in configs/phantom_base. All other output is in runs/phantom_base/.
END
  exit 0
fi
[[ $# -eq 0 ]] || die "$1 is not known; see --help"

configure release
build release llama32med
cd "$root"
program=build/release/llama32med
run=runs/phantom_base
export LC_ALL=C

# Every word at the beginning of a line or after another word, and before each punctuation mark: the trainer only
# considers substrings that are followed by different characters.
words() {
  {
    sed 's/^[^,]*,//; s/"//g' "$run/data/captions/train_captions.csv"
    sed -n 's/^ *"question": "\(.*\)",$/\1/p; s/^ *"answer": "\(.*\)",$/The answer is: \1/p' "$run/data/vqa/train.json"
    sed 's/{.*}//; /^[#[<]/d' prompts/radiologist_caption.txt prompts/radiologist_vqa.txt
    printf 'user\nassistant\nCT\nMRI\nX-ray\n'
  } | awk '{ gsub(/[.,:?]/, ""); for (i = 1; i <= NF; ++i) print (i == 1 ? "" : "a ") $i }' | sort -u |
    awk '{ n = split(" . , ? :", mark, " "); for (k = 0; k <= n; ++k) for (j = 0; j < 3; ++j) print $0 mark[k] }'
}

rm -rf "$run"
"$program" data phantoms --look atlas --seed 1 --images 6000 --out "$run/data"
words > "$run/words.txt"
"$program" init --model-config configs/phantom_base/config.json --train-tokenizer "$run/words.txt" --vocabulary 768 --seed 0 \
  --weights-dtype bf16 --out "$run/fresh"
"$program" train --config configs/phantom_base_training.json --out "$run/run"
cp "$run"/run/stage2/model/* configs/phantom_base/
say "updated configs/phantom_base; its training run is $run/run"
