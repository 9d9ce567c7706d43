"""An API key that does not show itself."""

from __future__ import annotations

import os

from konspekt.course.settings import EndpointOptions, name_endpoint_setting
from konspekt.errors import EndpointError


class Secret:
    """A value that prints as *** wherever it is printed; `reveal` is the one way to it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value, for the request alone."""
        return self._value

    def hide_in(self, text: str) -> str:
        """Return `text` with every occurrence of the value struck out."""
        return text.replace(self._value, "***") if self._value else text

    def __str__(self) -> str:
        return "***"

    __repr__ = __str__

    def __format__(self, spec: str) -> str:
        return "***"

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")


def key_from(options: EndpointOptions) -> Secret | None:
    """Return the key in the environment variable that the settings name; None if they name none.

    Raises EndpointError, which never quotes the value, where the variable is empty or could not
    stand in a header.
    """
    variable = options.api_key_env
    if variable is None:
        return None
    value = os.environ.get(variable, "").strip()
    if not value:
        raise EndpointError(
            f"the environment variable {variable} holds no key",
            remedy="Set it, or leave out "
            f"{name_endpoint_setting(type(options), 'api_key_env')}.",
        )
    if not value.isascii() or not value.isprintable() or " " in value:
        raise EndpointError(
            f"the environment variable {variable} holds something that is no key",
            remedy="A key is one line of ASCII without spaces.",
        )
    return Secret(value)
