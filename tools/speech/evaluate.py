"""How well the demo Whisper transcribes what it was not trained on: the figures of
docs/demo-whisper.md.

    python -m tools.speech.evaluate [--model demo] [--json FILE]

Everything goes through the pipeline as a course's lecture does: transcribed in windows, cleaned,
scored. WER is over all words (substitutions, deletions and insertions), lower case, ё as е, without
punctuation; raw WER stands beside it.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import wave
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from konspekt.sound import open_recording
from tools.speech import windows
from tools.speech.corpus import UNSEEN_SPEED, UNSEEN_VARIANT
from tools.speech.grammar import HERE, lines, spoken, words
from tools.speech.make_recording import Cue, read_script, record
from tools.speech.voices import SAMPLE_RATE, Voice, speak_all

QUIET_DB = -20.0
# the demo recording as it is shipped, Opus
RECORDING = HERE.parents[1] / "recordings" / "speech.opus"
UNSEEN = (Voice("espeak", UNSEEN_VARIANT), Voice("espeak", "", UNSEEN_SPEED))
VOICES = {
    "festival": Voice("festival"),
    "espeak-ng": Voice("espeak"),
    "espeak-ng m3": Voice("espeak", "m3", 140),
    "espeak-ng f2": Voice("espeak", "f2", 160),
    f"unseen voice ({UNSEEN_VARIANT})": UNSEEN[0],
    f"unseen speed ({UNSEEN_SPEED})": UNSEEN[1],
}


def sentences_as_lecture(
    texts: Sequence[str], voice: Voice
) -> tuple[np.ndarray, list[Cue]]:
    """The sentences one after another with a second between them, and when each is said."""
    clips = speak_all([([said for _, said in spoken(text)], voice) for text in texts])
    parts, cues = [np.zeros(SAMPLE_RATE, np.float32)], []
    for text, clip in zip(texts, clips, strict=True):
        if clip is None:
            raise ValueError(f"cannot be said: {text}")
        at = sum(map(len, parts)) / SAMPLE_RATE
        cues.append(Cue(at + clip.words[0][0], at + clip.words[-1][1], text))
        loudness = float(np.sqrt(np.mean(clip.samples**2)))
        parts += [
            clip.samples * np.float32(0.1 / loudness),
            np.zeros(SAMPLE_RATE, np.float32),
        ]
    return np.concatenate(parts), cues


def transcribe_and_clean(samples: np.ndarray, model: str, folder: Path) -> Any:
    """The cleaned transcript of a sound: a lecture of one file, through transcribe and clean."""
    from konspekt.clean import clean
    from konspekt.course.settings import CleanOptions, TranscribeOptions
    from konspekt.transcribe import transcribe

    path = folder / "sound.wav"
    write_wav(path, samples)
    options = TranscribeOptions(model=model, language="ru")
    journal = folder / "journal"
    raw = transcribe(
        "sound", [path], [path.name], options, folder=folder, journal=journal
    )
    journal.unlink(missing_ok=True)
    return clean(raw, CleanOptions(), None, language="ru").transcript


def write_wav(path: Path, samples: np.ndarray) -> None:
    """16 bit, mono, 16 kHz."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(
            np.round(samples * 32767).clip(-32768, 32767).astype("<i2").tobytes()
        )


def compare(transcript: Any, cues: Sequence[Cue]) -> dict[str, float | int]:
    """WER, normalised and raw, and by how much segments miss the times of the sentences that they
    hold whole.
    """
    from konspekt.score import score

    hypothesis = " ".join(sentence.text.strip() for sentence in transcript.sentences)
    said = " ".join(cue.text for cue in cues)
    normalised = score(" ".join(words(said)), " ".join(words(hypothesis)))
    raw = score(said, hypothesis)
    off = sorted(time_errors(transcript, cues))
    return {
        "words": normalised.reference_words,
        "errors": normalised.errors,
        "wer": round(normalised.wer or 0.0, 4),
        "raw_wer": round(raw.wer or 0.0, 4),
        "sentences_timed": len(off),
        "start_off_max": round(off[-1], 2) if off else 0.0,
        "within_half_second": round(sum(x <= 0.5 for x in off) / max(1, len(off)), 4),
    }


def time_errors(transcript: Any, cues: Sequence[Cue]) -> Iterator[float]:
    """Yield how many seconds the start or the end of a sentence lies off at most.

    Only sentences that are transcribed word for word count.
    """
    waiting = list(cues)
    for sentence in transcript.sentences:
        spelled = words(sentence.text)
        for index, cue in enumerate(waiting):
            if words(cue.text) == spelled and abs(cue.start - sentence.start) < 30:
                yield max(abs(cue.start - sentence.start), abs(cue.end - sentence.end))
                del waiting[: index + 1]
                break


def evaluate(model: str) -> dict[str, dict[str, float | int]]:
    """Every figure, by the name of the sound."""
    found: dict[str, dict[str, float | int]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        script = list(read_script((HERE / "lecture.txt").read_text(encoding="utf-8")))
        lecture, cues = record(script)
        found["demo recording"] = compare(
            transcribe_and_clean(lecture, model, folder), cues
        )
        with open_recording(RECORDING, max_hours=1) as sound:
            shipped = np.concatenate(list(sound.blocks()))
        found["recordings/speech.opus"] = compare(
            transcribe_and_clean(shipped, model, folder), cues
        )
        quiet = lecture * np.float32(10 ** (QUIET_DB / 20))
        found[f"demo recording, {QUIET_DB:g} dB"] = compare(
            transcribe_and_clean(quiet, model, folder), cues
        )
        for voice_name, voice in VOICES.items():
            samples, cues = sentences_as_lecture(lines("unseen.txt"), voice)
            found[f"kept-out sentences, {voice_name}"] = compare(
                transcribe_and_clean(samples, model, folder), cues
            )
        for nothing, samples in silences():
            transcript = transcribe_and_clean(samples, model, folder)
            hypothesis = [
                word
                for sentence in transcript.sentences
                for word in words(sentence.text)
            ]
            found[nothing] = {"words": 0, "errors": len(hypothesis)}
    return found


def silences(minutes: float = 5) -> Iterator[tuple[str, np.ndarray]]:
    """Sounds in which nobody speaks."""
    count = round(minutes * 60 * SAMPLE_RATE)
    rng = np.random.default_rng(3)
    yield "digital silence", np.zeros(count, np.float32)
    for name, level in (("room noise, -58 dBFS", -58), ("loud noise, -30 dBFS", -30)):
        yield name, (windows.noise(count, rng) * 10 ** (level / 20)).astype(np.float32)
    for name, make in (("hum", windows.hum), ("music", windows.music)):
        sound = make(count, rng)
        yield (
            name,
            (sound / sound.std() * 0.03 + windows.noise(count, rng) * 0.001).astype(
                np.float32
            ),
        )


def table(found: dict[str, dict[str, float | int]]) -> str:
    """Markdown."""
    rows = [
        "| sound | words | errors | WER | raw WER | sentences within 0.5 s |",
        "|---|---|---|---|---|---|",
    ]
    for name, figures in found.items():
        if "wer" not in figures:
            rows.append(f"| {name}, 5 min | 0 | {figures['errors']} | | | |")
            continue
        timed = figures["sentences_timed"]
        rows.append(
            f"| {name} | {figures['words']} | {figures['errors']} | {figures['wer']:.3f} | "
            f"{figures['raw_wer']:.3f} | "
            f"{round(figures['within_half_second'] * timed)} of {timed} |"
        )
    return "\n".join(rows)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Measure the demo Whisper.")
    parser.add_argument("--model", default="demo")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    found = evaluate(arguments.model)
    print(table(found))
    if arguments.json:
        arguments.json.write_text(
            json.dumps(found, ensure_ascii=False, indent=1), encoding="utf-8"
        )


if __name__ == "__main__":
    main()
