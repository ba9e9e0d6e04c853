"""A page's nodes as arrays: places, type, classes of letters, and how well a text repeats on the pages around."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sokdok.pages.textlayer.layer import Rule, TextLayer
from sokdok_lab.structure.truth import NODE_KINDS, Array, Chunk

MOST_MARKS = 96  # nodes without text that a page keeps, the largest
HASHES = 1024
FIRST, LAST = 5, 2  # letters whose classes are given
SHARES = 6
_GROUPS = {
    1: ".。", 2: ",、，", 3: ":：", 4: ";", 5: "-–—", 6: "(", 7: ")", 8: "[", 9: "]", 10: "<", 11: ">", 12: "?!",
    13: "'\"“”‘’「」", 14: "=", 15: "+", 16: "*", 17: "#", 18: "/", 19: "%", 20: "$€₩£", 21: "•▪◦●○■□‣◆▶※→", 22: "☐☑",
    23: "·ㆍ…‥", 24: "제", 25: "조장항", 26: "표그", 27: "_", 28: "|", 29: "다",
}  # fmt: skip
_SINGLE = {letter: index for index, letters in _GROUPS.items() for letter in letters}
CLASSES = 48
_ORDER = dict.fromkeys("가나다라마바사아자차카타파하", 30)


def letter_class(letter: str) -> int:
    """One of CLASSES classes of characters, from 1; 0 is for none."""
    known = _SINGLE.get(letter)
    if known is not None:
        return known
    if letter in _ORDER:
        return 30
    code = ord(letter)
    if letter.isdigit() and code < 128:
        return 31
    if "a" <= letter <= "z":
        return 33 if letter in "ivx" else 34 if letter in "abcde" else 32
    if "A" <= letter <= "Z":
        return 36 if letter in "IVX" else 35
    if 0x2460 <= code <= 0x24FF or 0x3200 <= code <= 0x32FF:
        return 37
    if 0x1100 <= code <= 0x318F:
        return 38
    if 0xAC00 <= code <= 0xD7A3:
        return 39
    if 0x3041 <= code <= 0x30FE:
        return 40
    if 0x4E00 <= code <= 0x9FFF:
        return 41
    if letter.isalpha():
        return 43 if letter.isupper() else 42
    return 44 if 0x2190 <= code <= 0x22FF else 45 if 0x2500 <= code <= 0x27BF else 46


def _shares(text: str) -> list[float]:
    """Shares of capitals, digits, marks, Hangul, Han and kana, leaders."""
    size = max(1, len(text))
    return [
        sum(map(str.isupper, text)) / size,
        sum(map(str.isdigit, text)) / size,
        sum(not letter.isalnum() and not letter.isspace() for letter in text) / size,
        sum("\uac00" <= letter <= "\ud7a3" for letter in text) / size,
        sum("\u3041" <= letter <= "\u9fff" for letter in text) / size,
        sum(letter in ".·…_" for letter in text) / size,
    ]


def _hash(text: str) -> int:
    """A number for the first word, its digits made equal; 0 for none."""
    word = re.sub(r"\d", "0", text.split()[0].lower()) if text.split() else ""
    return 1 + zlib.crc32(word.encode()) % (HASHES - 1) if word else 0


def page_nodes(chunks: Sequence[Chunk], layer: TextLayer, pages_near: Sequence[Sequence[Chunk]]) -> dict[str, Array]:
    """Raw features of a page, texts first; `pages_near` are chunks of up to two pages before and behind."""
    marks = _marks(layer)
    count = len(chunks) + len(marks)
    box, em, baseline = np.zeros((count, 4), np.float32), np.zeros(count, np.float32), np.zeros(count, np.float32)
    kind = np.zeros(count, np.int8)
    letters = np.zeros((count, FIRST + LAST), np.int8)
    shares, look = np.zeros((count, SHARES), np.float16), np.zeros((count, 3), np.float16)
    size, hashes = np.zeros((count, 2), np.int16), np.zeros(count, np.int16)
    for index, chunk in enumerate(chunks):
        words, text = chunk.words, chunk.text
        widest = max(words, key=lambda word: len(word.text))
        box[index] = (
            words[0].box.left,
            min(w.box.top for w in words),
            words[-1].box.right,
            max(w.box.bottom for w in words),
        )
        em[index], baseline[index] = widest.em, widest.baseline
        total = sum(len(word.text) for word in words)
        look[index] = [sum(len(w.text) for w in words if on(w)) / total for on in (_bold, _italic, _mono)]
        bare = text.replace(" ", "")
        codes = [letter_class(letter) for letter in bare[:FIRST]]
        letters[index, : len(codes)] = codes
        letters[index, FIRST:] = [letter_class(letter) for letter in bare[-LAST:].rjust(LAST, "\u2028")]
        shares[index], size[index], hashes[index] = _shares(text), (min(len(bare), 999), len(words)), _hash(text)
    for index, (name, left, top, right, bottom) in enumerate(marks, len(chunks)):
        kind[index] = NODE_KINDS.index(name)
        box[index] = (left, top, right, bottom)
    return {
        "box": box, "em": em, "baseline": baseline, "kind": kind, "letters": letters,
        "shares": shares, "look": look, "size": size, "hash": hashes, "repeats": _repeats(chunks, pages_near, count),
        "page": np.array(layer.size, np.float32),
    }  # fmt: skip


def _bold(word: object) -> bool:
    return bool(getattr(word, "bold", False))


def _italic(word: object) -> bool:
    return bool(getattr(word, "italic", False))


def _mono(word: object) -> bool:
    return bool(getattr(word, "mono", False))


def _masked(text: str) -> str:
    return re.sub(r"\d+|\b[ivxlIVXL]+\b", "#", text)


def _repeats(chunks: Sequence[Chunk], near: Sequence[Sequence[Chunk]], count: int) -> NDArray[np.float16]:
    """Share of the pages around that show a chunk's text, digits made equal, at its height: exactly, or moved aside."""
    out = np.zeros((count, 2), np.float16)
    if not near:
        return out
    tables: list[dict[tuple[str, int], list[float]]] = []
    for page in near:
        table: dict[tuple[str, int], list[float]] = {}
        for chunk in page:
            for step in (-1, 0, 1):
                at = round(chunk.words[0].baseline / 3) + step
                table.setdefault((_masked(chunk.text), at), []).append(chunk.words[0].box.left)
        tables.append(table)
    for index, chunk in enumerate(chunks):
        key = (_masked(chunk.text), round(chunk.words[0].baseline / 3))
        left = chunk.words[0].box.left
        found = [table.get(key, []) for table in tables]
        out[index, 0] = sum(any(abs(x - left) < 6 for x in xs) for xs in found) / len(near)
        out[index, 1] = sum(bool(xs) for xs in found) / len(near)
    return out


def _marks(layer: TextLayer) -> list[tuple[str, float, float, float, float]]:
    """Pictures, drawings, filled boxes and rules as (kind, left, top, right, bottom), the largest."""
    width, height = layer.size
    found = [("picture", *box) for box in layer.pictures]
    found += [("drawing", *box) for box in layer.drawings]
    found += [("fill", *fill.box) for fill in layer.fills if fill.box.area < 0.9 * width * height]
    for rule in _joined(layer.rules):
        if rule.horizontal:
            found.append(("across", rule.start, rule.at, rule.end, rule.at))
        else:
            found.append(("down", rule.at, rule.start, rule.at, rule.end))
    found += [("mark", *box) for box in (*layer.ticked, *layer.unticked)]
    found.sort(key=lambda mark: (mark[0] not in ("picture", "drawing"), -(mark[3] - mark[1]) - (mark[4] - mark[2])))
    return found[:MOST_MARKS]


def _joined(rules: Sequence[Rule]) -> list[Rule]:
    """Rules that go on in one line as one."""
    out: list[Rule] = []
    for rule in sorted(rules, key=lambda r: (r.horizontal, round(r.at * 2), r.start)):
        last = out[-1] if out else None
        if (
            last
            and last.horizontal == rule.horizontal
            and abs(last.at - rule.at) < 0.7
            and rule.start <= last.end + 1.5
        ):
            out[-1] = Rule(rule.horizontal, last.at, last.start, max(last.end, rule.end), max(last.width, rule.width))
        else:
            out.append(rule)
    return out
