from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path

import pytest

import sokdok
from sokdok.errors import InputError
from sokdok.tokens import deepseek, text
from sokdok.tokens.models import find_model

needs_extra = pytest.mark.skipif(find_spec("quicktok") is None, reason="needs the extra tokens")
TEXTS = sorted((Path(sokdok.__file__).parent / "demo" / "texts").glob("*.txt"))
SOURCES = sorted((Path(sokdok.__file__).parent / "tokens").glob("*.py"))
NUMBERS = "\n".join(f"| {n * 7919 % 99991:>8} | {n * 104729 % 1000003 / 100:>12,.2f} |" for n in range(60))
IDS = " ".join(f"{n * 2654435761 % 2**32:08x}-{n * 40503 % 65536:04x}" for n in range(1, 80))
CHINESE = "我们昨天下午三点在会议室讨论了新的合同条款，王经理认为价格太高，希望在下个月之前重新谈判。"


@needs_extra
@pytest.mark.parametrize(
    ("plain", "openai", "qwen"),
    [
        ("", 0, 0),
        ("hello world", 2, 2),
        ("<|endoftext|>", 7, 7),  # in a user's text it is text
        ("12345678", 3, 8),
        (CHINESE, 31, 26),
        ("안녕하세요, 반갑습니다.", 7, 8),
    ],
)
def test_exact_counts(plain: str, openai: int, qwen: int) -> None:
    assert (text.count(plain, "o200k_base"), text.count(plain, "qwen")) == (openai, qwen)
    assert find_model("gpt-4o").exact_text and find_model("qwen3-vl").exact_text


@needs_extra
@pytest.mark.parametrize("tokenizer", ["o200k_base", "qwen"])
@pytest.mark.parametrize("plain", [*(path.read_text("utf-8") for path in TEXTS + SOURCES), NUMBERS, IDS, CHINESE * 9])
def test_estimates_err_high_but_not_wildly(plain: str, tokenizer: str) -> None:
    factors = text.TOKENIZERS[tokenizer].factors
    assert factors is not None
    exact = text.count(plain, tokenizer)
    assert exact <= text.estimate(plain, factors) <= 1.8 * exact


def test_an_estimate_adds_up_by_kind_of_writing() -> None:
    factors = text.Factors(Fraction("1.5"), Fraction(2), Fraction(4), Fraction(3), single_digits=True)
    assert text.estimate("the groove", factors) == 3  # 1.5 times 2
    assert text.estimate("한국", factors) == 2 * deepseek.count_text("한국")
    assert text.estimate("漢字", factors) == 4 * deepseek.count_text("漢字")
    assert text.estimate("слово", factors) == 3 * deepseek.count_text("слово")
    assert text.estimate("123456", factors) == 3 + 4
    assert text.estimate("", factors) == 0


def test_without_the_extra_openai_is_estimated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "_packaged", lambda: False)
    model = find_model("gpt-4o")
    assert not model.exact_text
    assert model.count_text("the groove") == 3  # 1.3 times 2, rounded up
    assert find_model("deepseek-ocr").exact_text


@pytest.mark.parametrize("tokenizer", ["deepseek", "o200k_base", "claude"])
def test_lone_surrogates_are_refused(tokenizer: str) -> None:
    with pytest.raises(InputError, match="lone surrogate at character 2"):
        text.count("ab\ud800", tokenizer)
