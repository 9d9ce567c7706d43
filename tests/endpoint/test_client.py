"""One request to an endpoint: what each answer of a server comes to."""

from __future__ import annotations

import pytest

from konspekt.course.settings import LLMOptions
from konspekt.endpoint import client
from konspekt.endpoint.client import AnswerError, Client, Request, UnusableError
from konspekt.errors import EndpointError
from tests.endpoints import Answer, Stub, send

NAMES = {
    "base_url": "--llm-url (base_url in [notes.llm])",
    "model": "--llm-model (model in [notes.llm])",
    "api_key_env": "--llm-key-env (api_key_env in [notes.llm])",
}
REQUEST = Request("things", b"{}", "application/json")


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "BACKOFF", (0.0, 0.0, 0.0))


def post(answer: Answer, key: str | None = None) -> tuple[str | EndpointError, int]:
    """What comes back, and how many requests it took."""
    with Stub(answer).running() as stub:
        options = LLMOptions(
            base_url=f"{stub.url}/", model="m", api_key_env=key, timeout=20
        )
        try:
            return Client(options).post(REQUEST), len(stub.requests)
        except EndpointError as error:
            return error, len(stub.requests)


def test_an_answer_comes_back_as_it_was_sent() -> None:
    found, requests = post(lambda h, n, b: send(h, "Да".encode()))
    assert (found, requests) == ("Да", 1)


@pytest.mark.parametrize("status", [400, 413, 422])
def test_what_is_refused_for_its_content_says_nothing_of_the_next_request(
    status: int,
) -> None:
    found, requests = post(lambda h, n, b: send(h, b"<secret>", status))
    assert isinstance(found, AnswerError)
    assert (found.what, requests) == (f"127.0.0.1: HTTP {status}", 1)


@pytest.mark.parametrize(
    ("status", "key", "remedy"),
    [
        (
            401,
            None,
            f"Name the key's variable: {NAMES['api_key_env']}.",
        ),
        (403, "A_KEY", "Check the key in the environment variable A_KEY."),
        (404, None, f"Check {NAMES['base_url']} and {NAMES['model']}."),
        (302, None, f"Check {NAMES['base_url']} and that the server runs."),
        (418, None, f"Check {NAMES['base_url']} and that the server runs."),
    ],
)
def test_an_endpoint_that_refuses_is_not_tried_again_and_the_remedy_names_the_setting(
    status: int, key: str | None, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_KEY", "sk-1")
    found, requests = post(lambda h, n, b: send(h, b"", status), key)
    assert isinstance(found, UnusableError)
    assert f"HTTP {status}" in found.what
    assert (found.remedy, requests) == (remedy, 1)


def test_a_server_that_loads_its_model_is_waited_for() -> None:
    found, requests = post(lambda h, n, b: send(h, b"ready", 200 if n == 3 else 503))
    assert (found, requests) == ("ready", 4)


def test_a_server_that_stays_busy_or_wants_a_day_is_given_up() -> None:
    found, requests = post(lambda h, n, b: send(h, b"", 503))
    assert isinstance(found, UnusableError)
    assert (found.what, requests) == ("127.0.0.1: HTTP 503", 4)
    found, requests = post(lambda h, n, b: send(h, b"", 429, Retry_After="86400"))
    assert isinstance(found, UnusableError)
    assert requests == 1
