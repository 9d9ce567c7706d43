"""A course whose sound a server transcribes: a person agrees first, nothing is sent twice,
and the page says where the sound went.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from konspekt.cli import consent
from konspekt.cli.main import main
from konspekt.endpoint import client
from tests.courses import LECTURE, make_course
from tests.endpoints import Stub, parse_form, send
from tests.small_whisper import speech
from tests.sounds import murmur, write_wav

SPOKEN = " Сегодня мы говорим об обратном индексе. Обратный индекс хранит списки."


class Server(Stub):
    """A transcription server; `fails_from` is the first request that it fails at."""

    def __init__(self) -> None:
        self.fails_from: int | None = None
        super().__init__(self._answer, parse_form)

    def _answer(self, handler: Any, number: int, form: object) -> None:
        if self.fails_from is not None and number >= self.fails_from:
            return send(handler, b"", 401)
        segment = {"start": 0.5, "end": 9.5, "text": SPOKEN, "avg_logprob": -0.2}
        body = {"text": SPOKEN, "language": "russian", "segments": [segment]}
        return send(handler, json.dumps(body).encode())


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(client, "BACKOFF", (0.0,))
    stub = Server()
    with stub.running():
        yield stub


@pytest.fixture
def course(tmp_path: Path, server: Server) -> Path:
    """Two lectures, one a transcript and one of 30 s of sound, in three windows."""
    settings = (
        '[transcribe]\nengine = "endpoint"\nvad = "none"\nwindow = 10\noverlap = 0\n'
        "batch_size = 1\nsecond_pass = false\n"
        f'[transcribe.endpoint]\nbase_url = "{server.url}"\nmodel = "whisper-1"\n'
    )
    folder = make_course(tmp_path / "course", settings, text=LECTURE)
    write_wav(folder / "recordings" / "sound.wav", murmur(30))
    return folder


def run(*arguments: str | Path, **more: Any) -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments], **more)


def raw_of(course: Path) -> Any:
    path = course / "output" / "lectures" / "sound" / "raw.json"
    return json.loads(path.read_bytes())


def test_without_a_terminal_nothing_is_sent_and_the_other_lectures_go_on(
    course: Path, server: Server
) -> None:
    done = run("build", course, "--until", "clean")
    assert done.exit_code == 1
    assert server.requests == []
    assert f"is sent to {server.url}, model 'whisper-1', without a key." in done.output
    assert (
        "127.0.0.1: nobody has agreed yet that the sound is sent there." in done.output
    )
    assert "or with --yes." in done.output
    assert (course / "output" / "lectures" / "text" / "transcript.json").is_file()


@pytest.mark.parametrize(("answer", "sent"), [("y\n", 3), ("n\n", 0), ("\n", 0)])
def test_in_a_terminal_a_person_is_asked_and_no_is_the_default(
    course: Path,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    sent: int,
) -> None:
    monkeypatch.setattr(consent, "_is_terminal", lambda: True)
    done = run("build", course, "--until", "transcribe", input=answer)
    assert "Send it? [y/N]" in done.output
    assert len(server.requests) == sent
    assert (done.exit_code == 0) == bool(sent)


def test_an_agreement_is_asked_for_once_and_anew_for_another_address(
    course: Path, server: Server
) -> None:
    assert run("build", course, "--until", "transcribe", "--yes").exit_code == 0
    (course / "output" / "lectures" / "sound" / "raw.json").unlink()
    done = run("build", course, "--until", "transcribe")
    assert (done.exit_code, len(server.requests)) == (0, 6)
    assert "is sent to" not in done.output
    with Server().running() as other:
        settings = (course / "course.toml").read_text(encoding="utf-8")
        settings = settings.replace(server.url, other.url)
        (course / "course.toml").write_text(settings, encoding="utf-8")
        assert run("build", course, "--until", "transcribe").exit_code == 1
        assert other.requests == []


def test_nobody_is_asked_where_no_sound_is_due(course: Path, server: Server) -> None:
    (course / "recordings" / "sound.wav").unlink()
    done = run("build", course, "--until", "clean")
    assert (done.exit_code, server.requests) == (0, [])
    assert "is sent to" not in done.output


def test_a_run_that_broke_off_sends_only_the_windows_that_are_missing(
    course: Path, server: Server
) -> None:
    server.fails_from = 2
    done = run("build", course, "--until", "transcribe", "--yes")
    assert done.exit_code == 1
    assert "127.0.0.1: HTTP 401. Name the key's variable: api_key_env in" in done.output
    server.fails_from = None
    assert run("build", course, "--until", "transcribe").exit_code == 0
    assert len(server.requests) == 4
    windows = raw_of(course)["windows"]
    assert [one["start"] for one in windows] == [0.0, 10.0, 20.0]
    assert {one["how"]["sent_to"] for one in windows} == {"127.0.0.1"}
    done = run("build", course, "--until", "transcribe")
    assert (done.output, len(server.requests)) == ("Everything is up to date.\n", 4)


@pytest.mark.parametrize(
    ("line", "sent"),
    [('model = "whisper-2"', 3), ('model = "whisper-1"\ntimeout = 9', 0)],
)
def test_another_model_of_the_server_transcribes_again_and_another_timeout_does_not(
    course: Path, server: Server, line: str, sent: int
) -> None:
    assert run("build", course, "--until", "transcribe", "--yes").exit_code == 0
    before = len(server.requests)
    settings = (course / "course.toml").read_text(encoding="utf-8")
    settings = settings.replace('model = "whisper-1"', line)
    (course / "course.toml").write_text(settings, encoding="utf-8")
    assert run("build", course, "--until", "transcribe", "--yes").exit_code == 0
    assert len(server.requests) - before == sent


def test_the_terms_of_the_glossary_go_along(course: Path, server: Server) -> None:
    (course / "glossary.toml").write_text("Lucene = []\n", "utf-8")
    run("build", course, "--until", "transcribe", "--yes")
    assert server.requests[0]["prompt"] == [b"Lucene."]


@pytest.mark.slow
def test_the_page_says_where_the_sound_went(course: Path) -> None:
    assert run("build", course, "--yes").exit_code == 0
    lectures = course / "output" / "site" / "html" / "lectures"
    page = (lectures / "sound.html").read_text(encoding="utf-8")
    assert "whisper-1; звук отправлялся на 127.0.0.1" in page
    assert "текст не покидал машину" not in page
    page = (lectures / "text.html").read_text(encoding="utf-8")
    assert "отправлялся" not in page


def test_outside_a_course_options_name_the_server(
    tmp_path: Path, server: Server
) -> None:
    sound = write_wav(tmp_path / "a.wav", speech(20))
    engine = ("--engine", "endpoint", "--endpoint-url", server.url)
    arguments = ("transcribe", sound, "--output", tmp_path / "out", *engine)
    done = run(*arguments)
    assert done.exit_code == 2
    assert "--endpoint-url and --endpoint-model go together." in done.output
    model = ("--endpoint-model", "whisper-1")
    assert run(*arguments, *model).exit_code == 1
    assert server.requests == []
    assert run(*arguments, *model, "--yes").exit_code == 0
    assert len(server.requests) == 1
    assert run("clean", tmp_path / "out" / "raw.json", "--output", tmp_path / "out")
    quality = json.loads((tmp_path / "out" / "quality.json").read_bytes())
    assert quality["sound_sent_to"] == ["127.0.0.1"]


def test_nobody_is_asked_for_a_transcript_or_a_file_that_does_not_open(
    tmp_path: Path, server: Server
) -> None:
    address = ("--endpoint-url", server.url, "--endpoint-model", "m")
    options = ("--output", tmp_path / "out", "--engine", "endpoint", *address)
    text = tmp_path / "a.raw.txt"
    text.write_text(LECTURE, encoding="utf-8")
    done = run("transcribe", text, *options)
    assert (done.exit_code, "is sent to" in done.output) == (0, False), done.output
    bad = tmp_path / "bad.mp3"
    bad.write_bytes(b"x")
    done = run("transcribe", bad, *options)
    assert (done.exit_code, "is sent to" in done.output) == (1, False), done.output
    assert server.requests == []


def test_options_of_a_server_that_the_engine_does_not_use_are_refused(
    tmp_path: Path, server: Server
) -> None:
    sound = write_wav(tmp_path / "a.wav", murmur(1))
    address = ("--endpoint-url", server.url, "--endpoint-model", "m")
    done = run("transcribe", sound, "--output", tmp_path / "out", *address)
    assert done.exit_code == 2
    assert "--endpoint-url is for --engine endpoint." in done.output


def test_a_course_without_the_servers_address_is_refused_before_the_build(
    course: Path,
) -> None:
    settings = (course / "course.toml").read_text(encoding="utf-8")
    (course / "course.toml").write_text(settings.partition("[transcribe.e")[0], "utf-8")
    done = run("build", course)
    assert done.exit_code == 1
    assert (
        "Set base_url in [transcribe.endpoint] and model in [transcribe.endpoint]."
        in done.output
    )


def test_doctor_says_whether_the_server_answers_and_that_a_person_must_agree(
    course: Path, server: Server
) -> None:
    done = run("doctor", course)
    assert "Whisper: 127.0.0.1: nobody has agreed yet" in " ".join(done.output.split())
    run("build", course, "--until", "transcribe", "--yes")
    done = run("doctor", course)
    found = " ".join(done.output.split())
    assert "Whisper 'whisper-1' at 127.0.0.1: the endpoint answers" in found
    assert "engine endpoint: a transcription server" in found


def test_the_estimate_names_the_server_and_fetches_no_model(
    course: Path, server: Server
) -> None:
    done = run("build", course, "--until", "transcribe", "--yes")
    assert f"Whisper: whisper-1 at {server.url}." in done.output
