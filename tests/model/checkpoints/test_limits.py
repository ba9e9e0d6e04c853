"""The limits of checkpoints in the documentation are those of the code."""

from pathlib import Path

from sokdok.model import config
from sokdok.model.checkpoints import checkpoint, files, tokenizer
from sokdok.reading.nano import session

PAGE = Path(__file__).parents[3] / "docs" / "limits.md"
ROWS = {
    "header of a safetensors file, config.json, the index of shards": f"{files.MOST_HEADER_BYTES >> 20} MB",
    "tokenizer.json": f"{tokenizer.MOST_BYTES >> 20} MB",
    "a graph of nano's, whose weights lie beside it": f"{session.MOST_GRAPH_BYTES >> 20} MB",
    "dimensions of a tensor, characters of its name": f"{files.MOST_DIMENSIONS}, {files.MOST_NAME_CHARACTERS}",
    "layers of an encoder or decoder": f"{config.MOST_LAYERS:,}",
    "experts of all layers": f"{config.MOST_EXPERTS:,}",
    "shards": f"{checkpoint._MOST_SHARDS:,}",
}


def test_the_table_is_the_codes() -> None:
    assert files.MOST_JSON_BYTES == files.MOST_HEADER_BYTES  # in one row
    section = PAGE.read_text(encoding="utf-8").partition("## Checkpoints from strangers")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")][1:]
    assert dict(rows) == ROWS
