"""Cleaning: windows → what is kept, what is removed and why, where text may be missing.

clean(raw, options, similarity, language=…)    → Cleaned: pure; the rules are in `rules`, in order
    second_pass=…                              what was transcribed in the second pass
    corrections=…                              a person's: they overrule the rules
join_transcripts(transcripts)                  → one RawTranscript of several of the same sound
check_tiling(raw, transcript, removals)        the first law, checked from artifacts alone
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from konspekt.clean.candidates import second_pass_candidates
from konspekt.clean.context import Context
from konspekt.clean.corrections import Corrected, correct
from konspekt.clean.gaps import find_gaps
from konspekt.clean.judged import apply_rules
from konspekt.clean.passes import Passes
from konspekt.clean.quality import (
    measure_quality,
    rules_left_out,
    second_pass_left_out,
    similarity_for,
    similarity_left_out,
)
from konspekt.clean.rule import Rule
from konspekt.clean.rules import RULES
from konspekt.clean.second_pass import join_passes, measure_gains
from konspekt.clean.several import (
    Transcripts,
    check_alike,
    join_transcripts,
    split_by_source,
)
from konspekt.clean.tiling import check_tiling
from konspekt.clean.transcript import kept_sentences
from konspekt.clean.wording import wording
from konspekt.course.corrections import Entry
from konspekt.course.settings import CleanOptions
from konspekt.data import Cleaned, RawTranscript, SecondPassCandidate, Transcript
from konspekt.errors import CourseError
from konspekt.models.similarity import SentenceSimilarity

__all__ = [
    "VERSION",
    "check_alike",
    "check_tiling",
    "chosen_rules",
    "clean",
    "join_passes",
    "join_transcripts",
    "rule_versions",
    "wording",
]

VERSION = 15  # of what cleaning makes of a transcript; a higher number cleans again
Candidates = tuple[SecondPassCandidate, ...]


def clean(
    raw: RawTranscript,
    options: CleanOptions,
    similarity: SentenceSimilarity | None,
    *,
    language: str,
    second_pass: RawTranscript | None = None,
    corrections: Iterable[Entry] = (),
) -> Cleaned:
    """Remove hallucinations, and what two neighbours both hold, with a reason for each span.

    The windows of `second_pass` have numbers of their own. A person's `corrections`
    override the rules; the quality names the corrections that found nothing. Without a similarity
    that knows the language the rules that need one do nothing, and the quality names that. Raises
    CourseError where `options.without` or `options.only` names a rule that does not exist.
    """
    rules = chosen_rules(options)
    usable = similarity_for(similarity, language)
    start = Context.of(join_passes(raw, second_pass), language, usable)
    transcripts = split_by_source(raw)
    candidates: Candidates = ()
    if len(transcripts) > 1:
        done = correct(start, corrections, Transcripts(raw, transcripts, rules).judge)
    else:
        usual = apply_rules(Context.of(raw, language, None), RULES)
        candidates = _candidates(usual, raw)
        is_usual = usable is None and len(rules) == len(RULES)
        passes = Passes(
            raw, second_pass, rules, candidates, usual if is_usual else None
        )
        done = correct(start, corrections, passes.judge)
    if second_pass is not None:
        candidates = measure_gains(candidates, second_pass, done.sentences)
    left_out = [*rules_left_out(rules), *similarity_left_out(similarity, language)]
    return _assemble(raw, second_pass, done, candidates, left_out)


def _candidates(usual: Context, raw: RawTranscript) -> Candidates:
    """Return the candidates for a second pass: the same whatever the settings of cleaning."""
    sentences = kept_sentences(usual)
    gaps = find_gaps(usual, sentences, raw.speech)
    return second_pass_candidates(usual, sentences, gaps, speech=raw.speech is not None)


def _assemble(
    raw: RawTranscript,
    second_pass: RawTranscript | None,
    done: Corrected,
    candidates: Candidates,
    left_out: Iterable[str],
) -> Cleaned:
    context = done.context
    gaps = find_gaps(context, done.sentences, raw.speech)
    without = list(left_out)
    if second_pass is None:
        without += second_pass_left_out(raw, candidates)
    both = join_passes(raw, second_pass)
    quality = measure_quality(both, done, gaps, candidates, without)
    removals = sorted(
        done.removals, key=lambda r: (context.index_of[r.window], r.char_start)
    )
    transcript = Transcript(raw.recording.id, context.language, done.sentences, gaps)
    return Cleaned(transcript, tuple(removals), quality)


def chosen_rules(options: CleanOptions) -> Mapping[str, Rule]:
    """Return the rules that run, in order: those of `only`, or all, less those of `without`.

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
