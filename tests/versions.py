"""What each stage makes of one stored raw transcript, by hash: whoever changes it raises a version.

    python -m tests.versions        notes the hashes of today, once the versions are raised

Without that a course that is up to date would keep the files of the old program. What Whisper
computes and Sphinx's HTML are not compared: they depend on the processor and on other packages. In
Whisper's place a script answers.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from konspekt.cli.main import main as konspekt
from konspekt.transcribe.first_pass import PLAN_SUFFIX, VERSION
from konspekt.transcribe.second_pass import SECOND_PASS_VERSION
from konspekt.transcribe.speech.plan import PLAN_VERSION
from tests.courses import ROOT
from tests.transcribe.scripted import SPOKEN, transcribe_by_script

FOLDER = Path(__file__).with_name("golden")
HASHES = FOLDER / "hashes.json"
LECTURE = "metrics"
SETTINGS = 'title = "Курс"\n[clean]\nembeddings = "none"\n'
# Where the number of a stage stands.
PLACES = {
    "transcribe": "IMPORT_VERSION in pipeline/konspekt/transcribe/ready.py",
    "clean": "VERSION in pipeline/konspekt/clean/__init__.py, or the version of a rule",
    "notes": "VERSION in pipeline/konspekt/notes/__init__.py",
    "score": "VERSION in pipeline/konspekt/score/__init__.py",
    "site": "VERSION in pipeline/konspekt/site/__init__.py",
    "window plan": "PLAN_VERSION in pipeline/konspekt/transcribe/speech/plan.py",
    "first pass": "VERSION in pipeline/konspekt/transcribe/first_pass.py",
    "second pass": "SECOND_PASS_VERSION in pipeline/konspekt/transcribe/second_pass.py",
}


@dataclass(frozen=True)
class Seen:
    """One stage at work: its number, and hashes of all it read and of all it wrote."""

    version: str
    inputs: str
    outputs: str


def observe(folder: Path) -> dict[str, Seen]:
    """Return what each stage does with the stored transcript, and transcription with a script."""
    folder.mkdir(exist_ok=True)
    return observe_stages(folder / "course") | observe_transcription(folder)


def observe_transcription(folder: Path) -> dict[str, Seen]:
    """Return what transcription makes of sound and of scripted answers, in `folder`.

    The plan of windows is the input of the first pass, and the first pass of the second.
    """
    first, second = transcribe_by_script(folder)
    line = (folder / f"first{PLAN_SUFFIX}").read_text(encoding="utf-8")
    planned = json.loads(line.partition(" ")[2])["files"]
    return {
        "window plan": Seen(str(PLAN_VERSION), hash_of(SPOKEN), hash_of(planned)),
        "first pass": Seen(str(VERSION), hash_of(planned), hash_of(asdict(first))),
        "second pass": Seen(
            str(SECOND_PASS_VERSION), hash_of(asdict(first)), hash_of(asdict(second))
        ),
    }


def observe_stages(folder: Path) -> dict[str, Seen]:
    """Return what each stage does in a new course in `folder` with the stored transcript."""
    recordings = folder / "recordings"
    recordings.mkdir(parents=True)
    shutil.copy(FOLDER / f"{LECTURE}.raw.json", recordings)
    shutil.copy(ROOT / "recordings" / f"{LECTURE}.reference.txt", recordings)
    (folder / "course.toml").write_text(SETTINGS, encoding="utf-8")
    done = CliRunner().invoke(konspekt, ["build", str(folder)])
    assert done.exit_code == 0, done.output
    stages = stages_in(folder / "output" / "lectures" / LECTURE) | stages_in(
        folder / "output" / "site"
    )
    return {name: seen(stages[name]) for name in PLACES if name in stages}


def stages_in(folder: Path) -> dict[str, Any]:
    """Return the manifest's entries by stage."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    stages: dict[str, Any] = manifest["stages"]
    return stages


def seen(entry: dict[str, Any]) -> Seen:
    """Return a stage's entry in short; of the site only the source of its pages."""
    outputs = {
        name: it
        for name, it in entry["outputs"].items()
        if not name.startswith("html/")
    }
    basis = entry["basis"]
    return Seen(
        str(basis["version"]),
        hash_of([basis["inputs"], basis["options"]]),
        hash_of(outputs),
    )


def hash_of(value: Any) -> str:
    """Return a hash of a JSON value."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def noted() -> dict[str, Seen]:
    """Return the hashes in the repository."""
    entries = json.loads(HASHES.read_text(encoding="utf-8"))
    return {name: Seen(**entry) for name, entry in entries.items()}


def unraised(before: dict[str, Seen], now: dict[str, Seen]) -> list[str]:
    """Return what to raise: a stage that writes otherwise, of the same input, under one number."""
    return [
        f"{name} writes other files of the same input: raise {PLACES[name]} ({it.version} now)"
        for name, it in now.items()
        if name in before
        and it.outputs != before[name].outputs
        and (it.inputs, it.version) == (before[name].inputs, before[name].version)
    ]


def main() -> None:
    """Note today's hashes; exit with 1 where a number was forgotten."""
    with tempfile.TemporaryDirectory() as folder:
        now = observe(Path(folder))
    if HASHES.is_file() and (forgotten := unraised(noted(), now)):
        sys.exit("\n".join(forgotten))
    entries = {name: asdict(it) for name, it in now.items()}
    HASHES.write_text(json.dumps(entries, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
