#!/usr/bin/env python3
"""setup.sh where there is an NVIDIA driver, without downloading anything: the driver, pip and libtorch are stand-ins.

And the table of its CUDA wheels against the metadata of torch, where the wheels are installed.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SITE = "lib/python3.11/site-packages"
PIP = """#!/usr/bin/env bash
# Stands for .venv/bin/python: writes down what pip would install, and installs stand-ins for it.
here="$(dirname "$(dirname "$(realpath "$0")")")"
echo "$@" >>"$here/pip.txt"
site="$here/SITE"
for word in "$@"; do
  case "$word" in
    torch==*) mkdir -p "$site" && cp -r "$here/../torch" "$site/" ;;
    nvidia-cufile==*) mkdir -p "$site/nvidia/cu13/lib" && cp "$here/../libcufile.so.0" "$site/nvidia/cu13/lib/" ;;
  esac
done
"""


def compile_library(path, needs=(), run_path=""):
    words = ["gcc", "-shared", "-fPIC", "-x", "c", "/dev/null", f"-Wl,-soname,{path.name}", "-o", str(path), "-Wl,--no-as-needed"]
    subprocess.run(words + ["-x", "none", *map(str, needs), *([f"-Wl,-rpath,{run_path}"] if run_path else [])], check=True)


class GpuSetup(unittest.TestCase):
    """`self.root` is a copy of the scripts with an empty .venv; `self.torch` a libtorch whose GPU library needs libcufile."""

    def setUp(self):
        folder = Path(tempfile.mkdtemp(prefix="llama32med-setup-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        self.root, self.driver = folder / "root", folder / "driver"
        shutil.copytree(ROOT / "scripts", self.root / "scripts")
        self.driver.mkdir()
        compile_library(self.driver / "libcuda.so.1")
        compile_library(self.root / "libcufile.so.0")
        compile_library(self.root / "libcudart.so.13")
        self.torch = self.root / "torch"
        (self.torch / "include/ATen/core").mkdir(parents=True)
        (self.torch / "include/torch/headeronly").mkdir(parents=True)
        (self.torch / "lib").mkdir()
        (self.torch / "include/ATen/core/Tensor.h").touch()
        (self.torch / "include/torch/headeronly/version.h").write_text(
            "#define TORCH_VERSION_MAJOR 2\n#define TORCH_VERSION_MINOR 11\n#define TORCH_VERSION_PATCH 0\n")
        compile_library(self.torch / "lib/libtorch_cpu.so")
        compile_library(self.torch / "lib/libc10_cuda.so", [self.root / "libcudart.so.13"])
        compile_library(self.torch / "lib/libtorch_cuda.so", [self.root / "libcufile.so.0"], "$ORIGIN/../../nvidia/cu13/lib")
        python = self.root / ".venv/bin/python"
        python.parent.mkdir(parents=True)
        python.write_text(PIP.replace("SITE", SITE))
        python.chmod(0o755)
        (python.parent / "pip").touch()

    def run_setup(self, *options, driver=True, **variables):
        keep = {name: value for name, value in os.environ.items()
                if not name.startswith(("CUDA_", "LIBTORCH", "LLAMA32MED", "LD_LIBRARY"))}
        hidden = ":".join(part for part in keep["PATH"].split(":") if "cuda" not in part)
        if driver:
            variables["LD_LIBRARY_PATH"] = str(self.driver)
        (self.root / ".venv/pip.txt").unlink(missing_ok=True)
        done = subprocess.run(["bash", self.root / "scripts/setup.sh", "--no-packages", *options], text=True, capture_output=True,
                              env={**keep, "PATH": hidden, **variables})
        return done

    def installed(self):
        """What pip was asked for: name -> version."""
        file = self.root / ".venv/pip.txt"
        return dict(re.findall(r"(\S+)==(\S+)", file.read_text())) if file.exists() else {}

    def test_a_driver_brings_the_complete_set_and_says_so_before(self):
        done = self.run_setup()
        self.assertEqual(done.returncode, 0, done)
        self.assertRegex(done.stdout, r"installing nvidia-cublas==.* \(2 GB to download, once\)")
        self.assertLessEqual({"torch", "nvidia-cudnn-cu13", "nvidia-nccl-cu13", "nvidia-cufile"}, set(self.installed()))
        again = self.run_setup()
        self.assertNotIn("torch", self.installed(), again)
        self.assertNotIn("nvidia-cufile", self.installed(), again)

    def test_without_a_driver_only_what_libtorch_needs_to_start(self):
        for done in (self.run_setup(driver=False), self.run_setup("--no-gpu"), self.run_setup(LLAMA32MED_NO_GPU="1")):
            self.assertEqual(done.returncode, 0, done)
            self.assertNotIn("nvidia-cufile", self.installed())
            self.assertNotIn("nvidia-cuda-nvcc", self.installed())
        self.assertEqual(self.run_setup("--gpu", driver=False).returncode, 0)
        self.assertIn("nvidia-cufile", self.installed())

    def test_a_libtorch_from_elsewhere_is_checked(self):
        done = self.run_setup(LIBTORCH_ROOT=str(self.torch))
        self.assertEqual(done.returncode, 0, done)
        self.assertRegex(done.stdout, r"the one from LIBTORCH_ROOT cannot compute on a GPU: .*libcufile\.so\.0")
        refused = self.run_setup("--gpu", LIBTORCH_ROOT=str(self.torch))
        self.assertEqual(refused.returncode, 1)
        self.assertIn("libcufile.so.0", refused.stdout)
        (self.torch / "lib/libtorch_cuda.so").unlink()
        self.assertIn("is a CPU build", self.run_setup(LIBTORCH_ROOT=str(self.torch)).stdout)
        self.assertNotIn("GPU", self.run_setup(driver=False, LIBTORCH_ROOT=str(self.torch)).stdout)

    def test_a_compiler_comes_from_wheels_where_there_is_no_toolkit(self):
        self.run_setup()
        cuda = self.root / ".venv" / SITE / "nvidia/cu13"
        words = ("source scripts/common.sh; source scripts/setup_gpu.sh; log=/dev/null; nvcc_wheels=(nvidia-cuda-nvcc==1.2.3); "
                 "has_nvcc() { false; }; make_venv() { :; }; pip_install() { \"$venv/bin/python\" \"$@\"; }; "
                 "setup_nvcc .venv/" + SITE + "/torch")
        search = {**os.environ, "LD_LIBRARY_PATH": str(self.root)}  # for libcudart.so.13
        for expected in ("installing nvidia-cuda-nvcc==1.2.3 into .venv (70 MB", "nvcc: from .venv"):
            done = subprocess.run(["bash", "-euc", words], cwd=self.root, text=True, capture_output=True, env=search)
            self.assertIn(expected, done.stdout, done)
        self.assertEqual(os.readlink(cuda / "lib64"), "lib")
        self.assertEqual(os.readlink(cuda / "lib/libcudart.so"), "libcudart.so.13")

    def test_the_table_is_that_of_torch(self):
        site = next(iter(ROOT.glob(".venv/lib/python3*/site-packages/cuda_toolkit-*/METADATA")), None)
        if site is None:
            self.skipTest("torch's dependencies are not installed in .venv")
        torch = next(iter(site.parents[1].glob("torch-*.dist-info/METADATA"))).read_text()
        wanted = dict(re.findall(r"Requires-Dist: (nvidia-\S+?)==([\d.]+);", torch))
        extras = re.search(r"cuda-toolkit\[(.*?)\]", torch).group(1).split(",")
        for name, version, extra in re.findall(r"Requires-Dist: (nvidia-\S+?)==([\d.]+)\.\*;.*extra == '(\w+)'", site.read_text()):
            if extra in extras:
                wanted[name] = version
        text = (ROOT / "scripts/setup.sh").read_text()
        tables = text[text.index("\nlibtorch_wheels=(") : text.index("\nnvcc_wheels=(")]
        listed = dict(re.findall(r"(nvidia-\S+)==([\d.]+)", tables))
        self.assertEqual(listed, wanted)


if __name__ == "__main__":
    if not shutil.which("gcc"):
        sys.exit(77)
    unittest.main()
