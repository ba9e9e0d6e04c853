"""Batches whose rows come and go, on a model that says what it is told to."""

from types import SimpleNamespace
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from sokdok.model.config import DecoderConfig  # noqa: E402
from sokdok.model.family.decoder import KVCache  # noqa: E402
from sokdok.reading.checkpoint.generation import Generator, Outcome, Request, choose, out_of_memory, page_generator  # noqa: E402  # noqa: E402
from sokdok.reading.checkpoint.loop_guard import GUARDS, RETRY, NoRepeatNgram  # noqa: E402
from sokdok.reading.reading import Sampling  # noqa: E402

EOS, VOCAB, OTHER = 1, 700, 699
DECODER = DecoderConfig(hidden=8, layers=1, heads=1, head_dim=8, dense_ffn=8, vocab=VOCAB, max_positions=4096)


class Scripted:
    """Says page p's script token by token, `OTHER` where the next token is banned; p is the prompt's last id.

    Which page a row reads is written into the cache itself, so that a row moved wrongly says the wrong thing.
    """

    def __init__(self, *scripts: list[int], config: DecoderConfig = DECODER) -> None:
        self.scripts = scripts
        self.config = SimpleNamespace(decoder=config, eos_token_id=EOS)
        weight = SimpleNamespace(weight=torch.zeros(1))
        self.model, self.lm_head = SimpleNamespace(embed_tokens=weight), weight
        self.batches: list[int] = []

    def __call__(self, ids: Any, images: Any = (), *, cache: KVCache, last_only: bool = False) -> Any:
        cache.begin(ids.shape[1])
        first = bool((cache.lengths == 0).all())
        if first:
            cache._buffer[0, 0, :, 0, 0, 0] = ids[:, -1].float()
        cache.advance(ids.shape[1])
        self.batches.append(len(ids))
        logits = torch.full((len(ids), 1, VOCAB), -10.0)
        steps = (cache.lengths - cache.prefixes).tolist()
        for row, (page, step) in enumerate(zip(cache._buffer[0, 0, :, 0, 0, 0].int().tolist(), steps, strict=True)):
            script = self.scripts[page]
            logits[row, 0, OTHER] = 5.0
            logits[row, 0, script[step] if step < len(script) else EOS] = 10.0
        return logits


def requests(model: Scripted, guard: NoRepeatNgram | None = None, prompt: int = 3) -> list[Request]:
    """One a script; prompts of different lengths."""
    return [Request(page, [0] * (prompt + page % 3) + [page], (), guard) for page in range(len(model.scripts))]


def run(
    model: Scripted, rows: int = 3, max_tokens: int = 3000, guard: NoRepeatNgram | None = None, prompt: int = 3
) -> dict[int, Outcome]:
    generator = Generator(model, rows, prompt + 3, max_tokens, Sampling())  # type: ignore[arg-type]
    return {outcome.page: outcome for outcome in generator.run(requests(model, guard, prompt))}


def story(page: int, length: int) -> list[int]:
    return [2 + (page * 97 + step * step * 31 + step) % 600 for step in range(length)]


@pytest.mark.parametrize("rows", [1, 2, 5, 20])
def test_every_page_says_its_own_text_whatever_it_is_read_beside(rows: int) -> None:
    scripts = [story(page, length) for page, length in enumerate([5, 1, 40, 7, 7, 0, 23, 2, 11])]
    model = Scripted(*scripts)
    outcomes = run(model, rows)
    assert [outcomes[page].tokens for page in range(len(scripts))] == scripts
    assert {outcome.status for outcome in outcomes.values()} == {"ok"}
    assert max(model.batches) <= rows


def test_a_finished_row_gives_its_place_to_the_next_page() -> None:
    """A long page beside short ones: with two rows the model is called about as often as the long page has tokens."""
    model = Scripted(story(0, 60), *[story(page, 9) for page in range(1, 7)])
    outcomes = run(model, rows=2)
    assert len(outcomes) == 7
    assert len(model.batches) < 60 + 7 + 5


def test_requests_are_taken_as_rows_become_free() -> None:
    model = Scripted(*[story(page, 10) for page in range(6)])
    taken: list[int] = []

    def stream() -> Any:
        for request in requests(model):
            taken.append(request.page)
            yield request

    generator = Generator(model, 2, 8, 100, Sampling())  # type: ignore[arg-type]
    next(generator.run(stream()))
    assert taken == [0, 1]


@pytest.mark.parametrize("period", [1, 13, 61, 62, 200])
def test_a_loop_is_tried_again_and_then_returned_as_such(period: int) -> None:
    unit = story(3, period)
    start = [650 + step for step in range(20)]
    model = Scripted(start + unit * (3000 // period), story(1, 12))
    outcome = run(model, max_tokens=2900)[0]
    # The second attempt is broken by its guard, and says so; what it says after the break is this model's own affair.
    assert outcome.retried == str(RETRY)
    assert outcome.tokens[: 20 + period] == start + unit


def test_a_page_that_loops_twice_keeps_its_text_up_to_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    blind = NoRepeatNgram(30, 30)  # a guard that sees nothing
    monkeypatch.setattr("sokdok.reading.checkpoint.generation.RETRY", blind)
    unit = story(3, 13)
    outcomes = run(Scripted([650, 651, *unit * 100], story(1, 12)))
    assert outcomes[0].status == "looped"
    assert outcomes[0].tokens == [650, 651, *unit]
    assert len(outcomes[0].logprobs) == len(outcomes[0].tokens)
    assert outcomes[1].status == "ok"


def test_tables_that_repeat_by_right_pass() -> None:
    row = [670, *[671, 672] * 10, 673]  # <tr><td></td>…</tr>, twelve times
    outcomes = run(Scripted([*story(0, 30), *row * 12, *story(1, 30)]))
    assert (outcomes[0].status, outcomes[0].retried) == ("ok", "")


def test_the_published_guard_breaks_a_short_loop_at_once() -> None:
    outcome = run(Scripted([7, 8, 9] * 400), guard=GUARDS["image"])[0]
    assert OTHER in outcome.tokens[:40]


def test_length_and_context_are_statuses() -> None:
    model = Scripted(story(0, 50), story(1, 3))
    outcomes = run(model, max_tokens=20)
    assert (outcomes[0].status, len(outcomes[0].tokens)) == ("truncated", 20)
    assert outcomes[1].status == "ok"


def test_prompt_and_output_share_the_context() -> None:
    from msgspec.structs import replace

    outcomes = run(Scripted(story(0, 50), config=replace(DECODER, max_positions=24)), prompt=3)
    assert (outcomes[0].status, len(outcomes[0].tokens)) == ("truncated", 20)
    full = run(Scripted(story(0, 50), story(1, 2), config=replace(DECODER, max_positions=4)), prompt=3)
    assert full[0].status == "failed" and "no room in 4" in full[0].error


def test_running_out_of_memory_costs_one_page(monkeypatch: pytest.MonkeyPatch) -> None:
    model = Scripted(*[story(page, 10) for page in range(4)])
    say = Scripted.__call__

    def short(self: Scripted, ids: Any, images: Any = (), **options: Any) -> Any:
        if ids[0, -1] == 2 and ids.shape[1] > 1:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory")
        return say(self, ids, images, **options)

    monkeypatch.setattr(Scripted, "__call__", short)
    outcomes = run(model, rows=1)
    assert {page: outcome.status for page, outcome in outcomes.items()} == {0: "ok", 1: "ok", 2: "failed", 3: "ok"}
    assert "read fewer pages at a time" in outcomes[2].error
    with pytest.raises(RuntimeError, match="shapes"):  # a fault of ours
        out_of_memory(RuntimeError("shapes do not fit"))


def test_the_likeliest_token_or_one_of_the_likely() -> None:
    logits = torch.tensor([[0.0, 3.0, 2.9, -5.0]])
    probability = logits.softmax(-1)[0]
    (token, logprob), *_ = choose(logits.clone(), [set()], Sampling(), [torch.Generator()])
    assert token == 1 and logprob == pytest.approx(float(probability[1].log()))
    (token, logprob), *_ = choose(logits.clone(), [{1}], Sampling(), [torch.Generator()])
    assert token == 2 and logprob == pytest.approx(float(probability[2].log()))  # confidence is the model's, unbanned
    hot = Sampling(temperature=1.0, top_p=0.9, seed=3)
    drawn = {choose(logits.clone(), [set()], hot, [page_generator(hot, page)])[0][0] for page in range(40)}
    assert drawn == {1, 2}


def test_sampled_text_does_not_depend_on_neighbours() -> None:
    def sampled(rows: int) -> list[list[int]]:
        model = Scripted(*[story(page, 10) for page in range(5)])
        generator = Generator(model, rows, 8, 100, Sampling(temperature=4.0, seed=1))  # type: ignore[arg-type]
        return [outcome.tokens for outcome in sorted(generator.run(requests(model)), key=lambda outcome: outcome.page)]

    assert sampled(1) == sampled(5) != [story(page, 10) for page in range(5)]
