"""A lecture's transcript against the references beside its recording."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from konspekt.data import LectureScore, Part, Transcript
from konspekt.errors import FormatError
from konspekt.formats import SpokenWord, Utterance
from konspekt.score.comparing import compare
from konspekt.score.pairing import pair_utterances
from konspekt.score.profiles import profile_of
from konspekt.score.scoring import sum_counts
from konspekt.score.utterances import read_utterances


def score_lecture(references: Sequence[Path], transcript: Transcript) -> LectureScore:
    """Return the score of the kept text, raw and normalised. References are one a part of the
    lecture, in their order.

    The score names them joined with " + "; its hash is the only reference's, else SHA-256 over
    their hex digests one after another. Raises FormatError for a reference without a word, or one
    of no known format.
    """
    paired = pair_utterances(read_references(references), utterances_of(transcript))
    texts = [(match.reference_text, match.hypothesis_text) for match in paired.matches]
    raw, normalised = (
        sum_counts(
            [
                compare(reference, hypothesis, profile)
                for reference, hypothesis in texts
            ],
            profile,
            cer=True,
        )
        for profile in ("raw", profile_of(transcript.language))
    )
    return LectureScore(
        transcript.recording, names_of(references), hash_of(references), raw, normalised
    )


def names_of(references: Sequence[Path]) -> str:
    """Return the references' file names, joined with " + "."""
    return " + ".join(path.name for path in references)


def hash_of(references: Sequence[Path]) -> str:
    """Return the SHA-256 of the only reference; of several that of their hex digests after one
    another.
    """
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in references]
    return (
        digests[0]
        if len(digests) == 1
        else hashlib.sha256("".join(digests).encode()).hexdigest()
    )


def read_references(
    references: Sequence[Path], parts: Sequence[Part] = ()
) -> tuple[Utterance, ...]:
    """Return the utterances of a lecture's references, in the order of its parts.

    Times of a reference are from the start of its own part. With `parts`, one a reference, they
    become those of the lecture; without them those of several references are dropped. Raises
    FormatError for a reference without a word.
    """
    found: list[Utterance] = []
    for index, path in enumerate(references):
        utterances = read_utterances(path)
        if not any(utterance.text.split() for utterance in utterances):
            raise FormatError(
                "the reference has no words",
                path=path,
                remedy="Write the reference, or remove the file.",
            )
        if len(references) == 1:
            found += utterances
        elif len(parts) == len(references):
            found += (_later(utterance, parts[index].start) for utterance in utterances)
        else:
            found += (
                replace(utterance, start=None, end=None, words=())
                for utterance in utterances
            )
    return tuple(found)


def utterances_of(transcript: Transcript) -> tuple[Utterance, ...]:
    """Return the kept sentences as people read them."""
    return tuple(
        Utterance("", sentence.reading, sentence.start, sentence.end)
        for sentence in transcript.sentences
    )


def _later(utterance: Utterance, seconds: float) -> Utterance:
    start, end = (
        None if time is None else time + seconds
        for time in (utterance.start, utterance.end)
    )
    words = tuple(
        SpokenWord(word.text, word.start + seconds, word.end + seconds)
        for word in utterance.words
    )
    return replace(utterance, start=start, end=end, words=words)
