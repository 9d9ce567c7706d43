"""The command `konspekt`, from its first moment on: stopped while it still loads, it ends without a
traceback.
"""

from __future__ import annotations

import os
import signal
from types import FrameType

from konspekt.errors import EXIT_STOPPED


def main() -> None:
    """Run the command with the arguments of the process; exits."""
    # One that is ignored stays so: a job that a script runs in the background is not meant by a
    # Ctrl-C.
    stops = [
        one
        for one in (signal.SIGINT, signal.SIGTERM)
        if signal.getsignal(one) is not signal.SIG_IGN
    ]
    for number in stops:
        signal.signal(number, _stop)
    from konspekt.cli.main import main as konspekt

    for number in stops:  # a polite kill is a Ctrl-C
        signal.signal(number, signal.default_int_handler)
    konspekt(prog_name="konspekt")


def _stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    """Nothing has begun yet, so there is nothing to be kept or tidied."""
    os.write(2, b"konspekt: stopped\n")
    os._exit(EXIT_STOPPED)


if __name__ == "__main__":
    main()
