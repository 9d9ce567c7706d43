"""The parts of the documentation that are made from the program: commands, settings, files.

Each is a function without arguments that returns Markdown; `docs/conf.py` puts them into pages.
"""

from __future__ import annotations

import inspect
import json
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import click

from konspekt.artifacts.names import SECOND_PASS
from konspekt.cli.main import main
from konspekt.course.settings import CourseFile
from tools.schemas import ARTIFACTS, Schema, path_of, schema


def commands() -> str:
    """Return every command with its help, its arguments and its options."""
    context = click.Context(main, info_name="konspekt")
    return "\n".join(_command(main, context))


def _command(command: click.Command, context: click.Context) -> Iterator[str]:
    depth = context.command_path.count(" ") + 2
    yield f"{'#' * depth} {context.command_path}\n"
    pieces = " ".join(command.collect_usage_pieces(context))
    yield f"```text\n{context.command_path} {pieces}\n```\n"
    yield help_as_markdown(command.help or "")
    options = [
        p for p in command.params if isinstance(p, click.Option) and not p.hidden
    ]
    for option in options:
        yield _option(option, context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.commands[name]
            yield from _command(
                inner, click.Context(inner, info_name=name, parent=context)
            )


def _option(option: click.Option, context: click.Context) -> str:
    names, words = option.get_help_record(context) or ("", "")
    return f"`{names}`\n: {escaped(words) or '—'}\n"


def help_as_markdown(text: str) -> str:
    """Return click's help as Markdown: a paragraph after `\\b` is shown as it is written."""
    parts = []
    for paragraph in re.split(r"\n\s*\n", inspect.cleandoc(text)):
        if paragraph.startswith("\b"):
            parts.append(
                f"```text\n{paragraph.removeprefix(chr(8)).strip(chr(10))}\n```\n"
            )
        else:
            parts.append(escaped(" ".join(paragraph.split())) + "\n")
    return "\n".join(parts)


def escaped(text: str) -> str:
    """Return plain text as Markdown that shows it; what stands in backticks stays code."""
    pieces = re.split(r"(`[^`]+`)", text)
    return "".join(
        piece
        if piece.startswith("`")
        else re.sub(r"([\\*_\[\]<>|{}#$])", r"\\\1", piece)
        for piece in pieces
    )


# --------------------------------------------------------------------------------------------------


def settings() -> str:
    """Return every setting of course.toml: what it does, its default and what it may be."""
    whole = CourseFile.model_json_schema()
    lines: list[str] = []
    for name, table in _tables(whole, whole, ""):
        lines += _settings_table(name, table)
    return "\n".join(lines)


def _tables(table: Schema, whole: Schema, name: str) -> Iterator[tuple[str, Schema]]:
    yield name, table
    for key, setting in table["properties"].items():
        inner = _table_within(setting, whole)
        if inner is not None:
            listed = setting.get("type") == "array"
            path = f"{name}.{key}" if name else key
            yield from _tables(inner, whole, f"[{path}]" if listed else path)


def _table_within(setting: Schema, whole: Schema) -> Schema | None:
    """Return the table that a setting is, or is a list of; None where it is a plain value."""
    found = re.search(r'"#/\$defs/(\w+)"', json.dumps(setting))
    inner: Schema | None = whole["$defs"][found[1]] if found else None
    return inner if inner and "properties" in inner else None


def _settings_table(name: str, table: Schema) -> Iterator[str]:
    yield f"## {f'[{name}]' if name else 'At the top of the file'}\n"
    if name:
        words = " ".join(table.get("description", "").split())
        words = re.sub(r"^\[+[\w.]+\]+: ", "", words)  # the heading says the name
        yield escaped(words[:1].upper() + words[1:]) + "\n"
    required = table.get("required", ())
    for key, setting in table["properties"].items():
        described = escaped(setting.get("description", ""))
        if "$ref" in json.dumps(setting):
            if described:
                yield f"`{key}`\n: {described} (a table of its own, below)\n"
            continue
        default = (
            "needed" if key in required else f"default {_toml(setting.get('default'))}"
        )
        facts = "; ".join(filter(None, [default, allowed(setting)]))
        yield f"`{key}`\n: {described} ({facts})\n"


def _toml(value: Any) -> str:
    if value is None:
        return "none"
    return f"`{json.dumps(value, ensure_ascii=False)}`"


def allowed(setting: Schema) -> str:
    """Return what values a setting may have, in words; "" where any of its type will do."""
    if "anyOf" in setting:
        kinds = [kind for kind in setting["anyOf"] if kind.get("type") != "null"]
        return " or ".join(dict.fromkeys(filter(None, map(allowed, kinds))))
    if "enum" in setting:
        return " or ".join(_toml(value) for value in setting["enum"])
    if setting.get("type") == "array":
        inner = allowed(setting.get("items", {}))
        return f"a list, each {inner}" if inner else "a list"
    return _range(setting) or KINDS.get(
        setting.get("format") or setting.get("type", ""), ""
    )


KINDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "`true` or `false`",
    "date": "a date, such as `2026-09-01`",
}


def _range(setting: Mapping[str, Any]) -> str:
    low, above = setting.get("minimum"), setting.get("exclusiveMinimum")
    high = setting.get("maximum")
    least = f"above {above}" if above is not None else f"{low}"
    if low is None and above is None:
        return ""
    if high is None:
        return least if above is not None else f"{low} or more"
    return f"{least} up to {high}" if above is not None else f"{low} to {high}"


# --------------------------------------------------------------------------------------------------


def files() -> str:
    """Return every file of a lecture with its fields, from its JSON Schema."""
    lines = []
    for artifact in ARTIFACTS:
        made = schema(artifact)
        lines.append(f"## {artifact.name}\n\n{artifact.what}\n")
        link = f"../schemas/{path_of(artifact).name}"
        lines.append(
            f"Its JSON Schema: {{download}}`{path_of(artifact).name} <{link}>`.\n"
        )
        if artifact.name != SECOND_PASS:
            parts = [("", made), *made.get("$defs", {}).items()]
            lines += [_fields(*part) for part in parts if "properties" in part[1]]
    return "\n".join(lines)


def _fields(name: str, part: Schema) -> str:
    what = escaped(part.get("description", "")) or "its fields."
    head = f"**{name}**: {what}\n\n" if name else ""
    rows = ["| field | holds | |", "|---|---|---|"]
    for key, field in part["properties"].items():
        rows.append(
            f"| `{key}` | {holds(field)} | {escaped(field.get('description', ''))} |"
        )
    return head + "\n".join(rows) + "\n"


def holds(field: Schema) -> str:
    """Return what a field of a file holds, in words: "list of Segment", "number or null"."""
    if "anyOf" in field:
        return " or ".join(dict.fromkeys(map(holds, field["anyOf"])))
    if "$ref" in field:
        return str(field["$ref"]).rpartition("/")[2]
    if "enum" in field:
        return " or ".join(f"`{value}`" for value in field["enum"])
    if field.get("type") == "array":
        return f"list of {holds(field.get('items', {}))}"
    if isinstance(inner := field.get("additionalProperties"), dict):
        return f"object of {holds(inner)}"
    return str(field.get("const") or field.get("type") or "any value")


# --------------------------------------------------------------------------------------------------


def restructured(docstring: str) -> str:
    """Return a plain docstring as reStructuredText that shows the same words.

    Paragraphs become paragraphs, `code` becomes code, and indented lines a literal block. What
    Python says of a field of a named tuple is nothing.
    """
    if re.fullmatch(r"Alias for field number \d+\s*", docstring):
        return ""
    parts = []
    for paragraph in re.split(r"\n[ \t]*\n", docstring.strip("\n")):
        lines = paragraph.split("\n")
        head = [line for line in lines if not line.startswith("    ")]
        if len(head) == len(lines):
            parts.append(_inline(paragraph))
        else:
            parts.append(f"::\n\n{textwrap.indent(paragraph, '    ')}")
    return "\n\n".join(parts) + "\n"


def _inline(paragraph: str) -> str:
    pieces = re.split(r"(`[^`]+`)", " ".join(paragraph.split()))
    return "".join(
        f"`{piece}`" if piece.startswith("`") else re.sub(r"([\\*_|`])", r"\\\1", piece)
        for piece in pieces
    )


PAGES: dict[str, Callable[[], str]] = {
    "commands": commands,
    "settings": settings,
    "files": files,
}
