"""What is worth a second pass, and what of it is taken in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given

from konspekt.clean import check_tiling, clean, join_passes
from konspekt.course.corrections import Entry
from konspekt.course.settings import CleanOptions
from konspekt.data import (
    Cleaned,
    DecodedWindow,
    How,
    RawTranscript,
    Region,
    Removal,
    Sentence,
)
from tests.builders import raw_transcript
from tests.clean.cases import (
    GENERIC,
    LECTURE,
    STOCK,
    apart,
    kept,
    raw_of,
    timed_window,
)
from tests.clean.test_corrections import entry
from tests.clean.test_laws import recordings

A, B, C, D = LECTURE[:4]
PACE = 0.45  # seconds a word


def at_pace(start: float, text: str) -> list[tuple[float, str]]:
    return [(start + PACE * number, word) for number, word in enumerate(text.split())]


def window(
    number: int, start: float, *said: tuple[float, str], length: float = 29.0
) -> DecodedWindow:
    """A window with word times: each text from its second on."""
    words = [word for at, text in said for word in at_pace(at, text)]
    return timed_window(
        number,
        start,
        [word for word in words if start <= word[0] < start + length],
        length=length,
    )


def again(
    number: int, start: float, *said: tuple[float, str], length: float = 29.0
) -> DecodedWindow:
    return replace(window(number, start, *said, length=length), how=How("small", {}, 2))


def both(
    first: Sequence[DecodedWindow],
    second: Sequence[DecodedWindow],
    speech: tuple[Region, ...] | None = None,
    corrections: Sequence[Entry] = (),
) -> Cleaned:
    """Cleans both passes and checks the first law over them."""
    raw, later = raw_of(first, speech), replace(raw_of(first), windows=tuple(second))
    result = clean(
        raw,
        CleanOptions(),
        None,
        language="ru",
        second_pass=later,
        corrections=corrections,
    )
    check_tiling(join_passes(raw, later), result.transcript, result.removals)
    return result


def of(result: Cleaned, number: int) -> dict[str, str]:
    """What is removed of a window, by reason."""
    found: dict[str, str] = {}
    for removal in result.removals:
        if removal.window == number:
            found[removal.reason] = (
                f"{found.get(removal.reason, '')} {removal.text.strip()}".strip()
            )
    return found


# A lecture of 87 s: speech to 18 s, nothing transcribed from there to 48 s, speech from 48 s on.
END_OF_A = len(A.split()) * PACE
FIRST = (
    window(0, 0, (0, A)),
    window(1, 24),
    window(2, 48, (48, C)),
    window(3, 72, (72, D)),
)
MISSED = (again(4, END_OF_A - 3, (0, A), (END_OF_A + 1, B), (48, C), length=29.0),)


def worth(
    decoded_windows: Sequence[DecodedWindow], speech: tuple[Region, ...] | None = None
) -> list[tuple[str, float, float]]:
    result = clean(raw_of(decoded_windows, speech), CleanOptions(), None, language="ru")
    return [(w.cause, w.start, w.end) for w in result.quality.second_pass]


def test_a_gap_is_listed_with_why_and_what_it_may_bring() -> None:
    result = clean(raw_of(FIRST), CleanOptions(), None, language="ru")
    first = result.quality.second_pass[0]
    assert (first.cause, first.reasons, first.gained) == ("not transcribed", (), None)
    assert first.start == pytest.approx(END_OF_A, abs=0.5)
    assert first.end == 48
    assert 0 < first.gain < first.end - first.start
    assert "no text in" in first.why
    assert "second-pass: nothing was transcribed again" in result.quality.without
    assert result.quality.missing == result.transcript.gaps


def test_the_stretches_come_in_the_order_of_likely_gain() -> None:
    decoded_windows = (
        window(0, 0, (0, A)),
        window(1, 29, (29, B)),
        window(2, 58),
        window(3, 87, (87, f"{C} {'в общем, ' * 90}")),
        window(4, 140, (140, D)),
    )
    listed = clean(
        raw_of(decoded_windows), CleanOptions(), None, language="ru"
    ).quality.second_pass
    assert [w.gain for w in listed] == sorted((w.gain for w in listed), reverse=True)
    assert any(w.cause == "not transcribed" for w in listed)


def test_silence_that_is_sure_is_not_worth_a_second_pass() -> None:
    assert worth(FIRST, (Region(0, 19), Region(48, 68), Region(72, 92))) == []
    silent = replace(FIRST[1], how=How("small", is_silent=True))
    assert not any(
        24 < end <= 48 for _, _, end in worth((FIRST[0], silent, *FIRST[2:]))
    )


def test_known_speech_is_worth_its_length() -> None:
    listed = clean(
        raw_of(FIRST, (Region(0, 30), Region(48, 68), Region(72, 92))),
        CleanOptions(),
        None,
        language="ru",
    ).quality
    assert listed.second_pass[0].gain == pytest.approx(30 - END_OF_A, abs=1)
    assert listed.speech == 70


def test_a_loop_and_a_window_that_was_cut_off_are_listed() -> None:
    loop = raw_transcript(apart(f"{A[:80]} {'то есть, ' * 120}", B))
    listed = clean(loop, CleanOptions(), None, language="ru").quality.second_pass
    assert ("removed", ("loop",)) in [(w.cause, w.reasons) for w in listed]
    cut = replace(FIRST[0], how=How("small", is_cut=True))
    assert ("cut", 0.0) in [
        (cause, start) for cause, start, _ in worth((cut, window(1, 29, (29, B))))
    ]


def test_the_list_is_the_same_whatever_the_settings_of_cleaning_and_after_the_second_pass() -> (
    None
):
    raw = raw_of((window(0, 0, (0, f"{A} {'в общем, ' * 90}")), *FIRST[1:]))
    usual = clean(raw, CleanOptions(), None, language="ru").quality.second_pass
    assert (
        clean(
            raw, CleanOptions(only=("seams",)), None, language="ru"
        ).quality.second_pass
        == usual
    )
    later = clean(
        raw,
        CleanOptions(),
        None,
        language="ru",
        second_pass=replace(raw, windows=MISSED),
    ).quality.second_pass
    assert [replace(w, gained=None) for w in later] == list(usual)


def test_a_lecture_that_came_as_text_says_that_there_is_no_second_pass() -> None:
    result = clean(
        raw_transcript([(0, A), (60, ""), (90, B)]), CleanOptions(), None, language="ru"
    )
    assert result.quality.second_pass
    assert (
        "no-sound: nothing could be transcribed again: the lecture came as text"
        in result.quality.without
    )


def test_what_the_second_pass_found_stands_in_its_place_once() -> None:
    result = both(FIRST, MISSED)
    assert " ".join(kept(result).split()) == f"{A} {B} {C} {D}"
    assert set(of(result, 4)) <= {"overlap"}
    assert result.quality.second_pass[0].gained == pytest.approx(
        len(B.split()) * PACE, abs=2
    )
    assert not any(line.startswith("second-pass") for line in result.quality.without)
    assert (
        sum(gap.end - gap.start for gap in result.transcript.gaps if gap.start < 48)
        < 12
    )


def test_a_few_words_in_a_long_stretch_are_not_believed_and_the_gap_stays() -> None:
    result = both(
        FIRST, (again(4, END_OF_A - 3, (25, "Спасибо за внимание, друзья.")),)
    )
    assert kept(result) == kept(both(FIRST, ()))
    assert of(result, 4) == {"unsupported": "Спасибо за внимание, друзья."}
    assert next(r for r in result.removals if r.window == 4).code == "second-pass-thin"
    assert result.transcript.gaps
    assert result.quality.second_pass[0].gained == 0


def test_a_phrase_that_the_recording_repeats_is_not_taken_from_the_second_pass() -> (
    None
):
    first = [
        window(n, 40.0 * n, (40.0 * n, text))
        for n, text in enumerate([STOCK, A, STOCK, B, STOCK, C])
    ]
    result = both(first, (again(6, 78, (80, STOCK)),))
    assert STOCK not in kept(result)
    assert set(of(result, 6)) == {"phrase"}


def test_a_loop_in_both_passes_is_no_repetition_that_was_said_twice() -> None:
    said = f"{A[:60]} {'в общем мы видим что, ' * 40}"
    first = (
        window(0, 0, (0, B)),
        timed_window(1, 29, at_pace(29, said)[:62], length=29.0),
        window(2, 58, (58, C)),
    )
    result = both(
        first,
        (
            replace(
                timed_window(3, 27, at_pace(29, said)[:60]), how=How("small", {}, 2)
            ),
        ),
    )
    assert "в общем мы видим что, в общем" not in kept(result)


def test_few_doubtful_words_give_way_to_what_the_second_pass_found_at_their_time() -> (
    None
):
    first = (window(0, 0, (0, A)), window(1, 24, (30, GENERIC)), *FIRST[2:])
    result = both(first, (again(4, END_OF_A - 3, (0, A), (END_OF_A + 1, B), (48, C)),))
    assert GENERIC not in kept(result)
    assert of(result, 1) == {"overlap": GENERIC}
    replaced = next(r for r in result.removals if r.window == 1)
    assert (replaced.code, replaced.other_window) == ("second-pass", 4)
    assert B in kept(result)


def test_few_doubtful_words_stay_where_the_second_pass_is_not_believed() -> None:
    first = (window(0, 0, (0, A)), window(1, 24, (30, GENERIC)), *FIRST[2:])
    result = both(first, (again(4, END_OF_A - 3, (31, "Спасибо.")),))
    assert GENERIC in kept(result)


def test_words_that_whisper_itself_is_unsure_of_are_not_taken() -> None:
    unsure = replace(
        MISSED[0],
        segments=tuple(replace(s, avg_logprob=-1.4) for s in MISSED[0].segments),
    )
    result = both(FIRST, (unsure,))
    assert B not in kept(result)
    assert {r.code for r in result.removals if r.window == 4} == {"second-pass-unsure"}


def test_a_second_pass_over_what_is_no_candidate_changes_nothing() -> None:
    result = both(FIRST, (again(4, 50, (50, B), length=15.0),))
    assert kept(result) == kept(both(FIRST, ()))
    assert {r.code for r in result.removals if r.window == 4} == {"not-missing"}


def test_words_that_the_first_pass_holds_beside_the_gap_do_not_come_twice() -> None:
    squeezed = [(46.5 + 0.05 * number, word) for number, word in enumerate(B.split())]
    first = (FIRST[0], timed_window(1, 24, squeezed, length=29.0), *FIRST[2:])
    result = both(first, (again(4, 20, (21, B), length=26.0),))
    assert kept(result).count(B) == 1
    assert of(result, 4) == {"unsupported": B}


def test_a_person_has_the_last_word_on_the_second_pass_too() -> None:
    words = " ".join(B.split()[2:5])
    told = [entry("redact", words), entry("drop", " ".join(B.split()[-4:]))]
    result = both(FIRST, MISSED, corrections=told)
    assert words in kept(both(FIRST, MISSED))
    assert words not in kept(result)
    assert not any(words in removal.text for removal in result.removals)
    assert result.quality.unmatched == ()
    assert "person" in of(result, 4)


def test_a_long_stretch_in_two_windows_is_joined() -> None:
    first = (
        window(0, 0, (0, A)),
        *(window(n, 24.0 * n) for n in (1, 2, 3)),
        window(4, 96, (96, D)),
    )
    said = ((0.0, A), (END_OF_A + 1, f"{B} {C}"), (96.0, D))
    result = both(
        first,
        (
            again(5, END_OF_A - 3, *said),
            again(6, END_OF_A + 21, *said),
            again(7, 70, *said),
        ),
    )
    assert f"{B} {C}" in " ".join(kept(result).split())


def test_an_empty_second_pass_changes_nothing_but_what_quality_says() -> None:
    alone, with_none = (
        clean(raw_of(FIRST), CleanOptions(), None, language="ru"),
        both(FIRST, ()),
    )
    assert (alone.transcript, alone.removals) == (
        with_none.transcript,
        with_none.removals,
    )
    assert [w.gained for w in with_none.quality.second_pass] == [None] * len(
        alone.quality.second_pass
    )


@given(recordings(), recordings())
def test_both_passes_tile_whatever_is_transcribed(
    first: RawTranscript, second: RawTranscript
) -> None:
    number = len(first.windows)
    later = tuple(
        replace(h, id=number + h.id, how=How("small", {}, 2)) for h in second.windows
    )
    second = replace(first, windows=later)
    result = clean(first, CleanOptions(), None, language="ru", second_pass=second)
    check_tiling(join_passes(first, second), result.transcript, result.removals)
    assert result == clean(
        first, CleanOptions(), None, language="ru", second_pass=second
    )
    starts = [sentence.start for sentence in result.transcript.sentences]
    assert starts == sorted(starts)
    spans: tuple[Sentence | Removal, ...] = (
        *result.transcript.sentences,
        *result.removals,
    )
    assert all(span.start <= span.end for span in spans)
    ids = [sentence.id for sentence in result.transcript.sentences]
    assert len(ids) == len(set(ids))
