"""A client of `POST …/chat/completions`, as OpenAI, Ollama, llama.cpp, vLLM and LM Studio answer
it.

Standard library only. One clock bounds the whole answer, retries and waiting included: a timeout
per read does not stop a server that sends a byte now and then. No redirect is followed and no proxy
used: text goes to the host the course names and nowhere else.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import SplitResult, urlsplit

from konspekt.course.settings import LLMOptions
from konspekt.errors import LLMError, name_setting
from konspekt.notes.llm.secret import Secret, key_from

MAX_REPLY = 2 * 1024 * 1024  # bytes; notes of a passage are a few thousand
TRIES = 3
BACKOFF = (1.0, 4.0)  # seconds before the second and the third try
MAX_RETRY_AFTER = 30.0  # seconds; a server that wants more gets no second request

Messages = Sequence[Mapping[str, str]]


class EndpointError(LLMError):
    """The endpoint cannot be used: there is no sense in asking it for the next chapter."""


class AnswerError(LLMError):
    """One answer cannot be used; the next may be good."""

    def __init__(
        self,
        what: object,
        remedy: str = "The chapter is the outline; run the stage again to ask again.",
    ):
        super().__init__(what, remedy=remedy)


class TimeUpError(AnswerError):
    """The answer took longer than notes.llm.timeout."""


class _TryAgainError(Exception):
    """Something that may pass: a busy server, a broken connection."""

    def __init__(self, what: str, wait: float | None = None) -> None:
        super().__init__(what)
        self.wait = wait


class Client:
    """One endpoint and one model. Raises LLMError for an address or a key that cannot be used."""

    def __init__(self, options: LLMOptions) -> None:
        self._url = _check_address(options.base_url)
        self._model = options.model
        self._timeout = options.timeout
        self._key: Secret | None = key_from(options.api_key_env)
        # whether a connection stood, so that text may have left the machine
        self.has_sent = False

    @property
    def host(self) -> str:
        """Return the endpoint's host, without a port."""
        return self._url.hostname or ""

    def request_body(self, messages: Messages) -> bytes:
        """Return the request as it is sent: the same bytes for the same messages, and no key in
        it.
        """
        body = {
            "model": self._model,
            "messages": [dict(m) for m in messages],
            "temperature": 0,
            "stream": False,
        }
        return json.dumps(body, ensure_ascii=False, sort_keys=True).encode(
            "utf-8", "replace"
        )

    def ask(self, messages: Messages) -> str:
        """Return the reply's body as it came, with the key struck out.

        Raises EndpointError, or AnswerError for a reply that is too long or too late.
        """
        deadline = time.monotonic() + self._timeout
        body = self.request_body(messages)
        for attempt in range(TRIES):
            try:
                return self._ask_once(body, deadline)
            except _TryAgainError as error:
                wait = (
                    error.wait
                    if error.wait is not None
                    else BACKOFF[min(attempt, len(BACKOFF) - 1)]
                )
                if (
                    attempt + 1 == TRIES
                    or wait > MAX_RETRY_AFTER
                    or time.monotonic() + wait >= deadline
                ):
                    raise self._unusable(str(error)) from None
                time.sleep(wait)
        raise AssertionError("unreachable")

    def _unusable(self, what: str) -> EndpointError:
        hidden = self._key.hide_in(what) if self._key else what
        return EndpointError(
            f"{self.host}: {hidden}",
            remedy=f"Check {name_setting('notes.llm.base_url', option='llm-url')} "
            "and that the server runs.",
        )

    def _ask_once(self, body: bytes, deadline: float) -> str:
        connection = self._connection(deadline)
        clock = _Deadline(connection, deadline)
        try:
            with clock.running():
                connection.connect()
                clock.hold(connection.sock)
                self.has_sent = True
                connection.request(
                    "POST",
                    f"{self._url.path.rstrip('/')}/chat/completions",
                    body,
                    self._headers(),
                )
                response = connection.getresponse()
                self._refuse(response)
                text = self._read(response)
            if clock.is_up():  # broken off, the answer seems to end there
                raise self._too_late()
            return text
        except ConnectionRefusedError:
            # waiting would not help, and a build is waiting
            raise self._unusable("nobody listens there") from None
        except (OSError, http.client.HTTPException) as error:
            if clock.is_up():
                raise self._too_late() from None
            raise _TryAgainError(f"no connection ({type(error).__name__})") from None
        finally:
            connection.close()

    def _too_late(self) -> TimeUpError:
        return TimeUpError(f"{self.host}: no whole answer within {self._timeout:g} s")

    def _connection(self, deadline: float) -> http.client.HTTPConnection:
        left = max(0.05, deadline - time.monotonic())
        if self._url.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(
                self.host, self._url.port, timeout=left, context=context
            )
        return http.client.HTTPConnection(self.host, self._url.port, timeout=left)

    def _headers(self) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Connection": "close",
        }
        if self._key is not None:
            headers["Authorization"] = f"Bearer {self._key.reveal()}"
        return headers

    def _refuse(self, response: http.client.HTTPResponse) -> None:
        """Raise LLMError for every status that is no answer. The body of an error is not quoted:
        anything may stand there.
        """
        status = response.status
        if status == 429 or status >= 500:
            raise _TryAgainError(
                f"HTTP {status}", _retry_after(response.getheader("Retry-After"))
            )
        if 300 <= status < 400:
            raise self._unusable(
                f"HTTP {status}: it sends elsewhere, which is not followed"
            )
        if status != 200:
            raise self._unusable(f"HTTP {status}")

    def _read(self, response: http.client.HTTPResponse) -> str:
        pieces = bytearray()
        while piece := response.read1(65536):
            pieces += piece
            if len(pieces) > MAX_REPLY:
                raise AnswerError(
                    f"{self.host}: an answer of more than {MAX_REPLY // 1024**2} MB"
                )
        text = pieces.decode("utf-8", "replace")
        return self._key.hide_in(text) if self._key else text


class _Deadline:
    """Breaks a connection off when its time is up, whatever it is doing."""

    def __init__(self, connection: http.client.HTTPConnection, deadline: float) -> None:
        self._connection = connection
        self._deadline = deadline
        self._up = threading.Event()
        self._socket: Any = None

    def hold(self, sock: Any) -> None:
        """Keep the socket: http.client lets go of it once it has seen the headers of the answer."""
        self._socket = sock

    def is_up(self) -> bool:
        return self._up.is_set() or time.monotonic() >= self._deadline

    @contextmanager
    def running(self) -> Iterator[None]:
        timer = threading.Timer(
            max(0.0, self._deadline - time.monotonic()), self._break_off
        )
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _break_off(self) -> None:
        self._up.set()
        sock: Any = self._socket or self._connection.sock
        if sock is not None:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # closed by the other side in the meantime


def _check_address(base_url: str) -> SplitResult:
    """Return the endpoint's address. A password in it is refused without being quoted."""
    remedy = 'Write notes.llm.base_url like "http://localhost:11434/v1".'
    try:
        url = urlsplit(base_url)
        port_is_good = url.port != 0
    except ValueError:
        raise LLMError("notes.llm.base_url is no address", remedy=remedy) from None
    if "@" in url.netloc:
        raise LLMError(
            "notes.llm.base_url holds a name or a password",
            remedy="Name the key's variable in api_key_env.",
        )
    printable = base_url.isascii() and base_url.isprintable() and " " not in base_url
    if (
        url.scheme not in {"http", "https"}
        or not url.hostname
        or not port_is_good
        or not printable
    ):
        raise LLMError("notes.llm.base_url is no http or https address", remedy=remedy)
    if url.query or url.fragment:
        raise LLMError("notes.llm.base_url has a query", remedy=remedy)
    return url


def _retry_after(value: str | None) -> float | None:
    """Return how many seconds a server wants to wait; None if it does not say so in seconds."""
    return (
        float(value)
        if value is not None and value.isascii() and value.isdigit()
        else None
    )
