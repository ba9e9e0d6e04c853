"""What readers honour, and that they refuse the rest by name."""

from __future__ import annotations

import pytest

from sokdok.errors import InputError
from sokdok.reading import Abilities, Reader, Sampling, load
from sokdok.reading.prompts import TASKS
from sokdok.reading.remote.reader import RemoteReader

ALL = Abilities(modes=("tiny", "base"), decoders=("parallel",), sampling=True, max_tokens=True)


@pytest.fixture(scope="module")
def nano() -> Reader:
    return load()


def test_what_is_listed_is_honoured_and_none_leaves_it_to_the_reader() -> None:
    ALL.check("it", mode="base", decoder="parallel", sampling=Sampling(), max_tokens=5)
    Abilities().check("it", mode=None, decoder=None, sampling=None, max_tokens=None)
    assert all(ALL.takes(option) for option in ("mode", "decoder", "sampling", "max_tokens"))


@pytest.mark.parametrize("option", ["mode", "decoder", "sampling", "max_tokens"])
def test_what_is_not_listed_is_refused_by_name(option: str) -> None:
    assert not Abilities().takes(option)
    with pytest.raises(InputError, match=f"^it takes no {option}$"):
        Abilities().check("it", **{option: "any"})


@pytest.mark.parametrize(("option", "choices"), [("mode", "tiny, base"), ("decoder", "parallel")])
def test_an_unknown_choice_is_refused_with_the_known_ones(option: str, choices: str) -> None:
    with pytest.raises(InputError, match=f"^it has no {option} 'huge'; choose one of {choices}$"):
        ALL.check("it", **{option: "huge"})


def test_nano_gives_each_page_what_its_lines_need(nano: Reader) -> None:
    able = nano.abilities
    assert able.chooses_mode and able.modes == ("tiny", "small", "base", "large")
    assert able.alphabet is not None and able.lines is not None and able.figure_nets is not None
    assert able.family is None and able.layout_task == "markdown" and set(able.tasks) < set(TASKS)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mode": "gundam"}, "nano has no mode 'gundam'; choose one of tiny"),
        ({"prompt": "what is the total?"}, "nano follows no prompts: it reads what stands on a page"),
        ({"decoder": "psychic"}, "nano has no decoder 'psychic'; choose one of auto"),
        ({"sampling": Sampling(1.0)}, "nano takes no sampling"),
        ({"max_tokens": 5}, "nano takes no max_tokens"),
    ],
)
def test_nano_refuses_by_name(nano: Reader, options: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        next(nano.read([], **options))  # type: ignore[arg-type]


def test_an_endpoint_has_the_abilities_of_its_preset() -> None:
    pytest.importorskip("httpx")
    with RemoteReader("http://127.0.0.1:9/v1", "deepseek-ocr") as reader:
        able = reader.abilities
        assert (able.family, able.layout_task, able.chooses_mode) == ("deepseek-ocr", "markdown", True)
        assert "gundam" in able.modes and not able.decoders and able.alphabet is None
    with RemoteReader("http://127.0.0.1:9/v1", "some-vlm") as reader:
        assert reader.abilities == Abilities()
        with pytest.raises(InputError, match="some-vlm takes no mode"):
            next(reader.read([], mode="base"))


@pytest.mark.parametrize("numbers", [{"temperature": -1.0}, {"top_p": 0.0}, {"top_p": 1.5}])
def test_numbers_of_sampling_that_mean_nothing(numbers: dict[str, float]) -> None:
    with pytest.raises(InputError, match="temperature must not be negative"):
        Sampling(**numbers)
