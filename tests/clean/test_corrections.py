"""A person's last word: what they keep, drop, replace and redact overrides every rule."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.artifacts import files
from konspekt.clean import check_tiling, clean
from konspekt.clean.explain import explain
from konspekt.clean.redaction import mask
from konspekt.course.corrections import Entry, Kind
from konspekt.course.settings import CleanOptions
from konspekt.data import Cleaned, RawTranscript
from konspekt.errors import FormatError
from konspekt.formats import plain, srt, vtt
from tests.builders import raw_transcript
from tests.clean.cases import LECTURE, STOCK, apart, overlapping, raw_of, timed_window
from tests.clean.test_laws import recordings

SEAM = raw_transcript(
    [
        (0.0, "Первое слово. Дерево растёт вверх."),
        (25.0, "Дерево растёт вверх. Потом оно падает."),
        (80.0, "Конец."),
    ]
)
STOCKED = raw_transcript(apart(STOCK, LECTURE[0], STOCK, LECTURE[1], STOCK, LECTURE[2]))
FILE = "lecture.corrections.toml"


def entry(kind: Kind, text: str | None = None, **fields: Any) -> Entry:
    return Entry(kind, FILE, 1, text=text, **fields)


def corrected(raw: RawTranscript, *entries: Entry) -> Cleaned:
    result = clean(raw, CleanOptions(), None, language="ru", corrections=entries)
    check_tiling(raw, result.transcript, result.removals)
    return result


def read(result: Cleaned) -> str:
    return " ".join(
        sentence.reading.strip()
        for sentence in result.transcript.sentences
        if sentence.reading.strip()
    )


def written(result: Cleaned) -> str:
    """All that cleaning writes."""
    transcript = result.transcript
    parts = (
        plain.write(transcript),
        srt.write(transcript),
        vtt.write(transcript),
    )
    own = (
        files.dump_transcript(transcript),
        files.dump_removals(result.removals),
        files.dump(result.quality),
    )
    return b"".join((*parts, *own)).decode()


# --------------------------------------------------------------------------------------------------


def test_what_a_person_keeps_no_rule_takes_and_the_sentence_says_who_kept_it() -> None:
    assert STOCK not in read(corrected(STOCKED))
    result = corrected(
        STOCKED,
        entry("keep", "уважаемые ЖИЛЬЦЫ просим всех", at=80.0, note="так и было"),
    )
    first = next(
        sentence for sentence in result.transcript.sentences if sentence.window == 2
    )
    assert first.text == "Уважаемые жильцы, просим всех "
    assert [removal.window for removal in result.removals] == [0, 2, 4]
    assert first.kept is not None
    assert (
        first.kept["words"]
        == f"{FILE} keeps it: так и было; the rules alone removed it as phrase"
    )


def test_a_time_alone_keeps_what_was_removed_then() -> None:
    result = corrected(STOCKED, entry("keep", at=95.0))
    assert [removal.window for removal in result.removals] == [0, 4]
    assert read(result).count(STOCK) == 1


def test_what_two_windows_both_have_stands_once_however_it_is_kept() -> None:
    result = corrected(SEAM, entry("keep", "дерево растёт вверх"))
    assert read(result) == read(corrected(SEAM))
    assert result.quality.unmatched == ()


def test_it_stands_twice_where_a_person_names_its_time() -> None:
    result = corrected(SEAM, entry("keep", "дерево растёт вверх", at=27.0))
    assert read(result).count("Дерево растёт вверх.") == 2
    assert result.removals == ()


# --------------------------------------------------------------------------------------------------


def test_what_a_person_drops_is_removed_with_the_copy_that_the_seam_had_taken() -> None:
    result = corrected(SEAM, entry("drop", "РАСТЕТ, вверх!", note="оговорка"))
    assert read(result) == "Первое слово. Дерево Потом оно падает. Конец."
    dropped = [removal for removal in result.removals if removal.reason == "person"]
    assert [(removal.window, removal.text) for removal in dropped] == [
        (0, "растёт вверх."),
        (1, "растёт вверх. "),
    ]
    assert dropped[0].code == "dropped-note"
    assert dropped[0].evidence == {
        "words": f"{FILE} drops it: оговорка",
        "file": FILE,
        "note": "оговорка",
    }
    assert result.quality.removed == {"overlap": 1, "person": 4}


def test_a_text_goes_on_over_a_seam() -> None:
    result = corrected(SEAM, entry("drop", "слово дерево растёт вверх потом"))
    assert read(result) == "Первое оно падает. Конец."


def test_a_second_drops_the_sentence_begun_by_then_and_a_stretch_those_that_lie_in_it() -> (
    None
):
    assert (
        read(corrected(SEAM, entry("drop", at=80.0)))
        == "Первое слово. Дерево растёт вверх. Потом оно падает."
    )
    assert (
        read(corrected(SEAM, entry("drop", at=41.0)))
        == "Первое слово. Дерево растёт вверх. Конец."
    )
    assert (
        read(corrected(SEAM, entry("drop", start=30.0, end=56.0)))
        == "Первое слово. Дерево Конец."
    )


def test_a_text_with_a_time_is_meant_there_alone() -> None:
    raw = raw_transcript(
        apart("Да. Начнём лекцию.", "Да. Продолжим её.", "Да. Закончим.")
    )
    assert (
        read(corrected(raw, entry("drop", "да", at=42.0)))
        == "Да. Начнём лекцию. Продолжим её. Да. Закончим."
    )
    assert (
        read(corrected(raw, entry("drop", "да", start=0.0, end=45.0)))
        == "Начнём лекцию. Продолжим её. Да. Закончим."
    )


def test_the_lectures_own_keep_comes_before_its_course_s_drop_but_not_before_its_own() -> (
    None
):
    raw = raw_transcript(apart("Спасибо. Начнём.", "Ну, спасибо. Всё."))
    everywhere = entry("drop", "спасибо", everywhere=True)
    keep = entry("keep", "спасибо", at=0.0)
    assert read(corrected(raw, everywhere)) == "Начнём. Ну, Всё."
    assert read(corrected(raw, everywhere, keep)) == "Спасибо. Начнём. Ну, Всё."
    assert (
        read(corrected(raw, keep, entry("drop", "спасибо", at=0.0)))
        == "Начнём. Ну, спасибо. Всё."
    )


# --------------------------------------------------------------------------------------------------


def test_a_replacement_is_what_people_read_and_the_raw_text_stays() -> None:
    result = corrected(SEAM, entry("replace", "потом, оно", new="Затем <b>дерево</b>"))
    sentence = next(s for s in result.transcript.sentences if s.replacements)
    assert (sentence.text, sentence.reading) == (
        "Потом оно падает.",
        "Затем <b>дерево</b> падает.",
    )
    (replacement,) = sentence.replacements
    assert (replacement.text, replacement.char_start, replacement.char_end) == (
        "Потом оно",
        21,
        30,
    )
    text = plain.write(result.transcript).decode()
    assert "Затем <b>дерево</b> падает." in text
    assert "Потом" not in text
    assert (
        "Затем &lt;b&gt;дерево&lt;/b&gt; падает."
        in vtt.write(result.transcript).decode()
    )


def test_marks_at_an_end_of_the_old_text_are_replaced_with_it_and_others_stay() -> None:
    raw = raw_transcript(apart("Он сказал: «эйчэн эсвэ», да. И всё."))
    assert (
        read(corrected(raw, entry("replace", "эйчэн эсвэ", new="HNSW")))
        == "Он сказал: «HNSW», да. И всё."
    )
    assert (
        read(corrected(raw, entry("replace", "«эйчэн эсвэ»,", new="HNSW —")))
        == "Он сказал: HNSW — да. И всё."
    )


def test_a_new_text_over_a_seam_stands_once_where_the_old_one_ends() -> None:
    result = corrected(
        SEAM, entry("replace", "дерево растёт вверх", new="Куст растёт вширь")
    )
    assert read(result) == "Первое слово. Куст растёт вширь. Потом оно падает. Конец."


def test_of_two_replacements_of_one_word_the_lecture_s_own_is_made() -> None:
    every = entry("replace", "дерево", new="Куст", everywhere=True)
    assert read(
        corrected(SEAM, every, entry("replace", "дерево растёт", new="Мох лежит"))
    ).startswith("Первое слово. Мох лежит вверх.")


def test_a_transcript_with_replacements_is_read_back(tmp_path: Any) -> None:
    result = corrected(
        SEAM,
        entry("replace", "конец", new="Край"),
        entry("keep", "дерево растёт", at=27.0),
    )
    path = tmp_path / "transcript.json"
    path.write_bytes(files.dump_transcript(result.transcript))
    assert files.load_transcript(path) == result.transcript
    assert '"reading": "Край."' in path.read_text(encoding="utf-8")


def test_the_check_sees_a_replacement_that_is_not_in_its_place() -> None:
    result = corrected(SEAM, entry("replace", "конец", new="Край"))
    sentences = result.transcript.sentences
    (replacement,) = sentences[-1].replacements
    wrong = replace(sentences[-1], replacements=(replace(replacement, text="Край"),))
    with pytest.raises(
        FormatError, match="a replacement's text is not that of the window"
    ):
        check_tiling(
            SEAM,
            replace(result.transcript, sentences=(*sentences[:-1], wrong)),
            result.removals,
        )


# --------------------------------------------------------------------------------------------------


def test_redacted_words_stand_nowhere_and_their_offsets_do() -> None:
    result = corrected(
        SEAM, entry("redact", "дерево РАСТЁТ", note="Дерево растет в саду")
    )
    assert not any(
        word in written(result).casefold() for word in ("дерев", "растёт", "растет")
    )
    assert read(result) == "Первое слово. вверх. Потом оно падает. Конец."
    spans = [
        (r.window, r.char_start, r.char_end, r.text)
        for r in result.removals
        if r.redacted
    ]
    assert spans == [(0, 14, 28, ""), (1, 0, 14, "")]
    assert result.quality.removed == {"overlap": 1, "person": 4}


def test_half_of_the_words_in_a_neighbour_that_was_cut_off_goes_too() -> None:
    raw = raw_transcript(
        overlapping(
            f"{LECTURE[0]} Звоните Ивану", f"Ивану Петрову в деканат. {LECTURE[1]}"
        )
    )
    result = corrected(raw, entry("redact", "Ивану Петрову"))
    assert "Иван" not in written(result)
    raw = raw_transcript(
        overlapping(
            f"{LECTURE[0]} Звоните Ивану Петрову",
            f"Ивану Петрову в деканат. {LECTURE[1]}",
        )
    )
    result = corrected(raw, entry("redact", "звоните Ивану Петрову в деканат"))
    assert not any(
        word in written(result) for word in ("Иван", "Петров", "деканат", "Звоните")
    )


def test_words_that_another_correction_writes_are_redacted_with_all_it_replaced() -> (
    None
):
    fix = entry("replace", "дерево растёт", new="Пётр Иванов", note="это Пётр Иванов")
    result = corrected(SEAM, fix, entry("redact", "петр иванов"))
    assert not any(word in written(result) for word in ("Иванов", "Дерево", "растёт"))
    assert read(result) == "Первое слово. вверх. Потом оно падает. Конец."


def test_evidence_elsewhere_does_not_quote_what_is_redacted() -> None:
    result = corrected(STOCKED, entry("redact", "закрыть окна"))
    assert not any(word in written(result).casefold() for word in ("закрыть", "окна"))
    told = [removal for removal in result.removals if removal.reason == "phrase"]
    assert told
    assert all("[…]" in str(removal.phrase) for removal in told)


def test_a_time_alone_redacts_every_sentence_that_touches_it() -> None:
    raw = raw_of(
        [
            timed_window(
                0, 0.0, [(1.0, "Раз."), (3.0, "Два."), (5.0, "Три."), (9.0, "Пять.")]
            )
        ]
    )
    result = corrected(raw, entry("redact", start=3.1, end=5.0))
    assert read(result) == "Раз. Пять."
    assert not any(word in written(result) for word in ("Два", "Три"))


def test_explaining_does_not_show_what_is_redacted() -> None:
    result = corrected(SEAM, entry("redact", "дерево растёт"))
    lines = explain(SEAM, result.transcript, result.removals, 27.0)
    told = "\n".join("".join(piece.text for piece in line) for line in lines)
    assert "Дерево" not in told
    assert "растёт" not in told
    assert f"person: {FILE} redacts it" in told


def test_masking_takes_whole_phrases_and_at_the_edges_parts_of_them() -> None:
    phrases = {("иван", "петров")}
    assert mask("звал Иван-Петров, да", phrases) == "звал […], да"
    assert mask("Петров и Иван", phrases) == "Петров и Иван"
    assert mask("Петров и Иван", phrases, edges=True) == "[…] и […]"
    assert mask("«Иван»", phrases, edges=True) == "«[…]»"


# --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (
            entry("keep", "нет такого"),
            f"{FILE}: [[keep]] 1 («нет такого») matches nothing",
        ),
        (
            entry("drop", "Конец", at=10.0),
            f"{FILE}: [[drop]] 1 («Конец», 0:10) matches nothing at that time",
        ),
        (
            entry("drop", start=500.0, end=600.0),
            f"{FILE}: [[drop]] 1 (8:20–10:00) matches nothing",
        ),
        (entry("redact", "Иван Петров"), f"{FILE}: [[redact]] 1 matches nothing"),
    ],
)
def test_an_entry_that_matches_nothing_is_said(wanted: Entry, words: str) -> None:
    result = corrected(SEAM, wanted)
    assert result.quality.unmatched == (words,)
    assert replace(result, quality=replace(result.quality, unmatched=())) == corrected(
        SEAM
    )
    assert corrected(
        SEAM, replace(wanted, everywhere=True)
    ).quality.unmatched_of_course == (words,)


def test_a_replacement_of_what_is_removed_alone_is_said() -> None:
    result = corrected(STOCKED, entry("replace", "жильцы", new="гости"))
    assert result.quality.unmatched == (
        f"{FILE}: [[replace]] 1 («жильцы») matches only what is removed",
    )


def test_what_a_person_decided_is_explained() -> None:
    result = corrected(
        SEAM,
        entry("keep", "дерево растёт", at=27.0),
        entry("replace", "потом оно", new="Затем оно", note="дикция"),
    )
    lines = explain(SEAM, result.transcript, result.removals, 27.0)
    marks = {"removed": "[-{}-]", "added": "{{+{}+}}"}
    told = [
        "".join(marks.get(kind, "{}").format(text) for text, kind in line if text)
        for line in lines
    ]
    assert "  Дерево растёт вверх. [-Потом оно-]{+Затем оно+} падает." in told
    assert f"  0:41–0:55 person: {FILE} has other words for it: дикция" in told
    assert (
        f"  0:25–0:40 person: {FILE} keeps it; the rules alone removed it as overlap"
        in told
    )


TEXTS = st.sampled_from(
    [
        "да",
        "Спасибо",
        "в общем",
        "общую общую",
        "результате",
        "GPT 4",
        "block",
        "ветвиться сильно три",
        STOCK[:30],
    ]
)
SECONDS = st.sampled_from([0.0, 10.0, 25.0, 29.5, 47.0, 80.0, 200.0])


@st.composite
def entries(draw: st.DrawFn) -> tuple[Entry, ...]:
    found = []
    for number in range(draw(st.integers(1, 4))):
        kind: Kind = draw(st.sampled_from(["keep", "drop", "replace", "redact"]))
        text = draw(TEXTS if kind == "replace" else st.none() | TEXTS)
        times: dict[str, Any] = {}
        if text is None or draw(st.booleans()):
            one, other = sorted((draw(SECONDS), draw(SECONDS)))
            times = {"at": one} if draw(st.booleans()) else {"start": one, "end": other}
        new = (
            draw(st.sampled_from(["Спасибо", "новые. Слова да", "—"]))
            if kind == "replace"
            else ""
        )
        found.append(
            Entry(
                kind,
                FILE,
                number,
                not times and draw(st.booleans()),
                text,
                new=new,
                **times,
            )
        )
    return tuple(found)


@given(raw=recordings(), wanted=entries())
def test_the_first_law_holds_whatever_a_person_wants_and_cleaning_again_changes_nothing(
    raw: RawTranscript, wanted: tuple[Entry, ...]
) -> None:
    result = corrected(raw, *wanted)
    assert result == corrected(raw, *wanted)
    assert written(result)
    for sentence in result.transcript.sentences:
        assert sentence.start <= sentence.end


@given(raw=recordings(), text=TEXTS)
def test_what_is_redacted_everywhere_is_written_nowhere(
    raw: RawTranscript, text: str
) -> None:
    result = corrected(raw, entry("redact", text))
    spoken = [s.reading for s in result.transcript.sentences] + [
        r.text for r in result.removals
    ]
    for piece in (
        *spoken,
        *(
            str(v)
            for r in result.removals
            for k, v in r.evidence.items()
            if k != "file"
        ),
    ):
        assert mask(piece, {entry("redact", text).words}) == piece
