"""Make the demo recording: `speech.txt` spoken, with what real recordings have.

    python -m tools.demo.make_recording [--recordings DIR]

`speech.txt` holds sentences, several in a line where they belong together; an empty line is a
longer pause. A plus sign stresses the vowel after it. Lines in brackets:

    [voice lecturer]   who speaks from here on
    [level -8]         dB, from here on: the microphone is moved
    [noise 28]         seconds in which nobody speaks; the room's noise goes on
    [hum 18]           the same, with a projector's hum

Out come `speech.opus` and its reference with the times of each sentence, `speech.reference.srt`.
Same input and same voice, same sound.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from tools.demo.shifting import RATE_HZ, Samples
from tools.demo.voices import Spoken, Voice, speak

HERE = Path(__file__).resolve().parent
RECORDINGS = HERE.parents[1] / "recordings"
VOICES = {
    "lecturer": Voice(),
    "student": Voice(pitch=0.76, formants=0.88, speed=1.05),
    "assistant": Voice(pitch=1.55, formants=1.16),
}
# What is said for a term in Latin letters: the voice reads Russian.
PRONUNCIATION = {
    "Whisper": "в+испер",
    "Transformer": "трансф+ормер",
    "WER": "дабл ю +и +ар",
    "GPU": "дж+и п+и +ю",
    "Python": "п+айтон",
}
LOUDNESS = 0.1  # root mean square of a sentence at level 0: -20 dBFS
ROOM, HUM = 10 ** (-58 / 20), 10 ** (-36 / 20)  # root mean square
HUM_HZ = 100  # a transformer at the mains
BIT_RATE = 28_000
SEED = 6
_DIRECTIVE = re.compile(r"\[(voice|level|noise|hum) ([\w.-]+)\]")


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence to be spoken, or a stretch in which nobody speaks."""

    text: str
    voice: str
    level: float
    pause: float  # seconds of silence after it
    hum: bool = False


@dataclass(frozen=True, slots=True)
class Cue:
    """When a sentence is spoken."""

    start: float
    end: float
    text: str


def read_script(text: str) -> Iterator[Line]:
    """Yield the lines of a script like `speech.txt`. Raises ValueError for a directive that is
    not known.
    """
    voice, level = "lecturer", 0.0
    rng = np.random.default_rng(SEED)
    for paragraph in text.strip().split("\n\n"):
        rows = paragraph.splitlines()
        for number, row in enumerate(rows):
            if row.startswith("["):
                directive, value = _read_directive(row)
                if directive == "voice":
                    voice = value
                elif directive == "level":
                    level = float(value)
                else:
                    yield Line("", voice, level, float(value), directive == "hum")
                continue
            for sentence in re.split(r"(?<=[.?!]) ", row):
                pause = 1.3 if number == len(rows) - 1 else 0.15 + 0.5 * rng.random()
                yield Line(sentence, voice, level, round(float(pause), 2))


def _read_directive(row: str) -> tuple[str, str]:
    """Return the name and the value of a line in brackets."""
    match = _DIRECTIVE.fullmatch(row)
    if match is None or (match[1] == "voice" and match[2] not in VOICES):
        raise ValueError(f"no such directive: {row}")
    return match[1], match[2]


def pronounce(text: str) -> str:
    """Return what the voice is given for a sentence."""
    return re.sub("[A-Za-z]+", lambda term: PRONUNCIATION[term[0]], text)


def record(lines: Sequence[Line]) -> tuple[Samples, list[Cue]]:
    """Return the recording, and when each sentence is spoken."""
    sentences = [
        (pronounce(line.text), VOICES[line.voice]) for line in lines if line.text
    ]
    clips = iter(speak(sentences))
    rng = np.random.default_rng(SEED)
    parts = [np.zeros(RATE_HZ)]
    cues: list[Cue] = []
    for line in lines:
        if line.text:
            clip = next(clips)
            cues.append(_cue(line.text, clip, sum(map(len, parts))))
            parts.append(_at_level(clip.samples, line.level))
        quiet = np.zeros(round(line.pause * RATE_HZ))
        parts.append(quiet + _hum(len(quiet)) * HUM if line.hum else quiet)
    sound = np.concatenate(parts)
    sound += _room_noise(len(sound), rng) * ROOM
    return sound.astype(np.float32).clip(-1, 1), cues


def _at_level(samples: Samples, level: float) -> NDArray[np.float64]:
    """Return a sentence as loud as a level in dB says."""
    sound = samples.astype(np.float64)
    loudness = float(np.sqrt(np.mean(sound**2)))
    return sound * (LOUDNESS * 10 ** (level / 20) / loudness)


def _room_noise(count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return pink noise, root mean square 1."""
    spectrum = np.fft.rfft(rng.standard_normal(count))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 1 + count / 400))
    noise: NDArray[np.float64] = np.fft.irfft(spectrum, count)
    noise /= noise.std()
    return noise


def _hum(count: int) -> NDArray[np.float64]:
    """Return a hum that beats slowly, faded in and out; root mean square about 1."""
    seconds = np.arange(count) / RATE_HZ
    harmonics = (
        np.sin(2 * np.pi * HUM_HZ * number * seconds + number) / number
        for number in range(1, 9)
    )
    hum = np.sum(list(harmonics), axis=0) * (1 + 0.3 * np.sin(2 * np.pi * seconds))
    fade = np.minimum(seconds, seconds[::-1]).clip(0, 1)
    faded: NDArray[np.float64] = hum / hum.std() * fade
    return faded


def write_opus(samples: Samples, path: Path) -> None:
    """Write Ogg with Opus, mono."""
    with av.open(str(path), "w", format="ogg", options={"fflags": "+bitexact"}) as file:
        stream = file.add_stream(
            "libopus", rate=48_000, layout="mono", bit_rate=BIT_RATE
        )
        resampler = av.AudioResampler(
            format="s16", layout="mono", rate=48_000, frame_size=960
        )
        pcm = np.round(samples * 32767).astype(np.int16)[None]
        frame = av.AudioFrame.from_ndarray(pcm, format="s16", layout="mono")
        frame.sample_rate = RATE_HZ
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            file.mux(stream.encode(piece))
        file.mux(stream.encode(None))


def as_srt(cues: Sequence[Cue]) -> str:
    """Return SubRip, one cue a sentence."""
    blocks = (
        f"{number}\n{_clock(cue.start)} --> {_clock(cue.end)}\n{cue.text}\n"
        for number, cue in enumerate(cues, start=1)
    )
    return "\n".join(blocks)


def _cue(text: str, clip: Spoken, at: int) -> Cue:
    """Return the cue of a sentence whose sound begins at a sample; no stress marks are shown."""
    seconds = at / RATE_HZ
    return Cue(seconds + clip.start, seconds + clip.end, text.replace("+", ""))


def _clock(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    return (
        f"{milliseconds // 3_600_000:02}:{milliseconds // 60_000 % 60:02}:"
        f"{milliseconds // 1000 % 60:02},{milliseconds % 1000:03}"
    )


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Speak the demo recording.")
    parser.add_argument("--recordings", type=Path, default=RECORDINGS)
    folder = parser.parse_args().recordings
    script = (HERE / "speech.txt").read_text(encoding="utf-8")
    samples, cues = record(list(read_script(script)))
    folder.mkdir(parents=True, exist_ok=True)
    write_opus(samples, folder / "speech.opus")
    (folder / "speech.reference.srt").write_text(as_srt(cues), encoding="utf-8")
    seconds = len(samples) / RATE_HZ
    print(f"{folder / 'speech.opus'}: {seconds:.0f} s, {len(cues)} sentences")


if __name__ == "__main__":
    main()
