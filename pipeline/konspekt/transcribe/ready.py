"""Ready transcripts: what stands in the place of a recording becomes decoded windows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import chain, groupby, pairwise
from math import inf
from operator import attrgetter
from pathlib import Path
from typing import TypeVar

from konspekt.course.settings import TranscribeOptions
from konspekt.data import (
    DecodedWindow,
    How,
    Part,
    RawTranscript,
    Recording,
    Region,
    Segment,
    Word,
)
from konspekt.formats import Document, Utterance
from konspekt.formats import read_transcript as read_file
from konspekt.transcribe.engines.halves import number_windows

# of how a transcript becomes windows; a higher number reads every transcript again, and no sound
IMPORT_VERSION = 3
MAX_WINDOW = 30.0  # seconds: as much as Whisper decodes at once

_Timed = TypeVar("_Timed", Word, Segment, DecodedWindow, Region)


def read_transcript(
    recording_id: str,
    paths: Sequence[Path],
    names: Sequence[str],
    options: TranscribeOptions,
) -> RawTranscript:
    """Return the raw transcript that the files hold, one after another on one time line.

    `names` stand in the parts' `path`. A part is as long as its windows reach. The language set in
    `options` stands in where a file names none. Raises FormatError.
    """
    files: list[RawTranscript] = []
    start = 0.0
    for path, name in zip(paths, names, strict=True):
        file = _read_file(path, name, start, options)
        start = file.recording.duration
        files.append(file)
    return _join(recording_id, files)


def _join(recording_id: str, files: Sequence[RawTranscript]) -> RawTranscript:
    """Return the transcripts as one. The windows of several files are numbered anew."""
    windows = tuple(chain.from_iterable(file.windows for file in files))
    parts = chain.from_iterable(file.recording.parts for file in files)
    return RawTranscript(
        recording=Recording(recording_id, tuple(parts)),
        model=" + ".join(dict.fromkeys(file.model for file in files)),
        speech=_join_speech(files),
        windows=windows if len(files) == 1 else number_windows(windows),
    )


def _join_speech(files: Sequence[RawTranscript]) -> tuple[Region, ...] | None:
    """Return the speech regions of the whole; None where one file does not know them."""
    regions: list[Region] = []
    for file in files:
        if file.speech is None:
            return None
        regions.extend(file.speech)
    return tuple(regions)


def _read_file(
    path: Path, name: str, start: float, options: TranscribeOptions
) -> RawTranscript:
    """Return what one file says; the file begins at second `start` of the recording."""
    document, sha256 = read_file(path)
    raw = _as_raw(document, options.chunk_window)
    part = Part(name, start, _duration(raw), sha256)
    speech = raw.speech
    if speech is not None:
        speech = tuple(_move(region, start) for region in speech)
    windows = [_place(window, start, options.language) for window in raw.windows]
    return replace(
        raw,
        recording=Recording(raw.recording.id, (part,)),
        speech=speech,
        windows=tuple(windows),
    )


def _as_raw(document: Document, chunk_window: float) -> RawTranscript:
    """Return a document as a raw transcript, windows by start.

    What a raw.json holds stays as it is. The recording of another document has no parts yet.
    """
    if document.raw is not None:
        windows = sorted(document.raw.windows, key=attrgetter("start"))
        return replace(document.raw, windows=tuple(windows))
    return RawTranscript(
        Recording("", ()),
        document.format,
        speech=None,
        windows=windows_of(document, chunk_window),
    )


def _duration(raw: RawTranscript) -> float:
    """Return how far a transcript reaches."""
    reached = raw.recording.duration
    for window in raw.windows:
        reached = max([reached, window.end, *(one.end for one in window.segments)])
    return reached


def _place(window: DecodedWindow, start: float, language: str | None) -> DecodedWindow:
    """Return a window of a file that begins at `start`; `language` replaces an unknown one."""
    alternatives = tuple(
        replace(other, segments=_move_segments(other.segments, start))
        for other in window.alternatives
    )
    return replace(
        _move(window, start),
        language=window.language or language,
        segments=_move_segments(window.segments, start),
        alternatives=alternatives,
        left_out=tuple(_move(pause, start) for pause in window.left_out),
    )


def _move_segments(segments: Iterable[Segment], offset: float) -> tuple[Segment, ...]:
    return tuple(_move_segment(segment, offset) for segment in segments)


def _move_segment(segment: Segment, offset: float) -> Segment:
    words = tuple(_move(word, offset) for word in segment.words)
    return replace(_move(segment, offset), words=words)


def _move(timed: _Timed, offset: float) -> _Timed:
    return replace(timed, start=timed.start + offset, end=timed.end + offset)


# --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _ReadyWindow:
    """A window of sound with its segments."""

    start: float
    end: float
    segments: tuple[Segment, ...]


def windows_of(document: Document, chunk_window: float) -> tuple[DecodedWindow, ...]:
    """Return the windows that a document's utterances were decoded in, by start.

    Utterances that are windows by themselves are `chunk_window` seconds long. Others share no
    sound: segments that all name their seek are one window a seek, the rest are grouped by time.
    """
    how = How(document.format)
    return tuple(
        DecodedWindow(number, one.start, one.end, document.language, one.segments, how)
        for number, one in enumerate(_find_windows(document, chunk_window))
    )


def _find_windows(document: Document, chunk_window: float) -> list[_ReadyWindow]:
    utterances = document.utterances
    if document.are_windows:
        return [_whole_window(utterance, chunk_window) for utterance in utterances]
    spoken = [utterance for utterance in utterances if utterance.text]
    have_seeks = all(utterance.seek is not None for utterance in utterances)
    return _end_before_next(
        _group_by_seek(spoken) if have_seeks else _group_by_time(spoken)
    )


def _whole_window(utterance: Utterance, length: float) -> _ReadyWindow:
    start = utterance.start or 0.0
    end = start + length
    segment = Segment(start, end, utterance.text)
    return _ReadyWindow(start, end, (segment,) if utterance.text.strip() else ())


def _end_before_next(windows: Sequence[_ReadyWindow]) -> list[_ReadyWindow]:
    """Return the windows, each shortened to where the next one begins."""
    starts = [window.start for window in windows[1:]]
    return [
        replace(window, end=min(window.end, next_start))
        for window, next_start in zip(windows, [*starts, inf], strict=False)
    ]


def _group_by_seek(spoken: Sequence[Utterance]) -> list[_ReadyWindow]:
    """Return one window of `MAX_WINDOW` seconds a seek."""
    seek_of = attrgetter("seek")
    windows: list[_ReadyWindow] = []
    for seek, utterances in groupby(sorted(spoken, key=seek_of), key=seek_of):
        segments = tuple(map(_as_segment, utterances))
        windows.append(_ReadyWindow(seek, seek + MAX_WINDOW, segments))
    return windows


def _group_by_time(spoken: Sequence[Utterance]) -> list[_ReadyWindow]:
    """Return windows of at most `MAX_WINDOW` seconds from one segment's start to another's end.

    A longer segment is a window of its own. Segments that overlap keep their times.
    """
    groups: list[list[Segment]] = []
    end = 0.0  # of the last group
    segments = map(_as_segment, spoken)
    for segment in sorted(segments, key=attrgetter("start", "end")):
        end = max(segment.end, end)
        if not groups or end - groups[-1][0].start > MAX_WINDOW:
            groups.append([])
            end = segment.end
        groups[-1].append(segment)
    return [_join_segments(group) for group in groups]


def _join_segments(group: Sequence[Segment]) -> _ReadyWindow:
    """Return segments as one window."""
    spaced = [_set_apart(*neighbours) for neighbours in pairwise(group)]
    end = max(segment.end for segment in group)
    return _ReadyWindow(group[0].start, end, (*spaced, group[-1]))


def _set_apart(segment: Segment, following: Segment) -> Segment:
    """Return a segment with a space at its end, if it would run into the next one's first word."""
    is_apart = segment.text[-1:].isspace() or following.text[:1].isspace()
    return segment if is_apart else replace(segment, text=f"{segment.text} ")


def _as_segment(utterance: Utterance) -> Segment:
    start = utterance.start or 0.0
    return Segment(
        start,
        end=start if utterance.end is None else utterance.end,
        text=utterance.text,
        words=tuple(Word(**asdict(word)) for word in utterance.words),
        seek=None if utterance.seek is None else 0.0,
        **asdict(utterance.figures),
    )
