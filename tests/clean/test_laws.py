"""Law 1 as a property, for each rule alone and for all together; determinism; cleaning what is
clean.
"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.clean import check_tiling, chosen_rules, clean
from konspekt.clean.rules import RULES
from konspekt.clean.wording import codes
from konspekt.course.settings import CleanOptions
from konspekt.data import (
    DecodedWindow,
    How,
    RawTranscript,
    Region,
    Removal,
    Segment,
    Sentence,
    Word,
)
from konspekt.errors import CourseError, FormatError
from tests.builders import raw_transcript
from tests.clean.cases import LECTURE, STOCK, apart, cleaned, kept, overlapping, raw_of

WORDS = st.sampled_from(
    [
        *(
            "да",
            "Да,",
            "в результате,",
            "общую",
            "GPT-4",
            "C++",
            "далее.Вот",
            "Спасибо.",
            "0",
            "block",
            STOCK,
        ),
        *(
            "🙂",
            "\u200fשלום",
            "a\u200bb",
            "\x00",
            "\x1f",
            "\u2028",
            " ",
            "\n\t",
            "…",
            "«",
        ),
        *("Субтитры сделал DimaTorzok", "Продолжение следует..."),
    ]
)
TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(WORDS, max_size=30).map(" ".join),
    st.tuples(WORDS, st.integers(1, 120)).map(
        lambda pair: " ".join([pair[0]] * pair[1])
    ),
    st.sampled_from([*LECTURE, STOCK, LECTURE[0][:150], LECTURE[0][150:] + LECTURE[1]]),
)
TIMES = st.one_of(
    st.floats(-5, 100), st.sampled_from([0.0, 25.0, 30.0, float("nan"), float("inf")])
)


@st.composite
def segments(draw: st.DrawFn) -> Segment:
    text = draw(TEXTS)
    words = (
        tuple(Word(draw(TIMES), draw(TIMES), part) for part in text.split()[:4])
        if draw(st.booleans())
        else ()
    )
    figure = st.none() | st.floats(-3, 3)
    return Segment(
        draw(TIMES), draw(TIMES), text, words, draw(figure), draw(figure), draw(figure)
    )


@st.composite
def recordings(draw: st.DrawFn) -> RawTranscript:
    decoded_windows = []
    for number in draw(st.permutations(range(draw(st.integers(0, 9))))):
        start = draw(
            st.sampled_from([0.0, 10.0, 25.0 * number, 25.0 * number, 40.0 * number])
        )
        end = start + draw(st.sampled_from([0.0, 3.0, 30.0, 30.0, 30.0]))
        window = draw(st.lists(segments(), max_size=3)) or [
            Segment(start, end, draw(TEXTS))
        ]
        decoded_windows.append(
            DecodedWindow(number, start, end, "ru", tuple(window), How("chunks"))
        )
    speech = draw(st.none() | st.just((Region(3.0, 40.0), Region(60.0, 90.0))))
    return raw_of(decoded_windows, speech)


def obeys(raw: RawTranscript, options: CleanOptions) -> None:
    result = clean(raw, options, None, language="ru")
    check_tiling(raw, result.transcript, result.removals)
    assert result == clean(raw, options, None, language="ru")
    spans: tuple[Sentence | Removal, ...] = (
        *result.transcript.sentences,
        *result.removals,
    )
    for span in spans:
        assert span.start <= span.end
    for removal in result.removals:
        assert removal.code in {code.name for code in codes()}
        assert (
            json.loads(json.dumps(removal.evidence, allow_nan=False))
            == removal.evidence
        )
    ids = [sentence.id for sentence in result.transcript.sentences]
    assert len(ids) == len(set(ids))
    starts = [sentence.start for sentence in result.transcript.sentences]
    assert starts == sorted(starts)
    ends = 0.0
    for gap in result.transcript.gaps:
        assert ends <= gap.start < gap.end
        ends = gap.end


@given(recordings())
def test_everything_tiles_with_all_rules(raw: RawTranscript) -> None:
    obeys(raw, CleanOptions())


@pytest.mark.parametrize("rule", RULES)
@given(raw=recordings())
def test_everything_tiles_with_each_rule_alone(rule: str, raw: RawTranscript) -> None:
    obeys(raw, CleanOptions(without=tuple(name for name in RULES if name != rule)))


def test_the_order_in_which_windows_come_does_not_matter() -> None:
    raw = raw_transcript(overlapping(*LECTURE, STOCK, STOCK))
    turned = replace(raw, windows=raw.windows[::-1])
    assert clean(turned, CleanOptions(), None, language="ru") == clean(
        raw, CleanOptions(), None, language="ru"
    )


def test_cleaning_what_is_clean_removes_nothing() -> None:
    dirty = overlapping(
        STOCK,
        LECTURE[0],
        STOCK,
        STOCK,
        f"{LECTURE[1]} {'в общем, ' * 90}",
        STOCK,
        STOCK,
        LECTURE[2],
    )
    once = kept(cleaned(dirty))
    again = cleaned(
        apart(*(sentence.text for sentence in cleaned(dirty).transcript.sentences))
    )
    assert again.removals == ()
    assert kept(again) == once


@pytest.mark.parametrize("setting", ["without", "only"])
def test_an_unknown_rule_is_an_error_that_names_the_rules(setting: str) -> None:
    options = CleanOptions.model_validate({setting: ("tails", "seams")})
    with pytest.raises(
        CourseError,
        match=rf"clean.{setting} .*'tails'.*loops, recurring, .*seams, translations, outliers",
    ):
        clean(raw_transcript([]), options, None, language="ru")


def test_a_rule_left_out_does_nothing_and_is_named() -> None:
    result = cleaned(apart("раз " + "в общем, " * 90), "loops")
    assert result.removals == ()
    assert "loops: the rule was left out" in result.quality.without


def test_only_the_rules_named_run_in_their_usual_order_and_the_others_are_named_as_left_out() -> (
    None
):
    assert list(chosen_rules(CleanOptions(only=("seams", "loops")))) == [
        "loops",
        "seams",
    ]
    assert list(
        chosen_rules(
            CleanOptions(only=("seams", "loops"), without=("loops", "recurring"))
        )
    ) == ["seams"]
    assert list(chosen_rules(CleanOptions())) == list(RULES)
    raw = raw_transcript(
        apart(
            f"{LECTURE[0]} {'в общем, ' * 90}",
            STOCK,
            LECTURE[1],
            STOCK,
            LECTURE[2],
            STOCK,
        )
    )
    result = clean(raw, CleanOptions(only=("recurring",)), None, language="ru")
    assert {removal.reason for removal in result.removals} == {"phrase"}
    left_out = [line.partition(":")[0] for line in result.quality.without]
    assert left_out == [
        "loops",
        "credits",
        "captions",
        "silence",
        "doubtful",
        "seams",
        "translations",
        "outliers",
        "similarity",
        "no-sound",
    ]


@pytest.mark.parametrize("harm", ["lost", "twice", "changed", "stranger"])
def test_the_check_sees_what_breaks_the_first_law(harm: str) -> None:
    raw = raw_transcript(overlapping(*LECTURE))
    result = clean(raw, CleanOptions(), None, language="ru")
    sentences = list(result.transcript.sentences)
    if harm == "lost":
        del sentences[3]
    elif harm == "twice":
        sentences.append(sentences[3])
    elif harm == "changed":
        sentences[3] = replace(sentences[3], text=sentences[3].text.upper())
    else:
        sentences[3] = replace(sentences[3], window=99)
    with pytest.raises(FormatError, match="window"):
        check_tiling(
            raw, replace(result.transcript, sentences=tuple(sentences)), result.removals
        )
