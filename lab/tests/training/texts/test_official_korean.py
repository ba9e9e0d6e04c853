from __future__ import annotations

import random
import re

from sokdok_lab.training.texts.official_korean import official

TEXT = "이 법은 2020년부터 시행하며, 위원회의 (구성) 및 운영에 필요한 사항은 대통령령으로 정한다."


def test_lines_have_what_running_text_lacks() -> None:
    lines = " ".join(official(TEXT, random.Random(seed)) for seed in range(400))
    for sign in (*"①○◯◦□ㅇ※ㆍ․·「』<[“’~∼", "(이하 “", "제", "조(", "년 ", " AI ", "구 성"):
        assert sign in lines, sign
    assert "\n" not in lines


def test_numbers_stand_beside_hangul_with_a_space_and_without() -> None:
    lines = " ".join(official(TEXT, random.Random(seed)) for seed in range(400))
    assert re.search("[0-9] [가-힣]", lines) and re.search("[0-9][가-힣]", lines)
    assert re.search("[가-힣] [0-9]", lines) and re.search("[가-힣][0-9]", lines)


def test_a_seed_makes_one_line_and_a_text_without_hangul_still_makes_one() -> None:
    assert official(TEXT, random.Random(3)) == official(TEXT, random.Random(3))
    assert official("nothing here", random.Random(3)).strip()
