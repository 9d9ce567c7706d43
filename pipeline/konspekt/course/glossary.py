"""glossary.toml → Glossary: a course's terms and the other ways to write or say them, kept by
people.

    LLM = ["эл эл эм", "ЛЛМ"]
    "Hugging Face" = ["хаггинг фейс"]
    PyTorch = []

Similarity of spelling does not tell a variant from a wrong word («кэш» is less like `cache` than
«берёт» is like `bert`), so this list decides, and nothing else does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from konspekt.errors import CourseError
from konspekt.text.toml import read_toml, toml_string

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

    Raises CourseError for a file that is not there, cannot be read, is larger than any glossary, or
    is not UTF-8 or TOML. So it does for a value that is not a list of texts, an empty form, and a
    form that two terms claim. Case and spaces make no other form.
    """
    remedy = 'Write one, a line a term: LLM = ["эл эл эм"].'
    absent = CourseError("there is no glossary here", path=path, remedy=remedy)
    table = read_toml(path, "glossary", missing=absent, hint=_QUOTES)
    terms = tuple(_read_term(path, key, value) for key, value in table.items())
    _refuse_shared_forms(path, terms)
    return Glossary(terms)


def _read_term(path: Path, key: str, value: object) -> GlossaryTerm:
    """Return a term of the file: its forms with single spaces, each once."""
    forms: dict[str, str] = {}
    for written in (key, *_read_variants(path, key, value)):
        form = " ".join(written.split())
        if not form:
            what = f"term {key!r}: a form of it is empty"
            raise CourseError(what, path=path, remedy="Take it out, or write it.")
        forms.setdefault(_fold(form), form)
    name, *variants = forms.values()
    return GlossaryTerm(name, tuple(variants))


def _refuse_shared_forms(path: Path, terms: Iterable[GlossaryTerm]) -> None:
    """Raise CourseError, with `path` of the glossary, where two terms claim one form."""
    owners: dict[str, GlossaryTerm] = {}
    for term in terms:
        for form in term.forms:
            owner = owners.setdefault(_fold(form), term)
            if owner is not term:
                both = f"{owner.name!r} and {term.name!r}"
                what = f"the form {form!r} belongs to two terms, {both}"
                raise CourseError(what, path=path, remedy="Leave it to one of them.")


def _fold(form: str) -> str:
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
    """Return the terms that change as lines of glossary.toml, which take the place of their own.

    A form that belongs to a term already, or is proposed for two, is written once, for the first.
    "" for none.
    """
    variants = {term.name: term.variants for term in glossary.terms}
    taken = {_fold(form) for term in glossary.terms for form in term.forms}
    changed: dict[str, tuple[str, ...]] = {}
    for proposal in proposals:
        name, variant = proposal.term, proposal.variant
        if _fold(variant) not in taken:
            taken.add(_fold(variant))
            changed[name] = (*changed.get(name, variants.get(name, ())), variant)
    return "".join(f"{_toml_line(name, forms)}\n" for name, forms in changed.items())


def _toml_line(name: str, variants: Iterable[str]) -> str:
    """Return a term as a line of glossary.toml, without a line feed."""
    key = name if _BARE_KEY.fullmatch(name) else toml_string(name)
    return f"{key} = [{', '.join(map(toml_string, variants))}]"


def _read_variants(path: Path, key: str, value: object) -> list[str]:
    """Return the variants of a term as the file has them."""
    if isinstance(value, list) and all(isinstance(form, str) for form in value):
        return value
    what = "not a list of texts"
    remedy = f"Write: {_toml_line(key, '…')} or, without variants: []."
    if isinstance(value, str):
        what = "a text, where a list of texts is wanted"
        remedy = f"Write: {_toml_line(key, [value])}"
    elif isinstance(value, dict):
        what, remedy = "a table, where a list of texts is wanted", _QUOTES
    raise CourseError(f"term {key!r}: {what}", path=path, remedy=remedy)
