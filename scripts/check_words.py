"""Words that check_layers.py rejects in comments, strings and pages: the glossary in .github/CONTRIBUTING.md as patterns.

In C++ and JavaScript only comments and strings are checked, elsewhere whole lines. Generated and quoted text is exempt.
"""
import re

EXEMPT = (  # text of others, generated tables, and the two files that spell out the words
    "LICENSE", "tests/golden/", "tests/datasets/", "configs/phantom_base/",
    "src/metrics/case_table.cpp", "src/metrics/word_table.cpp", "src/metrics/vqa_words.cpp", "scripts/check_words.py",
    "scripts/check_layers_cases.py",
)
GLOSSARY = ".github/CONTRIBUTING.md"  # its table rows contain the words to avoid
CODE = (".h", ".cpp", ".cu", ".cuh", ".js")
OTHER = (".py", ".sh", ".cmake", ".txt", ".md", ".in", ".html", ".css", ".json")

UNITS = ("line|row|step|image|question|item|token|pass|page|record|run|split|file|pixel|sample|second|rater|side|tile|source|"
         "batch|group|protocol|subcommand|floor|binary|reference|prediction|epoch|layer|validation|dataset|adapter|stage")
COUNTED = "lines|rows|steps|images|questions|items|tokens|bits|bytes|pixels|seconds|records|tiles|ms|s|KB|MB|GB|MiB|GiB"
PHRASES = (  # (pattern, what to write instead)
    (r"\b(go|goes|going|gone|went) on\b", "resume, continue"),
    (r"\b(is|are|be|was|were|been) told\b", "reported, detected, distinguished"),
    (r"(?<![Tt]here )\b(is|are|was|were) no (?!longer|more|less|such|better)", "is not a"),
    (r"\bno number\b", "not a number, non-finite, NaN"),
    (r"\b(taken|takes?|took|taking) off\b", "removed"),
    (r"\banew\b", "again"),
    (r"\bnumbers trained\b|\b(trained|model) numbers\b", "parameters"),
    (r"\S.*//+ of (?!course)|//+ Of |\S +# of ", "a phrase with a noun in front of \"of\""),
    (r"\S\s*\"of [^\"]", "a phrase with a noun in front of \"of\""),
    (rf"\b(an?|one|once|\d+|{UNITS}) ({UNITS}) an? ({UNITS})\b", "per"),
    (rf"\b({COUNTED}|once) an? ({UNITS})\b", "per"),
    (r"\bso many\b", "this many, the given number of"),
    (r"\b(have|worth) a look\b", "check"),
    (r"\bof no consequence\b|\bhas no say\b", "does not matter"),
    (r"\b(answers|predictions|files|rules) of others\b", "predictions made by other programs"),
    (r"\bdata sets?\b", "dataset"),
    (r"\b(parted) (by|at)\b", "separated, split"),
    (r"\bby looks\b|\blook alike\b.*\bbits apart\b", "near-duplicates"),
    (r"\bof another (seed|shape|run|model|kind) (is|are) refused\b", "say what is expected"),
)
PICTURES = (r"(?<![-\w\"`/<])pictures?(?![-\w\"`]|\.\w)", "image (only drawn phantoms and the type Picture are pictures)")
BRITISH = (
    r"\b\w*(quant|normal|optim|initial|token|recogn|summar|serial|synchron|organ|minim|maxim|general|special|local|memor|"
    r"standard|custom|util|visual|parallel|vector|random|final|real|penal|categor|regular|sanit|emphas|author)"
    r"is(e|es|ed|ing|er|ers|ation|ations)\b",
    r"\banalys(e|ed|ing)\b|\b\w*colours?\b|\bgrey\b|\blicences?\b|\blearnt\b|\b\w*behaviours?\b|\b\w*neighbours?\w*\b",
    r"\bcentres?\b|\bcentred\b|\bcatalogues?\b|\bfavour\w*\b|\bhonour\w*\b|\bjudgement\b|\bartefacts?\b|\bmetres?\b",
    r"\b(label|model|cancel|travel|signal)l(ed|ing)\b|\bspelt\b|\bwhilst\b|\bprogrammes?\b",
)
PATTERNS = [(re.compile(pattern), f"write: {instead}") for pattern, instead in PHRASES]
PATTERNS += [(re.compile(pattern, re.IGNORECASE), "American spelling") for pattern in BRITISH]
PICTURE_PATTERN = re.compile(PICTURES[0])
STRING = re.compile(r"\"(?:[^\"\\]|\\.)*\"|`(?:[^`\\]|\\.)*`")


def prose(line):
    """The strings and the comment in a line of C++ or JavaScript; any other code becomes a dot."""
    kept, at = [], 0
    for found in re.finditer(rf"{STRING.pattern}|//.*|/\*.*", line):
        kept.append(("." if line[at : found.start()].strip() else "") + " ")
        kept.append(found.group(0))
        at = found.end()
    return "".join(kept)


def is_checked(path):
    return not path.startswith(EXEMPT) and path.endswith(CODE + OTHER)


def forbidden_words(path, text):
    """(line, words, what to write instead) for each forbidden phrase in a file."""
    if not is_checked(path):
        return
    pictures = path.endswith(CODE + (".md",)) and "phantom" not in path and not path.startswith("tests/")
    for number, line in enumerate(text.splitlines(), 1):
        if path == GLOSSARY and line.startswith("|"):
            continue
        read = prose(line) if path.endswith(CODE) else line
        for pattern, instead in PATTERNS + ([(PICTURE_PATTERN, f"write: {PICTURES[1]}")] if pictures else []):
            found = pattern.search(read)
            if found:
                yield number, found.group(0)[-60:], instead
