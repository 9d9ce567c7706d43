"""What the pages' conf.py sets, from their site.json."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

THEME = "furo"


def settings(site: Mapping[str, Any]) -> dict[str, Any]:
    """Return Sphinx's configuration. The course's title is text: Sphinx prints these values as
    HTML.
    """
    title = html.escape(str(site["title"]))
    return {
        "project": title,
        "html_title": title,
        "language": site["language"],
        "extensions": ["konspekt.site.gate", "konspekt.site.extension"],
        "root_doc": "index",
        "exclude_patterns": ["_static", "_templates"],
        "templates_path": ["_templates"],
        "locale_dirs": ["_locale"],
        "smartquotes": False,
        "nitpicky": True,
        "konspekt": {
            "words": site["words"],
            "sound": site["sound"],
            "languages": site["languages"],
        },
        "html_theme": THEME,
        "html_theme_options": {
            "light_css_variables": _LIGHT,
            "dark_css_variables": _DARK,
        },
        "html_static_path": ["_static"],
        "html_css_files": ["konspekt.css"],
        "html_js_files": [("konspekt.js", {"defer": "defer"})],
        "html_copy_source": False,
        "html_show_sourcelink": False,
        "html_show_copyright": False,
        "html_use_index": False,
        "html_permalinks_icon": "#",
        "html_last_updated_fmt": None,
    }


_LIGHT = {
    "color-konspekt-kept": "#3a7d5d",
    "color-konspekt-removed": "#b06a00",
    "color-konspekt-not-transcribed": "#b3261e",
    "color-konspekt-uncertain": "#7a6b9a",
    "color-konspekt-now": "#fff3c4",
}
_DARK = {
    "color-konspekt-kept": "#6cbf98",
    "color-konspekt-removed": "#e0a64b",
    "color-konspekt-not-transcribed": "#f08a80",
    "color-konspekt-uncertain": "#b3a3d6",
    "color-konspekt-now": "#4a3f14",
}
