from fakes.server.serving import Served


def test_health_needs_no_key_and_all_else_does(locked: Served) -> None:
    assert locked.get("/health").json() == {"status": "ok"}
    assert locked.get("/ready").json() == {"status": "ready"}
    for path in ("/metrics", "/version", "/v1/capabilities", "/v1/tasks", "/v1/models"):
        assert locked.get(path).status_code == 401, path
        assert locked.get(path, headers={"X-Api-Key": "the-first-key-of-all"}).status_code == 200, path


def test_limits_and_measures_are_told(server: Served) -> None:
    told = server.get("/v1/capabilities").json()
    assert told["reader"] == "fake" and told["limits"]["body_bytes"] == 200_000 and told["fetches_urls"] is False
    metrics = server.get("/metrics")
    assert (
        "sokdok_queue_pages" in metrics.text
        and "sokdok_workers_ready 1.0" in metrics.text
        and "sokdok_ready 1.0" in metrics.text
    )
    assert 'sokdok_request_seconds_count{method="GET",route="/v1/capabilities"}' in metrics.text
    assert metrics.headers["x-content-type-options"] == "nosniff" and metrics.headers["x-request-id"]


def test_openapi_is_there_and_no_page_that_loads_from_elsewhere(server: Served) -> None:
    assert "/v1/tasks/{id}/events" in server.get("/openapi.json").json()["paths"]
    assert server.get("/docs").headers["location"] == "/#/api"
