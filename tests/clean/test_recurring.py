"""Recurring hallucinations are learned where geometry proves them, and only there."""

import pytest

from konspekt.data import Cleaned, Removal, Sentence
from konspekt.formats import Document, Utterance
from konspekt.text.sentences import sentence_spans
from konspekt.transcribe.ready import windows_of
from tests.clean.cases import (
    LECTURE,
    STOCK,
    apart,
    cleaned,
    cleaned_raw,
    overlapping,
    raw_of,
    removed,
)


def test_a_sentence_alone_in_three_windows_apart_goes_everywhere() -> None:
    windows = apart(STOCK, LECTURE[0], STOCK, LECTURE[1], STOCK, LECTURE[2])
    assert removed(cleaned(windows), "phrase") == [STOCK] * 3


def test_its_variations_and_its_place_as_an_ending_go_too() -> None:
    variation = STOCK.replace("на лестнице", "на лестнице и на лестнице")
    windows = apart(STOCK, f"{LECTURE[0]} {STOCK}", STOCK, variation, STOCK, LECTURE[1])
    assert removed(cleaned(windows), "phrase") == [
        STOCK,
        STOCK,
        STOCK,
        variation,
        STOCK,
    ]


def test_what_follows_a_recurring_phrase_at_an_end_stays() -> None:
    windows = apart(
        STOCK,
        f"{LECTURE[0]} {STOCK} Так, дальше.",
        STOCK,
        LECTURE[1],
        STOCK,
        LECTURE[2],
    )
    assert removed(cleaned(windows), "phrase") == [STOCK] * 4


def test_a_broken_off_one_at_an_end_goes_too() -> None:
    stem = "Уважаемые жильцы, просим всех закрыть окна и выключить"
    windows = apart(
        STOCK, LECTURE[0][:-1] + f", {stem}", STOCK, LECTURE[1], STOCK, LECTURE[2]
    )
    assert stem in removed(cleaned(windows), "phrase")


def test_windows_that_share_sound_prove_nothing() -> None:
    windows = [
        (0.0, STOCK),
        (10.0, STOCK),
        (20.0, STOCK),
        *((40.0 * i, text) for i, text in enumerate(LECTURE, 2)),
    ]
    assert removed(cleaned(windows, "seams"), "phrase") == []


def test_the_distance_follows_from_the_times_of_the_windows() -> None:
    windows = [(25.0 * i, STOCK if i % 2 else LECTURE[i // 2]) for i in range(8)]
    assert len(removed(cleaned(windows, "seams", length=20.0), "phrase")) == 4
    assert removed(cleaned(windows, "seams", length=60.0), "phrase") == []


def test_a_short_recording_teaches_nothing() -> None:
    assert cleaned(apart(STOCK, STOCK, STOCK)).removals == ()


def test_twice_is_not_three_times() -> None:
    thanks = "Большое спасибо всем, кто сегодня пришёл и кто смотрит."
    assert cleaned(apart(thanks, *LECTURE, thanks)).removals == ()


def test_what_a_lecturer_says_often_amid_other_things_stays() -> None:
    question = "Есть ли у вас вопросы по этой части лекции?"
    windows = apart(
        *(f"{text} {question} {LECTURE[0][:60]}." for text in LECTURE), question
    )
    assert removed(cleaned(windows), "phrase") == []


ASKED = "Есть ли у вас вопросы по этой части лекции?"
TOLD = "Запишите это в тетрадь, я пока вытру."
CLOSED = "На этом первая тема у нас разобрана."


@pytest.mark.parametrize("said", [ASKED, TOLD, CLOSED])
def test_what_ends_every_part_and_once_fills_a_window_alone_stays(said: str) -> None:
    windows = apart(
        f"{LECTURE[0]} {said}",
        f"{LECTURE[1]} {said}",
        LECTURE[2],
        said,
        LECTURE[3],
        LECTURE[4],
    )
    assert cleaned(windows).removals == ()


@pytest.mark.parametrize("said", [ASKED, TOLD, CLOSED])
def test_what_a_full_neighbour_has_too_stays_however_often(said: str) -> None:
    windows = []
    for number, text in enumerate(LECTURE):
        begun = " ".join(said.split()[: 3 + number])
        windows += [(100.0 * number, f"{text} {begun}"), (100.0 * number + 25.0, said)]
    assert removed(cleaned(windows), "phrase") == []


@pytest.mark.parametrize("said", [ASKED, TOLD])
def test_a_question_or_request_after_which_people_wait_stays_when_it_is_alone(
    said: str,
) -> None:
    windows = apart(*(text for part in LECTURE for text in (part, said)))
    assert cleaned(windows).removals == ()


def test_a_sentence_to_the_room_in_three_windows_on_end_is_the_decoders() -> None:
    windows = overlapping(
        TOLD,
        TOLD,
        TOLD,
        LECTURE[0],
        LECTURE[1],
        "",
        TOLD,
        "",
        LECTURE[2],
        "",
        TOLD,
        "",
        LECTURE[3],
    )
    assert removed(cleaned(windows), "phrase") == [TOLD] * 5


def test_an_invented_one_that_silence_began_in_a_full_window_goes_with_those_that_follow() -> (
    None
):
    part = (f"{LECTURE[0]} {STOCK}", STOCK, STOCK, STOCK)
    windows = overlapping(
        *part, *LECTURE[1:3], "", STOCK, STOCK, *LECTURE[3:], "", STOCK
    )
    assert removed(cleaned(windows), "phrase") == [STOCK] * 7


def test_endings_that_the_next_window_has_otherwise_count_against_the_sentence() -> (
    None
):
    ends = [f"{text[:200]}. {STOCK}" for text in LECTURE]
    windows = [
        (25.0 * i, text)
        for i, text in enumerate([ends[0], LECTURE[1], ends[2], LECTURE[3], ends[4]])
    ]
    windows += [(150.0, LECTURE[5]), *((200.0 + 40.0 * i, STOCK) for i in range(3))]
    assert removed(cleaned(windows), "phrase") == [STOCK] * 6


def test_short_polite_words_are_never_learned() -> None:
    windows = apart(
        *(
            text
            for pair in zip(["Спасибо.", "Да, да."] * 3, LECTURE, strict=True)
            for text in pair
        )
    )
    assert cleaned(windows).removals == ()


def test_windows_that_overlap_find_it_as_well() -> None:
    result = cleaned(overlapping(*[STOCK] * 9, LECTURE[0], LECTURE[1]))
    assert removed(result) == [STOCK] * 9
    (first,) = [gap for gap in result.transcript.gaps if gap.start == 0.0]
    assert (first.cause, first.end) == ("removed", 225.0)
    assert "share no sound" in result.removals[0].evidence["words"]


def subtitles(*cues: tuple[float, float, str]) -> Cleaned:
    """Cues as the importers of subtitles group them: windows that share no sound and hold
    several.
    """
    utterances = [Utterance("", text, start, end) for start, end, text in cues]
    document = Document("srt", tuple(utterances))
    return cleaned_raw(raw_of(windows_of(document, chunk_window=30.0)))


def window(result: Cleaned) -> list[str]:
    """What each window said, kept or not."""
    said: dict[int, list[tuple[int, str]]] = {}
    spans: list[Sentence | Removal] = [*result.transcript.sentences, *result.removals]
    for span in spans:
        said.setdefault(span.window, []).append((span.char_start, span.text))
    return ["".join(text for _, text in sorted(pieces)) for pieces in said.values()]


def in_cues(text: str, start: float) -> list[tuple[float, float, str]]:
    """A text as cues of four seconds, one after another."""
    sentences = [text[a:b] for a, b in sentence_spans(text)]
    return [
        (start + 4.0 * i, start + 4.0 * (i + 1), sentence)
        for i, sentence in enumerate(sentences)
    ]


def test_a_cue_that_fills_its_long_time_alone_teaches_too_whatever_cues_stand_in_its_window() -> (
    None
):
    cues = []
    for number, text in enumerate(LECTURE):
        start = 50.0 * number
        cues += [
            *in_cues(text, start),
            (start + 14, start + 41, STOCK),
            (start + 41.5, start + 43.5, "Так, дальше."),
        ]
    result = subtitles(*cues)
    assert any(STOCK in decoded and "дальше" in decoded for decoded in window(result))
    assert removed(result, "phrase") == [STOCK] * 6


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("Запишите это определение себе в тетрадь.", 3.0),
        ("Есть ли у вас вопросы по этой части лекции?", 25.0),
    ],
)
def test_a_cue_said_again_and_again_stays_in_its_own_time_and_as_a_question(
    said: str, seconds: float
) -> None:
    cues = []
    for number, text in enumerate(LECTURE):
        start = 50.0 * number
        cues += [
            *in_cues(text, start),
            (start + 14, start + 14 + seconds, said),
            (start + 40, start + 43, "Так."),
        ]
    assert subtitles(*cues).removals == ()


def test_variations_that_keep_half_of_the_rarer_words_are_one_phrase() -> None:
    variations = [
        STOCK,
        STOCK.replace("просим", "прошу"),
        STOCK.replace("закрыть", "закрывать"),
        STOCK,
    ]
    windows = apart(
        *(text for pair in zip(variations, LECTURE, strict=False) for text in pair)
    )
    assert removed(cleaned(windows), "phrase") == variations
