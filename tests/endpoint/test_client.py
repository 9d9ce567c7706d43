"""One request to an endpoint: what each answer of a server comes to."""

from __future__ import annotations

import socket
import threading
import time

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
    assert str(found) == (
        "127.0.0.1: HTTP 429, and it wants 86400 s. "
        "It is busy, or your share of it is used up: run again later."
    )


def test_a_server_that_wants_a_moment_too_short_is_given_the_usual_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)
    monkeypatch.setattr(client, "BACKOFF", (1.0, 4.0, 10.0))
    post(lambda h, n, b: send(h, b"", 429, Retry_After="2"))
    assert waits == [2.0, 4.0, 10.0]


# -------------------------------------------------------------------------------- connections

ANSWER = b"HTTP/1.1 %s\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nno"


def client_of(url: str, key: str | None = None) -> Client:
    return Client(LLMOptions(base_url=url, model="m", api_key_env=key, timeout=20))


def take(listener: socket.socket, status: bytes, *, size: int = 2**16) -> None:
    """Answer one request, of which at most `size` bytes are read, and close the connection."""
    connection, _ = listener.accept()
    with connection:
        connection.recv(size)
        connection.sendall(ANSWER % status)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(2**16):
            continue


def address_of(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}/v1"


def test_where_nobody_listens_there_is_one_more_try_and_the_remedy_names_the_setting() -> (
    None
):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = address_of(listener)
    with pytest.raises(UnusableError) as caught:
        client_of(url).post(REQUEST)
    remedy = f"Check {NAMES['base_url']} and that the server runs."
    assert str(caught.value) == f"127.0.0.1: nobody listens there. {remedy}"


def test_a_server_that_starts_a_moment_later_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place = listener.getsockname()
    late: list[socket.socket] = []

    def start(_: float) -> None:
        late.append(socket.create_server(place))
        threading.Thread(target=take, args=(late[0], b"200 OK"), daemon=True).start()

    monkeypatch.setattr(time, "sleep", start)
    assert client_of(f"http://127.0.0.1:{place[1]}/v1").post(REQUEST) == "no"
    late[0].close()


def test_a_server_that_answered_and_starts_again_is_waited_for_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place = listener.getsockname()
        client = client_of(address_of(listener))
        threading.Thread(target=take, args=(listener, b"200 OK"), daemon=True).start()
        assert client.post(REQUEST) == "no"
    again: list[socket.socket] = []
    pauses: list[float] = []

    def start(pause: float) -> None:
        pauses.append(pause)
        if len(pauses) == 3:
            again.append(socket.create_server(place))
            thread = threading.Thread(target=take, args=(again[0], b"200 OK"))
            thread.start()

    monkeypatch.setattr(time, "sleep", start)
    assert client.post(REQUEST) == "no"
    again[0].close()


def test_an_answer_that_comes_before_all_is_sent_is_read() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        arguments = (listener, b"413 Too Large")
        threading.Thread(
            target=take, args=arguments, kwargs={"size": 10}, daemon=True
        ).start()
        with pytest.raises(AnswerError, match="HTTP 413"):
            client_of(address_of(listener)).post(
                Request("things", bytes(2**24), "audio/wav")
            )


def test_a_server_that_listens_on_one_address_of_its_name_is_found() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=take, args=(listener, b"200 OK"), daemon=True).start()
        url = address_of(listener).replace("127.0.0.1", "localhost")
        assert client_of(url).post(REQUEST) == "no"


def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    found, requests = post(lambda h, n, b: send(h, b"direct"))
    assert (found, requests) == ("direct", 1)


@pytest.mark.parametrize("host", ["gpu.example", "192.168.0.7", "localhost.example"])
def test_a_key_does_not_go_to_another_machine_unencrypted(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_KEY", "sk-1")
    with pytest.raises(EndpointError) as caught:
        client_of(f"http://{host}:8000/v1", "A_KEY")
    line = str(caught.value)
    assert line.startswith(f"{host}: the key would go there unencrypted, over http. ")
    assert NAMES["base_url"] in line
    assert NAMES["api_key_env"] in line
    client_of(f"http://{host}:8000/v1")
    for here in ("localhost", "127.0.0.2", "[::1]"):
        client_of(f"http://{here}:8000/v1", "A_KEY")
    client_of(f"https://{host}/v1", "A_KEY")
