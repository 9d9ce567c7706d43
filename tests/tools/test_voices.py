"""Spoken sentences: each written word has its time, the same every run, and one that cannot be said
ends nothing.
"""

from __future__ import annotations

import ctypes
import itertools
import shutil
from pathlib import Path

import numpy as np
import pytest

from tools.speech.voices import SAMPLE_RATE, Spoken, Voice, VoiceError, speak_all

SENTENCE = ["Сегодня", "мы", "говорим", "о", "джи пи ю,", "и", "это", "важно."]


def has_espeak() -> bool:
    try:
        ctypes.CDLL("libespeak-ng.so.1")
    except OSError:
        return False
    return True


espeak = pytest.mark.skipif(not has_espeak(), reason="needs espeak-ng")
festival = pytest.mark.skipif(
    not (
        shutil.which("festival")
        and Path("/usr/share/festival/voices/russian/msu_ru_nsh_clunits").is_dir()
    ),
    reason="needs festival and festvox-ru",
)
engines = pytest.mark.parametrize(
    "voice",
    [
        pytest.param(Voice("espeak"), marks=espeak, id="espeak"),
        pytest.param(Voice("espeak", "m3", 180, 60), marks=espeak, id="espeak-m3"),
        pytest.param(Voice("festival"), marks=festival, id="festival"),
    ],
)


def say(voice: Voice, *sentences: list[str]) -> list[Spoken | None]:
    return list(speak_all([(items, voice) for items in sentences]))


@engines
def test_each_item_has_its_span_of_sound_and_the_next_run_is_the_same(
    voice: Voice,
) -> None:
    first, before, again = say(voice, SENTENCE, ["Ещё", "одна", "фраза?"], SENTENCE)
    assert first is not None
    assert before is not None
    assert again is not None
    assert again.samples.tobytes() == first.samples.tobytes()
    assert again.words == first.words
    assert first.samples.dtype == np.float32
    assert len(first.words) == len(SENTENCE)
    assert all(start < end for start, end in first.words)
    assert all(one[1] <= two[0] + 0.001 for one, two in itertools.pairwise(first.words))
    assert 0 <= first.words[0][0] <= 0.151
    assert 0 <= len(first.samples) / SAMPLE_RATE - first.words[-1][1] <= 0.151
    for start, end in first.words:
        inside = first.samples[int(start * SAMPLE_RATE) : int(end * SAMPLE_RATE)]
        assert np.sqrt((inside**2).mean()) > 0.01


@engines
def test_an_item_of_several_spoken_words_spans_them(voice: Voice) -> None:
    whole, apart = say(
        voice, SENTENCE, [*SENTENCE[:4], "джи", "пи", "ю,", *SENTENCE[5:]]
    )
    assert whole is not None
    assert apart is not None
    assert whole.words[4] == pytest.approx(
        (apart.words[4][0], apart.words[6][1]), abs=0.001
    )


@festival
def test_a_sentence_that_cannot_be_said_is_none_and_the_next_is_said() -> None:
    failed, latin, spoken = say(
        Voice("festival"), ["—"], ["Это", "GPU."], ["Вот", "так."]
    )
    assert failed is None
    assert latin is None
    assert spoken is not None


@espeak
def test_speed_and_pitch_change_the_sound() -> None:
    sounds = [
        say(voice, SENTENCE)[0]
        for voice in (Voice("espeak", "", 110), Voice("espeak", "", 220))
    ]
    slow, fast = (sound.samples for sound in sounds if sound is not None)
    assert len(slow) > 1.4 * len(fast)


@espeak
def test_an_unknown_variant_is_an_error_with_its_package() -> None:
    with pytest.raises(VoiceError, match=r"zzzz.*espeak-ng-data"):
        say(Voice("espeak", "zzzz"), SENTENCE)


def test_a_missing_engine_is_an_error_with_its_package(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from tools.speech import voices

    voices._festival_program.cache_clear()
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(VoiceError, match="festvox-ru"):
        say(Voice("festival"), SENTENCE)
