"""The format of a sound file, by its first bytes; neither its name nor ffmpeg's guess counts."""

from __future__ import annotations

import codecs
import os
import re
from pathlib import Path
from typing import Literal, TypeAlias

from konspekt.errors import RecordingError
from konspekt.sound import mpeg
from konspekt.sound.files import LocalFile

Kind: TypeAlias = Literal["wav", "mp3", "mov", "matroska", "ogg", "flac", "aac"]
"""ffmpeg's names of the formats that are opened."""

KNOWN = "WAV, MP3, M4A/MP4, MKV/WebM, Ogg (Opus, Vorbis), FLAC and AAC"
HEAD_BYTES = 2**16

_PLAYLIST = re.compile(
    rb"\s*(#EXTM3U|ffconcat|\[playlist\]|<\?xml[^>]*>\s*<(MPD|playlist)|<MPD|v=0\s+o=)",
    re.IGNORECASE,
)
_MOV_ATOMS = frozenset([b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot"])
_MAGICS: tuple[tuple[bytes, Kind], ...] = (
    (b"fLaC", "flac"),
    (b"OggS", "ogg"),
    (b"\x1aE\xdf\xa3", "matroska"),
)
_CONVERT = "Convert it, for example with: ffmpeg -i FILE -vn FILE.flac"


def sniff(file: LocalFile) -> Kind:
    """Return the format of a file.

    Raises RecordingError for text, playlists and unknown formats.
    """
    head = os.pread(file.descriptor, HEAD_BYTES, 0)
    kind = _by_magic(head) or _behind_tag(file, head) or _by_frames(head)
    if kind is None:
        raise _refusal(file.path, head)
    return kind


def _by_magic(head: bytes) -> Kind | None:
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return "wav"
    if head[4:8] in _MOV_ATOMS:
        return "mov"
    return next((kind for magic, kind in _MAGICS if head.startswith(magic)), None)


def _behind_tag(file: LocalFile, head: bytes) -> Kind | None:
    """Return the format behind an ID3 tag, which may hold a picture larger than the head."""
    end = mpeg.tag_length(head)
    if not end:
        return None
    behind = os.pread(file.descriptor, HEAD_BYTES, end)
    return "flac" if behind.startswith(b"fLaC") else _by_frames(behind)


def _by_frames(head: bytes) -> Kind | None:
    """Return MPEG audio or ADTS by two frames in a row; neither has a magic number."""
    if mpeg.first_frame(head, mpeg.adts_frame_length) == 0:
        return "aac"
    return None if mpeg.first_frame(head, mpeg.audio_frame_length) is None else "mp3"


def _refusal(path: Path, head: bytes) -> RecordingError:
    if _PLAYLIST.match(head.removeprefix(b"\xef\xbb\xbf")):
        return RecordingError(
            "this is a list that names other files, not a recording",
            path=path,
            remedy="Put the recording itself there.",
        )
    if _is_text(head):
        return RecordingError(
            "this is text, not sound",
            path=path,
            remedy="A transcript is named NAME.raw.txt, .raw.srt, .raw.vtt or .raw.json.",
        )
    return RecordingError(
        f"no kind of sound Konspekt knows ({KNOWN})", path=path, remedy=_CONVERT
    )


def _is_text(head: bytes) -> bool:
    """Return whether the head is UTF-8 without control characters.

    A character may be cut at its end.
    """
    if re.search(rb"[\x00-\x08\x0e-\x1f]", head):
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True
