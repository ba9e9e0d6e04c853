"""Pages through an endpoint that works: what it is asked, what comes back, in which order, and how much at a time."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import CancelledError
from pathlib import Path

import numpy as np
import pytest

from fakes.remote import Reply, Request, completion, page, read_well, wait_until
from sokdok.errors import InputError
from sokdok.pages import Page
from sokdok.reading.remote.chat import PRESETS, preset_of
from sokdok.reading.remote.reader import RemoteReader

SOURCE = Path(__file__).parents[3] / "src"
CELLS = [128821, 128822]


def test_a_page_is_read_with_all_that_the_server_says_about_it(endpoint, reader) -> None:
    tokens = [{"token": "속", "logprob": -0.5}, {"token": "독", "logprob": -0.25}]
    endpoint.answer = lambda request: Reply(completion("속독: 빠르게 읽기 🐢", logprobs={"content": tokens}))
    (reading,) = reader.read([page(3)])
    assert (reading.page, reading.source, reading.status, reading.error) == (0, "3.png", "ok", "")
    assert reading.text == "속독: 빠르게 읽기 🐢"
    assert reading.mean_logprob == pytest.approx(-0.375) and reading.steps == 7
    assert (reading.decoder, reading.mode, reading.vision_tokens) == ("autoregressive", "gundam", 256)
    assert 0 < reading.seconds < 60
    assert reader.abilities.alphabet is None and reader.name == "deepseek-ocr"


def test_the_picture_arrives_pixel_by_pixel(endpoint, reader) -> None:
    from PIL import Image

    pixels = np.random.default_rng(1).integers(0, 256, (50, 70, 3), np.uint8)
    list(reader.read([Page(Image.fromarray(pixels), "noise.png")]))
    assert (np.asarray(endpoint.requests[0].picture) == pixels).all()


@pytest.mark.parametrize(
    ("name", "guard"),
    [
        ("deepseek-ocr", {"ngram_size": 30, "window_size": 90, "whitelist_token_ids": CELLS}),
        ("deepseek-ocr-2", {"ngram_size": 20, "window_size": 90, "whitelist_token_ids": CELLS}),
        ("unlimited-ocr", {"ngram_size": 35, "window_size": 128}),
    ],
)
def test_the_family_is_asked_as_vllm_wants_it(endpoint, name, guard) -> None:
    with RemoteReader(endpoint.url, name) as reader:
        list(reader.read([page(1)]))
    (request,) = endpoint.requests
    assert request.body["vllm_xargs"] == guard
    assert request.body["skip_special_tokens"] is False
    assert (request.body["temperature"], request.body["logprobs"], request.body["model"]) == (0, True, name)
    assert "max_tokens" not in request.body  # 8192 would not fit into a context of 8192 beside the image


def test_any_other_model_is_asked_plainly_and_in_words(endpoint) -> None:
    with RemoteReader(endpoint.url, "qwen3-vl") as reader:
        (reading,) = reader.read([page(1)])
        list(reader.read([page(2)], "What is the total?"))
    plain, question = endpoint.requests
    assert set(plain.body) == {"model", "messages", "temperature", "max_tokens"}
    assert "Write all of its text" in plain.text and question.text == "What is the total?"
    assert (reading.mode, reading.vision_tokens, reading.sequence_tokens) == ("", 0, 278)


@pytest.mark.parametrize(
    ("model", "prompt", "sent"),
    [
        ("deepseek-ocr", "Free OCR.", "Free OCR."),
        ("deepseek-ocr", "<image>\n<|grounding|>OCR this image.", "<|grounding|>OCR this image."),
        ("unlimited-ocr", "Free OCR.", "<image>document parsing."),
        ("unlimited-ocr", "<image>Multi page parsing.", "<image>Multi page parsing."),
    ],
)
def test_prompts_are_those_of_training_and_the_image_line_is_the_servers(endpoint, model, prompt, sent) -> None:
    with RemoteReader(endpoint.url, model) as reader:
        list(reader.read([page(1)], prompt))
    assert endpoint.requests[0].text == sent


def test_no_trained_markup_reaches_another_model() -> None:
    body = PRESETS["generic"].body("m", "<image>\n<|grounding|>Convert the document to markdown.", "data:", None)
    text = body["messages"][0]["content"][1]["text"]
    assert "Markdown" in text and "<" not in text


@pytest.mark.parametrize(
    ("model", "preset"),
    [
        ("deepseek-ai/DeepSeek-OCR", "deepseek-ocr"),
        ("mlx-community/DeepSeek-OCR-2bit", "deepseek-ocr"),
        ("deepseek_ocr_v3", "deepseek-ocr"),
        ("deepseek-ai/DeepSeek-OCR-2", "deepseek-ocr-2"),
        ("deepseek-ocr2-8bit", "deepseek-ocr-2"),
        ("baidu/Unlimited-OCR", "unlimited-ocr"),
        ("nano", "nano"),
        ("my-nano-vl", "generic"),
        ("deepseek-vl2", "generic"),
    ],
)
def test_the_name_of_a_model_suggests_its_preset(model, preset) -> None:
    assert preset_of(model).name == preset


@pytest.mark.parametrize(
    ("model", "tokens"),
    [("deepseek-ocr", (856, 903)), ("unlimited-ocr", (1456, 1513)), ("deepseek-ocr-2", (1120, 1121))],
)
def test_an_a4_page_costs_what_vllm_makes_of_it(endpoint, model, tokens) -> None:
    """As seen: vLLM 0.32.0 counts 908 prompt tokens for DeepSeek-OCR: 903 of the image, BOS, four of the prompt."""
    with RemoteReader(endpoint.url, model) as reader:
        (reading,) = reader.read([page(1, (1000, 1400))])
    assert (reading.vision_tokens, reading.sequence_tokens) == tokens


def test_another_mode_counts_otherwise_and_an_unknown_one_is_refused(endpoint, reader) -> None:
    (reading,) = reader.read([page(1)], mode="small")
    assert (reading.mode, reading.vision_tokens, reading.sequence_tokens) == ("small", 100, 111)
    with pytest.raises(InputError, match="deepseek-ocr has no mode 'huge'; choose one of tiny"):
        next(reader.read([page(1)], mode="huge"))


def test_readings_come_in_order_and_requests_stay_within_the_bound(endpoint) -> None:
    dice = random.Random(7)

    def answer(request: Request) -> Reply:
        assert wait_until(lambda: endpoint.peak == 4)  # however long a busy machine takes to send four
        return Reply(completion(f"page {request.page}"), delay=dice.uniform(0.0, 0.08))

    endpoint.answer = answer
    with RemoteReader(endpoint.url, "deepseek-ocr", concurrency=4) as reader:
        readings = list(reader.read(map(page, range(30))))
    assert [reading.text for reading in readings] == [f"page {number}" for number in range(30)]
    assert [reading.page for reading in readings] == list(range(30))
    assert endpoint.peak == 4


def test_pages_are_taken_as_there_is_room_and_not_before(endpoint) -> None:
    taken = []

    def pages():
        for number in range(100):
            taken.append(number)
            yield page(number)

    endpoint.answer = lambda request: Reply(completion("x"), delay=0.2 if request.page == 0 else 0.0)
    with RemoteReader(endpoint.url, "deepseek-ocr", concurrency=2) as reader:
        readings = reader.read(pages(), batch_size=3)
        assert not taken
        next(readings)
        assert len(taken) <= 5
        next(readings)
        assert len(taken) <= 6
        readings.close()
    assert endpoint.asked[0] in (0, 1) and len(endpoint.asked) <= 6


def test_a_finished_page_does_not_wait_for_later_ones(endpoint) -> None:
    endpoint.answer = lambda request: Reply(completion("x"), delay=0.0 if request.page == 0 else 60.0)

    def pages():
        yield page(0)
        assert wait_until(lambda: endpoint.peak > 0)
        for number in range(1, 8):  # fewer than are sent at once; the longer apart the busier the machine is
            time.sleep(0.05 * 2**number)
            yield page(number)
        raise AssertionError("the first page was ready")

    with RemoteReader(endpoint.url, "deepseek-ocr") as reader:
        assert next(reader.read(pages())).page == 0


def test_closing_early_cancels_what_is_under_way(endpoint, reader) -> None:
    def answer(request: Request) -> Reply:
        first = request.page == 0 and wait_until(lambda: len(endpoint.asked) >= 8)
        return Reply(completion("x"), delay=0.0 if first else 30.0)

    endpoint.answer = answer
    readings = reader.read(map(page, range(20)))
    next(readings)
    readings.close()
    assert wait_until(lambda: endpoint.hung_up == len(endpoint.asked) - 1 >= 7)
    endpoint.answer = lambda request: Reply(completion("again"))
    assert [reading.text for reading in reader.read([page(50)])] == ["again"]


def test_closing_the_reader_ends_its_requests_and_its_thread(endpoint) -> None:
    endpoint.answer = lambda request: Reply(completion("x"), delay=30.0)
    before = set(threading.enumerate())
    reader = RemoteReader(endpoint.url, "deepseek-ocr")

    def close() -> None:
        wait_until(lambda: endpoint.asked == [0])
        reader.close()

    closing = threading.Thread(target=close)
    closing.start()
    with pytest.raises(CancelledError):
        list(reader.read([page(0)]))
    closing.join()
    reader.close()
    assert wait_until(lambda: endpoint.hung_up == 1)
    assert not [thread for thread in set(threading.enumerate()) - before if "sokdok" in thread.name]


@pytest.mark.process
def test_control_c_ends_a_reading_promptly(endpoint) -> None:
    endpoint.answer = lambda request: Reply(completion("x"), delay=60.0)
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # the background ignores it
        "from fakes.remote import page\n"
        "from sokdok.reading.remote.reader import RemoteReader\n"
        f"list(RemoteReader({endpoint.url!r}, 'deepseek-ocr').read([page(1), page(2)]))\n"
    )
    environment = os.environ | {"PYTHONPATH": ":".join(sys.path)}
    run = subprocess.Popen([sys.executable, "-c", code], env=environment, stderr=subprocess.PIPE, text=True)
    assert wait_until(lambda: len(endpoint.asked) == 2)
    run.send_signal(signal.SIGINT)
    _, errors = run.communicate(timeout=30)  # answers would come after 60
    assert run.returncode != 0 and "KeyboardInterrupt" in errors and "Task" not in errors
    assert wait_until(lambda: endpoint.hung_up == 2)


def test_it_works_where_an_event_loop_is_running(endpoint, reader) -> None:
    async def notebook() -> list[str]:
        return [reading.text for reading in reader.read([page(1), page(2)])]

    assert asyncio.run(notebook()) == ["page 1", "page 2"]


def test_without_a_model_the_only_one_is_asked(endpoint) -> None:
    with RemoteReader(endpoint.url) as reader:
        list(reader.read([page(1)]))
    assert reader.name == "deepseek-ai/DeepSeek-OCR" and reader.preset.name == "deepseek-ocr"
    assert endpoint.requests[1].body["model"] == "deepseek-ai/DeepSeek-OCR"


def test_of_several_models_one_must_be_chosen(endpoint) -> None:
    endpoint.models = {"data": [{"id": "qwen3-vl"}, {"id": "deepseek-ocr"}]}
    with pytest.raises(InputError, match="serves several models; choose one of qwen3-vl, deepseek-ocr"):
        RemoteReader(endpoint.url)


@pytest.mark.parametrize("numbers", [{"concurrency": 0}, {"timeout": 0.0}, {"timeout": -1.0}])
def test_numbers_that_make_no_sense(numbers) -> None:
    with pytest.raises(InputError, match="must be positive"):
        RemoteReader("http://localhost:1/v1", "m", **numbers)


@pytest.mark.process
def test_without_httpx_the_extra_is_named() -> None:
    code = "import sys; sys.modules['httpx'] = None; import sokdok.reading; import sokdok.reading.remote.reader"
    environment = os.environ | {"PYTHONPATH": str(SOURCE)}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    last = run.stderr.splitlines()[-1]
    assert last.endswith("reading over HTTP needs the extra 'remote': pip install 'sokdok[remote]'"), run.stderr


def test_another_thread_cancels_what_one_reads_and_that_is_no_failed_page(endpoint):
    endpoint.answer = lambda request: Reply(completion("late"), delay=60.0)
    ended: list[type[BaseException]] = []

    def read(reader: RemoteReader) -> None:
        try:
            list(reader.read([page(1), page(2)]))
        except BaseException as error:
            ended.append(type(error))

    with RemoteReader(endpoint.url) as reader:
        thread = threading.Thread(target=read, args=(reader,))
        thread.start()
        assert wait_until(lambda: len(endpoint.asked) >= 2)
        assert thread.ident is not None
        reader.cancel(thread.ident)
        thread.join(60)
        assert ended == [asyncio.CancelledError]
        endpoint.answer = read_well
        assert [reading.text for reading in reader.read([page(3)])] == ["page 3"], "others go on"
