"""A report in lines that a person reads in a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from konspekt.data import Score
from konspekt.sanitize import sanitize
from konspekt.score.analysis import LONG_RUN, Analysis
from konspekt.score.report import Comparison, Report, Scored, System, proposed_lines
from konspekt.score.runs import ErrorRun
from konspekt.score.terms import Terms
from konspekt.score.uncertainty import Interval, NoInterval
from konspekt.score.where import Stretch, worst_minutes
from konspekt.text.times import clock

_FREQUENT = 8  # confusions that are named
_WORST = 3  # minutes that are named
_MISSED = 5  # terms that are named
_KEYS = 5  # utterances that are named
_QUOTED = 6  # words of a long run


def summary(report: Report) -> Iterator[str]:
    """Yield the figures first, then what they hide, then where to look.

    No line of a transcript breaks into two.
    """
    yield from _table(report)
    for system in report.systems:
        yield from _tell_figures(system, named=len(report.systems) > 1)
    for comparison in report.comparisons:
        yield _compare(comparison)
    lines = proposed_lines(report).splitlines()
    if lines:
        yield f"may be variants, for glossary.toml: {'; '.join(map(sanitize, lines))}"
    for path in report.unused:
        yield f"not scored, as no reference has its name: {sanitize(path)}"


def agreement(report: Report) -> Iterator[str]:
    """Yield how far two transcripts agree of which neither is the reference, and where not."""
    for system in report.systems:
        score = system.normalised
        places = score.hits + score.errors
        if not places:
            yield f"{sanitize(system.name)}: neither text has a word"
            continue
        yield (
            f"{sanitize(system.name)}: {1 - score.mer:.1%} of {places} places agree "
            f"({score.substitutions} other words, {score.deletions} missing, "
            f"{score.insertions} more)"
        )
        yield from _tell_hidden(system)


# --------------------------------------------------------------------------------------------------


def _table(report: Report) -> Iterator[str]:
    options = report.options
    width = max(16, *(len(sanitize(name)) + 2 for name in _row_names(report)))
    yield (
        f"{'':{width}}{'WER':>7}{'95 %':>14}{'CER':>8}"
        f"{'hits':>8}{'sub':>7}{'del':>7}{'ins':>7}{'words':>8}"
    )
    for system in report.systems:
        if len(report.systems) > 1:
            yield sanitize(system.name)
        if len(system.lectures) > 1:
            for one in _analyses(system):
                yield _row(one.name, one.normalised, one.interval, width)
        yield _row(options.profile, system.normalised, system.interval, width)
        if options.profile != "raw" or options.without:
            yield _row("raw", system.raw, None, width)


def _row_names(report: Report) -> Iterator[str]:
    yield report.options.profile
    lectures = report.systems[0].lectures
    if len(lectures) > 1:
        yield from (scored.analysis.name for scored in lectures)


def _row(
    name: str, score: Score, interval: Interval | NoInterval | None, width: int
) -> str:
    between = (
        f"{interval.low:.3f}–{interval.high:.3f}"
        if isinstance(interval, Interval)
        else ""
    )
    rates = f"{_rate(score.wer):>7}{between:>14}{_rate(score.cer):>8}"
    errors = f"{score.substitutions:>7}{score.deletions:>7}{score.insertions:>7}"
    return f"{sanitize(name):{width}}{rates}{score.hits:>8}{errors}{score.reference_words:>8}"


def _rate(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"


# --------------------------------------------------------------------------------------------------


def _tell_figures(system: System, *, named: bool) -> Iterator[str]:
    """Yield what the figures of a system hide, each line begun with its name where `named`."""
    start = f"{sanitize(system.name)}: " if named else ""
    for lines in (
        _figures(system),
        _notes(system),
        _tell_hidden(system),
        _terms(system),
    ):
        yield from (start + line for line in lines)


def _figures(system: System) -> Iterator[str]:
    if isinstance(system.interval, NoInterval):
        yield f"no 95 % interval: {system.interval.reason}"
    if system.normalised.wer is None:
        inserted = system.normalised.insertions
        yield f"the reference is empty: {inserted} inserted words, and no rate"
    effects = _sum(one.effects for one in _analyses(system))
    helpful = [f"{rule} {errors}" for rule, errors in effects.most_common() if errors]
    if helpful:
        yield f"errors each rule takes away: {', '.join(helpful)}"


def _analyses(system: System) -> list[Analysis]:
    return [scored.analysis for scored in system.lectures]


def _sum(counts: Iterable[Mapping[str, int]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for one in counts:
        found.update(one)
    return found


def _notes(system: System) -> Iterator[str]:
    for scored in system.lectures:
        yield from _notes_of(scored)


def _notes_of(scored: Scored) -> Iterator[str]:
    """Yield what of a lecture was not scored as usual."""
    found = scored.analysis
    if scored.hypothesis is None:
        name = sanitize(found.name)
        yield f"{name}: no hypothesis of this name; all its words are deletions"
    start = f"{sanitize(found.name)}: " if found.name else ""
    if found.missing:
        yield f"{start}utterances not in the hypothesis: {_list(found.missing)}"
    if found.extra:
        yield f"{start}utterances not in the reference: {_list(found.extra)}"
    side = _only_timed_side(found)
    if side:
        yield f"{start}only the {side} has times, so silence and missing speech are not judged"
    if found.ignored_words:
        words = _count(found.ignored_words, "word")
        yield f"{start}where the reference leaves all open, {words} of the hypothesis"


def _list(keys: tuple[str, ...]) -> str:
    more = f" and {len(keys) - _KEYS} more" if len(keys) > _KEYS else ""
    return ", ".join(map(sanitize, keys[:_KEYS])) + more


def _only_timed_side(found: Analysis) -> str:
    """Return the side that alone has times; "" where both have, none has, or one has no words."""
    reference, hypothesis = found.reference, found.hypothesis
    if not reference.words or not hypothesis.words:
        return ""
    if reference.has_times == hypothesis.has_times:
        return ""
    return "reference" if reference.has_times else "hypothesis"


# --------------------------------------------------------------------------------------------------


def _tell_hidden(system: System) -> Iterator[str]:
    """Yield what a word error rate hides, and where to look."""
    found = _analyses(system)
    yield from _long_runs(found)
    yield from _tell_made_up(found)
    yield from _tell_worst(found)
    yield from _tell_confused(found)


def _long_runs(found: list[Analysis]) -> Iterator[str]:
    inserted = [(run, one) for one in found for run in one.hallucination.inserted]
    deleted = [(run, one) for one in found for run in one.hallucination.deleted]
    for kind, runs in (("inserted", inserted), ("deleted", deleted)):
        if not runs:
            continue
        words = sum(run.words for run, _ in runs)
        run, one = max(runs, key=lambda pair: pair[0].words)
        yield (
            f"{_count(len(runs), 'run')} of {LONG_RUN} or more {kind} words, {words} words in all; "
            f"the longest, {run.words} words{_at(one, run.start)}: “{_quote(one, run, kind)}”"
        )


def _tell_made_up(found: list[Analysis]) -> Iterator[str]:
    """Yield what was repeated, inserted in silence, and left without a word."""
    capped = found[0].hallucination.capped_wer
    if len(found) == 1 and capped is not None and capped != found[0].normalised.wer:
        yield f"WER with no more than 4 insertions on end: {capped:.3f}"
    repeated = sum(one.hallucination.excess_repetition for one in found)
    if repeated:
        runs = _count(repeated, "run")
        yield f"repeated at once, beyond the reference's own: {runs} of 5 words"
    silent = sum(one.hallucination.in_silence or 0 for one in found)
    if silent:
        yield f"inserted where nobody speaks: {_count(silent, 'word')}"
    missing = [span for one in found for span in one.hallucination.missing or ()]
    if missing:
        seconds = sum(end - start for start, end in missing)
        yield f"speech without a word: {seconds:.0f} s, {_count(len(missing), 'time')}"


def _tell_worst(found: list[Analysis]) -> Iterator[str]:
    """Yield the minutes with the most errors of all lectures."""
    worst = [
        (stretch, one)
        for one in found
        for stretch in worst_minutes(one.stretches, _WORST)
    ]
    timed = [pair for pair in worst if pair[0].start is not None]
    timed.sort(key=lambda pair: -pair[0].errors)
    if not timed:
        return
    many = len(found) > 1
    minutes = [
        _minute(stretch, one.name if many else "") for stretch, one in timed[:_WORST]
    ]
    yield f"worst minutes: {', '.join(minutes)}"


def _minute(stretch: Stretch, lecture: str) -> str:
    of_lecture = f" of {sanitize(lecture)}" if lecture else ""
    return f"{_time(stretch.start)}{of_lecture} ({_count(stretch.errors, 'error')})"


def _tell_confused(found: list[Analysis]) -> Iterator[str]:
    """Yield the words most often taken for others, twice at least."""
    taken = sum((one.confusions.substituted for one in found), Counter())
    often = [
        f"{sanitize(reference)} → {sanitize(hypothesis)} ×{count}"
        for (reference, hypothesis), count in taken.most_common(_FREQUENT)
        if count > 1
    ]
    if often:
        yield f"most often: {', '.join(often)}"


def _quote(found: Analysis, run: ErrorRun, kind: str) -> str:
    """Return the first words of a run, as they were written."""
    if kind == "inserted":
        written = found.hypothesis.written[run.hyp_start : run.hyp_end]
    else:
        written = found.reference.written[run.ref_start : run.ref_end]
    quoted = " ".join(filter(None, written[:_QUOTED]))
    return sanitize(quoted) + (" …" if len(written) > _QUOTED else "")


# --------------------------------------------------------------------------------------------------


def _terms(system: System) -> Iterator[str]:
    known = [one.terms for one in _analyses(system) if one.terms is not None]
    if not known:
        return
    mentions = sum(len(one.mentions) for one in known)
    exact = sum(one.count("exact") for one in known)
    variant = sum(one.count("variant") for one in known)
    lemma = sum(one.count("lemma") for one in known)
    false = sum(len(one.false) for one in known)
    yield (
        f"terms: {exact + variant + lemma} of {mentions} mentions found ({exact} exact, "
        f"{variant} as a variant, {lemma} inflected), {false} false; {_term_rates(known)}"
    )
    missed = _missed_terms(known)
    if missed:
        yield f"terms missed: {', '.join(missed)}"


def _term_rates(known: list[Terms]) -> str:
    """Return the WER on words of terms and on the rest, as far as there are any."""
    of_terms = (
        sum(one.term_errors for one in known),
        sum(one.term_words for one in known),
    )
    of_rest = (
        sum(one.rest_errors for one in known),
        sum(one.rest_words for one in known),
    )
    rates = []
    for what, (errors, words) in (("terms", of_terms), ("the rest", of_rest)):
        if words:
            rates.append(f"WER on {what} {_rate(errors / words)}")
    return ", ".join(rates)


def _missed_terms(known: list[Terms]) -> list[str]:
    missed: Counter[tuple[str, str]] = Counter()
    for one in known:
        lost = (mention for mention in one.mentions if mention.found == "missed")
        missed.update((mention.term, mention.hypothesis) for mention in lost)
    return [
        f"{sanitize(term)} → {sanitize(words) or 'nothing'} ×{count}"
        for (term, words), count in missed.most_common(_MISSED)
    ]


# --------------------------------------------------------------------------------------------------


def _compare(comparison: Comparison) -> str:
    """Return whether two systems differ, and what shows it."""
    names = f"{sanitize(comparison.first)} and {sanitize(comparison.other)}"
    found, test = comparison.difference, comparison.mapsswe
    if found.difference is None:
        return f"{names}: not compared; the reference is empty"
    interval = (
        f"95 % interval {found.interval.low:+.3f} to {found.interval.high:+.3f}"
        if isinstance(found.interval, Interval)
        else f"no interval: {found.interval.reason}"
    )
    mapsswe = (
        f"no MAPSSWE: {test.reason}" if test.p is None else f"MAPSSWE p {_p(test.p)}"
    )
    better = comparison.better
    verdict = (
        "not distinguishable" if better is None else f"{sanitize(better)} is better"
    )
    return f"{names}: WER differs by {abs(found.difference):.3f}; {interval}; {mapsswe}; {verdict}"


def _p(value: float) -> str:
    return f"= {value:.3f}" if value >= 0.001 else "< 0.001"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _at(found: Analysis, seconds: float | None) -> str:
    where = f" of {sanitize(found.name)}" if found.name else ""
    return where if seconds is None else f", at {_time(seconds)}{where}"


def _time(seconds: float | None) -> str:
    return "" if seconds is None else clock(seconds)
