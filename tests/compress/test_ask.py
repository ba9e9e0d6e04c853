"""A question to an endpoint that streams: what it is asked, what comes back and when, and every way to break off."""

from __future__ import annotations

import json

import pytest

from fakes.remote import DONE, FakeEndpoint, Reply, chunk, completion, streamed, wait_until
from sokdok.compress import ask
from sokdok.errors import EndpointError
from sokdok.reading.remote.endpoint import Endpoint, EventParser

ASKED = [{"role": "user", "content": [{"type": "text", "text": "이거 요약해 줘"}]}]
KEY = "sk-never-shown-9f3a"
LOOP = "| 12 | 34 |\n"


pytestmark = pytest.mark.usefixtures("no_key")


@pytest.fixture
def endpoint(fake):
    endpoint = Endpoint(fake.url, connections=1, timeout=60)
    yield endpoint
    endpoint.close()


def reply_to(fake: FakeEndpoint, endpoint: Endpoint, reply: Reply, **options) -> ask.Reply:
    fake.answer = lambda request: reply
    return ask.Reply(endpoint, "gpt-4o", ASKED, **options)


def test_an_answer_comes_in_pieces_with_its_numbers(fake, endpoint) -> None:
    reply = reply_to(fake, endpoint, Reply(events=streamed("회의록", "이다. 🐢", prompt_tokens=1600)))
    assert list(reply) == ["회의록", "이다. 🐢"]
    assert (reply.text, reply.status, reply.prompt_tokens, reply.answer_tokens) == ("회의록이다. 🐢", "ok", 1600, 7)
    assert reply.first_after is not None and 0 < reply.first_after <= reply.seconds < 60
    (request,) = fake.requests
    assert request.body == {
        "model": "gpt-4o",
        "messages": ASKED,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_a_piece_is_given_out_before_the_next_is_written_and_closing_cancels(fake, endpoint) -> None:
    pieces = iter(reply_to(fake, endpoint, Reply(events=[chunk("첫"), 30.0, *streamed("never")])))
    assert next(pieces) == "첫"
    pieces.close()
    assert wait_until(lambda: fake.hung_up == 1)


def test_the_length_limit_is_sent_under_the_name_that_the_server_knows(fake, endpoint, monkeypatch) -> None:
    list(reply_to(fake, endpoint, Reply(events=streamed("x", finish="length")), max_tokens=9))
    assert fake.requests[0].body["max_tokens"] == 9
    monkeypatch.setattr(endpoint, "url", "https://api.openai.com/v1")
    body = ask.Reply(endpoint, "gpt-5", ASKED, 9)._body
    assert body["max_completion_tokens"] == 9 and "max_tokens" not in body


def test_a_server_that_does_not_stream(fake, endpoint) -> None:
    reply = reply_to(fake, endpoint, Reply(completion("한 번에", "length")))
    assert list(reply) == ["한 번에"]
    assert (reply.text, reply.status, reply.prompt_tokens) == ("한 번에", "truncated", 278)


@pytest.mark.parametrize(
    "events",
    [
        [
            b": keep-alive\r\n\r\nevent: message\r\nid: 7\r\ndata:"
            + json.dumps(chunk("a b", "stop")).encode()
            + b"\r\n\r\n"
        ],
        [chunk("a b"), chunk(None, "stop")],
        [chunk("a b"), DONE],
        [chunk("a b", "stop"), b"data: {oops\n\n"],
        [b'data: {"choices":\ndata: [{"delta": {"content": "a b"}, "finish_reason": "stop"}]}\n\n', DONE],
    ],
    ids=["other fields", "no done", "no reason", "broken count", "several lines"],
)
def test_an_answer_is_whole_if_it_says_so_in_any_way(fake, endpoint, events) -> None:
    reply = reply_to(fake, endpoint, Reply(events=events))
    assert list(reply) == ["a b"] and (reply.status, reply.prompt_tokens) == ("ok", 0)


def test_events_may_arrive_cut_anywhere() -> None:
    stream = ": hi\n\ndata: 속독\ndata: 둘째\n\nretry: 3\n\ndata:{}\r\n\r\ndata: [DONE]".encode()
    parser = EventParser(1 << 20)
    assert [data for i in range(len(stream)) for data in parser.feed(stream[i : i + 1])] == ["속독\n둘째", "{}"]


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (Reply(events=[chunk("반쯤")], cut=True), "cut the connection in mid-answer"),
        (Reply(events=[chunk("반쯤")]), "ended its answer before it was done"),
        (Reply(events=[chunk("반쯤"), b"data: " + b"[" * 100_000 + b"\n\n"]), "sent an event that is no JSON"),
        (Reply(events=[chunk("반쯤"), {"choices": [3]}]), "sent an event that is no part of a chat completion"),
        (Reply(events=[chunk("반쯤"), {"error": {"message": "out of\nmemory"}}]), "broke off: out of memory"),
        (Reply(events=[chunk("반쯤"), chunk(None, "content_filter")]), "content filter broke off the answer"),
        (Reply(events=[chunk("반쯤"), 30.0]), "fell silent in mid-answer for 0.5 s"),
    ],
)
def test_an_answer_that_breaks_off_leaves_what_came(fake, reply, message) -> None:
    silent = 30.0 in reply.events
    endpoint = Endpoint(fake.url, connections=1, timeout=0.5 if silent else 60)
    answer = reply_to(fake, endpoint, reply)
    pieces = []
    with pytest.raises(EndpointError, match=message) as caught:
        pieces.extend(iter(answer))
    endpoint.close()
    assert answer.text == "반쯤" and len(fake.requests) == 1
    assert caught.value.exit_code == 5 and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (Reply({"error": {"message": "Unauthorized"}}, 401), r"401: Unauthorized\); put a key into SOKDOK_API_KEY"),
        (Reply({"error": {"message": "no model x"}}, 404), "no such model, or is not its address: HTTP 404: no"),
        (Reply({"error": {"message": "too many images"}}, 400), "answered HTTP 400: too many images"),
        (Reply({"error": {"message": "no memory"}}, 503), r"answered HTTP 503: no memory \(4 tries\)"),
        (Reply({"error": {"message": "no memory"}}), "broke off: no memory"),
        (Reply(None, 307, {"location": "http://elsewhere.invalid"}), "sends requests elsewhere"),
        (Reply(b"<html>Hi</html>", headers={"content-type": "text/html"}), r"other format than JSON \(text/html\)"),
        (Reply({"choices": []}), "answered without a message"),
        (Reply(events=[DONE]), "answered without a message"),
        (Reply(completion(None)), "holds no text"),
    ],
)
def test_no_answer_at_all(fake, endpoint, reply, message) -> None:
    answer = reply_to(fake, endpoint, reply)
    with pytest.raises(EndpointError, match=message):
        list(answer)
    assert answer.text == "" and answer.first_after is None


@pytest.mark.parametrize(
    "first", [Reply(None, 429), Reply(None, 503), Reply(completion("half"), cut=True)], ids=["429", "503", "cut"]
)
def test_what_may_pass_is_tried_again_until_the_answer_begins(fake, endpoint, first) -> None:
    fake.answer = lambda request: first if request.attempt == 0 else Reply(events=streamed("now"))
    assert list(ask.Reply(endpoint, "m", ASKED)) == ["now"]
    assert len(fake.requests) == 2


def test_the_key_is_in_no_message_of_a_stream(fake, monkeypatch) -> None:
    monkeypatch.setenv("SOKDOK_API_KEY", KEY)
    endpoint = Endpoint(fake.url, connections=1, timeout=60)
    answer = reply_to(fake, endpoint, Reply(events=[chunk("a"), {"error": {"message": f"bad key {KEY}"}}]))
    with pytest.raises(EndpointError, match="broke off: bad key …") as caught:
        list(answer)
    endpoint.close()
    assert KEY not in repr(caught.value) and fake.requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_a_loop_is_cut_while_the_server_still_writes(fake, endpoint) -> None:
    prose = "".join(f"Row {i} of the table is unlike all others. " for i in range(700))
    events = [chunk(prose), *[chunk(LOOP * 20)] * 40, 30.0]
    answer = reply_to(fake, endpoint, Reply(events=events))
    given = "".join(answer)
    assert answer.status == "looped" and given.startswith(answer.text)
    assert len(prose) < len(answer.text) <= len(prose) + 2 * len(LOOP)
    assert wait_until(lambda: fake.hung_up == 1)
