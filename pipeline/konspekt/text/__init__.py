"""Words, sentences and likeness of text: shared by clean, notes and score."""
