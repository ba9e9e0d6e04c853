"""The text of the training pages: every kind, as long as asked, inside the alphabet, and the same for the same seed."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import msgspec
import pytest

from fakes.bulk.corpus import LAYERS, setup_of, write_corpus
from fakes.bulk.here import Here
from sokdok.bulk.merge import merge
from sokdok.bulk.passes import Asked
from sokdok.bulk.run import Watcher, run
from sokdok.errors import InputError
from sokdok.model.nano.alphabet import UNREAD_CHARS, Alphabet, default_chars
from sokdok.pages.cells import CELLS, HEX
from sokdok.pages.hangul import KS_X_1001, SYLLABLES
from sokdok.pages.layout import switches_in, symbols_of
from sokdok_lab.synth.alphabet import recogniser_chars
from sokdok_lab.training.texts.source import KINDS, LANGUAGES, TextSource, texts_of


@pytest.fixture(scope="module")
def source(corpus: Path) -> TextSource:
    return TextSource(corpus, default_chars())


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_endless_enough_and_repeatable(source: TextSource, kind: str) -> None:
    text = source.sample(kind, 150, random.Random(3))
    assert text == source.sample(kind, 150, random.Random(3))
    assert len({source.sample(kind, 150, random.Random(seed)) for seed in range(9)}) > 3
    # Splitting and joining shuffled words drops their line ends and runs of spaces.
    assert len(text) >= (140 if kind == "shuffled" else 150)


@pytest.mark.parametrize(
    "kind", sorted(set(KINDS) - {"en", "ko", "code", "mixed", "shuffled", "words ko", "escapes", "line ends", "han"})
)
def test_made_up_text_needs_no_escapes(source: TextSource, kind: str) -> None:
    text = source.sample(kind, 3000, random.Random(0))
    chars = recogniser_chars() if kind.split()[0] in {*LANGUAGES, "foreign", "receipts"} else default_chars()
    assert set(text) <= set(chars) | set(SYLLABLES) | {"\n", "\t"}


def test_foreign_characters_and_line_ends_are_drawn_as_marks(source: TextSource) -> None:
    """Of all kinds, so that no mark is met in one surrounding only."""
    alphabet = Alphabet(default_chars()).code_points
    escaped, switches = [], 0
    for seed in range(60):
        for kind in ("escapes", "line ends"):
            symbols = symbols_of(source.sample(kind, 400, random.Random(seed)), CELLS["8x8"], alphabet)
            switches += int(switches_in(symbols).sum())
            escaped.append(float((symbols >= HEX).mean()))
    assert min(escaped) < 0.05 and max(escaped) > 0.6 and 0.1 < sum(escaped) / len(escaped) < 0.5
    assert switches > 60


def test_commands_have_the_marks_that_prose_lacks(source: TextSource) -> None:
    drawn, prose = (source.sample(kind, 20_000, random.Random(1)) for kind in ("commands", "en"))
    marks = "\\@{}[]<>_~$#&|^`=\"'"
    assert all(drawn.count(mark) > 10 for mark in marks)
    assert sum(map(drawn.count, marks)) > 10 * sum(map(prose.count, marks))


def test_han_stands_in_korean_and_alone(source: TextSource) -> None:
    drawn = source.sample("han", 5_000, random.Random(1))
    han = sum(ord(c) in UNREAD_CHARS for c in drawn)
    assert 0.3 < han / len(drawn) < 0.9 and set(SYLLABLES) & set(drawn)


def test_syllables_reach_far_beyond_what_korean_uses(source: TextSource) -> None:
    drawn = set(source.sample("syllables", 60_000, random.Random(0)))
    assert len(drawn & set(SYLLABLES)) > 9_000


def test_half_of_the_random_syllables_are_those_that_korean_uses(source: TextSource) -> None:
    common, known = set(KS_X_1001), set(SYLLABLES)
    assert (len(common), len(known)) == (2_350, 11_172)
    drawn = [c for c in source.sample("syllables", 20_000, random.Random(0)) if c in known]
    assert sum(c in common for c in drawn) / len(drawn) == pytest.approx(0.5 + 0.5 * 2_350 / 11_172, abs=0.03)


def test_words_of_a_list_are_preferred(corpus: Path, tmp_path: Path) -> None:
    for name in ("en", "ko", "code"):
        (tmp_path / name).symlink_to(corpus / name)
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "ko.txt").write_text("속독 17\n책 3\n\n", encoding="utf-8")
    source = TextSource(tmp_path, default_chars())
    assert source.korean_words == ["속독", "책"]
    assert set(source.sample("words ko", 200, random.Random(0))) <= set("속독책 \n\t,")


def test_an_unknown_kind_is_named(source: TextSource) -> None:
    with pytest.raises(InputError, match="'poems'"):
        source.sample("poems", 10, random.Random(0))


@pytest.mark.parametrize("content", [None, " \n\n"], ids=["no file", "only blanks"])
def test_a_folder_without_text_says_how_to_get_some(corpus: Path, tmp_path: Path, content: str | None) -> None:
    (tmp_path / "en").symlink_to(corpus / "en")
    (tmp_path / "ko").mkdir()
    if content is not None:
        (tmp_path / "ko" / "empty.txt").write_text(content)
    with pytest.raises(InputError, match=r"no ko/\*\.txt; fetch a corpus with lab/scripts/fetch_corpus\.py"):
        TextSource(tmp_path, default_chars())


def test_a_corpus_without_other_languages_says_how_to_get_them(corpus: Path, tmp_path: Path) -> None:
    for name in ("en", "ko", "code"):
        (tmp_path / name).symlink_to(corpus / name)
    with pytest.raises(InputError, match="holds none of its languages; lab/scripts/fetch_corpus.py fetches them"):
        TextSource(tmp_path, default_chars()).sample("greek", 10, random.Random(0))


# --- what bulk has read ---


def shard(path: Path, *rows: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(b"\n".join(map(msgspec.json.encode, rows))))
    return path


def test_documents_of_the_language_are_read_and_those_of_none(tmp_path: Path) -> None:
    shard(tmp_path / "000001.jsonl.gz", {"text": "셋", "metadata": {"language": "ko", "pages": 3}})
    shard(
        tmp_path / "000000.jsonl.gz",
        {"text": "하나", "metadata": {"language": "ko"}},
        {"text": "two", "metadata": {"language": "en"}},
        {"id": "a", "text": "둘"},
    )
    assert list(texts_of(tmp_path, "ko")) == ["하나", "둘", "셋"]
    assert list(texts_of(tmp_path, "en")) == ["two", "둘"]


def test_as_much_is_read_as_fits(tmp_path: Path) -> None:
    shard(tmp_path / "a.jsonl.gz", *({"text": "0123456789"} for _ in range(10)))
    assert "".join(texts_of(tmp_path, "en", most=25)) == "0123456789" * 2 + "01234"


@pytest.mark.parametrize("row", [{"txt": "a"}, [1], {"text": 3}, {"text": "a", "metadata": []}])
def test_a_shard_of_other_rows_is_named_with_its_line(tmp_path: Path, row: object) -> None:
    shard(tmp_path / "a.jsonl.gz", {"text": "good"}, row)
    with pytest.raises(InputError, match=r"a\.jsonl\.gz, line 2: no document of `sokdok bulk"):
        list(texts_of(tmp_path, "en"))


@pytest.mark.parametrize("cut", [0.5, 0.0])
def test_a_damaged_shard_is_named(tmp_path: Path, cut: float) -> None:
    path = shard(tmp_path / "a.jsonl.gz", *({"text": str(at)} for at in range(1000)))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * cut)] if cut else b"no gzip at all")
    with pytest.raises(InputError, match=r"a\.jsonl\.gz can't be read"):
        list(texts_of(tmp_path, "en"))


def test_what_bulk_has_read_is_trained_on(corpus: Path, tmp_path: Path) -> None:
    """The documents of a merge, put beside those of a corpus, or in their place."""
    setup = setup_of(write_corpus(tmp_path / "in", report=1), tmp_path / "out", LAYERS)
    run(setup, Here, Watcher())
    merge(str(tmp_path / "out"), Asked())
    for name in ("code", "ko"):
        (tmp_path / name).symlink_to(corpus / name)
    (tmp_path / "en").symlink_to(tmp_path / "out" / "data" / "dolma" / "documents")
    text = TextSource(tmp_path, default_chars()).sample("en", 1000, random.Random(0))
    assert "report says on page 1 what it says." in text
