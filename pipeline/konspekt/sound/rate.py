"""The one sample rate of Konspekt.

The module imports nothing, because the decoding child needs it as well as its parent.
"""

# Hz: what Whisper was trained on (openai/whisper, whisper/audio.py), and enough for speech
SAMPLE_RATE = 16_000
