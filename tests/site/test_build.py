"""The pages as Sphinx builds them: links that lead somewhere, Russian search, text that stays text,
the same bytes.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from konspekt.errors import SiteError
from konspekt.sanitize import sanitize
from konspekt.site import SiteInfo, publish, render_site
from tests.site.conftest import SOUND
from tests.site.hostile import TEXTS, WRITTEN_BY_HAND
from tests.site.pages import WORDING, lecture, written

VOID = {
    "meta",
    "link",
    "input",
    "br",
    "img",
    "hr",
    "use",
    "path",
    "line",
    "circle",
    "polyline",
    "rect",
}


class Page(HTMLParser):
    """Tags with their attributes, and the article's text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.article = ""
        self._inside = 0
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        self._inside += tag == "article"

    def handle_endtag(self, tag: str) -> None:
        self._inside -= tag == "article"

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.article += data

    def all(self, attribute: str, *tags: str) -> list[str]:
        return [
            a[attribute]
            for tag, a in self.tags
            if attribute in a and (not tags or tag in tags)
        ]


def pages(html: Path) -> Iterator[tuple[Path, Page]]:
    for path in sorted(html.rglob("*.html")):
        yield path, Page(path)


def test_every_link_leads_to_something_that_is_there(html: Path) -> None:
    ids = {path.resolve(): set(page.all("id")) for path, page in pages(html)}
    for path, page in pages(html):
        for address in page.all("href", "a"):
            parts = urlsplit(address)
            target = (
                (path.parent / unquote(parts.path)).resolve()
                if parts.path
                else path.resolve()
            )
            if target.suffix == ".mp3":
                continue
            assert target.exists(), (path, address)
            assert not parts.fragment or unquote(parts.fragment) in ids[target], (
                path,
                address,
            )


def test_a_statement_leads_to_its_sentence(html: Path) -> None:
    index = Page(html / "index.html").all("href", "a")
    assert "lectures/week01.html#t-1-0" in index
    page = (html / "lectures" / "week01.html").read_text(encoding="utf-8")
    assert (
        '<span class="said" id="t-1-0" data-at="12.5">Для каждого слова хранится список'
        in page
    )


def test_a_time_plays_the_right_part_without_a_script(html: Path) -> None:
    played = {
        a["href"]
        for tag, a in Page(html / "lectures" / "week01.html").tags
        if a.get("class") == "at"
    }
    assert played >= {f"{SOUND[0]}#t=1", f"{SOUND[0]}#t=12.5", f"{SOUND[1]}#t=100"}
    players = [
        a for tag, a in Page(html / "lectures" / "week01.html").tags if tag == "audio"
    ]
    assert [(a["src"], a["data-start"], a["preload"]) for a in players] == [
        (SOUND[0], "0.0", "none"),
        (SOUND[1], "3600.0", "none"),
    ]


def test_a_page_without_sound_has_no_player_and_its_times_are_addresses(
    html: Path,
) -> None:
    page = Page(html / "lectures" / "week03.html")
    assert not page.all("src", "audio")
    assert "#t-0-0" in [
        a["href"] for tag, a in page.tags if a.get("class") == "at" and tag == "a"
    ]


def test_each_page_says_its_language_and_its_english_terms(html: Path) -> None:
    languages = {path.stem: page.all("lang", "html") for path, page in pages(html)}
    assert languages["index"] == ["ru"]
    assert languages["week01"] == ["ru"]
    assert languages["week03"] == ["en"]
    russian, english = (
        Page(html / "lectures" / "week01.html"),
        Page(html / "lectures" / "week03.html"),
    )
    assert set(russian.all("lang", "code")) == {"en"}
    assert not english.all("lang", "code")


def test_nothing_but_names_is_english_on_a_russian_page(html: Path) -> None:
    text = (html / "lectures" / "week01.html").read_text(encoding="utf-8")
    body = re.sub(
        r"<(script|style|code)\b.*?</\1>", "", text[text.index("<body") :], flags=re.S
    )
    visible = [
        piece.strip()
        for piece in re.sub(r"<[^>]*>", "\n", body).splitlines()
        if piece.strip()
    ]
    visible += re.findall(r'(?:aria-label|title|placeholder)="([^"]*)"', body)
    english = [piece for piece in visible if re.search(r"[A-Za-z]{3}", piece)]
    allowed = re.compile(
        r"Whisper|Konspekt|WER|posting list|^small$|^The index$|Lecture 3|loop"
    )
    assert [piece for piece in english if not allowed.search(piece)] == []


def test_headings_are_in_order_and_there_is_one_first(html: Path) -> None:
    for path, page in pages(html):
        levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
        assert all(after <= before + 1 for before, after in pairwise(levels)), path
        assert levels.count(1) == 1 or path.stem == "search"


def test_a_page_loads_nothing_from_elsewhere(html: Path) -> None:
    for path, page in [*pages(html)]:
        loaded = page.all("src") + [
            a["href"]
            for tag, a in page.tags
            if tag == "link" and a.get("rel") != "search"
        ]
        assert not [
            address
            for address in loaded
            if urlsplit(address).scheme or address.startswith("//")
        ], path
    for path in html.rglob("*.css"):
        assert not re.search(
            r"@import|url\(\s*['\"]?(https?:)?//", path.read_text(encoding="utf-8")
        ), path


def test_the_search_finds_a_word_in_any_of_its_forms(html: Path) -> None:
    index = (html / "searchindex.js").read_text(encoding="utf-8")
    terms = json.loads(index.removeprefix("Search.setIndex(").removesuffix(")"))[
        "terms"
    ]
    assert "модел" in terms
    assert not [term for term in terms if term.startswith("модел") and term != "модел"]


def test_a_language_without_words_of_its_own_has_english_ones_and_its_own_name(
    tmp_path: Path,
) -> None:
    page = lecture(language="en")
    page = replace(
        page, language="kk", transcript=replace(page.transcript, language="kk")
    )
    source = written(
        render_site(
            SiteInfo("Дәріс", "kk"), [page], course_folder=None, wording=WORDING
        ),
        tmp_path / "source",
    )
    publish(source, tmp_path / "html")
    built = Page(tmp_path / "html" / "lectures" / "week01.html")
    assert built.all("lang", "html") == ["kk"]
    assert "Transcript" in built.article


def test_progress_goes_forward_to_the_end(source: Path, tmp_path: Path) -> None:
    seen: list[float] = []
    publish(
        source,
        tmp_path / "html",
        progress=lambda done, total, doing="": seen.append(done / total),
    )
    assert seen == sorted(seen)
    assert seen[0] == 0
    assert seen[-1] == 1
    assert len(seen) > 3


def test_the_same_source_gives_the_same_bytes_anywhere(
    source: Path, html: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "где-то ещё"
    written(
        {
            str(p.relative_to(source)): p.read_bytes()
            for p in source.rglob("*")
            if p.is_file()
        },
        elsewhere / "src",
    )
    script = (
        "import sys, pathlib; from konspekt.site import publish; publish(*map(pathlib.Path, "
        "sys.argv[1:]))"
    )
    environment = {
        **os.environ,
        "TZ": "Asia/Tokyo",
        "LANG": "ru_RU.UTF-8",
        "PYTHONHASHSEED": "7",
        "SOURCE_DATE_EPOCH": "1",
        "PYTHONPATH": str(Path(__file__).parents[2] / "pipeline"),
        "LC_ALL": "POSIX",
    }
    command = [
        sys.executable,
        "-c",
        script,
        str(elsewhere / "src"),
        str(elsewhere / "out"),
    ]
    subprocess.run(command, check=True, cwd=tmp_path, env=environment)
    assert contents(elsewhere / "out") == contents(html)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


# --------------------------------------------------------------------------------------------------


def test_hostile_text_stays_text(hostile: Path) -> None:
    found = {
        re.sub(r"\s+", "", page.article)
        for path, page in pages(hostile)
        if path.parent.name == "lectures"
    }
    for text in TEXTS:
        shown = re.sub(r"\s+", "", sanitize(text)[:80])
        assert any(article.count(shown) >= 8 for article in found), text


def test_hostile_text_runs_nothing_and_links_nowhere(hostile: Path) -> None:
    for path, page in pages(hostile):
        assert not [
            a for _, a in page.tags if any(name.startswith("on") for name in a)
        ], path
        assert not page.all("src", "img"), path
        assert not [
            tag
            for tag, _ in page.tags
            if tag in ("iframe", "object", "embed", "base", "form", "b")
        ][1:], path
        for address in page.all("href", "a") + page.all("src"):
            # neither a scheme nor a host
            assert urlsplit(address)[:2] == ("", ""), (
                path,
                address,
            )
        assert not [a for tag, a in page.tags if tag == "meta" and "http-equiv" in a], (
            path
        )


def test_hostile_text_adds_no_script(hostile: Path, html: Path) -> None:
    ours = sum(
        tag == "script" for tag, _ in Page(html / "lectures" / "week03.html").tags
    )
    for path, page in pages(hostile):
        if path.parent.name == "lectures":
            assert sum(tag == "script" for tag, _ in page.tags) == ours, path


def test_hostile_text_reads_no_file(hostile: Path) -> None:
    for path in hostile.rglob("*"):
        if path.is_file():
            assert b"globals().update" not in path.read_bytes(), path  # of conf.py
    assert not (hostile / "_downloads").exists()
    assert not (hostile / "_images").exists()


def test_hostile_pages_hold_no_control_characters(hostile: Path) -> None:
    for path in [*hostile.rglob("*.html"), hostile / "searchindex.js"]:
        assert not re.search(
            r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]",
            path.read_text(encoding="utf-8"),
        )


# ------------------------------------------------------------------------------------- what is writ


def test_the_gate_refuses_what_reaches_outside(tmp_path: Path) -> None:
    files = render_site(
        SiteInfo("x", "ru"), [lecture()], course_folder=None, wording=WORDING
    )
    body = "Страница\n========\n\n"
    for name, text in WRITTEN_BY_HAND.items():
        files[f"lectures/hand-{name}.rst"] = f":orphan:\n\n{body}{text}".encode()
    files["lectures/hand-fine.rst"] = (
        f":orphan:\n\n{body}`c <https://example.org>`__, a@b.ru, **x**\n".encode()
    )
    (tmp_path / "outside.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    source = written(files, tmp_path / "source")
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-N",
        "-q",
        "-W",
        "--keep-going",
        str(source),
        str(tmp_path / "html"),
    ]
    # as a person would
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode != 0
    refused = set(re.findall(r"hand-([a-z-]+)\.rst", built.stderr))
    assert refused == set(WRITTEN_BY_HAND), built.stderr
    assert not list((tmp_path / "html").rglob("hand-*.html"))
    with pytest.raises(SiteError, match=r"hand-[a-z-]+\.rst:\d+: ") as failure:
        publish(source, tmp_path / "other")
    assert "\n" not in str(failure.value)


def test_a_page_that_does_not_build_is_one_line_with_its_place(tmp_path: Path) -> None:
    files = render_site(
        SiteInfo("x", "en"),
        [lecture(language="en")],
        course_folder=None,
        wording=WORDING,
    )
    files["index.rst"] += b"\n:ref:`nowhere-at-all`\n"
    source = written(files, tmp_path / "source")
    with pytest.raises(SiteError, match=r"index\.rst:\d+: .*nowhere-at-all") as failure:
        publish(source, tmp_path / "html")
    assert "\n" not in str(failure.value)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("_templates/page.html", "{% nothing %}", "rendering the page .*nothing"),
        ("conf.py", "raise KeyError('gone')", "gone"),
    ],
)
def test_what_sphinx_itself_stumbles_over_is_one_line(
    source: Path, tmp_path: Path, name: str, text: str, words: str
) -> None:
    files = {
        str(p.relative_to(source)): p.read_bytes()
        for p in source.rglob("*")
        if p.is_file()
    }
    broken = written({**files, name: text.encode()}, tmp_path / "source")
    with pytest.raises(SiteError, match=words) as failure:
        publish(broken, tmp_path / "html")
    assert "\n" not in str(failure.value)
    assert len(str(failure.value)) < 800
