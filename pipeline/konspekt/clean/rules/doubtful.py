"""A few words in a long window that Whisper's own figures speak against, whatever is around them.

Where Whisper writes down speech, the attention of its decoder moves on through the sound. Where it
invents, it stays in one place, however sure Whisper is of its words. And a text that failed at
every temperature is no text. In full windows both happen to speech that is hard to understand.
"""

from __future__ import annotations

from collections.abc import Iterator

from konspekt.clean.context import (
    MAX_THIN_RATE,
    MIN_THIN_DURATION,
    Context,
    Rate,
)
from konspekt.clean.doubt import low_logprob, still_attention
from konspekt.clean.reasons import Code, Explanation
from konspekt.clean.rule import Rule
from konspekt.clean.rules.silence import SILENCE
from konspekt.data import Removal

# Half of what lecturers say in the median; a short window does not show how fast one speaks.
MAX_SPARSE_RATE: Rate = 8.0

STILL = Code(
    "still-attention",
    SILENCE,
    {
        "en": "Whisper's attention stays in one place of the sound while it writes these words: it "
        "moves on at {percent}% of them, at speech at half of them and more",
        "ru": "внимание Whisper, пока он пишет эти слова, стоит на месте: оно движется по звуку на "
        "{percent}% из них, а на речи — на половине и больше",
    },
)
FAILED = Code(
    "failed",
    SILENCE,
    {
        "en": "{rate.1:character|characters} a second, and no temperature gave a text that Whisper "
        "believes: a mean log probability of {avg_logprob.2}",
        "ru": "{rate.1:символ|символа|символов} в секунду, и ни при одной температуре не вышло "
        "текста, которому Whisper верит: средний логарифм вероятности {avg_logprob.2}",
    },
)


def doubtful(context: Context) -> Iterator[Removal]:
    """Yield what is kept of windows with a few words that Whisper's figures speak against."""
    for index in range(len(context.windows)):
        why = _explain_still(context, index) or _explain_failed(context, index)
        if why is not None:
            for span in context.kept[index]:
                yield context.removal(index, span, why)


def _explain_still(context: Context, index: int) -> Explanation | None:
    """Return the explanation where the attention stays in one place; None elsewhere."""
    window = context.windows[index]
    moves = still_attention(window.decoded)
    is_short = window.duration < MIN_THIN_DURATION
    if moves is None or not (is_short or context.rate(index) < MAX_SPARSE_RATE):
        return None
    words = f"the attention moves on at {moves:.0%} of the tokens: it does not follow the sound"
    return STILL.because(words, {"percent": round(100 * moves)})


def _explain_failed(context: Context, index: int) -> Explanation | None:
    """Return the explanation where a thin window failed at every temperature; None elsewhere."""
    logprob = low_logprob(context.windows[index].decoded)
    if logprob is None or not context.is_thin(index):
        return None
    rate = context.rate(index)
    words = (
        f"{rate:.1f} characters a second, below {MAX_THIN_RATE:g}, and Whisper believes none of "
        f"its texts: avg_logprob {logprob:.2f}"
    )
    return FAILED.because(words, {"rate": round(rate, 2), "avg_logprob": logprob})


RULE = Rule(
    "doubtful",
    doubtful,
    (STILL, FAILED),
    {
        "en": "the rule doubtful: a few words that Whisper's figures speak against stay in the "
        "text",
        "ru": "правила doubtful: редкие слова, против которых говорят показатели Whisper, остались "
        "в тексте",
    },
    judges_one_window=True,
)
