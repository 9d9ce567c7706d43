"""The spoken corpus that the demo Whisper is trained on: training text said by Debian's voices,
with word times.

One voice variant and one speed are never used here; the evaluation speaks with them.

    python -m tools.speech.corpus --work DIR      about 25 minutes on two cores, 2.7 GB
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tools.speech.grammar import Grammar, spoken, training_text
from tools.speech.voices import SAMPLE_RATE, Spoken, Voice, speak_all

# clips: whole sentences, and one to three words for the beginning
SENTENCES, SHORT = (24_000, 3500)
# Share of festival's voice, which also gives the demo lecture, in the first sentences and in the
# others. It says a sentence in one way only: of 8,000 sentences it was learned by heart (WER 0.01
# on them and 0.08 on others).
FESTIVAL, FIRST, FESTIVAL_LATER = 0.35, 8000, 0.7
VARIANTS = (
    "",
    "m1",
    "m2",
    "m3",
    "m4",
    "m6",
    "m7",
    "f1",
    "f2",
    "f3",
    "f5",
    "max",
    "linda",
    "steph",
    "michel",
    "victor",
)
SPEEDS = (115, 170)  # words a minute
UNSEEN_VARIANT, UNSEEN_SPEED = "f4", 180
_TASK = 250  # sentences handed to a process at a time


@dataclass(frozen=True, slots=True)
class Clip:
    """One spoken sentence: where its samples lie in the corpus and when each written word is
    said.
    """

    text: tuple[str, ...]  # written words with their punctuation
    said: tuple[str, ...]  # what was spoken for each
    times: tuple[tuple[float, float], ...]
    voice: str
    start: int
    end: int


def draw_voice(rng: random.Random, festival: float = FESTIVAL) -> Voice:
    """A voice of training, its speed and its pitch; festival's with the chance given."""
    if rng.random() < festival:
        return Voice("festival")
    return Voice(
        "espeak", rng.choice(VARIANTS), rng.randint(*SPEEDS), rng.randint(30, 70)
    )


def make_corpus(
    folder: Path, sentences: int = SENTENCES, short: int = SHORT, seed: int = 1
) -> None:
    """Writes `sentences.*` and `short.*` into `folder`: samples as int16 and one line of JSON a
    clip.
    """
    folder.mkdir(parents=True, exist_ok=True)
    grammar = Grammar(seed)
    rng = random.Random(seed)
    few_words = [grammar.shuffled(rng.randint(1, 3)) for _ in range(short)]
    for name, texts in (("short", few_words), ("sentences", training_text(sentences))):
        shares = (
            FESTIVAL if number < FIRST else FESTIVAL_LATER
            for number in itertools.count()
        )
        tasks = [
            (text, draw_voice(rng, share))
            for text, share in zip(texts, shares, strict=False)
        ]
        _write(folder / name, tasks)


def load_corpus(path: Path) -> tuple[np.ndarray, list[Clip]]:
    """All samples, int16, and the clips that lie in them. `path` has no ending."""
    samples = np.fromfile(path.with_suffix(".pcm"), dtype=np.int16)
    clips = []
    for line in path.with_suffix(".jsonl").read_text(encoding="utf-8").splitlines():
        fields = json.loads(line)
        times = tuple((start, end) for start, end in fields["times"])
        clips.append(
            Clip(
                **fields
                | {
                    "text": tuple(fields["text"]),
                    "said": tuple(fields["said"]),
                    "times": times,
                }
            )
        )
    return samples, clips


def _write(path: Path, tasks: Sequence[tuple[str, Voice]]) -> None:
    at = missing = 0
    batches = [tasks[first : first + _TASK] for first in range(0, len(tasks), _TASK)]
    with (
        path.with_suffix(".pcm").open("wb") as sound,
        path.with_suffix(".jsonl").open("w", encoding="utf-8") as index,
        ProcessPoolExecutor(2) as workers,
    ):
        for batch, clips in zip(batches, workers.map(_speak, batches), strict=True):
            for (text, voice), clip in zip(batch, clips, strict=True):
                if clip is None:
                    missing += 1
                    continue
                pairs = spoken(text)
                pcm = (
                    np.round(clip.samples * 32767).clip(-32768, 32767).astype(np.int16)
                )
                sound.write(pcm.tobytes())
                fields = {
                    "text": [written for written, _ in pairs],
                    "said": [said for _, said in pairs],
                    "times": [
                        [round(start, 3), round(end, 3)] for start, end in clip.words
                    ],
                    "voice": voice.variant
                    if voice.engine == "espeak"
                    else voice.engine,
                    "start": at,
                    "end": at + len(pcm),
                }
                index.write(json.dumps(fields, ensure_ascii=False) + "\n")
                at += len(pcm)
            print(
                f"{path.name}: {at / SAMPLE_RATE / 3600:.2f} h, {missing} not said",
                flush=True,
            )


def _speak(batch: Sequence[tuple[str, Voice]]) -> list[Spoken | None]:
    return list(_spoken(batch))


def _spoken(batch: Sequence[tuple[str, Voice]]) -> Iterator[Spoken | None]:
    return speak_all(
        [([said for _, said in spoken(text)], voice) for text, voice in batch]
    )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        description="Speak the demo Whisper's training text."
    )
    parser.add_argument(
        "--work", type=Path, required=True, help="folder for the corpus"
    )
    parser.add_argument("--sentences", type=int, default=SENTENCES)
    parser.add_argument("--short", type=int, default=SHORT)
    arguments = parser.parse_args()
    make_corpus(arguments.work, arguments.sentences, arguments.short)


if __name__ == "__main__":
    main()
