from __future__ import annotations

import pytest

from sokdok.tokens import count_text
from sokdok_lab.bench.compression import builtin
from sokdok_lab.bench.compression.samples import BUCKETS, bucket_of, prefix_of, spans


@pytest.mark.parametrize(
    ("tokens", "bucket"),
    [
        (0, "<600"),
        (599, "<600"),
        (600, "600-700"),
        (699, "600-700"),
        (1299, "1200-1300"),
        (1300, ">1300"),
        (9999, ">1300"),
    ],
)
def test_buckets_hold_their_lower_bound(tokens: int, bucket: str) -> None:
    assert bucket_of(tokens) == bucket
    assert bucket in BUCKETS


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


def test_a_small_pool_is_repeated() -> None:
    (stretch,) = spans("one two three.", 50, 3)
    assert count_text(stretch) in (49, 50)
    assert stretch.startswith("one two three.\none two")


def test_shipped_texts_fill_the_buckets() -> None:
    english = builtin.english()
    assert [sample.bucket for sample in english] == sorted((s.bucket for s in english), key=BUCKETS.index)
    assert {"600-700", "700-800", "800-900", "900-1000", "1100-1200"} <= {sample.bucket for sample in english}
    assert all(800 <= len(text) <= 1500 for text in builtin.texts("ko").values())
    for sample in english:
        assert abs(count_text(sample.random_text) - count_text(sample.text)) <= 3
        assert not set(sample.random_text) - set(builtin._LETTERS) - {" "}


def test_mixed_texts_hold_all_three() -> None:
    samples = builtin.mixed()
    assert samples == builtin.mixed()  # equal on every run
    for sample in samples:
        assert any("가" <= c <= "힣" for c in sample.text)
        assert "    " in sample.text  # indented code
        assert sample.bucket == bucket_of(count_text(sample.text))


def test_all_common_syllables() -> None:
    syllables = builtin.ks_x_1001().text.split(" ")
    assert len(syllables) == len(set(syllables)) == 2350
    assert {"가", "힝", "뷁"} - set(syllables) == {"뷁"}  # 뷁 is not in KS X 1001
    assert syllables != sorted(syllables)
