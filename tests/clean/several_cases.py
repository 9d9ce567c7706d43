"""Texts transcribed twice: a text as two decoders would have it, with what they make up, lose and
misspell. Seeded.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from konspekt.clean import clean, join_transcripts
from konspekt.course.settings import CleanOptions
from konspekt.data import Cleaned, DecodedWindow, How, RawTranscript, Segment, Word
from tests.builders import raw_transcript
from tests.clean.cases import LECTURE, raw_of

RATE = 15.0  # characters a second
PAUSE = 0.35  # seconds after a sentence
SILENCE = 14.0  # seconds now and then in which nobody speaks

# six windows of a lecture, one after another
RUSSIAN = " ".join(part.replace(":", ".") for part in LECTURE)
ENGLISH = (
    "Good morning. Today we talk about how a search engine finds a page among billions in less "
    "time than it takes "
    "to blink. We start with the simplest thing that could work. You read every page from the "
    "first word to the "
    "last and compare it with the question. On my laptop that takes about a second for a thousand "
    "pages. For a "
    "billion pages it would take eleven days. Nobody waits eleven days for the weather. So we "
    "need an index. "
    "Think of the back of a textbook. There the words stand in order and each has a list of page "
    "numbers. An "
    "inverted index is just that, only bigger. For every word it keeps the list of documents that "
    "have it. If the "
    "question has two words, we take both lists and walk along them together. Both are sorted, so "
    "one step "
    "forward is always enough. We never go back. The lists are long, and disks are slow. "
    "Therefore we store the "
    "differences between neighbours and not the numbers themselves. Small numbers need few bits. "
    "In practice the "
    "index shrinks to a quarter of its size. Now the second problem. The word lecture and the "
    "word lectures mean "
    "nearly the same. Somebody who looks for one of them wants the other as well. We cut the "
    "endings off, and "
    "this is called stemming. It is crude, and for English it works surprisingly well. For "
    "Russian you need a "
    "dictionary of forms. The third problem is order. A question about tea gives forty million "
    "pages. Which of "
    "them comes first? The old answer was to count how often the word is there. The count alone "
    "is easy to cheat. "
    "People wrote the same word a thousand times in white letters on a white page. A better "
    "answer is to ask how "
    "rare the word is. A rare word tells us more than a common one. This is the idea behind the "
    "weight that all "
    "of you have seen in your homework. Then came links. Every link is a vote. A vote from a page "
    "that has many "
    "votes itself is worth more. It looks like a circle, but you can compute it. Start with equal "
    "votes and "
    "repeat the sum until nothing changes. After fifty rounds it hardly moves. Next week we will "
    "see how vectors "
    "replaced half of all this. Please read chapter four before that. Bring your questions about "
    "the homework "
    "too. If your program needs more than a minute, it does something twice. Find out what it "
    "does twice. That is "
    "all for today."
)

INVENTED = {
    "ru": (
        "Субтитры сделал DimaTorzok",
        "Продолжение следует...",
        "Спасибо за просмотр и до новых встреч на нашем канале.",
        "И в этом смысле мы можем сказать, что это очень важная задача для всех нас.",
        "Если вам понравилось видео, ставьте лайки и подписывайтесь.",
        "Поэтому мы должны были сделать так, чтобы это было возможно.",
        "Я не знаю, что это такое, но это очень интересно и красиво.",
        "Девушки отдыхают на берегу, а потом они идут домой.",
    ),
    "en": (
        "Thanks for watching, and I will see you in the next video.",
        "Subtitles by the Amara.org community",
        "And he took a big piece of the wood and he broke it with a knife.",
        "So this is a very important thing that all of us have to do.",
        "Please subscribe to my channel and leave a comment below.",
        "I'm not going to be able to do this, but I will try it.",
        "Because it was the first time that they had been in the country.",
        "The girls were standing there with their father and two other men.",
    ),
}
"""What Whisper makes up on silence, and how it ends what a window cut off."""


@dataclass(frozen=True)
class Habits:
    """How a decoder works: the shares of what it does wrong."""

    invents: float  # of the silences, and of the ends of sentences, half as often
    loses: float  # of the sentences, whole
    drops: float  # of the words
    misspells: float  # of the words


@dataclass(frozen=True)
class Spoken:
    """A sentence as it was said."""

    start: float
    words: tuple[str, ...]


def spoken(text: str) -> list[Spoken]:
    """The sentences of a text with their times; each sixth is followed by silence."""
    sentences, now = [], 1.0
    for number, said in enumerate(
        " ".join(text.split()).replace("!", ".").replace("?", ".").split(". ")
    ):
        words = tuple(f"{said.rstrip('.')}.".split())
        sentences.append(Spoken(now, words))
        now += _seconds(words) + (SILENCE if number % 6 == 5 else PAUSE)
    return sentences


def _seconds(words: Sequence[str]) -> float:
    return sum(len(word) + 1 for word in words) / RATE


def window(
    sentences: Sequence[Spoken], habits: Habits, language: str, seed: int
) -> list[tuple[float, str]]:
    """The words that a decoder has, with the time at which each begins."""
    chance = random.Random(seed)
    known = [word for sentence in sentences for word in sentence.words]
    words: list[tuple[float, str]] = []
    for sentence, following in zip(sentences, [*sentences[1:], None], strict=True):
        now = sentence.start
        is_lost = chance.random() < habits.loses
        for word in sentence.words:
            roll = chance.random()
            said = word if roll > habits.misspells else _respell(word, known, chance)
            if not is_lost and roll < 1 - habits.drops:
                words.append((now, said))
            now += (len(word) + 1) / RATE
        silence = 0.0 if following is None else following.start - now
        is_silent = silence > SILENCE / 2
        if chance.random() < (habits.invents if is_silent else habits.invents / 8):
            # each decoder its own
            invention = chance.choice(INVENTED[language][seed % 3 :: 3]).split()
            step = (silence if is_silent else 1.0) / (len(invention) + 1)
            words += [
                (now + step * (k + 0.5) * (0.3 if is_silent else 1.0), w)
                for k, w in enumerate(invention)
            ]
    return words


def _respell(word: str, known: Sequence[str], chance: random.Random) -> str:
    """A near word by a changed ending, or another word of the lecture."""
    if len(word) > 4 and chance.random() < 0.6:
        return word[: -chance.randint(1, 2)] + chance.choice("аеиоуыaeiou")
    return chance.choice(known)


def chunks(words: Sequence[tuple[float, str]], shift: float = 0.0) -> RawTranscript:
    """Text alone, in windows of 30 s at a 25 s step that begin `shift` seconds early."""
    end = max((start for start, _ in words), default=0.0)
    starts = [25.0 * k - shift for k in range(int((end + shift) // 25) + 1)]
    windows = [
        (
            max(0.0, s),
            " ".join(w for t, w in words if s <= t and t + len(w) / RATE <= s + 30),
        )
        for s in starts
    ]
    return raw_transcript(windows)


def timed(words: Sequence[tuple[float, str]], *, by_word: bool) -> RawTranscript:
    """Segments of a sentence each in windows of 30 s, with the times of words or without."""
    decoded_windows: list[DecodedWindow] = []
    for number in range(int(max((start for start, _ in words), default=0.0) // 30) + 1):
        own = [(t, w) for t, w in words if 30.0 * number <= t < 30.0 * (number + 1)]
        segments: list[Segment] = []
        while own:
            count = next(
                (k for k, (_, w) in enumerate(own, 1) if w.endswith(".")), len(own)
            )
            said = tuple(Word(t, t + len(w) / RATE, f" {w}") for t, w in own[:count])
            text = "".join(word.text for word in said)
            segments.append(
                Segment(said[0].start, said[-1].end, text, said if by_word else ())
            )
            own = own[count:]
        decoded_windows.append(
            DecodedWindow(
                number,
                30.0 * number,
                30.0 * number + 30,
                "ru",
                tuple(segments),
                How("small"),
            )
        )
    return raw_of(decoded_windows)


def together(*raws: RawTranscript, language: str = "ru") -> Cleaned:
    """What is left of transcripts of the same sound, named a, b, c."""
    raw = (
        raws[0]
        if len(raws) == 1
        else join_transcripts(
            [(f"{'abcdefgh'[k]}.json", raw) for k, raw in enumerate(raws)]
        )
    )
    return clean(raw, CleanOptions(), None, language=language)
