"""The lowest versions that pyproject.toml allows, as constraints for pip; torch as it is pinned.

python tools/lowest.py > lowest.txt
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BOUND = re.compile(r"(?P<name>[A-Za-z0-9_.-]+)(?P<sign>>=)(?P<version>[0-9.]+)")


def main() -> None:
    """Print a line `name==version` for each package that Konspekt itself asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pinned = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    print(*re.findall(r"^(?:torch|triton)==.*$", pinned, re.MULTILINE), sep="\n")
    print(*lowest(project["project"]["dependencies"]), sep="\n")


def lowest(dependencies: list[str]) -> Iterator[str]:
    """Return the constraints of the dependencies that name a lower bound, torch apart."""
    for dependency in dependencies:
        requirement, _, marker = dependency.partition(";")
        bound = BOUND.match(requirement)
        if bound is not None and bound["name"] != "torch":
            condition = f"; {marker.strip()}" if marker else ""
            yield f"{bound['name']}=={bound['version']}{condition}"


if __name__ == "__main__":
    main()
