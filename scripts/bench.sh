#!/usr/bin/env bash
# Measures llama32med against transformers side by side and prints a table (see the head of scripts/reference/bench.py).
#
#   scripts/bench.sh --what train         # steps of training instead of answers (head of bench_train.py)
#   scripts/bench.sh                      # samples, about half an hour on two cores
#   scripts/bench.sh --passes 1           # a third of that
#   scripts/bench.sh --full               # llama32med answers the complete test sets
#
# Every option goes to bench.py. LLAMA32MED_PYTHON names a Python that has scripts/reference/requirements.txt already.
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
