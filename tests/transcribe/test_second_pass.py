"""Candidates are decoded once more: cut elsewhere, differently, the same in every run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from konspekt.artifacts.store import canonical_json
from konspekt.course.settings import TranscribeOptions
from konspekt.data import DecodedWindow, How, Part, RawTranscript, SecondPassCandidate
from konspekt.errors import RecordingError
from konspekt.transcribe import batches, run_second_pass, transcribe
from konspekt.transcribe.second_pass_plan import (
    GREEDY_FIRST,
    LONGEST,
    ROOM,
    SAMPLED,
    SHARED,
    plan_second_pass,
)
from tests.sounds import murmur, write_wav

OPTIONS = TranscribeOptions(
    model="tiny.pt",
    batch_size=1,
    language="ru",
    device="cpu",
    vad="none",
    temperatures=(0.0,),
)
PARTS = (Part("a.wav", 0.0, 200.0, "a"), Part("b.wav", 200.0, 100.0, "b"))


def stretch(start: float, end: float, *reasons: str) -> SecondPassCandidate:
    return SecondPassCandidate(
        start,
        end,
        "removed" if reasons else "not transcribed",
        reasons,
        "why",
        end - start,
    )


STRETCHES = (stretch(30, 38), stretch(8, 14, "loop"))


def spans(
    *stretches: SecondPassCandidate, begun_at: tuple[float, ...] = ()
) -> list[tuple[float, float]]:
    first_pass = [
        DecodedWindow(number, start, start + 29, "ru", (), How("tiny.pt"))
        for number, start in enumerate(begun_at)
    ]
    planned = plan_second_pass(stretches, PARTS, first_pass)
    return [(window.start, window.end) for window in planned]


def test_a_candidate_is_decoded_with_room_on_both_sides() -> None:
    assert spans(stretch(50, 60)) == [(50 - ROOM, 60 + ROOM)]
    assert spans(stretch(0, 10)) == [(0, 13)]
    assert spans(stretch(290, 300)) == [(287, 300)]


def test_no_window_is_longer_than_29_s_and_those_of_one_stretch_share_sound() -> None:
    found = spans(stretch(20, 120))
    assert (found[0][0], found[-1][1]) == (17, 123)
    assert all(0 < end - start <= LONGEST for start, end in found)
    for (_, end), (start, _) in pairwise(found):
        assert end - start == pytest.approx(SHARED, abs=0.01)


def test_no_window_lies_across_two_files() -> None:
    assert spans(stretch(190, 210)) == [(187, 200), (200, 213)]


def test_no_window_begins_where_one_of_the_first_pass_did() -> None:
    assert spans(stretch(51, 60), begun_at=(0, 24, 48)) == [(49.5, 63)]


def test_a_loop_is_not_decoded_greedily_again_and_windows_come_by_time() -> None:
    assert [plan.ladder for plan in plan_second_pass(STRETCHES, PARTS)] == [
        SAMPLED,
        GREEDY_FIRST,
    ]


@pytest.fixture(scope="module")
def first(course: Path, tmp_path_factory: pytest.TempPathFactory) -> RawTranscript:
    journal = tmp_path_factory.mktemp("first") / "journal"
    return transcribe(
        "lecture",
        [course / "lecture.wav"],
        ["lecture.wav"],
        OPTIONS,
        folder=course,
        journal=journal,
    )


def run_again(
    first: RawTranscript, course: Path, journal: Path, *stretches: SecondPassCandidate
) -> RawTranscript:
    return run_second_pass(
        first,
        stretches,
        [course / "lecture.wav"],
        OPTIONS,
        folder=course,
        journal=journal,
    )


@pytest.fixture(scope="module")
def second(
    first: RawTranscript, course: Path, tmp_path_factory: pytest.TempPathFactory
) -> RawTranscript:
    return run_again(
        first, course, tmp_path_factory.mktemp("second") / "journal", *STRETCHES
    )


def test_windows_of_the_second_pass_go_on_numbering_and_say_how_they_came_about(
    first: RawTranscript, second: RawTranscript
) -> None:
    assert [h.id for h in second.windows] == [
        len(first.windows),
        len(first.windows) + 1,
    ]
    assert [(h.start, h.end) for h in second.windows] == [(5, 17), (27, 41)]
    assert {h.how.pass_number for h in second.windows} == {2}
    assert [h.how.options["temperatures"] for h in second.windows] == [
        list(SAMPLED),
        list(GREEDY_FIRST),
    ]
    assert second.recording == first.recording
    assert any(h.text for h in second.windows)
    drawn = {segment.temperature for segment in second.windows[0].segments}
    assert drawn <= set(SAMPLED)


def test_every_run_gives_the_same_whatever_is_decoded_beside_it(
    first: RawTranscript, second: RawTranscript, course: Path, tmp_path: Path
) -> None:
    once_more = run_again(first, course, tmp_path / "journal", *STRETCHES)
    assert canonical_json(asdict(once_more)) == canonical_json(asdict(second))
    alone = run_again(first, course, tmp_path / "alone", STRETCHES[1])
    assert alone.windows[0].text == second.windows[0].text


def test_a_run_that_was_stopped_goes_on_and_gives_the_same(
    first: RawTranscript,
    second: RawTranscript,
    course: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    journal = tmp_path / "journal"
    run_again(first, course, journal, *STRETCHES)
    lines = journal.read_bytes().splitlines(keepends=True)
    # killed in the middle of the second batch
    journal.write_bytes(b"".join(lines[:2]) + lines[2][:50])
    calls: list[int] = []
    decode = batches.decode_batch

    def counting(*arguments: Any) -> Any:
        calls.append(1)
        return decode(*arguments)

    monkeypatch.setattr(batches, "decode_batch", counting)
    assert canonical_json(
        asdict(run_again(first, course, journal, *STRETCHES))
    ) == canonical_json(asdict(second))
    assert len(calls) == 1


def test_without_candidates_no_model_is_loaded(
    first: RawTranscript, course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(batches, "load_engine")
    assert run_again(first, course, tmp_path / "journal").windows == ()


def test_another_sound_than_that_of_the_first_pass_is_refused(
    first: RawTranscript, course: Path, tmp_path: Path
) -> None:
    write_wav(tmp_path / "lecture.wav", murmur(67, seed=5))
    with pytest.raises(
        RecordingError, match="the file has changed since the first pass"
    ):
        run_second_pass(
            first,
            STRETCHES,
            [tmp_path / "lecture.wav"],
            OPTIONS,
            folder=course,
            journal=tmp_path / "journal",
        )


@pytest.mark.parametrize("stretches", [STRETCHES, ()])
def test_other_files_than_those_of_the_first_pass_are_refused(
    first: RawTranscript,
    course: Path,
    tmp_path: Path,
    stretches: Sequence[SecondPassCandidate],
) -> None:
    files = [course / "lecture.wav"] * 2
    with pytest.raises(
        RecordingError,
        match=r"^2 files are given; the first pass transcribed 1: lecture\.wav",
    ):
        run_second_pass(
            first,
            stretches,
            files,
            OPTIONS,
            folder=course,
            journal=tmp_path / "journal",
        )


def test_the_model_of_the_first_pass_is_used_again(
    first: RawTranscript, second: RawTranscript
) -> None:
    assert second.model == first.model
    assert replace(second, windows=()) == replace(first, windows=())
