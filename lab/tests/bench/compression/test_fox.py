from __future__ import annotations

from pathlib import Path

import pytest

from sokdok.errors import InputError
from sokdok.tokens import count_text
from sokdok_lab.bench.compression.fox import KOREAN_RATIOS, gather, load_folder
from sokdok_lab.bench.compression.published import PAPER, PAPER_RATIOS, load_measured, measured_value, paper_value


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
        ("{not json", "manifest.jsonl:1 is not JSON"),
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
    with pytest.raises(InputError, match="not UTF-8 \\(byte 3\\)"):
        load_folder(tmp_path)


def test_published_values(fox: Path, tmp_path: Path) -> None:
    measured = load_measured(fox / "anchors.json")
    assert measured_value(measured, "natural", "small", "600-700") == 0.99
    assert measured_value(measured, "natural", "small", "all") == 0.95
    assert measured_value(measured, "random", "tiny", "600-700") == 0.7
    assert measured_value(measured, "korean", "small", "600-700") is None
    assert paper_value("original", "small", "600-700") == 0.985
    assert paper_value("natural", "tiny", "1200-1300") == 0.591
    assert paper_value("random", "small", "600-700") is None  # the paper did not try random letters
    assert paper_value("natural", "base", "600-700") is None
    assert paper_value("natural", "small", ">1300") is None
    assert all(PAPER[mode].keys() == PAPER_RATIOS[mode].keys() for mode in PAPER)
    wrong = tmp_path / "anchors.json"
    wrong.write_text('{"buckets": 3}', encoding="utf-8")
    with pytest.raises(InputError, match="not a file of anchors"):
        load_measured(wrong)
