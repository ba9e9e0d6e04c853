"""Two sources of words for one page: lines that were read from its pixels, and its text layer.

- The reader's lines say what is where; the layer's words are put in where they stand in the same place.
- How often the layer is wrong, a sample shows: what it says where the reader's confidence is highest. Where the two
  disagree, the likelier one is taken and the other kept with it; a layer that is mostly wrong is left alone.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sokdok.layout.text_line import TextLine, text_of
from sokdok.pages.textlayer import Word

SAMPLE_SHARE = 0.5  # of the places where both say something, those of the highest confidence: the sample
LEAST_SAMPLE = 4  # places; with fewer nothing is known of a layer that can't be seen
MOST_WRONG = 0.4  # share of the sample in which a layer may be wrong; with more it is another text
TRUSTED = 0.1  # share of wrong words up to which a layer's words count where the reader has none
LEAST_ERROR, MOST_CONFIDENCE = 0.002, 0.999  # of any source
MOST_SPACED = 0.2  # share of the places that agree but for their spaces; with more, the layer's spaces are not believed
SHARED = 0.3  # of the narrower of two words that both cover, if they stand in one place
LINE_GROWTH_EM = (0.5, 0.25)  # across and down, how far from a line the middle of a word of it may be


@dataclass(frozen=True)
class Fused:
    """Lines with the words of both sources."""

    lines: list[TextLine]
    agreement: float | None  # share of places in which both say the same; None if they share none
    wrong: float  # share of the layer's words that are wrong, by the sample
    rest: tuple[Word, ...]  # the layer's words that stand in no line

    @property
    def believed(self) -> bool:
        """Whether the layer was listened to."""
        return self.wrong <= MOST_WRONG


@dataclass
class _Place:
    """What both say about one place of a line."""

    read: list[Word]
    layer: list[Word]

    @property
    def texts(self) -> tuple[str, str]:
        read, layer = ("".join(word.text for word in words) for words in (self.read, self.layer))
        return read, layer

    @property
    def agree(self) -> bool:
        read, layer = self.texts
        return _plain(read) == _plain(layer)

    @property
    def confidence(self) -> float:
        """That all of what was read is right."""
        confidence = 1.0
        for word in self.read:
            confidence *= word.confidence
        return min(confidence, MOST_CONFIDENCE)


def fuse(lines: Sequence[TextLine], layer: Sequence[Word], *, wrong: float | None = None) -> Fused:
    """Put a layer's words into lines that were read, all in pixels of one page.

    `wrong` is the share of the layer's words that are wrong, where that is known, as of a layer that can be seen.
    """
    found, rest = _by_line(lines, layer)
    places = [_places(line, words) for line, words in zip(lines, found, strict=True)]
    shared = [place for line in places for place in line if place.read and place.layer]
    if wrong is None:  # by the places of the highest confidence
        most = max(LEAST_SAMPLE, int(SAMPLE_SHARE * len(shared)))
        sample = sorted(shared, key=lambda place: -place.confidence)[:most]
        wrong = sum(not place.agree for place in sample) / len(sample) if len(sample) >= LEAST_SAMPLE else 1.0
    agreement = sum(place.agree for place in shared) / len(shared) if shared else None
    if wrong > MOST_WRONG:
        return Fused(list(lines), agreement, wrong, rest)
    # Text recognition may part syllables, or none: then its spaces are not believed.
    agreed = [place for place in shared if place.agree]
    spaced = sum(len(place.read) != len(place.layer) for place in agreed)
    judge = _Judge(max(wrong, LEAST_ERROR), spaced <= MOST_SPACED * len(agreed))
    fused = [_line(line, found, judge) for line, found in zip(lines, places, strict=True)]
    return Fused(fused, agreement, wrong, rest)


def _by_line(lines: Sequence[TextLine], layer: Iterable[Word]) -> tuple[list[list[Word]], tuple[Word, ...]]:
    """The layer's words that stand in each line, from left to right; and those that stand in none."""
    grown = [line.box.grown(LINE_GROWTH_EM[0] * line.em, LINE_GROWTH_EM[1] * line.em) for line in lines]
    found: list[list[Word]] = [[] for _ in lines]
    rest: list[Word] = []
    for word in layer:
        x, y = word.box.middle
        near = [at for at, box in enumerate(grown) if box.holds(x, y)]
        own = found[min(near, key=lambda at: abs(lines[at].box.middle[1] - y))] if near else rest
        own.append(word)
    return [sorted(words, key=lambda word: word.box.left) for words in found], tuple(rest)


def _places(line: TextLine, layer: Sequence[Word]) -> list[_Place]:
    """Words of both sources that cover each other, put together, from left to right."""
    both = [(word, True) for word in line.words] + [(word, False) for word in layer]
    places: list[_Place] = []
    for word, was_read in sorted(both, key=lambda item: item[0].box.left):
        last = places[-1] if places else None
        box, others = word.box, [] if last is None else [it.box for it in (last.layer if was_read else last.read)]
        shared = (
            min(box.right, it.right) - max(box.left, it.left) > SHARED * min(box.width, it.width) for it in others
        )
        if last is None or not any(shared):
            last = _Place([], [])
            places.append(last)
        (last.read if was_read else last.layer).append(word)
    return places


@dataclass(frozen=True)
class _Judge:
    """Chooses between two sources."""

    wrong: float  # share of the layer's words that are wrong
    spaces: bool  # whether the layer's spaces are believed

    def words(self, place: _Place, line: TextLine) -> list[Word]:
        """The words of the likelier source."""
        if not place.layer:
            return place.read
        if not place.read:
            return _set(place.layer, line, 1 - self.wrong) if self.wrong <= TRUSTED else []
        confidence = place.confidence
        if place.agree:
            both = 1 - (1 - confidence) * self.wrong
            if self.spaces or len(place.read) == len(place.layer):
                return _set(place.layer, line, both)
            return [replace(word, confidence=both) for word in place.read]
        read, layer = place.texts
        right, false = (1 - confidence) * (1 - self.wrong), confidence * self.wrong
        share = right / (right + false)  # probability that the layer is right where one of the two is
        if share > 0.5:
            return _with_alternatives(_set(place.layer, line, share), read)
        return _with_alternatives([replace(word, confidence=1 - share) for word in place.read], layer)


def _line(line: TextLine, places: Sequence[_Place], judge: _Judge) -> TextLine:
    words = [word for place in places for word in judge.words(place, line)]
    if not words or words == list(line.words):
        return line
    words[0] = replace(words[0], joined=False)
    length = sum(len(word.text) for word in words)
    confidence = sum(word.confidence * len(word.text) for word in words) / length
    return replace(line, words=tuple(words), text=text_of(words), confidence=confidence)


def _set(words: Sequence[Word], line: TextLine, confidence: float) -> list[Word]:
    """A layer's words as of a line that was read: its type says more than what stands behind a picture."""
    bottom = line.box.bottom
    return [replace(word, em=line.em, baseline=bottom, confidence=min(confidence, MOST_CONFIDENCE)) for word in words]


def _with_alternatives(words: list[Word], other: str) -> list[Word]:
    """Words with what the other source says in their place."""
    return [replace(words[0], other=other), *words[1:]] if words else words


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text)
