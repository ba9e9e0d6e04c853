"""Conversations and readers for the tests of views."""

import random
from datetime import UTC, datetime, timedelta

from sokdok.compress.legibility import Legibility, LegibilityRow
from sokdok.memory.turn import NewTurn

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
ENGLISH = "the harbour light was red when they left and green again by noon so nobody could say which boat had gone"
KOREAN = "우리는 어제 회의에서 다음 분기 예산을 다시 나누기로 했고 자료는 내일 오전까지 모두 보내기로 했습니다"
NATIVE = ("8x16", "8x8", "4x8")


def profile(*glyphs: str) -> Legibility:
    rows = [LegibilityRow(glyph, script, 100, 1.0, 1.0) for glyph in glyphs for script in ("latin", "digits", "hangul")]
    return Legibility("fake", "2026-01-01", tuple(rows))


def chat(count: int, *, korean: bool = False, first: int = 1, words: int = 24, seed: int = 0) -> list[NewTurn]:
    """Turns `first` and on, a few minutes apart; equal numbers make equal turns."""
    return [_turn(number, KOREAN if korean else ENGLISH, words, seed) for number in range(first, first + count)]


def _turn(number: int, vocabulary: str, words: int, seed: int) -> NewTurn:
    draw = random.Random(seed << 32 | number)
    text = " ".join(draw.choices(vocabulary.split(), k=draw.randint(1, 2 * words)))
    role = ("user", "assistant")[number % 2]
    return NewTurn(role, f"{text} {draw.randrange(10**6)}.", EPOCH + timedelta(minutes=3 * number))
