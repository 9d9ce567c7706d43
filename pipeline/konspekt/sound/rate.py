"""The one rate at which Konspekt handles sound. Imports nothing: the decoding child needs it as
well as its parent.
"""

# Hz: what Whisper was trained on (openai/whisper, whisper/audio.py), and enough for speech
SAMPLE_RATE = 16_000
