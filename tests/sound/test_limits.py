"""Neither length nor malice makes decoding take the machine: memory, time, processes, other
files.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from konspekt.errors import RecordingError
from konspekt.sound import open_recording
from konspekt.sound.files import open_local
from konspekt.sound.process import decoding_child
from tests.sounds import tone, write_wav

HOURS = 1


@pytest.fixture(scope="module")
def long_flac(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An hour of near silence."""
    path = tmp_path_factory.mktemp("long") / "long.flac"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("flac", rate=16000, layout="mono")
        minute = np.zeros((1, 16000 * 60), "<i2")
        minute[0, ::8000] = 1000
        for number in range(HOURS * 60):
            frame = av.AudioFrame.from_ndarray(minute, format="s16", layout="mono")
            frame.sample_rate, frame.pts = 16000, number * minute.shape[1]
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def test_memory_does_not_grow_with_length(long_flac: Path) -> None:
    """An hour as float32 is 230 MB; parent and child together stay far below (measured: 31 and 53
    MB).
    """
    script = (
        "import json, resource, sys\n"
        "from pathlib import Path\n"
        "from konspekt.sound import open_recording\n"
        "with open_recording(Path(sys.argv[1]), max_hours=3) as sound:\n"
        "    count = sum(len(block) for block in sound.blocks())\n"
        "own = next(l.split()[1] for l in Path('/proc/self/status').read_text().splitlines() if "
        "l[:5] == 'VmHWM')\n"
        "print(json.dumps([count, int(own), "
        "resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(long_flac)],
        capture_output=True,
        text=True,
        check=True,
    )
    count, parent_kb, child_kb = json.loads(done.stdout)
    assert count == HOURS * 3600 * 16000
    assert parent_kb < 80_000
    assert child_kb < 100_000


def test_the_child_loads_no_torch(tmp_path: Path) -> None:
    script = (
        "import sys, konspekt.sound.child, konspekt.sound.decoding; print('torch' in "
        "sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_importing_sound_loads_nothing_heavy() -> None:
    script = (
        "import sys, konspekt.sound; print(sorted({'av', 'numpy', 'pydub', 'torch'} & "
        "set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_decoder_that_says_nothing_is_ended(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", tone(60))
    with (
        open_local(path) as file,
        decoding_child(file, "wav", patience=0.0) as child,
        pytest.raises(RecordingError, match="decoding takes too long"),
    ):
        list(child.messages())


def test_waiting_for_whisper_is_no_waiting_for_the_decoder(tmp_path: Path) -> None:
    """The clock runs only while blocks are waited for: a slow reader does not end a healthy
    decoding.
    """
    path = write_wav(tmp_path / "a.wav", tone(30))
    with (
        open_local(path) as file,
        decoding_child(file, "wav", patience=30.0) as child,
    ):
        before = child.patience
        messages = child.messages()
        next(messages)
        after_start = child.patience
        assert after_start < before
        assert len(list(messages)) > 20


def test_the_child_writes_no_file_and_opens_no_other(tmp_path: Path) -> None:
    """What the limits forbid is forbidden in a process with the same limits."""
    script = (
        "import resource\n"
        "from konspekt.sound.child import _set_limits\n"
        "_set_limits(60)\n"
        "for name in ('AS', 'CPU', 'NOFILE', 'FSIZE', 'CORE'):\n"
        "    print(name, *resource.getrlimit(getattr(resource, 'RLIMIT_' + name)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    limits = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()}
    assert limits["FSIZE"] == limits["CORE"] == ["0", "0"]
    assert limits["CPU"] == ["60", "60"]
    assert limits["NOFILE"] == ["32", "32"]
    assert int(limits["AS"][0]) == 2**30


def test_a_course_folder_on_the_search_path_does_not_reach_the_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python's own environment variables and the folder it is started in are not the child's."""
    (tmp_path / "av.py").write_text("raise SystemExit('hijacked')", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with open_recording(write_wav(tmp_path / "a.wav", tone(1)), max_hours=1) as sound:
        assert sum(len(block) for block in sound.blocks()) == 16000
