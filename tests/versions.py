"""What each stage makes of stored and of drawn input, by hash: whoever changes it raises a version.

    python -m tests.versions        notes the hashes of today, once the versions are raised

Without that a course that is up to date would keep the files of the old program. What Whisper
computes and Sphinx's HTML are not compared: they depend on the processor and on other packages. In
Whisper's place a script answers. What is drawn lies close to every limit, on either side, so that a
limit cannot move unnoticed.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from konspekt.artifacts import files
from konspekt.clean import VERSION as CLEAN_VERSION
from konspekt.clean import clean, join_transcripts, wording
from konspekt.cli.main import main as konspekt
from konspekt.course.settings import CleanOptions, NotesOptions
from konspekt.data import Cleaned, Notes, RawTranscript
from konspekt.notes import VERSION as NOTES_VERSION
from konspekt.notes import take_notes
from konspekt.score import VERSION as SCORE_VERSION
from konspekt.score import score_lecture
from konspekt.site import VERSION as SITE_VERSION
from konspekt.site.page import LecturePage, SiteInfo
from konspekt.site.render import render_site
from konspekt.transcribe.first_pass import PLAN_SUFFIX, VERSION
from konspekt.transcribe.second_pass import SECOND_PASS_VERSION
from konspekt.transcribe.speech.plan import PLAN_VERSION
from tests.courses import ROOT
from tests.golden.drawn import draw_lecture, draw_second_pass
from tests.transcribe import scripted
from tests.transcribe.scripted import (
    FILES,
    PLANNED,
    decode_at_limits,
    plan_at_limits,
    second_pass_at_limits,
    transcribe_by_script,
)

FOLDER = Path(__file__).with_name("golden")
HASHES = FOLDER / "hashes.json"
SCRIPT = Path(scripted.__file__)  # an input too: what Whisper's stand-in answers
REFERENCE = ROOT / "recordings" / "search.reference.txt"  # what drawn lectures say
LECTURE = "metrics"
SHORT_LECTURES = 18  # that are drawn
ALIKE = 3  # drawn lectures, the first, of the same speech
SETTINGS = 'title = "Курс"\n[clean]\nembeddings = "none"\n'
# Where the number of a stage stands.
PLACES = {
    "transcribe": "IMPORT_VERSION in pipeline/konspekt/transcribe/ready.py",
    "clean": "VERSION in pipeline/konspekt/clean/__init__.py, or the version of a rule",
    "notes": "VERSION in pipeline/konspekt/notes/__init__.py",
    "score": "VERSION in pipeline/konspekt/score/__init__.py",
    "site": "VERSION in pipeline/konspekt/site/__init__.py",
    "window plan": "PLAN_VERSION in pipeline/konspekt/transcribe/speech/plan.py",
    "first pass": "VERSION in pipeline/konspekt/transcribe/first_pass.py",
    "second pass": "SECOND_PASS_VERSION in pipeline/konspekt/transcribe/second_pass.py",
}


@dataclass(frozen=True)
class Seen:
    """One stage at work: its number, and hashes of all it read and of all it wrote."""

    version: str
    inputs: str
    outputs: str


def observe(folder: Path) -> dict[str, Seen]:
    """Return what each stage does with stored and drawn input, and transcription with a script."""
    folder.mkdir(exist_ok=True)
    return (
        observe_course(folder)
        | observe_drawn_lectures()
        | observe_transcription(folder)
    )


def observe_transcription(folder: Path) -> dict[str, Seen]:
    """Return what transcription makes of sound and of scripted answers, in `folder`.

    The plan of windows is the input of the first pass, and the first pass of the second.
    """
    first, second = transcribe_by_script(folder)
    line = (folder / f"first{PLAN_SUFFIX}").read_text(encoding="utf-8")
    planned = json.loads(line.partition(" ")[2])["files"]
    return {
        "window plan": Seen(
            str(PLAN_VERSION),
            hash_of([FILES, PLANNED]),
            hash_of([planned, plan_at_limits()]),
        ),
        "first pass": Seen(
            str(VERSION),
            hash_of([planned, SCRIPT.read_text(encoding="utf-8")]),
            hash_of([as_json(first), *map(as_json, decode_at_limits())]),
        ),
        "second pass": Seen(
            str(SECOND_PASS_VERSION),
            hash_of([as_json(first), SCRIPT.read_text(encoding="utf-8")]),
            hash_of([as_json(second), *map(as_json, second_pass_at_limits())]),
        ),
    }


@dataclass(frozen=True)
class Drawn:
    """What is made of one drawn lecture."""

    raws: tuple[RawTranscript, ...]  # both passes, or the first
    cleaned: Cleaned

    @cached_property
    def notes(self) -> Notes:
        """Return the notes of the lecture."""
        return take_notes(
            self.cleaned.transcript, NotesOptions(), folder=None, answers=None
        )

    @cached_property
    def page(self) -> LecturePage:
        """Return what the lecture's page says."""
        raw, cleaned = self.raws[0], self.cleaned
        return LecturePage(
            lecture_id=raw.recording.id,
            title=raw.recording.id,
            date=None,
            speakers=(),
            recording=raw.recording,
            language="ru",
            model=raw.model,
            transcript=cleaned.transcript,
            removals=cleaned.removals,
            quality=cleaned.quality,
            notes=self.notes,
        )


def observe_drawn_lectures() -> dict[str, Seen]:
    """Return what the stages after transcription make of lectures close to all limits."""
    drawn = draw_lectures()
    cleaned = [one.cleaned for one in drawn]
    noted = drawn[ALIKE:]
    texts = [as_json(one.cleaned.transcript) for one in noted]
    scored = [as_json(one.cleaned.transcript) for one in drawn[:ALIKE]]
    scored.append(REFERENCE.read_text(encoding="utf-8"))
    pages = [one.page for one in noted]
    return {
        f"{stage}, drawn lectures": Seen(str(version), hash_of(read), hash_of(written))
        for stage, version, read, written in (
            (
                "clean",
                CLEAN_VERSION,
                [as_json(raw) for one in drawn for raw in one.raws],
                list(map(as_json, cleaned)),
            ),
            ("notes", NOTES_VERSION, texts, [as_json(one.notes) for one in noted]),
            ("score", SCORE_VERSION, scored, list(map(score_drawn, drawn[:ALIKE]))),
            ("site", SITE_VERSION, list(map(as_json, pages)), render_drawn(pages)),
        )
    }


def draw_lectures() -> list[Drawn]:
    """Return drawn lectures: with speech regions and without, decoded twice and by two."""
    first = draw_lecture("first", 500)
    once = clean_drawn(first)
    second = draw_second_pass(first, once.quality.second_pass)
    untimed = draw_lecture("second", 400, has_speech=False)
    other = draw_lecture("first", 500, seed="again")
    short = [
        draw_lecture(f"short {number}", 16 + 8 * number, has_speech=number % 3 > 0)
        for number in range(SHORT_LECTURES)
    ]
    several = join_transcripts([("one", first), ("two", other)])
    return [
        Drawn((first,), once),
        Drawn((first, second), clean_drawn(first, second)),
        Drawn((several,), clean_drawn(several)),
        *(Drawn((raw,), clean_drawn(raw)) for raw in (untimed, *short)),
    ]


def score_drawn(drawn: Drawn) -> Any:
    """Return the score against the text that the lecture is drawn from."""
    return as_json(score_lecture([REFERENCE], drawn.cleaned.transcript))


def render_drawn(pages: Sequence[LecturePage]) -> dict[str, str]:
    """Return the hashes of the source of the pages."""
    source = render_site(
        SiteInfo("Курс", "ru"), pages, course_folder=None, wording=wording()
    )
    return {name: hashlib.sha256(it).hexdigest() for name, it in source.items()}


def clean_drawn(
    raw: RawTranscript, second_pass: RawTranscript | None = None
) -> Cleaned:
    """Return a drawn lecture cleaned."""
    options = CleanOptions(embeddings="none")
    return clean(raw, options, None, language="ru", second_pass=second_pass)


def as_json(value: Any) -> Any:
    """Return a dataclass as plain JSON, as its file has it."""
    fields = asdict(value, dict_factory=files.leave_out_unset)
    return json.loads(json.dumps(fields, default=dict))


def observe_course(folder: Path) -> dict[str, Seen]:
    """Return what each stage does in a new course in `folder` with the stored transcript."""
    folder /= "course"
    recordings = folder / "recordings"
    recordings.mkdir(parents=True)
    shutil.copy(FOLDER / f"{LECTURE}.raw.json", recordings)
    shutil.copy(ROOT / "recordings" / f"{LECTURE}.reference.txt", recordings)
    (folder / "course.toml").write_text(SETTINGS, encoding="utf-8")
    done = CliRunner().invoke(konspekt, ["build", str(folder)])
    assert done.exit_code == 0, done.output
    stages = stages_in(folder / "output" / "lectures" / LECTURE) | stages_in(
        folder / "output" / "site"
    )
    return {name: seen(stages[name]) for name in PLACES if name in stages}


def stages_in(folder: Path) -> dict[str, Any]:
    """Return the manifest's entries by stage."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    stages: dict[str, Any] = manifest["stages"]
    return stages


def seen(entry: dict[str, Any]) -> Seen:
    """Return a stage's entry in short; of the site only the source of its pages."""
    outputs = {
        name: it
        for name, it in entry["outputs"].items()
        if not name.startswith("html/")
    }
    basis = entry["basis"]
    return Seen(
        str(basis["version"]),
        hash_of([basis["inputs"], basis["options"]]),
        hash_of(outputs),
    )


def hash_of(value: Any) -> str:
    """Return a hash of a JSON value."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def noted() -> dict[str, Seen]:
    """Return the hashes in the repository."""
    entries = json.loads(HASHES.read_text(encoding="utf-8"))
    return {name: Seen(**entry) for name, entry in entries.items()}


def place_of(name: str) -> str:
    """Return where the number of a stage stands."""
    return PLACES[name.partition(",")[0]]


def unraised(before: dict[str, Seen], now: dict[str, Seen]) -> list[str]:
    """Return what to raise: a stage that writes otherwise, of the same input, under one number."""
    return [
        f"{name} writes other files of the same input: raise {place_of(name)} ({it.version} now)"
        for name, it in now.items()
        if name in before
        and it.outputs != before[name].outputs
        and (it.inputs, it.version) == (before[name].inputs, before[name].version)
    ]


def main() -> None:
    """Note today's hashes; exit with 1 where a number was forgotten."""
    with tempfile.TemporaryDirectory() as folder:
        now = observe(Path(folder))
    if HASHES.is_file() and (forgotten := unraised(noted(), now)):
        sys.exit("\n".join(forgotten))
    entries = {name: asdict(it) for name, it in now.items()}
    HASHES.write_text(json.dumps(entries, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
