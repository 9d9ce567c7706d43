"""How Sphinx builds this documentation: `make docs`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes  # type: ignore[import-untyped]
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "pipeline")]

from konspekt import __version__  # noqa: E402
from tools.reference import PAGES, restructured  # noqa: E402

project = "Konspekt"
author = copyright = "The Konspekt developers"  # noqa: A001
version = release = __version__
language = "en"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode"]
exclude_patterns = ["_build"]
nitpicky = True
# Types of Python and of other packages: their pages are not here, and nothing is fetched.
nitpick_ignore_regex = [
    (r"py:.*", r"(?!konspekt\.).*"),
    (r"py:.*", r"konspekt\.(?!data\.).*"),
]
myst_heading_anchors = 3
myst_enable_extensions = ["deflist"]
smartquotes = False  # options begin with two hyphens

autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True

html_theme = "furo"
html_title = "Konspekt"
html_show_sphinx = False
html_copy_source = False


class Reference(SphinxDirective):
    """`{reference} NAME`: a part of the reference that is made from the program itself."""

    required_arguments = 1
    option_spec: ClassVar = {}

    def run(self) -> list[nodes.Node]:
        """Return the nodes of the part that the argument names."""
        markdown = PAGES[self.arguments[0]]()
        return list(self.parse_text_to_nodes(markdown, allow_section_headings=True))


def _plain_docstring(
    _app: Sphinx, _what: str, _name: str, _obj: Any, _options: Any, lines: list[str]
) -> None:
    """Docstrings here are plain text with `code` in backticks: make reStructuredText of them."""
    lines[:] = restructured("\n".join(lines)).split("\n")


def setup(app: Sphinx) -> dict[str, Any]:
    """Sphinx's entry to this configuration as an extension."""
    app.add_directive("reference", Reference)
    app.connect("autodoc-process-docstring", _plain_docstring)
    return {"parallel_read_safe": True}
