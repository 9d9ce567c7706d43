"""Sphinx's configuration of the course's pages. By hand: sphinx-build -n -W . ../html"""

import json
from pathlib import Path

from konspekt.site.sphinx_settings import settings

globals().update(
    settings(
        json.loads(Path(__file__).with_name("site.json").read_text(encoding="utf-8"))
    )
)
