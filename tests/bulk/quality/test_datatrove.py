"""Our rules against datatrove's filters, which the published corpora were made with, on texts at each rule's limit.

Both get the same words and sentences (ours): datatrove's own come from spaCy and NLTK, which would have to be fetched.
"""

import random
from collections.abc import Iterator
from functools import cache
from itertools import accumulate
from typing import Any

import pytest

pytest.importorskip("datatrove")
pytest.importorskip("yaml")

from datatrove.data import Document
from datatrove.pipeline.filters import (
    C4QualityFilter,
    FineWebQualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
)
from datatrove.utils import text as datatrove_text
from datatrove.utils import word_tokenizers

from fakes.bulk.runs import document, shipped
from sokdok.bulk.quality.recipe import Limit, Recipe, load_recipe, value_of
from sokdok.bulk.quality.rules import TAGGERS
from sokdok.bulk.quality.text import Attributes, View, sentences_of, words_of

NEVER = 10**9
QUALITY: dict[str, Any] = {
    **dict.fromkeys(("min_doc_words", "max_doc_words", "min_avg_word_length", "max_avg_word_length")),
    **dict.fromkeys(("max_symbol_word_ratio", "max_bullet_lines_ratio", "max_ellipsis_lines_ratio")),
    **dict.fromkeys(("max_non_alpha_words_ratio", "min_stop_words")),
}
REPETITION: dict[str, Any] = dict.fromkeys(
    ["dup_line_frac", "dup_para_frac", "dup_line_char_frac", "dup_para_char_frac"]
) | {"top_n_grams": (), "dup_n_grams": ()}
FINEWEB: dict[str, Any] = {
    "line_punct_thr": 0.0,
    "short_line_thr": NEVER,
    "char_duplicates_ratio": NEVER,
    "new_line_ratio": NEVER,
}
C4_RULES: dict[str, Any] = {"min_num_sentences": -1, "filter_lorem_ipsum": False, "filter_curly_bracket": False}


def quality(**rules: Any) -> GopherQualityFilter:
    return GopherQualityFilter(**(QUALITY | rules))


def repetition(**rules: Any) -> GopherRepetitionFilter:
    return GopherRepetitionFilter(**(REPETITION | rules))


def fineweb(**rules: Any) -> FineWebQualityFilter:
    return FineWebQualityFilter(**(FINEWEB | rules))


def c4(**rules: Any) -> C4QualityFilter:
    return C4QualityFilter(**(C4_RULES | rules))


RULES: dict[str, Any] = {
    "gopher__words": lambda limit: quality(min_doc_words=limit.least, max_doc_words=limit.most),
    "gopher__mean_word_length": lambda limit: quality(min_avg_word_length=limit.least, max_avg_word_length=limit.most),
    "gopher__hashes": lambda limit: quality(max_symbol_word_ratio=limit.most),
    "gopher__ellipses": lambda limit: quality(max_symbol_word_ratio=limit.most),
    "gopher__bullet_lines": lambda limit: quality(max_bullet_lines_ratio=limit.most),
    "gopher__ellipsis_lines": lambda limit: quality(max_ellipsis_lines_ratio=limit.most),
    "gopher__letter_words": lambda limit: quality(max_non_alpha_words_ratio=limit.least),
    "gopher__stop_words": lambda limit: quality(min_stop_words=limit.least),
    "repetition__lines": lambda limit: repetition(dup_line_frac=limit.most),
    "repetition__paragraphs": lambda limit: repetition(dup_para_frac=limit.most),
    "repetition__line_characters": lambda limit: repetition(dup_line_char_frac=limit.most),
    "repetition__paragraph_characters": lambda limit: repetition(dup_para_char_frac=limit.most),
    **{f"repetition__top_{n}": lambda limit, n=n: repetition(top_n_grams=((n, limit.most),)) for n in (2, 3, 4)},
    **{f"repetition__again_{n}": lambda limit, n=n: repetition(dup_n_grams=((n, limit.most),)) for n in range(5, 11)},
    "fineweb__line_punctuation": lambda limit: fineweb(line_punct_thr=limit.least),
    "fineweb__short_lines": lambda limit: fineweb(short_line_thr=limit.most),
    "fineweb__duplicate_characters": lambda limit: fineweb(char_duplicates_ratio=limit.most),
    "fineweb__newlines": lambda limit: fineweb(new_line_ratio=limit.most),
    "c4__lorem_ipsum": lambda limit: c4(filter_lorem_ipsum=True),
    "c4__curly_brackets": lambda limit: c4(filter_curly_bracket=True),
    "c4__sentences": lambda limit: c4(min_num_sentences=limit.least),
}
SAMPLES_PER_RULE = 60


class OurWords:
    """What datatrove asks a tokenizer for; `spaced` makes words of what stands between spaces."""

    spaced = False

    def word_tokenize(self, text: str) -> list[str]:
        return text.split() if self.spaced else words_of(text)

    def span_tokenize(self, text: str) -> list[tuple[int, int]]:
        ends = list(accumulate(map(len, sentences_of(text))))
        return list(zip([0, *ends], ends, strict=False))


@pytest.fixture(autouse=True)
def _same_words(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    monkeypatch.setattr(word_tokenizers, "load_word_tokenizer", lambda language: OurWords())
    monkeypatch.setattr(OurWords, "spaced", "letter_words" in request.node.name)
    datatrove_text.split_into_parts.cache_clear()


def made(rule: str) -> Iterator[str]:
    """Texts of lines and paragraphs that break rules now and then: of one kind of line mostly, or of all."""
    chance = random.Random(rule)
    sentences = [sentence for text in shipped("en_") for line in text.split("\n") for sentence in sentences_of(line)]
    lines = [
        lambda: chance.choice(sentences),
        lambda: " ".join(chance.sample(sentences, 3)),
        lambda: f"{chance.choice('-•')} item {chance.randint(1, 99)}",
        lambda: f"Wait for {chance.choice(['it', 'me', 'us'])}{chance.choice(['...', '…'])}",
        lambda: chance.choice(["Contents", "Index", "a", "of the"]),
        lambda: "#" * chance.randint(1, 3),
        lambda: "The same line again and again, whatever the weather.",
        lambda: "the cat sat on the mat " * chance.randint(1, 6),
        lambda: " ".join(str(chance.randint(1, 10**9)) for _ in range(chance.randint(1, 20))),
        lambda: "x " * chance.randint(1, 30) + "internationalisierungsbemühungen",
        lambda: "Lorem ipsum dolor sit amet.",
        lambda: "A set {a, b} is meant here.",
        lambda: "Javascript must be enabled here.",
    ]
    for number in range(SAMPLES_PER_RULE):
        weights = [chance.random() ** 3 for _ in lines]
        if number % 3:
            weights[chance.randrange(len(lines))] = 3 * len(lines)
        kinds = chance.choices(lines, weights, k=chance.randint(1, 40))
        paragraphs = rule.startswith("repetition") and number % 2
        text = kinds[0]().strip()
        for kind in kinds[1:]:
            text += chance.choice(["\n", "\n\n" if paragraphs else "\n"]) + kind().strip()
        yield _without(text, rule)


def _without(text: str, rule: str) -> str:
    """A text without what the two see differently: theirs has one limit for both signs, no marks, and • as a word."""
    if rule in ("gopher__words", "gopher__mean_word_length"):
        text = text.replace("•", "-")
    if rule == "gopher__hashes":
        return text.replace("...", ".").replace("…", ".")
    return text.replace("#", "" if rule == "gopher__ellipses" else "no ")


def ours(text: str, rule: str) -> Attributes:
    return TAGGERS[rule.partition("__")[0]](View(document(text)), house())


@cache
def house() -> Recipe:
    return load_recipe()


def english() -> dict[str, Limit]:
    return house().limits("en")


def test_every_rule_of_theirs_that_ours_have_is_compared() -> None:
    theirs = ("gopher__", "repetition__", "fineweb__", "c4__")
    assert {rule for rule in english() if rule.startswith(theirs)} == set(RULES)


@pytest.mark.parametrize("rule", RULES)
def test_rules_agree(rule: str) -> None:
    limit, kept = english()[rule], 0
    for text in made(rule):
        theirs = RULES[rule](limit).filter(Document(text=text, id="0"))
        their_word = theirs if isinstance(theirs, bool) else theirs[0]
        value = value_of(ours(text, rule), rule)
        keeps = value is None or (limit.least or 0) <= value <= (NEVER if limit.most is None else limit.most)
        assert keeps == their_word, (value, theirs, text)
        kept += their_word
    # Some texts are within the limit and some beyond it: else nothing is compared.
    assert 0 < kept < SAMPLES_PER_RULE, kept
