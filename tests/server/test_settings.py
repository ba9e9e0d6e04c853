from __future__ import annotations

from pathlib import Path

import pytest

from sokdok.errors import InputError
from sokdok.server.settings import Settings, is_loopback

KEY = "a-key-of-sixteen"


def test_without_keys_only_this_machine_is_served() -> None:
    with pytest.raises(InputError, match="SOKDOK_SERVE_KEYS"):
        Settings(Path("data"), host="0.0.0.0")
    assert Settings(Path("data"), host="0.0.0.0", keys=(KEY,)).keys == (KEY,)


@pytest.mark.parametrize("key", ["short", "sixteen characters", "열여섯글자가넘는열쇠입니다정말로요"])
def test_a_key_that_can_be_guessed_or_not_sent_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(InputError) as caught:
        Settings(Path("data"), keys=(key,))
    assert key not in str(caught.value)


def test_keys_are_in_no_text_of_the_settings() -> None:
    settings = Settings(Path("data"), keys=(KEY,))
    assert KEY not in repr(settings) and KEY not in str(settings.capabilities())


def test_an_endpoints_address_is_not_told() -> None:
    assert "secret" not in str(Settings(Path("data"), reader="http://secret:8000/v1").capabilities())


@pytest.mark.parametrize(
    ("host", "inside"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("[::1]", True), ("localhost", True)]
    + [("0.0.0.0", False), ("10.0.0.1", False), ("localhost.example", False), ("", False)],
)
def test_loopback(host: str, inside: bool) -> None:
    assert is_loopback(host) is inside
