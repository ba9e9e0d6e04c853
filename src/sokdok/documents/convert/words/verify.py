"""A reader's text against the page's text layer, where the reader knows no places: how far they agree.

Two numbers: one that knows about order (1 - normalised edit distance, white space collapsed) and one that does not
(Dice coefficient of letter triples, white space dropped). A page read in another order differs in the first only.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

MISREAD, SCRAMBLED = 0.5, 0.4
"""agreement below which a page is misread, whatever the order, or its lines are out of order"""

_TAGS = re.compile(r"<[^<>]{0,200}>")
_MARKS = re.compile(r"^#{1,6} |^[-*] |\*\*|[\\`|]", re.MULTILINE)


@dataclass(frozen=True)
class Agreement:
    """Likeness of two texts, 0 to 1."""

    ordered: float
    unordered: float

    @property
    def unreliable(self) -> bool:
        """Whether one of them can't be the page's text, or not in an order that makes sense."""
        return self.unordered < MISREAD or self.ordered < SCRAMBLED


def compare(read: str, layer: str) -> Agreement:
    """Agreement of two texts, of which the first may be Markdown."""
    first, second = collapse(_MARKS.sub("", _TAGS.sub(" ", read))), collapse(layer)
    return Agreement(Levenshtein.normalized_similarity(first, second), _dice(first, second))


def collapse(text: str) -> str:
    """With ligatures and widths made plain, and one space for any white space."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _dice(first: str, second: str) -> float:
    a, b = _triples(first), _triples(second)
    total = sum(a.values()) + sum(b.values())
    return 2 * sum((a & b).values()) / total if total else 1.0


def _triples(text: str) -> Counter[str]:
    letters = text.replace(" ", "")
    return Counter(letters[i : i + 3] for i in range(max(1, len(letters) - 2)) if letters)
