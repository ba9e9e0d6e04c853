"""Lengths and angles as textbooks label them: 8.5, x, 2x + 3, 7√2, 15 ft, 43°, (3x + 10)°."""

from __future__ import annotations

import random
import string

from sokdok_lab.synth.geometry.sheet import MINUS, RADICAL

SIGNS = f"0123456789xyz+{MINUS}={RADICAL}()°./"
VARIABLES = "xxxxyyyzzabcdhkmnprstw"
LENGTHS = {"integer": 4, "decimal": 1, "variable": 4, "expression": 2, "root": 0.7}
"""kinds of lengths and how often they come"""


def length_text(unit: str, rng: random.Random) -> tuple[str, str]:
    """What is written and its value, which has no unit and no spaces."""
    kind = rng.choices(list(LENGTHS), list(LENGTHS.values()))[0]
    if kind == "integer":
        text = value = str(rng.randint(1, rng.choice([20, 50, 200])))
    elif kind == "decimal":
        text = value = f"{rng.uniform(0.5, 40):.{rng.choice([1, 1, 2])}f}"
    elif kind == "variable":
        text = value = rng.choice(VARIABLES)
    elif kind == "root":
        front, under = rng.choice(["", *map(str, range(2, 20))]), rng.choice("2233567")
        text, value = f"{front}{RADICAL}{under}", f"{front}\\sqrt{{{under}}}"
    else:
        text, value = _expression(rng)
    return (f"{text} {unit}" if unit else text), value


def angle_text(degrees: float, rng: random.Random) -> tuple[str, str]:
    """What is written for an angle, most often its true size, and its value without the degree sign."""
    if rng.random() < 0.7:
        return f"{round(degrees)}°", str(round(degrees))
    text, value = _expression(rng)
    if rng.random() < 0.8:
        text = f"({text})°" if len(value) > 2 else text + "°"
    return text, value


def stray_text(rng: random.Random) -> str:
    """One to four characters of any kind that figures have."""
    letters = rng.choice([string.ascii_uppercase, string.ascii_uppercase, string.digits, string.ascii_lowercase, SIGNS])
    return "".join(rng.choices(letters, k=rng.choice([1, 1, 2, 3, 4])))


def _expression(rng: random.Random) -> tuple[str, str]:
    term = rng.choice(["", "", *map(str, range(2, 16))]) + rng.choice(VARIABLES)
    if rng.random() < 0.35:
        return term, term
    sign, space = rng.choice("+-"), rng.choice(["", " ", " "])
    number = str(rng.randint(1, rng.choice([9, 40])))
    first, last = (term, number) if rng.random() < 0.9 else (number, term)
    shown = MINUS if sign == "-" and rng.random() < 0.8 else sign
    return f"{first}{space}{shown}{space}{last}", f"{first}{sign}{last}"
