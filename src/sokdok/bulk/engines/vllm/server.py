"""A `vllm serve` process: started, watched over, started again if it ends, and ended with all that it started.

One API server of vLLM prepares some 14 pictures a second, whatever the card could read, so several are started
(`--api-server-count`). Nothing is told to anybody: vLLM's usage statistics are off.
"""

from __future__ import annotations

import os
import secrets
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from sokdok.bulk.work.served import is_up
from sokdok.errors import InputError, SokdokError
from sokdok.machine import usable_cores
from sokdok.reading.remote.chat import preset_of

GUARD = "sokdok.bulk.engines.vllm.guard"
VARIABLE = "SOKDOK_VLLM"  # names the executable, where it is not on the PATH
START_S = 1_800.0  # until it answers: it may have to fetch its weights
MOST_RESTARTS = 5
API_SERVERS = 4
_POLL_S = 0.5
_END_S = 30.0
_SAID = 2_000  # characters of its log that an error looks at
_FAMILY = (
    *("--logits_processors", "vllm.model_executor.models.deepseek_ocr:NGramPerReqLogitsProcessor"),
    *("--no-enable-prefix-caching", "--mm-processor-cache-gb", "0"),
)  # for DeepSeek-OCR and its kin: the guard against loops, and no caches for pages that come once


def find_vllm() -> str:
    """The executable. Raises InputError where there is none."""
    found = os.environ.get(VARIABLE) or shutil.which("vllm")
    if not found or not shutil.which(found):
        raise InputError(f"there is no vllm to start: pip install vllm, or name its executable in {VARIABLE}")
    return found


def split_arguments(text: str) -> tuple[str, ...]:
    """Arguments for `vllm serve` as they are typed. Raises InputError."""
    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        raise InputError(f"--vllm-args {text}: {error}") from None


class VllmServer:
    """Serves a model on a loopback port while a block runs. Raises SokdokError if it does not start."""

    def __init__(self, model: str, name: str, arguments: Sequence[str] = (), *, start_s: float = START_S) -> None:
        self.model, self.name, self.arguments, self.start_s = model, name, tuple(arguments), start_s
        self.key = os.environ.get("SOKDOK_API_KEY") or secrets.token_urlsafe(24)
        self.port = _free_port()
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

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
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
        told = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1", "VLLM_API_KEY": self.key}
        places = os.pathsep.join(place or os.getcwd() for place in sys.path)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", GUARD, *self.command()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=os.environ | told | {"PYTHONPATH": places},
            )

    def _wait(self) -> None:
        end = time.monotonic() + self.start_s
        while not is_up(self.address):
            assert self._process is not None
            if (code := self._process.poll()) is not None:
                raise SokdokError(f"vLLM ended as it started (exit code {code}): {self._said()}")
            if time.monotonic() > end:
                raise SokdokError(f"vLLM did not answer within {self.start_s:g} s: {self._said()}")
            time.sleep(_POLL_S)

    def _keep_up(self) -> None:
        """Start it again when it ends; readers wait for it (`work.served`)."""
        while not self._ended.wait(_POLL_S):
            process = self._process
            if process is not None and process.poll() is not None and self.starts <= MOST_RESTARTS:
                self._start()

    def _said(self) -> str:
        """The last line of its log."""
        with suppress(OSError):
            lines = self.log.read_text(errors="replace")[-_SAID:].strip().splitlines()
            if lines:
                return lines[-1].strip()[:300]
        return "it said nothing"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
