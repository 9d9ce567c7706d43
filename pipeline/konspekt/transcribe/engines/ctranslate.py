"""CTranslate2 itself: whether it is installed, runs on this machine, and in what it computes."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from konspekt.course.settings import USUAL_ENGINE
from konspekt.errors import ModelError, name_setting

if TYPE_CHECKING:
    from konspekt.models.precision import Device, Precision

_USUAL = name_setting("transcribe.engine", USUAL_ENGINE)
# From, to before, as in pyproject.toml: another may count a text's tokens in another way.
VERSIONS = ((4, 6), (4, 9))
_FROM, _BEFORE = (".".join(map(str, version)) for version in VERSIONS)
INSTALL = (
    "Install it: pip install '.[fast]' in a checkout, or pipx inject konspekt "
    f"'ctranslate2>={_FROM},<{_BEFORE}'. Or choose {_USUAL}."
)
_OTHERWISE = f"Choose {_USUAL}, or install another version of ctranslate2."
_SECONDS = 120  # an import takes a few
_NOT_THERE = 3
# Wanted in this order; "default" of CTranslate2 would be what the file happens to hold.
_WANTED: dict[str, tuple[Precision, ...]] = {
    "cpu": ("int8", "float32"),
    "cuda": ("float16", "float32"),
}
_NAMES = {"cpu": "CPU", "cuda": "GPU"}
_OTHER_WAYS = {
    "cpu": f"Choose {_USUAL}.",
    "cuda": f"Choose {name_setting('transcribe.device', 'cpu')}, or {_USUAL}.",
}
_MARK = "konspekt"  # begins the lines that are ours, for a library may print its own
_TRIAL = f"""
import sys, warnings
warnings.simplefilter("ignore")
try:
    import ctranslate2
except ModuleNotFoundError as error:
    if error.name != "ctranslate2":
        raise
    sys.exit({_NOT_THERE})
print("{_MARK}", ctranslate2.__version__)
for device, count in (("cpu", 1), ("cuda", ctranslate2.get_cuda_device_count())):
    print("{_MARK}", *sorted(ctranslate2.get_supported_compute_types(device)) if count else ())
"""


@cache
def compute_types() -> dict[str, frozenset[str]]:
    """Return what CTranslate2 computes in on each device; nothing for one that it cannot use.

    It is tried in a process of its own: a library that was built for another processor ends the
    one that loads it. Raises ModelError where it is missing, does not load, or is of a version that
    is not supported.
    """
    done = _try_out()
    _check_loaded(done)
    version, cpu, cuda = (
        line.split()[1:]
        for line in done.stdout.splitlines()
        if line.split()[:1] == [_MARK]
    )
    if not VERSIONS[0] <= _numbers(version[0]) < VERSIONS[1]:
        raise ModelError(
            f"CTranslate2 {version[0]} is installed, "
            f"and one from {_FROM} on and before {_BEFORE} is needed",
            remedy=INSTALL,
        )
    return {"cpu": frozenset(cpu), "cuda": frozenset(cuda)}


def _try_out() -> subprocess.CompletedProcess[str]:
    """Return the process that tried to load CTranslate2. Raises ModelError where it hangs."""
    try:
        return subprocess.run(  # noqa: S603 - this Python, this text
            [sys.executable, "-P", "-c", _TRIAL],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ModelError(
            f"CTranslate2 does not load within {_SECONDS} s", remedy=_OTHERWISE
        ) from None


def _check_loaded(done: subprocess.CompletedProcess[str]) -> None:
    """Raise ModelError, which says why, where CTranslate2 could not be loaded."""
    if done.returncode == 0:
        return
    if done.returncode == _NOT_THERE:
        raise ModelError(
            "faster-whisper's library, CTranslate2, is not installed", remedy=INSTALL
        )
    if done.returncode < 0:
        signal = -done.returncode
        raise ModelError(
            f"CTranslate2 crashes on this machine (signal {signal}): it may want another processor",
            remedy=_OTHERWISE,
        )
    lines = done.stderr.strip().splitlines()
    reason = lines[-1] if lines else "no reason given"
    raise ModelError(f"CTranslate2 cannot be loaded ({reason})", remedy=_OTHERWISE)


def _numbers(version: str) -> tuple[int, ...]:
    """Return the first two numbers of a version."""
    return tuple(int(number) for number in re.findall(r"\d+", version)[:2])


def check_precision(device: Device, precision: Precision) -> None:
    """Raise ModelError where CTranslate2 does not compute in that precision on this device."""
    supported = compute_types()[device]
    if precision in supported:
        return
    names = ", ".join(sorted(supported))
    does = f"it does in {names}" if supported else "it cannot use it"
    raise ModelError(
        f"CTranslate2 does not compute in {precision} on this {_NAMES[device]}: {does}",
        remedy=_OTHER_WAYS[device],
    )


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what CTranslate2 refuses into a ModelError with a way out.

    It looks for some of its own libraries only when it computes.
    """
    try:
        yield
    # ValueError: of a vocabulary that is not Whisper's
    except (RuntimeError, ValueError) as error:
        remedy = f"Choose {_USUAL}, install another version of ctranslate2, or convert it again."
        raise ModelError(
            f"CTranslate2 cannot compute this Whisper ({error})", remedy=remedy
        ) from None


def precision_of(device: Device) -> Precision:
    """Return what it computes in fastest there.

    Raises ModelError where it cannot use the device, or is not installed.
    """
    for precision in _WANTED[device]:
        if precision in compute_types()[device]:
            return precision
    raise ModelError(
        f"CTranslate2 cannot compute on this {_NAMES[device]}",
        remedy=_OTHER_WAYS[device],
    )


def library() -> Any:
    """Return CTranslate2, loaded once it is known to be safe. Raises ModelError."""
    compute_types()
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what it imports and is not used
        import ctranslate2

    return ctranslate2
