"""Make the demo recording: `lecture.txt` spoken by Debian's voices, with what real recordings have.

    python -m tools.speech.make_recording [--recordings DIR]

`lecture.txt` holds sentences, several in a line where they belong together; an empty line is a
longer pause. Lines in brackets:

    [voice lecturer]   who speaks from here on
    [level -8]         dB, from here on: the microphone is moved
    [noise 28]         seconds in which nobody speaks; the room's noise goes on
    [hum 18]           the same, with a projector's hum

Out come `speech.opus` and its reference with the times at which each sentence was said,
`speech.reference.srt`. Same input and same voices, same sound.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from tools.speech import windows
from tools.speech.grammar import HERE, spoken
from tools.speech.voices import SAMPLE_RATE, Spoken, Voice, speak_all

RECORDINGS = HERE.parents[1] / "recordings"
VOICES = {
    "lecturer": Voice("festival"),
    "student": Voice("espeak", "m3", 150, 55),
    "assistant": Voice("espeak", "f2", 140, 50),
}
LOUDNESS = 0.1  # root mean square of a sentence at level 0: -20 dBFS
ROOM, HUM = 10 ** (-58 / 20), 10 ** (-36 / 20)  # root mean square
BIT_RATE = 32_000
SEED = 6
_DIRECTIVE = re.compile(r"\[(voice|level|noise|hum) ([\w.-]+)\]")


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence to be said, or a stretch in which nobody speaks."""

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
    """The lines of a script like `lecture.txt`. Raises ValueError for a directive it does not
    know.
    """
    voice, level = "lecturer", 0.0
    rng = np.random.default_rng(SEED)
    for paragraph in text.strip().split("\n\n"):
        rows = paragraph.splitlines()
        for number, row in enumerate(rows):
            if row.startswith("["):
                match = _DIRECTIVE.fullmatch(row)
                if match is None or (match[1] == "voice" and match[2] not in VOICES):
                    raise ValueError(f"no such directive: {row}")
                if match[1] == "voice":
                    voice = match[2]
                elif match[1] == "level":
                    level = float(match[2])
                else:
                    yield Line("", voice, level, float(match[2]), hum=match[1] == "hum")
                continue
            for sentence in re.split(r"(?<=[.?!]) ", row):
                pause = 1.3 if number == len(rows) - 1 else 0.35 + 0.5 * rng.random()
                yield Line(sentence, voice, level, round(float(pause), 2))


def record(lines: Sequence[Line]) -> tuple[np.ndarray, list[Cue]]:
    """The recording `(n,)` float32 at 16 kHz, and when each sentence is said."""
    said = [line for line in lines if line.text]
    clips = iter(
        speak_all(
            [
                ([word for _, word in spoken(line.text)], VOICES[line.voice])
                for line in said
            ]
        )
    )
    rng = np.random.default_rng(SEED)
    parts = [np.zeros(SAMPLE_RATE)]
    cues: list[Cue] = []
    for line in lines:
        if line.text:
            clip = next(clips)
            if clip is None:
                raise ValueError(f"cannot be said: {line.text}")
            cues.append(_cue(line.text, clip, sum(map(len, parts))))
            loudness = float(np.sqrt(np.mean(clip.samples**2)))
            parts.append(clip.samples * (LOUDNESS * 10 ** (line.level / 20) / loudness))
        quiet = np.zeros(round(line.pause * SAMPLE_RATE))
        if line.hum:
            sound = windows.hum(len(quiet), rng)
            fade = np.minimum(
                1.0,
                np.minimum(np.arange(len(sound)), np.arange(len(sound))[::-1])
                / SAMPLE_RATE,
            )
            quiet += sound / sound.std() * HUM * fade
        parts.append(quiet)
    sound = np.concatenate(parts)
    return (sound + windows.noise(len(sound), rng) * ROOM).astype(np.float32).clip(
        -1, 1
    ), cues


def write_opus(samples: np.ndarray, path: Path) -> None:
    """Ogg with Opus, mono."""
    with av.open(str(path), "w", format="ogg", options={"fflags": "+bitexact"}) as file:
        stream = file.add_stream(
            "libopus", rate=48_000, layout="mono", bit_rate=BIT_RATE
        )
        resampler = av.AudioResampler(
            format="s16", layout="mono", rate=48_000, frame_size=960
        )
        pcm = np.round(samples * 32767).astype(np.int16)[None]
        frame = av.AudioFrame.from_ndarray(pcm, format="s16", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            file.mux(stream.encode(piece))
        file.mux(stream.encode(None))


def as_srt(cues: Sequence[Cue]) -> str:
    """SubRip, one cue a sentence."""
    blocks = (
        f"{number}\n{_clock(cue.start)} --> {_clock(cue.end)}\n{cue.text}\n"
        for number, cue in enumerate(cues, start=1)
    )
    return "\n".join(blocks)


def _cue(text: str, clip: Spoken, at: int) -> Cue:
    return Cue(
        clip.words[0][0] + at / SAMPLE_RATE, clip.words[-1][1] + at / SAMPLE_RATE, text
    )


def _clock(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    return (
        f"{milliseconds // 3_600_000:02}:{milliseconds // 60_000 % 60:02}:"
        f"{milliseconds // 1000 % 60:02},{milliseconds % 1000:03}"
    )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Speak the demo recording.")
    parser.add_argument("--recordings", type=Path, default=RECORDINGS)
    folder = parser.parse_args().recordings
    samples, cues = record(
        list(read_script((HERE / "lecture.txt").read_text(encoding="utf-8")))
    )
    folder.mkdir(parents=True, exist_ok=True)
    write_opus(samples, folder / "speech.opus")
    (folder / "speech.reference.srt").write_text(as_srt(cues), encoding="utf-8")
    print(
        f"{folder / 'speech.opus'}: {len(samples) / SAMPLE_RATE:.0f} s, {len(cues)} sentences"
    )


if __name__ == "__main__":
    main()
