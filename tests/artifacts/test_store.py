"""Artifacts are whole or absent, and what is still good is known."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from konspekt.artifacts import store
from konspekt.artifacts.store import Basis, Hashes
from konspekt.errors import LockedError, StoreError

BASIS = Basis(1, {"raw.json": "a" * 64}, {"window": 29.0})


def nothing_remembered() -> Hashes:
    return Hashes.load(None)


def make(folder: Path, content: bytes = b"text", basis: Basis = BASIS) -> None:
    store.commit(folder, "clean", basis, {"a.json": content, "b.txt": b"same"})


def test_a_committed_stage_is_good(tmp_path: Path) -> None:
    make(tmp_path)
    assert store.why_stale(tmp_path, "clean", BASIS, nothing_remembered()) is None


@pytest.mark.parametrize(
    ("basis", "said"),
    [
        (Basis(2, BASIS.inputs, BASIS.options), "differently now"),
        (Basis(1, {"raw.json": "b" * 64}, BASIS.options), "raw.json changed"),
        (Basis(1, BASIS.inputs, {"window": 28.0}), "setting window changed"),
        (Basis(1, {}, BASIS.options), "raw.json changed"),
    ],
)
def test_what_changed_is_said(tmp_path: Path, basis: Basis, said: str) -> None:
    make(tmp_path)
    assert said in str(store.why_stale(tmp_path, "clean", basis, nothing_remembered()))


def test_a_file_gone_or_damaged_is_said(tmp_path: Path) -> None:
    make(tmp_path)
    (tmp_path / "a.json").write_bytes(b"txet")
    assert "a.json was changed" in str(
        store.why_stale(tmp_path, "clean", BASIS, nothing_remembered())
    )
    (tmp_path / "a.json").unlink()
    assert "a.json is gone" in str(
        store.why_stale(tmp_path, "clean", BASIS, nothing_remembered())
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b'{"stages": 3}',
        b'{"stages": {"clean": []}}',
        b'{"stages": {"clean": {}}}',
        b'{"stages": {"clean": {"outputs": 5}}}',
        b'{"stages": {"clean": {"outputs": {"": "a"}}}}',
        b'{"stages": {"clean": {"outputs": {"a": 5}}}}',
        b"[" * 100_000,
    ],
)
def test_a_manifest_that_cannot_be_read_makes_the_stage_again(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / store.MANIFEST).write_bytes(content)
    assert store.why_stale(tmp_path, "clean", BASIS, nothing_remembered()) is not None
    make(tmp_path)
    assert store.why_stale(tmp_path, "clean", BASIS, nothing_remembered()) is None


@pytest.mark.parametrize(
    "name", ["../precious.txt", "/tmp/precious.txt", "a/../../precious.txt", "."]
)
def test_a_manifest_cannot_name_a_file_outside_its_folder(
    tmp_path: Path, name: str
) -> None:
    folder, precious = tmp_path / "folder", tmp_path / "precious.txt"
    precious.write_text("mine")
    make(folder)
    manifest = json.loads((folder / store.MANIFEST).read_bytes())
    manifest["stages"]["clean"]["outputs"][name] = "0" * 64
    (folder / store.MANIFEST).write_text(json.dumps(manifest))
    make(folder, b"other")
    store.withdraw(folder, "clean")
    assert precious.read_text() == "mine"


def test_files_with_the_same_bytes_keep_their_time_stamp(tmp_path: Path) -> None:
    make(tmp_path)
    before = (tmp_path / "b.txt").stat().st_mtime_ns
    make(tmp_path, b"other")
    assert (tmp_path / "b.txt").stat().st_mtime_ns == before
    assert (tmp_path / "a.json").read_bytes() == b"other"


def test_files_no_longer_made_are_deleted_and_a_withdrawn_stage_leaves_nothing(
    tmp_path: Path,
) -> None:
    make(tmp_path)
    store.commit(tmp_path, "clean", BASIS, {"a.json": b"text"})
    assert not (tmp_path / "b.txt").exists()
    store.withdraw(tmp_path, "clean")
    assert [path.name for path in tmp_path.iterdir()] == [store.MANIFEST]


def test_a_failed_write_leaves_the_old_bytes_and_no_leftover(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    store.write_atomically(path, b"old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match=r"No space left.*Free some space"):
        store.write_atomically(path, b"new")
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]
    assert path.read_bytes() == b"old"


def test_a_very_long_name_can_be_written(tmp_path: Path) -> None:
    store.write_atomically(tmp_path / ("я" * 120 + ".json"), b"x")


KILLED = """
import os, sys
from pathlib import Path
from konspekt.artifacts import store

calls, limit = 0, int(sys.argv[2])

def dying(function):
    def call(*args, **kwargs):
        global calls
        calls += 1
        if calls > limit:
            os.kill(os.getpid(), 9)
        return function(*args, **kwargs)
    return call

for name in ("fsync", "open", "close", "unlink", "mkdir"):
    setattr(os, name, dying(getattr(os, name)))
Path.replace, Path.open = dying(Path.replace), dying(Path.open)

def naively(path, content):
    with path.open("wb") as file:
        file.write(content)
        os.fsync(file.fileno())

if sys.argv[4:] == ["naively"]:
    store.write_atomically = naively
basis = store.Basis(1, {"raw.json": sys.argv[3]}, {})
store.commit(Path(sys.argv[1]), "clean", basis, {"a.json": sys.argv[3].encode(), "c.txt": b"new"})
"""


def killed_after(calls: int, folder: Path, content: str, *how: str) -> int:
    command = [sys.executable, "-c", KILLED, str(folder), str(calls), content, *how]
    return subprocess.run(command, check=False).returncode


def test_the_killing_finds_the_fault_of_writing_in_place(tmp_path: Path) -> None:
    found = set()
    for calls in range(10):
        folder = tmp_path / str(calls)
        make(folder, b"old", Basis(1, {"raw.json": "old"}, {}))
        killed_after(calls, folder, "new", "naively")
        found.add((folder / "a.json").read_bytes())
    assert found - {b"old", b"new"}


@pytest.mark.slow
def test_killed_at_any_system_call_a_stage_is_the_old_one_the_new_one_or_made_again(
    tmp_path: Path,
) -> None:
    new = Basis(1, {"raw.json": "new"}, {})
    for calls in range(60):
        folder = tmp_path / str(calls)
        make(folder, b"old", Basis(1, {"raw.json": "old"}, {}))
        finished = killed_after(calls, folder, "new") == 0
        for name, contents in {"a.json": {b"old", b"new"}, "c.txt": {b"new"}}.items():
            path = folder / name
            assert not path.exists() or path.read_bytes() in contents
        good = store.why_stale(folder, "clean", new, nothing_remembered()) is None
        assert good or not finished
        store.remove_leftovers(folder)
        store.commit(folder, "clean", new, {"a.json": b"new", "c.txt": b"new"})
        assert store.why_stale(folder, "clean", new, nothing_remembered()) is None
        assert sorted(p.name for p in folder.iterdir()) == [
            "a.json",
            "c.txt",
            "manifest.json",
        ]
        if finished:
            return
    pytest.fail("the commit makes more than 60 calls: raise the bound")


def test_hashes_are_remembered_until_the_file_changes(tmp_path: Path) -> None:
    path, memory = tmp_path / "a", tmp_path / "hashes.json"
    path.write_bytes(b"one")
    old = time.time() - 60
    os.utime(path, (old, old))
    hashes = Hashes.load(memory)
    first = hashes.of(path)
    hashes.save()
    path.write_bytes(b"ten")
    os.utime(path, (old, old))  # same size, time and inode: not read again
    assert Hashes.load(memory).of(path) == first == store.hash_bytes(b"one")
    path.write_bytes(b"two")
    assert Hashes.load(memory).of(path) == store.hash_bytes(b"two")


def test_a_file_just_written_is_not_remembered(tmp_path: Path) -> None:
    path, memory = tmp_path / "a", tmp_path / "hashes.json"
    path.write_bytes(b"one")
    hashes = Hashes.load(memory)
    hashes.of(path)
    hashes.save()
    assert not memory.exists()


def test_a_damaged_hash_is_not_believed(tmp_path: Path) -> None:
    path, memory = tmp_path / "a", tmp_path / "hashes.json"
    path.write_bytes(b"one")
    os.utime(path, (1e9, 1e9))
    status = path.stat()
    stamp = [status.st_size, status.st_mtime_ns, status.st_ino]
    for digest in (None, 5, ["x"]):
        memory.write_text(json.dumps({str(path): [*stamp, digest]}))
        assert Hashes.load(memory).of(path) == store.hash_bytes(b"one")


@pytest.mark.parametrize("content", [b"", b"[]", b'{"a": 3}', b"\xff"])
def test_a_damaged_memory_of_hashes_is_no_error(tmp_path: Path, content: bytes) -> None:
    memory = tmp_path / "hashes.json"
    memory.write_bytes(content)
    (tmp_path / "a").write_bytes(b"one")
    assert Hashes.load(memory).of(tmp_path / "a") == store.hash_bytes(b"one")


HOLDER = """
import sys, time
from pathlib import Path
from konspekt.artifacts.store import lock
with lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def test_a_second_process_is_told_who_holds_the_lock(
    tmp_path: Path, holder: subprocess.Popen[str]
) -> None:
    with (
        pytest.raises(LockedError, match=f"in use by process {holder.pid} on "),
        store.lock(tmp_path),
    ):
        pass


def test_a_killed_holder_holds_nothing(
    tmp_path: Path, holder: subprocess.Popen[str]
) -> None:
    holder.kill()
    holder.wait()
    with store.lock(tmp_path):
        pass
