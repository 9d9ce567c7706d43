"""The second pass: candidates that cleaning found are decoded once more, differently.

Each lies in windows of its own with some sound on both sides, so that they begin elsewhere than in
the first pass. There is no prompt, and temperatures are others. Cleaning decides what is taken from
the result.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from konspekt.course.settings import TranscribeOptions
from konspekt.data import (
    DecodedWindow,
    Part,
    Progress,
    RawTranscript,
    SecondPassCandidate,
    names,
    no_progress,
)
from konspekt.errors import RecordingError
from konspekt.models.tokenizer import check_languages
from konspekt.models.whisper import WhisperChoice
from konspekt.sound import SAMPLE_RATE, Sound, cut_pieces, open_recording
from konspekt.transcribe.batches import BatchDecoder, Decode, find_begun_choice
from konspekt.transcribe.engines.choice import possible_choices
from konspekt.transcribe.engines.engine import Engine, EngineOptions, Ladder
from konspekt.transcribe.engines.halves import number_windows
from konspekt.transcribe.journal import Journal
from konspekt.transcribe.speech.windows import Window

# of how candidates are decoded; a higher number decodes them again
SECOND_PASS_VERSION = 3
SECOND_PASS = 2  # the pass's number

ROOM = 3.0  # seconds of known words on each side: they show where the new words belong
# seconds of a window: at 30.0 Whisper makes endings up, at 29.0 it does not
LONGEST = 29.0
SHARED = 5.0  # seconds that two windows of one candidate share
# seconds by which a window begins later if one of the first pass begins there
SHIFT = 1.5
SHORTEST = 1.0  # seconds

# Where nothing was transcribed, greedy decoding comes first. A repetition loop comes again in the
# same words, so there the first temperature samples.
GREEDY_FIRST: Ladder = (0.0, 0.2, 0.4, 0.6)
SAMPLED: Ladder = (0.4, 0.6, 0.8)


@dataclass(frozen=True, slots=True)
class SecondPassWindow:
    """A window of the second pass: where it lies, and its temperatures in order."""

    start: float
    end: float
    ladder: Ladder


def plan_second_pass(
    candidates: Iterable[SecondPassCandidate],
    parts: Sequence[Part],
    first_starts: Iterable[float] = (),
) -> tuple[SecondPassWindow, ...]:
    """Return the windows of the candidates, by start.

    None lies in two parts. None begins at one of `first_starts`, where windows of the first pass
    begin.
    """
    taken = sorted(first_starts)
    windows: list[SecondPassWindow] = []
    for candidate in candidates:
        for part in parts:
            windows.extend(_plan_in_part(candidate, part, taken))
    return tuple(sorted(windows, key=lambda window: (window.start, window.end)))


def _plan_in_part(
    candidate: SecondPassCandidate, part: Part, taken: Sequence[float]
) -> Iterator[SecondPassWindow]:
    """Yield the windows of what lies of a candidate in a part, if that is long enough."""
    low, high = part.start, part.start + part.duration
    start, end = max(candidate.start, low), min(candidate.end, high)
    if end - start < SHORTEST:
        return
    start, end = max(low, start - ROOM), min(high, end + ROOM)
    for window_start, window_end in _split(_move_off(start, low, taken), end):
        yield SecondPassWindow(
            max(window_start, low), window_end, _choose_ladder(candidate)
        )


def _choose_ladder(candidate: SecondPassCandidate) -> Ladder:
    was_loop = candidate.cause == "removed" and names.LOOP in candidate.reasons
    return SAMPLED if was_loop else GREEDY_FIRST


def _move_off(start: float, low: float, taken: Sequence[float]) -> float:
    """Return `start`, later where a window of the first pass begins about there.

    At the beginning of the sound, `low`, it stays.
    """
    is_taken = any(abs(start - other) < SHIFT / 2 for other in taken)
    return start + SHIFT if start > low and is_taken else start


def _split(start: float, end: float) -> Iterator[tuple[float, float]]:
    """Yield a stretch as the fewest windows of equal length that share `SHARED` seconds."""
    count = 1
    while (end - start + (count - 1) * SHARED) / count > LONGEST:
        count += 1
    length = (end - start + (count - 1) * SHARED) / count
    for number in range(count):
        first = start + number * (length - SHARED)
        yield round(first, 3), round(min(end, first + length), 3)


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
    plan = _number_plan(raw, candidates)
    nothing = replace(raw, windows=())
    if not plan:
        return nothing
    check_languages((options.language, *options.languages))
    engine_options = _make_engine_options(raw, options)
    possible = possible_choices(options, folder)
    keys = {
        choice: _journal_key(raw, plan, options, choice, engine_options)
        for choice in possible
    }
    choice = find_begun_choice(journal, keys) or _choice_of_first_pass(raw, possible)
    kept = Journal(journal, keys[choice])
    decoder = BatchDecoder(
        kept, choice, options.batch_size, _decode_with(engine_options, plan)
    )
    if not kept.batches:
        progress(0.0, _length(plan.values()))
    _decode_windows(
        _read_windows(raw, paths, plan, options.max_hours), decoder, plan, progress
    )
    windows = number_windows(kept.windows, _first_id(raw))
    return replace(nothing, model=choice.name, demo=bool(kept.demo), windows=windows)


def _number_plan(
    raw: RawTranscript, candidates: Sequence[SecondPassCandidate]
) -> dict[int, SecondPassWindow]:
    """Return the planned windows by their ids, in order."""
    first_starts = [decoded.start for decoded in raw.windows]
    windows = plan_second_pass(candidates, raw.recording.parts, first_starts)
    return dict(enumerate(windows, _first_id(raw)))


def _make_engine_options(
    raw: RawTranscript, options: TranscribeOptions
) -> EngineOptions:
    """Return what is asked of the engine: no terms, and temperatures window by window."""
    languages = _languages(options, raw.windows)
    return EngineOptions(
        languages, beam_size=options.beam_size, word_times=options.word_times
    )


def _choice_of_first_pass(
    raw: RawTranscript, possible: Sequence[WhisperChoice]
) -> WhisperChoice:
    """Return the choice of the first pass, or the best one where that is not available."""
    return next(
        (choice for choice in possible if was_decoded_with(raw, choice)), possible[0]
    )


def _decode_with(
    engine_options: EngineOptions, plan: Mapping[int, SecondPassWindow]
) -> Decode:
    def decode(engine: Engine, windows: Sequence[Window]) -> Sequence[DecodedWindow]:
        ladders = [plan[window.id].ladder for window in windows]
        return _decode_batch(engine, windows, ladders, engine_options)

    return decode


def _decode_windows(
    windows: Iterable[Window],
    decoder: BatchDecoder,
    plan: Mapping[int, SecondPassWindow],
    progress: Progress,
) -> None:
    def report(batch: Sequence[Window]) -> None:
        done = (window for id_, window in plan.items() if id_ <= batch[-1].id)
        progress(_length(done), _length(plan.values()))

    for window in windows:
        decoder.add(window, report)
    decoder.finish(report)


def _length(windows: Iterable[SecondPassWindow]) -> float:
    """Return the seconds of sound in several windows."""
    return sum(window.end - window.start for window in windows)


def _check_count(raw: RawTranscript, paths: Sequence[Path]) -> None:
    """Raise RecordingError unless there is a path for each part."""
    parts = raw.recording.parts
    if len(paths) != len(parts):
        names = ", ".join(part.path for part in parts)
        raise RecordingError(
            f"{len(paths)} files are given; the first pass transcribed {len(parts)}: {names}",
            remedy="Give the same files in the same order.",
        )


def was_decoded_with(raw: RawTranscript, choice: WhisperChoice) -> bool:
    """Return whether a choice is the model and the engine of the first pass."""
    engines = {decoded.how.engine for decoded in raw.windows}
    return choice.name == raw.model and engines <= {choice.engine}


def _first_id(raw: RawTranscript) -> int:
    """Return the id of the second pass's first window."""
    return max((decoded.id for decoded in raw.windows), default=-1) + 1


def _track(part: Part) -> int | None:
    """Return the audio track of the first pass; None where the file has one only."""
    return None if part.track is None else part.track.number


def _languages(
    options: TranscribeOptions, decoded_windows: Sequence[DecodedWindow]
) -> tuple[str, ...]:
    """Return the possible languages: that of the whole recording, if it is all in one.

    A few seconds tell the language less reliably than the whole.
    """
    if options.language:
        return (options.language,)
    with_text = (decoded for decoded in decoded_windows if decoded.text.strip())
    found = {decoded.language for decoded in with_text if decoded.language}
    return tuple(found) if len(found) == 1 else options.languages


def _journal_key(
    raw: RawTranscript,
    plan: Mapping[int, SecondPassWindow],
    options: TranscribeOptions,
    choice: WhisperChoice,
    engine_options: EngineOptions,
) -> dict[str, Any]:
    """Return everything on which the text of the windows depends."""
    parts = raw.recording.parts
    return {
        "version": SECOND_PASS_VERSION,
        "pass_number": SECOND_PASS,
        "files": [part.sha256 for part in parts],
        "tracks": [_track(part) for part in parts],
        "model": choice.name,
        "model_sha256": choice.sha256,
        "device": choice.device,
        "precision": choice.precision,
        "engine": choice.engine,
        "engine_options": asdict(engine_options),
        "batch_size": options.batch_size,
        "first_id": _first_id(raw),
        "windows": [
            [window.start, window.end, list(window.ladder)] for window in plan.values()
        ],
    }


def _read_windows(
    raw: RawTranscript,
    paths: Sequence[Path],
    plan: Mapping[int, SecondPassWindow],
    max_hours: float,
) -> Iterator[Window]:
    """Yield the windows with their sound, in order; each file is decoded once."""
    for part, path in zip(raw.recording.parts, paths, strict=True):
        end = part.start + part.duration
        inside = {
            id_: window
            for id_, window in plan.items()
            if part.start <= window.start < end
        }
        if inside:
            with open_recording(path, max_hours=max_hours, track=_track(part)) as sound:
                yield from _cut_windows(sound, part, inside)


def _cut_windows(
    sound: Sound, part: Part, plan: Mapping[int, SecondPassWindow]
) -> Iterator[Window]:
    """Yield the windows of one part with their sound. Raises RecordingError."""
    if sound.sha256 != part.sha256:
        raise RecordingError(
            "the file has changed since the first pass",
            path=sound.path,
            remedy="Transcribe it again, then run the second pass.",
        )
    spans = [
        (_sample(window.start - part.start), _sample(window.end - part.start))
        for window in plan.values()
    ]
    pieces = cut_pieces(sound.blocks(), spans)
    for (id_, window), (_, samples) in zip(plan.items(), pieces, strict=False):
        yield Window(
            id_, window.start, window.start + len(samples) / SAMPLE_RATE, samples
        )


def _sample(seconds: float) -> int:
    return round(seconds * SAMPLE_RATE)


def _decode_batch(
    engine: Engine,
    windows: Sequence[Window],
    ladders: Sequence[Ladder],
    engine_options: EngineOptions,
) -> list[DecodedWindow]:
    """Return what each window says at the first temperature of its ladder that will do."""
    decoded_windows: list[DecodedWindow] = []
    for ladder in dict.fromkeys(ladders):
        alike = [
            window
            for window, its in zip(windows, ladders, strict=True)
            if its == ladder
        ]
        decoded = engine.decode(alike, replace(engine_options, temperatures=ladder))
        decoded_windows.extend(_mark_second_pass(window, ladder) for window in decoded)
    return sorted(decoded_windows, key=lambda decoded: (decoded.start, decoded.id))


def _mark_second_pass(decoded: DecodedWindow, ladder: Ladder) -> DecodedWindow:
    options = {**decoded.how.options, "temperatures": list(ladder), "prompt": None}
    return replace(
        decoded, how=replace(decoded.how, options=options, pass_number=SECOND_PASS)
    )
