"""Pages as reStructuredText: data in, bytes out; files are somebody else's business."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2.sandbox import ImmutableSandboxedEnvironment

from konspekt.course import templates
from konspekt.data import Wording
from konspekt.errors import SiteError
from konspekt.sanitize import sanitize
from konspekt.site import nodes
from konspekt.site.nodes import RST
from konspekt.site.page import LecturePage, SiteInfo
from konspekt.site.slugs import slugs
from konspekt.site.views import LectureView, lecture_view
from konspekt.site.words import PageWords, load_words

FOLDER = "site"  # below templates/
# settings that decide what a page may do: a course cannot replace them
_OURS = frozenset({"conf.py", "docutils.conf"})
_WRONG = (
    ArithmeticError,
    AttributeError,
    LookupError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
)


def render_site(
    site: SiteInfo,
    pages: Sequence[LecturePage],
    *,
    course_folder: Path | None,
    wording: Wording,
) -> dict[str, bytes]:
    """Return the source of the course's pages: bytes by path below the source folder.

    `wording` says what cleaning writes in the languages of the pages. Pure: the same course gives
    the same bytes. Raises SiteError for a template that fails.
    """
    jinja = _environment(course_folder)
    words_file = _choose_files(course_folder)["words.toml"]
    number_removals = list(
        zip(pages, slugs(page.lecture_id for page in pages), strict=True)
    )
    views = [
        lecture_view(
            page, number, page_slug, load_words(words_file, page.language, wording)
        )
        for number, (page, page_slug) in enumerate(number_removals, 1)
    ]
    words = load_words(words_file, site.language, wording)
    files = _static_files(course_folder)
    files["site.json"] = _site_json(site, pages, views, words)
    files["index.rst"] = _page(jinja, "index.rst.jinja", lectures=views, words=words)
    for view in views:
        files[f"{view.docname}.rst"] = _page(
            jinja, "lecture.rst.jinja", lecture=view, words=view.words
        )
    files.update(_locale(words))
    return dict(sorted(files.items()))


def _environment(course_folder: Path | None) -> ImmutableSandboxedEnvironment:
    jinja = templates.environment(course_folder, finalize=nodes.print_value)
    jinja.filters.update(
        block=nodes.block,
        heading=nodes.heading,
        label=_label,
        option=_option,
        footnote=_footnote,
        marks=_marks,
        field=_field,
    )
    return jinja


def _page(jinja: ImmutableSandboxedEnvironment, name: str, **values: Any) -> bytes:
    try:
        text = templates.render(jinja, f"{FOLDER}/{name}", **values)
    except _WRONG as error:
        raise SiteError(
            f"template {FOLDER}/{name}: {type(error).__name__}: {error}",
            remedy="Correct the course's template or remove it to use the shipped one.",
        ) from error
    lines = [line.rstrip() for line in text.splitlines()]
    return (re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + "\n").encode()


# --------------------------------------------------------------------------------------------- filt


def _label(name: str) -> RST:
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise ValueError(f"not a label: {name!r}")
    return RST(name)


def _option(value: str, name: str) -> RST:
    if not re.fullmatch(r"[0-9:. -]*", value):
        raise ValueError(f"not a stretch of time: {value!r}")
    return nodes.directive_option(_label(name), value)


def _field(content: nodes.Inline, name: str) -> RST:
    return nodes.block(content, f":{nodes.inline(name)}: ", "    ")


def _footnote(content: nodes.Inline, number: int) -> RST:
    return nodes.block(content, f".. [{number:d}] ", "   ")


def _marks(numbers: Sequence[int]) -> RST:
    return nodes.block(
        [piece for number in numbers for piece in (nodes.Mark(number), nodes.Text(" "))]
    )


# --------------------------------------------------------------------------------------------------


def _choose_files(course_folder: Path | None) -> dict[str, Path]:
    """Return the files of the pages by name, the course's own in front of the shipped ones."""
    shipped = templates.shipped_folder()
    chosen: dict[str, Path] = {}
    for root in reversed(templates.template_folders(course_folder)):
        for path in sorted((root / FOLDER).rglob("*")):
            name = path.relative_to(root / FOLDER).as_posix()
            if path.is_file() and (name not in _OURS or root == shipped):
                chosen[name] = path
    return chosen


def _static_files(course_folder: Path | None) -> dict[str, bytes]:
    rendered = (".jinja", "words.toml")
    return {
        name: path.read_bytes()
        for name, path in _choose_files(course_folder).items()
        if not name.endswith(rendered)
    }


def _site_json(
    site: SiteInfo,
    pages: Sequence[LecturePage],
    views: Sequence[LectureView],
    words: PageWords,
) -> bytes:
    """Return what conf.py reads: the title, the languages and their words, where the sound lies."""
    shown = (
        "causes",
        "map_title",
        "map_kept",
        "player",
        "part",
        "made_with",
        "toggle_theme",
        "toggle_navigation",
        "toggle_contents",
        "menu",
        "contents",
    )
    tables = {
        w.language: {name: w[name] for name in shown}
        for w in (words, *(view.words for view in views))
    }
    content = {
        "title": sanitize(site.title),
        "language": site.language,
        "languages": {
            view.docname: page.language for page, view in zip(pages, views, strict=True)
        },
        "words": tables,
        "sound": {
            view.docname: _parts(page)
            for page, view in zip(pages, views, strict=True)
            if page.sound
        },
    }
    return (
        json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    ).encode()


def _parts(page: LecturePage) -> list[list[Any]]:
    if len(page.sound) != len(page.recording.parts):
        raise ValueError(
            f"{page.lecture_id}: {len(page.sound)} sound files for {len(page.recording.parts)} "
            f"parts"
        )
    for address in page.sound:
        if urlsplit(address).scheme not in ("", "http", "https"):
            raise ValueError(f"not an address of a sound file: {address!r}")
    return [
        [a, p.start, p.duration]
        for a, p in zip(page.sound, page.recording.parts, strict=True)
    ]


def _locale(words: PageWords) -> dict[str, bytes]:
    messages: Mapping[str, str] = words.entries.get("theme", {})
    return (
        {f"_locale/{words.language}/LC_MESSAGES/sphinx.mo": catalogue(messages)}
        if messages
        else {}
    )


def catalogue(messages: Mapping[str, str]) -> bytes:
    """Return messages as gettext reads them (GNU's .mo, revision 0, without a hash table)."""
    table = {"": "Content-Type: text/plain; charset=UTF-8\n", **messages}
    pairs = [
        (key.encode() + b"\0", table[key].encode() + b"\0") for key in sorted(table)
    ]
    count, tables = len(pairs), 28
    offset = tables + 16 * count
    index: list[list[int]] = [[], []]
    for side in (0, 1):
        for pair in pairs:
            index[side] += [len(pair[side]) - 1, offset]
            offset += len(pair[side])
    head = struct.pack(
        "<7I", 0x950412DE, 0, count, tables, tables + 8 * count, 0, offset
    )
    body = struct.pack(f"<{4 * count}I", *index[0], *index[1])
    return (
        head
        + body
        + b"".join(pair[0] for pair in pairs)
        + b"".join(pair[1] for pair in pairs)
    )
