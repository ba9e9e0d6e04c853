"""A server as a process of its own, reading by the fake: `python -m fakes.server.main FOLDER PORT`."""

import sys
from pathlib import Path

from fakes.server.serving import fake_app
from sokdok.server.app import serve
from sokdok.server.settings import Settings

if __name__ == "__main__":
    settings = Settings(Path(sys.argv[1]), port=int(sys.argv[2]), workers=2, stop_seconds=60.0)
    serve(settings, app=fake_app(settings))
