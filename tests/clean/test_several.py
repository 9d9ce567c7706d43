"""Several transcripts of the same sound: what they bear out stays, what one of them made up
goes.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from konspekt.clean import check_alike, check_tiling, clean, join_transcripts
from konspekt.course.corrections import Entry, Kind
from konspekt.course.settings import CleanOptions
from konspekt.data import Cleaned, RawTranscript, Region, Removal, Sentence
from konspekt.errors import FormatError
from konspekt.score import score
from tests.builders import raw_transcript
from tests.clean.cases import (
    GENERIC,
    LECTURE,
    apart,
    kept,
    overlapping,
    removed,
    with_figures,
)
from tests.clean.several_cases import (
    ENGLISH,
    RUSSIAN,
    Habits,
    chunks,
    spoken,
    timed,
    together,
    window,
)
from tests.clean.test_corrections import entries, entry
from tests.clean.test_laws import obeys, recordings

A, B, C = (
    Habits(0.9, 0.02, 0.02, 0.03),
    Habits(0.15, 0.03, 0.02, 0.03),
    Habits(0.3, 0.03, 0.02, 0.03),
)
TEXTS = {"ru": RUSSIAN, "en": ENGLISH}


def transcript(habits: Habits, language: str, seed: int, form: str) -> RawTranscript:
    words = window(spoken(TEXTS[language]), habits, language, seed)
    return chunks(words) if form == "text" else timed(words, by_word=form == "words")


def by_time(*said: tuple[float, str]) -> RawTranscript:
    """Words said evenly from a time on, with their times."""
    words = [
        (start + 0.4 * k, word)
        for start, text in said
        for k, word in enumerate(text.split())
    ]
    return timed(words, by_word=True)


# -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["text", "segments", "words"])
@pytest.mark.parametrize("language", ["ru", "en"])
def test_insertions_fall_fivefold_and_deletions_grow_at_most_two_and_a_half_fold(
    language: str, form: str
) -> None:
    reference = " ".join(
        word for sentence in spoken(TEXTS[language]) for word in sentence.words
    )
    one, two = (0, 0), (0, 0)
    for seed in (0, 3):
        words = window(spoken(TEXTS[language]), A, language, seed)
        before = score(reference, " ".join(word for _, word in words), language)
        first, second = (
            transcript(A, language, seed, form),
            transcript(B, language, seed + 1, form),
        )
        after = score(
            reference, kept(together(first, second, language=language)), language
        )
        one = one[0] + before.insertions, one[1] + before.deletions
        two = two[0] + after.insertions, two[1] + after.deletions
    assert 5 * two[0] <= one[0]
    assert two[1] <= 2.5 * one[1]


def test_short_recordings_of_text_alone_lose_the_endings_that_each_makes_up() -> None:
    """One window each, as of a dictation: nothing is known but the words."""
    sentences = [" ".join(s.words) for s in spoken(ENGLISH)]
    clips = [" ".join(sentences[k : k + 3]) for k in range(0, len(sentences) - 2, 3)]
    endings = (
        "And he took a piece of the wood with a knife.",
        "I don't know what they will do about it again.",
    )
    before = after = lost = 0
    for k, clip in enumerate(clips):
        first, second = (
            f"{clip} {endings[0]}",
            f"{clip} {endings[1]}" if k % 2 else clip,
        )
        both = together(
            raw_transcript(apart(first)), raw_transcript(apart(second)), language="en"
        )
        before += score(clip, first, "en").insertions
        after += score(clip, kept(both), "en").insertions
        lost += score(clip, kept(both), "en").deletions
    assert before >= 100
    assert 5 * after <= before
    assert lost <= len(clips)


def test_a_third_transcript_outvotes_what_one_misspells() -> None:
    raws = [
        transcript(habits, "en", seed, "words")
        for habits, seed in ((A, 0), (B, 1), (C, 2))
    ]
    reference = " ".join(
        word for sentence in spoken(ENGLISH) for word in sentence.words
    )
    two = score(reference, kept(together(*raws[:2], language="en")), "en")
    three = score(reference, kept(together(*raws, language="en")), "en")
    assert three.substitutions < two.substitutions


# --------------------------------------------------------------------------------------------- what


def test_what_both_say_stays_once_in_the_words_of_the_first() -> None:
    result = together(
        raw_transcript(apart(LECTURE[0])),
        raw_transcript(apart(LECTURE[0].replace("ё", "е"))),
    )
    assert kept(result) == LECTURE[0]
    assert {removal.source for removal in result.removals} == {"b.json"}
    assert {removal.reason for removal in result.removals} == {"overlap"}


def test_an_invention_in_a_silence_of_the_other_goes() -> None:
    said = (
        (1.0, "Сегодня речь пойдёт о деревьях поиска."),
        (40.0, "Теперь разберём удаление внимательно."),
    )
    first = by_time(said[0], (20.0, "Спасибо за внимание и до встречи."), said[1])
    result = together(first, by_time(*said))
    assert removed(result, "unsupported") == ["Спасибо за внимание и до встречи."]
    assert "speech is not that thin" in result.removals[0].evidence["words"]
    assert "removed" in [gap.cause for gap in result.transcript.gaps]


def test_a_sentence_that_the_other_left_out_stays_whichever_is_first() -> None:
    whole = (
        "Сегодня речь пойдёт о деревьях поиска. Представьте картотеку с карточками. Половина "
        "карточек отпадает."
    )
    times = [(1.0 + 2.4 * k, part) for k, part in enumerate(whole.split(". "))]
    full, short = by_time(*times), by_time(times[0], times[2])
    for raws in ((full, short), (short, full)):
        assert "Представьте картотеку с карточками" in kept(together(*raws))


def test_words_for_which_the_other_leaves_no_time_go() -> None:
    words = "Сегодня речь пойдёт о деревьях поиска и почему высота так важна"
    invented = [(1.0 + 0.4 * k, w) for k, w in enumerate(words.split())]
    invented[6:6] = [
        (3.3, w) for w in ["как", "мы", "уже", "говорили", "на", "прошлой", "неделе"]
    ]
    result = together(timed(invented, by_word=True), by_time((1.0, words)))
    assert kept(result) == words


def test_a_small_word_between_words_that_both_have_stays() -> None:
    text = LECTURE[0]
    for raws in (
        (text, text.replace("и почему ", "почему ")),
        (text.replace(", почему", ", и почему"), text),
    ):
        result = together(*(raw_transcript(apart(raw)) for raw in raws))
        assert kept(result) == raws[0]


def test_a_doubtful_figure_tips_the_balance_between_two_versions() -> None:
    first, second = (
        raw_transcript(apart(LECTURE[0].replace("карточки", w)))
        for w in ("корточки", "карточки")
    )
    doubtful = with_figures(first, (0,), 0.1, -1.1)
    assert "карточки" in kept(together(doubtful, with_figures(second, (0,), 0.1, -0.2)))
    assert "корточки" in kept(together(first, second))


def test_speech_that_the_detector_does_not_find_is_not_believed_to_one_alone() -> None:
    said = (
        (1.0, "Сегодня речь пойдёт о деревьях поиска."),
        (9.0, "Теперь разберём удаление внимательно."),
    )
    first = by_time(
        said[0],
        (4.5, "Поэтому высота дерева всегда остаётся логарифмической."),
        said[1],
    )
    for speech, is_kept in (
        ((Region(1.0, 11.0),), True),
        ((Region(1.0, 3.5), Region(9.0, 11.0)), False),
    ):
        result = together(replace(first, speech=speech), by_time(*said))
        assert ("логарифмической" in kept(result)) is is_kept


def test_of_three_versions_the_one_that_two_have_stays() -> None:
    texts = [
        LECTURE[0].replace("карточки", word)
        for word in ("корточки", "карточки", "карточки")
    ]
    result = together(*(raw_transcript(apart(text)) for text in texts))
    assert kept(result) == LECTURE[0]
    assert removed(result, "unsupported") == []


def test_what_two_of_three_left_out_needs_evidence_and_what_one_left_out_does_not() -> (
    None
):
    more = f"{LECTURE[0]} {GENERIC}"
    texts = (more, LECTURE[0], LECTURE[0]), (LECTURE[0], more, more)
    results = [
        kept(together(*(raw_transcript(apart(text)) for text in three)))
        for three in texts
    ]
    assert results == [LECTURE[0], more]


# --------------------------------------------------------------------------------------------------


def content(result: Cleaned) -> list[tuple[float, float, str]]:
    return [
        (s.start, s.end, s.text) for s in result.transcript.sentences if s.text.strip()
    ]


@pytest.mark.parametrize(
    "texts", [overlapping(*LECTURE), apart("…", "Да.", " "), [(0.0, "")]]
)
def test_a_transcript_with_itself_is_itself(texts: list[tuple[float, str]]) -> None:
    raw = raw_transcript(texts)
    assert content(together(raw, raw)) == content(together(raw))
    assert content(together(raw, raw, raw)) == content(together(raw))


@pytest.mark.parametrize("form", ["text", "words"])
def test_the_order_of_the_transcripts_changes_only_which_version_has_the_word_where_nothing_tells(
    form: str,
) -> None:
    first, second = transcript(A, "en", 0, form), transcript(B, "en", 1, form)
    one, other = (
        together(first, second, language="en"),
        together(second, first, language="en"),
    )
    tied = "nothing tells which is right"
    differ = score(kept(one), kept(other), "raw")
    ties = sum(len(r.text.split()) for r in one.removals if tied in r.evidence["words"])
    assert differ.deletions + differ.insertions + differ.substitutions <= 3 * ties


def test_cleaning_what_two_agreed_on_changes_nothing() -> None:
    both = together(transcript(A, "ru", 0, "text"), transcript(B, "ru", 1, "text"))
    once = kept(both)
    again = together(
        timed(
            [
                (3.0 * k, s.text.strip())
                for k, s in enumerate(both.transcript.sentences)
            ],
            by_word=False,
        )
    )
    assert kept(again).split() == once.split()


@settings(max_examples=40)
@given(st.lists(recordings(), min_size=2, max_size=3))
def test_everything_tiles_whatever_is_joined(raws: list[RawTranscript]) -> None:
    raw = join_transcripts([(f"{number}.json", one) for number, one in enumerate(raws)])
    assert len({decoded.id for decoded in raw.windows}) == sum(
        len(one.windows) for one in raws
    )
    obeys(raw, CleanOptions())


@settings(max_examples=40)
@given(st.lists(recordings(), min_size=2, max_size=3), entries())
def test_everything_tiles_whatever_a_person_wants(
    raws: list[RawTranscript], wanted: tuple[Entry, ...]
) -> None:
    raw = join_transcripts([(f"{number}.json", one) for number, one in enumerate(raws)])
    result = clean(raw, CleanOptions(), None, language="ru", corrections=wanted)
    check_tiling(raw, result.transcript, result.removals)


@pytest.mark.parametrize(
    ("kind", "times"), [("drop", 0), ("redact", 0), ("keep", 1), ("replace", 0)]
)
def test_a_person_has_the_last_word_on_what_several_hold(
    kind: Kind, times: int
) -> None:
    raw = raw_transcript(overlapping(*LECTURE[:3]))
    words = " ".join(LECTURE[1].split()[3:6])
    told = entry(kind, words, new="иначе") if kind == "replace" else entry(kind, words)
    result = clean(
        join_transcripts([("a", raw), ("b", raw)]),
        CleanOptions(),
        None,
        language="ru",
        corrections=[told],
    )
    reading = "".join(sentence.reading for sentence in result.transcript.sentences)
    assert reading.count(words) == times
    assert reading.count("иначе") == (kind == "replace")
    assert result.quality.unmatched == ()


def test_transcripts_without_common_words_are_refused() -> None:
    russian, english = (
        raw_transcript(apart(*LECTURE[:3])),
        raw_transcript(apart(ENGLISH[:300])),
    )
    check_alike([("a.srt", russian), ("b.srt", raw_transcript(apart(*LECTURE[3:])))])
    with pytest.raises(
        FormatError, match=r"b\.srt: it has next to no words in common with a\.srt"
    ):
        check_alike([("a.srt", russian), ("b.srt", english)])


def test_windows_keep_their_texts_and_times_and_name_their_files() -> None:
    first, second = (
        raw_transcript(overlapping(*LECTURE[:3])),
        raw_transcript(apart(*LECTURE[3:])),
    )
    raw = join_transcripts([("small/raw.json", first), ("turbo.srt", second)])
    own = {
        h.id: (h.start, h.end, h.text)
        for h in raw.windows
        if h.how.source == "small/raw.json"
    }
    assert own == {h.id: (h.start, h.end, h.text) for h in first.windows}
    assert sorted(h.id for h in raw.windows) == list(range(6))
    result = clean(raw, CleanOptions(), None, language="ru")
    check_tiling(raw, result.transcript, result.removals)
    sources = {h.id: h.how.source for h in raw.windows}
    spans: tuple[Sentence | Removal, ...] = (
        *result.transcript.sentences,
        *result.removals,
    )
    assert all(span.source == sources[span.window] for span in spans)
