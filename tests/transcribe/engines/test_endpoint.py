"""A transcription server as an engine, against a server on this machine that answers as servers do,
and as they should not.
"""

from __future__ import annotations

import io
import json
import threading
import wave
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.course.settings import SpeechEndpointOptions, TranscribeOptions
from konspekt.data import DecodedWindow, Word
from konspekt.endpoint import client
from konspekt.endpoint.client import AnswerError
from konspekt.endpoint.consent import agree
from konspekt.errors import CourseError, EndpointError
from konspekt.transcribe.engines.choice import (
    choose_whisper,
    identify_whisper,
    load_engine,
)
from konspekt.transcribe.engines.endpoint import MODEL
from konspekt.transcribe.engines.engine import EngineOptions
from konspekt.transcribe.engines.reply import BASE_URL, Asked, read_reply
from konspekt.transcribe.speech.windows import Window
from tests.endpoints import Answer, Stub, parse_form, send
from tests.sounds import RATE_HZ, murmur

KEY = "sk-CANARY-7f3a91"
PLAIN = EngineOptions()
WINDOW = Window(3, 50.0, 60.0, murmur(10))


@pytest.fixture(autouse=True)
def _at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(client, "BACKOFF", (0.0, 0.0))


def server(stub: Stub, **more: Any) -> SpeechEndpointOptions:
    return SpeechEndpointOptions(
        **{"base_url": stub.url, "model": "whisper-1", "timeout": 20, **more}
    )


def verbose(*segments: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"segments": list(segments), **more}).encode()


def segment(start: float, end: float, text: str, **more: Any) -> dict[str, Any]:
    return {"start": start, "end": end, "text": text, **more}


def saying(body: bytes) -> Answer:
    return lambda handler, number, form: send(handler, body)


GOOD = saying(verbose(segment(0.0, 4.0, " Начали."), language="russian"))


def decode(
    answer: Answer,
    *windows: Window,
    options: EngineOptions = PLAIN,
    **more: Any,
) -> tuple[list[DecodedWindow], Stub]:
    """What the engine makes of windows, and the server with what was sent to it."""
    with Stub(answer, parse_form).running() as stub:
        settings = TranscribeOptions(engine="endpoint", endpoint=server(stub, **more))
        assert settings.endpoint is not None
        agree(settings.endpoint)
        engine = load_engine(choose_whisper(settings, Path()))
        return engine.decode(windows or (WINDOW,), options), stub


# ------------------------------------------------------------------------------ what is sent


def test_a_window_goes_as_wav_with_model_form_and_granularity() -> None:
    _, stub = decode(GOOD)
    (form,) = stub.requests
    assert stub.paths == ["/v1/audio/transcriptions"]
    assert {name: form[name] for name in form if name != "file"} == {
        "model": [b"whisper-1"],
        "response_format": [b"verbose_json"],
        "temperature": [b"0"],
        "timestamp_granularities[]": [b"segment"],
    }
    with wave.open(io.BytesIO(form["file"][0])) as sound:
        assert sound.getparams()[:4] == (1, 2, RATE_HZ, 10 * RATE_HZ)


def test_the_language_is_sent_where_one_alone_is_possible() -> None:
    _, one = decode(GOOD, options=EngineOptions(("ru",)))
    _, two = decode(GOOD, options=EngineOptions(("ru", "en")))
    assert one.requests[0]["language"] == [b"ru"]
    assert "language" not in two.requests[0]


def test_the_key_of_the_variable_is_sent_and_shows_nowhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("A_KEY", KEY)
    body = verbose(segment(0, 1, f" Ключ {KEY}"))
    (window,), stub = decode(saying(body), api_key_env="A_KEY")
    assert stub.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert window.text == " Ключ ***"


def test_digital_silence_is_not_sent() -> None:
    quiet = replace(WINDOW, samples=np.zeros(10 * RATE_HZ, dtype=np.float32))
    (window,), stub = decode(GOOD, quiet)
    assert stub.requests == []
    assert window.how.is_silent
    assert (window.how.sent_to, window.segments) == (None, ())


def test_windows_are_sent_a_few_at_a_time_and_keep_their_order() -> None:
    together = threading.Barrier(2)

    def answer(handler: Any, number: int, form: dict[str, list[bytes]]) -> None:
        together.wait(timeout=20)  # a window alone is not answered
        seconds = len(form["file"][0]) // 2 // RATE_HZ
        send(handler, verbose(segment(0, 1, f" {seconds} s.")))

    windows = [
        Window(number, 0.0, 4.0 + number, murmur(4 + number)) for number in range(4)
    ]
    decoded, _ = decode(answer, *windows)
    assert [one.text for one in decoded] == [" 4 s.", " 5 s.", " 6 s.", " 7 s."]


# ---------------------------------------------------------------------- what is made of it


def test_segments_become_seconds_of_the_recording_with_their_figures() -> None:
    figures = {
        "avg_logprob": -0.3,
        "no_speech_prob": 0.01,
        "compression_ratio": 9.0,
        "temperature": 0.2,
    }
    body = verbose(
        segment(0.0, 4.0, " Начали.", **figures),
        segment(4.0, 9.0, " Дальше.", **figures),
    )
    (window,), _ = decode(saying(body))
    assert window.text == " Начали. Дальше."
    first, second = window.segments
    assert (first.start, first.end, second.start, second.end) == (50, 54, 54, 59)
    assert (first.avg_logprob, first.no_speech_prob) == (-0.3, 0.01)
    assert first.temperature == 0.2
    # ours, of the whole text, as with the other engines: a letter is one byte
    assert first.compression_ratio == second.compression_ratio != 9.0
    how = window.how
    assert (how.model, how.engine, how.sent_to) == (
        "whisper-1",
        "endpoint",
        "127.0.0.1",
    )
    assert (how.device, how.precision) == (None, None)


@pytest.mark.parametrize(
    ("language", "code"), [("russian", "ru"), ("EN", "en"), ("?", None), (7, None)]
)
def test_a_language_is_its_code_or_its_english_name(
    language: object, code: str | None
) -> None:
    (window,), _ = decode(saying(verbose(segment(0, 1, " Да."), language=language)))
    assert window.language == code


@pytest.mark.parametrize(
    "body",
    [
        {"text": " Начали."},
        {"text": " Начали.", "segments": None, "words": None},
        {"text": " Начали.", "segments": []},
    ],
)
def test_a_text_without_segments_is_one_over_the_window(body: dict[str, Any]) -> None:
    (window,), _ = decode(saying(json.dumps(body).encode()))
    (only,) = window.segments
    assert (only.start, only.end, only.text) == (50.0, 60.0, " Начали.")
    assert only.avg_logprob is None


def test_no_text_is_a_window_without_segments() -> None:
    (window,), stub = decode(saying(b'{"text": "", "segments": []}'))
    assert window.segments == ()
    assert len(stub.requests) == 1


def test_zeros_in_place_of_figures_say_nothing() -> None:
    body = verbose(segment(0, 1, " Да.", avg_logprob=0.0, no_speech_prob=0.0))
    (window,), _ = decode(saying(body))
    assert window.segments[0].avg_logprob is None
    assert window.segments[0].no_speech_prob is None


def test_texts_that_the_server_stripped_are_set_apart_and_others_are_not() -> None:
    stripped = verbose(segment(0, 1, "Да."), segment(1, 2, "Нет."))
    (window,), _ = decode(saying(stripped))
    assert window.text == "Да. Нет."
    pieces = verbose(
        segment(0, 1, " Вот пло"), segment(1, 2, "хо"), segment(2, 3, " и")
    )
    (window,), _ = decode(saying(pieces))
    assert window.text == " Вот плохо и"


NESTED = verbose(
    segment(
        0,
        2,
        " Да, нет.",
        words=[
            {"word": " Да,", "start": 0.1, "end": 0.5, "probability": 0.9},
            {"word": " нет.", "start": 1.0, "end": 1.5, "probability": 0.8},
        ],
    )
)
LISTED = verbose(
    segment(0, 1, " Да,"),
    segment(1, 2, " нет."),
    words=[
        {"word": "Да", "start": 0.1, "end": 0.5},
        {"word": "нет", "start": 1.0, "end": 1.5},
    ],
)
TOKENS = verbose(
    segment(
        0,
        2,
        " Да, нет.",
        words=[
            {"word": " Да", "start": 0.1, "end": 0.4, "probability": 0.9},
            {"word": ",", "start": 0.4, "end": 0.5, "probability": 0.7},
            {"word": " не", "start": 1.0, "end": 1.2, "probability": 0.8},
            {"word": "т.", "start": 1.2, "end": 1.5, "probability": 0.2},
        ],
    )
)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (NESTED, [[Word(50.1, 50.5, " Да,", 0.9), Word(51.0, 51.5, " нет.", 0.8)]]),
        (LISTED, [[Word(50.1, 50.5, "Да")], [Word(51.0, 51.5, "нет")]]),
        (TOKENS, [[Word(50.1, 50.5, " Да,", 0.9), Word(51.0, 51.5, " нет.", 0.8)]]),
    ],
    ids=["in segments", "in a list", "as tokens"],
)
def test_words_are_read_wherever_a_server_puts_them(
    body: bytes, words: list[list[Word]]
) -> None:
    (window,), stub = decode(saying(body), options=EngineOptions(word_times=True))
    assert [list(one.words) for one in window.segments] == words
    assert stub.requests[0]["timestamp_granularities[]"] == [b"segment", b"word"]
    (window,), _ = decode(saying(body))
    assert [one.words for one in window.segments] == [()] * len(words)


def test_times_beyond_the_window_are_moved_to_its_end_and_no_segment_goes_back() -> (
    None
):
    body = verbose(
        segment(8, 29.98, " Раз."), segment(4, 5, " Два."), segment(31, 33, " Три.")
    )
    (window,), _ = decode(saying(body))
    times = [(one.start, one.end) for one in window.segments]
    assert times == [(58.0, 60.0), (58.0, 58.0), (60.0, 60.0)]
    assert window.text == " Раз. Два. Три."


# ------------------------------------------------------------------------------ temperatures

LOOP = " Мы пришли." * 40


def by_temperature(texts: dict[str, str]) -> Answer:
    def answer(handler: Any, number: int, form: dict[str, list[bytes]]) -> None:
        text = texts[form["temperature"][0].decode()]
        send(handler, verbose(segment(0, 9, text, avg_logprob=-0.2)))

    return answer


def test_a_text_that_repeats_itself_is_asked_for_at_the_next_temperature() -> None:
    answer = by_temperature({"0": LOOP, "0.2": " Начали."})
    options = EngineOptions(temperatures=(0.0, 0.2, 0.4))
    (window,), stub = decode(answer, options=options)
    assert window.text == " Начали."
    assert window.segments[0].temperature == 0.2
    assert len(stub.requests) == 2


def test_where_all_fail_the_text_that_repeats_itself_least_is_taken() -> None:
    def answer(handler: Any, number: int, form: object) -> None:
        unsure = verbose(segment(0, 9, " Начали", avg_logprob=-1.5))
        send(handler, unsure if number else verbose(segment(0, 9, LOOP)))

    options = EngineOptions(temperatures=(0.0, 0.2))
    (window,), _ = decode(answer, options=options)
    assert window.text == " Начали"


def test_terms_go_as_a_prompt_and_an_echo_of_it_is_asked_for_without() -> None:
    terms = ("Lucene", "BM25", "обратный индекс")

    def answer(handler: Any, number: int, form: dict[str, list[bytes]]) -> None:
        text = " Lucene, BM25, обратный индекс." if "prompt" in form else " Начали."
        send(handler, verbose(segment(0, 9, text)))

    (window,), stub = decode(answer, options=EngineOptions(terms=terms))
    prompts = [form.get("prompt") for form in stub.requests]
    assert prompts == [["Lucene, BM25, обратный индекс.".encode()], None]
    assert window.text == " Начали."
    assert window.how.options == {}


def test_a_text_that_the_prompt_did_not_spoil_is_kept_and_says_so() -> None:
    text = " Сегодня мы говорим об обратном индексе и о том, как он хранится на диске."
    (window,), stub = decode(
        saying(verbose(segment(0, 9, text))), options=EngineOptions(terms=("Lucene",))
    )
    assert len(stub.requests) == 1
    assert window.how.options == {"prompted": True}


# ------------------------------------------------------------------------------------ errors


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<html>Welcome</html>", "broken JSON"),
        (b"", "broken JSON"),
        (b"[" * 100_000, "recursion"),
        (b"\xff\xfe", "broken JSON"),
        (b"null", "neither segments nor text"),
        (b'["text"]', "neither segments nor text"),
        (b'{"error": "no"}', "neither segments nor text"),
        (b'{"segments": "x"}', "not a list of objects"),
        (b'{"segments": [{"start": 0, "end": 1}]}', "segment 1 has no text"),
        (b'{"segments": [{"text": "x"}]}', "is not a time"),
        (b'{"segments": [{"text": "x", "start": -1, "end": 1}]}', "is not a time"),
        (b'{"segments": [{"text": "x", "start": NaN, "end": 1}]}', "is not a time"),
    ],
)
def test_an_answer_that_is_no_transcription_is_one_line_with_host_place_and_cause(
    body: bytes, why: str
) -> None:
    with pytest.raises(EndpointError) as caught:
        decode(saying(body))
    line = str(caught.value)
    assert line.startswith("127.0.0.1: the answer is no transcription (")
    assert why in line
    assert "for the sound at 0:50. Check --endpoint-url (base_url in" in line
    assert "\n" not in line


KEY_NAME = "--endpoint-key-env (api_key_env in [transcribe.endpoint])"
STATUSES = {
    413: ", for the sound at 0:50. Look at the server's log.",
    401: f". Name the key's variable: {KEY_NAME}.",
    404: f". Check {BASE_URL} and {MODEL}.",
    500: f". Check {BASE_URL} and that the server runs.",
}


@pytest.mark.parametrize("status", STATUSES)
def test_a_status_that_is_no_answer_is_one_line_with_the_way_out(
    status: int,
) -> None:
    with pytest.raises(EndpointError) as caught:
        decode(lambda handler, number, form: send(handler, b"<b>no</b>", status))
    assert str(caught.value) == f"127.0.0.1: HTTP {status}{STATUSES[status]}"


def test_a_busy_server_is_asked_again() -> None:
    def answer(handler: Any, number: int, form: object) -> None:
        if number:
            return send(handler, verbose(segment(0, 1, " Да.")))
        return send(handler, b"", 503, Retry_After="0")

    (window,), stub = decode(answer)
    assert (window.text, len(stub.requests)) == (" Да.", 2)


def test_an_answer_that_never_ends_is_broken_off_in_time() -> None:
    def drip(handler: Any, number: int, form: object) -> None:
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(b" ")

    with pytest.raises(EndpointError, match=r"more than 2 MB|within 0\.4 s"):
        decode(drip, timeout=0.4)


# ---------------------------------------------------------------------------------- settings


def settings(url: str = "http://127.0.0.1:1/v1", **more: Any) -> TranscribeOptions:
    endpoint = SpeechEndpointOptions(base_url=url, model="whisper-1", **more)
    return TranscribeOptions(engine="endpoint", endpoint=endpoint)


def test_nothing_is_chosen_before_a_person_agreed() -> None:
    with pytest.raises(EndpointError, match="nobody has agreed yet"):
        choose_whisper(settings(), Path())


def test_an_engine_without_a_server_names_the_table_that_is_missing() -> None:
    with pytest.raises(CourseError, match=r"Set --endpoint-url \(base_url in"):
        choose_whisper(TranscribeOptions(engine="endpoint"), Path())


@pytest.mark.parametrize("url", ["ftp://x/v1", f"http://{KEY}@x/v1", "x:1"])
def test_an_address_that_is_none_is_refused_before_any_sound_is_read(url: str) -> None:
    with pytest.raises(
        EndpointError, match=r"base_url in \[transcribe\.endpoint\]"
    ) as caught:
        choose_whisper(settings(url), Path())
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("other", "again"),
    [
        (settings("http://127.0.0.1:2/v1"), True),
        (settings().model_copy(update={"engine": "whisper", "model": "small"}), True),
        (settings(timeout=1.0, api_key_env="A_KEY"), False),
        (settings().model_copy(update={"model": "small"}), False),  # of another engine
    ],
)
def test_address_and_model_belong_to_the_stages_key_and_the_rest_does_not(
    other: TranscribeOptions, again: bool
) -> None:
    found = identify_whisper(settings(), Path())
    assert (identify_whisper(other, Path()) != found) == again


# -------------------------------------------------------------------------------- any answer

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
TIMES = st.floats(0, 100) | JSON
SEGMENTS = st.fixed_dictionaries(
    {"start": TIMES, "end": TIMES, "text": st.text() | JSON},
    optional={
        "avg_logprob": JSON,
        "no_speech_prob": JSON,
        "temperature": JSON,
        "words": st.lists(st.fixed_dictionaries({"word": st.text(), "start": TIMES})),
    },
)
ANSWERS = JSON | st.fixed_dictionaries(
    {},
    optional={
        "text": st.text() | JSON,
        "segments": st.lists(SEGMENTS) | JSON,
        "words": st.lists(st.fixed_dictionaries({"word": st.text()})) | JSON,
        "language": JSON,
    },
)


@given(ANSWERS, st.booleans())
def test_any_answer_is_read_into_the_window_or_refused(
    answer: Any, word_times: bool
) -> None:
    asked = Asked(WINDOW, 0.0, None, terms=(), word_times=word_times)
    try:
        reply = read_reply("host", json.dumps(answer), asked)
    except AnswerError:
        return
    times = [time for one in reply.segments for time in (one.start, one.end)]
    assert all(WINDOW.start <= time <= WINDOW.end for time in times)
    starts = [one.start for one in reply.segments]
    assert starts == sorted(starts)
    assert all(one.text.strip() for one in reply.segments)
    assert "".join(one.text for one in reply.segments) == reply.text
