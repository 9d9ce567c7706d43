"""The second pass as a stage: from the candidates in quality.json and the sound to
second_pass.json.

What it rests on follows from raw.json alone, for so does the list of candidates: no setting of
cleaning transcribes anything again.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from konspekt.artifacts import files
from konspekt.artifacts.names import QUALITY, RAW, SECOND_PASS
from konspekt.artifacts.store import Hashes, Options, read_manifest
from konspekt.build.estimate import Meter, whisper_of
from konspekt.build.stage import Artifacts, Job, Stage
from konspekt.build.transcribe import (
    DECODED_WITH,
    TRANSCRIBE,
    drop_journal,
    whisper_identity,
)
from konspekt.data import Progress, SecondPassCandidate, names
from konspekt.errors import FormatError, KonspektError
from konspekt.transcribe import SECOND_PASS_VERSION, check_files, run_second_pass


def _candidates(job: Job) -> tuple[SecondPassCandidate, ...]:
    try:
        return files.load_quality(job.artifact(QUALITY)).second_pass
    except KonspektError:
        what = "the candidates for a second pass are not known"
        path, remedy = job.artifact(QUALITY), "Clean the lecture first."
        raise FormatError(what, path=path, remedy=remedy) from None


def _options(job: Job) -> Options:
    """Return Whisper and the candidates: None where they are not known yet."""
    options = job.transcribe.model_dump(include=set(DECODED_WITH))
    options["whisper"] = whisper_identity(job)
    options["candidates"] = None
    with suppress(KonspektError):
        options["candidates"] = [
            [one.start, one.end, one.cause, list(one.reasons)]
            for one in _candidates(job)
        ]
    return options


def _make(job: Job, progress: Progress) -> Artifacts:
    decoded = run_second_pass(
        files.load_raw(job.artifact(RAW)),
        _candidates(job),
        job.lecture.files,
        job.transcribe,
        folder=job.root,
        journal=_journal(job),
        progress=progress,
    )
    return {SECOND_PASS: files.dump(decoded)}


def _journal(job: Job) -> Path:
    return job.journal.with_name(f"{job.lecture.id}.second_pass.jsonl")


def _measure(job: Job, meter: Meter) -> None:
    raw = files.load_raw(job.folder / RAW)
    meter.remember_second_pass(job.work, whisper_of(raw), raw.recording.duration)


def is_wanted(job: Job) -> bool:
    """Return whether a lecture has a second pass: it needs sound, and may be switched off."""
    return job.lecture.is_sound and job.transcribe.second_pass


def has_candidates(job: Job) -> bool:
    """Return whether cleaning found something to transcribe again; no where it did not run."""
    try:
        return bool(_candidates(job))
    except KonspektError:
        return False


def check_recording(job: Job) -> None:
    """Raise RecordingError where the lecture's files are not those that raw.json was made of.

    A build need not look: its first pass rests on the files.
    """
    raw = files.load_raw(job.artifact(RAW))
    check_files(raw, job.lecture.files, job.tools.hashes.of)


def second_pass_hash(folder: Path, hashes: Hashes) -> str | None:
    """Return the hash of the folder's second_pass.json; None where there is none that counts.

    It counts where it was made of the raw.json that lies beside it, and nobody changed it.
    """
    record = read_manifest(folder).get(SECOND_PASS_STAGE.name)
    raw, path = folder / RAW, folder / SECOND_PASS
    if record is None or record.basis is None:
        return None
    if not path.is_file() or not raw.is_file():
        return None
    if hashes.of(raw) != record.basis.inputs.get(RAW):
        return None
    digest = hashes.of(path)
    return digest if digest == record.outputs.get(SECOND_PASS) else None


SECOND_PASS_STAGE = Stage(
    name=names.SECOND_PASS,
    doing="second pass",
    artifacts=(SECOND_PASS,),
    in_sound=True,
    follows=TRANSCRIBE,
    version=lambda _: SECOND_PASS_VERSION,
    inputs=lambda job: job.hash_artifact(RAW),
    options=_options,
    make=_make,
    wanted=is_wanted,
    tidy=lambda job: drop_journal(_journal(job)),
    measure=_measure,
)
