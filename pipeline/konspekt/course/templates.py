"""Jinja: the shipped templates, and a course's own in front of them, rendered in a sandbox."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from konspekt.errors import SiteError

_PACKAGE = Path(__file__).resolve().parents[1]


def shipped_folder() -> Path:
    """Return where the templates are that come with Konspekt.

    They are inside the installed package, else in the checkout's `templates/`.
    """
    installed = _PACKAGE / "_templates"
    return installed if installed.is_dir() else _PACKAGE.parents[1] / "templates"


def template_folders(course: Path | None) -> tuple[Path, ...]:
    """Return where templates are looked for, first come first served."""
    own = () if course is None else (course / "templates",)
    return tuple(folder for folder in (*own, shipped_folder()) if folder.is_dir())


def environment(
    course: Path | None, finalize: Callable[[Any], Any] | None = None
) -> ImmutableSandboxedEnvironment:
    """Return a sandboxed environment in which an undefined name is an error.

    `finalize` is applied to everything a template prints: the pages' escaper.
    """
    return ImmutableSandboxedEnvironment(
        loader=FileSystemLoader([str(folder) for folder in template_folders(course)]),
        undefined=StrictUndefined,
        autoescape=False,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def render(jinja: ImmutableSandboxedEnvironment, name: str, **values: Any) -> str:
    """Return a template as text. Raises SiteError, which says which template fails, and where."""
    try:
        return jinja.get_template(name).render(values)
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        where = name if line is None else f"{name}, line {line}"
        remedy = "Correct the course's template or remove it to use the shipped one."
        raise SiteError(f"template {where}: {error}", remedy=remedy) from error


def templates_hash(course: Path | None, *folders: str) -> str:
    """Return the SHA-256 of the names and bytes of the templates in `folders` that would be used.

    `folders` are named below templates/.
    """
    digest = hashlib.sha256()
    for name, path in sorted(_used_templates(course, folders).items()):
        content = path.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _used_templates(course: Path | None, folders: Iterable[str]) -> dict[str, Path]:
    """Return the templates in `folders` by name: a course's own in front of the shipped ones."""
    used: dict[str, Path] = {}
    for root in reversed(template_folders(course)):
        for folder in folders:
            files = filter(Path.is_file, (root / folder).rglob("*"))
            used |= {path.relative_to(root).as_posix(): path for path in files}
    return used
