#!/usr/bin/env python3
"""Compares token ids of the program with the tokenizers library, on random Unicode strings.

    python live_text.py --program build/release/llama32med [--seed N] [--strings 20000] [--work DIR]

Interface of the program:

    llama32med inspect MODEL --text-file F --json

MODEL   a folder with a tokenizer and config.json; weights are neither needed nor read. It has either tokenizer.json or
        tokenizer.model, and both are tested. tokenizer.model is a rank file ("base64 rank" lines); its 256 special tokens follow
        the ranks, and <|image|> follows those.
F       JSON Lines in UTF-8, one {"text": "..."} per line. Characters outside ASCII are literal in even lines and \\u escapes
        (including surrogate pairs) in odd ones; both mean the same. Only U+000A ends a line (U+2028 does not).
stdout  JSON Lines, exactly one {"ids": [...]} per line of F, in order.
        The ids are those of the text alone: no begin token, no chat, and the text of a special token is ordinary text, as for
        all user text.
An unreadable line ends the program with exit status 3 and its line number.

Strings contain letters, digits, marks, spaces, punctuation, emoji of many scripts, contractions in any case, runs of one character,
and special-token text. Only characters whose class (letter, number, space) has been the same in all Unicode versions since 3.2 are
drawn: a newer letter is a letter only in a library with newer tables.
"""

import base64
import json
import pathlib
import random
import sys
import unicodedata

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import live_common as lc  # noqa: E402
import make_checkpoint as mc  # noqa: E402
import make_goldens as mg  # noqa: E402

# (first, last) code points that are drawn often; the rest comes from everywhere
RANGES = {"ascii": (0x20, 0x7E), "latin": (0xA0, 0x24F), "marks": (0x300, 0x36F), "greek": (0x370, 0x3FF),
          "cyrillic": (0x400, 0x4FF), "hebrew": (0x590, 0x5FF), "arabic": (0x600, 0x6FF), "devanagari": (0x900, 0x97F),
          "thai": (0xE00, 0xE7F),
          "punctuation": (0x2000, 0x206F), "symbols": (0x2070, 0x23FF), "kana": (0x3040, 0x30FF), "han": (0x4E00, 0x9FA5),
          "hangul": (0xAC00, 0xD7A3), "full width": (0xFF00, 0xFFEF), "emoji": (0x1F300, 0x1F6FF), "any": (0, 0x1FFFF)}
PIECES = ["'s", "'T", "'re", "'VE", "'m", "'ll", "'D", "'\u017f", "\u2019s", "don't", " the",
          "\r\n", "\n\n", "  ", "\t", " \n ", "\u00a0",
          "\u3000", "\u200b", "\u200d", "\ufe0f", "1234567", "12", "0", "...", "!?",
          "<|eot_id|>", "<|image|>", "<|begin_of_text|>",
          "<|reserved_special_token_7|>", "<|", "|>",
          "T2-weighted", "mm\u00b2", "\x00", "\x7f", "\ufffd", "\ue000", "pneumothorax"]


def coarse(category):
    return category[0] if category[0] in "LNZ" else "other"


def stable(code):
    """Whether this character's class has never changed."""
    if 0xD800 <= code <= 0xDFFF:
        return False
    now, then = unicodedata.category(chr(code)), unicodedata.ucd_3_2_0.category(chr(code))
    return now != "Cn" and coarse(now) == coarse(then)


STABLE = {name: [chr(c) for c in range(first, last + 1) if stable(c)] for name, (first, last) in RANGES.items()}


def random_string(r):
    parts, alphabet = [], r.choice(list(STABLE.values()))
    for _ in range(r.choice([1, 2, 4, 8, 16])):
        kind = r.random()
        if kind < 0.45:
            parts += r.choices(alphabet, k=r.randint(1, 6))
        elif kind < 0.6:
            parts.append(" " + "".join(r.choices(STABLE["ascii"][33:59], k=r.randint(1, 9))))
        elif kind < 0.85:
            parts.append(r.choice(PIECES))
        elif kind < 0.9:
            parts.append(r.choice(alphabet) * r.randint(2, 40))
        else:
            alphabet = r.choice(list(STABLE.values()))
    return "".join(parts)


def strings(seed, count):
    r = random.Random(f"text/{seed}")
    return [random_string(r) for _ in range(count)]


# ---- tokenizers -------------------------------------------------------------------------------------------------------------

def trained_rank_file(folder, texts):
    """A rank file of 1,500 byte pairs learned from some of the strings, for use without the released one."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers
    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(mc.SPLIT_PATTERN), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    core.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=1500, show_progress=False,
                                                        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    byte_of = {c: b for b, c in mc.printable_bytes().items()}
    learned = sorted(core.get_vocab().items(), key=lambda pair: pair[1])
    lines = [base64.b64encode(bytes(byte_of[c] for c in token)).decode() + f" {rank}\n" for token, rank in learned]
    path = folder / "learned.tokenizer.model"
    path.write_text("".join(lines))
    return path


def released_rank_file():
    data = lc.data_folder()
    path = data / "llama3_tokenizer" / "tokenizer.model" if data else None
    return path if path and path.exists() else None


def model_folder(folder, rank_file, core, kind):
    """A folder with config.json and one of the two tokenizer files."""
    folder.mkdir(parents=True, exist_ok=True)
    ranks = core.get_vocab_size() - mc.NUM_SPECIALS - 1
    shape = mc.PRESETS["tiny"] | {"vocab_size": ranks + mc.NUM_SPECIALS}
    for name, value in mc.side_files(shape).items():
        if name != "tokenizer.json":
            (folder / name).write_text(json.dumps(value, ensure_ascii=False) + "\n")
    if kind == "json":
        core.save(str(folder / "tokenizer.json"))
    else:
        (folder / "tokenizer.model").write_bytes(rank_file.read_bytes())
    return folder


def stand_in(cores):
    """Stand-in for `inspect MODEL --text-file F --json`."""
    def run(arguments):
        core, file = cores[arguments[1]], arguments[arguments.index("--text-file") + 1]
        rows = [json.loads(line) for line in pathlib.Path(file).read_text(encoding="utf-8").split("\n") if line]
        core.encode_special_tokens = True
        encoded = core.encode_batch([r["text"] for r in rows], add_special_tokens=False)
        return "\n".join(json.dumps({"ids": e.ids}) for e in encoded)
    return run


def write_texts(path, texts):
    with open(path, "w", encoding="utf-8") as file:
        for k, text in enumerate(texts):
            file.write(json.dumps({"text": text}, ensure_ascii=k % 2 == 1) + "\n")


def check(program, folder, texts, core, tally, label):
    file = folder.parent / "texts.jsonl"
    write_texts(file, texts)
    core.encode_special_tokens = True
    expected = [e.ids for e in core.encode_batch(texts, add_special_tokens=False)]
    try:
        got = lc.json_lines(program("inspect", folder, "--text-file", file, "--json"))
    except lc.ProgramFailed as e:
        tally.record(label, False, str(e))
        return
    if len(got) != len(expected):
        tally.record(label, False, f"{len(got)} lines, expected {len(expected)}")
        return
    bad = [k for k, (g, e) in enumerate(zip(got, expected, strict=True)) if g.get("ids") != e]
    count = sum(map(len, expected))
    first = f"; first {texts[bad[0]]!r}: {got[bad[0]].get('ids')}, expected {expected[bad[0]]}" if bad else ""
    tally.record(label, not bad, f"{len(bad)} of {len(texts)} strings differ ({count} tokens){first[:600]}")


def main():
    p = lc.parser(__doc__.splitlines()[0])
    p.add_argument("--strings", type=int, default=20000)
    p.add_argument("--plant", action="store_true", help="with --program self: one wrong id")
    a = p.parse_args()
    lc.quiet_transformers()
    lc.announce("live_text", a)
    tally, cores = lc.Tally(), {}
    with lc.work_folder(a.work) as work:
        texts = strings(a.seed, a.strings)
        files = {"learned": trained_rank_file(work, texts[:3000])}
        if released_rank_file():
            files["released"] = released_rank_file()
        else:
            print("the released rank file was not found (set LLAMA32MED_DATA): only a learned one is compared", flush=True)
        program = lc.Program(a.program, stand_in(cores))
        for name, rank_file in files.items():
            core = mg.build_tokenizer(rank_file).backend_tokenizer
            for kind in ("model", "json"):
                folder = model_folder(work / f"{name}-{kind}", rank_file, core, kind)
                cores[str(folder)] = core
                label = f"{name} ranks, tokenizer.{kind}"
                run = (lambda *args: program(*args).replace("1", "2", 1)) if a.plant else program
                check(run, folder, texts, core, tally, label)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
