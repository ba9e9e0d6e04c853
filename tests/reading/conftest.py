import pytest


@pytest.fixture
def no_key(monkeypatch) -> None:
    """No key in the environment, and hardly a pause between tries."""
    from sokdok.reading import endpoint

    monkeypatch.delenv("SOKDOK_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setattr(endpoint, "FIRST_PAUSE", 0.01)
