"""Small transcripts for the tests of notes, and a language model's server that does as it is
told.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from konspekt.data import Sentence, Transcript


def transcript(
    lines: Sequence[str],
    *,
    language: str = "ru",
    seconds: float = 8.0,
    start: float = 0.0,
) -> Transcript:
    """One sentence a line, each `seconds` long; ids "0:0", "1:0", …"""
    sentences = tuple(
        Sentence(
            f"{i}:0",
            i,
            start + i * seconds,
            0,
            len(line),
            start + i * seconds,
            start + (i + 1) * seconds,
            f"{line} ",
        )
        for i, line in enumerate(lines)
    )
    return Transcript("lecture", language, sentences, ())


def completion(content: Any, finish_reason: str = "stop") -> bytes:
    """A chat completion as servers send it."""
    choice = {
        "index": 0,
        "finish_reason": finish_reason,
        "message": {"role": "assistant", "content": content},
    }
    return json.dumps({"object": "chat.completion", "choices": [choice]}).encode()


Answer = Callable[[BaseHTTPRequestHandler, int, dict[str, Any]], None]


def send(
    handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str
) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


class Stub:
    """A server on 127.0.0.1: `answer(handler, number of the request, its body)` writes the
    reply.
    """

    def __init__(self, answer: Answer) -> None:
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                stub.requests.append(body)
                stub.headers.append(dict(self.headers))
                stub.paths.append(self.path)
                try:
                    answer(self, len(stub.requests) - 1, body)
                except OSError:
                    # the client went away: it does, from a server that lies
                    self.close_connection = True

            def log_message(self, *args: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    @contextmanager
    def running(self) -> Iterator[Stub]:
        thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()


def answering(text: Any, finish_reason: str = "stop") -> Answer:
    """The same completion every time."""
    return lambda handler, number, body: send(handler, completion(text, finish_reason))
