"""The second pass: candidates that cleaning found are decoded once more, differently.

There is no prompt, and windows and temperatures are others than in the first pass. Cleaning decides
what is taken from the result.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from konspekt.course.settings import TranscribeOptions
from konspekt.data import (
    DecodedWindow,
    Part,
    Progress,
    RawTranscript,
    SecondPassCandidate,
    no_progress,
)
from konspekt.errors import RecordingError
from konspekt.models.tokenizer import check_languages
from konspekt.models.whisper import HashOf, WhisperChoice
from konspekt.sound import SAMPLE_RATE, Sound, cut_pieces, open_recording
from konspekt.transcribe.batches import BatchDecoder
from konspekt.transcribe.engines.choice import possible_choices
from konspekt.transcribe.engines.engine import EngineOptions, Ladder
from konspekt.transcribe.engines.halves import number_windows
from konspekt.transcribe.journal import Key
from konspekt.transcribe.second_pass_plan import (
    SecondPassWindow,
    plan_second_pass,
)
from konspekt.transcribe.speech.windows import Window

# of how candidates are decoded; a higher number decodes them again
SECOND_PASS_VERSION = 5
SECOND_PASS = 2  # the pass's number


def run_second_pass(  # noqa: PLR0913 - what to decode (three), how, where to keep it, whom to tell
    raw: RawTranscript,
    candidates: Sequence[SecondPassCandidate],
    paths: Sequence[Path],
    options: TranscribeOptions,
    *,
    folder: Path,
    journal: Path,
    progress: Progress = no_progress,
) -> RawTranscript:
    """Return the windows of the candidates, decoded by the Whisper of the first pass.

    Another one is used only where that is not available. Windows are numbered on from those of
    `raw`. `paths` are the recording's files, in the order of its parts.

    Finished batches go to `journal`. A run for the same goes on from there. The caller removes the
    journal once the result is safe. `progress` counts seconds of sound. Raises RecordingError,
    ModelError, CourseError, StoreError.
    """
    _check_count(raw, paths)
    plan = plan_second_pass(candidates, raw.recording.parts, raw.windows)
    if not plan:
        return replace(raw, windows=())
    check_languages((options.language, *options.languages))
    decoder = _make_decoder(raw, plan, options, folder, journal)
    sound = _read_windows(raw, paths, plan, options.max_hours)
    _decode_windows(sound, plan, decoder, progress)
    ladders = {window.id: window.ladder for window in plan}
    marked = [
        _mark(decoded, ladders[decoded.id]) for decoded in decoder.journal.windows
    ]
    return replace(
        raw,
        model=decoder.choice.name,
        windows=number_windows(marked, plan[0].id),
    )


def check_files(raw: RawTranscript, paths: Sequence[Path], hash_of: HashOf) -> None:
    """Raise RecordingError unless the files are those of the first pass, in their order."""
    _check_count(raw, paths)
    for part, path in zip(raw.recording.parts, paths, strict=True):
        _check_unchanged(path, hash_of(path), part)


def _check_count(raw: RawTranscript, paths: Sequence[Path]) -> None:
    """Raise RecordingError unless there is a path for each part."""
    parts = raw.recording.parts
    if len(paths) != len(parts):
        names = ", ".join(part.path for part in parts)
        raise RecordingError(
            f"{len(paths)} files are given; the first pass transcribed {len(parts)}: {names}",
            remedy="Give the same files in the same order.",
        )


def _make_decoder(
    raw: RawTranscript,
    plan: Sequence[SecondPassWindow],
    options: TranscribeOptions,
    folder: Path,
    journal: Path,
) -> BatchDecoder:
    """Return what decodes the planned windows, each at the temperatures of its ladder."""
    engine_options = _make_engine_options(raw, options)
    by_id = {
        window.id: replace(engine_options, temperatures=window.ladder)
        for window in plan
    }
    return BatchDecoder(
        journal,
        _journal_key(raw, plan, options, engine_options),
        _choices(raw, options, folder),
        options.batch_size,
        lambda window: by_id[window.id],
    )


def _choices(
    raw: RawTranscript, options: TranscribeOptions, folder: Path
) -> list[WhisperChoice]:
    """Return all that the settings may come to, those of the first pass first."""
    possible = possible_choices(options, folder)
    return sorted(possible, key=lambda choice: not was_decoded_with(raw, choice))


def was_decoded_with(raw: RawTranscript, choice: WhisperChoice) -> bool:
    """Return whether a choice is the model and the engine of the first pass."""
    engines = {decoded.how.engine for decoded in raw.windows}
    return choice.name == raw.model and engines <= {choice.engine}


def _make_engine_options(
    raw: RawTranscript, options: TranscribeOptions
) -> EngineOptions:
    """Return what is asked of the engine: no terms, and temperatures window by window."""
    return EngineOptions(
        _languages(raw, options),
        beam_size=options.beam_size,
        word_times=options.word_times,
    )


def _languages(raw: RawTranscript, options: TranscribeOptions) -> tuple[str, ...]:
    """Return the possible languages: that of the whole recording, if it is all in one.

    A few seconds tell the language less reliably than the whole.
    """
    if options.language:
        return (options.language,)
    with_text = [decoded for decoded in raw.windows if decoded.text.strip()]
    found = {decoded.language for decoded in with_text if decoded.language}
    return tuple(found) if len(found) == 1 else options.languages


def _journal_key(
    raw: RawTranscript,
    plan: Sequence[SecondPassWindow],
    options: TranscribeOptions,
    engine_options: EngineOptions,
) -> Key:
    """Return everything on which the text of the windows depends, but the choice of Whisper."""
    parts = raw.recording.parts
    return {
        "version": SECOND_PASS_VERSION,
        "pass_number": SECOND_PASS,
        "files": [part.sha256 for part in parts],
        "tracks": [_track(part) for part in parts],
        "engine_options": asdict(engine_options),
        "batch_size": options.batch_size,
        "first_id": plan[0].id,
        "windows": [[window.start, window.end, window.ladder] for window in plan],
    }


def _decode_windows(
    windows: Iterable[Window],
    plan: Sequence[SecondPassWindow],
    decoder: BatchDecoder,
    progress: Progress,
) -> None:
    """Decode the windows; report the seconds of planned sound that are done."""
    total = _length(plan)

    def report(_: Window) -> None:
        progress(_length(plan[: decoder.count]), total)

    if not decoder.journal.batches:
        progress(0.0, total)
    for window in windows:
        decoder.add(window, report)
    decoder.finish(report)


def _length(plan: Sequence[SecondPassWindow]) -> float:
    """Return the seconds of sound in the windows."""
    return sum(window.end - window.start for window in plan)


def _read_windows(
    raw: RawTranscript,
    paths: Sequence[Path],
    plan: Sequence[SecondPassWindow],
    max_hours: float,
) -> Iterator[Window]:
    """Yield the windows with their sound, in order; each file is decoded once."""
    for part, path in zip(raw.recording.parts, paths, strict=True):
        inside = [window for window in plan if window.part == part]
        if inside:
            with open_recording(path, max_hours=max_hours, track=_track(part)) as sound:
                _check_unchanged(path, sound.sha256, part)
                yield from _cut_windows(sound, inside)


def _track(part: Part) -> int | None:
    """Return the audio track of the first pass; None where the file has one only."""
    return None if part.track is None else part.track.number


def _check_unchanged(path: Path, sha256: str, part: Part) -> None:
    """Raise RecordingError where a file of that hash is not the one of the first pass."""
    if sha256 != part.sha256:
        raise RecordingError(
            "the file has changed since the first pass",
            path=path,
            remedy="Transcribe it again, then run the second pass.",
        )


def _cut_windows(sound: Sound, plan: Sequence[SecondPassWindow]) -> Iterator[Window]:
    """Yield the windows of one part with their sound."""
    pieces = cut_pieces(sound.blocks(), [window.span for window in plan])
    for window, (_, samples) in zip(plan, pieces, strict=False):
        end = window.start + len(samples) / SAMPLE_RATE
        yield Window(window.id, window.start, end, samples)


def _mark(decoded: DecodedWindow, ladder: Ladder) -> DecodedWindow:
    """Return a decoded window that says how it was decoded."""
    options = dict(decoded.how.options, temperatures=list(ladder), prompt=None)
    how = replace(decoded.how, options=options, pass_number=SECOND_PASS)
    return replace(decoded, how=how)
