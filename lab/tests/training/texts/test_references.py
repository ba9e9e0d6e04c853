from __future__ import annotations

import random

from sokdok_lab.training.texts.references import entry

TEXT = 'The "first" bridge was built by farmers, and nobody knows when it fell into the river. '


def test_entries_are_short_words_with_the_signs_that_running_text_lacks() -> None:
    entries = [entry(TEXT, random.Random(seed)) for seed in range(300)]
    joined = " ".join(entries)
    for sign in (*"\"'&@([×±−", "--", "doi:10.", "http://www.", "et al.", "pp. ", "Press, "):
        assert sign in joined, sign
    assert "  " not in joined and "\n" not in joined
    assert len(set(entries)) > 290


def test_a_seed_makes_one_entry_and_an_empty_text_still_makes_one() -> None:
    assert entry(TEXT, random.Random(3)) == entry(TEXT, random.Random(3))
    assert entry("", random.Random(3)).strip()
