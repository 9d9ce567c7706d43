"""On real sound: what the first pass is made to miss, the second one brings, and nothing where
nobody speaks.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import pytest

from konspekt.artifacts.store import canonical_json
from konspekt.clean import check_tiling, clean, join_passes
from konspekt.course.settings import CleanOptions, TranscribeOptions
from konspekt.data import Cleaned, RawTranscript
from konspekt.score import score
from konspekt.transcribe import run_second_pass, transcribe
from tests.small_whisper import sentences, small_whisper, speech
from tests.sounds import write_wav

SECONDS = 53  # two windows: 0 to 29 s and 24 to 53 s
OPTIONS = TranscribeOptions(model=small_whisper(), language="ru", device="cpu")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with speech."""
    at = tmp_path_factory.mktemp("second-pass")
    write_wav(at / "part.wav", speech(SECONDS))
    return at


@pytest.fixture(scope="module")
def with_gap(folder: Path) -> RawTranscript:
    """The first pass, which missed all from 24 s on."""
    raw = transcribe(
        "part",
        [folder / "part.wav"],
        ["part.wav"],
        OPTIONS,
        folder=folder,
        journal=folder / "first",
    )
    decoded_windows = tuple(
        replace(h, segments=()) if h.start > 20 else h for h in raw.windows
    )
    return replace(raw, windows=decoded_windows)


def run_again(with_gap: RawTranscript, folder: Path, journal: str) -> RawTranscript:
    worth = clean(with_gap, CleanOptions(), None, language="ru").quality.second_pass
    return run_second_pass(
        with_gap,
        worth,
        [folder / "part.wav"],
        OPTIONS,
        folder=folder,
        journal=folder / journal,
    )


@pytest.fixture(scope="module")
def second(with_gap: RawTranscript, folder: Path) -> RawTranscript:
    return run_again(with_gap, folder, "second")


def wer(result: Cleaned) -> float:
    found = score(
        " ".join(cue.text for cue in sentences(before=SECONDS)),
        " ".join(s.text for s in result.transcript.sentences),
    ).wer
    assert found is not None
    return found


def test_what_was_missed_is_transcribed_and_the_errors_fall(
    with_gap: RawTranscript, second: RawTranscript
) -> None:
    without = clean(with_gap, CleanOptions(), None, language="ru")
    result = clean(with_gap, CleanOptions(), None, language="ru", second_pass=second)
    check_tiling(join_passes(with_gap, second), result.transcript, result.removals)
    assert sum(w.gained or 0 for w in result.quality.second_pass) > 10
    assert result.quality.covered > without.quality.covered + 10
    assert wer(result) < wer(without)


def test_a_second_pass_after_a_stop_gives_the_same_bytes(
    with_gap: RawTranscript, second: RawTranscript, folder: Path
) -> None:
    journal = (folder / "second").read_bytes()
    (folder / "stopped").write_bytes(journal[: len(journal) // 2])
    assert canonical_json(
        asdict(run_again(with_gap, folder, "stopped"))
    ) == canonical_json(asdict(second))
