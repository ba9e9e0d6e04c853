"""Pieces of Korean laws, tenders and minutes, of which running text has little: outline marks, articles, dates.

Numbers, Latin names and brackets stand beside Hangul here with a space and without, so that only looking tells which.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from string import ascii_uppercase

from sokdok.pages.hangul import OUTLINE, is_syllable

Piece = Callable[[Sequence[str], random.Random], str]  # words of Hangul, random numbers -> a piece of a line
_MARKS = "①②③④⑤⑥⑦⑧⑨⑩○○○○◯◦◦□□■▪ㅇㅇｏ◎●-―※*•▶"  # that begin an item
_ORDERS = (
    *("{n}.", "{n})", "({n})", "{h}.", "{h})", "({h})", "{r}.", "제{n}장"),
    *("제{n}절", "[{n:04}]", "{n}.{m}.", "<{n}>"),
)
_ROMAN = "ⅠⅡⅢⅣⅤⅥ"
_DOTS = "\N{HANGUL LETTER ARAEA}\N{HANGUL LETTER ARAEA}\N{MIDDLE DOT}\N{ONE DOT LEADER}"
_RANGES = ("~", "\N{TILDE OPERATOR}", "-", " ~ ", " \N{TILDE OPERATOR} ")
_UNITS = (
    *("개", "명", "원", "건", "년", "월", "일", "회", "부", "점", "쪽", "호", "대", "배", "시간"),
    *("개월", "천원", "백만원", "%", "㎡", "km", "kg", "GB", "%p"),
    *("억 원", "만 명", " %", " 이상", " 이하", " 이내", " 초과"),
)
_NAMES = (
    *("AI", "SW", "HW", "PC", "DB", "API", "IT", "R&D", "ISP", "PM", "OS", "USB"),
    *("CPU", "LoRA", "PDF", "SNS", "MOU"),
)
_ARTICLES = (
    *("제{0}조({3})", "제{0}조제{1}항", "제{0}조의{1}", "제{0}호", "「{3}」", "『{3}』"),
    *("{0}쪽", "제{0}{1}{2}호"),
    *("제{0}조 제{1}항 제{2}호", "「{3}」 제{0}조", "법률 제{0}{1}호", "안 제{0}조", "[별표 {0}]", "별지 제{0}호서식"),
)
_DAYS = (
    *("{0}.{1}.{2}.", "'{3:02}.{1}월", "{0}-{1:02}-{2:02}", "{0}년"),
    *("{0}. {1}. {2}.", "{0}년 {1}월 {2}일", "{1}월 {2}일"),
)
_ASIDES = (
    *("({})", "‘{}’", "“{}”", "'{}'", "[{}]", "<{}>", "【{}】", "(주){}", "({}"),
    *("{})", "{}:", "{},", "{};", "{}/"),
    *("(이하 “{}”이라 함)", "[ {} ]", "{} :", "※ {}", "→ {}", "- {}", "{} 등"),
)


def official(text: str, rng: random.Random) -> str:
    """A line or two of two to nine pieces, with the words of a running text."""
    words = [word for word in (word.strip(".,:;()[]\"'“”‘’") for word in text.split()) if _is_hangul(word)] or ["가"]
    pieces = [rng.choice(_PIECES)(words, rng) for _ in range(rng.randint(2, 9))]
    end = rng.choice([".", ".", "", " 함", " 것", ")"])
    return _mark(rng) + rng.choice([" ", " ", " ", ""]) + " ".join(pieces) + end


def _is_hangul(word: str) -> bool:
    return bool(word) and all(map(is_syllable, word))


def _mark(rng: random.Random) -> str:
    if rng.random() < 0.55:
        return rng.choice(_MARKS)
    n, m = rng.randint(1, 30), rng.randint(1, 12)
    return rng.choice(_ORDERS).format(n=n, m=m, h=rng.choice(OUTLINE), r=rng.choice(_ROMAN))


def _phrase(words: Sequence[str], rng: random.Random, most: int = 5) -> str:
    return " ".join(rng.choices(words, k=rng.randint(1, most)))


def _number(rng: random.Random) -> str:
    value = rng.randint(0, 10 ** rng.randint(1, 5))
    return rng.choice([f"{value:,}", str(value), f"{value / 10:.1f}", str(rng.randint(1990, 2060)), str(value % 100)])


def _between(middle: str, words: Sequence[str], rng: random.Random) -> str:
    """Words before and behind something, each with a space or without."""
    before, behind = (rng.choice([" ", " ", ""]) for _ in range(2))
    return rng.choice(words) + before + middle + behind + rng.choice(words)


def _counted(words: Sequence[str], rng: random.Random) -> str:
    unit = rng.choice(_UNITS) if rng.random() < 0.5 else ""
    return _between(_number(rng) + unit, words, rng)


def _named(words: Sequence[str], rng: random.Random) -> str:
    return _between(rng.choice([*_NAMES, "".join(rng.choices(ascii_uppercase, k=rng.randint(1, 5)))]), words, rng)


def _article(words: Sequence[str], rng: random.Random) -> str:
    numbers = (rng.randint(1, 60) for _ in range(3))
    return rng.choice(_ARTICLES).format(*numbers, _phrase(words, rng, 4))


def _day(words: Sequence[str], rng: random.Random) -> str:
    year, month, day = rng.randint(1990, 2035), rng.randint(1, 12), rng.randint(1, 31)
    until = rng.choice(["", "", "부터", "까지", f"{rng.choice(_RANGES)}{month}. {day}."])
    return rng.choice(_DAYS).format(year, month, day, year % 100) + until


def _list(words: Sequence[str], rng: random.Random) -> str:
    dot = rng.choice(_DOTS)
    return rng.choice([dot, dot, f" {dot} ", ", ", "/"]).join(rng.choices(words, k=rng.randint(2, 4)))


def _range(words: Sequence[str], rng: random.Random) -> str:
    first, last = sorted(rng.sample(range(10), 2))
    digits = rng.choice(["①②③④⑤⑥⑦⑧⑨⑩", "0123456789"])
    return digits[first] + rng.choice([*_RANGES, f" {rng.choice(_DOTS)} "]) + digits[last]


def _aside(words: Sequence[str], rng: random.Random) -> str:
    return rng.choice(_ASIDES).format(_phrase(words, rng, 3))


def _spaced_out(words: Sequence[str], rng: random.Random) -> str:
    """A short word with a space between its syllables, as headings of tables and forms have it."""
    return " ".join(rng.choice(words)[:4])


_PIECES: tuple[Piece, ...] = (
    *(_phrase, _phrase, _phrase, _counted, _counted, _named, _article, _day, _list, _list, _range, _aside, _aside),
    _spaced_out,
)
