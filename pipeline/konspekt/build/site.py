"""The site as a job: from the lectures' artifacts to `source/` and `html/`.

The site is rendered and built aside and then committed file by file, so that `output/site` never
holds half a page.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from konspekt.artifacts import files
from konspekt.artifacts.names import NOTES, QUALITY, RAW, REMOVED, SCORE, TRANSCRIPT
from konspekt.artifacts.store import (
    Basis,
    Hashes,
    Options,
    canonical_json,
    commit,
    hash_bytes,
    is_committed,
    store_error,
    why_stale,
)
from konspekt.build.stage import Artifacts, StageInfo, Tools
from konspekt.clean import wording
from konspekt.course.lecture import Lecture
from konspekt.course.templates import templates_hash
from konspekt.data import LectureScore, Progress, Recording
from konspekt.errors import FormatError
from konspekt.site import VERSION, LecturePage, SiteInfo, publish, render_site

SITE = StageInfo(name="site", doing="building the site")
_NEEDED = (RAW, TRANSCRIPT, REMOVED, QUALITY, NOTES)
_PAGE_FOLDER = "lectures"  # below html/; from there a page names its sound


@dataclass(frozen=True, slots=True)
class SiteLecture:
    """A lecture, and the folder of its artifacts."""

    lecture: Lecture
    folder: Path


@dataclass(frozen=True, slots=True)
class SiteJob:
    """The lectures of a site, in order, and where it goes."""

    title: str
    language: str
    lectures: Sequence[SiteLecture]
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
    def complete(self) -> list[SiteLecture]:
        """The lectures that have all that a page needs."""
        return [one for one in self.lectures if self._has(one.folder, *_NEEDED)]

    def load_scores(self) -> list[LectureScore]:
        """Return the scores of the lectures that have one."""
        return list(filter(None, map(self.load_score, self.lectures)))

    def load_score(self, one: SiteLecture) -> LectureScore | None:
        """Return a lecture's score; None where it has none."""
        if not self._has(one.folder, SCORE):
            return None
        return files.load_score(one.folder / SCORE)

    def _has(self, folder: Path, *names: str) -> bool:
        if not self.committed:
            return all((folder / name).is_file() for name in names)
        return is_committed(folder, names, self.tools.hashes)

    def basis(self) -> Basis:
        """Return what the site rests on."""
        complete = self.complete
        inputs: dict[str, str | None] = {}
        for one in complete:
            inputs |= self._hash_files(one)
        lectures = [one.lecture for one in complete]
        return Basis(VERSION, inputs, self._options(lectures))

    def _options(self, lectures: Sequence[Lecture]) -> Options:
        """Return what else the pages of some lectures rest on."""
        ids = {lecture.id for lecture in lectures}
        return {
            "title": self.title,
            "language": self.language,
            "sound": self.sound,
            "lectures": [_describe(lecture) for lecture in lectures],
            "stale": {key: why for key, why in self.stale.items() if key in ids},
            "templates": templates_hash(self.templates, SITE.name),
            # what the rules of cleaning bring for the pages
            "wording": hash_bytes(canonical_json(wording())),
        }

    def _hash_files(self, one: SiteLecture) -> dict[str, str | None]:
        """Return the hashes of a lecture's files by name; None for a score that is not there."""
        hashes: dict[str, str | None] = {f"{one.lecture.id}/{SCORE}": None}
        names = [*_NEEDED, SCORE] if self._has(one.folder, SCORE) else _NEEDED
        for name in names:
            path = one.folder / name
            hashes[f"{one.lecture.id}/{name}"] = self.tools.hashes.of(path)
        return hashes


def _describe(lecture: Lecture) -> list[Any]:
    """Return what course.toml says of a lecture, as the manifest holds it."""
    date = lecture.date.isoformat() if lecture.date else None
    return [lecture.id, lecture.title, date, list(lecture.speakers)]


def site_alone(
    folders: Sequence[Path], output: Path, *, language: str | None, title: str
) -> SiteJob:
    """Return a site outside a course, a lecture a folder.

    Its language is by default the transcripts'. Raises FormatError for a folder that lacks what a
    page needs, and for two folders of one lecture.
    """
    lectures = [SiteLecture(_read_lecture(folder), folder) for folder in folders]
    if len({one.lecture.id for one in lectures}) < len(lectures):
        what = "two folders hold a lecture of one name"
        raise FormatError(what, path=folders[0], remedy="Give each lecture once.")
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


def _read_lecture(folder: Path) -> Lecture:
    """Return the lecture whose artifacts a folder holds."""
    missing = [name for name in _NEEDED if not (folder / name).is_file()]
    if missing:
        what = f"{', '.join(missing)} not there"
        remedy = "Run the stages before: transcribe, clean, notes."
        raise FormatError(what, path=folder, remedy=remedy)
    recording = files.load_raw(folder / RAW).recording
    paths = tuple(Path(part.path) for part in recording.parts)
    return Lecture(recording.id, recording.id, paths)


def _language_of(folders: Sequence[Path]) -> str:
    """Return the language that most transcripts are in."""
    paths = [folder / TRANSCRIPT for folder in folders]
    languages = [files.load_transcript(path).language for path in paths]
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
    source, html = aside / "source", aside / "html"
    source.mkdir(parents=True)
    _write_source(job, source)
    publish(source, html, progress=progress)
    paths = [*sorted(source.rglob("*")), *sorted(html.rglob("*"))]
    written = filter(Path.is_file, paths)
    return {path.relative_to(aside).as_posix(): path.read_bytes() for path in written}


def _write_source(job: SiteJob, folder: Path) -> None:
    """Render the pages into a folder."""
    source = render_site(
        SiteInfo(job.title, job.language),
        [_make_page(job, one) for one in job.complete],
        course_folder=job.templates,
        wording=wording(),
    )
    for name, content in source.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _make_page(job: SiteJob, one: SiteLecture) -> LecturePage:
    lecture, folder = one.lecture, one.folder
    raw = files.load_raw(folder / RAW)
    transcript = files.load_transcript(folder / TRANSCRIPT)
    notes = files.load_notes(folder / NOTES)
    ids = {raw.recording.id, transcript.recording, notes.recording}
    _refuse_mixture(folder, ids)
    return LecturePage(
        lecture_id=lecture.id,
        title=lecture.title,
        date=lecture.date,
        speakers=lecture.speakers,
        recording=raw.recording,
        language=transcript.language,
        model=raw.model,
        transcript=transcript,
        removals=files.load_removals(folder / REMOVED),
        quality=files.load_quality(folder / QUALITY),
        notes=notes,
        score=job.load_score(one),
        stale=job.stale.get(lecture.id),
        sound=_sound_addresses(job, lecture, raw.recording),
    )


def _refuse_mixture(folder: Path, ids: Collection[str]) -> None:
    """Raise FormatError where a folder's files are of more than one recording."""
    if len(ids) > 1:
        what = "raw.json, transcript.json and notes.json are of different recordings"
        remedy = "Run clean and notes again, each recording in a folder of its own."
        raise FormatError(what, path=folder, remedy=remedy)


def _sound_addresses(
    job: SiteJob, lecture: Lecture, recording: Recording
) -> tuple[str, ...]:
    """Return where a page finds its sound, part by part; empty where it has no player."""
    if job.sound == "none" or not lecture.is_sound:
        return ()
    if job.sound == "copy":
        return tuple(quote(f"../{name}") for name in _copied_names(recording))
    pages = (job.folder / "html" / _PAGE_FOLDER).relative_to(job.root)
    up = Path("../" * len(pages.parts))
    return tuple(quote((up / part.path).as_posix()) for part in recording.parts)


def _sound_to_copy(job: SiteJob) -> dict[str, Path]:
    """Return the recordings that are copied into the site, by their path below its folder."""
    copies: dict[str, Path] = {}
    if job.sound != "copy":
        return copies
    for one in job.complete:
        if one.lecture.is_sound:
            recording = files.load_raw(one.folder / RAW).recording
            names = _copied_names(recording)
            for name, part in zip(names, recording.parts, strict=True):
                copies[f"html/{name}"] = job.root / part.path
    return copies


def _copied_names(recording: Recording) -> list[str]:
    """Return where the parts are copied to: files in two folders may have one name."""
    names = []
    for number, part in enumerate(recording.parts, start=1):
        ending = Path(part.path).suffix.lower()
        names.append(f"_sound/{recording.id}-{number}{ending}")
    return names
