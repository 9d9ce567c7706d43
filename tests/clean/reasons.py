"""A recording for each code of evidence: windows in which a rule gives it, and the figures it
gives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from konspekt.clean import clean, join_transcripts
from konspekt.course.corrections import Entry
from konspekt.course.settings import CleanOptions
from konspekt.data import DecodedWindow, How, Region, Removal, Segment
from tests.builders import raw_transcript
from tests.clean.cases import (
    GENERIC,
    LECTURE,
    LONG_LECTURE,
    STOCK,
    FakeSimilarity,
    Windows,
    apart,
    overlapping,
    with_figures,
    with_moves,
)


@dataclass(frozen=True)
class Case:
    windows: Windows
    figures: Mapping[str, object]
    words: str  # what the English words say, among other things
    similarity: FakeSimilarity | None = None
    unsure: tuple[int, ...] = ()  # windows that Whisper takes for silence
    corrections: tuple[Entry, ...] = ()
    no_speech_prob: float = 0.875  # of those
    second: Windows = ()  # another transcript of the same sound
    second_pass: DecodedWindow | None = None  # of the second pass
    logprob: float = -1.25  # of those that are unsure
    speech: tuple[Region, ...] | None = None
    still: tuple[int, ...] = ()  # windows whose attention stays in one place


def removal_of(why: str) -> Removal:
    """Return the first removal with this code."""
    reason = REASONS[why]
    raw = with_figures(
        raw_transcript(reason.windows),
        reason.unsure,
        reason.no_speech_prob,
        reason.logprob,
    )
    raw = replace(with_moves(raw, reason.still, 0.04), speech=reason.speech)
    if reason.second:
        raw = join_transcripts(
            [("a.json", raw), ("b.json", raw_transcript(reason.second))]
        )
    second_pass = (
        None
        if reason.second_pass is None
        else replace(raw, windows=(reason.second_pass,))
    )
    corrections = reason.corrections
    result = clean(
        raw,
        CleanOptions(),
        reason.similarity,
        language="ru",
        second_pass=second_pass,
        corrections=corrections,
    )
    return next(removal for removal in result.removals if removal.code == why)


def told_of(removal: Removal) -> dict[str, object]:
    """Return the figures of a removal, its neighbour and phrase among them."""
    return {
        **removal.evidence,
        "window": removal.other_window,
        "phrase": removal.phrase,
    }


UNIT = "и для каждого запроса мы получаем свой список ответов"
PHRASE = "уважаемые жильцы просим всех закрыть окна и выключить весь свет на лестнице"
STEM = "Уважаемые жильцы, просим всех закрыть окна и выключить"
VARIATION = "Уважаемые гости, просим закрыть окна и погасить свет."
AKIN = "Дорогие друзья, мы рады погоде."
REPEATED = apart(STOCK, LECTURE[0], STOCK, LECTURE[1], STOCK, LECTURE[2])
TAIL = overlapping(
    f"{LECTURE[0]} Удаление мы разберём подробно, потому что все его любят и ждут.",
    f"Удаление мы разберём подробно, потому что в учебниках оно описано плохо. {LECTURE[1]}",
)

SPOKEN_TWICE = "Так говорят здесь на другом языке."
TRANSLATED = "So it is said here in another language."
ENGLISH = f"{TRANSLATED} {'And the rest of this window goes on in English. ' * 5}"

FILE = "lecture.corrections.toml"
SPOKEN = apart(LECTURE[0])
# Between 30 and 75 s nothing was transcribed, or a few words.
MISSED = overlapping(LECTURE[0], "", "", LECTURE[3])
THIN = overlapping(LECTURE[0], GENERIC, "", LECTURE[3])


def second_window(
    start: float, text: str, *, length: float = 25.0, avg_logprob: float | None = None
) -> DecodedWindow:
    segment = Segment(start, start + length, text, avg_logprob=avg_logprob)
    return DecodedWindow(
        4, start, start + length, "ru", (segment,), How("small", {}, 2)
    )


REASONS: Mapping[str, Case] = {
    "fast-loop": Case(
        apart("Спросим. " + "то есть, " * 120),
        {"unit": "то есть", "periods": 120, "chars": 1078, "rate": 36.3},
        (
            "'то есть' comes about 120 times in a row, at 36 characters a second: faster than "
            "anyone "
            "speaks"
        ),
    ),
    "long-loop": Case(
        apart(f"{LECTURE[0][:100]} {f'{UNIT}. ' * 8}"),
        {"unit": UNIT, "periods": 8, "chars": 438, "rate": 18.0},
        "comes about 8 times in a row, over 438 characters that no neighbour repeats",
    ),
    "still-attention": Case(
        apart(LECTURE[0], GENERIC, LECTURE[1]),
        {"percent": 4},
        "the attention moves on at 4% of the tokens: it does not follow the sound",
        still=(1,),
    ),
    "failed": Case(
        apart(LECTURE[0], GENERIC, LECTURE[1]),
        {"rate": 1.73, "avg_logprob": -1.25},
        "1.7 characters a second, below 3, and Whisper believes none of its texts",
        unsure=(1,),
        no_speech_prob=0.3,
    ),
    "blip": Case(
        [(200.0, GENERIC)],
        {"seconds": 0.5, "doubt": "avg_logprob -1.25"},
        "0.5 s of speech are found in the whole recording, and Whisper doubts its words",
        unsure=(0,),
        no_speech_prob=0.3,
        speech=(Region(210.0, 210.5),),
    ),
    "caption": Case(
        apart(LECTURE[0], "АПЛОДИСМЕНТЫ", LECTURE[1]),
        {"rate": 0.4},
        "a caption in capitals, 0.4 characters a second",
    ),
    "repeated-phrase": Case(
        REPEATED,
        {"phrase": PHRASE, "windows": 3, "places": 3, "alone": 3},
        "windows 0, 2, 4 share no sound and say the same; 3 of them say nothing else",
    ),
    "phrase-start": Case(
        apart(
            STOCK, f"{LECTURE[0][:-1]}, {STEM}", STOCK, LECTURE[1], STOCK, LECTURE[2]
        ),
        {"phrase": PHRASE, "count": 8, "ratio": 100.0},
        (
            "8 words at the end are the beginning of a phrase learned from this recording "
            "(similarity "
            "100 of 100)"
        ),
    ),
    "credit": Case(
        apart(f"{LECTURE[0]} Субтитры сделал DimaTorzok"),
        {"shape": "Субтитры сделал DimaTorzok"},
        "a credit or caption of subtitles by its shape",
    ),
    "listed-phrase": Case(
        apart(LECTURE[0], "Продолжение следует...", LECTURE[1]),
        {"phrase": "продолжение следует", "rate": 0.73},
        "a listed phrase in a window of 0.7 characters a second that no dense neighbour confirms",
    ),
    "no-speech": Case(
        apart(LECTURE[0], GENERIC, LECTURE[1]),
        {"no_speech_prob": 0.875, "avg_logprob": -1.25},
        (
            "Whisper itself takes this for silence: no_speech_prob 0.88 is above 0.6, avg_logprob "
            "-1.25 below -1.0"
        ),
        unsure=(1,),
    ),
    "nobody-speaks": Case(
        apart(LECTURE[0], GENERIC, LECTURE[1]),
        {"doubt": "no_speech_prob 0.88"},
        "no speech is found here, and Whisper doubts its words: no_speech_prob 0.88",
        unsure=(1,),
        logprob=-0.4,
        speech=(Region(0.0, 30.0), Region(80.0, 110.0)),
    ),
    "stray-words": Case(
        ((0.0, GENERIC), (130.0, "")),
        {"count": len(GENERIC.split()), "minutes": 2.7},
        "no speech is found in the whole recording of 2.7 minutes, and 8 words are all its text",
        speech=(),
    ),
    "empty-room": Case(
        apart(GENERIC, "", "Да."),
        {"rate": round(len(GENERIC) / 30, 2), "doubt": "no_speech_prob 0.88"},
        "no window of this recording is full of speech",
        unsure=(0,),
        logprob=-0.4,
    ),
    "same-words": Case(
        TAIL,
        {"window": 1, "theirs": "потому что", "left": 0, "right": 1, "pairs": 6},
        "window 1 holds the same sound: 6 words at the end of window 0",
    ),
    "same-ending": Case(
        overlapping(
            f"{LECTURE[0]} Этот замер под названием кодэвол",
            f"Этот замер под названием Code Eval был сделан для русского языка. {LECTURE[1]}",
        ),
        {"window": 1, "theirs": "Code"},
        "window 1 holds the same sound and spells this ending otherwise",
    ),
    "same-beginning": Case(
        overlapping(
            f"{LECTURE[0]} Это WER число замен, пропусков и вставок",
            f"ВЕР число замен, пропусков и вставок делят на длину. {LECTURE[1]}",
        ),
        {"window": 0, "theirs": "WER"},
        "window 0 holds the same sound and spells this beginning otherwise",
    ),
    "other-words": Case(
        TAIL,
        {"window": 1, "theirs": "в учебниках оно описано плохо"},
        "window 1 has this sound further from its edge",
    ),
    "in-another-language": Case(
        overlapping(
            *LONG_LECTURE[:8],
            f"{LONG_LECTURE[8]} {SPOKEN_TWICE}",
            ENGLISH,
            *LONG_LECTURE[9:],
        ),
        {"window": 8, "theirs": SPOKEN_TWICE},
        "window 8 holds the same sound in the language of the lecture",
        FakeSimilarity(SPOKEN_TWICE, TRANSLATED),
    ),
    "phrase-variation": Case(
        [*REPEATED, (240.0, VARIATION)],
        {"phrase": PHRASE, "rate": 1.77, "ratio": 66.7},
        (
            "1.8 characters a second, no words in common with its neighbours, and a variation of a "
            "phrase"
        ),
    ),
    "near-phrase": Case(
        apart(*[STOCK, LECTURE[0]] * 3, LECTURE[3], AKIN, LECTURE[4], *LONG_LECTURE),
        {"phrase": PHRASE, "rate": 1.03, "kinship": 1.0, "nearest": 0.119},
        "closer to each other than to anything that it says in full windows",
        FakeSimilarity(AKIN, "уважаемые"),
    ),
    "dropped": Case(
        SPOKEN,
        {"file": FILE},
        f"{FILE} drops it",
        corrections=(Entry("drop", FILE, 1, at=0.0),),
    ),
    "dropped-note": Case(
        SPOKEN,
        {"file": FILE, "note": "шум"},
        f"{FILE} drops it: шум",
        corrections=(Entry("drop", FILE, 1, text="картотеку", note="шум"),),
    ),
    "redacted": Case(
        SPOKEN,
        {"file": FILE},
        f"{FILE} redacts it",
        corrections=(Entry("redact", FILE, 1, at=0.0),),
    ),
    "redacted-note": Case(
        SPOKEN,
        {"file": FILE, "note": "имя"},
        f"{FILE} redacts it: имя",
        corrections=(Entry("redact", FILE, 1, text="картотеку", note="имя"),),
    ),
    "said-alike": Case(
        apart(LECTURE[0]),
        {"window": 0, "theirs": LECTURE[0], "file": "a.json", "pairs": 47},
        "window 0, of a.json, holds the same sound and says the same",
        second=apart(LECTURE[0]),
    ),
    "versions-differ": Case(
        apart(LECTURE[0]),
        {"window": 0, "theirs": "карточки", "file": "a.json"},
        (
            "holds the same sound and says otherwise: nothing tells which is right: the transcript "
            "named first has the"
        ),
        second=apart(LECTURE[0].replace("карточки", "корточки")),
    ),
    "in-one-only": Case(
        apart(f"{LECTURE[0]} {GENERIC}"),
        {"others": "b.json"},
        "b.json have nothing there: without times nothing shows that it was said",
        second=apart(LECTURE[0]),
    ),
    "neither-supported": Case(
        apart(f"{LECTURE[0]} {GENERIC}"),
        {"others": "b.json"},
        "b.json say otherwise: the windows say different things there, at length",
        second=apart(f"{LECTURE[0]} Спасибо всем большое и до новых встреч на канале."),
    ),
    "held-already": Case(
        MISSED,
        {
            "window": 0,
            "theirs": "Половина карточек сразу отпадает, остальное делим опять, и через двадцать "
            "шагов от "
            "миллиона остаётся одна.",
        },
        "window 0 holds this sound and its text is kept",
        second_pass=second_window(22, f"{LECTURE[4]} {LECTURE[5]}"),
    ),
    "second-pass": Case(
        THIN,
        {"window": 4, "theirs": LECTURE[1]},
        "window 4, of the second pass, has more of this sound",
        second_pass=second_window(28, LECTURE[1]),
    ),
    "second-pass-thin": Case(
        MISSED,
        {"rate": 0.64, "seconds": 25.0},
        "0.6 characters a second of the second pass: too few to be speech",
        second_pass=second_window(40, "Спасибо, друзья."),
    ),
    "second-pass-fast": Case(
        MISSED,
        {"rate": 37.8, "seconds": 25.0},
        "characters a second of the second pass: faster than anyone speaks",
        second_pass=second_window(40, f"{LECTURE[1]} {LECTURE[2]} {LECTURE[4]}"),
    ),
    "second-pass-unsure": Case(
        MISSED,
        {"avg_logprob": -1.25},
        "Whisper itself is unsure of these words: avg_logprob -1.25 is below -1.0",
        second_pass=second_window(40, LECTURE[1], avg_logprob=-1.25),
    ),
    "not-missing": Case(
        MISSED,
        {},
        "the text of the first pass stands here: nothing was missing",
        second_pass=second_window(2, LECTURE[1], length=20.0),
    ),
}
