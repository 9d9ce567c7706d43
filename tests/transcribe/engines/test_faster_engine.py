"""CTranslate2 behind the same Protocol: the same tokens, figures, words and rules as our own
engine.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from konspekt.artifacts.store import canonical_json
from konspekt.course.settings import TranscribeOptions
from konspekt.data import DecodedWindow, How, RawTranscript, Recording
from konspekt.errors import KonspektError, ModelError
from konspekt.models import converted
from konspekt.models.precision import Precision
from konspekt.models.whisper import WhisperChoice
from konspekt.sound import onset
from konspekt.transcribe import transcribe
from konspekt.transcribe.engines import batch, ctranslate
from konspekt.transcribe.engines.choice import load_engine, possible_choices
from konspekt.transcribe.engines.engine import EngineOptions
from konspekt.transcribe.engines.faster_whisper import FasterEngine
from konspekt.transcribe.second_pass import was_decoded_with
from konspekt.transcribe.speech.windows import Grid, Window, cut
from tests.processor import WITH_BFLOAT16, WITHOUT_BFLOAT16, chosen
from tests.small_whisper import small_whisper, speech
from tests.sounds import TINY, murmur, random_whisper

pytest.importorskip("ctranslate2", reason="the extra `fast` is not installed")

FAST = TranscribeOptions(
    model="tiny.pt",
    engine="faster-whisper",
    batch_size=2,
    language="ru",
    device="cpu",
    vad="none",
    temperatures=(0.0,),
    beam_size=1,
)
RU = EngineOptions(("ru",))


@pytest.fixture(autouse=True, scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache for all tests here, so that each model is converted once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder := tmp_path_factory.mktemp("cache")))
        yield folder


@pytest.fixture(scope="module")
def spoken() -> list[Window]:
    return list(cut([speech(40)], Grid(29, 5)))


def decode(
    engine: str, precision: Precision, windows: list[Window], ask: EngineOptions
) -> list[Any]:
    choice = replace(chosen(small_whisper(), Path(), precision), engine=engine)
    found = load_engine(choice)
    return found.decode(windows, ask)


@pytest.mark.parametrize("beams", [1, pytest.param(5, marks=pytest.mark.slow)])
def test_in_full_precision_it_says_what_our_engine_says(
    spoken: list[Window], beams: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # CTranslate2 takes no dictionary into its search.
    monkeypatch.setattr(batch, "dictionary_of", lambda language, terms: None)
    ask = EngineOptions(
        ("ru", "en"),
        beam_size=beams,
        word_times=beams == 1,
        terms=("спектр", "децибел"),
    )
    theirs, ours = (
        decode(engine, "float32", spoken, ask)
        for engine in ("faster-whisper", "whisper")
    )
    assert theirs[0].how == replace(ours[0].how, engine="faster-whisper")
    for found, wanted in zip(theirs, ours, strict=True):
        assert (found.text, found.language) == (wanted.text, wanted.language)
        for segment, other in zip(found.segments, wanted.segments, strict=True):
            assert (segment.start, segment.end) == (other.start, other.end)
            assert segment.avg_logprob == pytest.approx(other.avg_logprob, abs=1e-3)
            assert segment.no_speech_prob == pytest.approx(
                other.no_speech_prob, abs=1e-3
            )
            for word, same in zip(segment.words, other.words, strict=True):
                assert word.text == same.text
                assert (word.start, word.probability) == pytest.approx(
                    (same.start, same.probability), abs=0.05
                )


def test_eight_bits_are_stored_and_said_to_be(spoken: list[Window]) -> None:
    (found,) = decode("faster-whisper", "int8", spoken[:1], RU)
    assert found.how == How(
        "small.pt", engine="faster-whisper", device="cpu", precision="int8"
    )
    (wanted,) = decode("whisper", "float32", spoken[:1], RU)
    said, other = (set(one.text.split()) for one in (found, wanted))
    assert len(said & other) >= 0.8 * len(other)


def test_what_is_drawn_is_a_windows_own(spoken: list[Window]) -> None:
    drawn = EngineOptions(("ru",), temperatures=(0.8,))
    together = decode("faster-whisper", "float32", spoken[:2], drawn)
    (alone,) = decode("faster-whisper", "float32", spoken[1:2], drawn)
    assert together[1].text == alone.text
    assert alone.segments[0].temperature == 0.8


def test_a_text_may_fill_whispers_context(tmp_path: Path) -> None:
    """Random weights that never end; CTranslate2 alone would stop at 224 tokens."""
    whisper = random_whisper()
    with torch.no_grad():
        whisper.decoder.positional_embedding[:, -1] = (
            0  # what ends a text, see `random_whisper`
        )
    converted.write(whisper, tmp_path / "endless", "float32")
    choice = replace(chosen("./endless", tmp_path), engine="faster-whisper")
    (window,) = cut([murmur(3)], Grid(29, 5))
    (decoded,) = load_engine(choice).decode([window], RU)
    assert decoded.how.is_cut is True


def test_no_text_begins_later_than_it_may(tmp_path: Path) -> None:
    """Random weights begin anywhere; what begins too late is written again within its limit, as our
    engine does.
    """
    torch.save(
        {"dims": TINY, "model_state_dict": random_whisper(seed=3).state_dict()},
        tmp_path / "random.pt",
    )
    windows = list(cut([murmur(70)], Grid(29, 5)))
    choice = chosen("random.pt", tmp_path)
    theirs = load_engine(replace(choice, engine="faster-whisper")).decode(windows, RU)
    ours = load_engine(choice).decode(windows, RU)
    for window, found, wanted in zip(windows, theirs, ours, strict=True):
        # stamps stand 0.02 s apart
        assert found.segments[0].start <= window.start + onset(window.samples) + 1.02
        assert [(one.start, one.text) for one in found.segments] == [
            (one.start, one.text) for one in wanted.segments
        ]


def test_what_a_killed_process_left_of_a_model_is_removed_when_it_is_old(
    tmp_path: Path,
) -> None:
    old, new = tmp_path / ".part-old", tmp_path / ".part-new"
    for left in (old, new):
        left.mkdir()
        (left / "model.bin").write_bytes(b"half")
    day_before = time.time() - 25 * 3600
    os.utime(old, (day_before, day_before))
    converted.write(random_whisper(), tmp_path / "whole", "float32")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".part-new", "whole"]


def content(
    course: Path, journal: Path, options: TranscribeOptions, progress: Any = None
) -> bytes:
    more = {} if progress is None else {"progress": progress}
    path = course / "lecture.wav"
    raw = transcribe(
        "lecture",
        [path],
        ["lecture.wav"],
        options,
        folder=course,
        journal=journal,
        **more,
    )
    return canonical_json(asdict(raw))


def test_a_stopped_run_goes_on_to_the_same_bytes(course: Path, tmp_path: Path) -> None:
    def stop(done: float, total: float) -> None:
        if done:
            raise KeyboardInterrupt

    whole = content(course, tmp_path / "whole", FAST)
    with pytest.raises(KeyboardInterrupt):
        content(course, tmp_path / "journal", FAST, stop)
    kept = (tmp_path / "journal").read_bytes()
    assert content(course, tmp_path / "journal", FAST) == whole
    assert (tmp_path / "journal").read_bytes().startswith(kept)
    other = content(
        course, tmp_path / "journal", FAST.model_copy(update={"engine": "whisper"})
    )
    assert other != whole
    assert (tmp_path / "journal.old").read_bytes().startswith(kept)


def no_cublas(*_: Any, **__: Any) -> Any:
    raise RuntimeError("Library libcublas.so.12 is not found or cannot be loaded")


def test_what_the_library_refuses_only_when_it_computes_is_an_error_with_a_way_out(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (choice,) = possible_choices(FAST, course)
    engine = load_engine(choice)
    monkeypatch.setattr(FasterEngine, "_encode", no_cublas)
    with pytest.raises(ModelError) as caught:
        engine.decode(list(cut([murmur(3)], Grid(29, 5))), RU)
    assert str(caught.value) == (
        "CTranslate2 cannot compute this Whisper (Library libcublas.so.12 is not found or cannot "
        "be loaded). "
        'Choose --engine whisper (engine = "whisper" in [transcribe]), '
        "install another version of ctranslate2, or convert it again."
    )


def test_a_converted_whisper_that_names_no_languages_is_one_line(
    tmp_path: Path,
) -> None:
    converted.write(random_whisper(), tmp_path / "ready", "int8")
    config = tmp_path / "ready" / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_bytes()), "lang_ids": []}))
    (choice,) = possible_choices(FAST.model_copy(update={"model": "./ready"}), tmp_path)
    engine, windows = load_engine(choice), list(cut([murmur(3)], Grid(29, 5)))
    with pytest.raises(ModelError, match="cannot tell these languages apart"):
        engine.decode(windows, EngineOptions(("ru", "en")))
    assert engine.decode(windows, RU)[0].language == "ru"


def test_a_vocabulary_that_is_not_whispers_is_one_line(tmp_path: Path) -> None:
    converted.write(random_whisper(), tmp_path / "ready", "int8")
    vocabulary = tmp_path / "ready" / "vocabulary.json"
    words = json.loads(vocabulary.read_bytes())
    vocabulary.write_text(
        json.dumps([f"word {number}" for number in range(len(words))])
    )
    (choice,) = possible_choices(FAST.model_copy(update={"model": "./ready"}), tmp_path)
    with pytest.raises(ModelError, match="CTranslate2"):
        load_engine(choice).decode(list(cut([murmur(3)], Grid(29, 5))), EngineOptions())


def test_weights_that_are_no_numbers_are_an_error_and_not_a_text(
    tmp_path: Path,
) -> None:
    whisper = random_whisper()
    with torch.no_grad():
        whisper.decoder.ln.weight[:] = float("nan")
    converted.write(whisper, tmp_path / "ready", "float32")
    (choice,) = possible_choices(FAST.model_copy(update={"model": "./ready"}), tmp_path)
    with pytest.raises(ModelError, match="no number"):
        load_engine(choice).decode(list(cut([murmur(3)], Grid(29, 5))), RU)


def test_the_second_pass_is_by_the_engine_of_the_first() -> None:
    choices = [
        WhisperChoice("small", None, None, "cpu", engine=engine)
        for engine in ("whisper", "faster-whisper")
    ]
    for first in choices:
        how = How("small", engine=first.engine, device="cpu")
        decoded = DecodedWindow(0, 0.0, 29.0, "ru", (), how)
        raw = RawTranscript(Recording("lecture", ()), "small", None, (decoded,))
        assert [was_decoded_with(raw, choice) for choice in choices] == [
            choice == first for choice in choices
        ]


def test_where_it_cannot_use_the_gpu_it_computes_on_the_processor(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    any_device = FAST.model_copy(update={"device": "auto"})
    assert [choice.device for choice in possible_choices(any_device, course)] == ["cpu"]
    with pytest.raises(ModelError, match="cannot compute on this GPU"):
        possible_choices(FAST.model_copy(update={"device": "cuda"}), course)


@pytest.mark.parametrize("features", [WITHOUT_BFLOAT16, WITH_BFLOAT16])
@pytest.mark.parametrize(
    ("supported", "precision"),
    [
        ({"float32"}, "float32"),
        ({"float32", "int8"}, "int8"),
        ({"bfloat16", "float32"}, "float32"),
    ],
)
def test_it_computes_in_what_the_library_says_it_can_whatever_the_processor_has(
    course: Path,
    monkeypatch: pytest.MonkeyPatch,
    features: frozenset[str],
    supported: set[str],
    precision: Precision,
) -> None:
    monkeypatch.setattr("konspekt.models.precision.cpu_features", lambda: features)
    types = {"cpu": frozenset(supported), "cuda": frozenset[str]()}
    monkeypatch.setattr(ctranslate, "compute_types", lambda: types)
    (choice,) = possible_choices(FAST, course)
    assert choice.precision == precision


def test_it_is_never_given_a_precision_that_it_refuses(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    types = {"cpu": frozenset({"float32", "int8"}), "cuda": frozenset[str]()}
    monkeypatch.setattr(ctranslate, "compute_types", lambda: types)
    monkeypatch.setattr(
        converted, "write", lambda *_, **__: pytest.fail("it was converted")
    )
    with pytest.raises(ModelError) as caught:
        load_engine(
            replace(chosen("tiny.pt", course, "bfloat16"), engine="faster-whisper")
        )
    assert str(caught.value) == (
        "CTranslate2 does not compute in bfloat16 on this CPU: it does in float32, int8. "
        'Choose --engine whisper (engine = "whisper" in [transcribe]).'
    )


@pytest.mark.parametrize(
    ("code", "said", "what"),
    [
        (3, "", "pipx inject konspekt 'ctranslate2>=4.6,<4.9'"),
        (-4, "", "crashes on this machine (signal 4)"),
        (
            0,
            "",
            "CTranslate2 4.9.1 is installed, and one from 4.6 on and before 4.9 is needed",
        ),
        (
            1,
            "Traceback\nImportError: libcudnn",
            "cannot be loaded (ImportError: libcudnn)",
        ),
    ],
)
def test_a_library_that_is_missing_or_crashes_is_one_line(
    course: Path, monkeypatch: pytest.MonkeyPatch, code: int, said: str, what: str
) -> None:
    told = "something else\nkonspekt 4.9.1\nkonspekt float32 int8\nkonspekt\n"
    done = SimpleNamespace(returncode=code, stdout=told, stderr=said)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    ctranslate.compute_types.cache_clear()
    with pytest.raises(ModelError) as caught:
        possible_choices(FAST, course)
    ctranslate.compute_types.cache_clear()
    assert what in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_converted_folder_is_for_this_engine_and_a_broken_one_is_refused(
    tmp_path: Path,
) -> None:
    converted.write(random_whisper(), tmp_path / "ready", "int8")
    options = FAST.model_copy(update={"model": "./ready"})
    with pytest.raises(KonspektError, match="converted for CTranslate2"):
        possible_choices(options.model_copy(update={"engine": "whisper"}), tmp_path)
    (choice,) = possible_choices(options, tmp_path)
    (window,) = cut([murmur(3)], Grid(29, 5))
    assert load_engine(choice).decode([window], RU)[0].text.strip()
    weights = tmp_path / "ready" / "model.bin"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(ModelError, match="refuses it"):
        load_engine(choice)
