"""Conversations to forget: dialogues and long texts of an evaluation folder, or built-in passages, as turns.

- A long history needs long material, so texts of one language are joined into one conversation, paragraph by paragraph,
  and so are the dialogues. English and Korean stay apart.
- LoCoMo's dialogues are kept one by one as well: their questions name the turns that hold the answer.
- Without a folder: sentences of the built-in passages in random order, as long a history as one likes, of which no two
  turns are alike.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sokdok.errors import InputError
from sokdok.memory.turn import NewTurn
from sokdok_lab.bench.compression.texts import BUILTIN, sentences
from sokdok_lab.bench.manifest import manifest_rows

MAX_PARAGRAPH_CHARS = 1000  # Length of a paragraph, at most: what is longer becomes several turns.
BUILTIN_TURNS = 2000  # Turns of each built-in conversation.
_START = datetime(2026, 1, 5, 9, tzinfo=UTC)  # Time of the first turn of conversations that have none.
_LOCOMO_DATE = "%I:%M %p on %d %B, %Y"  # Dates as LoCoMo writes them.
_LANGUAGES = {"en": "english", "ko": "korean"}  # Names of conversations by language.


@dataclass(frozen=True)
class Question:
    """A question about a dialogue, and where in it the answer stands."""

    text: str
    answer: str  # empty for a question that has none
    category: int  # LoCoMo's: 1 several turns, 2 time, 3 world knowledge, 4 one turn, 5 adversarial
    evidence: tuple[int, ...]  # numbers of the turns that hold the answer


@dataclass(frozen=True)
class Talk:
    """A conversation before it is stored; turn number n is `turns[n - 1]`."""

    name: str
    turns: tuple[NewTurn, ...]
    questions: tuple[Question, ...] = field(default=())

    def limited(self, turns: int | None) -> Talk:
        """Return the first `turns` turns, and the questions that they answer."""
        if turns is None or turns >= len(self.turns):
            return self
        asked = tuple(question for question in self.questions if max(question.evidence) <= turns)
        return replace(self, turns=self.turns[:turns], questions=asked)


@dataclass(frozen=True)
class Material:
    """The conversations to remember."""

    histories: tuple[Talk, ...]  # Long ones: english, korean, dialogues.
    dialogues: tuple[Talk, ...]  # Dialogues one by one, with questions.
    source: str  # Name of the folder, or `BUILTIN`.


def gather(folder: Path | None, limit: int | None = None) -> Material:
    """Read the material of a folder, or make the built-in one; at most `limit` turns of each conversation.

    Raises InputError for a folder without a long text or dialogue.
    """
    if folder is None:
        histories = [builtin_talk(language, BUILTIN_TURNS) for language in _LANGUAGES]
        return Material(tuple(talk.limited(limit) for talk in histories), (), BUILTIN)
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


def builtin_talk(language: str, turns: int) -> Talk:
    """Make a conversation of one to four sentences a turn from the built-in passages of a language (`en`, `ko`)."""
    rng = random.Random(f"{language} conversation")
    pool = sentences(language)
    texts = (" ".join(rng.sample(pool, rng.randint(1, 4))) for _ in range(turns))
    return Talk(_LANGUAGES[language], tuple(_narrated(texts)))


def joined(name: str, talks: Sequence[Talk]) -> Talk:
    """Join several conversations into one, the questions going along."""
    turns: list[NewTurn] = []
    questions: list[Question] = []
    for talk in talks:
        before = len(turns)
        questions += [replace(q, evidence=tuple(n + before for n in q.evidence)) for q in talk.questions]
        turns += talk.turns
    return Talk(name, tuple(turns), tuple(questions))


def _narrated(texts: Iterable[str]) -> Iterator[NewTurn]:
    """Yield texts as the turns of two speakers, a minute apart."""
    for number, text in enumerate(texts):
        role = "assistant" if number % 2 else "user"
        yield NewTurn(role, text, _START + timedelta(minutes=number))


def _paragraphs(texts: Iterable[str]) -> Iterator[str]:
    """Yield paragraphs of texts; one that is too long, or a text without any, is cut behind lines or sentences."""
    for text in texts:
        for block in re.split(r"\n\s*\n", text):
            yield from _cut(block.strip())


def _cut(block: str) -> Iterator[str]:
    """Cut a block into paragraphs that are short enough, filled as far as they go."""
    pieces = re.split(r"(?<=\n)|(?<=[.!?]) ", block) if len(block) > MAX_PARAGRAPH_CHARS else [block]
    filled = ""
    for piece in pieces:
        if filled and len(filled) + len(piece) > MAX_PARAGRAPH_CHARS:
            yield filled.strip()
            filled = ""
        filled += piece if piece.endswith("\n") else f"{piece} "
    if filled.strip():
        yield filled.strip()


def _dialogue(row: dict[str, Any], folder: Path) -> Talk:
    """Read a dialogue in LoCoMo's layout: dated sessions of (id, speaker, text).

    Questions whose evidence is not there are left out. Raises InputError for another layout.
    """
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
    """Read a question; its evidence is empty if one of the turns is not there."""
    known = all(name in number_of for name in item["evidence"])
    evidence = tuple(number_of[name] for name in item["evidence"]) if known else ()
    return Question(item["question"], str(item.get("answer", "")), int(item["category"]), evidence)
