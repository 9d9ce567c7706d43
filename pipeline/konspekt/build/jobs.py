"""Cleaning, notes and scoring as stages, and what makes a transcript from elsewhere a raw.json."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

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
from konspekt.artifacts.store import Basis, Inputs, Options, commit, withdraw
from konspekt.build.second_pass import SECOND_PASS_STAGE, second_pass_hash
from konspekt.build.stage import Artifacts, Job, Stage
from konspekt.build.transcribe import TRANSCRIBE, transcription_options
from konspekt.clean import VERSION as CLEAN_VERSION
from konspekt.clean import (
    check_alike,
    check_tiling,
    clean,
    join_passes,
    join_transcripts,
    rule_versions,
)
from konspekt.course.corrections import Entry, load_corrections
from konspekt.course.recordings import distinct_names
from konspekt.course.templates import templates_hash
from konspekt.data import Cleaned, Progress, RawTranscript
from konspekt.formats import plain, srt, vtt
from konspekt.formats import read_transcript as read_document
from konspekt.models.similarity import identify_similarity
from konspekt.notes import VERSION as NOTES_VERSION
from konspekt.notes import FolderAnswers, take_notes
from konspekt.score import VERSION as SCORE_VERSION
from konspekt.score import score_lecture
from konspekt.text.language import lecture_language
from konspekt.transcribe import read_transcript


def take_raw(job: Job, path: Path) -> None:
    """Make a raw.json from elsewhere the job's own, byte for byte.

    The second_pass.json that was made of it there comes along.
    """
    if path.resolve() == (job.folder / RAW).resolve():
        return
    hashes = job.tools.hashes
    digest = hashes.of(path)
    basis = Basis(1, {path.name: digest}, {})
    commit(job.folder, TRANSCRIBE.name, basis, {RAW: path.read_bytes()})
    if path.name == RAW and second_pass_hash(path.parent, hashes) is not None:
        basis = Basis(1, {RAW: digest}, {})
        made = {SECOND_PASS: (path.parent / SECOND_PASS).read_bytes()}
        commit(job.folder, SECOND_PASS_STAGE.name, basis, made)
    else:
        withdraw(job.folder, SECOND_PASS_STAGE.name)


def _same_sound_options(job: Job) -> Options:
    """Return the settings; parts that follow one another have the same files otherwise."""
    return {**transcription_options(job), "same_sound": True}


def _read_same_sound(job: Job, _: Progress) -> Artifacts:
    paths = job.lecture.files
    transcripts = [_read_one(job, path) for path in paths]
    named = list(zip(distinct_names(paths), transcripts, strict=True))
    check_alike(named)
    return {RAW: files.dump(join_transcripts(named))}


def _read_one(job: Job, path: Path) -> RawTranscript:
    """Return a transcript of any format; Konspekt's own keeps the recording that it names."""
    raw = read_transcript(job.lecture.id, (path,), (path.name,), job.transcribe)
    own = read_document(path)[0].raw
    if own is None:
        return raw
    return replace(raw, recording=replace(own.recording, id=raw.recording.id))


def _clean_options(job: Job) -> Options:
    setting, hash_of = job.clean.embeddings, job.tools.hashes.of
    return {
        **job.clean.model_dump(),
        **identify_similarity(setting, job.root, hash_of),
        "language": job.language,
        "likely_language": job.likely_language,
        "rules": dict(rule_versions()),
    }


def _clean_inputs(job: Job) -> Inputs:
    """Return the hashes of raw.json, of its second pass where it is wanted, and of corrections."""
    hash_of = job.tools.hashes.of
    corrections = {job.name_of(path): hash_of(path) for path in job.all_corrections}
    second_pass = _second_pass_input(job)
    return {**job.hash_artifact(RAW), SECOND_PASS: second_pass, **corrections}


def _second_pass_input(job: Job) -> str | None:
    """Return the hash of the second pass; None where there is none, or it is off."""
    if not job.transcribe.second_pass:
        return None
    return second_pass_hash(job.folder, job.tools.hashes)


def _clean(job: Job, _: Progress) -> Artifacts:
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
    return {name: write(cleaned) for name, write in _CLEANED.items()}


def _load_second_pass(job: Job) -> RawTranscript | None:
    """Return the second pass of the job's raw.json; None where there is none, or it is off."""
    if _second_pass_input(job) is None:
        return None
    return files.load_raw(job.folder / SECOND_PASS)


def _load_corrections(job: Job) -> list[Entry]:
    """Return a person's corrections of the lecture, then those for all lectures."""
    entries: list[Entry] = []
    for path in job.all_corrections:
        entries += load_corrections(path, everywhere=path == job.corrections)
    return entries


# The files of a cleaned lecture, and how each is written.
_CLEANED: Mapping[str, Callable[[Cleaned], bytes]] = {
    TRANSCRIPT: lambda cleaned: files.dump_transcript(cleaned.transcript),
    REMOVED: lambda cleaned: files.dump_removals(cleaned.removals),
    QUALITY: lambda cleaned: files.dump(cleaned.quality),
    TRANSCRIPT_TXT: lambda cleaned: plain.write(cleaned.transcript),
    TRANSCRIPT_SRT: lambda cleaned: srt.write(cleaned.transcript),
    TRANSCRIPT_VTT: lambda cleaned: vtt.write(cleaned.transcript),
}


def _notes_options(job: Job) -> Options:
    return {
        **job.notes.model_dump(exclude={"llm": {"timeout", "api_key_env"}}),
        "language": job.language,
        "prompts": templates_hash(job.templates, "prompts") if job.notes.llm else None,
    }


def _take_notes(job: Job, progress: Progress) -> Artifacts:
    transcript = files.load_transcript(job.artifact(TRANSCRIPT))
    if job.language is not None:
        transcript = replace(transcript, language=job.language)
    answers = FolderAnswers(job.work / "answers") if job.notes.llm else None
    notes = take_notes(
        transcript, job.notes, folder=job.templates, answers=answers, progress=progress
    )
    return {NOTES: files.dump(notes)}


def _notes_notices(job: Job) -> list[str]:
    problems = files.load_notes(job.folder / NOTES).problems
    return [f"{job.lecture.id}: {problem.rstrip('.')}" for problem in problems]


def _why_ask_again(job: Job) -> str | None:
    """Return why the language model is asked again; None if it answered, or is not wanted."""
    if job.notes.llm is None or files.load_notes(job.folder / NOTES).method == "llm":
        return None
    return "the language model could not be used last time"


def _score_inputs(job: Job) -> Inputs:
    hash_of = job.tools.hashes.of
    references = {path.name: hash_of(path) for path in job.lecture.references}
    return {**job.hash_artifact(TRANSCRIPT), **references}


def _score(job: Job, _: Progress) -> Artifacts:
    transcript = files.load_transcript(job.artifact(TRANSCRIPT))
    score = score_lecture(job.lecture.references, transcript)
    return {SCORE: files.dump_score(score)}


# The files of the lecture are transcripts of one sound, not parts that follow one another.
SAME_SOUND = replace(
    TRANSCRIBE, in_sound=False, options=_same_sound_options, make=_read_same_sound
)
CLEAN = Stage(
    name="clean",
    doing="cleaning",
    artifacts=tuple(_CLEANED),
    follows=TRANSCRIBE,
    version=lambda _: CLEAN_VERSION,
    inputs=_clean_inputs,
    options=_clean_options,
    setting_names={"likely_language": "language"},
    make=_clean,
)
NOTES_STAGE = Stage(
    name="notes",
    doing="taking notes",
    artifacts=(NOTES,),
    follows=CLEAN,
    version=lambda _: NOTES_VERSION,
    inputs=lambda job: job.hash_artifact(TRANSCRIPT),
    options=_notes_options,
    make=_take_notes,
    why_again=_why_ask_again,
    notices=_notes_notices,
)
SCORE_STAGE = Stage(
    name="score",
    doing="scoring",
    artifacts=(SCORE,),
    follows=CLEAN,
    version=lambda _: SCORE_VERSION,
    inputs=_score_inputs,
    make=_score,
    wanted=lambda job: bool(job.lecture.references),
)
