"""Documents in a bucket: objects, and what is in archives, data sets and lists there."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.bulk.runs import write_tar, write_zip
from fakes.bulk.s3 import moto_store
from fakes.hub import Hub, serve
from sokdok.bulk import bucket
from sokdok.bulk.sources import Item, Unusable, open_source
from sokdok.bulk.store import open_store
from sokdok.errors import EndpointError, InputError

pytest.importorskip("obstore")


@pytest.fixture
def filled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    with moto_store(monkeypatch, "corpus"):
        store = open_store("s3://corpus")
        for name in ("set/a.pdf", "set/b/보고서.pdf", "set/.hidden/x.pdf", "settings/c.pdf", "set/b/100%#1.pdf"):
            store.create(name, name.encode())
        store.create("packed/x.zip", write_zip(tmp_path / "x.zip", [("one.pdf", b"1" * 5000)]))
        store.create(
            "packed/y.tar.gz", write_tar(tmp_path / "y.tar.gz", [("a.pdf", b"2"), ("b.pdf", b"3" * 9_000_000)])
        )
        rows = [{"path": "a.pdf", "url": "u"}, {"path": "s3://corpus/settings/c.pdf"}, {"path": "none.pdf"}]
        store.create("set/list.jsonl", "\n".join(map(json.dumps, rows)).encode())
        yield


def contents(address: str) -> dict[str, bytes]:
    source = open_source(address)
    found = {}
    for item in source.items():
        if isinstance(item, Item):
            with open_source(source.name).fetch(item.place) as path:
                found[item.path] = path.read_bytes()
                assert path.suffix == Path(item.path).suffix
    return found


def test_objects_and_what_is_in_them(filled: None) -> None:
    everything = contents("s3://corpus/set/")
    names = ["set/a.pdf", "set/b/100%#1.pdf", "set/b/보고서.pdf"]
    assert {name: everything[name] for name in names} == {name: name.encode() for name in names}
    assert list(everything)[:3] == names
    assert everything["a.pdf"] == b"set/a.pdf" and everything["s3://corpus/settings/c.pdf"] == b"settings/c.pdf"
    assert list(contents("s3://corpus/set/**/보*.pdf")) == ["set/b/보고서.pdf"]
    assert list(contents("s3://corpus/set/*.pdf")) == ["set/a.pdf"]
    assert list(contents("s3://corpus/set/a.pdf")) == ["a.pdf"]
    packed = contents("s3://corpus/packed")
    assert {name: len(data) for name, data in packed.items()} == {
        "packed/x.zip/one.pdf": 5000, "packed/y.tar.gz/a.pdf": 1, "packed/y.tar.gz/b.pdf": 9_000_000,
    }  # fmt: skip


def test_parquet_in_a_bucket(filled: None, tmp_path: Path) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    pq.write_table(pa.table({"pdf": [b"x", b"y"], "file_name": ["x.pdf", "y.pdf"]}), tmp_path / "p.parquet")
    open_store("s3://corpus").create("tables/p.parquet", tmp_path / "p.parquet")
    source = open_source("s3://corpus/tables/p.parquet")
    items = [item for item in source.items() if isinstance(item, Item)]
    assert [item.path for item in items] == ["p.parquet#0", "p.parquet#1"]
    with source.fetch(items[1].place) as path:
        assert path.read_bytes() == b"y" and path.suffix == ".pdf"


def test_what_is_not_there_is_told(filled: None) -> None:
    (item,) = open_source("s3://corpus/nothing").items()
    assert isinstance(item, Unusable) and "nothing under this address" in item.reason
    told = [item for item in open_source("s3://corpus/set/list.jsonl").items() if isinstance(item, Unusable)]
    assert [(item.path, item.reason) for item in told] == [("none.pdf", "set/none.pdf: no such object in s3://corpus")]
    with pytest.raises(EndpointError, match="no such bucket"):
        list(open_source("s3://nowhere/x").items())
    with pytest.raises(InputError, match="no such object"), open_source("s3://corpus/set").fetch("set/none.pdf"):
        pass


def test_a_data_set_of_the_hub_is_a_source_and_no_destination(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    constants = pytest.importorskip("huggingface_hub.constants")
    for name in ("README.md", "pdfs/한 글.pdf", "pdfs/more/b.pdf"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    with serve(Hub("owner/papers", tmp_path)) as hub:
        monkeypatch.setattr(constants, "ENDPOINT", hub.url)
        file = f"{hub.url}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", file)
        expected = {name: name.encode() for name in ("pdfs/more/b.pdf", "pdfs/한 글.pdf")}
        assert contents("hf://datasets/owner/papers/pdfs") == expected
        assert list(contents("hf://datasets/owner/papers/**/b.pdf")) == ["papers/pdfs/more/b.pdf"]
        assert list(contents("hf://datasets/owner/papers/README.md")) == ["README.md"]
        for nothing in ("owner/papers/none", "owner/none"):
            (item,) = open_source(f"hf://datasets/{nothing}").items()
            assert isinstance(item, Unusable) and "nothing under this address" in item.reason
    with pytest.raises(InputError, match="can't write to"):
        open_store("hf://datasets/owner/papers")
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(EndpointError, match="the store fails at"):
        list(open_source("hf://datasets/owner/gone").items())
    monkeypatch.setattr(bucket, "find_spec", lambda name: name != "huggingface_hub" or None)
    with pytest.raises(InputError, match="pip install huggingface_hub"):
        open_source("hf://datasets/owner/papers")
