"""Captions in capitals: «АПЛОДИСМЕНТЫ», "[MUSIC PLAYING]". Subtitles for the deaf write so what is
no speech, and Whisper learned it from them.

Whisper writes speech in small letters but for short forms («ГОСТ», "WER") and names. So words in
capitals that are all of a long stretch are a caption, unless the lecture speaks of the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set

from konspekt.clean.context import MIN_DENSE_RATE, Context, Span
from konspekt.clean.phrases import lists, plain
from konspekt.clean.reasons import PHRASE, Code
from konspekt.clean.rule import Rule
from konspekt.data import Removal

# letters: a short form has fewer in one word
MIN_LONG_WORD = 7
# letters of each of two words, neither of which then is a short form
MIN_WORD = 4
# Letters of a word that two of its forms have in common: «музыка», «музыкой».
STEM = 5
MAX_CHARS = 200
MAX_CAPITAL_SHARE = (
    0.5  # of the letters of full windows: else all is written in capitals
)

_BRACKETS = (("[", "]"), ("(", ")"), ("*", "*"), ("♪", "♪"))

CAPITALS = Code(
    "caption",
    PHRASE,
    {
        "en": "capitals at {rate.1:character|characters} a second, and nowhere else do these words "
        "come: a caption of subtitles, no speech",
        "ru": "заглавные буквы, {rate.1:символ|символа|символов} в секунду, и больше нигде этих "
        "слов нет: подпись в субтитрах, а не речь",
    },
)


def captions(context: Context) -> Iterator[Removal]:
    """Yield windows and segments that are nothing but a caption in capitals."""
    if _is_in_capitals(context):
        return
    spoken = _spoken_stems(context)
    for index in range(len(context.windows)):
        for span, seconds in _alone(context, index):
            text = context.windows[index].text[span[0] : span[1]].strip()
            rate = len(text) / seconds if seconds else MIN_DENSE_RATE
            if rate < MIN_DENSE_RATE and is_caption(text) and not spoken & _stems(text):
                words = f"a caption in capitals, {rate:.1f} characters a second"
                why = CAPITALS.because(words, {"rate": round(rate, 2)})
                yield context.removal(index, span, why)


def is_caption(text: str) -> bool:
    """Return whether a text has the shape of a caption: capitals that are no short form."""
    if len(text) > MAX_CHARS or not _is_upper(text):
        return False
    lengths = [len(word) for word in _words(text)]
    if max(lengths) >= MIN_LONG_WORD or plain(text) in lists().captions:
        return True
    is_bracketed = any(text[0] == a and text[-1] == b for a, b in _BRACKETS)
    long_enough = sum(length >= MIN_WORD for length in lengths)
    return long_enough >= (1 if is_bracketed else 2)


def _alone(context: Context, index: int) -> Iterator[tuple[Span, float]]:
    """Yield what may be a caption, with its seconds: all that is kept of a window, or each of its
    segments.
    """
    window, spans = context.windows[index], context.kept[index]
    if len(spans) == 1 and is_caption(window.text[slice(*spans[0])].strip()):
        yield spans[0], window.duration
        return
    at = 0
    for segment in window.decoded.segments:
        span = (at, at + len(segment.text))
        at = span[1]
        if any(start <= span[0] and span[1] <= end for start, end in spans):
            yield span, segment.end - segment.start


def _is_in_capitals(context: Context) -> bool:
    """Return whether the whole transcript is written in capitals."""
    full = [
        window.text
        for index, window in enumerate(context.windows)
        if context.is_dense(index)
    ]
    letters = [char for text in full for char in text if char.lower() != char.upper()]
    capitals = sum(char.isupper() for char in letters)
    return capitals > MAX_CAPITAL_SHARE * len(letters)


def _spoken_stems(context: Context) -> Set[str]:
    """Return the stems of the kept words that are written in small letters."""
    return {
        word.folded[:STEM]
        for index, spans in enumerate(context.kept)
        for span in spans
        for word in context.words(index, span)
        if not _is_upper(word.text)
    }


def _stems(text: str) -> Set[str]:
    return {word[:STEM] for word in plain(text).split() if len(word) >= MIN_WORD}


def _is_upper(text: str) -> bool:
    return text.upper() == text and text.lower() != text


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text)


RULE = Rule(
    "captions",
    captions,
    (CAPITALS,),
    {
        "en": "the rule captions: captions in capitals stay in the text",
        "ru": "правила captions: подписи заглавными буквами остались в тексте",
    },
    judges_one_window=True,
)
