"""What computes Whisper: one file an engine, and which of them is taken."""
