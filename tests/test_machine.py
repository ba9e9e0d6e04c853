"""What the machine has, and reasons that are known again."""

from pathlib import Path
from string import Formatter

import pytest

from sokdok import machine
from sokdok.reasons import SENTENCES, Reason, reason_of, say


def test_gpus_are_those_that_cuda_is_told_of_or_the_driver_has(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv(machine.GPUS, "2, 0")
    assert machine.visible_gpus() == ["2", "0"]
    for nothing in ("", "-1"):
        monkeypatch.setenv(machine.GPUS, nothing)
        assert machine.visible_gpus() == []
    monkeypatch.delenv(machine.GPUS)
    monkeypatch.setattr(machine, "_DRIVER", tmp_path / "none")
    assert machine.visible_gpus() == []
    for name in ("0000:01:00.0", "0000:02:00.0"):
        (tmp_path / "gpus" / name).mkdir(parents=True)
    monkeypatch.setattr(machine, "_DRIVER", tmp_path / "gpus")
    assert machine.visible_gpus() == ["0", "1"]


def test_memory_is_what_machine_and_container_leave(tmp_path: Path, monkeypatch) -> None:
    assert 0 < (machine.free_megabytes() or 1) < 1 << 24
    monkeypatch.setattr(machine, "_MEMORY", tmp_path / "meminfo")
    monkeypatch.setattr(machine, "_GROUP", tmp_path)
    assert machine.free_megabytes() is None
    (tmp_path / "meminfo").write_text("MemTotal: 9000000 kB\nMemAvailable:    4096000 kB\n")
    assert machine.free_megabytes() == 4_000
    (tmp_path / "memory.current").write_text(f"{100 << 20}\n")
    for most, left in (("max", 4_000), (str(600 << 20), 500), (str(50 << 20), 0)):
        (tmp_path / "memory.max").write_text(f"{most}\n")
        assert machine.free_megabytes() == left


@pytest.mark.parametrize(
    ("line", "multiplies_bytes", "multiplies_bf16"),
    [
        ("flags\t\t: fpu avx2 avx_vnni", True, False),
        ("flags\t\t: avx512bw avx512_vnni avx512_bf16 sha_ni", True, False),
        ("flags\t\t: avx512_vnni amx_tile amx_bf16", True, True),
        ("flags\t\t: fpu avx2 avx512bw", False, False),
        ("Features\t: fp asimd bf16", False, True),  # not x86: nothing is known against it
    ],
)
def test_processors_say_what_they_multiply_fast(
    line: str, multiplies_bytes: bool, multiplies_bf16: bool, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(machine, "_instructions", machine._instructions.__wrapped__)
    monkeypatch.setattr(machine, "_PROCESSOR", tmp_path / "cpuinfo")
    assert (machine.multiplies_bytes(), machine.multiplies_bf16()) == (False, True)  # nobody says
    (tmp_path / "cpuinfo").write_text(f"processor\t: 0\n{line}\nbugs\t\t: avx_vnni\n")
    assert (machine.multiplies_bytes(), machine.multiplies_bf16()) == (multiplies_bytes, multiplies_bf16)


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
