"""Transcripts of one recording as one raw transcript whose windows name their files, and back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from konspekt.course.recordings import TEXT_ENDINGS
from konspekt.data import DecodedWindow, RawTranscript, Recording, Region
from konspekt.errors import FormatError
from konspekt.text.spans import times_of, union
from konspekt.text.words import tokens

MIN_COMPARED = 30  # words of the shorter transcript: fewer may differ by chance
# of them: two lectures of one language share more by their small words alone
MIN_COMMON_SHARE = 0.05


def join_transcripts(transcripts: Sequence[tuple[str, RawTranscript]]) -> RawTranscript:
    """Return the windows of several transcripts of the same sound, each with the name of its file
    as its source.

    The first transcript's windows keep their ids, the others' are numbered on. Nothing else of a
    window changes. The recording is that of the first transcript that was made from sound, else
    that of the first.
    """
    decoded_windows: list[DecodedWindow] = []
    for place, (name, raw) in enumerate(transcripts):
        first = max((decoded.id for decoded in decoded_windows), default=-1) + 1
        for number, decoded in enumerate(raw.windows, start=first):
            source = (
                name if decoded.how.source is None else f"{name} ({decoded.how.source})"
            )
            own = number if place else decoded.id
            decoded_windows.append(
                replace(decoded, id=own, how=replace(decoded.how, source=source))
            )
    raws = [raw for _, raw in transcripts]
    return RawTranscript(
        recording=_recording(
            raws, max((decoded.end for decoded in decoded_windows), default=0.0)
        ),
        model=" + ".join(dict.fromkeys(raw.model for raw in raws)),
        speech=_speech(raws),
        windows=tuple(
            sorted(decoded_windows, key=lambda decoded: (decoded.start, decoded.id))
        ),
    )


def check_alike(transcripts: Sequence[tuple[str, RawTranscript]]) -> None:
    """Raise FormatError if a transcript shares next to no words with the first: another language,
    another sound.

    What neither bears out is removed: all of both would go.
    """
    name, first = transcripts[0]
    ours = _words(first)
    for other, raw in transcripts[1:]:
        theirs = _words(raw)
        shorter = min(ours.total(), theirs.total())
        if (
            shorter >= MIN_COMPARED
            and (ours & theirs).total() < MIN_COMMON_SHARE * shorter
        ):
            remedy = "Give transcripts of the same sound in the same language."
            raise FormatError(
                f"it has next to no words in common with {name}",
                path=other,
                remedy=remedy,
            )


def _words(raw: RawTranscript) -> Counter[str]:
    return Counter(
        token.folded for decoded in raw.windows for token in tokens(decoded.text)
    )


def split_by_source(raw: RawTranscript) -> tuple[RawTranscript, ...]:
    """Return the transcripts that were joined, in the order in which they were given; one if
    none was.
    """
    sources = dict.fromkeys(
        decoded.how.source
        for decoded in sorted(raw.windows, key=lambda decoded: decoded.id)
    )
    if len(sources) < 2:
        return (raw,)
    return tuple(
        replace(
            raw,
            windows=tuple(
                decoded for decoded in raw.windows if decoded.how.source == name
            ),
        )
        for name in sources
    )


def _recording(raws: Sequence[RawTranscript], reach: float) -> Recording:
    def is_sound(raw: RawTranscript) -> bool:
        parts = raw.recording.parts
        return bool(parts) and not any(
            part.path.lower().endswith(TEXT_ENDINGS) for part in parts
        )

    window = next((raw.recording for raw in raws if is_sound(raw)), None)
    if window is not None or not raws[0].recording.parts:
        return replace(window or raws[0].recording, id=raws[0].recording.id)
    *parts, last = raws[0].recording.parts
    # a transcript is as long as its windows reach
    longest = max(last.duration, reach - last.start)
    return replace(raws[0].recording, parts=(*parts, replace(last, duration=longest)))


def _speech(raws: Iterable[RawTranscript]) -> tuple[Region, ...] | None:
    """Return where somebody speaks by one of the transcripts; None where none knows."""
    known = [raw.speech for raw in raws if raw.speech is not None]
    if not known:
        return None
    spoken = union(times_of(region for regions in known for region in regions))
    return tuple(Region(start, end) for start, end in spoken)
