#!/bin/sh
# run_live.sh PYTHON SCRIPT ARGUMENT...: runs a live comparison, or ends with 77 (skipped) where that Python has no references.
python=$1
shift
if [ ! -x "$python" ] || ! "$python" -c 'import importlib.metadata as m; m.version("transformers")' 2>/dev/null; then
  echo "skipped: $python has no references (scripts/test.sh --live installs them)"
  exit 77
fi
exec "$python" "$@"
