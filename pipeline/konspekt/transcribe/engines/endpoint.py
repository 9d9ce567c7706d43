"""A transcription server as an engine: `POST …/audio/transcriptions`, as OpenAI describes it.

The sound of each window goes there as WAV, a few at a time. What a server tries at other
temperatures by itself it does not say, so a text that fails is asked for again as with the other
engines.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from konspekt.course.settings import (
    SpeechEndpointOptions,
    TranscribeOptions,
    name_endpoint_setting,
)
from konspekt.data import DecodedWindow, How
from konspekt.endpoint.at_once import map_at_once
from konspekt.endpoint.client import AnswerError, Client, Request
from konspekt.endpoint.consent import check_agreed
from konspekt.errors import CourseError, EndpointError
from konspekt.models.tokenizer import tokenizer_of
from konspekt.models.whisper import WhisperChoice, load_vocabulary
from konspekt.sound import is_silent, to_wav
from konspekt.text.times import clock
from konspekt.transcribe.decode.prompt import prompt_text
from konspekt.transcribe.decode.result import better_result, needs_fallback
from konspekt.transcribe.engines.batch import (
    empty_window,
    is_spoilt_by_prompt,
    note_result,
    plan_attempts,
)
from konspekt.transcribe.engines.engine import Elsewhere, EngineKind, EngineOptions
from konspekt.transcribe.engines.reply import BASE_URL, Asked, SpeechReply, read_reply
from konspekt.transcribe.speech.windows import Window

MODEL = name_endpoint_setting(SpeechEndpointOptions, "model")


@dataclass(frozen=True, slots=True)
class _Multilingual:
    """Stands for the server's Whisper where a prompt's tokens are counted."""

    is_multilingual: bool = True
    num_languages: int = 99


class EndpointEngine:
    """A Whisper of a server; nothing of it is in memory."""

    def __init__(self, choice: WhisperChoice) -> None:
        """Raise EndpointError unless a person agreed, and the address and the key can be used."""
        assert choice.endpoint is not None
        check_agreed(choice.endpoint)
        self._choice = choice
        self._client = Client(choice.endpoint)
        load_vocabulary(_Multilingual())
        self._tokenizer = tokenizer_of(_Multilingual())

    def decode(
        self, windows: Sequence[Window], options: EngineOptions
    ) -> list[DecodedWindow]:
        """Return each window as the server decoded it, see `Engine.decode`.

        Digital silence is not sent. Raises EndpointError.
        """
        return map_at_once(lambda window: self._decode(window, options), windows)

    def _decode(self, window: Window, options: EngineOptions) -> DecodedWindow:
        how = How(self._choice.name, engine=self._choice.engine)
        decoded = empty_window(window, how)
        if is_silent(window.samples):
            return replace(decoded, how=replace(how, is_silent=True))
        reply = self._ask_until_good(window, options)
        return replace(
            decoded,
            language=reply.language or None,
            segments=reply.segments,
            how=note_result(replace(how, sent_to=self._client.host), reply),
        )

    def _ask_until_good(self, window: Window, options: EngineOptions) -> SpeechReply:
        """Return the best reply; a text that fails is asked for at the next attempt."""
        sound = to_wav(window.samples)
        # of several possible languages the server chooses
        language = options.languages[0] if len(options.languages) == 1 else None
        best: SpeechReply | None = None
        for attempt in plan_attempts(self._tokenizer, options):
            temperature, terms = attempt.options.temperature, attempt.terms
            asked = Asked(window, temperature, language, terms, options.word_times)
            reply = self._ask(asked, sound)
            if is_spoilt_by_prompt(reply, terms, window):
                continue
            best = better_result(best, reply)
            if not needs_fallback(reply):
                break
        assert best is not None, "the last attempt has no prompt"
        return best

    def _ask(self, asked: Asked, sound: bytes) -> SpeechReply:
        """Return the reply. An error says of which sound, unless the server cannot be used."""
        request = _encode_form(self._fields(asked), sound)
        try:
            return read_reply(self._client.host, self._client.post(request), asked)
        except AnswerError as error:
            what = f"{error.what}, for the sound at {clock(asked.window.start)}"
            raise EndpointError(what, remedy=error.remedy) from None

    def _fields(self, asked: Asked) -> Iterator[tuple[str, str]]:
        """Yield the fields of a request."""
        yield "model", self._choice.name
        yield "response_format", "verbose_json"
        yield "temperature", f"{asked.temperature:g}"
        yield "timestamp_granularities[]", "segment"
        if asked.word_times:
            yield "timestamp_granularities[]", "word"
        if asked.language is not None:
            yield "language", asked.language
        if asked.terms:
            yield "prompt", prompt_text(asked.terms).strip()


def _encode_form(fields: Iterable[tuple[str, str]], sound: bytes) -> Request:
    """Return a form with a WAV file as `multipart/form-data` (RFC 7578)."""
    boundary = secrets.token_hex(24)
    begin = f"--{boundary}\r\nContent-Disposition: form-data; name="
    parts = [f'{begin}"{name}"\r\n\r\n{value}\r\n' for name, value in fields]
    file = f'{begin}"file"; filename="window.wav"\r\nContent-Type: audio/wav\r\n\r\n'
    head, end = "".join([*parts, file]).encode(), f"\r\n--{boundary}--\r\n".encode()
    media_type = f"multipart/form-data; boundary={boundary}"
    return Request("audio/transcriptions", head + sound + end, media_type)


def _server(options: TranscribeOptions) -> SpeechEndpointOptions:
    """Return the server that the settings name. Raises CourseError where they name none."""
    if options.endpoint is None:
        raise CourseError(
            f"the engine {ENGINE.name!r} needs the address of a server and a model there",
            remedy=f"Set {BASE_URL} and {MODEL}.",
        )
    return options.endpoint


def _choose(options: TranscribeOptions) -> WhisperChoice:
    """Return the server's Whisper. Raises as `EndpointEngine` does, before any sound is read."""
    server = _server(options)
    Client(server)
    check_agreed(server)
    return WhisperChoice(
        server.model, None, None, "cpu", engine=ENGINE.name, endpoint=server
    )


def _identify(options: TranscribeOptions) -> dict[str, str]:
    return _server(options).model_dump(include={"base_url", "model"})


ENGINE = EngineKind(
    "endpoint",
    "a transcription server",
    choose=lambda choice: choice,
    load=EndpointEngine,
    elsewhere=Elsewhere(_choose, _identify),
)
