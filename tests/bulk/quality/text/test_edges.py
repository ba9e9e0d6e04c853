"""Boilerplate: five pages and a quarter of all, digits and spaces apart."""

from __future__ import annotations

from fakes.bulk.texts import document
from sokdok.bulk.quality.recipe import Boilerplate
from sokdok.bulk.quality.text.edges import repeated_edges

BODY = "one\n\ntwo\n\nthree\n\nfour\n\n"


def lines(*pages: str, limits: Boilerplate | None = None) -> list[str]:
    made = document(*pages)
    return [made.text[start:end] for start, end in repeated_edges(made, limits or Boilerplate())]


def test_heads_with_numbers_and_feet_are_found() -> None:
    pages = [
        f"Annual report {number}\n\n{letter * 9}\n\nx{letter}\n\ny{letter}\n\n- {number} -\n\n"
        for number, letter in enumerate("abcde")
    ]
    heads = [f"Annual report {number}\n" for number in range(5)]
    feet = [f"- {number} -\n" for number in range(5)]
    assert sorted(lines(*pages)) == sorted(heads + feet)


def test_four_pages_are_too_few() -> None:
    assert lines(*[f"Report\n\n{letter * 9}\n\nx{letter}\n\n{letter}y\n\nz{letter}" for letter in "abcd"]) == []


def test_a_quarter_of_the_pages_is_enough_and_less_is_not() -> None:
    with_head = [f"Report\n\n{number * 'a'} b\n\n{number * 'c'} d\n\n{number * 'e'} f\n\n" for number in range(1, 6)]
    others = [
        f"{number * 'g'} h\n\n{number * 'i'} j\n\n{number * 'k'} l\n\n{number * 'm'} n\n\n" for number in range(1, 17)
    ]
    assert lines(*with_head, *others[:15]) == ["Report\n"] * 5
    assert lines(*with_head, *others) == []


def test_tables_and_rules_are_left_alone() -> None:
    pages = [
        f"<table><tr><td>a</td></tr></table>\n\n{letter * 5} x\n\n{letter * 4} y\n\n* * *\n\n" for letter in "abcdef"
    ]
    assert lines(*pages) == []


def test_the_same_line_in_the_middle_of_pages_is_text() -> None:
    pages = [f"{letter}a\n\n{letter}b\n\nthe same\n\n{letter}c\n\n{letter}d\n\n" for letter in "abcdef"]
    assert lines(*pages) == []


def test_the_last_line_of_a_text_has_no_end() -> None:
    assert lines(*["Report"] * 5, limits=Boilerplate(lines=1)) == ["Report"] * 5
