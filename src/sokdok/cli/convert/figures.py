"""`sokdok convert --figures`: what is in the figures of a document, as JSON beside each, and tables in the document."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

    from sokdok.documents.pictures import Parse
    from sokdok.reading import Reader

DRAWINGS = ("chart", "molecule", "geometry")  # kinds of figure that say more than a page's text does
NO_DRAWING = "the picture is no chart, molecule or geometric figure"


def figure_parser(reader: Reader | None) -> Parse:
    """A `Parse` by the reader's figure reader, or nano's: what is found goes beside each figure as JSON."""
    from sokdok.figures.handwriting import Transcript
    from sokdok.figures.parse import PICTURE, Figure, parse_figure
    from sokdok.figures.readers import NanoFigures, figure_reader
    from sokdok.files import json_text, new_text_file
    from sokdok.model.nano.formats.figures import UNREAD
    from sokdok.reading.nano.session import bundled_folder

    figures = NanoFigures(bundled_folder()) if reader is None else figure_reader(reader)

    def parse(figure: Image.Image, path: Path) -> str | None:
        try:
            found = parse_figure(figure, reader=figures)
            if found.kind not in (
                *DRAWINGS,
                *UNREAD,
            ):  # letters on a banner or a logo: what the page says is in its text
                found = Figure(PICTURE, found.looks, "", Transcript("", False, NO_DRAWING))
            values = found.to_dict()
            table = values["result"].get("html") if found.result.valid else None
        except Exception as error:  # a missing extra, a picture that breaks a parser: the page is none the worse for it
            values, table = {"error": f"the figure could not be parsed ({error})"}, None
        with new_text_file(path.with_suffix(".json")) as file:
            file.write(json_text(values, indent=1))
        return table

    return parse
