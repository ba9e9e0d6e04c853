"""Texts from forms: lines of commands, bibliographies and Korean laws, of which running text has little.

A file of forms has sections, `== name`, of lines with gaps: `‹section›` takes a line of that section, other gaps are
those of `_GAPS`, with arguments: `‹int 1 30›`. `2× ` before a line says that it stands there twice; `␣` is a space at
its end, `∅` an empty line. Names and words come from a running text, so that they are as varied as that.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from string import ascii_letters, ascii_uppercase, digits

_GAP = re.compile("‹([^‹›]+)›")
Fill = Callable[..., str]  # words, random numbers, arguments -> what fills a gap


class Forms:
    """The forms of a file."""

    def __init__(self, path: Path) -> None:
        self.sections: dict[str, list[str]] = {}
        for line in path.read_text(encoding="utf-8").splitlines():
            if header := re.fullmatch(r"== (\w+)", line):
                self.sections[header[1]] = []
            elif self.sections:
                times, form = re.fullmatch(r"(?:(\d+)× )?(.*)", line).groups()  # type: ignore[union-attr]
                form = form.replace("␣", " ").replace("∅", "")
                self.sections[list(self.sections)[-1]] += [form] * int(times or 1)

    def line(self, section: str, words: Sequence[str], rng: random.Random) -> str:
        """Fill a line of a section."""

        def filled(gap: re.Match[str]) -> str:
            name, *arguments = gap[1].split(" ")
            if name in self.sections:
                return self.line(name, words, rng)
            return _GAPS[name](words, rng, *map(int, arguments))

        return _GAP.sub(filled, rng.choice(self.sections[section]))


@cache
def forms(name: str) -> Forms:
    """Open the forms of a kind of text."""
    return Forms(Path(__file__).with_name(f"{name}.txt"))


def command(text: str, rng: random.Random) -> str:
    """A line of two to six pieces of one language, with the words of a running text as its names."""
    words = ["".join(c for c in word if c.isascii() and c.isalnum()) for word in text.split()[1:-1]]
    words = [word for word in words if word] or ["x"]
    language, count = rng.choice(["tex", "tex", "source", "source", "markup", "shell"]), rng.randint(2, 6)
    between = rng.choice([" ", " ", "", "; "])
    return between.join(forms("commands").line(language, words, rng) for _ in range(count))


def entry(text: str, rng: random.Random) -> str:
    """An entry of a bibliography, a letterhead or a list of measurements: two to seven pieces of a text's words."""
    words, count = text.split()[1:-1] or ["x"], rng.randint(2, 7)
    return " ".join(forms("references").line("piece", words, rng) for _ in range(count))


def official(text: str, rng: random.Random) -> str:
    """A line or two of a Korean law, tender or minutes, of two to nine pieces, with the words of a running text.

    Numbers, Latin names and brackets stand beside Hangul with a space and without, so that only looking shows which.
    """
    words = _hangul(text)
    count, law = rng.randint(2, 9), forms("official")
    pieces = " ".join(law.line("piece", words, rng) for _ in range(count))
    return law.line("mark", words, rng) + rng.choice([" ", " ", " ", ""]) + pieces + law.line("end", words, rng)


def receipt(text: str, korean: bool, rng: random.Random) -> str:
    """A line of a receipt, a form or a fax, with the words of a running text; half of the English ones in capitals."""
    words = _hangul(text) if korean else text.split()[1:-1] or ["x"]
    line = forms("receipts").line("korean" if korean else "english", words, rng)
    return line if rng.random() < 0.5 else line.upper()


def _hangul(text: str) -> list[str]:
    words = [word.strip(".,:;()[]\"'“”‘’") for word in text.split()]
    return [word for word in words if word and all("가" <= char <= "힣" for char in word)] or ["가"]


def _some(words: Sequence[str], rng: random.Random, low: int, high: int) -> str:
    """Words that follow each other in the text."""
    return " ".join(words[: rng.randint(low, high)])


def _variable(words: Sequence[str], rng: random.Random) -> str:
    """A variable, in one of the usual spellings."""
    low = [rng.choice(words).lower() for _ in range(rng.randint(1, 3))]
    camel = low[0] + "".join(map(str.capitalize, low[1:]))
    return rng.choice(["_".join(low), "_".join(low).upper(), camel, "-".join(low), low[0], rng.choice(ascii_letters)])


def _name(words: Sequence[str], rng: random.Random) -> str:
    """Somebody's name."""
    return rng.choice([w.strip("\"'.,;:()").capitalize() for w in words if len(w) > 3] or ["Doe"])


def _number(words: Sequence[str], rng: random.Random) -> str:
    value = rng.randint(0, 10 ** rng.randint(1, 5))
    return rng.choice([f"{value:,}", str(value), f"{value / 10:.1f}", str(rng.randint(1990, 2060)), str(value % 100)])


def _span(words: Sequence[str], rng: random.Random) -> str:
    """From one number to a greater one, circled or not."""
    first, last = sorted(rng.sample(range(10), 2))
    signs = rng.choice(["①②③④⑤⑥⑦⑧⑨⑩", "0123456789"])
    return signs[first] + forms("official").line("until", words, rng) + signs[last]


_GAPS: dict[str, Fill] = {
    "int": lambda words, rng, low, high, width=0: f"{rng.randint(low, high):0{width}}",
    "size": lambda words, rng: str(rng.randint(1, rng.choice([9, 99, 999]))),
    "digits": lambda words, rng, low, high: "".join(rng.choices(digits, k=rng.randint(low, high))),
    "letter": lambda words, rng: rng.choice(ascii_letters),
    "capitals": lambda words, rng, low, high: "".join(rng.choices(ascii_uppercase, k=rng.randint(low, high))),
    "word": lambda words, rng: rng.choice(words),
    "low": lambda words, rng: _name(words, rng).lower(),
    "words": lambda words, rng, low, high: " ".join(rng.choices(words, k=rng.randint(low, high))),
    "some": _some,
    "quoted": lambda words, rng: _some(words, rng, 1, 3).strip("\"'"),
    "variable": _variable,
    "name": _name,
    "number": _number,
    "span": _span,
    "list": lambda words, rng: forms("official").line("dot", words, rng).join(rng.choices(words, k=rng.randint(2, 4))),
    "spaced": lambda words, rng: " ".join(rng.choice(words)[:4]),  # as headings of tables and forms have it
}
