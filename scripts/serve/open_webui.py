"""Have Open WebUI's loaders read a PDF: python scripts/serve/open_webui.py http://127.0.0.1:8400 FILE.pdf [KEY]

Its package, 100 MB without the hundreds that it wants, is fetched from the index; of it the two modules of its loaders
for docling and Mistral OCR are used as they are. What else they import, settings and other loaders, is stood in for.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from types import ModuleType
from unittest.mock import MagicMock

LOADERS = "open_webui.retrieval.loaders"
OTHERS = [f"{LOADERS}.{name}" for name in ("datalab_marker", "external_document", "local", "mineru", "pdf")]
OTHERS += [f"{LOADERS}.paddleocr_vl", "ftfy", "azure", "azure.identity", "open_webui.utils"]
OTHERS += ["open_webui.utils.headers", "open_webui.utils.json_codec"]
SETTINGS = {
    "AIOHTTP_CLIENT_SESSION_SSL": True,
    "GLOBAL_LOG_LEVEL": "WARNING",
    "REQUESTS_VERIFY": True,
    "USE_SLIM": True,
}
SETTINGS |= {"MINERU_MAX_MARKDOWN_BYTES": 1, "ENABLE_FORWARD_USER_INFO_HEADERS": False}


def main() -> None:
    """Print how many pages each has got, and its first words."""
    address, file, key = (*sys.argv[1:], "any")[:3]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, "open-webui"], check=True
        )
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(
                folder, [name for name in archive.namelist() if name.startswith(LOADERS.replace(".", "/"))]
            )
        sys.path[0] = folder  # in place of this folder, where this file has the name of the package
        sys.modules["open_webui.env"] = env = ModuleType("open_webui.env")
        vars(env).update(SETTINGS)
        sys.modules.update({name: MagicMock() for name in OTHERS})
        from open_webui.retrieval.loaders.main import DoclingLoader  # type: ignore[import-not-found]
        from open_webui.retrieval.loaders.mistral import MistralLoader  # type: ignore[import-not-found]

        for name, loader in (
            ("docling", DoclingLoader(address, key, file, "application/pdf")),
            ("Mistral OCR", MistralLoader(f"{address}/v1", key, file)),
        ):
            pages = loader.load()
            print(f"{wheel.name.split('-')[1]}, {name}: {len(pages)} pages; {pages[0].page_content[:60]!r}")


if __name__ == "__main__":
    main()
