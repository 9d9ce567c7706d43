"""A lecture as the templates see it: what stands where, as typed nodes and plain words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from konspekt.data import Chapter, Notes, Term
from konspekt.sanitize import sanitize
from konspekt.site.figure import KIND_OF_TEXT, kind_of
from konspekt.site.nodes import At, Literal, Node, Ref, Text, Tie, nodes_of
from konspekt.site.page import LecturePage
from konspekt.site.removed import describe, joins, number_removals, seams
from konspekt.site.slugs import sentence_label
from konspekt.site.transcript import Paragraph, marks_of, paragraphs_by_chapter
from konspekt.site.words import FALLBACK, PageWords
from konspekt.text.spans import Timed, times_of, union
from konspekt.text.times import clock

TICK = 0.001  # seconds: a sentence without length has a bar all the same
MERGE = 3.0  # seconds: shorter breaks do not show in the picture of the recording
MAX_PLACES = 5  # of damage that a page names; raw.json lists all
# Languages written in other letters: a Latin word in them is a term, as the house style has it.
_OTHER_LETTERS = frozenset(
    [
        "ru",
        "uk",
        "be",
        "bg",
        "mk",
        "sr",
        "kk",
        "ky",
        "mn",
        "tg",
        "tt",
        "el",
        "hy",
        "ka",
        "he",
        "ar",
        "fa",
        "zh",
        "ja",
    ]
)
_LATIN = re.compile(
    r"[A-Za-z][A-Za-z0-9]*(?:[+#]+|[-_./][A-Za-z0-9]+| (?=[A-Za-z])[A-Za-z0-9]+)*"
)


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the list of facts."""

    name: str
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ChapterView:
    """A chapter as the template prints it."""

    label: str
    title: tuple[Node, ...]
    start: float
    points: tuple[tuple[Node, ...], ...]  # a statement with the time it rests on
    # the statements as one paragraph of the course's brief page
    brief: tuple[Node, ...]
    paragraphs: tuple[Paragraph, ...]

    @property
    def link(self) -> Ref:
        """Return a link to the chapter."""
        return Ref(self.label)

    @property
    def at(self) -> At:
        """Return the chapter's beginning as a time that plays."""
        return At(self.start)


@dataclass(frozen=True, slots=True)
class Share:
    """A line of the table of quality."""

    name: str
    amount: str
    share: str


@dataclass(frozen=True, slots=True)
class LectureView:
    """A lecture as the templates print it."""

    slug: str
    number: int
    title: str
    words: PageWords
    facts: tuple[Fact, ...]
    in_short: str  # the facts in one line, for the brief page
    stale: str  # that the page is older than the recording; "" where it is not
    problems: tuple[str, ...]
    chapters: tuple[ChapterView, ...]
    opening: tuple[int, ...]  # numbers of what was removed before the first sentence
    paragraphs: tuple[Paragraph, ...]  # the transcript where there are no chapters
    terms: tuple[tuple[Node, ...], ...]
    map: tuple[tuple[str, str], ...]  # options of the picture of the recording
    removed: tuple[tuple[Node, ...], ...]
    seams: tuple[tuple[Node, ...], ...]
    joins: int
    quality: tuple[Share, ...]
    without: tuple[str, ...]
    dropped: tuple[tuple[str, str], ...]
    has_text: bool

    @property
    def docname(self) -> str:
        """Return the page's name for Sphinx."""
        return f"lectures/{self.slug}"

    @property
    def link(self) -> Ref:
        """Return a link to the lecture's page."""
        return Ref(f"lecture-{self.slug}", words=self.words.full_notes)


def lecture_view(
    page: LecturePage, number: int, page_slug: str, words: PageWords
) -> LectureView:
    """Return the lecture `number` (from 1) of the course."""
    removed = number_removals(page.removals, words)
    grouped = paragraphs_by_chapter(
        page.transcript,
        removed,
        page.notes.chapters,
        lambda gap: words.cause(gap.cause),
    )
    known = frozenset(sentence.id for sentence in page.transcript.sentences)
    marker = _Marker(page_slug, page.language, known)
    chapters = tuple(
        marker.chapter(chapter, label, paragraphs)
        for chapter, label, paragraphs in zip(
            page.notes.chapters,
            _chapter_labels(page_slug, page.notes),
            grouped,
            strict=False,
        )
    )
    return LectureView(
        slug=page_slug,
        number=number,
        title=_title(page.title, number, words),
        words=words,
        facts=tuple(_facts(page, words)),
        in_short=_in_short(page, words),
        stale=_stale(page, words),
        problems=tuple(map(words.problem, page.notes.problems)),
        chapters=chapters,
        opening=marks_of(page.transcript, removed).get(None, ()),
        paragraphs=() if chapters else grouped[0],
        terms=tuple(marker.term(term) for term in page.notes.terms),
        map=_map(page),
        removed=tuple(describe(group, words) for group in removed),
        seams=seams(page.removals, words),
        joins=joins(page.removals),
        quality=tuple(_quality(page, words)),
        without=tuple(words.without(line) for line in page.quality.without),
        dropped=tuple(
            (dropped.text, words.dropped_because(dropped.reason))
            for dropped in page.notes.dropped
        ),
        has_text=bool(page.transcript.sentences),
    )


def _stale(page: LecturePage, words: PageWords) -> str:
    """Return that the page is older than the recording; "" where it is not.

    The reason is an error in the program's own language, so only English pages tell it.
    """
    if page.stale is None:
        return ""
    if words.language != FALLBACK:
        return f"{words.stale}."
    return f"{words.stale}: {sanitize(page.stale) or '?'}"


def _title(title: str, number: int, words: PageWords) -> str:
    """Return «Лекция 1. Название»; a title that has its number already stays as it is."""
    own = sanitize(title)
    if own.casefold().startswith(words.lecture.casefold()):
        return own
    return f"{words.lecture} {number}. {own}" if own else f"{words.lecture} {number}"


def _chapter_labels(page_slug: str, notes: Notes) -> tuple[str, ...]:
    """Return the labels by the second a chapter begins: splitting or joining an earlier chapter
    moves no address.
    """
    labels: list[str] = []
    for chapter in notes.chapters:
        label = f"c-{page_slug}-{max(0, int(chapter.start))}"
        same = sum(other == label or other.startswith(f"{label}x") for other in labels)
        labels.append(f"{label}x{same + 1}" if same else label)
    return tuple(labels)


def with_terms(text: str, language: str) -> tuple[Node, ...]:
    """Return a statement with its Latin words as literals, if the language has other letters."""
    if language not in _OTHER_LETTERS:
        return nodes_of(text)
    line, nodes, last = sanitize(text), list[Node](), 0
    for match in _LATIN.finditer(line):
        nodes += [Text(line[last : match.start()]), Literal(match[0])]
        last = match.end()
    return (*nodes, Text(line[last:]))


def _stop(text: str) -> str:
    """Return the full stop that a sentence of the brief page lacks."""
    return "" if sanitize(text).endswith((".", "!", "?", "…", ":", ";")) else "."


@dataclass(frozen=True, slots=True)
class _Marker:
    """Turns notes into nodes that lead to the transcript."""

    slug: str
    language: str
    known: frozenset[str]  # ids of the sentences that are on the page

    def time(self, evidence: Sequence[str], start: float) -> Ref | At:
        for sentence in evidence:
            if sentence in self.known:
                return Ref(sentence_label(self.slug, sentence), start)
        return At(start)

    def chapter(
        self, chapter: Chapter, label: str, paragraphs: tuple[Paragraph, ...]
    ) -> ChapterView:
        points, brief = list[tuple[Node, ...]](), list[Node]()
        for statement in chapter.statements:
            time, text = (
                self.time(statement.evidence, statement.start),
                with_terms(statement.text, self.language),
            )
            points.append((time, Text(" "), *text))
            brief += [*text, Text(_stop(statement.text)), Tie(), time, Text(" ")]
        title = (
            with_terms(chapter.title, self.language)
            if sanitize(chapter.title)
            else nodes_of(clock(chapter.start))
        )
        return ChapterView(
            label, title, chapter.start, tuple(points), tuple(brief), paragraphs
        )

    def term(self, term: Term) -> tuple[Node, ...]:
        count = f" ×{term.count}" if term.count > 1 else ""
        time = self.time(term.evidence, term.start)
        return (*with_terms(term.text, self.language), Text(" "), time, Text(count))


def _facts(page: LecturePage, words: PageWords) -> list[Fact]:
    facts = [
        (words.fact_date, words.date(page.date) if page.date else ""),
        (words.fact_speakers, ", ".join(page.speakers)),
        (words.fact_duration, clock(page.recording.duration)),
        (words.fact_cut_short, _describe_cut(page, words)),
        (words.fact_damaged, _describe_damage(page, words)),
        (words.fact_transcribed, _describe_coverage(page, words)),
        (words.fact_transcribed_by, _transcribed_by(page, words)),
        (words.fact_notes, _method(page, words)),
        (words.fact_errors, _errors(page, words)),
    ]
    return [Fact(name, nodes_of(text)) for name, text in facts if sanitize(text)]


def _describe_cut(page: LecturePage, words: PageWords) -> str:
    """Return which parts of the recording end before their time, and where; "" if none does."""
    parts = page.recording.parts
    shorter = []
    for number, part in enumerate(parts, 1):
        if part.lost:
            read, declared = clock(part.duration), clock(part.declared_duration or 0.0)
            what = (
                str(words.cut_short)
                .replace("{read}", read)
                .replace("{declared}", declared)
            )
            shorter.append(f"{words.part} {number}: {what}" if len(parts) > 1 else what)
    return "; ".join(shorter)


def _describe_damage(page: LecturePage, words: PageWords) -> str:
    """Return how much of the recording could not be decoded, and the first places; "" if all
    could.
    """
    places = [place for part in page.recording.parts for place in part.damage]
    if not places:
        return ""
    lost = words.number(sum(place.end - place.start for place in places), 1)
    at = ", ".join(clock(place.start) for place in places[:MAX_PLACES]) + (
        ", …" if len(places) > MAX_PLACES else ""
    )
    return str(words.damaged).replace("{seconds}", lost).replace("{places}", at)


def _transcribed_by(page: LecturePage, words: PageWords) -> str:
    """Return which Whisper transcribed, and where the sound went for it."""
    by = words.transcribed_by(page.model)
    if not page.quality.sound_sent_to:
        return by
    hosts = ", ".join(page.quality.sound_sent_to)
    return f"{by}; {words.sound_endpoint.replace('{endpoint}', hosts)}"


def _method(page: LecturePage, words: PageWords) -> str:
    """Return how the notes were made, and where the text went for it.

    What was written on another machine never was on this one alone.
    """
    notes, outline = page.notes, str(words.outline)
    if notes.method == "outline":
        sent = page.quality.sound_sent_to
        return outline if sent else f"{outline}; {words.llm_local}"
    how = words.llm.replace("{model}", notes.model or "?")
    sent = (
        words.llm_endpoint.replace("{endpoint}", notes.endpoint)
        if notes.endpoint
        else words.llm_local
    )
    return f"{how}; {sent}"


def _wer(page: LecturePage, words: PageWords) -> str | None:
    wer = None if page.score is None else page.score.normalised.wer
    return None if wer is None else words.number(100 * wer, 1)


def _errors(page: LecturePage, words: PageWords) -> str:
    wer = _wer(page, words)
    if page.score is None or wer is None:
        return ""
    return str(
        words.wer.replace("{wer}", wer).replace("{reference}", page.score.reference)
    )


def _percent(part: float, whole: float, words: PageWords) -> str:
    return f"{words.number(100 * part / whole if whole else 0)} %"


def _describe_coverage(page: LecturePage, words: PageWords) -> str:
    """Return how much of the speech has text; of the whole recording if the speech regions are
    unknown.
    """
    quality = page.quality
    if quality.transcribed_percent is None:
        return str(words.no_speech)
    of = words.of_speech if quality.speech is not None else words.of_recording
    return (
        str(of)
        .replace("{transcribed}", clock(quality.transcribed))
        .replace("{wanted}", clock(quality.wanted))
        .replace("{share}", _coverage_share(page))
    )


def _coverage_share(page: LecturePage) -> str:
    """Return the share of the speech that has text; a dash if there is no speech, for an empty
    cell breaks the table.
    """
    return (
        "—"
        if page.quality.transcribed_percent is None
        else f"{page.quality.transcribed_percent} %"
    )


def _in_short(page: LecturePage, words: PageWords) -> str:
    wer = _wer(page, words)
    parts = [
        words.date(page.date) if page.date else "",
        f"{words.number(page.recording.duration / 60)} {words.minutes}",
        words.cut_short_mark if any(part.lost for part in page.recording.parts) else "",
        _coverage_in_short(page, words),
        words.wer_short.replace("{wer}", wer) if wer else "",
    ]
    return " · ".join(part for part in parts if part)


def _coverage_in_short(page: LecturePage, words: PageWords) -> str:
    if page.quality.transcribed_percent is None:
        return str(words.no_speech)
    of = (
        words.transcribed_of_speech
        if page.quality.speech is not None
        else words.transcribed_of_recording
    )
    return str(of).replace("{share}", _coverage_share(page))


def _quality(page: LecturePage, words: PageWords) -> list[Share]:
    quality = page.quality
    what = words.quality_seconds if quality.speech is None else words.quality_speech
    rows = [
        Share(
            f"{what}: {words.quality_covered}",
            clock(quality.transcribed),
            _coverage_share(page),
        )
    ]
    for cause, seconds in quality.gaps.items():
        share = _percent(seconds, quality.wanted, words)
        rows.append(Share(f"{what}: {words.cause(cause)}", clock(seconds), share))
    rest = quality.wanted - quality.transcribed - sum(quality.gaps.values())
    if quality.speech is not None and rest >= 1:
        rows.append(
            Share(
                f"{what}: {words.quality_scraps}",
                clock(rest),
                _percent(rest, quality.wanted, words),
            )
        )
    transcribed = quality.words_transcribed
    rows.append(
        Share(
            f"{words.quality_words}: {words.quality_total}",
            str(transcribed),
            _percent(transcribed, transcribed, words),
        )
    )
    kept = _percent(quality.words_kept, transcribed, words)
    rows.append(
        Share(
            f"{words.quality_words}: {words.quality_kept}",
            str(quality.words_kept),
            kept,
        )
    )
    for reason, count in quality.removed.items():
        rows.append(
            Share(
                f"{words.quality_words}: {words.reason(reason)}",
                str(count),
                _percent(count, transcribed, words),
            )
        )
    return rows


def _map(page: LecturePage) -> tuple[tuple[str, str], ...]:
    shown: dict[str, list[Timed]] = {KIND_OF_TEXT: [*page.transcript.sentences]}
    for gap in page.transcript.gaps:
        shown.setdefault(kind_of(gap.cause), []).append(gap)
    options: list[tuple[str, Any]] = [
        ("duration", clock(max(1.0, page.recording.duration)))
    ]
    for name, things in shown.items():
        bars = union(
            ((start, max(end, start + TICK)) for start, end in times_of(things)), MERGE
        )
        options.append(
            (name, " ".join(f"{clock(start)}-{clock(end)}" for start, end in bars))
        )
    return tuple((name, value) for name, value in options if value)
