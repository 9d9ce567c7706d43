"""Embeddings tip a verdict that other evidence suggests; they are asked only then."""

from konspekt.clean import clean
from konspekt.course.settings import CleanOptions
from konspekt.data import Cleaned
from tests.builders import raw_transcript
from tests.clean.cases import (
    LECTURE,
    STOCK,
    FakeSimilarity,
    Windows,
    apart,
    overlapping,
    removed,
)


def with_similarity(windows: Windows, similarity: FakeSimilarity) -> Cleaned:
    return clean(raw_transcript(windows), CleanOptions(), similarity, language="ru")


def test_words_to_the_room_are_honest_outliers() -> None:
    for words in (
        "Пожалуйста, подойдите к микрофону.",
        "Есть ещё мысли на этот счёт?",
        "Запишите это себе в тетрадь.",
    ):
        similarity = FakeSimilarity(words)
        windows = overlapping(LECTURE[0], LECTURE[1], words, LECTURE[2], LECTURE[3])
        assert with_similarity(windows, similarity).removals == ()
        assert similarity.asked == []


def test_distance_alone_deletes_nothing() -> None:
    similarity = FakeSimilarity(LECTURE[2])
    assert with_similarity(overlapping(*LECTURE), similarity).removals == ()
    assert similarity.asked == []  # nothing suspicious: the model is not even loaded


def test_a_variation_of_a_learned_phrase_needs_no_model() -> None:
    variation = "Уважаемые гости, просим закрыть окна и погасить свет."
    windows = apart(STOCK, LECTURE[0], STOCK, LECTURE[1], STOCK, LECTURE[2], variation)
    result = clean(raw_transcript(windows), CleanOptions(), None, language="ru")
    assert variation in removed(result, "phrase")


def test_the_quality_says_what_was_done_without() -> None:
    raw = raw_transcript(overlapping(*LECTURE))
    assert clean(raw, CleanOptions(), None, language="ru").quality.without
    with_model = clean(raw, CleanOptions(), FakeSimilarity("x"), language="ru").quality
    assert (with_model.similarity, with_model.without) == ("fake", ())
