"""Whisper's tokenizer, and the languages that a Whisper knows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from konspekt.errors import CourseError, ModelError, name_setting

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
    """Raise CourseError for a language that Whisper does not know; None is no language."""
    for language in languages:
        if language is not None and language not in LANGUAGES:
            raise CourseError(
                f"Whisper does not know the language {language!r}",
                remedy=f"Name another {name_setting('language')} or none: "
                f"{' '.join(sorted(LANGUAGES))}.",
            )


def tokenizer_of(whisper: Polyglot, language: str = "en") -> Tokenizer:
    """Return Whisper's tokenizer for transcribing.

    `language` matters to the marks at the start of a transcript alone.
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
    known = _known_languages(whisper)
    found = {code: known[code] for code in languages or known if code in known}
    if not found:
        names = ", ".join(map(repr, languages))
        what = f"this Whisper transcribes English alone, and not {names}"
        if whisper.is_multilingual:
            what = f"this Whisper does not know the language {names}"
        raise ModelError(
            what,
            remedy=f"Choose another {name_setting('transcribe.model')} "
            f"or {name_setting('transcribe.language')}.",
        )
    return found


def _known_languages(whisper: Polyglot) -> dict[str, int]:
    """Return the token of each language.

    A Whisper for English has no languages; the token that starts a transcript stands for its one.
    """
    tokenizer = tokenizer_of(whisper)
    if not whisper.is_multilingual:
        return {"en": tokenizer.sot}
    codes, tokens = tokenizer.all_language_codes, tokenizer.all_language_tokens
    return dict(zip(codes, tokens, strict=True))
