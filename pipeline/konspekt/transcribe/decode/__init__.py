"""From encoded sound to text: the decoding loop for a batch of windows, and what it obeys."""
