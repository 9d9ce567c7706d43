"""The demo recording: what its script has is in it, and the committed files are what the script
makes.
"""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest

from konspekt.formats import read
from konspekt.sound import open_recording
from tests.courses import ROOT
from tools.demo.make_recording import (
    HERE,
    PRONUNCIATION,
    Cue,
    Line,
    as_srt,
    pronounce,
    read_script,
    record,
)
from tools.demo.shifting import RATE_HZ
from tools.demo.voices import is_installed

RECORDING = ROOT / "recordings" / "speech.opus"
REFERENCE = RECORDING.with_name("speech.reference.srt")
SCRIPT = (HERE / "speech.txt").read_text(encoding="utf-8")

festival = pytest.mark.skipif(
    not is_installed(), reason="needs festival and festvox-ru"
)


def test_directives_hold_from_where_they_stand() -> None:
    lines = list(
        read_script(
            "[voice student]\nМожно? А как?\n[level -8]\nДа.\n[noise 20]\n\n[hum 3]\nВот."
        )
    )
    assert [(line.text, line.voice, line.level) for line in lines] == [
        ("Можно?", "student", 0.0),
        ("А как?", "student", 0.0),
        ("Да.", "student", -8.0),
        ("", "student", -8.0),
        ("", "student", -8.0),
        ("Вот.", "student", -8.0),
    ]
    assert [(line.pause, line.hum) for line in lines if not line.text] == [
        (20.0, False),
        (3.0, True),
    ]


@pytest.mark.parametrize(
    "directive", ["[voice nobody]", "[music 3]", "[noise]", "[level 3"]
)
def test_an_unknown_directive_is_an_error(directive: str) -> None:
    with pytest.raises(ValueError, match="no such directive"):
        list(read_script(f"{directive}\nДа."))


def test_terms_in_latin_letters_are_given_to_the_voice_in_russian_ones() -> None:
    assert pronounce("Модель Whisper.") == "Модель в+испер."
    assert set(re.findall("[A-Za-z]{2,}", re.sub(r"\[.*\]", "", SCRIPT))) == set(
        PRONUNCIATION
    )


def test_cues_are_written_as_subrip() -> None:
    srt = as_srt([Cue(0.25, 1.5, "Да."), Cue(3661.0, 3662.0004, "Нет.")])
    assert (
        srt
        == "1\n00:00:00,250 --> 00:00:01,500\nДа.\n\n2\n01:01:01,000 --> 01:01:02,000\nНет.\n"
    )


def test_the_lecture_has_what_real_recordings_have() -> None:
    lines = list(read_script(SCRIPT))
    pauses = [line for line in lines if not line.text]
    assert sum(20 <= line.pause <= 40 and not line.hum for line in pauses) == 2
    assert sum(line.hum for line in pauses) == 1
    assert {line.voice for line in lines} == {"lecturer", "student", "assistant"}
    assert len({line.level for line in lines}) > 2
    texts = [line.text for line in lines]
    assert texts.count("Лучше пустое место, чем чужое слово.") == 2
    assert any(line.voice == "student" and line.text.endswith("?") for line in lines)


def test_the_reference_has_each_sentence_of_the_script_without_stress_marks() -> None:
    sentences = [line.text.replace("+", "") for line in read_script(SCRIPT)]
    reference = read(REFERENCE)
    assert [cue.text for cue in reference.utterances] == [s for s in sentences if s]


@pytest.mark.slow
@festival
def test_the_committed_recording_is_what_the_script_speaks() -> None:
    samples, cues = record(list(read_script(SCRIPT)))
    assert REFERENCE.read_text(encoding="utf-8") == as_srt(cues)
    with open_recording(RECORDING, max_hours=1) as sound:
        decoded = np.concatenate(list(sound.blocks()))
    assert RECORDING.stat().st_size < 1_700_000
    assert 6 * 60 < len(decoded) / RATE_HZ < 7.5 * 60
    length = min(len(decoded), len(samples))
    assert abs(len(decoded) - len(samples)) < RATE_HZ / 10
    # Opus is not the sound itself, but it is as loud everywhere.
    for first in range(0, length - RATE_HZ, RATE_HZ):
        one, two = (
            float(np.sqrt(np.mean(x[first : first + RATE_HZ] ** 2)))
            for x in (samples, decoded)
        )
        assert abs(one - two) < 0.2 * one + 0.002


@festival
def test_sentences_follow_one_another_and_the_microphone_is_moved() -> None:
    samples, cues = record(
        [
            Line("Добрый день.", "lecturer", 0.0, 0.5),
            Line("Хорошо.", "assistant", -12.0, 0.5),
            Line("", "x", 0, 2.0),
        ]
    )
    assert all(one.end < two.start for one, two in pairwise(cues))
    loud, quiet = (
        samples[round(cue.start * RATE_HZ) : round(cue.end * RATE_HZ)] for cue in cues
    )
    assert (
        6 < 20 * np.log10(np.sqrt(np.mean(loud**2)) / np.sqrt(np.mean(quiet**2))) < 18
    )
    assert np.sqrt(np.mean(samples[-RATE_HZ:] ** 2)) < 0.003
