"""Media files for tests, written by PyAV's encoders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

RATE_HZ = 48_000


def write_media(
    path: Path,
    codec: str,
    samples: NDArray[np.float32] | None,
    *,
    container: str | None = None,
    picture: bool = False,
) -> Path:
    """48 kHz stereo sound (None: no sound track) in the container of the file's ending, with a
    video track or not.
    """
    with av.open(str(path), "w", format=container) as output:
        video = _add_video(output) if picture else None
        sound = (
            output.add_stream(codec, rate=RATE_HZ, layout="stereo")
            if samples is not None
            else None
        )
        if video is not None:
            _write_video(output, video)
        if sound is not None and samples is not None:
            _write_sound(output, sound, samples)
    return path


def _add_video(output: Any) -> Any:
    video = output.add_stream("mpeg4", rate=5)
    video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
    return video


def _write_video(output: Any, video: Any) -> None:
    for number in range(10):
        frame = av.VideoFrame(64, 64, "yuv420p")
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.pts = number
        output.mux(video.encode(frame))
    output.mux(video.encode(None))


def _write_sound(output: Any, sound: Any, samples: NDArray[np.float32]) -> None:
    context = sound.codec_context
    fitting = av.AudioResampler(
        context.format.name, "stereo", RATE_HZ, frame_size=context.frame_size or 1024
    )
    for at in range(0, len(samples), RATE_HZ):
        frame = av.AudioFrame.from_ndarray(
            np.tile(samples[at : at + RATE_HZ], (2, 1)), format="fltp", layout="stereo"
        )
        frame.sample_rate, frame.pts = RATE_HZ, at
        for piece in fitting.resample(frame):
            output.mux(sound.encode(piece))
    for piece in fitting.resample(None):
        output.mux(sound.encode(piece))
    output.mux(sound.encode(None))
