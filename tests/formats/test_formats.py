"""What people score is read as it stands: words, ids and times; what cannot be read is one line."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.artifacts.files import dump, dump_transcript
from konspekt.data import Sentence, Transcript
from konspekt.errors import FormatError
from konspekt.formats import FORMATS, SpokenWord, Utterance, plain, vtt
from konspekt.formats.markdown import strip_marks
from konspekt.score.utterances import read_utterances as read
from tests.builders import raw_transcript

WORD = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=8)
WORDS = st.lists(WORD, max_size=20)
EMPTY = (Utterance("", ""),)


@pytest.fixture
def of(tmp_path: Path) -> Any:
    def read_text(
        name: str, text: str | bytes | object, *, hypothesis: bool = False
    ) -> tuple[Utterance, ...]:
        path = tmp_path / name
        if isinstance(text, str):
            text = text.encode()
        path.write_bytes(
            text
            if isinstance(text, bytes)
            else json.dumps(text, ensure_ascii=False).encode()
        )
        return read(path, hypothesis=hypothesis)

    return read_text


def read_again(name: str, text: str) -> tuple[Utterance, ...]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(text.encode())
        return read(path)


def segments(*rows: tuple[float, float, str]) -> list[dict[str, Any]]:
    return [{"start": start, "end": end, "text": text} for start, end, text in rows]


@pytest.mark.parametrize(
    "ending", sorted({ending for kind in FORMATS for ending in kind.endings})
)
@pytest.mark.parametrize("content", [b"", b" \n\n", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_an_empty_file_of_any_format_is_an_empty_text(
    of: Any, ending: str, content: bytes
) -> None:
    assert of(f"a{ending}" if ending.startswith(".") else ending, content) == EMPTY


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", "Всем привет, начнём"),
        ("a.stm", "лекция 1 Анна 0 1 Всем привет, начнём"),
        ("a.trn", "Всем привет, начнём (лекция)"),
        ("a.json", '[{"start": 0, "end": 1, "text": "Всем привет, начнём"}]'),
    ],
)
def test_every_format_comes_in_the_encodings_of_transcripts(
    of: Any, name: str, content: str, encoding: str
) -> None:
    assert of(name, content.encode(encoding))[0].text == "Всем привет, начнём"


def test_the_ending_may_be_in_capitals(of: Any) -> None:
    assert of("A.TXT", "я")[0].text == "я"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.docx", "слово", "not a format that Konspekt reads"),
        ("a", "слово", "not a format that Konspekt reads"),
        ("a.txt", "Всем привет".encode("koi8-r"), "not text in UTF-8"),
        ("a.srt", "слово", "no cue"),
        ("a.vtt", "слово", "not WEBVTT"),
        (
            "a.srt",
            "1\n00:00:09,000 --> 00:00:10,000\nя\n\n2\n00:00:01,000 --> 00:00:02,000\nон\n",
            "cue 2 starts at 1 s",
        ),
        ("a.json", '{"segments": [\n{"start": 0,\n', "line 3: broken JSON"),
        ("a.json", "[" * 100_000, "line 1: broken JSON"),
        ("a.json", '{"words": []}', "a JSON of no known shape"),
        ("a.json", "7", "a JSON of no known shape"),
        ("a.json", '{"segments": 7}', "segments: not a list"),
        ("a.json", '[{"start": 0, "end": 1}]', "segment 1 has no text"),
        (
            "a.json",
            '[{"start": NaN, "end": 1, "text": "я"}]',
            "segment 1: nan is not a time",
        ),
        (
            "a.json",
            '[{"start": -1, "end": 1, "text": "я"}]',
            "segment 1: -1 is not a time",
        ),
        (
            "a.json",
            '[{"start": null, "end": 1, "text": "я"}]',
            "segment 1: None is not a time",
        ),
        (
            "a.json",
            json.dumps(segments((5, 6, "я"), (1, 2, "он"))),
            "segment 2 starts at 1 s, before",
        ),
        (
            "a.jsonl",
            '{"audio_filepath": "a", "text": "я"}\n{"audio_filepath": "b"\n',
            "line 2: broken JSON",
        ),
        (
            "a.jsonl",
            '{"audio_filepath": "a", "text": "я"}\n7\n',
            "line 2 is not an object",
        ),
        (
            "a.jsonl",
            '{"audio_filepath": "a", "text": "я"}\n{"audio_filepath": "b"}\n',
            "line 2 has no text",
        ),
        ("a.jsonl", '{"text": "я"}\n{"text": "он"}\n', "line 1 has no audio_filepath"),
        (
            "a.jsonl",
            '{"audio_filepath": "a", "text": "я"}\n' * 2,
            "line 2: the id 'a' stands in line 1 already",
        ),
        ("a.stm", ";; заметка\nлекция 1 Анна 0\n", "line 2: 4 fields"),
        ("a.stm", "лекция 1 Анна 0 x я", "line 1: 'x' is not a time"),
        ("a.stm", "лекция 1 Анна nan 1 я", "line 1: nan is not a time"),
        ("a.stm", "лекция 1 Анна 2 1 я", "line 1 ends at 1 s, before it starts"),
        ("a.ctm", "лекция 1 0 1\n", "line 1: 4 fields"),
        ("a.ctm", "лекция 1 0 -1 я\n", "line 1: -1.0 is not a time"),
        (
            "a.ctm",
            "лекция 1 5 1 я\nлекция 1 4 1 он\n",
            "line 2: the word starts before",
        ),
        ("a.ctm", "а 1 0 1 я\nа 1 * * <ALT>\n", "line 2: <ALT> is not in place"),
        ("a.ctm", "а 1 * * <ALT_BEGIN>\nа 1 0 1 я\n", "line 1: <ALT_BEGIN> never ends"),
        (
            "a.ctm",
            "а 1 * * <ALT_BEGIN>\nа 1 * * <Alt_Begin>\n",
            "line 2: <Alt_Begin> is not in place",
        ),
        (
            "a.ctm",
            "а 1 * * <ALT_BEGIN>\nб 1 0 1 я\n",
            "line 2: 'б-1' stands among the alternates of 'а-1'",
        ),
        (
            "a.ctm",
            "а 1 * * <ALT_BEGIN>\nа 1 5 1 я\nа 1 4 1 он\n",
            "line 3: the word starts before",
        ),
        (
            "a.ctm",
            "а 1 5 1 я\nа 1 * * <ALT_BEGIN>\nа 1 4 1 я\nа 1 * * <ALT_END>\n",
            "line 2: the word starts before",
        ),
        ("a.trn", "я (а)\nон\n", "line 2 ends without an id"),
        ("a.trn", "я (а)\nон (а)\n", "line 2: the id 'а' stands in line 1 already"),
        ("a.kaldi", "а я\n\nа он\n", "line 3: the id 'а' stands in line 1 already"),
    ],
)
def test_what_cannot_be_read_is_one_line(
    of: Any, name: str, content: str | bytes, said: str
) -> None:
    with pytest.raises(FormatError) as failure:
        of(name, content)
    assert said in str(failure.value)
    assert "\n" not in str(failure.value)


NINES = "9" * 400


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (f'{{"segments": [{{"start": {NINES}, "end": 1, "text": "я"}}]}}', "segment 1"),
        (f'[{{"start": 0, "end": -{NINES}, "text": "я"}}]', "segment 1"),
        (
            f'{{"transcription": [{{"offsets": {{"from": {NINES}, "to": 1}}, "text": "я"}}]}}',
            "segment 1",
        ),
        (f'{{"audio_filepath": "a", "duration": {NINES}, "text": "я"}}', "line 1"),
    ],
)
def test_a_time_beyond_all_numbers_is_one_short_line(
    of: Any, content: str, where: str
) -> None:
    with pytest.raises(
        FormatError, match=f"{where}: -?9+… is not a time between 0 and 1000 hours"
    ) as failure:
        of("a.json", content)
    assert len(str(failure.value)) < 300


def test_a_file_that_is_missing_or_no_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "folder.txt").mkdir()
    os.mkfifo(tmp_path / "pipe.txt")
    for name, said in (
        ("none.txt", "not there"),
        ("folder.txt", "not an ordinary"),
        ("pipe.txt", "not an ordinary"),
    ):
        with pytest.raises(FormatError, match=said):
            read(tmp_path / name)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\ufeff")))
def test_a_plain_text_is_read_as_it_stands(text: str) -> None:
    assert [u.text for u in read_again("a.txt", text)] == [text if text.strip() else ""]


def test_lines_of_one_letter_are_kept(of: Any) -> None:
    assert of("a.txt", "я\nи\nв доме")[0].text.split() == ["я", "и", "в", "доме"]


def test_the_gap_marks_of_a_transcript_txt_are_no_words(of: Any) -> None:
    assert of("a.txt", plain.write(TOLD))[0].text.split() == [
        "Всем",
        "привет.",
        "Начнём.",
    ]


MARKED = "<*> это {слово|слова} <*> слово <*>, {а / б в / @} да <*>"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", MARKED),
        ("a.md", f"- {MARKED}"),
        ("a.srt", f"1\n00:00:01,000 --> 00:00:02,500\n{MARKED}\n"),
        ("a.vtt", f"WEBVTT\n\n00:01.000 --> 00:02.000\n<v Анна>{MARKED}\n"),
        ("a.json", json.dumps([{"start": 0, "end": 1, "text": MARKED}])),
        ("a.jsonl", json.dumps({"audio_filepath": "a", "text": MARKED})),
        ("a.stm", f"лекция 1 Анна 0 1 {MARKED}"),
        ("b.stm", f"лекция 1 Анна 0 1 <o,f0> {MARKED}"),
        (
            "a.ctm",
            "\n".join(
                f"лекция 1 {at} 1 {word}" for at, word in enumerate(MARKED.split())
            ),
        ),
        ("a.trn", f"{MARKED} (лекция)"),
        ("text", f"лекция {MARKED}"),
    ],
)
def test_what_a_reference_leaves_open_comes_through_every_format(
    of: Any, name: str, content: str
) -> None:
    assert of(name, content)[0].text == MARKED


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("**Это <*> слово**, *да <*>* и *<*>*", "Это <*> слово, да <*> и <*>"),
        (
            "\\<\\*\\> да \\<\\*\\>, &lt;*&gt; да &lt;*&gt;, `<*>` да <\\*>",
            "<*> да <*>, <*> да <*>, <*> да <*>",
        ),
        ("| <*> | {а|*б*} | {в \\| г|} |", "| <*> | {а|б} | {в | г|} |"),
        ("а <!-- <*> --> б", "а б"),
        ("# Лекция 1 ##\n\nТекст #1 и C#", "Лекция 1 Текст #1 и C#"),
        ("Лекция\n======\n\nТема\n---\n", "Лекция Тема"),
        (
            "- один\n* два\n  + три\n1. раз\n2) два\n- [x] готово",
            "один два три раз два готово",
        ),
        ("Это было в\n2024. Потом", "Это было в 2024. Потом"),
        ("> слово\n> > - другое", "слово другое"),
        (
            "**жирный**, *курсив*, __ещё__ _и_ ~~нет~~ ***оба***",
            "жирный, курсив, ещё и нет оба",
        ),
        ("**а *б* в** и *г **д***", "а б в и г д"),
        (
            "snake_case_name, 2*3 и 4*5, 2 * 3 * 4, 2**8",
            "snake_case_name, 2*3 и 4*5, 2 * 3 * 4, 2**8",
        ),
        ("a \\*не курсив\\* C:\\new", "a *не курсив* C:\\new"),
        ('[курс](https://a.b/c_(d) "имя") и ![схема](x.png)', "курс и схема"),
        ("[![значок](a.svg)](https://a.b)", "значок"),
        (
            '[курс][1], [сайт] и a[i][j]\n\n[1]: https://a.b "имя"\n[сайт]: <https://c.d>\n',
            "курс, сайт и a[i][j]",
        ),
        ("Код `a_b_c * d`, **`x`** и ``a`b``", "Код a_b_c * d, x и a`b"),
        ("До\n```python\n# x = *a*\n```\nпосле", "До # x = *a* после"),
        ("~~~\nконца нет\n# так", "конца нет # так"),
        ("а <!-- не\n\nслово --> б `<!-- слово -->`", "а б <!-- слово -->"),
        ("начало <!-- конца нет", "начало <!-- конца нет"),
        ("R&amp;D&nbsp;и AT&T", "R&D и AT&T"),
        ("а\n\n* * *\n\nб", "а б"),
        ("+ " * 5000 + "а", "а"),
        ("# \r\n\r\n- да\r\n", "да"),
        ("— Тире\n–5 градусов\n-5 градусов", "— Тире –5 градусов -5 градусов"),
    ],
)
def test_markdown_is_the_words_it_shows(text: str, words: str) -> None:
    assert strip_marks(text).split() == words.split()


@given(WORDS)
def test_every_word_of_a_text_without_marks_is_found_again_in_order(
    words: list[str],
) -> None:
    for name in ("a.txt", "a.md"):
        assert read_again(name, "\n".join(words))[0].text.split() == words


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["# {}", "- {}", "**{}**", "_{}_", "`{}`", "[{}](x)", "> {}", "{}"]
            ),
            WORD,
        )
    )
)
def test_every_word_of_a_marked_text_is_found_again_in_order(
    marked: list[tuple[str, str]],
) -> None:
    text = "\n\n".join(mark.format(word) for mark, word in marked)
    assert strip_marks(text).split() == [word for _, word in marked]


@given(st.text(st.sampled_from("аб \n*_`~[]()<>!-#\\&;:1.\"'|")))
def test_any_markdown_keeps_its_letters_outside_comments_and_links(text: str) -> None:
    kept = strip_marks(text)
    if not any(mark in text for mark in ("<!--", "](", "]:", "```", "~~~")):
        assert [c for c in kept if c in "аб"] == [c for c in text if c in "аб"]


def test_subtitles_are_an_utterance_a_cue_with_its_times(of: Any) -> None:
    assert of("a.srt", "1\n00:00:01,000 --> 00:00:02,500\n<i>Всем</i>\nпривет\n") == (
        Utterance("", "Всем\nпривет", 1.0, 2.5),
    )
    assert of("a.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Анна>R&amp;D\n") == (
        Utterance("", "R&D", 1.0, 2.0, "Анна"),
    )


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("a.stm", "lec 1 anna 0.0 2.0 <o> всем (э-э) привет (%noise)"),
        ("a.trn", "всем (э-э) привет (%noise) (id-1)"),
    ],
)
def test_words_in_brackets_of_nist_s_references_are_optional(
    of: Any, name: str, line: str
) -> None:
    assert of(name, line)[0].text == "всем {э-э / @} привет {%noise / @}"
    assert of(name, line, hypothesis=True)[0].text == "всем (э-э) привет (%noise)"


def test_windows_that_share_sound_are_no_text_to_be_scored(of: Any) -> None:
    with pytest.raises(FormatError, match="windows at 0 s and 25 s share sound"):
        of("a.txt", "[Chunk start 0.00s]: Всем привет\n[Chunk start 25.00s]: привет\n")


def test_cues_that_overlap_are_in_order(of: Any) -> None:
    assert (
        len(
            of(
                "a.vtt",
                "WEBVTT\n\n00:01.000 --> 00:09.000\nя\n\n00:02.000 --> 00:03.000\nон\n",
            )
        )
        == 2
    )


def test_a_vtt_without_cues_as_whisper_writes_it_for_silence_is_an_empty_text(
    of: Any,
) -> None:
    assert of("a.vtt", vtt.write(Transcript("week1", "ru", (), ()))) == EMPTY


CPP = {"offsets": {"from": 0, "to": 1000}, "text": " привет."}


@pytest.mark.parametrize(
    "document",
    [
        {
            "text": " Всем привет.",
            "segments": segments((0, 1, " Всем"), (1, 2, " привет.")),
            "language": "ru",
        },
        segments((0, 1, " Всем"), (1, 2, " привет.")),
        {
            "transcription": [
                CPP | {"text": " Всем"},
                CPP | {"offsets": {"from": 1000, "to": 2000}},
            ]
        },
    ],
    ids=["openai-whisper", "faster-whisper", "whisper.cpp"],
)
def test_whisper_json_is_an_utterance_a_segment(of: Any, document: object) -> None:
    assert of("a.json", document) == (
        Utterance("", " Всем", 0.0, 1.0),
        Utterance("", " привет.", 1.0, 2.0),
    )


def test_whisper_words_keep_their_times_and_whisperx_its_speaker(of: Any) -> None:
    words = [
        {"word": " в", "start": 0.0, "end": 0.2},
        {"word": " 2024"},
        {"word": " году", "start": 0.9, "end": 1.0},
    ]
    (said,) = of(
        "a.json",
        [
            {
                "start": 0,
                "end": 1,
                "text": " в 2024 году",
                "words": words,
                "speaker": "SPEAKER_00",
            }
        ],
    )
    assert said.words == (
        SpokenWord(" в", 0.0, 0.2),
        SpokenWord(" 2024", 0.2, 0.9),
        SpokenWord(" году", 0.9, 1.0),
    )
    assert said.speaker == "SPEAKER_00"


def test_whisper_json_without_segments_is_its_text(of: Any) -> None:
    assert of("a.json", {"text": "Всем привет", "segments": []}) == (
        Utterance("", "Всем привет"),
    )
    assert of("a.json", {"text": "Всем привет"}) == (Utterance("", "Всем привет"),)
    assert of("a.json", {"segments": []}) == of("b.json", []) == EMPTY


def test_half_a_character_in_json_does_not_stop_a_later_stage(of: Any) -> None:
    of("a.json", '[{"start": 0, "end": 1, "text": "я\\ud83d"}]')[0].text.encode()


TOLD = Transcript(
    "week1",
    "ru",
    (
        Sentence("0:0", 0, 0.0, 0, 13, 0.0, 2.0, "Всем привет. "),
        Sentence("0:13", 0, 0.0, 13, 20, 5.0, 6.0, "Начнём."),
    ),
    (),
)


def test_our_transcript_json_is_an_utterance_a_sentence(of: Any) -> None:
    expected = (
        Utterance("", "Всем привет. ", 0.0, 2.0),
        Utterance("", "Начнём.", 5.0, 6.0),
    )
    assert of("transcript.json", dump_transcript(TOLD)) == expected


def test_raw_json_is_an_utterance_a_window(of: Any) -> None:
    raw = dump(raw_transcript([(0.0, "Всем привет."), (30.0, "Начнём.")]))
    assert of("raw.json", raw) == (
        Utterance("", "Всем привет.", 0.0, 30.0),
        Utterance("", "Начнём.", 30.0, 60.0),
    )


def test_raw_json_with_windows_that_share_sound_is_to_be_cleaned_first(of: Any) -> None:
    with pytest.raises(
        FormatError, match=r"windows at 0 s and 25 s share sound.*konspekt clean"
    ):
        of(
            "raw.json",
            dump(raw_transcript([(0.0, "Всем привет."), (25.0, "привет. Начнём.")])),
        )


# --------------------------------------------------------------------------------------------------

MANIFEST = (
    '{"audio_filepath": "a.wav", "duration": 2.5, "text": "мы учим", "pred_text": "мы учили"}\n'
    '{"audio_filepath": "a.wav", "offset": 2.5, "duration": 1, "text": "модель", "pred_text": ""}\n'
)


@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_a_manifest_is_an_utterance_a_line_with_file_and_offset_as_id(
    of: Any, name: str
) -> None:
    assert of(name, MANIFEST) == (
        Utterance("a.wav", "мы учим", 0.0, 2.5, recording="a.wav"),
        Utterance("a.wav@2.5", "модель", 2.5, 3.5, recording="a.wav"),
    )


def test_a_hypothesis_is_what_was_recognised_and_a_reference_what_was_said(
    of: Any,
) -> None:
    assert [u.text for u in of("a.jsonl", MANIFEST, hypothesis=True)] == [
        "мы учили",
        "",
    ]
    rows = [
        {"audio_filepath": f"{name}.wav", "pred_text": text}
        for name, text in ("aя", "bо")
    ]
    only = "\n".join(map(json.dumps, rows))
    assert [u.text for u in of("a.jsonl", only)] == ["я", "о"]


def test_a_line_not_recognised_never_falls_back_to_its_reference(of: Any) -> None:
    with pytest.raises(FormatError, match="line 2 has no pred_text"):
        of("a.jsonl", MANIFEST.replace(', "pred_text": ""', ""), hypothesis=True)


def test_a_manifest_of_one_line_is_read_as_one(of: Any) -> None:
    assert of("a.json", '{"audio_filepath": "a.wav", "text": "я"}') == (
        Utterance("a.wav", "я", recording="a.wav"),
    )


def test_stm_has_ids_times_and_speakers_and_its_label_is_no_word(of: Any) -> None:
    text = ";; заметка\nлекция 1 Анна 0.5 2 <o,f0,male> мы  <смех> учим\nлекция 1 Анна 2 3\n"
    assert of("a.stm", text) == (
        Utterance(
            "лекция-1-0.500", "мы  <смех> учим", 0.5, 2.0, "Анна", recording="лекция-1"
        ),
        Utterance("лекция-1-2.000", "", 2.0, 3.0, "Анна", recording="лекция-1"),
    )


@pytest.mark.parametrize(
    "text", ["IGNORE_TIME_SEGMENT_IN_SCORING", "<O> ignore_time_segment_in_scoring"]
)
def test_a_stretch_that_stm_ignores_has_no_text(of: Any, text: str) -> None:
    (said,) = of("a.stm", f"лекция 1 inter_segment_gap 0 2 {text}\n")
    assert (said.ignored, said.text, said.end) == (True, "", 2.0)


def test_utterances_of_stm_that_begin_together_are_told_apart_by_speaker_then_by_number(
    of: Any,
) -> None:
    together = ("f 1 A 0 2 раз два", "f 1 B 0.0 3 три", "f 1 B 0 1 да", "f 1 B 3 4 нет")
    ids = {u.text: u.id for u in of("a.stm", "\n".join(together))}
    assert ids == {
        "раз два": "f-1-0.000 A",
        "три": "f-1-0.000 B",
        "да": "f-1-0.000 B 2",
        "нет": "f-1-3.000",
    }
    exchanged = of("b.stm", "\n".join((together[1], together[0])))
    assert [u.id for u in exchanged] == ["f-1-0.000 B", "f-1-0.000 A"]


ALTERNATES = """а 1 0.0 0.5 ну
а 1 * * <ALT_BEGIN>
а 1 0.5 0.2 э
а 1 0.7 0.3 э
а 1 * * <ALT>
а 1 0.5 0.7 эм
а 1 * * <ALT>
а 1 0.5 0.1 @
а 1 * * <ALT>
а 1 * * <ALT_END>
а 1 1.5 0.5 да
"""


def test_the_alternates_of_a_ctm_reference_are_one_word_with_its_span(of: Any) -> None:
    slot = SpokenWord("{э э / эм / @ / @}", 0.5, 1.2)
    words = (SpokenWord("ну", 0.0, 0.5), slot, SpokenWord("да", 1.5, 2.0))
    assert of("a.ctm", ALTERNATES) == (
        Utterance(
            "", "ну {э э / эм / @ / @} да", 0.0, 2.0, words=words, recording="а-1"
        ),
    )
    with pytest.raises(
        FormatError, match="line 2: <ALT_BEGIN>: a hypothesis has no alternates"
    ):
        of("a.ctm", ALTERNATES, hypothesis=True)


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (("а 1 0 1 я",), "я"),
        (("а 1 * * @",), ""),
        (("а 1 * * @", "а 1 * * <alt>", "а 1 0 1 @"), ""),
        ((), ""),
    ],
)
def test_alternates_that_leave_no_choice_are_their_words(
    of: Any, lines: tuple[str, ...], text: str
) -> None:
    said = of("a.ctm", "\n".join(("а 1 * * <alt_begin>", *lines, "а 1 * * <alt_end>")))
    assert [u.text for u in said] == [text]


def test_ctm_is_an_utterance_a_recording_with_its_words(of: Any) -> None:
    text = ";; заметка\nа 1 0.5 0.25 мы 0.98\nа 1 0.75 0.25 учим\nб 1 0 1 я\n"
    words = (SpokenWord("мы", 0.5, 0.75), SpokenWord("учим", 0.75, 1.0))
    assert of("a.ctm", text) == (
        Utterance("", "мы учим", 0.5, 1.0, words=words, recording="а-1"),
        Utterance(
            "", "я", 0.0, 1.0, words=(SpokenWord("я", 0.0, 1.0),), recording="б-1"
        ),
    )


def test_stm_and_ctm_of_comments_alone_are_empty_texts(of: Any) -> None:
    assert of("a.stm", ";; заметка\n") == of("a.ctm", ";; заметка\n") == EMPTY


def test_trn_has_its_id_in_the_last_brackets(of: Any) -> None:
    assert of("a.trn", "мы (это я) учим (анна_1)\n(анна_2)\n", hypothesis=True) == (
        Utterance("анна_1", "мы (это я) учим"),
        Utterance("анна_2", ""),
    )


@pytest.mark.parametrize("name", ["a.kaldi", "text"])
def test_kaldi_has_its_id_first(of: Any, name: str) -> None:
    assert of(name, "анна-1 я\u00a0и  он\nанна-2\n") == (
        Utterance("анна-1", "я\u00a0и  он"),
        Utterance("анна-2", ""),
    )


@given(st.dictionaries(WORD, WORDS, min_size=1))
def test_every_word_of_trn_and_kaldi_is_found_again_under_its_id(
    said: dict[str, list[str]],
) -> None:
    kaldi = read_again(
        "text", "".join(f"{name} {' '.join(words)}\n" for name, words in said.items())
    )
    trn = read_again(
        "a.trn",
        "".join(f"{' '.join(words)} ({name})\n" for name, words in said.items()),
    )
    assert (
        {u.id: u.text.split() for u in kaldi}
        == {u.id: u.text.split() for u in trn}
        == said
    )
