"""What sentence embeddings decide of a suspect: a few words alone in a thin window that no
neighbour bears out.

How alike two texts must be differs from model to model, so a fixed cosine never decides alone. A
suspect is measured against what the lecturer says in full windows of the same recording, by the
same model. docs/cleaning.md counts what each of the verdicts is worth.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from konspekt.clean.context import Context, Span
from konspekt.clean.doubt import doubt
from konspekt.clean.phrases import lists, plain
from konspekt.clean.reasons import PHRASE, Code, Figure, Reason
from konspekt.data import Removal
from konspekt.models.similarity import understands

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from konspekt.models.similarity import SentenceSimilarity

    Vectors = Mapping[str, NDArray[np.float32]]

MIN_SENTENCE_WORDS = 4
MIN_AROUND = 8  # sentences in the neighbourhood: fewer do not show what is usual there
MIN_KINSHIP = (
    0.6  # cosine to a phrase; besides, it must be more than that of honest sentences
)
# Sentences of full windows. Fewer do not show how near a lecturer comes to a listed phrase by
# chance: the largest of N honest kinships is passed by one honest sentence in N + 1.
MIN_SAID = 50
MAX_SAID = 300  # evenly taken from the whole recording: each costs the model its time

OUTLIER = Reason(
    "outlier", {"en": "does not belong to the lecture", "ru": "не относится к лекции"}
)
NEAR_PHRASE = Code(
    "near-phrase",
    PHRASE,
    {
        "en": "{rate.1:character|characters} a second, no words in common with the windows beside "
        "it, and closer to a phrase that this recording repeats («{phrase}») than to anything "
        "around",
        "ru": "{rate.1:символ|символа|символов} в секунду, с соседними окнами нет общих слов, "
        "и по смыслу это ближе к фразе, которая повторяется в этой записи («{phrase}»), "
        "чем ко всему вокруг",
    },
)
OFF_TOPIC = Code(
    "off-topic",
    OUTLIER,
    {
        "en": "{rate.1:character|characters} a second, no words in common with the windows beside "
        "it though both are full of speech, and further from them than any of their sentences "
        "from the others; Whisper doubts its words too ({doubt})",
        "ru": "{rate.1:символ|символа|символов} в секунду, с соседними окнами нет общих слов, "
        "хотя оба полны речи, и по смыслу это дальше от них, чем любое их предложение "
        "от остальных; Whisper тоже не уверен в своих словах ({doubt})",
    },
)
NEAR_LISTED = Code(
    "near-listed",
    PHRASE,
    {
        "en": "{rate.1:character|characters} a second, no words in common with the windows beside "
        "it, and closer to a recurring hallucination («{phrase}») than anything that full windows "
        "of this recording say; Whisper doubts its words too ({doubt})",
        "ru": "{rate.1:символ|символа|символов} в секунду, с соседними окнами нет общих слов, "
        "и по смыслу это ближе к фразе из списка («{phrase}»), чем всё, что сказано в полных окнах "
        "этой записи; Whisper тоже не уверен в своих словах ({doubt})",
    },
)


@dataclass(frozen=True, slots=True)
class Suspect:
    """A thin window that agrees with no neighbour."""

    index: int
    span: Span
    text: str
    is_between_dense: bool
    around: tuple[str, ...]  # sentences of the dense windows near it


def verdicts(
    context: Context,
    similarity: SentenceSimilarity,
    suspects: Sequence[Suspect],
    phrases: Sequence[str],
) -> Iterator[Removal]:
    """Yield of each suspect at most one removal; `phrases` are those learned from the recording."""
    judged = [suspect for suspect in suspects if _is_judged(context, suspect, phrases)]
    if not judged:
        return
    listed, spoken = _comparable(context, similarity, suspects)
    texts = {*phrases, *listed, *spoken}
    for suspect in judged:
        texts |= {suspect.text, *suspect.around}
    ordered = sorted(texts)
    vectors = dict(zip(ordered, similarity.embed(ordered), strict=True))
    honest = max((_nearest(vectors, text, listed)[1] for text in spoken), default=1.0)
    for suspect in judged:
        removal = _judge_by_phrases(context, suspect, phrases, vectors)
        if removal is None and listed:
            removal = _judge_by_lists(context, suspect, listed, honest, vectors)
        removal = removal or _judge_by_topic(context, suspect, vectors)
        if removal is not None:
            yield removal


def _is_judged(context: Context, suspect: Suspect, phrases: Sequence[str]) -> bool:
    """Return whether some verdict is possible on a suspect."""
    has_phrases = bool(phrases) and len(suspect.around) >= MIN_AROUND
    return has_phrases or _doubt(context, suspect) is not None


def _comparable(
    context: Context, similarity: SentenceSimilarity, suspects: Sequence[Suspect]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the listed phrases that suspects are compared with, and what the lecturer says.

    Both are empty where Whisper doubts no suspect, the model does not know the language, or too
    few full sentences are there to compare.
    """
    doubted = any(_doubt(context, suspect) for suspect in suspects)
    listed = (
        lists().alike
        if doubted and understands(similarity.name, context.language)
        else ()
    )
    spoken = lecture_sentences(context) if listed else ()
    return (listed, spoken) if len(spoken) >= MIN_SAID else ((), ())


def lecture_sentences(context: Context) -> tuple[str, ...]:
    """Return what the lecturer says in full windows, at most `MAX_SAID` sentences from the whole
    recording.
    """
    spoken: dict[str, None] = {}
    for index in range(len(context.windows)):
        if context.is_dense(index):
            for start, end in context.sentences(index):
                if len(context.words(index, (start, end))) >= MIN_SENTENCE_WORDS:
                    spoken[context.windows[index].text[start:end].strip()] = None
    every = max(1, -(-len(spoken) // MAX_SAID))
    return tuple(spoken)[::every]


def describe_suspect(context: Context, suspect: Suspect) -> str:
    """Return what is held against every suspect, in words."""
    rate = f"{context.rate(suspect.index):.1f} characters a second"
    return f"{rate}, no words in common with its neighbours"


def _doubt(context: Context, suspect: Suspect) -> str | None:
    return doubt(context.windows[suspect.index].decoded)


def _nearness(suspect: Suspect, vectors: Vectors) -> float:
    """Return how close the closest sentence around is."""
    return max(
        (float(vectors[suspect.text] @ vectors[text]) for text in suspect.around),
        default=0.0,
    )


def _figures(context: Context, suspect: Suspect, nearest: float) -> dict[str, Figure]:
    name = context.similarity.name if context.similarity else ""
    return {
        "rate": round(context.rate(suspect.index), 2),
        "nearest": round(nearest, 3),
        "similarity": name,
    }


def _judge_by_phrases(
    context: Context, suspect: Suspect, phrases: Sequence[str], vectors: Vectors
) -> Removal | None:
    """Return a removal if a suspect is closer to a phrase learned from this recording than to
    anything around it, and that to it; else None.
    """
    if len(suspect.around) < MIN_AROUND:
        return None
    nearest = _nearness(suspect, vectors)
    for phrase in phrases:
        kinship = float(vectors[suspect.text] @ vectors[phrase])
        theirs = (float(vectors[phrase] @ vectors[text]) for text in suspect.around)
        if kinship >= MIN_KINSHIP and kinship > max(nearest, *theirs):
            words = (
                f"{describe_suspect(context, suspect)}, and closer to a phrase learned from "
                "this recording than to "
                "anything around"
            )
            evidence = NEAR_PHRASE.because(
                words,
                {"kinship": round(kinship, 3), **_figures(context, suspect, nearest)},
                phrase=phrase,
            )
            return context.removal(suspect.index, suspect.span, evidence)
    return None


def _judge_by_lists(
    context: Context,
    suspect: Suspect,
    listed: Sequence[str],
    honest: float,
    vectors: Vectors,
) -> Removal | None:
    """Return a removal if a suspect is closer to a listed phrase than any sentence of the
    lecturer's and all around it are, and Whisper doubts it; else None.
    """
    doubted = _doubt(context, suspect)
    phrase, kinship = _nearest(vectors, suspect.text, listed)
    nearest = _nearness(suspect, vectors)
    if doubted is None or kinship < MIN_KINSHIP or kinship <= max(honest, nearest):
        return None
    words = (
        f"{describe_suspect(context, suspect)}, {doubted}, and closer to a listed phrase than "
        "anything that this "
        "recording says in full windows"
    )
    evidence = NEAR_LISTED.because(
        words,
        {
            "kinship": round(kinship, 3),
            "honest": round(honest, 3),
            "doubt": doubted,
            **_figures(context, suspect, nearest),
        },
        phrase=plain(phrase),
    )
    return context.removal(suspect.index, suspect.span, evidence)


def _judge_by_topic(
    context: Context, suspect: Suspect, vectors: Vectors
) -> Removal | None:
    """Return a removal if a suspect is further from its neighbourhood than that is in itself, and
    Whisper doubts it; else None.

    Without that doubt distance proves nothing: it takes a lecturer's digressions as often as
    invented lines.
    """
    doubted = _doubt(context, suspect)
    if (
        doubted is None
        or not suspect.is_between_dense
        or len(suspect.around) < MIN_AROUND
    ):
        return None
    around = [vectors[text] for text in dict.fromkeys(suspect.around)]
    usual = min(
        max((float(one @ two) for two in around if two is not one), default=1.0)
        for one in around
    )
    nearest = _nearness(suspect, vectors)
    if nearest >= usual:
        return None
    words = (
        f"{describe_suspect(context, suspect)} though both are dense, {doubted}, and further "
        "from them than any of "
        "their sentences from the others"
    )
    evidence = OFF_TOPIC.because(
        words,
        {
            "usual": round(usual, 3),
            "doubt": doubted,
            **_figures(context, suspect, nearest),
        },
    )
    return context.removal(suspect.index, suspect.span, evidence)


def _nearest(vectors: Vectors, text: str, phrases: Sequence[str]) -> tuple[str, float]:
    """Return the phrase closest to a text, and how close it is."""
    return max(
        ((phrase, float(vectors[text] @ vectors[phrase])) for phrase in phrases),
        key=lambda pair: pair[1],
    )
