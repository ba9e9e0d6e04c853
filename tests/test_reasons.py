from string import Formatter

import pytest

from sokdok.reasons import SENTENCES, Reason, reason_of, say


@pytest.mark.parametrize("code", SENTENCES)
def test_every_sentence_is_known_again(code: str) -> None:
    blanks = {name: spec for _, name, spec, _ in Formatter().parse(SENTENCES[code]) if name}
    values = {name: 1_234 if spec else f"a {name}. of 보고서" for name, spec in blanks.items()}
    told: dict[str, str | Reason] = {
        name: f"{value:,}" if blanks[name] else str(value) for name, value in values.items()
    }
    if code == "in_file":
        values["why"], told["why"] = say("memory"), Reason("memory", {})
    text = say(code, **values)
    assert reason_of(text) == Reason(code, told), text
    assert "\n" not in text


def test_a_reason_may_have_another_one() -> None:
    text = say("not_opened", file="a.pdf", why=say("slow", seconds=30))
    assert reason_of(text) == Reason("not_opened", {"file": "a.pdf", "why": Reason("slow", {"seconds": "30"})})
    assert reason_of("the cat: it sat on the mat") is None


def test_names_of_files_do_not_lead_astray() -> None:
    name = "a.pdf is encrypted; b.pdf is empty (0 bytes)"
    assert reason_of(say("empty", file=name)) == Reason("empty", {"file": name})
    assert reason_of(say("damaged_pdf", file="{file} a\nb")) == Reason("damaged_pdf", {"file": "{file} a\nb"})
