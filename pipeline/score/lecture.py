"""A lecture's transcript against the reference beside its recording."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from pipeline.data import LectureScore, Transcript
from pipeline.errors import FormatError
from pipeline.score.scoring import score_texts

_TIMES = re.compile(r"^\s*(?:\d+:)?\d+:\d+[.,]\d+\s+-->\s")
_MARKUP = re.compile(r"<[^<>\n]*>")


def score_lecture(reference: Path, transcript: Transcript) -> LectureScore:
    """The kept text against the reference, raw and normalised. Raises FormatError for a reference without a word."""
    text, digest = read_reference(reference)
    hypothesis = " ".join(sentence.text for sentence in transcript.sentences)
    raw, normalised = score_texts(text, hypothesis)
    return LectureScore(transcript.recording, reference.name, digest, raw, normalised)


def read_reference(path: Path) -> tuple[str, str]:
    """The words of a reference (plain text, SRT or VTT; UTF-8 or UTF-16) and the file's SHA-256."""
    try:
        content = path.read_bytes()
        encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        text = content.decode(encoding)
    except OSError as error:
        raise FormatError(
            f"cannot be read: {error.strerror or error}", path=path, remedy="Check the file and its rights."
        ) from error
    except UnicodeDecodeError as error:
        raise FormatError(f"not UTF-8: {error.reason}", path=path, remedy="Save the reference as UTF-8.") from None
    if path.suffix.lower() in (".srt", ".vtt"):
        text = _cues(text)
    if not text.split():
        raise FormatError("the reference has no words", path=path, remedy="Write the reference, or remove the file.")
    return text, hashlib.sha256(content).hexdigest()


def _cues(text: str) -> str:
    """The spoken lines of subtitles: what follows a line of times, up to the next blank line, markup off."""
    lines: list[str] = []
    inside = False
    for line in text.splitlines():
        if _TIMES.match(line):
            inside = True
        elif not line.strip():
            inside = False
        elif inside:
            lines.append(_MARKUP.sub("", line))
    return "\n".join(lines)
