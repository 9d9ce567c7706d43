"""What sentence embeddings decide of a suspect: a few words alone in a thin window that no
neighbour bears out.

How alike two texts must be differs from model to model, so no cosine is compared with a number.
Ranks decide. A suspect goes where it and an invented phrase are closer to each other than either is
to anything said in full windows. docs/cleaning.md counts what that is worth.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING

from konspekt.clean.context import Context, Span
from konspekt.clean.reasons import PHRASE, Code, Figure
from konspekt.data import Removal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from konspekt.models.similarity import SentenceSimilarity

    Vectors = Mapping[str, NDArray[np.float32]]

MIN_SENTENCE_WORDS = 4
# Sentences of full windows. Fewer do not show how near a lecturer comes to a phrase by chance: the
# nearest of N honest sentences is passed by one honest sentence in N + 1.
MIN_SAID = 50
MAX_SAID = 300  # evenly taken from the whole recording: each costs the model its time

NEAR_PHRASE = Code(
    "near-phrase",
    PHRASE,
    {
        "en": "{rate.1:character|characters} a second, no words in common with the windows beside "
        "it, and it and a phrase that this recording repeats («{phrase}») are closer to each other "
        "than to anything that full windows of it say",
        "ru": "{rate.1:символ|символа|символов} в секунду, с соседними окнами нет общих слов, "
        "и по смыслу оно и фраза, которая повторяется в этой записи («{phrase}»), ближе друг "
        "к другу, чем ко всему, что сказано в её полных окнах",
    },
)


@dataclass(frozen=True, slots=True)
class Suspect:
    """A thin window that agrees with no neighbour."""

    index: int
    span: Span
    text: str


def judge_suspects(
    context: Context,
    similarity: SentenceSimilarity,
    suspects: Sequence[Suspect],
    phrases: Sequence[str],
) -> Iterator[Removal]:
    """Yield the removals of suspects that vary one of the `phrases` learned from this recording.

    A recording with too little speech does not show what is usual in it: then nothing is compared.
    """
    if not suspects or not phrases:
        return
    spoken = lecture_sentences(context)
    if len(spoken) < MIN_SAID:
        return
    texts = sorted({*phrases, *spoken, *(suspect.text for suspect in suspects)})
    vectors = dict(zip(texts, similarity.embed(texts), strict=True))
    for suspect in suspects:
        removal = _judge_by_phrases(context, suspect, phrases, spoken, vectors)
        if removal is not None:
            yield removal


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


def _judge_by_phrases(
    context: Context,
    suspect: Suspect,
    phrases: Sequence[str],
    spoken: Sequence[str],
    vectors: Vectors,
) -> Removal | None:
    """Return a removal if a suspect comes first for the phrase closest to it, and the phrase for
    it, among all that the lecturer says; else None.
    """
    phrase, kinship = _nearest(vectors, suspect.text, phrases)
    _, nearest = _nearest(vectors, suspect.text, spoken)
    _, honest = _nearest(vectors, phrase, spoken)
    if kinship <= max(nearest, honest):
        return None
    words = (
        f"{describe_suspect(context, suspect)}, and it and a phrase learned from this recording "
        "are closer to each other than to anything that it says in full windows"
    )
    figures: dict[str, Figure] = {
        "rate": round(context.rate(suspect.index), 2),
        "kinship": round(kinship, 3),
        "nearest": round(nearest, 3),
        "honest": round(honest, 3),
        "similarity": context.similarity.name if context.similarity else "",
    }
    evidence = NEAR_PHRASE.because(words, figures, phrase=phrase)
    return context.removal(suspect.index, suspect.span, evidence)


def _nearest(vectors: Vectors, text: str, others: Sequence[str]) -> tuple[str, float]:
    """Return the text that is closest to another, and their cosine."""
    cosines = ((other, float(vectors[text] @ vectors[other])) for other in others)
    return max(cosines, key=itemgetter(1))
