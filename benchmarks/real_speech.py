"""Real speech, real weights: WER and cost of Konspekt beside openai-whisper and faster-whisper.

    .venv/bin/python benchmarks/real_speech.py --checkpoint base.pt --converted FOLDER
        [--seconds 600] [--variants plain phone] [--only NAME …] [--sound FOLDER] [--json FILE]

`--checkpoint` is a Whisper in openai-whisper's form, `--converted` the same weights as CTranslate2
has them. The Russian speech is Debian's festvox-ru: utterances with an odd number, joined with
pauses as a lecture is read. `--sound` adds each FILE of a folder that has FILE.reference.txt
beside it.

Each contender is a process of its own, start-up and loading included. Its memory is the process'
highest. Errors are words, numbers by value and without punctuation (`konspekt score`). What is not
installed is left out.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from machine import describe_processor

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]  # (samples,), 16 kHz mono, -1 to 1

RATE_HZ = 16_000
VOICE = Path("/usr/share/festival/voices/russian/msu_ru_nsh_clunits")
PHONE_HZ = 8_000
MUSIC_DB = 10  # speech above music
BEFORE = 600  # seconds of silence before speech


@dataclass(frozen=True, slots=True)
class Speech:
    """A sound and what is said in it."""

    name: str
    language: str
    sound: Path
    reference: str


@dataclass(frozen=True, slots=True)
class Row:
    """What one contender made of one sound."""

    contender: str
    speech: str
    wer: float
    substitutions: int
    deletions: int
    insertions: int
    words: int
    wall: float  # seconds
    cpu: float  # seconds
    memory: float  # MB


# --- the speech


def read_utterances() -> list[tuple[Path, str]]:
    """Return the utterances with an odd number: WAV and text."""
    listing = (VOICE / "etc" / "txt.done.data").read_text(encoding="utf-8")
    found = re.findall(r'\( *ru_(\d+) "(.*)" *\)', listing)
    return [
        (VOICE / "wav" / f"ru_{number}.wav", text.replace("+", ""))
        for number, text in found
        if int(number) % 2
    ]


def make_lecture(seconds: float, folder: Path, seed: int = 1) -> Speech:
    """Return utterances in their order, with pauses, up to a length."""
    from konspekt.sound import open_recording

    rng = random.Random(seed)
    pieces: list[Samples] = []
    texts: list[str] = []
    length = 0
    for path, text in read_utterances():
        with open_recording(path, max_hours=1) as opened:
            samples = np.concatenate(list(opened.blocks()))
        pause = rng.choice((0.3, 0.5, 0.8, 1.2, 2.5))
        pieces += [samples, np.zeros(int(pause * RATE_HZ), np.float32)]
        texts.append(text)
        length += len(pieces[-2]) + len(pieces[-1])
        if length >= seconds * RATE_HZ:
            break
    path = folder / f"russian-{seconds:g}.wav"
    write_wav(path, np.concatenate(pieces))
    return Speech(path.stem, "ru", path, " ".join(texts))


def read_folder(folder: Path, temporary: Path, language: str) -> Iterator[Speech]:
    """Yield each recording of a folder that has a reference, as WAV."""
    from konspekt.sound import open_recording

    for reference in sorted(folder.glob("*.reference.txt")):
        name = reference.name.removesuffix(".reference.txt")
        source = next(
            path for path in folder.glob(f"{name}.*") if path.suffix != ".txt"
        )
        with open_recording(source, max_hours=5) as opened:
            samples = np.concatenate(list(opened.blocks()))
        path = temporary / f"{name}.wav"
        write_wav(path, samples)
        yield Speech(name, language, path, reference.read_text(encoding="utf-8"))


def write_wav(path: Path, samples: Samples) -> None:
    """Write 16-bit PCM, 16 kHz, mono."""
    import wave

    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


def read_wav(path: Path) -> Samples:
    """Return what `write_wav` wrote."""
    import wave

    with wave.open(str(path), "rb") as file:
        frames = file.readframes(file.getnframes())
    samples = np.frombuffer(frames, "<i2").astype(np.float32)
    return samples / np.float32(32768)


def over_phone(samples: Samples) -> Samples:
    """Return the sound as a telephone passes it: 300 to 3400 Hz, 8 kHz."""
    from scipy.signal import butter, resample_poly, sosfilt

    band = butter(4, (300, 3400), "bandpass", fs=RATE_HZ, output="sos")
    narrow = resample_poly(sosfilt(band, samples), PHONE_HZ, RATE_HZ)
    wide: Samples = resample_poly(narrow, RATE_HZ, PHONE_HZ).astype(np.float32)
    return wide


def at_level(samples: Samples, db: float) -> Samples:
    """Return the sound louder or quieter."""
    return samples * np.float32(10 ** (db / 20))


def over_music(samples: Samples) -> Samples:
    """Return the sound over chords."""
    seconds = np.arange(len(samples)) / RATE_HZ
    roots = np.array((220.0, 174.6, 261.6, 196.0))[(seconds / 2).astype(int) % 4]
    chord = sum(
        np.sin(2 * np.pi * np.cumsum(roots * step) / RATE_HZ) for step in (1, 1.26, 1.5)
    )
    loudness = np.sqrt(np.mean(samples**2) / np.mean(chord**2))
    music = chord * loudness * 10 ** (-MUSIC_DB / 20)
    mixed: Samples = (samples + music).astype(np.float32)
    return mixed


def after_silence(samples: Samples) -> Samples:
    """Return the sound after minutes of silence."""
    return np.concatenate([np.zeros(BEFORE * RATE_HZ, np.float32), samples])


VARIANTS: dict[str, Callable[[Samples], Samples]] = {
    "plain": lambda samples: samples,
    "phone": over_phone,
    "20dB-quieter": partial(at_level, db=-20),
    "30dB-quieter": partial(at_level, db=-30),
    "music": over_music,
    "silence": after_silence,
}


def vary(speech: Speech, variant: str, folder: Path) -> Speech:
    """Return the speech in a variant of its sound."""
    if variant == "plain":
        return speech
    name = f"{speech.name}-{variant}"
    path = folder / f"{name}.wav"
    write_wav(path, VARIANTS[variant](read_wav(speech.sound)))
    return Speech(name, speech.language, path, speech.reference)


# --- the contenders, each in a process of its own


@dataclass(frozen=True, slots=True)
class Task:
    """What a contender is to transcribe, and with which weights."""

    sound: Path
    language: str
    checkpoint: Path
    converted: Path


def run_openai(task: Task, **options: Any) -> str:
    """Return what openai-whisper's `transcribe()` writes."""
    import torch
    import whisper

    torch.set_num_threads(os.cpu_count() or 1)
    model = whisper.load_model(str(task.checkpoint), device="cpu")
    found = model.transcribe(
        read_wav(task.sound), language=task.language, fp16=False, **options
    )
    return str(found["text"])


def run_faster(task: Task, *, batched: bool = False, **options: Any) -> str:
    """Return what faster-whisper writes, in int8, with 5 beams."""
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    model = WhisperModel(
        str(task.converted),
        device="cpu",
        compute_type="int8",
        cpu_threads=os.cpu_count() or 1,
    )
    transcriber = BatchedInferencePipeline(model) if batched else model
    segments, _ = transcriber.transcribe(
        read_wav(task.sound), language=task.language, beam_size=5, **options
    )
    return " ".join(segment.text for segment in segments)


def run_konspekt(task: Task, *, engine: str = "whisper", second: bool = False) -> str:
    """Return the transcript that Konspekt keeps."""
    from konspekt.cli.main import main

    model = task.checkpoint if engine == "whisper" else task.converted
    whisper = ["--model", str(model), "--engine", engine, "--language", task.language]
    with tempfile.TemporaryDirectory() as folder:
        cleaning = ["clean", f"{folder}/raw.json", "--embeddings", "none"]
        commands = [["transcribe", str(task.sound), *whisper], cleaning]
        if second:
            commands += [["second-pass", str(task.sound), *whisper], cleaning]
        for command in commands:
            main(["-q", *command, "--output", folder], standalone_mode=False)
        transcript = json.loads(Path(folder, "transcript.json").read_text("utf-8"))
    return " ".join(segment["text"] for segment in transcript["segments"])


CONTENDERS: dict[str, Callable[[Task], str]] = {
    "openai-whisper, 5 beams": partial(run_openai, beam_size=5, best_of=5),
    "openai-whisper, greedy": run_openai,
    "faster-whisper": run_faster,
    "faster-whisper, without previous text": partial(
        run_faster, condition_on_previous_text=False
    ),
    "faster-whisper, batched": partial(run_faster, batched=True, batch_size=8),
    "Konspekt": run_konspekt,
    "Konspekt, second pass": partial(run_konspekt, second=True),
    "Konspekt, faster-whisper": partial(run_konspekt, engine="faster-whisper"),
}


def is_installed(contender: str) -> bool:
    """Return whether what the contender needs can be imported."""
    if contender.startswith("faster-whisper"):
        return util.find_spec("faster_whisper") is not None
    by_ctranslate2 = contender.endswith("faster-whisper")
    return not by_ctranslate2 or util.find_spec("ctranslate2") is not None


def measure(contender: str, speech: Speech, task: Task) -> Row:
    """Return what a contender makes of a sound, in a process of its own."""
    from konspekt.score import profile_of, score

    order = json.dumps([contender, {k: str(v) for k, v in asdict(task).items()}])
    with tempfile.TemporaryFile() as written:
        started = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, __file__, "--order", order], stdout=written
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
        if status:
            raise SystemExit(f"{contender} failed on {speech.sound}")
        written.seek(0)
        text = json.loads(written.read().splitlines()[-1])
    counts = score(speech.reference, text, profile_of(speech.language))
    return Row(
        contender,
        speech.name,
        counts.errors / counts.reference_words,
        counts.substitutions,
        counts.deletions,
        counts.insertions,
        counts.reference_words,
        wall,
        used.ru_utime + used.ru_stime,
        used.ru_maxrss / 1024,
    )


def print_row(row: Row) -> None:
    """Print a line of the table."""
    print(
        f"| {row.speech} | {row.contender} | {row.wer:.3f} | {row.substitutions} "
        f"| {row.deletions} | {row.insertions} | {row.words} | {row.wall:.1f} "
        f"| {row.cpu:.1f} | {row.memory:.0f} |",
        flush=True,
    )


def follow_order(order: str) -> None:
    """Print the text of one contender, as JSON."""
    contender, fields = json.loads(order)
    paths = {name: Path(fields[name]) for name in ("sound", "checkpoint", "converted")}
    text = CONTENDERS[contender](Task(language=fields["language"], **paths))
    print("\n" + json.dumps(text))


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--order", help=argparse.SUPPRESS)
    parser.add_argument("--checkpoint", type=Path)
    parser.add_argument("--converted", type=Path)
    parser.add_argument("--seconds", type=float, nargs="+", default=[600])
    parser.add_argument("--variants", nargs="+", default=["plain"], choices=VARIANTS)
    parser.add_argument("--only", nargs="+", default=list(CONTENDERS))
    parser.add_argument("--sound", type=Path, help="a folder with references")
    parser.add_argument("--language", default="en", help="of the --sound folder")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if options.order:
        follow_order(options.order)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        speeches = [make_lecture(seconds, folder) for seconds in options.seconds]
        if options.sound:
            speeches += read_folder(options.sound, folder, options.language)
        speeches = [
            vary(s, name, folder) for name in options.variants for s in speeches
        ]
        rows = []
        print(describe_processor())
        print("| sound | what | WER | S | D | I | words | s | s of CPU | MB |")
        print("|---|---|---|---|---|---|---|---|---|---|")
        for speech in speeches:
            for contender in filter(is_installed, options.only):
                task = Task(
                    speech.sound, speech.language, options.checkpoint, options.converted
                )
                rows.append(measure(contender, speech, task))
                print_row(rows[-1])
        if options.json:
            options.json.write_text(json.dumps([asdict(row) for row in rows]))


if __name__ == "__main__":
    main()
