"""Texts of our own for the cleaning tests, and short ways to clean them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from konspekt.clean import check_tiling, clean
from konspekt.course.settings import CleanOptions
from konspekt.data import (
    Cleaned,
    DecodedWindow,
    How,
    Part,
    RawTranscript,
    Recording,
    Region,
    Segment,
    Word,
)
from konspekt.text.sentences import sentence_spans
from tests.builders import raw_transcript

Windows = Sequence[tuple[float, str]]

STOCK = "Уважаемые жильцы, просим всех закрыть окна и выключить весь свет на лестнице."
GENERIC = "Это был важный этап, который должен быть рассмотрен."
# Six dense windows about different things: no two share a phrase.
LECTURE = (
    (
        "Сегодня речь пойдёт о деревьях поиска: как они устроены, почему высота так важна и чем "
        "балансировка помогает "
        "вставке. Представьте картотеку, где карточки лежат по алфавиту, и вы каждый раз "
        "открываете ящик посередине. "
        "Половина карточек сразу отпадает, остальное делим опять, и через двадцать шагов от "
        "миллиона остаётся одна."
    ),
    (
        "Красно-чёрное дерево хранит в узле один лишний бит, и этого хватает. Правила простые: "
        "корень чёрный, у "
        "красного оба потомка чёрные, а число чёрных узлов на любом пути одинаково. Отсюда "
        "следует, что самый длинный "
        "путь не более чем вдвое длиннее самого короткого, значит, высота логарифмическая при "
        "любых данных."
    ),
    (
        "На практике базы данных пользуются другими деревьями, широкими. Узел занимает страницу "
        "диска, четыре "
        "килобайта, и помещает сотни ключей. Чтение страницы стоит дорого, сравнение внутри неё "
        "почти ничего, поэтому "
        "выгодно ветвиться сильно. Три уровня покрывают десятки миллионов записей, а верхние два "
        "всегда лежат в "
        "памяти."
    ),
    (
        "Удаление обычно рассказывают плохо, поэтому разберём внимательно. Если в странице "
        "осталось мало ключей, она "
        "занимает у соседней, а когда занять нечего, они сливаются. Слияние забирает разделитель "
        "из родителя, и там "
        "тоже может стать пусто. Цепочка поднимается вверх, изредка до корня, тогда дерево "
        "становится ниже."
    ),
    (
        "Теперь хеш-таблицы. Они не знают порядка, зато отвечают за постоянное время, если "
        "функция разбрасывает ключи "
        "ровно. Коллизии разрешают списками либо открытой адресацией. Второе дружит с кешем "
        "процессора, но боится "
        "заполнения: после семидесяти процентов цепочки проб растут лавиной, и таблицу приходится "
        "удваивать."
    ),
    (
        "Наконец, фильтр Блума. Он отвечает «точно нет» или «возможно, да» и тратит десять бит на "
        "элемент. Ошибается "
        "один раз из ста, зато помещается в память там, где сама таблица не поместится никогда. "
        "Так сервер решает, "
        "стоит ли вообще ходить на диск за ключом, которого там скорее всего нет."
    ),
)


def _windows_of_the_demo() -> tuple[str, ...]:
    text = (
        Path(__file__).parents[2] / "recordings" / "metrics.reference.txt"
    ).read_text(encoding="utf-8")
    windows = [""]
    for start, end in sentence_spans(text):
        windows[-1] = f"{windows[-1]} {text[start:end].strip()}".strip()
        if len(windows[-1]) > 260:
            windows.append("")
    return tuple(window for window in windows if len(window) > 260)


# Full windows with sentences enough to know what a lecturer usually says.
LONG_LECTURE = _windows_of_the_demo()


class FakeSimilarity:
    """Places some texts on an axis of their own, all others close to one another."""

    name = "fake"

    def __init__(self, *strange: str) -> None:
        self.strange = strange
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked.extend(texts)
        rows = [
            [0.1, 1.0] if text.startswith(self.strange) else [1.0, 0.01 * (i % 3)]
            for i, text in enumerate(texts)
        ]
        vectors = np.asarray(rows, dtype=np.float32)
        units: NDArray[np.float32] = vectors / np.linalg.norm(
            vectors, axis=1, keepdims=True
        )
        return units


def cleaned(windows: Windows, *without: str, length: float = 30.0) -> Cleaned:
    """Cleans text-only windows without a similarity and checks the first law on the way."""
    return cleaned_raw(raw_transcript(windows, length=length), *without)


def cleaned_raw(raw: RawTranscript, *without: str) -> Cleaned:
    result = clean(raw, CleanOptions(without=without), None, language="ru")
    check_tiling(raw, result.transcript, result.removals)
    return result


def apart(*texts: str) -> list[tuple[float, str]]:
    """Windows that share no sound."""
    return [(40.0 * i, text) for i, text in enumerate(texts)]


def overlapping(*texts: str) -> list[tuple[float, str]]:
    """Windows of 30 s at a 25 s step."""
    return [(25.0 * i, text) for i, text in enumerate(texts)]


def removed(result: Cleaned, *reasons: str) -> list[str]:
    return [
        r.text.strip() for r in result.removals if not reasons or r.reason in reasons
    ]


def kept(result: Cleaned) -> str:
    return " ".join(sentence.text.strip() for sentence in result.transcript.sentences)


def windows_of(
    text: str, *, rate: float = 16.0, length: float = 30.0, step: float = 25.0
) -> list[tuple[float, str]]:
    """A text as it would be transcribed at `rate` characters a second, without any defect."""
    words, times, now = text.split(), [], 0.0
    for word in words:
        times.append((now, now + len(word) / rate))
        now += (len(word) + 1) / rate
    count = int(now // step) + 1
    return [
        (
            step * i,
            " ".join(
                w
                for w, (a, b) in zip(words, times, strict=True)
                if a >= step * i and b <= step * i + length
            ),
        )
        for i in range(count)
    ]


def timed_window(
    number: int,
    start: float,
    words: Sequence[tuple[float, str]],
    *,
    length: float = 30.0,
) -> DecodedWindow:
    """A window whose words carry times: (seconds from the recording's start, word)."""
    said = tuple(Word(at, at + 0.3, f" {word}") for at, word in words)
    segments = (
        (Segment(said[0].start, said[-1].end, "".join(w.text for w in said), said),)
        if said
        else ()
    )
    return DecodedWindow(number, start, start + length, "ru", segments, How("small"))


def with_figures(
    raw: RawTranscript,
    numbers: Collection[int],
    no_speech_prob: float | None,
    avg_logprob: float | None,
) -> RawTranscript:
    """The transcript with Whisper's figures in every segment of the windows `numbers`."""
    decoded_windows = []
    for decoded in raw.windows:
        figured = tuple(
            replace(segment, no_speech_prob=no_speech_prob, avg_logprob=avg_logprob)
            for segment in decoded.segments
        )
        decoded_windows.append(
            replace(decoded, segments=figured) if decoded.id in numbers else decoded
        )
    return replace(raw, windows=tuple(decoded_windows))


def with_moves(
    raw: RawTranscript, numbers: Collection[int], moves: float
) -> RawTranscript:
    """The transcript with the share of moves of the attention in the windows `numbers`."""
    return replace(
        raw,
        windows=tuple(
            replace(decoded, how=replace(decoded.how, attention_moves=moves))
            if decoded.id in numbers
            else decoded
            for decoded in raw.windows
        ),
    )


def raw_of(
    decoded_windows: Sequence[DecodedWindow], speech: tuple[Region, ...] | None = None
) -> RawTranscript:
    duration = max((h.end for h in decoded_windows), default=0.0)
    recording = Recording(
        "lecture", (Part("recordings/lecture.mp3", 0.0, duration, "0" * 64),)
    )
    return RawTranscript(recording, "small", speech, tuple(decoded_windows))
