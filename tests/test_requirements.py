"""A release's lock files: they hold what pyproject.toml asks for, every file by its hash, and no registry's address."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = (
    "figures", "office", "pdf", "ocrmypdf", "pandas", "remote", "tokens", "mcp", "langchain", "bulk", "serve", "ray",
)  # fmt: skip
ASKED = {
    "base": PROJECT["dependencies"],
    "extras": PROJECT["dependencies"] + [line for extra in EXTRAS for line in PROJECT["optional-dependencies"][extra]],
}


def entries(name: str) -> list[str]:
    """What is pinned, each with the hashes behind it."""
    text = (ROOT / "requirements" / f"{name}.lock").read_text()
    joined = re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n?", "", text, flags=re.MULTILINE))
    return [line.strip() for line in joined.splitlines() if line.strip()]


@pytest.mark.parametrize("name", ASKED)
def test_every_file_has_its_hash_and_no_address(name: str) -> None:
    for entry in entries(name):
        pin, *hashes = re.split(r"\s+--hash=", entry)
        assert re.fullmatch(r"[\w.-]+==[\w.]+( ; .*)?", pin) and hashes
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest) for digest in hashes)
    assert "://" not in (ROOT / "requirements" / f"{name}.lock").read_text()


@pytest.mark.parametrize("name", ASKED)
def test_the_lock_holds_what_the_project_asks_for(name: str) -> None:
    """If not, a requirement was changed: `make lock`."""
    pinned: dict[str, set[str]] = {}
    for entry in entries(name):
        pin = Requirement(re.split(r"\s+--hash=", entry)[0])
        pinned.setdefault(canonicalize_name(pin.name), set()).add(str(pin.specifier).removeprefix("=="))
    for line in ASKED[name]:
        asked = Requirement(line.split("#")[0])
        if asked.name == "sokdok":  # another extra, which is in the list as well
            assert asked.extras <= set(EXTRAS)
            continue
        versions = pinned[canonicalize_name(asked.name)]
        assert versions and all(asked.specifier.contains(version) for version in versions), line


def test_makefile_locks_these_extras() -> None:
    assert f"LOCKED_EXTRAS := {' '.join(EXTRAS)}\n" in (ROOT / "Makefile").read_text()
