from __future__ import annotations

import itertools
import random

import pytest

from sokdok.tokens.deepseek.bpe import BytePairEncoder, byte_letters


def train(corpus: str, merges: int) -> list[str]:
    """Plain byte-pair training, so that ids are in the order of the merges."""
    words = [list(word) for word in corpus.split()]
    learnt: list[str] = []
    while len(learnt) < merges and any(len(word) > 1 for word in words):
        pairs = [pair for word in words for pair in itertools.pairwise(word)]
        left, right = max(sorted(set(pairs)), key=pairs.count)
        learnt.append(f"{left} {right}")
        words = [join(word, left, right) for word in words]
    return learnt


def join(parts: list[str], left: str, right: str) -> list[str]:
    out: list[str] = []
    for part in parts:
        joined = bool(out) and out[-1] == left and part == right
        out[-1:] = [left + right] if joined else [*out[-1:], part]
    return out


def by_definition(letters: str, merges: list[str]) -> list[str]:
    parts = list(letters)
    for merge in merges:
        parts = join(parts, *merge.split(" "))
    return parts


def encoder_of(merges: list[str]) -> tuple[BytePairEncoder, dict[str, int]]:
    tokens = [*byte_letters().values(), *(merge.replace(" ", "") for merge in merges)]
    vocab = {token: i for i, token in enumerate(tokens)}
    return BytePairEncoder(vocab, merges), vocab


CORPORA = {
    "repeats": "aaaaaaaaaaaaaaaa aaaa aaa aa aaaaabaaaa",
    "two letters": "abababba babbbaab abbaabba aabb abab bbabab ababbbb aabab",
    "words": "the then there other mother another thermal ether gather together hearth earth three tree trees street",
}


@pytest.mark.parametrize("corpus", CORPORA.values(), ids=CORPORA)
def test_left_to_right_equals_the_definition(corpus: str) -> None:
    merges = train(corpus, 12)
    encoder, vocab = encoder_of(merges)
    letters = sorted(set(corpus) - {" "})
    generator = random.Random(0)
    for length in [*range(1, 40), 300]:
        for _ in range(20):
            piece = "".join(generator.choices(letters, k=length))
            assert list(encoder.encode(piece)) == [vocab[part] for part in by_definition(piece, merges)]


def test_bytes_come_back() -> None:
    encoder, vocab = encoder_of(train(CORPORA["words"], 5))
    names = {i: token for token, i in vocab.items()}
    bytes_of = {letter: byte for byte, letter in byte_letters().items()}
    text = "the 한글 ©\x00\n"
    letters = "".join(names[i] for i in encoder.encode(text))
    assert bytes(bytes_of[letter] for letter in letters).decode() == text
