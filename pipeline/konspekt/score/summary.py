"""A report in lines that a person reads in a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias

from konspekt.data import Edit, Score
from konspekt.sanitize import sanitize
from konspekt.score.analysis import LONG_RUN, Analysis
from konspekt.score.report import Comparison, Report, Scored, System, proposed_lines
from konspekt.score.runs import ErrorRun
from konspekt.score.sides import ComparedSide
from konspekt.score.uncertainty import Interval, NoInterval
from konspekt.score.where import worst_minutes
from konspekt.text.times import clock

_FREQUENT = 8  # confusions that are named
_WORST = 3  # minutes that are named
_QUOTED = 6  # words of a long run
_CONTEXT = 4  # equal words before and after an error in the diff

Marked: TypeAlias = tuple[Literal["equal", "delete", "insert", "place"], str]


def summary(report: Report) -> Iterator[str]:
    """The figures first, then what they hide, then where to look. No line of a transcript breaks
    into two.
    """
    lectures = report.systems[0].lectures
    width = max(16, *(len(sanitize(name)) + 2 for name in _row_names(report)))
    yield f"{'':{width}}{'WER':>7}{'95 %':>14}{'CER':>8}{'hits':>8}{'sub':>7}{'del':>7}{'ins':>7}{'words':>8}"
    for system in report.systems:
        many = len(report.systems) > 1
        if many:
            yield sanitize(system.name)
        if len(lectures) > 1:
            for scored in system.lectures:
                one = scored.analysis
                yield _row(one.name, one.normalised, one.interval, width)
        yield _row(report.options.profile, system.normalised, system.interval, width)
        if report.options.profile != "raw" or report.options.without:
            yield _row("raw", system.raw, None, width)
    for system in report.systems:
        yield from _told_of(system, named=len(report.systems) > 1)
    for comparison in report.comparisons:
        yield from _compared(comparison)
    if lines := proposed_lines(report):
        yield "may be variants, for glossary.toml: " + "; ".join(map(sanitize, lines.splitlines()))
    for path in report.unused:
        yield f"not scored, as no reference has its name: {sanitize(path)}"


def agreement(report: Report) -> Iterator[str]:
    """How far two windows agree of which neither is the reference, and where they do not."""
    for system in report.systems:
        score = system.normalised
        if not score.hits + score.errors:
            yield f"{sanitize(system.name)}: neither text has a word"
            continue
        yield (
            f"{sanitize(system.name)}: {1 - score.mer:.1%} of {score.hits + score.errors} places agree "
            f"({score.substitutions} other words, {score.deletions} missing, {score.insertions} more)"
        )
        yield from _where(system)


def diff(scored: Scored) -> Iterator[list[Marked]]:
    """The aligned texts, a line an error or several near one another, with a few words around;
    nothing if all agree.
    """
    said, heard = scored.analysis.reference, scored.analysis.hypothesis
    line: list[Marked] = []
    for kind, first, end, hyp_first, hyp_end in _with_whole_words(scored.analysis):
        if kind != "equal":
            if not line:
                line = [("place", _time(_start(scored.analysis, first, hyp_first)))]
                line.append(("equal", sanitize(said.shown(max(0, first - _CONTEXT), first))))
            line.append(("delete", sanitize(said.shown(first, end))))
            line.append(("insert", sanitize(heard.shown(hyp_first, hyp_end))))
        elif end - first <= 2 * _CONTEXT and line:
            line.append(("equal", sanitize(said.shown(first, end))))
        elif line:
            yield [*line, ("equal", sanitize(said.shown(first, first + _CONTEXT)))]
            line = []
    if line:
        yield line


def _with_whole_words(found: Analysis) -> Iterator[Edit]:
    """The readable alignment; errors that part a written word between them are one."""
    last: Edit | None = None
    for edit in found.readable:
        parted = _parts_a_word(found.reference, edit.ref_start) or _parts_a_word(
            found.hypothesis, edit.hyp_start
        )
        if last is not None and last.kind != "equal" and edit.kind != "equal" and parted:
            last = Edit("substitute", last.ref_start, edit.ref_end, last.hyp_start, edit.hyp_end)
            continue
        if last is not None:
            yield last
        last = edit
    if last is not None:
        yield last


def _parts_a_word(side: ComparedSide, place: int) -> bool:
    return place < len(side.written) and not side.written[place]


def _row_names(report: Report) -> Iterator[str]:
    yield report.options.profile
    if len(report.systems[0].lectures) > 1:
        yield from (scored.analysis.name for scored in report.systems[0].lectures)


def _row(name: str, score: Score, interval: Interval | NoInterval | None, width: int) -> str:
    between = f"{interval.low:.3f}–{interval.high:.3f}" if isinstance(interval, Interval) else ""
    return (
        f"{sanitize(name):{width}}{_rate(score.wer):>7}{between:>14}{_rate(score.cer):>8}{score.hits:>8}"
        f"{score.substitutions:>7}{score.deletions:>7}{score.insertions:>7}{score.reference_words:>8}"
    )


def _rate(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"


def _told_of(system: System, *, named: bool) -> Iterator[str]:
    start = f"{sanitize(system.name)}: " if named else ""
    if isinstance(system.interval, NoInterval):
        yield f"{start}no 95 % interval: {system.interval.reason}"
    if system.normalised.wer is None:
        yield f"{start}the reference is empty: {system.normalised.insertions} inserted words, and no rate"
    effects = _summed(one.effects for one in _of(system))
    if any(effects.values()):
        yield f"{start}errors each rule takes away: " + ", ".join(
            f"{name} {n}" for name, n in effects.items() if n
        )
    for scored in system.lectures:
        if scored.hypothesis is None:
            yield f"{start}{sanitize(scored.analysis.name)}: no hypothesis of this name; all its words are deletions"
        yield from _notes(scored.analysis, start)
    yield from (start + line for line in _where(system))
    yield from (start + line for line in _terms(system))


def _of(system: System) -> list[Analysis]:
    return [scored.analysis for scored in system.lectures]


def _summed(counts: Iterable[object]) -> Counter[str]:
    found: Counter[str] = Counter()
    for one in counts:
        found.update(one)  # type: ignore[call-overload]
    return Counter(dict(found.most_common()))


def _notes(found: Analysis, start: str) -> Iterator[str]:
    name = f"{start}{sanitize(found.name)}: " if found.name else start
    for keys, what in (
        (found.missing, "not in the hypothesis"),
        (found.extra, "not in the reference"),
    ):
        if keys:
            more = f" and {len(keys) - 5} more" if len(keys) > 5 else ""
            yield f"{name}utterances {what}: {', '.join(map(sanitize, keys[:5]))}{more}"
    if (
        found.reference.has_times != found.hypothesis.has_times
        and found.reference.words
        and found.hypothesis.words
    ):
        side = "reference" if found.reference.has_times else "hypothesis"
        yield f"{name}only the {side} has times, so nothing is told of silence and unheard speech"
    if found.ignored_words:
        yield f"{name}where the reference leaves all open, {_count(found.ignored_words, 'word')} of the hypothesis"


def _where(system: System) -> Iterator[str]:
    found = _of(system)
    for kind in ("inserted", "deleted"):
        longest = [(run, one) for one in found for run in getattr(one.hallucination, kind)]
        if longest:
            words = sum(run.words for run, _ in longest)
            run, one = max(longest, key=lambda pair: pair[0].words)
            yield (
                f"{_count(len(longest), 'run')} of {LONG_RUN} or more {kind} words, {words} words in all; the longest, "
                f"{run.words} words{_at(one, run.start)}: “{_quote(one, run, kind)}”"
            )
    capped = [one.hallucination.capped_wer for one in found]
    if len(found) == 1 and capped[0] is not None and capped[0] != found[0].normalised.wer:
        yield f"WER with no more than 4 insertions on end: {capped[0]:.3f}"
    repeated = sum(one.hallucination.excess_repetition for one in found)
    if repeated:
        yield f"said again at once, beyond the reference's own: {_count(repeated, 'run')} of 5 words"
    silent = sum(one.hallucination.in_silence or 0 for one in found)
    if silent:
        yield f"inserted where nobody speaks: {_count(silent, 'word')}"
    missing = [span for one in found for span in one.hallucination.missing or ()]
    if missing:
        yield f"speech without a word: {sum(b - a for a, b in missing):.0f} s, {_count(len(missing), 'time')}"
    worst = [(stretch, one) for one in found for stretch in worst_minutes(one.stretches, _WORST)]
    timed = sorted(
        (pair for pair in worst if pair[0].start is not None), key=lambda pair: -pair[0].errors
    )[:_WORST]
    if timed:
        yield "worst minutes: " + ", ".join(
            f"{_time(stretch.start)}{f' of {sanitize(one.name)}' if len(found) > 1 else ''} "
            f"({_count(stretch.errors, 'error')})"
            for stretch, one in timed
        )
    taken = sum((one.confusions.substituted for one in found), Counter())
    often = [(pair, count) for pair, count in taken.most_common(_FREQUENT) if count > 1]
    if often:
        yield "most often: " + ", ".join(
            f"{sanitize(a)} → {sanitize(b)} ×{count}" for (a, b), count in often
        )


def _quote(found: Analysis, run: ErrorRun, kind: str) -> str:
    side, first, end = (
        (found.hypothesis, run.hyp_start, run.hyp_end)
        if kind == "inserted"
        else (found.reference, run.ref_start, run.ref_end)
    )
    words = _joined(side.written[first : min(end, first + _QUOTED)])
    return words + (" …" if end - first > _QUOTED else "")


def _terms(system: System) -> Iterator[str]:
    known = [one.terms for one in _of(system) if one.terms is not None]
    if not known:
        return
    mentions = sum(len(one.mentions) for one in known)
    exact, variant, lemma = (
        sum(one.count(way) for one in known) for way in ("exact", "variant", "lemma")
    )
    found = exact + variant + lemma
    rates = ", ".join(
        f"WER on {what} {_rate(sum(errors) / sum(words))}"
        for what, errors, words in (
            ("terms", [one.term_errors for one in known], [one.term_words for one in known]),
            ("the rest", [one.rest_errors for one in known], [one.rest_words for one in known]),
        )
        if sum(words)
    )
    yield (
        f"terms: {found} of {mentions} mentions found ({exact} exact, {variant} as a variant, {lemma} inflected), "
        f"{sum(len(one.false) for one in known)} false; {rates}"
    )
    missed = Counter(
        (mention.term, mention.hypothesis)
        for one in known
        for mention in one.mentions
        if mention.found == "missed"
    )
    if missed:
        yield "terms missed: " + ", ".join(
            f"{sanitize(term)} → {sanitize(heard) or 'nothing'} ×{count}"
            for (term, heard), count in missed.most_common(5)
        )


def _compared(comparison: Comparison) -> Iterator[str]:
    names = f"{sanitize(comparison.first)} and {sanitize(comparison.other)}"
    found, test = comparison.difference, comparison.mapsswe
    if found.difference is None:
        yield f"{names}: not compared; the reference is empty"
        return
    parts = [f"WER differs by {abs(found.difference):.3f}"]
    if isinstance(found.interval, Interval):
        parts.append(f"95 % interval {found.interval.low:+.3f} to {found.interval.high:+.3f}")
    else:
        parts.append(f"no interval: {found.interval.reason}")
    parts.append(f"MAPSSWE p {_p(test.p)}" if test.p is not None else f"no MAPSSWE: {test.reason}")
    better = comparison.better
    parts.append("not distinguishable" if better is None else f"{sanitize(better)} is better")
    yield f"{names}: {'; '.join(parts)}"


def _p(value: float) -> str:
    return f"= {value:.3f}" if value >= 0.001 else "< 0.001"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _start(found: Analysis, ref: int, hyp: int) -> float | None:
    for side, index in ((found.hypothesis, hyp), (found.reference, ref)):
        if index < len(side.times) and (time := side.times[index]) is not None:
            return time[0]
    return None


def _at(found: Analysis, seconds: float | None) -> str:
    where = f" of {sanitize(found.name)}" if found.name else ""
    return where if seconds is None else f", at {_time(seconds)}{where}"


def _time(seconds: float | None) -> str:
    return "" if seconds is None else clock(seconds)


def _joined(words: Iterable[str]) -> str:
    return sanitize(" ".join(filter(None, words)))
