"""glossary.toml: what it may say, what is refused, and lines for it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from konspekt.course.glossary import (
    Glossary,
    GlossaryTerm,
    Proposal,
    as_toml,
    load_glossary,
)
from konspekt.errors import CourseError
from konspekt.text.toml import MAX_BYTES


def written(folder: Path, toml: str | bytes) -> Path:
    path = folder / "glossary.toml"
    path.write_bytes(toml.encode() if isinstance(toml, str) else toml)
    return path


def test_a_glossary_has_its_terms_in_the_order_of_the_file(tmp_path: Path) -> None:
    toml = (
        'LLM = ["эл эл эм", "ЛЛМ"]\n"Hugging Face" = ["хаггинг фейс"]\nPyTorch = []\n'
    )
    expected = Glossary(
        (
            GlossaryTerm("LLM", ("эл эл эм", "ЛЛМ")),
            GlossaryTerm("Hugging Face", ("хаггинг фейс",)),
            GlossaryTerm("PyTorch", ()),
        )
    )
    assert load_glossary(written(tmp_path, toml)) == expected
    assert (
        load_glossary(
            written(tmp_path, b"\xef\xbb\xbf" + toml.replace("\n", "\r\n").encode())
        )
        == expected
    )
    assert expected.terms[0].forms == ("LLM", "эл эл эм", "ЛЛМ")
    assert load_glossary(written(tmp_path, "")) == Glossary(())


def test_forms_have_single_spaces_and_stand_once(tmp_path: Path) -> None:
    toml = '" Hugging  Face" = ["hugging face", "хаггинг\\tфейс ", "Хаггинг фейс"]'
    assert load_glossary(written(tmp_path, toml)).terms == (
        GlossaryTerm("Hugging Face", ("хаггинг фейс",)),
    )


@pytest.mark.parametrize(
    ("toml", "said", "remedy"),
    [
        (
            'LLM = "ЛЛМ"',
            "term 'LLM': a text, where a list of texts is wanted",
            'Write: LLM = ["ЛЛМ"]',
        ),
        (
            "node.js = []",
            "term 'node': a table, where a list of texts is wanted",
            '"node.js" = []',
        ),
        ("LLM = 3", "term 'LLM': not a list of texts", 'Write: LLM = ["…"]'),
        ('LLM = ["ЛЛМ", 3]', "term 'LLM': not a list of texts", 'Write: LLM = ["…"]'),
        ('LLM = ["ЛЛМ", " "]', "term 'LLM': a form of it is empty", "Take it out"),
        ('"" = []', "term '': a form of it is empty", "Take it out"),
        (
            'LLM = ["модель"]\nGPT = ["Модель "]',
            "the form 'Модель' belongs to two terms, 'LLM' and 'GPT'",
            "one of them",
        ),
        (
            "LLM = []\nllm = []",
            "the form 'llm' belongs to two terms, 'LLM' and 'llm'",
            "one of them",
        ),
        ("LLM = [", "cannot be read: ", "the format is TOML"),
        ("токен = []", "cannot be read: ", "stands in quotes"),
        (f"LLM = {'9' * 5000}", "cannot be read: ", "the format is TOML"),
        ("LLM = " + "[" * 5000, "cannot be read: ", "the format is TOML"),
        ('LLM = ["ЛЛМ"]'.encode("cp1251"), "it is not UTF-8", "Save it as UTF-8"),
        (b"#" * (MAX_BYTES + 1), "larger than any glossary", "Check"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    tmp_path: Path, toml: str | bytes, said: str, remedy: str
) -> None:
    with pytest.raises(CourseError) as caught:
        load_glossary(written(tmp_path, toml))
    message = str(caught.value)
    assert message.startswith(str(tmp_path / "glossary.toml"))
    assert said in message
    assert remedy in caught.value.remedy
    assert "\n" not in message


def test_a_file_that_is_not_there_or_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="there is no glossary here"):
        load_glossary(tmp_path / "glossary.toml")
    with pytest.raises(CourseError, match="this is a folder, not a file"):
        load_glossary(tmp_path)


def test_proposals_become_lines_that_keep_the_variants() -> None:
    glossary = Glossary(
        (
            GlossaryTerm("LLM", ("ЛЛМ",)),
            GlossaryTerm("Hugging Face", ()),
            GlossaryTerm("GPT", ()),
        )
    )
    proposals = [
        Proposal("Hugging Face", "хагинг фейс", 3, 0.8),
        Proposal("LLM", "элэлэм", 2, 0.5),
        Proposal("LLM", "ллм", 2, 0.5),  # is there
        Proposal("GPT", "элэлэм", 1, 0.5),  # two terms cannot have it
        Proposal("Hugging Face", 'h"f\\', 1, 0.5),
    ]
    assert as_toml(proposals, glossary) == (
        '"Hugging Face" = ["хагинг фейс", "h\\"f\\\\"]\nLLM = ["ЛЛМ", "элэлэм"]\n'
    )
    assert as_toml([], glossary) == ""


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(st.lists(st.tuples(NAMES, NAMES), max_size=5))
def test_any_text_is_read_back_as_it_was(pairs: list[tuple[str, str]]) -> None:
    proposals = [Proposal(name, variant, 1, 0.5) for name, variant in pairs]
    read = tomllib.loads(as_toml(proposals, Glossary(())))
    assert set(read) <= {name for name, _ in pairs}
    assert all((name, form) in pairs for name, forms in read.items() for form in forms)


def test_half_a_character_does_not_break_the_file() -> None:
    assert (
        as_toml([Proposal("LLM", "эл\ud800", 1, 0.5)], Glossary(()))
        == 'LLM = ["эл?"]\n'
    )
