"""Parquet and lists: documents in rows, or named by them, with what the other columns say."""

import json
from datetime import date
from pathlib import Path

import pytest

from sokdok.bulk.sources import Item, Unusable, containers, open_source
from sokdok.errors import InputError, MissingExtraError

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def write(path: Path, columns: dict[str, object], **options: object) -> Path:
    pq.write_table(pa.table(columns), path, **options)
    return path


def test_bytes_and_what_the_other_columns_say(tmp_path: Path) -> None:
    rows = 100
    columns = {
        "content": [b"%d" % number for number in range(rows)],
        "url": [f"https://x.org/{number}" for number in range(rows)],
        "date": [date(2024, 5, 1)] * rows,
        "file_name": [f"문서 {number}.pdf" for number in range(rows)],
        "embedding": [[1.0, 2.0]] * rows,
    }
    source = open_source(str(write(tmp_path / "set.parquet", columns, row_group_size=7)))
    items = list(source.items())
    assert len(items) == rows and all(isinstance(item, Item) for item in items)
    assert items[17].path == "set.parquet#17" and items[17].size == -1  # type: ignore[union-attr]
    meta = {"url": "https://x.org/17", "date": "2024-05-01", "file_name": "문서 17.pdf"}
    assert items[17].meta == meta  # type: ignore[union-attr]
    for number in [*range(30), 99, 3, 0, 50, 50]:
        with source.fetch(items[number].place) as path:  # type: ignore[union-attr]
            assert path.read_bytes() == b"%d" % number and path.suffix == ".pdf"


def test_the_structures_of_the_datasets_library(tmp_path: Path) -> None:
    rows = [{"bytes": b"one", "path": "one.png"}, {"bytes": None, "path": "two.png"}]
    source = open_source(str(write(tmp_path / "x.parquet", {"image": rows, "label": [1, 2]})))
    one, two = source.items()
    assert isinstance(one, Item) and one.meta == {"label": "1", "file_name": "one.png"}
    with source.fetch(one.place) as path:
        assert path.read_bytes() == b"one" and path.suffix == ".png"
    with pytest.raises(InputError, match="row 1 of x.parquet holds no bytes"), source.fetch(two.place):  # type: ignore[union-attr]
        pass


def test_rows_that_name_files_stay_in_their_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.pdf").write_bytes(b"secret")
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "a.pdf").write_bytes(b"a")
    names = ["a.pdf", "../secret.pdf", str(tmp_path / "secret.pdf"), "none.pdf", None]
    source = open_source(str(write(tmp_path / "set" / "x.parquet", {"path": names, "license": ["CC0"] * 5})))
    items = list(source.items())
    assert isinstance(items[0], Item) and items[0].meta == {"license": "CC0"}
    with source.fetch(items[0].place) as path:
        assert path == tmp_path / "set" / "a.pdf"
    told = [item.reason for item in items[1:] if isinstance(item, Unusable)]
    assert len(told) == 4 and "outside" in told[0] and "outside" in told[1]
    assert "no such file" in told[2] and "names no file" in told[3]


def test_what_is_no_parquet_or_has_no_documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.parquet").write_bytes(b"PAR1 nonsense")
    (item,) = open_source(str(tmp_path / "x.parquet")).items()
    assert isinstance(item, Unusable) and "no Parquet" in item.reason
    write(tmp_path / "x.parquet", {"text": ["a"]})
    (item,) = open_source(str(tmp_path / "x.parquet")).items()
    assert isinstance(item, Unusable) and "no column" in item.reason
    monkeypatch.setattr(containers, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"sokdok\[bulk\]"):
        list(open_source(str(tmp_path / "x.parquet")).items())


def test_a_list_names_files_anywhere(tmp_path: Path) -> None:
    (tmp_path / "else").mkdir()
    (tmp_path / "else" / "a.pdf").write_bytes(b"a")
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "b.pdf").write_bytes(b"b")
    rows = [
        {"path": str(tmp_path / "else" / "a.pdf"), "url": "https://x.org", "license": "CC-BY-4.0"},
        {"file_name": "b.pdf"},
        {"path": "../else/a.pdf"},
        {"path": "none.pdf"},
        {"url": "https://x.org"},
    ]
    lines = [json.dumps(row) for row in rows] + ["", "{broken", "[1]", "[" * 5000]
    (tmp_path / "lists" / "x.jsonl").write_text("\n".join(lines))
    source = open_source(str(tmp_path / "lists" / "x.jsonl"))
    found = list(source.items())
    items = [item for item in found if isinstance(item, Item)]
    assert items[0].meta == {"url": "https://x.org", "license": "CC-BY-4.0"}
    data = []
    for item in items:
        with source.fetch(item.place) as path:
            data.append(path.read_bytes())
    assert data == [b"a", b"b", b"a"]
    told = {item.path: item.reason for item in found if isinstance(item, Unusable)}
    assert list(told) == ["none.pdf", "x.jsonl:5", "x.jsonl:7", "x.jsonl:8", "x.jsonl:9"]
    assert "names no file" in told["x.jsonl:5"] and "no JSON" in told["x.jsonl:7"]


def test_a_line_without_end_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"path": "' + "a" * (3 << 20))
    (item,) = open_source(str(tmp_path / "x.jsonl")).items()
    assert isinstance(item, Unusable) and "line of more than" in item.reason
