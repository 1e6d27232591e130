#!/usr/bin/env bash
# Measures llama32med against transformers side by side and prints a table (see the head of scripts/reference/bench.py).
#
#   scripts/bench.sh                      # samples, about half an hour on two cores
#   scripts/bench.sh --passes 1           # a third of that
#   scripts/bench.sh --full               # llama32med answers the complete test sets
#
# Every option goes to bench.py. LLAMA32MED_PYTHON names a Python that has scripts/reference/requirements.txt already.
set -euo pipefail
cd "$(dirname "$0")/.."

python=${LLAMA32MED_PYTHON:-.venv/bin/python3}
if [ ! -x "$python" ]; then
  if [ -n "${LLAMA32MED_PYTHON:-}" ]; then
    echo "LLAMA32MED_PYTHON is $python, which is not a program" >&2
    exit 2
  fi
  echo "bench.sh: making the Python environment .venv" >&2
  python3 -m venv .venv || { echo "python3 with its venv module is needed (Debian, Ubuntu: apt-get install python3-venv)" >&2; exit 2; }
fi
if ! "$python" -c 'import importlib.metadata as m; m.version("torch"); assert m.version("transformers") == "4.54.1"' 2>/dev/null; then
  echo "bench.sh: installing the Python references, once (3 GB to download, torch brings its CUDA libraries)" >&2
  "$python" -m pip install --quiet -r scripts/reference/requirements.txt
fi
exec "$python" scripts/reference/bench.py "$@"
