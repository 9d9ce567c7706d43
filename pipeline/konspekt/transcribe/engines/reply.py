"""What a transcription server answers (`verbose_json`), as segments of the recording.

Servers differ, and only the text is sure to be there. Words stand in the segments, in a list of
their own without marks (OpenAI), or in both (speaches). whisper.cpp has tokens in their place, and
languages by their English names. Some servers leave figures out, others write 0.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from konspekt.course.settings import SpeechEndpointOptions, name_endpoint_setting
from konspekt.data import Segment, Word
from konspekt.endpoint.client import AnswerError
from konspekt.errors import FormatError
from konspekt.formats.document import Figures, SpokenWord, Utterance
from konspekt.formats.json_object import JsonObject, read_objects
from konspekt.formats.json_segments import read_language, read_segment, read_word
from konspekt.formats.source import EXPORT_AGAIN, Source, whole_characters
from konspekt.transcribe.decode.result import DecodingResult
from konspekt.transcribe.decode.segments import round_figure, time_in
from konspekt.transcribe.speech.windows import Window

BASE_URL = name_endpoint_setting(SpeechEndpointOptions, "base_url")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a server was asked for."""

    window: Window
    temperature: float
    language: str | None  # None: the server decides
    is_prompted: bool
    word_times: bool


@dataclass(frozen=True, slots=True)
class SpeechReply:
    """The segments of a window, and the same in one piece, by which replies are compared."""

    segments: tuple[Segment, ...]
    result: DecodingResult  # without tokens; its language is "" where nobody names one


def read_reply(host: str, body: str, asked: Asked) -> SpeechReply:
    """Return what a server answered. Raises AnswerError.

    Times outside the window are moved to its ends, and those that go back to where the segment
    before begins: what is written stays. A time that is negative or no number is refused.
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
    language = asked.language or _read_language(document.get("language"))
    result = _as_result(utterances, language, asked)
    return SpeechReply(tuple(_place_all(utterances, asked.window, result)), result)


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
        found = [Utterance("", whole_characters(text), 0.0, asked.window.duration)]
    else:
        raise source.error("it has neither segments nor text", EXPORT_AGAIN)
    utterances = _set_apart([one for one in found if one.text.strip()])
    listed = document.get("words") if asked.word_times else None
    if listed and not any(one.words for one in utterances):
        return _share_words(utterances, _read_words(source, listed))
    return utterances


def _read_segment(item: JsonObject, asked: Asked) -> Utterance:
    segment = read_segment(item)
    words = _join_pieces(segment.words) if asked.word_times else ()
    return replace(segment, words=words, figures=_without_zeros(segment.figures))


def _without_zeros(figures: Figures) -> Figures:
    """Return the figures; none where the mean log-probability is 0, which stands for unknown."""
    return Figures() if figures.avg_logprob == 0 else figures


def _set_apart(segments: Sequence[Utterance]) -> list[Utterance]:
    """Return the segments, with spaces between them where the server has cut off all of them.

    A segment without a space before it may go on within a word of the one before.
    """
    later = segments[1:]
    if any(one.text[:1].isspace() for one in later):
        return list(segments)
    return [*segments[:1], *(replace(one, text=f" {one.text}") for one in later)]


def _join_pieces(words: Sequence[SpokenWord]) -> tuple[SpokenWord, ...]:
    """Return whole words; one without a space before it is a piece, if others have one."""
    if not any(word.text[:1].isspace() for word in words[1:]):
        return tuple(words)
    joined: list[SpokenWord] = []
    for word in words:
        if joined and not word.text[:1].isspace():
            text = joined[-1].text + word.text
            joined[-1] = replace(joined[-1], text=text, end=word.end)
        else:
            joined.append(word)
    return tuple(joined)


def _read_words(source: Source, listed: object) -> list[SpokenWord]:
    """Return the words of a list beside the segments."""
    items = read_objects(source, listed, "words", "word")
    words: list[SpokenWord] = []
    now = 0.0
    for item in items:
        word = read_word(item, now, now)
        words.append(word)
        now = word.end
    return words


def _share_words(
    segments: Sequence[Utterance], words: Iterable[SpokenWord]
) -> list[Utterance]:
    """Return the segments, each with the words whose middle lies before the next one begins."""
    starts = [one.start or 0.0 for one in segments[1:]]
    shares = defaultdict[int, list[SpokenWord]](list)
    for word in words:
        shares[bisect_right(starts, (word.start + word.end) / 2)].append(word)
    return [
        replace(one, words=tuple(shares[number])) for number, one in enumerate(segments)
    ]


def _read_language(value: object) -> str | None:
    """Return a language's code, of its English name too; None where it is not known."""
    from whisper.tokenizer import TO_LANGUAGE_CODE

    code = TO_LANGUAGE_CODE.get(value.lower()) if isinstance(value, str) else None
    return code or read_language(value)


def _as_result(
    segments: Sequence[Utterance], language: str | None, asked: Asked
) -> DecodingResult:
    """Return the text of a window and its figures; unknown ones are those of a good text."""
    silences = [one.figures.no_speech_prob or 0.0 for one in segments]
    return DecodingResult(
        language=language or "",
        tokens=(),
        text="".join(one.text for one in segments),
        avg_logprob=_mean_logprob(segments),
        no_speech_prob=max(silences, default=0.0),
        temperature=asked.temperature,
        is_prompted=asked.is_prompted,
    )


def _mean_logprob(segments: Sequence[Utterance]) -> float:
    """Return the mean log-probability by length of text, 0 where none is known."""
    known = [
        (one.figures.avg_logprob, len(one.text))
        for one in segments
        if one.figures.avg_logprob is not None
    ]
    letters = sum(length for _, length in known)
    return sum(rate * length for rate, length in known) / max(1, letters)


def _place_all(
    utterances: Iterable[Utterance], window: Window, result: DecodingResult
) -> Iterator[Segment]:
    """Yield the segments in seconds of the recording, none before the one before it."""
    since = window.start
    for one in utterances:
        since = max(since, time_in(window, one.start or 0.0))
        end = max(since, time_in(window, one.end or 0.0))
        yield _place(one, (since, end), window, result)


def _place(
    one: Utterance, span: tuple[float, float], window: Window, result: DecodingResult
) -> Segment:
    """Return a segment that lies there; it has the compression ratio of all the window's text."""
    figures, temperature = one.figures, one.figures.temperature
    if temperature is None:
        temperature = result.temperature
    return Segment(
        *span,
        text=one.text,
        words=tuple(_place_word(word, window) for word in one.words),
        seek=0.0,
        avg_logprob=round_figure(figures.avg_logprob),
        no_speech_prob=round_figure(figures.no_speech_prob),
        compression_ratio=round_figure(result.compression_ratio),
        temperature=round_figure(temperature),
    )


def _place_word(word: SpokenWord, window: Window) -> Word:
    """Return a word in seconds of the recording."""
    start, end = time_in(window, word.start), time_in(window, word.end)
    return Word(start, end, word.text, round_figure(word.probability))
