"""What people bring instead of a transcript: every format gives a one-line error or a correct
result, never a crash, and what was brought is never changed.

A row is the damage, what it does to a good file of each format, and what must come of it. That is a
part of the message, or the words that are kept.
"""

# ruff: noqa: E501 - a table is read by its columns

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from konspekt.artifacts import files
from konspekt.clean import check_tiling, clean
from konspekt.course.settings import CleanOptions, TranscribeOptions
from konspekt.errors import FormatError, KonspektError
from konspekt.formats import plain, srt, vtt
from konspekt.transcribe import read_transcript
from tests.builders import raw_transcript

FIRST, SECOND = "Сегодня о деревьях поиска.", "Теперь о таблицах."
WINDOWS = [(0.0, FIRST), (40.0, SECOND)]

CHUNKS = f"[Chunk start 0.00s]: {FIRST}\n[Chunk start 40.00s]: {SECOND}\n"
SRT = f"1\n00:00:00,000 --> 00:00:30,000\n{FIRST}\n\n2\n00:00:40,000 --> 00:01:10,000\n{SECOND}\n"
VTT = (
    f"WEBVTT\n\n00:00.000 --> 00:30.000\n{FIRST}\n\n00:40.000 --> 01:10.000\n{SECOND}\n"
)
WHISPER = json.dumps(
    {
        "segments": [
            {"id": 0, "start": t, "end": t + 30, "text": text} for t, text in WINDOWS
        ]
    },
    ensure_ascii=False,
)
OURS = files.dump(raw_transcript(WINDOWS)).decode()
CPP = json.dumps(
    {
        "transcription": [
            {"offsets": {"from": int(t * 1000), "to": int(t * 1000) + 30000}, "text": x}
            for t, x in WINDOWS
        ]
    },
    ensure_ascii=False,
)
GOOD = {
    "a.raw.txt": CHUNKS,
    "a.raw.srt": SRT,
    "a.raw.vtt": VTT,
    "w.raw.json": WHISPER,
    "k.raw.json": OURS,
    "c.raw.json": CPP,
}


@dataclass(frozen=True)
class Row:
    """A damage: what it makes of which files, and what comes of it."""

    name: str
    harm: Callable[[str], str | bytes]
    kept: tuple[str, ...] | None = (FIRST, SECOND)  # None: refused
    says: str = ""  # of the refusal
    only: tuple[str, ...] = tuple(GOOD)


def swap(old: str, new: str) -> Callable[[str], str]:
    def harmed(good: str) -> str:
        assert old in good
        return good.replace(old, new)

    return harmed


TXT, SUBTITLES, JSONS = (
    ("a.raw.txt",),
    ("a.raw.srt", "a.raw.vtt"),
    ("w.raw.json", "k.raw.json", "c.raw.json"),
)
LINES = ("a.raw.txt", "a.raw.srt", "a.raw.vtt")
HUGE = "1" + "0" * 400
# fmt: off
ROWS = [
    Row("as it should be", lambda good: good),
    # ---- encodings
    Row("UTF-8 with its mark", lambda good: good.encode("utf-8-sig")),
    Row("Windows-1251", lambda good: good.encode("cp1251")),
    Row("UTF-16, little end first, with its mark", lambda good: b"\xff\xfe" + good.encode("utf-16-le")),
    Row("UTF-16, big end first, with its mark", lambda good: b"\xfe\xff" + good.encode("utf-16-be")),
    Row("UTF-16, little end first, without a mark", lambda good: good.encode("utf-16-le")),
    Row("UTF-16, big end first, without a mark", lambda good: good.encode("utf-16-be")),
    Row("UTF-16 cut inside a character", lambda good: good.encode("utf-16")[:-1], None, "not text in UTF-16"),
    Row("UTF-8 cut inside a character", lambda good: good.encode() + b"\xd0", None, "not text in UTF-8"),
    Row("bytes of no text", lambda good: bytes(range(128, 256)) * 9, None, "not text in UTF-8"),
    # ---- layout
    Row("line ends of Windows", swap("\n", "\r\n"), only=(*LINES, "k.raw.json")),
    Row("nothing in it", lambda good: "", None),
    Row("blanks alone", lambda good: " \n\t\n", None),
    Row("NUL bytes alone", lambda good: "\x00" * 50, None),
    Row("another text", lambda good: "Просто заметки к лекции.\nИ ещё строка.\n", None),
    Row("a mark before every line", swap("[Chunk", "\ufeff\u200f[Chunk"), only=TXT),
    Row("a window's mark without a time", swap("40.00s]", "]"), None, "line 2 begins like a window", TXT),
    Row("a window's mark that is not closed", swap("40.00s]", "40.00s"), None, "line 2 begins like a window", TXT),
    Row("a cue's times without a fraction", swap("40,000 -->", "40 -->"), None, "not a cue's times", SUBTITLES[:1]),
    # ---- signs inside the text: they are part of it
    *(
        Row(f"{name} in the text", swap("деревьях", f"дере{sign}вьях"), (FIRST.replace("деревьях", f"дере{sign}вьях"), SECOND), only=only)
        for name, sign, only in (
            ("a zero-width space", "\u200b", tuple(GOOD)),
            ("a right-to-left mark", "\u200f", tuple(GOOD)),
            ("a right-to-left override", "\u202e", tuple(GOOD)),
            ("a byte order mark", "\ufeff", tuple(GOOD)),
            ("a line separator", "\u2028", tuple(GOOD)),
            ("NUL", "\x00", LINES),
            ("a bell", "\x07", LINES),
            ("an escape sequence", "\x1b[31m", LINES),
            ("a character beyond the first plane", "😀", tuple(GOOD)),
        )
    ),
    Row("escaped NUL in the text", swap("деревьях", "дере\\u0000вьях"), (FIRST.replace("деревьях", "дере\x00вьях"), SECOND), only=JSONS),
    Row("half of a surrogate pair", swap("деревьях", "дере\\ud83dвьях"), (FIRST.replace("деревьях", "дере\ufffdвьях"), SECOND), only=("w.raw.json", "c.raw.json")),
    Row("half of a surrogate pair in our own", swap("деревьях", "дере\\ud83dвьях"), None, "half of a character", ("k.raw.json",)),
    # ---- JSON
    Row("cut in the middle", lambda good: good[: len(good) // 2], None, "broken JSON", JSONS),
    Row("a comma too many", lambda good: good.rstrip()[:-1] + ",}", None, "broken JSON", JSONS),
    Row("a number", lambda good: "3", None, "a JSON of no known shape", JSONS),
    Row("a string", lambda good: '"текст"', None, "a JSON of no known shape", JSONS),
    Row("null", lambda good: "null", None, "a JSON of no known shape", JSONS),
    Row("a list of lists", lambda good: "[[1, 2]]", None, "not a list of objects", JSONS),
    Row("another object", lambda good: '{"text": "Да."}', None, ("NeMo manifest is for scoring "
        "alone"), JSONS),
    Row("an object for the list", swap('"segments": [', '"segments": {"a": [') , None, "broken JSON", ("w.raw.json",)),
    Row("brackets without end", lambda good: "[" * 200_000, None, "broken JSON", JSONS),
    Row("two windows of one id", swap('"id": 1,', '"id": 0,'), None, "share an id", ("k.raw.json",)),
    Row("two segments of one id", lambda good: good, only=("w.raw.json",)),
    # ---- times
    Row("out of order", lambda _: (f"[Chunk start 40s]: {SECOND}\n[Chunk start 0s]: "
        f"{FIRST}\n"), only=TXT),
    Row("out of order, cues", lambda _: SRT.replace("00:00:00,000", "00:01:30,000").replace("00:00:30,000", "00:02:00,000"), None, "cue 2 starts at 40 s, before the one above it", SUBTITLES[:1]),
    Row("all at one time", swap("40.00s", "0.00s"), only=TXT),
    Row("all at one time, segments", lambda good: json.dumps({"segments": [{"start": 0, "end": 9, "text": t} for t in (FIRST, SECOND)]}), only=("w.raw.json",)),
    Row("negative, a window", swap("40.00s", "-40s"), None, ("not a time between 0 and 1000 "
        "hours"), TXT),
    Row("negative, a cue", swap("00:00:40,000", "-00:00:40,000"), None, "not a cue's times", SUBTITLES[:1]),
    Row("negative, a segment", swap('"start": 40.0', '"start": -40.0'), None, "not a time between 0", ("w.raw.json", "k.raw.json")),
    Row("negative, an offset", swap('"from": 40000', '"from": -40000'), None, "not a time between 0", ("c.raw.json",)),
    Row("end before start, a cue", swap("01:10", "00:10"), only=SUBTITLES),
    Row("end before start, a segment", swap('"end": 70.0', '"end": 7.0'), only=("w.raw.json",)),
    Row("of a later format", swap('"format": 1', '"format": 2'), None, ("format 2, and this "
        "Konspekt reads 1"), ("k.raw.json",)),
    Row("end before start, ours", swap('"end": 70.0', '"end": 7.0'), None, "ends before it starts", ("k.raw.json",)),
    Row("end before start, an offset", swap('"to": 70000', '"to": 7'), only=("c.raw.json",)),
    *(
        Row(f"{time} for a time", swap('"start": 40.0', f'"start": {time}'), None, "", ("w.raw.json", "k.raw.json"))
        for time in ("NaN", "Infinity", "-Infinity", "1e400", HUGE, "null", '"40"x', "[]")
    ),
    *(
        Row(f"{time} for an offset", swap('"from": 40000', f'"from": {time}'), None, "", ("c.raw.json",))
        for time in ("NaN", "Infinity", HUGE, "null", '"40"', "true", "{}")
    ),
    Row("a thousand years", swap("40.00s", "31536000000s"), None, ("not a time between 0 and 1000 "
        "hours"), TXT),
    Row("a cue after a thousand hours", swap("00:00:40,000 --> 00:01:10,000", ("90000:00:40,000 "
        "--> 90000:01:10,000")), None, "1000 hours", SUBTITLES[:1]),
    # ---- Whisper's figures
    *(
        Row(f"{value} for a figure", swap('"id": 0,', (f'"seek": {value}, "avg_logprob": {value}, '
            f'"temperature": {value},')), only=("w.raw.json",))
        for value in ("NaN", "Infinity", HUGE, "1e400", "null", '"x"', "true", "[]")
    ),
    Row("-5 for a figure", swap('"id": 0,', '"seek": -5, "temperature": -5,'), only=("w.raw.json",)),
    Row("NaN for a figure of ours", swap('"avg_logprob": null', '"avg_logprob": NaN'), None, "NaN is not a number", ("k.raw.json",)),
    Row("a figure of ours beyond every float", swap('"avg_logprob": null', '"avg_logprob": 1e999'), None, "1e999 is not a number", ("k.raw.json",)),
]
# fmt: on
CASES = [
    pytest.param(row, name, id=f"{row.name}-{name[0]}")
    for row in ROWS
    for name in row.only
]


def kept(path: Path) -> tuple[str, ...]:
    """What is kept of a file, each window by itself, after all that a lecture's files go
    through.
    """
    raw = read_transcript("lecture", [path], [path.name], TranscribeOptions())
    path.with_name("raw.json").write_bytes(files.dump(raw))
    raw = files.load_raw(path.with_name("raw.json"))
    result = clean(raw, CleanOptions(), None, language="ru")
    check_tiling(raw, result.transcript, result.removals)
    (
        files.dump(result.quality),
        files.dump_removals(result.removals),
        files.dump_transcript(result.transcript),
    )
    plain.write(result.transcript), srt.write(result.transcript)
    vtt.write(result.transcript)
    return tuple(sentence.text.strip() for sentence in result.transcript.sentences)


@pytest.mark.parametrize(("row", "name"), CASES)
def test_a_bad_file_is_one_clear_line_or_a_correct_result(
    tmp_path: Path, row: Row, name: str
) -> None:
    path = tmp_path / name
    content = row.harm(GOOD[name])
    brought = content if isinstance(content, bytes) else content.encode()
    path.write_bytes(brought)
    if row.kept is None:
        with pytest.raises(KonspektError) as caught:
            kept(path)
        message = str(caught.value)
        assert message.startswith(str(path))
        assert row.says in message
        assert "\n" not in message
        assert caught.value.remedy
    else:
        assert kept(path) == row.kept
    assert path.read_bytes() == brought


@pytest.mark.parametrize("name", GOOD)
def test_a_folder_in_a_files_place_is_one_clear_line(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(KonspektError, match="not an ordinary file"):
        kept(tmp_path / name)


@pytest.mark.parametrize("name", GOOD)
def test_a_line_of_ten_megabytes_is_read(tmp_path: Path, name: str) -> None:
    long = "слово " * 900_000
    (tmp_path / name).write_text(
        GOOD[name].replace(SECOND, long.strip()), encoding="utf-8"
    )
    raw = read_transcript("lecture", [tmp_path / name], [name], TranscribeOptions())
    assert raw.windows[1].text.strip() == long.strip()


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('"id": 1,', '"id": 0,', "two windows share an id"),
        ('"end": 70.0', '"end": 1e300', "not a time between 0 and 1000 hours"),
        ('"end": 70.0', '"end": -1e300', "not a time between 0 and 1000 hours"),
        ('"end": 70.0', '"end": NaN', "NaN is not a number"),
    ],
)
def test_a_raw_json_that_somebody_changed_is_refused_before_it_is_cleaned(
    tmp_path: Path, old: str, new: str, what: str
) -> None:
    (tmp_path / "raw.json").write_text(OURS.replace(old, new), encoding="utf-8")
    with pytest.raises(FormatError, match=what):
        files.load_raw(tmp_path / "raw.json")
