"""The demo Whisper transcribes the demo recording, sounds made from it and sentences it never
saw; of silence it makes nothing.
"""

from __future__ import annotations

import hashlib
import lzma
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import resample_poly

from konspekt.artifacts import files
from konspekt.artifacts.store import canonical_json
from konspekt.clean import clean, join_transcripts
from konspekt.course.settings import CleanOptions, TranscribeOptions
from konspekt.data import RawTranscript, Transcript
from konspekt.errors import ModelError
from konspekt.formats import read
from konspekt.models import demo
from konspekt.models.whisper import choose, load
from konspekt.score import score
from konspekt.sound import open_recording
from konspekt.transcribe import transcribe
from tests.courses import ROOT
from tests.sound.media import write_media
from tests.sounds import write_wav
from tests.tools.test_voices import espeak, festival
from tools.speech import evaluate, windows
from tools.speech.grammar import lines, words
from tools.speech.make_recording import Cue
from tools.speech.voices import Voice

RECORDING = ROOT / "recordings" / "speech.opus"
RATE_HZ = 16_000
Sound = NDArray[np.float32]
# Asked of it is 0.12. It reaches 0.087 on the recording and 0.04 to 0.13 on the unseen sentences,
# by voice (see docs/demo-whisper.md); another processor may round otherwise.
MAX_WER, MAX_UNSEEN_WER = 0.12, 0.16
MORE = 0.12  # for a short stretch, and for sound that was changed

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def lecture() -> Sound:
    with open_recording(RECORDING, max_hours=1) as sound:
        return np.concatenate(list(sound.blocks()))


@pytest.fixture(scope="session")
def cues() -> list[Cue]:
    """The reference of the demo recording."""
    path = RECORDING.with_name("speech.reference.srt")
    return [
        Cue(cue.start or 0.0, cue.end or 0.0, cue.text) for cue in read(path).utterances
    ]


@pytest.fixture(scope="session")
def minute(lecture: Sound, cues: list[Cue]) -> tuple[Sound, list[Cue]]:
    inside = [cue for cue in cues if cue.end < 60]
    return lecture[: round((inside[-1].end + 0.3) * RATE_HZ)], inside


def transcribe_file(path: Path, folder: Path, **options: Any) -> RawTranscript:
    settings = TranscribeOptions(model="demo", language="ru", device="cpu", **options)
    return transcribe(
        "lecture",
        [path],
        [path.name],
        settings,
        folder=folder,
        journal=folder / f"{path.name}.journal",
    )


def kept(raw: RawTranscript) -> Transcript:
    return clean(raw, CleanOptions(), None, language="ru").transcript


def text_of(transcript: Transcript) -> str:
    return " ".join(words(" ".join(sentence.text for sentence in transcript.sentences)))


def wer(transcript: Transcript, cues: list[Cue]) -> float:
    found = score(
        " ".join(words(" ".join(cue.text for cue in cues))), text_of(transcript)
    ).wer
    assert found is not None
    return found


@pytest.fixture(scope="session")
def raw(built_demo: Path) -> RawTranscript:
    """The whole demo recording, as `make demo` transcribes it."""
    return files.load_raw(built_demo / "output" / "lectures" / "speech" / "raw.json")


def test_the_demo_recording_is_recognised(raw: RawTranscript, cues: list[Cue]) -> None:
    assert raw.demo
    assert wer(kept(raw), cues) <= MAX_WER


def test_the_times_of_its_sentences_are_right_to_half_a_second(
    raw: RawTranscript, cues: list[Cue]
) -> None:
    off = list(evaluate.time_errors(kept(raw), cues))
    assert len(off) >= len(cues) / 2
    assert sum(seconds <= 0.5 for seconds in off) >= 0.95 * len(off)


def test_two_transcripts_are_together_as_good_as_the_better_one(
    minute: tuple[Sound, list[Cue]], tmp_path: Path
) -> None:
    samples, cues = minute
    room = windows.noise(len(samples), np.random.default_rng(5)) * 0.001
    raw = transcribe_file(write_wav(tmp_path / "plain.wav", samples), tmp_path)
    noisy = transcribe_file(
        write_wav(tmp_path / "noisy.wav", (samples + room).astype(np.float32)), tmp_path
    )
    said = " ".join(words(" ".join(cue.text for cue in cues)))
    both = score(
        said, text_of(kept(join_transcripts([("a.json", raw), ("b.json", noisy)])))
    )
    alone = [score(said, text_of(kept(one))) for one in (raw, noisy)]
    assert both.errors <= min(one.errors for one in alone) + 0.01 * both.reference_words
    assert all(both.deletions <= 2.5 * one.deletions for one in alone)


@pytest.fixture(scope="session")
def nothing() -> dict[str, Sound]:
    """Ten minutes each of sounds in which nobody speaks."""
    return dict(evaluate.silences(minutes=10))


SOUNDS = (
    "digital silence",
    "room noise, -58 dBFS",
    "loud noise, -30 dBFS",
    "hum",
    "music",
)


@pytest.mark.parametrize("name", SOUNDS)
def test_nothing_is_kept_of_ten_minutes_in_which_nobody_speaks(
    name: str, nothing: dict[str, Sound], tmp_path: Path
) -> None:
    raw = transcribe_file(write_wav(tmp_path / "nothing.wav", nothing[name]), tmp_path)
    assert raw.speech == ()
    assert sum(decoded.end - decoded.start for decoded in raw.windows) < 60
    assert text_of(kept(raw)) == ""


@pytest.mark.parametrize("name", SOUNDS)
def test_without_a_detector_nothing_is_kept_of_two_minutes_of_them_either(
    name: str, nothing: dict[str, Sound], tmp_path: Path
) -> None:
    path = write_wav(tmp_path / "nothing.wav", nothing[name][: 120 * RATE_HZ])
    assert text_of(kept(transcribe_file(path, tmp_path, vad="none"))) == ""


def test_windows_that_follow_speech_are_no_worse_than_the_grid(
    minute: tuple[Sound, list[Cue]], tmp_path: Path
) -> None:
    samples, cues = minute
    path = write_wav(tmp_path / "minute.wav", samples)
    (tmp_path / "grid").mkdir()
    following = transcribe_file(path, tmp_path)
    grid = transcribe_file(path, tmp_path / "grid", windows="grid")
    assert wer(kept(following), cues) <= wer(kept(grid), cues) + 0.02
    assert following.speech == grid.speech


def test_the_regions_of_the_demo_recording_are_where_it_speaks(
    raw: RawTranscript, cues: list[Cue]
) -> None:
    assert raw.speech
    spoken = sum(cue.end - cue.start for cue in cues)
    found = sum(
        max(0.0, min(cue.end, region.end) - max(cue.start, region.start))
        for cue in cues
        for region in raw.speech
    )
    assert found >= 0.8 * spoken
    assert (
        sum(region.end - region.start for region in raw.speech) - found <= 0.1 * spoken
    )


@pytest.mark.parametrize(
    "voice",
    [
        pytest.param(Voice("festival"), marks=festival, id="festival"),
        pytest.param(Voice("espeak"), marks=espeak, id="espeak-ng"),
        pytest.param(evaluate.UNSEEN[0], marks=espeak, id="unseen voice"),
        pytest.param(evaluate.UNSEEN[1], marks=espeak, id="unseen speed"),
    ],
)
def test_sentences_that_training_never_saw_are_recognised(
    voice: Voice, tmp_path: Path
) -> None:
    samples, said = evaluate.sentences_as_lecture(lines("unseen.txt")[:25], voice)
    assert (
        wer(
            kept(
                transcribe_file(write_wav(tmp_path / "unseen.wav", samples), tmp_path)
            ),
            said,
        )
        <= MAX_UNSEEN_WER
    )


# Sounds made from the demo recording. A stretch of its beginning, ending in a pause: a minute is
# enough to tell.


Change = Callable[[Sound], Sound]


def noisy(samples: Sound) -> Sound:
    noise = (
        np.random.default_rng(0).standard_normal(len(samples))
        * np.sqrt(np.mean(samples**2))
        * 10 ** (-15 / 20)
    )
    mixed: Sound = (samples + noise).astype(np.float32)
    return mixed


def over_music(samples: Sound) -> Sound:
    """At 20 dB."""
    music = windows.music(len(samples), np.random.default_rng(5))
    level = np.sqrt(np.mean(samples**2)) * 10 ** (-20 / 20)
    mixed: Sound = (samples + music / music.std() * level).astype(np.float32)
    return mixed


CHANGES: dict[str, Change] = {
    "at -20 dB": lambda samples: samples * np.float32(0.1),
    "over music at 20 dB": over_music,
    "noise at 15 dB": noisy,
    "sped up by a twentieth": lambda samples: resample_poly(samples, 20, 21).astype(
        np.float32
    ),
    "telephone": lambda samples: resample_poly(
        resample_poly(samples, 1, 2), 2, 1
    ).astype(np.float32),
    "clipped": lambda samples: np.clip(samples * 6, -0.9, 0.9).astype(np.float32),
    "after 40 s of silence": lambda samples: np.concatenate(
        [np.zeros(40 * RATE_HZ, np.float32), samples]
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_changed_sound_is_recognised(
    change: str, minute: tuple[Sound, list[Cue]], tmp_path: Path
) -> None:
    samples, said = minute
    path = write_wav(tmp_path / "changed.wav", CHANGES[change](samples))
    assert wer(kept(transcribe_file(path, tmp_path)), said) <= MAX_WER + MORE


# What each container decodes to is tested with the sound; two codecs are enough for Whisper.
CONTAINERS = {"mp3": "libmp3lame", "mkv": "libopus"}


@pytest.mark.parametrize("ending", CONTAINERS)
def test_every_container_gives_the_same_transcript(
    ending: str, minute: tuple[Sound, list[Cue]], tmp_path: Path
) -> None:
    samples, said = minute
    part = samples[: 28 * RATE_HZ]
    wide = resample_poly(part, 3, 1).astype(np.float32)
    path = write_media(
        tmp_path / f"part.{ending}",
        CONTAINERS[ending],
        wide,
        picture=ending in ("mp4", "mkv"),
    )
    reference = [cue for cue in said if cue.end < 28]
    assert wer(kept(transcribe_file(path, tmp_path)), reference) <= MAX_WER + MORE


def test_two_files_become_one_lecture(
    minute: tuple[Sound, list[Cue]], tmp_path: Path
) -> None:
    samples, said = minute
    middle = next(cue for cue in said if cue.end > 25)
    cut = round((middle.end + 0.15) * RATE_HZ)
    paths = [
        write_wav(tmp_path / "a.wav", samples[:cut]),
        write_wav(tmp_path / "b.wav", samples[cut:]),
    ]
    options = TranscribeOptions(model="demo", language="ru", device="cpu")
    names = [path.name for path in paths]
    raw = transcribe(
        "lecture", paths, names, options, folder=tmp_path, journal=tmp_path / "journal"
    )
    transcript = kept(raw)
    assert wer(transcript, said) <= MAX_WER + MORE
    assert transcript.sentences[-1].end <= len(samples) / RATE_HZ + 0.1


def test_the_size_of_a_batch_changes_no_word(
    minute: tuple[Sound, list[Cue]], tmp_path: Path
) -> None:
    path = write_wav(tmp_path / "minute.wav", minute[0])
    alone = transcribe_file(path, tmp_path, batch_size=1)
    (tmp_path / "minute.wav.journal").unlink()
    together = transcribe_file(path, tmp_path, batch_size=3)
    assert [decoded.text for decoded in alone.windows] == [
        decoded.text for decoded in together.windows
    ]


def test_a_run_that_was_stopped_goes_on_and_gives_the_same(
    minute: tuple[Sound, list[Cue]], tmp_path: Path
) -> None:
    path = write_wav(tmp_path / "minute.wav", minute[0])
    journal = tmp_path / "minute.wav.journal"
    whole = transcribe_file(path, tmp_path, batch_size=1)
    batches = journal.read_bytes().splitlines(keepends=True)
    # stopped in the middle of a line
    journal.write_bytes(b"".join(batches[:2]) + batches[2][:40])
    assert canonical_json(
        asdict(transcribe_file(path, tmp_path, batch_size=1))
    ) == canonical_json(asdict(whole))


# The checkpoint itself


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_it_is_unpacked_once_with_the_hash_that_the_package_names(cache: Path) -> None:
    path = demo.unpack()
    assert path.is_relative_to(cache)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == demo.sha256()
    before = path.stat().st_mtime_ns
    assert demo.unpack() == path
    assert path.stat().st_mtime_ns == before


def test_a_damaged_copy_is_unpacked_again(cache: Path) -> None:
    path = demo.unpack()
    path.write_bytes(path.read_bytes()[:-1])
    assert hashlib.sha256(demo.unpack().read_bytes()).hexdigest() == demo.sha256()


def test_a_damaged_package_is_one_line(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for content in (b"no xz", lzma.compress(b"something else")):
        packed = tmp_path / "demo.pt.xz"
        packed.write_bytes(content)
        monkeypatch.setattr(demo, "_PACKED", packed)
        with pytest.raises(
            ModelError, match=r"demo\.pt\.xz.*Install Konspekt again"
        ) as caught:
            demo.unpack()
        assert "\n" not in str(caught.value)


def test_where_it_cannot_be_unpacked_the_error_names_the_way_out(cache: Path) -> None:
    cache.write_text("a file, not a folder")
    with pytest.raises(ModelError, match="XDG_CACHE_HOME"):
        demo.unpack()


# openai-whisper's own, of its list of tokens
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_it_is_small_and_openai_whisper_takes_it_like_any_other(
    cache: Path, minute: tuple[Sound, list[Cue]]
) -> None:
    import torch
    import whisper

    assert demo._PACKED.stat().st_size <= 12_000_000
    model = whisper.load_model(str(demo.unpack()), device="cpu")
    assert model.is_multilingual
    mel = whisper.log_mel_spectrogram(whisper.pad_or_trim(torch.from_numpy(minute[0])))
    answer = whisper.decode(model, mel, whisper.DecodingOptions(fp16=False))
    assert answer.language == "ru"
    spoken = " ".join(words(" ".join(cue.text for cue in minute[1] if cue.end < 29)))
    assert (score(spoken, " ".join(words(answer.text))).wer or 0) <= MAX_WER + MORE
    assert answer.no_speech_prob < 0.5
    nothing = whisper.decode(
        model,
        torch.full_like(mel, float(mel.min())),
        whisper.DecodingOptions(fp16=False),
    )
    assert nothing.no_speech_prob > 0.5


def test_it_runs_where_it_is_named_and_says_what_it_is(cache: Path) -> None:
    choice = choose("demo", "cpu", Path())
    assert (choice.name, choice.sha256) == ("demo", demo.sha256())
    assert load(choice).demo
    assert TranscribeOptions().model == "auto"
