"""Make the demo course's raw transcripts: what Whisper would have written of two lectures of our
own, defects and all.

For each lecture NAME there are two hand-written files beside this script:

`NAME.txt`, what was really said. One sentence a line; `—` and other lone marks take no time. An
empty line is a short pause (`after_paragraph`), a line `[pause 40]` is 40 s in which nobody speaks.

`NAME.toml`, what Whisper wrote instead:

    words_per_minute = 158        pace within a sentence
    after_sentence = 0.4          seconds of silence after each sentence
    after_paragraph = 2.0         seconds an empty line adds
    cut_endings = ["...", ""]     what follows a sentence that a window cuts off; in turn

    [[everywhere]]                wrong in the same way in every window
    said = "…"
    written = "…"

    [[substitution]]              wrong in one window only; `said` must stand there once
    window = 125
    said = "…"
    written = "…"

    [[defect]]
    window = 600                  its start, in seconds
    kind = "loop"                 empty | invented | loop | tail
    after = "…"                   the last right words; none where the whole window is wrong
    text = ["…", "…"]             what stands there instead (not for empty); taken in turn
    times = 60                    how many pieces of text, 1 if not said

An `invented` text without `after` needs a window in which nobody speaks. Every entry must apply, or
the script stops.

Out come `recordings/NAME.raw.txt`, `recordings/NAME.reference.txt`, and beside this script
`NAME.labels.json`: the defects with their places in the windows' texts, so that the cleaning stage
can be tested against them. Same input, same bytes.

    python tools/demo/make_transcripts.py [--recordings DIR] [--labels DIR]
"""

import argparse
import json
import re
import sys
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

LECTURES = ("search", "metrics")
HERE = Path(__file__).resolve().parent
RECORDINGS = HERE.parents[1] / "recordings"

WINDOW = 30.0  # seconds of sound that Whisper decodes at once
STEP = 25.0  # from one window's start to the next: neighbours share 5 s

Kind = Literal["empty", "invented", "loop", "tail"]
PAUSE = re.compile(r"\[pause (\d+(?:\.\d+)?)\]")
SENTENCE_END = (".", "?", "!", "…")


class DemoError(ValueError):
    """A lecture's text or toml says something that cannot be done."""


class Word(NamedTuple):
    """One spoken word with the marks around it, in seconds from the start of the recording."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Substitution:
    """Words written as other words: in one window, or everywhere (no window)."""

    said: str
    written: str
    window: float | None = None


@dataclass(frozen=True, slots=True)
class Defect:
    """What went wrong in one window, see the top of this file."""

    window: float
    kind: Kind
    after: str = ""
    text: Sequence[str] = ()
    times: int = 1

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise DemoError(
                f"window {self.window:g}: no such kind of defect: {self.kind!r}"
            )
        if isinstance(self.text, str) or bool(self.text) == (self.kind == "empty"):
            raise DemoError(
                f"window {self.window:g}: text must be a list, and only for a defect that is "
                f"not "
                f"empty"
            )

    def wrong(self) -> str:
        """The whole text that stands in the window instead of what was said."""
        return "".join(islice(cycle(self.text), self.times)).rstrip(" ")


@dataclass(frozen=True, slots=True)
class Plan:
    """A lecture's toml."""

    words_per_minute: float
    after_sentence: float
    after_paragraph: float
    cut_endings: Sequence[str]
    everywhere: Sequence[Substitution] = ()
    substitution: Sequence[Substitution] = ()
    defects: Sequence[Defect] = ()


@dataclass(frozen=True, slots=True)
class Label:
    """A defect's place: code points `char_start` to `char_end` of the text of the window that
    begins at `start`.
    """

    start: float
    label: Kind
    char_start: int
    char_end: int
    text: str


@dataclass(slots=True)
class DemoTranscript:
    """What the demo's Whisper made of a lecture: (start, text) of every window, and where it is
    wrong.
    """

    windows: list[tuple[float, str]] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)


def read_plan(path: Path) -> Plan:
    """A lecture's toml; an unknown key is a TypeError that names it."""
    table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    rows = {
        name: table.pop(name, []) for name in ("everywhere", "substitution", "defect")
    }
    return Plan(
        **table,
        everywhere=[Substitution(**row) for row in rows["everywhere"]],
        substitution=[Substitution(**row) for row in rows["substitution"]],
        defects=[Defect(**row) for row in rows["defect"]],
    )


def sentences(script: str) -> list[str]:
    """What was said, without the pauses."""
    return [line for line in script.splitlines() if line and not PAUSE.fullmatch(line)]


def spoken(sentence: str) -> list[str]:
    """A sentence's words; a mark that stands alone goes with the word before it."""
    return re.findall(r"\S*\w\S*(?: [^\w\s]+(?= |$))*", sentence)


def lay_out(script: str, plan: Plan) -> tuple[list[Word], float]:
    """Every word at its time, and the recording's duration."""
    words: list[Word] = []
    now = 0.0
    pace = 60 / plan.words_per_minute
    for line in script.splitlines():
        if pause := PAUSE.fullmatch(line):
            now += float(pause[1])
        elif not line:
            now += plan.after_paragraph
        else:
            for text in spoken(line):
                words.append(Word(text, now, now + pace))
                now += pace
            now += plan.after_sentence
    return words, now


def cut(words: Sequence[Word], start: float, ending: str) -> str:
    """The words whose middle lies in a window, begun with a capital; `ending` closes a sentence cut
    off.
    """
    inside = [
        word.text
        for word in words
        if start <= (word.start + word.end) / 2 < start + WINDOW
    ]
    text = " ".join(inside)
    if text and not text.endswith(SENTENCE_END):
        text = text.rstrip(" ,:;—") + ending
    return re.sub(r"\w", lambda first: first[0].upper(), text, count=1)


def substitute(text: str, substitution: Iterable[Substitution]) -> str:
    """The window's text with the slips declared for it."""
    for slip in substitution:
        if text.count(slip.said) != 1:
            raise DemoError(
                f"window {slip.window}: {slip.said!r} stands {text.count(slip.said)} times in "
                f"{text!r}"
            )
        text = text.replace(slip.said, slip.written)
    return text


def spoil(text: str, defect: Defect) -> tuple[str, list[Label]]:
    """The window's text gone wrong as declared, and the place of what is wrong in it."""
    whole_window = defect.kind == "empty" or (
        defect.kind == "invented" and not defect.after
    )
    if whole_window and bool(text) != (defect.kind == "empty"):
        raise DemoError(
            f"window {defect.window:g}: {defect.kind}, but what is said there is {text!r}"
        )
    if defect.after and text.count(defect.after) != 1:
        times = text.count(defect.after)
        raise DemoError(
            f"window {defect.window:g}: {defect.after!r} stands {times} times in {text!r}"
        )
    kept = text[: text.index(defect.after) + len(defect.after)] if defect.after else ""
    wrong = defect.wrong()
    spoiled = kept + wrong
    if not wrong:
        return spoiled, []
    # The mark that joins the wrong words to the good ones belongs to neither.
    begin = len(spoiled) - len(wrong.lstrip(" ,."))
    return spoiled, [
        Label(defect.window, defect.kind, begin, len(spoiled), spoiled[begin:])
    ]


def check_entries(windows: Sequence[tuple[float, str]], plan: Plan) -> None:
    """Raise where an entry of the toml would apply nowhere, or two defects would share a window."""
    for slip in plan.everywhere:
        if not any(slip.said in text for _, text in windows):
            raise DemoError(f"nobody says {slip.said!r}")
    starts = [start for start, _ in windows]
    spoiled = [defect.window for defect in plan.defects]
    for window in [slip.window for slip in plan.substitution] + spoiled:
        if window not in starts:
            raise DemoError(f"no window begins at {window}")
    if len(set(spoiled)) != len(spoiled):
        raise DemoError("a window has two defects")


def decode(words: Sequence[Word], duration: float, plan: Plan) -> DemoTranscript:
    """Every window of a lecture as the demo's Whisper writes it; `duration` in seconds."""
    endings = cycle(plan.cut_endings)
    starts = [index * STEP for index in range(int(duration // STEP) + 1)]
    clean = [(start, cut(words, start, next(endings))) for start in starts]
    check_entries(clean, plan)
    transcript = DemoTranscript()
    for start, text in clean:
        for slip in plan.everywhere:
            text = text.replace(slip.said, slip.written)
        text = substitute(
            text, [slip for slip in plan.substitution if slip.window == start]
        )
        for defect in plan.defects:
            if defect.window == start:
                text, labels = spoil(text, defect)
                transcript.labels += labels
        transcript.windows.append((start, text))
    return transcript


def raw_form(windows: Iterable[tuple[float, str]]) -> str:
    """A window a line, as lecturers hand it in."""
    return "".join(f"[Chunk start {start:.2f}s]: {text}\n" for start, text in windows)


def label_form(labels: Iterable[Label]) -> str:
    """JSON, a label a line."""
    lines = (
        json.dumps(
            {name: getattr(label, name) for name in Label.__slots__}, ensure_ascii=False
        )
        for label in labels
    )
    return "[\n" + ",\n".join(lines) + "\n]\n"


def make(name: str, recordings: Path, labels: Path) -> str:
    """Write a lecture's three files; returns a line of figures."""
    script = (HERE / f"{name}.txt").read_text(encoding="utf-8")
    plan = read_plan(HERE / f"{name}.toml")
    words, duration = lay_out(script, plan)
    transcript = decode(words, duration, plan)
    files = {
        recordings / f"{name}.raw.txt": raw_form(transcript.windows),
        recordings / f"{name}.reference.txt": "\n".join(sentences(script)) + "\n",
        labels / f"{name}.labels.json": label_form(transcript.labels),
    }
    for path, text in files.items():
        path.write_text(text, encoding="utf-8", newline="\n")
    kinds = [defect.kind for defect in plan.defects]
    counts = ", ".join(f"{kinds.count(kind)} {kind}" for kind in get_args(Kind))
    return (
        f"{name}: {len(words)} words in {duration / 60:.1f} min, {len(transcript.windows)} "
        f"windows: {counts}"
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Make both lectures' files."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--recordings",
        type=Path,
        default=RECORDINGS,
        help="where the raw transcripts go",
    )
    parser.add_argument("--labels", type=Path, default=HERE, help="where the labels go")
    options = parser.parse_args(argv)
    for name in LECTURES:
        try:
            print(make(name, options.recordings, options.labels))
        except DemoError as error:
            sys.exit(f"{HERE / name}.toml: {error}")


if __name__ == "__main__":
    main()
