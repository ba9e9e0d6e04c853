"""A text that was read from a picture of handwriting, or of print: lines, as they are."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sokdok.files import new_text_file
from sokdok.reading.confidence import doubt, is_legible
from sokdok.reasons import say
from sokdok.tables.markup import writable


@dataclass(frozen=True)
class Transcript:
    """Lines of text."""

    text: str
    valid: bool = True
    reason: str = ""  # why it is not valid
    warnings: tuple[str, ...] = ()
    confidence: float | None = None  # 0 to 1, if the reader says

    def to_dict(self) -> dict[str, Any]:
        """Convert to what JSON holds."""
        return {"kind": "handwriting"} | asdict(self)

    def redraw(self, path: Path) -> None:
        """Write the text."""
        with new_text_file(path, errors="backslashreplace") as file:
            file.write(f"{self.text}\n")


def parse_handwriting(text: str, confidence: float | None = None) -> Transcript:
    """Parse a reader's text: white space at its ends and at the ends of lines is taken off, control characters go.

    Text that was read with next to no confidence is noise, and not valid.
    """
    lines = "\n".join(writable(line.rstrip()) for line in text.strip().splitlines())
    reason = say("no_text") if not lines else "" if is_legible(confidence) else doubt(confidence)
    return Transcript(lines, not reason, reason, confidence=confidence)
