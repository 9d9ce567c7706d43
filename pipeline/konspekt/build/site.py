"""The site as a job: from the lectures' artifacts to `source/` and `html/`.

The site is rendered and built aside and then committed file by file, so that `output/site` never
holds half a page.
"""

from __future__ import annotations

import hashlib
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from konspekt.artifacts import files
from konspekt.artifacts.names import NOTES, QUALITY, RAW, REMOVED, SCORE, TRANSCRIPT
from konspekt.artifacts.store import (
    Basis,
    Hashes,
    canonical_json,
    commit,
    is_committed,
    store_error,
    why_stale,
)
from konspekt.build.stage import Artifacts, StageInfo, Tools
from konspekt.course.lecture import Lecture
from konspekt.course.templates import templates_hash
from konspekt.data import Progress, RawTranscript, Recording
from konspekt.errors import FormatError

if TYPE_CHECKING:
    from konspekt.site import LecturePage

SITE = StageInfo(name="site", doing="building the site")
_NEEDED = (RAW, TRANSCRIPT, REMOVED, QUALITY, NOTES)
_PAGE_FOLDER = "lectures"  # below html/; from there a page names its sound


@dataclass(frozen=True, slots=True)
class SiteJob:
    """The lectures of a site, in order, each with the folder of its artifacts; where it goes."""

    title: str
    language: str
    lectures: Sequence[tuple[Lecture, Path]]
    folder: Path  # gets source/ and html/
    root: Path  # where recordings are named from
    work: Path
    tools: Tools
    # the folder whose templates/ override the shipped ones
    templates: Path | None = None
    sound: str = "none"  # as course.SiteOptions.sound
    # why a page is an old one, by lecture
    stale: Mapping[str, str] = field(default_factory=dict)
    # take only what a stage committed, not what a person put together
    committed: bool = True

    @property
    def index(self) -> Path:
        """The first page."""
        return self.folder / "html" / "index.html"

    @property
    def complete(self) -> list[tuple[Lecture, Path]]:
        """The lectures that have all that a page needs."""
        return [
            (lecture, at) for lecture, at in self.lectures if self._has(at, *_NEEDED)
        ]

    def score_of(self, at: Path) -> Path | None:
        """Return the lecture's score; None where it has none."""
        return at / SCORE if self._has(at, SCORE) else None

    def _has(self, at: Path, *names: str) -> bool:
        if not self.committed:
            return all((at / name).is_file() for name in names)
        return is_committed(at, names, self.tools.hashes)

    def basis(self) -> Basis:
        """Return what the site rests on."""
        from konspekt.site import VERSION

        complete = self.complete
        inputs: dict[str, str | None] = {}
        for lecture, at in complete:
            inputs |= self._lecture_inputs(lecture, at)
        options = {
            "title": self.title,
            "language": self.language,
            "sound": self.sound,
            "lectures": [_described(lecture) for lecture, _ in complete],
            "stale": {
                lecture.id: self.stale[lecture.id]
                for lecture, _ in complete
                if lecture.id in self.stale
            },
            "templates": templates_hash(self.templates, SITE.name),
            "wording": _wording_hash(),
        }
        return Basis(VERSION, inputs, options)

    def _lecture_inputs(self, lecture: Lecture, at: Path) -> dict[str, str | None]:
        """Return the hashes of a lecture's files by name; None for a score that is not there."""
        hashes = self.tools.hashes
        inputs: dict[str, str | None] = {
            f"{lecture.id}/{name}": hashes.of(at / name) for name in _NEEDED
        }
        score = self.score_of(at)
        inputs[f"{lecture.id}/{SCORE}"] = None if score is None else hashes.of(score)
        return inputs


def _described(lecture: Lecture) -> list[Any]:
    """Return what course.toml says of a lecture, as the manifest holds it."""
    date = lecture.date.isoformat() if lecture.date else None
    return [lecture.id, lecture.title, date, list(lecture.speakers)]


def _wording_hash() -> str:
    """Return the hash of the words that the rules of cleaning bring for the pages."""
    from konspekt.clean import wording

    return hashlib.sha256(canonical_json(wording())).hexdigest()


def site_alone(
    folders: Sequence[Path], output: Path, *, language: str | None, title: str
) -> SiteJob:
    """Return a site outside a course, a lecture a folder.

    Its language is by default the transcripts'. Raises FormatError for a folder that lacks what a
    page needs, and for two folders of one lecture.
    """
    lectures = [(_lecture_in(folder), folder) for folder in folders]
    if len({lecture.id for lecture, _ in lectures}) < len(lectures):
        raise FormatError(
            "two folders hold a lecture of one name",
            path=folders[0],
            remedy="Give each lecture once.",
        )
    return SiteJob(
        title=title or folders[0].resolve().name,
        language=language or _language_of(folders),
        lectures=lectures,
        folder=output,
        root=output,
        work=output / ".konspekt",
        tools=Tools(Hashes.load(None)),
        committed=False,
    )


def _lecture_in(folder: Path) -> Lecture:
    """Return the lecture whose artifacts a folder holds."""
    missing = [name for name in _NEEDED if not (folder / name).is_file()]
    if missing:
        raise FormatError(
            f"{', '.join(missing)} not there",
            path=folder,
            remedy="Run the stages before: transcribe, clean, notes.",
        )
    recording = files.load_raw(folder / RAW).recording
    return Lecture(
        recording.id, recording.id, tuple(Path(part.path) for part in recording.parts)
    )


def _language_of(folders: Sequence[Path]) -> str:
    """Return the language that most transcripts are in."""
    languages = [
        files.load_transcript(folder / TRANSCRIPT).language for folder in folders
    ]
    return max(sorted(set(languages)), key=languages.count)


def bring_site_up_to_date(job: SiteJob, progress: Progress) -> None:
    """Render and build the site, and commit it."""
    basis = job.basis()
    # What a run that was killed left: its Sphinx may have been at work in it for a while.
    for left in job.work.glob("site-*"):
        shutil.rmtree(left, ignore_errors=True)
    aside = job.work / f"site-{secrets.token_hex(4)}"
    try:
        made = _make(job, aside, progress)
        commit(job.folder, SITE.name, basis, {**made, **_sound_to_copy(job)})
    except OSError as error:
        raise store_error(error, aside) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def why_site_is_stale(job: SiteJob) -> str | None:
    """Return why the site must be made again, in words; None if it is good."""
    return why_stale(job.folder, SITE.name, job.basis(), job.tools.hashes)


def _make(job: SiteJob, aside: Path, progress: Progress) -> Artifacts:
    """Return the site's files by their path below its folder."""
    from konspekt.clean import wording
    from konspekt.site import SiteInfo, publish, render_site

    aside.mkdir(parents=True)
    pages = [_page(job, lecture, at) for lecture, at in job.complete]
    source = render_site(
        SiteInfo(job.title, job.language),
        pages,
        course_folder=job.templates,
        wording=wording(),
    )
    for name, content in source.items():
        path = aside / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    publish(aside / "source", aside / "html", progress=progress)
    made = {}
    for path in [*_files_below(aside / "source"), *_files_below(aside / "html")]:
        made[path.relative_to(aside).as_posix()] = path.read_bytes()
    return made


def _files_below(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _page(job: SiteJob, lecture: Lecture, at: Path) -> LecturePage:
    from konspekt.site import LecturePage

    raw = files.load_raw(at / RAW)
    transcript = files.load_transcript(at / TRANSCRIPT)
    notes = files.load_notes(at / NOTES)
    score = job.score_of(at)
    if len({raw.recording.id, transcript.recording, notes.recording}) > 1:
        raise FormatError(
            "raw.json, transcript.json and notes.json are of different recordings",
            path=at,
            remedy="Run clean and notes again, each recording in a folder of its own.",
        )
    return LecturePage(
        lecture_id=lecture.id,
        title=lecture.title,
        date=lecture.date,
        speakers=lecture.speakers,
        recording=raw.recording,
        language=transcript.language,
        model=raw.model,
        demo=raw.demo,
        transcript=transcript,
        removals=files.load_removals(at / REMOVED),
        quality=files.load_quality(at / QUALITY),
        notes=notes,
        score=None if score is None else files.load_score(score),
        stale=job.stale.get(lecture.id),
        sound=_sound_addresses(job, lecture, raw),
    )


def _sound_addresses(
    job: SiteJob, lecture: Lecture, raw: RawTranscript
) -> tuple[str, ...]:
    """Return where a page finds its sound, part by part; empty where it has no player."""
    if job.sound == "none" or not lecture.is_sound:
        return ()
    if job.sound == "copy":
        return tuple(quote(f"../{name}") for name in _copied_names(raw.recording))
    up = Path(
        "../" * len((job.folder / "html" / _PAGE_FOLDER).relative_to(job.root).parts)
    )
    return tuple(quote((up / part.path).as_posix()) for part in raw.recording.parts)


def _sound_to_copy(job: SiteJob) -> dict[str, Path]:
    """Return the recordings that are copied into the site, by their path below its folder."""
    copies: dict[str, Path] = {}
    if job.sound != "copy":
        return copies
    for lecture, at in job.complete:
        if not lecture.is_sound:
            continue
        recording = files.load_raw(at / RAW).recording
        for name, part in zip(_copied_names(recording), recording.parts, strict=True):
            copies[f"html/{name}"] = job.root / part.path
    return copies


def _copied_names(recording: Recording) -> list[str]:
    """Return where the parts are copied to: files in two folders may have one name."""
    names = []
    for number, part in enumerate(recording.parts, start=1):
        ending = Path(part.path).suffix.lower()
        names.append(f"_sound/{recording.id}-{number}{ending}")
    return names
