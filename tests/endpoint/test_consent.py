"""Nothing is sent before a person agreed, and an agreement holds for what it was given for."""

from __future__ import annotations

from pathlib import Path

import pytest

from konspekt.course.settings import LLMOptions, SpeechEndpointOptions
from konspekt.endpoint.consent import agree, check_agreed, describe_sending, is_agreed
from konspekt.errors import EndpointError

SERVER = SpeechEndpointOptions(base_url="http://10.0.0.1:8000/v1", model="whisper-1")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def test_what_nobody_agreed_to_is_refused_in_one_line() -> None:
    with pytest.raises(EndpointError) as caught:
        check_agreed(SERVER)
    assert str(caught.value) == (
        "10.0.0.1: nobody has agreed yet that the sound is sent there. "
        "Run again in a terminal, which asks, or with --yes."
    )


def test_an_agreement_is_remembered() -> None:
    agree(SERVER)
    check_agreed(SERVER)
    check_agreed(SERVER.model_copy(update={"timeout": 1.0}))  # which sends no more


@pytest.mark.parametrize(
    "other",
    [
        {"base_url": "http://10.0.0.2:8000/v1"},
        {"model": "large"},
        {"api_key_env": "AWS_SECRET_ACCESS_KEY"},
    ],
)
def test_another_address_model_or_key_needs_another_agreement(
    other: dict[str, str],
) -> None:
    agree(SERVER)
    assert not is_agreed(SERVER.model_copy(update=other))


def test_who_agreed_to_sending_sound_did_not_agree_to_sending_text() -> None:
    agree(SERVER)
    text = LLMOptions(**SERVER.model_dump(include={"base_url", "model"}))
    assert not is_agreed(text)


def test_what_is_sent_is_told_with_address_model_and_the_name_of_the_key() -> None:
    with_key = SERVER.model_copy(update={"api_key_env": "A_KEY"})
    assert describe_sending(with_key) == (
        "The sound of the lectures is sent to http://10.0.0.1:8000/v1, "
        "model 'whisper-1', with the key in A_KEY."
    )
    assert describe_sending(SERVER).endswith(", without a key.")
