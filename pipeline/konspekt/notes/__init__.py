"""From a transcript to notes: chapters, statements with their evidence, terms."""

from __future__ import annotations

from pathlib import Path

from konspekt.course.settings import NotesOptions
from konspekt.data import Notes, Progress, Transcript, no_progress
from konspekt.notes.answers import AnswerStore, FolderAnswers

__all__ = ["VERSION", "AnswerStore", "FolderAnswers", "take_notes"]

VERSION = 2  # of what notes are made of a transcript; a higher number makes them again


def take_notes(
    transcript: Transcript,
    options: NotesOptions,
    *,
    folder: Path | None,
    answers: AnswerStore | None,
    progress: Progress = no_progress,
) -> Notes:
    """Return the notes of a lecture: an outline, or statements of the language model that
    `options.llm` names.

    `folder` is the course's, whose own prompts come before the shipped ones. `answers` keeps what a
    language model answered, so that each request is sent once. A chapter that a model cannot
    rewrite stays the outline, and `problems` says why. Raises EndpointError for an address or a key
    that cannot be used, SiteError for a prompt of the course that cannot be rendered.
    """
    from konspekt.notes.extract import outline_notes
    from konspekt.notes.outline import read_outline

    outline = read_outline(transcript)
    notes = outline_notes(
        transcript, outline, options.statements_per_chapter, options.terms
    )
    if options.llm is None or not notes.chapters:
        progress(1, 1)
        return notes
    from konspekt.notes.llm.notes import Rewriter, rewrite_notes

    rewriter = Rewriter(options, transcript.language, folder, answers)
    chapters = [
        [outline.sentences[index].sentence for index in chapter]
        for chapter in outline.chapters
    ]
    return rewrite_notes(notes, chapters, rewriter, options.llm.model, progress)
