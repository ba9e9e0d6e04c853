"""What a page's words can rest on is told by what is in the file."""

from __future__ import annotations

import pytest

from sokdok.documents.convert.draw import look_at
from sokdok.imaging.box import Box
from sokdok.pages.textlayer import Piece, TextLayer

SIZE = (595.0, 842.0)
SAID = (Piece("A line of text", Box(60, 84, 536, 98), 10),)
FIGURE, LOGO, STRIPE = Box(60, 200, 400, 500), Box(500, 20, 560, 50), Box(60, 300, 536, 302)
SCAN = Box(0, 0, *SIZE)


@pytest.mark.parametrize(
    ("layer", "kind", "reason"),
    [
        (None, "pixels", "no text layer"),
        (TextLayer(SAID, SIZE, 0.0), "exact", "all text is in the text layer"),
        (TextLayer(SAID, SIZE, 0.5), "pixels", "do not say which characters"),
        (TextLayer((), SIZE, 0.0, (SCAN,), behind=SAID), "pixels", "behind a picture"),
        (TextLayer(SAID, SIZE, 0.0, (SCAN,)), "mixed", "a picture covers the page"),
        (TextLayer(SAID, SIZE, 0.0, (FIGURE,)), "mixed", "a place beside it where text may stand"),
        (TextLayer(SAID, SIZE, 0.0, (LOGO, STRIPE)), "exact", "all text is in the text layer"),
    ],
)
def test_what_the_words_of_a_page_rest_on(layer: TextLayer | None, kind: str, reason: str) -> None:
    found = look_at(layer)
    assert found.kind == kind and reason in found.reason
    assert found.regions == ((FIGURE,) if layer and layer.pictures == (FIGURE,) else ())
