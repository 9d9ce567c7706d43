"""What every test may lean on."""

from __future__ import annotations

import os
import signal

from hypothesis import HealthCheck, settings

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
