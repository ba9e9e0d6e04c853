"""Baselines: what one could send instead of a memory's view, for as many tokens and counted with the same tokenizer.

- `keep last`: the newest turns, whole, and the end of the oldest of them as far as it fits.
- `dropping`: words with little information are left out all over the history, until it fits. That is what LLMLingua-2
  does with a trained classifier; this is none, but the classical measure: a word's rarity in the conversation, per
  token that it costs. Words with digits are kept first, as LLMLingua's option to force them does, newest ones first.
- `summary`: the newest turns for half of the tokens, and for the other half whole sentences out of everything before
  them, those whose words weigh most on average (tf-idf, a turn being a document; figures weigh as much as the rarest
  word; four words more are counted than there are, or fragments would win). Such extracts are the strongest summary
  that needs no language model and invents nothing: rare things are what will be asked for, and a sentence, unlike a
  word, still says what its figure is of. SumBasic and TextRank look for what is said most often and lose just that.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from math import log, log1p

from sokdok.tokens.models import VisionModel
from sokdok_lab.bench.memory.context import Context, Zone
from sokdok_lab.bench.memory.material import Talk

KEEP_LAST = "keep last"
DROPPING = "dropping"
SUMMARY = "summary"
_SENTENCE = re.compile(r"(?<=[.!?。])\s+|\n+")
_WORD = re.compile(r"\w+")
Piece = tuple[int, str]  # Number of a turn, and some of its text.
SMOOTHING_WORDS = 4  # Words that are added to a sentence's count, so that fragments don't win.


def baselines(talk: Talk, budget: int, model: VisionModel) -> list[Context]:
    """Return all three contexts, in at most `budget` tokens each."""
    return [keep_last(talk, budget, model), dropping(talk, budget, model), summary(talk, budget, model)]


def keep_last(talk: Talk, budget: int, model: VisionModel) -> Context:
    """Keep the newest turns as chat messages, the oldest of them without its beginning."""
    chosen: dict[int, str] = {}
    left = budget
    for number in range(len(talk.turns), 0, -1):
        text = talk.turns[number - 1].text
        tokens = model.count_text(text) + model.message_tokens
        if tokens > left:
            if ending := _ending(text, left - model.message_tokens, model.count_text):
                chosen[number] = ending
                left -= model.count_text(ending) + model.message_tokens
            break
        chosen[number] = text
        left -= tokens
    return Context(KEEP_LAST, budget - left, chosen, dict.fromkeys(chosen, "text"))


def dropping(talk: Talk, budget: int, model: VisionModel) -> Context:
    """Keep the most telling words of the whole history, in their order, in one message."""
    words = [(number, word) for number, turn in enumerate(talk.turns, 1) for word in turn.text.split()]
    frequency = Counter(word for _, word in words)
    count = lru_cache(maxsize=1 << 17)(model.count_text)

    def worth(place: int) -> tuple[bool, float, int]:
        word = words[place][1]
        if any(map(str.isdigit, word)):
            return True, 0.0, place
        return False, log(len(words) / frequency[word]) / count(f" {word}"), place

    ranked = sorted(range(len(words)), key=worth, reverse=True)
    chosen = _filled(ranked, words, " ", budget - model.message_tokens, count)
    return _context(DROPPING, chosen, " ", model)


def summary(talk: Talk, budget: int, model: VisionModel) -> Context:
    """Keep the newest turns for half of the tokens, before them the sentences that weigh most."""
    newest = keep_last(talk, budget // 2, model)
    before = min(newest.turns, default=len(talk.turns) + 1)
    sentences = [
        (number, " ".join(part.split()))
        for number, turn in enumerate(talk.turns[: before - 1], 1)
        for part in _SENTENCE.split(turn.text)
        if part.strip()
    ]
    weights = _weights([turn.text for turn in talk.turns])
    ranked = sorted(range(len(sentences)), key=lambda i: (-_mean_weight(sentences[i][1], weights), -i))
    left = budget - newest.tokens - model.message_tokens
    chosen = _context(SUMMARY, _filled(ranked, sentences, " ", left, model.count_text), " ", model)
    zones: dict[int, Zone] = {**chosen.zones, **newest.zones}
    return Context(SUMMARY, newest.tokens + chosen.tokens, {**chosen.turns, **newest.turns}, zones)


def _weights(texts: Sequence[str]) -> dict[str, float]:
    """Return the tf-idf of every word of the turns; a word with a digit weighs as much as the heaviest."""
    turns = [Counter(word.casefold() for word in _WORD.findall(text)) for text in texts]
    documents = Counter(word for turn in turns for word in turn)
    terms: Counter[str] = Counter()
    for turn in turns:
        terms.update(turn)
    weights = {word: log1p(terms[word]) * log(len(turns) / documents[word]) for word in documents}
    most = max(weights.values(), default=0.0)
    return {word: most if any(map(str.isdigit, word)) else weight for word, weight in weights.items()}


def _mean_weight(sentence: str, weights: dict[str, float]) -> float:
    words = [word.casefold() for word in _WORD.findall(sentence)]
    return sum(weights.get(word, 0.0) for word in words) / (len(words) + SMOOTHING_WORDS)


def _filled(
    ranked: Iterable[int], pieces: Sequence[Piece], separator: str, most: int, count: Callable[[str], int]
) -> list[Piece]:
    """Return as many pieces as fit into `most` tokens together, the best first, in their own order."""
    chosen: list[int] = []
    left = most
    for place in ranked:
        tokens = count(f"{separator}{pieces[place][1]}")
        if tokens <= left:
            chosen.append(place)
            left -= tokens
        if left <= 0:
            break
    # Tokens of parts need not add up to those of the whole.
    while chosen and count(separator.join(pieces[place][1] for place in sorted(chosen))) > most:
        chosen = chosen[: len(chosen) - max(1, len(chosen) // 100)]
    return [pieces[place] for place in sorted(chosen)]


def _context(system: str, pieces: Sequence[Piece], separator: str, model: VisionModel) -> Context:
    """Return the context of one message of pieces."""
    turns: dict[int, list[str]] = {}
    for number, text in pieces:
        turns.setdefault(number, []).append(text)
    texts = {number: separator.join(parts) for number, parts in turns.items()}
    tokens = model.count_text(separator.join(text for _, text in pieces)) + model.message_tokens if pieces else 0
    return Context(system, tokens, texts, dict.fromkeys(texts, "abridged"))


def _ending(text: str, most: int, count: Callable[[str], int]) -> str:
    """Return the longest ending of a text that fits into `most` tokens."""
    fits, too_long = 0, len(text) + 1
    while too_long - fits > 1:
        length = (fits + too_long) // 2
        within = count(text[len(text) - length :]) <= most
        fits, too_long = (length, too_long) if within else (fits, length)
    return text[len(text) - fits :]
