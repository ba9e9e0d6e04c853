"""Lines of letters of two scripts.

Frames to texts: repeats, blanks, syllables, places.

Texts by frames and by the language: when each of them decides, and what comes with the text.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from sokdok.model.nano.alphabet import FINALS, NO_FINAL, NO_VOWEL, VOWELS, Alphabet
from sokdok.model.nano.ngrams import ENTRY, SCALE, CharacterNgrams, key_of
from sokdok.reading.nano.line_text import IN_HAND, IN_PRINT, LanguageDecoder, LineText, decode, page_prior, weighed

SCRIPTS = Alphabet(" -ABOKTXm1ΑΒΚΟΤμАВОКТХ@⑩")
NO_LETTER = SCRIPTS.classes
TWINS = ["AΑА", "BΒВ", "KΚК", "OΟО", "TΤТ", "XХ"]


def read_in_one_script(text: str, sure: float) -> str:
    """What is read_in_one_script of letters, each `sure` times likelier than those that look like it."""
    logits = [np.full((2 * len(text), size), -9.0, np.float32) for size in (NO_LETTER + 1, VOWELS + 1, FINALS + 1)]
    for i, char in enumerate(text):
        for twin in next((twins for twins in TWINS if char in twins), "μm" if char == "μ" else ""):
            logits[0][2 * i, _class(twin)] = 9 - np.log(sure)
        logits[0][2 * i, _class(char)] = 9
        logits[0][2 * i + 1, NO_LETTER] = 9
    return decode(logits, SCRIPTS).text


def _class(char: str) -> int:
    return int(SCRIPTS.encode(np.array([ord(char)]))[0, 0])


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("X-BООΚ AT", "X-BOOK AT"),
        ("АВООК ТОK", "АВООК ТОК"),
        ("TABXB ТО", "TABXB TO"),
        ("AB Α K", "AB Α K"),  # a letter by itself
        ("ВО", "BO"),  # Latin where little speaks against it
    ],
)
def test_letters_are_read_in_the_script_of_their_line(said: str, text: str) -> None:
    assert read_in_one_script(said, sure=5) == text


def test_a_letter_that_is_sure_stays() -> None:
    assert read_in_one_script("TAB μm", sure=200) == "TAB μm" and read_in_one_script("TABОK", sure=200) == "TABOK"


def test_one_glyph_told_in_two_scripts_is_one_letter() -> None:
    """The frames of both touch, so they are one symbol once they are of one script."""
    logits = [np.zeros((6, size), np.float32) for size in (NO_LETTER + 1, VOWELS + 1, FINALS + 1)]
    for frame, char in enumerate("_BAА_X"):
        logits[0][frame, NO_LETTER if char == "_" else _class(char)] = 9
    logits[0][3, _class("A")] = 8
    assert decode(logits, SCRIPTS).text == "BAX"


@pytest.mark.parametrize(("shares", "text"), [((0.36, 0.46), "A B"), ((0.2, 0.3), "AB"), ((0.36, 0.46, "A"), "AB")])
def test_a_symbol_whose_probability_lies_on_two_frames_is_there(shares: tuple, text: str) -> None:
    logits = [np.zeros((4, size), np.float32) for size in (NO_LETTER + 1, VOWELS + 1, FINALS + 1)]
    logits[0][[0, 3], [_class("A"), _class("B")]] = 30
    for frame, share in enumerate(shares[:2], 1):
        logits[0][frame, [_class(shares[-1] if len(shares) > 2 else " "), NO_LETTER]] = 30 + np.log([share, 1 - share])
    assert decode(logits, SCRIPTS).text == text  # at the letter beside it, it is that letter


def sure_logits(text: str) -> list[np.ndarray]:
    logits = [np.zeros((len(text), size), np.float32) for size in (NO_LETTER + 1, VOWELS + 1, FINALS + 1)]
    for head, classes in zip(logits, SCRIPTS.encode(np.array(list(map(ord, text)))).T, strict=True):
        head[np.arange(len(text)), classes] = 9
    return logits


def test_a_speck_beside_latin_letters_is_no_hangul() -> None:
    logits = sure_logits("BOX형A")
    logits[0][3, _class("T")] = 7
    assert decode(logits, SCRIPTS).text == "BOXTA"


def test_hangul_beside_latin_letters_stays() -> None:
    assert decode(sure_logits("A형B"), SCRIPTS).text == "A형B"


@pytest.mark.parametrize("twins", ["형1", "⑩@"])
@pytest.mark.parametrize(("page", "number"), [("TAB", 0), ("TAB 1" * 99, 1), ("TAB 형⑩" * 99, 0), ("", 0)])
def test_on_a_page_in_one_script_a_speck_is_no_letter_of_another(page: str, number: int, twins: str) -> None:
    logits, text = sure_logits(twins[0]), twins[number]
    logits[0][0, _class(twins[1])] = 5 if twins[0] == "형" else 8.5
    said = [(page, 0.99), ("형형", 0.9), ("АВО", 0.5)]  # letters that are not certain count for nothing
    lines = [LineText(line, np.arange(len(line)), np.full(len(line), sure)) for line, sure in said]
    assert weighed(lambda heads: decode(heads, SCRIPTS), page_prior(lines, SCRIPTS))(logits).text == text


ALPHABET = Alphabet(" abcdef")
BLANK = ALPHABET.classes


def answers(symbols: list[int | None]) -> list[np.ndarray]:
    """Sure logits for symbols (None is blank)."""
    triples = ALPHABET.encode(np.array([s or ord("a") for s in symbols]))
    out = [np.zeros((len(symbols), size), np.float32) for size in (BLANK + 1, VOWELS + 1, FINALS + 1)]
    for i, symbol in enumerate(symbols):
        out[0][i, BLANK if symbol is None else triples[i, 0]] = 20
        out[1][i, triples[i, 1]] = out[2][i, triples[i, 2]] = 20
    return out


def spelt(text: str) -> list[int | None]:
    return [None if char == "_" else ord(char) for char in text]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("__aa_b__", "ab"),
        ("a_a", "aa"),
        ("aaa", "a"),
        ("_한한_글_", "한글"),
        ("____", ""),
        ("__ a b _", "a b"),
        ("각_가", "각가"),
        ("_aab_", "ab"),
    ],
)
def test_runs_are_symbols_and_blanks_part_them(answer: str, text: str) -> None:
    assert decode(answers(spelt(answer)), ALPHABET).text == text


def test_a_syllable_is_as_likely_as_its_parts_together() -> None:
    logits = answers(spelt("한a"))
    logits[2][:, ALPHABET.encode(np.array([ord("항")]))[0, 2]] = 20  # as likely as what is there
    assert decode(logits, ALPHABET).probability == pytest.approx([0.5, 1], abs=1e-4)


def test_places_are_the_middles_of_runs_in_frames() -> None:
    read = decode(answers(spelt("__aa__b_")), ALPHABET)
    assert read.places.tolist() == [3, 6.5]
    assert read.confidence == pytest.approx(1, abs=1e-4)


HANDS = Alphabet(" abcdenou")
NO_SIGN = HANDS.classes


def frames(*rows: dict[str, float]) -> list[np.ndarray]:
    """Logits of frames with these probabilities of symbols; what is left is that of no symbol."""
    first = np.full((len(rows), NO_SIGN + 1), 1e-9)
    vowels, finals = np.zeros((len(rows), VOWELS + 1)), np.zeros((len(rows), FINALS + 1))
    vowels[:, NO_VOWEL] = finals[:, NO_FINAL] = 9
    for at, row in enumerate(rows):
        for char, probability in row.items():
            symbol, vowel, final = HANDS.encode(np.array([ord(char)]))[0]
            first[at, symbol] = probability
            vowels[at, vowel] = finals[at, final] = 20
        first[at, NO_SIGN] = max(1 - sum(row.values()), 1e-9)
    return [np.log(first).astype(np.float32), vowels.astype(np.float32), finals.astype(np.float32)]


def language(**likely: float) -> CharacterNgrams:
    """A language of these runs and of no others: each symbol alone has a probability of .05."""
    runs = dict.fromkeys(" abcdenou\u1100\u1112", 0.05) | likely
    stored = {key_of(run): (round(-math.log(p) * SCALE), 0) for run, p in runs.items()}
    return CharacterNgrams(np.array([(key, *stored[key]) for key in sorted(stored)], ENTRY))


def read(logits: list[np.ndarray], ngrams: CharacterNgrams, weights: tuple[float, float] = IN_HAND) -> LineText:
    return LanguageDecoder(HANDS, ngrams, weights)(logits)


@pytest.mark.parametrize("spelt", ["__aa_b__", "a_a", "aaa", "_한한_가_", "____", "__ a b _", "한_하", "ab"])
def test_what_the_frames_are_sure_of_is_read_as_without_a_language(spelt: str) -> None:
    logits = frames(*({} if char == "_" else {char: 1.0} for char in spelt))
    assert read(logits, language()).text == decode(logits, HANDS).text


def test_the_language_decides_between_letters_that_look_alike() -> None:
    logits = frames({"b": 1.0}, {}, {"n": 0.5, "u": 0.4}, {}, {"d": 1.0})
    assert read(logits, language()).text == "bnd"
    assert read(logits, language(bu=0.6)).text == "bud"
    # Against what the net sees clearly it has no say.
    assert read(frames({"b": 1.0}, {}, {"n": 0.995}), language(bu=0.9)).text == "bn"
    # In print it decides between what is about as likely alone, and in no script that is not there without it.
    assert read(logits, language(bu=0.9), IN_PRINT).text == "bud"
    assert read(frames({"b": 1.0}, {}, {"n": 0.6, "u": 0.3}), language(bu=0.9), IN_PRINT).text == "bn"
    assert read(frames({"b": 1.0}, {}, {"n": 0.5, "한": 0.4}), language(**{"b\u1112": 0.9})).text == "bn"


def test_a_faint_letter_is_read_where_the_language_expects_it() -> None:
    logits = frames({"o": 1.0}, {}, {"n": 0.3}, {}, {"e": 1.0})
    assert decode(logits, HANDS).text == "oe"
    assert read(logits, language(on=0.9, one=0.9)).text == "one"


def test_a_letter_seen_in_several_frames_unsurely_is_summed_over_them() -> None:
    unsure = {"a": 0.45}
    assert read(frames(unsure, unsure, unsure), language()).text == "a"


def test_places_and_probabilities_come_with_the_symbols() -> None:
    text = read(frames({}, {"a": 0.9}, {"a": 0.6}, {}, {" ": 0.9}, {"n": 0.5, "u": 0.4}, {" ": 0.9}), language())
    assert text.text == "a n"
    assert text.places.tolist() == [1.5, 4.5, 5.5]
    assert text.probability.argmin() == 2


def test_a_probability_is_by_the_frame_and_the_language_and_no_symbol_counts_beside_the_others() -> None:
    logits = frames({"b": 1.0}, {"n": 0.5, "u": 0.4})
    n, u = (p * spoken ** IN_HAND[0] * math.exp(IN_HAND[1]) for p, spoken in ((0.5, 0.6), (0.4, 0.05)))
    assert read(logits, language(bn=0.6)).probability[1] == pytest.approx(n / (n + u + 0.1), abs=0.02)
