from __future__ import annotations

import select

import msgspec
import pytest

from sokdok.workers.child import Child

pytestmark = pytest.mark.process

TEXT: msgspec.msgpack.Decoder[str] = msgspec.msgpack.Decoder(str)


def child(setup: str, most: int = 1000) -> Child[str]:
    return Child("fakes.workers.told", setup, TEXT, most, 1)


def answers(of: Child[str]) -> list[str]:
    assert select.select([of], [], [], 60)[0], "it says nothing"
    return list(of.answers())


def test_answers_come_as_they_were_sent_whatever_is_printed() -> None:
    worker = child("안녕")
    assert answers(worker) == ["안녕"]
    worker.send("again")
    assert answers(worker) == ["again"]
    assert worker.close() == "was ended"


def test_one_that_is_dismissed_ends_by_itself() -> None:
    worker = child("안녕")
    assert answers(worker) == ["안녕"]
    worker.dismiss()
    assert worker.close() == "broke off (exit code 0)"


def test_a_death_is_told_in_words() -> None:
    worker = child("die")
    with pytest.raises(EOFError):
        answers(worker)
    worker.send("whatever")  # nobody listens: no error
    assert worker.close() == "died (SIGSEGV)"


@pytest.mark.parametrize("said", ["nonsense", "much" * 1000])
def test_what_makes_no_sense_or_is_too_long_is_taken_for_a_death(said: str) -> None:
    worker = child(said)
    with pytest.raises(EOFError):
        while True:
            answers(worker)
    worker.close()
