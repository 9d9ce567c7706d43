"""Files pair by name and utterances by id; what has no counterpart is named and its words count."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.errors import FormatError
from konspekt.formats import SpokenWord, Utterance
from konspekt.score.pairing import (
    Match,
    Pair,
    find_passed_over,
    find_unused,
    pair,
    pair_utterances,
)


def written(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("я", encoding="utf-8")
    return folder


# --------------------------------------------------------------------------------------------------


def test_two_files_are_one_pair_whatever_their_names(tmp_path: Path) -> None:
    written(tmp_path, "lec1.reference.txt", "other.srt", "text")
    reference, others = (
        tmp_path / "lec1.reference.txt",
        (tmp_path / "other.srt", tmp_path / "text"),
    )
    assert pair(reference, others) == (Pair("lec1", reference, others),)


def test_folders_pair_by_name_whatever_the_format_and_in_order(tmp_path: Path) -> None:
    refs = written(
        tmp_path / "refs",
        "lec2.txt",
        "lec1.reference.srt",
        "lec3.md",
        "lec3.mp3",
        ".lec4.txt",
    )
    refs.joinpath("lec2.txt").rename(refs / "lec2.reference.stm")
    refs.joinpath("lec3.md").rename(refs / "lec3.reference.md")
    one = written(
        tmp_path / "one",
        "lec1/transcript.json",
        "lec1/transcript.txt",
        "lec2.raw.json",
        "lec3.ctm",
    )
    two = written(tmp_path / "two", "lec1.txt", "lec2.VTT", "lec3.jsonl")
    assert pair(refs, [one, two]) == (
        Pair(
            "lec1",
            refs / "lec1.reference.srt",
            (one / "lec1/transcript.json", two / "lec1.txt"),
        ),
        Pair(
            "lec2",
            refs / "lec2.reference.stm",
            (one / "lec2.raw.json", two / "lec2.VTT"),
        ),
        Pair(
            "lec3", refs / "lec3.reference.md", (one / "lec3.ctm", two / "lec3.jsonl")
        ),
    )


def test_a_folder_of_artifacts_is_its_transcript(tmp_path: Path) -> None:
    reference = written(tmp_path, "lec1.reference.txt") / "lec1.reference.txt"
    folder = written(tmp_path / "lec1", "transcript.json", "raw.json", "transcript.srt")
    assert pair(reference, [folder]) == (
        Pair("lec1", reference, (folder / "transcript.json",)),
    )
    assert pair(folder, [reference])[0].name == "lec1"


def test_a_missing_hypothesis_is_none_in_its_place_and_an_unused_one_is_listed(
    tmp_path: Path,
) -> None:
    refs = written(tmp_path / "refs", "lec1.txt", "lec2.txt")
    one, two = (
        written(tmp_path / "one", "lec1.txt", "lec9.txt"),
        written(tmp_path / "two", "lec2.srt"),
    )
    pairs = pair(refs, [one, two])
    assert [made.hypotheses for made in pairs] == [
        (one / "lec1.txt", None),
        (None, two / "lec2.srt"),
    ]
    assert find_unused(pairs, [one, two]) == (one / "lec9.txt",)


def test_a_course_s_recordings_are_references_by_their_names_alone(
    tmp_path: Path,
) -> None:
    recordings = written(
        tmp_path / "recordings", "lec1.raw.json", "lec1.reference.txt", "lec2.raw.srt"
    )
    outputs = written(
        tmp_path / "output", "lec1/transcript.json", "lec2/transcript.json"
    )
    pairs = pair(recordings, [outputs, recordings])
    lec1 = (outputs / "lec1/transcript.json", recordings / "lec1.raw.json")
    assert pairs == (Pair("lec1", recordings / "lec1.reference.txt", lec1),)
    assert find_unused(pairs, [outputs]) == (outputs / "lec2/transcript.json",)


def test_what_other_files_named_reference_pass_over_is_told(tmp_path: Path) -> None:
    refs = written(
        tmp_path / "refs",
        "l1.txt",
        "l2.reference.txt",
        "l3.raw.srt",
        "l4/transcript.json",
        "l5.mp3",
    )
    assert find_passed_over(refs) == (refs / "l1.txt",)
    assert (
        find_passed_over(refs / "l1.txt")
        == find_passed_over(written(tmp_path / "plain", "l1.txt", "l2.txt"))
        == ()
    )
    assert (
        find_passed_over(
            written(tmp_path / "l4", "transcript.json", "l1.txt", "l2.reference.txt")
        )
        == ()
    )


def test_names_in_two_unicode_forms_are_one_name(tmp_path: Path) -> None:
    refs, hyps = (
        written(tmp_path / "refs", "и\u0306.txt"),
        written(tmp_path / "hyps", "й.txt"),
    )
    assert pair(refs, [hyps])[0].hypotheses == (hyps / "й.txt",)


def test_two_files_of_one_name_are_an_error_that_names_both(tmp_path: Path) -> None:
    refs = written(tmp_path / "refs", "lec1.txt")
    hyps = written(tmp_path / "hyps", "lec1.srt", "lec1/transcript.json")
    with pytest.raises(
        FormatError, match=r"lec1/transcript\.json and lec1\.srt are both named 'lec1'"
    ):
        pair(refs, [hyps])


def test_a_folder_and_a_file_a_place_with_nothing_and_a_folder_without_texts_are_errors(
    tmp_path: Path,
) -> None:
    refs, empty = (
        written(tmp_path / "refs", "lec1.txt"),
        written(tmp_path / "empty", "lec1.mp3"),
    )
    with pytest.raises(
        FormatError, match=r"lec1\.txt: a file, and the reference .* is a folder"
    ):
        pair(refs, [refs / "lec1.txt"])
    with pytest.raises(FormatError, match="no such file or folder"):
        pair(refs, [tmp_path / "none"])
    for sides in ((empty, refs), (refs, empty)):
        with pytest.raises(FormatError, match="empty: no file in it that is scored"):
            pair(sides[0], sides[1:])


# --------------------------------------------------------------------------------------------------


def said(*texts: str, ids: str = "") -> tuple[Utterance, ...]:
    names = ids or " " * len(texts)
    return tuple(
        Utterance(name.strip(), text) for name, text in zip(names, texts, strict=True)
    )


def timed(
    text: str, start: float, recording: str | None = None, identity: str = ""
) -> Utterance:
    """A word a second."""
    words = tuple(
        SpokenWord(word, start + i, start + i + 1)
        for i, word in enumerate(text.split())
    )
    return Utterance(
        identity, text, start, start + len(words), words=words, recording=recording
    )


def texts(matches: tuple[Match, ...]) -> list[tuple[str, str, str]]:
    return [
        (match.key, match.reference_text, match.hypothesis_text) for match in matches
    ]


def test_utterances_pair_by_id_never_by_position() -> None:
    paired = pair_utterances(
        said("я", "и", "он", ids="абв"), said("он", "они", "я", ids="вга")
    )
    assert texts(paired.matches) == [
        ("а", "я", "я"),
        ("б", "и", ""),
        ("в", "он", "он"),
        ("г", "", "они"),
    ]
    assert (paired.by, paired.missing, paired.extra) == ("id", ("б",), ("г",))


@given(st.permutations("абвгд"), st.sets(st.sampled_from("бвгдеж")))
def test_pairing_by_id_does_not_depend_on_the_order_of_lines(
    order: list[str], hypothesis_words: set[str]
) -> None:
    reference = [Utterance(name, f"слово {name}") for name in "абвгд"]
    hypothesis = [Utterance(name, f"речь {name}") for name in sorted(hypothesis_words)]
    straight = pair_utterances(reference, hypothesis)
    mixed = pair_utterances(
        [Utterance(name, f"слово {name}") for name in order], hypothesis[::-1]
    )
    assert set(straight.matches) == set(mixed.matches)
    assert (
        set(straight.missing) == set(mixed.missing) == set("абвгд") - hypothesis_words
    )
    assert set(straight.extra) == set(mixed.extra) == hypothesis_words - set("абвгд")


@given(
    st.lists(st.sampled_from("абвг"), unique=True),
    st.lists(st.sampled_from("абвг"), unique=True),
    st.booleans(),
)
def test_every_utterance_is_in_one_match(
    left: list[str], right: list[str], with_ids: bool
) -> None:
    sides = [
        [Utterance(name if with_ids else "", f"слово {name}") for name in side]
        for side in (left, right)
    ]
    paired = pair_utterances(*sides)
    assert [u for match in paired.matches for u in match.reference] == sides[0]
    assert sorted(
        u.text for match in paired.matches for u in match.hypothesis
    ) == sorted(u.text for u in sides[1])


@pytest.mark.parametrize("nothing", [(), (Utterance("", ""),)])
def test_without_a_hypothesis_every_id_is_missing_and_its_words_are_there(
    nothing: tuple[Utterance, ...],
) -> None:
    paired = pair_utterances(said("я", "и", ids="аб"), nothing)
    assert (texts(paired.matches), paired.missing) == (
        [("а", "я", ""), ("б", "и", "")],
        ("а", "б"),
    )
    assert texts(pair_utterances(said("я и"), nothing).matches) == [("", "я и", "")]
    assert texts(pair_utterances(nothing, nothing).matches) == [("", "", "")]


def test_without_ids_on_a_side_the_texts_are_joined_in_time_order() -> None:
    reference = (timed("начнём", 5), timed("всем привет", 0))
    paired = pair_utterances(reference, said("всем", "привет", "начнём"))
    assert texts(paired.matches) == [
        ("", "всем привет\nначнём", "всем\nпривет\nначнём")
    ]
    assert (paired.by, paired.missing, paired.extra) == ("text", (), ())
    assert pair_utterances(said("я", ids="а"), said("я")).by == "text"


def test_several_recordings_are_joined_each_for_itself() -> None:
    reference = (
        timed("я", 0, "л1", "л1-0"),
        timed("он", 0, "л2", "л2-0"),
        timed("и", 5, "л1", "л1-5"),
    )
    paired = pair_utterances(
        reference, (timed("она", 1, "л2"), timed("я и", 1, "л1"), timed("мы", 0, "л3"))
    )
    assert texts(paired.matches) == [
        ("л1", "я\nи", "я и"),
        ("л2", "он", "она"),
        ("л3", "", "мы"),
    ]
    assert (paired.by, paired.extra) == ("recording", ("л3",))


def test_several_recordings_against_one_text_follow_one_another() -> None:
    reference = (timed("а", 0, "л1"), timed("б", 5, "л1"), timed("в", 0, "л2"))
    assert texts(pair_utterances(reference, said("а б в")).matches) == [
        ("", "а\nб\nв", "а б в")
    ]


def test_one_recording_under_two_names_is_one_text() -> None:
    assert (
        pair_utterances((timed("я", 0, "л-1", "л-1-0"),), (timed("я", 0, "л-A"),)).by
        == "text"
    )


def test_stm_cut_differently_is_joined_by_recording() -> None:
    reference = (timed("всем привет", 0, "л", "л-0"), timed("начнём", 2, "л", "л-2"))
    paired = pair_utterances(
        reference,
        (timed("всем", 0.5, "л", "л-0.5"), timed("привет начнём", 1, "л", "л-1")),
    )
    assert texts(paired.matches) == [
        ("л", "всем привет\nначнём", "всем\nпривет начнём")
    ]


def stretch(
    text: str, start: float, end: float | None, identity: str = ""
) -> Utterance:
    return Utterance(identity or f"л-{start:.3f}", text, start, end, recording="л")


CUT = (stretch("раз два три", 0, 5), stretch("четыре пять шесть", 5, 10))


@pytest.mark.parametrize(
    "hypothesis",
    [
        (stretch("раз два три четыре", 0, 6), stretch("пять шесть", 6, 10)),
        (stretch("раз два три четыре пять шесть", 0, 10),),
        (stretch("раз два три четыре", 0, 6), stretch("пять шесть", 5, 10)),
        (
            stretch("раз два три", 0, 5),
            stretch("четыре", 5, 6),
            stretch("пять шесть", 6, 10),
        ),
        (stretch("раз два три", 0, 5), stretch("четыре пять шесть", 5.5, 10)),
    ],
)
def test_a_start_that_both_cuts_share_does_not_make_them_alike(
    hypothesis: tuple[Utterance, ...],
) -> None:
    for sides in ((CUT, hypothesis), (hypothesis, CUT)):
        paired = pair_utterances(*sides)
        assert (paired.by, paired.missing, paired.extra) == ("recording", (), ())
        (match,) = paired.matches
        assert match.reference_text.split() == match.hypothesis_text.split()


@pytest.mark.parametrize("end", [10.0, 10.01, 9.99, None])
def test_what_is_cut_alike_is_paired_by_id_and_the_missing_is_named(
    end: float | None,
) -> None:
    last = stretch("четыре", 5, end)
    assert texts(pair_utterances(CUT, (last,)).matches)[1] == (
        "л-5.000",
        "четыре пять шесть",
        "четыре",
    )
    assert pair_utterances(CUT, (last,)).missing == ("л-0.000",)
    assert pair_utterances((last,), CUT).extra == ("л-0.000",)


def test_a_recording_as_a_whole_is_not_cut_like_its_pieces() -> None:
    whole = Utterance("л", "раз два три четыре пять шесть", recording="л")
    pieces = (Utterance("л", "раз два три", 0, 5, recording="л"), CUT[1])
    assert [
        pair_utterances(*sides).by for sides in (((whole,), pieces), (pieces, (whole,)))
    ] == ["recording"] * 2


def test_an_ignored_stretch_that_the_hypothesis_cuts_otherwise_stays_out() -> None:
    reference = (stretch("раз", 0, 5), ignored(5, 20))
    paired = pair_utterances(
        reference,
        (stretch("раз", 0, 5), stretch("кашель", 6, 9), stretch("смех", 9, 12)),
    )
    assert (texts(paired.matches), paired.ignored_words) == ([("л", "раз", "раз")], 2)
    kept = pair_utterances(
        (*CUT, ignored(10, 12, identity="л-и")),
        (CUT[0], stretch("кашель", 10, 12, "л-и")),
    )
    assert (kept.by, kept.missing, kept.ignored_words) == ("id", ("л-5.000",), 1)


def ignored(
    start: float, end: float, recording: str = "л", identity: str = "л-и"
) -> Utterance:
    return Utterance(identity, "", start, end, ignored=True, recording=recording)


def test_what_is_said_in_an_ignored_stretch_does_not_count() -> None:
    reference = (
        timed("всем", 0, "л", "л-0"),
        ignored(1, 3),
        timed("начнём", 3, "л", "л-3"),
    )
    words = pair_utterances(reference, (timed("всем кашель смех начнём", 0, "л"),))
    assert texts(words.matches) == [("л", "всем\nначнём", "всем начнём")]
    assert (words.by, words.ignored_words) == ("recording", 2)
    cues = (
        Utterance("", "всем", 0, 1),
        Utterance("", "кашель", 1.2, 2.9),
        Utterance("", "хм начнём", 2.5, 4),
    )
    assert texts(pair_utterances(reference, cues).matches) == [
        ("", "всем\nначнём", "всем\nхм начнём")
    ]


def test_words_that_bring_their_own_spaces_are_left_as_they_were_glued() -> None:
    words = tuple(
        SpokenWord(text, i, i + 1) for i, text in enumerate((" кое", "-что", " смех"))
    )
    paired = pair_utterances(
        (Utterance("", "кое-что"), ignored(2, 3)),
        (Utterance("", " кое-что смех", 0, 3, None, words),),
    )
    assert texts(paired.matches) == [("", "кое-что", " кое-что")]


def test_the_counterpart_of_an_ignored_id_is_neither_extra_nor_scored() -> None:
    reference = (timed("я", 0, "л", "а"), ignored(1, 2, identity="б"))
    paired = pair_utterances(
        reference, (timed("я", 0, "л", "а"), timed("кашель", 1, "л", "б"))
    )
    assert (texts(paired.matches), paired.extra, paired.ignored_words) == (
        [("а", "я", "я")],
        (),
        1,
    )
