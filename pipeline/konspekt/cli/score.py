"""The command that scores: files, folders, or a course."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from konspekt.artifacts.names import SCORE_PAGE
from konspekt.artifacts.store import canonical_json, write_atomically
from konspekt.cli.alone import sound_error
from konspekt.cli.completion import MARKUP, offer, profiles, scoring_rules
from konspekt.cli.options import ANY, FILE, FOLDER, takes
from konspekt.cli.terminal import Terminal, mark
from konspekt.course.recordings import SOUND_ENDINGS
from konspekt.errors import FormatError, KonspektError, StoreError, command_line
from konspekt.formats import FORMATS, titles
from konspekt.sanitize import sanitize

if TYPE_CHECKING:
    from konspekt.course.course import Course
    from konspekt.score.analysis import ScoringOptions
    from konspekt.score.pairing import Pair
    from konspekt.score.report import Report, System

# as `konspekt.score.diff` calls what the terminal marks
DIFF_KINDS = {"delete": "removed", "insert": "added"}


@dataclass(frozen=True, slots=True)
class Scoring:
    """Arguments and options of `score`."""

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


def _check_rate(
    _: click.Context, __: click.Parameter, value: float | None
) -> float | None:
    """Return a WER that may be a limit. Raises BadParameter for another number."""
    # NaN is in no range, and would let everything pass
    if value is not None and not 0 <= value < math.inf:
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
    callback=_check_rate,
    metavar="RATE",
    help="Exit with 1 above this WER (0.15).",
)
@takes(Scoring)
def score(terminal: Terminal, options: Scoring) -> None:
    """Score files or a course, and write what was asked for. Exits with 1 above `--max-wer`."""
    if len(options.texts) < 2:
        course = _load_course(options.texts)
        page = options.html or course.output / SCORE_PAGE
        options = replace(options, html=page)
        report = _score_course(course, options)
    else:
        report = _score_files(options)
    _keep_off(report, options)
    _print(report, options)
    _write(terminal, report, options)
    is_too_high = _say_too_high(terminal, report, options.max_wer)
    if is_too_high or (len(options.texts) < 2 and _lacks_transcript(report)):
        sys.exit(1)


def _score_files(options: Scoring) -> Report:
    """Return the scores of the files or folders that were named."""
    from konspekt.score.pairing import find_passed_over, find_unused, pair
    from konspekt.score.report import score_files

    for path in options.texts:
        if path.name.lower().endswith(SOUND_ENDINGS):
            raise sound_error(path)
    reference, *hypotheses = options.texts
    pairs = pair(reference, hypotheses)
    _check_sound(options.sound, len(pairs))
    return score_files(
        pairs,
        _system_names(hypotheses),
        _scoring_options(_language_of(pairs), options, options.glossary),
        unused=(*find_passed_over(reference), *find_unused(pairs, hypotheses)),
        sounds=[options.sound] * len(pairs),
    )


def _language_of(pairs: Iterable[Pair]) -> str:
    """Return the language of all references together."""
    from konspekt.course.settings import DEFAULT_LANGUAGE
    from konspekt.score.utterances import read_utterances
    from konspekt.text.language import text_language

    references = (read_utterances(each.reference) for each in pairs)
    said = (utterance.text for each in references for utterance in each)
    return text_language(" ".join(said), DEFAULT_LANGUAGE)


def _check_sound(sound: Path | None, recordings: int) -> None:
    """Raise FormatError for a sound that is not that of the only recording that is scored."""
    if sound is None:
        return
    is_sound = sound.is_file() and sound.suffix.lower() in SOUND_ENDINGS
    if recordings > 1 or not is_sound:
        raise FormatError(
            "is not the sound of what is scored",
            path=sound,
            remedy="Score one recording's texts, and name its sound.",
        )


def _system_names(hypotheses: Sequence[Path]) -> list[str]:
    """Return the shortest names that tell the hypotheses apart."""
    paths = [path.resolve() for path in hypotheses]
    for names in (
        [path.stem for path in paths],
        [path.name for path in paths],
        [path.parent.name for path in paths],
    ):
        if len(set(names)) == len(names):
            return names
    return [f"{number}: {path}" for number, path in enumerate(hypotheses, start=1)]


def _load_course(texts: tuple[Path, ...]) -> Course:
    """Return the course whose folder is named. Raises UsageError where a file is."""
    from konspekt.course.course import load_course

    folder = texts[0] if texts else Path()
    if folder.is_dir():
        return load_course(folder)
    raise click.UsageError(
        f"The hypothesis is missing: {command_line('score', folder, 'HYPOTHESIS')}, "
        "or name a course's folder."
    )


def _score_course(course: Course, options: Scoring) -> Report:
    """Return the scores of the lectures that have a reference. Raises KonspektError for none."""
    from konspekt.build.score_course import lectures_to_score, score_lecture
    from konspekt.score.report import report_of

    lectures = lectures_to_score(course)
    _check_sound(options.sound, len(lectures))
    glossary = options.glossary or course.glossary
    scoring = _scoring_options(course.language, options, glossary)
    scored = [score_lecture(course, lecture, scoring) for lecture in lectures]
    if options.sound is not None:
        scored = [replace(scored[0], sound=options.sound)]
    return report_of([course.title], [scored], scoring)


def _lacks_transcript(report: Report) -> bool:
    """Return whether a lecture of a course has no transcript yet."""
    (course,) = report.systems
    return any(scored.hypothesis is None for scored in course.lectures)


def _scoring_options(
    language: str, options: Scoring, glossary: Path | None
) -> ScoringOptions:
    from konspekt.course.glossary import load_glossary
    from konspekt.score import profile_of
    from konspekt.score.analysis import ScoringOptions

    return ScoringOptions(
        options.profile or profile_of(language),
        tuple(name for name in options.without if name != MARKUP),
        language,
        None if glossary is None else load_glossary(glossary),
        markup=MARKUP not in options.without,
    )


# --------------------------------------------------------------------------------------------------


def _print(report: Report, options: Scoring) -> None:
    """Print what was asked for: every error, then the figures."""
    from konspekt.score.summary import agreement, summary

    if options.diff:
        _print_diff(report)
    for text in agreement(report) if options.agreement else summary(report):
        click.echo(text)


def _print_diff(report: Report) -> None:
    """Print every error with the words around it, each text under its name if there are several."""
    from konspekt.score.diff import diff

    texts = [(one, scored) for one in report.systems for scored in one.lectures]
    for system, scored in texts:
        if len(texts) > 1:
            name = sanitize(f"{system.name} {scored.analysis.name}")
            click.echo(mark(name, "title"))
        for line in diff(scored):
            pieces = [
                mark(text, DIFF_KINDS.get(kind, kind)) for kind, text in line if text
            ]
            click.echo(" ".join(pieces))


def _keep_off(report: Report, options: Scoring) -> None:
    """Refuse to write over what was scored, over an own file, or onto what is no ordinary file."""
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
    found = [options.glossary, options.sound]
    for system in report.systems:
        for scored in system.lectures:
            found += [scored.reference.path, scored.sound]
            if scored.hypothesis is not None:
                yield scored.hypothesis.path
    for path in found:
        if path is not None:
            yield path


def _write(terminal: Terminal, report: Report, options: Scoring) -> None:
    """Write the files that were asked for."""
    if options.json is not None:
        from konspekt.score.written import as_json

        write_atomically(options.json, canonical_json(as_json(report)))
    if options.csv is not None:
        from konspekt.score.written import as_csv

        for name, table in as_csv(report).items():
            marked = "\ufeff" + table  # the mark is for spreadsheets
            write_atomically(options.csv / name, marked.encode())
    if options.html is not None:
        _write_page(report, options.html)
        terminal.say(f"Open {options.html.resolve().as_uri()}")


def _write_page(report: Report, file: Path) -> None:
    from konspekt.score.page import page

    base = file.resolve().parent
    text = page(report, language=report.options.language, sound_base=base)
    write_atomically(file, text.encode())


def _say_too_high(terminal: Terminal, report: Report, max_wer: float | None) -> bool:
    """Name the systems that have a higher WER than is allowed, or none; return whether any has."""
    if max_wer is None:
        return False
    is_too_high = False
    for system in report.systems:
        wer = system.normalised.wer
        if wer is not None and wer <= max_wer:
            continue
        is_too_high = True
        what = "there is no WER: the reference is empty"
        remedy = "Give a reference with words."
        if wer is not None:
            what = f"WER {wer:.3f} is above --max-wer {max_wer:g}"
            remedy = "Look at the errors with --diff, or raise --max-wer."
        file = _scored_file(system)
        terminal.report_failure(KonspektError(what, path=file, remedy=remedy))
    return is_too_high


def _scored_file(system: System) -> Path | str:
    """Return the file of a system's only text; the system's name where it has several or none."""
    texts = [one.hypothesis for one in system.lectures if one.hypothesis is not None]
    return texts[0].path if len(texts) == 1 else system.name
