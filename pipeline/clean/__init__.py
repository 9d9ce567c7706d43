"""Cleaning: hearings → what is kept, what is set aside and why, where nothing was heard.

clean(raw, options, likeness, language=…) → Cleaned     pure; the rules are in `rules`, in their order
joined(transcripts) → RawTranscript                     several transcripts of the same sound, to be cleaned as one
check_tiling(raw, transcript, removals)                 the first law, checked from artifacts alone
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from pipeline.clean.context import Context
from pipeline.clean.gaps import covered, gaps
from pipeline.clean.rules import RULES, Rule
from pipeline.clean.several import agreed, by_source, joined
from pipeline.clean.tiling import check_tiling
from pipeline.clean.transcript import kept_sentences
from pipeline.clean.why import NO_LIKENESS, without
from pipeline.course import CleanOptions
from pipeline.data import Cleaned, Gap, Quality, RawTranscript, Removal, Sentence, Transcript
from pipeline.errors import CourseError
from pipeline.text.likeness import Likeness
from pipeline.text.words import count_words

__all__ = ["check_tiling", "chosen_rules", "clean", "joined"]


def clean(raw: RawTranscript, options: CleanOptions, likeness: Likeness | None, *, language: str) -> Cleaned:
    """Sets aside what nobody said, and what two neighbours both say, with a reason and evidence for each span.

    Without a likeness the rules that ask one do nothing, and the quality says so. Raises CourseError where
    `options.without` or `options.only` names a rule that does not exist.
    """
    context, sentences = _kept(raw, chosen_rules(options).values(), language, likeness)
    found = gaps(context, sentences, raw.speech)
    removals = tuple(sorted(context.removals, key=lambda r: (context.index_of[r.hearing], r.char_start)))
    return Cleaned(
        transcript=Transcript(raw.recording.id, language, sentences, found),
        removals=removals,
        quality=_quality(raw, context, sentences, found, options),
    )


def _kept(
    raw: RawTranscript, rules: Collection[Rule], language: str, likeness: Likeness | None
) -> tuple[Context, tuple[Sentence, ...]]:
    """The recording after the rules; where it was transcribed more than once, after each was cleaned by itself and
    they were compared."""
    transcripts = by_source(raw)
    contexts = [_after(rules, Context.of(transcript, language, likeness)) for transcript in transcripts]
    if len(contexts) == 1:
        return contexts[0], kept_sentences(contexts[0])
    together = Context.of(raw, language, likeness).without(r for context in contexts for r in context.removals)
    found = agreed(together, raw, [transcript.hearings[0].how.source for transcript in transcripts])
    return found.context, found.sentences


def _after(rules: Iterable[Rule], context: Context) -> Context:
    for rule in rules:
        context = context.without(rule(context))
    return context


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
    )


def _words_by_reason(removals: tuple[Removal, ...]) -> dict[str, int]:
    words: dict[str, int] = {}
    for removal in removals:
        words[removal.reason] = words.get(removal.reason, 0) + count_words(removal.text)
    return dict(sorted(words.items()))
