"""Turning the formats of the corpus sources into plain text: reStructuredText, man, Markdown, JSON, word lists, …"""

from __future__ import annotations

import ast
import inspect
import json
import random
import re
import struct
import unicodedata
import zlib
from collections.abc import Iterable, Iterator
from itertools import accumulate

from corpus_text import HANGUL, names

RST_DROP = names(
    "contents figure highlight image include index kernel-abi kernel-doc kernel-feat kernel-figure kernel-render "
    "maintainers-include math meta raw tabularcolumns toctree"
)
RST_INLINE = (
    (re.compile(r":[\w:+-]+:`([^`<]+?)(?:\s*<[^>`]*>)?`"), r"\1"),  # :role:`text <target>`
    (re.compile(r"``([^`\n]+)``"), r"\1"),
    (re.compile(r"`([^`<\n]+?)(?:\s*<[^>`]*>)?`_{1,2}"), r"\1"),  # `text <target>`_
    (re.compile(r"\*\*(\S[^*\n]*)\*\*"), r"\1"),
    (re.compile(r"(?<=\S)::$", re.M), ":"),
)


def rst_to_text(text: str) -> str:
    """Plain text of reStructuredText: directives and comments dropped, headings, tables and literal blocks kept."""
    lines: list[str] = []
    hidden = -1  # the indentation of the block being dropped; -1: none
    for line in text.split("\n"):
        indent = len(line) - len(line.lstrip())
        if hidden >= 0 and (not line.strip() or indent > hidden):
            continue
        hidden = -1
        directive = re.match(r"\s*\.\.(?:\s+(?:\|[^|]+\|\s+)?([\w:-]+)::)?(?:\s|$)", line)
        if directive and (not directive[1] or directive[1] in RST_DROP):
            hidden = indent
        elif directive or re.match(r"\s+:[\w-]+:(?:\s|$)", line) or line.strip() == "::":
            lines.append("")
        else:
            lines.append(line)
    text = "\n".join(lines)
    for pattern, replacement in RST_INLINE:
        text = pattern.sub(replacement, text)
    return text


ROFF_CHARS = {"co": "(c)", "aq": "'", "dq": '"', "lq": '"', "rq": '"', "oq": "'", "cq": "'", "bu": "-", "em": "--"}
ROFF_CHARS |= {"en": "-", "ha": "^", "ti": "~", "rs": "\\", "ga": "`", "->": "->", "mi": "-", "hy": "-"}


def roff_line(line: str) -> str:
    """One line of a manual page without font changes and escapes."""
    line = re.sub(r"\\f(?:\[[^]]*\]|\([A-Z]{2}|.)|\\s[+-]?\d|\\[&,/|^:%c]|\\m\[[^]]*\]", "", line)
    line = re.sub(r"\\\((..)|\\\[(\w+)\]", lambda m: ROFF_CHARS.get(m[1] or m[2], ""), line)
    return line.replace(r"\-", "-").replace(r"\e", "\\").replace(r"\~", " ").replace("\\ ", " ").replace("\\", "")


def roff_to_text(text: str) -> str:
    """Plain text of a manual page in the man macros."""
    out: list[str] = []
    for line in re.sub(r"^\.TS.*?^\.TE", "", text, flags=re.M | re.S).split("\n"):
        macro = re.match(r"[.'](\w+|\\\")\s*(.*)", line)
        if not macro:
            out.append(roff_line(line))
            continue
        name, rest = macro[1], roff_line(macro[2]).replace('"', "").strip()
        if name in ("SH", "SS"):
            out += ["", rest, ""]
        elif name in ("PP", "P", "LP", "TP", "IP", "HP", "RS", "RE"):
            out += [""] + ([rest.split()[0]] if name == "IP" and rest and not rest[0].isdigit() else [])
        elif name in ("B", "I", "BR", "RB", "IR", "RI", "BI", "IB", "UR"):
            out.append(rest if len(name) == 1 or name == "UR" else rest.replace(" ", ""))
    return "\n".join(out)


def markdown_to_text(text: str) -> str:
    """Plain text of Markdown: links, emphasis and heading marks dropped; lists and tables kept."""
    text = re.sub(r"<!--.*?-->|!\[[^]]*\]\([^)]*\)", "", text, flags=re.S)
    text = re.sub(r"\[([^]\n]+)\]\([^)\n]*\)", r"\1", text)
    text = re.sub(r"^(#+ +|> ?|```.*$)", "", text, flags=re.M)
    return re.sub(r"\*\*|`|</?\w[^>\n]*>", "", text)


def metadata_to_text(text: str) -> str:
    """The description (Markdown) of a Python package's metadata file."""
    return markdown_to_text(text.partition("\n\n")[2])


def json_to_text(text: str) -> str:
    """The longer strings of a JSON file in order; an object's own strings make up one paragraph."""
    return "\n\n".join(walk_json(json.loads(text)))


def walk_json(value: object) -> Iterator[str]:
    """Yield paragraphs from decoded JSON."""
    if isinstance(value, dict):
        own = [item for item in value.values() if isinstance(item, str) and HANGUL.search(item)]
        yield from (["\n".join(own)] if sum(map(len, own)) >= 30 else [])
        for item in value.values():
            yield from walk_json(item) if isinstance(item, (dict, list)) else ()
    elif isinstance(value, list):
        own = [item for item in value if isinstance(item, str) and len(item) >= 12]
        yield from (["\n".join(own)] if own else [])
        for item in value:
            yield from walk_json(item) if isinstance(item, (dict, list)) else ()


def python_strings(text: str) -> str:
    """The longer string constants (docstrings among them) of a Python file."""
    constants = (node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant))
    return "\n\n".join(inspect.cleandoc(v) for v in constants if isinstance(v, str) and len(v) >= 40)


def fortunes_to_text(text: str) -> str:
    """A fortune file: sayings parted by lines with a percent sign."""
    return re.sub(r"^%$", "\n", re.sub(r".\x08", "", text), flags=re.M)


PARTS_OF_SPEECH = {"n": "noun", "v": "verb", "a": "adjective", "s": "adjective", "r": "adverb"}


def wordnet_to_text(text: str) -> str:
    """Dictionary entries from a WordNet data file: the words of each set, the part of speech, the gloss."""
    entries = []
    for line in text.split("\n"):
        head, bar, gloss = line.partition(" | ")
        fields = head.split()
        if not bar or not fields[0].isdigit():
            continue
        words = [re.sub(r"\(\w+\)$", "", word).replace("_", " ") for word in fields[4 : 4 + 2 * int(fields[3], 16) : 2]]
        entries.append(f"{', '.join(words)} ({PARTS_OF_SPEECH[fields[2]]}): {gloss.strip()}")
    return "\n\n".join(entries)


def sword_to_text(data: bytes, index: bytes) -> str:
    """The books of a SWORD zText module: `data` is its .bzz file, `index` its .bzs file; text in OSIS markup."""
    books = []
    for start, packed, _ in struct.iter_unpack("<III", index):
        osis = zlib.decompress(data[start : start + packed]).decode() if packed else ""
        osis = re.sub(r"<note\b.*?</note>", " ", osis, flags=re.S)
        osis = re.sub(r"<(?:chapter|/?title|div)\b[^>]*>", "\n\n", osis).replace("\u00b6", "")
        books.append(re.sub(r"\n ", "\n", re.sub(r"[ \t]+", " ", re.sub(r"<[^>]*>", "", osis))))
    return "\n\n".join(books)


def unpack_msgpack(data: bytes) -> list[object]:
    """Decode the part of msgpack that wordfreq uses: arrays, small maps, strings and small integers."""
    value, _ = _msgpack_value(data, 0)
    if not isinstance(value, list):
        raise ValueError("the word list is not a msgpack array")
    return value


def _msgpack_value(data: bytes, at: int) -> tuple[object, int]:
    code = data[at]
    if code < 0x80:
        return code, at + 1
    if code < 0x90:
        return _msgpack_items(data, at + 1, 2 * (code & 15))
    if code < 0xA0:
        return _msgpack_items(data, at + 1, code & 15)
    if code < 0xC0:
        return data[at + 1 : at + 1 + (code & 31)].decode(), at + 1 + (code & 31)
    size = {0xD9: 1, 0xDA: 2, 0xDC: 2, 0xDD: 4}.get(code, 0)
    if not size:
        raise ValueError(f"msgpack type {code:#x} in the word list is not known")
    start, count = at + 1 + size, int.from_bytes(data[at + 1 : at + 1 + size], "big")
    if code >= 0xDC:
        return _msgpack_items(data, start, count)
    return data[start : start + count].decode(), start + count


def _msgpack_items(data: bytes, at: int, count: int) -> tuple[list[object], int]:
    items: list[object] = []
    for _ in range(count):
        item, at = _msgpack_value(data, at)
        items.append(item)
    return items, at


def wordfreq_words(data: bytes) -> str:
    """`word<TAB>count` lines from a wordfreq list in cB format; the count is per thousand million words."""
    lines = []
    for centibels, words in enumerate(unpack_msgpack(data)[1:]):
        for word in words if isinstance(words, list) else []:
            lines.append(f"{word}\t{round(1e9 * 10 ** (-centibels / 100))}")
    return "\n".join(lines)


def wordfreq_sentences(data: bytes, count: int = 12_000) -> str:
    """Paragraphs of words drawn from a wordfreq list in cB format, half of them by frequency, cased and punctuated."""
    weighted = [line.split("\t") for line in wordfreq_words(data).splitlines()]
    words, counts = [word for word, _ in weighted], [int(count) for _, count in weighted]
    summed = list(accumulate(counts))
    rng = random.Random(len(words))
    paragraphs = []
    for _ in range(count):
        common = rng.choices(words, cum_weights=summed, k=rng.randint(2, 12))
        chosen = common + rng.choices(words, k=len(common))
        rng.shuffle(chosen)
        style = rng.random()
        if style < 0.1:
            chosen = [word.upper() for word in chosen]
        elif style < 0.25:
            chosen = [word.title() for word in chosen]
        chosen[rng.randrange(len(chosen))] += rng.choice([",", ",", ";", ":", " –", ""])
        sentence = " ".join(chosen) + rng.choice("....?!")
        paragraphs.append(sentence[0].upper() + sentence[1:])
    return "\n\n".join(paragraphs)


def hunspell_words(text: str) -> str:
    """The stems of a hunspell dictionary, one per line."""
    return "\n".join(line.partition("/")[0] for line in text.split("\n")[1:])


def korean_words(lines: Iterable[str]) -> dict[str, int]:
    """Words made of Hangul syllables alone, with counts (0: unknown); the first count of a word stands."""
    words: dict[str, int] = {}
    for line in lines:
        word, _, count = unicodedata.normalize("NFC", line.strip()).partition("\t")
        if word and not HANGUL.sub("", word):
            words.setdefault(word, int(count or 0))
    return words
