import hashlib
from pathlib import Path

import pytest

from sokdok.errors import InputError
from sokdok.server.settings import NOBODY, Keys, Settings, is_loopback, keys_in, keys_of, shown_key

KEY = "a-key-of-sixteen"


def test_without_keys_only_this_machine_is_served() -> None:
    with pytest.raises(InputError, match="SOKDOK_SERVE_KEYS"):
        Settings(Path("data"), host="0.0.0.0")
    assert Settings(Path("data"), host="0.0.0.0", keys=(KEY,)).keys == (KEY,)


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


ONE, TWO = "the-first-key-of-all", "the-second-key-of-all"


def test_each_key_has_a_name_that_does_not_give_it_away() -> None:
    keys = Keys([ONE, TWO])
    first, second = keys.owner(ONE), keys.owner(TWO)
    assert first and second and first != second
    assert first not in ONE and ONE not in str(vars(keys))


@pytest.mark.parametrize("shown", [None, "", "wrong", ONE[:-1], ONE + " ", "열쇠", "\udcff"])
def test_anything_else_opens_nothing(shown: str | None) -> None:
    assert Keys([ONE, TWO]).owner(shown) is None


def test_without_keys_everybody_is_the_same() -> None:
    assert Keys([]).owner(None) == Keys([]).owner("anything") == NOBODY


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        ({"authorization": f"Bearer {ONE}"}, ONE),
        ({"authorization": f"bearer  {ONE} "}, ONE),
        ({"x-api-key": ONE}, ONE),
        ({"authorization": "Basic eA==", "x-api-key": ONE}, ONE),
        ({"authorization": "Bearer "}, None),
        ({}, None),
    ],
)
def test_where_a_key_is_looked_for(headers: dict[str, str], key: str | None) -> None:
    assert shown_key(headers) == key


def test_keys_of_a_variable() -> None:
    assert keys_of("one,two\n two  three,") == ("one", "two", "three")
    assert keys_of("one queue=2, two,three queue=1") == ("one queue=2", "two", "three queue=1")


def test_limits_follow_their_key_and_a_key_may_be_its_hash() -> None:
    hashed = hashlib.sha256(TWO.encode()).hexdigest()
    keys = Keys([f"{ONE} queue=5", f"sha256:{hashed}"])
    first, second = keys.owner(ONE), keys.owner(TWO)
    assert first and second and second == hashed[:12] and keys.owner(hashed) is None
    assert keys.queues == {first: 5}


@pytest.mark.parametrize(
    "entry",
    [
        f"{ONE} queue=",
        f"{ONE} queue=-1",
        f"{ONE} pages=5",
        f"{ONE}  queue=5",
        "sha256:00",
        "queue=5",
        "",
        "short",
    ],
)
def test_what_is_no_key_is_refused_and_not_shown(entry: str) -> None:
    with pytest.raises(InputError, match="16 ASCII") as caught:
        Keys([entry])
    assert ONE not in str(caught.value)


def test_a_file_of_keys_has_some(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text(f"# the first team's\n{ONE} queue=60\n\n  # {TWO}\n")
    assert keys_in(path) == (f"{ONE} queue=60",)
    path.write_text(f"# {ONE}")
    with pytest.raises(InputError, match="holds no key"):
        keys_in(path)
