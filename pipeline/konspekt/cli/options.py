"""Options that commands share, and what hands a command its options as one object."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar, get_args, get_origin

import click
from click.shell_completion import CompletionItem

from konspekt.course.recordings import is_address
from konspekt.errors import FormatError, name_settings_for
from konspekt.models.tokenizer import LANGUAGES, check_languages

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from konspekt.cli.terminal import Terminal
    from konspekt.course.settings import Settings

O = TypeVar("O")  # noqa: E741 - the options of one command
S = TypeVar("S", bound="Settings")
Command = TypeVar("Command", bound=Callable[..., Any])
Runs: TypeAlias = Callable[["Terminal", O], None]  # what a command does


class LocalPath(click.Path):
    """A file or folder of this machine, there already or to be made; an address is neither.

    An empty name, as of an unset variable, is no folder.
    """

    def __init__(self, **extra: Any) -> None:
        super().__init__(path_type=Path, **extra)
        if not self.file_okay:
            self.name = "folder"  # as help and messages call it

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:
        """Return the path. Raises FormatError for an address."""
        if is_address(Path(value)):
            raise _not_local(value, is_file=self.file_okay)
        if value == "" and not self.file_okay:
            self.fail("a folder has a name.", param, ctx)
        return super().convert(value, param, ctx)


def _not_local(address: str, *, is_file: bool) -> FormatError:
    """Return the error of an address that stands in place of a file or folder."""
    if is_file:
        what = "this is an address, not a file"
        remedy = "Download it first, then name the file."
    else:
        what = "this is an address, not a folder"
        remedy = "Name a folder on this machine."
    return FormatError(what, path=address, remedy=remedy)


ANY = LocalPath()
FILE = LocalPath(dir_okay=False)
FOLDER = LocalPath(file_okay=False)


class LateChoice(click.ParamType):  # type: ignore[type-arg]  # generic in newer versions only
    """One of several words, which are listed when they are needed, not when the command loads."""

    name = "choice"

    def __init__(self, list_words: Callable[[], Sequence[str]]) -> None:
        self.list_words = list_words

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:  # noqa: ARG002
        return f"[{'|'.join(self.list_words())}]"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        words = self.list_words()
        if value not in words:
            self.fail(f"{value!r} is not one of: {', '.join(words)}.", param, ctx)
        return value

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[CompletionItem]:
        return offer_words(self.list_words(), incomplete)


def offer_words(words: Iterable[str], incomplete: str) -> list[CompletionItem]:
    """Return the words that begin so, as the shell takes them."""
    return [CompletionItem(word) for word in words if word.startswith(incomplete)]


def _check_language(
    _: click.Context, __: click.Parameter, value: str | None
) -> str | None:
    """Return a language that Whisper knows, or None. Raises CourseError for another."""
    check_languages((value,))
    return value


def _offer_languages(
    _: click.Context, __: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the languages that Whisper knows and that begin so."""
    return offer_words(sorted(LANGUAGES), incomplete)


class SettingOption(click.Option):
    """An option that is a setting of course.toml: its help, choices and default are the setting's.

    They are looked up when they are shown, so that `konspekt --help` does not load the settings.
    An option that is not given is None.
    """

    def __init__(self, *args: Any, setting: str, **extra: Any) -> None:
        self.setting = setting
        super().__init__(*args, **extra)

    @property
    def help(self) -> str:
        """The setting's description, and its default."""
        info = setting_info(self.setting)
        default = "" if info.default in (None, ()) else f"  [default: {info.default}]"
        return f"{info.description}{' (may be repeated)' if self.multiple else ''}{default}"

    @help.setter  # noqa: A003
    def help(self, value: str | None) -> None:
        """Click sets the help that it is given, which is none."""

    def make_metavar(self, ctx: click.Context) -> str:
        """Return the choices, where the setting has some."""
        choices = setting_choices(self.setting)
        return f"[{'|'.join(choices)}]" if choices else super().make_metavar(ctx)

    def shell_complete(
        self, ctx: click.Context, incomplete: str
    ) -> list[CompletionItem]:
        """Return the choices that begin so."""
        choices = setting_choices(self.setting)
        if not choices:
            return super().shell_complete(ctx, incomplete)
        return offer_words(choices, incomplete)


def setting_info(setting: str) -> FieldInfo:
    """Return what is known of a setting, such as `transcribe.model`."""
    from konspekt.course.settings import TABLES

    table, _, key = setting.rpartition(".")
    return TABLES[table].model_fields[key]


def setting_choices(setting: str) -> tuple[str, ...]:
    """Return the values that a setting can have; empty where they are not listed."""
    kind = setting_info(setting).annotation
    return get_args(kind) if get_origin(kind) is Literal else ()


def setting_option(setting: str, **extra: Any) -> Callable[[Command], Command]:
    """Return a decorator that adds the option of a setting, such as `transcribe.model`."""
    name = setting.rpartition(".")[2].replace("_", "-")
    return click.option(f"--{name}", cls=SettingOption, setting=setting, **extra)


def output_option(*, required: bool = True) -> Callable[[Command], Command]:
    """Return a decorator that adds `--output`."""
    return click.option(
        "--output",
        type=FOLDER,
        required=required,
        help="Where the files go.",
    )


def language_option(words: str) -> Callable[[Command], Command]:
    """Return a decorator that adds `--language`; `words` say what decides where it is not given."""
    return click.option(
        "--language",
        callback=_check_language,
        shell_complete=_offer_languages,
        metavar="CODE",
        help=f'Language of the lecture ("ru", "en", …); by default {words}.',
    )


def takes(kind: type[O]) -> Callable[[Runs[O]], Callable[..., None]]:
    """Return a decorator: the command gets the terminal, and its arguments and options as `kind`.

    `kind` is a dataclass with a field for each of them. Options that are settings share one field,
    `given`, where they have their settings' names.
    """

    def decorate(command: Runs[O]) -> Callable[..., None]:
        @click.pass_context
        @functools.wraps(command)
        def run(context: click.Context, /, **values: Any) -> None:
            context.obj.in_course = _is_on_course(context)
            names = _setting_names(context.command)
            if names:
                values["given"] = {name: values.pop(name) for name in names}
            command(context.obj, kind(**values))

        return run

    return decorate


def _setting_names(command: click.Command) -> list[str]:
    """Return the names of a command's options that are settings."""
    settings = [one for one in command.params if isinstance(one, SettingOption)]
    return [str(option.name) for option in settings]


def named_path(ctx: click.Context) -> Path | None:
    """Return the first path that a command's arguments name; None where they name none."""
    for param in ctx.command.params:
        value = ctx.params.get(param.name or "")
        if isinstance(param, click.Argument) and value:
            return Path(value[0] if isinstance(value, tuple) else value)
    return None


def _is_on_course(ctx: click.Context) -> bool:
    """Return whether a command works on a course: the one that it names, or is in."""
    from konspekt.course.course import is_course

    return is_course(named_path(ctx) or Path())


def settings_of(table: type[S], **given: Any) -> S:
    """Return a table of settings from options; what was not given (None) has the setting's default.

    Raises UsageError, which names the option, for a wrong value.
    """
    from pydantic import ValidationError

    from konspekt.course.settings import first_problem

    try:
        return table(
            **{key: value for key, value in given.items() if value is not None}
        )
    except ValidationError as error:
        problem = first_problem(error)
        words = problem.words
        if problem.place:  # else options that do not go together
            option = str(problem.place[0]).replace("_", "-")
            words = f"--{option}: {words}"
        raise click.UsageError(name_settings_for(words, in_course=False)) from None
