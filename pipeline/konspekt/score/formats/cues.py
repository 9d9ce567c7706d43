"""Subtitles (`konspekt.text.subtitles`): one utterance a cue."""

from __future__ import annotations

from konspekt.score.formats.source import Kind, Source, check_order
from konspekt.score.formats.utterance import Utterance
from konspekt.text.subtitles import Cue, srt_cues, vtt_cues


def read_srt(source: Source) -> tuple[Utterance, ...]:
    """The cues of SubRip; an end before its start is taken for the start. Raises FormatError."""
    return _utterances(source, srt_cues(source.path, source.text))


def read_vtt(source: Source) -> tuple[Utterance, ...]:
    """The cues of WebVTT, as above; a header alone, which Whisper writes where nothing is said,
    holds none.
    """
    if source.text.strip() == "WEBVTT":
        return ()
    return _utterances(source, vtt_cues(source.path, source.text))


def _utterances(source: Source, cues: tuple[Cue, ...]) -> tuple[Utterance, ...]:
    return check_order(
        source, tuple(Utterance("", cue.text, cue.start, cue.end) for cue in cues), "cue"
    )


SRT = Kind("SubRip", (".srt",), read_srt)
VTT = Kind("WebVTT", (".vtt",), read_vtt)
