"""What the settings of window bring: temperatures, the prompt of terms, how windows are cut.

    .venv/bin/python benchmarks/decoding.py [--model demo] [--only temperatures terms windows beams]

The demo recording and sounds made of it go through transcribing and cleaning, as a lecture does,
once for each setting, and what is kept is scored. Words in lower case, ё as е, without punctuation.
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
from scipy.signal import resample_poly

from konspekt.clean import clean
from konspekt.course.settings import CleanOptions, TranscribeOptions
from konspekt.data import DecodedWindow, RawTranscript
from konspekt.formats import read
from konspekt.score import score
from konspekt.sound import open_recording
from konspekt.transcribe import transcribe
from konspekt.transcribe.decode.result import DecodingResult, needs_fallback
from tools.speech import windows
from tools.speech.evaluate import write_wav
from tools.speech.grammar import words

ROOT = Path(__file__).resolve().parent.parent
RECORDING = ROOT / "recordings" / "speech.opus"
REFERENCE = RECORDING.with_name("speech.reference.srt")
# What a lecturer would write into a glossary for this lecture: its terms, in the order of their
# weight.
TERMS = (
    *(
        "Whisper",
        "Transformer",
        "WER",
        "GPU",
        "спектр",
        "внимание",
        "сеть",
        "модель",
        "распознавание речи",
        "окно",
    ),
    *(
        "микрофон",
        "частота",
        "гласные",
        "согласные",
        "замена",
        "пропуск",
        "вставка",
        "мера",
        "верный текст",
        "шум",
    ),
)
LENGTHS = (29.0, 27.0, 25.0, 23.0, 21.0)  # of windows, seconds
LADDER = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)

Sound = NDArray[np.float32]


def with_noise(decibels: float) -> Callable[[Sound], Sound]:
    """White noise so many decibels below the recording."""

    def change(samples: Sound) -> Sound:
        loudness = np.sqrt(np.mean(samples**2)) * 10 ** (-decibels / 20)
        noise = np.random.default_rng(0).standard_normal(len(samples)) * loudness
        noisy: Sound = (samples + noise).astype(np.float32)
        return noisy

    return change


def over_music(samples: Sound) -> Sound:
    """At 20 dB."""
    music = windows.music(len(samples), np.random.default_rng(5))
    level = np.sqrt(np.mean(samples**2)) * 10 ** (-20 / 20)
    mixed: Sound = (samples + music / music.std() * level).astype(np.float32)
    return mixed


SOUNDS: dict[str, Callable[[Sound], Sound]] = {
    "as it is": lambda samples: samples,
    "20 dB quieter": lambda samples: samples * np.float32(0.1),
    "sped up by a twentieth": lambda samples: resample_poly(samples, 20, 21).astype(
        np.float32
    ),
    "over music at 20 dB": over_music,
    "noise at 15 dB": with_noise(15),
    "noise at 5 dB": with_noise(5),
    "noise at 0 dB": with_noise(0),
    "telephone band": lambda samples: resample_poly(
        resample_poly(samples, 1, 2), 2, 1
    ).astype(np.float32),
    "clipped": lambda samples: np.clip(samples * 6, -0.9, 0.9).astype(np.float32),
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
    seconds: float  # of processor time

    @property
    def wer(self) -> float:
        return (self.substituted + self.deleted + self.inserted) / self.words

    def row(self, *names: str) -> str:
        """A line of the table."""
        figures = (
            *(
                self.windows,
                f"{self.decoded:.0f}",
                self.failed,
                self.empty,
                self.drawn,
                self.prompted,
            ),
            *(
                f"{self.wer:.3f}",
                self.substituted,
                self.deleted,
                self.inserted,
                f"{self.seconds:.0f}",
            ),
        )
        return f"| {' | '.join(map(str, (*names, *figures)))} |"


HEAD = (
    "| sound | setting | windows | s decoded | fail | empty | drawn | prompted | WER | subst. | "
    "del. | ins. | s of CPU |"
)


def measure(
    samples: Sound, model: str, terms: tuple[str, ...] = (), **options: Any
) -> Found:
    """A sound through transcribing and cleaning with these settings, scored."""
    settings = TranscribeOptions(model=model, language="ru", device="cpu", **options)
    began = _cpu()
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "sound.wav"
        write_wav(path, samples)
        raw = transcribe(
            "sound",
            [path],
            [path.name],
            settings,
            folder=Path(temporary),
            journal=path.with_name("j"),
            terms=terms,
        )
    kept = clean(raw, CleanOptions(), None, language="ru").transcript
    reference = " ".join(cue.text for cue in read(REFERENCE).utterances)
    said = " ".join(words(" ".join(sentence.text for sentence in kept.sentences)))
    found = score(" ".join(words(reference)), said)
    return Found(
        *_counts(raw),
        *(
            found.substitutions,
            found.deletions,
            found.insertions,
            found.reference_words,
        ),
        _cpu() - began,
    )


def _cpu() -> float:
    both = [
        resource.getrusage(who)
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    ]
    return sum(used.ru_utime + used.ru_stime for used in both)


def _counts(raw: RawTranscript) -> tuple[int, float, int, int, int, int]:
    decoded_windows = raw.windows
    return (
        len(decoded_windows),
        sum(one.end - one.start for one in decoded_windows),
        sum(map(_fails, decoded_windows)),
        sum(not one.segments for one in decoded_windows),
        sum(
            any(segment.temperature for segment in one.segments)
            for one in decoded_windows
        ),
        sum("prompted" in one.how.options for one in decoded_windows),
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


def temperatures(samples: Sound, model: str) -> Iterator[str]:
    """The whole ladder against its first step where a window may fail at that, with beams and
    greedily.
    """
    for (sound, change), size in product(SOUNDS.items(), (5, 1)):
        first = measure(change(samples), model, temperatures=LADDER[:1], beam_size=size)
        yield first.row(sound, f"{_beams(size)}, 0 only")
        if first.failed or first.empty:  # else the other steps are never reached
            both = measure(change(samples), model, temperatures=LADDER, beam_size=size)
            yield both.row(sound, f"{_beams(size)}, 0 to 1")


def _beams(size: int) -> str:
    return f"{size} beam{'s' if size > 1 else ''}"


def terms(samples: Sound, model: str) -> Iterator[str]:
    """Whisper told the terms, and not."""
    for sound in ("as it is", "20 dB quieter", "over music at 20 dB", "noise at 15 dB"):
        for name, told in (
            ("no terms", ()),
            (f"{len(TERMS)} terms", TERMS),
            ("four terms", TERMS[:4]),
        ):
            yield measure(SOUNDS[sound](samples), model, told).row(sound, name)


def cuts(samples: Sound, model: str) -> Iterator[str]:
    """Windows by the grid and by speech, and what neighbours share.

    In windows of several lengths, all together: each cuts the recording at other places, and where
    a cut falls decides more of a single window than what is shared there.
    """
    for cut in ("grid", "speech"):
        for overlap in (5.0, 3.0, 2.0, 0.0):
            found = [
                measure(samples, model, windows=cut, overlap=overlap, window=length)
                for length in LENGTHS
            ]
            errors = " ".join(
                str(one.substituted + one.deleted + one.inserted) for one in found
            )
            together = Found(*map(sum, zip(*found, strict=True)))
            yield together.row(
                f"as it is, errors by length: {errors}", f"{cut}, {overlap:g} s shared"
            )


def beams(samples: Sound, model: str) -> Iterator[str]:
    """How many texts are weighed against one another."""
    for size in (1, 2, 5, 8):
        yield measure(samples, model, beam_size=size).row("as it is", _beams(size))


TABLES: dict[str, Callable[[Sound, str], Iterator[str]]] = {
    "temperatures": temperatures,
    "terms": terms,
    "windows": cuts,
    "beams": beams,
}


def main() -> None:
    """Measures and prints the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="demo")
    parser.add_argument("--only", nargs="+", choices=TABLES, default=list(TABLES))
    options = parser.parse_args()
    with open_recording(RECORDING, max_hours=1) as sound:
        samples = np.concatenate(list(sound.blocks()))
    for name in options.only:
        print(f"\n{name}\n\n{HEAD}\n|{'---|' * HEAD.count(' | ')}---|", flush=True)
        for row in TABLES[name](samples, options.model):
            print(row, flush=True)


if __name__ == "__main__":
    main()
