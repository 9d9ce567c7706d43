"""Beams with a dictionary: of two texts that sound alike the one with real words is taken."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from whisper.tokenizer import get_tokenizer

from konspekt.transcribe.decode.beam_search import BeamSearch
from konspekt.transcribe.decode.dictionary import Dictionary
from konspekt.transcribe.decode.result import DecodedText

TOKENIZER = get_tokenizer(multilingual=True, language="ru", task="transcribe")
VOCABULARY = 51865
NEVER = -30.0  # log-probability


class Beams:
    """A decoder of one window whose texts have these probabilities."""

    def __init__(self, texts: Mapping[str, float]) -> None:
        self.probabilities = {
            (*TOKENIZER.encode(text), TOKENIZER.eot): share
            for text, share in texts.items()
        }
        self.texts = 1

    def rearrange(self, sources: torch.Tensor) -> None:
        self.texts = len(sources)

    def logits(self, beams: Sequence[Sequence[int]]) -> torch.Tensor:
        """Return the log-probability of each token after each beam."""
        rows = torch.full((len(beams), VOCABULARY), NEVER)
        for row, beam in zip(rows, beams, strict=True):
            for token, share in self._next(tuple(beam)).items():
                row[token] = math.log(share)
        return rows

    def _next(self, beam: tuple[int, ...]) -> dict[int, float]:
        shares: dict[int, float] = {}
        for text, share in self.probabilities.items():
            if text[: len(beam)] == beam and len(text) > len(beam):
                token = text[len(beam)]
                shares[token] = shares.get(token, 0) + share
        return {token: share / sum(shares.values()) for token, share in shares.items()}


def decode(texts: Mapping[str, float], dictionary: Dictionary | None) -> DecodedText:
    """Return the text that a beam search takes among these, by their probabilities."""
    decoder = Beams(texts)
    start: Any = SimpleNamespace(
        decoder=decoder,
        logit_filter=decoder,
        logits=decoder.logits([()]),
        eot=TOKENIZER.eot,
        max_tokens=40,
    )
    search = BeamSearch(start, 5, TOKENIZER, [dictionary])
    logits = start.logits
    for step in range(1, start.max_tokens + 1):
        search.extend(logits)
        if found := search.finished_texts(step):
            return found[0]
        logits = decoder.logits([beam.tokens for beam in search._beams()])
    raise AssertionError


def text_of(found: DecodedText) -> str:
    return str(TOKENIZER.decode(list(found.tokens))).strip()


SOUNDS_LIKE = {" веило скукой": 0.7, " веяло скукой": 0.3}


def test_a_real_word_is_taken_before_a_likelier_one_that_is_none() -> None:
    assert text_of(decode(SOUNDS_LIKE, None)) == "веило скукой"
    assert text_of(decode(SOUNDS_LIKE, Dictionary())) == "веяло скукой"


def test_a_word_of_which_whisper_is_sure_stays_though_no_dictionary_has_it() -> None:
    texts = {" токенизация текста": 0.97, " тонизация текста": 0.03}
    assert text_of(decode(texts, Dictionary())) == "токенизация текста"


def test_a_term_of_the_lecture_costs_nothing() -> None:
    texts = {" энкодер текста": 0.6, " декодер текста": 0.4}
    assert text_of(decode(texts, Dictionary(("энкодер",)))) == "энкодер текста"


def test_the_log_probability_of_a_text_is_whispers_own() -> None:
    found = decode({" веяло": 0.5, " веило": 0.5}, Dictionary())
    assert text_of(found) == "веяло"
    assert found.sum_logprob == pytest.approx(math.log(0.5), abs=1e-3)
