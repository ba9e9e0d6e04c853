"""Check an installed sokdok without extras: its size, its demo, and that every module imports or names an extra.

    VENV/bin/python scripts/check_base_install.py        # VENV: a fresh environment, nothing but `pip install sokdok`

- Every module of the package is imported, one by one. A module may need an extra (the published architecture is written
  in torch); then what is missing must be a library of one of the declared extras and nothing else.
- The size is what lies in site-packages, pip and setuptools apart: what a user downloads and keeps.
- `scripts/check_wheel.sh` builds the wheel, makes the environment and runs this in it.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
import sys
import sysconfig
from collections import Counter
from importlib.metadata import packages_distributions, requires
from pathlib import Path

MOST_MEGABYTES = 236  # that the base install may take
TOOLS = ("pip", "setuptools", "_distutils_hack", "wheel")  # what an environment holds for itself
IMPORTED_AS = {"fonttools": "fontTools", "pyyaml": "yaml", "mcp": "mcp", "quicktok-v1": "quicktok", "rdkit": "rdkit"}
"""distributions that are not imported by their own name"""


def main() -> None:
    """Print what was found; leave with 1 where a rule is broken."""
    broken = [*check_size(), *check_imports(), *check_demo()]
    for line in broken:
        print("base install:", line, file=sys.stderr)
    raise SystemExit(bool(broken))


def check_size() -> list[str]:
    """What is wrong with the size of site-packages."""
    folder = Path(sysconfig.get_path("purelib"))
    files = [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    sizes: dict[str, int] = {}
    for path in files:
        top = path.relative_to(folder).parts[0].removesuffix(".libs").partition("-")[0].lower()
        if not top.startswith(TOOLS):
            sizes[top] = sizes.get(top, 0) + path.stat().st_size
    total = sum(sizes.values()) / 1e6
    largest = sorted(sizes.items(), key=lambda item: -item[1])[:6]
    print(f"base install: {total:.0f} MB, of them " + ", ".join(f"{name} {size / 1e6:.0f}" for name, size in largest))
    return [f"{total:.0f} MB are more than {MOST_MEGABYTES}"] if total > MOST_MEGABYTES else []


def check_imports() -> list[str]:
    """What is wrong with modules that cannot be imported."""
    import sokdok
    from sokdok.errors import MissingExtraError

    broken: list[str] = []
    waiting: list[str] = []  # the library or the extra that each module waits for
    modules = sorted(info.name for info in pkgutil.walk_packages(sokdok.__path__, "sokdok.", onerror=lambda name: None))
    for name in modules:
        try:
            importlib.import_module(name)
        except MissingExtraError as error:
            waiting.append(f"the extra {error.extra}")
        except ModuleNotFoundError as error:
            library = (error.name or "").partition(".")[0]
            if library not in extra_libraries():
                broken.append(f"{name} needs {library!r}, which is no library of an extra")
            else:
                waiting.append(library)
        except Exception as error:
            broken.append(f"{name} does not import: {error!r}")
    needs = ", ".join(f"{count} need {what}" for what, count in Counter(waiting).items())
    here = len(modules) - len(waiting)
    print(f"base install: {here} of {len(modules)} modules import; {needs or 'none needs an extra'}")
    return broken


def extra_libraries() -> set[str]:
    """Import names of what the extras install and the base does not."""
    wanted = [line for line in requires("sokdok") or [] if "extra ==" in line]
    names = {re.split(r"[^A-Za-z0-9_.-]", line, maxsplit=1)[0].lower() for line in wanted} - {"sokdok"}
    here = {name.lower() for names in packages_distributions().values() for name in names}
    return {IMPORTED_AS.get(name, name.replace("-", "_")) for name in names - here}


def check_demo() -> list[str]:
    """What is wrong with `sokdok demo`."""
    command = Path(sys.executable).with_name("sokdok")
    run = subprocess.run([command, "demo"], capture_output=True, text=True, timeout=300)
    lines = [line for line in (run.stdout + run.stderr).splitlines() if line.strip()]
    print("base install: sokdok demo:", " | ".join(lines[-3:]))
    return [] if run.returncode == 0 else [f"sokdok demo leaves with {run.returncode}: {lines[-1:]}"]


if __name__ == "__main__":
    main()
