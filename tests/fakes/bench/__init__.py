"""A reader with controlled errors, and files to test with."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sokdok.model.nano.alphabet import Alphabet, default_chars
from sokdok.model.preprocess import MODES, vision_token_count
from sokdok.pages import Page, text_of
from sokdok.reading.reading import Abilities, Reading

ABILITIES = Abilities(
    alphabet=Alphabet(default_chars()).code_points, modes=tuple(MODES), decoders=("auto", "autoregressive", "parallel")
)


@dataclass
class FakeReader:
    """Reads drawn pages without looking: the truth, damaged by `damage(text, decoder)`."""

    damage: Callable[[str, str], str] = lambda text, decoder: text
    status: str = "ok"
    originals: dict[str, str] = field(default_factory=dict)  # text by file name, for pages that sokdok did not draw
    name: str = "fake"
    batches: list[int] = field(default_factory=list)
    abilities: Abilities = ABILITIES

    def read(
        self, pages: Iterable[Page], prompt: str = "", *, batch_size: int = 8, decoder: str | None = None, **_: object
    ) -> Iterator[Reading]:
        self.batches.append(batch_size)
        for index, page in enumerate(pages):
            assert page.layout or not decoder, "nano chooses no decoder for pages that sokdok did not draw"
            text = text_of(page.layout.symbols) if page.layout else self.originals[Path(page.source).name]
            mode = next(name for name, mode in MODES.items() if (mode.base, mode.base) == page.size)
            count = vision_token_count(mode)
            read = self.damage(text, decoder or "auto")
            counts = {"vision_tokens": count.paper, "sequence_tokens": count.real}
            yield Reading(index, page.source, self.status, read, decoder or "auto", mode, seconds=0.5, **counts)  # type: ignore[arg-type]


def write_manifest(folder: Path, rows: list[dict[str, object]]) -> None:
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    (folder / "manifest.jsonl").write_text("\n".join(lines) + "\n\n", encoding="utf-8")
