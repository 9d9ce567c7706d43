"""glossary.toml → Glossary: a course's terms and the other ways to write or say them, kept by
people.

    LLM = ["эл эл эм", "ЛЛМ"]
    "Hugging Face" = ["хаггинг фейс"]
    PyTorch = []

Similarity of spelling does not tell a variant from a wrong word («кэш» is less like `cache` than
«берёт» is like `bert`), so this list decides, and nothing else does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from konspekt.errors import CourseError
from konspekt.text.toml import read_toml

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_QUOTES = 'A name in Russian letters, with a space or with a dot, stands in quotes: "node.js" = [].'


@dataclass(frozen=True, slots=True)
class GlossaryTerm:
    """A term: its canonical form, and the other ways to write or say it, in the order of the
    file.
    """

    name: str
    variants: tuple[str, ...]

    @property
    def forms(self) -> tuple[str, ...]:
        """The canonical form, then the variants."""
        return (self.name, *self.variants)


@dataclass(frozen=True, slots=True)
class Glossary:
    """The terms of a course, in the order of the file; no form belongs to two."""

    terms: tuple[GlossaryTerm, ...]


def load_glossary(path: Path) -> Glossary:
    """Return the glossary in the file `path`; forms with single spaces, each once.

    Raises CourseError for a file that is not there, cannot be read, is larger than any glossary, is
    not UTF-8 or not TOML, for a value that is not a list of texts, an empty form, and a form that
    two terms claim (case and spaces are no difference).
    """
    terms: list[GlossaryTerm] = []
    owners: dict[str, str] = {}
    absent = CourseError(
        "there is no glossary here",
        path=path,
        remedy='Write one, a line a term: LLM = ["эл эл эм"].',
    )
    for key, value in read_toml(path, "glossary", missing=absent, hint=_QUOTES).items():
        own: dict[str, str] = {}
        for form in (
            _form(path, key, form) for form in (key, *_listed(path, key, value))
        ):
            owner = owners.setdefault(same(form), key)
            if owner != key:
                what = f"the form {form!r} belongs to two terms, {owner!r} and {key!r}"
                raise CourseError(what, path=path, remedy="Leave it to one of them.")
            own.setdefault(same(form), form)
        name, *variants = own.values()
        terms.append(GlossaryTerm(name, tuple(variants)))
    return Glossary(tuple(terms))


def same(form: str) -> str:
    """Return what forms are compared by in the file: case-folded, with single spaces."""
    return " ".join(form.casefold().split())


@dataclass(frozen=True, slots=True)
class Proposal:
    """A likely variant of a term that somebody may accept."""

    term: str  # its canonical form
    variant: str  # what the hypothesis has in its place
    count: int
    similarity: float  # 0 to 1; says nothing about being right


def as_toml(proposals: Iterable[Proposal], glossary: Glossary) -> str:
    """Lines for glossary.toml, to take the place of the terms' own: their variants and what is
    proposed.

    A form that belongs to a term already, or is proposed for two, is written once, for the first.
    "" for none.
    """
    variants = {term.name: term.variants for term in glossary.terms}
    owned = {same(form) for term in glossary.terms for form in term.forms}
    changed: dict[str, tuple[str, ...]] = {}
    for proposal in proposals:
        if same(proposal.variant) not in owned:
            owned.add(same(proposal.variant))
            before = changed.get(proposal.term, variants.get(proposal.term, ()))
            changed[proposal.term] = (*before, proposal.variant)
    return "".join(f"{toml_line(name, forms)}\n" for name, forms in changed.items())


def toml_line(name: str, variants: tuple[str, ...]) -> str:
    """Return a term as a line of glossary.toml, without a line feed."""
    key = name if _BARE_KEY.fullmatch(name) else _quoted(name)
    return f"{key} = [{', '.join(_quoted(variant) for variant in variants)}]"


def _quoted(text: str) -> str:
    """A TOML string: as in JSON, but for DEL, which TOML wants escaped; half a character is none in
    UTF-8.
    """
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return json.dumps(whole, ensure_ascii=False).replace("\x7f", "\\u007f")


def _listed(path: Path, key: str, value: object) -> list[str]:
    """Return the variants of a term as the file has them."""
    if isinstance(value, list) and all(isinstance(form, str) for form in value):
        return value
    if isinstance(value, str):
        what, remedy = (
            "a text, where a list of texts is wanted",
            f"Write: {toml_line(key, (value,))}",
        )
    elif isinstance(value, dict):
        what, remedy = "a table, where a list of texts is wanted", _QUOTES
    else:
        what, remedy = (
            "not a list of texts",
            f"Write: {toml_line(key, ('…',))} or, without variants: [].",
        )
    raise CourseError(f"term {key!r}: {what}", path=path, remedy=remedy)


def _form(path: Path, key: str, form: str) -> str:
    single = " ".join(form.split())
    if not single:
        raise CourseError(
            f"term {key!r}: a form of it is empty",
            path=path,
            remedy="Take it out, or write it.",
        )
    return single
