"""Stands for `vllm serve`: an executable that writes down what it was asked, and answers pages with a text.

python -m fakes.bulk.vllm serve MODEL --port N ...; in the folder FAKE_VLLM it leaves `arguments-1.json`, `-2` …,
one for each start. With a file `die` there it ends itself in the middle of a page, and takes the file away; with a file
`refuse` it ends as it starts.
"""

import json
import os
import stat
import sys
import threading
from pathlib import Path
from typing import Any

from fakes.remote import FakeEndpoint, Reply, Request, completion

TEXT = "Read by a server of the run."
FOLDER = Path(os.environ.get("FAKE_VLLM", ""))


def write_executable(folder: Path) -> Path:
    """An executable `vllm` in a folder, which is to be named in SOKDOK_VLLM."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "vllm"
    places = os.pathsep.join(sys.path)
    path.write_text(
        f'#!/bin/sh\nPYTHONPATH="{places}" FAKE_VLLM="{folder}" exec "{sys.executable}" -P -m fakes.bulk.vllm "$@"\n'
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def starts(folder: Path) -> list[dict[str, Any]]:
    """What each start was asked: `arguments`, and the variables that say whom it tells."""
    return [json.loads(path.read_text()) for path in sorted(folder.glob("arguments-*.json"))]


def answer(request: Request) -> Reply:
    if request.headers.get("authorization") != f"Bearer {os.environ['VLLM_API_KEY']}":
        return Reply({"error": {"message": "who are you"}}, 401)
    if (FOLDER / "die").exists():
        (FOLDER / "die").unlink()
        os._exit(7)
    return Reply(completion(TEXT))


def main() -> None:
    arguments = sys.argv[1:]
    told = {name: os.environ.get(name, "") for name in ("VLLM_NO_USAGE_STATS", "DO_NOT_TRACK")}
    number = len(starts(FOLDER)) + 1
    (FOLDER / f"arguments-{number}.json").write_text(json.dumps({"arguments": arguments, "pid": os.getpid(), **told}))
    if (FOLDER / "refuse").exists():
        print("loading weights", flush=True)
        raise SystemExit("ValueError: there is no such model")
    server = FakeEndpoint(int(arguments[arguments.index("--port") + 1]))
    server.models = {"object": "list", "data": [{"id": arguments[arguments.index("--served-model-name") + 1]}]}
    server.answer, server.elsewhere = answer, lambda request: Reply(server.models if "models" in request.path else {})
    threading.Event().wait()


if __name__ == "__main__":
    main()
