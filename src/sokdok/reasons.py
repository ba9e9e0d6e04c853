"""Why something can't be done, as sentences with stable names, so that programs and other languages know them again.

    raise InputError(say("encrypted", file="report.pdf", how="with --password"))
    reason_of(str(error))       # Reason("encrypted", {"file": "report.pdf", "how": "with --password"})

A reason goes as a sentence through processes, journals and documents; only where it leaves the house (`server`) its
name and values stand beside it. What people meet often is in `reasons.toml`; other reasons are sentences only.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from string import Formatter
from typing import NamedTuple

SENTENCES: dict[str, str] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_NESTED = ("why", "likely", "kind")


class Reason(NamedTuple):
    """A sentence's name, and what its blanks hold."""

    code: str
    values: dict[str, str | Reason]


def say(code: str, **values: object) -> str:
    """The sentence of a name with its blanks filled in."""
    return SENTENCES[code].format(**values)


def reason_of(text: str) -> Reason | None:
    """The reason that a sentence gives; None for one that is not among `SENTENCES`."""
    for code, pattern in _patterns().items():
        if match := pattern.fullmatch(text):
            values: dict[str, str | Reason] = match.groupdict()
            for name in values.keys() & _NESTED:
                values[name] = reason_of(match[name]) or match[name]
            if code == "in_file" and not isinstance(values["why"], Reason):
                return None  # any two words with a colon look like it
            return Reason(code, values)
    return None


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    """What each sentence looks like, those with the most words of their own first."""
    longest = sorted(SENTENCES.items(), key=lambda item: -sum(len(words) for words, *_ in Formatter().parse(item[1])))
    return {code: re.compile(_pattern(sentence), re.DOTALL) for code, sentence in longest}


def _pattern(sentence: str) -> str:
    """A sentence as a regular expression with a group for each blank."""
    pattern, known = "", set[str]()
    for words, name, _, conversion in Formatter().parse(sentence):
        pattern += re.escape(words)
        if name is not None:
            quote = "['\"]" if conversion == "r" else ""
            blank = f"(?P={name})" if name in known else f"(?P<{name}>.+?)"
            pattern += f"{quote}{blank}{quote}"
            known.add(name)
    return pattern
