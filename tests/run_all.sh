#!/bin/sh
# run_all.sh PROGRAM...: runs several test programs as one test and stops at the first failure.
set -e
for program in "$@"; do
  echo "---- $program"
  "$program" --gtest_brief=1
done
