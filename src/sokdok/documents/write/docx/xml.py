"""Elements of WordprocessingML, made and filled in one call."""

from __future__ import annotations

from typing import Any


def element(tag: str, *children: Any, **attributes: str | int) -> Any:
    """An element `w:tag` with children and attributes `w:name`, both in the order given."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    made = OxmlElement(f"w:{tag}")
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), str(value))
    made.extend(children)
    return made
