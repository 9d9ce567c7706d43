"""A Sphinx extension: pages that could reach outside, run something or read other files do not
build.

It is the last of three defences. The first is that text never becomes markup
(`konspekt.site.nodes`), the second is docutils' own switches (`docutils.conf`). This one holds for
pages that somebody has edited by hand as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docutils.nodes import Node, document
    from sphinx.application import Sphinx

SCHEMES = frozenset({"http", "https", "mailto", ""})
_SCHEME = re.compile(r"[^/?#]*?:")
_REFUSED = frozenset(
    {
        "raw",
        "meta",
        "download_reference",
        "only",
        "substitution_definition",
        "math",
        "math_block",
    }
)


def setup(app: Sphinx) -> dict[str, Any]:
    """Sphinx's entry to an extension."""
    refused: list[str] = []

    def read(app: Sphinx, doctree: document) -> None:
        refused.extend(refusals(f"{app.env.docname}.rst", doctree))

    def stop(_app: Sphinx, _env: Any) -> None:
        from sphinx.errors import ExtensionError

        if refused:
            raise ExtensionError("\n".join(refused))

    app.connect("doctree-read", read)
    app.connect("env-updated", stop)
    return {"version": "1", "parallel_read_safe": False, "parallel_write_safe": True}


def refusals(page: str, doctree: document) -> Iterator[str]:
    """Yield what may not stand on the page, each with its place."""
    for node in doctree.findall():
        why = refusal(node)
        if why is not None:
            yield f"{page}:{_line(node)}: ERROR: {why}"


def _line(node: Node) -> int:
    while node is not None and not node.line:
        node = node.parent
    return 1 if node is None else int(node.line)


def refusal(node: Node) -> str | None:
    """Return why a node may not stand on a page; None if it may."""
    from docutils import nodes

    if not isinstance(node, nodes.Element):
        return None
    if node.tagname in _REFUSED:
        return f"{node.tagname} is not allowed on these pages"
    addresses = [str(node[name]) for name in ("refuri", "uri") if name in node]
    addresses += [
        str(target)
        for _title, target in node.get("entries", ())
        if node.tagname == "toctree"
    ]
    for address in addresses:
        if scheme(address) not in SCHEMES:
            return f"a link to {address!r} is not allowed on these pages"
    if node.tagname == "image" and not _is_inside(str(node["uri"])):
        return "an image from outside the pages' folder is not allowed"
    return None


def _is_inside(address: str) -> bool:
    return not (
        scheme(address)
        or address.startswith(("/", "\\"))
        or ".." in re.split(r"[/\\]", address)
    )


def scheme(address: str) -> str:
    """Return the address's scheme as a browser reads it: without the white space and controls
    that it drops.
    """
    bare = "".join(char for char in address if char > " " and char.isprintable())
    match = _SCHEME.match(bare)
    return "" if match is None else match[0][:-1].lower()
