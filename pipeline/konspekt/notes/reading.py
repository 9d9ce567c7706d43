"""A transcript read sentence by sentence: what is mentioned where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from konspekt.data import Sentence, Transcript
from konspekt.notes.english import english_mentions, english_stem, is_content
from konspekt.notes.lists import words
from konspekt.notes.phrases import Mention, russian_mentions
from konspekt.notes.russian import Lexicon
from konspekt.text.lemmas import CYRILLIC
from konspekt.text.words import Token, tokens

# share of words in Cyrillic from which a transcript is read as Russian
MIN_CYRILLIC = 0.3


@dataclass(frozen=True, slots=True)
class ReadSentence:
    """A kept sentence, read."""

    sentence: Sentence
    tokens: tuple[Token, ...]
    mentions: tuple[Mention, ...]
    content: tuple[str, ...]  # lemmas or stems of the words that name its subject


@dataclass(frozen=True, slots=True)
class TermPhrase:
    """A term and every place it was said."""

    key: tuple[str, ...]
    text: str  # in its most frequent form, in the nominative
    places: tuple[int, ...]  # sentence indices, one a mention
    whole: tuple[int, ...]  # those of them that are not part of a longer phrase


def is_russian(transcript: Transcript) -> bool:
    """Return whether most words are in Cyrillic; the declared language decides if there are
    none.
    """
    spoken = [
        token.text
        for sentence in transcript.sentences
        for token in tokens(sentence.reading)
    ]
    if not spoken:
        return transcript.language != "en"
    return sum(1 for word in spoken if CYRILLIC.search(word)) >= MIN_CYRILLIC * len(
        spoken
    )


def read(transcript: Transcript) -> tuple[ReadSentence, ...]:
    """Return every sentence with the noun phrases in it."""
    found = [(sentence, tokens(sentence.reading)) for sentence in transcript.sentences]
    if not is_russian(transcript):
        return tuple(
            ReadSentence(s, t, english_mentions(s.reading, t), _english_content(t))
            for s, t in found
        )
    inside = (
        token.text
        for _, some in found
        for token in some[1:]
        if token.text[:1].isupper()
    )
    lexicon = Lexicon((token.text for _, some in found for token in some), inside)
    return tuple(
        ReadSentence(
            s, t, russian_mentions(s.reading, t, lexicon), _russian_content(t, lexicon)
        )
        for s, t in found
    )


def phrases(sentences: Sequence[ReadSentence]) -> tuple[TermPhrase, ...]:
    """Return every term of the lecture in the order in which they come."""
    texts: dict[tuple[str, ...], Counter[str]] = {}
    places: dict[tuple[str, ...], list[int]] = {}
    whole: dict[tuple[str, ...], list[int]] = {}
    for index, one in enumerate(sentences):
        for mention in one.mentions:
            # Where it begins a sentence its capital means nothing: that spelling yields to one from
            # inside a sentence.
            texts.setdefault(mention.key, Counter())[mention.text] += (
                1 if mention.char_start == 0 else 2
            )
            places.setdefault(mention.key, []).append(index)
            if mention.whole:
                whole.setdefault(mention.key, []).append(index)
    return tuple(
        TermPhrase(
            key,
            counts.most_common(1)[0][0],
            tuple(places[key]),
            tuple(whole.get(key, ())),
        )
        for key, counts in texts.items()
    )


def _russian_content(found: Sequence[Token], lexicon: Lexicon) -> tuple[str, ...]:
    """Return lemmas of nouns, adjectives and Latin words that belong to a subject."""
    empty = words("ru_junk") | words("ru_adjectives")
    kept = []
    for token in found:
        if CYRILLIC.search(token.text):
            readings = lexicon.readings(token.text)
            if readings and readings[0].lemma not in empty:
                kept.append(readings[0].lemma)
        elif is_content(token):
            kept.append(token.folded)
    return tuple(kept)


def _english_content(found: Sequence[Token]) -> tuple[str, ...]:
    return tuple(english_stem(token.folded) for token in found if is_content(token))
