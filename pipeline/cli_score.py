"""The command that scores: files, folders, or a course."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.errors import FormatError, KonspektError

if TYPE_CHECKING:
    from pipeline.course import Course, Lecture
    from pipeline.score.analysis import Manner
    from pipeline.score.report import Report, Scored
    from pipeline.terminal import Terminal

ANY = click.Path(path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
_STYLES: dict[str, dict[str, Any]] = {
    "delete": {"fg": "red", "strikethrough": True},
    "insert": {"fg": "green"},
    "place": {"dim": True},
}


@click.command(short_help="WER and CER against a reference.")
@click.argument("texts", type=ANY, nargs=-1, metavar="[REFERENCE HYPOTHESIS...]")
@click.option("--profile", help="Compare by: ru, en, whisper-basic, whisper-english; by default as the language asks.")
@click.option("--without", multiple=True, metavar="RULE", help="Leave a rule of the profile out (again for another).")
@click.option("--glossary", type=FILE, help="Terms to look for; a course's own glossary.toml needs no naming.")
@click.option("--diff", "show_diff", is_flag=True, help="Print every error with the words around it.")
@click.option("--agreement", is_flag=True, help="Neither text is a reference: how far they agree, and where not.")
@click.option("--html", type=FILE, help="Write a page that needs no network: the text with its errors, chart, tables.")
@click.option("--sound", type=FILE, help="The recording, to be heard from the page at a click.")
@click.option("--json", "json_file", type=FILE, help="Write every figure, for programs.")
@click.option("--csv", "csv_folder", type=FOLDER, help="Write tables into this folder: scores, confusions, words.")
@click.option("--max-wer", type=click.FloatRange(min=0), metavar="RATE", help="Exit with 1 above this WER (0.15).")
@click.pass_obj
def score(terminal: Terminal, /, texts: tuple[Path, ...], **options: Any) -> None:
    """Score every HYPOTHESIS, a transcript, against REFERENCE: WER, CER and the counts, raw and normalised.

    Texts are plain text, Markdown, SRT, VTT, Whisper JSON, transcript.json, STM, CTM, TRN, Kaldi text or NeMo
    manifests; folders are paired by the names of their files. In a course (or with a course's folder alone), every
    lecture with a NAME.reference.* is scored, and the page is written to output/score.html.

    \b
    konspekt score week05.reference.txt out/transcript.json
    konspekt score references/ small/ turbo/ --html report.html
    """
    report, folder = _of_course(texts, options) if len(texts) < 2 else _of_files(texts, options)
    _print(report, options)
    _write(terminal, report, options, folder)
    _check(report, options["max_wer"])


def _of_files(texts: tuple[Path, ...], options: dict[str, Any]) -> tuple[Report, Path | None]:
    from pipeline.score.formats import read
    from pipeline.score.pairing import pair, unused
    from pipeline.score.report import score_files

    reference, *hypotheses = texts
    pairs = pair(reference, hypotheses)
    manner = _manner(" ".join(one.text for one in read(pairs[0].reference)), "ru", options, options["glossary"])
    sound = options["sound"]
    if sound is not None and (len(pairs) > 1 or not sound.is_file()):
        remedy = "Score one recording's texts, and name its sound."
        raise FormatError("is not the sound of what is scored", path=sound, remedy=remedy)
    report = score_files(
        pairs, _names(hypotheses), manner, unused=unused(pairs, hypotheses), sounds=[sound] * len(pairs)
    )
    return report, None


def _names(hypotheses: list[Path]) -> list[str]:
    """The shortest that tell them apart."""
    paths = [path.resolve() for path in hypotheses]
    for names in ([p.stem for p in paths], [p.name for p in paths], [p.parent.name for p in paths]):
        if len(set(names)) == len(names):
            return names
    return [str(path) for path in hypotheses]


def _of_course(texts: tuple[Path, ...], options: dict[str, Any]) -> tuple[Report, Path | None]:
    from pipeline.course import load_course
    from pipeline.score.report import report_of

    course = load_course(_course_folder(texts))
    referred = [lecture for lecture in course.lectures if lecture.references]
    if not referred:
        remedy = "Put what was said beside the recording, as NAME.reference.txt."
        raise KonspektError("no lecture has a reference", path=course.folder, remedy=remedy)
    glossary = course.folder / "glossary.toml"
    named = options["glossary"] or (glossary if glossary.is_file() else None)
    manner = _manner("", course.language, options, named)
    scored = [_lecture(course, lecture, manner) for lecture in referred]
    return report_of([course.title], [scored], manner), course.folder


def _course_folder(texts: tuple[Path, ...]) -> Path:
    folder = texts[0] if texts else Path()
    if folder.is_file():
        raise click.UsageError("A reference needs a hypothesis to be scored: konspekt score REFERENCE HYPOTHESIS")
    return folder


def _lecture(course: Course, lecture: Lecture, manner: Manner) -> Scored:
    from pipeline import files
    from pipeline.score.analysis import analyse
    from pipeline.score.lecture import hash_of, names_of, read_references, utterances_of
    from pipeline.score.report import Scored, Source

    folder = course.lecture_folder(lecture.id)
    path = folder / "transcript.json"
    if not path.is_file():
        raise KonspektError("no transcript yet", path=path, remedy="Run: konspekt build")
    parts = files.load_raw(folder / "raw.json").recording.parts
    heard = utterances_of(files.load_transcript(path))
    found = analyse(lecture.id, read_references(lecture.references, parts), heard, manner)
    reference = Source(lecture.references[0].with_name(names_of(lecture.references)), hash_of(lecture.references))
    sound = lecture.files[0] if lecture.is_sound and len(lecture.files) == 1 else None
    return Scored(found, reference, Source(path, hash_of([path])), sound)


def _manner(text: str, language: str, options: dict[str, Any], glossary: Path | None) -> Manner:
    from pipeline.glossary import load_glossary
    from pipeline.score import profile_of
    from pipeline.score.analysis import Manner
    from pipeline.text.language import text_language

    language = text_language(text, language)
    terms = None if glossary is None else load_glossary(glossary)
    return Manner(options["profile"] or profile_of(language), options["without"], language, terms)


def _print(report: Report, options: dict[str, Any]) -> None:
    from pipeline.score.summary import agreement, diff, summary

    if options["show_diff"]:
        for system in report.systems:
            for scored in system.lectures:
                if len(report.systems) * len(system.lectures) > 1:
                    click.echo(click.style(f"{system.name} {scored.analysis.name}".strip(), bold=True))
                for line in diff(scored):
                    click.echo(_coloured(line))
    for text in agreement(report) if options["agreement"] else summary(report):
        click.echo(text)


def _coloured(line: Iterable[tuple[str, str]]) -> str:
    """Colours in a terminal, and marks that tell the same without."""
    marks = {"delete": "[-{}-]", "insert": "{{+{}+}}"}
    parts = [click.style(marks.get(kind, "{}").format(text), **_STYLES.get(kind, {})) for kind, text in line if text]
    return " ".join(parts)


def _write(terminal: Terminal, report: Report, options: dict[str, Any], course: Path | None) -> None:
    from pipeline.store import canonical_json, write_atomically

    html = options["html"] or (None if course is None else course / "output" / "score.html")
    if options["json_file"] is not None:
        from pipeline.score.written import as_json

        write_atomically(options["json_file"], canonical_json(as_json(report)))
    if options["csv_folder"] is not None:
        from pipeline.score.written import as_csv

        for name, table in as_csv(report).items():
            write_atomically(options["csv_folder"] / name, b"\xef\xbb\xbf" + table.encode())  # for spreadsheets
    if html is not None:
        from pipeline.score.page import page

        text = page(report, language=report.manner.language, sound_base=html.resolve().parent)
        write_atomically(html, text.encode())
        terminal.say(f"Open {html.resolve().as_uri()}")


def _check(report: Report, max_wer: float | None) -> None:
    if max_wer is None:
        return
    above = [one for one in report.systems if one.normalised.wer is None or one.normalised.wer > max_wer]
    for system in above:
        wer = system.normalised.wer
        said = "no WER (the reference is empty)" if wer is None else f"WER {wer:.3f}"
        click.echo(f"konspekt: {system.name}: {said}, and at most {max_wer:g} is allowed", err=True)
    if above:
        sys.exit(1)
