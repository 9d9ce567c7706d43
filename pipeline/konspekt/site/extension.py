"""A Sphinx extension: the roles and the picture of a lecture's page, the player, and what its sound
has to do with it.

    :said:`t-24-203 12:05.3`   here a sentence begins: its anchor, its second
    :at:`12:05`                a time: plays the recording from there
    .. recording-map::         the recording in time: what was transcribed, what was not

Only Sphinx loads this module (the pages' conf.py names it), so it imports docutils at once: its
nodes are classes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst.states import Inliner
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from konspekt.site.figure import (
    CAUSES,
    KIND_OF_TEXT,
    KINDS,
    Map,
    draw,
    seconds_option,
    spans_of,
)
from konspekt.text.times import clock

_LATIN = re.compile(r"[\x20-\x7e]*[A-Za-z][\x20-\x7e]*")


class said(nodes.inline):  # type: ignore[misc]  # noqa: N801
    """A sentence of the transcript: `seconds` is when it begins."""


class at(nodes.inline):  # type: ignore[misc]  # noqa: N801
    """A time; `refid` is the sentence that begins then, where there is one."""


class recording_map(nodes.General, nodes.Element):  # type: ignore[misc]  # noqa: N801
    """The picture of the recording; `drawing` is its data."""


RoleResult = tuple[list[nodes.Node], list[nodes.system_message]]


def _said_role(
    _name: str, rawtext: str, text: str, lineno: int, inliner: Inliner, *_rest: Any
) -> RoleResult:
    document = inliner.document
    try:
        anchor, time = text.split()
        seconds = seconds_option(time)
        if not re.fullmatch(r"t(-[a-z0-9]+)+", anchor):
            raise ValueError(f"not an anchor: {anchor!r}")
    except ValueError as error:
        return _wrong(
            f'"{text}" is not a sentence\'s anchor and time: {error}',
            rawtext,
            lineno,
            inliner,
        )
    page = document.settings.env.docname.rpartition("/")[2]
    node = said(
        rawtext, "", ids=[anchor], names=[f"t-{page}-{anchor[2:]}"], seconds=seconds
    )
    document.note_explicit_target(node, node)
    return [node], []


def _at_role(
    _name: str, rawtext: str, text: str, lineno: int, inliner: Inliner, *_rest: Any
) -> RoleResult:
    try:
        return [at(rawtext, text, seconds=seconds_option(text))], []
    except ValueError as error:
        return _wrong(str(error), rawtext, lineno, inliner)


def _wrong(words: str, rawtext: str, lineno: int, inliner: Inliner) -> RoleResult:
    message = inliner.reporter.error(words, line=lineno)
    return [inliner.problematic(rawtext, rawtext, message)], [message]


class RecordingMap(SphinxDirective):
    """`.. recording-map::` with the recording's duration and its stretches by kind."""

    option_spec: ClassVar = {
        "duration": seconds_option,
        **dict.fromkeys(KINDS, spans_of),
    }

    def run(self) -> list[nodes.Node]:
        """Return the directive's node. Raises an error of docutils without a duration."""
        duration = self.options.get("duration", 0.0)
        if duration <= 0:
            raise self.error("the recording's :duration: is missing")
        spans = {kind: self.options[kind] for kind in KINDS if kind in self.options}
        return [recording_map("", drawing=Map(duration, spans))]


class Sentences(SphinxTransform):
    """Gathers what follows a sentence's beginning into the sentence, and says which terms are
    English.
    """

    default_priority = 600

    def apply(self, **_kwargs: Any) -> None:
        """Gather the sentences of the page and mark its Latin terms."""
        for paragraph in list(self.document.findall(nodes.paragraph)):
            if any(isinstance(child, said) for child in paragraph.children):
                _gather(paragraph)
        language = _page_language(self.app, self.env.docname)
        if language != "en":
            for literal in self.document.findall(nodes.literal):
                if _LATIN.fullmatch(literal.astext()):
                    # docutils writes it as lang="en"
                    literal["classes"].append("language-en")


def _gather(paragraph: nodes.paragraph) -> None:
    children = list(paragraph.children)
    paragraph.clear()
    paragraph["classes"].append("speech")
    sentence: said | None = None
    for child in children:
        if isinstance(child, said):
            sentence = child
            paragraph += child
        else:
            if (
                isinstance(child, nodes.Text)
                and sentence is not None
                and not sentence.children
            ):
                child = nodes.Text(child.lstrip())
            (paragraph if sentence is None else sentence).append(child)
    first = next(child for child in paragraph.children if isinstance(child, said))
    for time in paragraph.children:
        if isinstance(time, at):
            time["refid"] = first["ids"][0]
            # to the tenth: the page shows whole seconds
            time["seconds"] = first["seconds"]


# --------------------------------------------------------------------------------------------------


def _visit_said(self: HTML5Translator, node: said) -> None:
    self.body.append(
        f'<span class="said" id="{node["ids"][0]}" data-at="{node["seconds"]:.1f}">'
    )


def _depart_said(self: HTML5Translator, _node: said) -> None:
    self.body.append("</span>")


def _visit_at(self: HTML5Translator, node: at) -> None:
    address = _sound_at(
        self.config.konspekt["sound"].get(self.builder.current_docname, ()),
        node["seconds"],
    )
    if address is None and "refid" in node:
        address = f"#{node['refid']}"
    if address is None:
        self.body.append('<span class="at">')
    else:
        self.body.append(
            f'<a class="at" href="{escape(address)}" data-at="{node["seconds"]:.1f}">'
        )
    self.context.append("</span>" if address is None else "</a>")


def _depart_at(self: HTML5Translator, _node: at) -> None:
    self.body.append(self.context.pop())


def _sound_at(parts: Sequence[Sequence[Any]], seconds: float) -> str | None:
    """Return the address of the sound at a second of the recording; a media fragment works
    without JavaScript.
    """
    begun = [part for part in parts if part[1] <= seconds] or list(parts[:1])
    return (
        None if not begun else f"{begun[-1][0]}#t={max(0.0, seconds - begun[-1][1]):g}"
    )


def _visit_map(self: HTML5Translator, node: recording_map) -> None:
    words = self.config.konspekt["words"][
        _page_language(self.builder.app, self.builder.current_docname)
    ]
    causes = words["causes"]
    names = {kind: causes.get(cause, kind) for kind, cause in CAUSES.items()}
    names[KIND_OF_TEXT] = words["map_kept"]
    self.body.append(draw(node["drawing"], words["map_title"], names, "recording-map"))
    raise nodes.SkipNode


def _pass(_self: Any, _node: nodes.Node) -> None:
    pass


def _skip(_self: Any, _node: nodes.Node) -> None:
    raise nodes.SkipNode


def _page_language(app: Sphinx, docname: str) -> str:
    return str(app.config.konspekt["languages"].get(docname, app.config.language))


def _page_context(
    app: Sphinx,
    pagename: str,
    _template: str,
    context: dict[str, Any],
    _doctree: nodes.document | None,
) -> None:
    language = _page_language(app, pagename)
    context["language"] = language
    context["konspekt_words"] = app.config.konspekt["words"][language]
    context["konspekt_sound"] = [
        {
            "address": address,
            "start": start,
            "end": start + duration,
            "clock": clock(start),
        }
        for address, start, duration in app.config.konspekt["sound"].get(pagename, ())
    ]


def _add_node(app: Sphinx, node: type[nodes.Element], html: Any, others: Any) -> None:
    app.add_node(node, html=html, latex=others, text=others, man=others, texinfo=others)


def setup(app: Sphinx) -> dict[str, Any]:
    """Sphinx's entry to an extension."""
    app.add_config_value("konspekt", {}, "env")
    _add_node(app, said, (_visit_said, _depart_said), (_pass, _pass))
    _add_node(app, at, (_visit_at, _depart_at), (_pass, _pass))
    _add_node(app, recording_map, (_visit_map, None), (_skip, None))
    app.add_role("said", _said_role)
    app.add_role("at", _at_role)
    app.add_directive("recording-map", RecordingMap)
    app.add_transform(Sentences)
    app.connect("html-page-context", _page_context)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
