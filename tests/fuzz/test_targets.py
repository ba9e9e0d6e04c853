"""Each target over its corpus, and over the same mutations of it in every run; `make fuzz` goes on from there."""

import random
import time

import pytest

from fuzz.targets import CORPUS, TARGETS

pytest.importorskip("html5lib")
pytest.importorskip("commonmark")
pytest.importorskip("rdkit")

SLOW_S = 5.0  # of the processor, for one input
WORDS = [line[1:-1] for line in (CORPUS / "markup.dict").read_text(encoding="utf-8").splitlines() if line]


def mutated(seeds: list[bytes], draw: random.Random) -> bytes:
    """A seed with some pieces cut out, doubled, replaced by words, by bytes, or by pieces of another seed."""
    data = bytearray(draw.choice(seeds))
    for _ in range(draw.randint(1, 6)):
        start = draw.randint(0, len(data))
        stop = min(len(data), start + draw.choice((0, 0, 1, 4, 30)))
        other = draw.choice(seeds)
        begin = draw.randint(0, len(other))
        new = draw.choice(
            (
                draw.choice(WORDS).encode().decode("unicode_escape").encode("latin-1"),
                bytes([draw.randrange(256)]),
                bytes(data[start:stop]) * draw.choice((0, 2, 50)),
                other[begin : begin + 40],
            )
        )
        data[start:stop] = new
    return bytes(data[:4096])


@pytest.mark.parametrize("inputs", [200, pytest.param(1000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", TARGETS)
def test_nothing_is_found(name: str, inputs: int) -> None:
    """So many mutated inputs for each target."""
    seeds = [path.read_bytes() for path in sorted((CORPUS / name).iterdir())]
    run, draw = TARGETS[name](), random.Random(name)
    for seed in seeds:
        run(seed)
    for _ in range(inputs):
        began = time.process_time()  # what else runs on the machine makes nothing slow
        data = mutated(seeds, draw)
        try:
            run(data)
        except Exception as error:
            raise AssertionError(f"{name}: {data!r}") from error
        assert time.process_time() - began < SLOW_S, data


def test_the_judge_sees_what_is_unsafe() -> None:
    from fuzz.judge import Unsafe, check_html, check_macros, check_markdown

    for text in (
        "<img src=x onerror=alert(1)>",
        "![a](https://evil.example/spy.png)",
        "[a](javascript:alert(1))",
        "[a](&Tab;java&NewLine;script:alert(1))",
        "<a href='\x01javascript:alert(1)'>x</a>",
        "# title {: onclick=alert(1) }",
        "<p style='background: url(x)'>",
        "\x1b]0;title\x07",
    ):
        with pytest.raises(Unsafe):
            check_markdown(text)
    with pytest.raises(Unsafe, match="href"):
        check_macros("$\\href{javascript:alert(1)}{x}$")
    check_macros("$\\ href \\\\url \\hrefs$")
    check_html("<p>a <b>b</b> <a href='https://example.org' title=x>c</a></p>")
    check_markdown("# a\n\n* [b](#c) and <https://example.org>\n\n| a | b |\n|:-:|---|\n| 1 | 2 |\n")
