#!/bin/sh
# run_all.sh PROGRAM...: several test programs as one test; the first that fails ends it.
set -e
for program in "$@"; do
  echo "---- $program"
  "$program" --gtest_brief=1
done
