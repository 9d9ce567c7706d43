"""Cleaning: hearings → what is kept, what is set aside and why, where nothing was heard.

clean(raw, options, likeness, language=…, corrections=…) → Cleaned
                                                        pure; the rules are in `rules`, in their order; a person
                                                        overrules them (`corrections`)
joined(transcripts) → RawTranscript                     several transcripts of the same sound, to be cleaned as one
clean(…, again=…) → Cleaned                             with what was heard when listening again
check_tiling(raw, transcript, removals)                 the first law, checked from artifacts alone
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from konspekt.clean.again import seconds_of, worth_hearing
from konspekt.clean.context import Context
from konspekt.clean.corrections import Corrected, corrected
from konspekt.clean.gaps import covered, gaps, merged
from konspekt.clean.listened import Listened, by_rules
from konspekt.clean.rules import RULES, Rule
from konspekt.clean.second import both_listenings, gained
from konspekt.clean.several import Several, check_alike, joined
from konspekt.clean.tiling import check_tiling
from konspekt.clean.transcript import kept_sentences
from konspekt.clean.why import FOREIGN_LIKENESS, NO_LIKENESS, NO_SOUND, NOT_AGAIN, without
from konspekt.course.corrections import Entry
from konspekt.course.course import CleanOptions
from konspekt.course.recordings import TEXT_ENDINGS
from konspekt.data import Cleaned, Gap, Quality, RawTranscript, Removal, Transcript, WorthHearing
from konspekt.errors import CourseError
from konspekt.models.similarity import Likeness, understands
from konspekt.text.words import count_words

__all__ = ["both_listenings", "check_alike", "check_tiling", "chosen_rules", "clean", "joined"]


def clean(
    raw: RawTranscript,
    options: CleanOptions,
    likeness: Likeness | None,
    *,
    language: str,
    again: RawTranscript | None = None,
    corrections: Iterable[Entry] = (),
) -> Cleaned:
    """Sets aside what nobody said, and what two neighbours both say, with a reason and evidence for each span.

    `again` is what was heard when listening again, with numbers of its own. What a person says in `corrections`
    overrides all that; of what found nothing the quality tells. Without a likeness the rules that ask one do nothing,
    and the quality says so. Raises CourseError where `options.without` or `options.only` names a rule that does not
    exist.
    """
    rules = chosen_rules(options)
    both = both_listenings(raw, again)
    start = Context.of(both, language, likeness)
    several = Several(raw, lambda context: by_rules(context, rules))
    worth: tuple[WorthHearing, ...] = ()
    if several.is_one:
        usual = by_rules(Context.of(raw, language, None), RULES)
        worth = _worth(usual, raw)
        is_usual = likeness is None and len(rules) == len(RULES)
        listened = Listened(raw, again, rules, worth, usual if is_usual else None)
        done = corrected(start, corrections, listened.ruled, listened.sentences)
    else:  # each is cleaned by itself, then they are compared
        done = corrected(start, corrections, several.ruled, several.sentences)
    if again is not None:
        worth = gained(worth, again, done.sentences)
    found = gaps(done.context, done.sentences, raw.speech)
    unsaid = _not_again(raw, worth) if again is None else ()
    quality = _quality(both, done, found, options)
    place = done.context.index_of
    return Cleaned(
        transcript=Transcript(raw.recording.id, language, done.sentences, found),
        removals=tuple(sorted(done.removals, key=lambda r: (place[r.hearing], r.char_start))),
        quality=replace(quality, again=worth, unheard=found, without=(*quality.without, *unsaid)),
    )


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


def _quality(raw: RawTranscript, done: Corrected, found: tuple[Gap, ...], options: CleanOptions) -> Quality:
    context, sentences, likeness = done.context, done.sentences, done.context.likeness
    chosen = chosen_rules(options)
    left_out = [without(name, "the rule was left out") for name in RULES if name not in chosen]
    if likeness is None:
        left_out.append(without(NO_LIKENESS, "thin hearings were not compared with what is said around them"))
    elif not understands(likeness.name, context.language):
        words = f"{likeness.name} was not trained on {context.language!r}: nothing was compared with the listed phrases"
        left_out.append(without(FOREIGN_LIKENESS, words))
    everywhere = [(0.0, raw.recording.duration)]
    spoken = merged(everywhere if raw.speech is None else [(one.start, one.end) for one in raw.speech], 0.0)
    has_text = covered(context, sentences)
    seconds: dict[str, float] = {}
    for gap in found:
        seconds[gap.cause] = round(seconds.get(gap.cause, 0.0) + seconds_of([(gap.start, gap.end)], spoken), 3)
    return Quality(
        recording=raw.recording.id,
        duration=raw.recording.duration,
        covered=round(sum(end - start for start, end in has_text), 3),
        words_heard=sum(count_words(hearing.text) for hearing in raw.hearings),
        words_kept=sum(count_words(sentence.text) for sentence in sentences),
        removed=_words_by_reason(context.removals),
        gaps=seconds,
        likeness=None if likeness is None else likeness.name,
        without=tuple(left_out),
        unmatched=tuple(words for entry, words in done.unmatched if not entry.everywhere),
        unmatched_of_course=tuple(words for entry, words in done.unmatched if entry.everywhere),
        speech=None if raw.speech is None else round(sum(end - start for start, end in spoken), 3),
        speech_covered=None if raw.speech is None else round(seconds_of(has_text, spoken), 3),
    )


def _words_by_reason(removals: tuple[Removal, ...]) -> dict[str, int]:
    words: dict[str, int] = {}
    for removal in removals:
        words[removal.reason] = words.get(removal.reason, 0) + count_words(removal.text)
    return dict(sorted(words.items()))
