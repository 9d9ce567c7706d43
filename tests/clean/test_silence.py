"""What Whisper takes for silence is removed by its own two figures, never by one of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from konspekt.data import Gap, RawTranscript, Region
from tests.builders import raw_transcript
from tests.clean.cases import (
    GENERIC,
    LECTURE,
    STOCK,
    apart,
    cleaned_raw,
    kept,
    overlapping,
    raw_of,
    removed,
    timed_window,
    with_figures,
)


def window(
    no_speech_prob: float | None, avg_logprob: float | None, *, text: str = GENERIC
) -> RawTranscript:
    return with_figures(
        raw_transcript(apart(LECTURE[0], text, LECTURE[1])),
        {1},
        no_speech_prob,
        avg_logprob,
    )


@pytest.mark.parametrize("text", [GENERIC, "Да.", LECTURE[2]])
def test_words_that_whisper_writes_in_silence_go(text: str) -> None:
    result = cleaned_raw(window(0.61, -1.01, text=text))
    assert removed(result, "silence") == [text]
    assert {r.code for r in result.removals} == {"no-speech"}
    assert any(
        (gap.start, gap.end, gap.cause) == (40.0, 70.0, "removed")
        for gap in result.transcript.gaps
    )


@pytest.mark.parametrize(
    ("no_speech_prob", "avg_logprob"),
    [
        (0.9, -1.0),
        (0.99, -0.2),
        (0.9, None),
        (None, None),
    ],
)
def test_one_figure_alone_takes_nothing(
    no_speech_prob: float | None, avg_logprob: float | None
) -> None:
    assert cleaned_raw(window(no_speech_prob, avg_logprob)).removals == ()


@pytest.mark.parametrize(
    ("no_speech_prob", "avg_logprob"), [(float("inf"), -2.0), (0.9, float("-inf"))]
)
def test_figures_that_are_no_numbers_say_nothing(
    no_speech_prob: float, avg_logprob: float
) -> None:
    raw = window(no_speech_prob, avg_logprob, text=LECTURE[2])
    assert cleaned_raw(raw).removals == ()


def test_a_window_with_one_segment_of_speech_stays_whole() -> None:
    raw = window(0.9, -1.5)
    silent = raw.windows[1].segments[0]
    spoken = replace(silent, text=" И ещё одно слово.", avg_logprob=-0.3)
    mixed = replace(raw.windows[1], segments=(silent, spoken))
    assert (
        cleaned_raw(
            replace(raw, windows=(raw.windows[0], mixed, raw.windows[2]))
        ).removals
        == ()
    )


def test_the_weaker_of_the_figures_is_the_evidence() -> None:
    raw = window(0.9, -1.5)
    silent = raw.windows[1].segments[0]
    both = replace(
        raw.windows[1],
        segments=(silent, replace(silent, text=" Да.", no_speech_prob=0.7)),
    )
    (removal,) = cleaned_raw(
        replace(raw, windows=(raw.windows[0], both, raw.windows[2]))
    ).removals
    assert (removal.evidence["no_speech_prob"], removal.evidence["avg_logprob"]) == (
        0.7,
        -1.5,
    )


def test_it_takes_the_place_of_no_neighbours_words() -> None:
    """Words in the shared seconds are the neighbour's: an invented reading of them must not win the
    seam.
    """
    windows = overlapping(LECTURE[0], LECTURE[0][-120:], LECTURE[1])
    result = cleaned_raw(with_figures(raw_transcript(windows), {1}, 0.9, -1.5))
    assert {r.window for r in result.removals} == {1}
    assert LECTURE[0][-120:] in kept(result)


def test_a_phrase_is_learned_from_silent_windows_too() -> None:
    windows = apart(
        STOCK, LECTURE[0], STOCK, LECTURE[1], STOCK, f"{LECTURE[2]} {STOCK}"
    )
    result = cleaned_raw(with_figures(raw_transcript(windows), {0, 2, 4}, 0.9, -1.5))
    assert removed(result, "phrase") == [STOCK] * 4


# Where voice activity detection ran: `decoded` lies at 0 to 30, 40 to 70 and 80 to 110 s.
AROUND = (Region(0.0, 30.0), Region(80.0, 110.0))


@pytest.mark.parametrize(("no_speech_prob", "avg_logprob"), [(0.7, -0.3), (0.1, -1.2)])
def test_where_nobody_speaks_one_doubt_of_whisper_is_enough(
    no_speech_prob: float, avg_logprob: float
) -> None:
    raw = window(no_speech_prob, avg_logprob, text=LECTURE[2])
    assert cleaned_raw(raw).removals == ()
    result = cleaned_raw(replace(raw, speech=AROUND))
    assert removed(result, "silence") == [LECTURE[2]]
    assert {r.code for r in result.removals} == {"nobody-speaks"}
    assert result.transcript.gaps == ()


@pytest.mark.parametrize(("no_speech_prob", "avg_logprob"), [(0.1, -0.3), (None, None)])
def test_the_detector_alone_takes_nothing(
    no_speech_prob: float | None, avg_logprob: float | None
) -> None:
    raw = replace(window(no_speech_prob, avg_logprob), speech=AROUND)
    assert cleaned_raw(raw).removals == ()
    assert cleaned_raw(replace(raw, speech=())).removals == ()


def nobody(text: str, *, seconds: float = 600.0) -> RawTranscript:
    """A recording in which a detector finds no speech at all, and Whisper is sure of some words of
    three seconds.
    """
    short = with_figures(raw_transcript([(20.0, text)], length=3.0), {0}, 0.01, -0.2)
    (part,) = short.recording.parts
    return replace(
        short,
        speech=(),
        recording=replace(short.recording, parts=(replace(part, duration=seconds),)),
    )


def test_stray_words_of_a_recording_in_which_nobody_speaks_are_a_gap_and_not_text() -> (
    None
):
    """Five words in ten minutes of music: nobody gives a lecture of them. They stay where they can
    be checked by ear.
    """
    result = cleaned_raw(nobody("Такая сеть называется большая модель."))
    assert removed(result, "silence") == ["Такая сеть называется большая модель."]
    assert {r.code for r in result.removals} == {"stray-words"}
    assert result.transcript.sentences == ()
    assert (
        result.quality.missing
        == result.transcript.gaps
        == (Gap(20.0, 23.0, "removed"),)
    )


def test_what_is_more_than_stray_words_stays_though_a_detector_finds_nobody() -> None:
    """A lecture that a detector misses as a whole is a lecture."""
    assert cleaned_raw(nobody(LECTURE[0])).removals == ()


def test_what_is_more_than_stray_words_in_a_script_without_spaces_stays() -> None:
    """A quarter of a minute of Chinese is seven "words"."""
    text = (
        "今天我们讨论搜索引擎的倒排索引，它把每一个词映射到包含这个词的文档，查询的时候只需要取出几个列表，"
        "然后求它们的交集，最后按照相关性对结果进行排序，这就是搜索的基本原理，下一讲我们再来详细讨论。"
    )
    assert cleaned_raw(nobody(text)).removals == ()


def test_where_nobody_speaks_whispers_own_doubt_is_the_reason_and_leaves_no_gap() -> (
    None
):
    raw = with_figures(nobody("Спасибо большое всем."), {0}, 0.9, -0.2)
    result = cleaned_raw(raw)
    assert {r.code for r in result.removals} == {"nobody-speaks"}
    assert result.transcript.gaps == ()


def test_a_few_words_of_a_short_recording_stay() -> None:
    """A memo of a minute is no silence with words in it."""
    assert cleaned_raw(nobody("Завтра лекции не будет.", seconds=60.0)).removals == ()


def test_where_somebody_speaks_at_all_words_apart_from_it_are_no_stray_words() -> None:
    raw = replace(
        nobody("Такая сеть называется большая модель."), speech=(Region(300.0, 301.0),)
    )
    assert removed(cleaned_raw(raw), "silence") == []


def test_doubtful_words_where_somebody_speaks_stay() -> None:
    raw = replace(
        window(0.9, -0.3), speech=(*AROUND[:1], Region(60.0, 62.0), *AROUND[1:])
    )
    assert cleaned_raw(raw).removals == ()


def test_of_a_doubtful_window_with_times_only_the_sentences_away_from_speech_go() -> (
    None
):
    decoded = timed_window(
        0, 0.0, [(1.0, "Начали."), (8.0, "Дальше."), (25.0, "Спасибо.")]
    )
    raw = replace(
        with_figures(raw_of([decoded]), {0}, 0.9, -0.3), speech=(Region(0.5, 7.0),)
    )
    assert removed(cleaned_raw(raw), "silence") == ["Спасибо."]


def test_without_a_detector_doubtful_words_go_where_the_whole_recording_is_nearly_empty() -> (
    None
):
    empty = with_figures(
        raw_transcript(apart(GENERIC, "", "", "Да.")), {0, 3}, 0.1, -1.1
    )
    assert removed(cleaned_raw(empty), "silence") == [GENERIC, "Да."]
    sure = with_figures(empty, {3}, 0.1, -0.5)
    assert removed(cleaned_raw(sure), "silence") == [GENERIC]
    unsure = with_figures(empty, {3}, 0.1, -0.81)
    assert removed(cleaned_raw(unsure), "silence") == [GENERIC, "Да."]
    short = with_figures(raw_transcript(apart(GENERIC, "")), {0}, 0.7, -0.3)
    assert cleaned_raw(short).removals == ()


def blip(text: str, avg_logprob: float, seconds: float = 0.4) -> RawTranscript:
    """Return a recording of five minutes with so many seconds of speech in it."""
    raw = raw_of([timed_window(0, 200.0, [(200.2, text)], length=2.0)])
    silent = replace(raw.recording.parts[0], duration=300.0)
    return replace(
        with_figures(raw, {0}, 0.3, avg_logprob),
        recording=replace(raw.recording, parts=(silent,)),
        speech=(Region(200.2, 200.2 + seconds),),
    )


def test_doubtful_words_of_a_blip_in_an_empty_recording_go() -> None:
    result = cleaned_raw(blip("Смещая, смещая.", -0.9))
    assert removed(result, "silence") == ["Смещая, смещая."]
    assert {r.code for r in result.removals} == {"blip"}


@pytest.mark.parametrize(("avg_logprob", "seconds"), [(-0.5, 0.4), (-0.9, 3.1)])
def test_words_that_whisper_believes_and_several_seconds_of_speech_stay(
    avg_logprob: float, seconds: float
) -> None:
    assert removed(cleaned_raw(blip("Добрый день!", avg_logprob, seconds))) == []


def test_a_lecture_that_a_detector_misses_is_no_blip() -> None:
    raw = replace(
        with_figures(raw_transcript(apart(*LECTURE)), set(range(6)), 0.3, -0.9),
        speech=(Region(3.0, 5.0),),
    )
    assert cleaned_raw(raw).removals == ()


def test_a_blip_is_a_gap_that_is_told() -> None:
    gaps = cleaned_raw(blip("Смещая.", -0.9)).transcript.gaps
    assert [gap.cause for gap in gaps] == ["removed"]
