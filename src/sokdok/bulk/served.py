"""A reader behind a vLLM server that the run itself starts: `vllm:MODEL` in the question.

- The server is watched over, started again if it ends, and ended with all that it started, also where the run is
  killed (`guard`). Meanwhile pages are asked for once more (`PatientReader`); others of the batch are not lost.
- One API server of vLLM prepares some 14 pictures a second, whatever the card could read, so several are started
  (`--api-server-count`). Nothing is sent to anybody: vLLM's usage statistics are off.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from sokdok.documents.question import Question
from sokdok.errors import EndpointError, InputError, SokdokError
from sokdok.machine import usable_cores
from sokdok.pages.page import Page
from sokdok.reading.reading import Abilities, Reader, Reading
from sokdok.reading.remote.chat import preset_of

SCHEME = "vllm:"
VARIABLE = "SOKDOK_VLLM"  # names the executable, where it is not on the PATH
START_S = 1_800.0  # until the server answers, at first or again: it may have to fetch its weights
MOST_RESTARTS = 5
MOST_WAITS = 3  # for it to come back, within one batch of pages
API_SERVERS = 4
_GUARD = "from sokdok.bulk.served import guard; guard()"
_POLL_S = 0.5
_END_S = 30.0  # between asking the server to end and ending it
_GROUP_END_S = 10.0  # the same of all that it has started
_SAID = 2_000  # characters of its log that an error looks at
_FAMILY = (
    *("--logits_processors", "vllm.model_executor.models.deepseek_ocr:NGramPerReqLogitsProcessor"),
    *("--no-enable-prefix-caching", "--mm-processor-cache-gb", "0"),
)  # for DeepSeek-OCR and its kin: the guard against loops, and no caches for pages that come once


def is_served(question: Question) -> bool:
    """Whether the run starts the server that reads."""
    return question.needs_reader and question.reader.startswith(SCHEME)


def served_model(question: Question) -> str:
    """The checkpoint that the server loads: a hub id or a folder. Raises InputError if none is named."""
    name = question.reader.removeprefix(SCHEME)
    if not name:
        raise InputError(f"{SCHEME} wants a model behind it: {SCHEME}deepseek-ai/DeepSeek-OCR")
    return name


def served_name(question: Question) -> str:
    """What the server calls it, which also says how it wants to be asked (`reading.remote.chat`)."""
    return question.model or served_model(question)


def open_served(question: Question, address: str, concurrency: int) -> Reader:
    """The reader at a server's address. Raises SokdokError."""
    from sokdok.reading.remote.reader import RemoteReader

    if not address:
        raise InputError(
            f"{question.reader} is a reader of sokdok bulk, which starts its server; name an address instead"
        )
    reader = RemoteReader(address, served_name(question), concurrency=concurrency)
    return cast(Reader, PatientReader(reader, address))  # of pages alone, which is all that bulk asks


def is_up(address: str) -> bool:
    """Whether the server at `http://host:port/v1` says that it is well."""
    where = f"{address.removesuffix('/v1')}/health"
    try:
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(where, timeout=5.0).close()
    except OSError:
        return False
    return True


class PatientReader:
    """A reader that waits for its server to come back."""

    def __init__(self, reader: Reader, address: str, back_s: float = START_S) -> None:
        self._reader, self._address, self._back_s = reader, address, back_s
        self.name = reader.name

    @property
    def abilities(self) -> Abilities:
        """Of the reader."""
        return self._reader.abilities

    def read(self, pages: Iterable[Page], *arguments: Any, **options: Any) -> Iterator[Reading]:
        """One reading a page, in order. Raises EndpointError if the server stays away."""
        missing = list(pages)  # a batch
        first = waits = 0
        while missing:
            try:
                for reading in self._reader.read(missing, *arguments, **options):
                    first, missing = first + 1, missing[1:]
                    yield replace(reading, page=first - 1)
            except EndpointError:
                waits += 1
                if waits > MOST_WAITS or not self._comes_back():
                    raise

    def _comes_back(self) -> bool:
        end = time.monotonic() + self._back_s
        while time.monotonic() < end:
            if is_up(self._address):
                return True
            time.sleep(_POLL_S)
        return False


def find_vllm() -> str:
    """The executable. Raises InputError where there is none."""
    found = os.environ.get(VARIABLE) or shutil.which("vllm")
    if not found or not shutil.which(found):
        raise InputError(f"there is no vllm to start: pip install vllm, or name its executable in {VARIABLE}")
    return found


class VllmServer:
    """Serves a model on a loopback port while a block runs. Raises SokdokError if it does not start."""

    def __init__(self, model: str, name: str, arguments: Sequence[str] = (), *, start_s: float = START_S) -> None:
        self.model, self.name, self.arguments, self.start_s = model, name, tuple(arguments), start_s
        self.key = os.environ.get("SOKDOK_API_KEY") or secrets.token_urlsafe(24)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.address = f"http://127.0.0.1:{self.port}/v1"
        self.starts = 0
        self._folder = tempfile.TemporaryDirectory(prefix="sokdok-vllm-")
        self.log = Path(self._folder.name) / "vllm.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = threading.Event()
        self._watch = threading.Thread(target=self._keep_up, daemon=True)

    def __enter__(self) -> VllmServer:
        try:
            self._start()
            self._wait()
        except BaseException:
            self.close()
            raise
        self._watch.start()
        return self

    def __exit__(self, kind: object, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """End it, and what it started."""
        self._ended.set()
        if self._watch.is_alive():
            self._watch.join()
        process, self._process = self._process, None
        if process is not None:
            process.terminate()  # the guard ends the server
            try:
                process.wait(_END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._folder.cleanup()

    def command(self) -> list[str]:
        """What is run."""
        fixed = ["serve", self.model, "--host", "127.0.0.1", "--port", str(self.port)]
        named = ["--served-model-name", self.name]
        family = [] if preset_of(self.name).guard is None or "--logits_processors" in self.arguments else _FAMILY
        servers = max(1, min(API_SERVERS, usable_cores() // 2))
        several = [] if servers == 1 or "--api-server-count" in self.arguments else ["--api-server-count", str(servers)]
        return [find_vllm(), *fixed, *named, *family, *several, *self.arguments]

    def _start(self) -> None:
        self.starts += 1
        said = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1", "VLLM_API_KEY": self.key}
        places = os.pathsep.join(place or os.getcwd() for place in sys.path)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _GUARD, *self.command()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=os.environ | said | {"PYTHONPATH": places},
            )

    def _wait(self) -> None:
        end = time.monotonic() + self.start_s
        while not is_up(self.address):
            assert self._process is not None
            if (code := self._process.poll()) is not None:
                raise SokdokError(f"vLLM ended as it started (exit code {code}): {self._last_log_line()}")
            if time.monotonic() > end:
                raise SokdokError(f"vLLM did not answer within {self.start_s:g} s: {self._last_log_line()}")
            time.sleep(_POLL_S)

    def _keep_up(self) -> None:
        """Start it again when it ends; readers wait for it."""
        while not self._ended.wait(_POLL_S):
            process = self._process
            if process is not None and process.poll() is not None and self.starts <= MOST_RESTARTS:
                self._start()

    def _last_log_line(self) -> str:
        """The last line of its log."""
        with suppress(OSError):
            lines = self.log.read_text(errors="replace")[-_SAID:].strip().splitlines()
            if lines:
                return lines[-1].strip()[:300]
        return "it said nothing"


def guard() -> None:
    """Run a command for a parent that may be killed, and leave with its exit code.

    The command has a process group of its own, which is ended with this process or its parent: a server that is left
    behind would hold a card for ever.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the parent decides
    signal.signal(signal.SIGTERM, _leave)
    parent = os.getppid()
    process = subprocess.Popen(sys.argv[1:], start_new_session=True)
    try:
        while process.poll() is None and os.getppid() == parent:
            time.sleep(_POLL_S)
    finally:
        _end_group(process)
    raise SystemExit(process.returncode if process.returncode >= 0 else 128 - process.returncode)


def _leave(number: int, frame: Any) -> None:
    raise SystemExit(128 + number)


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End the group: also what an ended server has left of itself."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GROUP_END_S)
