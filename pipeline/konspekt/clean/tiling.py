"""The first law, checked from artifacts alone: kept sentences and removals tile every window's raw
text, once.
"""

from __future__ import annotations

from collections.abc import Iterable

from konspekt.data import RawTranscript, Removal, Sentence, Transcript
from konspekt.errors import FormatError

REMEDY = "Clean the recording again; if it comes back, it is a bug: please report it."


def check_tiling(
    raw: RawTranscript, transcript: Transcript, removals: Iterable[Removal]
) -> None:
    """Raise FormatError, with window and offset, if a character is missing, there twice or
    changed.
    """
    spans: dict[int, list[Sentence | Removal]] = {
        decoded.id: [] for decoded in raw.windows
    }
    everything: tuple[Sentence | Removal, ...] = (*transcript.sentences, *removals)
    for span in everything:
        if span.window not in spans:
            raise _broken(
                span.window, span.char_start, "the recording has no such window"
            )
        spans[span.window].append(span)
    for decoded in raw.windows:
        _check(
            decoded.id,
            decoded.text,
            sorted(
                spans[decoded.id], key=lambda span: (span.char_start, span.char_end)
            ),
        )


def _check(decoded: int, text: str, spans: Iterable[Sentence | Removal]) -> None:
    at = 0
    for span in spans:
        if span.char_start != at:
            problem = (
                "text is missing" if span.char_start > at else "text is there twice"
            )
            raise _broken(decoded, min(at, span.char_start), problem)
        if span.char_end <= span.char_start:
            raise _broken(decoded, at, "a span is empty")
        redacted = isinstance(span, Removal) and span.redacted
        if not redacted and span.text != text[span.char_start : span.char_end]:
            raise _broken(decoded, at, "a span's text is not that of the window")
        if isinstance(span, Sentence):
            _check_replacements(decoded, text, span)
        if at and text[at].isspace():
            raise _broken(
                decoded, at, "white space does not belong to the span before it"
            )
        at = span.char_end
    if at != len(text):
        raise _broken(decoded, at, "text is missing")


def _check_replacements(decoded: int, text: str, sentence: Sentence) -> None:
    at = sentence.char_start
    for span in sentence.replacements:
        if (
            span.window != decoded
            or not at <= span.char_start < span.char_end <= sentence.char_end
        ):
            raise _broken(decoded, span.char_start, "a replacement is not in its place")
        if span.text != text[span.char_start : span.char_end]:
            raise _broken(
                decoded,
                span.char_start,
                "a replacement's text is not that of the window",
            )
        at = span.char_end


def _broken(decoded: int, char: int, problem: str) -> FormatError:
    return FormatError(f"window {decoded}, character {char}: {problem}", remedy=REMEDY)
