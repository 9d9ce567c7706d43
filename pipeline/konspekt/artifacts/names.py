"""The names of a lecture's files below `output/lectures/`, and of pages below `output/`."""

RAW = "raw.json"
SECOND_PASS = "second_pass.json"  # noqa: S105 - no password
TRANSCRIPT = "transcript.json"
TRANSCRIPT_TXT = "transcript.txt"
TRANSCRIPT_SRT = "transcript.srt"
TRANSCRIPT_VTT = "transcript.vtt"
REMOVED = "removed.jsonl"
QUALITY = "quality.json"
NOTES = "notes.json"
SCORE = "score.json"
SCORE_PAGE = "score.html"  # of all lectures with a reference
