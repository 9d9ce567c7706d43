"""Training text for the demo Whisper: sentences over a closed vocabulary, none of them written by a
person.

The vocabulary is every word form of the demo lecture (`lecture.txt`), of the sentences kept out for
testing (`unseen.txt`) and of `extra_words.txt`. Two kinds of sentences are made of it:

- *grammatical* ones, whose words agree in case, number and gender as pymorphy3 sees them, so
  that a model can learn
  that a preposition wants a case;
- *shuffled* ones, any words in any order, which no language model can foresee: whoever
  writes them down must have them from the sound.

Neither kind looks at how the words stand in the lecture or in the kept-out sentences; a test holds
that few of their 4-grams occur here. Same seed, same text.

    python -m tools.speech.grammar [--sentences 20]
"""

from __future__ import annotations

import argparse
import itertools
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SEED = 20260907
SHUFFLED = 0.45  # share of sentences whose words stand in any order

# What is said for a term written in Latin letters: the voices read Russian.
PRONUNCIATION = {
    "Whisper": "уиспер",
    "Transformer": "трансформер",
    "WER": "вэр",
    "GPU": "джи пи ю",
}
_CASES = {  # what a preposition of the vocabulary asks for, where it stands in this text
    "в": ("loct", "accs"),
    "на": ("loct", "accs"),
    "о": ("loct",),
    "об": ("loct",),
    "из": ("gent",),
    "для": ("gent",),
    "без": ("gent",),
    "от": ("gent",),
    "до": ("gent",),
    "у": ("gent",),
    "с": ("ablt",),
    "над": ("ablt",),
    "под": ("ablt",),
    "между": ("ablt",),
    "перед": ("ablt",),
    "по": ("datv",),
    "к": ("datv",),
    "через": ("accs",),
    "про": ("accs",),
    "при": ("loct",),
    "вместо": ("gent",),
}
_JOINTS = (
    "и",
    "а",
    "но",
    "что",
    "когда",
    "если",
    "потому что",
    "поэтому",
    "где",
    "как",
    "чтобы",
    "иначе",
)


def lines(name: str) -> list[str]:
    """The sentences of a text file beside this script, without directives, notes and empty
    lines.
    """
    text = (HERE / name).read_text(encoding="utf-8")
    found = [
        line.strip()
        for line in text.splitlines()
        if line.strip() and line[0] not in "[#"
    ]
    return [sentence for line in found for sentence in re.split(r"(?<=[.?!]) ", line)]


def words(sentence: str) -> list[str]:
    """Its words as scoring sees them here: lower case, ё as е, no punctuation."""
    return re.findall(r"\w+", sentence.lower().replace("ё", "е"))


def spoken(sentence: str) -> list[tuple[str, str]]:
    """Written words with their punctuation, and what is said for each. A lone dash belongs to the
    word before it.
    """
    found: list[tuple[str, str]] = []
    for word in sentence.split():
        if word == "—" and found:
            found[-1] = (f"{found[-1][0]} —", f"{found[-1][1]} —")
            continue
        said = re.sub(
            "[A-Za-z]+", lambda term: PRONUNCIATION.get(term[0], term[0]), word
        )
        found.append((word, said))
    return found


@cache
def vocabulary() -> tuple[str, ...]:
    """Every word form that may be spoken, sorted: lower case but for terms and for «Whisper» and
    its kind.
    """
    forms = set()
    for name in ("lecture.txt", "unseen.txt", "extra_words.txt"):
        for line in lines(name):
            for word in re.findall(r"\w+", line):
                forms.add(word if word in PRONUNCIATION else word.lower())
    return tuple(sorted(forms))


class Forms:
    """The vocabulary by what a form can be in a sentence: `forms[("NOUN", "gent", "plur",
    None)]`.
    """

    def __init__(self) -> None:
        from pymorphy3 import MorphAnalyzer

        morph = MorphAnalyzer(lang="ru")
        self._of: dict[tuple[Any, ...], list[str]] = defaultdict(list)
        for form in vocabulary():
            if form in PRONUNCIATION:
                for case in ("nomn", "accs", "gent", "loct", "datv", "ablt"):
                    self._add(("NOUN", case, "sing", "masc"), form)
                continue
            for parse in morph.parse(form):
                if parse.score >= 0.05:
                    self._add(self._key(parse.tag), form)

    def __getitem__(self, key: tuple[Any, ...]) -> list[str]:
        return self._of.get(key, [])

    def _add(self, key: tuple[Any, ...], form: str) -> None:
        if form not in self._of[key]:
            self._of[key].append(form)

    @staticmethod
    def _key(tag: Any) -> tuple[Any, ...]:
        kind = str(tag.POS)
        if kind in ("NOUN", "ADJF", "PRTF"):
            gender = tag.gender if tag.number == "sing" else None
            return (
                "NOUN" if kind == "NOUN" else "ADJF",
                str(tag.case),
                str(tag.number),
                gender and str(gender),
            )
        if kind == "VERB" and tag.mood == "impr":
            return ("IMPR",)
        if kind == "VERB" and tag.tense == "past":
            return (
                "PAST",
                str(tag.number),
                str(tag.gender) if tag.number == "sing" else None,
            )
        if kind == "VERB":
            return ("VERB", str(tag.number), str(tag.person))
        if kind == "NPRO":
            return ("NPRO", str(tag.case), str(tag.number), str(tag.person))
        return (kind,)


class Grammar:
    """Sentences without end: `Grammar(seed).sentence()`. Rarely used forms are drawn first."""

    def __init__(self, seed: int = SEED) -> None:
        self._random = random.Random(seed)
        self._forms = Forms()
        self._used: Counter[str] = Counter()
        self._nouns = [key for key in self._forms._of if key[0] == "NOUN"]

    def sentence(self) -> str:
        """One sentence, with a capital, commas and its end."""
        if self._random.random() < SHUFFLED:
            return self.shuffled(self._random.randint(2, 9))
        text = self._clause()
        if self._random.random() < 0.35:
            joint = self._draw(_JOINTS)
            text += (
                "" if joint in ("и", "как") and self._random.random() < 0.5 else ","
            ) + f" {joint} {self._clause()}"
        return _finish(text, "?" if self._random.random() < 0.08 else ".")

    def shuffled(self, count: int) -> str:
        """`count` words in any order: a few words of it make one spoken clip."""
        drawn = [self._draw(vocabulary()) for _ in range(count)]
        text = drawn[0]
        for before, word in itertools.pairwise(drawn):
            mark = "," if len(before) > 2 and self._random.random() < 0.12 else ""
            text += f"{mark} {word}"
        return _finish(text, "?" if self._random.random() < 0.08 else ".")

    def _draw(self, forms: Sequence[str]) -> str:
        form = min(self._random.choices(forms, k=3), key=lambda form: self._used[form])
        self._used[form] += 1
        return form

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def _noun(
        self, case: str, number: str | None = None
    ) -> tuple[str, str, str | None]:
        """A noun with what goes with it, its number and its gender."""
        keys = [
            key for key in self._nouns if key[1] == case and number in (None, key[2])
        ]
        _, _, number, gender = self._random.choices(
            keys, [len(self._forms[key]) for key in keys]
        )[0]
        text = self._draw(self._forms[("NOUN", case, number, gender)])
        adjectives = self._forms[("ADJF", case, number, gender)]
        if adjectives and self._chance(0.45):
            text = f"{self._draw(adjectives)} {text}"
        if self._chance(0.2):
            text += f" {self._noun('gent')[0]}"
        return text, number, gender

    def _place(self) -> str:
        preposition = self._draw(
            [form for form in self._forms[("PREP",)] if form in _CASES]
        )
        return (
            f"{preposition} {self._noun(self._random.choice(_CASES[preposition]))[0]}"
        )

    def _object(self) -> str:
        return self._noun("accs")[0] if self._chance(0.6) else self._place()

    def _clause(self) -> str:
        kinds = (
            self._noun_acts,
            self._somebody_acts,
            self._must,
            self._is,
            self._told,
            self._done,
        )
        text = self._random.choices(kinds, (40, 20, 12, 6, 6, 10))[0]()
        if self._chance(0.25):
            text = f"{self._draw(self._forms[('ADVB',)])} {text}"
        elif self._chance(0.1):
            text = f"{self._place()} {text}"
        return text

    def _noun_acts(self) -> str:
        noun, number, gender = self._noun("nomn")
        past = self._forms[("PAST", number, gender)]
        verbs = (
            past
            if past and self._chance(0.35)
            else self._forms[("VERB", number, "3per")]
        )
        no = "не " if self._chance(0.12) else ""
        return f"{noun} {no}{self._draw(verbs)} {self._object()}"

    def _somebody_acts(self) -> str:
        keys = [
            key
            for key in self._forms._of
            if key[0] == "NPRO" and key[1] == "nomn" and key[3] != "None"
        ]
        key = self._random.choice(
            [key for key in keys if self._forms[("VERB", key[2], key[3])]]
        )
        no = "не " if self._chance(0.15) else ""
        verb = self._draw(self._forms[("VERB", key[2], key[3])])
        return f"{self._draw(self._forms[key])} {no}{verb} {self._object()}"

    def _must(self) -> str:
        must = self._draw(self._forms[("PRED",)] or ["надо"])
        return f"{must} {self._draw(self._forms[('INFN',)])} {self._object()}"

    def _is(self) -> str:
        return f"{self._noun('nomn')[0]} — это {self._noun('nomn')[0]}"

    def _told(self) -> str:
        return f"{self._draw(self._forms[('IMPR',)])} {self._object()}"

    def _done(self) -> str:
        rest = [
            ("NUMR",),
            ("PRTS",),
            ("ADJS",),
            ("COMP",),
            ("INTJ",),
            ("PRCL",),
            ("CONJ",),
        ]
        odd = [form for key in rest for form in self._forms[key]]
        noun, number, _ = self._noun("nomn")
        return (
            f"{noun} {self._draw(odd)} {self._draw(self._forms[('VERB', number, '3per')])} "
            f"{self._object()}"
        )


def training_text(count: int, seed: int = SEED) -> list[str]:
    """The first `count` sentences that training reads, none of them one of the kept-out sentences
    word for word.
    """
    grammar = Grammar(seed)
    kept_out = {
        tuple(words(line))
        for name in ("lecture.txt", "unseen.txt")
        for line in lines(name)
    }
    found: list[str] = []
    while len(found) < count:
        sentence = grammar.sentence()
        if tuple(words(sentence)) not in kept_out:
            found.append(sentence)
    return found


def n_grams(sentences: Iterable[str], n: int = 4) -> Iterator[tuple[str, ...]]:
    """The runs of `n` words in each sentence, as scoring sees words."""
    for sentence in sentences:
        found = words(sentence)
        yield from zip(*(found[at:] for at in range(n)), strict=False)


def _finish(text: str, end: str) -> str:
    return text[0].upper() + text[1:] + end


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        description="Show sentences of the demo Whisper's training text."
    )
    parser.add_argument("--sentences", type=int, default=20)
    for sentence in training_text(parser.parse_args().sentences):
        print(sentence)


if __name__ == "__main__":
    main()
