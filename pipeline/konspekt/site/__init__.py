"""The course's pages: notes → reStructuredText → Sphinx → HTML.

    source = render_site(site, pages, course_folder=folder)   # bytes by path; pure
    publish(source_folder, html_folder)          # HTML through Sphinx, always the same bytes

Text of a transcript or a model only ever fills typed nodes (`nodes`), and one escaper prints them
(`escape`).
"""

from konspekt.site.page import LecturePage, SiteInfo
from konspekt.site.publish import publish
from konspekt.site.render import render_site

__all__ = ["VERSION", "LecturePage", "SiteInfo", "publish", "render_site"]

VERSION = 1  # of the pages; a higher number makes them again
