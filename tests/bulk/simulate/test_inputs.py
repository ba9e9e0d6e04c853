"""Figures from a file, and those that can't be."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from sokdok.bulk.simulate.inputs import Corpus, Inputs, Node, Run, check, load_inputs
from sokdok.errors import InputError


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    inputs = Inputs(corpus=Corpus(document_pages=(3, 4)), node=Node(curve=((1, 5.0), (8, 20.0))))
    path = tmp_path / "plan.json"
    path.write_bytes(msgspec.json.encode(inputs))
    assert load_inputs(path) == inputs
    path.write_bytes(msgspec.json.encode({"inputs": inputs, "rows": []}))
    assert load_inputs(path) == inputs


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("{", "no figures of a plan"),
        ('{"corpus": {"pages": 3}}', "pages"),
        ('{"node": {"cores": "many"}}', "cores"),
        ('{"run": {"spot_losses": -1}}', "spot_losses"),
        ('{"run": {"twice_share": 1.5}}', "twice_share"),
        ('{"corpus": {"tokens_per_page": 100, "loop_share": 0.5}}', "loop_share"),
        ('{"node": {"curve": [[4, 10], [1, 5]]}}', "curve"),
        ('{"node": {"curve": []}}', "curve"),
        ('{"corpus": {"tail": 1}}', "tail"),
        ("\xff", "no figures of a plan"),
    ],
)
def test_what_makes_no_sense_is_one_line(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "figures.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match=named):
        load_inputs(path)


def test_the_defaults_are_possible() -> None:
    check(Inputs(run=Run()))
