"""The JSON Schemas of the files that Konspekt writes, made from the types.

    python -m tools.schemas        writes docs/schemas/*.json

A test compares what lies there with what is made here, and validates real files.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from io import StringIO
from pathlib import Path
from typing import Any, get_args, get_type_hints

from pydantic import TypeAdapter

from konspekt.artifacts import names
from konspekt.artifacts.files import FORMAT
from konspekt.data import (
    LectureScore,
    Notes,
    Quality,
    RawTranscript,
    Removal,
    Transcript,
)

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "schemas"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file of a lecture: the type that it holds, and how its form differs from the type."""

    name: str
    kind: type
    what: str
    differs: Callable[[Schema], None] | None = None


def _segments(schema: Schema) -> None:
    """`transcript.json` calls sentences segments, and gives a corrected one its reading."""
    schema["properties"]["segments"] = schema["properties"].pop("sentences")
    schema["required"] = [
        "segments" if x == "sentences" else x for x in schema["required"]
    ]
    reading = {"type": "string", "description": "the text with its replacements made"}
    schema["$defs"]["Sentence"]["properties"]["reading"] = reading


def _rates(schema: Schema) -> None:
    """`score.json` has the rates that follow from the counts, and no alignment."""
    score = schema["$defs"]["Score"]
    del score["properties"]["alignment"]
    del schema["$defs"]["Edit"]
    maybe_number = {"anyOf": [{"type": "number"}, {"type": "null"}]}
    score["properties"] |= {
        "errors": {
            "type": "integer",
            "description": "substitutions, deletions and insertions together",
        },
        "wer": {
            **maybe_number,
            "description": "word error rate; null for an empty reference",
        },
        "cer": {
            **maybe_number,
            "description": "character error rate; null where not wanted",
        },
    }


ARTIFACTS = (
    Artifact(
        names.RAW, RawTranscript, "What Whisper decoded of each window, untouched."
    ),
    Artifact(
        names.SECOND_PASS,
        RawTranscript,
        "The same for the windows of the second pass.",
    ),
    Artifact(
        names.TRANSCRIPT, Transcript, "What cleaning kept, and the gaps.", _segments
    ),
    Artifact(
        names.REMOVED, Removal, "What cleaning removed and why, one object a line."
    ),
    Artifact(
        names.QUALITY,
        Quality,
        "Coverage, counts, what is missing, what was done without.",
    ),
    Artifact(names.NOTES, Notes, "Chapters, statements with their evidence, terms."),
    Artifact(names.SCORE, LectureScore, "WER and CER against the reference.", _rates),
)


def schema(artifact: Artifact) -> Schema:
    """Return the JSON Schema of one of `ARTIFACTS`, its fields described by their comments."""
    made: Schema = TypeAdapter(artifact.kind).json_schema()
    described = {kind.__name__: comments(kind) for kind in kinds_within(artifact.kind)}
    for name, part in [(artifact.kind.__name__, made), *made.get("$defs", {}).items()]:
        _describe(part, described.get(name, {}))
    if artifact.differs is not None:
        artifact.differs(made)
    if artifact.kind is not Removal:
        number = {
            "const": FORMAT,
            "description": "of the file; a reader refuses another",
        }
        made["properties"] = {"format": number, **made["properties"]}
        made["required"] = ["format", *made["required"]]
    return {
        "$schema": DIALECT,
        "title": artifact.name,
        "description": artifact.what,
    } | {
        key: value for key, value in made.items() if key not in ("title", "description")
    }


def _describe(part: Schema, described: dict[str, str]) -> None:
    if "properties" not in part:
        return
    part["additionalProperties"] = False
    part.pop("title", None)
    if "description" in part:
        part["description"] = " ".join(part["description"].split())
    for name, field in part["properties"].items():
        field.pop("title", None)
        if name in described:
            field["description"] = re.sub(r"\bNone\b", "null", described[name])


def kinds_within(kind: type) -> Iterator[type]:
    """Yield `kind` and every dataclass that its fields hold, each once."""
    waiting, seen = [kind], set()
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        yield one
        for hint in get_type_hints(one).values():
            waiting += [inner for inner in _inner_types(hint) if is_dataclass(inner)]


def _inner_types(hint: Any) -> Iterator[type]:
    if isinstance(hint, type):
        yield hint
    for argument in get_args(hint):
        yield from _inner_types(argument)


def comments(kind: type) -> dict[str, str]:
    """Return the comments beside or above the fields of a dataclass, by field."""
    described: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if is_dataclass(base):
            described |= _comments_of(base)
    wanted = {field.name for field in fields(kind)}
    return {name: text for name, text in described.items() if name in wanted}


def _comments_of(kind: type) -> dict[str, str]:
    source = inspect.getsource(kind)
    tokens = tokenize.generate_tokens(StringIO(source).readline)
    found = {
        token.start[0]: token.string
        for token in tokens
        if token.type == tokenize.COMMENT
    }
    described: dict[str, str] = {}
    body = ast.parse(source).body[0]
    assert isinstance(body, ast.ClassDef)
    for node in body.body:
        if isinstance(node, ast.AnnAssign):
            lines = range(
                first_line(source, node.lineno), (node.end_lineno or node.lineno) + 1
            )
            words = [found[line].lstrip("# ") for line in lines if line in found]
            text = re.sub(r"\s*noqa.*|\s*type: ignore.*", "", " ".join(words))
            if text:
                described[ast.unparse(node.target)] = text
    return described


def first_line(source: str, line: int) -> int:
    """Return where the comment right above a line begins; the line itself where there is none."""
    lines = source.splitlines()
    while lines[line - 2].lstrip().startswith("#"):
        line -= 1
    return line


def text_of(artifact: Artifact) -> str:
    """Return the schema as the text of its file."""
    return json.dumps(schema(artifact), indent=2, ensure_ascii=False) + "\n"


def path_of(artifact: Artifact) -> Path:
    """Return where the schema lies: docs/schemas/NAME.schema.json."""
    return FOLDER / f"{artifact.name.partition('.')[0]}.schema.json"


def main() -> None:
    """Write every schema."""
    FOLDER.mkdir(exist_ok=True)
    for artifact in ARTIFACTS:
        path_of(artifact).write_text(text_of(artifact), encoding="utf-8")


if __name__ == "__main__":
    main()
