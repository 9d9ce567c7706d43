"""The second pass as a stage: from the stretches in quality.json and the sound to second_pass.json.

What it rests on follows from raw.json alone, for so does the list of stretches: no setting of
cleaning hears anything again.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from konspekt.artifacts import files
from konspekt.build.jobs import DECODED_WITH, TRANSCRIBE, whisper_identity
from konspekt.build.stage import QUALITY, RAW, SECOND_PASS, Artifacts, Job, Stage
from konspekt.data import Progress, SecondPassCandidate
from konspekt.errors import FormatError, KonspektError


def _stretches(job: Job) -> tuple[SecondPassCandidate, ...]:
    try:
        return files.load_quality(job.artifact(QUALITY)).second_pass
    except KonspektError:
        raise FormatError(
            "what is worth hearing again is not known",
            path=job.artifact(QUALITY),
            remedy="Clean the lecture first.",
        ) from None


def _version(_: Job) -> int:
    from konspekt.transcribe import SECOND_PASS_VERSION

    return SECOND_PASS_VERSION


def _options(job: Job) -> Mapping[str, Any]:
    """Whisper, and the stretches: None where they are not known yet."""
    kept = job.transcribe.model_dump(include=DECODED_WITH)
    kept["whisper"] = whisper_identity(job)
    try:
        stretches = [[one.start, one.end, one.cause, list(one.reasons)] for one in _stretches(job)]
    except KonspektError:
        return {**kept, "stretches": None}
    return {**kept, "stretches": stretches}


def _listen(job: Job, progress: Progress) -> Artifacts:
    from konspekt.transcribe import run_second_pass

    again = run_second_pass(
        files.load_raw(job.artifact(RAW)),
        _stretches(job),
        job.lecture.files,
        job.transcribe,
        folder=job.root,
        journal=_journal(job),
        progress=progress,
    )
    return {SECOND_PASS: files.dump(again)}


def _journal(job: Job) -> Path:
    return job.journal.with_name(f"{job.lecture.id}.second_pass.jsonl")


def _drop_journal(job: Job) -> None:
    for path in (_journal(job), _journal(job).with_name(f"{_journal(job).name}.old")):
        path.unlink(missing_ok=True)


def is_wanted(job: Job) -> bool:
    """Whether a lecture has a second pass: it needs sound, and may be switched off."""
    return job.lecture.is_sound and job.transcribe.second_pass


SECOND_PASS_STAGE = Stage(
    "second-pass",
    TRANSCRIBE.name,
    _version,
    lambda job: job.hashed(RAW),
    _options,
    _listen,
    wanted=is_wanted,
    committed=_drop_journal,
)
