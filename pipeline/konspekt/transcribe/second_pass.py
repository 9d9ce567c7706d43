"""The second pass: what cleaning found worth it is heard once more, differently.

Each stretch in a window of its own with some room on both sides, so that it begins elsewhere than
the first did; no prompt; other temperatures. What is taken of it cleaning decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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
    no_progress,
)
from konspekt.errors import RecordingError
from konspekt.models.tokenizer import check_languages
from konspekt.models.whisper import Choice
from konspekt.sound import SAMPLE_RATE, cut_pieces, open_recording
from konspekt.transcribe.engines.choice import load_engine, possible_choices
from konspekt.transcribe.engines.engine import Ask, Engine, Ladder
from konspekt.transcribe.engines.halves import numbered
from konspekt.transcribe.first_pass import find_begun_choice, split_batches
from konspekt.transcribe.journal import Journal
from konspekt.transcribe.speech.windows import Window

SECOND_PASS_VERSION = 3  # of how stretches are heard again; a higher number hears them again
SECOND_PASS = 2

ROOM = (
    3.0  # seconds on each side: what is said there is known, and shows where the new words belong
)
LONGEST = 29.0  # seconds of a window: at 30.0 Whisper invents endings, at 29.0 it does not
SHARED = 5.0  # seconds that two windows of one stretch share
SHIFT = 1.5  # seconds later where a window would begin with one of the first pass
SHORTEST = 1.0  # seconds

# Greedy first where nothing was heard. A loop comes again in the same words, so there the first try
# is drawn.
GREEDY_FIRST: Ladder = (0.0, 0.2, 0.4, 0.6)
SAMPLED: Ladder = (0.4, 0.6, 0.8)


@dataclass(frozen=True, slots=True)
class SecondPassWindow:
    """A window to be heard again."""

    start: float
    end: float
    ladder: Ladder


def plan_second_pass(
    worth: Iterable[SecondPassCandidate], parts: Sequence[Part], begun_at: Iterable[float] = ()
) -> tuple[SecondPassWindow, ...]:
    """The windows of the stretches, by start; none across two parts, none that begins where the
    first pass did.
    """
    taken = sorted(begun_at)
    found: list[SecondPassWindow] = []
    for stretch in worth:
        ladder = (
            SAMPLED if stretch.cause == "removed" and "loop" in stretch.reasons else GREEDY_FIRST
        )
        for part in parts:
            low, high = part.start, part.start + part.duration
            start, end = max(stretch.start, low), min(stretch.end, high)
            if end - start >= SHORTEST:
                start, end = max(low, start - ROOM), min(high, end + ROOM)
                found.extend(
                    SecondPassWindow(max(a, low), b, ladder)
                    for a, b in _split(_shifted(start, low, taken), end)
                )
    return tuple(sorted(found, key=lambda plan: (plan.start, plan.end)))


def _shifted(start: float, low: float, taken: Sequence[float]) -> float:
    """A start that is not the first pass's; the beginning of the sound cannot be moved."""
    return (
        start + SHIFT
        if start > low and any(abs(start - other) < SHIFT / 2 for other in taken)
        else start
    )


def _split(start: float, end: float) -> Iterator[tuple[float, float]]:
    """A stretch as windows of equal length that share some seconds."""
    count = 1
    while (end - start + (count - 1) * SHARED) / count > LONGEST:
        count += 1
    length = (end - start + (count - 1) * SHARED) / count
    for number in range(count):
        first = start + number * (length - SHARED)
        yield round(first, 3), round(min(end, first + length), 3)


def run_second_pass(  # noqa: PLR0913 - what to hear (three), how, and where to keep and tell
    raw: RawTranscript,
    worth: Sequence[SecondPassCandidate],
    paths: Sequence[Path],
    options: TranscribeOptions,
    *,
    folder: Path,
    journal: Path,
    progress: Progress = no_progress,
) -> RawTranscript:
    """Hears stretches of a recording again, with the Whisper that heard it first where it can be
    had.

    Windows are numbered on from those of `raw`. Finished batches go to `journal`, and a run for the
    same goes on from there; the caller removes it once the result is safe. `progress` counts
    seconds of sound. Raises RecordingError, ModelError, CourseError, StoreError.
    """
    if len(paths) != len(raw.recording.parts):
        heard = ", ".join(part.path for part in raw.recording.parts)
        raise RecordingError(
            f"{len(paths)} files are given, and {len(raw.recording.parts)} were heard first: {heard}",
            remedy="Give the same files in the same order.",
        )
    todo = plan_second_pass(worth, raw.recording.parts, (decoded.start for decoded in raw.windows))
    nothing = RawTranscript(raw.recording, raw.model, raw.demo, raw.speech, ())
    if not todo:
        return nothing
    check_languages((options.language, *options.languages))
    possible = possible_choices(options, folder)
    first = next((choice for choice in possible if was_decoded_with(raw, choice)), possible[0])
    languages = _languages(options, raw.windows)
    ask = Ask(languages, beam_size=options.beam_size, word_times=options.word_times)
    keys = {choice: _key(raw, todo, options, choice, ask) for choice in possible}
    choice = find_begun_choice(journal, keys) or first
    kept = Journal(journal, keys[choice])
    total, done = sum(plan.end - plan.start for plan in todo), 0.0
    number = max((decoded.id for decoded in raw.windows), default=-1) + 1
    engine: Engine | None = None
    held = len(kept.batches)
    if not held:
        progress(0.0, total)
    for index, batch in enumerate(
        split_batches(_windows(raw, paths, todo, number, options.max_hours), options.batch_size)
    ):
        if index >= len(kept.batches):
            engine = engine or load_engine(choice)
            ladders = [todo[window.id - number].ladder for window in batch]
            kept.append(_decode_batch(engine, batch, ladders, ask), demo=engine.is_demo)
        done += sum(window.end - window.start for window in batch)
        if (
            index + 1 >= held
        ):  # what the journal holds is passed over in a moment: no speed to tell of
            progress(min(done, total), total)
    decoded_windows = numbered((decoded for batch in kept.batches for decoded in batch), number)
    return replace(nothing, model=choice.name, demo=bool(kept.demo), windows=decoded_windows)


def was_decoded_with(raw: RawTranscript, choice: Choice) -> bool:
    """Whether a choice is the model and the engine of the first pass."""
    engines = {decoded.how.engine for decoded in raw.windows}
    return choice.name == raw.model and engines <= {choice.engine}


def _track(part: Part) -> int | None:
    """The audio track that was heard first; None where the file has one."""
    return None if part.track is None else part.track.number


def _languages(
    options: TranscribeOptions, decoded_windows: Sequence[DecodedWindow]
) -> tuple[str, ...]:
    """The language of the recording if it is heard in one: a few seconds tell less than the
    whole.
    """
    heard = {
        decoded.language for decoded in decoded_windows if decoded.language and decoded.text.strip()
    }
    if options.language:
        return (options.language,)
    return tuple(heard) if len(heard) == 1 else options.languages


def _key(
    raw: RawTranscript,
    todo: Sequence[SecondPassWindow],
    options: TranscribeOptions,
    choice: Choice,
    ask: Ask,
) -> dict[str, Any]:
    """Everything the text of the windows depends on."""
    return {
        "version": SECOND_PASS_VERSION,
        "pass_number": SECOND_PASS,
        "files": [part.sha256 for part in raw.recording.parts],
        "tracks": [_track(part) for part in raw.recording.parts],
        "model": choice.name,
        "model_sha256": choice.sha256,
        "device": choice.device,
        "precision": choice.precision,
        "engine": choice.engine,
        "ask": asdict(ask),
        "batch_size": options.batch_size,
        "first_id": max((decoded.id for decoded in raw.windows), default=-1) + 1,
        "windows": [[plan.start, plan.end, list(plan.ladder)] for plan in todo],
    }


def _windows(
    raw: RawTranscript,
    paths: Sequence[Path],
    todo: Sequence[SecondPassWindow],
    number: int,
    max_hours: float,
) -> Iterator[Window]:
    """The windows with their sound, in order; the files are decoded once, one after another."""
    for part, path in zip(raw.recording.parts, paths, strict=True):
        end = part.start + part.duration
        mine = [(n, plan) for n, plan in enumerate(todo, number) if part.start <= plan.start < end]
        if not mine:
            continue
        with open_recording(path, max_hours=max_hours, track=_track(part)) as sound:
            if sound.sha256 != part.sha256:
                raise RecordingError(
                    "not what was heard first: the file has changed",
                    path=path,
                    remedy="Transcribe it, then listen again.",
                )
            spans = [
                (
                    round((plan.start - part.start) * SAMPLE_RATE),
                    round((plan.end - part.start) * SAMPLE_RATE),
                )
                for _, plan in mine
            ]
            for (n, plan), (_, samples) in zip(
                mine, cut_pieces(sound.blocks(), spans), strict=False
            ):
                yield Window(n, plan.start, plan.start + len(samples) / SAMPLE_RATE, samples)


def _decode_batch(
    engine: Engine, windows: Sequence[Window], ladders: Sequence[Ladder], ask: Ask
) -> list[DecodedWindow]:
    """What Whisper says of each window at the first temperature of its ladder at which it does not
    fail.
    """
    found: list[DecodedWindow] = []
    for ladder in dict.fromkeys(ladders):
        mine = [window for window, its in zip(windows, ladders, strict=True) if its == ladder]
        heard = engine.hear(mine, replace(ask, temperatures=ladder))
        found.extend(_mark_second_pass(decoded, ladder) for decoded in heard)
    return sorted(found, key=lambda decoded: (decoded.start, decoded.id))


def _mark_second_pass(decoded: DecodedWindow, ladder: Ladder) -> DecodedWindow:
    options = {**decoded.how.options, "temperatures": list(ladder), "prompt": None}
    return replace(decoded, how=replace(decoded.how, options=options, pass_number=SECOND_PASS))
