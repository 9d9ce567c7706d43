"""WAV files whose header says other than what is there: what is there is used, what is missing is
reported.
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from konspekt.errors import RecordingError
from konspekt.sound import open_recording, probe
from tests.sound.test_damage import cut_file, lengths
from tests.sounds import tone, write_wav

SECONDS = 10
LIST = b"LIST" + struct.pack("<I", 400_000) + b"INFO" + bytes(399_996)


def with_length(path: Path, length: int, behind: bytes = b"") -> Path:
    """A WAV file of a tone whose data chunk says that it has so many bytes."""
    content = write_wav(path, tone(SECONDS)).read_bytes()
    at = content.index(b"data") + 4
    path.write_bytes(
        content[:at] + struct.pack("<I", length) + content[at + 4 :] + behind
    )
    return path


@pytest.mark.parametrize("declared", [3 * 32_000, 3 * 32_000 + 1])
def test_a_header_that_was_not_corrected_any_more_hides_no_sound(
    tmp_path: Path, declared: int
) -> None:
    path = with_length(tmp_path / "a.wav", declared)
    assert lengths(path) == (SECONDS, None)
    assert probe(path) == SECONDS
    with open_recording(path, max_hours=1) as sound:
        assert np.abs(np.concatenate(list(sound.blocks())) - tone(SECONDS)).max() < 1e-3


@pytest.mark.parametrize(
    "behind",
    [
        LIST,
        LIST[:300_000],
        b"ABCD" + LIST[4:],
        b"id3 " + LIST[4:],
        b"ID3\x04\0\0\0\x10\0\0" + bytes(300_000),
        b"TAG" + b"x" * 125,
        bytes(40_000),  # what nobody knows, and little of it
    ],
    ids=[
        "LIST",
        "LIST cut short",
        "a chunk nobody knows",
        "id3 chunk",
        "ID3",
        "TAG",
        "a second",
    ],
)
def test_what_lies_behind_the_sound_is_not_used(tmp_path: Path, behind: bytes) -> None:
    assert lengths(with_length(tmp_path / "a.wav", SECONDS * 32_000, behind)) == (
        SECONDS,
        SECONDS,
    )


def test_a_chunk_behind_an_odd_number_of_bytes_is_found_with_and_without_the_byte_between(
    tmp_path: Path,
) -> None:
    for between in (b"", b"\0"):
        path = with_length(
            tmp_path / "a.wav", SECONDS * 32_000 + 1, b"\0" + between + LIST
        )
        assert lengths(path)[0] == SECONDS


@pytest.mark.parametrize(
    "between",
    [b"", LIST, LIST + b"id3 " + LIST[4:]],
    ids=["nothing", "LIST", "LIST and id3"],
)
def test_of_two_recordings_joined_as_bytes_the_second_is_not_lost_in_silence(
    tmp_path: Path, between: bytes
) -> None:
    one = write_wav(tmp_path / "one.wav", tone(3)).read_bytes()
    (tmp_path / "both.wav").write_bytes(one + between + one)
    with pytest.raises(
        RecordingError,
        match=r"a second recording is joined to it.*Join them with a program",
    ):
        lengths(tmp_path / "both.wav")


@pytest.mark.parametrize(
    "mark",
    [
        0,
        0x7FFFF000,
        0x7FFFFFFE,
        0x7FFFFFFF,
        0x80000000,
        0xFFFFF000,
        0xFFFFFFDB,
        0xFFFFFFFE,
        0xFFFFFFFF,
    ],
)
def test_a_length_that_means_unknown_is_neither_too_long_nor_cut_short(
    tmp_path: Path, mark: int
) -> None:
    assert lengths(with_length(tmp_path / "a.wav", mark)) == (SECONDS, None)


def test_a_length_that_is_only_large_is_believed(tmp_path: Path) -> None:
    with pytest.raises(
        RecordingError, match=r"it lasts 18:38:2\d; 1 hours are allowed"
    ):
        lengths(with_length(tmp_path / "a.wav", 0x7FFFE000))


def test_a_header_without_sound_is_said_to_be_just_that(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", tone(1))
    path.write_bytes(path.read_bytes()[:36])
    with pytest.raises(
        RecordingError, match=r"a\.wav: there is no sound in it\. Check that it plays"
    ):
        lengths(path)


@pytest.mark.parametrize("chunks", [1, 20])
def test_a_loss_shows_whatever_lies_before_the_sound(
    tmp_path: Path, chunks: int
) -> None:
    content = write_wav(tmp_path / "a.wav", tone(SECONDS)).read_bytes()
    junk = b"JUNK" + struct.pack("<I", 70_001) + bytes(70_002)
    path = tmp_path / "big.wav"
    path.write_bytes(content[:36] + junk * chunks + content[36:])
    assert lengths(path) == (SECONDS, SECONDS)
    whole = path.stat().st_size
    duration, declared = lengths(cut_file(path, 1 - 160_000 / whole))
    assert declared == SECONDS
    assert duration == pytest.approx(5, abs=0.01)
