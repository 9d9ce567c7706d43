"""What transcription costs: openai-whisper, faster-whisper and Konspekt, in one run on one machine.

    .venv/bin/python benchmarks/transcribe.py [--models tiny base small] [--windows 16]
        [--threads 2] [--json FILE]
    .venv/bin/python benchmarks/transcribe.py --device cuda --models turbo --windows 64 --batch 32

All decode the same windows of 30 s of the demo recording, with the same random weights of the true
shapes (`benchmarks/whispers.py`). They write 175 tokens for each, greedily, without fallback and
thresholds:

- openai-whisper's `transcribe()`, without time stamps, so that it goes on by whole windows;
- faster-whisper, one window after another and batched, int8 on a processor, float16
  on a GPU, without time stamps;
- Konspekt as a course uses it, with time stamps: by its own engine, and by CTranslate2
  in int8 or float16.

Each is a process of its own. Its time is that of the transcription, spectrograms included, loading
not. Its memory is the process' highest. What is not installed is left out: faster-whisper, Konspekt
by CTranslate2.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib import metadata, util
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import whispers

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
RATE_HZ = 16_000
SECONDS = 30  # of a window
TOKENS = 175  # of a text
OPENAI = "openai-whisper"
SEQUENTIAL, BATCHED = "faster-whisper", "faster-whisper, batched"
OURS, OURS_FASTER = "Konspekt", "Konspekt, faster-whisper"


class Task(NamedTuple):
    """What a contender is to do."""

    checkpoint: Path
    converted: Path
    windows: int
    batch: int
    device: str
    threads: int
    precision: str | None  # Konspekt's; None: as it chooses


class Cost(NamedTuple):
    """What it took."""

    cpu: float  # seconds of processor time
    wall: float  # seconds
    memory: float  # MiB at most
    how: str


# the tokens of each window, counted
Transcribe = Callable[["NDArray[np.float32]"], "list[int]"]


def speech(windows: int) -> NDArray[np.float32]:
    """The demo recording, over and over: `(samples,)`."""
    from konspekt.sound import open_recording

    with open_recording(ROOT / "recordings" / "speech.opus", max_hours=1) as sound:
        once = np.concatenate(list(sound.blocks()))
    return np.resize(once, windows * SECONDS * RATE_HZ)


def openai(task: Task) -> tuple[Transcribe, str]:
    """openai-whisper's own loop."""
    import whisper

    model = whisper.load_model(str(task.checkpoint), device=task.device)
    fp16 = task.device == "cuda"

    def run(samples: NDArray[np.float32]) -> list[int]:
        found = model.transcribe(
            samples,
            language="ru",
            temperature=0.0,
            compression_ratio_threshold=None,
            logprob_threshold=None,
            no_speech_threshold=None,
            condition_on_previous_text=False,
            without_timestamps=True,
            fp16=fp16,
        )
        return [len(segment["tokens"]) for segment in found["segments"]]

    return run, "float16" if fp16 else "float32"


def faster(task: Task, *, batched: bool) -> tuple[Transcribe, str]:
    """faster-whisper, one window after another or several at once."""
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    kind = "float16" if task.device == "cuda" else "int8"
    model = WhisperModel(
        str(task.converted),
        device=task.device,
        compute_type=kind,
        cpu_threads=task.threads,
    )
    same: dict[str, Any] = {
        "language": "ru",
        "beam_size": 1,
        "temperature": 0.0,
        "without_timestamps": True,
    }

    def run(samples: NDArray[np.float32]) -> list[int]:
        starts = range(0, len(samples) // RATE_HZ, SECONDS)
        if batched:
            clips = [{"start": start, "end": start + SECONDS} for start in starts]
            pipeline = BatchedInferencePipeline(model)
            segments, _ = pipeline.transcribe(
                samples, clip_timestamps=clips, batch_size=task.batch, **same
            )
        else:
            segments, _ = model.transcribe(
                samples,
                condition_on_previous_text=False,
                compression_ratio_threshold=None,
                log_prob_threshold=None,
                no_speech_threshold=None,
                **same,
            )
        return [len(segment.tokens) for segment in segments]

    return run, f"{kind}, batch {task.batch}" if batched else kind


def ours(task: Task, *, name: str) -> tuple[Transcribe, str]:
    """Konspekt, by the engine of that name."""
    from konspekt.models.precision import precision_on
    from konspekt.models.whisper import WhisperChoice
    from konspekt.transcribe.engines import batch as batch_engine
    from konspekt.transcribe.engines import ctranslate
    from konspekt.transcribe.engines.choice import load_engine
    from konspekt.transcribe.engines.engine import EngineOptions
    from konspekt.transcribe.speech.windows import Window

    device: Any = task.device
    if name == "faster-whisper":
        precision: Any = ctranslate.precision_of(device)
        choice = WhisperChoice(
            "random", task.converted, None, device, precision, engine="faster-whisper"
        )
    else:
        precision = task.precision or precision_on(device)
        choice = WhisperChoice("random", task.checkpoint, None, device, precision)
    engine = load_engine(choice)
    counts: list[int] = []
    as_decoded_window = batch_engine.as_decoded_window

    def counted(
        choice: Any, tokenizer: Any, window: Any, found: Any, **others: Any
    ) -> Any:
        counts.append(len(found.result.tokens) if found else 0)
        return as_decoded_window(choice, tokenizer, window, found, **others)

    batch_engine.as_decoded_window = counted  # a window tells its words, not its tokens

    def run(samples: NDArray[np.float32]) -> list[int]:
        counts.clear()
        pieces = samples.reshape(-1, SECONDS * RATE_HZ)
        windows = [
            Window(at, at * 30.0, (at + 1) * 30.0, piece)
            for at, piece in enumerate(pieces)
        ]
        for first in range(0, len(windows), task.batch):
            engine.decode(
                windows[first : first + task.batch],
                EngineOptions(languages=("ru",), temperatures=(0.0,)),
            )
        return counts

    return run, f"{precision}, batch {task.batch}"


CONTENDERS: dict[str, Callable[[Task], tuple[Transcribe, str]]] = {
    OPENAI: openai,
    SEQUENTIAL: partial(faster, batched=False),
    BATCHED: partial(faster, batched=True),
    OURS: partial(ours, name="whisper"),
    OURS_FASTER: partial(ours, name="faster-whisper"),
}


def cost(contender: str, task: Task) -> Cost:
    """What a contender takes for the task; to be called in a process of its own."""
    import torch

    torch.set_num_threads(task.threads)
    run, how = CONTENDERS[contender](task)
    samples = speech(task.windows)
    if task.device == "cuda":  # what is loaded and tuned at the first use is no speed
        run(samples[: task.batch * SECONDS * RATE_HZ])
        torch.cuda.synchronize()
    cpu, wall = time.process_time(), time.perf_counter()
    counts = run(samples)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    if len(counts) != task.windows or not all(
        TOKENS <= count <= TOKENS + 1 for count in counts
    ):
        raise SystemExit(
            f"{contender} wrote {counts} tokens: the benchmark's Whisper is to be corrected"
        )
    peak = next(
        line
        for line in Path("/proc/self/status").read_text().splitlines()
        if line.startswith("VmHWM:")
    )
    return Cost(cpu, wall, int(peak.split()[1]) / 1024, how)


def prepare(model: str, folder: Path, device: str) -> tuple[Path, Path]:
    """The random Whisper as a checkpoint and, where there is faster-whisper, for it."""
    checkpoint = whispers.random_checkpoint(folder / f"{model}.pt", model, TOKENS)
    converted = folder / model
    if util.find_spec("faster_whisper"):
        whispers.convert(
            checkpoint, converted, "float16" if device == "cuda" else "int8"
        )
    return checkpoint, converted


def alone(function: Callable[..., Any], *arguments: Any) -> Any:
    """The function's result, from a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def machine(device: str) -> str:
    """What the figures are from."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    told = dict(line.split(":", 1) for line in reversed(lines) if ":" in line)
    told = {name.strip(): value.strip() for name, value in told.items()}
    flags = set(told.get("flags", "").split())
    known = [
        flag
        for flag in (
            "avx2",
            "avx512f",
            "avx512_vnni",
            "avx512_bf16",
            "amx_int8",
            "amx_bf16",
        )
        if flag in flags
    ]
    packages = ("torch", "openai-whisper", "faster-whisper", "ctranslate2")
    there = {one.metadata["Name"] for one in metadata.distributions()}
    versions = ", ".join(
        f"{name} {metadata.version(name)}" for name in packages if name in there
    )
    name = (
        f"{told.get('model name', platform.machine())}, {os.cpu_count()} cores, "
        f"{' '.join(known)}"
    )
    if device == "cuda":
        name += f"; {alone(_gpu)}"
    return f"{name}; Python {platform.python_version()}, {versions}"


def _gpu() -> str:
    import torch

    return str(torch.cuda.get_device_name())


def main() -> None:
    """Measures and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--models",
        nargs="+",
        choices=whispers.SHAPES,
        default=["tiny", "base", "small"],
    )
    parser.add_argument(
        "--contenders", nargs="+", choices=CONTENDERS, default=list(CONTENDERS)
    )
    parser.add_argument("--windows", type=int, default=16)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument(
        "--precision", choices=("float32", "bfloat16", "float16"), help="Konspekt's"
    )
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    contenders = [
        one
        for one in options.contenders
        if "faster" not in one or util.find_spec("faster_whisper")
    ]
    result: dict[str, Any] = {
        "machine": machine(options.device),
        "windows": options.windows,
        "models": {},
    }
    print(result["machine"])
    print(
        (
            f"{options.windows} windows of {SECONDS} s, {TOKENS} tokens each; {options.threads} "
            f"threads"
        ),
        flush=True,
    )
    for model in options.models:
        with tempfile.TemporaryDirectory() as temporary:
            checkpoint, converted = alone(
                prepare, model, Path(temporary), options.device
            )
            task = Task(
                checkpoint,
                converted,
                options.windows,
                options.batch,
                options.device,
                options.threads,
                options.precision,
            )
            costs: dict[str, Cost] = {}
            for contender in contenders:
                costs[contender] = found = alone(cost, contender, task)
                print(_line(model, contender, found, task), flush=True)
        for name, other in costs.items():
            for own in (
                {OURS, OURS_FASTER} & costs.keys()
                if name not in {OURS, OURS_FASTER}
                else ()
            ):
                mine = costs[own]
                print(
                    (
                        f"{'':8}{name} takes {other.cpu / mine.cpu:.2f} times the processor time "
                        f"of "
                        f"{own}, "
                    ),
                    end="",
                )
                print(f"{other.wall / mine.wall:.2f} times its time", flush=True)
        result["models"][model] = {name: one._asdict() for name, one in costs.items()}
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def _line(model: str, contender: str, cost: Cost, task: Task) -> str:
    speed = task.windows * SECONDS / cost.wall
    return (
        f"{model:8}{contender:25}{cost.how:20}{cost.cpu:8.1f} s of CPU{cost.wall:8.1f} "
        f"s{speed:8.1f} x real time"
        f"{cost.memory:8.0f} MiB"
    )


if __name__ == "__main__":
    main()
