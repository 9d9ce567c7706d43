"""Words, sentences and similarity of text: shared by clean, notes and score."""
