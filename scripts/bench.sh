#!/usr/bin/env bash
# Benchmarks llama32med against transformers and prints a table (see the top of scripts/reference/bench.py).
#
#   scripts/bench.sh                      # samples, about half an hour on two cores
#   scripts/bench.sh --what train         # training steps instead of answers (see the top of bench_train.py)
#   scripts/bench.sh --passes 1           # a third of the time
#   scripts/bench.sh --full               # llama32med answers the complete test sets
#
# All options are passed to bench.py. LLAMA32MED_PYTHON: a Python that already has scripts/reference/requirements.txt.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -n "${LLAMA32MED_PYTHON:-}" ]; then
  python=$LLAMA32MED_PYTHON
  if [ ! -x "$python" ]; then
    echo "LLAMA32MED_PYTHON is $python, which is not a program" >&2
    exit 2
  fi
else
  scripts/setup.sh --live >&2
  python=.venv/bin/python3
fi
exec "$python" scripts/reference/bench.py "$@"
