"""The Hangul syllables in everyday use."""

from __future__ import annotations

SYLLABLES = tuple(map(chr, range(0xAC00, 0xD7A4)))
"""all 11,172, in the order of their jamo"""
# EUC-KR spells the others as eight-byte sequences; two bytes are a syllable of its own.
KS_X_1001 = tuple(s for s in SYLLABLES if len(s.encode("euc_kr", "ignore")) == 2)
"""the 2,350 of the standard KS X 1001"""
