"""Cleaning, notes and scoring as stages, and what makes a transcript from elsewhere a raw.json."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from konspekt.artifacts import files
from konspekt.artifacts.names import (
    NOTES,
    QUALITY,
    RAW,
    REMOVED,
    SCORE,
    SECOND_PASS,
    TRANSCRIPT,
    TRANSCRIPT_SRT,
    TRANSCRIPT_TXT,
    TRANSCRIPT_VTT,
)
from konspekt.artifacts.store import (
    Basis,
    Hashes,
    Inputs,
    Options,
    commit,
    withdraw,
)
from konspekt.build.second_pass import SECOND_PASS_STAGE, second_pass_hash
from konspekt.build.stage import Artifacts, Job, Stage
from konspekt.build.transcribe import (
    TRANSCRIBE,
    hash_recording,
    transcription_options,
    transcription_version,
)
from konspekt.course.templates import templates_hash
from konspekt.data import Cleaned, Progress, RawTranscript
from konspekt.formats import plain, srt, vtt
from konspekt.text.language import lecture_language

if TYPE_CHECKING:
    from konspekt.course.corrections import Entry


def take_raw(job: Job, path: Path) -> None:
    """Make a raw.json from elsewhere the job's own, byte for byte.

    The second_pass.json that was made of it there comes along.
    """
    hashes = job.tools.hashes
    if path.resolve() == (job.folder / RAW).resolve():
        return
    digest = hashes.of(path)
    commit(
        job.folder,
        TRANSCRIBE.name,
        Basis(1, {path.name: digest}, {}),
        {RAW: path.read_bytes()},
    )
    if path.name == RAW and second_pass_hash(path.parent, hashes) is not None:
        made = {SECOND_PASS: (path.parent / SECOND_PASS).read_bytes()}
        commit(job.folder, SECOND_PASS_STAGE.name, Basis(1, {RAW: digest}, {}), made)
    else:
        withdraw(job.folder, SECOND_PASS_STAGE.name)


def _same_sound_options(job: Job) -> Options:
    """Return the settings; parts that follow one another have the same files otherwise."""
    return {**transcription_options(job), "same_sound": True}


def _read_same_sound(job: Job, _: Progress) -> Artifacts:
    from konspekt.clean import check_alike, join_transcripts
    from konspekt.course.recordings import distinct_names

    transcripts = [_read_one(job, path) for path in job.lecture.files]
    named = list(zip(distinct_names(job.lecture.files), transcripts, strict=True))
    check_alike(named)
    return {RAW: files.dump(join_transcripts(named))}


def _read_one(job: Job, path: Path) -> RawTranscript:
    """Return a transcript of any format; Konspekt's own keeps the recording that it names."""
    from konspekt.formats import read_transcript as read_file
    from konspekt.transcribe import read_transcript

    raw = read_transcript(job.lecture.id, (path,), (path.name,), job.transcribe)
    own = read_file(path)[0].raw
    if own is None:
        return raw
    return replace(raw, recording=replace(own.recording, id=raw.recording.id))


def _clean_options(job: Job) -> Options:
    from konspekt.clean import rule_versions

    options: dict[str, Any] = {
        "embeddings": job.clean.embeddings,
        "without": list(job.clean.without),
        "only": list(job.clean.only),
        "language": job.language,
        "likely_language": job.likely_language,
        "rules": dict(rule_versions()),
    }
    model = job.root / job.clean.embeddings
    if model.is_dir():
        options["embeddings_sha256"] = _hash_model(model, job.tools.hashes)
    return options


def _hash_model(folder: Path, hashes: Hashes) -> dict[str, str]:
    """Return the hash of each file of a model, by its path in the folder."""
    return {
        path.relative_to(folder).as_posix(): hashes.of(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _clean_inputs(job: Job) -> Inputs:
    """Return the hashes of raw.json, of its second pass where it is wanted, and of corrections."""
    hashes = job.tools.hashes
    inputs = {**job.hashed(RAW), SECOND_PASS: _second_pass_input(job)}
    for path in job.lecture.corrections:
        inputs[job.name_of(path)] = hashes.of(path)
    if job.corrections is not None:
        inputs[job.name_of(job.corrections)] = hashes.of(job.corrections)
    return inputs


def _second_pass_input(job: Job) -> str | None:
    """Return the hash of the second pass; None where there is none, or it is off."""
    if not job.transcribe.second_pass:
        return None
    return second_pass_hash(job.folder, job.tools.hashes)


def _clean(job: Job, _: Progress) -> Artifacts:
    from konspekt.clean import check_tiling, clean, join_passes

    raw = files.load_raw(job.artifact(RAW))
    second_pass = _load_second_pass(job)
    cleaned = clean(
        raw,
        job.clean,
        job.tools.similarity(job.clean.embeddings, job.root),
        language=job.language or lecture_language(raw.windows, job.likely_language),
        second_pass=second_pass,
        corrections=_load_corrections(job),
    )
    both = join_passes(raw, second_pass)
    check_tiling(both, cleaned.transcript, cleaned.removals)
    return _dump_cleaned(cleaned)


def _load_second_pass(job: Job) -> RawTranscript | None:
    """Return the second pass of the job's raw.json; None where there is none, or it is off."""
    if _second_pass_input(job) is None:
        return None
    return files.load_raw(job.folder / SECOND_PASS)


def _load_corrections(job: Job) -> list[Entry]:
    """Return a person's corrections of the lecture, then those for all lectures."""
    from konspekt.course.corrections import load_corrections

    entries: list[Entry] = []
    for path in job.lecture.corrections:
        entries += load_corrections(path)
    if job.corrections is not None:
        entries += load_corrections(job.corrections, everywhere=True)
    return entries


def _dump_cleaned(cleaned: Cleaned) -> Artifacts:
    """Return the files of a cleaned lecture."""
    return {
        TRANSCRIPT: files.dump_transcript(cleaned.transcript),
        REMOVED: files.dump_removals(cleaned.removals),
        QUALITY: files.dump(cleaned.quality),
        TRANSCRIPT_TXT: plain.write(cleaned.transcript),
        TRANSCRIPT_SRT: srt.write(cleaned.transcript),
        TRANSCRIPT_VTT: vtt.write(cleaned.transcript),
    }


def _clean_version(_: Job) -> int:
    from konspekt.clean import VERSION

    return VERSION


def _notes_options(job: Job) -> Options:
    return {
        **job.notes.model_dump(exclude={"llm": {"timeout", "api_key_env"}}),
        "language": job.language,
        "prompts": templates_hash(job.templates, "prompts") if job.notes.llm else None,
    }


def _take_notes(job: Job, progress: Progress) -> Artifacts:
    from konspekt.notes import FolderAnswers, take_notes

    transcript = files.load_transcript(job.artifact(TRANSCRIPT))
    if job.language is not None:
        transcript = replace(transcript, language=job.language)
    answers = FolderAnswers(job.work / "answers") if job.notes.llm else None
    notes = take_notes(
        transcript, job.notes, folder=job.templates, answers=answers, progress=progress
    )
    return {NOTES: files.dump(notes)}


def _notes_version(_: Job) -> int:
    from konspekt.notes import VERSION

    return VERSION


def _why_ask_again(job: Job) -> str | None:
    """Return why the language model is asked again; None if it answered, or is not wanted."""
    if job.notes.llm is None or files.load_notes(job.folder / NOTES).method == "llm":
        return None
    return "the language model could not be used last time"


def _score_inputs(job: Job) -> Inputs:
    references = {
        path.name: job.tools.hashes.of(path) for path in job.lecture.references
    }
    return {**job.hashed(TRANSCRIPT), **references}


def _score(job: Job, _: Progress) -> Artifacts:
    from konspekt.score import score_lecture

    transcript = files.load_transcript(job.artifact(TRANSCRIPT))
    return {SCORE: files.dump_score(score_lecture(job.lecture.references, transcript))}


def _score_version(_: Job) -> int:
    from konspekt.score import VERSION

    return VERSION


# The files of the lecture are transcripts of one sound, not parts that follow one another.
SAME_SOUND = Stage(
    name=TRANSCRIBE.name,
    doing=TRANSCRIBE.doing,
    artifacts=TRANSCRIBE.artifacts,
    version=transcription_version,
    inputs=hash_recording,
    options=_same_sound_options,
    make=_read_same_sound,
)
CLEAN = Stage(
    name="clean",
    doing="cleaning",
    artifacts=(
        TRANSCRIPT,
        REMOVED,
        QUALITY,
        TRANSCRIPT_TXT,
        TRANSCRIPT_SRT,
        TRANSCRIPT_VTT,
    ),
    follows=TRANSCRIBE,
    version=_clean_version,
    inputs=_clean_inputs,
    options=_clean_options,
    make=_clean,
)
NOTES_STAGE = Stage(
    name="notes",
    doing="taking notes",
    artifacts=(NOTES,),
    follows=CLEAN,
    version=_notes_version,
    inputs=lambda job: job.hashed(TRANSCRIPT),
    options=_notes_options,
    make=_take_notes,
    why_again=_why_ask_again,
)
SCORE_STAGE = Stage(
    name="score",
    doing="scoring",
    artifacts=(SCORE,),
    follows=CLEAN,
    version=_score_version,
    inputs=_score_inputs,
    make=_score,
    wanted=lambda job: bool(job.lecture.references),
)
