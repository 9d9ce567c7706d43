"""A tiny Whisper, made once for all tests here."""

from tests.transcribe.conftest import course

__all__ = ["course"]
