"""The second listening as a stage: from the stretches in quality.json and the sound to again.json.

What it rests on follows from raw.json alone, for so does the list of stretches: no setting of cleaning hears anything
again.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from konspekt.artifacts import files
from konspekt.build.jobs import HEARD_WITH, TRANSCRIBE, whisper_identity
from konspekt.build.stage import AGAIN, QUALITY, RAW, Artifacts, Job, Stage
from konspekt.data import Progress, WorthHearing
from konspekt.errors import FormatError, KonspektError


def _stretches(job: Job) -> tuple[WorthHearing, ...]:
    try:
        return files.load_quality(job.artifact(QUALITY)).again
    except KonspektError:
        raise FormatError(
            "what is worth hearing again is not known", path=job.artifact(QUALITY), remedy="Clean the lecture first."
        ) from None


def _version(_: Job) -> int:
    from konspekt.transcribe import AGAIN_VERSION

    return AGAIN_VERSION


def _options(job: Job) -> Mapping[str, Any]:
    """Whisper, and the stretches: None where they are not known yet."""
    kept = job.transcribe.model_dump(include=HEARD_WITH)
    kept["whisper"] = whisper_identity(job)
    try:
        stretches = [[one.start, one.end, one.cause, list(one.reasons)] for one in _stretches(job)]
    except KonspektError:
        return {**kept, "stretches": None}
    return {**kept, "stretches": stretches}


def _listen(job: Job, progress: Progress) -> Artifacts:
    from konspekt.transcribe import hear_again

    again = hear_again(
        files.load_raw(job.artifact(RAW)),
        _stretches(job),
        job.lecture.files,
        job.transcribe,
        folder=job.root,
        journal=_journal(job),
        progress=progress,
    )
    return {AGAIN: files.dump(again)}


def _journal(job: Job) -> Path:
    return job.journal.with_name(f"{job.lecture.id}.again.jsonl")


def _drop_journal(job: Job) -> None:
    for path in (_journal(job), _journal(job).with_name(f"{_journal(job).name}.old")):
        path.unlink(missing_ok=True)


def is_wanted(job: Job) -> bool:
    """Whether a lecture has a second listening: it needs sound, and may be switched off."""
    return job.lecture.is_sound and job.transcribe.again


RELISTEN = Stage(
    "again",
    TRANSCRIBE.name,
    _version,
    lambda job: job.hashed(RAW),
    _options,
    _listen,
    wanted=is_wanted,
    committed=_drop_journal,
)
