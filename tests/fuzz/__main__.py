"""`python -m fuzz TARGET [libFuzzer's options]`: one target, guided by coverage, until it fails or time is up."""

from __future__ import annotations

import sys

import atheris

from fuzz.targets import CORPUS, TARGETS

ROOMS = [f"sokdok.{room}" for room in ("documents", "figures", "memory", "office", "tables", "reading.remote")]


def main() -> None:
    """Instrument the package, prepare the target and hand it to libFuzzer."""
    name, *options = sys.argv[1:]
    with atheris.instrument_imports(include=[*ROOMS, "sokdok.model.checkpoints"]):
        run = TARGETS[name]()
    for seed in (CORPUS / name).iterdir():  # what is loaded at first use is no hang
        run(seed.read_bytes())
    atheris.Setup([sys.argv[0], *options], run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
