"""Our decoding loop gives what `whisper.decode` gives, window by window, token for token."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import pytest
import torch
from whisper import DecodingOptions as WhisperOptions
from whisper import DecodingResult as WhisperResult
from whisper import decode

from konspekt.models.tokenizer import tokenizer_of
from konspekt.models.whisper import LoadedWhisper, WhisperChoice, load, load_vocabulary
from konspekt.transcribe.decode import beam_search, loop, sampling
from konspekt.transcribe.decode.decoder import CONTEXT, CrossAttentionCache
from konspekt.transcribe.decode.loop import DecodingRequest
from konspekt.transcribe.decode.options import DecodingOptions
from konspekt.transcribe.decode.prepacking import VOCABULARY, prepack_weights
from konspekt.transcribe.decode.result import DecodingResult
from konspekt.transcribe.engines.whisper import log_mel
from konspekt.transcribe.speech.windows import Grid, Window, cut
from tests.processor import chosen
from tests.small_whisper import small_whisper, speech
from tests.sounds import murmur, random_whisper

# openai-whisper's own
pytestmark = pytest.mark.filterwarnings("ignore:__array_wrap__:DeprecationWarning")

STATE = {
    "n_audio_state": 384,
    "n_audio_head": 6,
    "n_text_state": 384,
    "n_text_head": 6,
}  # whisper tiny's
LAYERS = {"n_audio_layer": 4, "n_text_layer": 4}
LATEST = 50  # stamps: 1 s


def sound_of(model: LoadedWhisper, windows: Sequence[Window]) -> CrossAttentionCache:
    features = (
        model.whisper.encoder(log_mel(model, [window]).to(model.dtype))
        for window in windows
    )
    return CrossAttentionCache(model.whisper, features, len(windows))


@torch.inference_mode()
def ours(
    model: LoadedWhisper,
    windows: Sequence[Window],
    language: str,
    *,
    prompt: Sequence[int] = (),
    beam_size: int = 1,
    max_tokens: int = CONTEXT,
) -> list[DecodingResult]:
    """Return our results, repetition loops and all; a text has `max_tokens` at most."""
    tokenizer = tokenizer_of(model.whisper, language)
    begin = (tokenizer.sot_prev, *prompt) if prompt else ()
    prefix = (*begin, *tokenizer.sot_sequence)
    requests = {
        row: DecodingRequest(language, prefix, LATEST, row)
        for row in range(len(windows))
    }
    with pytest.MonkeyPatch.context() as patch:
        for search in (sampling, beam_search):
            patch.setattr(search, "ends_in_loop", lambda tokens: False)
        limit = min(max_tokens, loop.max_text_tokens(prefix))
        patch.setattr(loop, "max_text_tokens", lambda prefix: limit)
        found = loop.decode_windows(
            sound_of(model, windows), requests, DecodingOptions(beam_size=beam_size)
        )
    return [found[row] for row in range(len(windows))]


def theirs(
    model: LoadedWhisper,
    window: Window,
    language: str | None,
    prompt: Sequence[int] = (),
    **options: Any,
) -> Any:
    wanted = WhisperOptions(
        language=language, fp16=False, prompt=list(prompt) or None, **options
    )
    return decode(model.whisper, log_mel(model, [window])[0], wanted)


def same(answer: DecodingResult, oracle: WhisperResult) -> None:
    assert list(answer.tokens) == oracle.tokens
    assert answer.text == oracle.text
    assert answer.avg_logprob == pytest.approx(oracle.avg_logprob, abs=1e-3)
    assert answer.no_speech_prob == pytest.approx(oracle.no_speech_prob, abs=1e-3)


@pytest.fixture(scope="module")
def random() -> LoadedWhisper:
    whisper = random_whisper(1, **STATE, **LAYERS)
    load_vocabulary(whisper)
    return LoadedWhisper(WhisperChoice("random", None, None, "cpu"), whisper)


@pytest.fixture(scope="module")
def murmured() -> list[Window]:
    return list(cut([murmur(50)], Grid(29, 5)))


@pytest.mark.parametrize("language", ["ru", "de"])
def test_random_weights_of_tinys_shape_give_the_same(
    random: LoadedWhisper, murmured: list[Window], language: str
) -> None:
    answers = ours(random, murmured, language)
    for answer, window in zip(answers, murmured, strict=True):
        same(answer, theirs(random, window, language))
        assert len(set(answer.tokens)) > 2


@pytest.fixture(scope="module")
def small() -> LoadedWhisper:
    model = load(chosen(small_whisper(), Path()))
    prepack_weights(model.whisper)
    return model


@pytest.fixture(scope="module")
def untouched(small: LoadedWhisper) -> LoadedWhisper:
    """It as openai-whisper has it, its matrices not prepacked."""
    return load(small.choice)


@pytest.fixture(scope="module")
def spoken() -> list[Window]:
    """Two windows of speech and a short one: their texts end at different steps."""
    return list(cut([speech(55)], Grid(29, 5)))


def test_trained_weights_give_the_same_of_speech(
    small: LoadedWhisper, untouched: LoadedWhisper, spoken: list[Window]
) -> None:
    answers = ours(small, spoken, "ru", max_tokens=60)
    for answer, window in zip(answers, spoken, strict=True):
        same(answer, theirs(untouched, window, "ru", sample_len=60))
    assert len({len(answer.tokens) for answer in answers}) > 1
    assert [answer.is_cut for answer in answers] == [
        len(answer.tokens) == 60 for answer in answers
    ]


def test_a_prompt_gives_the_same(
    small: LoadedWhisper, untouched: LoadedWhisper, spoken: list[Window]
) -> None:
    prompt = tokenizer_of(small.whisper).encode(" звук, спектр, речь.")
    for answer, window in zip(
        ours(small, spoken[1:], "ru", prompt=prompt, max_tokens=30),
        spoken[1:],
        strict=True,
    ):
        same(answer, theirs(untouched, window, "ru", prompt, sample_len=30))


@pytest.mark.parametrize("size", [2, 5])
def test_beams_of_several_windows_are_those_of_each_alone(
    small: LoadedWhisper, untouched: LoadedWhisper, spoken: list[Window], size: int
) -> None:
    answers = ours(small, spoken, "ru", beam_size=size, max_tokens=40)
    for answer, window in zip(answers, spoken, strict=True):
        same(answer, theirs(untouched, window, "ru", beam_size=size, sample_len=40))


def test_beams_of_random_weights_are_whispers_own(
    random: LoadedWhisper, murmured: list[Window]
) -> None:
    for answer, window in zip(
        ours(random, murmured, "ru", beam_size=5), murmured, strict=True
    ):
        same(answer, theirs(random, window, "ru", beam_size=5))


def test_half_precision_gives_nearly_the_same_words(
    small: LoadedWhisper, spoken: list[Window]
) -> None:
    half = load(chosen(small_whisper(), Path(), "bfloat16"))
    prepack_weights(half.whisper)  # which oneDNN does where the processor has bfloat16
    assert half.whisper.decoder.token_embedding.weight.dtype == torch.bfloat16
    whole, rounded = (
        [one.text.split() for one in ours(model, spoken[:2], "ru", max_tokens=40)]
        for model in (small, half)
    )
    for words, others in zip(whole, rounded, strict=True):
        assert len(words) > 5
        assert SequenceMatcher(None, words, others).ratio() > 0.8


def alike(found: torch.Tensor, wanted: torch.Tensor, roundings: int = 8) -> bool:
    """Whether two products differ by some roundings of the largest number among them at most."""
    largest = float(wanted.abs().max())
    return torch.allclose(
        found, wanted, rtol=0, atol=roundings * torch.finfo(wanted.dtype).eps * largest
    )


@torch.inference_mode()
def test_prepacked_matrices_compute_the_same_but_for_rounding() -> None:
    plain, prepacked = (random_whisper(2, **STATE, **LAYERS) for _ in range(2))
    prepack_weights(prepacked)
    state = torch.randn(
        3, 5, STATE["n_text_state"], generator=torch.Generator().manual_seed(0)
    )
    for name in ("attn.query", "attn.key", "cross_attn.out", "mlp.0"):
        before, after = (
            whisper.decoder.blocks[1].get_submodule(name)
            for whisper in (plain, prepacked)
        )
        assert after.weight is None
        assert alike(after(state), before(state))
    vocabulary = plain.decoder.token_embedding.weight
    assert alike(getattr(prepacked.decoder, VOCABULARY)(state), state @ vocabulary.T)


def test_where_nothing_can_be_prepacked_a_whisper_stays_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*weights: object) -> None:
        raise RuntimeError("oneDNN cannot do that on this processor")

    monkeypatch.setattr(torch.ops.mkldnn, "_reorder_linear_weight", refuse)
    whisper = random_whisper()
    prepack_weights(whisper)
    assert whisper.decoder.blocks[0].attn.query.weight is not None
    assert not hasattr(whisper.decoder, VOCABULARY)
