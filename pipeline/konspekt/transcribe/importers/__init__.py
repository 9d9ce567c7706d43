"""Raw transcripts instead of sound: one file a format, and the list of them.

A new format is a module here with an `IMPORTER`, and its line in `IMPORTERS`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from konspekt.course.settings import TranscribeOptions
from konspekt.data import DecodedWindow, Part, RawTranscript, Recording, Region, Segment
from konspekt.errors import FormatError
from konspekt.sound.files import read_local
from konspekt.text.encoding import decode
from konspekt.transcribe.importers import chunks, konspekt_json, srt, vtt, whisper_cpp, whisper_json
from konspekt.transcribe.importers.source import Imported, Importer, Source

# of how a transcript becomes windows; a higher number reads every transcript again, and no sound
IMPORT_VERSION = 2
MAX_TRANSCRIPT_BYTES = 200 * 10**6  # 100 hours of Whisper JSON with word times are some 60 MB

IMPORTERS: tuple[Importer, ...] = (
    chunks.IMPORTER,
    srt.IMPORTER,
    vtt.IMPORTER,
    konspekt_json.IMPORTER,
    whisper_cpp.IMPORTER,
    whisper_json.IMPORTER,
)
"""Every format, in the order of trial among those of one ending."""


def read_transcript(
    recording_id: str, paths: Sequence[Path], names: Sequence[str], options: TranscribeOptions
) -> RawTranscript:
    """The raw transcript that the files hold, one after another on one time line; `names` stand in
    the parts' `path`.

    A part is as long as its windows reach. The language set in `options` stands in where a file
    names none. Raises FormatError and RecordingError.
    """
    files = [_read_file(path, options.chunk_window) for path in paths]
    parts: list[Part] = []
    decoded_windows: list[DecodedWindow] = []
    start = 0.0
    for name, (imported, digest) in zip(names, files, strict=True):
        parts.append(Part(name, start, imported.end, digest))
        decoded_windows += _placed(
            imported.windows, start, first=len(decoded_windows), keep_ids=len(files) == 1
        )
        start += imported.end
    transcripts = [imported for imported, _ in files]
    return RawTranscript(
        recording=Recording(recording_id, tuple(parts)),
        model=" + ".join(dict.fromkeys(imported.model for imported in transcripts)),
        demo=any(imported.demo for imported in transcripts),
        speech=_speech(transcripts, parts),
        windows=tuple(replace(h, language=h.language or options.language) for h in decoded_windows),
    )


def _read_file(path: Path, chunk_window: float) -> tuple[Imported, str]:
    content = read_local(path, max_bytes=MAX_TRANSCRIPT_BYTES)
    source = Source(path, decode(path, content))
    candidates = [
        importer for importer in IMPORTERS if path.suffix.lower() == Path(importer.ending).suffix
    ]
    for importer in candidates:
        if importer.matches(source):
            imported = importer.read(source, chunk_window)
            if not imported.windows:
                raise source.error("nothing is said in it", "Export the transcript again.")
            return imported, hashlib.sha256(content).hexdigest()
    known = ", ".join(f"{importer.name} ({importer.ending})" for importer in IMPORTERS)
    raise FormatError("not a transcript Konspekt knows", path=path, remedy=f"It reads: {known}.")


def _placed(
    decoded_windows: Sequence[DecodedWindow], offset: float, *, first: int, keep_ids: bool
) -> list[DecodedWindow]:
    """The windows `offset` seconds later, numbered from `first` unless they keep their ids."""
    return [
        replace(
            decoded,
            id=decoded.id if keep_ids else first + index,
            start=decoded.start + offset,
            end=decoded.end + offset,
            segments=tuple(_later(segment, offset) for segment in decoded.segments),
        )
        for index, decoded in enumerate(decoded_windows)
    ]


def _later(segment: Segment, offset: float) -> Segment:
    words = tuple(
        replace(word, start=word.start + offset, end=word.end + offset) for word in segment.words
    )
    return replace(segment, start=segment.start + offset, end=segment.end + offset, words=words)


def _speech(transcripts: Sequence[Imported], parts: Sequence[Part]) -> tuple[Region, ...] | None:
    """The regions of speech of the whole; None where one part does not know them."""
    regions: list[Region] = []
    for imported, part in zip(transcripts, parts, strict=True):
        if imported.speech is None:
            return None
        regions += [
            Region(region.start + part.start, region.end + part.start) for region in imported.speech
        ]
    return tuple(regions)
