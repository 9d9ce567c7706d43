"""What is said to the room: after a question, a request, a greeting a pause is natural."""

from __future__ import annotations

from konspekt.clean.context import Context, Span
from konspekt.clean.phrases import lists


def is_to_the_room(context: Context, index: int, span: Span) -> bool:
    """Return whether a pause after these words is natural, by their marks and the lists."""
    text = context.windows[index].text[span[0] : span[1]]
    known = lists()
    return "?" in text or any(
        word.folded.startswith(known.room_stems)
        or word.folded.endswith(known.room_endings)
        for word in context.words(index, span)
    )
