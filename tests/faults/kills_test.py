"""Kills at random instants of every command that writes: repeated, it ends with the bytes of an undisturbed run.

KILLS=N in the environment: per command (default 2).
"""
import os
import signal

import scenarios  # finds program.py
import program
from faults import Bench

KILLS = int(os.environ.get("KILLS", "2"))
SEED = int(os.environ.get("SEED", "1"))


class Kills(scenarios.ScenarioTest):
    def test_every_writing_command(self):
        for name, scenario in self.all.items():
            with self.subTest(scenario=name):
                self.assertEqual(Bench(scenario, self.folder / "work").kill_at_random(KILLS, SEED), [])

    def test_signals_that_ask_to_stop(self):
        signals = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1)
        for name in ("train", "eval"):
            with self.subTest(scenario=name):
                self.assertEqual(Bench(self.all[name], self.folder / "work").kill_at_random(KILLS, SEED, signals), [])


if __name__ == "__main__":
    program.main()
