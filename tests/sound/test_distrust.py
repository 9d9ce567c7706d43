"""A decoder that a hostile file has taken over is trusted with nothing."""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path

import pytest

from konspekt.errors import RecordingError
from konspekt.sound import messages, open_recording, process
from tests.sounds import tone, write_wav

PROBE = {"audio_tracks": 1, "track": 1, "track_name": "", "duration": 1.0}


def message(kind: bytes, payload: object) -> bytes:
    content = (
        payload if isinstance(payload, bytes) else json.dumps(payload).encode("utf-8")
    )
    return messages.HEADER.pack(kind, len(content)) + content


def samples(*values: float) -> bytes:
    return message(messages.SAMPLES, struct.pack(f"<{len(values)}f", *values))


def end(damage: object) -> bytes:
    return message(messages.END, {"damage": damage})


def damage_of(path: Path) -> tuple[tuple[float, float], ...]:
    with open_recording(path, max_hours=1) as sound:
        for _ in sound.blocks():
            pass
    return sound.damage


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "a.wav", tone(1))


def let_the_child_send(monkeypatch: pytest.MonkeyPatch, *sent: bytes) -> None:
    script = f"import sys; sys.stdout.buffer.write({b''.join(sent)!r})"
    monkeypatch.setattr(process, "_START", script)


@pytest.mark.parametrize(
    "sent",
    [
        [b"X\0\0\0\0"],
        [messages.HEADER.pack(messages.SAMPLES, messages.MAX_BYTES + 1)],
        [message(messages.PROBE, b"[" * 100_000)],
        [message(messages.PROBE, [1])],
        [samples(0.5)],
        *(
            [message(messages.PROBE, PROBE), samples(value)]
            for value in (math.nan, math.inf, 1e30)
        ),
        *(
            [message(messages.PROBE, PROBE), samples(0.5), end(damage)]
            for damage in (
                None,
                7,
                "ab",
                ["ab"],
                [[1]],
                [[1, 0]],
                [[-1, 0]],
                [[0, math.nan]],
                [[0, 10**400]],
                [[0, None]],
            )
        ),
        [message(messages.PROBE, PROBE), samples(0.5), message(messages.END, {})],
    ],
    ids=lambda sent: repr(b"".join(sent)[:60]) if len(sent) < 3 else repr(sent[2][5:]),
)
def test_a_message_that_makes_no_sense_is_refused(
    wav: Path, sent: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    let_the_child_send(monkeypatch, *sent)
    with pytest.raises(RecordingError, match=r"a\.wav: the decoder sent a message"):
        damage_of(wav)


def test_a_child_that_breaks_off_is_said_to_have(
    wav: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_the_child_send(monkeypatch, message(messages.PROBE, PROBE), samples(0.5))
    with pytest.raises(RecordingError, match=r"the decoder broke off \(exit 0\)"):
        damage_of(wav)


def test_damage_ends_where_the_sound_ends(
    wav: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    block = samples(*[0.5] * 1600)
    sent = (message(messages.PROBE, PROBE), block, end([[0, 0.01], [0.05, 1e9]]))
    let_the_child_send(monkeypatch, *sent)
    assert damage_of(wav) == ((0, 0.01), (0.05, 0.1))


def test_no_more_sound_is_taken_than_is_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The header of the file says a tenth of a second."""
    path = write_wav(tmp_path / "a.wav", tone(0.1))
    block = samples(*[0.5] * 160)
    let_the_child_send(monkeypatch, message(messages.PROBE, PROBE), *[block] * 20)
    max_hours = 0.18 / 3600
    with open_recording(path, max_hours=max_hours) as sound:
        blocks = sound.blocks()
        for _ in range(18):
            next(blocks)
        with pytest.raises(RecordingError, match=r"it lasts .* hours are allowed"):
            next(blocks)
