"""Files cut short or damaged: what is left is used, what is lost is known."""

from __future__ import annotations

import os
from pathlib import Path

import av
import numpy as np
import pytest

from konspekt.errors import RecordingError
from konspekt.sound import open_recording
from tests.sound.media import RATE_HZ, write_media
from tests.sounds import tone, write_wav


def cut_file(path: Path, share: float) -> Path:
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    return path


def lengths(path: Path) -> tuple[float, float | None]:
    """Decoded and declared seconds."""
    with open_recording(path, max_hours=1) as sound:
        for _ in sound.blocks():
            pass
        return sound.duration, sound.info.declared_duration


def front_loaded(path: Path) -> Path:
    """The same m4a with its index first, as recorders for the web write it."""
    moved = path.with_name("front.m4a")
    with (
        av.open(str(path)) as source,
        av.open(str(moved), "w", options={"movflags": "faststart"}) as output,
    ):
        stream = output.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(source.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = stream
                output.mux(packet)
    return moved


@pytest.mark.parametrize("name", ["a.wav", "a.mp3", "a.flac", "a.mkv", "a.m4a"])
def test_half_a_file_is_used_and_the_loss_shows(tmp_path: Path, name: str) -> None:
    codecs = {
        "wav": "pcm_s16le",
        "mp3": "libmp3lame",
        "flac": "flac",
        "mkv": "libopus",
        "m4a": "aac",
    }
    noise = np.random.default_rng(0).normal(0, 0.2, 20 * RATE_HZ).astype(np.float32)
    path = write_media(tmp_path / name, codecs[name.rpartition(".")[2]], noise)
    whole = cut_file(front_loaded(path) if name == "a.m4a" else path, 0.5)
    duration, declared = lengths(whole)
    assert declared == pytest.approx(20, abs=0.1)
    assert 6 < duration < 14


def test_a_file_whose_index_was_never_written_is_refused(tmp_path: Path) -> None:
    path = cut_file(
        write_media(tmp_path / "a.m4a", "aac", tone(10, rate_hz=RATE_HZ)), 0.5
    )
    with pytest.raises(
        RecordingError,
        match=r"a\.m4a: its index is missing: it was cut off before it was finished\. Check",
    ):
        lengths(path)


def test_a_length_that_is_only_estimated_is_not_declared(tmp_path: Path) -> None:
    content = write_media(
        tmp_path / "a.mp3", "libmp3lame", tone(5, rate_hz=RATE_HZ)
    ).read_bytes()
    path = tmp_path / "bare.mp3"
    path.write_bytes(content[content.index(b"\xff\xfb", content.index(b"Info")) :])
    duration, declared = lengths(path)
    assert declared is None
    assert duration == pytest.approx(5, abs=0.1)


def test_a_wav_that_was_streamed_declares_nothing(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", tone(2))
    content = path.read_bytes()
    at = content.index(b"data") + 4
    path.write_bytes(content[:at] + b"\xff\xff\xff\xff" + content[at + 4 :])
    assert lengths(path) == (2.0, None)


@pytest.mark.parametrize(("name", "codec"), [("a.ogg", "libopus"), ("a.flac", "flac")])
def test_damage_in_the_middle_costs_only_itself_and_moves_nothing(
    tmp_path: Path, name: str, codec: str
) -> None:
    """A tone at the end still lies where it was: times after the damage stay right."""
    samples = np.concatenate(
        [tone(8, 300, rate_hz=RATE_HZ), tone(2, 3000, rate_hz=RATE_HZ)]
    )
    path = write_media(tmp_path / name, codec, samples)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4000] = bytes(4000)
    path.write_bytes(content)
    with open_recording(path, max_hours=1) as sound:
        samples = np.concatenate(list(sound.blocks()))
    assert sound.duration == pytest.approx(10, abs=0.3)
    (place,) = sound.damage
    assert 0 < place[0] < place[1] < 8
    spectrum = np.abs(np.fft.rfft(samples[int(8.5 * 16000) : int(9.5 * 16000)]))
    assert np.argmax(spectrum) == pytest.approx(3000, abs=30)


def test_damage_in_an_mp3_which_has_no_clock_shows_in_its_length(
    tmp_path: Path,
) -> None:
    path = write_media(tmp_path / "a.mp3", "libmp3lame", tone(10, rate_hz=RATE_HZ))
    content = bytearray(path.read_bytes())
    content[80_000:84_000] = bytes(4000)
    path.write_bytes(content)
    with open_recording(path, max_hours=1) as sound:
        for _ in sound.blocks():
            pass
    assert sound.info.declared_duration == 10
    assert 8 < sound.duration < 9.9
    ((start, _),) = sound.damage
    assert 1 < start < 9


def test_what_hangs_on_behind_the_sound_is_no_damage(tmp_path: Path) -> None:
    """Tags, and the rest of a packet that was cut: the declared length tells what is missing
    there.
    """
    for name, codec in (
        ("a.mp3", "libmp3lame"),
        ("a.aac", "aac"),
        ("a.flac", "flac"),
        ("a.ogg", "libopus"),
    ):
        container = "adts" if name == "a.aac" else None
        path = write_media(
            tmp_path / name, codec, tone(2, rate_hz=RATE_HZ), container=container
        )
        content = path.read_bytes()
        for changed in (content + b"TAG" + b"lecture".ljust(125), content[:-100]):
            path.write_bytes(changed)
            with open_recording(path, max_hours=1) as sound:
                assert sum(len(block) for block in sound.blocks()) > 28_000
            assert sound.damage == (), name


def test_a_pause_without_packets_is_filled_with_silence(tmp_path: Path) -> None:
    """A muted microphone leaves a hole in a browser's recording; what follows keeps its time."""
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("flac", rate=16000, layout="mono")
        for start, hz in ((0, 300), (5, 3000)):
            for number, at in enumerate(range(0, 32000, 3200)):
                samples = (tone(2, hz)[at : at + 3200] * 32767).astype("<i2")
                frame = av.AudioFrame.from_ndarray(
                    samples[None], format="s16", layout="mono"
                )
                frame.sample_rate, frame.pts = 16000, start * 16000 + number * 3200
                output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    with open_recording(path, max_hours=1) as sound:
        samples = np.concatenate(list(sound.blocks()))
    assert sound.duration == pytest.approx(7, abs=0.3)
    assert sound.damage == ()  # a film may pause
    assert np.abs(samples[int(2.5 * 16000) : int(4.5 * 16000)]).max() == 0
    assert np.argmax(
        np.abs(np.fft.rfft(samples[int(5.5 * 16000) : int(6.5 * 16000)]))
    ) == pytest.approx(3000, abs=30)


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", tone(5))
    with open_recording(path, max_hours=1) as sound:
        blocks = sound.blocks()
        next(blocks)
        with path.open("ab") as file:
            file.write(bytes(100))
        with pytest.raises(RecordingError, match="changed while it was read"):
            list(blocks)


def test_a_file_deleted_while_it_is_read_is_read_to_its_end(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", tone(60))
    with open_recording(path, max_hours=1) as sound:
        blocks = sound.blocks()
        next(blocks)
        path.unlink()
        for _ in blocks:
            pass
    assert sound.duration == 60


def test_the_hash_is_of_the_files_bytes(tmp_path: Path) -> None:
    import hashlib

    path = write_wav(tmp_path / "a.wav", tone(2))
    with open_recording(path, max_hours=1) as sound:
        assert sound.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_leaving_early_ends_the_child(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", tone(120))
    with open_recording(path, max_hours=1) as sound:
        next(sound.blocks())
        children = set(
            Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
        )
        assert children
    assert not children & set(
        Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    )
