"""A reply of the model as lines: a title, and statements with the numbers of their sentences."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from konspekt.endpoint.client import AnswerError
from konspekt.sanitize import sanitize
from konspekt.text.words import fold, tokens

MAX_LINES = 200
# words in a row that the answer shares with the instructions: it repeats them
SHINGLE = 8
_THOUGHT = re.compile(
    r"<(think|thinking|reasoning)>.*?</\1>", re.DOTALL | re.IGNORECASE
)
_THINKING = re.compile(
    r"</?(?:think|thinking|reasoning|analysis)\b[^>]*>|<\|[^|]*\|>", re.IGNORECASE
)
_LINE = re.compile(r"^(?:[-*•]\s*)?\[?(S\d+(?:\s*[,;–-]\s*S?\d+)*)\]?\s*\|\s*(.+)$")
_NUMBER = re.compile(r"S?(\d{1,5})")
MAX_RANGE = 12  # sentences in S3-S14


@dataclass(frozen=True, slots=True)
class ReplyLine:
    """What the model says, and the numbers it gives for it (from 1, unchecked)."""

    numbers: tuple[int, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of a model, read line by line."""

    title: str  # "" without one
    lines: tuple[ReplyLine, ...]
    unread: tuple[str, ...]  # lines of no form


def content_of(body: str) -> str:
    """Return the model's text in a chat completion.

    Raises AnswerError where there is none, where it was cut off (`finish_reason` other than "stop")
    or where thinking is left in it.
    """
    try:
        choice = json.loads(body)["choices"][0]
        reason, content = choice["finish_reason"], choice["message"]["content"]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise AnswerError("the answer is no chat completion") from None
    if reason != "stop":
        raise AnswerError(f"the answer was cut off (finish_reason {reason!r})")
    if not isinstance(content, str):
        raise AnswerError("the answer holds no text")
    text = _THOUGHT.sub("", content).strip()
    if _THINKING.search(text):
        raise AnswerError("the answer holds the model's thinking")
    if not text:
        raise AnswerError("the answer is empty")
    return text


def read_reply(text: str, instructions: str) -> Reply:
    """Return the lines of an answer. Raises AnswerError if it repeats its instructions or holds
    no statement.
    """
    if _shingles(instructions) & _shingles(text):
        raise AnswerError("the answer repeats its instructions")
    title, lines, unread = "", [], []
    for raw in text.splitlines()[:MAX_LINES]:
        line = sanitize(raw)
        if not line or line.startswith("```"):
            continue
        match = _LINE.match(line)
        if match is not None:
            lines.append(ReplyLine(_numbers(match[1]), match[2].strip()))
        elif line.startswith("#") and not title and not lines:
            title = line.lstrip("# ").strip()
        else:
            unread.append(line)
    if not lines:
        raise AnswerError("the answer is not in the form asked for")
    return Reply(title, tuple(lines), tuple(unread))


def _numbers(text: str) -> tuple[int, ...]:
    found: list[int] = []
    for part in re.split(r"[,;]", text):
        ends = [int(number) for number in _NUMBER.findall(part)]
        if len(ends) == 2 and 0 <= ends[1] - ends[0] < MAX_RANGE:
            found += range(ends[0], ends[1] + 1)
        else:
            found += ends
    return tuple(dict.fromkeys(found))


def _shingles(text: str) -> set[tuple[str, ...]]:
    words: Sequence[str] = [fold(token.text) for token in tokens(text)]
    return {tuple(words[i : i + SHINGLE]) for i in range(len(words) - SHINGLE + 1)}
