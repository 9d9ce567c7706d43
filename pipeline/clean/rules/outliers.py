"""Outliers: a few words alone in a thin hearing that nothing around bears out, asked of sentence embeddings.

Embeddings tip a verdict that other evidence suggests, they give none: an honest «Пожалуйста, подойдите к микрофону» is
far from every topic, and an invented ending is close to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING

from pipeline.clean.context import Context, Span
from pipeline.clean.phrases import lists
from pipeline.clean.why import Figure, because
from pipeline.data import Removal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipeline.text.likeness import Likeness

MIN_WORDS = 4
NEIGHBOURHOOD = 2  # dense hearings on each side
MIN_SENTENCES = 8  # in the neighbourhood: fewer do not tell what is usual there
MIN_SENTENCE_WORDS = 4
MIN_KIN_RATIO = 55.0  # rapidfuzz's ratio to a phrase, 0 to 100: 1 in 500 pairs of honest lecture sentences reaches it
MIN_KINSHIP = 0.6  # cosine to a phrase; besides, it must be more than that of anything around


@dataclass(frozen=True, slots=True)
class Suspect:
    """A thin hearing that agrees with no neighbour."""

    index: int
    span: Span
    text: str
    is_between_dense: bool
    around: tuple[str, ...]  # sentences of the dense hearings near it


def outliers(context: Context) -> Iterator[Removal]:
    """Suspects that vary a phrase learned from this recording; by their embeddings, those closer to such a phrase than
    to anything around, or further from their neighbourhood than its own sentences are from one another."""
    phrases = _learned_phrases(context)
    doubtful: list[Suspect] = []
    for suspect in _suspects(context):
        phrase, ratio = _kin(context, suspect, phrases)
        if ratio >= MIN_KIN_RATIO:
            words = f"{_thin(context, suspect)}, and a variation of a phrase learned from this recording"
            rate = round(context.rate(suspect.index), 2)
            evidence = because("phrase-variation", words, phrase=phrase, rate=rate, ratio=round(ratio, 1))
            yield context.removal(suspect.index, suspect.span, "phrase", evidence)
        elif len(suspect.around) >= MIN_SENTENCES and (phrases or suspect.is_between_dense):
            doubtful.append(suspect)
    if doubtful and context.likeness is not None:
        yield from _by_likeness(context, context.likeness, doubtful, phrases)


def _by_likeness(
    context: Context, likeness: Likeness, suspects: Sequence[Suspect], phrases: Sequence[str]
) -> Iterator[Removal]:
    texts = sorted({text for s in suspects for text in (s.text, *s.around)} | set(phrases))
    vectors = dict(zip(texts, likeness.embed(texts), strict=True))
    for suspect in suspects:
        yield from _verdict(context, suspect, phrases, vectors)


def _suspects(context: Context) -> Iterator[Suspect]:
    met = _met(context)
    for index, heard in enumerate(context.heard):
        spans = context.kept[index]
        if len(spans) != 1 or not context.is_thin(index) or heard.id in met:
            continue
        text = heard.text[spans[0][0] : spans[0][1]].strip()
        if len(context.words(index, spans[0])) >= MIN_WORDS and not _is_to_the_room(context, index, spans[0]):
            around = tuple(_around(context, index))
            yield Suspect(index, spans[0], text, _is_between_dense(context, index), around)


def _met(context: Context) -> set[int]:
    """Ids of the hearings that agree with a neighbour: what a seam bears out is real, however thin."""
    seams = [removal for removal in context.removals if removal.reason in ("overlap", "tail")]
    return {r.hearing for r in seams} | {int(r.evidence["hearing"]) for r in seams if "hearing" in r.evidence}


def _is_to_the_room(context: Context, index: int, span: Span) -> bool:
    """Whether a pause after these words is natural: a question, a request, a greeting."""
    text = context.heard[index].text[span[0] : span[1]]
    known = lists()
    return "?" in text or any(
        word.folded.startswith(known.room_stems) or word.folded.endswith(known.room_endings)
        for word in context.words(index, span)
    )


def _is_between_dense(context: Context, index: int) -> bool:
    beside = [other for other in (index - 1, index + 1) if 0 <= other < len(context.heard)]
    here = context.heard[index]
    return len(beside) == 2 and all(
        context.is_dense(other) and here.shared_with(context.heard[other]) > 0 for other in beside
    )


def _around(context: Context, index: int) -> Iterator[str]:
    before = [i for i in range(max(0, index - 2 * NEIGHBOURHOOD), index) if context.is_dense(i)][-NEIGHBOURHOOD:]
    last = min(len(context.heard), index + 1 + 2 * NEIGHBOURHOOD)
    after = [i for i in range(index + 1, last) if context.is_dense(i)][:NEIGHBOURHOOD]
    for other in (*before, *after):
        for span in context.sentences(other):
            if len(context.words(other, span)) >= MIN_SENTENCE_WORDS:
                yield context.heard[other].text[span[0] : span[1]].strip()


def _learned_phrases(context: Context) -> tuple[str, ...]:
    learned = {str(r.evidence["phrase"]) for r in context.removals if r.evidence.get("why") == "repeated-phrase"}
    return tuple(sorted(learned))


def _kin(context: Context, suspect: Suspect, phrases: Sequence[str]) -> tuple[str, float]:
    """The learned phrase that a suspect resembles most, word for word, and how much."""
    from rapidfuzz import fuzz

    words = context.folded(suspect.index, suspect.span)
    return max(((phrase, float(fuzz.ratio(words, phrase))) for phrase in phrases), key=itemgetter(1), default=("", 0.0))


def _thin(context: Context, suspect: Suspect) -> str:
    return f"{context.rate(suspect.index):.1f} characters a second, no words in common with its neighbours"


def _verdict(
    context: Context, suspect: Suspect, phrases: Sequence[str], vectors: Mapping[str, NDArray[np.float32]]
) -> Iterator[Removal]:
    here = vectors[suspect.text]
    around = [vectors[text] for text in dict.fromkeys(suspect.around)]
    nearest = max(float(here @ other) for other in around)
    name = context.likeness.name if context.likeness else ""
    rate = round(context.rate(suspect.index), 2)
    figures: dict[str, Figure] = {"rate": rate, "nearest": round(nearest, 3), "likeness": name}
    thin = _thin(context, suspect)
    for phrase in phrases:
        kinship = float(here @ vectors[phrase])
        if kinship >= MIN_KINSHIP and kinship > max(nearest, *(float(vectors[phrase] @ other) for other in around)):
            words = f"{thin}, and closer to a phrase learned from this recording than to anything around"
            evidence = because("near-phrase", words, phrase=phrase, kinship=round(kinship, 3), **figures)
            yield context.removal(suspect.index, suspect.span, "phrase", evidence)
            return
    usual = min(max(float(one @ two) for two in around if two is not one) for one in around)
    if suspect.is_between_dense and nearest < usual:
        words = f"{thin} though both are dense, and further from them than any of their sentences from the others"
        evidence = because("off-topic", words, usual=round(usual, 3), **figures)
        yield context.removal(suspect.index, suspect.span, "outlier", evidence)
