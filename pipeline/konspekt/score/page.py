"""A report as one page that needs no network: figures, chart, tables and the text with its
errors.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import tomllib
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import konspekt
from konspekt.course.templates import environment, render, shipped_folder
from konspekt.score.aligned import AlignedText, Row, texts_of
from konspekt.score.analysis import LONG_RUN, Analysis
from konspekt.score.chart import HEIGHT, WIDTH, Chart, chart_of
from konspekt.score.report import Report, Scored, proposed_lines
from konspekt.score.runs import TimeSpan
from konspekt.score.uncertainty import Interval
from konspekt.score.where import Confusions, Stretch, worst_minutes
from konspekt.text.times import clock

FALLBACK = "en"
_FOLDER = "score"
_MANY = 50  # lines of a table of confusions that stand open
_QUOTED = 8  # words of a long run

_Key = TypeVar("_Key")


def page(
    report: Report, *, language: str, title: str = "", sound_base: Path | None = None
) -> str:
    """Return the page in the words of `language`. It names files by their names alone, and holds no
    date.

    Where a recording is known it is played from where it lies: by its path relative to
    `sound_base`, the folder the page will lie in, else by its whole path. The page never holds the
    sound itself.
    """
    words = _words(language)
    jinja = environment(None)
    # reference and hypothesis are text, whatever they look like
    jinja.autoescape = True
    jinja.filters |= _filters(words)
    script = _asset("report.js")
    html = render(
        jinja,
        f"{_FOLDER}/report.html.jinja",
        report=report,
        words=words,
        language=language if language in _tables() else FALLBACK,
        title=words["heading_of"].format(title=title) if title else words["heading"],
        lectures=_lectures(report, sound_base),
        effects=_sums(report, lambda found: found.effects),
        equal=_sums(report, lambda found: found.equal),
        confusions=[
            _confusions(scored.analysis for scored in system.lectures)
            for system in report.systems
        ],
        proposals=proposed_lines(report),
        version=konspekt.__version__,
        style=_asset("report.css"),
        script=script,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        width=WIDTH,
        height=HEIGHT,
        long_run=LONG_RUN,
        many=_MANY,
    )
    # half a character, of a file's name, is none in UTF-8
    return html.encode("utf-8", "replace").decode("utf-8")


# --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _ScoredLecture:
    """A lecture of all systems."""

    uid: str
    name: str
    scored: tuple[Scored, ...]  # one a system
    texts: tuple[AlignedText, ...]
    chart: Chart
    sound: str | None  # a URL

    def text(self, system: int) -> AlignedText:
        return next(text for text in self.texts if system in text.systems)

    def row(self, system: int, word: int) -> Row:
        return self.text(system).row(word)

    def worst(self, system: int) -> tuple[Stretch, ...]:
        return worst_minutes(self.scored[system].analysis.stretches)

    def opening(self, system: int, start: int, end: int) -> str:
        """Return the first words of a stretch of the reference, as they were written."""
        return _opening(self.scored[system].analysis.reference.written[start:end])

    def opening_of_hypothesis(self, system: int, start: int, end: int) -> str:
        return _opening(self.scored[system].analysis.hypothesis.written[start:end])

    def places_missed(
        self, system: int, term: str
    ) -> list[tuple[str, list[tuple[Row, float | None]]]]:
        """Return what the hypothesis has for the missed mentions of a term, and where."""
        terms = self.scored[system].analysis.terms
        found: dict[str, list[tuple[Row, float | None]]] = {}
        for mention in terms.mentions if terms else ():
            if mention.term == term and mention.found == "missed":
                found.setdefault(mention.hypothesis, []).append(
                    (self.row(system, mention.ref_start), mention.start)
                )
        return sorted(found.items(), key=lambda one: -len(one[1]))

    def row_of_hypothesis(self, system: int, word: int) -> Row:
        """Return the paragraph that a word of the hypothesis stands in."""
        aligned = self.scored[system].analysis.readable
        edit = aligned[bisect_right(aligned, word, key=lambda edit: edit.hyp_start) - 1]
        step = word - edit.hyp_start if edit.kind != "insert" else -1
        return self.row(system, max(0, edit.ref_start + step))


def _lectures(report: Report, base: Path | None) -> list[_ScoredLecture]:
    made = []
    for number, scored in enumerate(
        zip(*(system.lectures for system in report.systems), strict=True), 1
    ):
        found = [one.analysis for one in scored]
        sound = next((one.sound for one in scored if one.sound is not None), None)
        uid = f"l{number}"
        chart = chart_of([one.stretches for one in found])
        url = None if sound is None else _url(sound, base)
        made.append(
            _ScoredLecture(uid, found[0].name, scored, texts_of(found, uid), chart, url)
        )
    return made


def _url(path: Path, base: Path | None) -> str:
    """Return the way from the page to a file; the file's own address if it is on another drive."""
    try:
        if base is not None:
            way = os.path.relpath(path.absolute(), base.absolute())
            return quote(os.fsencode(way.replace(os.sep, "/")))
    except ValueError:
        pass
    return path.absolute().as_uri()


def _opening(written: Sequence[str]) -> str:
    shown = list(filter(None, written))
    return " ".join(shown[:_QUOTED]) + (" …" if len(shown) > _QUOTED else "")


# --------------------------------------------------------------------------------------------------


def _sums(
    report: Report, counts: Callable[[Analysis], Mapping[str, int]]
) -> dict[str, list[int]]:
    """Return by name the sums of each system's lectures."""
    each = [
        [counts(scored.analysis) for scored in system.lectures]
        for system in report.systems
    ]
    names = dict.fromkeys(name for system in each for one in system for name in one)
    return {
        name: [sum(one.get(name, 0) for one in system) for system in each]
        for name in names
    }


def _confusions(lectures: Iterable[Analysis]) -> Confusions:
    whole = Confusions(Counter(), Counter(), Counter())
    for found in lectures:
        whole.substituted.update(found.confusions.substituted)
        whole.deleted.update(found.confusions.deleted)
        whole.inserted.update(found.confusions.inserted)
    return whole


# --------------------------------------------------------------------------------------------------


@cache
def _tables() -> Mapping[str, Any]:
    return tomllib.loads(_asset("words.toml"))


def _words(language: str) -> Mapping[str, Any]:
    tables = _tables()
    return {**tables[FALLBACK], **tables.get(language, {})}


def _asset(name: str) -> str:
    return (shipped_folder() / _FOLDER / name).read_text(encoding="utf-8")


def _filters(words: Mapping[str, Any]) -> dict[str, Callable[..., Any]]:
    """Return the filters that write figures, times and names on the page."""

    def number(value: float, digits: int = 0) -> str:
        return f"{value:,.{digits}f}".replace(",", "\N{NO-BREAK SPACE}").replace(
            ".", words["decimal_point"]
        )

    def percent(share: float, digits: int = 1) -> str:
        return f"{number(100 * share, digits)}\N{NO-BREAK SPACE}%"

    def points(share: float) -> str:
        return ("+" if share > 0 else "\N{MINUS SIGN}" if share < 0 else "") + number(
            abs(100 * share), 1
        )

    def place(stretch: Stretch) -> str:
        """Return when a stretch is; if that is unknown, which words it is."""
        if stretch.start is not None and stretch.end is not None:
            return span((stretch.start, stretch.end))
        return str(words["at_words"]).format(
            first=min(stretch.ref_start + 1, stretch.ref_end), last=stretch.ref_end
        )

    def reason(text: str) -> str:
        numbers = re.findall(r"-?\d+", text)
        form = words["reasons"].get(re.sub(r"-?\d+", "{}", text))
        return text if form is None else str(form).format(*numbers)

    return {
        "clock": clock,
        "number": number,
        "percent": percent,
        "points": points,
        "place": place,
        "span": span,
        "reason": reason,
        "seconds": lambda time: f"{time:.1f}",
        "frequent": frequent,
        "has_interval": lambda found: isinstance(found, Interval),
    }


def span(time: TimeSpan) -> str:
    """Return when a span begins and ends, in words."""
    return f"{clock(time[0])}–{clock(time[1])}"


def frequent(counts: Counter[_Key]) -> Iterator[tuple[_Key, int]]:
    """Return the entries, the most frequent first."""
    return iter(counts.most_common())
