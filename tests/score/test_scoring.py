"""WER, CER and counts agree with jiwer and with what can be counted by hand."""

from __future__ import annotations

import hashlib
from pathlib import Path

import jiwer
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.data import Sentence, Transcript
from pipeline.errors import FormatError, KonspektError
from pipeline.score import read_reference, score, score_lecture

WORDS = st.lists(st.sampled_from(["мы", "учим", "модель", "модели", "C++", "и", "я", "token"]), max_size=30)


def test_counts_of_a_sentence_with_one_error_of_each_kind() -> None:
    result = score("мы учим большую модель языка", "мы учили модель языка сегодня")
    assert (result.substitutions, result.deletions, result.insertions, result.hits) == (1, 1, 1, 3)
    assert result.wer == 3 / 5


def test_profile_normalised_takes_off_case_punctuation_stress_and_yo() -> None:
    assert score("Ещё раз: замо́к, C++!", "еще раз замок c++", "normalised").wer == 0
    assert score("Ещё раз: замо́к, C++!", "еще раз замок c++").wer == 1


def test_c_plus_plus_is_not_c_and_a_decimal_is_not_its_digits() -> None:
    assert score("C++ 3.14", "C 314", "normalised").substitutions == 2


@given(WORDS, WORDS)
def test_counts_add_up_to_both_lengths(reference: list[str], hypothesis: list[str]) -> None:
    result = score(" ".join(reference), " ".join(hypothesis))
    assert result.hits + result.substitutions + result.deletions == result.reference_words == len(reference)
    assert result.hits + result.substitutions + result.insertions == result.hypothesis_words == len(hypothesis)


@given(WORDS.filter(bool), WORDS)
def test_wer_and_cer_equal_jiwer(reference: list[str], hypothesis: list[str]) -> None:
    left, right = " ".join(reference), " ".join(hypothesis)
    result = score(left, right)
    assert result.wer == pytest.approx(jiwer.wer(left, right))
    assert result.cer == pytest.approx(jiwer.cer(left, right))


@given(WORDS)
def test_a_text_against_itself_has_no_errors(words: list[str]) -> None:
    assert score(" ".join(words), " ".join(words)).errors == 0


def test_an_empty_reference_has_no_wer_unless_the_hypothesis_is_empty_too() -> None:
    assert (score("", "слово").wer, score("", "слово").cer) == (None, None)
    assert (score("", "").wer, score("", "").cer) == (0.0, 0.0)


def test_an_unknown_profile_is_named() -> None:
    with pytest.raises(KonspektError, match="no profile 'fast'"):
        score("а", "б", "fast")


def test_subtitles_give_their_spoken_lines_only(tmp_path: Path) -> None:
    path = tmp_path / "a.reference.vtt"
    path.write_text(
        "WEBVTT\n\nNOTE not spoken\n\n1\n00:00:01.000 --> 00:00:02.000\n<v Анна>Всем привет.\n\n"
        "00:03.000 --> 00:04.000 align:start\nНачнём.\nСегодня индекс.\n"
    )
    assert read_reference(path)[0] == "Всем привет.\nНачнём.\nСегодня индекс."


@pytest.mark.parametrize(("content", "said"), [(b"\xff\xfe", "no words"), (b" \n", "no words"), (b"\xe9\xe8", "UTF-8")])
def test_a_reference_that_cannot_be_used_is_one_line(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "a.reference.txt"
    path.write_bytes(content)
    with pytest.raises(FormatError, match=said):
        read_reference(path)


def test_a_lecture_is_scored_raw_and_normalised_with_the_reference_named(tmp_path: Path) -> None:
    path = tmp_path / "week1.reference.txt"
    path.write_text("Всем привет. Начнём.", encoding="utf-8-sig")
    sentences = (
        Sentence("0:0", 0, 0.0, 0, 13, 0.0, 1.0, "Всем привет! "),
        Sentence("0:13", 0, 0.0, 13, 20, 1.0, 2.0, "Начнем."),
    )
    result = score_lecture(path, Transcript("week1", "ru", sentences, ()))
    assert result.reference == "week1.reference.txt"
    assert result.reference_sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (result.raw.substitutions, result.normalised.wer) == (2, 0.0)
