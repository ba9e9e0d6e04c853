"""Displayed formulas are found among running text, and nothing of the running text is taken for one."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes.pdf import Text, layer_of, write_pdf
from sokdok.layout.blocks import LayoutBlock
from sokdok.layout.text_layer import analyse_layer

PROSE = ["The points at which the following equation holds for all numbers that are", "not negative are a circle."]
AFTER = ["It is said to be round, and its centre is where both of them are zero, as one", "may see by trying."]


def blocks_around(tmp_path: Path, *parts: Text | bytes) -> list[LayoutBlock]:
    """The blocks of a page with prose, something between and prose."""
    page = [Text(60, 100 + 14 * at, line) for at, line in enumerate(PROSE)]
    page += [Text(60, 200 + 14 * at, line) for at, line in enumerate(AFTER)]
    return analyse_layer(layer_of(write_pdf(tmp_path / "a.pdf", [[*page[:2], *parts, *page[2:]]])))[0]


def squares(x: float = 180, y: float = 150) -> list[Text | bytes]:
    return [Text(x, y, "x"), Text(x + 5.2, y - 4, "2", 7), Text(x + 12, y, "+ y"), Text(x + 26.2, y - 4, "2", 7),
            Text(x + 33, y, "= 1")]  # fmt: skip


def fraction(x: float = 180, y: float = 150) -> list[Text | bytes]:
    bar = b"%g %g m %g %g l S" % (x + 25, 842 - y + 3, x + 50, 842 - y + 3)
    return [Text(x, y, "y ="), Text(x + 28, y - 6, "a + b"), bar, Text(x + 35, y + 8, "2")]


def test_a_formula_on_one_line_is_told(tmp_path: Path) -> None:
    blocks = blocks_around(tmp_path, *squares(), Text(395, 150, "(3)"))
    assert [(block.kind, block.latex) for block in blocks] == [
        ("text", ""), ("equation", r"x^{2} + y^{2} = 1 \tag{3}"), ("text", ""),
    ]  # fmt: skip


def test_a_fraction_is_a_whole_that_is_not_told(tmp_path: Path) -> None:
    before, formula, after = blocks_around(tmp_path, *fraction())
    assert (formula.kind, formula.latex) == ("equation", "")
    assert PROSE[0] in before.text and AFTER[0] in after.text
    assert formula.box.left < 180 and formula.box.top < 138 and formula.box.right > 230 and formula.box.bottom > 158


def test_formulas_one_below_the_other(tmp_path: Path) -> None:
    blocks = blocks_around(tmp_path, Text(180, 145, "x + y = 1"), Text(180, 160, "x - y = 3"))
    assert " ".join(block.latex for block in blocks if block.kind == "equation") in (
        r"x + y = 1 x - y = 3", r"\begin{gathered} x + y = 1 \\ x - y = 3 \end{gathered}",
    )  # fmt: skip


@pytest.mark.parametrize(
    "parts",
    [
        squares(x=60),  # where the text begins
        [Text(180, 150, "the sum of both = 1")],
        [Text(180, 150, "1. x = y")],
        [Text(180, 150, "x = 1;", font=3)],
        [Text(180, 150, '"!=" (NEQ)')],
        [Text(90, 150, "Group A"), Text(180, 150, "n = 12")],
        [Text(180, 150, "3.141")],
    ],
)
def test_what_is_no_displayed_formula(tmp_path: Path, parts: list[Text | bytes]) -> None:
    assert all(block.kind != "equation" for block in blocks_around(tmp_path, *parts))


def test_fonts_for_formulas_are_known_by_name(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context({"pdf.fonttype": 42, "mathtext.fontset": "cm"}):
        figure = Figure(figsize=(8, 4))
        for at, line in enumerate([*PROSE, "$E=mc^2$", *AFTER, r"$a\to\infty$", *PROSE]):
            figure.text(0.4 if line.startswith("$") else 0.1, 0.9 - 0.1 * at, line, size=11, family="serif")
        figure.savefig(tmp_path / "a.pdf")
    blocks = analyse_layer(layer_of(tmp_path / "a.pdf"))[0]
    # the second's arrow has no character, only the code of a glyph
    assert [block.latex for block in blocks if block.kind == "equation"] == ["E = mc^{2}", ""]
