"""What is a Hangul syllable."""

from sokdok.pages.hangul import SYLLABLES, is_syllable


def test_a_jamo_or_a_letter_is_no_syllable() -> None:
    assert all(map(is_syllable, SYLLABLES))
    assert not any(map(is_syllable, "ㄱㅏAあ漢0"))
