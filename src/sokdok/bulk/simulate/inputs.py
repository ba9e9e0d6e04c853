"""What a plan is made from: the corpus, the reader on one node, and the run; each number with its unit and its bounds.

- Plain data, read from JSON and written to it, so that a plan's `inputs` are a file that the next plan starts from.
- Defaults are assumptions, and every plan lists them with its answer, in the words that stand here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from sokdok.errors import InputError

_LARGE = 1e9


def _number(description: str, least: float = 0.0, most: float = _LARGE) -> Meta:
    return Meta(ge=least, le=most, description=description)


def _positive(description: str) -> Meta:
    return Meta(gt=0, le=_LARGE, description=description)


def _count(description: str, least: int = 1) -> Meta:
    return Meta(ge=least, le=int(_LARGE), description=description)


class Corpus(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is read."""

    pages_per_document: Annotated[float, _number("mean, of a distribution with a heavy tail", 1)] = 4.5
    tail: Annotated[
        float, _number("exponent of that tail: there are n^-tail as many documents n times as long", 1.05, 100)
    ] = 1.8
    document_pages: Annotated[
        tuple[Annotated[int, Meta(ge=1)], ...], Meta(description="pages, drawn from at random instead")
    ] = ()
    exact_share: Annotated[float, _number("of pages: their text layer says all, no reader sees them", 0, 1)] = 0.0
    tokens_per_page: Annotated[float, _number("mean of what the reader writes, loops included", 1)] = 750.0
    tokens_spread: Annotated[float, _number("standard deviation of their logarithm", 0, 5)] = 0.6
    loop_share: Annotated[float, _number("of read pages: they repeat themselves until the cap", 0, 0.99)] = 0.005
    token_cap: Annotated[int, _count("most tokens of a page")] = 8_192
    bad_page_share: Annotated[float, _number("of pages: they fail and are rows with a reason", 0, 1)] = 0.001


class Node(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One machine, or one card of one, and the reader on it."""

    name: Annotated[str, Meta(description="what a node is")] = "a card of 2,500 tokens/s"
    cores: Annotated[int, _count("processor cores that render and put pages together")] = 8
    render_s: Annotated[float, _number("of a core, to draw a page")] = 0.010
    post_s: Annotated[float, _number("of a core, to put a read page together")] = 0.010
    exact_s: Annotated[float, _number("of a core, for a page that no reader sees")] = 0.043
    unit_s: Annotated[float, _number("of a core, to look at a unit's file, open it, write the result")] = 0.1
    api_servers: Annotated[int, _count("processes that prepare pictures, one at a time; 0: not needed", 0)] = 1
    prepare_s: Annotated[float, _number("of an API server, for a picture")] = 0.0714
    curve: Annotated[
        tuple[tuple[Annotated[int, Meta(ge=1)], Annotated[float, Meta(gt=0, le=_LARGE)]], ...],
        Meta(min_length=1, description="tokens/s by pages read at once; a power law between, no faster beyond"),
    ] = ((1, 100.0), (64, 2_500.0))
    most_at_once: Annotated[int, _count("pages that the reader takes at once")] = 128
    queue: Annotated[int, _count("prepared pages that may wait; a full queue stops what is before it")] = 32
    serial: Annotated[bool, Meta(description="a unit's pages one by one: the reader is within a worker")] = False
    units: Annotated[int, _count("in hand at once")] = 32
    price_per_hour: Annotated[float, _number("in dollars")] = 2.0


class Run(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What may happen to a run, and how it is driven."""

    start_s: Annotated[float, _number("from renting a node to its first page")] = 180.0
    fixed_s: Annotated[float, _number("before the first node reads and behind the last page")] = 0.0
    largest_first: Annotated[bool, Meta(description="the order of units")] = True
    twice_share: Annotated[float, _number("of units: the last ones, which idle nodes do too", 0, 1)] = 0.01
    spot_losses: Annotated[float, _number("nodes lost, each node and hour")] = 0.02
    replace_s: Annotated[float, _number("until a lost node has a successor, its start apart")] = 300.0
    crashes: Annotated[float, _number("of the reader, each node and hour; its units are done again")] = 0.01
    restart_s: Annotated[float, _number("of a reader that crashed")] = 60.0
    retry_share: Annotated[float, _number("of pages: they are read a second time", 0, 1)] = 0.02
    slow_share: Annotated[float, _number("of nodes: they are slower", 0, 1)] = 0.05
    slow_speed: Annotated[float, Meta(gt=0, le=1, description="of those, of the others' speed")] = 0.7
    deadly_share: Annotated[float, _number("of units: they end their reader, twice, and fail", 0, 1)] = 0.0


class Inputs(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All of it."""

    corpus: Corpus = Corpus()
    node: Node = Node()
    run: Run = Run()


Part = TypeVar("Part", Corpus, Node, Run)


def load_inputs(path: Path) -> Inputs:
    """Read inputs, or a whole plan that was written as JSON. Raises InputError that names the field."""
    try:
        data = msgspec.json.decode(path.read_bytes())
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise InputError(f"{path} holds no figures of a plan: `sokdok bulk plan --json` prints some") from None
    return _checked(data["inputs"] if isinstance(data, dict) and "inputs" in data else data, f"{path}: ")


def check(inputs: Inputs) -> None:
    """Raise InputError for the first figure that can't be."""
    _checked(msgspec.to_builtins(inputs), "")


def changed(part: Part, **values: Any) -> Part:
    """A copy with those values that are not None."""
    return msgspec.structs.replace(part, **{name: value for name, value in values.items() if value is not None})


def described(part: Corpus | Node | Run) -> list[tuple[str, Any, str]]:
    """Each figure: its name, its value, and what it is."""
    kind = msgspec.inspect.type_info(type(part))
    assert isinstance(kind, msgspec.inspect.StructType)
    return [(field.name, getattr(part, field.name), _description(field.type)) for field in kind.fields]


def _description(kind: msgspec.inspect.Type) -> str:
    assert isinstance(kind, msgspec.inspect.Metadata)
    return str((kind.extra_json_schema or {}).get("description", ""))


def _checked(data: Any, where: str) -> Inputs:
    try:
        inputs = msgspec.convert(data, Inputs)
    except msgspec.ValidationError as error:
        raise InputError(f"{where}{error}") from None
    corpus = inputs.corpus
    if corpus.tokens_per_page <= corpus.loop_share * corpus.token_cap:
        at_loops = f"loops alone write {corpus.loop_share * corpus.token_cap:,.0f} tokens a page"
        raise InputError(f"{where}tokens_per_page is {corpus.tokens_per_page:g}, but {at_loops}: lower loop_share")
    if corpus.tokens_per_page > corpus.token_cap:
        raise InputError(f"{where}tokens_per_page is {corpus.tokens_per_page:g}, above token_cap: raise that")
    counts = [count for count, _ in inputs.node.curve]
    if counts != sorted(set(counts)):
        raise InputError(f"{where}curve: write pages at once in rising order")
    return inputs
