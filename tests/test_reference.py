"""The reference is made from the program: nothing is missing, and real files obey their schemas."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import jsonschema
import pytest
from pydantic import BaseModel

from konspekt.cli.main import main
from konspekt.course.settings import CourseFile, LectureEntry
from konspekt.data import Edit, RawTranscript
from tests.courses import LECTURE, REFERENCE, ROOT, konspekt, make_course
from tools import reference, schemas

DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documentation as `make docs` builds it: warnings and dead links are errors."""
    folder = tmp_path_factory.mktemp("html")
    options = [
        "-q",
        "-n",
        "-W",
        "--keep-going",
        "-E",
        "-b",
        "html",
        "-d",
        str(folder / "trees"),
    ]
    command = [
        sys.executable,
        "-m",
        "sphinx",
        *options,
        str(DOCS),
        str(folder / "html"),
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert (done.returncode, done.stderr) == (0, "")
    return folder / "html"


def test_make_docs_runs_sphinx_nitpicky_with_warnings_as_errors() -> None:
    command = ["make", "--dry-run", "docs"]
    would_run = subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    assert "sphinx -q -n -W --keep-going -E -b html docs docs/_build/html" in would_run
    assert "/docs/_build/" in (ROOT / ".gitignore").read_text().splitlines()


def test_every_page_is_built_and_stands_in_the_index(html: Path) -> None:
    index = (html / "index.html").read_text(encoding="utf-8")
    for page in DOCS.rglob("*.md"):
        name = page.relative_to(DOCS).with_suffix(".html").as_posix()
        assert (html / name).is_file()
        assert name == "index.html" or f'href="{name}"' in index


def test_the_python_page_has_what_the_stages_export(html: Path) -> None:
    page = (html / "reference" / "python.html").read_text(encoding="utf-8")
    names = ("score.score", "clean.clean", "transcribe.transcribe", "notes.take_notes")
    for name in (*names, "site.render_site", "data.RawTranscript"):
        assert f'id="konspekt.{name}"' in page


def test_a_link_to_a_page_that_is_not_there_fails_the_build(tmp_path: Path) -> None:
    (tmp_path / "conf.py").write_text('extensions = ["myst_parser"]\n')
    (tmp_path / "index.md").write_text("# A\n\n[b](b.md), [c](#c)\n")
    command = [sys.executable, "-m", "sphinx", "-q", "-n", "-W", "--keep-going"]
    done = subprocess.run(
        [*command, str(tmp_path), str(tmp_path / "html")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "b.md" in done.stderr


# --------------------------------------------------------------------------------------------------


def all_commands(
    group: click.Group, path: str = "konspekt"
) -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from all_commands(command, f"{path} {name}")


def test_every_command_and_every_option_stands_in_the_reference() -> None:
    made = reference.commands()
    for path, command in all_commands(main):
        section = made.partition(f" {path}\n\n")[2].partition("\n#")[0]
        assert section, path
        for option in command.params:
            if isinstance(option, click.Option):
                assert option.opts[-1] in section, f"{path} {option.opts}"


def test_a_command_that_is_added_stands_in_the_reference(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    @click.command()
    def sing() -> None:
        """Sing the lecture."""

    monkeypatch.setitem(main.commands, "sing", sing)
    assert "### konspekt sing\n" in reference.commands()
    assert "Sing the lecture." in reference.commands()


def test_every_setting_stands_in_the_reference_with_its_description() -> None:
    made = reference.settings().replace("\\", "")
    models: list[type[BaseModel]] = [CourseFile, LectureEntry]
    while models:
        for name, field in models.pop().model_fields.items():
            if isinstance(field.default, BaseModel):
                models.append(type(field.default))
            elif field.description:
                assert f"`{name}`\n: {field.description}" in made


def test_a_setting_says_its_default_and_its_range() -> None:
    made = reference.settings()
    assert "at most. (default `29.0`; 5 to 30)" in made
    assert "(default `12.0`; above 0 up to 100)" in made


def test_help_is_shown_as_it_is_written() -> None:
    text = "Clean *FILES*\nnow.\n\n\b\nkonspekt clean a\nkonspekt clean b"
    assert reference.help_as_markdown(text) == (
        "Clean \\*FILES\\* now.\n\n```text\nkonspekt clean a\nkonspekt clean b\n```\n"
    )


def test_a_docstring_becomes_text_code_and_literal_blocks() -> None:
    text = "Return `a_b` of c_ or *d*.\n\n    a = b_\n"
    assert reference.restructured(text) == (
        "Return ``a_b`` of c\\_ or \\*d\\*.\n\n::\n\n        a = b_\n"
    )


def test_a_field_of_a_named_tuple_is_described_by_its_name_alone() -> None:
    assert reference.restructured(inspect.getdoc(Edit.kind) or "") == ""


def test_what_a_docstring_on_the_python_page_says_to_see_is_on_that_page() -> None:
    page = (ROOT / "docs" / "reference" / "python.md").read_text(encoding="utf-8")
    modules = map(import_module, re.findall(r"automodule:: ([\w.]+)", page))
    shown = {
        name: getattr(one, name)
        for one in modules
        for name in getattr(one, "__all__", ())
    }
    for name, thing in shown.items():
        if callable(thing):
            for seen in re.findall(r"see\s+`(\w+)", inspect.getdoc(thing) or ""):
                assert seen in shown, f"{name}: see {seen}"


# --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "artifact", schemas.ARTIFACTS, ids=lambda artifact: artifact.name
)
def test_the_schemas_in_docs_are_those_of_the_types(artifact: schemas.Artifact) -> None:
    there = schemas.path_of(artifact).read_text(encoding="utf-8")
    assert there == schemas.text_of(artifact), "run: .venv/bin/python -m tools.schemas"
    jsonschema.Draft202012Validator.check_schema(schemas.schema(artifact))


@pytest.fixture(scope="module")
def lecture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a lecture with a reference and a correction."""
    course = make_course(tmp_path_factory.mktemp("course"), week1=LECTURE)
    beside = course / "recordings"
    (beside / "week1.reference.txt").write_text(REFERENCE, encoding="utf-8")
    correction = (
        '[[replace]]\ntext = "обратном индексе"\nwith = "инвертированном индексе"\n'
    )
    (beside / "week1.corrections.toml").write_text(correction, encoding="utf-8")
    done = konspekt("build", course, "--until", "score")
    assert done.returncode == 0, done.stderr
    return course / "output" / "lectures" / "week1"


WRITTEN = [
    artifact for artifact in schemas.ARTIFACTS if artifact.name != "second_pass.json"
]


@pytest.mark.parametrize("artifact", WRITTEN, ids=lambda artifact: artifact.name)
def test_a_file_that_build_writes_obeys_its_schema(
    lecture: Path, artifact: schemas.Artifact
) -> None:
    text = (lecture / artifact.name).read_text(encoding="utf-8")
    lines = text.splitlines() if artifact.name.endswith(".jsonl") else [text]
    assert lines
    validator = jsonschema.Draft202012Validator(schemas.schema(artifact))
    for line in lines:
        validator.validate(json.loads(line))


def test_a_file_with_a_field_too_many_does_not_obey(lecture: Path) -> None:
    artifact = next(one for one in schemas.ARTIFACTS if one.name == "raw.json")
    fields = json.loads((lecture / "raw.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schemas.schema(artifact))
    assert not validator.is_valid(fields | {"more": 1})


def test_fields_are_described_by_the_comments_beside_them() -> None:
    kinds = {kind.__name__: kind for kind in schemas.kinds_within(RawTranscript)}
    assert schemas.comments(kinds["Track"])["number"] == "from 1"
    assert not re.search(
        r"noqa|type:", " ".join(schemas.comments(kinds["Track"]).values())
    )
