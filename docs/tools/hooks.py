"""What MkDocs calls while it builds the site: pages and tables that are made from the code and from measured numbers.

- `reference/command-line.md` from the commands, `reference/changes.md` from CHANGELOG.md, `security.md` from
  SECURITY.md.
- In a page `{{ numbers }}` becomes the tables of docs/numbers/*.json, `{{ numbers NAME }}` one of them, `{{ public }}`
  the public API, `{{ rooms }}` the packages in their order, `{{ rules }}` the rules of `recipes/quality.yaml`.
- After the build: no page may load anything from another host.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import command_line
import modules
import numbers_tables
import rules_table
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parent.parent.parent
MADE = {
    "numbers": numbers_tables.all_tables,
    "public": modules.public_page,
    "rooms": modules.rooms,
    "rules": rules_table.table,
}
COPIED = {"reference/changes.md": "CHANGELOG.md", "security.md": "SECURITY.md"}


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that are made from something else."""
    pages = {"reference/command-line.md": command_line.page()}
    pages |= {page: _copied(page, ROOT / source) for page, source in COPIED.items()}
    for uri, content in pages.items():
        files.append(File.generated(config, uri, content=content))
    return files


def _copied(page: str, source: Path) -> str:
    """A file of the repository's root as a page: what it links to in docs/ lies elsewhere from there."""
    return source.read_text(encoding="utf-8").replace("](docs/", f"]({'../' * page.count('/')}")


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Fill in what is made from numbers and code."""
    markdown = re.sub(r"\{\{ numbers ([\w-]+) \}\}", lambda match: numbers_tables.table(match.group(1)), markdown)
    for name, made in MADE.items():
        if f"{{{{ {name} }}}}" in markdown:
            markdown = markdown.replace(f"{{{{ {name} }}}}", made())
    return markdown


def on_post_build(config: Any) -> None:
    """Raise PluginError where a page would load something from another host."""
    loads = re.compile(
        r"""<(?:script|img|iframe|source|video|audio)\b[^>]*\bsrc=["']?(?:https?:)?//|@import|"""
        r"""<link\b(?![^>]*rel=["']?(?:canonical|prev|next))[^>]*\bhref=["']?(?:https?:)?//"""
    )
    strangers = [
        path.relative_to(config.site_dir).as_posix()
        for path in Path(config.site_dir).rglob("*.html")
        if loads.search(path.read_text(encoding="utf-8"))
    ]
    if strangers:
        raise PluginError(f"these pages load from other hosts: {', '.join(sorted(strangers))}")
