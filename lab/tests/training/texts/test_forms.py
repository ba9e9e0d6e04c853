"""Texts from forms: the signs that running text lacks, and the same for the same seed."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from sokdok_lab.training.texts.forms import _GAPS, Forms, command, entry, forms, official

KOREAN = "이 법은 2020년부터 시행하며, 위원회의 (구성) 및 운영에 필요한 사항은 대통령령으로 정한다."
ENGLISH = 'The "first" bridge was built by farmers, and nobody knows when it fell into the river. '


@pytest.mark.parametrize("name", ["commands", "references", "official"])
def test_every_gap_is_a_section_or_can_be_filled(name: str) -> None:
    sections = forms(name).sections
    gaps = {gap for lines in sections.values() for line in lines for gap in re.findall("‹([^‹›]*)›", line)}
    assert gaps and {gap.split(" ")[0] for gap in gaps} <= set(sections) | set(_GAPS)
    assert all(
        "‹" not in sections_line or "›" in sections_line for lines in sections.values() for sections_line in lines
    )


def test_the_notation(tmp_path: Path) -> None:
    (tmp_path / "f.txt").write_text("A head.\n== a\n3× x␣\n∅\n== b\n‹int 5 5 3›-‹a›\n", encoding="utf-8")
    made = Forms(tmp_path / "f.txt")
    assert made.sections == {"a": ["x ", "x ", "x ", ""], "b": ["‹int 5 5 3›-‹a›"]}
    assert {made.line("b", ["w"], random.Random(seed)) for seed in range(20)} == {"005-x ", "005-"}


@pytest.mark.parametrize(("make", "text"), [(command, ENGLISH), (entry, ENGLISH), (official, KOREAN)])
def test_a_seed_makes_one_line_and_a_text_without_words_still_makes_one(make: Callable[..., str], text: str) -> None:
    made = [make(text, random.Random(seed)) for seed in range(300)]
    assert made[3] == make(text, random.Random(3)) and len(set(made)) > 280
    assert all("\n" not in line and "‹" not in line for line in made)
    assert make("", random.Random(3)).strip()


def test_laws_have_what_running_text_lacks() -> None:
    lines = " ".join(official(KOREAN, random.Random(seed)) for seed in range(400))
    for sign in (*"①○◯◦□ㅇ※ㆍ․·「』<[“’~∼", "(이하 “", "제", "조(", "년 ", " AI ", "구 성"):
        assert sign in lines, sign
    assert re.search("[0-9] [가-힣]", lines) and re.search("[0-9][가-힣]", lines)
    assert re.search("[가-힣] [0-9]", lines) and re.search("[가-힣][0-9]", lines)


def test_entries_are_short_words_with_the_signs_that_running_text_lacks() -> None:
    joined = " ".join(entry(ENGLISH, random.Random(seed)) for seed in range(300))
    for sign in (*"\"'&@([×±−", "--", "doi:10.", "http://www.", "et al.", "pp. ", "Press, "):
        assert sign in joined, sign
    assert "  " not in joined
