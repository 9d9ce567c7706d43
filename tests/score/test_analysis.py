"""All that is said of a hypothesis: from the same words that are counted, each where it belongs."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.course.glossary import Glossary, GlossaryTerm
from konspekt.formats import SpokenWord, Utterance
from konspekt.score import score
from konspekt.score.analysis import Analysis, ScoringOptions, analyse
from konspekt.score.uncertainty import NoInterval

RU = ScoringOptions("ru")


def timed(*texts: str, seconds: float = 10.0, shift: float = 0.0) -> list[Utterance]:
    """Utterances on end of so many seconds each."""
    starts = [shift + number * seconds for number in range(len(texts))]
    return [
        Utterance("", text, start, start + seconds)
        for text, start in zip(texts, starts, strict=True)
    ]


def at(*words: tuple[float, str]) -> list[Utterance]:
    """One utterance of words at these seconds, each of 0.4 s."""
    said = tuple(SpokenWord(text, start, start + 0.4) for start, text in words)
    text = " ".join(word.text for word in said)
    return [Utterance("", text, said[0].start, said[-1].end, words=said)]


def plain(*texts: str) -> list[Utterance]:
    return [Utterance("", text) for text in texts]


def seen(found: Analysis) -> list[tuple[str, str, str]]:
    """The readable alignment as written."""
    return [
        (edit.kind, " ".join(found.reference.written[edit.ref_start : edit.ref_end]).strip(),
         " ".join(found.hypothesis.written[edit.hyp_start : edit.hyp_end]).strip())
        for edit in found.readable
    ]  # fmt: skip


def test_raw_and_normalised_are_the_scores_of_the_texts() -> None:
    reference, hypothesis = "Всем привет, начнём!", "всем привет начнем да"
    found = analyse("", plain(reference), plain(hypothesis), RU)
    assert found.raw == score(reference, hypothesis, cer=True)
    assert found.normalised == score(reference, hypothesis, "ru", cer=True)
    assert dict(found.effects)["yo"] == 1
    assert seen(found) == [
        ("equal", "Всем привет, начнём!", "всем привет начнем"),
        ("insert", "", "да"),
    ]


def test_the_alternate_that_was_chosen_is_what_was_said() -> None:
    found = analyse(
        "",
        plain("в {шестнадцатом|16-м} году {вот / @} было <*> тихо"),
        plain("в 16-м году было шумно и тихо"),
        RU,
    )
    assert found.normalised.errors == 0
    assert " ".join(found.reference.written).split() == [
        "в",
        "16-м",
        "году",
        "было",
        "тихо",
    ]
    assert found.ignored_words == 2


def test_numbers_and_joined_words_count_as_the_same_and_are_shown_as_the_hypothesis_has_them() -> (
    None
):
    found = analyse(
        "", plain("от двух до пяти онлайн курсов"), plain("от 2 до 5 онлайнкурсов"), RU
    )
    assert found.normalised.errors == 0
    assert dict(found.equal) == {"numbers": 2, "compounds": 1}
    assert " ".join(found.hypothesis.written).split() == [
        "от",
        "2",
        "до",
        "5",
        "онлайнкурсов",
    ]


def test_a_loop_a_lost_stretch_and_words_in_silence_are_found_with_their_times() -> (
    None
):
    reference = timed(
        "раз два три четыре пять шесть",
        "семь восемь девять десять",
        "конец",
        seconds=6.0,
    )
    hypothesis = [
        Utterance("", "раз", 0.0, 1.0),
        Utterance("", "семь восемь девять десять", 6.0, 11.0),
        Utterance("", "конец", 12.0, 18.0),
        Utterance(
            "",
            "продолжение следует продолжение следует продолжение следует",
            30.0,
            36.0,
        ),
    ]
    found = analyse("", reference, hypothesis, RU).hallucination
    assert [(run.words, run.start) for run in found.deleted] == [(5, 0.75)]
    assert [(run.words, run.start, run.end) for run in found.inserted] == [
        (6, 30.0, 36.0)
    ]
    assert found.in_silence == 6
    assert found.capped_wer == (5 + 4) / 11
    assert found.missing == ((1.0, 6.0),)
    assert found.reference_words_a_minute == pytest.approx(11 / 18 * 60)


def test_an_alternate_leaves_the_words_around_it_their_times() -> None:
    hypothesis = at((0, "дом"), (1, "лес"), (1800, "поля"), (1801, "хлеб"))
    one = analyse(
        "", at((0, "дом"), (1, "лес"), (1800, "поле"), (1801, "небо")), hypothesis, RU
    )
    two = analyse(
        "",
        at((0, "дом"), (1, "{лес / бор}"), (1800, "поле"), (1801, "небо")),
        hypothesis,
        RU,
    )
    assert one.reference.times == two.reference.times
    assert (one.blocks, one.stretches, one.interval) == (
        two.blocks,
        two.stretches,
        two.interval,
    )


def test_with_word_times_nobody_speaks_in_the_pause_between_words() -> None:
    reference = at((0, "раз"), (1, "два"), (1800, "три"), (1801, "четыре"))
    made_up = ((900, "субтитры"), (901, "сделал"))
    hypothesis = at((0, "раз"), (1, "два"), *made_up, (1800, "три"), (1801, "четыре"))
    found = analyse("", reference, hypothesis, RU).hallucination
    assert (found.in_silence, found.missing) == (2, ())
    assert found.reference_words_a_minute == pytest.approx(4 / 2.8 * 60)
    assert found.hypothesis_words_a_minute == pytest.approx(6 / 4.2 * 60)


def test_right_words_stay_right_where_others_are_lost_and_made_up() -> None:
    reference = [
        Utterance("", "раз два три четыре пять шесть", 0.0, 4.0),
        Utterance("", "конец лекции", 40.0, 44.0),
    ]
    hypothesis = [
        Utterance("", "конец лекции", 40.0, 43.0),
        Utterance("", "продолжение следует", 50.0, 52.0),
    ]
    found = analyse(
        "",
        reference,
        hypothesis,
        ScoringOptions("ru", glossary=Glossary((GlossaryTerm("конец", ()),))),
    )
    assert not found.confusions.substituted
    assert found.hallucination.in_silence == 2
    assert found.terms is not None
    assert ([mention.found for mention in found.terms.mentions], found.terms.false) == (
        ["exact"],
        (),
    )


def test_without_times_nothing_is_told_of_silence() -> None:
    found = analyse("", plain("раз два"), plain("раз три"), RU)
    assert (found.hallucination.in_silence, found.hallucination.missing) == (None, None)
    assert found.stretches[0].start is None


def test_no_hypothesis_at_all_is_all_deletions() -> None:
    found = analyse("", timed("раз два три"), [], RU)
    assert (found.normalised.deletions, found.normalised.wer) == (3, 1.0)


def test_utterances_of_one_id_are_scored_together_and_the_rest_is_named() -> None:
    reference = [Utterance("а", "раз два"), Utterance("б", "три")]
    hypothesis = [Utterance("в", "пять"), Utterance("а", "раз два")]
    found = analyse("", reference, hypothesis, RU)
    assert (found.missing, found.extra) == (("б",), ("в",))
    assert (
        found.normalised.hits,
        found.normalised.deletions,
        found.normalised.insertions,
    ) == (
        2,
        1,
        1,
    )


def test_terms_and_what_they_may_have_turned_into_are_told_with_a_glossary() -> None:
    options = ScoringOptions("ru", glossary=Glossary((GlossaryTerm("Kubernetes", ()),)))
    found = analyse("", timed("берём Kubernetes"), timed("берём кубернетис"), options)
    assert found.terms is not None
    assert [
        (mention.found, mention.hypothesis) for mention in found.terms.mentions
    ] == [("missed", "кубернетис")]
    assert [proposal.variant for proposal in found.proposals] == ["кубернетис"]
    assert analyse("", timed("берём"), timed("берём"), RU).terms is None


def test_an_interval_comes_with_ten_minutes_of_errors_and_its_absence_with_a_reason() -> (
    None
):
    reference = timed(*["раз два три четыре пять"] * 12, seconds=60.0)
    hypothesis = timed(
        *["раз два три четыре пять", "раз и три четыре пять"] * 6, seconds=60.0
    )
    found = analyse("", reference, hypothesis, RU)
    assert not isinstance(found.interval, NoInterval)
    assert found.interval.low < found.normalised.errors / 60 < found.interval.high
    assert len(found.blocks) == 12
    assert isinstance(
        analyse("", reference[:3], hypothesis[:3], RU).interval, NoInterval
    )


TEXTS = st.lists(st.text("абё2 -.,[]{|}/@<*>\n", max_size=25), max_size=4)


@pytest.mark.parametrize("profile", ["raw", "ru", "whisper-basic"])
@given(reference=TEXTS, hypothesis=TEXTS)
def test_sides_are_the_words_that_were_counted(
    profile: str, reference: list[str], hypothesis: list[str]
) -> None:
    found = analyse("", timed(*reference), plain(*hypothesis), ScoringOptions(profile))
    counted, shown = found.normalised.alignment, found.readable
    for alignment in (counted, shown):
        assert errors(alignment) == found.normalised.errors
        assert (
            (alignment[-1].ref_end, alignment[-1].hyp_end)
            if alignment
            else (
                len(found.reference.words),
                len(found.hypothesis.words),
            )
            == (0, 0)
        )
    lost = found.confusions
    assert lost.substituted.total() == found.normalised.substitutions
    assert (lost.deleted.total(), lost.inserted.total()) == (
        found.normalised.deletions,
        found.normalised.insertions,
    )
    equal = (edit for edit in shown if edit.kind == "equal")
    for edit in equal:
        assert (
            found.reference.words[edit.ref_start : edit.ref_end]
            == found.hypothesis.words[edit.hyp_start : edit.hyp_end]
        )
    assert sum(block[0] for block in found.blocks) == found.normalised.errors
    assert sum(stretch.errors for stretch in found.stretches) == found.normalised.errors


def errors(alignment: Iterable[tuple[str, int, int, int, int]]) -> int:
    return sum(max(e[2] - e[1], e[4] - e[3]) for e in alignment if e[0] != "equal")
