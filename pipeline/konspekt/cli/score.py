"""The command that scores: files, folders, or a course."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from konspekt.cli.completion import offer, profiles, scoring_rules
from konspekt.cli.options import ANY, FILE, FOLDER, takes
from konspekt.cli.terminal import Terminal, show
from konspekt.errors import FormatError, KonspektError
from konspekt.formats import FORMATS, titles
from konspekt.sanitize import sanitize

if TYPE_CHECKING:
    from konspekt.course.course import Course
    from konspekt.course.lecture import Lecture
    from konspekt.score.analysis import ScoringOptions
    from konspekt.score.report import Report, Scored

MARKUP = "markup"  # left out like a rule: braces and <*> of references are text then
_STYLES: dict[str, dict[str, Any]] = {
    "delete": {"fg": "red", "strikethrough": True},
    "insert": {"fg": "green"},
    "place": {"dim": True},
}


@dataclass(frozen=True, slots=True)
class Scoring:
    """What `score` is told."""

    texts: tuple[Path, ...]
    profile: str | None
    without: tuple[str, ...]
    glossary: Path | None
    diff: bool
    agreement: bool
    html: Path | None
    sound: Path | None
    json: Path | None
    csv: Path | None
    max_wer: float | None


def _rate(_: click.Context, __: click.Parameter, value: float | None) -> float | None:
    if value is not None and not 0 <= value < float(
        "inf"
    ):  # NaN is in no range, and would let everything pass
        raise click.BadParameter("a rate is a number such as 0.15")
    return value


HELP = f"""Score every HYPOTHESIS, a transcript, against REFERENCE: WER, CER and the counts, raw and
normalised.

The formats of texts: {titles(FORMATS)}. Folders are paired by the names of their files. In a course
(or with a course's folder alone), every lecture with a NAME.reference.* is scored, and the page is
written to output/score.html.

\b
konspekt score week05.reference.txt week05/transcript.json
konspekt score references/ small/ turbo/ --html report.html
"""


@click.command(short_help="WER and CER against a reference.", help=HELP)
@click.argument("texts", type=ANY, nargs=-1, metavar="[REFERENCE HYPOTHESIS...]")
@click.option(
    "--profile",
    shell_complete=offer(profiles),
    help="Compare by: ru, en, raw, whisper-basic, whisper-english; else as the language asks.",
)
@click.option(
    "--without",
    shell_complete=offer(scoring_rules),
    multiple=True,
    metavar="RULE",
    help='Leave out a rule of the profile, or "markup" (may be repeated).',
)
@click.option(
    "--glossary",
    type=FILE,
    help="Terms to look for; a course's own glossary.toml needs no naming.",
)
@click.option(
    "--diff", is_flag=True, help="Print every error with the words around it."
)
@click.option(
    "--agreement",
    is_flag=True,
    help="Neither text is a reference: how far they agree, and where not.",
)
@click.option(
    "--html",
    type=FILE,
    help="Write a page that needs no network: the text with its errors, chart, tables.",
)
@click.option("--sound", type=FILE, help="The recording: the page plays it at a click.")
@click.option("--json", type=FILE, help="Write every figure, for programs.")
@click.option(
    "--csv",
    type=FOLDER,
    help="Write tables into this folder: scores, confusions, words.",
)
@click.option(
    "--max-wer",
    type=float,
    callback=_rate,
    metavar="RATE",
    help="Exit with 1 above this WER (0.15).",
)
@takes(Scoring)
def score(terminal: Terminal, options: Scoring) -> None:
    """Score files or a course, and write what was asked for. Exits with 1 above `--max-wer`."""
    if len(options.texts) < 2:
        report, course = _of_course(options)
        page = options.html or course / "output" / "score.html"
        options = replace(options, html=page)
        is_missing = any(
            scored.hypothesis is None for scored in report.systems[0].lectures
        )
    else:
        report, is_missing = _of_files(options), False
    _keep_off(report, options)
    _print(report, options)
    _write(terminal, report, options)
    if is_missing or _is_above(report, options.max_wer):
        sys.exit(1)


def _of_files(options: Scoring) -> Report:
    from konspekt.course.recordings import SOUND_ENDINGS
    from konspekt.score.pairing import find_passed_over, find_unused, pair
    from konspekt.score.report import score_files
    from konspekt.score.utterances import read_utterances

    reference, *hypotheses = options.texts
    pairs = pair(reference, hypotheses)
    said = (
        utterance.text
        for each in pairs
        for utterance in read_utterances(each.reference)
    )
    scoring = _scoring_options(" ".join(said), "ru", options, options.glossary)
    sound = options.sound
    if sound is not None and (
        len(pairs) > 1
        or not sound.is_file()
        or sound.suffix.lower() not in SOUND_ENDINGS
    ):
        remedy = "Score one recording's texts, and name its sound."
        raise FormatError(
            "is not the sound of what is scored", path=sound, remedy=remedy
        )
    left = (*find_passed_over(reference), *find_unused(pairs, hypotheses))
    return score_files(
        pairs, _names(hypotheses), scoring, unused=left, sounds=[sound] * len(pairs)
    )


def _names(hypotheses: list[Path]) -> list[str]:
    """The shortest that tell them apart."""
    paths = [path.resolve() for path in hypotheses]
    for names in (
        [p.stem for p in paths],
        [p.name for p in paths],
        [p.parent.name for p in paths],
    ):
        if len(set(names)) == len(names):
            return names
    return [f"{number}: {path}" for number, path in enumerate(hypotheses, start=1)]


def _of_course(options: Scoring) -> tuple[Report, Path]:
    from konspekt.course.course import load_course
    from konspekt.score.report import report_of

    if options.sound is not None:
        raise click.UsageError(
            "A course knows its own recordings: --sound is for files."
        )
    course = load_course(_course_folder(options.texts))
    referred = [lecture for lecture in course.lectures if lecture.references]
    if not referred:
        remedy = "Put what was said beside the recording, as NAME.reference.txt."
        raise KonspektError(
            "no lecture has a reference", path=course.folder, remedy=remedy
        )
    if not any(_transcript(course, lecture).is_file() for lecture in referred):
        raise KonspektError(
            "no lecture has a transcript yet",
            path=course.folder,
            remedy="Run: konspekt build",
        )
    glossary = course.folder / "glossary.toml"
    named = options.glossary or (glossary if glossary.is_file() else None)
    scoring = _scoring_options("", course.language, options, named)
    scored = [_lecture(course, lecture, scoring) for lecture in referred]
    return report_of([course.title], [scored], scoring), course.folder


def _transcript(course: Course, lecture: Lecture) -> Path:
    from konspekt.artifacts.names import TRANSCRIPT

    return course.lecture_folder(lecture.id) / TRANSCRIPT


def _course_folder(texts: tuple[Path, ...]) -> Path:
    """Return the course's folder. Raises UsageError where a file is named."""
    folder = texts[0] if texts else Path()
    if folder.is_dir():
        return folder
    raise click.UsageError(
        f"The hypothesis is missing: konspekt score {folder} HYPOTHESIS, or name a course's folder."
    )


def _lecture(course: Course, lecture: Lecture, scoring: ScoringOptions) -> Scored:
    """A lecture's newest transcript against its references; all deletions where it has none yet."""
    from konspekt.artifacts import files, names
    from konspekt.score.analysis import analyse
    from konspekt.score.lecture import hash_of, names_of, read_references, utterances_of
    from konspekt.score.report import Input, Scored

    path = _transcript(course, lecture)
    raw = path.with_name(names.RAW)
    parts = (
        files.load_raw(raw).recording.parts
        if len(lecture.references) > 1 and raw.is_file()
        else ()
    )
    utterances = utterances_of(files.load_transcript(path)) if path.is_file() else ()
    found = analyse(
        lecture.id, read_references(lecture.references, parts), utterances, scoring
    )
    reference = Input(
        lecture.references[0].with_name(names_of(lecture.references)),
        hash_of(lecture.references),
    )
    sound = lecture.files[0] if lecture.is_sound and len(lecture.files) == 1 else None
    return Scored(
        found, reference, Input(path, hash_of([path])) if utterances else None, sound
    )


def _scoring_options(
    text: str, language: str, options: Scoring, glossary: Path | None
) -> ScoringOptions:
    from konspekt.course.glossary import load_glossary
    from konspekt.score import profile_of
    from konspekt.score.analysis import ScoringOptions
    from konspekt.text.language import text_language

    language = text_language(text, language)
    terms = None if glossary is None else load_glossary(glossary)
    without = tuple(name for name in options.without if name != MARKUP)
    profile = options.profile or profile_of(language)
    return ScoringOptions(
        profile, without, language, terms, markup=MARKUP not in options.without
    )


def _print(report: Report, options: Scoring) -> None:
    from konspekt.score.diff import diff
    from konspekt.score.summary import agreement, summary

    if options.diff:
        for system in report.systems:
            for scored in system.lectures:
                if len(report.systems) * len(system.lectures) > 1:
                    name = sanitize(f"{system.name} {scored.analysis.name}")
                    click.echo(click.style(name, bold=True))
                for line in diff(scored):
                    click.echo(_coloured(line))
    for text in agreement(report) if options.agreement else summary(report):
        click.echo(text)


def _coloured(line: Iterable[tuple[str, str]]) -> str:
    """Colours in a terminal, and marks that tell the same without."""
    marks = {"delete": "[-{}-]", "insert": "{{+{}+}}"}
    parts = [
        click.style(marks.get(kind, "{}").format(text), **_STYLES.get(kind, {}))
        for kind, text in line
        if text
    ]
    return " ".join(parts)


def _keep_off(report: Report, options: Scoring) -> None:
    """Refuse to write over what was scored, over an own file, or onto what is no ordinary file."""
    from konspekt.errors import StoreError

    taken = {path.resolve() for path in _files_read(report, options)}
    for path in _files_written(options):
        if path.resolve() in taken:
            raise StoreError(
                "it would be written over", path=path, remedy="Choose another name."
            )
        taken.add(path.resolve())
        if path.suffix == ".toml" or (path.exists() and not path.is_file()):
            raise StoreError(
                "this is not a file to be written",
                path=path,
                remedy="Choose another name.",
            )


def _files_written(options: Scoring) -> Iterator[Path]:
    """Yield the files that scoring writes."""
    if options.html is not None:
        yield options.html
    if options.json is not None:
        yield options.json
    if options.csv is not None:
        from konspekt.score.written import TABLES

        for name in TABLES:
            yield options.csv / name


def _files_read(report: Report, options: Scoring) -> Iterator[Path]:
    """Yield the files that were scored, and those that options name."""
    for path in (options.glossary, options.sound):
        if path is not None:
            yield path
    for system in report.systems:
        for scored in system.lectures:
            yield scored.reference.path
            if scored.hypothesis is not None:
                yield scored.hypothesis.path
            if scored.sound is not None:
                yield scored.sound


def _write(terminal: Terminal, report: Report, options: Scoring) -> None:
    """Write the files that were asked for."""
    from konspekt.artifacts.store import canonical_json, write_atomically

    if options.json is not None:
        from konspekt.score.written import as_json

        write_atomically(options.json, canonical_json(as_json(report)))
    if options.csv is not None:
        from konspekt.score.written import as_csv

        for name, table in as_csv(report).items():
            marked = "\ufeff" + table  # the mark is for spreadsheets
            write_atomically(options.csv / name, marked.encode())
    if options.html is not None:
        from konspekt.score.page import page

        base = options.html.resolve().parent
        text = page(report, language=report.options.language, sound_base=base)
        write_atomically(options.html, text.encode())
        terminal.say(f"Open {options.html.resolve().as_uri()}")


def _is_above(report: Report, max_wer: float | None) -> bool:
    """Whether a system has a higher WER than is allowed, or none; says which."""
    if max_wer is None:
        return False
    above = [
        one
        for one in report.systems
        if one.normalised.wer is None or one.normalised.wer > max_wer
    ]
    for system in above:
        wer = system.normalised.wer
        said = "no WER (the reference is empty)" if wer is None else f"WER {wer:.3f}"
        show(
            f"konspekt: {system.name}: {said}, and at most {max_wer:g} is allowed",
            err=True,
        )
    return bool(above)
