"""Texts that no spreadsheet takes for a formula: neither on opening a file nor when a cell is edited."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

_FORMULA = re.compile(r"[=@]|[-+](?!\s*[0-9.,]+\s*%?\Z)")  # a number with a sign is none
_UNSEEN = re.compile(
    r"[\s\x00-\x20\x7f-\xa0\xad\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff]*"
)  # what a spreadsheet may pass over on its way to a formula


def is_formula(text: str) -> bool:
    """Whether a text may be taken for a formula, also behind what can't be seen and in full width (＝＋－＠)."""
    bare = _UNSEEN.sub("", text, count=1)
    return bool(_FORMULA.match(unicodedata.normalize("NFKC", bare[:1]) + bare[1:]))


def guarded(text: str) -> str:
    """The text for a CSV file: an apostrophe before what may be taken for a formula."""
    return f"'{text}" if is_formula(text) else text


def set_text(target: Any, text: str) -> None:
    """Put a text into a cell of openpyxl's, to stay a text also when somebody edits the cell."""
    target.value = text
    target.data_type = "s"
    target.quotePrefix = is_formula(text)
