"""Whether a person agreed that something of the lectures is sent to an endpoint.

It is kept on this machine and outside every course, under the hash of what was agreed to. Another
address, model or name of a key needs another agreement, and a course from a stranger brings none.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from konspekt.artifacts.store import canonical_json, hash_bytes, write_atomically
from konspekt.course.settings import EndpointOptions
from konspekt.endpoint.client import UnusableError
from konspekt.models.cache import konspekt_folder


def describe_sending(options: EndpointOptions) -> str:
    """Return what would be sent, where to, to which model and with whose key."""
    key = options.api_key_env
    with_key = f", with the key in {key}" if key else ", without a key"
    return (
        f"The {options.sent} of the lectures is sent to {options.base_url}, "
        f"model {options.model!r}{with_key}."
    )


def is_agreed(options: EndpointOptions) -> bool:
    """Return whether a person agreed to this on this machine."""
    return _path(options).is_file()


def agree(options: EndpointOptions) -> None:
    """Note that a person agreed. Raises StoreError."""
    write_atomically(_path(options), canonical_json(_terms(options)))


def check_agreed(options: EndpointOptions) -> None:
    """Raise UnusableError where nobody agreed yet."""
    if not is_agreed(options):
        host = urlsplit(options.base_url).hostname
        raise UnusableError(
            f"{host}: nobody has agreed yet that the {options.sent} is sent there",
            remedy="Run again in a terminal, which asks, or with --yes.",
        )


def _terms(options: EndpointOptions) -> dict[str, Any]:
    """Return what is agreed to."""
    told = options.model_dump(include={"base_url", "model", "api_key_env"})
    return {"sent": options.sent, **told}


def _path(options: EndpointOptions) -> Path:
    digest = hash_bytes(canonical_json(_terms(options)))
    return konspekt_folder() / "agreed" / f"{digest}.json"
