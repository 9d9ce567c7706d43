"""The first pass as a stage: from the lecture's files to raw.json."""

from __future__ import annotations

from pathlib import Path

from konspekt.artifacts import files
from konspekt.artifacts.names import RAW
from konspekt.artifacts.store import Inputs, Options
from konspekt.build.estimate import Meter, whisper_of
from konspekt.build.notices import losses, name_decoded_tracks, refuse_lossy
from konspekt.build.stage import Artifacts, Job, Stage
from konspekt.course.glossary import load_glossary
from konspekt.data import Progress, Recording
from konspekt.transcribe import (
    IMPORT_VERSION,
    VERSION,
    identify_whisper,
    read_transcript,
    scan_parts,
    speech_settings,
    transcribe,
)

# Settings that both passes rest on.
DECODED_WITH = frozenset(
    {"language", "languages", "batch_size", "beam_size", "word_times"}
)
_FIRST_PASS = DECODED_WITH | {"window", "overlap", "temperatures", "track"}


def hash_recording(job: Job) -> Inputs:
    """Return the hashes of the lecture's files by place and name.

    The parts' order matters, and outside a course two of them may share a name.
    """
    names = list(job.names)
    if len(names) > 1:
        names = [f"{number} {name}" for number, name in enumerate(names, start=1)]
    hashes = map(job.tools.hashes.of, job.lecture.files)
    return dict(zip(names, hashes, strict=True))


def transcription_options(job: Job) -> Options:
    """Return the settings that raw.json rests on."""
    settings = job.transcribe
    if not job.lecture.is_sound:
        return settings.model_dump(include={"chunk_window", "language"})
    return {
        **settings.model_dump(include=set(_FIRST_PASS)),
        **speech_settings(settings),
        "terms": _terms(job),
        "whisper": whisper_identity(job),
    }


def whisper_identity(job: Job) -> dict[str, str]:
    """Return what of the model and the engine belongs to a stage's key."""
    return identify_whisper(job.transcribe, job.root, job.tools.hashes.of)


def _terms(job: Job) -> list[str]:
    """Return the terms for Whisper's prompt; none without a glossary, or where that is off."""
    if job.glossary is None or not job.transcribe.glossary:
        return []
    return [term.name for term in load_glossary(job.glossary).terms]


def _version(job: Job) -> int:
    """Return the version of what reads the lecture.

    Reading a transcript has its own: mending an importer must not transcribe sound again.
    """
    return VERSION if job.lecture.is_sound else IMPORT_VERSION


def _transcribe(job: Job, progress: Progress) -> Artifacts:
    lecture, settings = job.lecture, job.transcribe
    if not lecture.is_sound:
        read = read_transcript(lecture.id, lecture.files, job.names, settings)
        return {RAW: files.dump(read)}
    if job.strict:
        for part in scan_parts(lecture.files, job.names, settings, progress):
            refuse_lossy(Recording(lecture.id, (part,)))
    raw = transcribe(
        lecture.id,
        lecture.files,
        job.names,
        settings,
        folder=job.root,
        journal=job.journal,
        terms=_terms(job),
        progress=progress,
    )
    return {RAW: files.dump(raw)}


def _notices(job: Job) -> list[str]:
    """Return what should be known of the recording; nothing of a transcript."""
    if not job.lecture.is_sound:
        return []
    recording = files.load_raw(job.folder / RAW).recording
    return losses(recording) + name_decoded_tracks(recording)


def _measure(job: Job, meter: Meter) -> None:
    if job.lecture.is_sound:
        raw = files.load_raw(job.folder / RAW)
        meter.remember(job.work, whisper_of(raw))


def drop_journal(journal: Path) -> None:
    """Remove a journal: what it held is in an artifact now."""
    for ending in ("", ".old", ".plan", ".languages", ".languages.old"):
        journal.with_name(journal.name + ending).unlink(missing_ok=True)


TRANSCRIBE = Stage(
    name="transcribe",
    doing="transcribing",
    artifacts=(RAW,),
    in_sound=True,
    version=_version,
    inputs=hash_recording,
    options=transcription_options,
    make=_transcribe,
    tidy=lambda job: drop_journal(job.journal),
    notices=_notices,
    measure=_measure,
)
