"""Raw transcripts of lectures that are drawn: what Whisper makes of speech, at its worst.

A stored text is spoken, with pauses of many lengths. The windows misspell, lose, repeat and invent.
They do so in so many ways that some texts lie close to each limit of cleaning, on either side. The
draws are seeded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from random import Random

from konspekt.data import (
    DecodedWindow,
    How,
    Part,
    RawTranscript,
    Recording,
    Region,
    SecondPassCandidate,
    Segment,
    Word,
)
from tests.courses import ROOT

LISTED = (
    "Продолжение следует...",
    "Субтитры сделал DimaTorzok",
    "Редактор субтитров А.Семкин Корректор А.Егорова",
    "Спасибо за просмотр!",
    "Thank you for watching.",
    "*Музыка*",
)
RECURRING = (
    "Уважаемые гости, наша команда благодарит вас за теплую погоду и бережное отношение к окнам.",
    "Дорогие зрители, не забудьте подписаться и поставить оценку этому выпуску под записью.",
    "Спокойной ночи, до встречи в следующем выпуске нашей передачи.",
)
LETTERS = "аеиоунтсрвл"
WINDOW, STEP = 30.0, 25.0
# Seconds from and to, each as often as it stands here.
PAUSES = (
    *((0.1, 0.6),) * 20,
    *((0.5, 2.2),) * 6,
    *((1.6, 4.5),) * 6,
    *((4.0, 26.0),) * 4,
    (60.0, 190.0),
)
SILENCE = 70.0  # seconds before the lecture and after it


@dataclass(frozen=True)
class Spoken:
    """A word of the lecturer's and when it is said."""

    text: str
    start: float
    end: float


def speak(random: Random, count: int) -> list[list[Spoken]]:
    """Return so many sentences of the stored text as they are spoken."""
    text = (ROOT / "recordings" / "search.reference.txt").read_text(encoding="utf-8")
    sentences = re.split(r"(?<=[.?!])\s+", text.strip())
    spoken: list[list[Spoken]] = []
    now = SILENCE
    for number in range(count):
        words: list[Spoken] = []
        rate = 13 + 6 * random.random()
        for word in sentences[number % len(sentences)].split():
            end = now + (len(word) + 1) / rate
            words.append(Spoken(word, now, end))
            now = end
        spoken.append(words)
        low, high = PAUSES[int(len(PAUSES) * random.random())]
        now += low + (high - low) * random.random() ** 2
    return spoken


def mishear(random: Random, words: Sequence[str], share: float) -> list[str]:
    """Return words of which a share is misspelt, lost or doubled."""
    written: list[str] = []
    for word in words:
        chance = random.random() / share
        if chance < 0.5:
            letters = list(word)
            for _ in range(1 + int(3 * random.random())):
                place = int(len(letters) * random.random())
                letters[place] = LETTERS[int(len(LETTERS) * random.random())]
            written.append("".join(letters))
        elif chance < 0.75:
            continue
        elif chance < 1:
            written += [word, word]
        else:
            written.append(word)
    return written


def repeat(random: Random, words: Sequence[str]) -> list[str]:
    """Return words in a repetition loop: of one word or of many, a few times or very often."""
    length = 1 + int(14 * random.random() ** 2)
    start = int(max(1, len(words) - length) * random.random())
    unit = list(words[start : start + length])
    times = 2 + int(11 * random.random())
    if random.random() < 0.2:
        times *= 4
    looped: list[str] = []
    share = 0.05 * random.random()
    for _ in range(times):
        looped += mishear(random, unit, share or 0.01)
    rest = list(words[start + length :])[: int(5 * random.random())]
    return [*words[:start], *looped, *rest]


def invent(random: Random) -> list[str]:
    """Return what is invented on silence: a listed phrase or one that recurs, more or less."""
    phrases = (LISTED, RECURRING)[random.random() < 0.6]
    words = phrases[int(len(phrases) * random.random())].split()
    words = mishear(random, words, 0.02 + 0.3 * random.random() ** 2)
    return words * (1 + int(1.4 * random.random()))


def make_up(random: Random, words: Sequence[str]) -> list[str]:
    """Return a few words of a window in any order; mostly none."""
    count = int(7 * random.random() ** 3)
    return [words[int(len(words) * random.random())] for _ in range(count)]


def transcribe_window(random: Random, said: Sequence[Spoken]) -> list[str]:
    """Return the words that a window has of what is said in it."""
    words = [word.text for word in said]
    chance = random.random()
    if not words:
        return invent(random) if chance < 0.8 else []
    first = int(9 * random.random() ** 2)  # lost at the edges, or made up there
    last = len(words) - int(9 * random.random() ** 2)
    middle = mishear(random, words[first:last], 0.01 + 0.12 * random.random() ** 2)
    words = [*make_up(random, words), *middle, *make_up(random, words)]
    if not words:
        return []
    if chance < 0.12:
        return repeat(random, words)
    if chance < 0.18:
        return words[: 2 + int(len(words) * 0.5 * random.random())]
    if chance < 0.26:
        return invent(random)
    if chance < 0.32:
        return words + invent(random)
    if chance < 0.36:
        return []
    if chance < 0.42:  # the end of the window a second time
        return words + words[-1 - int(9 * random.random()) :]
    return words


def as_segments(
    random: Random, words: Sequence[str], start: float, end: float
) -> Iterator[Segment]:
    """Yield the words of a window as its segments, timed evenly."""
    is_timed = random.random() < 0.5
    has_figures = random.random() < 0.8
    step = (end - start) / max(1, len(words))
    at = 0
    while at < len(words):
        stop = min(len(words), at + 3 + int(12 * random.random()))
        times = [round(start + step * place, 2) for place in range(at, stop + 1)]
        timed = tuple(
            Word(times[place], times[place + 1], f" {word}", 0.9)
            for place, word in enumerate(words[at:stop])
        )
        segment = Segment(
            times[0],
            times[-1],
            "".join(word.text for word in timed),
            timed if is_timed else (),
        )
        if has_figures:
            segment = replace(
                segment,
                avg_logprob=round(-0.1 - 1.3 * random.random(), 4),
                no_speech_prob=round(random.random(), 4),
                temperature=round(int(6 * random.random()) / 5, 1),
                compression_ratio=1.5,
            )
        yield segment
        at = stop


def draw_lecture(
    name: str, count: int, *, has_speech: bool = True, seed: str = ""
) -> RawTranscript:
    """Return the raw transcript of so many sentences in overlapping windows.

    The name decides what is said, the name and the seed what Whisper makes of it.
    """
    spoken = speak(Random(name), count)
    random = Random(f"{name} {seed}")
    said = [word for sentence in spoken for word in sentence]
    duration = said[-1].end + SILENCE
    windows: list[DecodedWindow] = []
    while not windows or windows[-1].end < duration:
        start = STEP * len(windows)
        end = min(start + WINDOW, duration)
        inside = [word for word in said if start <= word.start and word.end <= end]
        words = transcribe_window(random, inside)
        first, last = (start, end)
        if inside and random.random() < 0.7:
            first, last = inside[0].start, inside[-1].end
        segments = tuple(as_segments(random, words, first, last))
        is_silent = not words and random.random() < 0.5
        is_cut = bool(words) and random.random() < 0.05
        how = How("drawn", is_silent=is_silent, is_cut=is_cut)
        windows.append(DecodedWindow(len(windows), start, end, "ru", segments, how))
    speech = tuple(
        Region(round(sentence[0].start, 3), round(sentence[-1].end, 3))
        for sentence in spoken
    )
    part = Part(f"recordings/{name}.wav", 0.0, duration, "0" * 64)
    return RawTranscript(
        Recording(name, (part,)),
        "drawn",
        speech=speech if has_speech else None,
        windows=tuple(windows),
    )


def draw_second_pass(
    raw: RawTranscript, candidates: Iterable[SecondPassCandidate]
) -> RawTranscript:
    """Return windows around stretches of a drawn lecture, decoded a second time."""
    spoken = speak(Random(raw.recording.id), len(raw.speech or ()))
    said = [word for sentence in spoken for word in sentence]
    random = Random(f"{raw.recording.id} second pass")
    windows: list[DecodedWindow] = []
    for one in sorted(candidates, key=attrgetter("start")):
        first = max(0.0, one.start - 3)
        last = min(raw.recording.duration, one.end + 3)
        inside = [word for word in said if first <= word.start and word.end <= last]
        words = mishear(random, [word.text for word in inside], 0.1)
        if random.random() < 0.3:
            words = transcribe_window(random, inside)
        segments = tuple(as_segments(random, words, first, last))
        how = How("drawn", pass_number=2)
        number = len(raw.windows) + len(windows)
        windows.append(DecodedWindow(number, first, last, "ru", segments, how))
    return replace(raw, windows=tuple(windows))
