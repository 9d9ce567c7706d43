"""The tables of course.toml. Every setting has its description and its default here, once.

`konspekt new` writes these words into the file, and the commands print them as help of options.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType, UnionType
from typing import Annotated, ClassVar, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.fields import FieldInfo

from konspekt.errors import name_setting

DEFAULT_LANGUAGE = "ru"  # of pages, where nothing tells the language
USUAL_ENGINE = "whisper"  # of `konspekt.transcribe.engines`

_LANGUAGE = r"^[a-z]{2,3}$"
Language = Annotated[str, Field(pattern=_LANGUAGE)]
Temperature = Annotated[float, Field(ge=0, le=1)]


class Settings(BaseModel):
    """A table of course.toml: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class EndpointOptions(Settings):
    """An OpenAI-compatible endpoint, and a model there."""

    sent: ClassVar[str] = ""  # what of the lectures goes there, in a word

    base_url: str = Field(
        description='The endpoint, for example "http://localhost:11434/v1".'
    )
    model: str = Field(description="The model's name at that endpoint.")
    api_key_env: str | None = Field(
        None,
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
        description="Name of the environment variable that holds the key.",
    )
    timeout: float = Field(
        300.0, gt=0, description="Seconds one answer may take in all."
    )


class SpeechEndpointOptions(EndpointOptions):
    """[transcribe.endpoint]: a transcription server. The sound of the lectures is sent there."""

    sent: ClassVar[str] = "sound"

    base_url: str = Field(
        description='The server, for example "http://localhost:8000/v1".',
        examples=["http://localhost:8000/v1"],
    )
    model: str = Field(
        description="The model's name at that server.", examples=["whisper-1"]
    )


class TranscribeOptions(Settings):
    """[transcribe]: how recordings are transcribed.

    Most settings transcribe again when they change. These do not: device, chunk_window, max_hours,
    second_pass.
    """

    model: str = Field(
        "auto",
        description='Whisper: a name ("small", "turbo", …), a checkpoint (a path that ends in '
        ".pt), "
        "or the folder of a model that transformers saved or that was converted for CTranslate2. "
        '"auto": turbo on a GPU, small without one.',
    )
    language: Language | None = Field(
        None,
        description='Language of the recordings ("ru", "en", …), which then is forced. Without it '
        "Whisper decides, window by window.",
    )
    languages: tuple[Language, ...] = Field(
        (),
        description="Languages among which Whisper decides, where language names none. The first "
        "is the main one where no other has most of the speech. By default the course's language "
        "and English; outside a course, all that Whisper knows.",
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="Where Whisper runs."
    )
    engine: str = Field(
        USUAL_ENGINE,
        min_length=1,
        description='What computes Whisper: "whisper" is PyTorch; `konspekt doctor` names the '
        "others that run here.",
    )
    vad: Literal["silero", "none"] = Field(
        "silero",
        description='Voice activity detector: "silero", a small model that comes with Konspekt, '
        'or "none".',
    )
    windows: Literal["speech", "grid"] = Field(
        "speech",
        description='Where windows are cut. "speech": in pauses, and none where nobody speaks. '
        '"grid": at fixed distances over all of the sound, as always without a voice activity '
        "detector.",
    )
    window: float = Field(
        29.0, ge=5, le=30, description="Length of a window in seconds, at most."
    )
    overlap: float = Field(
        5.0, ge=0, le=10, description="Seconds that a window shares with the next one."
    )
    batch_size: int = Field(8, ge=1, le=128, description="Windows decoded together.")
    beam_size: int = Field(
        5,
        ge=1,
        le=10,
        description="Texts that Whisper weighs against one another for a window. 1 is fastest and "
        "less accurate.",
    )
    temperatures: tuple[Temperature, ...] = Field(
        (0.0, 0.2, 0.4, 0.6, 0.8, 1.0),
        min_length=1,
        max_length=10,
        description="Temperatures tried in turn, until a window's text does not repeat itself and "
        "Whisper is confident of it.",
    )
    glossary: bool = Field(
        True,
        description="Whether the terms of glossary.toml are in Whisper's prompt, as many as fit.",
    )
    word_times: bool = Field(
        False,
        description="Whether raw.json holds the time of each word, and Whisper's confidence in it.",
    )
    chunk_window: float = Field(
        30.0,
        gt=0,
        le=120,
        description="Length in seconds of the windows in a text of [Chunk start …] lines.",
    )
    max_hours: float = Field(
        12.0, gt=0, le=100, description="A longer recording is refused."
    )
    track: Annotated[int, Field(ge=1)] | Annotated[str, Field(min_length=1)] | None = (
        Field(
            None,
            description="Which audio track of several is transcribed: its number from 1, its "
            "title, "
            'or its language ("rus"). Without it the first.',
        )
    )
    second_pass: bool = Field(
        True,
        description="Whether stretches where speech may be missing are transcribed once more, "
        "differently. Cleaning decides what is taken of it.",
    )
    endpoint: SpeechEndpointOptions | None = Field(
        None,
        description='The server that transcribes with engine = "endpoint".',
    )

    @model_validator(mode="after")
    def _limit_overlap(self) -> Self:
        """Refuse windows of which three would share a second: a seam is decoded twice at most."""
        if self.overlap > self.window / 2:
            raise ValueError("overlap is more than half of window")
        return self


class CleanOptions(Settings):
    """[clean]: what is removed. Changing one of these never transcribes again."""

    embeddings: str = Field(
        "auto",
        description='Model for the similarity of sentences: "e5-small", another name at the hub, a '
        'folder, or "none". "auto": the multilingual universal sentence encoder, which is '
        "installed with Konspekt.",
    )
    without: tuple[str, ...] = Field((), description="Rules to leave out, by name.")
    only: tuple[str, ...] = Field(
        (), description="The only rules to run, by name. With none named, all run."
    )

    @model_validator(mode="after")
    def _leave_a_rule(self) -> Self:
        """Refuse two lists that contradict each other."""
        if self.only and set(self.only) <= set(self.without):
            without, only = name_setting("clean.without"), name_setting("clean.only")
            raise ValueError(
                f"no rule is left: {without} names every rule of {only}; leave out one of them"
            )
        return self


class LLMOptions(EndpointOptions):
    """[notes.llm]: an OpenAI-compatible endpoint. The text of the lectures is sent there."""

    sent: ClassVar[str] = "text"

    max_sentences: int = Field(
        60, ge=5, le=500, description="Sentences sent in one request."
    )


class NotesOptions(Settings):
    """[notes]: how the notes are made."""

    statements_per_chapter: int = Field(
        8, ge=1, le=40, description="Statements in a chapter, at most."
    )
    terms: int = Field(25, ge=0, le=200, description="Terms of a lecture, at most.")
    llm: LLMOptions | None = Field(
        None,
        description="Without it the notes are an outline, made without a language model.",
    )


class SiteOptions(Settings):
    """[site]: the pages."""

    sound: Literal["link", "copy", "none"] = Field(
        "link",
        description='"link": pages play the file in recordings/, on the machine that has the '
        "course. "
        '"copy": the sound is copied into the site, to be published with it. "none": no sound on '
        "the pages.",
    )


class LectureEntry(Settings):
    """[[lectures]]: a lecture in its place. Those not listed follow, by the names of their
    files.
    """

    files: tuple[str, ...] = Field(
        min_length=1, description="Its files in recordings/, in order."
    )
    id: str | None = Field(
        None,
        description="Its name in output/ and in addresses; by default the first file's name.",
    )
    title: str | None = Field(
        None, description="Its title; by default its file's name."
    )
    date: datetime.date | None = Field(None, description="When it was given.")
    speakers: tuple[str, ...] = Field((), description="Who speaks.")


class CourseFile(Settings):
    """course.toml."""

    title: str = Field(
        "", description="The course's title; by default the folder's name."
    )
    language: Language = Field(
        DEFAULT_LANGUAGE,
        description='Language of the lectures and so of the pages ("ru", "en").',
    )
    transcribe: TranscribeOptions = TranscribeOptions()
    clean: CleanOptions = CleanOptions()
    notes: NotesOptions = NotesOptions()
    site: SiteOptions = SiteOptions()
    lectures: tuple[LectureEntry, ...] = ()


def table_of(info: FieldInfo) -> type[Settings] | None:
    """Return the table that a field stands for, one that may be left out too; None for a value."""
    kind = info.annotation
    for one in get_args(kind) if isinstance(kind, UnionType) else (kind,):
        if isinstance(one, type) and issubclass(one, Settings):
            return one
    return None


def _find_tables(table: type[Settings], above: str = "") -> dict[str, type[Settings]]:
    """Return the tables in a table by their names in course.toml, such as `notes.llm`."""
    tables: dict[str, type[Settings]] = {}
    for key, info in table.model_fields.items():
        found = table_of(info)
        if found is not None:
            tables[above + key] = found
            tables |= _find_tables(found, f"{above}{key}.")
    return tables


TABLES: Mapping[str, type[Settings]] = MappingProxyType(_find_tables(CourseFile))


def name_of_table(table: type[Settings]) -> str:
    """Return the name in course.toml of a table."""
    return next(name for name, other in TABLES.items() if other is table)


_ENDPOINT_SETTINGS = {
    "notes.llm.base_url": name_setting("notes.llm.base_url", option="llm-url"),
    "notes.llm.model": name_setting("notes.llm.model", option="llm-model"),
    "notes.llm.api_key_env": name_setting(
        "notes.llm.api_key_env", option="llm-key-env"
    ),
    "notes.llm.timeout": name_setting("notes.llm.timeout", option=None),
    "transcribe.endpoint.base_url": name_setting(
        "transcribe.endpoint.base_url", option="endpoint-url"
    ),
    "transcribe.endpoint.model": name_setting(
        "transcribe.endpoint.model", option="endpoint-model"
    ),
    "transcribe.endpoint.api_key_env": name_setting(
        "transcribe.endpoint.api_key_env", option="endpoint-key-env"
    ),
    "transcribe.endpoint.timeout": name_setting(
        "transcribe.endpoint.timeout", option=None
    ),
}


def name_endpoint_setting(table: type[EndpointOptions], key: str) -> str:
    """Return how a message names a setting of an endpoint, see `name_setting`."""
    return _ENDPOINT_SETTINGS[f"{name_of_table(table)}.{key}"]


# In place of pydantic's own words, which speak to programmers.
_PROBLEMS = {
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


@dataclass(frozen=True, slots=True)
class SettingProblem:
    """What is wrong with a setting, in words, and where it stands."""

    place: tuple[str | int, ...]  # keys, and places in lists from 0
    is_unknown: bool  # nothing has that name
    words: str


def first_problem(error: ValidationError) -> SettingProblem:
    """Return the first of the problems that pydantic found."""
    first = error.errors(include_input=False, include_url=False)[0]
    kind = first["type"]
    words = _PROBLEMS.get(kind) or _reword(first["msg"])
    return SettingProblem(first["loc"], kind == "extra_forbidden", words)


def _reword(message: str) -> str:
    """Return a message of pydantic, or one of ours that it raised, as a part of a sentence."""
    if _LANGUAGE in message:
        return 'a language is written in two or three small letters, such as "ru"'
    own = message.removeprefix("Value error, ")
    return own[:1].lower() + own[1:]
