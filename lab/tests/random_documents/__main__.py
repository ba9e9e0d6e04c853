"""`PYTHONPATH=src:lab/tests python -m random_documents FOLDER --browser 1000 --sheets 200 --picture 100 --seed 7`.

Then `sokdok bench loss --documents FOLDER` counts what of them is lost.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from random_documents.make import KINDS, make_documents


def main() -> None:
    parser = argparse.ArgumentParser(prog="random_documents", description="Make random documents and their words.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    for kind in KINDS:
        parser.add_argument(f"--{kind}", type=int, default=0, metavar="COUNT")
    asked = parser.parse_args()
    made = make_documents(asked.folder, {kind: getattr(asked, kind) for kind in KINDS}, asked.seed)
    print(f"{len(made)} documents in {asked.folder}")


if __name__ == "__main__":
    main()
