"""Sphinx in a process of its own (`python -m konspekt.site.sphinx_child ARGUMENTS`) that never
outlives its parent.

The parent holds the other end of standard input and writes nothing there: when it ends, killed or
not, the system closes that end and the read below returns. A signal on the parent's death (prctl)
is Linux only and comes too late for a parent that dies while this interpreter still starts.
"""

from __future__ import annotations

import os
import signal
import sys
import threading


def _end_with_parent() -> None:
    while os.read(0, 1):
        pass
    # at once, in the middle of whatever Sphinx is writing
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> int:
    """Run sphinx-build with this process's arguments and return its exit status."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    from sphinx.cmd.build import main as sphinx_build

    return int(sphinx_build(sys.argv[1:]))


if __name__ == "__main__":
    raise SystemExit(main())
