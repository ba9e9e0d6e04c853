"""Conversations to forget: dialogues and long texts of an evaluation folder, or our own passages, as turns.

- A long history needs long material, so texts of one language are joined into one conversation, paragraph by paragraph,
  and so are the dialogues. English and Korean stay apart.
- LoCoMo's dialogues are kept one by one as well: their questions name the turns that hold the answer.
- Without a folder: sentences of our own passages in random order, as long a history as one likes of which no two turns
  are alike.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sokdok.bench.compression import builtin as own
from sokdok.bench.compression.fox import manifest_rows
from sokdok.errors import InputError
from sokdok.memory.store.turn import NewTurn

LONGEST_PARAGRAPH = 1000
"""characters; what is longer becomes several turns"""
OWN_TURNS = 2000
_START = datetime(2026, 1, 5, 9, tzinfo=UTC)
_LOCOMO_DATE = "%I:%M %p on %d %B, %Y"
_LANGUAGES = {"en": "english", "ko": "korean"}


@dataclass(frozen=True)
class Question:
    """A question about a dialogue, and where in it the answer stands."""

    text: str
    answer: str
    """empty for a question that has none"""
    category: int
    """LoCoMo's: 1 several turns, 2 time, 3 world knowledge, 4 one turn, 5 adversarial"""
    evidence: tuple[int, ...]
    """numbers of turns"""


@dataclass(frozen=True)
class Talk:
    """A conversation before it is stored; turn number n is `turns[n - 1]`."""

    name: str
    turns: tuple[NewTurn, ...]
    questions: tuple[Question, ...] = field(default=())

    def limited(self, turns: int | None) -> Talk:
        """The first `turns` turns, and the questions that they answer."""
        if turns is None or turns >= len(self.turns):
            return self
        asked = tuple(question for question in self.questions if max(question.evidence) <= turns)
        return replace(self, turns=self.turns[:turns], questions=asked)


@dataclass(frozen=True)
class Material:
    """What there is to remember."""

    histories: tuple[Talk, ...]
    """long ones: english, korean, dialogues"""
    dialogues: tuple[Talk, ...]
    """one by one, with questions"""
    source: str
    """name of the folder, or `own`"""


def gather(folder: Path | None, limit: int | None = None) -> Material:
    """The material of a folder, or our own; at most `limit` turns of each conversation.

    Raises InputError for a folder without a long text or dialogue.
    """
    if folder is None:
        histories = [own_talk(language, OWN_TURNS) for language in _LANGUAGES]
        return Material(tuple(talk.limited(limit) for talk in histories), (), "own")
    texts: dict[str, list[str]] = {}
    dialogues = []
    for row in manifest_rows(folder / "manifest.jsonl"):
        kind, truth = str(row.get("kind")), row.get("truth")
        if kind == "conversation_qa":
            dialogues.append(_dialogue(row, folder))
        elif kind.startswith("long_text_") and isinstance(truth, str):
            language = kind.removeprefix("long_text_")
            texts.setdefault(_LANGUAGES.get(language, language), []).append(truth)
    histories = [Talk(name, tuple(_narrated(_paragraphs(found)))) for name, found in texts.items()]
    if dialogues:
        histories.append(joined("dialogues", dialogues))
    if not histories:
        raise InputError(f"{folder} has no rows of kind long_text_en, long_text_ko or conversation_qa to remember")
    return Material(
        tuple(talk.limited(limit) for talk in histories),
        tuple(talk.limited(limit) for talk in dialogues),
        folder.resolve().name,
    )


def own_talk(language: str, turns: int) -> Talk:
    """A conversation of one to four sentences a turn out of our own passages of a language (`en`, `ko`)."""
    rng = random.Random(f"{language} conversation")
    sentences = own.sentences(language)
    texts = (" ".join(rng.sample(sentences, rng.randint(1, 4))) for _ in range(turns))
    return Talk(_LANGUAGES[language], tuple(_narrated(texts)))


def joined(name: str, talks: Sequence[Talk]) -> Talk:
    """Several conversations as one, the questions going along."""
    turns: list[NewTurn] = []
    questions: list[Question] = []
    for talk in talks:
        before = len(turns)
        questions += [replace(q, evidence=tuple(n + before for n in q.evidence)) for q in talk.questions]
        turns += talk.turns
    return Talk(name, tuple(turns), tuple(questions))


def _narrated(texts: Iterable[str]) -> Iterator[NewTurn]:
    """Texts as the turns of two who take turns, a minute apart."""
    for number, text in enumerate(texts):
        role = "assistant" if number % 2 else "user"
        yield NewTurn(role, text, _START + timedelta(minutes=number))


def _paragraphs(texts: Iterable[str]) -> Iterator[str]:
    """Paragraphs of texts; one that is too long, or a text without any, is cut behind lines, else behind sentences."""
    for text in texts:
        for block in re.split(r"\n\s*\n", text):
            yield from _cut(block.strip())


def _cut(block: str) -> Iterator[str]:
    pieces = re.split(r"(?<=\n)|(?<=[.!?]) ", block) if len(block) > LONGEST_PARAGRAPH else [block]
    held = ""
    for piece in pieces:
        if held and len(held) + len(piece) > LONGEST_PARAGRAPH:
            yield held.strip()
            held = ""
        held += piece if piece.endswith("\n") else f"{piece} "
    if held.strip():
        yield held.strip()


def _dialogue(row: dict[str, Any], folder: Path) -> Talk:
    """LoCoMo's layout: dated sessions of (id, speaker, text); questions whose evidence is not there are left out."""
    truth = row["truth"]
    turns: list[NewTurn] = []
    number_of: dict[str, int] = {}
    try:
        for session in truth["sessions"]:
            start = datetime.strptime(session["date"], _LOCOMO_DATE).replace(tzinfo=UTC)
            for minute, (name, speaker, text) in enumerate(session["turns"]):
                role = "user" if speaker == truth["speakers"][0] else "assistant"
                turns.append(NewTurn(role, text, start + timedelta(minutes=minute), {"name": speaker}))
                number_of[name] = len(turns)
        questions = [_question(item, number_of) for item in truth["qa"]]
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{folder / 'manifest.jsonl'}: row {row.get('id')}: no LoCoMo dialogue ({error!r})") from None
    return Talk(str(row.get("id")), tuple(turns), tuple(q for q in questions if q.evidence))


def _question(item: dict[str, Any], number_of: dict[str, int]) -> Question:
    known = all(name in number_of for name in item["evidence"])
    evidence = tuple(number_of[name] for name in item["evidence"]) if known else ()
    return Question(item["question"], str(item.get("answer", "")), int(item["category"]), evidence)
