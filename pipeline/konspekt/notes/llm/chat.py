"""`POST …/chat/completions`, as OpenAI, Ollama, llama.cpp, vLLM and LM Studio answer it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from konspekt.endpoint.client import Client, Request

Messages = Sequence[Mapping[str, str]]


class ChatClient(Client):
    """A language model at an endpoint."""

    def request_body(self, messages: Messages) -> bytes:
        """Return the request as it is sent: the same bytes for the same messages, and no key in
        it.
        """
        body = {
            "model": self.options.model,
            "messages": [dict(m) for m in messages],
            "temperature": 0,
            "stream": False,
        }
        text = json.dumps(body, ensure_ascii=False, sort_keys=True)
        return text.encode("utf-8", "replace")

    def ask(self, messages: Messages) -> str:
        """Return the reply's body as it came. Raises as `Client.post` does."""
        body = self.request_body(messages)
        return self.post(Request("chat/completions", body, "application/json"))
