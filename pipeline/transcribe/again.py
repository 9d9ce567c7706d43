"""The second listening: what cleaning found worth it is heard once more, differently.

Each stretch in a window of its own with some room on both sides, so that it begins elsewhere than the first did; no
prompt; other temperatures. What is taken of it cleaning decides.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.course import TranscribeOptions
from pipeline.data import Hearing, Part, Progress, RawTranscript, WorthHearing, no_progress
from pipeline.errors import RecordingError
from pipeline.sound import SAMPLE_RATE, is_silent, open_recording, pieces
from pipeline.transcribe.decode import answers_of, as_hearing, check_language, is_cut
from pipeline.transcribe.journal import Journal
from pipeline.transcribe.listening import begun, chunks
from pipeline.transcribe.model import Choice, Model, choices, load
from pipeline.transcribe.windows import Window

if TYPE_CHECKING:
    from whisper.decoding import DecodingResult

AGAIN_VERSION = 1  # of how stretches are heard again; a higher number hears them again
LISTENING = 2

ROOM = 3.0  # seconds on each side: what is said there is known, and shows where the new words belong
LONGEST = 29.0  # seconds of a window: at 30.0 Whisper invents endings, at 29.0 it does not
SHARED = 5.0  # seconds that two windows of one stretch share
SHIFT = 1.5  # seconds later where a window would begin with one of the first listening
SHORTEST = 1.0  # seconds

Ladder = tuple[float, ...]
# Greedy first where nothing was heard. A loop comes again in the same words, so there the first try is drawn.
GREEDY_FIRST: Ladder = (0.0, 0.2, 0.4, 0.6)
DRAWN: Ladder = (0.4, 0.6, 0.8)
# What fails is tried at the next temperature (openai/whisper, whisper/transcribe.py). Its ratio is of UTF-8, in which
# Cyrillic compresses better: 1.5 % of clean Russian windows are above 2.4. In one byte a letter none are.
MAX_COMPRESSION_RATIO = 2.4
MIN_LOGPROB = -1.0
MIN_NO_SPEECH_PROB = 0.6


@dataclass(frozen=True, slots=True)
class Plan:
    """A window to be heard again."""

    start: float
    end: float
    ladder: Ladder


def plans(worth: Iterable[WorthHearing], parts: Sequence[Part], begun_at: Iterable[float] = ()) -> tuple[Plan, ...]:
    """The windows of the stretches, by start; none across two parts, none that begins where the first listening did."""
    taken = sorted(begun_at)
    found: list[Plan] = []
    for stretch in worth:
        ladder = DRAWN if stretch.cause == "set aside" and "loop" in stretch.reasons else GREEDY_FIRST
        for part in parts:
            low, high = part.start, part.start + part.duration
            start, end = max(stretch.start, low), min(stretch.end, high)
            if end - start >= SHORTEST:
                start, end = max(low, start - ROOM), min(high, end + ROOM)
                found.extend(Plan(max(a, low), b, ladder) for a, b in _split(_shifted(start, low, taken), end))
    return tuple(sorted(found, key=lambda plan: (plan.start, plan.end)))


def _shifted(start: float, low: float, taken: Sequence[float]) -> float:
    """A start that is not the first listening's; the beginning of the sound cannot be moved."""
    return start + SHIFT if start > low and any(abs(start - other) < SHIFT / 2 for other in taken) else start


def _split(start: float, end: float) -> Iterator[tuple[float, float]]:
    """A stretch as windows of equal length that share some seconds."""
    count = 1
    while (end - start + (count - 1) * SHARED) / count > LONGEST:
        count += 1
    length = (end - start + (count - 1) * SHARED) / count
    for number in range(count):
        first = start + number * (length - SHARED)
        yield round(first, 3), round(min(end, first + length), 3)


def hear_again(  # noqa: PLR0913 - what to hear (three), how, and where to keep and tell
    raw: RawTranscript,
    worth: Sequence[WorthHearing],
    paths: Sequence[Path],
    options: TranscribeOptions,
    *,
    folder: Path,
    journal: Path,
    progress: Progress = no_progress,
) -> RawTranscript:
    """Hears stretches of a recording again, with the Whisper that heard it first where it can be had.

    Hearings are numbered on from those of `raw`. Finished batches go to `journal`, and a run for the same goes on from
    there; the caller removes it once the result is safe. `progress` counts seconds of sound. Raises RecordingError,
    ModelError, CourseError, StoreError.
    """
    todo = plans(worth, raw.recording.parts, (hearing.start for hearing in raw.hearings))
    nothing = RawTranscript(raw.recording, raw.model, raw.demo, raw.speech, ())
    if not todo:
        return nothing
    check_language(options.language)
    possible = choices(options.model, options.device, folder)
    first = next((choice for choice in possible if choice.name == raw.model), possible[0])
    language = options.language or _one_language(raw.hearings)
    keys = {choice: _key(raw, todo, options, choice, language) for choice in possible}
    choice = begun(journal, keys) or first
    kept = Journal(journal, keys[choice])
    total, done = sum(plan.end - plan.start for plan in todo), 0.0
    number = max((hearing.id for hearing in raw.hearings), default=-1) + 1
    model: Model | None = None
    held = len(kept.batches)
    if not held:
        progress(0.0, total)
    for index, batch in enumerate(chunks(_windows(raw, paths, todo, number, options.max_hours), options.batch_size)):
        if index >= len(kept.batches):
            model = model or load(choice)
            ladders = [todo[window.id - number].ladder for window in batch]
            kept.append(_hear(model, batch, ladders, language), demo=model.demo)
        done += sum(window.end - window.start for window in batch)
        if index + 1 >= held:  # what the journal holds is passed over in a moment: no speed to tell of
            progress(min(done, total), total)
    hearings = tuple(hearing for batch in kept.batches for hearing in batch)
    return replace(nothing, model=choice.name, demo=bool(kept.demo), hearings=hearings)


def _track(part: Part) -> int | None:
    """The audio track that was heard first; None where the file has one."""
    return None if part.track is None else part.track.number


def _one_language(hearings: Sequence[Hearing]) -> str | None:
    """The language of the recording if it is heard in one: a few seconds tell less than the whole."""
    languages = {hearing.language for hearing in hearings if hearing.text.strip()}
    return next(iter(languages)) if len(languages) == 1 else None


def _key(
    raw: RawTranscript, todo: Sequence[Plan], options: TranscribeOptions, choice: Choice, language: str | None
) -> dict[str, Any]:
    """Everything the text of the hearings depends on."""
    return {
        "version": AGAIN_VERSION,
        "listening": LISTENING,
        "files": [part.sha256 for part in raw.recording.parts],
        "tracks": [_track(part) for part in raw.recording.parts],
        "model": choice.name,
        "model_sha256": choice.sha256,
        "device": choice.device,
        "language": language,
        "batch_size": options.batch_size,
        "first_id": max((hearing.id for hearing in raw.hearings), default=-1) + 1,
        "windows": [[plan.start, plan.end, list(plan.ladder)] for plan in todo],
    }


def _windows(
    raw: RawTranscript, paths: Sequence[Path], todo: Sequence[Plan], number: int, max_hours: float
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
                (round((plan.start - part.start) * SAMPLE_RATE), round((plan.end - part.start) * SAMPLE_RATE))
                for _, plan in mine
            ]
            for (n, plan), (_, samples) in zip(mine, pieces(sound.blocks(), spans), strict=False):
                yield Window(n, plan.start, plan.start + len(samples) / SAMPLE_RATE, samples)


def _hear(model: Model, windows: Sequence[Window], ladders: Sequence[Ladder], language: str | None) -> list[Hearing]:
    """What Whisper says of each window at the first temperature of its ladder at which it does not fail."""
    answers: dict[int, DecodingResult] = {}
    open_to = {n for n, window in enumerate(windows) if not is_silent(window.samples)}
    for rung in range(max(map(len, ladders))):
        due = sorted(n for n in open_to if rung < len(ladders[n]))
        for temperature in sorted({ladders[n][rung] for n in due}):
            mine = [n for n in due if ladders[n][rung] == temperature]
            heard = answers_of(model, [windows[n] for n in mine], language, temperature)
            for n, answer in zip(mine, heard, strict=True):
                answers[n] = _better(answers.get(n), answer)
                if not _fails(answer):
                    open_to.discard(n)
    return [
        _as_second(as_hearing(model, window, answers.get(n)), ladder)
        for n, (window, ladder) in enumerate(zip(windows, ladders, strict=True))
    ]


def _as_second(hearing: Hearing, ladder: Ladder) -> Hearing:
    options = {**hearing.how.options, "temperatures": list(ladder), "prompt": None}
    return replace(hearing, how=replace(hearing.how, options=options, listening=LISTENING))


def _fails(answer: DecodingResult) -> bool:
    """Whether an answer is to be tried for at a higher temperature; silence that Whisper is sure of is not."""
    if is_cut(answer) or _ratio(answer.text) > MAX_COMPRESSION_RATIO:
        return True
    return bool(answer.avg_logprob < MIN_LOGPROB and answer.no_speech_prob <= MIN_NO_SPEECH_PROB)


def _better(before: DecodingResult | None, answer: DecodingResult) -> DecodingResult:
    """Of two answers the one that does not loop, then the surer one."""

    def worth(one: DecodingResult) -> tuple[bool, float]:
        return not (is_cut(one) or _ratio(one.text) > MAX_COMPRESSION_RATIO), one.avg_logprob

    return answer if before is None or not _fails(answer) or worth(answer) > worth(before) else before


def _ratio(text: str) -> float:
    """How well a text compresses, in one byte a letter for Cyrillic as for Latin."""
    coded = text.encode("cp1251", errors="replace")
    return len(coded) / len(zlib.compress(coded)) if coded else 0.0
