"""The rules of `recipes/quality.yaml` as a table: what each measures, and its limits by language."""

from __future__ import annotations

from sokdok.bulk.quality.recipe import Limit, load_recipe
from sokdok.bulk.quality.rules import WORDS

LANGUAGES = {"": "any language", "en": "English", "ko": "Korean", "ja": "Japanese", "zh": "Chinese"}


def table() -> str:
    """Markdown: a row a rule, a column a language; nothing where it has none of its own."""
    recipe = load_recipe()
    limits = {language: recipe.limits(language) for language in LANGUAGES}
    names = dict.fromkeys(name for found in limits.values() for name in found)
    rows = [f"| tag | measures | {' | '.join(LANGUAGES.values())} |", f"|---|---|{'---|' * len(LANGUAGES)}"]
    for name in names:
        cells = [_cell(limits[language].get(name), limits[""].get(name), language) for language in LANGUAGES]
        rows.append(f"| `{name}` | {WORDS[name]} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _cell(limit: Limit | None, of_any: Limit | None, language: str) -> str:
    """A limit; nothing where a language has that of all others, a dash where it has none."""
    if limit is None:
        return "" if of_any is None else "–"
    if language and limit == of_any:
        return ""
    parts = [f"≥ {limit.least:,g}"] if limit.least is not None else []
    parts += [f"≤ {limit.most:,g}"] if limit.most is not None else []
    return f"{', '.join(parts)}{' *' if limit.paper == 'tag' else ''}"
