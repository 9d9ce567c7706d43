"""Cleaning: windows → what is kept, what is removed and why, where nothing was heard.

clean(raw, options, similarity, language=…, corrections=…) → Cleaned
                                                        pure; the rules are in `rules`, in their order; a person
                                                        overrules them (`corrections`)
joined(transcripts) → RawTranscript                     several transcripts of the same sound, to be
cleaned as one clean(…, again=…) → Cleaned                             with what was heard when the
second pass check_tiling(raw, transcript, removals)                 the first law, checked from
artifacts alone
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from konspekt.clean.candidates import second_pass_candidates
from konspekt.clean.context import Context
from konspekt.clean.corrections import Corrected, corrected
from konspekt.clean.gaps import covered, gaps
from konspekt.clean.listened import Listened, by_rules
from konspekt.clean.rule import Rule
from konspekt.clean.rules import RULES
from konspekt.clean.second_pass import both_passes, gained
from konspekt.clean.several import Several, check_alike, joined
from konspekt.clean.tiling import check_tiling
from konspekt.clean.transcript import kept_sentences
from konspekt.clean.wording import (
    FOREIGN_SIMILARITY,
    NO_SECOND_PASS,
    NO_SIMILARITY,
    NO_SOUND,
    wording,
)
from konspekt.course.corrections import Entry
from konspekt.course.recordings import TEXT_ENDINGS
from konspekt.course.settings import CleanOptions
from konspekt.data import (
    Cleaned,
    Gap,
    Quality,
    RawTranscript,
    Removal,
    SecondPassCandidate,
    Transcript,
)
from konspekt.errors import CourseError
from konspekt.models.similarity import SentenceSimilarity, understands
from konspekt.text.spans import intersection, times_of, total, union
from konspekt.text.words import count_words

__all__ = [
    "VERSION",
    "both_passes",
    "check_alike",
    "check_tiling",
    "chosen_rules",
    "clean",
    "joined",
    "rule_versions",
    "wording",
]

VERSION = 6  # of what cleaning makes of a transcript; a higher number cleans again


def clean(
    raw: RawTranscript,
    options: CleanOptions,
    similarity: SentenceSimilarity | None,
    *,
    language: str,
    again: RawTranscript | None = None,
    corrections: Iterable[Entry] = (),
) -> Cleaned:
    """Sets aside what nobody said, and what two neighbours both say, with a reason and evidence for
    each span.

    `again` is what was heard when the second pass, with numbers of its own. What a person says in
    `corrections` overrides all that; of what found nothing the quality tells. Without a similarity
    the rules that ask one do nothing, and the quality says so. Raises CourseError where
    `options.without` or `options.only` names a rule that does not exist.
    """
    rules = chosen_rules(options)
    both = both_passes(raw, again)
    start = Context.of(both, language, similarity)
    several = Several(raw, lambda context: by_rules(context, rules))
    worth: tuple[SecondPassCandidate, ...] = ()
    if several.is_one:
        usual = by_rules(Context.of(raw, language, None), RULES)
        worth = _worth(usual, raw)
        is_usual = similarity is None and len(rules) == len(RULES)
        listened = Listened(raw, again, rules, worth, usual if is_usual else None)
        done = corrected(start, corrections, listened.ruled, listened.sentences)
    else:  # each is cleaned by itself, then they are compared
        done = corrected(start, corrections, several.ruled, several.sentences)
    if again is not None:
        worth = gained(worth, again, done.sentences)
    found = gaps(done.context, done.sentences, raw.speech)
    unsaid = _no_second_pass(raw, worth) if again is None else ()
    quality = _quality(both, done, found, options)
    place = done.context.index_of
    return Cleaned(
        transcript=Transcript(raw.recording.id, language, done.sentences, found),
        removals=tuple(sorted(done.removals, key=lambda r: (place[r.window], r.char_start))),
        quality=replace(
            quality, second_pass=worth, missing=found, without=(*quality.without, *unsaid)
        ),
    )


def _worth(usual: Context, raw: RawTranscript) -> tuple[SecondPassCandidate, ...]:
    """What is worth hearing again: the same whatever the settings of cleaning."""
    sentences = kept_sentences(usual)
    return second_pass_candidates(
        usual, sentences, gaps(usual, sentences, raw.speech), speech=raw.speech is not None
    )


def _no_second_pass(raw: RawTranscript, worth: tuple[SecondPassCandidate, ...]) -> tuple[str, ...]:
    """Why nothing was heard again, if something was worth it."""
    if not worth:
        return ()
    if all(part.path.lower().endswith(TEXT_ENDINGS) for part in raw.recording.parts):
        return (NO_SOUND.line("nothing could be transcribed again: the lecture came as text"),)
    return (NO_SECOND_PASS.line("nothing was transcribed again"),)


def chosen_rules(options: CleanOptions) -> Mapping[str, Rule]:
    """The rules that run, in order: those of `options.only`, or all, less those of
    `options.without`.

    Raises CourseError where one of the two names a rule that does not exist.
    """
    for setting, names in (("without", options.without), ("only", options.only)):
        unknown = sorted(set(names) - set(RULES))
        if unknown:
            raise CourseError(
                f"clean.{setting} names no rule: {', '.join(map(repr, unknown))}",
                remedy=f"The rules are: {', '.join(RULES)}.",
            )
    wanted = set(options.only or RULES) - set(options.without)
    return {name: rule for name, rule in RULES.items() if name in wanted}


def rule_versions() -> Mapping[str, int]:
    """Return each rule's version: what cleaning makes depends on all, for the candidates for the
    second pass are found by every rule.
    """
    return {name: rule.version for name, rule in RULES.items()}


def _quality(
    raw: RawTranscript, done: Corrected, found: tuple[Gap, ...], options: CleanOptions
) -> Quality:
    context, sentences, similarity = done.context, done.sentences, done.context.similarity
    chosen = chosen_rules(options)
    left_out = [
        rule.shortfall.line("the rule was left out")
        for name, rule in RULES.items()
        if name not in chosen
    ]
    if similarity is None:
        left_out.append(
            NO_SIMILARITY.line("thin windows were not compared with what is said around them")
        )
    elif not understands(similarity.name, context.language):
        words = f"{similarity.name} was not trained on {context.language!r}: nothing was compared with the listed phrases"
        left_out.append(FOREIGN_SIMILARITY.line(words))
    everywhere = [(0.0, raw.recording.duration)]
    spoken = union(everywhere if raw.speech is None else times_of(raw.speech))
    has_text = covered(context, sentences)
    seconds: dict[str, float] = {}
    for gap in found:
        own = total(intersection(times_of([gap]), spoken))
        seconds[gap.cause] = round(seconds.get(gap.cause, 0.0) + own, 3)
    return Quality(
        recording=raw.recording.id,
        duration=raw.recording.duration,
        covered=round(total(has_text), 3),
        words_transcribed=sum(count_words(decoded.text) for decoded in raw.windows),
        words_kept=sum(count_words(sentence.text) for sentence in sentences),
        removed=_words_by_reason(context.removals),
        gaps=seconds,
        similarity=None if similarity is None else similarity.name,
        without=tuple(left_out),
        unmatched=tuple(words for entry, words in done.unmatched if not entry.everywhere),
        unmatched_of_course=tuple(words for entry, words in done.unmatched if entry.everywhere),
        speech=None if raw.speech is None else round(total(spoken), 3),
        speech_covered=(
            None if raw.speech is None else round(total(intersection(has_text, spoken)), 3)
        ),
    )


def _words_by_reason(removals: tuple[Removal, ...]) -> dict[str, int]:
    words: dict[str, int] = {}
    for removal in removals:
        words[removal.reason] = words.get(removal.reason, 0) + count_words(removal.text)
    return dict(sorted(words.items()))
