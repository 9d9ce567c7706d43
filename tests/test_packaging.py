"""What is installed is whole: a wheel in an environment of its own builds a course outside the
repository.
"""

from __future__ import annotations

import os
import site
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.courses import LECTURE, ROOT


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The konspekt command of a fresh environment that has the wheel, and only borrows the
    dependencies.
    """
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, check=True, cwd=ROOT, capture_output=True)
    (wheel,) = folder.glob("konspekt-*.whl")
    environment = folder / "environment"
    venv.create(environment, with_pip=False)
    python = environment / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python)]
    subprocess.run(
        [*pip, "install", "--no-deps", "--no-index", str(wheel)], check=True, capture_output=True
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
    )
    assert Path(where.stdout.strip()).is_relative_to(environment), "the wheel is not what runs"
    return environment / "bin" / "konspekt"


@pytest.mark.slow
def test_the_wheel_builds_a_new_course_outside_the_repository(
    installed: Path, tmp_path: Path
) -> None:
    def konspekt(*arguments: str) -> str:
        env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        done = subprocess.run(
            [installed, *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env=env,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    konspekt("new", "course", "--title", "Курс")
    make = tmp_path / "course" / "recordings" / "week1.raw.txt"
    make.write_text(LECTURE, encoding="utf-8")
    assert "Open file://" in konspekt("build", "course")
    assert (tmp_path / "course" / "output" / "site" / "html" / "lectures" / "week1.html").is_file()
    assert konspekt("status", "course") == "week1: done\nsite: done\n"


def test_a_sound_file_is_opened_by_the_installed_package_too(
    installed: Path, tmp_path: Path
) -> None:
    from tests.sounds import murmur, tiny_whisper, write_wav

    write_wav(tmp_path / "a.wav", murmur(20))
    tiny_whisper(tmp_path / "tiny.pt")
    arguments = ["transcribe", "a.wav", "--output", "o", "--model", "tiny.pt", "--spoken", "ru"]
    done = subprocess.run(
        [installed, *arguments], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "o" / "raw.json").is_file()
