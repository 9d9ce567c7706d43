"""Raw transcripts of every known format become the windows that transcribe promises; what is wrong
is one line.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.artifacts import files
from konspekt.artifacts.store import canonical_json
from konspekt.course.settings import TranscribeOptions
from konspekt.data import (
    Alternative,
    DecodedWindow,
    How,
    Part,
    RawTranscript,
    Recording,
    Segment,
    Word,
)
from konspekt.errors import FormatError, KonspektError
from konspekt.formats import Document, Utterance
from konspekt.text.encoding import decode
from konspekt.transcribe import read_transcript
from konspekt.transcribe.ready import MAX_WINDOW, windows_of
from tests.builders import raw_transcript

OPTIONS = TranscribeOptions()


def read(
    path: Path, content: bytes | str, options: TranscribeOptions = OPTIONS
) -> RawTranscript:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_transcript("lecture", [path], [path.name], options)


def refusal(path: Path, content: bytes | str) -> str:
    with pytest.raises(KonspektError) as caught:
        read(path, content)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(str(path))
    return message


def spans(raw: RawTranscript) -> list[tuple[float, float, str]]:
    return [(decoded.start, decoded.end, decoded.text) for decoded in raw.windows]


# --------------------------------------------------------------------------------------------------


def test_every_chunk_line_is_a_whole_window(tmp_path: Path) -> None:
    raw = read(
        tmp_path / "a.raw.txt",
        "[Chunk start 0.00s]: Привет, мир\n[Chunk start 25.00s]: \n[Chunk start 50.00s]: ещё",
    )
    assert spans(raw) == [(0, 30, "Привет, мир"), (25, 55, ""), (50, 80, "ещё")]
    assert [decoded.id for decoded in raw.windows] == [0, 1, 2]
    assert raw.windows[1].segments == ()
    assert raw.windows[0].segments == (Segment(0, 30, "Привет, мир"),)
    assert (raw.model, raw.speech, raw.recording.duration) == (
        "chunks",
        None,
        80,
    )


def test_the_windows_length_and_language_are_settings(tmp_path: Path) -> None:
    options = TranscribeOptions(chunk_window=20, language="ru")
    raw = read(tmp_path / "a.raw.txt", "[Chunk start 5s] да\n", options)
    assert spans(raw) == [(5, 25, "да")]
    assert raw.windows[0].language == "ru"


def test_a_line_break_inside_a_text_is_kept_and_blank_lines_between_windows_are_not(
    tmp_path: Path,
) -> None:
    raw = read(
        tmp_path / "a.raw.txt",
        "[Chunk start 0s]: раз\r\nдва\r\n\r\nтри\r\n\r\n\r\n[Chunk start 25s]: четыре\r\n",
    )
    assert [decoded.text for decoded in raw.windows] == ["раз\nдва\n\nтри", "четыре"]


def test_windows_out_of_order_are_sorted(tmp_path: Path) -> None:
    raw = read(tmp_path / "a.raw.txt", "[Chunk start 25s]: б\n[Chunk start 0s]: а\n")
    assert [(decoded.id, decoded.text) for decoded in raw.windows] == [
        (0, "а"),
        (1, "б"),
    ]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("Просто текст лекции.\n", "plain text is for scoring alone: it has no times"),
        ("\n\n", "nothing is said in it"),
        ("Заголовок\n[Chunk start 0s]: а", "line 1 comes before any window"),
        ("[Chunk start nan]: а", "line 1: nan is not a time"),
        ("[Chunk start inf]: а", "not a time between 0 and 1000 hours"),
        ("[Chunk start -5]: а", "not a time between 0 and 1000 hours"),
        ("[Chunk start 1e9]: а", "not a time between 0 and 1000 hours"),
        (
            "[Chunk start 0s]: а\n[Chunk start первый]: б",
            "line 2: 'первый' is not a time",
        ),
    ],
)
def test_a_chunk_file_that_is_none_says_what_is_expected(
    tmp_path: Path, content: str, what: str
) -> None:
    message = refusal(tmp_path / "a.raw.txt", content)
    assert what in message


@given(
    texts=st.lists(
        st.text(
            alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\n\r")
        ).filter(lambda text: text.strip()),
        min_size=1,
        max_size=5,
    )
)
def test_any_text_of_one_line_comes_back_unchanged(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    """Control characters, NUL and strange line separators included."""
    path = tmp_path_factory.mktemp("chunks") / "a.raw.txt"
    raw = read(
        path,
        "".join(
            f"[Chunk start {25 * i}.00s]: {text}\n" for i, text in enumerate(texts)
        ),
    )
    assert [decoded.text for decoded in raw.windows] == texts


def test_a_line_of_ten_megabytes_is_read(tmp_path: Path) -> None:
    text = "слово " * 1_000_000
    assert (
        read(tmp_path / "a.raw.txt", f"[Chunk start 0s]: {text}").windows[0].text
        == text
    )


# --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
def test_the_encodings_russian_comes_in_are_read(tmp_path: Path, encoding: str) -> None:
    text = "Сегодня — о метриках: точность, полнота и F1. «Ёлки», No 5."
    raw = read(tmp_path / "a.raw.txt", f"[Chunk start 0s]: {text}\n".encode(encoding))
    assert raw.windows[0].text == text


@pytest.mark.parametrize(
    "content",
    [
        "Сегодня о метриках".encode("koi8-r"),
        "Сегодня о метриках".encode("cp866"),
        "Le café est déjà prêt, voilà".encode("cp1252"),
        "Сегодня о метриках".encode() + b"\xff",
        "Сегодня".encode("utf-16") + b"\x00",
        bytes(range(128, 256)) * 10,
    ],
)
def test_a_text_in_no_known_encoding_is_refused(content: bytes) -> None:
    with pytest.raises(FormatError, match="Save it as UTF-8"):
        decode(Path("a.raw.txt"), content)


# --------------------------------------------------------------------------------------------------

SRT = """1
00:00:01,000 --> 00:00:04,500
Привет,
<i>мир</i>!

2
00:00:04,500 --> 00:00:20,000
{\\an8}Метрика < 5 и a<b

3
00:00:29,000 --> 00:00:40,000
1984

4
01:00:00,000 --> 01:00:02,000
Конец.
"""


def test_subrip_cues_become_windows_of_at_most_half_a_minute(tmp_path: Path) -> None:
    raw = read(tmp_path / "a.raw.srt", SRT)
    assert spans(raw) == [
        (1, 20, "Привет,\nмир! Метрика < 5 и a<b"),
        (29, 40, "1984"),
        (3600, 3602, "Конец."),
    ]
    assert [segment.start for segment in raw.windows[0].segments] == [1, 4.5]
    assert raw.model == "srt"


def test_subrip_without_numbers_or_blank_lines_is_read(tmp_path: Path) -> None:
    raw = read(
        tmp_path / "a.raw.srt",
        "00:00:00,000 --> 00:00:01,000\nа\n\n00:00:01,0 --> 00:00:02,0\nб\n"
        "3\n00:03.5 --> 00:04.0\nв",
    )
    assert spans(raw) == [(0, 4, "а б в")]
    assert raw.windows[0].segments[2].start == 3.5


def test_a_blank_line_inside_a_cue_does_not_lose_what_follows(tmp_path: Path) -> None:
    raw = read(
        tmp_path / "a.raw.srt",
        "1\n00:00:00,000 --> 00:00:01,000\nа\n\nещё\n\n2\n00:00:01,000 --> 00:00:02,000\nб\n",
    )
    assert raw.windows[0].text == "а\n\nещё б"


VTT = """WEBVTT - лекция
Kind: captions

STYLE
::cue { color: red }

NOTE это примечание
на две строки

intro
00:01.000 --> 00:04.500 align:start position:0%
<v Лектор>Привет,<00:00:02.000><c> мир</c> &amp; A&lt;B

00:00:04.500 --> 00:00:06.000
NOTE — это слово лекции
"""


def test_webvtt_text_is_read_without_its_markup(tmp_path: Path) -> None:
    raw = read(tmp_path / "a.raw.vtt", VTT)
    assert spans(raw) == [(1, 6, "Привет, мир & A<B NOTE — это слово лекции")]
    assert raw.model == "vtt"


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("a.raw.srt", "", "nothing is said in it"),
        ("a.raw.srt", "просто текст", "no cue"),
        (
            "a.raw.srt",
            "заголовок\nдве строки\n\n1\n00:00:00,000 --> 00:00:01,000\nа",
            "before the first cue",
        ),
        (
            "a.raw.srt",
            "1\n999999:00:00,000 --> 999999:00:01,000\nа",
            "not a time between 0 and 1000 hours",
        ),
        ("a.raw.vtt", SRT, "not WEBVTT"),
        ("a.raw.vtt", "WEBVTT\n\n", "nothing is said in it"),
    ],
)
def test_subtitles_that_are_none_are_refused(
    tmp_path: Path, name: str, content: str, what: str
) -> None:
    assert what in refusal(tmp_path / name, content)


def test_megabytes_of_opening_brackets_are_read_in_linear_time(tmp_path: Path) -> None:
    text = "<" * 3_000_000 + "{\\" * 1_000_000
    assert (
        read(tmp_path / "a.raw.srt", f"1\n00:00:00,000 --> 00:00:01,000\n{text}")
        .windows[0]
        .text
        == text
    )
    read(tmp_path / "a.raw.vtt", f"WEBVTT\n\n00:00.000 --> 00:01.000\n{text}")


CUES = st.lists(
    st.builds(
        lambda start, length, text: Utterance("", text, start, start + length),
        st.floats(0, 200),
        st.floats(0, 40),
        st.sampled_from(["а", " б", "в ", " г "]),
    ),
    max_size=20,
)


@given(cues=CUES)
def test_windows_made_of_cues_share_no_sound_and_lose_no_text(
    cues: list[Utterance],
) -> None:
    decoded_windows = windows_of(Document("srt", tuple(cues)), chunk_window=30.0)
    assert [s.text.strip() for h in decoded_windows for s in h.segments] == [
        cue.text.strip() for cue in sorted(cues, key=attrgetter("start", "end"))
    ]
    for decoded in decoded_windows:
        assert decoded.end - decoded.start <= MAX_WINDOW or len(decoded.segments) == 1
        assert len(decoded.text.split()) == len(decoded.segments)
    for one, next_one in pairwise(decoded_windows):
        assert one.end <= next_one.start


# --------------------------------------------------------------------------------------------------


def segment(start: float, end: float, text: str, **more: Any) -> dict[str, Any]:
    return {"start": start, "end": end, "text": text, **more}


def test_whisper_json_gives_one_window_for_every_seek(tmp_path: Path) -> None:
    figures = {
        "avg_logprob": -0.3,
        "no_speech_prob": 0.1,
        "compression_ratio": 1.5,
        "temperature": 0.0,
    }
    document = {
        "text": "…",
        "language": "ru",
        "segments": [
            segment(0.0, 4.0, " Раз", seek=0, **figures),
            segment(4.0, 27.0, " два.", seek=0, **figures),
            segment(27.5, 29.0, " Три", seek=2700, **figures),
            segment(95.0, 96.0, " Четыре", seek=9000, **figures),
        ],
    }
    raw = read(tmp_path / "a.raw.json", json.dumps(document, ensure_ascii=False))
    assert spans(raw) == [(0, 27, " Раз два."), (27, 57, " Три"), (90, 120, " Четыре")]
    assert raw.windows[0].segments[0] == Segment(
        0, 4, " Раз", (), 0.0, -0.3, 0.1, 1.5, 0.0
    )
    assert {decoded.language for decoded in raw.windows} == {"ru"}
    assert raw.model == "whisper-json"


def test_a_seek_that_names_the_windows_end_is_not_believed(tmp_path: Path) -> None:
    """faster-whisper's batched decoding writes it so."""
    document = {
        "segments": [segment(0, 5, " а", seek=3000), segment(30, 35, " б", seek=6000)]
    }
    assert spans(read(tmp_path / "a.raw.json", json.dumps(document))) == [
        (0, 5, " а"),
        (30, 35, " б"),
    ]


def test_whisperx_words_are_carried_over_and_those_without_times_placed(
    tmp_path: Path,
) -> None:
    words = [
        {"word": "В", "start": 1.0, "end": 1.2, "score": 0.9},
        {"word": "2024"},
        {"word": "году", "start": 2.0, "end": 2.4, "score": 0.8},
    ]
    document = {
        "segments": [segment(1, 2.5, "В 2024 году", words=words), segment(3, 4, "Да")],
        "language": "ru",
    }
    raw = read(tmp_path / "a.raw.json", json.dumps(document))
    assert [
        (w.text, w.start, w.end, w.probability)
        for w in raw.windows[0].segments[0].words
    ] == [
        ("В", 1, 1.2, 0.9),
        ("2024", 1.2, 2, None),
        ("году", 2, 2.4, 0.8),
    ]
    assert raw.windows[0].text == "В 2024 году Да"


def test_faster_whisper_segments_as_a_list_are_read(tmp_path: Path) -> None:
    items = [
        {"id": 1, "seek": None, "words": None, "avg_logprob": float("nan")}
        | segment(0, 2, " Да")
    ]
    raw = read(tmp_path / "a.raw.json", json.dumps(items))
    assert spans(raw) == [(0, 2, " Да")]
    assert raw.windows[0].segments[0].avg_logprob is None


def test_whisper_cpp_counts_milliseconds(tmp_path: Path) -> None:
    document = {
        "result": {"language": "ru"},
        "transcription": [
            {
                "timestamps": {"from": "00:00:00,000"},
                "offsets": {"from": 0, "to": 3240},
                "text": " Раз",
            },
            {"offsets": {"from": 40_000, "to": 41_000}, "text": " Два"},
        ],
    }
    raw = read(tmp_path / "a.raw.json", json.dumps(document))
    assert spans(raw) == [(0, 3.24, " Раз"), (40, 41, " Два")]
    assert (raw.model, raw.windows[0].language) == ("whisper.cpp", "ru")


def test_what_konspekt_wrote_it_reads_as_it_was(tmp_path: Path) -> None:
    before = raw_transcript([(0, "а"), (25, ""), (50, "б")])
    after = read(tmp_path / "lecture.raw.json", files.dump(before))
    assert after.windows == before.windows
    assert (after.model, after.speech) == (before.model, before.speech)
    assert after.recording.duration == before.recording.duration


def test_half_of_a_surrogate_pair_becomes_a_character_that_can_be_written(
    tmp_path: Path,
) -> None:
    raw = read(
        tmp_path / "a.raw.json",
        '{"segments": [{"start": 0, "end": 1, "text": "a\\ud83d \\ud83d\\ude00"}]}',
    )
    assert raw.windows[0].text == "a\N{REPLACEMENT CHARACTER} 😀"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("{", "line 1: broken JSON"),
        ("[" * 100_000, "line 1: broken JSON"),
        ("1" * 5000, "line 1: broken JSON"),
        ("[]", "nothing is said in it"),
        ("{}", "a JSON of no known shape"),
        ("3", "a JSON of no known shape"),
        ('{"segments": 3}', "segments: not a list of objects"),
        ('{"segments": [3]}', "segments: not a list of objects"),
        ('{"segments": [{}]}', "segment 1: None is not a time"),
        (
            '{"segments": [{"start": 0, "end": NaN, "text": "a"}]}',
            "segment 1: nan is not a time",
        ),
        (
            '{"segments": [{"start": 0, "end": 1e400, "text": "a"}]}',
            "segment 1: inf is not a time",
        ),
        (
            '{"segments": [{"start": -1, "end": 1, "text": "a"}]}',
            "segment 1: -1 is not a time",
        ),
        (
            '{"segments": [{"start": true, "end": 1, "text": "a"}]}',
            "segment 1: True is not a time",
        ),
        (
            '{"segments": [{"start": 0, "end": 1, "text": null}]}',
            "segment 1 has no text",
        ),
        (
            '{"segments": [{"start": 0, "end": 1, "text": "a", "words": [{}]}]}',
            "segment 1, word 1 has no text",
        ),
        (
            '{"segments": [{"start": 0, "end": 1, "text": "a", "words": 5}]}',
            "words: not a list of objects",
        ),
        (
            '{"transcription": [{"offsets": {"from": "x"}, "text": ""}]}',
            "segment 1: 'x' is not a time",
        ),
        (
            '{"format": 1, "recording": {}, "windows": []}',
            "recording.id: field required",
        ),
    ],
)
def test_json_that_is_no_transcript_is_refused(
    tmp_path: Path, content: str, what: str
) -> None:
    assert what in refusal(tmp_path / "a.raw.json", content)


def test_a_damaged_konspekt_file_is_refused(tmp_path: Path) -> None:
    fields = json.loads(files.dump(raw_transcript([(0, "а"), (25, "б")])))
    fields["windows"][1]["id"] = 0
    assert "two windows share an id" in refusal(
        tmp_path / "a.raw.json", canonical_json(fields)
    )
    fields["windows"][1] |= {"id": 1, "end": 1.0}
    assert "window 1: something ends before it starts" in refusal(
        tmp_path / "a.raw.json", canonical_json(fields)
    )
    fields["windows"][1] |= {"end": -1.0}
    assert "not a time" in refusal(tmp_path / "a.raw.json", canonical_json(fields))


def test_what_was_read_before_does_not_change_what_is_refused(tmp_path: Path) -> None:
    fields = json.loads(files.dump(raw_transcript([(0, "а")]))) | {"extra": 1}
    path = tmp_path / "a.raw.json"
    before = refusal(path, canonical_json(fields))
    with pytest.raises(FormatError, match="extra"):
        files.load_raw(path)
    assert "extra: this Konspekt knows no such field" in before
    assert refusal(path, canonical_json(fields)) == before


@given(
    document=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
        lambda children: (
            st.lists(children, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "segments",
                        "start",
                        "end",
                        "text",
                        "words",
                        "seek",
                        "transcription",
                        "offsets",
                        "from",
                        "to",
                    ]
                ),
                children,
                max_size=5,
            )
        ),
        max_leaves=20,
    )
)
def test_no_json_makes_a_crash(
    tmp_path_factory: pytest.TempPathFactory, document: Any
) -> None:
    path = tmp_path_factory.mktemp("json") / "a.raw.json"
    with suppress(FormatError):
        read(path, json.dumps(document))


# --------------------------------------------------------------------------------------------------


def test_parts_follow_one_another(tmp_path: Path) -> None:
    (tmp_path / "a.raw.txt").write_text(
        "[Chunk start 0s]: а\n[Chunk start 25s]: б", encoding="utf-8"
    )
    (tmp_path / "b.raw.srt").write_text(
        "1\n00:00:01,000 --> 00:00:02,000\nв", encoding="utf-8"
    )
    paths = [tmp_path / "a.raw.txt", tmp_path / "b.raw.srt"]
    raw = read_transcript(
        "lecture", paths, ["recordings/a.raw.txt", "recordings/b.raw.srt"], OPTIONS
    )
    assert spans(raw) == [(0, 30, "а"), (25, 55, "б"), (56, 57, "в")]
    assert [decoded.id for decoded in raw.windows] == [0, 1, 2]
    assert raw.windows[2].segments == (Segment(56, 57, "в"),)
    assert [(part.path, part.start, part.duration) for part in raw.recording.parts] == [
        ("recordings/a.raw.txt", 0, 55),
        ("recordings/b.raw.srt", 55, 2),
    ]
    assert raw.model == "chunks + srt"


def test_what_was_not_chosen_of_a_part_moves_with_its_window(tmp_path: Path) -> None:
    words = (Word(1.0, 2.0, " One."),)
    other = Alternative("en", (Segment(1.0, 2.0, " One.", words),), How("base"))
    window = DecodedWindow(0, 0.0, 30.0, "ru", (), How("base"), (other,))
    part = Part("a.wav", 0.0, 30.0, "0" * 64)
    raw = RawTranscript(Recording("a", (part,)), "base", None, (window,))
    paths = [tmp_path / "a.raw.json", tmp_path / "b.raw.json"]
    for path in paths:
        path.write_bytes(files.dump(raw))
    both = read_transcript("lecture", paths, ["a", "b"], OPTIONS)
    (moved,) = both.windows[1].alternatives
    assert moved.segments[0] == Segment(
        31.0, 32.0, " One.", (Word(31.0, 32.0, " One."),)
    )


def test_a_transcript_too_large_to_be_one_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.raw.txt"
    with path.open("wb") as file:
        file.truncate(201 * 10**6)
    with pytest.raises(FormatError, match="201 MB; 200 MB are read at most"):
        read_transcript("lecture", [path], ["a"], OPTIONS)


def test_a_pipe_in_a_transcripts_place_is_refused_without_waiting(
    tmp_path: Path,
) -> None:
    os.mkfifo(tmp_path / "a.raw.txt")
    with pytest.raises(FormatError, match="not an ordinary file"):
        read_transcript("lecture", [tmp_path / "a.raw.txt"], ["a"], OPTIONS)
