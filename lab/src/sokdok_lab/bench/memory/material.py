"""Conversations to remember: long texts as turns, and those about which others ask questions, BEAM's and LoCoMo's.

- A long history needs long material, so texts of one language are joined into one, paragraph by paragraph. Without a
  folder it is made of sentences of the built-in passages in random order, of which no two turns are alike.
- BEAM (mohammadtavakoli78/BEAM, `chats/SIZE`): a folder of folders with `chat.json` and `probing_questions` in it. The
  mark that its generator left behind what a user says (`->-> 1,12`) is no part of it and is taken off.
- LoCoMo (snap-research/locomo): one file, `locomo10.json`. Of pictures only what was said about them is there.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sokdok.errors import InputError
from sokdok.memory.turn import NewTurn
from sokdok_lab.bench.compression.texts import sentences
from sokdok_lab.bench.output import manifest_rows

MAX_PARAGRAPH_CHARS = 1000  # Length of a paragraph, at most: what is longer becomes several turns.
BUILTIN_TURNS = 2000  # Turns of each built-in conversation.
START = datetime(2026, 1, 5, 9, tzinfo=UTC)  # Time of the first turn of conversations that have none.
CATEGORIES = {1: "several turns", 2: "time", 3: "world knowledge", 4: "one turn", 5: "adversarial"}
"""Categories of LoCoMo's questions by their numbers."""
NOT_SAID = "says that the conversation does not tell"  # what an answer to an adversarial question must do
_DATES = {"beam": "%B-%d-%Y", "locomo": "%I:%M %p on %d %B, %Y"}  # as the two write them
_MARK = re.compile(r"\s*->->[\s\d,]*$")
_PREFIX = re.compile(r"^LLM response should \w+:?\s*")
_ANSWERS = ("answer", "ideal_answer", "ideal_summary", "ideal_response", "expected_compliance")
_SAID = ("instruction_being_tested", "preference_being_tested")
_LANGUAGES = {"en": "english", "ko": "korean"}  # Names of conversations by language.


@dataclass(frozen=True)
class Question:
    """A question about a conversation, and where in it the answer stands."""

    text: str
    answer: str  # empty for a question that has none
    ability: str  # what it tries
    evidence: tuple[int, ...]  # numbers of the turns that hold the answer; none for what nobody said
    rubric: tuple[str, ...]  # what an answer must say or do
    stated: tuple[str, ...]  # what of it was said in the conversation
    whole: bool = False  # whether all of such a turn is needed, or its key sentence


@dataclass(frozen=True)
class Talk:
    """A conversation before it is stored; turn number n is `turns[n - 1]`."""

    name: str
    turns: tuple[NewTurn, ...]
    questions: tuple[Question, ...] = field(default=())


def gather(folder: Path | None) -> list[Talk]:
    """Read long conversations from a folder, or make the built-in ones. Raises InputError where it has no long text."""
    if folder is None:
        return [builtin_talk(language, BUILTIN_TURNS) for language in _LANGUAGES]
    texts: dict[str, list[str]] = {}
    for row in manifest_rows(folder / "manifest.jsonl"):
        kind, truth = str(row.get("kind")), row.get("truth")
        if kind.startswith("long_text_") and isinstance(truth, str):
            language = kind.removeprefix("long_text_")
            texts.setdefault(_LANGUAGES.get(language, language), []).append(truth)
    if not texts:
        raise InputError(f"{folder} has no rows of kind long_text_en or long_text_ko to remember")
    return [Talk(name, tuple(_narrated(_paragraphs(found)))) for name, found in texts.items()]


def builtin_talk(language: str, turns: int) -> Talk:
    """Make a conversation of one to four sentences a turn from the built-in passages of a language (`en`, `ko`)."""
    rng = random.Random(f"{language} conversation")
    pool = sentences(language)
    texts = (" ".join(rng.sample(pool, rng.randint(1, 4))) for _ in range(turns))
    return Talk(_LANGUAGES[language], tuple(_narrated(texts)))


def _narrated(texts: Iterable[str]) -> Iterator[NewTurn]:
    """Yield texts as the turns of two speakers, a minute apart."""
    for number, text in enumerate(texts):
        role = "assistant" if number % 2 else "user"
        yield NewTurn(role, text, START + timedelta(minutes=number))


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


def beam_talks(folder: Path) -> list[Talk]:
    """Read every chat of a folder, in order of their numbers. Raises InputError where there is none."""
    files = sorted(folder.glob("*/chat.json"), key=lambda file: (len(file.parent.name), str(file)))
    if not files:
        raise InputError(f"{folder} has no folders with a chat.json; name one of BEAM's chats, as chats/100K")
    talks = []
    for file in files:
        asked = _json(file.parent / "probing_questions" / "probing_questions.json")
        talks.append(_read(partial(_beam, file.parent.name, asked), _json(file), file))
    return talks


def locomo_talks(file: Path) -> list[Talk]:
    """Read every dialogue of a file. Raises InputError."""
    return [_read(_locomo_talk, row, file) for row in _json(file)]


def _beam(name: str, asked: Mapping[str, Any], chat: Any) -> Talk:
    turns: list[NewTurn] = []
    number_of: dict[int, int] = {}
    time = START
    for message in (message for batch in chat for group in batch["turns"] for message in group):
        anchor = message.get("time_anchor")
        time = _moment("beam", anchor) if anchor else time + timedelta(minutes=1)
        turns.append(NewTurn(message["role"], _MARK.sub("", message["content"]), time))
        number_of[message["id"]] = len(turns)
    questions = [_beam_question(ability, row, number_of) for ability, rows in asked.items() for row in rows]
    return Talk(f"BEAM {name}", tuple(turns), tuple(questions))


def _beam_question(ability: str, row: Mapping[str, Any], number_of: Mapping[int, int]) -> Question:
    rubric = tuple(_PREFIX.sub("", item) for item in row["rubric"])
    answer = next(str(row[key]) for key in _ANSWERS if key in row)
    said = tuple(row[key] for key in _SAID if key in row)  # a rubric of these says how to answer, not what was said
    evidence = {number_of[place] for place in _flat(row.get("source_chat_ids")) if place in number_of}
    return Question(row["question"], answer, ability.replace("_", " "), tuple(sorted(evidence)), rubric, said or rubric)


def _flat(places: Any) -> Iterator[int]:
    """Yield the numbers in what may be a number, a list of them, or such by name."""
    if isinstance(places, int):
        yield places
    for each in places.values() if isinstance(places, dict) else places if isinstance(places, list) else ():
        yield from _flat(each)


def _locomo_talk(row: Any) -> Talk:
    said, turns = row["conversation"], list[NewTurn]()
    number_of: dict[str, int] = {}
    sessions = sorted(int(key.removeprefix("session_")) for key in said if re.fullmatch(r"session_\d+", key))
    for session in sessions:
        start = _moment("locomo", said[f"session_{session}_date_time"])
        for minute, turn in enumerate(said[f"session_{session}"]):
            role = "user" if turn["speaker"] == said["speaker_a"] else "assistant"
            meta = {"name": turn["speaker"]}
            turns.append(NewTurn(role, turn["text"], start + timedelta(minutes=minute), meta))
            number_of[turn["dia_id"]] = len(turns)
    questions = [question for asked in row["qa"] if (question := _locomo_question(asked, number_of)).evidence]
    return Talk(f"LoCoMo {row['sample_id']}", tuple(turns), tuple(questions))


def _locomo_question(row: Mapping[str, Any], number_of: Mapping[str, int]) -> Question:
    """Read a question; it has no evidence if one of its turns is not there."""
    names = [name for place in row["evidence"] for name in re.findall(r"D\d+:\d+", place)]
    evidence = {number_of[name] for name in names} if set(names) <= number_of.keys() else set[int]()
    answer = str(row.get("answer", ""))
    stated = (answer,) if answer else ()
    ability = CATEGORIES[row["category"]]
    return Question(
        row["question"], answer, ability, tuple(sorted(evidence)), stated or (NOT_SAID,), stated, whole=True
    )


def _moment(layout: str, text: str) -> datetime:
    return datetime.strptime(text, _DATES[layout]).replace(tzinfo=UTC)


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}") from None
    except ValueError as error:
        raise InputError(f"{file} is not JSON ({error})") from None


def _read(make: Any, row: Any, file: Path) -> Talk:
    """Make a talk of what a file holds. Raises InputError for another layout."""
    try:
        talk: Talk = make(row)
    except (KeyError, TypeError, ValueError, AttributeError, StopIteration) as error:
        raise InputError(f"{file} is laid out otherwise than expected ({error!r})") from None
    return talk
