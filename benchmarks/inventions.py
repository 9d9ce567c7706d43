"""Inventions of real weights: what is kept of recordings in which nobody speaks.

    .venv/bin/python benchmarks/inventions.py --checkpoint base.pt
        [--seconds 600] [--only hum music …] [--languages ru en any] [--vad silero none]
        [--no-second-pass] [--samples FOLDER] [--keep FOLDER]

Each sound is transcribed, cleaned, transcribed a second time and cleaned again, as `konspekt build`
does; asked is that no word is kept. Beside the words kept the table has the words that Whisper
wrote.

`--samples` is where Debian's packages bucklespring-data (GPL-2+), frozen-bubble-data (GPL-2),
tuxfootball (GPL-2+) and tuxpaint-data (GPL-2+) are unpacked (`apt-get download`, `dpkg-deb -x`):
real typing, music, applause, a crowd, snoring and giggles. The other sounds are made here.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from machine import describe_processor
from real_speech import RATE_HZ, write_wav

from konspekt.artifacts.files import dump
from konspekt.artifacts.names import RAW, SECOND_PASS
from konspekt.clean import clean
from konspekt.course.settings import (
    DEFAULT_LANGUAGE,
    CleanOptions,
    TranscribeOptions,
)
from konspekt.sound import open_recording
from konspekt.text.language import lecture_language
from konspekt.text.words import count_words
from konspekt.transcribe import run_second_pass, transcribe

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]  # (samples,), 16 kHz mono, -1 to 1

ROOM_DBFS = -58.0
BLIP = 0.38  # seconds of laughter in a recording without anything else
ANY = "any"  # Whisper decides on the language
CLEANING = CleanOptions(embeddings="none")


# --- sounds that are made


def silence(seconds: float) -> Samples:
    """Return digital silence."""
    return np.zeros(int(seconds * RATE_HZ), np.float32)


def white_noise(seconds: float, dbfs: float = -20.0) -> Samples:
    """Return white noise."""
    noise = _random().standard_normal(int(seconds * RATE_HZ))
    return _at(noise, dbfs)


def pink_noise(seconds: float, dbfs: float = -20.0) -> Samples:
    """Return noise whose power falls by 3 dB an octave."""
    return _at(_coloured(int(seconds * RATE_HZ), -0.5), dbfs)


def room_noise(seconds: float) -> Samples:
    """Return the noise of a quiet room, with a ventilator's hum."""
    count = int(seconds * RATE_HZ)
    noise = _coloured(count, -0.75)
    return _at(noise / noise.std() + 0.3 * hum(seconds) / 0.1, ROOM_DBFS)


def hum(seconds: float) -> Samples:
    """Return mains hum: 50 Hz with odd harmonics."""
    time = _time(seconds)
    parts = [np.sin(2 * np.pi * 50 * n * time) / n for n in (1, 3, 5, 7)]
    return _at(sum(parts, np.zeros_like(time)), -20)


def chords(seconds: float) -> Samples:
    """Return music that is made: four chords, a melody of plucked notes, a bass."""
    random = _random()
    music = np.zeros(int(seconds * RATE_HZ) + 2 * RATE_HZ)
    roots = (220.0, 174.6, 261.6, 196.0)
    scale = (1, 9 / 8, 5 / 4, 4 / 3, 3 / 2, 5 / 3, 2)
    for number in range(int(seconds * 4)):
        root = roots[number // 8 % 4]
        at = number * RATE_HZ // 4
        _add(music, at, _note(root * 2 * random.choice(scale), 0.6))
        if number % 8 == 0:
            for step in (0.5, 1, 5 / 4, 3 / 2):
                _add(music, at, _note(root * step, 2.0))
    return _at(music[: int(seconds * RATE_HZ)], -20)


def breathing(seconds: float) -> Samples:
    """Return breathing: noise of a throat that swells and falls, every four seconds."""
    time = _time(seconds)
    swell = np.maximum(0, np.sin(2 * np.pi * time / 4)) ** 2
    swell += 0.6 * np.maximum(0, -np.sin(2 * np.pi * time / 4 + 0.4)) ** 2
    return _at(_band(_coloured(len(time), -0.3), 300, 2500) * swell, -35)


def clapping(seconds: float) -> Samples:
    """Return applause that is made: bursts of noise of many hands."""
    random = _random()
    sound = np.zeros(int(seconds * RATE_HZ) + RATE_HZ)
    for at in random.integers(0, int(seconds * RATE_HZ), int(seconds * 120)):
        length = int(0.012 * RATE_HZ)
        burst = random.standard_normal(length) * np.exp(-np.linspace(0, 6, length))
        _add(sound, int(at), burst * random.uniform(0.2, 1))
    return _at(_band(sound[: int(seconds * RATE_HZ)], 500, 4000), -20)


def laughter(seconds: float) -> Samples:
    """Return laughter that is made: "ha" after "ha" of a voice, with pauses between the laughs."""
    random = _random()
    sound = np.zeros(int(seconds * RATE_HZ) + 4 * RATE_HZ)
    at = 0
    while at < seconds * RATE_HZ:
        pitch = random.uniform(140, 320)
        for number in range(random.integers(3, 9)):
            _add(sound, at, _ha(pitch * 0.97**number) * 0.9**number)
            at += int(0.2 * RATE_HZ)
        at += int(random.uniform(0.5, 4) * RATE_HZ)
    return _at(sound[: int(seconds * RATE_HZ)], -25)


def blip(seconds: float) -> Samples:
    """Return a moment of laughter in the middle of a quiet room."""
    sound = room_noise(seconds)
    _add(sound, len(sound) // 2, laughter(BLIP))
    return sound


# --- sounds that are real, from Debian's packages


def repeat(samples: Path, names: str, seconds: float, pause: float) -> Samples:
    """Return the sounds that `names` finds, by chance and with pauses up to `pause` seconds."""
    random = _random()
    pieces: list[Samples] = []
    for path in sorted(samples.glob(names)):
        with open_recording(path, max_hours=1) as opened:
            pieces.append(np.concatenate(list(opened.blocks())))
    sound: list[Samples] = []
    length = 0
    while length < seconds * RATE_HZ:
        between = silence(random.uniform(0, pause))
        sound += [pieces[random.integers(len(pieces))], between]
        length += len(sound[-2]) + len(between)
    whole = np.concatenate(sound)[: int(seconds * RATE_HZ)]
    return whole + room_noise(seconds)[: len(whole)]


MADE: dict[str, Callable[[float], Samples]] = {
    "silence": silence,
    "white noise": white_noise,
    "pink noise": pink_noise,
    "room noise": room_noise,
    "hum": hum,
    "music, made": chords,
    "applause, made": clapping,
    "breathing, made": breathing,
    "laughter, made": laughter,
    "a blip of laughter": blip,
}
# What to look for below --samples, and the longest pause between two sounds in seconds.
REAL: dict[str, tuple[str, float]] = {
    "music": ("**/frozen-bubble/snd/*zik*.ogg", 1.0),
    "music of a title": ("**/tuxfootball/sound/titlemusic.ogg", 1.0),
    "applause": ("**/frozen-bubble/snd/applause.ogg", 0.1),
    "a crowd": ("**/tuxfootball/sound/crowd*.wav", 3.0),
    "keyboard": ("**/buckle/wav/*.wav", 0.3),
    "snoring": ("**/frozen-bubble/snd/snore.ogg", 2.0),
    "giggles": ("**/tuxpaint/sounds/giggle.wav", 6.0),
}


def make_sounds(
    seconds: float, samples: Path | None
) -> Iterator[tuple[str, Callable[[], Samples]]]:
    """Yield the name of each sound, and what makes it."""
    for name, make in MADE.items():
        yield name, partial(make, seconds)
    if samples is not None:
        for name, (names, pause) in REAL.items():
            yield name, partial(repeat, samples, names, seconds, pause)


# --- what they are made of


def _random() -> np.random.Generator:
    return np.random.default_rng(1)


def _time(seconds: float) -> NDArray[np.float64]:
    times: NDArray[np.float64] = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    return times


def _at(sound: NDArray[np.floating], dbfs: float) -> Samples:
    """Return the sound with a mean level of `dbfs`."""
    level = np.sqrt(np.mean(sound**2))
    levelled: Samples = (sound / level * 10 ** (dbfs / 20)).astype(np.float32)
    return levelled


def _coloured(count: int, power: float) -> NDArray[np.float64]:
    """Return noise whose amplitude goes with the frequency to a power."""
    spectrum = np.fft.rfft(_random().standard_normal(count))
    frequency = np.fft.rfftfreq(count, 1 / RATE_HZ)
    frequency[0] = frequency[1]
    shaped: NDArray[np.float64] = np.fft.irfft(spectrum * frequency**power, count)
    return shaped


def _band(sound: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    from scipy.signal import butter, sosfilt

    band = butter(2, (low, high), "bandpass", fs=RATE_HZ, output="sos")
    passed: NDArray[np.float64] = sosfilt(band, sound)
    return passed


def _note(hertz: float, seconds: float) -> NDArray[np.float64]:
    """Return a plucked string."""
    time = _time(seconds)
    parts = [np.sin(2 * np.pi * hertz * n * time) / n**2 for n in range(1, 6)]
    plucked: NDArray[np.float64] = sum(parts) * np.exp(-3 * time / seconds)
    return plucked


def _ha(pitch: float) -> NDArray[np.float64]:
    """Return a breath and an "a": pulses of a voice through three formants."""
    time = _time(0.17)
    phase = pitch * time
    voice = np.diff(np.floor(phase), prepend=0.0)
    parts = (_band(voice, f - 90, f + 90) for f in (750, 1200, 2600))
    voiced = sum(parts, np.zeros_like(time))
    breath = _band(_random().standard_normal(len(time)), 800, 3000)
    open_mouth = np.clip((time - 0.05) / 0.03, 0, 1) * np.clip(
        (0.17 - time) / 0.04, 0, 1
    )
    ha: NDArray[np.float64] = voiced * open_mouth + 0.02 * breath * (1 - open_mouth)
    return ha


def _add(sound: NDArray[np.floating], at: int, piece: NDArray[np.floating]) -> None:
    """Add a piece to a sound, as far as it reaches."""
    room = sound[at : at + len(piece)]
    room += piece[: len(room)].astype(room.dtype)


# --- what is kept of them


@dataclass(frozen=True, slots=True)
class Outcome:
    """What Whisper wrote of a sound, and what of it is kept."""

    written: int  # words, of both passes
    kept: tuple[str, ...]  # sentences
    cpu: float  # seconds

    @property
    def words(self) -> int:
        """Return how many words are kept."""
        return sum(count_words(sentence) for sentence in self.kept)


def judge(sound: Path, options: TranscribeOptions, folder: Path) -> Outcome:
    """Return what is kept of a sound after both passes; the artifacts go to `folder`."""
    started = time.process_time()
    recording, names = sound.stem, [sound.name]
    raw = transcribe(
        recording, [sound], names, options, folder=folder, journal=folder / "journal"
    )
    language = lecture_language(raw.windows, options.language or DEFAULT_LANGUAGE)
    cleaned = clean(raw, CLEANING, None, language=language)
    (folder / RAW).write_bytes(dump(raw))
    windows = raw.windows
    if options.second_pass:
        second = run_second_pass(
            raw,
            cleaned.quality.second_pass,
            [sound],
            options,
            folder=folder,
            journal=folder / "journal2",
        )
        cleaned = clean(raw, CLEANING, None, language=language, second_pass=second)
        (folder / SECOND_PASS).write_bytes(dump(second))
        windows += second.windows
    return Outcome(
        sum(count_words(window.text) for window in windows),
        tuple(sentence.text for sentence in cleaned.transcript.sentences),
        time.process_time() - started,
    )


def main() -> None:
    """Transcribe every sound in every way, and print a line for each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--only", nargs="+", help="sounds, by name")
    parser.add_argument("--languages", nargs="+", default=["ru", "en", ANY])
    parser.add_argument("--vad", nargs="+", default=["silero", "none"])
    parser.add_argument("--no-second-pass", action="store_true")
    parser.add_argument("--samples", type=Path)
    parser.add_argument("--keep", type=Path, help="where the artifacts go")
    given = parser.parse_args()
    print(describe_processor())
    print("| sound | VAD | language | words written | kept | s of CPU | |")
    print("|---|---|---|---|---|---|---|")
    total = 0
    with tempfile.TemporaryDirectory() as temporary:
        for name, make in make_sounds(given.seconds, given.samples):
            if given.only and name not in given.only:
                continue
            sound = Path(temporary, f"{name.replace(' ', '-').replace(',', '')}.wav")
            write_wav(sound, make())
            for vad, language in product(given.vad, given.languages):
                folder = Path(given.keep or temporary, sound.stem, f"{vad}-{language}")
                folder.mkdir(parents=True, exist_ok=True)
                options = TranscribeOptions(
                    model=str(given.checkpoint.resolve()),
                    vad=vad,
                    language=None if language == ANY else language,
                    second_pass=not given.no_second_pass,
                )
                found = judge(sound, options, folder)
                total += found.words
                print(
                    f"| {name} | {vad} | {language} | {found.written} | {found.words} "
                    f"| {found.cpu:.0f} | {' '.join(found.kept).strip()[:80]} |",
                    flush=True,
                )
    print(f"{total} words kept")


if __name__ == "__main__":
    main()
