"""What is installed is whole: a wheel in an environment of its own builds a course outside the
repository.
"""

from __future__ import annotations

import os
import site
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from konspekt import __version__
from tests.courses import LECTURE, ROOT

OWN_PACKAGES = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}


def built(kind: str, folder: Path) -> Path:
    """Build the "wheel" or the "sdist" into `folder` and return its path."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(folder)]
    subprocess.run(build, check=True, cwd=ROOT, capture_output=True)
    (package,) = folder.glob("konspekt-*")
    return package


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The konspekt command of a fresh environment that has the wheel, and only borrows the
    dependencies.
    """
    folder = tmp_path_factory.mktemp("installed")
    environment = folder / "environment"
    venv.create(environment, with_pip=False)
    python = environment / "bin" / "python"
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "--python",
        str(python),
    ]
    subprocess.run(
        [*pip, "install", "--no-deps", "--no-index", str(wheel)],
        check=True,
        capture_output=True,
    )
    own = next(environment.glob("lib/python*/site-packages"))
    # A folder named in a .pth file is searched, but its own .pth files are not: the editable
    # install stays outside.
    (own / "borrowed.pth").write_text("\n".join(site.getsitepackages()) + "\n")
    where = subprocess.run(
        [python, "-c", "import konspekt; print(konspekt.__file__)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
        env=OWN_PACKAGES,
    )
    assert Path(where.stdout.strip()).is_relative_to(environment), (
        "the wheel is not what runs"
    )
    return environment / "bin" / "konspekt"


def test_the_wheel_holds_the_package_and_its_templates_and_nothing_else(
    wheel: Path,
) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    folders = {name.split("/")[0] for name in names}
    assert {name for name in folders if not name.endswith(".dist-info")} == {"konspekt"}
    templates = {
        x.relative_to(ROOT / "templates") for x in (ROOT / "templates").rglob("*.*")
    }
    assert {f"konspekt/_templates/{path.as_posix()}" for path in templates} <= set(
        names
    )
    modules = {
        x.relative_to(ROOT / "pipeline") for x in (ROOT / "pipeline").rglob("*.py")
    }
    assert {path.as_posix() for path in modules} <= set(names)


def test_the_wheel_says_what_one_imports(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as content:
        (name,) = (
            one for one in content.namelist() if one.endswith(".dist-info/METADATA")
        )
        metadata = content.read(name).decode()
    assert "\nImport-Name: konspekt\n" in metadata


def test_the_citation_names_the_version() -> None:
    lines = (ROOT / "CITATION.cff").read_text(encoding="utf-8").splitlines()
    assert f"version: {__version__}" in lines


def test_the_sdist_holds_what_its_tests_and_its_documentation_need(
    tmp_path: Path,
) -> None:
    with tarfile.open(built("sdist", tmp_path)) as content:
        names = {name.partition("/")[2] for name in content.getnames()}
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True
    ).stdout
    wanted = {name for name in tracked.splitlines() if (ROOT / name).is_file()}
    assert wanted - {"output/.gitkeep"} <= names
    assert {
        "docs/index.md",
        "tests/test_packaging.py",
        "Makefile",
        "CITATION.cff",
    } <= names
    assert not {name for name in names if name.startswith("docs/_build")}


def test_a_folder_named_pipeline_beside_the_user_breaks_nothing(
    installed: Path, tmp_path: Path
) -> None:
    (tmp_path / "pipeline").mkdir()
    (tmp_path / "pipeline" / "__init__.py").write_text(
        'raise RuntimeError("not ours")\n'
    )
    env = OWN_PACKAGES | {"PYTHONPATH": str(tmp_path)}
    for command in ([installed], [installed.with_name("python"), "-m", "konspekt"]):
        done = subprocess.run(
            [*command, "--version"],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env=env,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("konspekt, version ")


@pytest.mark.slow
def test_the_wheel_builds_a_new_course_outside_the_repository(
    installed: Path, tmp_path: Path
) -> None:
    def konspekt(*arguments: str) -> str:
        done = subprocess.run(
            [installed, *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env=OWN_PACKAGES,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    konspekt("new", "course", "--title", "Курс")
    make = tmp_path / "course" / "recordings" / "week1.raw.txt"
    make.write_text(LECTURE, encoding="utf-8")
    assert "Open file://" in konspekt("build", "course")
    assert (
        tmp_path / "course" / "output" / "site" / "html" / "lectures" / "week1.html"
    ).is_file()
    assert konspekt("status", "course") == "week1: done\nsite: done\n"


def test_a_sound_file_is_opened_by_the_installed_package_too(
    installed: Path, tmp_path: Path
) -> None:
    from tests.sounds import murmur, tiny_whisper, write_wav

    write_wav(tmp_path / "a.wav", murmur(20))
    tiny_whisper(tmp_path / "tiny.pt")
    arguments = [
        "transcribe",
        "a.wav",
        "--output",
        "o",
        "--model",
        "tiny.pt",
        "--language",
        "ru",
    ]
    done = subprocess.run(
        [installed, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=OWN_PACKAGES,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "o" / "raw.json").is_file()
