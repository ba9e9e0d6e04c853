"""Near duplicates: what MinHash finds, what is kept, and that all is the same however it is cut and whatever fits."""

import random
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.bulk.runs import shipped
from sokdok.bulk.quality import near
from sokdok.bulk.quality.near import Duplicates, Signatures, Signer, find, from_bytes, to_bytes
from sokdok.bulk.quality.recipe import Recipe
from sokdok.errors import InputError, MissingExtraError

pytest.importorskip("rensa")

RECIPE = Recipe(version=1)
TEXTS = [*shipped("en_"), *shipped("ko_")]


def signed(texts: list[str], recipe: Recipe = RECIPE, dropped: tuple[int, ...] = ()) -> Signatures:
    signer = Signer(recipe)
    for number, text in enumerate(texts):
        signer.add(text, kept=number not in dropped)
    return signer.signatures()


def compared(*slices: Signatures) -> Duplicates:
    return find(slices)


def changed(text: str, share: float, seed: int = 0) -> str:
    chance, words = random.Random(seed), text.split()
    return " ".join(f"w{chance.random()}" if chance.random() < share else word for word in words)


def test_different_texts_are_all_kept() -> None:
    found = compared(signed(TEXTS))
    assert found.firsts.tolist() == list(range(len(TEXTS))) and not any(map(found.reason, range(len(TEXTS))))
    # Short and empty ones are the same only to the letter; one that is not kept takes no part.
    found = compared(signed(["", "four words are few", " ", "four words are\tfew", "four words were few"]))
    assert found.firsts.tolist() == [0, 1, 2, 1, 4]
    assert compared(signed([TEXTS[0], TEXTS[0], TEXTS[0]], dropped=(0,))).firsts.tolist() == [0, 1, 1]


def test_the_first_in_order_is_kept_and_the_reasons_are_told() -> None:
    spaced = TEXTS[0].replace(" ", "\n\n")
    changed_little = changed(TEXTS[1], 0.01)
    found = compared(signed([TEXTS[0], TEXTS[1]]), signed([changed_little, spaced, TEXTS[2]]), signed([TEXTS[1]]))
    assert found.firsts.tolist() == [0, 1, 1, 0, 4, 1]
    assert [found.reason(number) for number in range(6)] == ["", "", "near_duplicate", "duplicate", "", "duplicate"]


@pytest.mark.parametrize("text", [TEXTS[3], TEXTS[-1]], ids=["English", "Korean"])
def test_numbers_capitals_and_signs_do_not_matter(text: str) -> None:
    other = text.upper().replace(",", " -").replace(".", "!") + " 31.12.2024"
    assert compared(signed([text + " 1.1.2023", other])).firsts.tolist() == [0, 0]


def test_what_the_recipe_turns_off_is_not_compared() -> None:
    pair = [TEXTS[0], changed(TEXTS[0], 0.01), TEXTS[0]]
    assert compared(signed(pair, Recipe(version=1, near=None))).firsts.tolist() == [0, 1, 0]
    assert signed(pair, Recipe(version=1, near=None)).shape == (3, 1)
    assert signed(pair, Recipe(version=1, same=False))[:, 0].tolist() == [0, 0, 0]
    assert compared(signed(pair, Recipe(version=1, same=False, near=None))).firsts.tolist() == [0, 1, 2]


def test_slices_change_nothing() -> None:
    texts = [changed(text, 0.02 * (seed % 3), seed) for seed in range(6) for text in TEXTS]
    whole = signed(texts)
    at_once = compared(whole).firsts.tolist()
    assert 0 < len(texts) - len(set(at_once)) < len(texts)
    slices = [signed(texts[at : at + 7]) for at in range(0, len(texts), 7)]
    assert np.array_equal(np.concatenate(slices), whole)
    assert compared(*slices).firsts.tolist() == at_once


def test_signatures_are_the_same_every_time_and_survive_a_file() -> None:
    whole = signed(TEXTS)
    assert np.array_equal(from_bytes(to_bytes(whole)), whole) and to_bytes(signed(TEXTS)) == to_bytes(whole)
    # A change of rensa's hashing, or of ours, would let a corpus that was begun be compared with other numbers.
    assert [int(number) % 9973 for number in whole[0, :3]] == [913, 3782, 1114]


@pytest.mark.parametrize(
    "data", [b"", b"nonsense", to_bytes(np.zeros(3, np.uint64)), to_bytes(np.zeros((3, 2), np.uint64))[:-4]]
)
def test_a_broken_file_is_named(data: bytes) -> None:
    with pytest.raises(InputError, match="no signatures.*merge again"):
        from_bytes(data)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=60))
def test_sets_are_those_of_a_plain_search(pairs: list[tuple[int, int]]) -> None:
    parents = np.arange(31)
    half = len(pairs) // 2
    for part in (pairs[:half], pairs[half:]):
        both = np.array(part, np.int64).reshape(-1, 2)
        near.join(parents, both[:, 0], both[:, 1])
    firsts = list(range(31))
    for _ in firsts:
        for one, other in pairs:
            firsts[one] = firsts[other] = min(firsts[one], firsts[other])
    assert near.first_of(parents, np.arange(31)).tolist() == firsts


def test_the_extra_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rensa", None)
    with pytest.raises(MissingExtraError, match=r"near duplicates needs .*sokdok\[bulk\]"):
        Signer(RECIPE)
    assert Signer(Recipe(version=1, near=None)).signatures().shape == (0, 1)
