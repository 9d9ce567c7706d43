"""A recording after cleaning, in figures."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from konspekt.clean.corrections import Corrected
from konspekt.clean.gaps import find_covered
from konspekt.clean.rules import RULES
from konspekt.clean.wording import (
    FOREIGN_SIMILARITY,
    NO_SECOND_PASS,
    NO_SIMILARITY,
    NO_SOUND,
)
from konspekt.course.recordings import TEXT_ENDINGS
from konspekt.data import Gap, Quality, RawTranscript, Removal, SecondPassCandidate
from konspekt.models.similarity import SentenceSimilarity, understands
from konspekt.text.spans import Span, intersection, times_of, total, union
from konspekt.text.words import count_words


def measure_quality(
    raw: RawTranscript,
    done: Corrected,
    gaps: tuple[Gap, ...],
    candidates: tuple[SecondPassCandidate, ...],
    without: Iterable[str],
) -> Quality:
    """Return the figures of a cleaned recording.

    `raw` holds all passes, `without` lists in words what cleaning did without.
    """
    similarity = done.context.similarity
    spoken = _speech_spans(raw)
    covered = find_covered(done.context, done.sentences)
    is_known = raw.speech is not None
    return Quality(
        recording=raw.recording.id,
        duration=raw.recording.duration,
        covered=round(total(covered), 3),
        words_transcribed=sum(count_words(decoded.text) for decoded in raw.windows),
        words_kept=sum(count_words(sentence.text) for sentence in done.sentences),
        removed=_words_by_reason(done.context.removals),
        gaps=_seconds_by_cause(gaps, spoken),
        similarity=None if similarity is None else similarity.name,
        without=tuple(without),
        speech=round(total(spoken), 3) if is_known else None,
        second_pass=candidates,
        missing=gaps,
        unmatched=_find_unmatched(done, of_course=False),
        unmatched_of_course=_find_unmatched(done, of_course=True),
        speech_covered=round(total(intersection(covered, spoken)), 3)
        if is_known
        else None,
        sound_sent_to=_hosts(raw),
    )


def _hosts(raw: RawTranscript) -> tuple[str, ...]:
    """Return the hosts that sound was sent to, in order."""
    hosts = {decoded.how.sent_to for decoded in raw.windows}
    return tuple(sorted(filter(None, hosts)))


def _speech_spans(raw: RawTranscript) -> tuple[Span[float], ...]:
    """Return where somebody speaks; the whole recording where that is unknown."""
    if raw.speech is None:
        return union([(0.0, raw.recording.duration)])
    return union(times_of(raw.speech))


def _find_unmatched(done: Corrected, *, of_course: bool) -> tuple[str, ...]:
    return tuple(
        words for entry, words in done.unmatched if entry.everywhere == of_course
    )


def _words_by_reason(removals: Iterable[Removal]) -> dict[str, int]:
    words: dict[str, int] = {}
    for removal in removals:
        words[removal.reason] = words.get(removal.reason, 0) + count_words(removal.text)
    return dict(sorted(words.items()))


def _seconds_by_cause(
    gaps: Iterable[Gap], spoken: Sequence[Span[float]]
) -> dict[str, float]:
    seconds: dict[str, float] = {}
    for gap in gaps:
        inside = total(intersection(times_of([gap]), spoken))
        seconds[gap.cause] = round(seconds.get(gap.cause, 0.0) + inside, 3)
    return seconds


def rules_left_out(chosen: Collection[str]) -> list[str]:
    """Return a line for each rule that did not run."""
    left_out = [rule for name, rule in RULES.items() if name not in chosen]
    return [rule.shortfall.line("the rule was left out") for rule in left_out]


def similarity_for(
    similarity: SentenceSimilarity | None, language: str
) -> SentenceSimilarity | None:
    """Return the similarity if it knows the language: None rather than one that does not."""
    knows = similarity is not None and understands(similarity.name, language)
    return similarity if knows else None


def similarity_left_out(
    similarity: SentenceSimilarity | None, language: str
) -> list[str]:
    """Return a line where sentences were not compared by meaning."""
    if similarity_for(similarity, language) is not None:
        return []
    words = "no sentences were compared by meaning"
    if similarity is None:
        return [NO_SIMILARITY.line(words)]
    why = f"{similarity.name} was not trained on {language!r}"
    return [FOREIGN_SIMILARITY.line(f"{why}: {words}")]


def second_pass_left_out(
    raw: RawTranscript, candidates: Collection[SecondPassCandidate]
) -> list[str]:
    """Return why there is no second pass, where there are candidates for one."""
    if not candidates:
        return []
    if all(part.path.lower().endswith(TEXT_ENDINGS) for part in raw.recording.parts):
        words = "nothing could be transcribed again: the lecture came as text"
        return [NO_SOUND.line(words)]
    return [NO_SECOND_PASS.line("nothing was transcribed again")]
