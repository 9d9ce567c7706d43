"""Decoded windows survive: a journal gives back whole batches or nothing, whatever happened to its
file.
"""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.data import DecodedWindow, How, Segment
from konspekt.errors import StoreError
from konspekt.transcribe.journal import Journal, checksummed_line, recorded_key

KEY = {"files": ["ab"], "options": {"window": 29.0}}
TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20)
WINDOWS = st.builds(
    lambda text, number, probability: DecodedWindow(
        number,
        0.1,
        0.3,
        "ru",
        (Segment(0.1, 0.2, text, avg_logprob=probability),),
        How("tiny.pt", device="cpu"),
    ),
    TEXTS,
    st.integers(0, 10**6),
    st.floats(-20, 0),
)
BATCHES = st.lists(
    st.lists(WINDOWS, min_size=1, max_size=3).map(tuple), min_size=1, max_size=4
)


def filled(path: Path, batches: list[tuple[DecodedWindow, ...]]) -> bytes:
    journal = Journal(path, KEY)
    for batch in batches:
        journal.append(batch)
    return path.read_bytes()


@given(batches=BATCHES)
def test_what_was_kept_is_read_back(batches: list[tuple[DecodedWindow, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "work" / "journal"
        filled(path, batches)
        again = Journal(path, KEY)
        assert again.batches == batches


@given(batches=BATCHES, data=st.data())
def test_a_cut_journal_gives_whole_batches_and_goes_on_to_the_same_bytes(
    batches: list[tuple[DecodedWindow, ...]], data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal"
        content = filled(path, batches)
        path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
        journal = Journal(path, KEY)
        assert journal.batches == batches[: len(journal.batches)]
        for batch in batches[len(journal.batches) :]:
            journal.append(batch)
        assert path.read_bytes() == content


@given(batches=BATCHES, data=st.data())
def test_a_flipped_byte_is_never_believed(
    batches: list[tuple[DecodedWindow, ...]], data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal"
        content = bytearray(filled(path, batches))
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(
            st.integers(1, 255)
        )
        path.write_bytes(content)
        kept = Journal(path, KEY).batches
        assert kept == batches[: len(kept)]
        assert len(kept) < len(batches)


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"null\n", b"\0" * 1000, b"{}" * 10, "журнал".encode("cp1251")],
)
def test_a_file_that_is_no_journal_is_written_over(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "journal"
    path.write_bytes(content)
    decoded = DecodedWindow(0, 0, 1, None, (), How("tiny.pt"))
    assert Journal(path, KEY).batches == []
    assert filled(path, [(decoded,)]) == filled(tmp_path / "fresh", [(decoded,)])


def test_a_journal_of_other_settings_is_not_used_and_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    filled(path, [(DecodedWindow(0, 0, 1, None, (), How("tiny.pt")),)])
    other = Journal(path, KEY | {"files": ["cd"]})
    assert other.batches == []
    before = path.read_bytes()
    Journal(path, KEY | {"files": ["ef"]})  # looking at it moves nothing
    assert path.read_bytes() == before
    other.append([DecodedWindow(5, 0, 1, None, (), How("tiny.pt"))])
    assert recorded_key(path) == KEY | {"files": ["cd"]}
    assert (tmp_path / "journal.old").read_bytes() == before
    other.append([DecodedWindow(6, 0, 1, None, (), How("tiny.pt"))])
    assert len(Journal(path, KEY | {"files": ["cd"]}).batches) == 2
    assert (tmp_path / "journal.old").read_bytes() == before


def test_a_first_line_that_says_more_belongs_to_the_same_run(tmp_path: Path) -> None:
    """Earlier versions said there whether a demo model decoded."""
    path = tmp_path / "journal"
    batch = (DecodedWindow(0, 0, 1, None, (), How("tiny.pt")),)
    _, *batches = filled(path, [batch]).splitlines(keepends=True)
    first = checksummed_line({"key": KEY, "demo": True})
    path.write_bytes(first + b"".join(batches))
    journal = Journal(path, KEY)
    assert journal.batches == [batch]
    journal.append(batch)
    assert Journal(path, KEY).batches == [batch, batch]
    assert path.read_bytes().startswith(first)


def test_a_place_that_cannot_be_written_is_an_error_with_the_ways_out(
    tmp_path: Path,
) -> None:
    (tmp_path / "journal").mkdir()
    with pytest.raises(StoreError, match="what is finished is kept"):
        Journal(tmp_path / "journal", KEY)
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be written"):
        Journal(tmp_path / "file" / "journal", KEY).append([])


def test_a_first_batch_that_could_not_be_written_is_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path / "journal", KEY)
    batch = (DecodedWindow(0, 0, 1, None, (), How("tiny.pt")),)
    flush = os.fsync
    calls: list[int] = []

    def fail_once(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 3:  # folder and first line are on the disk by then
            raise OSError(errno.ENOSPC, "full")
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", fail_once)
    with pytest.raises(StoreError, match="full"):
        journal.append(batch)
    assert journal.batches == []
    journal.append(batch)
    assert Journal(tmp_path / "journal", KEY).batches == [batch]
