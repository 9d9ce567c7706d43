"""The outline's chapters, rewritten by a language model.

A chapter that it cannot rewrite stays as it is, and the notes say why.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from konspekt.course.settings import NotesOptions
from konspekt.course.templates import environment, render
from konspekt.data import Chapter, Dropped, Notes, Progress, Sentence, Statement
from konspekt.endpoint.client import AnswerError, TimeUpError, UnusableError
from konspekt.errors import EndpointError
from konspekt.notes.answers import AnswerStore
from konspekt.notes.llm.chat import ChatClient
from konspekt.notes.llm.gate import Claim, refuse
from konspekt.notes.llm.reply import Reply, ReplyLine, content_of, read_reply
from konspekt.sanitize import sanitize
from konspekt.text.words import fold

LANGUAGES = {"ru": "Russian", "en": "English"}
MAX_TITLE = 90  # characters
MAX_TIMEOUTS = (
    2  # answers in a row that came too late: the endpoint gets no further request
)


# A page says these in its own language: templates/site/words.toml translates them by their form.
_NO_CHAPTER = "Chapter {number} (“{title}”) was made without the language model: {why}"
_NO_MODEL = (
    "The language model cannot be used, chapters without its text were made without it: "
    "{why}"
)


@dataclass(frozen=True, slots=True)
class Passage:
    """Sentences of one request, one on either side for the checks."""

    sentences: tuple[Sentence, ...]
    before: str
    after: str

    def with_neighbours(self, numbers: Sequence[int]) -> str:
        """Return the cited sentences with their neighbours; numbers from 1."""
        texts = [
            self.before,
            *(sentence.reading for sentence in self.sentences),
            self.after,
        ]
        places = sorted(
            {place for number in numbers for place in (number - 1, number, number + 1)}
        )
        return " ".join(texts[place] for place in places)


class Rewriter:
    """Asks for the notes of one passage after another."""

    def __init__(
        self,
        options: NotesOptions,
        language: str,
        folder: Path | None,
        answers: AnswerStore | None,
    ) -> None:
        assert options.llm is not None
        self.client = ChatClient(options.llm)
        self._options, self._llm, self._language, self._answers = (
            options,
            options.llm,
            language,
            answers,
        )
        self._jinja = environment(folder)

    def rewrite(
        self, number: int, chapter: Chapter, sentences: Sequence[Sentence]
    ) -> tuple[Chapter, list[Dropped]]:
        """Return a chapter in the model's words that are believed, and those that are not.
        Raises EndpointError.
        """
        passages = _passages(sentences, self._llm.max_sentences)
        share = math.ceil(self._options.statements_per_chapter / max(1, len(passages)))
        title, statements, dropped = "", list[Statement](), list[Dropped]()
        for passage in passages:
            reply = self._ask(passage, share)
            believed, failed = sort_out(reply, passage, self._language)
            statements += believed[:share]
            dropped += [Dropped(text, reason, number) for text, reason in failed]
            title = title or reply.title
        if not statements:
            raise AnswerError("nothing of the answer passed the checks")
        statements.sort(key=lambda statement: (statement.start, statement.end))
        if title:
            reason = _refuse_title(
                title, " ".join(s.reading for s in sentences), self._language
            )
            if reason is not None:
                dropped.append(Dropped(title, f"title: {reason}", number))
                title = ""
        kept = _without_repeats(statements, dropped, number)[
            : self._options.statements_per_chapter
        ]
        return Chapter(
            title.rstrip(". ") or chapter.title, chapter.start, chapter.end, tuple(kept)
        ), dropped

    def _ask(self, passage: Passage, share: int) -> Reply:
        """Return the reply, from the store if a readable one lies there."""
        language = LANGUAGES.get(
            self._language, f"the language with the code {self._language!r}"
        )
        instructions = render(
            self._jinja, "prompts/notes_system.txt", language=language, statements=share
        )
        lines = [sanitize(sentence.reading) for sentence in passage.sentences]
        material = render(self._jinja, "prompts/notes_passage.txt", sentences=lines)
        messages = [
            {"role": "system", "content": instructions},
            {"role": "user", "content": material},
        ]
        key = self._key(messages)
        stored = self._answers.get(key) if self._answers else None
        if stored is not None:
            try:
                return read_reply(content_of(stored), instructions)
            except AnswerError:
                # below: a server that cut an answer off may since have been set right
                pass
        body = self.client.ask(messages)
        if self._answers:
            self._answers.put(key, body)
        return read_reply(content_of(body), instructions)

    def _key(self, messages: Sequence[Mapping[str, str]]) -> str:
        digest = hashlib.sha256(
            self._llm.base_url.encode() + b"\0" + self.client.request_body(messages)
        )
        return digest.hexdigest()


def rewrite_notes(
    outline: Notes,
    passages: Sequence[Sequence[Sentence]],
    rewriter: Rewriter,
    model: str,
    progress: Progress,
) -> Notes:
    """Return the outline with every chapter that a language model can rewrite; the method is
    "llm" if it rewrote one.
    """
    chapters, dropped, problems = list(outline.chapters), list[Dropped](), list[str]()
    rewritten = late = 0
    for number, chapter in enumerate(outline.chapters):
        progress(number, len(outline.chapters))
        try:
            chapters[number], failed = rewriter.rewrite(
                number, chapter, passages[number]
            )
            dropped += failed
            rewritten, late = rewritten + 1, 0
        except EndpointError as error:
            late = late + 1 if isinstance(error, TimeUpError) else 0
            problems.append(_describe_problem(number, chapter.title, error))
            if isinstance(error, UnusableError) or late >= MAX_TIMEOUTS:
                problems[-1] = _NO_MODEL.format(why=error.what)
                break
    progress(len(outline.chapters), len(outline.chapters))
    host = rewriter.client.host if rewritten or rewriter.client.has_sent else None
    sent = replace(
        outline, endpoint=host, problems=tuple(problems), dropped=tuple(dropped)
    )
    if not rewritten:
        return sent
    return replace(sent, method="llm", model=model, chapters=tuple(chapters))


def _describe_problem(number: int, title: str, error: EndpointError) -> str:
    """Return what went wrong with a chapter, counted from 0."""
    return _NO_CHAPTER.format(number=number + 1, title=title, why=error.what)


def sort_out(
    reply: Reply, passage: Passage, language: str
) -> tuple[list[Statement], list[tuple[str, str]]]:
    """Return the statements of a reply that pass the gate, and (text, reason) of the others."""
    kept: list[Statement] = []
    failed = [(text, "not in the form asked for") for text in reply.unread]
    for line in reply.lines:
        reason = _refuse_line(line, passage, language)
        if reason is None:
            kept.append(_statement(line, passage))
        else:
            failed.append((line.text, reason))
    return kept, failed


def _refuse_line(line: ReplyLine, passage: Passage, language: str) -> str | None:
    missing = [
        number for number in line.numbers if not 1 <= number <= len(passage.sentences)
    ]
    if missing or not line.numbers:
        return (
            f"cites S{missing[0]}, which does not exist" if missing else "cites nothing"
        )
    return refuse(Claim(line.text, passage.with_neighbours(line.numbers), language))


def _statement(line: ReplyLine, passage: Passage) -> Statement:
    cited = [passage.sentences[number - 1] for number in sorted(line.numbers)]
    text = line.text if line.text.endswith((".", "!", "?", "…")) else f"{line.text}."
    start, end = min(s.start for s in cited), max(s.end for s in cited)
    return Statement(text, start, end, tuple(s.id for s in cited))


def _refuse_title(title: str, text: str, language: str) -> str | None:
    return (
        f"longer than {MAX_TITLE} characters"
        if len(title) > MAX_TITLE
        else refuse(Claim(title, text, language))
    )


def _without_repeats(
    statements: Sequence[Statement], dropped: list[Dropped], number: int
) -> list[Statement]:
    kept: dict[str, Statement] = {}
    for statement in statements:
        if fold(statement.text) in kept:
            dropped.append(Dropped(statement.text, "said twice", number))
        else:
            kept[fold(statement.text)] = statement
    return list(kept.values())


def _passages(sentences: Sequence[Sentence], most: int) -> tuple[Passage, ...]:
    """Return a chapter in requests of at most `most` sentences, about equally long."""
    count = math.ceil(len(sentences) / most)
    cuts = (
        [round(len(sentences) * i / count) for i in range(count + 1)] if count else []
    )
    found = []
    for first, end in pairwise(cuts):
        before = sentences[first - 1].reading if first else ""
        after = sentences[end].reading if end < len(sentences) else ""
        found.append(Passage(tuple(sentences[first:end]), before, after))
    return tuple(found)
