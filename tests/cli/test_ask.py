"""`sokdok ask`, with an endpoint that streams: what is sent, what is on stdout, what on stderr, and the exit code."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from fakes.commands import environment
from fakes.pdf import Text, write_pdf
from fakes.remote import DONE, FakeEndpoint, Reply, chunk, streamed, wait_until
from sokdok.compress.legibility import SCRIPTS, Legibility, LegibilityRow, save_profile
from sokdok.compress.pages import PREAMBLE
from sokdok.memory.memory import Memory, new_turn
from sokdok.tokens.models import find_model

pytest.importorskip("httpx")
pytestmark = pytest.mark.process

QUESTION = "이거 요약해 줘"
KOREAN = "회의에서 정한 것: 예산은 4,417만 원이고 다음 달부터 쓴다.\n" * 200


@pytest.fixture(autouse=True)
def own_settings(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("SOKDOK_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


@pytest.fixture
def fake():
    with FakeEndpoint() as fake:
        fake.models = {"data": [{"id": "gpt-4o"}]}
        fake.answer = lambda request: Reply(events=streamed("예산은 ", "4,417만 원이다.", prompt_tokens=2200))
        yield fake


@pytest.fixture
def notes(tmp_path) -> Path:
    path = tmp_path / "회의록.txt"
    path.write_text(KOREAN, encoding="utf-8")
    return path


def test_a_long_korean_text_goes_as_pages_and_the_answer_to_stdout(run, fake, notes) -> None:
    result = run("ask", "회의록.txt", QUESTION, "--model", fake.url)
    assert result.exit_code == 0, result.output
    assert result.stdout == "예산은 4,417만 원이다.\n"
    request = fake.requests[-1]
    assert request.body["model"] == "gpt-4o" and request.texts == [PREAMBLE, QUESTION]
    sizes = [picture.size for picture in request.pictures]
    model = find_model("gpt-4o")
    estimated = sum(model.image_cost(*size).tokens for size in sizes)
    text, question, preamble = map(model.count_text, (KOREAN, QUESTION, PREAMBLE))
    counted = 2200 - question - model.message_tokens
    assert result.stderr.splitlines()[:4] == [
        f"회의록.txt: {len(sizes)} pages of 512x2048 and 512x512 pixels in 10x20 glyphs, {estimated:,} tokens, "
        f"as text {text:,}: pages are cheaper",
        f"image tokens  {estimated + preamble:,} estimated, {counted:,} by the server's count",
        f"text tokens   {text:,} for the same as text",
        f"saving        {text - counted:,} tokens, {(text - counted) / text:.1%}",
    ]
    assert "s to the first words" in result.stderr and "7 tokens written" in result.stderr


def test_nothing_in_an_answer_or_a_models_name_is_obeyed_by_a_terminal(run, fake, notes) -> None:
    harm = "\x1b]52;c;ZXZpbA==\x07\x1b[2J\x9b2J"
    fake.answer = lambda request: Reply(events=streamed(f"before {harm[:3]}", f"{harm[3:]} after"))
    result = run("ask", "회의록.txt", QUESTION, "--model", fake.url)
    assert result.stdout.startswith("before �") and result.stdout.endswith(" after\n")
    fake.models = {"data": [{"id": f"{harm}{number}" + "x" * 1000} for number in range(100)]}
    refused = run("ask", "회의록.txt", QUESTION, "--model", fake.url)
    assert refused.exit_code == 5 and refused.stderr.count("\n") == 1 and len(refused.stderr) < 2100
    for text in (result.stdout, result.stderr, refused.stderr):
        assert not set(text) & {*map(chr, range(32)), *map(chr, range(127, 160))} - {"\n"}


def test_several_files_each_in_its_cheaper_form_under_its_name(run, fake, notes, tmp_path) -> None:
    (tmp_path / "short.txt").write_text("짧은 글")
    write_pdf(tmp_path / "report.pdf", [[Text(72, 72, "The budget is 12.")]])
    Image.new("RGB", (500, 300), "white").save(tmp_path / "scan.png")
    files = ("short.txt", notes.name, "report.pdf", "scan.png")
    result = run("ask", *files, QUESTION, "--model", fake.url)
    parts = fake.requests[-1].content
    said = [part.get("text", "picture") for part in parts]
    pictures = said.count("picture") - 1
    expected = [PREAMBLE, "short.txt:", "짧은 글", "회의록.txt:", *["picture"] * pictures]
    assert said == [*expected, "report.pdf:", "The budget is 12.", "scan.png:", "picture", QUESTION]
    lines = result.stderr.splitlines()
    assert lines[0].startswith("short.txt: as text, ") and lines[0].endswith(" tokens: pages would take 255")
    assert lines[2].startswith("report.pdf: as text, ") and "scan.png: 1 page of 500x300 pixels, 255 tokens" in lines[3]
    assert "text tokens   not known of scan.png" in lines and "saving" not in result.stderr
    result = run("ask", "-", QUESTION, "--model", fake.url, "--as", "text", stdin=KOREAN.encode())
    assert fake.requests[-1].texts == [KOREAN, QUESTION] and not fake.requests[-1].pictures
    assert "2,200 by the server's count; no pictures" in result.stderr


def test_a_dry_run_asks_nobody(run, notes) -> None:
    result = run("ask", notes.name, QUESTION, "--model", "claude-opus-4-5", "--dry-run")
    assert result.exit_code == 0 and result.stdout.startswith("image tokens  ")
    assert "text tokens   about " in result.stdout and "saving        about " in result.stdout
    value = json.loads(run("ask", notes.name, QUESTION, "--model", "claude-opus-4-5", "--dry-run", "--json").stdout)
    assert (value["model"], value["counted_as"]) == ("claude-opus-4-5", "claude-opus-4.5")
    assert value["saved_tokens"] == value["text_tokens"] - value["image_tokens"] and "answer" not in value


def test_a_dry_run_asks_an_endpoint_only_for_its_model(run, fake, notes) -> None:
    assert run("ask", notes.name, QUESTION, "--model", fake.url, "--dry-run").exit_code == 0
    assert [request.path for request in fake.requests] == ["/v1/models"]
    result = run("ask", notes.name, QUESTION, "--model", "http://127.0.0.1:9/v1", "--dry-run")
    assert result.exit_code == 5 and "a --dry-run with --model gpt-4o asks nobody" in result.stderr
    for options in ([], ["--dry-run"], ["--model", "gpt-4o"]):
        result = run("ask", notes.name, QUESTION, *options)
        assert result.exit_code == 2 and "name the endpoint with --model http://host:8000/v1" in result.stderr


def test_glyphs_by_profile_and_by_default(run, notes) -> None:
    def glyph(name: str) -> str:
        result = run("ask", notes.name, QUESTION, "--model", name, "--dry-run", "--json", "--as", "pages")
        return json.loads(result.stdout)["files"][0]["glyph"]

    rows = (LegibilityRow(g, s, 9, 1.0, 1.0) for g in ("12x24", "8x8") for s in SCRIPTS)
    save_profile(Legibility("our-llava", "2026-11-25", tuple(rows)))
    assert glyph("our-llava") == "8x8"
    unknown = run("ask", notes.name, QUESTION, "--model", "our-llava", "--dry-run")
    assert unknown.stderr.startswith("our-llava is not among the known models: its tokens are estimated as those of qw")
    assert glyph("gpt-4o") == "10x20"


def test_no_estimate_is_taken_off_the_servers_count(run, fake, notes) -> None:
    options = ["--model", f"{fake.url}#claude-opus-4.5", "--json"]
    alone = json.loads(run("ask", notes.name, QUESTION, *options).stdout)
    beside = json.loads(run("ask", notes.name, "-", QUESTION, *options, stdin=b"short").stdout)
    assert alone["image_tokens_by_server"] and beside["image_tokens_by_server"] is None
    assert beside["saved_tokens"] == beside["text_tokens"] - beside["image_tokens"]


def test_a_count_that_leaves_the_pictures_out_is_not_believed(run, fake, notes) -> None:
    fake.answer = lambda request: Reply(events=streamed("x", prompt_tokens=12))
    result = run("ask", notes.name, QUESTION, "--model", fake.url)
    assert "the server counted 12 for all, which leaves pictures out" in result.stderr
    assert "0 by the server's count" not in result.stderr and "100.0%" not in result.stderr
    value = json.loads(run("ask", notes.name, QUESTION, "--model", fake.url, "--json").stdout)
    assert value["image_tokens_by_server"] is None
    assert value["saved_tokens"] == value["text_tokens"] - value["image_tokens"]


def test_an_answer_that_breaks_off_stays_and_the_exit_code_says_so(run, fake, notes) -> None:
    fake.answer = lambda request: Reply(events=[chunk("예산은 ")], cut=True)
    result = run("ask", notes.name, QUESTION, "--model", fake.url)
    assert result.exit_code == 5 and result.stdout == "예산은 \n"
    assert result.stderr.splitlines()[-1] == f"sokdok: error: {fake.url} cut the connection in mid-answer"
    result = run("ask", notes.name, QUESTION, "--model", fake.url, "--json")
    value = json.loads(result.stdout)
    assert result.exit_code == 5 and (value["answer"], value["status"]) == ("예산은 ", "failed")
    assert value["error"] == f"{fake.url} cut the connection in mid-answer"


@pytest.mark.parametrize(
    ("events", "remark"),
    [
        ([chunk("la " * 2000), 30.0], "the answer repeated itself without end and was cut off"),
        (streamed("half", finish="length"), "the answer is not whole: it reached a length limit"),
        (streamed(), "and the answer is empty"),
        ([chunk("no counts"), DONE], "image tokens"),
    ],
    ids=["loop", "length", "empty", "no counts"],
)
def test_what_there_is_to_say_about_an_answer(run, fake, notes, events, remark) -> None:
    fake.answer = lambda request: Reply(events=events)
    result = run("ask", notes.name, QUESTION, "--model", fake.url)
    assert result.exit_code == (remark != "image tokens") and remark in result.stderr
    assert ("by the server's count" in result.stderr) == (events[-1] == DONE and len(events) > 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.txt", QUESTION], "missing.txt: no such file"),
        ([".", QUESTION], ". is a folder; name the files in it"),
        (["회의록.txt", "empty.txt", QUESTION], "empty.txt is empty (0 bytes)"),
        (["broken.pdf", QUESTION], "broken.pdf is a PDF that can't be opened"),
        (["회의록.txt", "회의록.txt"], "회의록.txt is a file; the question comes last, after all files"),
        (["회의록.txt", "  "], "the question is empty"),
        (["-", "-", QUESTION], "standard input can be read only once"),
        (["-", QUESTION], "standard input is empty"),
        (["회의록.txt", QUESTION, "--as", "book"], "unknown form 'book'; choose one of auto, pages, text"),
        (["scan.png", QUESTION, "--as", "text"], "scan.png has no text layer that can be used"),
    ],
)
def test_bad_input_is_refused_before_anything_is_sent(run, notes, tmp_path, arguments, message) -> None:
    (tmp_path / "empty.txt").touch()
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    Image.new("RGB", (50, 30), "white").save(tmp_path / "scan.png")
    result = run("ask", *arguments, "--model", "http://127.0.0.1:9/v1#gpt-4o", stdin=b"")
    assert result.exit_code == 2 and result.stdout == ""
    assert message in result.stderr and result.stderr.count("\n") == 1


def test_control_c_keeps_what_came_and_cancels_the_request(fake, notes) -> None:
    fake.answer = lambda request: Reply(events=[chunk("예산은"), 60.0])
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # the background ignores it
        "from sokdok.cli import main; main()\n"
    )
    command = [sys.executable, "-c", code, "ask", str(notes), QUESTION, "--model", fake.url]
    run = subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert run.stdout is not None and run.stdout.read(len("예산은".encode())).decode() == "예산은"
    run.send_signal(signal.SIGINT)
    rest, errors = run.communicate(timeout=30)
    assert run.returncode == 130 and rest == b"\n" and b"Traceback" not in errors
    assert wait_until(lambda: fake.hung_up == 1)


def test_a_server_beyond_this_machine_is_warned_about_in_one_line(run, notes, monkeypatch) -> None:
    monkeypatch.setattr("sokdok.reading.remote.endpoint.CONNECT_TIMEOUT_S", 0.1)
    result = run("ask", notes.name, QUESTION, "--model", "http://nowhere.invalid#gpt-4o")
    assert result.exit_code == 5
    assert result.stderr.startswith(
        "sokdok: warning: http://nowhere.invalid/v1: pages are sent unencrypted; use https\n"
    )
    assert "can't be reached" in result.stderr.splitlines()[-1] and ".py" not in result.stderr


def test_of_a_memory_the_model_names_turns_and_gets_their_words(run, fake, tmp_path) -> None:
    with Memory(tmp_path / "chat.db", conversation="여행") as memory:
        memory.extend([new_turn("user", f"배는 {number}번 부두에서 떠난다.") for number in range(1, 900)])
    command = ["ask", "배는 어디서 떠났지?", "--memory", "chat.db#여행", "--budget", "2000", "--model"]
    counted = run(*command, "gpt-4o", "--dry-run", "--json")
    costs = json.loads(counted.stdout)
    assert 1_000 < costs["memory_tokens"] <= 2_000 and costs["memory_tokens"] < costs["other_tokens"] < 2_100
    assert run(*command, "gpt-4o", "--dry-run", "--memory", "none.db").exit_code == 2
    said = ["RECALL 7, 9-10.", "7번 부두다."]
    fake.answer = lambda request: Reply(events=streamed(said[len(fake.requests) - 1]))
    result = run(*command, f"{fake.url}#gpt-4o", "--json")
    told = json.loads(result.stdout)
    assert (told["answer"], result.exit_code) == ("7번 부두다.", 0), result.output
    assert told["other_tokens"] > costs["other_tokens"] + 30, "what was recalled counts, too"
    *_, named, words = fake.requests[1].body["messages"]
    assert named["content"] == said[0] and "UTC]\n  배는 9번 부두에서 떠난다." in words["content"]


def test_a_model_that_only_names_turns_gave_no_answer(run, fake, tmp_path) -> None:
    with Memory(tmp_path / "chat.db", conversation="c") as memory:
        memory.extend([new_turn("user", f"ship {number}") for number in range(1, 9)])
    fake.answer = lambda request: Reply(events=streamed("RECALL 1-3"))
    result = run("ask", "Where?", "--memory", "chat.db#c", "--budget", "2000", "--model", f"{fake.url}#gpt-4o")
    assert result.exit_code == 5 and "RECALL" not in result.stdout and "larger --budget" in result.stderr
