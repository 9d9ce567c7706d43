"""Small courses for tests, the konspekt command, and a picture of a folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMAND = str(Path(sys.executable).with_name("konspekt"))  # the installed one

# A lecture of our own in six windows: a recurring hallucination on silence, an overlap, a window
# with nothing.
LECTURE = """\
[Chunk start 0.00s]: Сегодня мы говорим об обратном индексе. Обратный индекс хранит для каждого слова список документов.
[Chunk start 25.00s]: Слова список документов. Без индекса поиск читает все тексты подряд, а это очень долго.
[Chunk start 50.00s]:
[Chunk start 75.00s]: Теперь поговорим про ранжирование. Формула BM25 учитывает частоту слова и длину документа.
[Chunk start 100.00s]: И длину документа. Частое слово весит меньше, редкое слово весит больше. Спасибо.
"""
REFERENCE = (
    "Сегодня мы говорим об обратном индексе. Обратный индекс хранит для каждого слова список "
    "документов. "
    "Без индекса поиск читает все тексты подряд, а это очень долго. Теперь поговорим про "
    "ранжирование. "
    "Формула BM25 учитывает частоту слова и длину документа. "
    "Частое слово весит меньше, редкое слово весит больше. Спасибо."
)


def make_course(folder: Path, settings: str = "", **recordings: str) -> Path:
    """A course of raw transcripts: `week1="…"` is recordings/week1.raw.txt. No embeddings, so that
    it is quick.
    """
    (folder / "recordings").mkdir(parents=True)
    head = "" if "title =" in settings else 'title = "Курс"\n'
    clean = "" if "[clean]" in settings else '[clean]\nembeddings = "none"\n'
    (folder / "course.toml").write_text(head + clean + settings, encoding="utf-8")
    for name, text in (recordings or {"week1": LECTURE}).items():
        (folder / "recordings" / f"{name}.raw.txt").write_text(text, encoding="utf-8")
    return folder


def konspekt(
    *arguments: str | Path, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Runs the installed command, its output caught, as a script would."""
    command = [COMMAND, *map(str, arguments)]
    env = {**os.environ, **environment}
    return subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=cwd, env=env
    )


def picture(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file below `folder`: its bytes and its time stamp."""
    return {
        path.relative_to(folder).as_posix(): (
            path.read_bytes(),
            path.stat().st_mtime_ns,
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def contents(folder: Path) -> dict[str, bytes]:
    return {name: content for name, (content, _) in picture(folder).items()}
