"""Konspekt: from a recorded lecture to notes that can be trusted.

The flow, as `konspekt.build.course` runs it for every lecture of a course:

    raw = transcribe(recording, …)            # windows: what Whisper said of each
    cleaned = clean(raw, …)                   # what is kept, what is removed and why, gaps
    notes = take_notes(cleaned.transcript, …) # chapters, terms, statements with evidence
    source = render(course, pages, …)         # reStructuredText from typed nodes
    publish(source, html)                     # HTML through Sphinx
    score = score_lecture(references, …)      # WER where a reference lies beside the recording

A stage never imports another stage; what one hands to the next is a type in `konspekt.data` and a
file in `output/`.
"""

__version__ = "0.1.0"
