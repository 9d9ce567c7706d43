"""Windows decoded once more, before `raw.json` is written: those whose language is in doubt.

Which they are follows from the first answers of all windows, so it is the same in every run and
whatever the size of a batch. Their batches have a journal of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

from konspekt.course.settings import TranscribeOptions
from konspekt.data import DecodedWindow, Part, Region
from konspekt.sound import SAMPLE_RATE, cut_pieces, open_recording
from konspekt.transcribe.batches import BatchDecoder
from konspekt.transcribe.engines.engine import EngineOptions, as_engine_options
from konspekt.transcribe.journal import Key
from konspekt.transcribe.main_language import (
    choose_answer,
    find_main_language,
    find_other_language,
)
from konspekt.transcribe.speech.plan import SourceFile, check_unchanged
from konspekt.transcribe.speech.windows import Window, leave_out

VERSION = 1  # of which windows are decoded once more, and with what
SUFFIX = ".languages"  # added to the journal's name


@dataclass(frozen=True, slots=True)
class Sources:
    """A recording's files, and the parts that they are."""

    files: Sequence[SourceFile]
    parts: Sequence[Part]
    max_hours: float

    def cut(self, wanted: Sequence[DecodedWindow]) -> Iterator[Window]:
        """Yield windows with their sound once more, in order. Raises RecordingError."""
        for file, part in zip(self.files, self.parts, strict=True):
            inside = [window for window in wanted if _lies_in(window, part)]
            if inside:
                yield from self._cut_in(file, part, inside)

    def _cut_in(
        self, file: SourceFile, part: Part, wanted: Sequence[DecodedWindow]
    ) -> Iterator[Window]:
        limit, track = self.max_hours, file.track
        with open_recording(file.path, max_hours=limit, track=track) as sound:
            check_unchanged(file, sound)
            pieces = cut_pieces(
                sound.blocks(), [_span(one, part.start) for one in wanted]
            )
            for one, (_, samples) in zip(wanted, pieces, strict=False):
                window = Window(one.id, one.start, one.end, samples)
                yield leave_out(
                    window, map(partial(_span, since=one.start), one.left_out)
                )


def decode_doubtful_windows(
    windows: Sequence[DecodedWindow],
    sources: Sources,
    decoder: BatchDecoder,
    options: TranscribeOptions,
    journal: Path,
) -> tuple[DecodedWindow, ...]:
    """Return the windows, the doubtful ones with the likelier of their answers in two languages.

    `decoder` decoded them, and `journal` is its journal. There is no prompt, which would speak for
    its own language. A window whose other answer does not fit into one stays as it is.
    """
    main = find_main_language(windows, options.languages)
    if main is None:
        return tuple(windows)
    languages = _find_other_languages(windows, main)
    engine_options = as_engine_options(options)
    again = decoder.once_more(
        journal.with_name(journal.name + SUFFIX),
        _journal_key(sources.files, languages, engine_options, options.batch_size),
        lambda window: replace(engine_options, languages=(languages[window.id],)),
    )
    doubtful = [window for window in windows if window.id in languages]
    for window in sources.cut(doubtful):
        again.add(window, _report_nothing)
    again.finish(_report_nothing)
    others = _by_id(again.journal.windows)
    return tuple(
        choose_answer(window, others[window.id], main)
        if window.id in others
        else window
        for window in windows
    )


def _find_other_languages(
    windows: Iterable[DecodedWindow], main: str
) -> dict[int, str]:
    """Return in which other language windows are decoded too, by their ids."""
    found: dict[int, str] = {}
    for window in windows:
        if language := find_other_language(window, main):
            found[window.id] = language
    return found


def _journal_key(
    files: Sequence[SourceFile],
    languages: Mapping[int, str],
    engine_options: EngineOptions,
    batch_size: int,
) -> Key:
    """Return everything on which the other answers depend, but the choice of Whisper."""
    return {
        "version": VERSION,
        "files": [[file.sha256, file.track] for file in files],
        "engine_options": asdict(engine_options),
        "batch_size": batch_size,
        "languages": [*languages.items()],
    }


def _report_nothing(last: Window) -> None:
    """Report to nobody: progress counts the first answers."""
    del last


def _by_id(decoded_windows: Iterable[DecodedWindow]) -> dict[int, DecodedWindow]:
    """Return the windows that were not halved, by id."""
    found: dict[int, DecodedWindow] = {}
    for one in decoded_windows:
        if "half" not in one.how.options:
            found[one.id] = one
    return found


def _lies_in(window: DecodedWindow, part: Part) -> bool:
    return part.start <= window.start < part.start + part.duration


def _span(timed: DecodedWindow | Region, since: float) -> tuple[int, int]:
    """Return the first sample and the end of a stretch, counted from a second on."""
    start, end = timed.start - since, timed.end - since
    return round(start * SAMPLE_RATE), round(end * SAMPLE_RATE)
