"""Every kind of file a lecture comes in decodes to the same sound; what is no sound is refused in
words.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path

import numpy as np
import pytest

from konspekt.errors import RecordingError
from konspekt.sound import open_recording, probe
from konspekt.sound.files import open_local
from konspekt.sound.kinds import sniff
from tests.sound.media import RATE_HZ, write_media
from tests.sounds import tone, write_float_wav, write_wav

SECONDS = 3.0


def decoded(path: Path, max_hours: float = 1.0) -> np.ndarray:
    with open_recording(path, max_hours=max_hours) as sound:
        return np.concatenate(list(sound.blocks()))


def kind_of(path: Path) -> str:
    with open_local(path) as file:
        return sniff(file)


def refusal(path: Path, max_hours: float = 1.0) -> str:
    with pytest.raises(RecordingError) as caught:
        decoded(path, max_hours)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(
        "".join(c if c.isprintable() else " " for c in str(path)).split()[0]
    )
    return message


@pytest.mark.parametrize(
    ("name", "codec", "container", "kind"),
    [
        ("a.wav", "pcm_s16le", None, "wav"),
        ("a.wav", "pcm_f32le", None, "wav"),
        ("a.wav", "pcm_s24le", None, "wav"),
        ("a.mp3", "libmp3lame", None, "mp3"),
        ("a.m4a", "aac", "mp4", "mov"),
        ("a.ogg", "libopus", None, "ogg"),
        ("a.flac", "flac", None, "flac"),
        ("a.mkv", "libopus", None, "matroska"),
        ("a.webm", "libopus", None, "matroska"),
        ("a.aac", "aac", "adts", "aac"),
    ],
)
def test_every_kind_decodes_to_the_same_sound(
    tmp_path: Path, name: str, codec: str, container: str | None, kind: str
) -> None:
    path = write_media(
        tmp_path / name, codec, tone(SECONDS, rate_hz=RATE_HZ), container=container
    )
    assert kind_of(path) == kind
    with open_recording(path, max_hours=1) as sound:
        sound_read = np.concatenate(list(sound.blocks()))
    assert sound_read.dtype == np.float32
    assert sound.duration == pytest.approx(SECONDS, abs=0.1)
    assert sound.damage == ()
    spectrum = np.abs(np.fft.rfft(sound_read[8000:40000]))
    assert np.argmax(spectrum) * 16000 / 32000 == pytest.approx(440, abs=1)
    assert np.std(sound_read[8000:40000]) == pytest.approx(0.5 / np.sqrt(2), rel=0.05)


def test_the_sound_of_a_film_is_decoded_and_its_pictures_are_not(
    tmp_path: Path,
) -> None:
    path = write_media(
        tmp_path / "a.mp4", "aac", tone(SECONDS, rate_hz=RATE_HZ), picture=True
    )
    assert len(decoded(path)) / 16000 == pytest.approx(SECONDS, abs=0.1)


def test_a_film_without_sound_is_refused(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.mp4", "aac", None, picture=True)
    assert "there is no sound in it" in refusal(path)


def test_the_kind_is_told_by_the_bytes_and_not_by_the_name(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.flac", "flac", tone(SECONDS, rate_hz=RATE_HZ))
    renamed = path.rename(tmp_path / "lecture.mp3")
    assert kind_of(renamed) == "flac"
    assert len(decoded(renamed)) / 16000 == pytest.approx(SECONDS, abs=0.1)


def test_an_mp3_behind_a_large_picture_tag_is_found(tmp_path: Path) -> None:
    plain = write_media(
        tmp_path / "a.mp3", "libmp3lame", tone(SECONDS, rate_hz=RATE_HZ)
    ).read_bytes()
    tagless = plain[plain.index(b"\xff\xfb") :]
    size = 200_000
    tag = b"ID3\x03\x00\x00" + bytes(
        [size >> 21 & 127, size >> 14 & 127, size >> 7 & 127, size & 127]
    )
    path = tmp_path / "tagged.mp3"
    path.write_bytes(tag + bytes(size) + tagless)
    assert len(decoded(path)) / 16000 == pytest.approx(SECONDS, abs=0.1)


@pytest.mark.parametrize(
    "content",
    [
        b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{other}\n#EXT-X-ENDLIST\n",
        b"\xef\xbb\xbf#EXTM3U\n{other}\n",
        b"ffconcat version 1.0\nfile '{other}'\n",
        b"[playlist]\nFile1={other}\n",
        b'<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>',
        b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n",
    ],
)
def test_a_list_of_other_files_is_never_followed(
    tmp_path: Path, content: bytes
) -> None:
    other = write_wav(tmp_path / "other.wav", tone(1))
    path = tmp_path / "lecture.mp3"
    path.write_bytes(content.replace(b"{other}", other.name.encode()))
    assert "a list that names other files" in refusal(path)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("Сегодня мы поговорим о метриках. " * 5000, "this is text, not sound"),
        ("<!DOCTYPE html><html>404</html>", "this is text, not sound"),
    ],
)
def test_text_is_no_sound_whatever_its_name(
    tmp_path: Path, content: str, what: str
) -> None:
    path = tmp_path / "lecture.mp3"
    path.write_text(content, encoding="utf-8")
    assert what in refusal(path)


def test_unknown_bytes_are_refused_with_what_is_known(tmp_path: Path) -> None:
    path = tmp_path / "lecture.mp3"
    path.write_bytes(b"PK\x03\x04" + bytes(range(256)) * 300)
    assert "no kind of sound Konspekt knows (WAV, MP3" in refusal(path)


@pytest.mark.parametrize(
    "magic",
    [
        b"OggS",
        b"fLaC",
        b"\x1aE\xdf\xa3",
        b"\0\0\0\x18ftypM4A ",
        b"RIFF\0\0\0\0WAVEfmt ",
    ],
)
def test_damage_behind_a_good_beginning_is_one_line(
    tmp_path: Path, magic: bytes
) -> None:
    path = tmp_path / "lecture.wav"
    path.write_bytes(magic + np.random.default_rng(0).bytes(5000))
    assert "Errno" not in refusal(path)


def test_what_is_no_ordinary_file_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    (tmp_path / "folder.wav").mkdir()
    (tmp_path / "empty.wav").touch()
    (tmp_path / "loop.wav").symlink_to(tmp_path / "loop.wav")
    (tmp_path / "endless.wav").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s.wav"))
    assert "not an ordinary file" in refusal(tmp_path / "pipe.wav")
    assert "not an ordinary file" in refusal(tmp_path / "folder.wav")
    assert "not an ordinary file" in refusal(tmp_path / "endless.wav")
    assert "the file is empty" in refusal(tmp_path / "empty.wav")
    assert "the file is not there" in refusal(tmp_path / "missing.wav")
    assert "cannot be opened" in refusal(tmp_path / "loop.wav")
    assert "cannot be opened" in refusal(tmp_path / "s.wav")


def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", tone(1))
    path.chmod(0)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)  # root may read everything
    try:
        assert "may not be read" in refusal(path)
    finally:
        os.seteuid(user)


@pytest.mark.parametrize(
    "name",
    [
        "лекция 1.wav",
        "🎓.wav",
        "-y.wav",
        "two\nlines.wav",
        "concat:a.wav",
        "a|b;$(touch x).wav",
        "%d.wav",
    ],
)
def test_any_name_is_a_name(tmp_path: Path, name: str) -> None:
    assert len(decoded(write_wav(tmp_path / name, tone(1)))) == 16000


def test_a_link_is_followed_to_its_file(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", tone(1))
    (tmp_path / "link.wav").symlink_to(path.name)
    assert len(decoded(tmp_path / "link.wav")) == 16000


@pytest.mark.parametrize("channels", [1, 2, 3, 6, 8, 9, 32, 64])
def test_channels_are_averaged(tmp_path: Path, channels: int) -> None:
    samples = tone(1, amplitude=0.9)
    sound_read = decoded(write_wav(tmp_path / "a.wav", samples, channels=channels))
    assert np.abs(sound_read - samples).max() < 1e-3


@pytest.mark.parametrize("rate_hz", [4_000, 8_000, 11_025, 44_100, 192_000, 384_000])
def test_every_rate_becomes_16_khz(tmp_path: Path, rate_hz: int) -> None:
    sound_read = decoded(
        write_wav(tmp_path / "a.wav", tone(1, rate_hz=rate_hz), rate_hz=rate_hz)
    )
    assert len(sound_read) == pytest.approx(16000, abs=20)
    assert np.std(sound_read[2000:-2000]) == pytest.approx(0.5 / np.sqrt(2), rel=0.02)


@pytest.mark.parametrize(
    ("rate_hz", "channels", "what"),
    [(1, 1, "1 Hz"), (400_000, 1, "400000 Hz"), (16000, 65, "65 channels")],
)
def test_figures_no_recorder_has_are_refused(
    tmp_path: Path, rate_hz: int, channels: int, what: str
) -> None:
    assert what in refusal(
        write_wav(tmp_path / "a.wav", tone(0.1), rate_hz=rate_hz, channels=channels)
    )


@pytest.mark.parametrize("count", [1, 2, 159])
def test_a_few_samples_are_sound(tmp_path: Path, count: int) -> None:
    assert (
        len(decoded(write_wav(tmp_path / "a.wav", np.full(count, 0.5, np.float32))))
        == count
    )


def test_no_sample_is_no_sound(tmp_path: Path) -> None:
    assert "there is no sound in it" in refusal(write_wav(tmp_path / "a.wav", tone(0)))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e38])
@pytest.mark.parametrize("rate_hz", [16_000, 44_100])
def test_samples_that_are_no_sound_are_silence_and_the_rest_is_used(
    tmp_path: Path, value: float, rate_hz: int
) -> None:
    samples = tone(10, rate_hz=rate_hz)
    samples[4 * rate_hz : 5 * rate_hz] = value
    samples[8 * rate_hz] = value
    with open_recording(
        write_float_wav(tmp_path / "a.wav", samples, rate_hz=rate_hz), max_hours=1
    ) as sound:
        sound_read = np.concatenate(list(sound.blocks()))
    assert len(sound_read) == pytest.approx(160_000, abs=20)
    assert np.isfinite(sound_read).all()
    assert [(round(start), round(end)) for start, end in sound.damage] == [
        (4, 5),
        (8, 8),
    ]
    assert sum(end - start for start, end in sound.damage) < 1.5
    assert np.abs(sound_read[int(4.1 * 16_000) : int(4.9 * 16_000)]).max() == 0
    assert np.std(sound_read[:60_000]) == pytest.approx(0.5 / np.sqrt(2), rel=0.01)


@pytest.mark.parametrize("value", [np.nan, np.inf, 3e38])
def test_sound_of_which_most_is_no_sound_is_refused(
    tmp_path: Path, value: float
) -> None:
    samples = tone(10)
    samples[: 6 * 16_000] = value
    assert "most of its samples are not numbers a sound can have" in refusal(
        write_float_wav(tmp_path / "a.wav", samples)
    )


def test_integers_declared_as_floats_are_refused_before_they_are_all_read(
    tmp_path: Path,
) -> None:
    noise = (
        np.random.default_rng(0)
        .integers(-(2**31), 2**31, 300 * 16_000, np.int64)
        .astype("<i4")
    )
    path = write_float_wav(tmp_path / "a.wav", noise.view("<f4"))
    with (
        open_recording(path, max_hours=1) as sound,
        pytest.raises(RecordingError, match="not numbers"),
    ):
        list(sound.blocks())
    assert sound.duration < 100


def test_a_recording_longer_than_allowed_is_refused(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", tone(11))
    assert "a.wav: it lasts 0:11; 0.003 hours are allowed. Cut it" in refusal(
        path, max_hours=0.003
    )
    assert len(decoded(path, max_hours=0.004)) == 176_000


def test_a_length_that_is_not_declared_is_measured(tmp_path: Path) -> None:
    path = write_media(
        tmp_path / "a.aac", "aac", tone(11, rate_hz=RATE_HZ), container="adts"
    )
    assert "0.003 hours are allowed" in refusal(path, max_hours=0.003)


def test_probe_tells_the_length_without_decoding(tmp_path: Path) -> None:
    assert probe(write_wav(tmp_path / "a.wav", tone(11))) == 11.0
    adts = write_media(
        tmp_path / "a.aac", "aac", tone(SECONDS, rate_hz=RATE_HZ), container="adts"
    )
    assert probe(adts) == pytest.approx(SECONDS, abs=0.2)
