"""The merge: everything is accounted for, the same bytes every time, and a killed one goes on."""

import hashlib
from pathlib import Path

import pytest

from fakes.bulk.runs import Made, rows_in, write_results, write_run
from sokdok.bulk import merge as merging
from sokdok.bulk import passes
from sokdok.bulk.merge import find_manifest, merge
from sokdok.bulk.passes import Asked, Dropped, slices
from sokdok.bulk.plan import Skipped, rows_of
from sokdok.bulk.results import result_name
from sokdok.bulk.store import Store, open_store
from sokdok.errors import InputError, SokdokError

DOCUMENTS = [
    Made("set/a.pdf", ["One.", "Two.", None], {"url": "https://x.org/a", "date": "2024-05-01"}),
    Made("set/나.pdf", ["하나.", "둘."]),
    Made("set/long.pdf", [f"Page {number}." for number in range(1, 101)]),
    Made("set/bad.pdf", [None, None]),
    *(Made(f"set/{number}.pdf", [f"Number {number}."]) for number in range(20)),
]
SKIPPED = [Skipped("set/x.bin", "it is no document"), Skipped("set/b.pdf", "the same", "0" * 64, "set/a.pdf")]


@pytest.fixture(autouse=True)
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "slices", lambda units, planned: slices(units, planned, documents=5, pages=90))


def digests(store: Store) -> dict[str, str]:
    return {name: hashlib.sha256(store.read(name)).hexdigest() for name in store.names("data/")}


def test_everything_is_there_in_the_plans_order(tmp_path: Path) -> None:
    store = write_run(tmp_path, DOCUMENTS, SKIPPED)
    manifest = merge(str(tmp_path), Asked())
    found = rows_in(store)
    assert [row["metadata"]["path"] for row in found] == [one.path for one in DOCUMENTS if one.path != "set/bad.pdf"]
    first = found[0]
    assert first["text"] == "One.\n\nTwo."
    assert first["attributes"] == {"pdf_page_numbers": [[0, 4, 1], [4, 10, 2], [10, 10, 3]]}
    assert first["created"] == "2024-05-01" and first["metadata"]["url"] == "https://x.org/a" and first["added"] == ""
    assert first["metadata"]["failed_pages"] == 1 and first["metadata"]["pages"] == 3
    assert first["id"] == DOCUMENTS[0].sha256[:32] and first["source"] == "set"
    assert found[2]["text"].startswith("Page 1.\n\nPage 2.") and found[2]["text"].endswith("Page 100.")

    account = manifest.account
    assert (account.documents, account.kept, account.dropped) == (24, 23, {"empty": 1})
    assert (account.pages, account.done, account.failed) == (127, 124, 3)
    assert manifest.skipped == {"it is no document": 1, "the same": 1}
    failed = [row for name in store.names("data/dropped/") for row in rows_of(store, name, Dropped)]
    assert [(row.path, row.page, row.error) for row in failed if row.page] == [
        ("set/a.pdf", 3, "it can't be drawn"),
        ("set/bad.pdf", 1, "it can't be drawn"),
        ("set/bad.pdf", 2, "it can't be drawn"),
    ]
    for file in manifest.sinks["dolma"].files:
        data = store.read(file.name)
        assert len(data) == file.bytes and hashlib.sha256(data).hexdigest() == file.sha256
        assert len(rows_in(store, file.name)) == file.rows
    assert find_manifest(store) == manifest


@pytest.mark.process
def test_equal_inputs_give_equal_bytes_on_any_number_of_processes(tmp_path: Path) -> None:
    one, two = write_run(tmp_path / "one", DOCUMENTS, SKIPPED), write_run(tmp_path / "two", DOCUMENTS, SKIPPED)
    merge(str(tmp_path / "one"), Asked())
    merge(str(tmp_path / "two"), Asked(jobs=2))
    expected = digests(one)
    assert digests(two) == expected and len(expected) > 10
    merge(str(tmp_path / "one"), Asked())
    assert digests(one) == expected


@pytest.mark.parametrize("killed_at", range(0, 40, 3))
def test_a_merge_that_is_killed_goes_on(tmp_path: Path, killed_at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = write_run(tmp_path / "whole", DOCUMENTS, SKIPPED)
    merge(str(tmp_path / "whole"), Asked())
    store = write_run(tmp_path / "killed", DOCUMENTS, SKIPPED)
    with monkeypatch.context() as patch:
        _dies_at(killed_at, type(store), patch)
        with pytest.raises(KeyboardInterrupt):
            merge(str(tmp_path / "killed"), Asked())
            raise KeyboardInterrupt  # it was through before
    done = list(store.names("data/parts/accounts/"))
    again = _counted(monkeypatch)
    merge(str(tmp_path / "killed"), Asked())
    assert digests(store) == digests(whole)
    assert len(again) == len(list(whole.names("data/parts/accounts/"))) - len(done)


def _dies_at(puts: int, kind: type, patch: pytest.MonkeyPatch) -> None:
    replace, left = kind.replace, [puts]

    def dying(self: Store, name: str, data: bytes | Path) -> None:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        replace(self, name, data)

    patch.setattr(kind, "replace", dying)


def _counted(patch: pytest.MonkeyPatch) -> list[str]:
    run, calls = passes._Writing.run, []

    def counted(self, same):  # type: ignore[no-untyped-def]
        calls.append(self.piece.name)
        run(self, same)

    patch.setattr(passes._Writing, "run", counted)
    return calls


def test_pages_that_were_read_since_replace_the_outputs(tmp_path: Path) -> None:
    store = write_run(tmp_path, DOCUMENTS)
    merge(str(tmp_path), Asked())
    store.create("data/dolma/documents/999999.jsonl.gz", b"of an earlier merge")
    again = [Made("set/a.pdf", ["One.", "Two.", "Three, at last."])]
    write_results(store, again, attempt=2)
    manifest = merge(str(tmp_path), Asked())
    assert rows_in(store)[0]["text"] == "One.\n\nTwo.\n\nThree, at last." and manifest.account.failed == 2
    assert not store.exists("data/dolma/documents/999999.jsonl.gz")


def test_units_that_are_not_read_are_told(tmp_path: Path) -> None:
    store = write_run(tmp_path, DOCUMENTS)
    names = list(store.names("results/"))
    store.remove(names[0])
    with pytest.raises(InputError, match="1 of 27 units are not read yet; run sokdok bulk again"):
        merge(str(tmp_path), Asked())
    with pytest.raises(InputError, match="holds no plan"):
        merge(str(tmp_path / "empty"), Asked())


def test_results_that_are_damaged_or_of_other_pages_are_told(tmp_path: Path) -> None:
    store = write_run(tmp_path, DOCUMENTS)
    name = next(store.names("results/"))
    unit = name.split("/")[-1].split(".")[0]
    whole = store.read(name)
    store.replace(name, whole[:-3])
    with pytest.raises(InputError, match=f"{unit}.*damaged"):
        merge(str(tmp_path), Asked())
    other = next(other for other in store.names("results/") if len(store.read(other)) != len(whole))
    store.replace(result_name(unit), store.read(other))
    with pytest.raises(SokdokError):
        merge(str(tmp_path), Asked())
    assert find_manifest(store) is None


def test_reasons_are_few_however_many_files_are_left_out(tmp_path: Path) -> None:
    rows = [Skipped(f"x{number}.bin", f"x{number}.bin has {number} holes") for number in range(100)]
    rows += [Skipped("y", f"{'a' * number} is no word") for number in range(100)]
    write_run(tmp_path, DOCUMENTS[:1], rows)
    skipped = merge(str(tmp_path), Asked()).skipped
    assert skipped["the file has N holes"] == 100 and sum(skipped.values()) == 200
    assert len(skipped) == 65 and skipped["other reasons"] == 37


def test_accounts_that_do_not_add_up_are_no_manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = write_run(tmp_path, DOCUMENTS, SKIPPED)
    monkeypatch.setattr(merging, "read_skipped", lambda store: iter(SKIPPED[:1]))
    with pytest.raises(SokdokError, match="do not add up .files left out and their rows: 2 and 1"):
        merge(str(tmp_path), Asked())
    assert find_manifest(store) is None and open_store(str(tmp_path)).exists("data/parts/accounts/000000.json")
