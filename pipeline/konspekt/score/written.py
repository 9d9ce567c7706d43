"""A report as JSON for programs, and as CSV for tables."""

from __future__ import annotations

import csv
import io
import platform
from collections.abc import Iterable
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from konspekt import __version__
from konspekt.data import Score
from konspekt.score.analysis import Analysis
from konspekt.score.report import Comparison, Input, Report, Scored, System, proposals
from konspekt.score.terms import Terms
from konspekt.score.uncertainty import LEVEL, RESAMPLES, SEED, Interval, NoInterval

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet runs a cell that begins so


TABLES = ("scores.csv", "confusions.csv", "words.csv", "terms.csv")


def as_json(report: Report) -> dict[str, Any]:
    """Return every figure of the report, and what is needed to compute it again: versions,
    profile, options, hashes of the inputs.
    """
    options = report.options
    libraries = (
        "rapidfuzz",
        "pymorphy3",
        *(("openai-whisper",) if options.profile.startswith("whisper") else ()),
    )
    return {
        "konspekt": __version__,
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in libraries},
        },
        "profile": options.profile,
        "without": list(options.without),
        "markup": options.markup,
        "language": options.language,
        "bootstrap": {"resamples": RESAMPLES, "seed": SEED, "level": LEVEL},
        "glossary": None
        if options.glossary is None
        else [asdict(term) for term in options.glossary.terms],
        "systems": [_system(system) for system in report.systems],
        "comparisons": [_comparison(comparison) for comparison in report.comparisons],
        "proposals": [asdict(proposal) for proposal in proposals(report)],
        "unused": [_whole(path) for path in report.unused],
    }


def as_csv(report: Report) -> dict[str, str]:
    """Return tables by file name: the counts, every confusion, every word of the alignment, and the
    terms of a glossary.

    A text that a spreadsheet would run as a formula begins with an apostrophe.
    """
    each = [
        (system.name, scored) for system in report.systems for scored in system.lectures
    ]
    tables = {
        "scores.csv": _table(
            _COUNTS, (row for name, scored in each for row in _score_rows(name, scored))
        ),
        "confusions.csv": _table(
            ("system", "lecture", "kind", "reference", "hypothesis", "count"),
            (
                row
                for name, scored in each
                for row in _confusion_rows(name, scored.analysis)
            ),
        ),
        "words.csv": _table(
            ("system", "lecture", "kind", "reference", "hypothesis", "start"),
            (row for name, scored in each for row in _word_rows(name, scored.analysis)),
        ),
    }
    if report.options.glossary is not None:
        tables["terms.csv"] = _table(
            ("system", "lecture", "term", "found", "reference", "hypothesis", "start"),
            (row for name, scored in each for row in _term_rows(name, scored.analysis)),
        )
    return tables


def _whole(name: object) -> str:
    """Return a file's name as text that UTF-8 can hold: a name may hold half a character."""
    return str(name).encode("utf-8", "replace").decode("utf-8")


def _score(score: Score) -> dict[str, Any]:
    fields = {
        name: value for name, value in asdict(score).items() if name != "alignment"
    }
    return fields | {
        name: getattr(score, name)
        for name in ("errors", "wer", "cer", "mer", "wil", "wip")
    }


def _system(system: System) -> dict[str, Any]:
    return {
        "name": _whole(system.name),
        "raw": _score(system.raw),
        "normalised": _score(system.normalised),
        "interval": asdict(system.interval),
        "lectures": [_lecture(scored) for scored in system.lectures],
    }


def _input(source: Input | None) -> dict[str, str] | None:
    return (
        None
        if source is None
        else {"path": _whole(source.path), "sha256": source.sha256}
    )


def _lecture(scored: Scored) -> dict[str, Any]:
    found = scored.analysis
    return {
        "name": _whole(found.name),
        "reference": _input(scored.reference),
        "hypothesis": _input(scored.hypothesis),
        "raw": _score(found.raw),
        "normalised": _score(found.normalised),
        "interval": asdict(found.interval),
        "effects": dict(found.effects),
        "equal": dict(found.equal),
        "hallucination": asdict(found.hallucination),
        "stretches": [asdict(stretch) for stretch in found.stretches],
        "confusions": {
            "substituted": [
                [*pair, count]
                for pair, count in found.confusions.substituted.most_common()
            ],
            "deleted": found.confusions.deleted.most_common(),
            "inserted": found.confusions.inserted.most_common(),
        },
        "alignment": [list(edit) for edit in found.normalised.alignment],
        "terms": _terms(found.terms),
        "missing": list(found.missing),
        "extra": list(found.extra),
        "ignored_words": found.ignored_words,
    }


def _terms(terms: Terms | None) -> dict[str, Any] | None:
    if terms is None:
        return None
    rates = (
        "recall_exact",
        "recall_variant",
        "recall",
        "precision",
        "term_wer",
        "rest_wer",
    )
    return asdict(terms) | {name: getattr(terms, name) for name in rates}


def _comparison(comparison: Comparison) -> dict[str, Any]:
    better = None if comparison.better is None else _whole(comparison.better)
    names = {
        "first": _whole(comparison.first),
        "other": _whole(comparison.other),
        "better": better,
    }
    return asdict(comparison) | names


_COUNTS = (
    *(
        "system",
        "lecture",
        "profile",
        "wer",
        "low",
        "high",
        "cer",
        "mer",
        "wil",
        "wip",
        "hits",
        "substitutions",
    ),
    *("deletions", "insertions", "reference_words", "hypothesis_words"),
)


def _score_rows(system: str, scored: Scored) -> Iterable[tuple[Any, ...]]:
    found = scored.analysis
    for score, interval in (
        (found.normalised, found.interval),
        (found.raw, NoInterval("")),
    ):
        low, high = (
            (interval.low, interval.high)
            if isinstance(interval, Interval)
            else (None, None)
        )
        rates = (score.wer, low, high, score.cer, score.mer, score.wil, score.wip)
        counts = (score.hits, score.substitutions, score.deletions, score.insertions)
        words = (score.reference_words, score.hypothesis_words)
        yield (system, found.name, score.profile, *rates, *counts, *words)


def _confusion_rows(system: str, found: Analysis) -> Iterable[tuple[Any, ...]]:
    for (reference, hypothesis), count in found.confusions.substituted.most_common():
        yield system, found.name, "substitute", reference, hypothesis, count
    for reference, count in found.confusions.deleted.most_common():
        yield system, found.name, "delete", reference, "", count
    for hypothesis, count in found.confusions.inserted.most_common():
        yield system, found.name, "insert", "", hypothesis, count


def _word_rows(system: str, found: Analysis) -> Iterable[tuple[Any, ...]]:
    for edit in found.readable:
        for step in range(
            max(edit.ref_end - edit.ref_start, edit.hyp_end - edit.hyp_start)
        ):
            ref = None if edit.kind == "insert" else edit.ref_start + step
            hyp = None if edit.kind == "delete" else edit.hyp_start + step
            times = (
                None if hyp is None else found.hypothesis.times[hyp],
                None if ref is None else found.reference.times[ref],
            )
            start = next(
                (round(time[0], 3) for time in times if time is not None), None
            )
            reference = "" if ref is None else found.reference.words[ref]
            yield (
                system,
                found.name,
                edit.kind,
                reference,
                "" if hyp is None else found.hypothesis.words[hyp],
                start,
            )


def _table(head: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return f"'{_whole(value)}" if value.startswith(_FORMULA) else _whole(value)


def _term_rows(system: str, found: Analysis) -> Iterable[tuple[Any, ...]]:
    if found.terms is None:
        return
    for mention in found.terms.mentions:
        yield (
            system,
            found.name,
            mention.term,
            mention.found,
            mention.reference,
            mention.hypothesis,
            mention.start,
        )
    for false in found.terms.false:
        yield system, found.name, false.term, "false", "", false.hypothesis, false.start
