"""A few words go where Whisper's own figures speak against them; full windows stay."""

from __future__ import annotations

import pytest

from konspekt.data import RawTranscript, Region
from tests.builders import raw_transcript
from tests.clean.cases import (
    GENERIC,
    LECTURE,
    apart,
    cleaned_raw,
    removed,
    with_figures,
    with_moves,
)

TINY = "Спасибо."
SHORT_WINDOW = [(0.0, "Тише, тише."), (10.0, LECTURE[0][:60])]


def amid(text: str) -> RawTranscript:
    """Return windows of speech around one with some text."""
    return raw_transcript(apart(LECTURE[0], text, LECTURE[1]))


@pytest.mark.parametrize("text", [GENERIC, TINY])
@pytest.mark.parametrize("moves", [0.0, 0.2, 0.34])
def test_a_few_words_at_which_attention_stays_in_one_place_go(
    text: str, moves: float
) -> None:
    result = cleaned_raw(with_moves(amid(text), {1}, moves))
    assert removed(result, "silence") == [text]
    assert {r.code for r in result.removals} == {"still-attention"}
    gaps = [(gap.start, gap.end, gap.cause) for gap in result.transcript.gaps]
    assert (40.0, 70.0, "removed") in gaps


@pytest.mark.parametrize("moves", [0.35, 0.5, 1.0])
def test_words_during_which_attention_moves_on_stay(moves: float) -> None:
    assert removed(cleaned_raw(with_moves(amid(GENERIC), {1}, moves))) == []


def test_full_windows_stay_wherever_attention_goes() -> None:
    assert removed(cleaned_raw(with_moves(amid(LECTURE[2]), {0, 1, 2}, 0.0))) == []


def test_short_windows_go_by_attention_but_not_by_confidence() -> None:
    raw = raw_transcript(SHORT_WINDOW, length=4.0)
    assert removed(cleaned_raw(with_moves(raw, {0}, 0.1))) == ["Тише, тише."]
    assert removed(cleaned_raw(with_figures(raw, {0}, 0.3, -1.5))) == []


@pytest.mark.parametrize(
    ("no_speech_prob", "avg_logprob"), [(0.6, -1.5), (0.01, -3.0), (None, -1.01)]
)
def test_a_few_words_that_failed_at_every_temperature_go(
    no_speech_prob: float | None, avg_logprob: float
) -> None:
    result = cleaned_raw(with_figures(amid(GENERIC), {1}, no_speech_prob, avg_logprob))
    assert removed(result, "silence") == [GENERIC]
    assert {r.code for r in result.removals} == {"failed"}


@pytest.mark.parametrize("avg_logprob", [-1.0, -0.97, None])
def test_a_few_words_that_whisper_believes_stay(avg_logprob: float | None) -> None:
    assert (
        removed(cleaned_raw(with_figures(amid(GENERIC), {1}, 0.5, avg_logprob))) == []
    )


def test_a_full_window_that_failed_at_every_temperature_stays() -> None:
    assert removed(cleaned_raw(with_figures(amid(LECTURE[2]), {1}, 0.1, -1.5))) == []


def test_a_short_utterance_in_a_quiet_recording_stays() -> None:
    quiet = raw_transcript([(200.0, "Тогда до следующей недели, до свидания.")])
    sure = with_moves(with_figures(quiet, {0}, 0.2, -0.5), {0}, 0.8)
    for speech in (None, (Region(210.0, 213.0),)):
        raw = RawTranscript(sure.recording, sure.model, speech, sure.windows)
        assert removed(cleaned_raw(raw)) == []
