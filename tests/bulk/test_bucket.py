"""Buckets that refuse, or of which something is missing: one line says so."""

import time
from pathlib import Path

import pytest

from fakes.bulk.s3 import moto_store, point_to, refusing_store
from sokdok.bulk import bucket
from sokdok.bulk.store import open_store
from sokdok.errors import EndpointError, InputError, MissingExtraError

pytest.importorskip("obstore")


def test_a_bucket_that_is_not_there_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with moto_store(monkeypatch):
        nowhere = open_store("s3://nowhere/run")
        for ask in (lambda: nowhere.create("a", b""), lambda: list(nowhere.names()), lambda: nowhere.read("a")):
            with pytest.raises(EndpointError, match="s3://nowhere/run.*no such bucket; make it") as error:
                ask()
            assert "\n" not in str(error.value)


def test_a_store_that_refuses_for_a_while_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with refusing_store(3) as (address, asked):
        point_to(address, monkeypatch)
        assert open_store("s3://bucket").create("a", b"x")
        assert asked == ["PUT /bucket/a"] * 4


def test_a_store_that_refuses_for_ever_ends_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucket, "RETRY_S", 1.0)
    with refusing_store(1_000_000) as (address, asked):
        point_to(address, monkeypatch)
        began = time.monotonic()
        with pytest.raises(EndpointError, match="s3://bucket/a: the store fails at writing .*run the same") as error:
            open_store("s3://bucket").create("a", b"x")
        assert 1 < len(asked) < 20 and time.monotonic() - began < 60 and "\n" not in str(error.value)
    with refusing_store(1_000_000, 403) as (address, asked):
        point_to(address, monkeypatch)
        with pytest.raises(EndpointError, match="does not allow writing .*AWS_ACCESS_KEY_ID") as error:
            open_store("s3://bucket").create("a", b"x")
        assert len(asked) == 1 and "\n" not in str(error.value)


def test_credentials_that_are_missing_are_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bucket, "RETRY_S", 1.0)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", "http://127.0.0.1:9")  # what tells a machine in the cloud its keys
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("GCE_METADATA_HOST", "127.0.0.1:9")
    for kind, says in (("s3", "AWS_ACCESS_KEY_ID"), ("gs", "GOOGLE_SERVICE_ACCOUNT"), ("az", "AZURE_STORAGE_ACCOUNT")):
        with pytest.raises((EndpointError, InputError), match=f"{kind}://bucket.*; set {says}") as error:
            open_store(f"{kind}://bucket").create("a", b"x")
        assert "\n" not in str(error.value)


def test_keys_of_a_profile_are_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "credentials"
    path.write_text("[default]\naws_access_key_id = one\naws_secret_access_key = two\n[work]\naws_access_key_id = x%\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(path))
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    with refusing_store(0) as (address, asked):
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        monkeypatch.setenv("AWS_REGION", "us-east-1")
        assert open_store("s3://bucket").create("a", b"x") and asked
    monkeypatch.setenv("AWS_PROFILE", "work")
    assert bucket._profile() == {"aws_access_key_id": "x%"}


@pytest.mark.parametrize("address", ["s3://", "s3:///x", "s3://bucket/../x"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(InputError, match="s3://BUCKET/PREFIX"):
        open_store(address)


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucket, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"s3://bucket needs the extra 'bulk': pip install 'sokdok\[bulk\]'"):
        open_store("s3://bucket/x")
