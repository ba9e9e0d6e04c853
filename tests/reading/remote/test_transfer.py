"""Answers without end: bytes, characters, events and time are bounded, and memory stays where it was."""

import gzip
import itertools
import json
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from fakes.remote import FakeEndpoint, Reply, chunk, completion, page, read_well, wait_until
from sokdok.compress import ask
from sokdok.errors import EndpointError
from sokdok.reading.remote import chat as answer
from sokdok.reading.remote.endpoint import Endpoint
from sokdok.reading.remote.reader import RemoteReader
from sokdok.tokens.deepseek import encode

pytestmark = pytest.mark.usefixtures("no_key")

MB = 1 << 20
JSON = {"content-type": "application/json"}


@pytest.fixture
def memory() -> Iterator[Callable[[], int]]:
    """Bytes at the peak since the test began; the vocabulary, which is loaded once, is not counted."""
    encode("word", special=True)
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that a test reaches in no time."""
    monkeypatch.setattr("sokdok.reading.remote.endpoint.MAX_JSON_BYTES", MB)
    monkeypatch.setattr("sokdok.reading.remote.endpoint.MAX_STREAM_BYTES", 2 * MB)
    monkeypatch.setattr("sokdok.reading.remote.endpoint.MAX_EVENTS", 2000)


def plain(events: Any, **options: Any) -> Reply:
    """A body that comes in chunks, as no stream of events."""
    return Reply(events=events, headers=JSON, **options)


def asked(fake: FakeEndpoint, reply: Reply, *, timeout: float = 20.0, **options: Any) -> tuple[ask.Reply, str]:
    """The reply to a question, and what broke it off."""
    fake.answer = lambda request: reply
    endpoint = Endpoint(fake.url, connections=1, timeout=timeout)
    got = ask.Reply(endpoint, "m", [{"role": "user", "content": "?"}], **options)
    try:
        for _ in got:
            pass
    except EndpointError as error:
        return got, str(error)
    finally:
        endpoint.close()
    return got, ""


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (plain(itertools.repeat(b" " * MB)), "sent more than 1 MB for one answer"),
        (Reply(gzip.compress(bytes(64 * MB), 1), headers={"content-encoding": "gzip"}), "compressed (gzip)"),
        (Reply(b"x", headers={"content-encoding": "\x1b]0;zst"}), "compressed (\\x1b]0;zst)"),
    ],
    ids=["endless", "gzip bomb", "odd encoding"],
)
@pytest.mark.usefixtures("small")
def test_a_body_without_end_costs_one_page_and_no_memory(endpoint, memory, reply: Reply, message: str) -> None:
    endpoint.answer = lambda request: reply if request.page == 2 else read_well(request)
    with RemoteReader(endpoint.url, "m", timeout=20) as reader:
        readings = list(reader.read(map(page, range(1, 4))))
    assert [reading.status for reading in readings] == ["ok", "failed", "ok"]
    assert message in readings[1].error and endpoint.asked.count(2) == 1
    assert memory() < 24 * MB


def test_no_compression_is_asked_for(endpoint: FakeEndpoint) -> None:
    with RemoteReader(endpoint.url, "m") as reader:
        list(reader.read([page(1)]))
    assert endpoint.requests[0].headers["accept-encoding"] == "identity"


@pytest.mark.usefixtures("small")
def test_of_an_error_the_beginning_is_enough(endpoint: FakeEndpoint) -> None:
    endpoint.answer = lambda request: plain(itertools.repeat(b" " * MB), status=400)
    with RemoteReader(endpoint.url, "m", timeout=20) as reader:
        (reading,) = reader.read([page(1)])
    assert reading.error == f"{endpoint.url} answered HTTP 400"


def test_a_drip_ends_with_the_time_for_a_try(endpoint: FakeEndpoint) -> None:
    endpoint.answer = lambda request: plain(itertools.cycle([b" ", 0.05]))
    with RemoteReader(endpoint.url, "m", timeout=0.3) as reader:
        (reading,) = reader.read([page(1)])
    assert "did not answer within 0.3 s (4 tries)" in reading.error


@pytest.mark.parametrize(
    ("piece", "message"),
    [
        (b"data: " + b"x" * 1000 + b"\n", "sent an event of more than 1 MB"),
        (b"x" * 1000, "sent an event of more than 1 MB"),
        (b"data:\n" * 1000, "sent an event of more than 1 MB"),
        (b": still there\n\n" * 100, "sent more than 2 MB for one answer"),
        (b'data: {"choices": []}\n\n' * 100, "sent more than 2,000 events for one answer"),
        (chunk(""), "sent more than 2,000 events for one answer"),
    ],
    ids=["no blank line", "no line end", "empty lines of data", "comments", "no choices", "no text"],
)
@pytest.mark.usefixtures("small")
def test_a_stream_without_end(endpoint: FakeEndpoint, memory: Callable[[], int], piece: Any, message: str) -> None:
    got, error = asked(endpoint, Reply(events=itertools.repeat(piece)))  # type: ignore[arg-type]
    assert message in error and got.text == ""
    assert memory() < 24 * MB


@pytest.mark.parametrize(("limits", "length"), [({}, 5000), ({"max_tokens": 50}, 800)], ids=["characters", "tokens"])
def test_a_text_without_end_is_cut_on_our_side(endpoint: FakeEndpoint, monkeypatch, limits: Any, length: int) -> None:
    monkeypatch.setattr(ask, "MAX_ANSWER_CHARS", 5000)
    lines = (chunk(f"Line {number} of a text that never ends.\n") for number in itertools.count())
    got, error = asked(endpoint, Reply(events=lines), **limits)  # type: ignore[arg-type]
    assert (error, got.status, len(got.text)) == ("", "truncated", length)


def test_an_answer_at_the_limit_is_whole(endpoint: FakeEndpoint) -> None:
    got, error = asked(endpoint, Reply(events=[chunk("x y " * 64), chunk(None, "stop")]), max_tokens=1)
    assert (error, got.status, len(got.text)) == ("", "ok", 256)


def test_a_stream_that_drips_ends_when_an_answer_must_be_done(endpoint: FakeEndpoint, monkeypatch) -> None:
    monkeypatch.setattr("sokdok.reading.remote.endpoint.MAX_STREAM_S", 0.5)
    words = itertools.chain.from_iterable((chunk(f"{number} "), 0.05) for number in itertools.count())
    got, error = asked(endpoint, Reply(events=words))  # type: ignore[arg-type]
    assert "was not done with its answer after 0.5 s" in error
    assert "".join(f"{number} " for number in range(20)).startswith(got.text)


def test_what_the_caller_takes_its_time_over_is_not_held_against_the_server(endpoint, monkeypatch) -> None:
    monkeypatch.setattr("sokdok.reading.remote.endpoint.MAX_STREAM_S", 0.9)  # of the second that the caller takes
    monkeypatch.setattr("sokdok.reading.remote.endpoint.EVENTS_AHEAD", 2)
    events = [chunk(f"{number} ") for number in range(20)]
    endpoint.answer = lambda request: Reply(events=[*events, chunk(None, "stop")])
    ours = Endpoint(endpoint.url, connections=1, timeout=20)
    got = ask.Reply(ours, "m", [{"role": "user", "content": "?"}])
    for _ in got:
        time.sleep(0.05)
    ours.close()
    assert got.status == "ok" and got.text.endswith("19 ")


def test_a_caller_that_pauses_is_not_run_ahead_of(endpoint: FakeEndpoint) -> None:
    given: list[float] = []

    def events() -> Iterator[Any]:
        while True:
            given.append(time.monotonic())
            yield chunk("word " * 2000)

    endpoint.answer = lambda request: Reply(events=events())  # type: ignore[arg-type]
    ours = Endpoint(endpoint.url, connections=1, timeout=20)
    pieces = iter(ask.Reply(ours, "m", [{"role": "user", "content": "?"}]))
    next(pieces)
    assert wait_until(lambda: time.monotonic() - given[-1] > 0.5), "the server never waits for room"
    pieces.close()
    ours.close()


@pytest.mark.parametrize("text", ["가나 " * 300_000, "\ud83d" * 500_000])
def test_a_page_with_more_text_than_a_model_writes_is_cut(endpoint: FakeEndpoint, text: str) -> None:
    endpoint.answer = lambda request: Reply(json.dumps(completion(text)).encode())
    with RemoteReader(endpoint.url, "m", timeout=60) as reader:
        (reading,) = reader.read([page(1)])
    assert reading.status in ("truncated", "looped") and len(reading.text) <= answer.MAX_ANSWER_CHARS


def test_no_page_waits_while_another_answer_is_worked_on(endpoint: FakeEndpoint, monkeypatch) -> None:
    begun, again = threading.Event(), threading.Event()
    parse = answer.parse_answer

    def slow(data: Any) -> answer.Answer:
        if data["choices"][0]["message"]["content"] == "slow":
            begun.set()
            assert again.wait(60)
        return parse(data)

    def answered(request: Any) -> Reply:
        if request.page == 1:
            return Reply(completion("slow"))
        if request.attempt == 0:
            begun.wait(60)
            return Reply(None, 503)
        again.set()
        return Reply(completion("quick"))

    monkeypatch.setattr("sokdok.reading.remote.reader.parse_answer", slow)
    endpoint.answer = answered
    with RemoteReader(endpoint.url, "m", concurrency=2) as reader:
        readings = list(reader.read([page(1), page(2)]))
    assert [reading.text for reading in readings] == ["slow", "quick"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"choices": [{"message": {"content": "x"}, "logprobs": {"content": [{"logprob": -1%s}, {"logprob": 1%s}]}}]}',
        b'{"choices": [{"message": {"content": "x"}}], "usage": {"completion_tokens": 1%s, "prompt_tokens": 1%s}}',
    ],
    ids=["logprob", "count"],
)
def test_numbers_beyond_all_measure_are_none(endpoint: FakeEndpoint, body: bytes) -> None:
    endpoint.answer = lambda request: Reply(body % (b"0" * 400, b"0" * 400))
    with RemoteReader(endpoint.url, "m") as reader:
        (reading,) = reader.read([page(1)])
    assert (reading.status, reading.steps, reading.mean_logprob) == ("ok", 0, 0.0)
    got, error = asked(endpoint, endpoint.answer(None))  # type: ignore[arg-type]
    assert (error, got.answer_tokens, got.prompt_tokens) == ("", 0, 0)


def test_nothing_of_a_server_is_kept_for_the_next_request(endpoint: FakeEndpoint) -> None:
    endpoint.answer = lambda request: Reply(completion("x"), headers={"set-cookie": "a=" + "b" * 4000})
    with RemoteReader(endpoint.url, "m", concurrency=1) as reader:
        list(reader.read(map(page, range(1, 4))))
    assert not any("cookie" in request.headers for request in endpoint.requests)
