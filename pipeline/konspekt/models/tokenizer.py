"""Whisper's tokenizer, and the languages that a Whisper knows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from konspekt.errors import CourseError, ModelError

if TYPE_CHECKING:
    from whisper.tokenizer import Tokenizer

# What openai-whisper knows (whisper/tokenizer.py), without loading it and torch.
_CODES = """\
en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da
hu ta no th ur hr bg lt la mi ml cy sk te fa lv bn sr az sl kn et mk br eu is hy
ne mn bs kk sq sw gl mr pa si km sn yo so af oc ka be tg sd gu am yi lo uz fo ht
ps tk nn mt sa lb my bo tl mg as tt haw ln ha ba jw su yue"""
LANGUAGES = frozenset(_CODES.split())


class Polyglot(Protocol):
    """A Whisper of any engine, as far as its tokens depend on it."""

    @property
    def is_multilingual(self) -> bool: ...

    @property
    def num_languages(self) -> int: ...


def check_languages(languages: Iterable[str | None]) -> None:
    """Raises CourseError for a language Whisper does not know; None is none."""
    for language in languages:
        if language is not None and language not in LANGUAGES:
            raise CourseError(
                f"Whisper does not know the language {language!r}",
                remedy='Name another --language (language in [transcribe]), such as "ru", or none.',
            )


def tokenizer_of(whisper: Polyglot, language: str = "en") -> Tokenizer:
    """Whisper's tokenizer for transcribing `language`; which it is says only the start of a
    transcript.
    """
    from whisper.tokenizer import get_tokenizer

    return get_tokenizer(
        whisper.is_multilingual,
        num_languages=whisper.num_languages,
        language=language,
        task="transcribe",
    )


def possible_languages(whisper: Polyglot, languages: Sequence[str]) -> dict[str, int]:
    """Return the codes among `languages` (none: all) that this Whisper knows, with their tokens.

    A Whisper for English knows English alone, and an old one no Cantonese. Raises ModelError where
    none is left.
    """
    tokenizer = tokenizer_of(whisper)
    known = {"en": tokenizer.sot}  # of a Whisper for English, which is told no language
    if whisper.is_multilingual:
        known = dict(
            zip(
                tokenizer.all_language_codes, tokenizer.all_language_tokens, strict=True
            )
        )
    found = {code: known[code] for code in languages or known if code in known}
    if not found:
        raise ModelError(
            f"this Whisper does not know the language {', '.join(map(repr, languages))}"
            if whisper.is_multilingual
            else (
                f"this Whisper transcribes English alone, and not "
                f"{', '.join(map(repr, languages))}"
            ),
            remedy="Choose another --model or --language (model, language in [transcribe]).",
        )
    return found
