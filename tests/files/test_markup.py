"""Control characters of a text that goes into HTML."""

from sokdok.files.markup import shown_controls


def test_control_characters_are_shown() -> None:
    assert shown_controls("a\r\nb\x00\x7f\x9b") == "a\nb␀␡�"
