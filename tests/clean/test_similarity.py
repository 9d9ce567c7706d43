"""Embeddings decide nothing alone: whatever they say, they touch only what other evidence suspects
already.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from konspekt.clean import clean
from konspekt.clean.context import Context
from konspekt.clean.phrases import lists
from konspekt.clean.verdicts import MAX_SAID, lecture_sentences
from konspekt.course.settings import CleanOptions
from konspekt.data import Cleaned, RawTranscript, Removal
from konspekt.models.similarity import SHIPPED
from tests.builders import raw_transcript
from tests.clean.cases import (
    GENERIC,
    LECTURE,
    LONG_LECTURE,
    apart,
    overlapping,
    removed,
    with_figures,
)
from tests.clean.test_laws import recordings

PARAPHRASE = "Над титрами трудилась студия добровольцев из Самары."
HONEST = "Титры фильма распознавать труднее печатной страницы."
SAID = "На самом деле здесь очень легко обмануть и себя, и заказчика."


class Adversary:
    """Says of each text whatever it was told to, by the text's place."""

    def __init__(self, angles: Sequence[float], name: str = "adversary") -> None:
        self.name = name
        self.angles = angles
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked.extend(texts)
        angles = [self.angles[i % len(self.angles)] for i in range(len(texts))]
        return np.asarray([[np.cos(a), np.sin(a)] for a in angles], dtype=np.float32)


class Akin:
    """Holds the texts that a test names for one thing with all listed phrases, everything else for
    another.
    """

    def __init__(self, *akin: str, name: str = "akin") -> None:
        self.name = name
        self.akin = {*akin, *lists().alike}
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked.extend(texts)
        return np.asarray(
            [[1.0, 0.0] if text in self.akin else [0.6, 0.8] for text in texts],
            dtype=np.float32,
        )


def was_decoded_with(
    suspect: str,
    *,
    lecture: Sequence[str] = LONG_LECTURE,
    prob: float = 0.3,
    logprob: float = -1.2,
) -> RawTranscript:
    """A lecture with one window more, the fourth, which Whisper doubts unless its figures are said
    to be good.
    """
    return with_figures(
        raw_transcript(overlapping(*lecture[:3], suspect, *lecture[3:])),
        (3,),
        prob,
        logprob,
    )


def with_model(
    raw: RawTranscript, model: Akin | Adversary, language: str = "ru"
) -> Cleaned:
    return clean(raw, CleanOptions(), model, language=language)


ANGLES = st.lists(st.floats(0.0, 6.3), min_size=1, max_size=40)


@given(recordings(), ANGLES)
def test_whatever_the_model_says_it_adds_only_thin_windows_that_stand_alone(
    raw: RawTranscript, angles: list[float]
) -> None:
    without, tipped = (
        clean(raw, CleanOptions(), None, language="ru"),
        with_model(raw, Adversary(angles)),
    )
    assert set(map(_place, without.removals)) <= set(map(_place, tipped.removals))
    context = Context.of(raw, "ru", None).without(without.removals)
    for removal in tipped.removals:
        if _place(removal) not in set(map(_place, without.removals)):
            assert removal.code in ("near-phrase", "near-listed", "off-topic")
            assert context.is_thin(context.index_of[removal.window])


@settings(max_examples=20)
@given(ANGLES, st.permutations(LECTURE))
def test_in_full_windows_the_model_computes_nothing(
    angles: list[float], lecture: list[str]
) -> None:
    raw, adversary = raw_transcript(overlapping(*lecture)), Adversary(angles)
    assert (
        with_model(raw, adversary).removals
        == clean(raw, CleanOptions(), None, language="ru").removals
    )
    assert adversary.asked == []


@settings(max_examples=20)
@given(ANGLES, st.sampled_from([GENERIC, PARAPHRASE, HONEST]))
def test_where_no_phrase_was_learned_it_takes_nothing_that_whisper_does_not_doubt(
    angles: list[float], suspect: str
) -> None:
    raw = was_decoded_with(suspect, lecture=LECTURE, logprob=-0.4)
    assert with_model(raw, Adversary(angles)).removals == ()


def test_a_paraphrase_of_a_listed_phrase_alone_in_a_thin_window_goes_where_whisper_doubts_it() -> (
    None
):
    assert (
        removed(
            with_model(was_decoded_with(PARAPHRASE, logprob=-0.4), Akin(PARAPHRASE)),
            "phrase",
        )
        == []
    )
    result = with_model(was_decoded_with(PARAPHRASE), Akin(PARAPHRASE))
    assert removed(result, "phrase") == [PARAPHRASE]
    removal = next(r for r in result.removals if r.reason == "phrase")
    evidence = removal.evidence
    assert (removal.code, evidence["kinship"], evidence["honest"]) == (
        "near-listed",
        1.0,
        0.6,
    )


def test_one_that_is_no_closer_to_a_listed_phrase_than_what_the_lecturer_says_stays() -> (
    None
):
    assert (
        removed(
            with_model(was_decoded_with(PARAPHRASE), Akin(PARAPHRASE, SAID)), "phrase"
        )
        == []
    )


def test_a_paraphrase_in_a_full_window_stays() -> None:
    raw = was_decoded_with(f"{LECTURE[5]} {PARAPHRASE}", lecture=LONG_LECTURE)
    assert removed(with_model(raw, Akin(PARAPHRASE)), "phrase") == []


def test_a_paraphrase_that_a_neighbour_bears_out_stays() -> None:
    raw = raw_transcript(
        overlapping(
            *LONG_LECTURE[:3],
            f"{LONG_LECTURE[3]} {PARAPHRASE}",
            PARAPHRASE,
            *LONG_LECTURE[4:],
        )
    )
    assert removed(with_model(raw, Akin(PARAPHRASE)), "phrase") == []


def test_a_short_recording_does_not_tell_what_is_usual_so_nothing_is_compared_with_the_lists() -> (
    None
):
    assert (
        removed(
            with_model(was_decoded_with(PARAPHRASE, lecture=LECTURE), Akin(PARAPHRASE)),
            "phrase",
        )
        == []
    )


def test_a_model_that_does_not_know_the_language_is_not_asked_and_the_quality_says_so() -> (
    None
):
    english = Akin(PARAPHRASE, name=SHIPPED)
    result = with_model(was_decoded_with(PARAPHRASE), english)
    assert removed(result, "phrase") == []
    assert not set(english.asked) & set(lists().alike)
    assert result.quality.without[0].startswith(
        f"similarity-language: {SHIPPED} was not trained on 'ru'"
    )
    said = with_model(
        was_decoded_with(PARAPHRASE), english, language="en"
    ).quality.without
    assert [line.partition(":")[0] for line in said] == ["no-sound"]


@pytest.mark.parametrize(
    ("prob", "logprob", "goes"),
    [(0.7, -0.4, True), (0.3, -1.2, True), (0.3, -0.4, False)],
)
def test_a_window_far_from_its_neighbours_goes_where_whisper_doubts_it_too(
    prob: float, logprob: float, goes: bool
) -> None:
    raw = was_decoded_with(GENERIC, lecture=LECTURE, prob=prob, logprob=logprob)
    assert (removed(with_model(raw, Far(GENERIC)), "outlier") == [GENERIC]) is goes


class Far(Akin):
    """Holds the texts that a test names for far from everything."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.asarray(
            [[0.0, 1.0] if text in self.akin else [1.0, 0.0] for text in texts],
            dtype=np.float32,
        )


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
