"""What a transcription server answers (`verbose_json`), as segments of the recording.

Servers differ, and only the text is sure to be there. Words stand in the segments, in a list of
their own without marks (OpenAI), or in both (speaches). whisper.cpp has tokens in their place, and
languages by their English names. Some servers leave figures out, others write 0.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any

from konspekt.course.settings import SpeechEndpointOptions, name_endpoint_setting
from konspekt.data import Segment
from konspekt.endpoint.client import AnswerError
from konspekt.errors import FormatError
from konspekt.formats.document import Figures, SpokenWord, Utterance
from konspekt.formats.json_object import JsonObject, read_objects
from konspekt.formats.json_segments import read_language, read_segment, read_words
from konspekt.formats.source import EXPORT_AGAIN, Source, whole_characters
from konspekt.transcribe.decode.result import DecodingResult, compression_ratio
from konspekt.transcribe.decode.segments import place_word, round_figure, times_in
from konspekt.transcribe.speech.windows import Window

BASE_URL = name_endpoint_setting(SpeechEndpointOptions, "base_url")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a server was asked for."""

    window: Window
    temperature: float
    language: str | None  # None: the server decides
    terms: tuple[str, ...]  # of the prompt
    word_times: bool


@dataclass(frozen=True, slots=True)
class SpeechReply(DecodingResult):
    """A window's text and figures without tokens; its language is "" where nobody names one."""

    segments: tuple[Segment, ...] = ()


def read_reply(host: str, body: str, asked: Asked) -> SpeechReply:
    """Return what a server answered. Raises AnswerError.

    Figures that nobody knows are those of a good text. Times outside the window are moved to its
    ends, and those that go back to where the segment before begins: what is written stays. A time
    that is negative or no number is refused.
    """
    source = Source(Path(host), body, "")
    try:
        found = source.parse_json(body)
        document = found if isinstance(found, dict) else {}
        utterances = _read_utterances(source, document, asked)
    except FormatError as error:
        raise AnswerError(
            f"{host}: the answer is no transcription ({error.what})",
            remedy=f"Check {BASE_URL} and the server's log.",
        ) from None
    segments = tuple(_place_all(utterances, asked))
    return SpeechReply(
        language=asked.language or _read_language(document.get("language")) or "",
        tokens=(),
        text="".join(one.text for one in segments),
        avg_logprob=_mean_logprob(segments),
        no_speech_prob=max(
            (one.no_speech_prob or 0.0 for one in segments), default=0.0
        ),
        temperature=asked.temperature,
        is_prompted=bool(asked.terms),
        segments=segments,
    )


def _read_utterances(
    source: Source, document: Mapping[str, Any], asked: Asked
) -> list[Utterance]:
    """Return the segments that have text, with words where they are wanted.

    Their times count from the window's start. Without segments the whole text is one.
    """
    written, text = document.get("segments"), document.get("text")
    if written:
        items = read_objects(source, written, "segments", "segment")
        found = [_read_segment(item, asked) for item in items]
    elif isinstance(text, str):
        found = [
            Utterance("", whole_characters(text), 0.0, asked.window.sound_duration)
        ]
    else:
        raise source.error("it has neither segments nor text", EXPORT_AGAIN)
    utterances = _set_apart([one for one in found if one.text.strip()])
    if not asked.word_times or any(one.words for one in utterances):
        return utterances
    whole = JsonObject(source, "answer", 1, document)
    return _share_words(utterances, read_words(whole, 0.0, asked.window.sound_duration))


def _read_segment(item: JsonObject, asked: Asked) -> Utterance:
    """Return a segment; a mean log-probability of 0 stands for figures that nobody knows."""
    segment = read_segment(item)
    words = _join_pieces(segment.words) if asked.word_times else ()
    figures = segment.figures if segment.figures.avg_logprob else Figures()
    return replace(segment, words=words, figures=figures)


def _set_apart(segments: Sequence[Utterance]) -> list[Utterance]:
    """Return the segments, with spaces between them where the server has cut off all of them.

    A segment without a space before it may go on within a word of the one before.
    """
    first, later = segments[:1], segments[1:]
    if any(one.text[:1].isspace() for one in later):
        return list(segments)
    return [*first, *(replace(one, text=f" {one.text}") for one in later)]


def _join_pieces(words: Sequence[SpokenWord]) -> tuple[SpokenWord, ...]:
    """Return whole words; one without a space before it is a piece, if others have one."""
    if not any(word.text[:1].isspace() for word in words[1:]):
        return tuple(words)
    joined: list[SpokenWord] = []
    for word in words:
        if joined and not word.text[:1].isspace():
            before = joined.pop()
            word = replace(before, text=before.text + word.text, end=word.end)
        joined.append(word)
    return tuple(joined)


def _share_words(
    segments: Sequence[Utterance], words: Sequence[SpokenWord]
) -> list[Utterance]:
    """Return the segments, each with the words whose middle lies before the next one begins."""
    starts = [one.start or 0.0 for one in segments[1:]]
    shares = defaultdict[int, list[SpokenWord]](list)
    for word in words:
        shares[bisect_right(starts, (word.start + word.end) / 2)].append(word)
    return [replace(one, words=tuple(shares[row])) for row, one in enumerate(segments)]


def _read_language(value: object) -> str | None:
    """Return a language's code, of its English name too; None where it is not known."""
    from whisper.tokenizer import TO_LANGUAGE_CODE

    code = TO_LANGUAGE_CODE.get(value.lower()) if isinstance(value, str) else None
    return code or read_language(value)


def _place_all(utterances: Sequence[Utterance], asked: Asked) -> Iterator[Segment]:
    """Yield the segments in seconds of the recording, none before the one before it.

    Each has the compression ratio of all the window's text.
    """
    window, since = asked.window, asked.window.start
    ratio = compression_ratio("".join(one.text for one in utterances))
    for one in utterances:
        start, end = times_in(window, one.start or 0.0, one.end or 0.0)
        since = max(since, start)
        figures, temperature = one.figures, one.figures.temperature
        if temperature is None:
            temperature = asked.temperature
        yield Segment(
            since,
            max(since, end),
            one.text,
            words=tuple(place_word(word, window) for word in one.words),
            seek=0.0,
            avg_logprob=round_figure(figures.avg_logprob),
            no_speech_prob=round_figure(figures.no_speech_prob),
            compression_ratio=round_figure(ratio),
            temperature=round_figure(temperature),
        )


def _mean_logprob(segments: Sequence[Segment]) -> float:
    """Return the mean log-probability by length of text, 0 where none is known."""
    known = {row: p for row, one in enumerate(segments) if (p := one.avg_logprob)}
    return (
        fmean(known.values(), [len(segments[row].text) for row in known])
        if known
        else 0.0
    )
