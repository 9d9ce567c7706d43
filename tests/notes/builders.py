"""Small transcripts for the tests of notes, and answers of a language model's server."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from konspekt.data import Sentence, Transcript
from tests.endpoints import Answer, send


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


def answering(text: Any, finish_reason: str = "stop") -> Answer:
    """The same completion every time."""
    return lambda handler, number, body: send(handler, completion(text, finish_reason))
