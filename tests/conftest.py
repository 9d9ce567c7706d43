"""What every test may lean on."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.demo import built_demo

__all__ = ["built_demo"]

# Before anything imports a hub client: no test may reach for the network.
os.environ["HF_HUB_OFFLINE"] = "1"

# Run in the background of a script, tests would ignore Ctrl-C, and so would the commands that they
# start and stop.
signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile(
    "default",
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("thorough", max_examples=3000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.fixture(autouse=True, scope="session")
def processor() -> Iterator[None]:
    """A processor without bfloat16, whatever this one is: no test depends on the hardware.

    Tests of bfloat16 ask for it themselves.
    """
    from tests.processor import WITHOUT_BFLOAT16

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "konspekt.models.precision.cpu_features", lambda: WITHOUT_BFLOAT16
        )
        yield


# Tests that load a Whisper or another network, or decode sound of more than seconds.
WEIGHTS = (
    "cli/test_models.py",
    "models",
    "transcribe/decode/test_decoding.py",
    "transcribe/engines",
    "transcribe/speech/test_plan.py",
    "transcribe/speech/test_silero.py",
    "transcribe/test_second_pass.py",
    "transcribe/test_transcribe.py",
    "sound/test_limits.py",
    "test_packaging.py",
    "tools",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that `make quick` leaves out for what they load."""
    tests = Path(__file__).parent
    for item in items:
        place = f"{item.path.relative_to(tests).as_posix()}/"
        if any(place.startswith(f"{path}/") for path in WEIGHTS):
            item.add_marker(pytest.mark.weights)
