"""What is filled into the timeline's templates stays text, unless it was made markup."""

from sokdok.files.markup import Markup, escape, fill, joined


def test_values_are_escaped_and_markup_is_not() -> None:
    assert fill('<b title="{a}">{b}</b>', a='"><i>', b=Markup("<u>")) == '<b title="&quot;&gt;&lt;i&gt;"><u></b>'
    assert fill("{n}", n=1 < 2) == "True"


def test_what_is_filled_in_is_no_template() -> None:
    assert fill("{a}{b}", a="{b}", b=joined([Markup("{a}"), Markup("</p>")])) == "{b}{a}</p>"


def test_control_characters_are_shown() -> None:
    assert escape("a\r\nb\x00\x7f\x9b") == "a\nb␀␡�"
