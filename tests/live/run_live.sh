#!/bin/sh
# run_live.sh PYTHON SCRIPT ARGUMENT...: runs a live comparison, or ends with 77 (skipped) where that Python is not installed.
python=$1
shift
if [ ! -x "$python" ]; then
  echo "skipped: no $python (scripts/test.sh --live installs it)"
  exit 77
fi
exec "$python" "$@"
