"""Runs the program under test and makes its inputs: model folders, safetensors, datasets. Standard library only.

Test scripts are called as `x_test.py PROGRAM [unittest's arguments]`.
"""
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import typing
import unittest
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests/golden"
TINY = GOLDEN / "tiny/model"
IMAGES = GOLDEN / "images"
VQA_RAD = ROOT / "tests/datasets/vqa_rad"

USAGE, DATA, RESOURCE, STOPPED, GATE = 2, 3, 4, 5, 6  # exit codes

_program = None
# One thread: tiny models do not profit from more, and on a busy machine threads wait for each other.
_environment = dict(os.environ, OMP_NUM_THREADS="1", LC_ALL="C.UTF-8")
_environment.pop("GITHUB_STEP_SUMMARY", None)  # tests are not results


class Result(typing.NamedTuple):
    code: int
    out: str
    err: str


def command(*arguments):
    return [_program, *map(str, arguments)]


def run(*arguments, timeout=300, before=None, variables=None):
    """`before` is called in the new process, which also has the environment variables `variables`."""
    done = subprocess.run(command(*arguments), stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout,
                          env={**_environment, **(variables or {})}, preexec_fn=before)
    return Result(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))


def start(*arguments):
    return subprocess.Popen(command(*arguments), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, env=_environment)


def temporary_folder():
    return pathlib.Path(tempfile.mkdtemp(prefix="llama32med-e2e-"))


class ProgramTest(unittest.TestCase):
    """A test with its own empty folder, `self.folder`."""

    def setUp(self):
        self.folder = temporary_folder()
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def succeed(self, *arguments):
        result = run(*arguments)
        self.assertEqual(result.code, 0, result)
        return result

    def answer(self, *arguments):
        """The JSON printed by a command."""
        return json.loads(self.succeed(*arguments, "--json").out)

    def refuse(self, code, parts, *arguments):
        """Checks for exit `code`, one line on standard error that contains all parts, and no standard output."""
        result = run(*arguments)
        self.assertEqual(result.code, code, result)
        self.assertEqual(result.out, "", result)
        self.assertEqual(result.err.count("\n"), 1, result.err)
        self.assertTrue(result.err.startswith("error: ") and result.err.endswith("\n"), result.err)
        for part in parts:
            self.assertIn(str(part), result.err)
        for sign in ("internal error", "terminate called", "Exception raised from", ".cpp", "frame #"):
            self.assertNotIn(sign, result.err)
        return result.err

    def copy_model(self, name="model", source=TINY):
        """A writable copy of a model folder."""
        return pathlib.Path(shutil.copytree(source, self.folder / name))


def use(program):
    global _program
    _program = os.path.abspath(program)


def main():
    if len(sys.argv) < 2 or not os.access(sys.argv[1], os.X_OK):
        sys.exit(f"usage: {sys.argv[0]} PROGRAM [unittest's arguments]")
    use(sys.argv.pop(1))
    unittest.main()


# ---- files ------------------------------------------------------------------------------------------------------------

def read_json(path):
    return json.loads(pathlib.Path(path).read_text(encoding="utf-8"))


def write_json(path, value):
    pathlib.Path(path).write_text(json.dumps(value), encoding="utf-8")


def edit_json(path, edit):
    value = read_json(path)
    edit(value)
    write_json(path, value)


def folder_bytes(folder):
    """Every file below a folder: name -> bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def wait_for(what, seconds=60):
    """True as soon as `what()` is true; False after the given number of seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.01)
    return False


# ---- safetensors: a header length, a JSON header, bytes --------------------------------------------------------------

_FORMATS = {"F64": "d", "F32": "f", "I64": "q", "I32": "i", "U8": "B"}


class Tensor(typing.NamedTuple):
    dtype: str
    shape: list
    data: bytes

    def numbers(self):
        return struct.unpack(f"<{len(self.data) // struct.calcsize(_FORMATS[self.dtype])}{_FORMATS[self.dtype]}", self.data)


def tensor(dtype, shape, numbers):
    numbers = list(numbers)
    return Tensor(dtype, list(shape), struct.pack(f"<{len(numbers)}{_FORMATS[dtype]}", *numbers))


def full(dtype, shape, value):
    count = 1
    for size in shape:
        count *= size
    return tensor(dtype, shape, [value] * count)


def read_safetensors(path):
    """name -> Tensor, and the metadata."""
    raw = pathlib.Path(path).read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8:8 + length])
    metadata = header.pop("__metadata__", {})
    body = raw[8 + length:]
    return {name: Tensor(e["dtype"], e["shape"], body[slice(*e["data_offsets"])]) for name, e in header.items()}, metadata


def write_raw_safetensors(path, header, body):
    text = json.dumps(header).encode()
    pathlib.Path(path).write_bytes(struct.pack("<Q", len(text)) + text + body)


def write_safetensors(path, tensors, metadata=None):
    header, body = {}, b""
    if metadata:
        header["__metadata__"] = metadata
    for name, t in tensors.items():
        header[name] = {"dtype": t.dtype, "shape": t.shape, "data_offsets": [len(body), len(body) + len(t.data)]}
        body += t.data
    write_raw_safetensors(path, header, body)


# ---- pictures ---------------------------------------------------------------------------------------------------------

def png_bytes(width, height, level=128, rows=None):
    """A gray 8-bit PNG. `rows`: number of rows of pixels it really contains (default: all)."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    pixels = zlib.compress(bytes([0] + [level] * width) * (height if rows is None else rows))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)) +
            chunk(b"IDAT", pixels) + chunk(b"IEND", b""))


def write_records(folder, records):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "records.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
