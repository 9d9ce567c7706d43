"""A process that transcribes in forks of itself, which a test kills: what takes long to import
is imported once.

A line of JSON on standard input is one transcription; standard output answers with the fork's
process id, and with "end" and its exit status once it is gone. What is decoded, and what is kept on
the disk, stands in a log, written unbuffered.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import torch

from konspekt.artifacts import files
from konspekt.course.settings import TranscribeOptions
from konspekt.data import SecondPassCandidate
from konspekt.transcribe import batches, run_second_pass, transcribe
from konspekt.transcribe.engines.batch import BatchEngine
from konspekt.transcribe.engines.choice import load_engine
from konspekt.transcribe.engines.engine import as_engine_options
from konspekt.transcribe.journal import Journal
from konspekt.transcribe.speech.windows import Window
from tests.processor import WITHOUT_BFLOAT16, chosen, pretend
from tests.small_whisper import small_whisper
from tests.sounds import tone

OPTIONS = TranscribeOptions(
    model=small_whisper(),
    language="ru",
    device="cpu",
    window=5.0,
    overlap=1.0,
    batch_size=1,
    vad="none",
    beam_size=1,
    temperatures=(0.0,),
)
STRETCHES = tuple(
    SecondPassCandidate(start, start + 2.0, "not transcribed", (), "in this test", 2.0)
    for start in (6.0, 14.0, 22.0, 30.0, 38.0)
)


def watch(log: Path, *, buffered: bool) -> None:
    """Logs each batch as its window begins and when the journal has it; `buffered`: a journal that
    is not flushed.
    """
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    append = Journal.append

    decode = BatchEngine.decode

    def decoded(self: BatchEngine, windows: Any, options: Any) -> Any:
        os.write(descriptor, f"begin {windows[0].id}\n".encode())
        return decode(self, windows, options)

    def appended(self: Journal, decoded_windows: Any) -> None:
        append(self, decoded_windows)
        os.write(descriptor, f"kept {decoded_windows[0].id}\n".encode())

    BatchEngine.decode = decoded  # type: ignore[method-assign]
    Journal.append = appended  # type: ignore[method-assign]
    if buffered:
        Journal._write = lambda self, payload: None  # type: ignore[method-assign]


def run_order(order: dict[str, Any]) -> None:
    folder, journal, result = (
        Path(order[name]) for name in ("folder", "journal", "result")
    )
    watch(Path(order["log"]), buffered=order["buffered"])
    paths = [folder / "lecture.wav"]
    if order["first"]:
        raw = files.load_raw(Path(order["first"]))
        transcript = run_second_pass(
            raw, STRETCHES, paths, OPTIONS, folder=folder, journal=journal
        )
    else:
        transcript = transcribe(
            "lecture", paths, ["lecture.wav"], OPTIONS, folder=folder, journal=journal
        )
    result.write_bytes(files.dump(transcript))


def main() -> None:
    torch.set_num_threads(1)
    pretend(WITHOUT_BFLOAT16)
    engine = load_engine(chosen(OPTIONS.model, Path()))
    # whatever is imported and made on first use
    engine.decode([Window(0, 0.0, 1.0, tone(1))], as_engine_options(OPTIONS))
    setattr(batches, "load_engine", lambda _: engine)  # noqa: B010 - as a test patches it
    for line in sys.stdin:
        fork = os.fork()
        if not fork:
            code = 1
            try:
                run_order(json.loads(line))
                code = 0
            finally:
                os._exit(code)
        _say(str(fork))
        _say(f"end {os.waitstatus_to_exitcode(os.waitpid(fork, 0)[1])}")


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
