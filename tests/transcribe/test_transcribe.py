"""A recording is transcribed: all of it, once, on one time line, the same in every run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from konspekt.artifacts.store import canonical_json
from konspekt.course.settings import TranscribeOptions
from konspekt.data import How, Progress, RawTranscript, no_progress
from konspekt.errors import CourseError, KonspektError, ModelError, RecordingError
from konspekt.models.fetch import cached_file
from konspekt.models.tokenizer import tokenizer_of
from konspekt.models.whisper import load
from konspekt.sound import onset
from konspekt.transcribe import transcribe
from konspekt.transcribe.decode.logit_filter import LogitFilter
from konspekt.transcribe.decode.result import DecodingResult
from konspekt.transcribe.engines.batch import (
    MAX_INITIAL_TIMESTAMP,
    TimedResult,
    as_decoded_window,
)
from konspekt.transcribe.engines.engine import EngineOptions
from konspekt.transcribe.engines.whisper import WhisperEngine
from konspekt.transcribe.journal import Journal, recorded_key
from konspekt.transcribe.speech.windows import Grid, Window, cut
from tests.courses import ROOT
from tests.processor import chosen
from tests.sounds import murmur, tiny_whisper, tone, write_wav

# Random weights doubt everything they say: other temperatures would be tried in vain.
OPTIONS = TranscribeOptions(
    model="tiny.pt",
    batch_size=1,
    language="ru",
    device="cpu",
    vad="none",
    temperatures=(0.0,),
)


def transcribe_course(
    course: Path,
    journal: Path,
    *,
    files: tuple[str, ...] = ("lecture.wav",),
    options: TranscribeOptions = OPTIONS,
    progress: Progress = no_progress,
) -> RawTranscript:
    paths = [course / name for name in files]
    return transcribe(
        "lecture",
        paths,
        files,
        options,
        folder=course,
        journal=journal,
        progress=progress,
    )


def content(raw: RawTranscript) -> bytes:
    return canonical_json(asdict(raw))


@pytest.fixture(scope="module")
def undisturbed(
    course: Path, tmp_path_factory: pytest.TempPathFactory
) -> RawTranscript:
    return transcribe_course(course, tmp_path_factory.mktemp("undisturbed") / "journal")


def test_every_window_of_the_grid_is_decoded(undisturbed: RawTranscript) -> None:
    assert [(h.start, h.end) for h in undisturbed.windows] == list(
        Grid(29, 5).windows(67)
    )
    assert [h.id for h in undisturbed.windows] == [0, 1, 2]
    assert {h.language for h in undisturbed.windows} == {"ru"}
    assert (
        {h.how.model for h in undisturbed.windows} == {undisturbed.model} == {"tiny.pt"}
    )
    assert (
        undisturbed.recording.parts[0].declared_duration
        == undisturbed.recording.duration
        == 67
    )
    assert undisturbed.speech is None


def test_segments_lie_in_their_window_in_order(undisturbed: RawTranscript) -> None:
    assert any(len(decoded.segments) > 1 for decoded in undisturbed.windows)
    for decoded in undisturbed.windows:
        times = [
            time
            for segment in decoded.segments
            for time in (segment.start, segment.end)
        ]
        assert times == sorted(times)
        assert all(decoded.start <= time <= decoded.end for time in times)


def test_a_batch_says_what_whisper_says_of_each_window_alone(course: Path) -> None:
    from whisper import DecodingOptions, decode, log_mel_spectrogram, pad_or_trim
    from whisper.tokenizer import get_tokenizer

    model = load(chosen("tiny.pt", course))
    windows = list(cut([murmur(67)], Grid(29, 5)))
    batch = WhisperEngine(model).decode(windows, EngineOptions())
    options = DecodingOptions(temperature=0.0, sample_len=444, fp16=False)
    for window, decoded in zip(windows, batch, strict=True):
        mel = log_mel_spectrogram(pad_or_trim(torch.from_numpy(window.samples)))
        latest = onset(window.samples) + MAX_INITIAL_TIMESTAMP
        alone = decode(model.whisper, mel, options, max_initial_timestamp=latest)
        tokenizer = get_tokenizer(True, language=alone.language)
        said = tokenizer.decode(
            [token for token in alone.tokens if token < tokenizer.eot]
        )
        assert (decoded.language, decoded.text) == (alone.language, said)
        assert decoded.text.strip()
        for segment in decoded.segments:
            assert segment.avg_logprob == pytest.approx(alone.avg_logprob, abs=1e-3)
            assert segment.no_speech_prob == pytest.approx(
                alone.no_speech_prob, abs=1e-4
            )


def test_parts_follow_one_another_and_no_window_crosses_them(
    course: Path, tmp_path: Path
) -> None:
    write_wav(tmp_path / "one.wav", murmur(30, seed=1))
    write_wav(tmp_path / "two.wav", murmur(20, seed=2))
    tiny_whisper(tmp_path / "tiny.pt")
    both = transcribe_course(
        tmp_path, tmp_path / "journal", files=("one.wav", "two.wav")
    )
    assert [
        (part.path, part.start, part.duration) for part in both.recording.parts
    ] == [
        ("one.wav", 0, 30),
        ("two.wav", 30, 20),
    ]
    assert [(h.id, h.start, h.end) for h in both.windows] == [
        (0, 0, 29),
        (1, 24, 30),
        (2, 30, 50),
    ]
    alone = transcribe_course(tmp_path, tmp_path / "other", files=("two.wav",))
    assert both.windows[2].text == alone.windows[0].text
    assert [
        segment.start - 30 for segment in both.windows[2].segments
    ] == pytest.approx([segment.start for segment in alone.windows[0].segments])


class StopError(Exception):
    """Raised by a progress callback, as Ctrl-C would be."""


@pytest.mark.parametrize("batches", [1, 2, 3])
def test_an_interrupted_run_goes_on_and_decodes_no_batch_twice(
    course: Path, tmp_path: Path, undisturbed: RawTranscript, batches: int
) -> None:
    journal = tmp_path / "journal"
    calls = 0

    def stop(done: float, total: float, doing: str = "") -> None:
        nonlocal calls
        calls += 1
        if calls == 1 + batches:  # the first call says where the work begins
            raise StopError

    with pytest.raises(StopError):
        transcribe_course(course, journal, progress=stop)
    kept = journal.read_bytes()
    assert kept.count(b"\n") == 1 + batches
    assert content(transcribe_course(course, journal)) == content(undisturbed)
    assert journal.read_bytes().startswith(kept)


def test_a_killed_run_goes_on_to_the_same_bytes(
    course: Path, tmp_path: Path, undisturbed: RawTranscript
) -> None:
    journal = tmp_path / "journal"
    script = (
        "import sys; from pathlib import Path\n"
        "from tests.processor import WITHOUT_BFLOAT16, pretend; pretend(WITHOUT_BFLOAT16)\n"
        "from konspekt.course.settings import TranscribeOptions; from konspekt.transcribe import "
        "transcribe\n"
        "folder, journal = map(Path, sys.argv[1:])\n"
        "options = TranscribeOptions(model='tiny.pt', batch_size=1, language='ru', device='cpu', "
        "vad='none',\n"
        "    temperatures=(0,))\n"
        "transcribe('lecture', [folder / 'lecture.wav'], ['lecture.wav'], options, folder=folder, "
        "journal=journal)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(course), str(journal)], cwd=ROOT
    )
    while process.poll() is None and (
        not journal.exists() or journal.read_bytes().count(b"\n") < 2
    ):
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert journal.read_bytes().count(b"\n") >= 2
    assert content(transcribe_course(course, journal)) == content(undisturbed)


def test_a_finished_journal_needs_no_model(
    course: Path,
    tmp_path: Path,
    undisturbed: RawTranscript,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The checkpoint's hash belongs to the journal's key; its weights are not loaded again."""
    journal = tmp_path / "journal"
    assert content(transcribe_course(course, journal)) == content(undisturbed)
    monkeypatch.delattr("konspekt.transcribe.batches.load_engine")
    assert content(transcribe_course(course, journal)) == content(undisturbed)


def test_other_settings_transcribe_again_and_the_old_journal_stays_beside(
    course: Path, tmp_path: Path
) -> None:
    journal = tmp_path / "journal"
    transcribe_course(course, journal)
    before = journal.read_bytes()
    other = transcribe_course(
        course, journal, options=OPTIONS.model_copy(update={"window": 20.0})
    )
    assert [(h.start, h.end) for h in other.windows] == list(Grid(20, 5).windows(67))
    assert (tmp_path / "journal.old").read_bytes() == before


AUTO = OPTIONS.model_copy(update={"device": "auto"})


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has got a GPU, as far as torch says."""
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)


def journal_of(
    path: Path, source: Path, raw: RawTranscript, **other: object
) -> Journal:
    """The journal `source` of a run with batches of one, as if begun with another choice."""
    key = recorded_key(source)
    assert key is not None
    journal = Journal(path, key | other)
    for decoded in raw.windows:
        journal.append([decoded])
    return journal


def test_a_run_begun_without_a_gpu_ends_without_one(
    course: Path,
    tmp_path: Path,
    undisturbed: RawTranscript,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`auto` is never measured again while the windows that rest on it are there."""
    journal = tmp_path / "journal"

    def stop(done: float, total: float, doing: str = "") -> None:
        if done:
            raise StopError

    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(StopError):
        transcribe_course(course, journal, options=AUTO, progress=stop)
    kept = journal.read_bytes()
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    raw = transcribe_course(course, journal, options=AUTO)
    assert content(raw) == content(undisturbed)
    assert {decoded.how.device for decoded in raw.windows} == {"cpu"}
    assert journal.read_bytes().startswith(kept)


def test_a_run_of_a_gpu_that_is_gone_starts_anew_beside_its_journal(
    course: Path,
    tmp_path: Path,
    undisturbed: RawTranscript,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    transcribe_course(course, tmp_path / "cpu")
    journal_of(tmp_path / "journal", tmp_path / "cpu", undisturbed, device="cuda")
    before = (tmp_path / "journal").read_bytes()
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert content(
        transcribe_course(course, tmp_path / "journal", options=AUTO)
    ) == content(undisturbed)
    assert (tmp_path / "journal.old").read_bytes() == before
    assert (tmp_path / "journal").read_bytes() == (tmp_path / "cpu").read_bytes()


@pytest.mark.usefixtures("gpu")
@pytest.mark.parametrize("is_there", [True, False])
def test_the_model_that_auto_came_to_is_kept_while_it_can_be_had(
    course: Path,
    tmp_path: Path,
    undisturbed: RawTranscript,
    monkeypatch: pytest.MonkeyPatch,
    is_there: bool,
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    transcribe_course(course, tmp_path / "cpu")
    journal_of(
        tmp_path / "journal",
        tmp_path / "cpu",
        undisturbed,
        model="small",
        model_sha256=None,
    )
    before = (tmp_path / "journal").read_bytes()
    options = AUTO.model_copy(update={"model": "auto"})
    if is_there:
        cached_file("small").parent.mkdir()
        cached_file("small").touch()
        raw = transcribe_course(course, tmp_path / "journal", options=options)
        assert (raw.model, raw.windows) == ("small", undisturbed.windows)
    else:
        with pytest.raises(ModelError, match="large-v3-turbo"):
            transcribe_course(course, tmp_path / "journal", options=options)
    assert (tmp_path / "journal").read_bytes() == before


@pytest.mark.parametrize("features", ["WITHOUT_BFLOAT16", "WITH_BFLOAT16"])
def test_threads_do_not_change_a_byte(
    course: Path, tmp_path: Path, features: str
) -> None:
    script = (
        "import sys; from dataclasses import asdict; from pathlib import Path\n"
        f"from tests import processor; processor.pretend(processor.{features})\n"
        "from konspekt.course.settings import TranscribeOptions; from konspekt.artifacts.store "
        "import canonical_json\n"
        "from konspekt.transcribe import transcribe\n"
        "folder, journal, raw = map(Path, sys.argv[1:])\n"
        "options = TranscribeOptions(model='tiny.pt', batch_size=2, language='ru', device='cpu', "
        "vad='none',\n"
        "    temperatures=(0,))\n"
        "wav = folder / 'long.wav'\n"
        "transcript = transcribe('long', [wav], [wav.name], options, folder=folder, "
        "journal=journal)\n"
        "raw.write_bytes(canonical_json(asdict(transcript)))"
    )
    write_wav(course / "long.wav", murmur(160))
    for threads in ("1", "2"):
        arguments = [course, tmp_path / f"journal{threads}", tmp_path / f"raw{threads}"]
        environment = os.environ | {"OMP_NUM_THREADS": threads}
        subprocess.run(
            [sys.executable, "-c", script, *map(str, arguments)],
            env=environment,
            check=True,
            cwd=ROOT,
        )
    assert (tmp_path / "raw1").read_bytes() == (tmp_path / "raw2").read_bytes()


def test_progress_counts_seconds_of_sound_up_to_all_of_it(
    course: Path, tmp_path: Path
) -> None:
    told: list[tuple[float, float]] = []
    transcribe_course(
        course,
        tmp_path / "journal",
        progress=lambda done, total, doing="": told.append((done, total)),
    )
    assert told == [(0, 67), (29, 67), (53, 67), (67, 67), (67, 67)]
    told.clear()
    transcribe_course(
        course,
        tmp_path / "journal",
        progress=lambda done, total, doing="": told.append((done, total)),
    )
    assert told == [(67, 67), (67, 67)], (
        "what the journal holds was told as if it had been decoded"
    )


def test_digital_silence_is_a_window_without_words(
    course: Path, tmp_path: Path
) -> None:
    sound = np.concatenate([murmur(29), np.zeros(24 * 16000, np.float32), murmur(14)])
    path = write_wav(tmp_path / "a.wav", sound)
    raw = transcribe(
        "a", [path], ["a.wav"], OPTIONS, folder=course, journal=tmp_path / "journal"
    )
    assert [bool(decoded.segments) for decoded in raw.windows] == [True, True, True]
    silent = write_wav(tmp_path / "b.wav", np.zeros(40 * 16000, np.float32))
    raw = transcribe(
        "b", [silent], ["b.wav"], OPTIONS, folder=course, journal=tmp_path / "other"
    )
    assert [(h.start, h.end, h.segments) for h in raw.windows] == [
        (0, 29, ()),
        (24, 40, ()),
    ]
    assert all(decoded.how.is_silent for decoded in raw.windows)


def test_text_where_whisper_is_sure_of_silence_stays_with_its_figures(
    course: Path,
) -> None:
    model = load(chosen("tiny.pt", course))
    (window,) = cut([murmur(3)], Grid(29, 5), start=60.0)
    said = DecodingResult(
        "ru",
        (50364, 1000, 50414),
        "…",
        avg_logprob=-1.5,
        no_speech_prob=0.9,
        temperature=0.0,
    )
    tokenizer = tokenizer_of(model.whisper)
    decoded = as_decoded_window(model.choice, tokenizer, window, TimedResult(said))
    (segment,) = decoded.segments
    assert (
        segment.start,
        segment.end,
        segment.no_speech_prob,
        segment.avg_logprob,
    ) == (
        60,
        61,
        0.9,
        -1.5,
    )
    assert decoded.text.strip()
    assert decoded.how == How(
        "tiny.pt", engine="whisper", device="cpu", precision="float32"
    )


def test_a_file_cut_short_is_transcribed_and_the_loss_stands_in_its_part(
    course: Path, tmp_path: Path
) -> None:
    path = write_wav(tmp_path / "a.wav", murmur(20))
    path.write_bytes(path.read_bytes()[: 44 + 16000 * 2 * 5])
    raw = transcribe(
        "a", [path], ["a.wav"], OPTIONS, folder=course, journal=tmp_path / "journal"
    )
    part = raw.recording.parts[0]
    assert (part.duration, part.declared_duration) == (5, 20)


@pytest.mark.parametrize(
    ("setting", "kind", "what"),
    [
        ({"model": "huge"}, ModelError, "no Whisper called 'huge'"),
        ({"model": "missing.pt"}, ModelError, "the file is not there"),
        ({"language": "xx"}, CourseError, "does not know the language 'xx'"),
        ({"overlap": 10.0, "window": 15.0}, CourseError, "overlap"),
    ],
)
def test_a_wrong_setting_is_reported_before_anything_is_decoded(
    course: Path,
    tmp_path: Path,
    setting: dict[str, object],
    kind: type[KonspektError],
    what: str,
) -> None:
    with pytest.raises(kind, match=what):
        transcribe_course(
            course, tmp_path / "journal", options=OPTIONS.model_copy(update=setting)
        )
    assert not (tmp_path / "journal").exists()


def test_a_second_part_that_cannot_be_opened_is_reported_before_the_first_is_decoded(
    course: Path, tmp_path: Path
) -> None:
    (tmp_path / "broken.wav").write_bytes(b"")
    paths = [course / "lecture.wav", tmp_path / "broken.wav"]
    with pytest.raises(RecordingError, match="empty"):
        transcribe(
            "a", paths, ["a", "b"], OPTIONS, folder=course, journal=tmp_path / "journal"
        )
    assert not (tmp_path / "journal").exists()


def test_importing_transcribe_loads_nothing_heavy() -> None:
    script = (
        "import sys, konspekt.transcribe\n"
        "print(sorted({'torch', 'whisper', 'av', 'numpy', 'pydub', 'numba'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_after_a_pause_the_first_stamp_may_lie_where_sound_begins(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whisper's own limit, the first second, holds where a window begins with sound."""
    pause = np.random.default_rng(0).normal(0, 1e-4, 12 * 16_000).astype(np.float32)
    spoken = tone(12)
    windows = [
        Window(0, 0.0, 24.0, np.concatenate([pause, spoken])),
        Window(1, 0.0, 12.0, spoken),
    ]
    latest: list[int] = []

    def rules(tokenizer: Any, found: list[int], device: str) -> LogitFilter:
        latest.extend(found)
        return LogitFilter(tokenizer, found, device)

    monkeypatch.setattr("konspekt.transcribe.decode.loop.LogitFilter", rules)
    engine = WhisperEngine(load(chosen("tiny.pt", course)))
    assert len(engine.decode(windows, EngineOptions(("ru",)))) == 2
    assert latest == [pytest.approx(13 * 50, abs=3), 50]


def test_the_first_stamp_is_kept_within_its_limit(course: Path) -> None:
    tokenizer = tokenizer_of(load(chosen("tiny.pt", course)).whisper)
    rules = LogitFilter(tokenizer, [650, 50], "cpu")
    logits = torch.zeros(2, 51_865)
    rules.apply(logits)
    begin = tokenizer.timestamp_begin
    assert [int((row[begin:] > -1).sum()) - 1 for row in logits] == [650, 50]
    assert bool((logits[:, :begin] < -1).all())
