"""What the tests of web services share: servers, secrets, requests."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # the servers are modules of the tests, not of a package

from webapi_servers import JobServer, OpenAIServer


@pytest.fixture(autouse=True)
def _known_secrets(monkeypatch):
    """Have exactly the secrets that the tests name."""
    monkeypatch.setenv("GODWIT_SECRET_OPENAI_API_KEY", "sk-test")
    monkeypatch.setenv("GODWIT_SECRET_QUARRY", "let-me-in")


@pytest.fixture
def job_server():
    with JobServer().serving() as server:
        yield server


@pytest.fixture
def openai_server():
    with OpenAIServer().serving() as server:
        yield server
