"""The stages as jobs on one lecture: what each rests on, and how its files are made.

Everything here is the same inside a course and outside one; `konspekt.build.course` runs the jobs
of a course in order, `konspekt.cli.main` a single one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from konspekt.artifacts import files
from konspekt.artifacts.store import Basis, Hashes, commit, read_manifest, withdraw
from konspekt.build.stage import (
    NOTES,
    QUALITY,
    RAW,
    REMOVED,
    SCORE,
    SECOND_PASS,
    TRANSCRIPT,
    Artifacts,
    Job,
    Stage,
)
from konspekt.course.glossary import load_glossary
from konspekt.course.templates import templates_hash
from konspekt.data import Part, Progress, RawTranscript, Recording
from konspekt.errors import RecordingError
from konspekt.formats import plain, srt, vtt
from konspekt.text.language import lecture_language
from konspekt.text.times import clock

MAX_PLACES = 4  # of damage that are named; a list of all stands in raw.json

# --------------------------------------------------------------------------------------------------


DECODED_WITH = {
    "language",
    "languages",
    "batch_size",
    "beam_size",
    "word_times",
}  # settings of both passes


def _recording_inputs(job: Job) -> dict[str, str | None]:
    """By place and name: the parts' order matters, and outside a course two may share a name."""
    several = len(job.names) > 1
    return {
        f"{number} {name}" if several else name: job.tools.hashes.of(path)
        for number, (name, path) in enumerate(
            zip(job.names, job.lecture.files, strict=True), start=1
        )
    }


def _transcribe_options(job: Job) -> dict[str, Any]:
    options = job.transcribe
    if not job.lecture.is_sound:
        return options.model_dump(include={"chunk_window", "language"})
    from konspekt.transcribe import speech_settings

    kept = options.model_dump(include=DECODED_WITH | {"window", "overlap", "temperatures", "track"})
    kept |= {"terms": _terms(job), **speech_settings(options)}
    return kept | {"whisper": whisper_identity(job)}


def whisper_identity(job: Job) -> dict[str, str]:
    """The model, and the engine where another than the usual one is named."""
    from konspekt.transcribe import model_identity

    engine = job.transcribe.engine
    found = model_identity(job.transcribe.model, job.root, hash_of=job.tools.hashes.of)
    return found if engine == "whisper" else found | {"engine": engine}


def _terms(job: Job) -> list[str]:
    """The terms that Whisper is told; none where that is switched off, or there is no glossary."""
    if job.glossary is None or not job.transcribe.glossary:
        return []
    return [term.name for term in load_glossary(job.glossary).terms]


def _transcribe_version(job: Job) -> int:
    """Reading a transcript and hearing sound change apart: mending an importer must not transcribe
    again.
    """
    from konspekt.transcribe import IMPORT_VERSION, VERSION

    return VERSION if job.lecture.is_sound else IMPORT_VERSION


def _transcribe(job: Job, progress: Progress) -> Artifacts:
    from konspekt.transcribe import read_transcript, scan_parts, transcribe

    lecture = job.lecture
    if not lecture.is_sound:
        return {
            RAW: files.dump(read_transcript(lecture.id, lecture.files, job.names, job.transcribe))
        }
    if job.strict:
        for part in scan_parts(lecture.files, job.names, job.transcribe, progress):
            _refuse(Recording(lecture.id, (part,)))
    raw = transcribe(
        lecture.id,
        lecture.files,
        job.names,
        job.transcribe,
        folder=job.root,
        journal=job.journal,
        terms=_terms(job),
        progress=progress,
    )
    return {RAW: files.dump(raw)}


def take_raw(job: Job, path: Path) -> None:
    """Makes a raw.json from elsewhere the job's own, byte for byte, with the second_pass.json that
    was made of it there.
    """
    hashes = job.tools.hashes
    if path.resolve() == (job.folder / RAW).resolve():
        return
    digest = hashes.of(path)
    commit(job.folder, TRANSCRIBE.name, Basis(1, {path.name: digest}, {}), {RAW: path.read_bytes()})
    if path.name == RAW and second_pass_hash(path.parent, hashes) is not None:
        commit(
            job.folder,
            "second-pass",
            Basis(1, {RAW: digest}, {}),
            {SECOND_PASS: (path.parent / SECOND_PASS).read_bytes()},
        )
    else:
        withdraw(job.folder, "second-pass")


def _same_sound_options(job: Job) -> dict[str, Any]:
    return _transcribe_options(job) | {
        "same_sound": True
    }  # parts of one recording have the same files otherwise


def _read_same_sound(job: Job, _: Progress) -> Artifacts:
    from konspekt.clean import check_alike, joined
    from konspekt.course.recordings import distinct_names

    transcripts = [_read_one(job, path) for path in job.lecture.files]
    named = list(zip(distinct_names(job.lecture.files), transcripts, strict=True))
    check_alike(named)
    return {RAW: files.dump(joined(named))}


def _read_one(job: Job, path: Path) -> RawTranscript:
    """A transcript of any format; of Konspekt's own raw.json the recording too, as it was heard."""
    from konspekt.formats import read_transcript as read_file
    from konspekt.transcribe import read_transcript

    raw = read_transcript(job.lecture.id, (path,), (path.name,), job.transcribe)
    own = read_file(path)[0].raw
    if own is None:
        return raw
    return replace(raw, recording=replace(own.recording, id=raw.recording.id))


def losses(recording: Recording) -> list[str]:
    """The recording's files that are shorter than they say, or damaged, in words."""
    said = []
    for part in recording.parts:
        if part.lost:
            there = f"{clock(part.duration)} of {clock(part.duration + part.lost)}"
            said.append(f"{part.path} was cut short: {there} are there")
        if part.damage:
            said.append(f"{part.path} is damaged, and silent there: {_places(part)}")
    return said


def _places(part: Part) -> str:
    """Where a file is damaged: "1.2 s in 2 places, at 12:05 and 40:00"."""
    lost = sum(place.end - place.start for place in part.damage)
    at = [clock(place.start - part.start) for place in part.damage]
    shown = (
        at if len(at) <= MAX_PLACES else [*at[: MAX_PLACES - 1], f"{len(at) - MAX_PLACES + 1} more"]
    )
    where = f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else shown[0]
    return f"{lost:.1f} s in {len(at)} place{'s' if len(at) > 1 else ''}, at {where}"


def refuse_losses(job: Job) -> None:
    """Raises RecordingError if a file of the lecture, which was heard before, is shorter than it
    says, or damaged.
    """
    _refuse(files.load_raw(job.artifact(RAW)).recording)


def _refuse(recording: Recording) -> None:
    for words in losses(recording):
        raise RecordingError(
            words, remedy="Record or copy it again, or leave out --strict to use what is there."
        )


def decoded_tracks(recording: Recording) -> list[str]:
    """Which audio track was heard of each file that has several, in words."""
    return [
        f"{part.path} has {part.track.of} audio tracks; number {part.track.number} "
        f"{part.track.name}{' ' if part.track.name else ''}was heard (track in [transcribe], or --track, names another)"
        for part in recording.parts
        if part.track
    ]


def engine_notes(job: Job) -> list[str]:
    """Which engine `auto` came to, in words; nothing where none had to be chosen, or for a
    transcript.
    """
    if not job.lecture.is_sound or job.transcribe.engine != "auto":
        return []
    from konspekt.transcribe import engine_notes as notes_of

    return notes_of(job.transcribe, job.root, job.tools.hashes.of)


def _drop_journal(job: Job) -> None:
    for path in (
        job.journal,
        *(job.journal.with_name(job.journal.name + ending) for ending in (".old", ".plan")),
    ):
        path.unlink(
            missing_ok=True
        )  # what it held is in raw.json now, or was heard with other settings


# --------------------------------------------------------------------------------------------------


def _clean_options(job: Job) -> dict[str, Any]:
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
        paths = sorted(path for path in model.rglob("*") if path.is_file())
        options["embeddings_sha256"] = {
            p.relative_to(model).as_posix(): job.tools.hashes.of(p) for p in paths
        }
    return options


def second_pass_hash(folder: Path, hashes: Hashes) -> str | None:
    """The hash of the folder's second_pass.json where it was made of the raw.json that lies beside
    it; else None.
    """
    record = read_manifest(folder).get("second-pass", {})
    made_of = record.get("basis", {}).get("inputs", {}).get(RAW)
    path = folder / SECOND_PASS
    if (
        made_of is None
        or not path.is_file()
        or not (folder / RAW).is_file()
        or hashes.of(folder / RAW) != made_of
    ):
        return None
    digest = hashes.of(path)
    return digest if digest == record["outputs"].get(SECOND_PASS) else None


def _clean_inputs(job: Job) -> dict[str, str | None]:
    """The second pass counts where it is of this raw.json and wanted."""
    again = second_pass_hash(job.folder, job.tools.hashes) if job.transcribe.second_pass else None
    corrections = (*job.lecture.corrections, *([job.corrections] if job.corrections else []))
    written = {job.name_of(path): job.tools.hashes.of(path) for path in corrections}
    return {**job.hashed(RAW), SECOND_PASS: again, **written}


def _clean(job: Job, _: Progress) -> Artifacts:
    from konspekt.clean import both_passes, check_tiling, clean
    from konspekt.course.corrections import load_corrections

    raw = files.load_raw(job.artifact(RAW))
    again = files.load_raw(job.folder / SECOND_PASS) if _clean_inputs(job)[SECOND_PASS] else None
    similarity = job.tools.similarity(job.clean.embeddings, job.root)
    corrections = [entry for path in job.lecture.corrections for entry in load_corrections(path)]
    if job.corrections is not None:
        corrections += load_corrections(job.corrections, everywhere=True)
    language = job.language or lecture_language(raw.windows, job.likely_language)
    cleaned = clean(
        raw, job.clean, similarity, language=language, again=again, corrections=corrections
    )
    check_tiling(both_passes(raw, again), cleaned.transcript, cleaned.removals)
    return {
        TRANSCRIPT: files.dump_transcript(cleaned.transcript),
        REMOVED: files.dump_removals(cleaned.removals),
        QUALITY: files.dump(cleaned.quality),
        "transcript.txt": plain.write(cleaned.transcript),
        "transcript.srt": srt.write(cleaned.transcript),
        "transcript.vtt": vtt.write(cleaned.transcript),
    }


# --------------------------------------------------------------------------------------------------


def _notes_options(job: Job) -> dict[str, Any]:
    options = job.notes.model_dump(exclude={"llm": {"timeout", "api_key_env"}})
    return options | {
        "language": job.language,
        "prompts": templates_hash(job.templates, "prompts") if job.notes.llm else None,
    }


def _notes(job: Job, progress: Progress) -> Artifacts:
    from konspekt.notes import FolderAnswers, take_notes

    transcript = files.load_transcript(job.artifact(TRANSCRIPT))
    if job.language is not None:
        transcript = replace(transcript, language=job.language)
    answers = FolderAnswers(job.work / "answers") if job.notes.llm else None
    notes = take_notes(
        transcript, job.notes, folder=job.templates, answers=answers, progress=progress
    )
    return {NOTES: files.dump(notes)}


def _not_asked(job: Job) -> str | None:
    if job.notes.llm is None or files.load_notes(job.folder / NOTES).method == "llm":
        return None
    return "the language model could not be used last time"


# --------------------------------------------------------------------------------------------------


def _score_inputs(job: Job) -> dict[str, str | None]:
    references = {path.name: job.tools.hashes.of(path) for path in job.lecture.references}
    return {**job.hashed(TRANSCRIPT), **references}


def _score(job: Job, _: Progress) -> Artifacts:
    from konspekt.score import score_lecture

    transcript = files.load_transcript(job.artifact(TRANSCRIPT))
    return {SCORE: files.dump_score(score_lecture(job.lecture.references, transcript))}


def _always(version: int) -> Callable[[Job], int]:
    return lambda _: version


TRANSCRIBE = Stage(
    "transcribe",
    None,
    _transcribe_version,
    _recording_inputs,
    _transcribe_options,
    _transcribe,
    committed=_drop_journal,
)
# the files of the lecture are transcripts of one sound, not parts that follow one another
SAME_SOUND = Stage(
    "transcribe",
    None,
    _transcribe_version,
    _recording_inputs,
    _same_sound_options,
    _read_same_sound,
)
CLEAN = Stage("clean", "transcribe", _always(6), _clean_inputs, _clean_options, _clean)
NOTES_STAGE = Stage(
    "notes",
    "clean",
    _always(2),
    lambda job: job.hashed(TRANSCRIPT),
    _notes_options,
    _notes,
    unfinished=_not_asked,
)
SCORE_STAGE = Stage(
    "score",
    "clean",
    _always(4),
    _score_inputs,
    lambda _: {},
    _score,
    wanted=lambda job: bool(job.lecture.references),
)
