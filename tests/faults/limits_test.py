"""Limits of the system and signals: memory, file size, a full or closed standard output, a closed terminal."""
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import time

import scenarios  # finds program.py
import program
from program import RESOURCE, STOPPED

MIB = 1 << 20


def limit(kind, size):
    return lambda: resource.setrlimit(kind, (size, size))


def peak_address_space(*arguments):
    """In bytes, as seen from outside until the process ends."""
    process, peak = program.start(*arguments), 0
    while process.poll() is None:
        try:
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        except OSError:
            break
        peak = max([peak, *(int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("VmPeak"))])
        time.sleep(0.005)
    process.communicate()
    return peak


class Limits(scenarios.ScenarioTest):
    def arguments(self, name):
        out = self.folder / f"{self.id()} {name}"
        shutil.rmtree(out, ignore_errors=True)
        return out, self.all[name].command(out)

    def assert_named(self, result):
        self.assertEqual(result.code, RESOURCE, result)
        self.assertTrue(result.err.strip().splitlines()[-1].startswith("error: "), result.err)
        self.assertNotIn("internal error", result.err)

    def test_file_size(self):
        for name in ("train", "merge", "quantize", "init"):
            with self.subTest(scenario=name):
                _, arguments = self.arguments(name)
                result = program.run(*arguments, before=limit(resource.RLIMIT_FSIZE, 10 << 10))
                self.assert_named(result)
                self.assertIn("File too large", result.err)

    def test_open_files(self):
        for count in (12, 16, 24):
            with self.subTest(files=count):
                out, arguments = self.arguments("train")
                result = program.run(*arguments, before=limit(resource.RLIMIT_NOFILE, count))
                if result.code not in (0, 127):  # 127: the loader could not open the libraries
                    self.assert_named(result)

    def test_address_space(self):
        """Between what a start needs and what the whole run takes, each limit is met at another place."""
        start = peak_address_space("inspect", self.inputs.model)
        for name in ("train", "eval"):
            out, arguments = self.arguments(name)
            whole = peak_address_space(*arguments)
            for share in (0.2, 0.5, 0.8):
                shutil.rmtree(out, ignore_errors=True)
                size = int(start + share * (whole - start))
                with self.subTest(scenario=name, size=size):
                    result = program.run(*arguments, before=limit(resource.RLIMIT_AS, size))
                    if result.code != 0:
                        self.assert_named(result)

    def test_standard_output_is_full(self):
        _, evaluation = self.arguments("eval")
        for arguments in (["inspect", self.inputs.model], [*evaluation, "--json"], ["--help"], ["--version"], ["man"]):
            with self.subTest(arguments=arguments), open("/dev/full", "w") as full:
                done = subprocess.run(program.command(*arguments), stdout=full, stderr=subprocess.PIPE, text=True)
                self.assertEqual(done.returncode, RESOURCE, done)
                self.assertIn("error: ", done.stderr)

    def test_nobody_reads_standard_output(self):
        for arguments in (["inspect", self.inputs.model], ["man"]):
            with self.subTest(arguments=arguments):
                reading, writing = os.pipe()
                os.close(reading)
                done = subprocess.run(program.command(*arguments), stdout=writing, stderr=subprocess.PIPE, text=True)
                os.close(writing)
                self.assertEqual((done.returncode, done.stderr), (-signal.SIGPIPE, ""))

    def test_nobody_reads_the_log(self):
        out, arguments = self.arguments("train")
        reading, writing = os.pipe()
        os.close(reading)
        done = subprocess.run(program.command(*arguments), stdout=subprocess.DEVNULL, stderr=writing)
        os.close(writing)
        self.assertEqual(done.returncode, 0)
        self.assertTrue((out / "stage2/adapter/adapter_model.safetensors").exists())

    def start_training(self, **options):
        """Long enough to be stopped; returns once it trains."""
        out, arguments = self.arguments("train")
        arguments = [a.replace("train.max_steps=2", "train.max_steps=500").replace("train.epochs=1", "train.epochs=500")
                     .replace("train.save_every=1", "train.save_every=0") for a in arguments]
        process = subprocess.Popen(program.command(*arguments), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **options)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        log = out / "stage1/metrics.jsonl"
        self.assertTrue(program.wait_for(lambda: log.exists() and log.stat().st_size > 0))
        return out, process

    def test_a_closed_terminal_stops_a_run_and_saves_it(self):
        out, process = self.start_training()
        process.send_signal(signal.SIGHUP)
        self.assertEqual(process.wait(60), STOPPED)
        self.assertTrue(list((out / "stage1/state").glob("step-*")))

    def test_nohup_stays_alive(self):
        _, process = self.start_training(preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        process.send_signal(signal.SIGHUP)
        time.sleep(0.3)
        self.assertIsNone(process.poll())


if __name__ == "__main__":
    program.main()
