"""Addresses: what is one, and a warning where others can listen."""

from __future__ import annotations

import warnings

import pytest

from sokdok.errors import InputError, SokdokWarning
from sokdok.reading.remote.address import base_address
from sokdok.reading.remote.endpoint import Endpoint

pytestmark = pytest.mark.usefixtures("no_key")


@pytest.mark.parametrize(
    "address", ["gpt-4o", "ftp://host/v1", "http://", "http://[::1", "http://host:port/v1", "http://host:0/v1"]
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(InputError, match="is no address of a server"):
        base_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "http://localhost:8000",
        "http://127.0.0.1/v1",
        "http://127.8.8.8:1/v1",
        "http://[::1]:8000/v1",
        "https://host/v1",
    ],
)
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
