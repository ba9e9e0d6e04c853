"""Entries of bibliographies, letterheads and measurements: what running text has little of and dense pages have much.

Initials, years, titles in quotation marks, volumes and pages, addresses, sizes and ranges: short words, many signs,
single spaces.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from string import ascii_uppercase

Entry = Callable[[Sequence[str], Sequence[str], random.Random], str]
"""words, names, random numbers -> a piece of an entry"""
_MONTHS = ("Jan.", "February", "Mar", "April", "May", "Sept.", "Oct.", "December")
_DOMAINS = ("com", "org", "edu", "kr", "net")


def entry(text: str, rng: random.Random) -> str:
    """An entry of two to seven pieces, of the words of a running text."""
    words = text.split()[1:-1] or ["x"]
    names = [word.strip("\"'.,;:()").capitalize() for word in words if len(word) > 3] or ["Doe"]
    return " ".join(rng.choice(_PIECES)(words, names, rng) for _ in range(rng.randint(2, 7)))


def _author(words: Sequence[str], names: Sequence[str], rng: random.Random) -> str:
    name, initials = rng.choice(names), rng.choice(["{}.", "{}. {}.", "{}.{}."])
    initials = initials.format(*rng.choices(ascii_uppercase, k=2))
    return rng.choice(["{0}, {1}", "{1} {0}", "{0}, {1},", "{1} {0}, et al.", "{0}, {1} and", "{0}, {1} &"]).format(
        name, initials
    )


def _year(words: Sequence[str], names: Sequence[str], rng: random.Random) -> str:
    return rng.choice(["({})", "{}.", "{},", "({}a)", "{};", "'{}"]).format(rng.randint(1880, 2030))


def _title(words: Sequence[str], names: Sequence[str], rng: random.Random) -> str:
    form = rng.choice(['"{}"', '"{},"', '"{}",', '"{}."', "'{}'", "'{},'"])
    return form.format(" ".join(words[: rng.randint(1, 8)]))


def _place(words: Sequence[str], names: Sequence[str], rng: random.Random) -> str:
    volume, first, last = rng.randint(1, 99), rng.randint(1, 900), rng.randint(1, 999)
    forms = ["{0}({1}):{2}-{3},", "pp. {2}--{3}.", "vol. {0}, no. {1},", "[{1}]", "({1})", "{1}."]
    return rng.choice(forms).format(volume, rng.randint(1, 12), first, last)


def _address(words: Sequence[str], names: Sequence[str], rng: random.Random) -> str:
    first, second = (name.lower() for name in rng.choices(names, k=2))
    forms = ["http://www.{}.{}/{}", "https://{}.{}/", "{0}@{2}.{1}", "www.{0}.{1}/~{2}", "doi:10.{3}/{0}.{4}"]
    return rng.choice(forms).format(first, rng.choice(_DOMAINS), second, rng.randint(1000, 9999), rng.randint(1, 99))


def _publisher(words: Sequence[str], names: Sequence[str], rng: random.Random) -> str:
    return f"{rng.choice(names)}: {rng.choice(names)} Press, {rng.randint(1900, 2026)}."


def _day(words: Sequence[str], names: Sequence[str], rng: random.Random) -> str:
    return f"{rng.randint(1, 31)} {rng.choice(_MONTHS)} {rng.randint(1900, 2030)}"


def _telephone(words: Sequence[str], names: Sequence[str], rng: random.Random) -> str:
    return f"+{rng.randint(1, 99)} ({rng.randint(10, 999)}) {rng.randint(100, 999)}-{rng.randint(1000, 9999)}"


def _measurement(words: Sequence[str], names: Sequence[str], rng: random.Random) -> str:
    return rng.choice(_MEASUREMENTS).format(*(rng.randint(1, rng.choice([9, 99, 999])) for _ in range(3)))


def _quotation(words: Sequence[str], names: Sequence[str], rng: random.Random) -> str:
    """Quotation marks where entries have none: around one word, after a dash, beside a bracket."""
    form = rng.choice(['"{}"', '("{}")', "'{}'", '"{}"-', '--"{}"', '"{}?"', '"{}!"', '"{}";', '"{}":', "{}'s", "{}s'"])
    return form.format(" ".join(words[: rng.randint(1, 3)]).strip("\"'"))


def _sentence(words: Sequence[str], names: Sequence[str], rng: random.Random) -> str:
    return " ".join(words[: rng.randint(1, 9)]) + rng.choice([".", ",", ":", ";", "?", "!", " --"])


_MEASUREMENTS = (
    *("{0}×{1}", "{0}×{1}×{2}", "{0} × {1}", "{0}.{1} ± 0.{2}", "−{0}.{1}", "({0}, {1})", "[{0}, {1})", "{0}–{1} %"),
    *("p < 0.0{0}", "n = {0}", "≤ {0}", "≥ {0}.{1}", "{0} °C", "{0}·{1}", "~{0}%", "{0}/{1}", "$({0} − {1})"),
)
_PIECES: tuple[Entry, ...] = (
    *(_author, _author, _year, _title, _title, _place, _place, _place),
    *(_address, _address, _publisher, _day, _telephone, _sentence, _measurement, _measurement, _quotation, _quotation),
)
