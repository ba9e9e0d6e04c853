from __future__ import annotations

from pathlib import Path

import pytest

from sokdok.errors import InputError
from sokdok.tokens import count_text
from sokdok_lab.bench.compression import texts as made
from sokdok_lab.bench.compression.texts import (
    BUCKETS,
    KOREAN_RATIOS,
    bucket_of,
    gather,
    load_folder,
    load_measured,
    prefix_of,
    spans,
)


def test_pages(fox: Path) -> None:
    pages, korean = load_folder(fox)
    assert [page.bucket for page in pages] == ["600-700", "600-700", ">1300"]  # by the row's count, not ours
    assert [page.image for page in pages] == [fox / "images" / "p0.png", fox / "images" / "p1.png", None]
    assert pages[0].random_text == "aB xYz Qq"
    assert korean == []


def test_korean_prose_only(korean: Path) -> None:
    pages, texts = load_folder(korean)
    assert (pages, len(texts)) == ([], 1)


def test_builtin_texts_stand_in(fox: Path, korean: Path) -> None:
    both, one, none = gather([fox, korean]), gather([fox]), gather([])
    assert (both.pages_from, both.korean_from) == ("fox", "prose")
    assert (one.pages_from, one.korean_from) == ("fox", "builtin")
    assert (none.pages_from, none.korean_from) == ("builtin", "builtin")
    assert both.measured and not none.measured


def test_korean_is_cut_to_ratios(korean: Path) -> None:
    samples = gather([korean]).korean_samples(10, 2)
    assert [sample.bucket for sample in samples] == [f"{ratio}x" for ratio in KOREAN_RATIOS for _ in range(2)]
    for sample in samples:
        assert 0 <= int(sample.bucket[:-1]) * 10 - count_text(sample.text) <= 3


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "has no manifest.jsonl"),
        ("{not json", "manifest.jsonl:1 is no JSON object"),
        ('\n["a"]', "manifest.jsonl:2 is no JSON object"),
        ('{"id": "x", "truth": "text", "tokens": "many"}', "row x: tokens is 'many'"),
        ('{"id": "x", "truth": "text"}', "neither English pages"),  # a set of another kind
        ('{"id": "x", "truth": "", "tokens": 5}', "neither English pages"),  # nothing to compare with
        ("", "neither English pages"),
    ],
)
def test_wrong_folders(tmp_path: Path, content: str | None, message: str) -> None:
    if content is not None:
        (tmp_path / "manifest.jsonl").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        load_folder(tmp_path)


def test_not_a_folder_and_not_text(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a folder"):
        load_folder(tmp_path / "nowhere")
    (tmp_path / "manifest.jsonl").write_bytes(b"{}\n\xff\xfe")
    with pytest.raises(InputError, match="manifest.jsonl:2 is no JSON object"):
        load_folder(tmp_path)


def test_measured_values(fox: Path, tmp_path: Path) -> None:
    measured = load_measured(fox / "anchors.json")
    assert (measured["600-700"]["from_text_small"], measured["all"]["from_text_small"]) == (0.99, 0.95)
    wrong = tmp_path / "anchors.json"
    wrong.write_text('{"buckets": 3}', encoding="utf-8")
    with pytest.raises(InputError, match="not a file of anchors"):
        load_measured(wrong)


def test_buckets_hold_their_lower_bound() -> None:
    bounds = {0: "<600", 599: "<600", 600: "600-700", 699: "600-700", 1299: "1200-1300", 1300: ">1300"}
    assert {tokens: bucket_of(tokens) for tokens in bounds} == bounds


@pytest.mark.parametrize(
    "text", ["", "a", "The quick brown fox. " * 30, "다람쥐 헌 쳇바퀴에 타고파. " * 30, "\n" * 50, "🙂" * 40]
)
@pytest.mark.parametrize("tokens", [0, 1, 7, 100, 10_000])
def test_prefix_spends_what_it_may(text: str, tokens: int) -> None:
    prefix = prefix_of(text, tokens)
    assert text.startswith(prefix)
    assert count_text(prefix) <= tokens
    if prefix != text:
        assert count_text(text[: len(prefix) + 1]) > tokens  # not one character more


def test_spans_lie_side_by_side() -> None:
    pool = " ".join(f"word{i}" for i in range(400))
    parts = spans(pool, count_text(pool) // 4, 10)
    assert len(parts) == 4  # no more than fit without overlap
    assert len(set(parts)) == 4
    assert all(part.startswith("word") for part in parts)  # none begins inside a word
    assert all(abs(count_text(part) - count_text(pool) // 4) <= 2 for part in parts)
    (repeated,) = spans("one two three.", 50, 3)
    assert count_text(repeated) in (49, 50) and repeated.startswith("one two three.\none two")


def test_shipped_texts_fill_the_buckets() -> None:
    english = made.english()
    assert [sample.bucket for sample in english] == sorted((s.bucket for s in english), key=BUCKETS.index)
    assert {"600-700", "700-800", "800-900", "900-1000", "1100-1200"} <= {sample.bucket for sample in english}
    assert all(800 <= len(text) <= 1500 for text in made.passages("ko").values())
    for sample in english:
        assert abs(count_text(sample.random_text) - count_text(sample.text)) <= 3
        assert not set(sample.random_text) - set(made._LETTERS) - {" "}


def test_all_common_syllables() -> None:
    syllables = made.ks_x_1001().text.split(" ")
    assert len(syllables) == len(set(syllables)) == 2350
    assert {"가", "힝", "뷁"} - set(syllables) == {"뷁"}  # 뷁 is not in KS X 1001
    assert syllables != sorted(syllables)
