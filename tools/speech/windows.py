"""Training windows: a stretch of a made-up lecture as sound, and what Whisper shall say of it.

A window holds clips of the corpus after one another, with pauses, room noise, hum and changing
levels; its ends may cut a sentence, as a grid of windows does. Words cut off are not part of the
answer.
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import numpy as np

from tools.speech.corpus import Clip
from tools.speech.voices import SAMPLE_RATE

POSITIONS_PER_SECOND = 50  # of Whisper's encoder
ALPHABET = " абвгдежзийклмнопрстуфхцчшщъыьэюяё"
INSIDE = 0.6  # share of a word that must lie in the window to be transcribed


@dataclass(slots=True)
class Segment:
    """Words of one sentence that lie in the window, in seconds from its start."""

    start: float
    end: float
    text: str
    said: str
    times: list[tuple[float, float]]  # of each word of the text


@dataclass(slots=True)
class Window:
    """Sound `(n,)` float32 and the segments to be transcribed in it; none where nobody speaks."""

    samples: np.ndarray
    segments: list[Segment] = field(default_factory=list)


class Corpus:
    """Clips by voice, so that a window is one lecture and not a choir."""

    def __init__(self, samples: np.ndarray, clips: Sequence[Clip]) -> None:
        self.samples, self.clips = samples, list(clips)
        self.by_voice: dict[str, list[Clip]] = {}
        for clip in clips:
            self.by_voice.setdefault(clip.voice, []).append(clip)

    def sound(self, clip: Clip) -> np.ndarray:
        return self.samples[clip.start : clip.end].astype(np.float32) / 32768


def build(
    corpus: Corpus, seconds: float, rng: random.Random, *, harsh: bool = False
) -> Window:
    """A window of `seconds` filled with clips of one voice, now and then of two.

    `harsh` windows are more often empty but for music or a hum, and some have a telephone's band or
    are clipped.
    """
    total = round(seconds * SAMPLE_RATE)
    window = Window(np.zeros(total, np.float32))
    if harsh and rng.random() < 0.06:
        _tones(
            window.samples[
                : rng.randint(total // 10, total) if rng.random() < 0.5 else total
            ],
            rng,
        )
        return window
    if rng.random() < 0.07:
        _background(window.samples, rng, alone=True)
        return window
    voices = [rng.choice(corpus.clips).voice]
    if rng.random() < 0.15:
        voices.append(rng.choice(corpus.clips).voice)
    # the recording may end in the window
    stop = total if rng.random() < 0.75 else rng.randint(total // 3, total)
    cursor = _first(seconds, rng)
    while cursor < stop - SAMPLE_RATE // 4:
        clip = rng.choice(corpus.by_voice[rng.choice(voices)])
        level = 10 ** (rng.uniform(-9, 0) / 20)
        _place(window, corpus.sound(clip) * level, clip, cursor, stop)
        cursor += clip.end - clip.start + round(_pause(seconds, rng) * SAMPLE_RATE)
    _background(window.samples[:stop], rng, alone=False)
    if harsh:
        window.samples = _recorded_badly(window.samples, rng)
    window.samples *= 10 ** (rng.uniform(-28, 0) / 20) if rng.random() < 0.5 else 1.0
    return window


def single(corpus: Corpus, seconds: float, rng: random.Random) -> Window:
    """A window with one clip that fits into it, somewhere."""
    total = round(seconds * SAMPLE_RATE)
    while True:
        clip = rng.choice(corpus.clips)
        if clip.end - clip.start <= total:
            break
    window = Window(np.zeros(total, np.float32))
    _place(
        window,
        corpus.sound(clip),
        clip,
        rng.randint(0, total - (clip.end - clip.start)),
        total,
    )
    _background(window.samples, rng, alone=False)
    window.samples *= 10 ** (rng.uniform(-20, 0) / 20) if rng.random() < 0.5 else 1.0
    return window


def _first(seconds: float, rng: random.Random) -> int:
    """Where the first clip begins: before the window (it is cut), soon, or after a long pause."""
    kind = rng.random()
    if kind < 0.4:
        return -rng.randint(0, 3 * SAMPLE_RATE)
    if kind < 0.85:
        return rng.randint(0, SAMPLE_RATE)
    return rng.randint(0, round(seconds * SAMPLE_RATE * 0.8))


def _pause(seconds: float, rng: random.Random) -> float:
    if rng.random() < 0.06:
        return rng.uniform(2, seconds / 2 + 2)
    return rng.uniform(0.05, 1.0)


def _place(window: Window, sound: np.ndarray, clip: Clip, at: int, stop: int) -> None:
    """Adds a clip that begins at sample `at`, which may lie before the window, as far as `stop`."""
    first, last = max(at, 0), min(at + len(sound), stop)
    if last <= first:
        return
    window.samples[first:last] += sound[first - at : last - at]
    offset, limit = at / SAMPLE_RATE, stop / SAMPLE_RATE
    inside_words = []
    for index, (start, end) in enumerate(clip.times):
        inside = min(end + offset, limit) - max(start + offset, 0.0)
        if inside >= INSIDE * (end - start):
            inside_words.append(index)
    if not inside_words:
        return
    start = max(clip.times[inside_words[0]][0] + offset, 0.0)
    end = min(clip.times[inside_words[-1]][1] + offset, limit)
    text = " ".join(clip.text[index] for index in inside_words)
    said = " ".join(clip.said[index] for index in inside_words)
    times = [
        (
            max(clip.times[index][0] + offset, 0.0),
            min(clip.times[index][1] + offset, limit),
        )
        for index in inside_words
    ]
    window.segments.append(Segment(start, end, text, said, times))


def _background(samples: np.ndarray, rng: random.Random, *, alone: bool) -> None:
    """Room noise, hum or music; `alone` they may be loud, or nothing at all, under speech they stay
    in the back.
    """
    loudness = float(np.sqrt(np.mean(samples**2))) or 0.1
    kind = rng.random()
    if kind < 0.2:
        return
    snr = rng.uniform(-5, 50) if alone else rng.uniform(12, 50)
    background = _crop("noise", len(samples), rng)
    if kind > 0.7:
        background = background + _crop(
            rng.choice(("hum", "hum", "music")), len(samples), rng
        ) * rng.uniform(0.2, 2)
    scale = (
        loudness * 10 ** (-snr / 20) / (float(np.sqrt(np.mean(background**2))) + 1e-9)
    )
    if not alone and rng.random() < 0.2:  # only in a part of it
        first = rng.randrange(len(samples))
        background[:first] = 0
    samples += background * np.float32(scale)


def _tones(samples: np.ndarray, rng: random.Random) -> None:
    """Music or a hum without speech, with noise or without."""
    found = _crop(rng.choice(("hum", "music")), len(samples), rng)
    if rng.random() < 0.5:
        found += _crop("noise", len(samples), rng) * np.float32(
            10 ** (rng.uniform(-30, 0) / 20)
        )
    samples += found * np.float32(0.1 * 10 ** (rng.uniform(-40, 8) / 20))


def _recorded_badly(samples: np.ndarray, rng: random.Random) -> np.ndarray:
    """One window of eight without its high notes, as a telephone gives it, or with its peaks cut
    off.
    """
    kind = rng.random()
    if kind < 0.07:
        spectrum = np.fft.rfft(samples)
        spectrum[round(rng.uniform(3300, 5000) * len(samples) / SAMPLE_RATE) :] = 0
        return np.fft.irfft(spectrum, len(samples)).astype(np.float32)
    if kind < 0.125:
        limit = float(np.abs(samples).max()) * 10 ** (-rng.uniform(3, 18) / 20)
        clipped: np.ndarray = np.clip(samples, -limit, limit)
        return clipped
    return samples


@cache
def _bank(kind: str) -> list[np.ndarray]:
    """Twelve stretches of 45 s to cut from, standard deviation 1: made once, they cost training
    nothing.
    """
    make = {"noise": noise, "hum": hum, "music": music}[kind]
    generator = np.random.default_rng(sum(map(ord, kind)))
    made = [make(45 * SAMPLE_RATE, generator) for _ in range(12)]
    return [(sound / sound.std()).astype(np.float32) for sound in made]


def _crop(kind: str, count: int, rng: random.Random) -> np.ndarray:
    sound = rng.choice(_bank(kind))
    first = rng.randrange(len(sound) - count)
    return sound[first : first + count].copy()


def noise(count: int, generator: np.random.Generator) -> np.ndarray:
    """Noise of a room: white to brown, standard deviation about 1."""
    spectrum = np.fft.rfft(generator.standard_normal(count))
    slope = generator.uniform(0, 1)
    spectrum /= np.maximum(np.arange(len(spectrum)), 1 + count / 400) ** slope
    found: np.ndarray = np.fft.irfft(spectrum, count)
    found /= found.std() + 1e-9
    return found


def hum(count: int, generator: np.random.Generator) -> np.ndarray:
    """A fan or a transformer: 50 to 120 Hz and its harmonics, slowly beating."""
    time = np.arange(count) / SAMPLE_RATE
    base = generator.uniform(45, 125)
    found = np.zeros(count)
    for harmonic in range(1, int(generator.integers(3, 14))):
        found += np.sin(
            2 * np.pi * base * harmonic * time + generator.uniform(0, 6)
        ) / harmonic ** generator.uniform(0.3, 1.5)
    return found * (1 + 0.3 * np.sin(2 * np.pi * generator.uniform(0.1, 2) * time))


def music(count: int, generator: np.random.Generator) -> np.ndarray:
    """Plucked chords, a new one every half second or so."""
    found = np.zeros(count)
    at = 0
    while at < count:
        length = int(generator.uniform(0.25, 1.2) * SAMPLE_RATE)
        time = np.arange(min(length, count - at)) / SAMPLE_RATE
        for step in generator.choice(24, int(generator.integers(1, 4)), replace=False):
            tone = 110 * 2 ** (step / 12)
            for harmonic in (1, 2, 3, 4):
                found[at : at + len(time)] += (
                    np.sin(2 * np.pi * tone * harmonic * time)
                    * np.exp(-3 * time)
                    / harmonic
                )
        at += length
    return found


class Vocabulary:
    """Whisper's tokens that training uses, numbered without holes: the last number stands for all
    the others.
    """

    def __init__(self, forms: Sequence[str]) -> None:
        from whisper.tokenizer import get_tokenizer

        with (
            warnings.catch_warnings()
        ):  # Whisper leaves its vocabulary's file to the garbage collector
            warnings.simplefilter("ignore", ResourceWarning)
            self.tokenizer: Any = get_tokenizer(True, language="ru", task="transcribe")
        t = self.tokenizer
        used = {
            t.sot,
            t.eot,
            t.no_speech,
            t.no_timestamps,
            t.transcribe,
            t.sot_prev,
            t.to_language_token("ru"),
        }
        used |= set(range(t.timestamp_begin, t.timestamp_begin + 1501))
        for form in (
            forms
        ):  # a word's tokens depend on its first letter and on nothing before it
            for word in (form, form[0].upper() + form[1:]):
                for end in ("", ".", ",", "?", " —", "? —"):
                    used |= set(t.encode(f" {word}{end}"))
        self.tokens = sorted(used)
        self.number = {token: number for number, token in enumerate(self.tokens)}

    def __len__(self) -> int:
        return len(self.tokens)

    @cached_property
    def text_tokens(self) -> int:
        """How many of them are text: they have the lowest numbers."""
        return sum(token < self.tokenizer.eot for token in self.tokens)

    @cached_property
    def other(self) -> int:
        return len(self.tokens)

    def numbers(self, tokens: Sequence[int]) -> list[int]:
        return [self.number.get(token, self.other) for token in tokens]


def answer(
    window: Window,
    vocabulary: Vocabulary,
    offset: float,
    rng: random.Random,
    *,
    stamps: bool,
) -> tuple[list[int], list[int]]:
    """What the decoder reads and what it shall write at each step (-100 where nothing is asked), as
    Whisper's tokens.

    `offset` seconds are added to the time stamps: the window is a part of a longer one.
    """
    t = vocabulary.tokenizer
    language = t.to_language_token("ru")
    prompt = _prompt(vocabulary, rng) if rng.random() < 0.12 else []
    head = [t.sot, language, t.transcribe]
    if not window.segments:
        body = [t.timestamp_begin, t.eot] if stamps else [t.no_timestamps, t.eot]
        told = [*head, *body]
        asked = [t.no_speech, -100, *body]
        return prompt + told[:-1], [-100] * len(prompt) + asked
    body = [] if stamps else [t.no_timestamps]
    # openai-whisper lets the first stamp be 1.00 at most
    clamp = stamps and rng.random() < 0.1
    for index, segment in enumerate(window.segments):
        tokens = t.encode(" " + segment.text)
        if not stamps:
            body += tokens
            continue
        first, last = (
            round((moment + offset) * POSITIONS_PER_SECOND)
            for moment in (segment.start, segment.end)
        )
        if clamp and index == 0:
            first = min(first, POSITIONS_PER_SECOND)
        body += [
            t.timestamp_begin + min(first, 1500),
            *tokens,
            t.timestamp_begin + min(last, 1500),
        ]
    told = [*head, *body, t.eot]
    return prompt + told[:-1], [-100] * len(prompt) + told[1:]


def spans(
    window: Window, asked: Sequence[int], vocabulary: Vocabulary
) -> list[tuple[float, float] | None]:
    """When what each asked token stands for is said in the window: where the decoder has to listen
    to write it.
    """
    t = vocabulary.tokenizer
    moments: list[tuple[float, float]] = []
    for segment in window.segments:
        moments.append((segment.start, segment.start))
        for word, time in zip(_written(segment.text), segment.times, strict=True):
            moments += [time] * len(t.encode(" " + word.replace("\0", " ")))
        moments.append((segment.end, segment.end))
    stamped = any(t.timestamp_begin <= token for token in asked)
    if not stamped:
        moments = [moment for moment in moments if moment[0] < moment[1]]
    rest = iter(moments)
    return [
        next(rest, None) if 0 <= token < t.eot or token >= t.timestamp_begin else None
        for token in asked
    ]


def _written(text: str) -> list[str]:
    """The words of a segment; a dash belongs to the one before it."""
    return text.replace(" —", "\0—").split(" ")


def _prompt(vocabulary: Vocabulary, rng: random.Random) -> list[int]:
    """Words before the window: some that it knows, some that it never met."""
    t = vocabulary.tokenizer
    known = [token for token in vocabulary.tokens if token < t.eot]
    found = [
        rng.choice(known) if rng.random() < 0.8 else rng.randrange(t.eot)
        for _ in range(rng.randint(3, 40))
    ]
    return [t.sot_prev, *found]


def letters(window: Window) -> list[int]:
    """What is said in the window as numbers of `ALPHABET`, 1 for the space; 0 is CTC's blank."""
    text = " ".join(segment.said for segment in window.segments).lower()
    found = [ALPHABET.index(letter) + 1 for letter in text if letter in ALPHABET]
    return [
        now
        for before, now in zip([0, *found], found, strict=False)
        if not (before == now == 1)
    ]
