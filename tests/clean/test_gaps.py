"""What was not transcribed is a gap."""

from dataclasses import replace

import pytest

from konspekt.data import DecodedWindow, Gap, How, RawTranscript, Region, Segment
from tests.builders import raw_transcript
from tests.clean.cases import (
    LECTURE,
    cleaned,
    cleaned_raw,
    overlapping,
    raw_of,
    timed_window,
)


def test_an_empty_window_is_a_gap_where_no_neighbour_has_text() -> None:
    result = cleaned(overlapping(LECTURE[0], "", LECTURE[1]))
    assert result.transcript.gaps == (Gap(30.0, 50.0, "not transcribed"),)
    assert result.quality.gaps == {"not transcribed": 20.0}
    assert result.quality.covered == 60.0


def test_neighbouring_gaps_of_one_cause_are_one() -> None:
    result = cleaned(overlapping(LECTURE[0], "", "", "", LECTURE[1]))
    assert result.transcript.gaps == (Gap(30.0, 100.0, "not transcribed"),)


def test_a_removed_window_is_a_gap_removed() -> None:
    result = cleaned(overlapping(LECTURE[0], "Продолжение следует...", LECTURE[1]))
    assert result.transcript.gaps == (Gap(30.0, 50.0, "removed"),)


def test_a_thin_window_is_uncertain_beyond_its_words() -> None:
    (gap,) = cleaned(
        overlapping(LECTURE[0], "Да, секунду.", LECTURE[1])
    ).transcript.gaps
    assert gap.cause == "uncertain"
    assert gap.end == 50.0


def test_a_seam_leaves_no_gap() -> None:
    a = f"{LECTURE[0]} Удаление мы разберём подробно, потому что все его любят и ждут."
    b = f"Удаление мы разберём подробно, потому что в учебниках оно описано плохо. {LECTURE[1]}"
    assert cleaned(overlapping(a, b)).transcript.gaps == ()


def test_silence_that_the_detector_is_sure_of_is_no_gap() -> None:
    raw = raw_transcript(overlapping(LECTURE[0], "", LECTURE[1]))
    silent = replace(raw, speech=(Region(0.0, 29.0), Region(51.0, 80.0)))
    assert cleaned_raw(silent).transcript.gaps == ()
    spoken = replace(raw, speech=(Region(0.0, 36.0), Region(51.0, 80.0)))
    assert cleaned_raw(spoken).transcript.gaps == (Gap(30.0, 36.0, "not transcribed"),)


def test_speech_in_many_short_regions_without_text_is_one_gap() -> None:
    """A speaker who breathes every second and a half: none of the regions alone is long enough for
    a gap.
    """
    raw = raw_transcript(overlapping(LECTURE[0], "", LECTURE[1]))
    breathing = tuple(Region(31.0 + 2 * n, 32.5 + 2 * n) for n in range(9))
    found = cleaned_raw(
        replace(raw, speech=(Region(0.0, 30.0), *breathing, Region(51.0, 80.0)))
    )
    assert found.transcript.gaps == (Gap(30.0, 48.5, "not transcribed"),)


def test_a_long_pause_between_timed_words_is_uncertain() -> None:
    decoded = timed_window(
        0, 0.0, [(0.0, "Начали."), (20.0, "Дальше."), (29.7, "Всё.")]
    )
    causes = {gap.cause for gap in cleaned_raw(raw_of([decoded])).transcript.gaps}
    assert causes == {"uncertain"}


def test_times_come_from_words_where_there_are_some() -> None:
    decoded = timed_window(0, 0.0, [(5.0, "Начали."), (20.0, "Дальше.")])
    sentences = cleaned_raw(raw_of([decoded])).transcript.sentences
    assert [(s.start, s.end) for s in sentences] == [(5.0, 5.3), (20.0, 20.3)]


def test_coverage_is_a_share_of_speech_where_speech_is_known() -> None:
    raw = raw_transcript(overlapping(LECTURE[0], "", LECTURE[1]))
    spoken = (
        Region(0.0, 20.0),
        Region(25.0, 36.0),
        Region(40.0, 41.0),
        Region(60.0, 80.0),
    )
    quality = cleaned_raw(replace(raw, speech=spoken)).quality
    assert (quality.covered, quality.speech, quality.speech_covered) == (
        60.0,
        52.0,
        45.0,
    )
    # one word from 40 to 41 is in no list, but in the sums
    assert quality.missing == (Gap(30.0, 36.0, "not transcribed"),)
    assert (quality.transcribed, quality.wanted, quality.transcribed_percent) == (
        45.0,
        52.0,
        86,
    )


def spoken_window(*segments: tuple[float, float, str]) -> RawTranscript:
    """A window whose segments have times, spoken all through."""
    decoded = DecodedWindow(
        0,
        0.0,
        30.0,
        "ru",
        tuple(Segment(start, end, f" {text}") for start, end, text in segments),
        How("base"),
    )
    return replace(raw_of([decoded]), speech=(Region(0.0, 30.0),))


def test_a_word_over_seconds_of_speech_covers_what_it_takes_to_say_it() -> None:
    raw = spoken_window(
        (0.0, 10.0, "Обратный индекс хранит для каждого слова список документов," * 2),
        (10.0, 20.0, "Однако."),
        (20.0, 30.0, "И поэтому поиск по нему быстр, а место он занимает большое." * 2),
    )
    result = cleaned_raw(raw)
    assert result.transcript.gaps == (Gap(11.0, 20.084, "uncertain"),)
    assert result.quality.transcribed == 20.916
    assert [one.cause for one in result.quality.second_pass] == ["uncertain"]


@pytest.mark.parametrize(
    "text",
    [
        "Обратный индекс хранит для каждого слова все документы.",  # slowly
        "В 1998, 2004, 2013 и 2022.",  # numbers
        "索引为每个词保存一个文档列表，所以搜索很快。",
    ],
)
def test_a_sentence_spoken_slowly_covers_all_of_its_time(text: str) -> None:
    raw = spoken_window((0.0, 8.0, text))
    whole = replace(raw, speech=(Region(0.0, 8.0),))
    assert cleaned_raw(whole).transcript.gaps == ()


def test_pauses_within_a_sentence_are_no_speech_that_is_missing() -> None:
    raw = spoken_window((0.0, 30.0, "Обратный индекс хранит для каждого слова"))
    paused = replace(raw, speech=(Region(0.0, 2.0), Region(28.5, 30.0)))
    assert cleaned_raw(paused).transcript.gaps == ()


def test_the_seconds_of_a_gap_are_its_speech_where_speech_is_known() -> None:
    raw = raw_transcript(overlapping(LECTURE[0], "", LECTURE[1]))
    quality = cleaned_raw(
        replace(raw, speech=(Region(0.0, 35.0), Region(35.5, 40.0), Region(50.0, 80.0)))
    ).quality
    assert quality.missing == (Gap(30.0, 40.0, "not transcribed"),)
    assert quality.gaps == {"not transcribed": 9.5}


def test_coverage_is_a_share_of_the_recording_where_speech_is_not_known() -> None:
    quality = cleaned(overlapping(LECTURE[0], "", LECTURE[1])).quality
    assert (quality.speech, quality.speech_covered) == (None, None)
    assert (quality.transcribed, quality.wanted, quality.transcribed_percent) == (
        60.0,
        80.0,
        75,
    )


def test_where_nobody_speaks_there_is_no_share_of_speech() -> None:
    quality = cleaned_raw(
        replace(raw_transcript(overlapping("", "")), speech=())
    ).quality
    assert (quality.transcribed, quality.wanted, quality.transcribed_percent) == (
        0.0,
        0.0,
        None,
    )


def test_less_speech_than_its_times_are_exact_is_no_speech() -> None:
    raw = replace(raw_transcript(overlapping("", "")), speech=(Region(1.0, 1.38),))
    assert cleaned_raw(raw).quality.transcribed_percent is None


def test_a_share_is_not_rounded_up_to_the_whole() -> None:
    quality = cleaned(overlapping(LECTURE[0], "", LECTURE[1])).quality
    assert replace(quality, covered=79.4).transcribed_percent == 99
    assert [
        replace(quality, covered=seconds).transcribed_percent
        for seconds in (79.5, 80.0)
    ] == [
        100,
        100,
    ]
