"""Fonts that say other characters than they show, as badly made files have: what is seen is right, what is said is not.

- A font is judged by kinds of characters (each digit, Latin letters, syllables, signs): a map may be wrong in some.
  A few words of each are read from the pixels where it first stands in a file, but for letters that are plainly of a
  language. A kind is not believed if most of what it says is surely seen to be something else.
- All signs count as one, since dots, dashes and quotes look too much alike. Scripts that the reader has no symbols for
  can't be contradicted by it, and are believed, but in fonts that are wrong elsewhere only half.
- Words with characters that are not believed, or have no code, are read from their places; the rest of them stays. So
  do glyphs without a code where each of their font stands alone: icons, in which letters would be made up.
- Where most of a font's glyphs have no code nothing that it says is believed.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from sokdok.edits import edits
from sokdok.imaging.box import Box
from sokdok.layout.text_line import STRIP_EM, LineReader, text_of
from sokdok.model.nano.alphabet import UNREAD_MARK, as_read
from sokdok.pages.hangul import KS_X_1001
from sokdok.pages.textlayer import TextLayer, Word
from sokdok.pages.textlayer.glyphs import is_unmapped

Strips = Callable[[Sequence[Box]], Sequence[np.ndarray]]
"""areas of a page in points of its layer -> their pixels, (H, W) uint8 grey; nothing if it can't be drawn"""
Key = tuple[str, str]  # a font and a kind of characters
SAMPLES = ((0, 1), (1, 5))  # words that are read for a kind on one page, the others where the first speak against it
ENOUGH, LONGEST = 6, 24  # characters of a kind in a word from which on a shorter one is better; of all in it at most
LEAST_SEEN = 4  # characters of a kind on a page that is looked at, and that are surely seen as others if it is false
LEAST = dict.fromkeys("0123456789", 1)  # of one digit: `9,000` may have the only 9
MOST_PAGES = 4  # on which a kind is looked at; what was not surely seen on as many is believed
LEAST_LETTERS = 40  # of a kind on a page that show whether they are of a language
MOST_ALIKE = 0.3  # share of them that one letter of a language has at most
COMMON = {"LATIN": (frozenset("eaionrstldhuEAIONRSTLDHU"), 0.64), "HANGUL": (frozenset(KS_X_1001), 0.9)}
"""letters that make up most of any language that is written in them, and which share of it at least"""
SMALL, RAISED_EM = 0.8, 0.1  # share of a word's type that is small beside it; off its line is raised, or lowered
MOST_UNNAMED = 0.1  # share of a font's characters without a code, from which on it is wrong elsewhere, too
SURE, LIKELY = 0.8, 0.5  # confidence in a word from which it is evidence, and stands for what has no code
MIDDLE_EM = 0.35  # from the line that type stands on up to the middle of its em box
WORTH_SAYING = 0.1  # share of a page's characters in scripts that can't be checked, from which on it is said
DIGITS = "digits"  # all of them; one by itself is contradicted by another digit alone
NAMES = {"LATIN": "Latin letters", "HANGUL": "Hangul", "GREEK": "Greek letters", "CYRILLIC": "Cyrillic letters"}
NAMES |= dict.fromkeys("0123456789", DIGITS)
READ = frozenset([*NAMES, "signs"])  # kinds that the reader has symbols for
UNKNOWN = "characters"  # those that a font has no code for
_ALIKE = str.maketrans("l10аеосрхуіονιз", "iioaeocpxyiovi3")  # that look alike by themselves
_CAPITALS = str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧАВЕКМНОРСТХ", "ABEZHIKMNOPTYXABEKMHOPCTX")  # Greek and Cyrillic ones do, too
_DIGITS = frozenset("0123456789".translate(_ALIKE))


class _Token(NamedTuple):
    """Words of a layer without a space between them."""

    piece: int
    first: int  # number of their piece, and of the first of them in it
    words: tuple[Word, ...]
    turned: float  # degrees by which it does not run from left to right

    @property
    def text(self) -> str:
        return "".join(word.text for word in self.words)

    @property
    def keys(self) -> list[Key]:
        """What each character is a case of."""
        keys = list[Key]()
        for word in self.words:
            fonts = word.fonts if len(word.fonts) == len(word.text) else word.fonts[:1] * len(word.text)
            keys += ((font, kind_of(char)) for char, font in zip(word.text, fonts, strict=True))
        return keys

    @property
    def area(self) -> Box:
        """Where its strip lies, in points; nowhere if it is turned."""
        if self.turned:
            return Box(0, 0, 0, 0)
        largest = max(self.words, key=lambda word: word.em)
        middle, half = largest.baseline - MIDDLE_EM * largest.em, STRIP_EM * largest.em / 2
        return Box.around(word.box for word in self.words)._replace(top=middle - half, bottom=middle + half)


Read = Callable[[Sequence[_Token]], list[tuple[str, float]]]  # tokens -> what is seen there, and the confidence in it


class Fonts:
    """What is known of the fonts of files, by what a reader of lines sees."""

    def __init__(self, lines: LineReader) -> None:
        self._lines = lines
        self._files: dict[str, _Known] = defaultdict(_Known)

    def corrected(self, layer: TextLayer, source: str, strips: Strips) -> tuple[TextLayer, str, str]:
        """A page's layer in the file `source`, with what is not to be believed read again; what to say of that, and of
        what was not checked.
        """

        def read(tokens: Sequence[_Token]) -> list[tuple[str, float]]:
            pixels = strips([token.area for token in tokens]) if tokens else ()
            return self._lines.read_strips(pixels) if len(pixels) else [("", 0.0)] * len(tokens)

        chars = _characters(layer)
        counts = Counter[Key]()
        for font, own in chars.items():
            for char, count in own.items():
                counts[font, kind_of(char)] += count
        false = self._files[source].false(layer, chars, counts, read)
        written = {font for token in _tokens(layer, false) if len(token.text) > 1 for font, _ in token.keys}
        false = frozenset(key for key in false if key[0] in written or not counts[key[0], UNKNOWN])  # others have icons
        spoilt = {
            font for font, kind in false if kind in READ or counts[font, kind] > MOST_UNNAMED * chars[font].total()
        }
        layer = _halved(layer, {key for key in counts if key[0] in spoilt and key not in false and key[1] not in READ})
        doubtful = [token for token in _tokens(layer, false) if false.intersection(token.keys)]
        if doubtful:
            layer = _with_read(layer, false, list(zip(doubtful, read(doubtful), strict=True)))
        unchecked = sum(count for (_, kind), count in counts.items() if kind not in READ and kind != UNKNOWN)
        believed = "what it says in scripts that the reader does not know is believed"
        kinds = " and ".join(sorted({NAMES.get(kind, kind) for _, kind in false}))
        says = f"its text layer says other {kinds} than are shown: {len(doubtful):,} words are read from the pixels"
        return layer, says if doubtful else "", believed if unchecked > WORTH_SAYING * counts.total() else ""


@dataclass
class _Known:
    """What is known of the fonts of one file."""

    seen: dict[Key, Counter[bool]] = field(default_factory=lambda: defaultdict(Counter))
    """how many characters of a kind were surely seen to be what is said, or not"""
    spoken: set[Key] = field(default_factory=set)  # kinds of which the letters are of a language
    pages: Counter[Key] = field(default_factory=Counter)  # on which a kind was looked at

    def false(
        self, layer: TextLayer, chars: Mapping[str, Counter[str]], counts: Counter[Key], read: Read
    ) -> frozenset[Key]:
        """Which kinds of characters of a page are not believed, once some words of those not known yet are read.

        chars: how often a font has each character on the page; counts: each kind.
        """
        new = {key for key in _worth_a_look(counts) if self.pages[key] < MOST_PAGES and not self._is_believed(key)}
        self.spoken |= {key for key in new if _is_language(key[1], chars[key[0]])}
        wanted = new - self.spoken
        for first, stop in SAMPLES:
            wanted = {key for key in wanted if not first or self.seen[key][False] and not self._is_believed(key)}
            sample = _sample(_tokens(layer, wanted), wanted, first, stop)
            for token, (seen, confidence) in zip(sample, read(sample), strict=True):
                for key, agrees in _compared(token, seen) if confidence >= SURE else ():
                    self.seen[key][agrees] += 1
        self.pages.update(new)
        spoilt = {font for font, kind in list(self.seen) if self._is_contradicted((font, kind))}
        false = {key for key in counts if key[1] in READ and key[0] in spoilt and not self._is_believed(key)}
        nameless = {font for font, own in chars.items() if 2 * counts[font, UNKNOWN] > own.total()}
        return frozenset(false | {key for key in counts if key[1] == UNKNOWN or key[0] in nameless})

    def _is_believed(self, key: Key) -> bool:
        seen, least = self.seen[key], 1 if key[1].isdecimal() else 2
        return seen[True] >= least + 2 * seen[False] or key in self.spoken and not self._is_contradicted(key)

    def _is_contradicted(self, key: Key) -> bool:
        seen = self.seen[key]
        return LEAST.get(key[1], LEAST_SEEN) <= seen[False] > seen[True]


def _characters(layer: TextLayer) -> dict[str, Counter[str]]:
    """How often each font of a page has each character."""
    texts: dict[str, list[str]] = defaultdict(list)
    for word in (word for piece in layer.pieces for word in piece.words if not word.alphabet):
        if len(word.fonts) == 1:
            texts[word.fonts[0]].append(word.text)
        else:
            for char, font in zip(word.text, word.fonts, strict=False):
                texts[font].append(char)
    return {font: Counter("".join(own)) for font, own in texts.items()}


def _is_language(kind: str, chars: Counter[str]) -> bool:
    """Whether the letters of a kind among characters may be of a language; few may be anything."""
    if kind not in COMMON:
        return False
    common, least = COMMON[kind]
    letters = Counter({char: count for char, count in chars.items() if kind_of(char) == kind})
    total, known = letters.total(), sum(letters[char] for char in common)
    return total >= LEAST_LETTERS and known >= least * total and max(letters.values()) <= MOST_ALIKE * total


@lru_cache(4096)
def kind_of(char: str) -> str:
    """What kind of character one is: which digit, signs, or the script of a letter by its name in Unicode."""
    if is_unmapped(char):
        return UNKNOWN
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    return unicodedata.name(unicodedata.normalize("NFKC", char)[0], "").partition(" ")[0] if char.isalpha() else "signs"


def _tokens(layer: TextLayer, keys: Collection[Key]) -> Iterator[_Token]:
    """What stands on a page, but for formulas, whose fonts say nothing; nothing without keys."""
    for number, piece in enumerate(layer.pieces if keys else ()):
        starts = [at for at, word in enumerate(piece.words) if not (at and word.joined)]
        for first, stop in pairwise([*starts, len(piece.words)]):
            words = piece.words[first:stop]
            if words and all(word.fonts and not word.alphabet for word in words):
                yield _Token(number, first, words, piece.turned)


def _worth_a_look(counts: Counter[Key]) -> Iterator[Key]:
    """Kinds that the reader knows, with their numbers of characters on a page; signs where a font has little else."""
    fonts = Counter[str]()
    for (font, _), count in counts.items():
        fonts[font] += count
    for (font, kind), count in counts.items():
        if kind in READ and count >= LEAST.get(kind, LEAST_SEEN) and (kind != "signs" or 2 * count > fonts[font]):
            yield font, kind


def _sample(tokens: Iterable[_Token], wanted: set[Key], first: int, stop: int) -> list[_Token]:
    """For each kind that is wanted some of the tokens that say most of it and of others, the `first` of them to `stop`;
    none at first where one for another kind will do.
    """
    found: dict[Key, dict[str, tuple[int, int, _Token]]] = defaultdict(dict)
    for token in tokens:
        sizes, feet = zip(*((word.em, word.baseline) for word in token.words), strict=True)
        level = max(feet) - min(feet) < RAISED_EM * max(sizes)  # small raised numbers are read as quotes and stars
        legible = len(token.text) <= LONGEST and min(sizes) > SMALL * max(sizes) and level
        counts = {key: count for key, count in Counter(token.keys).items() if legible and key in wanted}
        says = sum(min(count, 1 if kind.isdecimal() else ENOUGH) for (_, kind), count in counts.items())
        for key in counts:
            found[key][token.text] = -says, len(token.text), token
    chosen: dict[tuple[int, int], _Token] = {}
    for key, known in sorted(found.items(), key=lambda item: len(item[1])):
        if first or not any(key in token.keys for token in chosen.values()):
            best = sorted(known.values(), key=lambda item: item[:2])[first:stop]
            chosen |= {token[:2]: token for *_, token in best}
    return list(chosen.values())


def _compared(token: _Token, seen: str) -> Iterator[tuple[Key, bool]]:
    """Compare a token with what is read in its place: yields characters and whether their glyphs look as they say."""
    expected = [(folded, key) for char, key in zip(token.text, token.keys, strict=True) for folded in _folded(char)]
    shown = _folded(seen)
    for step in edits("".join(char for char, _ in expected), shown):
        if step.tag in ("equal", "replace"):
            for place, (char, key) in enumerate(expected[step.start : step.stop], step.other_start):
                agrees = char == shown[place] or {kind_of(char), kind_of(shown[place])} == {"signs"}
                if not key[1].isdecimal() or agrees or shown[place] in _DIGITS:
                    yield key, agrees
                if key[1].isdecimal():
                    yield (key[0], DIGITS), agrees


def _folded(text: str) -> str:
    """A text without what looks alike."""
    plain = as_read(unicodedata.normalize("NFKC", text)).translate(_CAPITALS).casefold().translate(_ALIKE)
    return "".join(plain.split())


def _halved(layer: TextLayer, keys: set[Key]) -> TextLayer:
    """A layer whose words with characters of some kinds are as likely wrong as right."""
    pieces = list(layer.pieces)
    for token in (it for it in _tokens(layer, keys) if not keys.isdisjoint(it.keys)):
        words = pieces[token.piece].words
        halved = (replace(word, confidence=LIKELY) if word in token.words else word for word in words)
        pieces[token.piece] = replace(pieces[token.piece], words=tuple(halved))
    return replace(layer, pieces=tuple(pieces)) if keys else layer


def _with_seen(token: _Token, false: frozenset[Key], seen: str, confidence: float) -> Iterator[Word]:
    """The words of a token, with what is `seen` of it in place of the characters that are not believed."""
    gaps, seen = [key in false for key in token.keys], "".join(seen.split())
    said = "".join("\0" if gap else char for char, gap in zip(token.text, gaps, strict=True))
    parts = ["" if gap else char for char, gap in zip(said, gaps, strict=True)]
    for step in edits(said, seen):
        at = step.start
        if step.tag == "replace":
            for place, char in zip(range(at, step.stop), seen[step.other_start : step.other_stop], strict=True):
                parts[place] += char if gaps[place] else ""
        elif step.tag == "insert":  # beside what is replaced: one glyph of several characters
            more = seen[step.other_start : step.other_stop]
            if at and gaps[at - 1]:
                parts[at - 1] += more
            elif at < len(gaps) and gaps[at]:
                parts[at] += more
    if not any(part for part, gap in zip(parts, gaps, strict=True) if gap):  # nothing is seen of it
        parts, confidence = list(said.replace("\0", UNREAD_MARK)), 0.0
    at = 0
    for word in token.words:
        stop = at + len(word.text)
        text = "".join("".join(parts[at:stop]).split())
        if any(gaps[at:stop]) and text:
            sure = min(confidence, word.confidence)
            yield replace(word, text=text, source="recogniser", confidence=sure, other=word.text, fonts=())
        elif not any(gaps[at:stop]):
            yield word
        at = stop


def _with_read(layer: TextLayer, false: frozenset[Key], read: Iterable[tuple[_Token, tuple[str, float]]]) -> TextLayer:
    """A layer with what is read of some of its tokens; signs without a code that can't be read stay as they are."""
    pieces = list(layer.pieces)
    for token, (seen, confidence) in reversed(list(read)):  # from the last one on, as their words may become fewer
        if confidence >= LIKELY or any(key in false and key[1] != UNKNOWN for key in token.keys):
            words = list(pieces[token.piece].words)
            first, *others = _with_seen(token, false, seen, confidence)
            words[token.first : token.first + len(token.words)] = [replace(first, joined=False), *others]
            pieces[token.piece] = replace(pieces[token.piece], words=tuple(words), text=text_of(words))
    return replace(layer, pieces=tuple(pieces), unmapped=0.0)
