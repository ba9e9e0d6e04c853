"""How many line ends of paragraphs that are broken as engines break them are joined wrongly, by language.

    python lab/scripts/language/joined_lines.py TEXTS [--pages 80] [--seed 11]

TEXTS is what `python -m sokdok_lab.structure.texts` collects. A page is some neighbouring paragraphs in lines of one
width, from 22 to 80 characters. Lines end at spaces, and behind hyphens and slashes before letters; `cut` is Korean
that ends anywhere but before what closes and behind what opens. What stood between two lines there (a space or
nothing) is held against what `layout.joining` puts there, with what it knows of the page.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from sokdok.layout.joining import joiner_of
from sokdok.pages.hangul import is_syllable

OPENING, CLOSING = "([{“‘「『《〈<", ")]}”’」』》〉,.;:!?%…>-/_'\"~·"
WIDTHS = {"ko": (22, 30, 42)}  # characters of a line
OTHER_WIDTHS = (34, 48, 62, 80)


def main() -> None:
    """Break paragraphs, join them, and print the share of line ends that are wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", type=Path)
    parser.add_argument("--pages", type=int, default=80)
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args()
    texts = json.loads(options.texts.read_text(encoding="utf-8"))
    for language, cut in (("en", False), ("de", False), ("fr", False), ("ko", False), ("ko", True)):
        wrong = total = 0
        for page in pages(texts[language], language, cut, options.pages, options.seed):
            joiner = joiner_of([lines for _, lines in page])
            for text, lines in page:
                at = 0
                for upper, lower in zip(lines, lines[1:], strict=False):
                    at = text.index(upper, at) + len(upper)
                    between = " " if text[at] == " " else ""
                    total += 1
                    wrong += joiner.join([upper, lower]) != f"{upper}{between}{lower}"
        print(f"{language}{' cut' * cut}: {wrong} of {total} line ends, {wrong / total:.4f}")


def pages(
    texts: Sequence[str], language: str, cut: bool, count: int, seed: int
) -> Iterator[list[tuple[str, list[str]]]]:
    """Pages of paragraphs, each as it is and as lines."""
    random_ = random.Random(seed)
    paragraphs = [" ".join(text.split()) for text in texts]
    long = [at for at, text in enumerate(paragraphs) if len(text) > (70 if language == "ko" else 160)]
    for _ in range(count):
        first = random_.choice(long)
        near = [at for at in long if first <= at < first + 150][: random_.randint(3, 14)]
        width = random_.choice(WIDTHS.get(language, OTHER_WIDTHS))
        yield [(paragraphs[at], broken(paragraphs[at], width, cut)) for at in near]


def broken(text: str, width: int, cut: bool) -> list[str]:
    """A paragraph in lines of at most so many characters, longer where there is no place to end one."""
    places = [at for at in range(1, len(text)) if _may_begin(text, at, cut)]
    lines, start = [], 0
    while len(text) - start > width:
        fitting = [at for at in places if start < at <= start + width]
        at = fitting[-1] if fitting else next((at for at in places if at > start), len(text))
        lines.append(text[start:at].rstrip())
        start = at
    return [*lines, text[start:]] if start < len(text) else lines


def _may_begin(text: str, at: int, cut: bool) -> bool:
    before, here = text[at - 1], text[at]
    if here == " " or before == " ":
        return before == " "
    if before in "-\u2010/" and here.isalpha():
        return at > 1 and text[at - 2] not in " /"
    return cut and (is_syllable(before) or is_syllable(here)) and here not in CLOSING and before not in OPENING


if __name__ == "__main__":
    main()
