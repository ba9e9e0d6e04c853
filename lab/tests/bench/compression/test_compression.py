from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.bench import FakeReader
from sokdok.errors import InputError, SokdokError
from sokdok.pages import Page
from sokdok.reading.reading import Reading
from sokdok_lab.bench.compression.compression import CONDITIONS, TRUNCATION, make_tasks, run_task
from sokdok_lab.bench.compression.roundtrip import drawn, read_back, text_of
from sokdok_lab.bench.compression.texts import gather
from sokdok_lab.bench.output import Row


def rows_for(fox: Path, reader: FakeReader, condition: str, mode: str = "small", **options: object) -> list[Row]:
    material = gather([fox])
    (task,) = make_tasks(material, [condition], [mode], **options)  # type: ignore[arg-type]
    return run_task(reader, task, material.measured)


def test_a_perfect_reader(fox: Path) -> None:
    rows = rows_for(fox, FakeReader(), "natural")
    assert [(row["decoder"], row["bucket"]) for row in rows] == [
        (decoder, bucket)
        for decoder in ("autoregressive", "parallel", TRUNCATION)
        for bucket in ("600-700", ">1300", "all")
    ]
    first, last = rows[0], rows[2]
    assert (first["fidelity"], first["word_precision"], first["words_right"]) == (1, 1, 1)
    assert (first["pages"], first["vision_tokens"], first["images"]) == (2, 100, 1)
    assert first["ratio"] == pytest.approx(first["text_tokens"] / 100)
    assert (first["paper"], first["measured"], last["measured"]) == (0.985, 0.99, 0.95)
    assert (first["data"], first["reader"]) == ("fox", "fake")
    assert (last["pages"], last["bucket"]) == (3, "all")
    random = rows_for(fox, FakeReader(), "random", "tiny")[0]
    assert (random["paper"], random["measured"]) == (None, 0.7)  # the paper did not try random letters


def test_errors_are_scored_per_decoder(fox: Path) -> None:
    def damage(text: str, decoder: str) -> str:
        return text.replace("o", "0") if decoder == "parallel" else text.replace("\n", " ")

    rows = {row["decoder"]: row for row in rows_for(fox, FakeReader(damage), "natural") if row["bucket"] == "600-700"}
    assert rows["autoregressive"]["fidelity"] == 1  # white space aside
    assert 0.85 < rows["parallel"]["fidelity"] < 1
    assert rows["parallel"]["word_precision"] < rows["parallel"]["fidelity"]


def test_means_are_over_all_texts(fox: Path) -> None:
    def damage(text: str, decoder: str) -> str:
        return "la " * 2000 if "Number 3 " in text and "Number 0 " in text else text

    row = rows_for(fox, FakeReader(damage), "natural", decoders=["parallel"])[2]
    assert row["bucket"] == "all" and row["fidelity"] < 0.7


def test_a_page_that_failed_costs_its_tokens(fox: Path) -> None:
    failed = rows_for(fox, FakeReader(lambda text, decoder: "", status="failed"), "natural")[0]
    assert (failed["fidelity"], failed["vision_tokens"]) == (0, 100)


def test_truncation_keeps_what_the_tokens_buy(fox: Path) -> None:
    rows = [row for row in rows_for(fox, FakeReader(), "natural", "tiny") if row["decoder"] == TRUNCATION]
    assert all(row["vision_tokens"] == 64 for row in rows)
    for row in rows:
        assert row["fidelity"] == pytest.approx(64 / row["text_tokens"], abs=0.1)
        assert (row["paper"], row["measured"], row["images"]) == (None, None, 0)


def test_original_pages_are_read_at_the_modes_size(fox: Path) -> None:
    truths = {page.image.name: page.text for page in gather([fox]).pages if page.image}
    rows = rows_for(fox, FakeReader(originals=truths), "original", "base")
    assert {row["decoder"] for row in rows} == {"autoregressive", TRUNCATION}  # no grid, no parallel decoder
    assert (rows[0]["pages"], rows[0]["fidelity"], rows[0]["vision_tokens"]) == (2, 1, 256)
    (fox / "images" / "p1.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    with pytest.raises(InputError, match="p1.png"):
        rows_for(fox, FakeReader(originals=truths), "original")


def test_texts_that_take_several_pages_pay_for_all() -> None:
    material = gather([])
    (task,) = make_tasks(material, ["ks_x_1001"], ["tiny"])
    text = task.samples[0].text * 3
    object.__setattr__(task.samples[0], "text", text)
    row = run_task(FakeReader(), task)[0]
    assert row["images"] > 1
    assert row["vision_tokens"] == 64 * row["images"]
    assert (row["fidelity"], row["words_right"]) == (1, 1)


def test_every_condition_without_data() -> None:
    tasks = make_tasks(gather([]), CONDITIONS, ["tiny"], limit=1)
    assert [task.condition for task in tasks] == ["natural", "random", "korean", "ks_x_1001"]  # no originals
    korean = next(task for task in tasks if task.condition == "korean")
    assert [sample.bucket for sample in korean.samples] == ["10x", "15x", "20x", "30x"]


def test_readings_are_grouped_by_text() -> None:
    texts = ["short", "x" * 9000, "", "end"]  # one page, several, an empty page, one
    drawings = [list(drawn(text, "tiny", None)) for text in texts]
    assert len(drawings[1]) > 1
    answers = list(read_back(FakeReader(), drawings, "parallel", "small"))
    assert [len(readings) for readings in answers] == [len(drawing) for drawing in drawings]
    assert [text_of(readings) for readings in answers] == texts


def test_a_reader_that_drops_pages_is_found_out() -> None:
    class Dropping(FakeReader):
        def read(self, pages: object, prompt: str = "", **options: object) -> Iterator[Reading]:  # type: ignore[override]
            yield from list(super().read(pages, prompt, **options))[:-1]  # type: ignore[arg-type]

    pages: list[list[Page]] = [list(drawn("a", "tiny", None)), list(drawn("b", "tiny", None))]
    with pytest.raises(SokdokError, match="fewer readings"):
        list(read_back(Dropping(), pages, "parallel", "small"))
