"""Cleaning: hearings → what is kept, what is set aside and why, where nothing was heard.

clean(raw, options, likeness, language=…) → Cleaned     pure; the rules are in `rules`, in their order
clean(…, again=…) → Cleaned                             with what was heard when listening again
check_tiling(raw, transcript, removals)                 the first law, checked from artifacts alone
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pipeline.clean.again import worth_hearing
from pipeline.clean.context import Context
from pipeline.clean.gaps import covered, gaps, merged
from pipeline.clean.rules import RULES, Rule
from pipeline.clean.second import both_listenings, gained, placed, take_in
from pipeline.clean.tiling import check_tiling
from pipeline.clean.transcript import kept_sentences
from pipeline.clean.why import NO_LIKENESS, NO_SOUND, NOT_AGAIN, without
from pipeline.course import CleanOptions
from pipeline.data import Cleaned, Gap, Quality, RawTranscript, Removal, Sentence, Transcript, WorthHearing
from pipeline.errors import CourseError
from pipeline.recordings import TEXT_ENDINGS
from pipeline.text.likeness import Likeness
from pipeline.text.words import count_words

__all__ = ["both_listenings", "check_tiling", "chosen_rules", "clean"]


def clean(
    raw: RawTranscript,
    options: CleanOptions,
    likeness: Likeness | None,
    *,
    language: str,
    again: RawTranscript | None = None,
) -> Cleaned:
    """Sets aside what nobody said, and what two neighbours both say, with a reason and evidence for each span.

    `again` is what was heard when listening again, with numbers of its own. Without a likeness the rules that ask one
    do nothing, and the quality says so. Raises CourseError where `options.without` or `options.only` names a rule that
    does not exist.
    """
    rules = chosen_rules(options)
    start = Context.of(raw, language, None)
    usual = _by_rules(start, RULES)
    is_usual = likeness is None and len(rules) == len(RULES)
    context = usual if is_usual else _by_rules(replace(start, likeness=likeness), rules)
    worth = _worth(usual, raw)
    if again is None or not again.hearings:
        sentences = kept_sentences(context)
    else:
        taken = take_in(context, raw, again, rules, worth)
        context = taken.context
        sentences = placed(context, kept_sentences(context), taken.places)
    if again is not None:
        worth = gained(worth, again, sentences)
    found = gaps(context, sentences, raw.speech)
    removals = tuple(sorted(context.removals, key=lambda r: (context.index_of[r.hearing], r.char_start)))
    quality = _quality(both_listenings(raw, again), context, sentences, found, options)
    unsaid = _not_again(raw, worth) if again is None else ()
    return Cleaned(
        transcript=Transcript(raw.recording.id, language, sentences, found),
        removals=removals,
        quality=replace(quality, again=worth, unheard=found, without=(*quality.without, *unsaid)),
    )


def _by_rules(context: Context, rules: Mapping[str, Rule]) -> Context:
    for rule in rules.values():
        context = context.without(rule(context))
    return context


def _worth(usual: Context, raw: RawTranscript) -> tuple[WorthHearing, ...]:
    """What is worth hearing again: the same whatever the settings of cleaning."""
    sentences = kept_sentences(usual)
    return worth_hearing(usual, sentences, gaps(usual, sentences, raw.speech), speech=raw.speech is not None)


def _not_again(raw: RawTranscript, worth: tuple[WorthHearing, ...]) -> tuple[str, ...]:
    """Why nothing was heard again, if something was worth it."""
    if not worth:
        return ()
    if all(part.path.lower().endswith(TEXT_ENDINGS) for part in raw.recording.parts):
        return (without(NO_SOUND, "nothing could be heard again: the lecture came as text"),)
    return (without(NOT_AGAIN, "nothing was heard again"),)


def chosen_rules(options: CleanOptions) -> Mapping[str, Rule]:
    """The rules that run, in order: those of `options.only`, or all, less those of `options.without`.

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


def _quality(
    raw: RawTranscript, context: Context, sentences: tuple[Sentence, ...], found: tuple[Gap, ...], options: CleanOptions
) -> Quality:
    likeness = context.likeness
    chosen = chosen_rules(options)
    left_out = [without(name, "the rule was left out") for name in RULES if name not in chosen]
    if likeness is None:
        left_out.append(without(NO_LIKENESS, "thin hearings were not compared with what is said around them"))
    spoken = merged([(region.start, region.end) for region in raw.speech or ()], 0.0)
    seconds: dict[str, float] = {}
    for gap in found:
        seconds[gap.cause] = round(seconds.get(gap.cause, 0.0) + gap.end - gap.start, 3)
    return Quality(
        recording=raw.recording.id,
        duration=raw.recording.duration,
        covered=round(sum(end - start for start, end in covered(context, sentences)), 3),
        words_heard=sum(count_words(hearing.text) for hearing in raw.hearings),
        words_kept=sum(count_words(sentence.text) for sentence in sentences),
        removed=_words_by_reason(context.removals),
        gaps=seconds,
        likeness=None if likeness is None else likeness.name,
        without=tuple(left_out),
        speech=None if raw.speech is None else round(sum(end - start for start, end in spoken), 3),
    )


def _words_by_reason(removals: tuple[Removal, ...]) -> dict[str, int]:
    words: dict[str, int] = {}
    for removal in removals:
        words[removal.reason] = words.get(removal.reason, 0) + count_words(removal.text)
    return dict(sorted(words.items()))
