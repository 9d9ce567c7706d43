"""Names in the artifacts that several stages write or tell apart: each stands once, here.

A reason that only its own rule needs is named in that rule's file.
"""

# reasons for a removal
LOOP = "loop"
OVERLAP = "overlap"  # transcribed twice: one of two neighbours keeps the words
TAIL = "tail"  # a window's edge that its neighbour transcribed with other words

# parts of a removal's evidence
WORDS = "words"  # why, in English
THEIRS = "theirs"  # what is kept of the same sound instead
FILE = "file"  # the corrections, or the transcript, that decide
NOTE = "note"  # a person's
REASON = "reason"  # for which the rules alone removed what a person keeps

# The stage, and what cleaning says of it.
SECOND_PASS = "second-pass"  # noqa: S105 - no password
