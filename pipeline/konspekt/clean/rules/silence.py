"""Silence: what Whisper takes for a stretch without speech, or doubts where nobody speaks by
voice activity detection.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator

from konspekt.clean.context import Context
from konspekt.clean.doubt import MAX_NO_SPEECH_LOGPROB, MIN_NO_SPEECH_PROB, doubt
from konspekt.clean.reasons import Code, Explanation, Reason
from konspekt.clean.rule import Rule
from konspekt.data import DecodedWindow, Removal, Segment
from konspekt.text.spans import times_of, total
from konspekt.text.words import alphabetic_length

# Seconds by which the words of a window with speech in it must miss that speech: Whisper's times
# are rough.
MIN_AWAY = 2.0
# less than a minute and a half does not show what is usual in a recording
MIN_WINDOWS = 3
# A recording in which nobody speaks by voice activity detection, and no lecture by its text:
# people say 100 to 180 words a minute, so these are some ten seconds in two minutes or more.
MAX_STRAY_WORDS = 30
# characters of an alphabet: where no spaces are written, words cannot be counted
MAX_STRAY_LENGTH = 240
MIN_STRAY_DURATION = 120.0  # seconds

# avg_logprob of a few words where the whole recording is nearly empty: of 20 utterances alone in
# 29 s of a quiet room Whisper base gave none less than -0.56 (docs/cleaning.md).
MAX_EMPTY_LOGPROB = -0.8
# Seconds of speech by VAD that are at most a blip in a recording of MIN_BLIP_DURATION and more:
# a cough, a laugh, or a few words.
MAX_BLIP = 3.0
MIN_BLIP_DURATION = 30.0

SILENCE = Reason(
    "silence",
    {"en": "text where nobody speaks", "ru": "текст там, где никто не говорит"},
)
NO_SPEECH = Code(
    "no-speech",
    SILENCE,
    {
        "en": "Whisper itself takes this for silence: it gives silence the probability "
        "{no_speech_prob.2}, and its own words a mean log probability of {avg_logprob.2}",
        "ru": "сам Whisper принимает это за тишину: её вероятность {no_speech_prob.2}, "
        "а средний логарифм вероятности его слов {avg_logprob.2}",
    },
)
NOBODY_SPEAKS = Code(
    "nobody-speaks",
    SILENCE,
    {
        "en": "voice activity detection finds nobody here, and Whisper doubts its words ({doubt})",
        "ru": "детектор речи никого здесь не находит, и Whisper не уверен в своих словах ({doubt})",
    },
)
EMPTY_ROOM = Code(
    "empty-room",
    SILENCE,
    {
        "en": "{rate.1:character|characters} a second, no window of the whole recording is full of "
        "speech, and Whisper doubts its words ({doubt})",
        "ru": "{rate.1:символ|символа|символов} в секунду, во всей записи нет ни одного окна, "
        "полного речи, и Whisper не уверен в своих словах ({doubt})",
    },
)
BLIP = Code(
    "blip",
    SILENCE,
    {
        "en": "voice activity detection finds {seconds.1} s of speech in the whole recording, and "
        "Whisper doubts its words ({doubt}): listen whether somebody speaks here",
        "ru": "детектор речи находит во всей записи {seconds.1} с речи, и Whisper не уверен в "
        "своих словах ({doubt}): послушайте, говорит ли здесь кто-нибудь",
    },
)
STRAY = Code(
    "stray-words",
    SILENCE,
    {
        "en": "voice activity detection finds nobody in the whole recording ({minutes.1} min), and "
        "{count:word is|words are} all its text: listen whether somebody speaks here",
        "ru": "детектор речи не находит никого во всей записи ({minutes.1} мин), и весь её текст — "
        "{count:слово|слова|слов}: послушайте, говорит ли здесь кто-нибудь",
    },
)


def silence(context: Context) -> Iterator[Removal]:
    """Yield what Whisper takes for silence in every segment of a window, and where nobody speaks
    what it doubts.

    The first is Whisper's own rule, by which it leaves out a whole window: sure of silence, unsure
    of its own words. Where voice activity detection finds nobody, one of Whisper's two figures is
    enough. Detection alone never is, for it may be wrong. There is one exception: it finds nobody
    in the whole recording, and a few words are all the text. A lecture that it missed would have
    left more. Where no speech regions are known, a few doubtful words go if no window of the whole
    recording is full of speech: then it is music, or an empty room. So they do where detection
    finds no more than a blip. Windows that came without figures stay.
    """
    stray = _explain_stray(context)
    is_empty = context.facts.speech is None and _is_empty(context)
    blip = _measure_blip(context)
    for index, window in enumerate(context.windows):
        own = _explain_own_figures(window.decoded)
        doubts = doubt(window.decoded, MAX_EMPTY_LOGPROB)
        if own is not None:
            yield from _take_all(context, index, own)
        elif away := list(_find_away(context, index)):
            yield from away
        elif blip is not None and doubts is not None:
            yield from _take_all(context, index, _explain_blip(blip, doubts))
        elif is_empty and doubts is not None:
            yield from _find_in_empty_room(context, index, doubts)
        elif stray is not None:
            yield from _take_all(context, index, stray)


def _take_all(context: Context, index: int, why: Explanation) -> Iterator[Removal]:
    """Yield all that is kept of a window."""
    for span in context.kept[index]:
        yield context.removal(index, span, why)


def _explain_own_figures(decoded: DecodedWindow) -> Explanation | None:
    """Return the evidence if Whisper takes every segment for silence; None if it does not."""
    segments = [segment for segment in decoded.segments if segment.text.strip()]
    figures = [
        pair for segment in segments if (pair := _no_speech(segment)) is not None
    ]
    if not segments or len(figures) < len(segments):
        return None
    no_speech_prob, avg_logprob = (
        min(prob for prob, _ in figures),
        max(logprob for _, logprob in figures),
    )
    words = (
        f"Whisper itself takes this for silence: no_speech_prob {no_speech_prob:.2f} is "
        f"above {MIN_NO_SPEECH_PROB}"
        f", avg_logprob {avg_logprob:.2f} below {MAX_NO_SPEECH_LOGPROB}"
    )
    return NO_SPEECH.because(
        words, {"no_speech_prob": no_speech_prob, "avg_logprob": avg_logprob}
    )


def _explain_stray(context: Context) -> Explanation | None:
    """Return the explanation where the text is a few stray words of a recording in which nobody
    speaks; None elsewhere.
    """
    facts = context.facts
    is_silent = facts.speech == () and facts.duration >= MIN_STRAY_DURATION
    if not is_silent or not _is_stray(context):
        return None
    count, minutes = _count_words(context), round(facts.duration / 60, 1)
    words = (
        f"no speech is found in the whole recording of {minutes:g} minutes, and {count} "
        "words are all its text"
    )
    return STRAY.because(words, {"count": count, "minutes": minutes})


def _is_stray(context: Context) -> bool:
    """Return whether what is kept of the whole recording is a few words."""
    length = sum(
        alphabetic_length(context.windows[index].text[begin:end])
        for index, spans in enumerate(context.kept)
        for begin, end in spans
    )
    return _count_words(context) <= MAX_STRAY_WORDS and length <= MAX_STRAY_LENGTH


def _count_words(context: Context) -> int:
    """Return how many words are kept of the whole recording."""
    return sum(
        len(context.words(index, span))
        for index, spans in enumerate(context.kept)
        for span in spans
    )


def _is_empty(context: Context) -> bool:
    """Return whether no window of a recording of some length is as full as speech is."""
    return len(context.windows) >= MIN_WINDOWS and not any(
        context.is_dense(i) for i in range(len(context.windows))
    )


def _measure_blip(context: Context) -> float | None:
    """Return the seconds of speech where they are next to nothing of a recording, and its text a
    few words; None elsewhere, and where no speech regions are known.
    """
    speech, duration = context.facts.speech, context.facts.duration
    if speech is None or duration < MIN_BLIP_DURATION or not _is_stray(context):
        return None
    seconds = total(times_of(speech))
    return seconds if seconds <= MAX_BLIP else None


def _explain_blip(seconds: float, doubts: str) -> Explanation:
    words = (
        f"{seconds:.1f} s of speech are found in the whole recording, and Whisper doubts its "
        f"words: {doubts}"
    )
    return BLIP.because(words, {"seconds": round(seconds, 1), "doubt": doubts})


def _find_in_empty_room(context: Context, index: int, doubts: str) -> Iterator[Removal]:
    """Yield what is kept of a doubtful window of a few words."""
    if context.is_thin(index):
        rate = round(context.rate(index), 2)
        words = (
            f"no window of this recording is full of speech, this one has {rate:.1f} "
            "characters a second, and Whisper "
            f"doubts its words: {doubts}"
        )
        for span in context.kept[index]:
            yield context.removal(
                index, span, EMPTY_ROOM.because(words, {"rate": rate, "doubt": doubts})
            )


def _find_away(context: Context, index: int) -> Iterator[Removal]:
    """Yield what is kept of a doubtful window away from all speech: all of it if it holds none,
    else its sentences. Nothing where no speech regions are known.
    """
    window = context.windows[index]
    doubts = doubt(window.decoded)
    if context.facts.speech is None or doubts is None:
        return
    why = NOBODY_SPEAKS.because(
        f"no speech is found here, and Whisper doubts its words: {doubts}",
        {"doubt": doubts},
    )
    if not _meets_speech(context, window.start, window.end):
        yield from _take_all(context, index, why)
    elif window.clock.is_timed:
        for span in context.sentences(index):
            start, end = (
                context.start_of(index, span[0]),
                context.end_of(index, span[1]),
            )
            if not _meets_speech(context, start - MIN_AWAY, end + MIN_AWAY):
                yield context.removal(index, span, why)


def _meets_speech(context: Context, start: float, end: float) -> bool:
    speech = context.facts.speech or ()
    first = bisect_right(speech, start, key=lambda region: region.end)
    return first < len(speech) and speech[first].start < end


def _no_speech(segment: Segment) -> tuple[float, float] | None:
    """Return no_speech_prob and avg_logprob if both say that nobody speaks; None if they do not."""
    prob, logprob = segment.no_speech_prob, segment.avg_logprob
    if prob is None or logprob is None:
        return None
    is_silent = (
        MIN_NO_SPEECH_PROB < prob <= 1 and -math.inf < logprob < MAX_NO_SPEECH_LOGPROB
    )
    return (prob, logprob) if is_silent else None


RULE = Rule(
    "silence",
    silence,
    (NO_SPEECH, NOBODY_SPEAKS, EMPTY_ROOM, BLIP, STRAY),
    {
        "en": "the rule silence: what Whisper wrote where it takes the sound for silence stays in "
        "the text",
        "ru": "правила silence: то, что Whisper написал там, где сам находит тишину, осталось "
        "в тексте",
    },
    judges_one_window=True,
)
