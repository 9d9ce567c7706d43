"""Small files of every format, good and broken."""

from __future__ import annotations

import json

from konspekt.artifacts.files import dump, dump_transcript
from konspekt.data import Sentence, Transcript
from tests.builders import raw_transcript

TEXT = "Сегодня говорим об обратном индексе."
RAW = dump(raw_transcript([(0.0, TEXT), (40.0, "Теперь о таблицах.")])).decode()
SENTENCE = Sentence("0:0", 0, 0.0, 0, len(TEXT), 0.0, 2.0, TEXT)
TRANSCRIPT = dump_transcript(Transcript("week1", "ru", (SENTENCE,), ())).decode()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


SEGMENT = {"start": 0, "end": 9, "text": TEXT}

# What transcribe, clean and score all take.
GOOD = {
    "chunks.txt": f"[Chunk start 0s]: {TEXT}\n[Chunk start 40s]: Дальше.\n",
    "a.srt": f"1\n00:00:00,000 --> 00:00:09,000\n{TEXT}\n",
    "late.srt": f"1\n00:00:09,000 --> 00:00:01,000\n{TEXT}\n",
    "a.vtt": f"WEBVTT\n\n00:00.000 --> 00:09.000\n<v Анна>{TEXT}\n",
    "raw.json": RAW,
    "whisper.json": _json(
        {"language": "ru", "text": TEXT, "segments": [SEGMENT | {"seek": 0}]}
    ),
    "list.json": _json([SEGMENT]),
    "late.json": _json([SEGMENT | {"start": 9, "end": 2}]),
    "cpp.json": _json(
        {"transcription": [{"offsets": {"from": 0, "to": 9000}, "text": TEXT}]}
    ),
}

# What none of them takes, and what each says.
BROKEN: dict[str, tuple[str | bytes, str]] = {
    "chunks.txt": (
        "Заголовок\n[Chunk start 0s]: да\n",
        "line 1 comes before any window",
    ),
    "mark.txt": ("[Chunk start 0s: да\n", "line 1 begins like a window and is none"),
    "time.txt": ("[Chunk start -5s]: да\n", "line 1: -5.0 is not a time between"),
    "koi8.txt": (TEXT.encode("koi8-r"), "this is not text in UTF-8"),
    "a.srt": ("Просто текст.\n", "there is no cue in it"),
    "before.srt": (
        f"Да.\nНет.\n\n{GOOD['a.srt']}",
        "there is text before the first cue",
    ),
    "order.srt": (
        "00:00:09,000 --> 00:00:10,000\nя\n\n00:00:01,000 --> 00:00:02,000\nон\n",
        "cue 2 starts at 1 s, before the one above it",
    ),
    "times.srt": (
        "1\n00:00:01 --> 00:00:02\nда\n",
        "line 2: these are not a cue's times",
    ),
    "a.vtt": (GOOD["a.srt"], "its first line is not WEBVTT"),
    "cut.json": (RAW[:-9], "broken JSON"),
    "shape.json": ('{"words": []}', "a JSON of no known shape"),
    "number.json": ("7", "a JSON of no known shape"),
    "format.json": (
        RAW.replace('"format": 1', '"format": 2'),
        "format 2, and this Konspekt reads",
    ),
    "extra.json": (
        RAW.replace('"speech"', '"more": 1, "speech"'),
        "more: this Konspekt knows no such field",
    ),
    "id.json": (RAW.replace('"id": 1', '"id": 0'), "two windows share an id"),
    "nan.json": (
        RAW.replace('"end": 70.0', '"end": NaN'),
        "NaN is not a number of JSON",
    ),
    "ends.json": (
        RAW.replace('"end": 70.0', '"end": 7.0'),
        "something ends before it starts",
    ),
    "segments.json": ('{"segments": 7}', "segments: not a list of objects"),
    "text.json": ('[{"start": 0, "end": 1}]', "segment 1 has no text"),
    "null.json": (
        '[{"start": null, "end": 1, "text": "я"}]',
        "segment 1: None is not a time",
    ),
    "order.json": (
        _json([SEGMENT | {"start": 5}, SEGMENT]),
        "segment 2 starts at 0 s, before",
    ),
    "word.json": (_json([SEGMENT | {"words": [{}]}]), "segment 1, word 1 has no text"),
    "next.json": (
        _json([SEGMENT | {"words": [{"word": "я"}, {"word": "он", "start": "2"}]}]),
        "segment 1, word 2: '2' is not a time in seconds",
    ),
    "cpp.json": ('{"transcription": [{"text": "я"}]}', "segment 1: None is not a time"),
}

# What is scored alone, and why.
SCORED = {
    "plain.txt": (TEXT, "plain text is for scoring alone: it has no times"),
    "a.md": (f"# {TEXT}\n", "Markdown is for scoring alone: it has no times"),
    "transcript.json": (
        TRANSCRIPT,
        "transcript.json is for scoring alone: it is cleaned already",
    ),
    "a.jsonl": (
        _json({"audio_filepath": "a.wav", "text": TEXT}) + "\n",
        "NeMo manifest is for scoring alone: its lines are recordings of their own",
    ),
    "text.json": (_json({"text": TEXT}), "NeMo manifest is for scoring alone"),
    "a.stm": (f"a 1 Анна 0 9 {TEXT}\n", "STM is for scoring alone"),
    "a.ctm": ("a 1 0 1 Сегодня\n", "CTM is for scoring alone"),
    "a.trn": (f"{TEXT} (a)\n", "TRN is for scoring alone: it has no times"),
    "a.kaldi": (f"a {TEXT}\n", "Kaldi text is for scoring alone: it has no times"),
}
