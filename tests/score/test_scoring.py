"""WER, CER and counts agree with jiwer and with what can be counted by hand."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import jiwer
import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.data import Part, Sentence, Transcript
from konspekt.errors import FormatError, KonspektError
from konspekt.score import effects, score, score_lecture
from konspekt.score.lecture import read_references
from konspekt.score.profiles import rule_names

WORDS = st.lists(
    st.sampled_from(["мы", "учим", "модель", "модели", "C++", "и", "я", "token"]),
    max_size=30,
)


# Words of any letters and marks, but for what a reference may use to say more than words.
ANY_WORD = st.text(
    st.characters(exclude_categories=("Z", "C"), exclude_characters="{}<>|"),
    min_size=1,
    max_size=6,
)
ANY_WORDS = st.lists(ANY_WORD | st.sampled_from(["мы", "и", "модель"]), max_size=20)


def test_counts_of_a_sentence_with_one_error_of_each_kind() -> None:
    result = score("мы учим большую модель языка", "мы учили модель языка сегодня")
    assert (result.substitutions, result.deletions, result.insertions, result.hits) == (
        1,
        1,
        1,
        3,
    )
    assert result.wer == 3 / 5


def test_profile_ru_takes_off_case_punctuation_stress_and_yo() -> None:
    assert score("Ещё раз: замо́к, C++!", "еще раз замок c++", "ru").wer == 0
    assert score("Ещё раз: замо́к, C++!", "еще раз замок c++").wer == 1


def test_c_plus_plus_is_not_c_and_a_decimal_is_not_its_digits() -> None:
    assert score("C++ 3.14", "C 314", "ru").substitutions == 2


@given(WORDS, WORDS)
def test_counts_add_up_to_both_lengths(
    reference: list[str], hypothesis: list[str]
) -> None:
    result = score(" ".join(reference), " ".join(hypothesis))
    assert (
        result.hits + result.substitutions + result.deletions
        == result.reference_words
        == len(reference)
    )
    assert (
        result.hits + result.substitutions + result.insertions
        == result.hypothesis_words
        == len(hypothesis)
    )


@given(ANY_WORDS.filter(bool), ANY_WORDS)
def test_errors_wer_and_cer_equal_jiwer(
    reference: list[str], hypothesis: list[str]
) -> None:
    left, right = " ".join(reference), " ".join(hypothesis)
    result = score(left, right, cer=True)
    theirs = jiwer.process_words(left, right)
    assert result.errors == theirs.substitutions + theirs.deletions + theirs.insertions
    assert result.wer == pytest.approx(theirs.wer)
    assert result.cer == pytest.approx(jiwer.cer(left, right))


# --- where jiwer 4 is wrong


@pytest.mark.parametrize("space", ["\t", "\n", "\N{NO-BREAK SPACE}", "\N{EM SPACE}"])
def test_any_white_space_parts_words_and_for_jiwer_only_u_0020_does(space: str) -> None:
    assert score(f"раз{space}два", "раз два").errors == 0
    assert jiwer.process_words(f"раз{space}два", "раз два").wer > 0


def test_one_letter_lines_count_and_jiwer_s_command_drops_them(tmp_path: Path) -> None:
    reference, hypothesis = ["я", "и", "в доме"], ["а", "и", "в доме"]
    assert score(reference, hypothesis).wer == 1 / 4
    for name, lines in (("reference.txt", reference), ("hypothesis.txt", hypothesis)):
        (tmp_path / name).write_text("\n".join(lines), encoding="utf-8")
    command = [
        str(Path(sys.executable).with_name("jiwer")),
        "-r",
        str(tmp_path / "reference.txt"),
        "-h",
        str(tmp_path / "hypothesis.txt"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert float(done.stdout) == 0.0


def test_words_against_an_empty_reference_are_no_rate_and_for_jiwer_their_number_is() -> (
    None
):
    assert (score("", "а б").wer, score("", "а б").errors) == (None, 2)
    assert jiwer.wer("", "а б") == 2


@given(WORDS)
def test_a_text_against_itself_has_no_errors(words: list[str]) -> None:
    assert score(" ".join(words), " ".join(words)).errors == 0


def test_an_empty_reference_has_no_wer_unless_the_hypothesis_is_empty_too() -> None:
    assert (score("", "слово").wer, score("", "слово", cer=True).cer) == (None, None)
    assert (score("", "").wer, score("", "", cer=True).cer) == (0.0, 0.0)


def test_an_unknown_profile_is_named() -> None:
    with pytest.raises(KonspektError, match="no profile 'fast'"):
        score("а", "б", "fast")


def test_entities_of_a_reference_are_characters(tmp_path: Path) -> None:
    path = tmp_path / "a.reference.vtt"
    path.write_text(
        "WEBVTT\n\n00:01.000 --> 00:02.000\nОтдел R&amp;D: a&nbsp;&lt; b\n",
        encoding="utf-8",
    )
    transcript = told("Отдел R&D: a < b")
    result = score_lecture([path], transcript)
    assert (result.raw.errors, result.normalised.errors) == (0, 0)


def told(*texts: str) -> Transcript:
    sentences = (
        Sentence(f"0:{i}", 0, 0.0, i, i + len(text), float(i), i + 1.0, text)
        for i, text in enumerate(texts)
    )
    return Transcript("week1", "ru", tuple(sentences), ())


def test_a_lecture_is_scored_raw_and_normalised_with_the_reference_named(
    tmp_path: Path,
) -> None:
    path = tmp_path / "week1.reference.txt"
    path.write_text("Всем привет. Начнём.", encoding="utf-8-sig")
    result = score_lecture([path], told("Всем привет! ", "Начнем."))
    assert result.reference == "week1.reference.txt"
    assert result.reference_sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (result.raw.substitutions, result.normalised.wer) == (2, 0.0)


@pytest.mark.parametrize(
    ("ending", "content"),
    [(".txt", b"\xff\xfe"), (".srt", b" \n"), (".md", b"<!-- later -->")],
)
def test_a_reference_without_a_word_is_one_line(
    tmp_path: Path, ending: str, content: bytes
) -> None:
    path = tmp_path / f"a.reference{ending}"
    path.write_bytes(content)
    with pytest.raises(FormatError, match="has no words") as failure:
        score_lecture([path], told("Всем привет."))
    assert "\n" not in str(failure.value)


def test_times_of_a_lecture_s_second_part_begin_where_the_first_ends(
    tmp_path: Path,
) -> None:
    srt = "1\n00:00:01,000 --> 00:00:02,000\nНачнём.\n"
    paths = [tmp_path / "a.reference.srt", tmp_path / "b.reference.srt"]
    for path in paths:
        path.write_text(srt, encoding="utf-8")
    parts = [Part("a.mp3", 0.0, 60.0, ""), Part("b.mp3", 60.0, 30.0, "")]
    assert [said.start for said in read_references(paths, parts)] == [1.0, 61.0]
    assert [said.start for said in read_references(paths)] == [None, None]


def test_a_lecture_in_parts_is_scored_against_their_references_in_order(
    tmp_path: Path,
) -> None:
    first, second = tmp_path / "b.reference.txt", tmp_path / "a.reference.srt"
    first.write_text("Всем привет.", encoding="utf-8")
    second.write_text("1\n00:00:01,000 --> 00:00:02,000\nНачнём.\n", encoding="utf-8")
    result = score_lecture((first, second), told("Всем привет. ", "Начнём."))
    assert (result.raw.errors, result.raw.reference_words, result.raw.cer) == (
        0,
        3,
        0.0,
    )
    assert result.reference == "b.reference.txt + a.reference.srt"
    digests = [
        hashlib.sha256(path.read_bytes()).hexdigest() for path in (first, second)
    ]
    assert (
        result.reference_sha256 == hashlib.sha256("".join(digests).encode()).hexdigest()
    )
    assert (
        score_lecture((second, first), told("Всем привет. ", "Начнём.")).raw.errors > 0
    )


@pytest.mark.parametrize(
    ("reference", "hypothesis", "words"),
    [
        ("в диапазоне от двух до пяти", "в диапазоне от 2 до 5", 6),
        ("в две тысячи двадцать четвёртом году", "в 2024 году", 6),
        ("пятьдесят процентов", "50%", 2),
        ("онлайн-курс по питону", "онлайнкурс по питону", 4),
    ],
)
def test_numbers_by_value_and_joined_words_are_no_errors_and_the_reference_keeps_its_length(
    reference: str, hypothesis: str, words: int
) -> None:
    found = score(reference, hypothesis, "ru")
    assert (found.errors, found.reference_words, found.hits) == (0, words, words)
    assert score(reference, hypothesis).errors > 0


def test_a_rule_left_out_brings_its_errors_back() -> None:
    reference, hypothesis = "Ещё пять — и всё.", "еще 5 и все"
    assert score(reference, hypothesis, "ru").errors == 0
    assert score(reference, hypothesis, "ru", without=["numbers"]).errors == 1
    assert score(reference, hypothesis, "ru", without=["yo", "case"]).errors == 2
    assert effects(reference, hypothesis, "ru") == {
        **dict.fromkeys(rule_names("ru"), 0),
        "case": 1,
        "yo": 2,
        "punctuation": 2,
        "numbers": 1,
    }


def test_an_unknown_rule_is_named_with_those_there_are() -> None:
    with pytest.raises(KonspektError, match=r"no rule 'speed'.*numbers"):
        score("а", "б", "ru", without=["speed"])


def test_a_corpus_is_the_sum_of_its_utterances_each_aligned_alone() -> None:
    alone = [score("i", "i am"), score("am i good", "i good")]
    corpus = score(["i", "am i good"], ["i am", "i good"], cer=True)
    assert corpus.errors == sum(part.errors for part in alone) == 2
    assert corpus.wer == jiwer.wer(["i", "am i good"], ["i am", "i good"])
    assert corpus.cer == pytest.approx(
        jiwer.cer(["i", "am i good"], ["i am", "i good"])
    )
    assert score("i am i good", "i am i good").errors == 0
    assert corpus.alignment[-1].ref_end == corpus.reference_words


def test_an_empty_utterance_counts_with_its_insertions() -> None:
    corpus = score(["да нет", ""], ["да нет", "спасибо за просмотр"])
    assert (corpus.insertions, corpus.wer) == (3, 1.5)


def test_utterances_that_do_not_pair_are_an_error() -> None:
    with pytest.raises(
        KonspektError, match="2 reference utterances cannot be scored against 1"
    ):
        score(["а", "б"], ["а"])


@given(WORDS.filter(bool), WORDS)
def test_mer_wil_and_wip_follow_from_the_counts(
    reference: list[str], hypothesis: list[str]
) -> None:
    found = score(" ".join(reference), " ".join(hypothesis))
    assert found.mer == pytest.approx(found.errors / (found.hits + found.errors))
    assert found.wil == pytest.approx(
        1 - found.hits**2 / (len(reference) * max(len(hypothesis), 1))
    )
    assert found.wip == pytest.approx(1 - found.wil)


def test_nothing_against_nothing_is_perfect_and_words_against_nothing_are_not() -> None:
    assert (score("", "").mer, score("", "").wip, score("", "").wil) == (0.0, 1.0, 0.0)
    assert (score("", "а").mer, score("", "а").wip) == (1.0, 0.0)
    assert (score("а", "").mer, score("а", "").wip) == (1.0, 0.0)
