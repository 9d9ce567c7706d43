"""What the settings of window bring: temperatures, terms, words' times, beams, engines, windows.

    .venv/bin/python benchmarks/decoding.py [--model base] [--seconds 150]
        [--only temperatures terms words beams engines windows]

A Russian voice that reads (see `real_speech.py`) and sounds made of it go through transcribing and
cleaning, as a lecture does, once for each setting. What is kept is scored.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from real_speech import VARIANTS, Speech, make_lecture, read_wav, write_wav

from konspekt.clean import clean
from konspekt.course.settings import CleanOptions, TranscribeOptions
from konspekt.data import DecodedWindow, RawTranscript
from konspekt.score import profile_of, score
from konspekt.transcribe import transcribe
from konspekt.transcribe.decode.result import DecodingResult, needs_fallback

# What a reader of this novel would write into a glossary, in the order of its weight.
TERMS = (
    *("Лось", "Гусев", "Скайльс", "Марс", "Петербург", "Арчибальд", "аппарат"),
    *("ракета", "перелёт", "безвоздушное пространство", "телескоп", "сурик"),
    *("ультралиддит", "эллинг", "корреспондент", "обшивка", "реторта", "сарай"),
    *("чертежи", "магнитное поле"),
)
LENGTHS = (29.0, 27.0, 25.0, 23.0, 21.0)  # of windows, seconds
LADDER = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)

Sound = NDArray[np.float32]


def with_noise(decibels: float) -> Callable[[Sound], Sound]:
    """Return what puts white noise so many decibels below the speech."""

    def change(samples: Sound) -> Sound:
        loudness = np.sqrt(np.mean(samples**2)) * 10 ** (-decibels / 20)
        noise = np.random.default_rng(0).standard_normal(len(samples)) * loudness
        noisy: Sound = (samples + noise).astype(np.float32)
        return noisy

    return change


SOUNDS: dict[str, Callable[[Sound], Sound]] = {
    "as it is": VARIANTS["plain"],
    "30 dB quieter": VARIANTS["30dB-quieter"],
    "over music at 10 dB": VARIANTS["music"],
    "telephone band": VARIANTS["phone"],
    "noise at 5 dB": with_noise(5),
    "noise at 0 dB": with_noise(0),
    "clipped": lambda samples: np.clip(samples * 6, -0.9, 0.9),
}


class Found(NamedTuple):
    """What one setting gives of one sound."""

    windows: int
    decoded: float  # seconds of sound in them
    failed: int  # windows whose text fails as Whisper's rules have it
    empty: int  # windows without any text: whether it failed is not known
    drawn: int  # windows whose text is of a temperature above 0
    prompted: int  # windows whose text was written after the prompt
    substituted: int
    deleted: int
    inserted: int
    words: int  # of the reference
    seconds: float  # of processor time, loading included

    @property
    def errors(self) -> int:
        """Return the words that are wrong."""
        return self.substituted + self.deleted + self.inserted

    def row(self, *names: str) -> str:
        """Return a line of the table."""
        counts = (self.failed, self.empty, self.drawn, self.prompted)
        errors = (self.substituted, self.deleted, self.inserted)
        wer = f"{self.errors / self.words:.3f}"
        figures = (
            *(self.windows, f"{self.decoded:.0f}", *counts),
            *(wer, *errors, f"{self.seconds:.1f}"),
        )
        return f"| {' | '.join(map(str, (*names, *figures)))} |"


HEAD = (
    "| sound | setting | windows | s decoded | fail | empty | drawn | prompted | WER | subst. | "
    "del. | ins. | s of CPU |"
)


class Measured(NamedTuple):
    """Speech and the Whisper that is to transcribe it."""

    speech: Speech
    model: str

    def __call__(
        self, sound: str = "as it is", terms: tuple[str, ...] = (), **options: Any
    ) -> Found:
        """Return what transcribing and cleaning make of it with these settings."""
        settings = TranscribeOptions(
            model=self.model, language=self.speech.language, device="cpu", **options
        )
        began = _cpu()
        with tempfile.TemporaryDirectory() as temporary:
            path = Path(temporary) / "sound.wav"
            write_wav(path, SOUNDS[sound](read_wav(self.speech.sound)))
            raw = transcribe(
                "sound",
                [path],
                [path.name],
                settings,
                folder=Path.cwd(),
                journal=path.with_name("j"),
                terms=terms,
            )
        return Found(*_counts(raw), *self._errors(raw), _cpu() - began)

    def _errors(self, raw: RawTranscript) -> tuple[int, int, int, int]:
        """Return substitutions, deletions and insertions in what is kept, and all words."""
        language = self.speech.language
        kept = clean(raw, CleanOptions(), None, language=language).transcript
        text = " ".join(sentence.text for sentence in kept.sentences)
        found = score(self.speech.reference, text, profile_of(language))
        errors = (found.substitutions, found.deletions, found.insertions)
        return (*errors, found.reference_words)


def _cpu() -> float:
    both = [
        resource.getrusage(who)
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    ]
    return sum(used.ru_utime + used.ru_stime for used in both)


def _counts(raw: RawTranscript) -> tuple[int, float, int, int, int, int]:
    windows = raw.windows
    drawn = [any(one.temperature for one in window.segments) for window in windows]
    return (
        len(windows),
        sum(window.end - window.start for window in windows),
        sum(map(_fails, windows)),
        sum(not window.segments for window in windows),
        sum(drawn),
        sum("prompted" in window.how.options for window in windows),
    )


def _fails(decoded: DecodedWindow) -> bool:
    """Whether a window's text would be tried for again; of a window without text nothing is
    known.
    """
    if not decoded.segments:
        return False
    first = decoded.segments[0]
    figures = (
        first.avg_logprob or 0.0,
        first.no_speech_prob or 0.0,
        first.temperature or 0.0,
    )
    return needs_fallback(
        DecodingResult(
            "ru", (), decoded.text, *figures, is_looping="loop" in decoded.how.options
        )
    )


def temperatures(measure: Measured) -> Iterator[str]:
    """The whole ladder against its first step where a window may fail at that, with beams and
    greedily.
    """
    for sound, size in product(SOUNDS, (5, 1)):
        first = measure(sound, temperatures=LADDER[:1], beam_size=size)
        yield first.row(sound, f"{_beams(size)}, 0 only")
        if first.failed or first.empty:  # else the other steps are never reached
            both = measure(sound, temperatures=LADDER, beam_size=size)
            yield both.row(sound, f"{_beams(size)}, 0 to 1")


def _beams(size: int) -> str:
    return f"{size} beam{'s' if size > 1 else ''}"


def terms(measure: Measured) -> Iterator[str]:
    """With the terms in the prompt, with four of them, with none."""
    for sound in ("as it is", "telephone band"):
        for count in (0, 4, len(TERMS)):
            yield measure(sound, TERMS[:count]).row(sound, f"{count} terms")


def words(measure: Measured) -> Iterator[str]:
    """With the times of words and without."""
    for wanted in (False, True):
        name = "word times" if wanted else "no word times"
        yield measure(word_times=wanted).row("as it is", name)


def beams(measure: Measured) -> Iterator[str]:
    """How many texts are weighed against one another."""
    for sound, size in product(("as it is", "noise at 5 dB"), (1, 2, 5, 8)):
        yield measure(sound, beam_size=size).row(sound, _beams(size))


def engines(measure: Measured) -> Iterator[str]:
    """What computes."""
    for engine in ("whisper", "faster-whisper"):
        yield measure(engine=engine).row("as it is", engine)


def cuts(measure: Measured) -> Iterator[str]:
    """Windows by the grid and by speech, and what neighbours share.

    In windows of several lengths, all together: each cuts the recording at other places, and where
    a cut falls decides more of a single window than what is shared there.
    """
    for cut, overlap in product(("grid", "speech"), (5.0, 3.0, 2.0, 0.0)):
        found = [
            measure(windows=cut, overlap=overlap, window=length) for length in LENGTHS
        ]
        errors = " ".join(str(one.errors) for one in found)
        together = Found(*map(sum, zip(*found, strict=True)))
        sound = f"as it is, errors by length: {errors}"
        yield together.row(sound, f"{cut}, {overlap:g} s shared")


TABLES: dict[str, Callable[[Measured], Iterator[str]]] = {
    "temperatures": temperatures,
    "terms": terms,
    "words": words,
    "beams": beams,
    "engines": engines,
    "windows": cuts,
}


def main() -> None:
    """Measures and prints the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="base")
    parser.add_argument("--seconds", type=float, default=150.0)
    parser.add_argument("--only", nargs="+", choices=TABLES, default=list(TABLES))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        speech = make_lecture(options.seconds, Path(folder))
        for name in options.only:
            print(f"\n{name}\n\n{HEAD}\n|{'---|' * HEAD.count(' | ')}---|", flush=True)
            for row in TABLES[name](Measured(speech, options.model)):
                print(row, flush=True)


if __name__ == "__main__":
    main()
