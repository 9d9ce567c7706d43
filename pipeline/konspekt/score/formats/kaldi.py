"""Kaldi's `text`: an id and the words a line."""

from __future__ import annotations

from konspekt.score.formats.source import Kind, Source, check_ids, fields
from konspekt.score.formats.utterance import Utterance


def read(source: Source) -> tuple[Utterance, ...]:
    """Lines `id words`; an id alone is an utterance without words. Raises FormatError."""
    utterances: list[tuple[int, Utterance]] = []
    for number, line in source.rows():
        identity, *text = fields(line, most=2)
        utterances.append((number, Utterance(identity, text[0] if text else "")))
    return check_ids(source, utterances)


KIND = Kind("Kaldi text", (".kaldi", "text"), read)
