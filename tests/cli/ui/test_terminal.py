"""Nothing that is printed makes a terminal do anything."""

import io
import os
import pty
import subprocess
from pathlib import Path

import pytest

from fakes.commands import SOKDOK, environment
from sokdok.cli.ui.console import MOST_CHARACTERS, _Guard, message

HARM = "\x1b]52;c;ZXZpbA==\x07\x1b]0;title\x1b\\\x1b[2J\x9b2J\x1bc\rover\x08\x7f"


def guarded(*pieces: bytes) -> str:
    out = io.BytesIO()
    guard = _Guard(out, "utf-8")
    for piece in pieces:
        guard.write(piece)
    return out.getvalue().decode()


def harmless(text: str) -> bool:
    return not set(text) & {*map(chr, range(32)), *map(chr, range(127, 160))} - {"\n", "\t", "\f"}


def test_what_a_terminal_obeys_is_marked() -> None:
    text = guarded(HARM.encode())
    assert harmless(text) and "title" in text and "over" in text


def test_texts_line_ends_and_colours_pass() -> None:
    text = "한글\té\r\n\x1b[1;31mred\x1b[0m\f"
    assert guarded(text.encode()) == text


@pytest.mark.parametrize("cut", range(1, len(HARM.encode())))
def test_a_cut_within_a_sequence_lets_nothing_through(cut: int) -> None:
    data = HARM.encode()
    text = guarded(data[:cut], data[cut:])
    assert harmless(text.replace("\r", "")) and "�" in text


def test_a_character_that_is_cut_comes_whole() -> None:
    data = "속독".encode()
    assert guarded(data[:2], data[2:4], data[4:]) == "속독"


def test_a_message_is_one_line_of_bounded_length() -> None:
    assert message("a\nb \x1b]0;x\x07 c") == "a b �]0;x� c"
    assert len(message("x" * 100_000)) < MOST_CHARACTERS + 3


@pytest.mark.process
def test_the_real_command_on_a_terminal(tmp_path: Path) -> None:
    """A turn comes back byte by byte through a pipe, and harmless on a terminal."""
    given = environment(SOKDOK_MEMORY=str(tmp_path / "m.db"))
    start = [*SOKDOK, "memory"]
    subprocess.run([*start, "add", "tool", f"before {HARM} after"], env=given, check=True, capture_output=True)
    recall = [*start, "recall", "1"]
    piped = subprocess.run(recall, env=given, check=True, capture_output=True)
    assert HARM in piped.stdout.decode()
    ours, theirs = pty.openpty()
    subprocess.run(recall, env=given, check=True, stdout=theirs, stderr=subprocess.DEVNULL)
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    assert "before" in shown and "after" in shown and harmless(shown.replace("\r\n", "\n"))
