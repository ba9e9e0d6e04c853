"""A run from one bucket into another: read by worker processes, merged, and looked at."""

import json
from pathlib import Path

import pytest

from fakes.bulk.corpus import write_corpus
from fakes.bulk.runs import rows_in, write_zip
from fakes.bulk.s3 import moto_store
from sokdok.bulk.store import open_store

pytest.importorskip("obstore")

pytestmark = pytest.mark.process


def test_a_corpus_in_a_bucket_becomes_data_in_another(run, monkeypatch: pytest.MonkeyPatch) -> None:
    with moto_store(monkeypatch, "corpus", "made"):
        write_corpus(Path("files"), a=3, 나=2)
        store = open_store("s3://corpus")
        store.create("set/나.pdf", Path("files/나.pdf"))
        data = Path("files/a.pdf").read_bytes()
        write_zip(Path("x.zip"), [("a.pdf", data), ("same.pdf", data)])
        store.create("set/x.zip", Path("x.zip"))
        arguments = ("s3://corpus/set", "-o", "s3://made/run", "--source", "text-layer", "-j", 2)
        arguments = (*arguments, "--to", "dolma,webdataset")
        result = run("bulk", *arguments)
        assert result.exit_code == 0, result.output
        assert result.stdout.splitlines() == ["s3://made/run/data/dolma", "s3://made/run/data/webdataset"]
        made = open_store("s3://made/run")
        assert [row["metadata"]["path"] for row in rows_in(made)] == ["set/x.zip/a.pdf", "set/나.pdf"]
        assert json.loads(made.read("data/manifest.json"))["sinks"]["webdataset"]["rows"] == 5
        status = run("bulk", "status", "s3://made/run")
        assert "5 of 5 pages (100.0%)" in status.stdout and "1 file left out" in status.stdout
        again = run("bulk", *arguments)
        assert again.exit_code == 0 and "all 5 pages were read before" in again.stderr
