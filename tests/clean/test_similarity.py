"""Embeddings decide nothing alone: whatever they say, they touch only what other evidence suspects
already, and they decide by ranks, so that every model is good for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from konspekt.clean import clean
from konspekt.clean.context import Context
from konspekt.clean.verdicts import MAX_SAID, lecture_sentences
from konspekt.course.settings import CleanOptions
from konspekt.data import Cleaned, RawTranscript, Removal
from konspekt.models import universal
from konspekt.models.similarity import SentenceSimilarity, open_similarity
from tests.builders import raw_transcript
from tests.clean.cases import GENERIC, LECTURE, LONG_LECTURE, apart, overlapping
from tests.clean.test_laws import recordings

STOCK = "Сегодня мы все вместе должны сохранить наш общий дом и нашу дружбу."
VARIED = "Каждый из нас обязан беречь родной дом."
ASIDE = "Мой дед говорил, что ленивый два раза ходит."
SAID = "На самом деле здесь очень легко обмануть и себя, и заказчика."


class Adversary:
    """Says of each text whatever it was told to, by the text's place."""

    name = "adversary"

    def __init__(self, angles: Sequence[float]) -> None:
        self.angles = angles
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked.extend(texts)
        angles = [self.angles[i % len(self.angles)] for i in range(len(texts))]
        return np.asarray([[np.cos(a), np.sin(a)] for a in angles], dtype=np.float32)


class Akin:
    """Holds the texts that a test names for one thing with the recurring sentence, everything else
    for another.
    """

    def __init__(self, *akin: str, name: str = "akin") -> None:
        self.name = name
        self.akin = akin
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked.extend(texts)
        return np.asarray(list(map(self._vector, texts)), dtype=np.float32)

    def _vector(self, text: str) -> list[float]:
        is_akin = text in self.akin or text.startswith("сегодня мы все вместе")
        return [1.0, 0.0] if is_akin else [0.6, 0.8]


class Rescaled:
    """Another model's habits: the same directions, but every two texts seem alike."""

    name = "rescaled"

    def __init__(self, model: SentenceSimilarity) -> None:
        self.model = model

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        shared = np.full((len(texts), 1), 2.0, dtype=np.float32)
        wide = np.hstack([self.model.embed(texts), shared])
        units: NDArray[np.float32] = wide / np.linalg.norm(wide, axis=1, keepdims=True)
        return units


def with_stock(
    *suspects: str, lecture: Sequence[str] = LONG_LECTURE, times: int = 3
) -> RawTranscript:
    """A lecture in whose pauses one sentence stands alone three times, and then the suspects."""
    alone = [STOCK] * times + list(suspects)
    pairs = zip(lecture, alone, strict=False)
    texts = [text for pair in pairs for text in pair]
    return raw_transcript(apart(*texts, *lecture[len(alone) :]))


def with_model(
    raw: RawTranscript, model: SentenceSimilarity | None, language: str = "ru"
) -> Cleaned:
    return clean(raw, CleanOptions(), model, language=language)


def near_phrase(result: Cleaned) -> list[str]:
    return [
        removal.text for removal in result.removals if removal.code == "near-phrase"
    ]


ANGLES = st.lists(st.floats(0.0, 6.3), min_size=1, max_size=40)


@given(recordings(), ANGLES)
def test_whatever_the_model_says_it_adds_only_thin_windows_that_stand_alone(
    raw: RawTranscript, angles: list[float]
) -> None:
    without, tipped = with_model(raw, None), with_model(raw, Adversary(angles))
    assert set(map(_place, without.removals)) <= set(map(_place, tipped.removals))
    context = Context.of(raw, "ru", None).without(without.removals)
    for removal in tipped.removals:
        if _place(removal) not in set(map(_place, without.removals)):
            assert removal.code == "near-phrase"
            assert context.is_thin(context.index_of[removal.window])


@settings(max_examples=20)
@given(ANGLES, st.permutations(LECTURE))
def test_in_full_windows_the_model_computes_nothing(
    angles: list[float], lecture: list[str]
) -> None:
    raw, adversary = raw_transcript(overlapping(*lecture)), Adversary(angles)
    assert with_model(raw, adversary).removals == with_model(raw, None).removals
    assert adversary.asked == []


@settings(max_examples=20)
@given(ANGLES, st.sampled_from([GENERIC, VARIED, ASIDE]))
def test_where_no_phrase_was_learned_it_is_not_asked(
    angles: list[float], suspect: str
) -> None:
    model = Adversary(angles)
    assert with_model(with_stock(suspect, times=2), model).removals == ()
    assert model.asked == []


def test_a_variation_of_a_learned_phrase_goes() -> None:
    result = with_model(with_stock(VARIED, ASIDE), Akin(VARIED))
    assert near_phrase(result) == [VARIED]
    evidence = next(r for r in result.removals if r.code == "near-phrase").evidence
    figures = (evidence["kinship"], evidence["nearest"], evidence["honest"])
    assert figures == (1.0, 0.6, 0.6)


def test_one_that_is_no_closer_to_the_phrase_than_what_the_lecturer_says_stays() -> (
    None
):
    assert near_phrase(with_model(with_stock(VARIED), Akin(VARIED, SAID))) == []


def test_a_variation_in_a_full_window_stays() -> None:
    lecture = [*LONG_LECTURE[:5], f"{LONG_LECTURE[5]} {VARIED}", *LONG_LECTURE[6:]]
    assert near_phrase(with_model(with_stock(lecture=lecture), Akin(VARIED))) == []


def test_a_variation_that_a_neighbour_bears_out_stays() -> None:
    raw = raw_transcript(
        [
            *apart(*[STOCK, *LONG_LECTURE[:1]] * 3, *LONG_LECTURE[1:]),
            (4000.0, f"{LECTURE[0]} {VARIED}"),
            (4025.0, VARIED),
        ]
    )
    assert near_phrase(with_model(raw, Akin(VARIED))) == []


def test_a_short_recording_does_not_tell_what_is_usual_so_nothing_is_compared() -> None:
    assert (
        near_phrase(with_model(with_stock(VARIED, lecture=LECTURE), Akin(VARIED))) == []
    )


def test_a_model_that_does_not_know_the_language_is_not_asked_and_the_quality_says_so() -> (
    None
):
    shipped = Akin(VARIED, name=universal.NAME)
    result = with_model(with_stock(VARIED), shipped, language="kk")
    assert near_phrase(result) == []
    assert shipped.asked == []
    assert result.quality.similarity is None
    assert result.quality.without[0].startswith(
        f"similarity-language: {universal.NAME} was not trained on 'kk'"
    )
    for known in ("ru", "en"):
        result = with_model(with_stock(VARIED), shipped, language=known)
        assert near_phrase(result) == [VARIED]
        left_out = [line.partition(":")[0] for line in result.quality.without]
        assert left_out == ["no-sound"]


@pytest.mark.slow
def test_with_real_weights_a_variation_goes_and_what_is_said_beside_the_subject_stays() -> (
    None
):
    model = open_similarity("auto", Path())
    assert near_phrase(with_model(with_stock(VARIED, ASIDE), model)) == [VARIED]


@pytest.mark.slow
def test_a_model_whose_cosines_lie_closer_together_decides_the_same() -> None:
    model = open_similarity("auto", Path())
    assert model is not None
    raw = with_stock(VARIED, ASIDE, GENERIC)
    first, second = with_model(raw, model), with_model(raw, Rescaled(model))
    assert list(map(_place, first.removals)) == list(map(_place, second.removals))


def test_of_a_long_recording_sentences_are_taken_evenly_and_not_too_many() -> None:
    many = [
        f"Строка номер {i} здесь стоит ради счёта и не повторяется {i * i} раз никогда."
        for i in range(900)
    ]
    context = Context.of(
        raw_transcript(apart(*(" ".join(many[i : i + 9]) for i in range(0, 900, 9)))),
        "ru",
        None,
    )
    said = lecture_sentences(context)
    assert MAX_SAID / 2 < len(said) <= MAX_SAID
    assert said[0] == many[0]
    assert int(said[-1].split()[2]) > 890


def _place(removal: Removal) -> tuple[int, int, int, str]:
    return (removal.window, removal.char_start, removal.char_end, removal.reason)
