"""From encoded sound to text: Whisper's decoding for a batch of windows, and the rules it obeys."""
