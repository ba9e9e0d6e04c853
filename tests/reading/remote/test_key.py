"""Addresses: what is one, and a warning where others can listen.

Whose key goes where, and that no message shows one, however a server writes it.
"""

import warnings
from base64 import b64encode
from urllib.parse import quote as percent

import pytest

from fakes.remote import FakeEndpoint, Reply, page
from sokdok.errors import EndpointError, InputError, SokdokWarning
from sokdok.reading.remote.endpoint import Endpoint
from sokdok.reading.remote.key import base_address, key_advice, key_from_environment, quote, without_key
from sokdok.reading.remote.reader import RemoteReader, only_model

pytestmark = pytest.mark.usefixtures("no_key")


@pytest.mark.parametrize(
    "address",
    ["localhost:8000", "gpt-4o", "ftp://host/v1", "http://", "http://[::1", "http://host:port/v1", "http://host:0/v1"],
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(InputError, match="is no address of a server; it looks like http://localhost:8000/v1"):
        base_address(address)


@pytest.mark.parametrize("address", ["http://me:hush@localhost/v1", "http://localhost/v1?key=hush"])
def test_an_address_holds_no_secret(address: str) -> None:
    with pytest.raises(InputError, match="neither password nor parameters; put a key into SOKDOK_API_KEY") as caught:
        RemoteReader(address, "m")
    assert "hush" not in str(caught.value)


ON_THIS_MACHINE = ("http://localhost:8000", "http://a.localhost", "http://127.0.0.1/v1", "http://127.8.8.8:1/v1")


@pytest.mark.parametrize("address", [*ON_THIS_MACHINE, "http://[::1]:8000/v1", "https://h/v1"])
def test_no_warning_where_nobody_can_listen(address: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Endpoint(address, connections=1, timeout=5).close()


@pytest.mark.parametrize(
    "address", ["http://host:8000/v1", "http://192.168.0.7/v1", "http://localhost.evil.example/v1"]
)
def test_a_warning_where_others_can(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    with pytest.warns(SokdokWarning, match=f"{address}: pages are sent unencrypted; use https"):
        Endpoint(address, connections=1, timeout=5).close()
    monkeypatch.setenv("SOKDOK_API_KEY", "sk-secret")
    with pytest.warns(SokdokWarning, match="pages and the key are sent unencrypted") as caught:
        Endpoint(address, connections=1, timeout=5).close()
    assert "sk-secret" not in str(caught[0].message)


KEY = "sk-proj-Ab3/dE+fG9h=jK_lmNoP42"


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://api.openai.com/v1", "openai"),
        ("https://API.OpenAI.com:443/v1", "openai"),
        ("http://api.openai.com/v1", "own"),
        ("https://api.openai.com.evil.example/v1", "own"),
        ("https://evil.example/api.openai.com/v1", "own"),
        ("https://evilapi.openai.com/v1", "own"),
        ("http://127.0.0.1:8901/v1", "own"),
    ],
)
def test_each_key_goes_to_whom_it_belongs(monkeypatch: pytest.MonkeyPatch, url: str, key: str) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "openai")
    monkeypatch.setenv("SOKDOK_API_KEY", "own")
    assert key_from_environment(url) == key
    monkeypatch.delenv("SOKDOK_API_KEY" if key == "own" else "OPENAI_API_KEY")
    assert key_from_environment(url) == ""


def test_openais_key_is_not_sent_to_another_server(endpoint: FakeEndpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    endpoint.answer = lambda request: Reply({"error": "who are you?"}, 401)
    with (
        RemoteReader(endpoint.url) as reader,
        pytest.raises(EndpointError, match="put its key into SOKDOK_API_KEY, for OPENAI_API_KEY goes to OpenAI only"),
    ):
        list(reader.read([page(1)]))
    assert len(endpoint.requests) == 2
    assert not any("authorization" in request.headers or KEY in repr(request) for request in endpoint.requests)


def test_the_advice_names_the_variable_that_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert key_advice("https://api.openai.com/v1", "") == "put a key into OPENAI_API_KEY please"
    assert key_advice("https://api.openai.com/v1", KEY) == "is the key in OPENAI_API_KEY the right one?"
    assert key_advice("http://localhost/v1", "") == "put a key into SOKDOK_API_KEY please"


@pytest.mark.parametrize(
    "echo",
    [
        KEY,
        KEY.upper(),
        KEY.swapcase(),
        f"Bearer={KEY}",
        percent(KEY, safe=""),
        percent(percent(KEY, safe="")),
        "".join(f"%{byte:02X}" for byte in KEY.encode()),
        "".join(f"&#{byte};" for byte in KEY.encode()),
        KEY[:12] + "****",
        "****" + KEY[-10:],
        " ".join(KEY),
        KEY.replace("-", " - "),
        "\u200b".join(KEY),
        "*".join(KEY),
    ],
)
def test_no_echo_of_the_key_is_shown(echo: str) -> None:
    shown = quote(f"Incorrect API key provided: {echo}. Look for it at example.org", KEY)
    assert "…" in shown
    for text in (shown, shown.lower()):
        letters = "".join(filter(str.isalnum, text)).lower()
        own = "".join(filter(str.isalnum, KEY)).lower()
        assert not any(own[i : i + 6] in letters for i in range(len(own) - 5))
    if " " not in echo:
        assert shown.startswith("Incorrect API key provided:") and shown.endswith("Look for it at example.org")


def test_a_key_cut_off_by_the_length_of_a_quote_is_not_shown() -> None:
    for length in range(240, 320):
        assert "roj" not in quote("x " * (length // 2) + KEY, KEY)


def test_other_words_stay_and_short_keys_hide_no_letters() -> None:
    assert without_key("out  of\nmemory", KEY) == "out of memory"
    assert without_key("out of memory", "") == "out of memory"
    assert without_key("no EMPTY answer", "EMPTY") == "no … answer"
    assert without_key("a b c", "--") == "a b c"
    assert b64encode(KEY.encode()).decode() not in without_key("x", KEY)


def test_no_control_character_of_a_complaint_reaches_the_terminal() -> None:
    assert quote("\x1b]52;c;ZXZpbA==\x07 bad \u202etxt \ud800", "") == "�]52;c;ZXZpbA==� bad �txt �"


@pytest.mark.parametrize("key", ["sk-\u00e9\u00e9\u00e9", "sk-a\nX-Header: b"])
def test_a_key_that_is_none_is_refused_without_being_shown(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("SOKDOK_API_KEY", key)
    with pytest.raises(InputError, match="SOKDOK_API_KEY holds characters that no key has") as caught:
        RemoteReader("http://localhost:1/v1", "m")
    assert "sk-" not in str(caught.value)


def test_a_content_type_that_holds_the_key_is_not_quoted(endpoint: FakeEndpoint, monkeypatch) -> None:
    monkeypatch.setenv("SOKDOK_API_KEY", KEY)
    endpoint.answer = lambda request: Reply(b"<html>", headers={"content-type": f"text/{KEY.upper()}"})
    with RemoteReader(endpoint.url, "m") as reader:
        (reading,) = reader.read([page(1)])
    assert reading.error.endswith("answered with another format than JSON (…)")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["\x1b]0;evil\x07"], "names no model that it serves"),
        (["x" * 201, "", "a\nb", "\u202egpj", 7, None, {}], "names no model that it serves"),
        ([KEY, KEY.upper()], "names no model that it serves"),
        ([f"model-{i}" for i in range(500)], r"model-18, model-19 and 480 more$"),
    ],
    ids=["escapes", "odd", "key", "many"],
)
def test_names_of_models_are_names(endpoint: FakeEndpoint, monkeypatch, names: list[object], message: str) -> None:
    monkeypatch.setenv("SOKDOK_API_KEY", KEY)
    endpoint.models = {"data": [{"id": name} for name in names]}
    ours = Endpoint(endpoint.url, connections=1, timeout=5)
    with pytest.raises((EndpointError, InputError), match=message):
        only_model(ours)
    endpoint.models = {"data": [{"id": "\x07"}, {"id": "한국어 모델"}]}  # a name beside one that is none
    assert only_model(ours) == "한국어 모델"
    ours.close()
