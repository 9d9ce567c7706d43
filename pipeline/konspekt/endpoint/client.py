"""A client of one endpoint: a request is posted to it, and its reply read.

Standard library only. One clock bounds the whole answer, retries and waiting included: a timeout
per read does not stop a server that sends a byte now and then. No redirect is followed and no proxy
used: what is sent goes to the host the course names and nowhere else.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from konspekt.course.settings import EndpointOptions, name_endpoint_setting
from konspekt.endpoint.secret import Secret, key_from
from konspekt.errors import EndpointError

MAX_REPLY = 2 * 1024 * 1024  # bytes; notes of a passage are a few thousand
# Seconds before the second and each further try: a server that loads its model takes about 25.
BACKOFF = (1.0, 4.0, 10.0, 15.0)
CONNECTING = 10.0  # seconds that each of a host's addresses has to take a connection
MAX_RETRY_AFTER = 30.0  # seconds; a server that wants more gets no second request
# What the server does not take because of what was sent, not because of who sent it.
REFUSED_CONTENT = frozenset({400, 413, 422})


class UnusableError(EndpointError):
    """The endpoint cannot be used: there is no sense in sending it the next request."""


class AnswerError(EndpointError):
    """One request is not answered, or its answer cannot be used; the next may be good."""

    def __init__(self, what: object, remedy: str = "Run the stage again."):
        super().__init__(what, remedy=remedy)


class TimeUpError(AnswerError):
    """The answer took longer than the endpoint's `timeout`."""


class _TryAgainError(Exception):
    """Something that may pass: a busy server, a broken connection."""

    def __init__(self, what: str, wait: float = 0.0, remedy: str = "") -> None:
        super().__init__(what)
        self.wait = wait  # seconds that the server wants
        self.remedy = remedy


class _NobodyError(_TryAgainError):
    """Nobody listens there: a server that is just starting, one that starts again, or none."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is posted: below the endpoint's address, of a media type."""

    path: str  # such as "chat/completions"
    body: bytes
    media_type: str


class Client:
    """One endpoint. Raises EndpointError for an address or a key that cannot be used."""

    def __init__(self, options: EndpointOptions) -> None:
        self.options = options
        self._url = _check_address(options)
        self._key: Secret | None = key_from(options)
        if self._key is not None:
            _refuse_open_line(self._url, options)
        # whether a connection stood, so that something may have left the machine
        self.has_sent = False

    @property
    def host(self) -> str:
        """Return the endpoint's host, without a port."""
        return self._url.hostname or ""

    def post(self, request: Request) -> str:
        """Return the reply's body as it came, with the key struck out.

        Raises UnusableError, or AnswerError for a request that is refused and a reply that is too
        long or too late.
        """
        deadline = time.monotonic() + self.options.timeout
        for tried, pause in enumerate((*BACKOFF, None)):
            try:
                return self._post_once(request, deadline)
            except _TryAgainError as error:
                # a build waits: where nobody ever listened, a second try has to do
                is_absent = isinstance(error, _NobodyError) and not self.has_sent
                if (tried and is_absent) or not _wait(pause, error.wait, deadline):
                    raise self._unusable(str(error), error.remedy) from None
        raise AssertionError("unreachable")

    def _unusable(self, what: str, remedy: str = "") -> UnusableError:
        hidden = self._key.hide_in(what) if self._key else what
        usual = f"Check {self._name('base_url')} and that the server runs."
        return UnusableError(f"{self.host}: {hidden}", remedy=remedy or usual)

    def _name(self, key: str) -> str:
        return name_endpoint_setting(type(self.options), key)

    def _post_once(self, request: Request, deadline: float) -> str:
        connection = self._connection(deadline)
        clock = _Deadline(connection, deadline)
        try:
            with clock.running():
                connection.connect()
                clock.hold(connection.sock)
                connection.sock.settimeout(max(0.05, deadline - time.monotonic()))
                text = self._exchange(connection, request)
            if clock.is_up():  # broken off, the answer seems to end there
                raise self._too_late()
            return text
        except ConnectionRefusedError:
            raise _NobodyError("nobody listens there") from None
        except (OSError, http.client.HTTPException) as error:
            if clock.is_up():
                raise self._too_late() from None
            raise _TryAgainError(f"no connection ({type(error).__name__})") from None
        finally:
            connection.close()

    def _exchange(
        self, connection: http.client.HTTPConnection, request: Request
    ) -> str:
        """Send the request over an open connection; return the reply's body."""
        self.has_sent = True
        path = f"{self._url.path.rstrip('/')}/{request.path}"
        headers = self._headers(request.media_type)
        # a server may refuse what it has not read to its end; its answer says why
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.request("POST", path, request.body, headers)
        with connection.getresponse() as response:
            self._refuse(response)
            return self._read(response)

    def _too_late(self) -> TimeUpError:
        what = f"{self.host}: no whole answer within {self.options.timeout:g} s"
        return TimeUpError(what, f"Run again, or raise {self._name('timeout')}.")

    def _connection(self, deadline: float) -> http.client.HTTPConnection:
        left = min(CONNECTING, max(0.05, deadline - time.monotonic()))
        if self._url.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(
                self.host, self._url.port, timeout=left, context=context
            )
        return http.client.HTTPConnection(self.host, self._url.port, timeout=left)

    def _headers(self, media_type: str) -> dict[str, str]:
        headers = {
            "Content-Type": media_type,
            "Accept": "application/json",
            "Connection": "close",
        }
        if self._key is not None:
            headers["Authorization"] = f"Bearer {self._key.reveal()}"
        return headers

    def _refuse(self, response: http.client.HTTPResponse) -> None:
        """Raise an error for every status that is no answer.

        The body of an error is not quoted: anything may stand there.
        """
        status = response.status
        if status == 200:
            return
        what = f"HTTP {status}"
        if status == 429 or status >= 500:
            wait = _retry_after(response.getheader("Retry-After"))
            if wait:
                what += f", and it wants {wait:g} s"
            raise _TryAgainError(what, wait, self._remedy_of(status))
        if status in REFUSED_CONTENT:
            raise AnswerError(f"{self.host}: {what}", "Look at the server's log.")
        if 300 <= status < 400:
            what += ": it sends elsewhere, which is not followed"
        raise self._unusable(what, self._remedy_of(status))

    def _remedy_of(self, status: int) -> str:
        """Return what to do about a status; "" where nothing special is known."""
        if status in (401, 403):
            variable = self.options.api_key_env
            return (
                f"Check the key in the environment variable {variable}."
                if variable
                else f"Name the key's variable: {self._name('api_key_env')}."
            )
        if status == 429:
            return "It is busy, or your share of it is used up: run again later."
        if status == 404:
            return f"Check {self._name('base_url')} and {self._name('model')}."
        return ""

    def _read(self, response: http.client.HTTPResponse) -> str:
        pieces = bytearray()
        while piece := response.read1(65536):
            pieces += piece
            if len(pieces) > MAX_REPLY:
                megabytes = MAX_REPLY // 1024**2
                what = f"{self.host}: an answer of more than {megabytes} MB"
                raise AnswerError(what, f"Check {self._name('base_url')}.")
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


def _check_address(options: EndpointOptions) -> SplitResult:
    """Return the endpoint's address. A password in it is refused without being quoted."""
    base_url, setting = (
        options.base_url,
        name_endpoint_setting(type(options), "base_url"),
    )
    remedy = f'Write {setting} like "http://localhost:11434/v1".'
    try:
        url = urlsplit(base_url)
        port_is_good = url.port != 0
    except ValueError:
        raise EndpointError(f"{setting} is no address", remedy=remedy) from None
    if "@" in url.netloc:
        raise EndpointError(
            f"{setting} holds a name or a password",
            remedy="Name the variable that holds the key: "
            f"{name_endpoint_setting(type(options), 'api_key_env')}.",
        )
    printable = base_url.isascii() and base_url.isprintable() and " " not in base_url
    if (
        url.scheme not in {"http", "https"}
        or not url.hostname
        or not port_is_good
        or not printable
    ):
        raise EndpointError(f"{setting} is no http or https address", remedy=remedy)
    if url.query or url.fragment:
        raise EndpointError(f"{setting} has a query", remedy=remedy)
    return url


def _refuse_open_line(url: SplitResult, options: EndpointOptions) -> None:
    """Raise EndpointError where a key would go to another machine unencrypted."""
    if url.scheme == "https" or _is_this_machine(url.hostname or ""):
        return
    base_url = name_endpoint_setting(type(options), "base_url")
    key = name_endpoint_setting(type(options), "api_key_env")
    raise EndpointError(
        f"{url.hostname}: the key would go there unencrypted, over http",
        remedy=f"Set {base_url} to an https address or to a tunnel's on localhost, "
        f"or leave out {key}.",
    )


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name
        return False


def _wait(pause: float | None, wanted: float, deadline: float) -> bool:
    """Wait before the next try, as long as the server wants; return False where none is left.

    `pause` are the usual seconds, at least; None after the last try.
    """
    if pause is None:
        return False
    wait = max(pause, wanted)
    if wait > MAX_RETRY_AFTER or time.monotonic() + wait >= deadline:
        return False
    time.sleep(wait)
    return True


def _retry_after(value: str | None) -> float:
    """Return how many seconds a server wants to wait; 0 if it does not say so in seconds."""
    if value is not None and value.isascii() and value.isdigit():
        return float(value)
    return 0.0
