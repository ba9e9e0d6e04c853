"""Write the checksums of nano's files anew: `python scripts/write_checksums.py [FOLDER]`, or `make checksums`.

Needed after a file of the bundled checkpoint was replaced by hand; `sokdok models export` and `assemble_nano.py` write
them by themselves. `tests/model/checkpoints/test_manifest.py` fails until they match.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from sokdok_lab.training.checkpoint import write_checksums

NANO = Path(__file__).resolve().parents[1] / "src" / "sokdok" / "nano"


def main() -> None:
    """Read the options, write, and print which file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=NANO, help="default: the bundled checkpoint")
    print(write_checksums(parser.parse_args().folder))


if __name__ == "__main__":
    main()
