"""A lecture's transcript against the references beside its recording."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from pipeline.data import LectureScore, Transcript
from pipeline.errors import FormatError
from pipeline.score.scoring import score_texts
from pipeline.text.encoding import decode
from pipeline.text.subtitles import srt_cues, vtt_cues

_SUBTITLES = {".srt": srt_cues, ".vtt": vtt_cues}


def score_lecture(references: Sequence[Path], transcript: Transcript) -> LectureScore:
    """The kept text against the references, one a part of the lecture and in their order, raw and normalised.

    The score names them joined with " + "; its hash is the only reference's, else SHA-256 over their hex digests one
    after another. Raises FormatError for a reference without a word.
    """
    read = [read_reference(path) for path in references]
    digests = [digest for _, digest in read]
    digest = digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()
    hypothesis = " ".join(sentence.text for sentence in transcript.sentences)
    raw, normalised = score_texts("\n".join(text for text, _ in read), hypothesis, transcript.language)
    names = " + ".join(path.name for path in references)
    return LectureScore(transcript.recording, names, digest, raw, normalised)


def read_reference(path: Path) -> tuple[str, str]:
    """The words of a reference (plain text, SRT or VTT, encoded and read as a raw transcript is) and its SHA-256."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FormatError(
            f"cannot be read: {error.strerror or error}", path=path, remedy="Check the file and its rights."
        ) from error
    text = decode(path, content)
    cues_of = _SUBTITLES.get(path.suffix.lower())
    if cues_of is not None and text.strip():
        text = "\n".join(cue.text for cue in cues_of(path, text))
    if not text.split():
        raise FormatError("the reference has no words", path=path, remedy="Write the reference, or remove the file.")
    return text, hashlib.sha256(content).hexdigest()
