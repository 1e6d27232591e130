#!/bin/sh
# run_live.sh PYTHON SCRIPT ARGUMENT...: runs a live comparison, or exits with 77 (skipped) if that Python lacks the references.
python=$1
shift
if [ ! -x "$python" ] || ! "$python" -c 'import importlib.metadata as m; m.version("transformers")' 2>/dev/null; then
  echo "skipped: $python has no references (scripts/test.sh --live installs them)"
  exit 77
fi
exec "$python" "$@"
