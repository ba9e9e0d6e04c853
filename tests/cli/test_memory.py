"""`sokdok memory`: turns in and out, views as tables, files and messages."""

import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from sokdok.memory.memory import Memory, new_turn
from sokdok.pages.files import open_pages

SAID = ("문 암호는 4417입니다.", "The tide turns at 06:40.\n  Two lines.", "회의는 화요일입니다.")


@pytest.fixture
def talk(run, tmp_path: Path) -> None:
    """Three turns in memory.db of the current folder, where there was a memory before."""
    with Memory(tmp_path / "memory.db") as memory:
        memory.extend(
            new_turn(("user", "assistant")[number % 2], text, time=datetime(2026, 1, number + 1, 9, 30, tzinfo=UTC))
            for number, text in enumerate(SAID)
        )


@pytest.fixture
def long_talk(run) -> None:
    with Memory("memory.db") as memory:
        memory.extend(new_turn(("user", "assistant")[i % 2], f"{i + 1}: {SAID[i % 3]} " * 4) for i in range(300))


def test_what_is_said_comes_back_exactly(run, talk) -> None:
    result = run("memory", "recall", "2")
    assert result.stdout == f"{SAID[1]}\n" and result.stderr == "[2] assistant, 2026-01-02 09:30 UTC\n"
    two_lines = SAID[1].replace("\n", "\n  ")
    heads = [f"[{n}] {role}, 2026-01-0{n} 09:30 UTC\n" for n, role in ((1, "user"), (2, "assistant"))]
    assert run("memory", "recall", "1-2").stdout == f"{heads[0]}  {SAID[0]}\n\n{heads[1]}  {two_lines}\n"
    rows = json.loads(run("memory", "recall", "1-3", "--json").stdout)
    assert [row["text"] for row in rows] == list(SAID) and rows[0]["time"] == "2026-01-01T09:30:00+00:00"


def test_a_turn_may_come_from_stdin_with_an_image_and_a_mark(run, tmp_path) -> None:
    Image.new("L", (40, 20)).save(tmp_path / "부두.png")
    given = ("--important", "--image", "부두.png", "-c", "회의", "--json")
    row = json.loads(run("memory", "add", "user", "-", *given, stdin="첫 줄\n둘째 줄\n".encode()).stdout)
    assert row["text"] == "첫 줄\n둘째 줄\n" and row["important"]
    assert [(image["width"], image["height"]) for image in row["images"]] == [(40, 20)]
    assert run("memory", "search", "둘째", "-c", "회의").stdout.startswith("[1] user, ")
    assert run("memory", "list").stdout.splitlines()[1].split()[::4] == ["1", "회의"]
    assert [row["name"] for row in json.loads(run("memory", "list", "--json").stdout)] == ["회의"]


def test_a_conversation_is_deleted_only_if_that_is_meant(run, talk) -> None:
    run("memory", "add", "user", "stays", "-c", "other")
    asked = run("memory", "delete", "default")
    assert asked.exit_code == 2 and "'default' has 3 turns" in asked.stderr and "--yes" in asked.stderr
    assert run("memory", "delete", "default", "--yes").stdout == "deleted 3 turns of 'default'\n"
    assert [row["name"] for row in json.loads(run("memory", "list", "--json").stdout)] == ["other"]
    gone = run("memory", "delete", "default", "--yes")
    assert gone.exit_code == 2 and "there is no conversation 'default'" in gone.stderr
    assert json.loads(run("memory", "delete", "other", "-y", "--json").stdout) == {"conversation": "other", "turns": 1}


def test_without_a_file_here_the_memory_is_kept_among_the_users_data(run, own_data: Path, tmp_path: Path) -> None:
    first = run("memory", "add", "user", "hello")
    assert first.exit_code == 0 and f"this memory is kept in {own_data / 'memory.db'}" in first.stderr
    assert not list(tmp_path.iterdir()) and stat.S_IMODE(own_data.stat().st_mode) == 0o700
    second = run("memory", "add", "user", "again")
    assert second.stdout == "2\n" and "kept in" not in second.stderr
    with Memory() as memory:
        assert memory.stats().turns == 2


def test_a_memory_in_the_current_folder_comes_first(run, own_data: Path) -> None:
    run("memory", "add", "user", "elsewhere")
    Memory("memory.db").close()
    assert run("memory", "add", "user", "here").stdout == "1\n"
    assert run("memory", "recall", "1").stdout == "here\n"
    with Memory() as memory, Memory(own_data / "memory.db") as other:
        assert memory.recall(1)[0].text == "here" and other.recall(1)[0].text == "elsewhere"


def test_a_folder_for_data_that_cant_be_made_is_said(run, own_data: Path) -> None:
    own_data.write_text("a file in its place")
    result = run("memory", "list")
    assert result.exit_code == 2 and "name another file for the memory with --file" in result.stderr


def test_the_file_may_be_named_by_option_or_environment(run, monkeypatch) -> None:
    run("memory", "add", "user", "hello", "--file", "a.db")
    monkeypatch.setenv("SOKDOK_MEMORY", "a.db")
    assert run("memory", "recall", "1").stdout == "hello\n"
    assert run("memory", "--file=a.db", "-c", "default", "recall", "1").stdout == "hello\n", "before the command, too"
    assert not Path("memory.db").exists()


def test_search_finds_words_in_any_order(run, talk) -> None:
    assert run("memory", "search", "암호는", "문").stdout == "[1] user, 2026-01-01 09:30 UTC: 문 암호는 4417입니다.\n"
    (hit,) = json.loads(run("memory", "search", "TIDE", "--json").stdout)
    assert hit["number"] == 2 and hit["text"] == SAID[1] and hit["score"] > 0
    nothing = run("memory", "search", "없는말")
    assert (nothing.exit_code, nothing.stdout) == (0, "") and "no turn" in nothing.stderr


@pytest.mark.extra  # remote
def test_search_goes_on_with_words_alone_where_the_embedding_model_is_away(run, talk, monkeypatch) -> None:
    monkeypatch.setenv("SOKDOK_EMBEDDINGS", "http://127.0.0.1:9/v1#any")
    offline = run("memory", "search", "TIDE")
    assert offline.stdout[:4] == "[2] " and "can't be reached" in offline.stderr and "words alone" in offline.stderr


def test_stats_count(run, talk) -> None:
    row = json.loads(run("memory", "stats", "--model", "gpt-4o", "--json").stdout)
    assert (row["turns"], row["days"], row["characters"], row["conversations"]) == (3, 3, sum(map(len, SAID)), 1)
    assert row["file_bytes"] == Path("memory.db").stat().st_size and row["text_tokens"] > 30
    lines = run("memory", "stats").stdout.splitlines()
    assert lines[0] == "default" and "3, 2026-01-01 to 2026-01-03" in lines[4]


def test_a_view_as_table_and_as_json(run, long_talk) -> None:
    view = ("memory", "view", "--budget", "2000", "--model", "deepseek-ocr")
    row = json.loads(run(*view, "--json").stdout)
    assert row["tokens"] == sum(part["tokens"] for part in row["parts"]) <= row["budget"] == 2000
    assert row["ratio"] == row["text_tokens"] / row["tokens"] > 2 and row["turns"] == 300
    lines = run(*view).stdout.splitlines()
    assert lines[0] == "default: 300 turns, as deepseek-ocr sees them"
    assert lines[-1].startswith(f"{row['tokens']:,} of 2,000 tokens (") and f"{row['text_tokens']:,}, " in lines[-1]
    pages = [part for part in row["parts"] if part["kind"] == "page"]
    shown = [line.split() for line in lines if "512x512 " in line or "640x640 " in line]
    assert sum(int(line[-4]) for line in shown) == len(pages) and len(shown) == len({part["level"] for part in pages})
    (text,) = [line.split() for line in lines if line.startswith("text")]
    assert text[1] == str(sum(part["kind"] == "turn" for part in row["parts"])) and text[2].endswith("-300")


def test_a_view_as_files_in_place_of_those_of_an_earlier_view(run, long_talk) -> None:
    view = ("memory", "view", "-m", "deepseek-ocr", "-o", "out")
    assert run(*view, "-b", "4000").exit_code == 0
    Path("out/mine.txt").write_text("kept")
    row = json.loads(run(*view, "-b", "1000", "--json").stdout)
    names = sorted(path.name for path in Path("out").iterdir())
    assert names[-2:] == ["messages.json", "mine.txt"] and len(names) == len(row["parts"]) + 2
    for number, (name, part) in enumerate(zip(names, row["parts"], strict=False), 1):
        page = f"-{part['page'][:12]}.png" if part["page"] else ".txt"
        assert name == f"{number:03}-{part['kind']}{page}"
    (page,) = open_pages(Path("out") / next(name for name in names if name.endswith(".png")))
    assert list(page.size) in [part["size"] for part in row["parts"]]
    messages = json.loads(Path("out/messages.json").read_text(encoding="utf-8"))
    assert messages[-1]["content"].startswith("300: 회의는 화요일입니다.")


def test_lines_out_and_in_again(run, talk) -> None:
    assert "memory.db is what is read, and would be lost" in run("memory", "export", "-o", "memory.db").stderr
    assert run("memory", "export", "-o", "all.jsonl").stdout == ""
    assert run("memory", "import", "all.jsonl", "-f", "b.db").stdout == "imported 3 turns\n"
    again = run("memory", "import", "-", "-f", "b.db", "--json", stdin=Path("all.jsonl").read_bytes())
    assert json.loads(again.stdout) == {"added": 0, "known": 3}
    run("memory", "import", "all.jsonl", "-f", "b.db", "-c", "사본")
    lines = run("memory", "export", "-f", "b.db", "-c", "사본").stdout.splitlines()
    assert [json.loads(line)["text"] for line in lines] == list(SAID)
    assert run("memory", "export", "-f", "b.db").stdout.count("\n") == 6


@pytest.mark.parametrize("command", [["import", "bad.jsonl"], ["add", "user", "hi", "-c", " "]])
def test_what_fails_leaves_no_file(run, command) -> None:
    Path("bad.jsonl").write_text('{"role": "user", "text": "a"}\n{"role": "robot", "text": "a"}\n')
    run("memory", *command)
    assert not Path("memory.db").exists()


def test_what_is_written_of_a_conversation_is_its_owners_alone(run, long_talk) -> None:
    run("memory", "export", "-o", "all.jsonl")
    run("memory", "view", "-b", "2000", "-m", "deepseek-ocr", "-o", "out")
    written = [Path("memory.db"), Path("all.jsonl"), *Path("out").iterdir()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in written} == {0o600} and len(written) > 5


READING = (["search", "x"], ["recall", "1"], ["list"], ["stats"], ["view"], ["export"])


@pytest.mark.parametrize("command", READING, ids=lambda command: command[0])
def test_reading_makes_no_file(run, command) -> None:
    result = run("memory", *command)
    assert result.exit_code == 2 and result.stderr.startswith("sokdok: error: ") and result.stderr.count("\n") == 1
    assert not list(Path().iterdir())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["add", "robot", "hello"], "unknown role 'robot'"),
        (["add", "user", "hello", "--image", "none.png"], "none.png: no such file"),
        (["recall", "9"], "there is no turn 9 in 'default': its turns are 1 to 3"),
        (["recall", "9f" * 6], "is no turn (12) or range of turns"),
        (["stats", "-c", "회의"], "no conversation '회의' in memory.db: choose one with --conversation: default"),
        (["view", "--model", "gpt5o"], "unknown model 'gpt5o'; the nearest are "),
        (["view", "--budget", "3"], "a budget of 3 tokens holds nothing"),
        (["view", "-o", "memory.db"], "memory.db can't be a folder"),
        (["import", "none.jsonl"], "none.jsonl: no such file"),
    ],
)
def test_mistakes_are_one_line(run, talk, arguments, message) -> None:
    result = run("memory", *arguments)
    assert result.exit_code == 2 and result.stdout == ""
    assert message in result.stderr and result.stderr.count("\n") == 1
