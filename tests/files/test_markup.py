"""JSON that can be written and shown anywhere.

Control characters of a text that goes into HTML.
"""

import json

import pytest

from sokdok.files import json_text, shown_controls


def test_what_a_terminal_obeys_and_half_characters_are_escapes() -> None:
    value = {"한글 \x9b\x7f\x1b": ["\ud800", "é"]}
    text = json_text(value)
    text.encode()
    assert json.loads(text) == value and "한글" in text and "é" in text and text.isprintable()


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        json_text(float("nan"))


def test_control_characters_are_shown() -> None:
    assert shown_controls("a\r\nb\x00\x7f\x9b") == "a\nb␀␡�"
