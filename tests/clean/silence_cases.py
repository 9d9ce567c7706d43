"""Talks with silences of up to 25 s as two decoders transcribe them. Sentences at speech rate,
loops and credits are made up in the silences; sentences and whole passages are lost. Seeded.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

from konspekt.data import DecodedWindow, How, RawTranscript, Segment, Word
from tests.builders import raw_transcript
from tests.clean.cases import raw_of
from tests.clean.several_cases import ENGLISH, INVENTED, RUSSIAN

Form = Literal["text", "segments", "words"]
# a sentence, sentences as long as there is silence, three words again and again
Style = Literal["one", "fill", "loop"]
Timed = tuple[str, float, float]  # a word, its start and end

RATE = 15.0  # characters a second, of what is made up
MISSPELLS, DROPS, LOSES = 0.03, 0.02, 0.03
# of the sentences, each of which begins a passage of two to four that is lost
LOST_PASSAGES = 0.04
INVENTS = 0.8  # of the silences


@dataclass(frozen=True)
class Talk:
    words: tuple[Timed, ...]
    silences: tuple[tuple[float, float], ...]

    @property
    def text(self) -> str:
        return " ".join(word for word, _, _ in self.words)


def talk(language: str, chance: random.Random) -> Talk:
    """The lecture in passages of some sentences, in another order and tempo each time, with silence
    between them.
    """
    sentences = (
        (RUSSIAN if language == "ru" else ENGLISH)
        .replace("! ", ". ")
        .replace("? ", ". ")
        .split(". ")
    )
    passages = [sentences[k : k + 5] for k in range(0, len(sentences), 5)]
    chance.shuffle(passages)
    words: list[Timed] = []
    silences: list[tuple[float, float]] = []
    now = 1.0
    for passage in passages:
        rate = chance.uniform(11, 18)
        for sentence in passage:
            for word in f"{sentence.rstrip('.')}.".split():
                words.append((word, now, now + len(word) / rate))
                now += (len(word) + 1) / rate
            now += chance.uniform(0.1, 0.7)
        silence = chance.choice((0.5, 6.0, 10.0, 16.0, 25.0))
        if silence > 1:
            silences.append((now, now + silence))
        now += silence
    return Talk(tuple(words), tuple(silences))


def window(
    said: Talk,
    language: str,
    chance: random.Random,
    *,
    own: int,
    style: Style | None,
    loses_passages: bool = False,
) -> list[Timed]:
    """What a decoder has of a talk; `own` (0, 1) are the inventions that it chooses from, None is
    made up without.
    """
    words: list[Timed] = []
    losing, is_first = 0, False
    for word, start, end in said.words:
        if is_first:
            roll = chance.random()
            passage = LOST_PASSAGES if loses_passages else 0.0
            losing = losing or (
                chance.randint(2, 4) if roll < passage else int(roll < passage + LOSES)
            )
        is_first = word.endswith(".")
        if losing:
            losing -= is_first
            continue
        roll = chance.random()
        if roll < MISSPELLS and len(word) > 5:
            word = word[:-2] + chance.choice("аеиоaeio")
        if roll < 1 - DROPS:
            words.append((word, start, end))
    for start, end in said.silences:
        if style is not None and chance.random() < INVENTS:
            words += _made_up(INVENTED[language][own::2], style, start, end, chance)
    return sorted(words, key=lambda word: word[1])


def _made_up(
    known: tuple[str, ...],
    style: Style,
    start: float,
    end: float,
    chance: random.Random,
) -> list[Timed]:
    def seconds(words: list[str]) -> float:
        return sum(len(word) + 1 for word in words) / RATE

    words = f"{chance.choice(known).rstrip('.')}.".split()
    if style == "loop":
        words = words[:3] * chance.randint(4, 30)
    while style == "fill" and seconds(words) < 0.75 * (end - start):
        words += f"{chance.choice(known).rstrip('.')}.".split()
    tempo = min(1.0, (end - start - 0.6) / seconds(words))
    found, now = list[Timed](), start + 0.4
    for word in words:
        found.append((word, now, now + len(word) / RATE * tempo))
        now += (len(word) + 1) / RATE * tempo
    return found


def transcript(words: list[Timed], form: Form) -> RawTranscript:
    """Windows of 30 s: text alone at a 25 s step, or a segment a sentence, with the times of words
    or without.
    """
    last = words[-1][1]
    if form == "text":
        starts = [25.0 * k for k in range(int(last // 25) + 1)]
        return raw_transcript(
            [
                (s, " ".join(w for w, a, b in words if s <= a and b <= s + 30))
                for s in starts
            ]
        )
    decoded_windows: list[DecodedWindow] = []
    for number in range(int(last // 30) + 1):
        own = [word for word in words if 30 * number <= word[1] < 30 * number + 30]
        segments: list[Segment] = []
        while own:
            count = next(
                (k for k, (word, _, _) in enumerate(own, 1) if word.endswith(".")),
                len(own),
            )
            said = tuple(
                Word(start, end, f" {word}") for word, start, end in own[:count]
            )
            text = "".join(word.text for word in said)
            segments.append(
                Segment(
                    said[0].start, said[-1].end, text, said if form == "words" else ()
                )
            )
            own = own[count:]
        decoded_windows.append(
            DecodedWindow(
                number,
                30.0 * number,
                30.0 * number + 30,
                "ru",
                tuple(segments),
                How("small"),
            )
        )
    return raw_of(decoded_windows)
