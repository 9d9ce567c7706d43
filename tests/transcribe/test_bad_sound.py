"""Bad sound through the real command: one clear line with file, cause and remedy, or a correct
result.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from click.testing import CliRunner, Result
from scipy.signal import resample_poly

from konspekt.artifacts import files
from konspekt.cli.main import main
from konspekt.data import RawTranscript
from konspekt.formats import Utterance
from konspekt.score import score
from konspekt.transcribe import first_pass
from tests import small_whisper
from tests.courses import LECTURE, make_course
from tests.sound.media import write_media
from tests.sound.test_damage import front_loaded
from tests.sound.test_tracks import write_tracks
from tests.sounds import RATE_HZ, tone, write_float_wav, write_wav

Sound = Any  # float32 samples at 16 kHz
SECONDS = 14.0

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def speech() -> Sound:
    """The first sentences, up to a pause."""
    return small_whisper.speech(max(cue.end or 0.0 for cue in said()) + 0.3)


def said() -> list[Utterance]:
    return small_whisper.sentences(before=SECONDS)


def transcribe(path: Path, *options: str) -> Result:
    out = path.parent / "out"
    arguments = [
        "transcribe",
        str(path),
        "--output",
        str(out),
        "--model",
        small_whisper.small_whisper(),
        "--language",
        "ru",
        "--device",
        "cpu",
    ]
    return CliRunner().invoke(main, [*arguments, *options])


def raw_of(path: Path) -> RawTranscript:
    return files.load_raw(path.parent / "out" / "raw.json")


def wer(raw: RawTranscript) -> float:
    reference = " ".join(cue.text for cue in said())
    found = score(reference, "".join(decoded.text for decoded in raw.windows)).wer
    assert found is not None
    return found


def half(path: Path, share: float = 0.5) -> Path:
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    return path


def wide(samples: Sound) -> Sound:
    """At the 48 kHz of `write_media`."""
    return resample_poly(samples, 3, 1).astype(np.float32)


# --------------------------------------------------------------------------------------------------


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def playlist(name: str, content: bytes) -> Callable[[Path, Sound], Path]:
    """A list that names a recording beside it."""

    def make(folder: Path, speech: Sound) -> Path:
        write_wav(folder / "other.wav", speech)
        return written(folder / name, content)

    return make


def fifo(folder: Path, _: Sound) -> Path:
    os.mkfifo(folder / "a.wav")
    return folder / "a.wav"


def link(target: str) -> Callable[[Path, Sound], Path]:
    def make(folder: Path, _: Sound) -> Path:
        (folder / "a.wav").symlink_to(target)
        return folder / "a.wav"

    return make


M3U8 = b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nother.wav\n#EXT-X-ENDLIST\n"
CONCAT = b"ffconcat version 1.0\nfile 'other.wav'\n"
LIST = "a list that names other files"
REFUSED: dict[str, tuple[Callable[[Path, Sound], Path], str]] = {
    "empty": (lambda folder, _: written(folder / "a.mp3", b""), "the file is empty"),
    "no samples": (
        lambda folder, _: write_wav(folder / "a.wav", np.zeros(0, np.float32)),
        "there is no sound in it",
    ),
    "text": (
        lambda folder, _: written(folder / "a.mp3", "Это не звук. ".encode() * 99),
        "this is text, not sound",
    ),
    "a page of a server": (
        lambda folder, _: written(folder / "a.m4a", b"<html>404 Not Found</html>"),
        "this is text",
    ),
    "a zip": (
        lambda folder, _: written(folder / "a.wav", b"PK\3\4" + bytes(999)),
        "no kind of sound Konspekt knows",
    ),
    "film without sound": (
        lambda folder, _: write_media(folder / "a.mp4", "aac", None, picture=True),
        "no sound in it",
    ),
    "index never written": (
        lambda folder, s: half(write_media(folder / "a.m4a", "aac", wide(s))),
        "its index is missing",
    ),
    "1 Hz": (
        lambda folder, s: write_wav(folder / "a.wav", s[:9999], rate_hz=1),
        "its sample rate is 1 Hz",
    ),
    "65 channels": (
        lambda folder, s: write_wav(folder / "a.wav", s[:999], channels=65),
        "it has 65 channels",
    ),
    "no numbers": (
        lambda folder, s: write_float_wav(folder / "a.wav", s * np.nan),
        "most of its samples are not numbers",
    ),
    "fractions in the scale of whole numbers": (
        lambda folder, s: write_float_wav(folder / "a.wav", s * 32768),
        "most of its samples are not numbers",
    ),
    "m3u8": (playlist("a.m3u8", M3U8), LIST),
    "m3u8 named mp3": (playlist("a.mp3", M3U8), LIST),
    "m3u8 named wav": (playlist("a.wav", b"\xef\xbb\xbf" + M3U8), LIST),
    "ffconcat named mp4": (playlist("a.mp4", CONCAT), LIST),
    "pls": (playlist("a.pls", b"[playlist]\nFile1=other.wav\nLength1=-1\n"), LIST),
    "pipe": (fifo, "this is not an ordinary file"),
    "device": (link("/dev/zero"), "this is not an ordinary file"),
    "link to nothing": (link("nowhere.wav"), "the file is not there"),
    "link to itself": (link("a.wav"), "a.wav: "),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_sound_is_one_line_with_file_cause_and_remedy(
    name: str, tmp_path: Path, speech: Sound
) -> None:
    make, message = REFUSED[name]
    path = make(tmp_path, speech)
    done = transcribe(path)
    assert message in done.stderr
    refused(done, path)


def refused(done: Result, path: Path) -> None:
    assert done.exit_code == 1
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith(f"konspekt: {path}: ")
    assert len(done.stderr.split(". ")) >= 2, "no remedy"
    assert not (path.parent / "out" / "raw.json").exists()


def test_a_missing_track_is_refused_and_the_transcribed_one_is_named(
    tmp_path: Path,
) -> None:
    path = write_tracks(tmp_path / "a.mkv")
    done = transcribe(path, "--track", "7")
    assert (
        "it has no audio track 7; it has 3: 1 (eng, Interpreter); 2 (rus, Лектор); 3."
        in done.stderr
    )
    refused(done, path)
    assert (
        "a.mkv has 3 audio tracks; number 1 (eng, Interpreter) was transcribed"
        in transcribe(path).stdout
    )
    assert (
        "number 2 (rus, Лектор) was transcribed"
        in transcribe(path, "--track", "ru").stdout
    )
    assert "Up to date" in transcribe(path, "--track", "ru").stdout
    assert "number 3 was transcribed" in transcribe(path, "--track", "3").stdout


def test_another_track_than_the_only_one_is_refused(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", tone(1))
    done = transcribe(path, "--track", "9")
    assert "it has no audio track 9; it has only one. Leave out --track" in done.stderr
    refused(done, path)


def test_a_track_of_course_toml_that_is_not_there_is_refused(tmp_path: Path) -> None:
    model = small_whisper.small_whisper()
    settings = f'[transcribe]\nmodel = "{model}"\ndevice = "cpu"\ntrack = 9\n'
    course = make_course(tmp_path / "course", settings, week1=LECTURE)
    write_wav(course / "recordings" / "week2.wav", tone(1))
    done = CliRunner().invoke(main, ["build", str(course), "--until", "clean"])
    assert done.exit_code == 1
    (line,) = (line for line in done.stderr.splitlines() if "track" in line)
    assert "week2.wav: it has no audio track 9; it has only one. Leave out" in line
    assert line.endswith("Leave out track in [transcribe].")
    assert (course / "output" / "lectures" / "week1" / "transcript.json").exists()


@pytest.mark.parametrize("change", ["vanishes", "changes"])
def test_a_file_that_does_not_stay_is_one_line(
    change: str, tmp_path: Path, speech: Sound, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_wav(tmp_path / "a.wav", speech)
    # Called between the first look at the file and its window.
    check = first_pass.check_languages  # type: ignore[attr-defined]

    def meanwhile(languages: Iterable[str | None]) -> None:
        check(languages)
        path.unlink() if change == "vanishes" else write_wav(path, speech[::-1])

    monkeypatch.setattr(first_pass, "check_languages", meanwhile)
    done = transcribe(path)
    assert {
        "vanishes": "the file is not there",
        "changes": "the file changed meanwhile",
    }[change] in done.stderr
    refused(done, path)


# --------------------------------------------------------------------------------------------------


def many_channels(folder: Path, speech: Sound) -> Path:
    """Eight channels, and the lecturer in one of them."""
    path = folder / "a.wav"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("pcm_s16le", rate=RATE_HZ, layout="7.1")
        samples = np.zeros((len(speech), 8), "<i2")
        samples[:, 5] = np.rint(speech * 32767)
        frame = av.AudioFrame.from_ndarray(
            samples.reshape(1, -1), format="s16", layout="7.1"
        )
        frame.sample_rate, frame.pts = RATE_HZ, 0
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def damaged(samples: Sound, value: float) -> Sound:
    """Nothing but `value` for a moment in the pause at the end."""
    changed = samples.copy()
    changed[-round(0.2 * RATE_HZ) : -round(0.1 * RATE_HZ)] = value
    return changed


def resampled(samples: Sound, up: int, down: int) -> Sound:
    return resample_poly(samples, up, down).astype(np.float32)


USED: dict[str, Callable[[Path, Sound], Path]] = {
    "8 channels": many_channels,
    "the same in 8 channels": lambda folder, s: write_wav(
        folder / "a.wav", s, channels=8
    ),
    "192 kHz": lambda folder, s: write_wav(
        folder / "a.wav", resampled(s, 12, 1), rate_hz=192_000
    ),
    "44.1 kHz": lambda folder, s: write_float_wav(
        folder / "a.wav", resampled(s, 441, 160), rate_hz=44_100
    ),
    "DC offset": lambda folder, s: write_wav(
        folder / "a.wav", s * np.float32(0.5) + np.float32(0.3)
    ),
    "NaN in a pause": lambda folder, s: write_float_wav(
        folder / "a.wav", damaged(s, np.nan)
    ),
    "infinity in a pause": lambda folder, s: write_float_wav(
        folder / "a.wav", damaged(s, np.inf)
    ),
    "clipped now and then": lambda folder, s: write_wav(
        folder / "a.wav", np.clip(s * 2, -0.99, 0.99)
    ),
    "sound of a film": lambda folder, s: write_media(
        folder / "a.mp4", "aac", wide(s), picture=True
    ),
}
MORE = 0.1  # of errors than in the sound as it is: two words of 23


@pytest.fixture(scope="module")
def errors(speech: Sound, tmp_path_factory: pytest.TempPathFactory) -> float:
    """Of the sentences as they are."""
    path = write_wav(tmp_path_factory.mktemp("plain") / "a.wav", speech)
    assert transcribe(path).exit_code == 0
    return wer(raw_of(path))


@pytest.mark.parametrize("name", USED)
def test_unusual_sound_is_transcribed_as_well(
    name: str, tmp_path: Path, speech: Sound, errors: float
) -> None:
    path = USED[name](tmp_path, speech)
    done = transcribe(path)
    assert (done.exit_code, done.stderr) == (0, "")
    raw = raw_of(path)
    assert raw.recording.duration == pytest.approx(len(speech) / RATE_HZ, abs=0.1)
    assert wer(raw) <= errors + MORE
    is_damaged = name in ("NaN in a pause", "infinity in a pause")
    assert (
        "is damaged, and silent there: 0.2 s in 1 place, at 0:1" in done.stdout
    ) == is_damaged
    if is_damaged:
        assert "is damaged" in transcribe(path, "--strict").stderr
        assert transcribe(path, "--strict").exit_code == 1


def test_8_khz_is_used(tmp_path: Path, speech: Sound) -> None:
    """Telephone sound, which this Whisper does not understand: all of it is put to it, at the right
    times.
    """
    path = write_wav(tmp_path / "a.wav", resampled(speech, 1, 2), rate_hz=8_000)
    assert transcribe(path).exit_code == 0
    assert raw_of(path).recording.duration == pytest.approx(
        len(speech) / RATE_HZ, abs=0.01
    )


@pytest.mark.parametrize(
    "samples",
    [np.full(1, 0.5), np.zeros(30 * RATE_HZ), np.full(30 * RATE_HZ, 0.3)],
    ids=["1 sample", "pure silence", "silence with a DC offset"],
)
def test_nothing_gives_no_text(samples: Sound, tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", samples.astype(np.float32))
    done = transcribe(path)
    assert (done.exit_code, done.stderr) == (0, "")
    assert "".join(decoded.text for decoded in raw_of(path).windows).strip() == ""
    assert raw_of(path).recording.duration == len(samples) / RATE_HZ


@pytest.mark.parametrize("name", ["a.mp3", "a.m4a", "a.wav"])
def test_what_was_cut_short_is_used_and_reported_and_strict_refuses_it(
    name: str, tmp_path: Path, speech: Sound
) -> None:
    codec = {"a.mp3": "libmp3lame", "a.m4a": "aac", "a.wav": "pcm_s16le"}[name]
    path = write_media(tmp_path / name, codec, wide(speech))
    path = half(front_loaded(path) if name == "a.m4a" else path)
    done = transcribe(path)
    assert (done.exit_code, done.stderr) == (0, "")
    assert f"Note: {path.name} was cut short: 0:0" in done.stdout
    raw = raw_of(path)
    assert "".join(decoded.text for decoded in raw.windows).strip()
    assert raw.recording.parts[0].lost > 4
    strict = transcribe(path, "--strict")
    assert (strict.exit_code, len(strict.stderr.splitlines())) == (1, 1)
    assert "was cut short" in strict.stderr
