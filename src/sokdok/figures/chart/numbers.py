"""Numbers as charts and tables write them: separators, units, currencies, signs.

- Thousands are parted by commas, spaces or apostrophes; a comma elsewhere is no number.
- 천, 만, 억 and 조 may follow one another (3억 2,000만); K, M, B and English words scale, % does not, 20k% is both.
- 10^3, 5×10^3 and 2^3 are powers as `read_texts` writes raised digits.
- Negative: a minus of any kind, a Korean △ or ▲, or parentheses as in accounts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_SCALES = {
    "": 1.0, "k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "million": 1e6, "b": 1e9, "bn": 1e9, "billion": 1e9,
    "trillion": 1e12, "천": 1e3, "만": 1e4, "억": 1e8, "조": 1e12, "%": 1.0, "％": 1.0,
}  # fmt: skip
_SPACES = "[ \u00a0\u2009\u202f]"
_SMALLER = r"[천백십만억조\d,. ]*"
_DIGITS = (
    rf"(?=\.?\d)(?:\d{{1,3}}(?:(?:,|'|{_SPACES})\d{{3}}){{1,6}}|\d{{1,18}})?(?:\.\d{{1,12}})?(?:[eE][-+]?\d{{1,2}})?"
)
_UNIT = "(?P<scale>thousand|million|billion|trillion|bn|mn|[kmb])?(?P<unit>[%％천만억조])?"
_NUMBER = re.compile(
    rf"(?P<open>\()?(?P<sign>[-−–+△▲])?{_SPACES}?(?P<money>[$€£¥₩]|US\$)?(?P<after>[-−])?{_SPACES}?"
    rf"(?P<digits>{_DIGITS}){_SPACES}?{_UNIT}{_SPACES}?(?P<rest>{_SMALLER})원?\)?[*†‡]{{0,3}}",
    re.IGNORECASE,
)
_POWER = re.compile(r"(?:(?P<times>\d{1,3}(?:\.\d{1,6})?)\s?[×x·]\s?)?(?P<base>10|2)\^(?P<power>-?\d{1,2})")
_PART = re.compile(r"([\d,]{1,18}(?:\.\d{1,6})?)(천|만|억|조)?")


@dataclass(frozen=True)
class Number:
    """A number and how it was written."""

    value: float  # with its scale: 3억 is 300,000,000; of a percentage what stands before its sign
    unit: str = ""  # % or a scale such as 억, million, K; `money` signs are dropped
    digits: str = ""  # the number before its unit, without separators


def parse_number(text: str) -> Number | None:
    """Parse a number, None if the text is none."""
    if power := _POWER.fullmatch(text.strip()):
        value = float(power["times"] or 1) * float(power["base"]) ** int(power["power"])
        return Number(value, digits=f"{value:.12g}")
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        return None
    digits = re.sub(rf",|'|{_SPACES}", "", match["digits"])
    scale, unit = match["scale"] or "", match["unit"] or ""
    value, unit = float(digits) * _SCALES[scale.lower()] * _SCALES[unit], scale + unit
    if match["rest"].strip():
        smaller = _smaller_parts(match["rest"], unit)
        if smaller is None:
            return None
        value += smaller
    opened, closed = match["open"] is not None, text.strip().rstrip("*†‡").endswith(")")
    if opened != closed:
        return None
    negative = opened or (match["sign"] or match["after"] or "+") not in "+"
    return Number(-value if negative else value, unit, ("-" if negative else "") + digits)


def _smaller_parts(text: str, unit: str) -> float | None:
    """Add up what follows in a Korean number such as 3억 2,000만; None if the scales do not go down."""
    total, scale = 0.0, _SCALES[unit.lower()]
    if unit not in {"천", "만", "억", "조"}:
        return None
    for word in text.split():
        match = _PART.fullmatch(word)
        smaller = _SCALES[match[2] or ""] if match else scale
        if match is None or smaller >= scale or not match[1].strip(","):
            return None
        total, scale = total + float(match[1].replace(",", "")) * smaller, smaller
    return total
