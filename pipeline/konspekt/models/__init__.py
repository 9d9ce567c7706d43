"""Weights of Whisper and of embedding models: where they come from, what they hold, how they are
loaded.
"""
