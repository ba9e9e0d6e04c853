"""Text that is not painted, taken out of a page: what another program put under it, and what was not believed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

_SHOWS = {"Tj", "TJ", "'", '"'}
_UNPAINTED = (3, 7)  # text rendering modes (PDF 1.7, table 106): neither filled nor stroked
MOST_FORMS = 200  # of a page, looked at for such text


def remove_hidden_text(pdf: Any, page: Any) -> bool:
    """Take unpainted text out of a page and the forms it shows; whether there was any."""
    import pikepdf

    found = False
    kept = _kept(pikepdf.parse_content_stream(page.obj))
    if kept is not None:
        page.obj.Contents = pdf.make_stream(pikepdf.unparse_content_stream(kept))
        found = True
    for form in _forms(page):
        kept = _kept(pikepdf.parse_content_stream(form))
        if kept is not None:
            form.write(pikepdf.unparse_content_stream(kept))
            found = True
    return found


def _forms(page: Any) -> list[Any]:
    resources = page.obj.get("/Resources", {})
    objects = resources.get("/XObject", {})
    forms = [objects[name] for name in list(objects.keys())[:MOST_FORMS]]
    return [form for form in forms if str(form.get("/Subtype", "")) == "/Form"]


def _kept(instructions: Iterable[Any]) -> list[Any] | None:
    """The instructions without those that show unpainted text; None if there are none such."""
    kept: list[Any] = []
    mode, saved, found = 0, [0], False
    for instruction in instructions:
        name = str(instruction.operator)
        if name == "q":
            saved.append(mode)
        elif name == "Q":
            mode = saved.pop() if len(saved) > 1 else 0
        elif name == "Tr" and instruction.operands:
            mode = int(instruction.operands[0])
        if name in _SHOWS and mode in _UNPAINTED:
            found = True
        else:
            kept.append(instruction)
    return kept if found else None
