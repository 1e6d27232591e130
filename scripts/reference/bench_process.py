"""Runs and measures a command; stores the lines of a benchmark."""

import json
import os
import subprocess
import time


def measured(command, threads):
    """(last JSON object on standard output, measurements)."""
    environment = os.environ | {name: str(threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
    start = time.perf_counter()
    arguments = [str(c) for c in command]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, encoding="utf-8", env=environment) as process:
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - start
    if process.returncode != 0:
        raise SystemExit(f"exit status {process.returncode}: {' '.join(map(str, command))}")
    try:
        start_of_object = output.index("{")
        result = json.JSONDecoder().raw_decode(output[start_of_object:])[0]
    except ValueError as e:
        raise SystemExit(f"no JSON object on the standard output of: {' '.join(map(str, command))}") from e
    return result, {"process_s": round(wall, 2), "cpu_s": round(usage.ru_utime + usage.ru_stime, 2),
                    "peak_rss_mib": round(usage.ru_maxrss / 1024)}


def append(file, line):
    with open(file, "a", encoding="utf-8") as opened:
        opened.write(json.dumps(line, ensure_ascii=False) + "\n")
