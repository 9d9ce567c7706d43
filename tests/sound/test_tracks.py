"""Of several audio tracks one is decoded: the one that is named, else the first."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from konspekt.data import Track
from konspekt.errors import RecordingError
from konspekt.sound import open_recording
from tests.sound.media import RATE_HZ, write_media
from tests.sounds import tone, write_wav

# pitch in Hz, language, title
TRACKS = ((300, "eng", "Interpreter"), (1000, "rus", "Лектор"), (3000, "", ""))


def write_tracks(
    path: Path,
    tracks: tuple[tuple[int, str, str], ...] = TRACKS,
    *,
    codec: str = "libopus",
) -> Path:
    """A film's file whose tracks are tones."""
    with av.open(str(path), "w") as output:
        streams: list[Any] = []
        for _, language, title in tracks:
            stream = output.add_stream(codec, rate=RATE_HZ, layout="mono")
            stream.metadata.update(
                {"language": language, "title": title} if language else {}
            )
            streams.append(stream)
        for stream, (hz, _, _) in zip(streams, tracks, strict=True):
            context = stream.codec_context
            fitting = av.AudioResampler(
                context.format.name,
                "mono",
                RATE_HZ,
                frame_size=context.frame_size or 1024,
            )
            frame = av.AudioFrame.from_ndarray(
                tone(2, hz, rate_hz=RATE_HZ)[None], format="fltp", layout="mono"
            )
            frame.sample_rate, frame.pts = RATE_HZ, 0
            for piece in (*fitting.resample(frame), *fitting.resample(None)):
                output.mux(stream.encode(piece))
            output.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tracks(tmp_path_factory.mktemp("tracks") / "film.mkv")


@pytest.mark.parametrize(
    ("track", "number"),
    [
        (None, 1),
        (1, 1),
        (2, 2),
        (3, 3),
        ("rus", 2),
        ("ru", 2),
        ("RUS", 2),
        ("лектор", 2),
        ("Interpreter", 1),
    ],
)
def test_the_track_that_is_named_is_decoded_or_the_first(
    film: Path, track: int | str | None, number: int
) -> None:
    with open_recording(film, max_hours=1, track=track) as sound:
        samples = np.concatenate(list(sound.blocks()))
    hz, language, title = TRACKS[number - 1]
    assert np.argmax(np.abs(np.fft.rfft(samples[8000:24000]))) == pytest.approx(
        hz, abs=2
    )
    part = sound.part("film.mkv", 0.0)
    assert part.track is not None
    assert (part.track.number, part.track.of) == (number, 3)
    assert part.track.name == (f"({language}, {title})" if language else "")
    assert sound.duration == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize("track", [4, "fra", "лект", "r"])
def test_a_track_that_is_not_there_is_refused_with_those_that_are(
    film: Path, track: int | str
) -> None:
    refuses(
        film,
        track,
        f"it has no audio track {track!r}; it has 3: 1 (eng, Interpreter); "
        "2 (rus, Лектор); 3. Name one of these with --track (track in [transcribe]).",
    )


def refuses(path: Path, track: int | str, words: str) -> None:
    with (
        pytest.raises(RecordingError, match=re.escape(f"{path}: {words}")),
        open_recording(path, max_hours=1, track=track),
    ):
        pass


def test_tracks_of_an_mp4_have_languages_too(tmp_path: Path) -> None:
    with open_recording(
        write_tracks(tmp_path / "a.mp4", codec="aac"), max_hours=1, track="rus"
    ) as sound:
        assert sound.info.track == Track(2, 3, "(rus)")


@pytest.mark.parametrize("track", [2, 9, "fra"])
def test_of_a_file_with_one_track_no_other_is_decoded(
    tmp_path: Path, track: int | str
) -> None:
    refuses(
        write_tracks(tmp_path / "a.mkv", TRACKS[1:2]),
        track,
        f"it has no audio track {track!r}; it has only one (rus, Лектор). "
        "Leave out --track (track in [transcribe]).",
    )


def test_a_number_is_refused_where_the_only_track_has_no_name(tmp_path: Path) -> None:
    refuses(
        write_wav(tmp_path / "a.wav", tone(1)),
        9,
        "it has no audio track 9; it has only one. "
        "Leave out --track (track in [transcribe]).",
    )


@pytest.mark.parametrize("track", [None, 1, "rus"])
def test_the_only_track_is_decoded_where_the_file_does_not_name_it(
    tmp_path: Path, track: int | str | None
) -> None:
    """One name in course.toml may stand for films with several tracks and sound with one."""
    path = write_media(
        tmp_path / "a.mp4", "aac", tone(1, rate_hz=RATE_HZ), picture=True
    )
    with open_recording(path, max_hours=1, track=track) as sound:
        assert sum(len(block) for block in sound.blocks()) > 15_000
    assert sound.part("a.mp4", 0.0).track is None
