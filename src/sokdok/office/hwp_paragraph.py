"""What a paragraph of a HWP document is, whichever of its two formats says so, added to a `Flow`."""

from __future__ import annotations

from dataclasses import dataclass

from sokdok.office.flow import Flow
from sokdok.office.styles import Numbering

OUTLINE, NUMBER, BULLET = "OUTLINE", "NUMBER", "BULLET"
"""kinds of head that a paragraph's shape gives it; any other is none"""
FORMS = {
    "DIGIT": "decimal",
    "CIRCLED_DIGIT": "decimalEnclosedCircle",
    "ROMAN_CAPITAL": "upperRoman",
    "ROMAN_SMALL": "lowerRoman",
    "LATIN_CAPITAL": "upperLetter",
    "LATIN_SMALL": "lowerLetter",
    "HANGUL_SYLLABLE": "ganada",
    "HANGUL_JAMO": "chosung",
}  # number formats as HWPX calls them → as Word calls them
NOT_FETCHED = "a picture that is linked from elsewhere is not fetched"
OWN_NOTATION = "formulas are kept in Hancom's own notation"
_AUTOMATIC = (
    "그림입니다",
    "사각형입니다",
    "표입니다",
    "그리기 개체입니다",
)  # how the descriptions begin that the program writes by itself


@dataclass(frozen=True)
class Shape:
    """How paragraphs of one shape begin."""

    head: str = ""
    level: int = 0  # from 0
    number: str = ""  # of the numbering that counts them


@dataclass
class Paragraphs:
    """Adds paragraphs to a flow, and counts their numbers."""

    flow: Flow
    numbering: Numbering
    outline: str = ""  # numbering of the section's outline
    notes: int = 0

    def add(self, text: str, shape: Shape, style: str = "") -> None:
        """A paragraph: a heading, an item, a caption or running text."""
        if not text.strip():
            return
        if shape.head == OUTLINE:
            label = self.numbering.label(self._outline(), shape.level)
            self.flow.heading(shape.level + 1, f"{label} {text}" if label else text)
        elif shape.head in (NUMBER, BULLET):
            label = self.numbering.label(shape.number, shape.level) if shape.head == NUMBER else ""
            own = (
                label is not None
                and bool(label)
                and label[:-1].isascii()
                and label[:-1].isdecimal()
                and label[-1:] in ".)"
            )
            self.flow.item(
                shape.level + 1, text if own or not label else f"{label} {text}", label if own and label else ""
            )
        elif style in ("캡션", "Caption"):
            self.flow.text(text, "table_caption" if text.lstrip("<[ ").startswith(("표", "Table")) else "image_caption")
        else:
            self.flow.text(text)

    def _outline(self) -> str:
        """The numbering of the outline, which counts by itself."""
        name = f"outline {self.outline}"
        self.numbering.levels.setdefault(name, self.numbering.levels.get(self.outline, {}))
        return name

    def mark(self) -> str:
        """The mark of the next footnote."""
        self.notes += 1
        return str(self.notes)


def formula(script: str) -> str:
    """A formula's script as it stands in a line."""
    return f"`{' '.join(script.split()).replace('`', ' ')}`" if script.strip() else ""


def described(comment: str) -> str:
    """What an author wrote that a picture shows; nothing where the program did."""
    comment = comment.strip()
    return "" if comment.startswith(_AUTOMATIC) else comment
