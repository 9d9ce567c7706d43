"""What the documentation says is true: its commands run, its links lead somewhere, its counts are
those of the demo, and its sentences are short.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

from konspekt.artifacts import files
from konspekt.clean.rules import RULES
from konspekt.cli.main import main
from konspekt.formats import FORMATS
from konspekt.sound.kinds import KNOWN, Kind
from konspekt.transcribe.engines import ctranslate
from tests.courses import LECTURE, REFERENCE, ROOT
from tests.demo import BUILD, SAID, copy_checkout, start
from tests.formats.documented import undocumented
from tests.models.packed import index_of
from tests.prose import DIALECT, long_sentences, sentences
from tests.sound.media import write_media
from tests.sounds import murmur, tiny_whisper
from tools import reference

PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))
    if "_build" not in path.parts
}
README = PAGES["README.md"]
CLEANING = PAGES["docs/cleaning.md"]
BIN = Path(sys.executable).parent
MADE_BY_MAKE = ("make demo", "make test", "make quick", "make docs")


def commands_of(page: str) -> list[str]:
    """The lines of a page that a reader is told to type."""
    return re.findall(r"^\$ (.+)$", page, re.MULTILINE)


COMMANDS = commands_of(README)


def run(command: str, cwd: Path) -> str:
    """Run a line as a reader would, in `cwd`, which is the home folder too."""
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "HF_HUB_OFFLINE": "1", "HOME": str(cwd)}
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_checkout(tmp_path_factory.mktemp("checkout") / "konspekt")


@pytest.mark.slow
def test_make_demo_builds_the_demo_course_and_says_the_wer_and_where_the_page_is(
    built_demo: Path,
) -> None:
    assert "make demo" in COMMANDS
    said = (built_demo.parent / SAID).read_text(encoding="utf-8")
    assert (
        len(
            re.findall(
                r"^WER (search|metrics|speech): 0\.\d{3} normalised", said, re.MULTILINE
            )
        )
        == 3
    )
    page = re.search(r"^Open file://(\S+)$", said, re.MULTILINE)
    assert page
    assert Path(page[1]).is_file()


@pytest.mark.slow
def test_make_demo_without_any_source_builds_the_texts_and_names_the_recording(
    tmp_path: Path,
) -> None:
    checkout = copy_checkout(tmp_path / "konspekt")
    nothing = index_of(tmp_path / "no-wheels")
    done = start(BUILD, checkout, XDG_CACHE_HOME=str(tmp_path / "cache"), **nothing)
    assert "demo] Error 1" in done.stderr
    named = [line for line in done.stderr.splitlines() if "speech.opus" in line]
    assert len(named) == 1
    assert "speech.opus: Whisper 'base' (139 MB) is not in" in named[0]
    assert "konspekt models fetch base" in named[0]
    page = re.search(r"^Open file://(\S+)$", done.stdout, re.MULTILINE)
    assert page
    lectures = Path(page[1]).parent / "lectures"
    assert {path.stem for path in lectures.glob("*.html")} >= {"search", "metrics"}


def test_make_test_runs_tests_linter_and_type_checker(checkout: Path) -> None:
    assert "make test" in COMMANDS
    would_run = run("make --dry-run test", checkout)
    for tool in ("pytest", "ruff check", "ruff format --check", "mypy"):
        assert tool in would_run
    assert (ROOT / ".ci" / "run").read_text().splitlines()[-1] == "make test"


def test_make_quick_and_make_docs_are_there(checkout: Path) -> None:
    assert "not slow" in run("make --dry-run quick", checkout)
    assert "sphinx" in run("make --dry-run docs", checkout)


def make_desk(folder: Path) -> Path:
    """Put what the examples name into `folder`: transcripts, references, folders of them."""
    for name in ("lectures", "baseline", "candidate", "references", "recordings"):
        (folder / name).mkdir()
    for path in ("week05.raw.txt", "lectures/week05.raw.txt"):
        (folder / path).write_text(LECTURE, encoding="utf-8")
    for path in (
        "week05.reference.txt",
        "references/week05.txt",
        "baseline/week05.txt",
    ):
        (folder / path).write_text(REFERENCE, encoding="utf-8")
    (folder / "candidate" / "week05.txt").write_text(REFERENCE[:200], encoding="utf-8")
    shutil.copy(ROOT / "recordings" / "search.raw.txt", folder / "recordings")
    return folder


@pytest.mark.slow
def test_every_command_of_the_readme_runs_in_its_order(tmp_path: Path) -> None:
    desk = make_desk(tmp_path)
    write_media(desk / "week05.mp3", "libmp3lame", murmur(90))
    tiny_whisper(desk / "whisper.pt")
    for command in COMMANDS:
        if command not in MADE_BY_MAKE:
            run(command, desk)
    assert (desk / "my-course" / "output" / "site" / "html" / "index.html").is_file()
    assert (desk / "week05" / "site" / "html" / "index.html").is_file()


def test_the_russian_readme_has_the_same_commands() -> None:
    assert commands_of(PAGES["README.ru.md"]) == COMMANDS


def has_other_commands(page: str) -> bool:
    """Whether a page has commands that are not a stretch of the README's."""
    return "\n".join(commands_of(page)) not in "\n".join(COMMANDS)


@pytest.mark.parametrize(
    "name", [name for name in PAGES if has_other_commands(PAGES[name])]
)
def test_every_command_of_a_page_runs_in_its_order(name: str, tmp_path: Path) -> None:
    desk = make_desk(tmp_path)
    for command in commands_of(PAGES[name]):
        run(command, desk)


def test_the_example_in_python_runs(tmp_path: Path) -> None:
    desk = make_desk(tmp_path)
    (example,) = re.findall(
        r"^```python\n(.*?)^```$", PAGES["docs/reference/python.md"], re.M | re.S
    )
    (desk / "example.py").write_text(example, encoding="utf-8")
    said = run(f"{sys.executable} example.py", desk)
    assert "25 s  overlap  список документов." in said
    assert said.endswith("WER 0.000: 0 substituted, 0 deleted\n")


def test_what_explain_prints_is_what_the_page_shows(tmp_path: Path) -> None:
    desk = make_desk(tmp_path)
    clean, explain = commands_of(CLEANING)
    run(clean, desk)
    shown = CLEANING.partition(f"$ {explain}\n")[2].partition("```\n")[0]
    assert run(explain, desk) == shown


# --------------------------------------------------------------------------------------------------


MADE = {name: make() for name, make in reference.PAGES.items()}  # from the program
TEXTS = PAGES | MADE


@pytest.mark.parametrize("name", TEXTS)
def test_no_sentence_is_longer_than_thirty_words(name: str) -> None:
    assert long_sentences(TEXTS[name]) == []


@pytest.mark.parametrize("name", TEXTS)
def test_a_page_speaks_in_the_words_of_the_field(name: str) -> None:
    assert DIALECT.findall(TEXTS[name]) == []


def test_sentences_are_told_apart_in_paragraphs_lists_and_tables() -> None:
    page = "# A\n\nOne `a. B` two. Three\nfour.\n\n- five\n- [six](b.md)\n\n| seven | eight |\n"
    said = [one for one in sentences(page) if one.strip()]
    expected = ["A", "One code two.", "Three four.", "five", "six", "seven", "eight"]
    assert [one.strip() for one in said] == expected
    assert long_sentences("word " * 31) == ["word " * 30 + "word"]
    assert long_sentences("word " * 30) == []


def test_who_searches_for_what_konspekt_does_finds_it() -> None:
    for words in (
        "Whisper hallucination filter",
        "repetition loop",
        "VAD",
        "WER for Russian",
    ):
        assert words in README


LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)")


@pytest.mark.parametrize("name", PAGES)
def test_every_link_of_a_page_leads_somewhere(name: str) -> None:
    text = re.sub(
        r"^```.*?^```$|`[^`\n]+`", "", PAGES[name], flags=re.DOTALL | re.MULTILINE
    )
    for target, anchor in LINK.findall(text):
        if "://" in target:
            continue
        path = (ROOT / name).parent / target if target else ROOT / name
        assert path.exists(), target
        if anchor:
            headings = re.findall(
                r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE
            )
            assert anchor in map(slug, headings), f"{target}#{anchor}"


@pytest.mark.parametrize("name", PAGES)
def test_every_path_that_a_page_names_is_there(name: str) -> None:
    folders = r"(?:pipeline|tests|tools|benchmarks|templates|docs)/"
    for path in re.findall(rf"`({folders}[\w./*-]+)`", PAGES[name]):
        is_built = "_build" in path  # by make docs: a fresh checkout has it not yet
        assert is_built or list(ROOT.glob(path)), path


SOURCES = {
    path: path.read_text(encoding="utf-8")
    for folder in ("pipeline", "tools", "benchmarks", "tests")
    for path in (ROOT / folder).rglob("*.py")
}


@pytest.mark.parametrize("name", PAGES)
def test_every_class_and_constant_that_a_page_names_is_in_the_code(name: str) -> None:
    named = set(re.findall(r"`(_?[A-Z]\w{3,})`", PAGES[name]))
    code = "\n".join(SOURCES.values())
    assert sorted(word for word in named if not re.search(rf"\b{word}\b", code)) == []


@pytest.mark.parametrize("name", PAGES)
def test_every_module_that_a_page_names_is_there(name: str) -> None:
    modules = re.findall(r"`([\w/]+\.py)`", PAGES[name])
    ours = [module for module in modules if not module.startswith("whisper/")]
    paths = [path.as_posix() for path in SOURCES]
    for module in ours:
        assert any(path.endswith(f"/{module}") for path in paths), module


@pytest.mark.parametrize("name", PAGES)
def test_a_name_stands_in_the_file_that_a_page_says(name: str) -> None:
    for words, path in re.findall(
        r"((?:`\w+`(?: or |, | and )?)+) in\s+`([\w./]+\.py)`", PAGES[name]
    ):
        for word in re.findall(r"`(\w+)`", words):
            assert re.search(rf"\b{word}\b", SOURCES[ROOT / path]), f"{word}: {path}"


def test_the_numbers_to_raise_stand_where_contributing_says() -> None:
    places = re.findall(
        r"`(\w*VERSION)` in `(pipeline/[\w/.]+)`", PAGES["CONTRIBUTING.md"]
    )
    assert len(places) == 4
    for name, path in places:
        assert re.search(
            rf"^{name} = \d", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE
        )


def test_the_library_of_an_extra_is_named_alike_everywhere() -> None:
    extra = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    (library,) = extra["fast"]
    assert f"pipx inject konspekt '{library}'" in ctranslate.INSTALL
    assert f"pipx inject konspekt '{library}'" in PAGES["docs/decoding.md"]


def slug(heading: str) -> str:
    """The anchor that Git hosts give a heading."""
    kept = re.sub(r"[^\w\- ]", "", heading.lower())
    return kept.strip().replace(" ", "-")


# --------------------------------------------------------------------------------------------------


def test_every_command_stands_in_the_readme_and_explains_itself() -> None:
    for name, command in main.commands.items():
        assert f"konspekt {name}" in README
        assert command.help
        assert command.short_help


def test_every_format_stands_in_the_readme_or_the_page_on_scoring() -> None:
    assert undocumented(FORMATS) == []


def test_the_counts_in_the_changelog_are_those_of_the_code() -> None:
    changes = PAGES["CHANGELOG.md"]
    words = {7: "seven", 14: "fourteen"}
    assert f"in {words[len(get_args(Kind))]} containers" in changes
    assert f"in {words[len(FORMATS)]} formats" in changes


def test_the_page_on_sound_lists_every_container() -> None:
    row = re.search(r"^\| containers \| (.+?);", PAGES["docs/sound.md"], re.MULTILINE)
    assert row
    named = re.sub(r" \([^)]*\)", "", row[1]).split(", ")
    assert len(named) == len(get_args(Kind))
    for name in named:
        assert name.removesuffix("/MOV") in KNOWN


def test_every_rule_stands_in_the_documentation_of_cleaning() -> None:
    named = re.findall(r"^\| `(\w+)` \|", CLEANING, re.MULTILINE)
    assert [name for name in named if name in RULES] == list(RULES)


@pytest.mark.slow
def test_the_counts_in_the_documentation_are_those_of_the_demo(
    built_demo: Path,
) -> None:
    for name in ("search", "metrics"):
        row = counts_row(built_demo, name)
        assert row in CLEANING, f"docs/cleaning.md should have:\n{row}"


def counts_row(checkout: Path, name: str) -> str:
    """The row of the table for one demo lecture, counted from its artifacts and labels."""
    folder = checkout / "output" / "lectures" / name
    labels = json.loads(
        (checkout / "tools" / "demo" / f"{name}.labels.json").read_text(
            encoding="utf-8"
        )
    )
    raw, removals = (
        files.load_raw(folder / "raw.json"),
        files.load_removals(folder / "removed.jsonl"),
    )
    labelled: Counter[str] = Counter()
    found: Counter[str] = Counter()
    false = 0
    for window in raw.windows:
        for word in re.finditer(r"\S+", window.text):
            kind = next(
                (
                    x["label"]
                    for x in labels
                    if x["start"] == window.start and _meets(x, word)
                ),
                None,
            )
            reasons = {
                r.reason
                for r in removals
                if r.window == window.id
                and r.char_start < word.end()
                and word.start() < r.char_end
            }
            labelled[kind or "said"] += 1
            if kind:
                found[kind] += bool(reasons)
            else:
                false += bool(reasons - {"overlap"})
    score = files.load_score(folder / "score.json").normalised
    kinds = " | ".join(
        f"{found[kind]} of {labelled[kind]}" for kind in ("invented", "loop", "tail")
    )
    wer = f"{score.errors} of {score.reference_words} ({score.wer:.3f})"
    return f"| {name} | {kinds} | {false} of {labelled['said']} | {wer} |"


def _meets(label: dict[str, int], word: re.Match[str]) -> bool:
    return label["char_start"] < word.end() and word.start() < label["char_end"]
