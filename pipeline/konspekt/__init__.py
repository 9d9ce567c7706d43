"""Konspekt: from a recorded lecture to notes that can be trusted.

The flow, as `konspekt.build` runs it for every lecture of a course:

    raw = transcribe(id, paths, …)              # windows, each with Whisper's text
    cleaned = clean(raw, …)                     # what is kept, what is removed and why, gaps
    second = run_second_pass(raw, candidates)   # gaps transcribed once more, differently
    cleaned = clean(raw, …, second)             # and cleaned with the first pass
    notes = take_notes(cleaned.transcript, …)   # chapters, terms, statements with evidence
    score = score_lecture(references, …)        # WER where a reference lies beside the recording
    source = render_site(site, pages, …)        # reStructuredText from typed nodes
    publish(source, html)                       # HTML through Sphinx

A stage never imports another stage. What one hands to the next is a type in `konspekt.data` and a
file in `output/`.
"""

__version__ = "0.1.0"
