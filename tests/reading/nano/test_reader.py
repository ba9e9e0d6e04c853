"""nano reads what sokdok draws, and drafting changes nothing but the time."""

from __future__ import annotations

import shutil
import threading

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from rapidfuzz.distance import Levenshtein

from sokdok.errors import ModelError
from sokdok.model.nano.alphabet import STOP
from sokdok.model.nano.session import Classified, NanoSession, Stepped, bundled_folder
from sokdok.model.preprocess import MODES, preprocess
from sokdok.pages import CELLS, Page, render
from sokdok.pages.cells import END
from sokdok.pages.draw import draw_text_page, get_glyph_size
from sokdok.reading import load
from sokdok.reading.nano import drawn
from sokdok.reading.nano.drawn import Decoded, better, classify_page, find_cell, inked_subcells
from sokdok.reading.nano.page_reader import NanoPageReader
from sokdok.reading.nano.reader import NanoReader

ENGLISH = (
    "A page is drawn, the encoder looks at it once, and a hundred tokens remain. What is written there can be told "
    "back, letter by letter: invoice no. 2025-118, 4,096 units at $3.75, due on 14 March (see ref. a7f3-09bc).\n"
) * 6
KOREAN = "오래된 대화는 작게 그리고 최근의 대화는 또렷하게 그린다. 값은 3,450원이며 담당자는 김하늘이다.\n" * 8


@pytest.fixture(scope="module")
def reader() -> NanoReader:
    return load()


def similarity(truth: str, text: str) -> float:
    return Levenshtein.normalized_similarity(truth, text)


@pytest.mark.parametrize("decoder", ["autoregressive", "parallel"])
@pytest.mark.parametrize(("text", "least"), [(ENGLISH, 0.97), (KOREAN, 0.95)])
@pytest.mark.parametrize("mode", ["tiny", "small"])
def test_reads_back_what_was_drawn(reader, text, least, mode, decoder) -> None:
    side = MODES[mode].base
    pages = render(text, (side, side), alphabet=reader.abilities.alphabet)
    (reading,) = reader.read(pages, decoder=decoder)
    assert reading.status == "ok" and reading.decoder == decoder
    assert reading.vision_tokens == {"tiny": 64, "small": 100}[mode]
    assert similarity(text, reading.text) >= least


@pytest.mark.parametrize(("name", "side", "times"), [*((name, 512, 6) for name in CELLS), ("4x8", 1024, 78)])
def test_reads_pages_of_a_memory_with_all_their_turns(reader, name, side, times) -> None:
    said = ["yes, at noon", "값은 3,450원입니다", "see /var/log/app.log", "the red boat, then?"] * times
    entries = [f"[{number} {('user', 'assistant')[number % 2]}] {text}\n" for number, text in enumerate(said, 1)]
    opens = [sum(map(len, entries[:number])) for number in range(len(entries))]
    text = "".join(entries).rstrip("\n")
    page = draw_text_page(text, get_glyph_size(name), (side, side), reader.abilities.alphabet, headings=opens)
    (reading,) = reader.read([page])
    assert (reading.status, reading.text) == ("ok", text) or side > 512 and similarity(text, reading.text) >= 0.99


def test_drafting_gives_the_text_of_plain_greedy_decoding(reader) -> None:
    """One step a pass against whole drafts, symbol by symbol and move by move."""
    session, text = reader.session, ENGLISH[:150] + KOREAN[:60]
    page = render(text, (512, 512), alphabet=reader.abilities.alphabet)[0]
    pixels = preprocess(page.image, MODES["tiny"]).global_view
    encoded = session.encode("tiny", pixels[None])
    grid = classify_page(session, encoded.subcells[0], inked_subcells(pixels), page.cell)
    read = []
    for chunk in (1, drawn.CHUNK, 7):
        state = drawn.start(session, encoded, 0, (512, 512), grid)
        drawn.read_all(session, [state], chunk)
        read.append((np.concatenate(state.classes), np.concatenate(state.moves)))
    plain, *drafted = read
    for classes, moves in drafted:
        assert np.array_equal(classes, plain[0]) and np.array_equal(moves, plain[1])


SHORT = ("a", "\n\n\n  x", "가", "x\ny", ENGLISH[:600], "the first line alone\n" + "\n" * 9 + "and one more")


@pytest.mark.parametrize("cell", CELLS.values(), ids=str)
@pytest.mark.parametrize("text", SHORT)
def test_finds_the_cell_by_looking(reader, cell, text) -> None:
    """The layout is taken off the page: only pixels are left."""
    page = render(text, (512, 512), cell, reader.abilities.alphabet)[0]
    pixels = preprocess(page.image, MODES["tiny"]).global_view
    encoded = reader.session.encode("tiny", pixels[None])
    assert find_cell(reader.session, encoded.subcells[0], inked_subcells(pixels), pixels) == cell


def test_a_page_that_fails_does_not_take_the_others_down(reader, tmp_path) -> None:
    """A truncated picture that PIL opens lazily fails only when its pixels are asked for."""
    good = render("still here", (512, 512))[0]
    path = tmp_path / "cut.png"
    good.image.save(path)
    path.write_bytes(path.read_bytes()[:200])
    bad = Page(Image.open(path), "cut.png")
    first, second = reader.read([bad, good])
    assert first.status == "failed" and first.error
    assert second.status == "ok" and "still here" in second.text


def test_any_picture_ends(reader) -> None:
    """Noise is not text, but the read position only moves on, so reading it ends."""
    noise = np.random.default_rng(0).integers(0, 256, (512, 512, 3), np.uint8)
    (reading,) = reader.read([Page(Image.fromarray(noise), "noise")])
    assert reading.status == "ok"


class Misled(NanoSession):
    """Takes symbol `number` of every page for the end of the text."""

    number, steps = 30, 0

    def _ends(self, classes: np.ndarray) -> None:
        classes[..., self.number, :] = self.alphabet.encode(np.array([END]))[0]

    def classify(self, features: np.ndarray) -> tuple[Classified, Classified]:
        best, other = super().classify(features)
        self._ends(best.classes)
        return best, other

    def step(self, inputs: dict[str, np.ndarray]) -> Stepped:
        stepped = super().step(inputs)
        if not self.steps:
            self._ends(stepped.classes)
            stepped.moves[:, self.number] = STOP
        self.steps += 1
        return stepped


@pytest.mark.parametrize("decoder", ["autoregressive", "parallel"])
def test_an_end_with_ink_behind_it_is_none(decoder, monkeypatch) -> None:
    misled = NanoReader(bundled_folder())
    page = render(ENGLISH, (640, 640), alphabet=misled.abilities.alphabet)[0]
    monkeypatch.setattr(misled, "session", Misled(bundled_folder()))
    (reading,) = misled.read([page], decoder=decoder)
    assert reading.status == "ok" and reading.text == ENGLISH


@pytest.mark.parametrize("decoder", ["auto", "autoregressive", "parallel"])
def test_a_page_that_is_not_what_was_read_is_not_ok(reader, decoder) -> None:
    """A pixel more on one letter: it is read, but it is no letter that sokdok draws."""
    page = render(ENGLISH, (640, 640), CELLS["8x16"], reader.abilities.alphabet)[0]
    page.image.putpixel((1, 1), (0, 0, 0))
    (reading,) = reader.read([page], decoder=decoder)
    assert reading.status == "incomplete" and reading.text == ENGLISH
    assert reading.error == "text is wrong or missing: 1 of 3,200 cells (0.0%) do not look like what was read"


def test_of_two_readings_the_one_that_accounts_for_more_is_taken() -> None:
    def decoded(name: str, unread: int) -> Decoded:
        return Decoded(name, np.array([], int), np.array([]), unread, 100)

    assert better(decoded("autoregressive", 2), decoded("parallel", 1)).decoder == "parallel"
    assert better(decoded("autoregressive", 1), decoded("parallel", 1)).decoder == "autoregressive"


def picture(text: str) -> Page:
    image = Image.new("RGB", (420, 90), "white")
    ImageDraw.Draw(image).text((20, 25), text, fill="black", font=ImageFont.load_default(28))
    return Page(image, f"{text}.png")


@pytest.fixture
def two_cores(monkeypatch: pytest.MonkeyPatch) -> NanoReader:
    monkeypatch.setattr("sokdok.reading.nano.reader.usable_cores", lambda: 2)
    return NanoReader(bundled_folder())


def test_pages_read_at_once_are_those_read_one_by_one_in_order(two_cores: NanoReader) -> None:
    pages = [picture(f"The number is {number}") for number in (417, 2093, 58)]
    pages += [render(f"page {side}: {ENGLISH[:80]}", (side, side))[0] for side in (512, 640, 512)]
    alone = [reading for page in pages for reading in two_cores.read([page])]
    together = list(two_cores.read(pages))
    assert [reading.page for reading in together] == list(range(6))
    assert [reading.text for reading in together] == [reading.text for reading in alone]
    assert "417" in together[0].text and "58" in together[2].text


def test_a_page_that_fails_beside_others_leaves_them_whole(two_cores: NanoReader, monkeypatch) -> None:
    threads: set[int] = set()
    read_page = NanoPageReader.read_page

    def noted(self: NanoPageReader, image: Image.Image, mode: str | None = None, layout: bool = True) -> object:
        threads.add(threading.get_ident())
        if image.size == (421, 90):
            raise OSError("image file is truncated")
        return read_page(self, image, mode, layout)

    monkeypatch.setattr(NanoPageReader, "read_page", noted)
    broken = Page(Image.new("RGB", (421, 90)), "broken.png")
    readings = list(two_cores.read([picture("first"), broken, picture("third")]))
    assert [reading.status for reading in readings] == ["ok", "failed", "ok"]
    assert readings[1].error == "image file is truncated"
    assert threading.get_ident() not in threads


def test_missing_and_damaged_checkpoints_are_named(tmp_path) -> None:
    pytest.importorskip("torch")
    with pytest.raises(ModelError, match="is no folder, and no hub id"):
        load(str(tmp_path / "nowhere"))
    with pytest.raises(ModelError, match="no config.json"):
        load(str(tmp_path))
    broken = tmp_path / "nano"
    shutil.copytree(bundled_folder(), broken)
    weights = broken / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-5000])
    with pytest.raises(ModelError, match="truncated: .* ends beyond"):
        load(str(broken))
