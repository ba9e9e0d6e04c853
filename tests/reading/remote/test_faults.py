"""Endpoints that fail: what is tried again, what costs one page, what ends the reading, and where the key goes."""

import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from PIL import Image

from fakes.remote import FakeEndpoint, Reply, completion, page, read_well
from sokdok.errors import EndpointError
from sokdok.pages import Page
from sokdok.reading.checkpoint.loop_guard import RETRY
from sokdok.reading.remote import endpoint as endpoint_module
from sokdok.reading.remote.chat import before_loop
from sokdok.reading.remote.endpoint import retry_after
from sokdok.reading.remote.reader import RemoteReader

KEY = "sk-속독-never-shown".encode("ascii", "ignore").decode() + "-9f3a"


pytestmark = pytest.mark.usefixtures("no_key")


def failing_once(reply: Reply):
    return lambda request: reply if request.attempt == 0 else read_well(request)


def on_page(number: int, reply: Reply):
    return lambda request: reply if request.page == number else read_well(request)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize(
    "reply",
    [
        Reply({"error": {"message": "out of memory"}}, 500),
        Reply(b"<html>bad gateway</html>", 502),
        Reply(None, 503),
        Reply(None, 504),
        Reply(None, 429),
        Reply(completion("half a page"), cut=True),
        Reply(completion("late"), delay=30.0),
    ],
    ids=["500", "502", "503", "504", "429", "cut", "slow"],
)
def test_what_may_pass_is_tried_again(endpoint, reply) -> None:
    endpoint.answer = failing_once(reply)
    # Only a slow reply needs a short timeout; elsewhere it would count a busy machine's delays as faults.
    with RemoteReader(endpoint.url, "deepseek-ocr", timeout=1.0 if reply.delay else 60.0) as reader:
        readings = list(reader.read([page(1), page(2)]))
    assert [(reading.status, reading.text) for reading in readings] == [("ok", "page 1"), ("ok", "page 2")]
    assert sorted(endpoint.asked) == [1, 1, 2, 2]


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (Reply({"error": {"message": "out of\nmemory"}}, 500), "answered HTTP 500: out of memory (4 tries)"),
        (Reply(completion("half"), cut=True), "cut the connection (4 tries)"),
        (Reply(completion("late"), delay=30.0), "did not answer within 0.5 s (4 tries)"),
    ],
    ids=["500", "cut", "slow"],
)
def test_what_does_not_pass_costs_one_page(endpoint, reply, message) -> None:
    endpoint.answer = on_page(2, reply)
    with RemoteReader(endpoint.url, "deepseek-ocr", timeout=0.5 if reply.delay else 60.0) as reader:
        readings = list(reader.read(map(page, range(1, 4))))
    assert [reading.status for reading in readings] == ["ok", "failed", "ok"]
    assert readings[1].error == f"{endpoint.url} {message}" and readings[1].text == ""
    assert endpoint.asked.count(2) == 4


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (Reply(b'{"choices": [', 200), "answered with another format than JSON (application/json)"),
        (
            Reply(b"<html>Welcome</html>", headers={"content-type": "text/html; charset=utf-8"}),
            "answered with another format than JSON (text/html)",
        ),
        (Reply(b""), "answered with another format than JSON"),
        (Reply(b"[" * 100_000), "answered with another format than JSON"),
        (Reply([1, 2]), "another format than a chat completion"),
        (Reply({"object": "text_completion", "choices": [{"text": "hello"}]}), "that holds no text"),
        (Reply({"choices": []}), "another format than a chat completion"),
        (Reply({"choices": ["hello"]}), "another format than a chat completion"),
        (Reply(completion(None)), "that holds no text"),
        (Reply(completion("x", "content_filter")), "content filter withheld"),
        (Reply({"error": {"message": "image too large"}}, 400), "answered HTTP 400: image too large"),
        (Reply({"detail": [{"msg": "no such field"}]}, 422), 'HTTP 422: [{"msg": "no such field"}]'),
    ],
)
def test_an_answer_that_is_none_costs_one_page_and_one_request(endpoint, reader, reply, message) -> None:
    endpoint.answer = on_page(2, reply)
    readings = list(reader.read(map(page, range(1, 4))))
    assert [reading.status for reading in readings] == ["ok", "failed", "ok"]
    assert message in readings[1].error and "\n" not in readings[1].error
    assert endpoint.asked.count(2) == 1


def test_a_picture_that_cannot_be_decoded_costs_one_page(endpoint, reader, tmp_path) -> None:
    whole = tmp_path / "whole.png"
    Image.effect_noise((99, 99), 50).save(whole)
    (tmp_path / "half.png").write_bytes(whole.read_bytes()[:2000])
    with Image.open(tmp_path / "half.png") as half:
        readings = list(reader.read([page(1), Page(half, "half.png"), page(3)]))
    assert [reading.status for reading in readings] == ["ok", "failed", "ok"]
    assert readings[1].error and readings[1].source == "half.png"


@pytest.mark.parametrize(("text", "finish", "status"), [("", "stop", "ok"), ("the first half", "length", "truncated")])
def test_an_empty_text_is_an_answer_and_the_length_limit_truncates(endpoint, reader, text, finish, status) -> None:
    endpoint.answer = lambda request: Reply(completion(text, finish))
    (reading,) = reader.read([page(1)])
    assert (reading.status, reading.text) == (status, text)


def test_a_server_without_numbers_is_believed_the_text(endpoint) -> None:
    endpoint.answer = lambda request: Reply(
        b'{"choices": [{"message": {"content": "\\ud800text"}, "logprobs": {"content": [{"logprob": null}, 3]}}]}'
    )
    with RemoteReader(endpoint.url, "other") as reader:
        (reading,) = reader.read([page(1)])
    assert (reading.status, reading.text, reading.steps, reading.mean_logprob) == ("ok", "?text", 0, 0.0)


def test_the_server_is_given_the_time_it_asks_for_but_not_any_time(endpoint, reader, monkeypatch) -> None:
    endpoint.answer = failing_once(Reply(None, 429, {"retry-after": "0.4"}))
    started = time.monotonic()
    assert next(reader.read([page(1)])).status == "ok"
    assert 0.4 <= time.monotonic() - started < 30
    monkeypatch.setattr(endpoint_module, "MAX_PAUSE_S", 0.05)
    endpoint.answer = failing_once(Reply(None, 503, {"retry-after": "86400"}))
    assert next(reader.read([page(2)])).status == "ok" and endpoint.asked == [1, 1, 2, 2]


def test_retry_after_is_seconds_or_a_date() -> None:
    dates = [format_datetime(datetime.now(UTC) + timedelta(hours=hours), usegmt=True) for hours in (1, -1)]
    given = {"700": 700, "-700": 0, "soon": 0, "": 0} | dict(zip(dates, (3600, 0), strict=True))
    for value, seconds in given.items():
        found = retry_after(httpx.Response(429, headers={"retry-after": value}))
        assert found == pytest.approx(seconds, abs=60 if value in dates else 0), value


def test_nobody_listening_ends_the_reading_at_once() -> None:
    refused = r"/v1 can't be reached \(Connection refused\); is the server"
    reader = RemoteReader(f"http://127.0.0.1:{free_port()}/v1", "deepseek-ocr")
    with reader, pytest.raises(EndpointError, match=refused) as caught:
        list(reader.read(map(page, range(5))))
    assert caught.value.exit_code == 5 and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (Reply({"error": {"message": "Unauthorized"}}, 401), r"401: Unauthorized\); put a key into SOKDOK_API_KEY"),
        (Reply(None, 403), "lets nobody in"),
        (Reply({"error": {"message": "The model `x` does not exist."}}, 404), "no such model.*The model `x` does"),
        (Reply(None, 307, {"location": "http://elsewhere.invalid/v1"}), "sends requests elsewhere"),
    ],
)
def test_what_every_page_would_meet_ends_the_reading_at_once(endpoint, reader, reply, message) -> None:
    endpoint.answer = lambda request: reply
    with pytest.raises(EndpointError, match=message) as caught:
        list(reader.read(map(page, range(100))))
    assert caught.value.exit_code == 5 and "\n" not in str(caught.value)
    assert len(set(endpoint.asked)) == len(endpoint.asked) <= 16


def test_pages_read_before_the_end_are_given_out(endpoint) -> None:
    endpoint.answer = on_page(2, Reply({"error": "expired"}, 401))
    with RemoteReader(endpoint.url, "deepseek-ocr", concurrency=1) as reader:
        readings = reader.read(map(page, range(1, 4)))
        assert next(readings).text == "page 1"
        with pytest.raises(EndpointError, match="HTTP 401: expired"):
            next(readings)


def test_a_server_that_dies_is_waited_for_and_then_given_up(endpoint, monkeypatch) -> None:
    monkeypatch.setattr(endpoint_module, "FIRST_PAUSE_S", 0.05)
    fake = FakeEndpoint()
    with RemoteReader(fake.url, "deepseek-ocr", concurrency=1) as reader:
        readings = reader.read(map(page, range(50)), batch_size=1)
        next(readings)
        fake.drop_everybody()
        with pytest.raises(EndpointError, match=r"can't be reached any more \(4 tries\)"):
            list(readings)


@pytest.mark.parametrize(
    ("models", "message"),
    [
        ({"data": []}, "names no model that it serves"),
        ({"data": "many"}, "another format than a list of models; name the model if you know it"),
        (["a"], "another format than a list of models"),
    ],
)
def test_a_list_of_models_that_is_none(endpoint, models, message) -> None:
    endpoint.models = models
    with pytest.raises(EndpointError, match=message):
        RemoteReader(endpoint.url)
    with pytest.raises(EndpointError, match="has no such model, or is not its address: HTTP 404: Not Found"):
        RemoteReader(endpoint.url.replace("/v1", "/other"))


LOOP = "| 12 | 34 |\n"


def test_a_loop_is_cut_after_its_first_round(endpoint) -> None:
    endpoint.answer = lambda request: Reply(completion(f"Table 1\n{LOOP * 300}", "length"))
    with RemoteReader(endpoint.url, "other-vlm") as reader:
        (reading,) = reader.read([page(1)])
    assert reading.status == "looped" and reading.retried == ""
    assert reading.text.startswith("Table 1\n| 12") and len(reading.text) <= len("Table 1\n") + 2 * len(LOOP)
    assert endpoint.asked == [1]


def test_a_loop_is_read_again_under_a_stricter_guard(endpoint, reader) -> None:
    looped = Reply(completion(LOOP * 300, "length"))
    endpoint.answer = lambda request: looped if request.attempt == 0 else Reply(completion("the table"))
    (reading,) = reader.read([page(1)])
    assert (reading.status, reading.text, reading.retried) == ("ok", "the table", str(RETRY))
    guards = [request.body["vllm_xargs"] for request in endpoint.requests]
    assert [guard["ngram_size"] for guard in guards] == [30, 20] and "whitelist_token_ids" not in guards[1]


@pytest.mark.parametrize("again", [Reply(completion(LOOP * 300, "length")), Reply({"detail": "no such guard"}, 400)])
def test_a_loop_that_comes_back_is_reported_and_a_second_attempt_that_fails_costs_nothing(
    endpoint, reader, again
) -> None:
    looped = Reply(completion(LOOP * 300, "length"))
    endpoint.answer = lambda request: again if request.attempt else looped
    (reading,) = reader.read([page(1)])
    assert (reading.status, reading.error) == ("looped", "") and reading.text.startswith("| 12")
    assert reading.retried == (str(RETRY) if again.status == 200 else "") and endpoint.asked == [1, 1]


def test_the_servers_word_for_a_loop_counts(endpoint) -> None:
    endpoint.answer = lambda request: Reply(completion("x x x", "repetition"))
    with RemoteReader(endpoint.url, "other-vlm") as reader:
        assert next(reader.read([page(1)])).status == "looped"


def test_rows_of_empty_cells_are_no_loop_until_they_are_many() -> None:
    row = f"<tr>{'<td></td>' * 10}</tr>"
    assert before_loop(row * 40) is None
    kept = before_loop(row * 200)
    assert kept is not None and kept.count("<tr>") <= 2
    assert before_loop("가나다라 " * 20) is None


def test_the_key_travels_in_one_header_and_in_no_message(endpoint, monkeypatch) -> None:
    monkeypatch.setenv("SOKDOK_API_KEY", f" {KEY}\n")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-other")
    endpoint.answer = lambda request: Reply({"error": {"message": f"bad input with key {KEY}"}}, 400)
    with RemoteReader(endpoint.url) as reader:
        (reading,) = reader.read([page(1)])
        endpoint.answer = lambda request: Reply({"error": {"message": f"Incorrect API key: {KEY}"}}, 401)
        with pytest.raises(EndpointError, match="lets nobody in.*key in SOKDOK_API_KEY.*the right one") as caught:
            list(reader.read([page(1)]))
        assert KEY not in repr(reader) + repr(vars(reader))
    assert reading.status == "failed" and "bad input with key …" in reading.error
    assert KEY not in str(caught.value) + repr(caught.value) + reading.error
    assert all(request.headers["authorization"] == f"Bearer {KEY}" for request in endpoint.requests)
    assert len(endpoint.requests) == 3
    for request in endpoint.requests:
        del request.headers["authorization"]
        assert KEY not in repr(request)


def test_without_a_key_none_is_sent(endpoint) -> None:
    with RemoteReader(endpoint.url, "m") as reader:
        list(reader.read([page(1)]))
    assert [request.headers.get("authorization") for request in endpoint.requests] == [None]


def test_the_key_does_not_follow_a_redirect(endpoint, monkeypatch) -> None:
    monkeypatch.setenv("SOKDOK_API_KEY", KEY)
    other = FakeEndpoint()
    endpoint.answer = lambda request: Reply(None, 308, {"location": f"{other.url}/chat/completions"})
    with RemoteReader(endpoint.url, "m") as reader, pytest.raises(EndpointError, match="give the final address"):
        list(reader.read([page(1)]))
    other.close()
    assert len(endpoint.requests) == 1 and not other.requests
