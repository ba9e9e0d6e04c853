from __future__ import annotations

import re

import httpx

from fakes.server.serving import Served


def test_the_page_and_its_files_need_no_key_and_are_kept_as_long_as_they_are_true(locked: Served) -> None:
    page = httpx.get(locked.address)
    assert page.status_code == 200 and page.headers["cache-control"] == "no-cache"
    assert "script-src 'self';" in page.headers["content-security-policy"]
    assert "'unsafe-inline'" not in page.headers["content-security-policy"]
    addresses = re.findall(r'"(/static/[^"]+)"', page.text)
    assert len(addresses) == 4, "few things are waited for"
    for address in addresses:
        file = locked.get(address)
        assert file.status_code == 200 and "immutable" in file.headers["cache-control"], address


def test_who_watches_the_server_may_ask_for_the_head_alone(server: Served) -> None:
    answer = httpx.head(server.address)
    assert answer.status_code == 200 and not answer.content


def test_other_names_are_not_there(server: Served) -> None:
    root = re.findall(r'"(/static/\w+)/', httpx.get(server.address).text)[0]
    for path in (
        "/static/0123456789abcdef/app/main.js",
        f"{root}/../page/router.py",
        f"{root}/%2e%2e/app.py",
        f"{root}/",
    ):
        answer = server.get(path)
        assert answer.status_code == 404 and answer.json()["detail"], path
