"""course.toml → Course. Every setting is documented here, once; `konspekt new` writes these words
into the file.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from konspekt.course.recordings import (
    RECORDING_ENDINGS,
    SOUND_ENDINGS,
    TEXT_ENDINGS,
    Recordings,
    safe_id,
    stem_of,
)
from konspekt.errors import CourseError
from konspekt.text.toml import read_toml, refuse_folder

Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
Temperature = Annotated[float, Field(ge=0, le=1)]


class Settings(BaseModel):
    """A table of course.toml: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TranscribeOptions(Settings):
    """[transcribe]: how recordings are heard. Changing one of these, but for the last, transcribes
    again.
    """

    model: str = Field(
        "auto",
        description='Whisper: a name ("small", "turbo", …), a checkpoint file (a path ending in .pt, relative to the '
        "course), the folder of one saved by transformers (a fine-tune) or converted for CTranslate2, "
        '"auto": turbo on a GPU, small without one, or "demo": one that travels with Konspekt, knows a few '
        "hundred Russian words and is there to try things out.",
    )
    language: Language | None = Field(
        None,
        description='Language spoken ("ru", "en", …); without it Whisper decides for every window.',
    )
    languages: tuple[Language, ...] = Field(
        (),
        description="Languages that may be spoken, where language does not name the one: Whisper decides among them "
        "for every window. By default the course's language and English; outside a course, all that Whisper knows.",
    )
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="Where Whisper runs.")
    engine: Literal["whisper", "faster-whisper", "auto"] = Field(
        "whisper",
        description='What computes Whisper: "whisper": PyTorch; "faster-whisper": CTranslate2, where it was installed '
        "with pip install 'konspekt[fast]'; \"auto\": which of them is faster on this machine, measured once.",
    )
    vad: Literal["silero", "none"] = Field(
        "silero",
        description='What finds where somebody speaks: "silero", a small model installed with Konspekt, or "none".',
    )
    windows: Literal["speech", "grid"] = Field(
        "speech",
        description='Where windows are cut: "speech": in pauses, and none where nobody speaks; "grid": at fixed '
        "distances over all of the sound, as always without a voice activity detector.",
    )
    window: float = Field(29.0, ge=5, le=30, description="Length of a window in seconds, at most.")
    overlap: float = Field(
        5.0, ge=0, le=10, description="Seconds that a window shares with the next one."
    )
    batch_size: int = Field(8, ge=1, le=128, description="Windows decoded together.")
    beam_size: int = Field(
        5,
        ge=1,
        le=10,
        description="Texts that Whisper weighs against one another for a window; 1 is fastest, and hears less well.",
    )
    temperatures: tuple[Temperature, ...] = Field(
        (0.0, 0.2, 0.4, 0.6, 0.8, 1.0),
        min_length=1,
        max_length=10,
        description="Temperatures tried in turn, until a window's text neither loops nor is doubted by Whisper itself.",
    )
    glossary: bool = Field(
        True,
        description="Tell Whisper the terms of the course's glossary.toml, as many as fit into its prompt.",
    )
    word_times: bool = Field(
        False, description="Find out when each word was said, and how sure Whisper is of it."
    )
    chunk_window: float = Field(
        30.0,
        gt=0,
        le=120,
        description="Length in seconds of the windows in a text of [Chunk start …] lines.",
    )
    max_hours: float = Field(12.0, gt=0, le=100, description="A longer recording is refused.")
    track: Annotated[int, Field(ge=1)] | Annotated[str, Field(min_length=1)] | None = Field(
        None,
        description="Which audio track of a file with several is heard: its number from 1, its title, or its language "
        '("rus"); without it the first.',
    )
    second_pass: bool = Field(
        True,
        description="Hear once more, differently, where cleaning finds that speech may have been missed; cleaning then "
        "decides what is taken of it.",
    )

    @model_validator(mode="after")
    def _windows_reach_on(self) -> Self:
        """Three windows must not share one second: each seam is heard twice, not three times."""
        if self.overlap > self.window / 2:
            raise ValueError("overlap is more than half of window")
        return self


class CleanOptions(Settings):
    """[clean]: what is removed. Changing one of these never transcribes again."""

    embeddings: str = Field(
        "auto",
        description='Model for the similarity of sentences: a name, a folder, "none", or "auto": a multilingual one '
        "where it is on this machine or a hub is reached, else the small English one that is installed with Konspekt.",
    )
    without: tuple[str, ...] = Field((), description="Rules that are left out, by name.")
    only: tuple[str, ...] = Field(
        (),
        description='The only rules that run, by name, less those in "without"; with none named, all.',
    )


class LLMOptions(Settings):
    """[notes.llm]: an OpenAI-compatible endpoint. The text of the lectures is sent there."""

    base_url: str = Field(description='The endpoint, for example "http://localhost:11434/v1".')
    model: str = Field(description="The model's name at that endpoint.")
    api_key_env: str | None = Field(
        None,
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
        description="Name of the environment variable that holds the key.",
    )
    timeout: float = Field(300.0, gt=0, description="Seconds one answer may take in all.")
    max_sentences: int = Field(60, ge=5, le=500, description="Sentences sent in one request.")


class NotesOptions(Settings):
    """[notes]: how the notes are made."""

    statements_per_chapter: int = Field(
        8, ge=1, le=40, description="At most so many statements in a chapter."
    )
    terms: int = Field(25, ge=0, le=200, description="At most so many terms for a lecture.")
    llm: LLMOptions | None = Field(
        None, description="Without it the notes are an outline made without a model."
    )


class SiteOptions(Settings):
    """[site]: the pages."""

    sound: Literal["link", "copy", "none"] = Field(
        "link",
        description='"link": pages play the file in recordings/ (works where the course lies); "copy": the sound is '
        'copied into the site, to be published with it; "none": no sound on the pages.',
    )


class LectureEntry(Settings):
    """[[lectures]]: a lecture in its place. What is not listed is found in recordings/ and follows
    by name.
    """

    files: tuple[str, ...] = Field(min_length=1, description="Its files in recordings/, in order.")
    id: str | None = Field(
        None, description="Its name in output/ and in addresses; by default the first file's name."
    )
    title: str | None = Field(None, description="Its title; by default its file's name.")
    date: datetime.date | None = Field(None, description="When it was given.")
    speakers: tuple[str, ...] = Field((), description="Who speaks.")


class CourseFile(Settings):
    """course.toml."""

    title: str = Field("", description="The course's title; by default the folder's name.")
    language: Language = Field(
        "ru", description='Language of the lectures and so of the pages ("ru", "en").'
    )
    transcribe: TranscribeOptions = TranscribeOptions()
    clean: CleanOptions = CleanOptions()
    notes: NotesOptions = NotesOptions()
    site: SiteOptions = SiteOptions()
    lectures: tuple[LectureEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Lecture:
    """A lecture: its files exist, are of one kind (sound or transcripts), and its id is its own."""

    id: str
    title: str
    files: tuple[Path, ...]
    date: datetime.date | None = None
    speakers: tuple[str, ...] = ()
    references: tuple[Path, ...] = ()  # one a file, in order; empty unless every file has one
    corrections: tuple[Path, ...] = ()  # of those of its files that have some

    @property
    def is_sound(self) -> bool:
        return self.files[0].suffix.lower() not in TEXT_ENDINGS


@dataclass(frozen=True, slots=True)
class Course:
    folder: Path
    title: str
    language: str
    transcribe: TranscribeOptions
    clean: CleanOptions
    notes: NotesOptions
    site: SiteOptions
    lectures: tuple[Lecture, ...]
    missing: tuple[
        CourseError, ...
    ]  # lectures whose files are not there: reported, the others go on
    ignored: tuple[str, ...]  # files in recordings/ that are not taken, and why, in words

    @property
    def output(self) -> Path:
        return self.folder / "output"

    @property
    def work(self) -> Path:
        """What may be deleted at any time: the lock, journals, remembered hashes."""
        return self.folder / ".konspekt"

    @property
    def glossary(self) -> Path | None:
        """The course's terms; None where there are none."""
        path = self.folder / "glossary.toml"
        return path if path.is_file() else None

    @property
    def corrections(self) -> Path | None:
        """The corrections for all lectures; None where there are none."""
        path = self.folder / "corrections.toml"
        return path if path.exists() else None

    def lecture_folder(self, lecture_id: str) -> Path:
        return self.output / "lectures" / lecture_id


def load_course(folder: Path) -> Course:
    """The course in `folder`, with its lectures in order.

    Raises CourseError for a folder without course.toml, TOML that does not parse, an unknown or
    wrong setting, a file outside recordings/, and two lectures that would share an id.
    """
    path = folder / "course.toml"
    remedy = "Make one with: konspekt new FOLDER, or name a course's folder."
    table = read_toml(
        path,
        "course.toml",
        missing=CourseError("there is no course here", path=path, remedy=remedy),
    )
    try:
        settings = CourseFile.model_validate(table)
    except ValidationError as error:
        raise _wrong_setting(path, error) from None
    refuse_folder(folder / "corrections.toml")
    recordings = Recordings.read(folder / "recordings")
    lectures, missing = _lectures(recordings, settings.lectures)
    _refuse_shared_ids(path, lectures)
    return Course(
        folder=folder,
        title=settings.title or folder.resolve().name,
        language=settings.language,
        transcribe=_spoken(settings.transcribe, settings.language),
        clean=settings.clean,
        notes=settings.notes,
        site=settings.site,
        lectures=lectures,
        missing=(*recordings.unnameable, *missing),
        ignored=recordings.ignored(
            {path for x in lectures for path in (*x.files, *x.references, *x.corrections)}
        ),
    )


def _spoken(options: TranscribeOptions, language: str) -> TranscribeOptions:
    """The settings with the languages that may be spoken: where none are named the course's own,
    and English.
    """
    if options.language or options.languages:
        return options
    return options.model_copy(update={"languages": tuple(dict.fromkeys((language, "en")))})


def _wrong_setting(path: Path, error: ValidationError) -> CourseError:
    first = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(str(step) for step in first["loc"])
    if first["type"] == "extra_forbidden":
        what = f"unknown setting {where!r}"
    else:
        what = f"setting {where!r}: {setting_problem(first['type'], first['msg'])}"
    return CourseError(
        what, path=path, remedy="`konspekt new` writes a file with every setting explained."
    )


_PROBLEMS = {  # the library's words for these speak to programmers
    "tuple_type": "a list in [ ] is wanted",
    "too_short": "it must not be empty",
    "date_from_datetime_parsing": "a date is written 2026-09-01, without quotes",
    "date_type": "a date is written 2026-09-01, without quotes",
    "missing": "it is needed here",
    "string_type": "text in quotes is wanted",
    "model_type": 'a table is wanted, with a line such as text = "…" for each setting',
    "bool_type": "true or false is wanted",
    "bool_parsing": "true or false is wanted",
    "int_type": "a whole number is wanted",
    "int_parsing": "a whole number is wanted",
    "int_from_float": "a whole number is wanted",
    "float_type": "a number is wanted",
    "float_parsing": "a number is wanted",
}


def setting_problem(kind: str, message: str) -> str:
    """What is wrong with a setting, from pydantic's kind of error and its message."""
    if "^[a-z]{2,3}$" in message:
        return 'a language is written in two or three small letters, such as "ru"'
    said = message.removeprefix("Value error, ")
    return _PROBLEMS.get(kind) or said[:1].lower() + said[1:]


def _lectures(
    recordings: Recordings, entries: Iterable[LectureEntry]
) -> tuple[tuple[Lecture, ...], tuple[CourseError, ...]]:
    listed: list[Lecture] = []
    missing: list[CourseError] = []
    taken: set[Path] = set()
    for entry in entries:
        files = tuple(recordings.named(name) for name in entry.files)
        taken.update(files)
        problem = _problem(files)
        if problem is not None:
            missing.append(problem)
            continue
        stem = stem_of(files[0])
        beside = recordings.references(files), recordings.corrections(files)
        lecture_id = safe_id(entry.id or stem)
        listed.append(
            Lecture(lecture_id, entry.title or stem, files, entry.date, entry.speakers, *beside)
        )
    for path in recordings.files:
        if path not in taken and path.name.lower().endswith(RECORDING_ENDINGS):
            stem = stem_of(path)
            found, said = recordings.references((path,)), recordings.corrections((path,))
            listed.append(Lecture(safe_id(stem), stem, (path,), references=found, corrections=said))
    return tuple(listed), tuple(missing)


def _problem(files: tuple[Path, ...]) -> CourseError | None:
    for number, path in enumerate(files):
        try:
            is_there = path.is_file()
        except OSError:  # a name longer than names can be
            is_there = False
        if not is_there:
            return CourseError(
                "the file is not there", path=path, remedy="Put it there or correct course.toml."
            )
        if not path.name.lower().endswith(RECORDING_ENDINGS):
            known = " ".join(RECORDING_ENDINGS)
            return CourseError(
                "not a kind of recording Konspekt reads", path=path, remedy=f"It reads: {known}."
            )
        if path in files[:number]:
            return CourseError(
                "the file is listed twice in one lecture", path=path, remedy="Correct course.toml."
            )
    if len({path.name.lower().endswith(SOUND_ENDINGS) for path in files}) > 1:
        return CourseError(
            "one lecture mixes sound and transcripts",
            path=files[0],
            remedy="List files of one kind.",
        )
    return None


def _refuse_shared_ids(path: Path, lectures: Iterable[Lecture]) -> None:
    seen: dict[str, Lecture] = {}
    for lecture in lectures:
        other = seen.setdefault(
            lecture.id.casefold(), lecture
        )  # some file systems do not tell case apart
        if other is not lecture:
            both = f"{other.files[0].name} and {lecture.files[0].name}"
            raise CourseError(
                f"{both} would share the id {lecture.id!r}",
                path=path,
                remedy="Rename one, or list it under [[lectures]] with an id of its own.",
            )
