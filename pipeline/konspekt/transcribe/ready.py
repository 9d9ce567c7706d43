"""Ready transcripts: what stands in the place of a recording becomes decoded windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, groupby
from pathlib import Path

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

# of how a transcript becomes windows; a higher number reads every transcript again, and no sound
IMPORT_VERSION = 3
MAX_WINDOW = 30.0  # seconds: as much as Whisper decodes at once


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
    files = [_read_part(path, options.chunk_window) for path in paths]
    starts = accumulate((file.duration for file in files), initial=0.0)
    parts = tuple(
        Part(name, start, file.duration, file.sha256)
        for name, start, file in zip(names, starts, files, strict=False)
    )
    return RawTranscript(
        recording=Recording(recording_id, parts),
        model=" + ".join(dict.fromkeys(file.model for file in files)),
        demo=any(file.demo for file in files),
        speech=_speech(files, parts),
        windows=_windows(files, parts, options.language),
    )


@dataclass(frozen=True, slots=True)
class _ReadPart:
    """What one file says; times and ids from the file's own start."""

    windows: tuple[DecodedWindow, ...]
    model: str
    duration: float  # how far it reaches
    sha256: str
    demo: bool = False
    speech: tuple[Region, ...] | None = None


def _read_part(path: Path, chunk_window: float) -> _ReadPart:
    document, sha256 = read_file(path)
    windows = windows_of(document, chunk_window)
    ends = [window.end for window in windows]
    ends += [segment.end for window in windows for segment in window.segments]
    raw = document.raw
    if raw is None:
        return _ReadPart(windows, document.format, max(ends, default=0.0), sha256)
    duration = max([raw.recording.duration, *ends])
    return _ReadPart(windows, raw.model, duration, sha256, raw.demo, raw.speech)


def windows_of(document: Document, chunk_window: float) -> tuple[DecodedWindow, ...]:
    """Return the windows that a document's utterances were decoded in, by start.

    Those of a raw.json are as they were. Lines that are windows by themselves are `chunk_window`
    seconds long. Segments that all name their seek are one window a seek; others, and cues, are
    grouped by time.
    """
    if document.raw is not None:
        return tuple(sorted(document.raw.windows, key=lambda window: window.start))
    how = How(document.format)
    if document.are_windows:
        return tuple(
            _whole_window(number, utterance, chunk_window, how)
            for number, utterance in enumerate(document.utterances)
        )
    said = [utterance for utterance in document.utterances if utterance.text]
    if said and all(utterance.seek is not None for utterance in document.utterances):
        return _by_seek(said, how, document.language)
    return grouped([_segment(utterance) for utterance in said], how, document.language)


def _whole_window(
    number: int, utterance: Utterance, length: float, how: How
) -> DecodedWindow:
    start = utterance.start or 0.0
    end = start + length
    said = utterance.text.strip()
    segments = (Segment(start, end, utterance.text),) if said else ()
    return DecodedWindow(number, start, end, None, segments, how)


def _segment(utterance: Utterance) -> Segment:
    start = utterance.start or 0.0
    end = start if utterance.end is None else utterance.end
    words = tuple(Word(w.start, w.end, w.text, w.probability) for w in utterance.words)
    figures = utterance.figures
    return Segment(
        start,
        end,
        utterance.text,
        words,
        None if utterance.seek is None else 0.0,
        figures.avg_logprob,
        figures.no_speech_prob,
        figures.compression_ratio,
        figures.temperature,
    )


def _by_seek(
    said: Sequence[Utterance], how: How, language: str | None
) -> tuple[DecodedWindow, ...]:
    """Return one window a seek, up to the next one and at most `MAX_WINDOW` long."""

    def seek_of(utterance: Utterance) -> float:
        return utterance.seek or 0.0

    groups = [
        (seek, tuple(map(_segment, utterances)))
        for seek, utterances in groupby(sorted(said, key=seek_of), key=seek_of)
    ]
    following = [seek for seek, _ in groups[1:]] + [float("inf")]
    return tuple(
        DecodedWindow(
            number, seek, min(seek + MAX_WINDOW, next_seek), language, segments, how
        )
        for number, ((seek, segments), next_seek) in enumerate(
            zip(groups, following, strict=True)
        )
    )


def grouped(
    segments: Sequence[Segment], how: How, language: str | None = None
) -> tuple[DecodedWindow, ...]:
    """Return windows of at most `MAX_WINDOW` seconds from one segment's start to another's end.

    They are numbered by start and share no sound. A longer segment is a window of its own. Where
    segments overlap, a window ends with the next one's start; the segments keep their times. A
    segment that would run into the next one's first word gets a space at its end.
    """
    groups = _groups(segments)
    following = [group[0].start for group in groups[1:]] + [float("inf")]
    windows = []
    for number, (group, next_start) in enumerate(zip(groups, following, strict=False)):
        end = min(max(segment.end for segment in group), next_start)
        windows.append(
            DecodedWindow(number, group[0].start, end, language, _spaced(group), how)
        )
    return tuple(windows)


def _groups(segments: Sequence[Segment]) -> list[list[Segment]]:
    """Return the segments by start, together as far as a window reaches."""
    groups: list[list[Segment]] = []
    end = 0.0  # of the last group
    for segment in sorted(segments, key=lambda segment: (segment.start, segment.end)):
        end = max(segment.end, end)
        if groups and end - groups[-1][0].start <= MAX_WINDOW:
            groups[-1].append(segment)
        else:
            groups.append([segment])
            end = segment.end
    return groups


def _spaced(group: Sequence[Segment]) -> tuple[Segment, ...]:
    following = [*(segment.text for segment in group[1:]), " "]
    return tuple(
        segment
        if segment.text[-1:].isspace() or after[:1].isspace()
        else replace(segment, text=segment.text + " ")
        for segment, after in zip(group, following, strict=True)
    )


# --------------------------------------------------------------------------------------------------


def _windows(
    files: Sequence[_ReadPart], parts: Sequence[Part], language: str | None
) -> tuple[DecodedWindow, ...]:
    """Return all windows on one time line. Those of several files are numbered anew."""
    windows: list[DecodedWindow] = []
    for file, part in zip(files, parts, strict=True):
        for window in file.windows:
            number = window.id if len(files) == 1 else len(windows)
            placed = _window_later(window, part.start)
            windows.append(
                replace(placed, id=number, language=window.language or language)
            )
    return tuple(windows)


def _window_later(window: DecodedWindow, offset: float) -> DecodedWindow:
    return replace(
        window,
        start=window.start + offset,
        end=window.end + offset,
        segments=tuple(_later(segment, offset) for segment in window.segments),
    )


def _later(segment: Segment, offset: float) -> Segment:
    words = tuple(
        replace(word, start=word.start + offset, end=word.end + offset)
        for word in segment.words
    )
    return replace(
        segment, start=segment.start + offset, end=segment.end + offset, words=words
    )


def _speech(
    files: Sequence[_ReadPart], parts: Sequence[Part]
) -> tuple[Region, ...] | None:
    """Return the regions of speech of the whole; None where one part does not know them."""
    regions: list[Region] = []
    for file, part in zip(files, parts, strict=True):
        if file.speech is None:
            return None
        for region in file.speech:
            regions.append(Region(region.start + part.start, region.end + part.start))
    return tuple(regions)
