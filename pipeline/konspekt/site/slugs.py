"""Names as addresses and labels: ASCII, stable, each its own."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable

MAX_SLUG = 60  # characters
_CYRILLIC = {
    **dict(zip("абвгдеёзийклмнопрстуфцыэ", "abvgdeeziyklmnoprstufcye", strict=True)),
    "ж": "zh",
    "х": "kh",
    "ц": "ts",
    "ч": "ch",
    "ш": "sh",
    "щ": "shch",
    "ъ": "",
    "ь": "",
    "ю": "yu",
    "я": "ya",
}


def slug(name: str) -> str:
    """Return a name in lower-case ASCII letters, digits and single hyphens.

    A name that loses more than capitals, dots and underscores on the way gets a short hash, so that
    two stay two.
    """
    romanised = "".join(
        _CYRILLIC.get(char, char) for char in unicodedata.normalize("NFC", name).lower()
    )
    decomposed = (
        unicodedata.normalize("NFKD", romanised).encode("ascii", "ignore").decode()
    )
    plain = re.sub(r"[^a-z0-9]+", "-", decomposed)[:MAX_SLUG].strip("-")
    if (
        re.fullmatch(r"[A-Za-z0-9]+([-_.][A-Za-z0-9]+)*", name)
        and len(name) <= MAX_SLUG
    ):
        return plain
    return f"{plain or 'lecture'}-{_hash(name)}"


def slugs(names: Iterable[str]) -> tuple[str, ...]:
    """Return a slug for each name. Names that would share one (`week_1`, `week-1`) all get their
    hash.
    """
    names = tuple(names)
    plain = [slug(name) for name in names]
    return tuple(
        one if plain.count(one) == 1 else f"{one}-{_hash(name)}"
        for one, name in zip(plain, names, strict=True)
    )


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def anchor(sentence_id: str) -> str:
    """Return a sentence's anchor on its page. A rule that does not touch the sentence does not
    move it.
    """
    return "t-" + (re.sub(r"[^a-z0-9]+", "-", sentence_id.lower()).strip("-") or "0")


def sentence_label(page: str, sentence_id: str) -> str:
    """Return a sentence's label in the whole site; `page` is the lecture's slug."""
    return f"t-{page}-{anchor(sentence_id)[2:]}"
