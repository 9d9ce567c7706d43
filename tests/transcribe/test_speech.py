"""Speech goes through transcribing and cleaning, as it is and changed, with a Whisper that knows
its words; of sounds in which nobody speaks nothing is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import resample_poly

from konspekt.artifacts.store import canonical_json
from konspekt.clean import clean, join_transcripts
from konspekt.course.settings import CleanOptions, TranscribeOptions
from konspekt.data import RawTranscript, Transcript
from konspekt.formats import Utterance
from konspekt.score import score
from konspekt.transcribe import transcribe
from tests import small_whisper
from tests.sound.media import write_media
from tests.sounds import RATE_HZ, hum, music, noise, write_wav

Sound = NDArray[np.float32]
# It reaches 0.06 on the recording as it is; another processor may round otherwise.
MAX_WER = 0.12
MORE = 0.12  # for a short stretch, and for sound that was changed

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def minute() -> Sound:
    return small_whisper.speech()


@pytest.fixture(scope="session")
def said() -> list[Utterance]:
    return small_whisper.sentences()


def transcribe_file(path: Path, folder: Path, **options: Any) -> RawTranscript:
    return transcribe(
        "lecture",
        [path],
        [path.name],
        as_options(**options),
        folder=folder,
        journal=folder / f"{path.name}.journal",
    )


def as_options(**options: Any) -> TranscribeOptions:
    model = small_whisper.small_whisper()
    return TranscribeOptions(model=model, language="ru", device="cpu", **options)


def kept(raw: RawTranscript) -> Transcript:
    return clean(raw, CleanOptions(), None, language="ru").transcript


def text_of(transcript: Transcript) -> str:
    return " ".join(sentence.text for sentence in transcript.sentences)


def compare(transcript: Transcript, said: list[Utterance]) -> Any:
    reference = " ".join(sentence.text for sentence in said)
    return score(reference, text_of(transcript), "ru")


def wer(transcript: Transcript, said: list[Utterance]) -> float:
    found = compare(transcript, said).wer
    assert found is not None
    return float(found)


@pytest.fixture(scope="session")
def raw(minute: Sound, tmp_path_factory: pytest.TempPathFactory) -> RawTranscript:
    """The recording as it is."""
    folder = tmp_path_factory.mktemp("speech")
    return transcribe_file(write_wav(folder / "minute.wav", minute), folder)


def test_speech_is_recognised(raw: RawTranscript, said: list[Utterance]) -> None:
    assert wer(kept(raw), said) <= MAX_WER


def test_the_times_of_sentences_are_right_to_half_a_second(
    raw: RawTranscript, said: list[Utterance]
) -> None:
    off = list(time_errors(kept(raw), said))
    assert len(off) >= len(said) / 2
    assert max(off) <= 0.5


def time_errors(transcript: Transcript, said: list[Utterance]) -> Iterator[float]:
    """Yield how many seconds the start or the end of a sentence lies off at most.

    Only sentences that are transcribed letter for letter count.
    """
    times = {sentence.text.strip(): sentence for sentence in transcript.sentences}
    for cue in said:
        found = times.get(cue.text)
        if found is not None:
            start, end = cue.start or 0.0, cue.end or 0.0
            yield max(abs(start - found.start), abs(end - found.end))


def test_regions_are_where_somebody_speaks(
    raw: RawTranscript, said: list[Utterance]
) -> None:
    regions = raw.speech or ()
    spoken = [(cue.start or 0.0, cue.end or 0.0) for cue in said]
    found = sum(
        max(0.0, min(end, region.end) - max(start, region.start))
        for start, end in spoken
        for region in regions
    )
    length = sum(end - start for start, end in spoken)
    assert found >= 0.8 * length
    assert sum(one.end - one.start for one in regions) - found <= 0.1 * length


def test_two_transcripts_are_together_as_good_as_the_better_one(
    raw: RawTranscript, minute: Sound, said: list[Utterance], tmp_path: Path
) -> None:
    room = noise(len(minute) / RATE_HZ, seed=5) * np.float32(0.001)
    noisy = transcribe_file(write_wav(tmp_path / "noisy.wav", minute + room), tmp_path)
    both = compare(kept(join_transcripts([("a.json", raw), ("b.json", noisy)])), said)
    alone = [compare(kept(one), said) for one in (raw, noisy)]
    assert both.errors <= min(one.errors for one in alone) + 0.01 * both.reference_words


MINUTES = 10
NOTHING: dict[str, Callable[[float], Sound]] = {
    "digital silence": lambda seconds: np.zeros(round(seconds * RATE_HZ), np.float32),
    "room noise, -58 dBFS": lambda seconds: noise(seconds) * decibels(-58),
    "loud noise, -30 dBFS": lambda seconds: noise(seconds) * decibels(-30),
    "hum": lambda seconds: over_noise(hum(seconds)),
    "music": lambda seconds: over_noise(music(seconds)),
}


def decibels(level: float) -> np.float32:
    return np.float32(10 ** (level / 20))


def over_noise(sound: Sound) -> Sound:
    room = noise(len(sound) / RATE_HZ) * np.float32(0.001)
    mixed: Sound = (sound / sound.std() * 0.03 + room).astype(np.float32)
    return mixed


@pytest.mark.parametrize("name", NOTHING)
def test_nothing_is_kept_of_ten_minutes_in_which_nobody_speaks(
    name: str, tmp_path: Path
) -> None:
    path = write_wav(tmp_path / "nothing.wav", NOTHING[name](MINUTES * 60))
    raw = transcribe_file(path, tmp_path)
    assert raw.speech == ()
    assert sum(decoded.end - decoded.start for decoded in raw.windows) < 60
    assert text_of(kept(raw)) == ""


@pytest.mark.parametrize("name", NOTHING)
def test_without_a_detector_nothing_is_kept_of_two_minutes_of_them_either(
    name: str, tmp_path: Path
) -> None:
    path = write_wav(tmp_path / "nothing.wav", NOTHING[name](120))
    assert text_of(kept(transcribe_file(path, tmp_path, vad="none"))) == ""


def test_windows_that_follow_speech_are_no_worse_than_the_grid(
    raw: RawTranscript, minute: Sound, said: list[Utterance], tmp_path: Path
) -> None:
    path = write_wav(tmp_path / "minute.wav", minute)
    grid = transcribe_file(path, tmp_path, windows="grid")
    assert wer(kept(raw), said) <= wer(kept(grid), said) + 0.02
    assert raw.speech == grid.speech


# Sounds made of the recording.


def noisy(samples: Sound) -> Sound:
    level = np.sqrt(np.mean(samples**2)) * decibels(-15)
    hiss = noise(len(samples) / RATE_HZ, slope=0.0)
    mixed: Sound = (samples + hiss * level).astype(np.float32)
    return mixed


def over_music(samples: Sound) -> Sound:
    """At 20 dB."""
    played = music(len(samples) / RATE_HZ, seed=5)
    level = np.sqrt(np.mean(samples**2)) * decibels(-20)
    mixed: Sound = (samples + played / played.std() * level).astype(np.float32)
    return mixed


def resampled(samples: Sound, up: int, down: int) -> Sound:
    found: Sound = resample_poly(samples, up, down).astype(np.float32)
    return found


CHANGES: dict[str, Callable[[Sound], Sound]] = {
    "at -20 dB": lambda samples: samples * np.float32(0.1),
    "over music at 20 dB": over_music,
    "noise at 15 dB": noisy,
    "sped up by a twentieth": lambda samples: resampled(samples, 20, 21),
    "telephone": lambda samples: resampled(resampled(samples, 1, 2), 2, 1),
    "clipped": lambda samples: np.clip(samples * 6, -0.9, 0.9),
    "after 40 s of silence": lambda samples: np.concatenate(
        [np.zeros(40 * RATE_HZ, np.float32), samples]
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_changed_sound_is_recognised(
    change: str, minute: Sound, said: list[Utterance], tmp_path: Path
) -> None:
    path = write_wav(tmp_path / "changed.wav", CHANGES[change](minute))
    assert wer(kept(transcribe_file(path, tmp_path)), said) <= MAX_WER + MORE


# What each container decodes to is tested with the sound; two codecs are enough for Whisper.
CONTAINERS = {"mp3": "libmp3lame", "mkv": "libopus"}


@pytest.mark.parametrize("ending", CONTAINERS)
def test_every_container_gives_the_same_transcript(
    ending: str, minute: Sound, tmp_path: Path
) -> None:
    wide = resampled(minute[: 28 * RATE_HZ], 3, 1)
    has_picture = ending == "mkv"
    path = write_media(
        tmp_path / f"part.{ending}", CONTAINERS[ending], wide, picture=has_picture
    )
    reference = small_whisper.sentences(before=28)
    assert wer(kept(transcribe_file(path, tmp_path)), reference) <= MAX_WER + MORE


def test_two_files_become_one_lecture(
    minute: Sound, said: list[Utterance], tmp_path: Path
) -> None:
    middle = next(cue.end for cue in said if cue.end and cue.end > 25)
    cut = round((middle + 0.15) * RATE_HZ)
    paths = [
        write_wav(tmp_path / "a.wav", minute[:cut]),
        write_wav(tmp_path / "b.wav", minute[cut:]),
    ]
    names = [path.name for path in paths]
    journal = tmp_path / "journal"
    raw = transcribe(
        "lecture", paths, names, as_options(), folder=tmp_path, journal=journal
    )
    transcript = kept(raw)
    assert wer(transcript, said) <= MAX_WER + MORE
    assert transcript.sentences[-1].end <= len(minute) / RATE_HZ + 0.1


def test_the_size_of_a_batch_changes_no_word(minute: Sound, tmp_path: Path) -> None:
    path = write_wav(tmp_path / "minute.wav", minute)
    alone = transcribe_file(path, tmp_path, batch_size=1)
    (tmp_path / "minute.wav.journal").unlink()
    together = transcribe_file(path, tmp_path, batch_size=3)
    assert [one.text for one in alone.windows] == [one.text for one in together.windows]


def test_a_run_that_was_stopped_goes_on_and_gives_the_same(
    minute: Sound, tmp_path: Path
) -> None:
    path = write_wav(tmp_path / "minute.wav", minute)
    journal = tmp_path / "minute.wav.journal"
    whole = transcribe_file(path, tmp_path, batch_size=1)
    lines = journal.read_bytes().splitlines(keepends=True)
    # stopped in the middle of a line
    journal.write_bytes(b"".join(lines[:2]) + lines[2][:40])
    again = transcribe_file(path, tmp_path, batch_size=1)
    assert canonical_json(asdict(again)) == canonical_json(asdict(whole))
