"""The Hangul syllables: all, and those in everyday use."""

from __future__ import annotations

SYLLABLES = tuple(map(chr, range(0xAC00, 0xD7A4)))  # all 11,172, in the order of their jamo
# The 2,350 of the standard KS X 1001.
KS_X_1001 = tuple(
    bytes(byte for row in range(0xB0, 0xC9) for cell in range(0xA1, 0xFF) for byte in (row, cell)).decode("euc_kr")
)
OUTLINE = "가나다라마바사아자차카타파하"  # by which the items of Korean outlines are numbered


def is_syllable(char: str) -> bool:
    """Check whether a character is a Hangul syllable; a jamo by itself is none."""
    return "가" <= char <= "힣"
