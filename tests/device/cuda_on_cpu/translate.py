"""Rewrites the launches of a .cu file for g++.

kernel<<<grid, block, shared, stream>>>(arguments) becomes
cuda_on_cpu::launch("kernel", grid, block, shared, stream)(kernel, arguments).
"""
import pathlib
import re
import sys

NAME = r"([A-Za-z_]\w*)((?:<[^<>;]*(?:<[^<>]*>[^<>;]*)*>)?)"


def translated(text):
    text, count = re.subn(NAME + r"\s*<<<(.*?)>>>\(\s*", r'cuda_on_cpu::launch("\1", \3)(\1\2, ', text, flags=re.S)
    assert count > 0 and "<<<" not in text, "no launch, or one that is not understood"
    return text


if __name__ == "__main__":
    source, target = map(pathlib.Path, sys.argv[1:])
    target.write_text(f'#line 1 "{source}"\n' + translated(source.read_text(encoding="utf-8")), encoding="utf-8")
