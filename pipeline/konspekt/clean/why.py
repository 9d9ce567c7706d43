"""Why a span is removed: a code for each form of sentence, the figures that the sentence needs,
English words.

`removed.jsonl` is read by whoever audits, so it says the reason in words; a page says it in the
lecture's language, from the code and the figures. This is the one list of the codes: a new one
needs its sentence in the pages' words too.
"""

from __future__ import annotations

from collections.abc import Mapping

STRAY = "stray-words"  # a code that gaps know: its place is listened to

Figure = str | int | float

FIGURES: Mapping[str, tuple[str, ...]] = {
    "fast-loop": (
        "unit",
        "periods",
        "chars",
        "rate",
    ),  # rate: of the loop itself where its times are known
    "long-loop": ("unit", "periods", "chars", "rate"),
    "repeated-phrase": (
        "phrase",
        "windows",
        "places",
        "alone",
    ),  # windows: at most so many share no sound
    "phrase-start": ("phrase", "count", "ratio"),
    "credit": ("shape",),
    "listed-phrase": ("phrase", "rate"),
    "no-speech": ("no_speech_prob", "avg_logprob"),
    "nobody-speaks": ("doubt",),
    "empty-room": ("rate", "doubt"),
    STRAY: ("count", "minutes"),
    "same-words": ("window", "theirs", "left", "right", "pairs"),
    "same-ending": ("window", "theirs"),
    "same-beginning": ("window", "theirs"),
    "heard-otherwise": ("window", "theirs"),  # theirs may be empty
    "phrase-variation": ("phrase", "rate", "ratio"),
    "near-phrase": ("phrase", "rate", "kinship", "nearest"),
    "near-listed": (
        "phrase",
        "rate",
        "kinship",
        "honest",
        "doubt",
    ),  # honest: the most that is said in full windows
    "off-topic": ("rate", "usual", "nearest", "doubt"),
    "dropped": ("file",),  # by a person
    "dropped-note": ("file", "note"),
    "redacted": ("file",),
    "redacted-note": ("file", "note"),
    # of several transcripts of the same sound: `file` is the one that holds the window, `others`
    # are all others
    "heard-alike": ("window", "theirs", "file", "pairs"),
    "versions-differ": ("window", "theirs", "file"),
    "heard-by-one": ("others",),
    "neither-supported": ("others",),
    "held-already": ("window", "theirs"),
    "second-pass": ("window", "theirs"),
    "second-pass-thin": ("rate", "seconds"),
    "second-pass-fast": ("rate", "seconds"),
    "second-pass-unsure": ("avg_logprob",),
    "not-missing": (),
}
"""The figures by code."""

NO_SOUND, NO_SECOND_PASS = (
    "no-sound",
    "second-pass",
)  # why nothing was heard again, where something was worth it
NO_SIMILARITY = (
    "similarity"  # what a stage may do without, beside a rule, which has its name for a code
)

FOREIGN_SIMILARITY = "similarity-language"  # the model does not know the lecture's language


def because(why: str, words: str, **figures: Figure) -> dict[str, Figure]:
    """The evidence of a removal. ValueError where the code is unknown or a figure of its sentence
    is missing.
    """
    if why not in FIGURES or not set(FIGURES[why]) <= set(figures):
        raise ValueError(f"{why!r} with {sorted(figures)} is no evidence: see FIGURES")
    return {"why": why, "words": words, **figures}


def without(code: str, words: str) -> str:
    """A line of what was done without, as `quality.json` has it: the code, a colon, English
    words.
    """
    return f"{code}: {words}"
