"""What nano writes by: its alphabet, n-grams, and moves of the pen."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sokdok.errors import ModelError
from sokdok.model.config import NANO
from sokdok.model.nano.alphabet import (
    EDGE_STEPS,
    FINALS,
    INITIALS,
    MOVES,
    NO_FINAL,
    NO_VOWEL,
    STOP,
    SUBCELL_HEIGHT,
    SUBCELL_WIDTH,
    VOWELS,
    Alphabet,
    advance,
    as_read,
    default_chars,
    edges,
    moves_between,
)
from sokdok.model.nano.ngrams import ENTRY, SCALE, UNKNOWN, CharacterNgrams, key_of, sign_of
from sokdok.model.nano.session import bundled_folder
from sokdok.pages.cells import CELLS, MARKS
from sokdok.pages.layout import Layout, lay_out, symbols_of

HANGUL = np.arange(0xAC00, 0xD7A4)


@pytest.fixture(scope="module")
def alphabet() -> Alphabet:
    return Alphabet(default_chars())


def test_every_syllable_comes_back_by_a_triple_of_its_own(alphabet: Alphabet) -> None:
    triples = alphabet.encode(HANGUL)
    assert triples.shape == (11_172, 3)
    assert (alphabet.decode(triples) == HANGUL).all()
    assert len(np.unique(triples, axis=0)) == 11_172 == INITIALS * VOWELS * FINALS
    assert triples[:, 0].min() == len(alphabet.plain)
    assert triples[:, 0].max() == alphabet.classes - 1
    assert (triples[:, 1:] < (NO_VOWEL, NO_FINAL)).all()


def test_worked_values(alphabet: Alphabet) -> None:
    first = len(alphabet.plain)
    # 한 = ㅎ (18), ㅏ (0), ㄴ (4); 가 = ㄱ (0), ㅏ (0), no final; 힣 = ㅎ, ㅣ (20), ㅎ (27)
    expected = [[first + 18, 0, 4], [first, 0, 0], [first + 18, 20, 27]]
    assert alphabet.encode(np.array([ord(c) for c in "한가힣"])).tolist() == expected
    letter = int(alphabet.encode(np.array([ord("a")]))[0, 0])  # the first class rules, whatever a model pairs it with
    odd = np.array([[letter, 3, 4], [first, NO_VOWEL, NO_FINAL]])
    assert "".join(map(chr, alphabet.decode(odd))) == "a가"


def test_every_other_symbol_comes_back(alphabet: Alphabet) -> None:
    symbols = np.array([*map(ord, alphabet.chars), *MARKS])
    triples = alphabet.encode(symbols)
    assert (alphabet.decode(triples) == symbols).all()
    assert sorted(triples[:, 0]) == list(range(len(alphabet.plain)))
    assert (triples[:, 1:] == (NO_VOWEL, NO_FINAL)).all()


@pytest.mark.parametrize("char", ["漢", "あ", "\n", "\u0301", "\U0001f600", "\ud7a4", "\uabff", "\u3164"])
def test_a_symbol_beyond_the_alphabet_is_named(alphabet: Alphabet, char: str) -> None:
    with pytest.raises(KeyError, match=f"U\\+{ord(char):04X}"):
        alphabet.encode(np.array([ord("a"), ord(char)]))


def test_the_default_is_nanos_and_can_be_drawn(alphabet: Alphabet) -> None:
    assert alphabet.classes == NANO.classes
    assert alphabet.start == alphabet.classes  # one more row of the embedding, no class of the head
    assert len(set(alphabet.chars)) == len(alphabet.chars)
    codes = np.array(sorted(alphabet.code_points))
    assert len(codes) == len(alphabet.chars) + 11_172
    # Not all 910: where two look the same, as Latin A and Greek Alpha, the second is drawn as an escape.
    drawn = CELLS["8x16"].glyphs.has
    assert drawn(HANGUL).all()
    assert drawn(np.arange(0x20, 0x7F)).all()


def test_letters_that_cannot_be_read_become_a_mark() -> None:
    assert as_read("\ufb01 \u97d3\u570b(\ud55c\uad6d) \u3042\u30a2") == "fi \u3013\u3013(\ud55c\uad6d) \u3013\u3013"


def table(**runs: tuple[float, float]) -> np.ndarray:
    """Entries of runs: probability of the last sign, and what is left for others if the run is a history."""
    stored = {key_of(run): tuple(round(-math.log(p) * SCALE) for p in row) for run, row in runs.items()}
    return np.array([(key, *stored[key]) for key in sorted(stored)], ENTRY)


def test_a_longer_history_counts_and_what_it_lacks_is_taken_from_a_shorter_one() -> None:
    ngrams = CharacterNgrams(table(q=(0.01, 0.1), u=(0.02, 0.5), a=(0.08, 0.5), qu=(0.9, 1.0)))
    near = 1 / SCALE
    assert ngrams.log_probability("", "u") == pytest.approx(math.log(0.02), abs=near)
    assert ngrams.log_probability("q", "u") == pytest.approx(math.log(0.9), abs=near)
    assert ngrams.log_probability("q", "a") == pytest.approx(math.log(0.1 * 0.08), abs=near)
    assert ngrams.log_probability("abcdefq", "u") == pytest.approx(math.log(0.9), abs=near)
    assert ngrams.log_probability("", "ж") == pytest.approx(-UNKNOWN / SCALE)


def test_syllables_count_by_their_initial_consonant() -> None:
    assert [sign_of(char) for char in "가갛나힣a "] == ["\u1100", "\u1100", "\u1102", "\u1112", "a", " "]


def test_the_table_that_ships_knows_english_and_korean_from_noise() -> None:
    ngrams = CharacterNgrams.load(bundled_folder() / "ngrams.npy")

    def mean(text: str) -> float:
        signs = "".join(map(sign_of, text))
        return sum(ngrams.log_probability(f" {signs[:at]}", sign) for at, sign in enumerate(signs)) / len(signs)

    assert mean("I have received your letter of the twelfth") > mean("I hove reccived yoar lettcr af tke twclftb") + 0.5
    assert mean("이 법은 다음과 같이 시행한다") > mean("한같음 은다시행 과법이 다이") + 0.3


@pytest.mark.parametrize(
    "stored",
    [
        np.zeros(3, np.float32),
        np.zeros(2, ENTRY),  # keys don't rise
        np.zeros((2, 2), ENTRY),
        np.array([{}], object),
    ],
)
def test_what_is_no_table_is_refused(stored: np.ndarray, tmp_path: Path) -> None:
    np.save(tmp_path / "ngrams.npy", stored)
    with pytest.raises(ModelError, match=r"ngrams\.npy is no table of n-grams"):
        CharacterNgrams.load(tmp_path / "ngrams.npy")


SIZES = [(64, 64), (128, 64), (192, 128)]
TEXTS = st.text(st.sampled_from("ab 가힣字\n\t.é\U0001f600"), max_size=200)


def cursors(layout: Layout) -> tuple[np.ndarray, np.ndarray]:
    cell = layout.cell
    return layout.rows * (cell.height // SUBCELL_HEIGHT), layout.columns * (cell.width // SUBCELL_WIDTH)


def pages(text: str, cell: str, size: tuple[int, int], breaks: bool) -> list[Layout]:
    return lay_out(symbols_of(text, CELLS[cell]), CELLS[cell], size, breaks=breaks)


def names(layout: Layout) -> list[str]:
    return [MOVES[move] for move in moves_between(*cursors(layout))]


@given(TEXTS, st.sampled_from(list(CELLS)), st.sampled_from(SIZES), st.booleans())
@settings(deadline=None, max_examples=200)
def test_following_the_moves_visits_every_symbol(text: str, cell: str, size: tuple[int, int], breaks: bool) -> None:
    for layout in pages(text, cell, size, breaks):
        rows, columns = cursors(layout)
        moves = moves_between(rows, columns)
        assert moves[-1] == STOP
        assert (moves[:-1] != STOP).all()
        reached = advance(rows[:-1], columns[:-1], moves[:-1])
        assert (reached[0] == rows[1:]).all()
        assert (reached[1] == columns[1:]).all()
        assert (rows[0], columns[0]) == (0, 0)


@pytest.mark.parametrize(
    ("cell", "across", "wide", "down"),
    [("8x16", "right 2", "right 4", "down 2"), ("8x8", "right 2", "right 2", "down 1"), ("4x8", *MOVES[:2], "down 1")],
)
def test_worked_moves(cell: str, across: str, wide: str, down: str) -> None:
    """a, a Hangul syllable, a line end, b; the end mark follows."""
    (layout,) = pages("a가\nb", cell, (64, 64), breaks=True)
    assert names(layout) == [across, wide, down, across, "stop"]
    (layout,) = pages("a가\nb", cell, (64, 64), breaks=False)
    assert names(layout) == [across, wide, across, across, "stop"]


def test_edges_count_down_to_the_page_border() -> None:
    rows, columns = np.array([0, 7, 7]), np.array([0, 31, 28])
    assert edges(rows, columns, (128, 64)).tolist() == [[EDGE_STEPS, EDGE_STEPS], [1, 1], [4, 1]]
